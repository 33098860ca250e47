"""The outbox: what each outcome makes of a mail, retries, limits, leases, on both databases and a scripted server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hub.config import Config
from hub.mail.models import AddressFailure, OutboundMail
from hub.mail.outbox import Outbox, Posted, judge
from hub.mail.outcome import Deferred, Outcome, Rejected, Sent
from hub.mailbox.posting import family_topic
from tests.cast import NORA, Town, settings
from tests.servers.sink import HANG_UP, Sink

NOW = datetime(2026, 10, 22, 8, 0, tzinfo=UTC)
WAITS = (1, 5, 15)


@pytest.mark.parametrize(
    ("outcome", "attempts", "state", "minutes"),
    [
        (Sent("queued as 1"), 1, "sent", None),
        (Rejected(550, "no such user"), 1, "rejected", None),
        (Deferred(451, "later"), 1, "queued", 1),
        (Deferred(451, "later"), 3, "queued", 15),
        (Deferred(451, "later"), 4, "given_up", None),
        (Deferred(None, "lost after DATA", unknown=True), 1, "queued", 1),
        (Deferred(421, "our host is down", server=True), 1, "queued", 1),
        (Deferred(421, "our host is down", server=True), 4, "queued", 15),
    ],
)
def test_what_an_outcome_makes_of_a_mail(outcome: Outcome, attempts: int, state: str, minutes: int | None) -> None:
    mail = OutboundMail(state="queued", attempts=attempts, unknown=0, due_at=NOW, leased_until=NOW, recipient=NORA)
    judge(mail, outcome, NOW, WAITS)
    assert (mail.state, mail.leased_until) == (state, None)
    if minutes:
        assert timedelta(minutes=minutes * 0.8) <= mail.due_at - NOW <= timedelta(minutes=minutes * 1.2)
    else:
        assert mail.settled_at == NOW
    assert mail.unknown == (1 if isinstance(outcome, Deferred) and outcome.unknown else 0)
    assert mail.attempts == attempts - (1 if isinstance(outcome, Deferred) and outcome.server else 0)


def posted(key: str, recipient: str = NORA, size: int = 10) -> Posted:
    raw = b"Subject: x\r\n\r\n" + (b"y" * 70 + b"\r\n") * (size // 70 + 1)
    return Posted(key, "test", recipient, "", f"<{key}@hub.test>", raw)


async def queue(town: Town, *mails: Posted) -> None:
    async with town.hub.core.db.transaction():
        await town.hub.outbox.queue(mails)


async def test_the_same_key_is_sent_once(town: Town) -> None:
    await queue(town, posted("a"), posted("b"))
    await queue(town, posted("a"))
    await town.hub.settle()
    assert len(town.sink.sent_to(NORA)) == 2


async def test_nothing_is_queued_when_the_transaction_fails(town: Town) -> None:
    with pytest.raises(ZeroDivisionError):
        async with town.hub.core.db.transaction():
            await town.hub.outbox.queue([posted("a")])
            raise ZeroDivisionError
    await town.hub.settle()
    assert town.sink.sent_to(NORA) == []


async def test_a_large_mail_goes_through_the_store(town: Town) -> None:
    await queue(town, posted("a", size=300_000))
    await town.hub.settle()
    [raw] = town.sink.sent_to(NORA)
    assert raw.count(b"y") > 300_000
    assert (await OutboundMail.get(key="a")).content is None


async def test_a_busy_server_is_tried_again_later(town: Town) -> None:
    town.sink.say("RCPT", "450 4.2.1 busy")
    await queue(town, posted("a"))
    await town.hub.settle()
    assert town.sink.sent_to(NORA) == []
    assert (await OutboundMail.get(key="a")).response.startswith("450")
    town.clock.advance(minutes=2)
    await town.hub.settle()
    assert len(town.sink.sent_to(NORA)) == 1


async def test_a_refused_address_is_marked_and_the_mail_visible(town: Town) -> None:
    town.sink.say("RCPT", "550 5.1.1 no such user")
    await queue(town, posted("a"))
    await town.hub.settle()
    assert (await OutboundMail.get(key="a")).state == "rejected"
    assert (await AddressFailure.get(address=NORA)).state == "hard"
    await town.hub.outbox.retry((await OutboundMail.get(key="a")).id)
    await town.hub.settle()
    assert len(town.sink.sent_to(NORA)) == 1


async def test_a_connection_lost_at_the_dot_is_told_apart(town: Town) -> None:
    town.sink.say("DOT", HANG_UP)
    await queue(town, posted("a"))
    await town.hub.settle()
    mail = await OutboundMail.get(key="a")
    assert (mail.state, mail.unknown) == ("queued", 1)
    town.clock.advance(minutes=2)
    await town.hub.settle()
    assert (await OutboundMail.get(key="a")).state == "sent"


async def test_one_refusal_does_not_hold_back_the_batch(town: Town) -> None:
    town.sink.say("RCPT", "550 5.1.1 no such user")
    await queue(town, *(posted(str(n), f"agent{n}@ville.test") for n in range(30)))
    await town.hub.settle()
    states = await OutboundMail.all().values_list("state", flat=True)
    assert sorted(states) == ["rejected"] + ["sent"] * 29


async def test_a_lease_that_lapsed_is_taken_up_by_another(town: Town) -> None:
    await queue(town, posted("a"))
    dead = Outbox(town.hub.core)
    assert len(await dead._claim()) == 1
    await town.hub.settle()
    assert town.sink.sent_to(NORA) == []
    town.clock.advance(minutes=4)
    await town.hub.settle()
    assert len(town.sink.sent_to(NORA)) == 1


async def test_open_pages_hear_what_became_of_a_message(town: Town) -> None:
    heard: list[dict[str, Any]] = []
    town.hub.core.channel.listen(family_topic(town.account().family_id), heard.append)
    message = await town.write("Bonjour")
    assert heard == [{"thread": message.thread_id, "message": message.id}]
    await town.hub.settle()
    assert heard[1:] == [{"thread": message.thread_id, "message": 0}]
    talk = await town.hub.conversations.read(town.account().id, message.thread_id)
    assert [(event.id, event.kind) for event in talk.events] == [(f"envoi-{message.id}", "delivered")]


class TestPerMinute:
    """A destination with its share of three mails a minute."""

    @pytest.fixture
    def town_settings(self, database_url: str, tmp_path: Path, sink: Sink) -> Config:
        config = settings(database_url, tmp_path, sink.port)
        smtp = replace(config.mail.smtp, per_domain_minute=3)
        return replace(config, mail=replace(config.mail, smtp=smtp))

    async def test_what_is_over_waits_without_costing_a_try(self, town: Town) -> None:
        await queue(town, *(posted(str(n)) for n in range(5)), posted("other", "x@ailleurs.test"))
        await town.hub.settle()
        assert len(town.sink.sent_to(NORA)) == 3
        assert len(town.sink.sent_to("x@ailleurs.test")) == 1
        waiting = await OutboundMail.filter(state="queued")
        assert [mail.attempts for mail in waiting] == [0, 0]
