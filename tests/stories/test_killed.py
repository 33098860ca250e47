"""kill -9, again and again, while mail comes in and goes out and the servers around are restarted: nothing is lost,
nothing is stored twice, and what is sent twice is what SMTP cannot know, and is counted.

Agents answer half by a mailbox of Dovecot and half through the LMTP door; the hub's news go by Postfix to the family's
mailbox. The hub runs in processes of its own, as in a town.
"""

from __future__ import annotations

import asyncio
import contextlib
import imaplib
import random
import re
import smtplib
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from hub.accounts.models import Account, Agent
from hub.app import Hub, build
from hub.config import load
from hub.mail import parse
from hub.mail.models import InboundMail
from hub.mailbox.drafts import Typed
from hub.mailbox.models import Service
from hub.mailbox.replies import Holder
from hub.mailbox.sending import Sender
from tests.cast import AUTHSERV, NORA
from tests.processes import Process, run, running
from tests.servers.dovecot import Dovecot
from tests.servers.fixtures import DURAND, HUB, LMTP_DOMAIN, PASSWORD
from tests.servers.postfix import Postfix
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.servers
MAILS = 500
THREADS = 20
KILLS = 6
SETTLED = 150.0  # seconds: leases of the killed have to lapse, Postfix to try again
CONFIG = """
[town]
name = "Saint-Exemple"
[web]
port = 0
url = "http://hub.test"
secure_cookies = false
[database]
url = "{database}"
[storage]
url = "{folder}/blobs"
[security]
secret_file = "{folder}/secret.key"
[mail]
domain = "{domain}"
authserv_ids = ["{authserv}"]
retry_minutes = [0, 0, 0, 0, 0, 0, 1, 1]
thread_mails_per_hour = 0
[mail.smtp]
port = {smtp}
per_domain_minute = 0
[mail.lmtp]
port = {lmtp}
[[mail.imap]]
name = "portail"
host = "127.0.0.1"
port = {imap}
security = "none"
user = "{user}"
password = "{password}"
poll = 2
[[services]]
slug = "periscolaire"
name = "Activités périscolaires"
agents = [{{ name = "Nora Lambert", email = "{nora}" }}]
themes = [{{ name = "Cantine" }}]
"""


@dataclass
class Scene:
    """The servers, the settings the hub's processes run with, and a hub of the test's own that only looks."""

    hub: Hub
    config: str
    folder: Path
    dovecot: Dovecot
    postfix: Postfix
    postgres: Postgres | None
    workers: int


@pytest_asyncio.fixture(params=["sqlite", "postgres"])
async def scene(
    request: pytest.FixtureRequest, tmp_path: Path, dovecot: Dovecot, postfix: Postfix
) -> AsyncIterator[Scene]:
    """One worker on SQLite, two on PostgreSQL."""
    postgres: Postgres | None = request.getfixturevalue("postgres") if request.param == "postgres" else None
    database = postgres.create_database() if postgres else f"sqlite://{tmp_path}/hub.sqlite3"
    config = tmp_path / "config.toml"
    config.write_text(
        CONFIG.format(
            database=database, folder=tmp_path, domain=LMTP_DOMAIN, authserv=AUTHSERV, smtp=postfix.port,
            lmtp=postfix.hub_port, imap=dovecot.imap_port, user=HUB, password=PASSWORD, nora=NORA,
        )
    )  # fmt: skip
    account = ("--name", "Marie Durand", "--email", DURAND, "--login", "mdurand", "--dossier", "1234", "--new-dossier")
    for command in (("migrate",), ("account", "add", *account)):
        status, _, error = await run(*command, "--config", str(config), environment={"HUB_PASSWORD": PASSWORD})
        assert status == 0, error
    async with build(load(config)).opened() as hub:
        yield Scene(hub, str(config), tmp_path, dovecot, postfix, postgres, 2 if postgres else 1)
    if postgres:
        postgres.drop(database)


