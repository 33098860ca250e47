"""The people of the tests, and what they can do.

Families Durand (Marie, responsable; Paul, conjoint) and Martin (Léa). Services: Activités périscolaires (agents Nora,
who is administrator, and Karim) and Service scolaire (a shared mailbox, read by Karim).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from itertools import count
from pathlib import Path

from hub.accounts.models import Account, Agent
from hub.accounts.people import NewGuardian
from hub.app import Hub
from hub.config import Config, Database, DocumentKind, Limits, Mail, Security, Service, Smtp, Storage, Theme, Web
from hub.config import Person as AgentSettings
from hub.config import Town as TownSettings
from hub.core.clock import FrozenClock
from hub.mail import parse
from hub.mail.inbound import ReceivedMail
from hub.mailbox.drafts import Typed
from hub.mailbox.models import Message
from hub.mailbox.models import Service as ServiceRow
from hub.mailbox.sending import Sender
from tests.servers.sink import Sink

PASSWORD = "Tilleul-2026"
NORA, KARIM = "nora@ville.test", "karim@ville.test"
SCHOOL = "scolaire@ville.test"  # shared mailbox
MARIE, PAUL, LEA = "durand@famille.test", "paul@famille.test", "martin@famille.test"
AUTHSERV = "mx.hub.test"


def settings(database: str, folder: Path, smtp_port: int, agents_totp: bool = False, **mail: object) -> Config:
    """The sample town on the given database, files under `folder`, mail out to `smtp_port`.

    Agents come in by their password alone unless a test is about their second factor.
    """
    return Config(
        town=TownSettings(name="Saint-Exemple", phone="01 60 00 00 00", address="1 place de la Mairie"),
        web=Web(port=0, url="http://hub.test", secure_cookies=False),
        database=Database(url=database),
        storage=Storage(url=str(folder / "blobs")),
        security=Security(secret_file=str(folder / "secret.key"), agents_totp=agents_totp, administrators=(NORA,)),
        limits=Limits(),
        mail=Mail(
            domain="hub.test",
            authserv_ids=(AUTHSERV,),
            smtp=Smtp(host="127.0.0.1", port=smtp_port, per_domain_minute=0),
            **mail,  # type: ignore[arg-type]
        ),
        services=SERVICES,
        documents=DOCUMENTS,
    )


DOCUMENTS = (
    DocumentKind(slug="assurance", name="Assurance scolaire", about="child", required=True, until="school-year"),
    DocumentKind(slug="domicile", name="Justificatif de domicile", service="scolaire", valid_months=12),
)
SERVICES = (
    Service(
        slug="periscolaire",
        health=True,
        name="Activités périscolaires",
        description="Cantine, accueil du matin et du soir",
        phone="01 60 00 00 10",
        address="2 rue des Écoles",
        agents=(
            AgentSettings(name="Nora Lambert", email=NORA, aliases=("n.lambert@ville.test",)),
            AgentSettings(name="Karim Haddad", email=KARIM),
        ),
        themes=(Theme(name="1 - inscription et réservation"), Theme(name="2 - absence")),
    ),
    Service(
        slug="scolaire",
        name="Service scolaire",
        description="Inscription à l’école, facturation, quotient",
        phone="01 60 00 00 20",
        shared=SCHOOL,
        agents=(AgentSettings(name="Karim Haddad", email=KARIM),),
        themes=(Theme(name="Facturation", silence="Le silence gardé pendant un mois vaut acceptation."),),
    ),
)


FAMILIES = (
    NewGuardian("1234", "Marie", "Durand", "mdurand", MARIE, PASSWORD, "Mme"),
    NewGuardian("1234", "Paul", "Durand", "pdurand", PAUL, PASSWORD, "M."),
    NewGuardian("5678", "Léa", "Martin", "lmartin", LEA, PASSWORD, "Mme"),
)


async def move_in(hub: Hub) -> None:
    """Services open, families move in."""
    await hub.directory.settle(hub.core.config)
    for guardian in FAMILIES:
        await hub.people.add_guardian(guardian)


async def meet(hub: Hub, clock: FrozenClock, sink: Sink) -> Town:
    """The town once everybody lives there; its services as the settings of this test say."""
    if hub.core.config.services != SERVICES or hub.core.config.home.news:
        await hub.directory.settle(hub.core.config)
    return Town(hub, clock, sink, {account.email: account for account in await Account.all()})


@dataclass
class Town:
    """A hub with people in it."""

    hub: Hub
    clock: FrozenClock
    sink: Sink
    accounts: dict[str, Account] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=lambda: count(1))

    def account(self, email: str = MARIE) -> Account:
        """The guardian of that address."""
        return self.accounts[email]

    async def agent(self, email: str = NORA) -> Agent:
        """The agent of that address."""
        return await Agent.get(email=email)

    def sender(self, email: str = MARIE) -> Sender:
        """Who sends, for the sending verbs."""
        account = self.account(email)
        return Sender(account.id, account.family_id, account.name)

    async def typed(self, text: str, subject: str = "Cantine de Léo", service: str = "periscolaire") -> Typed:
        """A filled form to that service, its first theme chosen."""
        found = await ServiceRow.get(slug=service).prefetch_related("themes")
        theme = sorted(found.themes, key=lambda t: t.position)[0]
        return Typed(str(found.id), str(theme.id), subject, text)

    async def write(self, text: str, email: str = MARIE, **typed: str) -> Message:
        """A guardian opens a thread."""
        draft = await self.hub.drafts.begin(self.account(email).id)
        return await self.hub.sending.new(self.sender(email), draft, await self.typed(text, **typed))

    def mails(self, recipient: str) -> list[parse.ParsedMail]:
        """What the sink holds for an address, read."""
        return [parse.read(raw) for raw in self.sink.sent_to(recipient)]

    def answer(
        self,
        to: parse.ParsedMail,
        sender: str,
        text: str,
        results: str = "dmarc=pass",
        reply_to: str | None = None,
        name: str = "",
        **headers: str,
    ) -> bytes:
        """The raw mail by which `sender` answers `to` from their own client, as our mailbox's host hands it over."""
        message = EmailMessage(policy=SMTP)
        domain = sender.rpartition("@")[2]
        if results:
            message["Authentication-Results"] = f"{AUTHSERV}; {results} header.from={domain}"
        message["From"] = f"{name} <{sender}>" if name else sender
        message["To"] = reply_to or to.header("reply-to") or ""
        message["Subject"] = f"Re: {to.subject}"
        message["Message-ID"] = f"<answer-{next(self.numbers)}@{domain}>"
        if to.message_id:
            message["In-Reply-To"] = to.message_id
            message["References"] = to.message_id
        for key, value in headers.items():
            del message[key.replace("_", "-")]
            message[key.replace("_", "-")] = value
        message.set_content(
            f"{text}\n\nLe jeu. 22 oct. 2026 à 10:00, Portail a écrit :\n> {to.text[:60].splitlines()[0]}\n"
        )
        return message.as_bytes()

    def fresh(self, sender: str, to: str, subject: str, text: str, results: str = "dmarc=pass") -> bytes:
        """A mail that answers nothing."""
        message = EmailMessage(policy=SMTP)
        if results:
            message["Authentication-Results"] = f"{AUTHSERV}; {results} header.from={sender.rpartition('@')[2]}"
        message["From"], message["To"], message["Subject"] = sender, to, subject
        message["Message-ID"] = f"<fresh-{next(self.numbers)}@{sender.rpartition('@')[2]}>"
        message.set_content(text)
        return message.as_bytes()

    async def arrive(self, raw: bytes, uid: int | None = None) -> None:
        """A mail comes in, and everything that follows happens."""
        await self.hub.inbound.take([ReceivedMail(raw, "portail", 1, uid or 1000 + next(self.numbers))])
        await self.hub.settle()
