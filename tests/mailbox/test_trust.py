"""The trust matrix: reply address × From × verdict, each cell written down, on the real application.

Three witnesses: the reply address, From, and what proves From. All three agree: posted. Two: held, and the
registered address is asked by a link. One: nobody but the desk ever hears of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from msgspec.structs import replace

from hub.config import Config
from hub.mail.models import InboundMail, OutboundMail
from hub.mail.parse import ParsedMail
from hub.mailbox.models import Message, Service, Thread
from hub.mailbox.replies import Holder
from tests.cast import AUTHSERV, KARIM, LEA, MARIE, NORA, PAUL, SCHOOL, Town

EVE = "eve@ailleurs.test"
POSTED = ("stored", "", None)
ASKED = {  # held, and who is asked to confirm
    "unauthenticated": ("held", "unauthenticated", "owner"),
    "other_sender": ("held", "other_sender", "owner"),
    "no_token": ("held", "no_token", "owner"),
    "expired": ("held", "expired_token", "owner"),
    "other_thread": ("held", "other_thread", "owner"),
}
REFUSED = ("quarantined", "revoked_token", "owner")  # and the owner is told why and what to do
STRANGER = ("quarantined", "unknown_sender", "sender")  # and they are told to write from their account's address
UNKNOWN = ("quarantined", "unknown_sender", None)
UNPROVEN = ("quarantined", "unproven", None)
FORGED = ("quarantined", "forged", None)
LETTERS = {"held": "confirm-mail", "revoked_token": "revoked-address", "unknown_sender": "unknown-sender"}

# For each reply address and From: what becomes of it with dmarc=pass, =fail, =none, and with a forged pass.
AGENT = {
    ("valid", "right"): (POSTED, ASKED["unauthenticated"], ASKED["unauthenticated"], ASKED["unauthenticated"]),
    ("valid", "alias"): (POSTED, ASKED["unauthenticated"], ASKED["unauthenticated"], ASKED["unauthenticated"]),
    ("valid", "wrong"): (ASKED["other_sender"], FORGED, FORGED, FORGED),
    ("valid", "display"): (ASKED["other_sender"], FORGED, FORGED, FORGED),
    ("none", "right"): (ASKED["no_token"], UNPROVEN, UNPROVEN, UNPROVEN),
    ("none", "alias"): (ASKED["no_token"], UNPROVEN, UNPROVEN, UNPROVEN),
    ("none", "wrong"): (STRANGER, UNKNOWN, UNKNOWN, UNKNOWN),
    ("none", "display"): (STRANGER, UNKNOWN, UNKNOWN, UNKNOWN),
    ("expired", "right"): (ASKED["expired"], UNPROVEN, UNPROVEN, UNPROVEN),
    ("expired", "alias"): (ASKED["expired"], UNPROVEN, UNPROVEN, UNPROVEN),
    ("expired", "wrong"): (FORGED, FORGED, FORGED, FORGED),
    ("expired", "display"): (FORGED, FORGED, FORGED, FORGED),
    ("elsewhere", "right"): (ASKED["other_thread"], UNPROVEN, UNPROVEN, UNPROVEN),
    ("elsewhere", "alias"): (ASKED["other_thread"], UNPROVEN, UNPROVEN, UNPROVEN),
    ("elsewhere", "wrong"): (FORGED, FORGED, FORGED, FORGED),
    ("elsewhere", "display"): (FORGED, FORGED, FORGED, FORGED),
    ("revoked", "right"): (REFUSED, UNPROVEN, UNPROVEN, UNPROVEN),
    ("revoked", "alias"): (REFUSED, UNPROVEN, UNPROVEN, UNPROVEN),
    ("revoked", "wrong"): (FORGED, FORGED, FORGED, FORGED),
    ("revoked", "display"): (FORGED, FORGED, FORGED, FORGED),
}
# A guardian has one address: what would be an alias of it ("durand+ecole@…") is anybody's.
PARENT = AGENT | {(token, "alias"): AGENT[token, "wrong"] for token, _ in AGENT}
VERDICTS = ("pass", "fail", "none", "forged")
CELLS = [
    pytest.param(who, token, sender, verdict, outcome, id=f"{who}-{token}-{sender}-{verdict}")
    for who, table in (("agent", AGENT), ("parent", PARENT))
    for (token, sender), row in table.items()
    for verdict, outcome in zip(VERDICTS, row, strict=True)
]
FROM = {
    "agent": {"right": NORA, "alias": "n.lambert@ville.test", "wrong": EVE, "display": f'"{NORA}" <{EVE}>'},
    "parent": {"right": MARIE, "alias": "durand+ecole@famille.test", "wrong": EVE, "display": f'"{MARIE}" <{EVE}>'},
}


@pytest.fixture
def town_settings(town_settings: Config) -> Config:
    """Months pass here, and nothing but what is asked about shall be written."""
    return replace(town_settings, acknowledgement=replace(town_settings.acknowledgement, warn_days=0))


@dataclass
class Talk:
    """A conversation under way: what the person answers, and the address they have in another one."""

    owner: str
    answered: ParsedMail
    elsewhere: str
    thread: int


async def talk(town: Town, who: str) -> Talk:
    """Nora and Marie each have a mail to answer; each takes part in a second conversation too."""
    message = await town.write("Bonjour", subject="Cantine")
    other = await town.write("Et mercredi ?", LEA if who == "agent" else MARIE, subject="Mercredi")
    await town.hub.settle()
    if who == "parent":
        await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Quel jour ?"))
        await town.arrive(town.answer(town.mails(NORA)[1], NORA, "Oui."))
    owner = NORA if who == "agent" else MARIE
    mine = {mail.subject.rpartition("Re: ")[2].partition(" – ")[0]: mail for mail in town.mails(owner)}
    assert await Thread.all().count() == 2 and other.thread_id != message.thread_id
    return Talk(owner, mine["Cantine"], mine["Mercredi"].header("reply-to") or "", message.thread_id)


def stamp(raw: bytes, verdict: str, domain: str) -> bytes:
    """As our mailbox's host hands it over: its own verdict on top of whatever the sender wrote."""
    ours = f"Authentication-Results: {AUTHSERV}; dmarc={{}} header.from={domain}\r\n"
    if verdict != "forged":
        return ours.format(verdict).encode() + raw
    foreign = f"Authentication-Results: mx.pirate.test; dmarc=pass header.from={domain}\r\n"
    return "".join([foreign, ours.format("fail"), ours.format("pass")]).encode() + raw


