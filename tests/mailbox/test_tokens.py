"""Reply addresses, return paths and links: whose they are, how long they work, and where they never appear."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from io import StringIO
from itertools import product

import pytest
import structlog
from msgspec.structs import replace
from typer.testing import CliRunner

from hub.__main__ import main
from hub.config import Config, Person
from hub.core.clock import FrozenClock
from hub.core.errors import NotFound
from hub.core.logs import set_up
from hub.mail.addresses import ReplyToken
from hub.mail.models import InboundMail, OutboundMail
from hub.mailbox.models import Message, ReleaseLink, ReplyAddress, ServiceAgent
from hub.mailbox.replies import Holder
from tests.cast import KARIM, MARIE, NORA, PAUL, Town, meet
from tests.servers.sink import Sink
from tests.web.browser import Browser
from tests.web.conftest import Arrive

SIGNATURE = re.compile(r"[a-z2-7]{20}")
INES, TOM = "ines@ville.test", "tom@ville.test"


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[StringIO]:
    """Logs set up as the commands do, our own down to the smallest word; of libraries, warnings."""
    caplog.set_level(logging.WARNING)
    told = StringIO()
    set_up(logging.DEBUG)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(told))
    yield told
    structlog.reset_defaults()


async def test_no_log_ever_holds_a_token(town: Town, logged: StringIO, caplog: pytest.LogCaptureFixture) -> None:
    await town.write("Bonjour")
    await town.hub.announcer.step()
    first = await OutboundMail.get(recipient=NORA)
    town.sink.say("MAIL", f"550 5.7.1 <{first.envelope_from}>: sender address refused")
    town.sink.say("RCPT", f"451 4.7.1 <{first.envelope_from}>: try again later")
    await town.hub.settle()
    await town.write("Encore")
    await town.hub.settle()
    [mail] = town.mails(NORA)
    address = mail.header("reply-to") or ""
    await town.arrive(town.answer(mail, NORA, "Oui"))
    await town.arrive(town.answer(mail, NORA, "Oui", results=""))
    question = town.mails(NORA)[-1]
    link = question.text.split("/courriel/")[1].split()[0]
    await town.hub.answers.release(link)
    await town.hub.settle()
    logger = structlog.get_logger("test")
    try:
        raise OSError(f"550 {address} and http://hub.test/courriel/{link}")
    except OSError:
        logger.exception("what a library says in its own words", reply=address)

    told = logged.getvalue() + caplog.text
    assert "mail not delivered" in told and "announced" in told and "in its own words" in told
    rows = await OutboundMail.all()
    paths = [row.envelope_from for row in rows if row.envelope_from]
    addresses = [town.hub.addresses.reply_to(row.id) for row in await ReplyAddress.all()]
    assert len(paths) > 3 and len(addresses) > 2 and await ReleaseLink.all().count()
    secrets = {SIGNATURE.findall(secret)[-1] for secret in (*paths, *addresses)} | {link}
    assert not [secret for secret in secrets if secret in told]


async def test_what_a_family_sees_opens_nothing_of_an_agents(town: Town, anyone: Arrive) -> None:
    """No address of an agent stands in it, and no signature that stands in it fits any number but its own."""
    message = await town.write("Bonjour")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Oui"))
    await town.arrive(town.answer(town.mails(MARIE)[0], MARIE, "Merci"))
    await town.arrive(town.answer(town.mails(KARIM)[-1], KARIM, "De rien"))
    browser: Browser = await anyone("mdurand")
    page = await browser.get(f"/messagerie/{message.thread_id}")
    assert "De rien" in page.text
    raws = [raw.decode("ascii") for who in (MARIE, PAUL) for raw in town.sink.sent_to(who)]
    paths = [caught.mail_from for caught in town.sink.mails if caught.rcpt_to in (MARIE, PAUL)]
    seen = "\n".join([*raws, *paths, page.text]).replace("=\r\n", "")

    rows = await ReplyAddress.all()
    agents = [row for row in rows if row.agent_id]
    assert len(agents) == 2 and len(rows) == 4
    for row in agents:
        assert town.hub.addresses.reply_to(row.id) not in seen
    numbers, signatures = {row.id for row in agents}, set(SIGNATURE.findall(seen.lower()))
    assert len(signatures) >= 4
    for number, signature, name in product(numbers, signatures, ("reponse", "rebond")):
        assert town.hub.addresses.read(f"{name}+{number}-{signature}@hub.test") is None
    mine = {t.id for s in signatures for n in range(1, 9) if (t := read(town, n, s))}
    assert mine == {row.id for row in rows if row.account_id}, "what they do open is the family's own"


def read(town: Town, number: int, signature: str) -> ReplyToken | None:
    found = town.hub.addresses.read(f"reponse+{number}-{signature}@hub.test")
    return found if isinstance(found, ReplyToken) else None


async def test_an_address_rotates_by_person_and_thread_and_both_work_meanwhile(town: Town) -> None:
    message = await town.write("Bonjour")
    await town.hub.settle()
    [first] = town.mails(NORA)
    town.clock.advance(days=town.hub.core.config.mail.reply_days // 2 + 1)
    nora = await town.agent(NORA)
    second = await town.hub.replies.issue(message.thread_id, Holder.agent, nora.id)
    assert second not in (first.header("reply-to") or "")
    assert second == await town.hub.replies.issue(message.thread_id, Holder.agent, nora.id)
    await town.arrive(town.answer(first, NORA, "Par l’ancienne"))
    await town.arrive(town.answer(first, NORA, "Par la nouvelle", reply_to=second))
    assert await Message.filter(text__startswith="Par l").count() == 2


async def test_one_persons_address_is_revoked_and_replaced_and_the_others_work_on(town: Town) -> None:
    message = await town.write("Bonjour")
    await town.hub.settle()
    nora, karim = town.mails(NORA)[0], town.mails(KARIM)[0]
    leaked = (nora.header("reply-to") or "").rpartition("<")[2].rstrip(">")
    await town.hub.replies.revoke_address(leaked.upper())
    await town.hub.replies.revoke_address(leaked)
    await town.arrive(town.answer(nora, NORA, "Par l’ancienne"))
    assert await InboundMail.exists(state="quarantined", reason="revoked_token")
    fresh = await town.hub.replies.issue(message.thread_id, Holder.agent, (await town.agent(NORA)).id)
    assert fresh != leaked
    await town.arrive(town.answer(nora, NORA, "Par la nouvelle", reply_to=fresh))
    await town.arrive(town.answer(karim, KARIM, "Moi aussi"))
    assert await Message.filter(agent_id__isnull=False).count() == 2
    for nobodys in (NORA, "reponse+1-aaaaaaaaaaaaaaaaaaaa@hub.test", "", town.hub.addresses.reply_to(999)):
        with pytest.raises(NotFound):
            await town.hub.replies.revoke_address(nobodys)
    assert await town.hub.replies.revoke(message.thread_id, Holder.agent, (await town.agent(KARIM)).id) == 1
    assert await town.hub.replies.revoke(message.thread_id) == 3, "Nora's new one and the guardians'"


def test_the_command_names_itself() -> None:
    assert "wrong hands" in CliRunner().invoke(main, ["mail", "revoke", "--help"]).output


class TestDelegates:
    """Inès answers in the place of the agents of a service; Tom works for another one."""

    @pytest.fixture
    def town_settings(self, town_settings: Config) -> Config:
        after, school = town_settings.services
        ines = Person(name="Inès Roche", email="Ines@ville.test", aliases=("i.roche@ville.test",))
        after = replace(after, delegates=(ines,))
        karim = replace(school.agents[0], aliases=("k.haddad@ville.test",))
        school = replace(school, agents=(karim, Person(name="Tom", email=TOM)))
        return replace(town_settings, services=(after, school))

    @pytest.mark.parametrize("sender", [INES, "i.roche@ville.test"])
    async def test_they_answer_under_their_own_name_and_get_no_mail(self, town: Town, sender: str) -> None:
        await town.write("Bonjour")
        await town.hub.settle()
        assert not town.mails(INES)
        await town.arrive(town.answer(town.mails(NORA)[0], sender, "Je réponds pour Nora"))
        message = await Message.get(text="Je réponds pour Nora")
        assert (message.author, message.agent_id) == ("Inès Roche", (await town.agent(INES)).id)
        assert "Inès Roche" in town.mails(MARIE)[0].text

    async def test_unproven_it_is_the_delegate_who_is_asked(self, town: Town) -> None:
        await town.write("Bonjour")
        await town.hub.settle()
        await town.arrive(town.answer(town.mails(NORA)[0], "i.roche@ville.test", "Je réponds", results=""))
        assert [m.subject[:11] for m in town.mails(INES)] == ["À confirmer"]
        assert len(town.mails(NORA)) == 1

    async def test_nobody_of_another_service_is_one(self, town: Town) -> None:
        await town.write("Bonjour")
        await town.hub.settle()
        await town.arrive(town.answer(town.mails(NORA)[0], TOM, "Je réponds"))
        assert await InboundMail.exists(state="held", reason="other_sender")

    async def test_an_alias_listed_with_one_service_holds_for_all(self, town: Town) -> None:
        await town.write("Bonjour")
        await town.hub.settle()
        await town.arrive(town.answer(town.mails(KARIM)[0], "k.haddad@ville.test", "C’est moi"))
        assert (await Message.get(text="C’est moi")).author == "Karim Haddad"

    async def test_a_delegate_no_longer_listed_is_none(self, town: Town, clock: FrozenClock, sink: Sink) -> None:
        await town.write("Bonjour")
        await town.hub.settle()
        services = tuple(replace(service, delegates=()) for service in town.hub.core.config.services)
        await town.hub.directory.settle(replace(town.hub.core.config, services=services))
        assert not await ServiceAgent.exists(is_delegate=True)
        await town.arrive(town.answer(town.mails(NORA)[0], INES, "Je réponds"))
        assert await InboundMail.exists(state="held", reason="other_sender")
        assert await meet(town.hub, clock, sink)
