"""Lays out the sample town: its people move in and say what stories.toml tells, by the real verbs and real mail.

The clock walks through the past days, so that every date is as natural as the words.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib import resources

from hub.accounts.models import Account
from hub.accounts.people import NewGuardian
from hub.app import Hub
from hub.config import Config, Service
from hub.config import Person as Agent
from hub.core.clock import FrozenClock
from hub.demo import client, files
from hub.demo.mailboxes import ANSWERED, SEEN, Kept, Mailboxes
from hub.demo.people import PARENTS, Parent, Person, Sample, SharedMailbox, password
from hub.demo.stories import Line, Story, in_order, instant, service_of, theme_of, told
from hub.dossier.importing import FamilyImport, Kind
from hub.mail import parse
from hub.mail.compose import File
from hub.mail.outcome import Sent
from hub.mailbox.drafts import Typed
from hub.mailbox.filing import FAMILY
from hub.mailbox.models import Draft
from hub.mailbox.models import Service as ServiceRow
from hub.mailbox.models import Theme as ThemeRow
from hub.mailbox.sending import Sender
from hub.mailbox.sniff import content_type
from hub.mailbox.threads import StoredFile

MOVED_IN = "25 9:00"  # before the first story
PAPERS = "-20"  # after the last one
AGENT, SHARED = "agent ", "shared"  # how stories.toml names who answers


@dataclass
class Laid:
    """The town while it is being laid out."""

    hub: Hub
    clock: FrozenClock
    mailboxes: Mailboxes
    accounts: dict[str, Account]  # by login
    threads: dict[str, int]  # by subject

    @property
    def config(self) -> Config:
        return self.hub.core.config


def moved_in(now: datetime, config: Config) -> datetime:
    """When the town's clock begins."""
    return instant(MOVED_IN, now, config.town.tz)


async def lay_out(
    hub: Hub, clock: FrozenClock, mailboxes: Mailboxes, now: datetime, heed: Callable[[], None]
) -> Sample:
    """Fill an empty hub, its mail going through `mailboxes`. `heed` is called between two steps and may raise."""
    await hub.core.db.migrate()
    await hub.directory.settle(hub.core.config)
    town = Laid(hub, clock, mailboxes, {}, {})
    people = [await _parent(town, parent) for parent in PARENTS]
    await _files(hub)
    heed()
    people += await _agents(town)
    for at, story, line in in_order(told(), now, town.config.town.tz):
        heed()
        _walk(clock, at)
        await _say(town, story, line)
        await hub.settle()
    await _papers(town, now)
    _walk(clock, now)
    await _read(town, now)
    return Sample(hub.core.config.preset, tuple(people), _shared(town.config))


async def _files(hub: Hub) -> None:
    """What the town's software knows: the families above, and one that has not come in yet."""
    file = io.BytesIO((resources.files("hub.demo") / "families.csv").read_bytes())
    async for row in FamilyImport(hub.core).run(file):
        assert row.kind is not Kind.failed, row


async def _papers(town: Laid, now: datetime) -> None:
    """The town has made one for each family; of what it asks for, the first family has sent a paper of its own."""
    _walk(town.clock, instant(PAPERS, now, town.config.town.tz))
    for family in {account.family_id: account for account in town.accounts.values()}:
        await town.hub.filing.receive(family, await _stored(town.hub, files.quotient()), f"demo-{family}")
    account = town.accounts[PARENTS[0].login]
    own = next((kind for kind in town.config.documents if kind.about == "family"), None)
    if own and account.guardian_id:
        draft = await town.hub.drafts.begin(account.id)
        await town.hub.drafts.attach(draft, await _stored(town.hub, files.proof_of_home()))
        sender = Sender(account.id, account.family_id, account.name)
        await town.hub.filing.send(sender, account.guardian_id, draft, own.slug, FAMILY)
        await town.hub.settle()


async def _parent(town: Laid, parent: Parent) -> Person:
    secret = password()
    new = NewGuardian(
        family_number=parent.dossier,
        first_name=parent.first_name,
        last_name=parent.last_name,
        login=parent.login,
        email=parent.email,
        password=secret,
        civility=parent.civility,
    )
    account = town.accounts[parent.login] = await town.hub.people.add_guardian(new)
    version = town.config.registration.terms_version
    await Account.filter(id=account.id).update(terms=version, terms_at=town.clock.now() if version else None)
    login = parent.email if town.config.entrance.by == "email" else parent.login  # what opens this town's door
    return Person("parent", account.name, login, secret, parent.email)


async def _agents(town: Laid) -> list[Person]:
    """Each agent once, named with the first of their services."""
    places = [(agent, service) for service in town.config.services for agent in service.agents]
    first = {agent.email: (agent, service) for agent, service in reversed(places)}
    people = []
    for agent, service in reversed(first.values()):
        secret = password()
        await town.hub.people.add_agent(agent.name, agent.email, secret, agent.aliases)
        people.append(Person("agent", agent.name, agent.email, secret, agent.email, service.name))
    return people


def _shared(config: Config) -> tuple[SharedMailbox, ...]:
    return tuple(SharedMailbox(service.name, service.shared) for service in config.services if service.shared)


