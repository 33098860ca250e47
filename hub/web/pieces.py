"""Parts of pages that are written once and remembered: rows of lists and queues, entries of conversations.

A parent goes from the list to a conversation and back, and most rows are the same as a moment ago. A piece is written
from its key alone, so what is remembered can be neither stale nor meant for somebody else.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import lru_cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

LONGEST = 4096  # characters of a text that is remembered: bounds the memory, and long texts are few
ROWS, ENTRIES, QUEUED, SLOTS = 8192, 4096, 2048, 16  # pieces that are remembered: some 10 MB when full
LONG_TALK = 32_768  # the same of a conversation
WHOLE = 128  # lists, queues and conversations that are remembered whole, for who looks again: some 5 MB

Piece = Callable[..., str]


def pieces(environment: Environment) -> dict[str, Callable[..., Markup]]:
    """The functions that templates call for them."""
    row = _remembered(environment, "web/row.html", ("row", "current", "csrf"), ROWS, _is_unmarked)
    entry = _remembered(environment, "web/entry.html", ("entry",), ENTRIES, _is_short)
    slots = _remembered(environment, "web/slots.html", ("first",), SLOTS)
    queued = _remembered(environment, "desk/queue_row.html", ("one",), QUEUED)

    @lru_cache(WHOLE)
    def list_html(rows: Iterable[Any], current: int, csrf: str) -> Markup:
        return _joined(row(each, each.id == current, csrf) for each in rows)

    @lru_cache(WHOLE)
    def talk_html(entries: Iterable[Any]) -> Markup:
        return _joined(map(entry, entries))

    def rows_html(rows: Any, current: int, csrf: str) -> Markup:
        """`current`: id of the open one, or 0."""
        return list_html(rows, current, csrf if rows.are_away else "")

    def entries_html(entries: Any) -> Markup:
        return talk_html(entries) if entries.length <= LONG_TALK else _joined(map(entry, entries))

    @lru_cache(WHOLE)
    def queue_html(rows: Iterable[Any]) -> Markup:
        return _joined(map(queued, rows))

    def slots_html(first: int) -> Markup:
        return _joined([slots(first)])

    return {each.__name__: each for each in (rows_html, entries_html, queue_html, slots_html)}


def _joined(written: Iterable[str]) -> Markup:
    return Markup("".join(written))  # noqa: S704 (each was escaped by its template)


def _remembered(
    environment: Environment,
    name: str,
    context: tuple[str, ...],
    most: int,
    worth: Callable[[Any], bool] = lambda thing: True,
) -> Piece:
    """Writes the template `name` with these values as its `context`; the `most` last ones are remembered."""
    template = environment.get_template(name)

    def write(*values: Hashable) -> str:
        return template.render(dict(zip(context, values, strict=True)))

    kept = lru_cache(most)(write)

    def piece(thing: Any, *values: Hashable) -> str:
        return kept(thing, *values) if worth(thing) else write(thing, *values)

    return piece


def _is_unmarked(row: Any) -> bool:
    """What a search has marked is looked at once."""
    return row.marker is None


def _is_short(entry: Any) -> bool:
    """No long text, nothing folded away."""
    return len(entry.what.text) <= LONGEST and not getattr(entry.what, "rest", "")