async def test_nothing_is_lost_or_stored_twice(scene: Scene) -> None:
    addresses = await conversations(scene.hub)
    texts = [f"Réponse numéro {number}, c’est noté." for number in range(MAILS)]
    mails = [answer(text, addresses[number % THREADS], number) for number, text in enumerate(texts)]
    async with contextlib.AsyncExitStack() as stack:
        crew = Workers(scene, stack)
        await crew.begin()
        await asyncio.gather(
            asyncio.to_thread(into_mailbox, scene.dovecot, mails[::2]),
            asyncio.to_thread(hand_in, scene.postfix, mails[1::2]),
            trouble(scene, crew),
        )
        await until(lambda: all_posted(scene), SETTLED, scene)
        await until(lambda: all_told(scene), SETTLED, scene)
    rows = await scene.hub.core.db.rows("SELECT text FROM message WHERE agent_id IS NOT NULL")
    assert Counter(row["text"] for row in rows) == Counter(texts), "each answer once"
    states = Counter(await InboundMail.all().values_list("state", flat=True))
    assert set(states) <= {"stored", "ignored"} and states["stored"] == MAILS, states
    await told_once(scene)


class Workers:
    """`hub work`, several times."""

    def __init__(self, scene: Scene, stack: contextlib.AsyncExitStack) -> None:
        self._scene = scene
        self._stack = stack
        self._running: list[Process] = []

    async def begin(self) -> None:
        """All of them; the first alone opens the LMTP door."""
        for number in range(self._scene.workers):
            self._running.append(await self._start(number))

    async def kill(self, number: int) -> None:
        """kill -9, and another in its place."""
        self._running[number].kill()
        await self._running[number].process.wait()
        self._running[number] = await self._start(number)

    async def _start(self, number: int) -> Process:
        config = self._scene.config
        if number:
            text = Path(config).read_text().replace(f"port = {self._scene.postfix.hub_port}\n", "port = 0\n")
            config = str(self._scene.folder / f"config-{number}.toml")
            Path(config).write_text(text)
        return await self._stack.enter_async_context(running(self._scene.folder, "work", "--config", config))


async def trouble(scene: Scene, crew: Workers) -> None:
    """Kills at random moments, the same every time, and a restart of each server in between."""
    chance = random.Random(scene.workers)
    restarts: list[Callable[[], None]] = [scene.dovecot.restart, scene.postfix.restart]
    if scene.postgres:
        restarts.append(scene.postgres.restart)
    for kill in range(KILLS):
        await asyncio.sleep(chance.uniform(0.2, 1.5))
        await crew.kill(kill % scene.workers)
        if kill < len(restarts):
            await asyncio.to_thread(restarts[kill])


async def conversations(hub: Hub) -> list[str]:
    """The family begins THREADS conversations; the address at which Nora answers in each."""
    account, agent = await Account.get(email=DURAND), await Agent.get(email=NORA)
    service = await Service.get(slug="periscolaire").prefetch_related("themes")
    sender, found = Sender(account.id, account.family_id, account.name), []
    for number in range(THREADS):
        typed = Typed(str(service.id), str(next(iter(service.themes)).id), f"Question {number}", "Bonjour")
        message = await hub.sending.new(sender, await hub.drafts.begin(account.id), typed)
        found.append(await hub.replies.issue(message.thread_id, Holder.agent, agent.id))
    return found


def answer(text: str, to: str, number: int) -> EmailMessage:
    """As Nora's client writes it."""
    mail = EmailMessage()
    mail["Authentication-Results"] = f"{AUTHSERV}; dmarc=pass header.from=ville.test"
    mail["From"], mail["To"], mail["Subject"] = NORA, to, "Re: Question"
    mail["Message-ID"] = f"<answer-{number}@client.test>"
    mail.set_content(text)
    return mail