async def _say(town: Laid, story: Story, line: Line) -> None:
    if line.who not in town.accounts:
        await _say_by_mail(town, story, line)
    elif line.by == "mail":
        await _say_by_mail(town, story, line)
        await town.hub.settle()
        await _note_thread(town, story, town.accounts[line.who])
    else:
        await _say_on_the_web(town, story, line)


async def _say_on_the_web(town: Laid, story: Story, line: Line) -> None:
    account = town.accounts[line.who]
    sender = Sender(account.id, account.family_id, account.name)
    thread = town.threads.get(story.subject, 0)
    draft = await town.hub.drafts.begin(account.id, thread)
    await _attach(town, draft, line)
    if thread:
        await town.hub.lists.read(account.id, thread)
        await town.hub.sending.answer(sender, thread, draft, Typed(text=line.text.strip()))
        return
    message = await town.hub.sending.new(sender, draft, await _typed(town, story, line))
    town.threads[story.subject] = message.thread_id


async def _typed(town: Laid, story: Story, line: Line) -> Typed:
    service = service_of(story, town.config.services)
    theme = theme_of(story, service)
    row = await ServiceRow.get(slug=service.slug)
    chosen = await ThemeRow.get(service=row, name=theme.name) if theme else None
    return Typed(str(row.id), str(chosen.id) if chosen else "", story.subject, line.text.strip(), line.copy)


async def _attach(town: Laid, draft: Draft, line: Line) -> None:
    for file in line.enclosed:
        await town.hub.drafts.attach(draft, await _stored(town.hub, file))


async def _stored(hub: Hub, file: File) -> StoredFile:
    blob = await hub.core.blobs.put(file.content)
    return StoredFile(blob.key, file.name, content_type(file.content, file.name), blob.size, blob.sha256)


async def _say_by_mail(town: Laid, story: Story, line: Line) -> None:
    """From the person's own client, over SMTP, like everybody's."""
    service = service_of(story, town.config.services)
    writer, box = _writer(town, service, line.who), _box(town, service, line)
    at = town.clock.now().astimezone(town.config.town.tz)
    original = _latest(town.mailboxes, box, story.subject)
    if original is None:
        text = client.Text(story.subject, line.text.strip(), line.enclosed)
        mail = client.fresh(writer, f"{service.slug}@{town.config.mail.domain}", text, str(uuid.uuid4()), at)
    else:
        parsed = parse.read(original.raw)
        text = client.Text(client.answer_subject(parsed), line.text.strip(), line.enclosed)
        mail = client.answer(parsed, writer, text, str(uuid.uuid4()), at)
        town.mailboxes.mark(box, original.number, ANSWERED)
    outcome = await town.hub.transport.send(writer.address, mail.recipient, mail.raw)
    if not isinstance(outcome, Sent):
        raise RuntimeError(f"the demo's mail host refuses its own: {outcome}")


def _writer(town: Laid, service: Service, who: str) -> client.Writer:
    """Who writes."""
    if who in town.accounts:
        return client.Writer(town.accounts[who].name, town.accounts[who].email or "")
    if who == SHARED:
        return client.Writer(service.name, _mailbox(service, _agent(service, who)))
    if who.startswith(AGENT):
        agent = _agent(service, who)
        return client.Writer(agent.name, agent.email, signature(agent.name, service.name, town.config))
    return client.Writer("", who)


def _box(town: Laid, service: Service, line: Line) -> str:
    """The mailbox in which they read what they answer."""
    reader = line.reads or line.who
    if reader in town.accounts:
        return town.accounts[reader].email or ""
    if reader == SHARED or reader.startswith(AGENT):
        return _mailbox(service, _agent(service, reader))
    return reader


def signature(name: str, service: str, config: Config) -> str:
    """What an agent's client puts under every mail."""
    return f"{name}\n{service} – {config.town.name}"


def _agent(service: Service, who: str) -> Agent:
    """ "agent 2" of the service; the first one stands in where no number is told."""
    number = int(who.removeprefix(AGENT)) - 1 if who.startswith(AGENT) else 0
    return service.agents[number % len(service.agents)]


def _mailbox(service: Service, agent: Agent) -> str:
    """Where the service's mail for that agent goes."""
    return service.shared or agent.email


def _latest(mailboxes: Mailboxes, box: str, subject: str) -> Kept | None:
    return next((kept for kept in mailboxes.all(box) if subject in parse.read(kept.raw).subject), None)


async def _note_thread(town: Laid, story: Story, account: Account) -> None:
    """The thread that a parent's mail has opened, or gone on with."""
    page = await town.hub.lists.search(account.id, account.family_id, story.subject)
    town.threads[story.subject] = page.rows[0].thread


async def _read(town: Laid, now: datetime) -> None:
    """The families have read what the stories do not call unread, and everybody their mail up to yesterday."""
    for story in told():
        thread = town.threads.get(story.subject)
        for login, account in town.accounts.items():
            if thread and not story.unread:
                await town.hub.lists.read(account.id, thread)
            if thread and login == story.deleted:
                await town.hub.lists.delete(account.id, [thread])
    yesterday = instant("1 0:00", now, town.config.town.tz)
    for address in town.mailboxes.addresses():
        for kept in town.mailboxes.all(address):
            if kept.at < yesterday:
                town.mailboxes.mark(address, kept.number, SEEN)


def _walk(clock: FrozenClock, to: datetime) -> None:
    clock.advance(seconds=max(0.0, (to - clock.now()).total_seconds()))