@pytest.mark.long
@pytest.mark.parametrize(("who", "token", "sender", "verdict", "outcome"), CELLS)
async def test_the_matrix(
    town: Town, who: str, token: str, sender: str, verdict: str, outcome: tuple[str, str, str | None]
) -> None:
    found = await talk(town, who)
    to = {"none": "periscolaire@hub.test", "elsewhere": found.elsewhere}.get(token)
    written = FROM[who][sender]
    address = written.rpartition("<")[2].rstrip(">").lower()
    raw = town.answer(found.answered, address, "Une réponse", results="", reply_to=to)
    raw = raw.replace(f"From: {address}".encode(), f"From: {written}".encode(), 1)
    if token == "expired":
        town.clock.advance(days=200)
    if token == "revoked":
        await town.hub.replies.revoke(found.thread)
    messages, sent = await Message.all().count(), await OutboundMail.all().count()
    await town.arrive(stamp(raw, verdict, address.rpartition("@")[2]))

    state, reason, told = outcome
    mail = await InboundMail.all().order_by("-id").first()
    assert mail and (mail.state, mail.reason) == (state, reason)
    assert await Message.all().count() == messages + (state == "stored")
    letters = await OutboundMail.all().order_by("id").offset(sent)
    if state == "stored":
        told_of = {"town-answer", "colleague-answer"} if who == "agent" else {"agent-message"}
        assert {letter.kind for letter in letters} == told_of
    else:
        recipient = {"owner": found.owner, "sender": address}.get(told or "")
        kind = LETTERS.get(state) or LETTERS.get(reason)
        assert [(m.kind, m.recipient) for m in letters] == ([(kind, recipient)] if told else [])


