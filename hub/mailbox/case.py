"""The value that travels through the inbound steps."""

from __future__ import annotations

import msgspec

from hub.accounts.models import Account, Agent
from hub.mail.addresses import BounceToken, ReplyToken
from hub.mail.doubles import Met
from hub.mail.models import InboundMail
from hub.mail.readings import Reading
from hub.mailbox.directory import Member
from hub.mailbox.loops import Lately
from hub.mailbox.models import Service, Thread
from hub.mailbox.replies import Grant
from hub.mailbox.threads import Author, Post, StoredFile

NEW = Met(taken=False, sent=False)


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A mail on its way through the steps, each of which returns a fuller one.

    A Struct, since every mail goes through some six copies: `dataclasses.replace` took longer than all the steps.

    `claimed`: whether the From address belongs to whom the reply address was given, or to somebody known.
    `has_left`: whoever the reply address was given to no longer answers for the service of the thread.
    """

    mail: InboundMail
    reading: Reading
    sender: str  # the From address, folded; "" when it cannot be read, or is longer than any that mail can go to
    recipients: tuple[str, ...]
    tokens: tuple[ReplyToken | BounceToken, ...]  # what those recipients mean that are addresses of ours
    files: tuple[StoredFile, ...]
    text: str  # what was newly written; "" when there is nothing but files
    rest: str  # and what was cut
    words: str  # of the text, for search
    met: Met = NEW
    compared: frozenset[int] = frozenset()  # the namesakes it was compared with
    is_copy: bool = False  # and whether one of those is the same mail
    grant: Grant | None = None
    holder: Account | Agent | Service | None = None  # whom the reply address was given to
    thread: Thread | None = None
    answered: Thread | None = None  # the one that In-Reply-To and References name, whatever the reply address says
    members: tuple[Member, ...] = ()  # who answers for the service of the thread
    lately: Lately | None = None  # of the thread; the same for every case of a batch
    has_left: bool = False
    has_parted: bool = False  # the family of the thread
    is_failing: bool = False  # mail to the From address came back
    addressed: tuple[Service, ...] = ()  # the open services that it was written to, in their order
    again: bool = False  # a copy of a mail that was taken in: only the services addressed have not had it yet
    service: Service | None = None
    beside: tuple[Service, ...] = ()  # other services that get it too, each in a conversation of its own
    copied: tuple[Service, ...] = ()  # other services that an agent's mail names: they are told of it by e-mail
    account: Account | None = None
    agent: Agent | None = None
    registered: str = ""  # the address on file of whoever this mail speaks for
    claimed: bool = False
    post: Post | None = None  # what is to be written in a thread, together with that of the other mails
    posted: bool = False  # its message is written

    @property
    def unread(self) -> frozenset[int]:
        """Namesakes that it was not yet compared with."""
        return self.met.namesakes - self.compared

    @property
    def is_other(self) -> bool:
        """Whether nothing proves it, and what came before under its Message-ID and From says something else."""
        return bool(self.met.namesakes) and not self.is_copy and not self.mail.proven

    @property
    def is_of_town(self) -> bool:
        """Whether it speaks for an agent or a service, and not for a family."""
        return self.agent is not None or isinstance(self.holder, Service)

    @property
    def author(self) -> Author:
        """In whose name it is posted; a service's shared mailbox speaks as the service."""
        if self.account:
            return Author(self.account.name, account=self.account.id)
        if self.agent:
            return Author(self.agent.name, agent=self.agent.id)
        return Author(self.service.name if self.service else "")
