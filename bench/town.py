"""A town whose families have written for two years: rows as the verbs would have left them, made faster.

Each family has two guardians and a hundred threads; each thread three messages, the newest one of a family two dozen.
Threads of all families follow each other in time, so one family's lie scattered over the tables, as they do in life.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from tortoise.models import Model

from bench.bulk import Rows, load
from bench.letters import TEXTS, title_of
from hub.accounts.models import Account, Agent
from hub.app import build
from hub.config import Config, Database, Mail, Person, Security, Service, Smtp, Storage, Town, Web
from hub.config import Theme as ThemeSettings
from hub.dossier.models import Family, Guardian
from hub.mail.models import InboundMail, OutboundMail
from hub.mailbox.models import Attachment, Entry, Message, ReplyAddress, Theme, Thread
from hub.mailbox.models import Service as ServiceRow
from hub.mailbox.words import Stems, family_mark
from hub.mailbox.writing import snippet

PER_FAMILY = 100  # threads
MESSAGES, LONG = 3, 24  # of a thread; of the newest thread of each family
UNREAD = 3  # threads of each family that hold something new
DELETED_EVERY, FILE_EVERY = 25, 5  # of how many threads one is deleted, one carries a file
NORA, SHARED = "nora@ville.test", "scolaire@ville.test"
AUTHSERV = "mx.hub.test"
BEGAN = datetime(2024, 9, 1, 6, tzinfo=UTC)
SPAN = timedelta(days=700)

SERVICES = (
    Service(
        slug="periscolaire",
        name="Activités périscolaires",
        agents=(Person(name="Nora Lambert", email=NORA),),
        themes=(ThemeSettings(name="1 - inscription et réservation"), ThemeSettings(name="2 - absence")),
    ),
    Service(
        slug="scolaire",
        name="Service scolaire",
        shared=SHARED,
        agents=(Person(name="Karim Haddad", email="karim@ville.test"),),
        themes=(ThemeSettings(name="Facturation"),),
    ),
)


def settings(database: str, folder: str, smtp_port: int = 25) -> Config:
    """The measured town: every setting as shipped, but for its places, no limit a minute on mail out, and no codes."""
    return Config(
        town=Town(name="Saint-Exemple", phone="01 60 00 00 00", address="1 place de la Mairie"),
        web=Web(port=0, url="http://127.0.0.1", secure_cookies=False),
        database=Database(url=database),
        storage=Storage(url=str(Path(folder) / "blobs")),
        security=Security(secret_file=str(Path(folder) / "secret.key"), agents_totp=False),
        mail=Mail(domain="hub.test", authserv_ids=(AUTHSERV,), smtp=Smtp(port=smtp_port, per_domain_minute=0)),
        services=SERVICES,
    )


async def fill(database: str, folder: Path, threads: int) -> None:
    """Migrate an empty database and move the town in, with `threads` threads in all."""
    async with build(settings(database, str(folder))).opened() as hub:
        await hub.core.db.migrate()
        await hub.directory.settle(hub.core.config)
        services = await ServiceRow.all().order_by("id")
        themes = {theme.service_id: theme.id for theme in await Theme.all()}
        desks = tuple(Desk(s.id, s.name, themes[s.id], s.shared or NORA, bool(s.shared)) for s in services)
        nora = await Agent.get(email=NORA)
        past = Past(threads, desks, nora.id)
    await load(database, past.tables())


@dataclass(frozen=True, slots=True)
class Desk:
    """A service that answers: from its agent's address, or from a shared one."""

    id: int
    name: str
    theme: int
    address: str
    shared: bool


class Said(NamedTuple):
    """One message of the past."""

    id: int
    thread: int
    at: datetime
    by_family: bool
    text: int  # which of TEXTS