async def confirm(town: Town, address: str) -> None:
    token = town.mails(address)[-1].text.split("/courriel/")[1].split()[0]
    await town.hub.answers.release(token)
    await town.hub.settle()


@pytest.mark.parametrize("token", ["none", "expired", "elsewhere"])
async def test_what_was_held_is_posted_once_its_owner_confirms(town: Town, token: str) -> None:
    found = await talk(town, "agent")
    to = {"none": "periscolaire@hub.test", "elsewhere": found.elsewhere}.get(token)
    if token == "expired":
        town.clock.advance(days=200)
    await town.arrive(town.answer(found.answered, NORA, "Une réponse", reply_to=to))
    assert (
        f"Conversation\N{NO-BREAK SPACE}: {'Mercredi' if token == 'elsewhere' else 'Cantine'}"
        in town.mails(NORA)[-1].text
    )
    await confirm(town, NORA)
    posted = await Message.get(text="Une réponse")
    assert (posted.thread_id == found.thread) is (token != "elsewhere")
    assert posted.author == "Nora Lambert"


async def test_a_valid_address_without_references_decides_alone_where_it_goes(town: Town) -> None:
    found = await talk(town, "agent")
    await town.arrive(town.fresh(NORA, found.elsewhere, "Sans citation", "Une réponse"))
    assert (await Message.get(text="Une réponse")).thread_id != found.thread


@pytest.mark.parametrize(
    "written",
    [
        f'"{NORA}" <{EVE}>',
        f"{NORA} <{EVE}>",
        f"=?utf-8?q?{NORA.replace('@', '=40')}?= <{EVE}>",
        f"({NORA}) {EVE}",
        f"{EVE} ({NORA})",
        f"{EVE}, {NORA}",
        f"agents: {EVE}, {NORA};",
        f"<{EVE}>\r\nFrom: {NORA}",
        f"<{EVE}>\r\nReply-To: {NORA}",
        f"<{EVE}>\r\nSender: {NORA}",
        f'"Nora Lambert" <{NORA}@ailleurs.test>',
        f"<{NORA}.ailleurs.test>",
    ],
)
async def test_no_way_of_writing_from_makes_eve_nora(town: Town, written: str) -> None:
    found = await talk(town, "agent")
    raw = town.answer(found.answered, EVE, "Une réponse").replace(f"From: {EVE}".encode(), f"From: {written}".encode())
    await town.arrive(raw)
    mail = await InboundMail.all().order_by("-id").first()
    assert mail and mail.state in ("held", "quarantined")
    assert not await Message.exists(text="Une réponse")


@pytest.mark.parametrize("results", ["dmarc=fail", "dmarc=none", ""])
async def test_a_from_alone_opens_nothing_and_asks_nobody(town: Town, results: str) -> None:
    await town.arrive(town.fresh(MARIE, "periscolaire@hub.test", "Piège", "Donnez-moi tout", results=results))
    assert await InboundMail.exists(state="quarantined", reason="unproven")
    assert not town.sink.mails and not await Message.all().count()


async def test_a_name_server_that_was_silent_makes_it_held(town: Town) -> None:
    await town.arrive(town.fresh(MARIE, "periscolaire@hub.test", "Mercredi", "Absent", results="dmarc=temperror"))
    assert await InboundMail.exists(state="held", reason="unauthenticated")
    await confirm(town, MARIE)
    assert await Message.exists(text="Absent", author="Marie Durand")


