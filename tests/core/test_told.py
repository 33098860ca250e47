"""Questions asked in one statement, and what is remembered of their answers, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from hub.core.db import Counted
from hub.core.errors import NotFound
from hub.core.told import LONGEST, Asked, Question, ask, numbers, reading, remembered
from hub.mailbox.lists import Folder
from tests.cast import MARIE, PAUL, Town

NAMES = ["« L’été »", 'Guillemets " et \\', "Deux\nlignes\tet\x01", "Œuvre 🎒", "</script>"]
AT = datetime(2026, 10, 22, 8, 0, 0, 123456, tzinfo=UTC)


class Told(NamedTuple):
    place: int
    name: str
    is_late: bool
    left_at: datetime | None


READ = reading(Told)


def asked(names: list[str], order: str) -> Asked[tuple[Told, ...]]:
    """Rows that both databases make of nothing."""
    rows = " UNION ALL ".join("SELECT CAST(? AS INT) AS place, CAST(? AS TEXT) AS name" for _ in names)
    values = [value for place, name in enumerate(names) for value in (place, name)]
    columns = ("x.place", "x.name", "x.place > 2", "(SELECT MIN(left_at) FROM agent)")
    return Asked((Question(columns, f"FROM ({rows}) AS x WHERE x.place >= 0 ORDER BY x.place {order}", values),), READ)


async def test_answers_come_whole_typed_and_in_order(town: Town) -> None:
    first, second = await ask(town.hub.core.db, asked(NAMES, "DESC"), asked(NAMES[:1], "ASC"))
    assert first == tuple(Told(place, NAMES[place], place > 2, None) for place in (4, 3, 2, 1, 0))
    assert second == (Told(0, NAMES[0], False, None),)


async def test_an_instant_comes_to_the_microsecond_and_aware(town: Town) -> None:
    await town.hub.core.db.execute("UPDATE agent SET left_at = ?", AT)
    [rows] = await ask(town.hub.core.db, asked(["x"], "ASC"))
    assert rows[0].left_at == AT


async def test_nothing_found_is_no_rows(town: Town) -> None:
    nobody = Question(("f.id", "f.name"), "FROM family f WHERE f.id = ?", (0,))
    assert await ask(town.hub.core.db, Asked((nobody,), READ), asked(["x"], "ASC")) == (
        (),
        (Told(0, "x", False, None),),
    )


async def test_who_may_not_see_one_answer_gets_none(town: Town) -> None:
    def refuse(answer: str) -> None:
        raise NotFound

    nobody = Question(("f.id",), "FROM family f")
    with pytest.raises(NotFound):
        await ask(town.hub.core.db, asked(["x"], "ASC"), Asked((nobody,), refuse))


async def test_several_counts_are_one_question(town: Town) -> None:
    people = Counted("SELECT COUNT(*) FROM account")
    durands = Counted("SELECT COUNT(*) FROM account WHERE name LIKE ?", ("%Durand",))
    assert await ask(town.hub.core.db, numbers(people, durands), numbers(durands)) == ([3, 2], [2])


async def test_what_has_not_changed_is_read_once_and_a_change_is_seen(town: Town) -> None:
    message, marie = await town.write("Bonjour"), town.account()
    first, again = [await town.hub.lists.folder(marie.id, Folder.sent) for _ in range(2)]
    talk, talk_again = [await town.hub.conversations.read(marie.id, message.thread_id) for _ in range(2)]
    assert again is first and talk_again is talk
    await town.hub.core.db.execute("UPDATE thread SET subject = ?", "Autre objet")
    assert (await town.hub.lists.folder(marie.id, Folder.sent)).rows[0].subject == "Autre objet"
    assert (await town.hub.conversations.read(marie.id, message.thread_id)).head.subject == "Autre objet"


async def test_what_is_remembered_of_one_reader_is_never_told_to_another(town: Town) -> None:
    message = await town.write("Bonjour")
    mine, theirs = [
        await town.hub.conversations.read(town.account(login).id, message.thread_id) for login in (MARIE, PAUL)
    ]
    assert [each.messages[0].mine for each in (mine, theirs)] == [True, False]


def test_long_answers_are_not_remembered() -> None:
    read = remembered(lambda answer: [answer], 8)
    assert read("x" * LONGEST) is read("x" * LONGEST)
    assert read("x" * (LONGEST + 1)) is not read("x" * (LONGEST + 1))
