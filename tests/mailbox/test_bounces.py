"""Delivery reports and refusals: what they make of a mail, of an address, and how an address comes back."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest

from hub.core.tokens import random_token
from hub.mail import failures
from hub.mail.failures import Event, mark, note
from hub.mail.gravity import Gravity
from hub.mail.inbound import ReceivedMail
from hub.mail.models import AddressEvent, AddressFailure, InboundMail, OutboundMail
from hub.mail.outcome import Rejected
from hub.mailbox.models import Message
from tests.cast import KARIM, MARIE, NORA, Town
from tests.desk import conftest as desk
from tests.web.browser import Browser

NUMBERS = count(1)
door, arrive = desk.door, desk.arrive


def report(
    recipient: str, message_id: str, to: str, status: str = "5.1.1", action: str = "failed", said: str = ""
) -> bytes:
    return (
        f"From: MAILER-DAEMON@mx.test\r\nTo: <{to}>\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        f"Message-ID: <report-{next(NUMBERS)}@mx.test>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSomething happened.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"{f'Diagnostic-Code: smtp; {said}' if said else 'X: x'}\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\n"
        f"Message-ID: {message_id}\r\nSubject: x\r\n\r\nx\r\n--b--\r\n"
    ).encode()


async def sent_to_nora(town: Town) -> OutboundMail:
    await town.write("Bonjour")
    await town.hub.settle()
    return await OutboundMail.filter(recipient=NORA).order_by("-id").first()  # type: ignore[return-value]


async def bounce(town: Town, status: str = "5.1.1", action: str = "failed") -> OutboundMail:
    """A new mail to Nora, and its report by the signed return path."""
    mail = await sent_to_nora(town)
    await town.arrive(report(NORA, mail.message_id, mail.envelope_from, status, action))
    return await OutboundMail.get(id=mail.id)


async def events(address: str = NORA) -> list[str]:
    return [row.event for row in await AddressEvent.filter(address=address).order_by("id")]


async def metrics(browser: Browser) -> str:
    return (await browser.get("/metrics")).text


async def test_a_report_about_a_message_id_longer_than_any_of_ours_is_counted(town: Town) -> None:
    await town.arrive(report(NORA, f"<{'x' * 400}@hub.test>", "portail@hub.test"))
    assert await InboundMail.exists(state="ignored", reason="unknown_bounce")


@pytest.mark.long
async def test_a_forged_report_tells_against_nothing(town: Town) -> None:
    mail = await sent_to_nora(town)
    for _ in range(20):
        town.clock.advance(days=1)
        await town.arrive(report(NORA, mail.message_id, "portail@hub.test"))
    assert (await OutboundMail.get(id=mail.id)).state == "sent"
    assert not await AddressFailure.all().count()
    assert await events() == ["unsigned"] * 20


async def test_a_return_path_of_another_mail_or_altered_settles_nothing(town: Town) -> None:
    mail = await sent_to_nora(town)
    local, _, domain = mail.envelope_from.partition("@")
    altered = f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}"
    await town.arrive(report(NORA, mail.message_id, altered))
    assert (await OutboundMail.get(id=mail.id)).state == "sent"
    other = await OutboundMail.get(recipient=KARIM)
    await town.arrive(report(NORA, mail.message_id, other.envelope_from))
    assert (await OutboundMail.get(id=mail.id)).state == "sent", "the return path says which mail, not the copy"
    assert (await OutboundMail.get(id=other.id)).state == "bounced"


@pytest.mark.parametrize(
    ("status", "action", "mail_state", "address_state", "event"),
    [
        ("5.1.1", "failed", "bounced", "hard", "hard"),
        ("5.2.2", "failed", "bounced", "soft", "soft"),
        ("4.4.7", "failed", "bounced", "soft", "soft"),
        ("5.7.1", "failed", "bounced", None, "refused"),
        ("4.4.1", "delayed", "sent", None, "delayed"),
    ],
)
async def test_soft_and_hard_are_told_apart(
    town: Town, status: str, action: str, mail_state: str, address_state: str | None, event: str
) -> None:
    mail = await bounce(town, status, action)
    row = await AddressFailure.get_or_none(address=NORA)
    assert (mail.state, row and row.state) == (mail_state, address_state)
    assert await events() == [event]
    assert await InboundMail.exists(state="settled", reason="bounce")
    [line] = await AddressEvent.all()
    assert (line.by, line.status, line.at) == ("bounce", status, town.clock.now())


async def test_good_news_settles_nothing(town: Town) -> None:
    mail = await bounce(town, "2.0.0", "delivered")
    assert mail.state == "sent" and await events() == [] and not await AddressFailure.all().count()


@pytest.mark.long
async def test_soft_failures_that_last_become_hard(town: Town) -> None:
    for _ in range(4):
        await bounce(town, "5.2.2")
        await bounce(town, "5.2.2")  # the second of a day does not count
        town.clock.advance(days=2)
    assert (await AddressFailure.get(address=NORA)).state == "soft"
    await bounce(town, "5.2.2")
    assert (await AddressFailure.get(address=NORA)).state == "hard"
    assert (await events())[-2:] == ["soft", "lasting"]


@pytest.mark.long
async def test_soft_failures_long_ago_are_forgotten(town: Town) -> None:
    for _ in range(6):
        await bounce(town, "5.2.2")
        town.clock.advance(days=4)
    assert (await AddressFailure.get(address=NORA)).state == "soft"
    town.clock.advance(days=15)
    await sent_to_nora(town)
    assert not await AddressFailure.exists(address=NORA), "mail is accepted, and the last failure is old"


async def test_mail_to_a_dead_address_is_not_sent_but_seen(town: Town) -> None:
    await bounce(town)
    before = len(town.mails(NORA))
    mail = await sent_to_nora(town)
    assert len(town.mails(NORA)) == before and len(town.mails(KARIM)) == 2, "the others are told"
    assert mail.state == "rejected" and mail.response.startswith("adresse en échec")


async def test_it_comes_back_when_a_mail_comes_from_it(town: Town) -> None:
    await bounce(town)
    answered = town.mails(NORA)[0]
    await town.arrive(town.answer(answered, NORA, "Non", results=""))
    assert await AddressFailure.exists(address=NORA), "a From alone has no effect here either"
    await town.arrive(town.answer(answered, NORA, "Je suis là"))
    assert not await AddressFailure.exists(address=NORA) and (await events())[-1] == "wrote"
    before = len(town.mails(NORA))
    await sent_to_nora(town)
    assert len(town.mails(NORA)) == before + 1


async def test_an_old_report_that_is_read_again_tells_nothing_new(town: Town) -> None:
    """A mailbox whose UIDs have changed is read from its start: last year's reports are in it too."""
    mail = await sent_to_nora(town)
    old = report(NORA, mail.message_id, mail.envelope_from)
    await town.arrive(old)
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Je suis là"))
    assert not await AddressFailure.exists(address=NORA)
    heard = await events()
    await town.hub.inbound.take([ReceivedMail(old, "portail", 2, 1)])
    await town.hub.settle()
    assert not await AddressFailure.exists(address=NORA) and await events() == heard
    assert await InboundMail.filter(state="settled", reason="bounce").count() == 1
    assert await InboundMail.filter(state="ignored", reason="duplicate").count() == 1


