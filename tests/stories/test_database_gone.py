"""The database is away for a minute while answers come in, by IMAP and by LMTP: nothing is lost or doubled, the hub
says what is wrong, and it goes on by itself."""

from __future__ import annotations

import asyncio
import re
from collections import Counter

import aiohttp
import pytest

from hub.mail.models import InboundMail
from tests.processes import running
from tests.stories.test_killed import (
    Scene,
    all_posted_of,
    answer,
    conversations,
    hand_in,
    into_mailbox,
    scene,  # noqa: F401 (a fixture)
    until,
)

pytestmark = [pytest.mark.servers, pytest.mark.long]
AWAY = 60.0  # seconds
MAILS = 20


@pytest.mark.parametrize("scene", ["postgres"], indirect=True)
async def test_a_database_that_is_away_for_a_minute_costs_nothing(scene: Scene) -> None:  # noqa: F811
    addresses = await conversations(scene.hub)
    texts = [f"Réponse numéro {number}, c’est noté." for number in range(MAILS)]
    mails = [answer(text, addresses[number], number) for number, text in enumerate(texts)]
    assert scene.postgres
    async with running(scene.folder, "serve", "--config", scene.config) as hub:
        await asyncio.to_thread(into_mailbox, scene.dovecot, mails[:1])
        await until(lambda: all_posted_of(scene, 1), 30, scene)
        await asyncio.to_thread(scene.postgres.stop)
        await asyncio.to_thread(into_mailbox, scene.dovecot, mails[1::2])
        await asyncio.to_thread(hand_in, scene.postfix, mails[2::2])
        assert await health(hub.url) == 503
        await asyncio.sleep(AWAY)
        await asyncio.to_thread(scene.postgres.start)
        await until(lambda: all_posted_of(scene, MAILS), 150, scene)
        assert await health(hub.url) == 200
    rows = await scene.hub.core.db.rows("SELECT text FROM message WHERE agent_id IS NOT NULL")
    assert Counter(row["text"] for row in rows) == Counter(texts)
    assert set(await InboundMail.all().values_list("state", flat=True)) == {"stored"}
    lines = re.findall(r"^.*level=(?:error|warning).*$", hub.log.read_text(), re.MULTILINE)
    assert any("mailbox=portail" in line for line in lines)
    assert len(lines) < 1_500 and sum(map(len, lines)) < 300 * len(lines), "said, and not by page after page of traces"


async def health(url: str) -> int:
    async with aiohttp.ClientSession() as client, client.get(f"{url}/healthz") as answered:
        return answered.status