@pytest.mark.parametrize(
    ("results", "posted"),
    [  # as our mailbox's host sees what the town's mail server forwards to it, the return path rewritten
        (
            "spf=pass smtp.mailfrom=SRS0=x=y=z.test=n@relais.test; dkim=pass header.d=ville.test; dmarc=pass",
            True,
        ),
        ("spf=fail smtp.mailfrom=nora@ville.test; dkim=pass header.d=ville.test; dmarc=pass", True),
        (
            "spf=pass smtp.mailfrom=SRS0=x=y=z.test=n@relais.test; dkim=fail header.d=ville.test; dmarc=fail",
            False,
        ),
        ("spf=fail smtp.mailfrom=nora@ville.test; dkim=none; dmarc=fail", False),
        ("spf=pass smtp.mailfrom=SRS0=x=y=ailleurs.test=eve@ville.test; dkim=none; dmarc=pass", False),
    ],
)
async def test_what_was_forwarded_is_believed_by_its_signature_alone(town: Town, results: str, posted: bool) -> None:
    found = await talk(town, "agent")
    await town.arrive(town.answer(found.answered, NORA, "Une réponse", results=results))
    assert await Message.exists(text="Une réponse") is posted
    if not posted:  # nothing is lost: whoever it was, Nora is asked
        assert await InboundMail.exists(state="held", reason="unauthenticated")
        await confirm(town, NORA)
        assert await Message.exists(text="Une réponse")


async def test_whoever_left_the_service_answers_no_more(town: Town) -> None:
    found = await talk(town, "agent")
    service = await Service.get(slug="scolaire")
    await town.hub.threads.transfer(found.thread, service.id, "Karim Haddad")
    await town.arrive(town.answer(found.answered, NORA, "Une réponse"))
    assert await InboundMail.exists(state="quarantined", reason="revoked_token")
    assert "au service qui suit maintenant cette conversation" in town.mails(NORA)[-1].text

    address = await town.hub.replies.issue(found.thread, Holder.service, service.id)
    await town.arrive(town.answer(found.answered, SCHOOL, "La suite", reply_to=address))
    assert (await Message.get(text="La suite")).author == "Service scolaire"


async def test_who_is_asked_reads_no_address_of_somebody_else(town: Town) -> None:
    """A colleague answers by the wrong letter, and quotes their own."""
    found = await talk(town, "agent")
    [karim, *_] = [mail.header("reply-to") or "" for mail in town.mails(KARIM)]
    address = karim.rpartition("<")[2].rstrip(">")
    await town.arrive(town.answer(found.answered, KARIM, f"Mon adresse est {address}"))
    letter = town.mails(NORA)[-1]
    assert letter.subject.startswith("À confirmer") and "Mon adresse est [adresse retirée]" in letter.text
    assert address not in letter.text + letter.html


async def test_nor_by_the_link_of_what_was_held_before(town: Town) -> None:
    found = await talk(town, "agent")
    await town.arrive(town.answer(found.answered, NORA, "Une réponse", results=""))
    service = await Service.get(slug="scolaire")
    await town.hub.threads.transfer(found.thread, service.id, "Karim Haddad")
    await confirm(town, NORA)
    assert await InboundMail.exists(state="quarantined", reason="revoked_token")
    assert "au service qui suit maintenant cette conversation" in town.mails(NORA)[-1].text
    assert not await Message.exists(text="Une réponse")


async def test_a_link_speaks_for_the_address_that_was_asked_and_no_longer_for_whoever_has_another_one(
    town: Town,
) -> None:
    """Somebody else reads the old one, perhaps: that may be why it was changed."""
    found = await talk(town, "parent")
    await town.arrive(town.answer(found.answered, EVE, "Une réponse"))
    await town.hub.changes.set(town.account(), "neuve@famille.test", "Nora Lambert")
    await confirm(town, MARIE)
    assert await InboundMail.exists(state="held", reason="other_sender")
    assert not await Message.exists(text="Une réponse")
    await confirm(town, "neuve@famille.test")
    assert await Message.exists(text="Une réponse", author="Marie Durand")


async def test_another_guardian_of_the_family_is_not_the_one_it_was_given_to(town: Town) -> None:
    found = await talk(town, "parent")
    await town.arrive(town.answer(found.answered, PAUL, "Une réponse"))
    assert await InboundMail.exists(state="held", reason="other_sender", from_address=PAUL)
    assert town.mails(MARIE)[-1].subject.startswith("À confirmer") and KARIM not in town.mails(MARIE)[-1].text