async def test_it_comes_back_when_a_link_sent_to_it_is_used(town: Town) -> None:
    mail = await sent_to_nora(town)
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Oui", results=""))
    token = town.mails(NORA)[-1].text.split("/courriel/")[1].split()[0]
    await town.arrive(report(NORA, mail.message_id, mail.envelope_from))
    await town.hub.answers.release(token)
    assert not await AddressFailure.exists(address=NORA) and (await events())[-1] == "confirmed"
    await town.hub.settle()
    assert await Message.exists(text="Oui")


async def test_refusals_over_smtp_count_too_but_not_those_about_the_mail(town: Town) -> None:
    town.sink.say("RCPT", "550 5.7.1 we do not like you", "550 5.7.1 we do not like you")
    await sent_to_nora(town)
    assert not await AddressFailure.all().count() and await events() == ["refused"]
    town.sink.say("RCPT", "550 5.1.1 no such user", "550 5.1.1 no such user")
    await sent_to_nora(town)
    assert (await AddressFailure.get(address=NORA)).state == "hard"
    assert (await AddressEvent.filter(address=NORA).order_by("-id").first()).by == "smtp"  # type: ignore[union-attr]


async def test_a_mail_given_up_is_a_soft_failure(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.announcer.step()
    for _ in range(len(town.hub.core.config.mail.retry_minutes) + 1):
        town.sink.say("RCPT", "450 4.2.1 busy", "450 4.2.1 busy")
        await town.hub.settle()
        town.clock.advance(days=2)
    assert (await OutboundMail.get(recipient=NORA)).state == "given_up"
    assert (await AddressFailure.get(address=NORA)).state == "soft"


async def test_a_report_for_a_mail_we_never_sent_is_ignored_and_counted(town: Town, arrive: desk.Arrive) -> None:
    await town.arrive(report(NORA, "<unknown@hub.test>", "portail@hub.test"))
    await town.arrive(report(NORA, "<unknown@hub.test>", "periscolaire@hub.test", "4.4.1", "delayed"))
    assert await InboundMail.filter(state="ignored", reason="unknown_bounce").count() == 2
    assert not await AddressFailure.all().count() and not town.sink.mails
    told = await metrics(await arrive())
    assert 'hub_address_events{event="unknown"} 2.0' in told
    assert 'hub_address_events{event="hard"} 0.0' in told


@pytest.mark.long
async def test_a_storm_of_reports_leaves_a_line_a_day_and_hides_nothing(town: Town, arrive: desk.Arrive) -> None:
    """Whoever got a mail of ours can write any number of reports about it, and anybody about mails that never were."""
    mail = await bounce(town, "5.2.2")
    karims = (await OutboundMail.filter(recipient=KARIM).order_by("-id"))[0]
    await town.arrive(report(KARIM, karims.message_id, karims.envelope_from))
    raws = [
        *(report(KARIM, karims.message_id, "portail@hub.test") for _ in range(150)),
        *(report(f"x{n}@nulle-part.test", f"<{n}@hub.test>", "portail@hub.test") for n in range(150)),
        *(report(NORA, mail.message_id, mail.envelope_from, "4.4.1", "delayed") for _ in range(150)),
    ]
    await town.hub.inbound.take([ReceivedMail(raw, "lmtp") for raw in raws])
    await town.arrive(town.fresh(MARIE, "periscolaire@hub.test", "Mercredi", "Léo sera absent"))
    assert await Message.exists(text="Léo sera absent")
    assert await events() == ["soft", "delayed"] and await events(KARIM) == ["hard", "unsigned"]
    assert await AddressEvent.all().count() == 5
    assert not await AddressEvent.exists(address__startswith="x"), "anybody may write any address"
    told = await metrics(await arrive())
    for event in ("unsigned", "unknown", "delayed"):
        assert f'hub_address_events{{event="{event}"}} 150.0' in told
    town.clock.advance(days=1)
    await town.arrive(report(KARIM, karims.message_id, "portail@hub.test"))
    assert await events(KARIM) == ["hard", "unsigned", "unsigned"]


@pytest.mark.long
async def test_a_mail_refused_while_reports_come_in_is_settled_all_the_same(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """About the same addresses, the other way round: each transaction would wait for rows of the other."""
    waits, now = [], town.clock.now()
    for number in range(8):
        to, message_id = f"p{number % 4}@famille.test", town.hub.addresses.message_id(str(number))
        waits.append(
            OutboundMail(
                key=str(number), kind="x", recipient=to, domain="famille.test", message_id=message_id, content=b"",
                envelope_from=town.hub.addresses.return_path(message_id), size=0, due_at=now, created_at=now,
                state="sent" if number < 4 else "queued",
            )
        )  # fmt: skip
    await OutboundMail.bulk_create(waits)
    *sent, d, c, b, a = await OutboundMail.all().order_by("id")
    reports = [report(mail.recipient, mail.message_id, mail.envelope_from, "5.2.2") for mail in sent]
    await town.hub.inbound.take([ReceivedMail(raw, "lmtp") for raw in reports])

    async def slowly(*_: object, **__: object) -> bool:
        await asyncio.sleep(0.1)
        return False

    monkeypatch.setattr(failures, "_lasts", slowly)
    outcomes = [(mail, Rejected(550, "5.2.2 full")) for mail in (a, b, c, d)]
    await asyncio.gather(town.hub.receiver.step(), town.hub.outbox._settle(outcomes))
    assert (
        await OutboundMail.filter(state="rejected").count() == 4 == await OutboundMail.filter(state="bounced").count()
    )
    assert await AddressEvent.filter(event="soft").count() == 8


async def test_what_happened_to_one_address_hides_nothing_of_another(town: Town) -> None:
    await bounce(town, "5.2.2")
    for at in range(30):
        await note(town.hub.core, KARIM, Event.soft, "smtp", reason=f"n° {at}")
    await mark(town.hub.core, KARIM, Gravity.hard, "smtp", "5.1.1", "n° 30")
    karim, nora = await town.hub.failing.all()
    assert [line.reason for line in karim.history] == ["n° 30", "n° 29", "n° 28", "n° 27", "n° 26"]
    assert [line.event for line in nora.history] == [Event.soft]


async def test_a_report_that_is_read_again_is_none_about_a_second_try(town: Town) -> None:
    """An agent had the mail sent once more, and it arrived; then the mailbox is read again from its start."""
    mail = await sent_to_nora(town)
    old = report(NORA, mail.message_id, mail.envelope_from, "5.2.2")
    await town.arrive(old)
    await town.hub.outbox.retry(mail.id)
    await town.hub.settle()
    for uid, days in (1, 1), (2, 100):
        town.clock.advance(days=days)
        await town.hub.quarantine.forget()
        await town.hub.inbound.take([ReceivedMail(old, "portail", 2, uid)])
        await town.hub.settle()
        assert (await OutboundMail.get(id=mail.id)).state == "sent" and await events() == ["soft"]
    assert not await InboundMail.filter(state="settled").count(), "the report has a copy of the mail in it"


async def test_the_desk_sees_it_and_an_agent_tries_again(town: Town, arrive: desk.Arrive) -> None:
    await bounce(town)
    nora = await arrive(KARIM)
    page = await nora.get("/bureau/adresses")
    assert NORA in page.text and "Nora Lambert" in page.text and "Plus rien n’y est envoyé" in page.text
    assert "Un e-mail est revenu" in page.text
    form = page.form("/bureau/adresses/reessayer")
    assert form["adresse"] == NORA
    assert (await nora.post("/bureau/adresses/reessayer", {"adresse": NORA})).status == 403
    after = await nora.post("/bureau/adresses/reessayer", form)
    assert "Aucune adresse en échec" in after.text
    assert (await nora.post("/bureau/adresses/reessayer", form)).status == 404
    karim = await town.agent(KARIM)
    last = await AddressEvent.all().order_by("-id").first()
    assert last and (last.event, last.by) == ("vouched", f"agent {karim.id}")
    assert (await (await arrive()).get("/bureau/adresses")).url.startswith("/bureau/connexion")


async def test_what_other_servers_say_opens_nothing_where_it_is_shown(
    town: Town, arrive: desk.Arrive, capsys: pytest.CaptureFixture[str]
) -> None:
    """They repeat the return path, and filters the link that they do not like: to all agents, by a failing address."""
    await town.write("Bonjour")
    await town.hub.announcer.step()
    mails = {mail.recipient: mail for mail in await OutboundMail.all()}
    path, link = mails[NORA].envelope_from, random_token()
    said = f"550 5.1.1 <{path}>: http://hub.test/decision/{link} http%3A%2F%2Fhub.test%2Fdecision%2F{link} is bad"
    town.sink.say("RCPT", said)
    await town.hub.settle()
    refused = await OutboundMail.get(state="rejected")
    other = next(mail for mail in mails.values() if mail.id != refused.id)
    await town.arrive(report(other.recipient, other.message_id, other.envelope_from, said=said))
    nora = await arrive(NORA)
    pages = [(await nora.get(page)).html for page in ("/bureau/adresses", "/bureau/non-remis")]
    pages.append(capsys.readouterr().out)
    assert [page.count("is bad") for page in pages] == [2, 2, 1]
    assert not [
        secret for secret in (path.rpartition("-")[2].partition("@")[0], link) for page in pages if secret in page
    ]
