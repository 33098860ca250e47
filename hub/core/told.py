"""Several questions to the database in one statement, each answered by one text.

The way to the database costs more than most of our questions, and so does making rows of what comes back. So what a
page wants to know is asked together; each answer comes as JSON, its rows as arrays, and whoever looks again at what
has not changed gets what was read of the same text before. That can be neither stale nor meant for somebody else: the
database was asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import Any, Generic, NamedTuple, TypeVar, overload

import msgspec

from hub.core.db import Counted, Database

LONGEST = 32_768  # characters of answers that are remembered: bounds the memory, and longer ones are few
T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")


class Question(NamedTuple):
    """`columns`, each an expression, of the rows that `source` finds ("FROM … ORDER BY …"); `values` for its marks."""

    columns: Sequence[str]
    source: str
    values: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """What somebody wants to know. `read` makes it of the answers, in the order of the questions."""

    questions: Sequence[Question]
    read: Callable[..., T]


@overload
async def ask(db: Database, one: Asked[T], /) -> tuple[T]: ...
@overload
async def ask(db: Database, one: Asked[T], two: Asked[A], /) -> tuple[T, A]: ...
@overload
async def ask(db: Database, one: Asked[T], two: Asked[A], three: Asked[B], /) -> tuple[T, A, B]: ...
@overload
async def ask(
    db: Database, one: Asked[T], two: Asked[A], three: Asked[B], four: Asked[C], five: Asked[D], /
) -> tuple[T, A, B, C, D]: ...
async def ask(db: Database, *asked: Asked[Any]) -> tuple[Any, ...]:
    """Each answer, all by one statement. Raises what their readers raise."""
    questions = [question for one in asked for question in one.questions]
    answers = [f"{_answered(db.dialect, question)} AS n{place}" for place, question in enumerate(questions)]
    [row] = await db.rows(
        f"SELECT {', '.join(answers)}", *chain.from_iterable(question.values for question in questions)
    )
    texts = iter(row.values())
    return tuple(one.read(*islice(texts, len(one.questions))) for one in asked)


def reading(shape: type[T]) -> Callable[[str], tuple[T, ...]]:
    """Makes rows of an answer. `shape`: a NamedTuple, its fields in the order of the columns."""
    decoder = msgspec.json.Decoder(tuple[shape, ...], strict=False)  # type: ignore[valid-type]  # SQLite: true is 1
    return decoder.decode


def numbers(*asked: Counted) -> Asked[list[int]]:
    """The answer to each: what stands on every page asks several."""
    columns = [f"({one.sql})" for one in asked]
    return Asked((Question(columns, "", [value for one in asked for value in one.values]),), _numbers)


def _numbers(answer: str) -> list[int]:
    [row] = msgspec.json.decode(answer, type=list[list[int]])
    return row


def remembered(read: Callable[..., T], most: int) -> Callable[..., T]:
    """`read`, but what it made of the `most` last answers is handed out again; it must depend on nothing else."""
    kept = lru_cache(most)(read)

    def reads(*given: Any) -> T:
        long = sum(len(each) for each in given if isinstance(each, str)) > LONGEST
        return read(*given) if long else kept(*given)

    return reads


def _answered(dialect: str, question: Question) -> str:
    """In the order of the inner SELECT, which both keep (PostgreSQL 9.21; SQLite for all but count, min and max)."""
    names = [f"c{place}" for place in range(len(question.columns))]
    listed = ", ".join([f"{column} AS {name}" for column, name in zip(question.columns, names, strict=True)])
    rows = f"FROM (SELECT {listed} {question.source}) AS q"
    if dialect == "postgres":
        return f"(SELECT COALESCE(json_agg(json_build_array({', '.join(names)})), '[]') {rows})"
    return f"(SELECT json_group_array(json_array({', '.join(names)})) {rows})"
