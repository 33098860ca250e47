"""kill -9 in the middle of a message to 2 000 families: each has one conversation, and one mail in its mailbox.

What reaches a mailbox twice is what SMTP cannot know, and is written down as a second try.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hub.accounts.models import Account, Agent
from hub.app import build
from hub.config import load
from hub.dossier.models import Family, Guardian
from hub.mail import parse
from hub.mailbox.models import Mailing, Message, Service
from hub.mailbox.threads import Author
from tests.cast import AUTHSERV, NORA
from tests.processes import run
from tests.servers.dovecot import Dovecot
from tests.servers.fixtures import HUB, LMTP_DOMAIN, PASSWORD
from tests.servers.postfix import Postfix
from tests.servers.postgres import Postgres
from tests.stories.test_killed import CONFIG, SETTLED, Scene, Workers, queue_id, until

pytestmark = pytest.mark.servers
FAMILIES = 2_000
KILLS = 4
BOX = "hub.test"  # a domain whose mail all ends in one mailbox: here that of every family


@pytest_asyncio.fixture(params=["sqlite", "postgres"])
async def scene(
    request: pytest.FixtureRequest, tmp_path: Path, dovecot: Dovecot, postfix: Postfix
) -> AsyncIterator[Scene]:
    """As in test_killed, but nothing comes in."""
    postgres: Postgres | None = request.getfixturevalue("postgres") if request.param == "postgres" else None
    database = postgres.create_database() if postgres else f"sqlite://{tmp_path}/hub.sqlite3"
    config = tmp_path / "config.toml"
    settings = CONFIG.format(
        database=database, folder=tmp_path, domain=LMTP_DOMAIN, authserv=AUTHSERV, smtp=postfix.port,
        lmtp=postfix.hub_port, imap=dovecot.imap_port, user=HUB, password=PASSWORD, nora=NORA,
    )  # fmt: skip
    config.write_text(re.sub(r"\[\[mail\.imap\]\].*?(?=\[\[services)", "", settings, flags=re.DOTALL))
    status, _, error = await run("migrate", "--config", str(config))
    assert status == 0, error
    async with build(load(config)).opened() as hub:
        yield Scene(hub, str(config), tmp_path, dovecot, postfix, postgres, 2 if postgres else 1)
    if postgres:
        postgres.drop(database)


async def test_each_family_has_it_once(scene: Scene) -> None:
    await move_in(scene)
    mailing = await write(scene)
    async with contextlib.AsyncExitStack() as stack:
        crew = Workers(scene, stack)
        await crew.begin()
        reach = await scene.hub.mailings.reach({})
        assert reach.count == FAMILIES
        await scene.hub.mailings.send(mailing.id, reach.count)
        chance = random.Random(scene.workers)
        for kill in range(KILLS):
            await asyncio.sleep(chance.uniform(0.5, 1.5))
            await crew.kill(kill % scene.workers)
        await until(lambda: all_sent(scene, mailing.id), SETTLED, scene)
    threads = await scene.hub.core.db.rows("SELECT family_id, COUNT(*) AS n FROM thread GROUP BY family_id")
    assert len(threads) == FAMILIES and {row["n"] for row in threads} == {1}
    assert await Message.all().count() == FAMILIES and (await Mailing.get()).count == FAMILIES
    await each_mailbox(scene)


async def move_in(scene: Scene) -> None:
    """The families, without the time that passwords take."""
    now, numbers = scene.hub.core.clock.now(), range(1, FAMILIES + 1)
    async with scene.hub.core.db.transaction():
        await Family.bulk_create([Family(id=n, number=f"N{n}", name="NOM", created_at=now) for n in numbers])
        guardians = [Guardian(id=n, family_id=n, first_name="Jo", last_name="Nom") for n in numbers]
        await Guardian.bulk_create(guardians)
        await Account.bulk_create(
            [
                Account(
                    guardian_id=n, family_id=n, login=f"jo{n}", name="Jo Nom", email=f"jo{n}@{BOX}",
                    email_verified_at=now, password="-", created_at=now,
                )
                for n in numbers
            ]
        )  # fmt: skip


async def write(scene: Scene) -> Mailing:
    """What Nora has written and looked at."""
    service, agent = await Service.get(slug="periscolaire"), await Agent.get(email=NORA)
    by = Author(agent.name, agent=agent.id)
    return await scene.hub.mailings.draft(by, service.id, "Grève jeudi", "La cantine sera fermée.", {}, ())


async def all_sent(scene: Scene, mailing: int) -> bool:
    """Everybody has it, and Postfix has delivered it."""
    if not await Mailing.exists(id=mailing, state="sent") or await Message.exists(announced_at=None):
        return False
    [left] = await scene.hub.core.db.rows("SELECT COUNT(*) AS n FROM outbound_mail WHERE state <> 'sent'")
    return not left["n"] and not await asyncio.to_thread(scene.postfix.queued)


async def each_mailbox(scene: Scene) -> None:
    rows = await scene.hub.core.db.rows("SELECT recipient, message_id, attempts FROM outbound_mail")
    assert Counter(row["recipient"] for row in rows) == Counter(f"jo{n}@{BOX}" for n in range(1, FAMILIES + 1))
    handed: dict[str, set[str]] = {}
    for mail in (parse.read(each.raw) for each in await asyncio.to_thread(scene.dovecot.messages, HUB)):
        handed.setdefault(mail.message_id or "", set()).add(queue_id(mail))
    for row in rows:
        assert 1 <= len(handed.get(row["message_id"], ())) <= row["attempts"], row
