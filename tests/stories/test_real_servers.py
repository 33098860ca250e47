"""Parent → Postfix → the agent's Dovecot mailbox → the agent's SMTP answer → back → thread → parent's mailbox.

By IMAP (Dovecot, IDLE) and by LMTP, on both databases, with everything running as in production.
"""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator, Awaitable, Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec.structs import replace

from hub.app import Hub, build
from hub.config import Imap, Lmtp, Service, Theme
from hub.config import Person as AgentSettings
from hub.core.clock import Clock
from hub.dossier.models import BankAccount
from hub.mail import parse
from hub.mail.models import OutboundMail
from tests.cast import KARIM, MARIE, NORA, SERVICES, Town, meet, settings
from tests.servers.dovecot import Dovecot
from tests.servers.fixtures import HUB, LMTP_DOMAIN, PASSWORD
from tests.servers.postfix import Postfix

pytestmark = pytest.mark.servers
GONE = Service(
    slug="gone",
    name="Service parti",
    agents=(AgentSettings(name="Parti", email="parti@ville.test"),),
    themes=(Theme(name="Tout"),),
)


async def until(found: Callable[[], Awaitable[object]], seconds: float = 20.0) -> None:
    """Wait for something that another party brings about."""
    async with asyncio.timeout(seconds):
        while not await found():
            await asyncio.sleep(0.05)


def hub_mailbox(dovecot: Dovecot) -> Imap:
    """The mailbox in which the hub finds what is written to it."""
    return Imap(
        name="portail", host="127.0.0.1", port=dovecot.imap_port, security="none", user=HUB, password=PASSWORD, poll=5
    )


async def answer(postfix: Postfix, to: parse.ParsedMail, sender: str, text: str) -> None:
    """What the person's own mail client does."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to.header("reply-to"), f"Re: {to.subject}"
    mail["In-Reply-To"] = mail["References"] = to.message_id
    mail["Message-ID"] = f"<{abs(hash((sender, text)))}@client.test>"
    mail.set_content(f"{text}\n\nLe 22 oct. 2026 à 10:00, Portail a écrit :\n> {to.text.splitlines()[0]}\n")
    await asyncio.to_thread(_hand_in, postfix, mail)


@pytest_asyncio.fixture(params=["imap", "lmtp"])
async def town(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path, dovecot: Dovecot, postfix: Postfix
) -> AsyncIterator[Town]:
    """The town with its workers running, its mail through Postfix and Dovecot."""
    config = settings(database_url, tmp_path, postfix.port)
    mail = replace(config.mail, imap=(hub_mailbox(dovecot),))
    if request.param == "lmtp":
        mail = replace(config.mail, domain=LMTP_DOMAIN, lmtp=Lmtp(port=postfix.hub_port))
    config = replace(config, mail=mail, services=(*SERVICES, GONE))
    async with build(config, Clock()).opened() as hub:
        town = await meet(hub, None, None)  # type: ignore[arg-type]  # neither clock nor sink is made up here
        async with hub.working():
            yield town


async def test_the_whole_journey(town: Town, dovecot: Dovecot, postfix: Postfix) -> None:
    message = await town.write("Bonjour, Léo mangera-t-il à la cantine jeudi ?", subject="Été à la cantine")
    raw = await dovecot.wait_for(NORA, lambda mail: b"jeudi" in mail)
    received = parse.read(raw)
    assert received.subject.startswith("Été à la cantine")

    await answer(postfix, received, NORA, "Oui, c’est noté pour jeudi.")
    await until(lambda: _said(town.hub, message.thread_id, 2))
    talk = await town.hub.conversations.read(town.account().id, message.thread_id)
    assert (talk.messages[1].author, talk.messages[1].text) == ("Nora Lambert", "Oui, c’est noté pour jeudi.")

    news = parse.read(await dovecot.wait_for(MARIE, lambda mail: b"not=C3=A9" in mail or "noté".encode() in mail))
    assert "Oui, c’est noté pour jeudi." in news.text
    assert NORA not in str(news.headers) + news.text + news.html

    await answer(postfix, news, MARIE, "Merci !")
    await until(lambda: _said(town.hub, message.thread_id, 3))
    third = await dovecot.wait_for(KARIM, lambda mail: b"Merci" in mail and b"In-Reply-To" in mail)
    assert "Merci !" in parse.read(third).text


async def test_a_change_of_bank_details_is_accepted_by_answering_the_mail(
    town: Town, dovecot: Dovecot, postfix: Postfix
) -> None:
    typed = {"titulaire": "Marie Durand", "iban": "FR76 3000 6000 0112 3456 7890 189", "prelevement": "1"}
    guardian = town.account().guardian_id
    thread = await town.hub.requests.submit(town.sender(), guardian, "banque", 0, typed, "k")
    asked = parse.read(await dovecot.wait_for(NORA, lambda mail: b"/decision/" in mail))
    assert "FR76 •••• •••• 0189" in asked.text and "3456" not in asked.text

    await answer(postfix, asked, NORA, "/accepter\n\nC’est fait pour décembre.")
    await until(lambda: BankAccount.exists(by_debit=True))
    await until(lambda: _said(town.hub, thread, 3))
    talk = await town.hub.conversations.read(town.account().id, thread)
    assert [message.text for message in talk.messages][1:] == [
        "Votre demande « Coordonnées bancaires » est acceptée.",
        "C’est fait pour décembre.",
    ]
    news = parse.read(await dovecot.wait_for(MARIE, lambda mail: b"accept" in mail and b"Accus" not in mail))
    assert "Acceptée" in news.text


async def test_a_bounce_settles_the_mail_it_speaks_of(town: Town, postfix: Postfix) -> None:
    message = await town.write("Y a-t-il quelqu’un ?", service="gone", subject="Personne")
    await until(lambda: OutboundMail.exists(message=message.id, state="bounced"))
    talk = await town.hub.conversations.read(town.account().id, message.thread_id)
    assert [event.kind for event in talk.events] == ["failed"]
    assert len(talk.messages) == 1, "a bounce is no message"


def _hand_in(postfix: Postfix, mail: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", postfix.port) as client:
        client.send_message(mail)


async def _said(hub: Hub, thread: int, count: int) -> bool:
    [row] = await hub.core.db.rows("SELECT messages_count AS n FROM thread WHERE id = ?", thread)
    return bool(row["n"] >= count)