def into_mailbox(dovecot: Dovecot, mails: Sequence[EmailMessage]) -> None:
    """What another server delivers: again, when it is not sure that the mailbox has it."""
    for mail in mails:
        insist(partial(dovecot.append, HUB, mail.as_bytes(policy=SMTP)))


def hand_in(postfix: Postfix, mails: Sequence[EmailMessage]) -> None:
    """What Nora's client does: it says when it could not send, and she presses the button again."""

    def send(mail: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", postfix.port, timeout=10) as client:
            client.send_message(mail)

    for mail in mails:
        insist(partial(send, mail))


def insist(attempt: Callable[[], object]) -> None:
    """Until it works. Raises the last error after a minute."""
    end = time.monotonic() + 60
    while True:
        try:
            attempt()
            return
        except (OSError, smtplib.SMTPException, imaplib.IMAP4.error, AssertionError):
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


async def until(found: Callable[[], Awaitable[object]], seconds: float, scene: Scene) -> None:
    """Wait for it, while Postfix is told to try again what it put off. Raises TimeoutError with what there is."""
    end = time.monotonic() + seconds
    while not await found():
        if time.monotonic() > end:
            raise TimeoutError(f"{await standing(scene)}\n{scene.postfix.queued()[:5]}")
        await asyncio.to_thread(scene.postfix.flush)
        await asyncio.sleep(0.5)


async def standing(scene: Scene) -> str:
    """How far everything is."""
    rows = scene.hub.core.db.rows
    return str(
        [
            await rows("SELECT state, COUNT(*) AS n FROM inbound_mail GROUP BY state"),
            await rows("SELECT kind, state, COUNT(*) AS n FROM outbound_mail GROUP BY kind, state"),
            await rows("SELECT COUNT(*) AS n FROM message WHERE announced_at IS NULL"),
        ]
    )


async def all_posted(scene: Scene) -> bool:
    """All answers stand in their threads and nothing waits."""
    return await all_posted_of(scene, MAILS)


async def all_posted_of(scene: Scene, mails: int) -> bool:
    """So many answers do."""
    [row] = await scene.hub.core.db.rows("SELECT COUNT(*) AS n FROM message WHERE agent_id IS NOT NULL")
    [left] = await scene.hub.core.db.rows("SELECT COUNT(*) AS n FROM inbound_mail WHERE state = 'received'")
    return bool(row["n"] >= mails and not left["n"])


async def all_told(scene: Scene) -> bool:
    [row] = await scene.hub.core.db.rows("SELECT COUNT(*) AS n FROM outbound_mail WHERE kind = 'town-answer'")
    [left] = await scene.hub.core.db.rows("SELECT COUNT(*) AS n FROM outbound_mail WHERE state <> 'sent'")
    return bool(row["n"] >= MAILS and not left["n"] and not await asyncio.to_thread(scene.postfix.queued))


async def told_once(scene: Scene) -> None:
    """Every answer reached the family; a mail that was handed to Postfix twice is one that the hub tried twice."""
    rows = await scene.hub.core.db.rows("SELECT message_id, attempts FROM outbound_mail WHERE kind = 'town-answer'")
    attempts = {row["message_id"]: row["attempts"] for row in rows}
    assert len(attempts) == MAILS
    stored = await asyncio.to_thread(scene.dovecot.messages, DURAND)
    handed: dict[str, set[str]] = {}
    for mail in (parse.read(each.raw) for each in stored):
        handed.setdefault(mail.message_id or "", set()).add(queue_id(mail))
    assert not attempts.keys() - handed.keys(), "lost"
    for message_id, tries in attempts.items():
        assert len(handed[message_id]) <= tries, "sent twice without a second try being written down"


def queue_id(mail: parse.ParsedMail) -> str:
    """Under which Postfix took it: the same for whatever Postfix itself repeats."""
    found = re.search(r"with E?SMTP\w* id (\w+)", " ".join(mail.all("received")))
    assert found, mail.headers
    return found[1]