class Past:
    """Everything that was said, table by table. Ids are counted, so that each table can name another's rows."""

    def __init__(self, threads: int, desks: Sequence[Desk], agent: int) -> None:
        self._threads = threads
        self._families = max(1, threads // PER_FAMILY)
        self._desks = desks
        self._agent = agent
        self._step = SPAN / threads
        stems = Stems()
        self._words = [stems.index(text) for text in TEXTS]
        self._snippets = [snippet(text) for text in TEXTS]
        self._titles = [(title_of(number), stems.index(title_of(number))) for number in range(50)]

    def tables(self) -> Iterator[Rows]:
        """In an order in which every row finds what it refers to."""
        yield from self._people()
        yield _rows(Thread, THREAD, (self._thread(thread) for thread in range(self._threads)))
        yield _rows(Entry, ENTRY, self._entries())
        yield _rows(Message, MESSAGE, (self._message(said) for said in self._said()))
        yield _rows(Attachment, ATTACHMENT, self._files())
        yield _rows(ReplyAddress, REPLY_ADDRESS, self._reply_addresses())
        yield _rows(OutboundMail, OUTBOUND, self._mails_out())
        yield _rows(InboundMail, INBOUND, self._mails_in())

    def _people(self) -> Iterator[Rows]:
        families = range(1, self._families + 1)
        both = [(2 * family - 2 + rank, family, rank) for family in families for rank in (1, 2)]
        yield _rows(
            Family, ("id", "number", "name", "created_at"), [(f, f"D{f:06}", f"Famille {f}", BEGAN) for f in families]
        )
        yield _rows(
            Guardian,
            ("id", "family_id", "rank", "civility", "first_name", "last_name"),
            [(i, family, rank, "Mme", f"Camille {rank}", f"Famille {family}") for i, family, rank in both],
        )
        yield _rows(
            Account,
            ("id", "guardian_id", "family_id", "login", "name", "email", "email_verified_at", "password", "created_at"),
            [(i, i, f, f"parent{i}", _name(f, r), f"parent{i}@famille.test", BEGAN, "-", BEGAN) for i, f, r in both],
        )

    def _thread(self, thread: int) -> tuple[Any, ...]:
        *_, last = self._of(thread)
        desk, opened = self._desk(thread), self._opened(thread)
        author = _name(self._family(thread), 1) if last.by_family else desk.name
        words, files = self._snippets[last.text], int(self._place(thread) % FILE_EVERY == 0)
        title, _ = self._titles[thread % len(self._titles)]
        count = self._length(thread)
        return (
            thread + 1, self._family(thread), desk.id, desk.theme, title, opened, last.at, author, words, count, files,
            last.at if last.by_family else None,
        )  # fmt: skip

    def _entries(self) -> Iterator[tuple[Any, ...]]:
        for thread in range(self._threads):
            said = list(self._of(thread))
            sent = max(s.at for s in said if s.by_family)
            received = max(s.at for s in said if not s.by_family)
            unread = int(self._place(thread) >= PER_FAMILY - UNREAD)
            deleted = received if self._place(thread) % DELETED_EVERY == 0 else None
            for rank in (1, 2):
                account = 2 * self._family(thread) - 2 + rank
                yield 2 * thread + rank, account, thread + 1, received, sent, unread, deleted

    def _message(self, said: Said) -> tuple[Any, ...]:
        desk, family = self._desk(said.thread), self._family(said.thread)
        account = 2 * family - 1 if said.by_family else None
        agent = None if said.by_family or desk.shared else self._agent
        author = _name(family, 1) if said.by_family else desk.name
        via, rest, message_id = ("web", "", "") if said.by_family else ("email", TEXTS[said.text - 1], _answer_id(said))
        _, title = self._titles[said.thread % len(self._titles)]
        words = " ".join((family_mark(family), title, self._words[said.text]))
        return (
            said.id, said.thread + 1, account, agent, author, via, TEXTS[said.text], rest, words, said.at,
            f"key{said.id:09}", False, message_id, said.at,
        )  # fmt: skip

    def _files(self) -> Iterator[tuple[Any, ...]]:
        carrying = (thread for thread in range(self._threads) if self._place(thread) % FILE_EVERY == 0)
        for number, thread in enumerate(carrying, 1):
            first = next(iter(self._of(thread)))
            digest = hashlib.sha256(str(number).encode()).hexdigest()
            yield (
                number, first.id, f"00/{digest[:30]}", "Attestation d’assurance.pdf", "application/pdf", 180_000,
                digest, False, 0, "",
            )  # fmt: skip

    def _reply_addresses(self) -> Iterator[tuple[Any, ...]]:
        """Odd ids: whoever answers for the service; even ids: the guardian who wrote."""
        forever = BEGAN + 5 * SPAN
        for thread in range(self._threads):
            desk, opened = self._desk(thread), self._opened(thread)
            agent, service = (None, desk.id) if desk.shared else (self._agent, None)
            yield 2 * thread + 1, thread + 1, None, agent, service, opened, forever
            yield 2 * thread + 2, thread + 1, 2 * self._family(thread) - 1, None, None, opened, forever

    def _mails_out(self) -> Iterator[tuple[Any, ...]]:
        """What the family says goes to the service, what the service says to both guardians; the bytes are left out,
        which would make gigabytes that no page reads."""
        number = 0
        for said in self._said():
            account = 2 * self._family(said.thread) - 1
            guardians = [f"parent{account}@famille.test", f"parent{account + 1}@famille.test"]
            for recipient in [self._desk(said.thread).address] if said.by_family else guardians:
                number += 1
                yield (
                    number, f"message:{said.id:09}:{recipient}", "agent-message" if said.by_family else "town-answer",
                    recipient, recipient.rpartition("@")[2], "rebond@hub.test", f"<out{number:09}@hub.test>", b"",
                    "", 0, said.thread + 1, said.id, "sent", said.at, 1, 0, "2.0.0 Ok", said.at, said.at,
                )  # fmt: skip

    def _mails_in(self) -> Iterator[tuple[Any, ...]]:
        answers = (said for said in self._said() if not said.by_family)
        for number, said in enumerate(answers, 1):
            digest = hashlib.sha256(str(number).encode()).hexdigest()
            yield (
                number, "portail", 1, number, "", 0, digest, "", "[]", said.at, "stored", said.at, 1, said.at,
                "", "", _answer_id(said), self._desk(said.thread).address, "Re: Bonjour", "",
            )  # fmt: skip

    def _said(self) -> Iterator[Said]:
        for thread in range(self._threads):
            yield from self._of(thread)

    def _of(self, thread: int) -> Iterator[Said]:
        """The messages of a thread: the family begins, and they take turns. Their ids follow from its number."""
        opened = self._opened(thread)
        first = 1 + MESSAGES * thread + (LONG - MESSAGES) * max(0, thread - (self._threads - self._families))
        for place in range(self._length(thread)):
            at = opened + timedelta(hours=5 * place)
            yield Said(first + place, thread, at, place % 2 == 0, (7919 * thread + 104_729 * place) % len(TEXTS))

    def _length(self, thread: int) -> int:
        return LONG if thread >= self._threads - self._families else MESSAGES

    def _opened(self, thread: int) -> datetime:
        return BEGAN + thread * self._step

    def _family(self, thread: int) -> int:
        return thread % self._families + 1

    def _desk(self, thread: int) -> Desk:
        return self._desks[self._place(thread) % len(self._desks)]

    def _place(self, thread: int) -> int:
        """Which of its family's threads it is, the oldest being 0."""
        return thread // self._families


THREAD = (
    "id", "family_id", "service_id", "theme_id", "subject", "opened_at", "last_at", "last_author", "snippet",
    "messages_count", "files_count", "waits_since",
)  # fmt: skip
ENTRY = ("id", "account_id", "thread_id", "received_at", "sent_at", "unread", "deleted_at")
MESSAGE = (
    "id", "thread_id", "account_id", "agent_id", "author", "via", "text", "rest", "words", "at", "key", "wants_copy",
    "message_id", "announced_at",
)  # fmt: skip
ATTACHMENT = (
    "id", "message_id", "blob", "filename", "content_type", "size", "sha256", "inline", "position", "aside",
)  # fmt: skip
REPLY_ADDRESS = ("id", "thread_id", "account_id", "agent_id", "service_id", "created_at", "expires_at")
OUTBOUND = (
    "id", "key", "kind", "recipient", "domain", "envelope_from", "message_id", "content", "blob", "size", "thread",
    "message", "state", "due_at", "attempts", "unknown", "response", "created_at", "settled_at",
)  # fmt: skip
INBOUND = (
    "id", "mailbox", "uidvalidity", "uid", "blob", "size", "sha256", "envelope_from", "envelope_to",
    "received_at", "state", "due_at", "attempts", "settled_at", "reason", "trace", "message_id", "from_address",
    "subject", "released",
)  # fmt: skip


def _rows(model: type[Model], columns: Sequence[str], values: Iterable[Sequence[Any]]) -> Rows:
    """Rows of a model's table; columns that are not named hold what the model gives them by default."""
    meta = model._meta
    unnamed = {name: meta.fields_map[name].default for name in meta.fields_db_projection if name not in columns}
    defaults = {name: value for name, value in unnamed.items() if value is not None}
    given = tuple(defaults.values())
    return Rows(meta.db_table, (*columns, *defaults), ((*row, *given) for row in values))


def _name(family: int, rank: int) -> str:
    return f"Camille {rank} Famille {family}"


def _answer_id(said: Said) -> str:
    return f"<answer{said.id:09}@ville.test>"
