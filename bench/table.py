"""The table of ratios, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.figures import Figure

HEAD = ("", "database", "threads", "hub", "bare", "", "ratio")
GROWTH = 1.5  # how much slower pages may be at the most threads than at the fewest
MEMORY = 3_000_000  # bytes an upload may take while it runs
A_TOWN, PATIENCE = 20_000, 30  # families of a large town, and the seconds in which they are brought in


def table(figures: Sequence[Figure]) -> str:
    """One line a figure, in columns."""
    lines = [HEAD, *(_line(figure) for figure in figures)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    aligned = (str.ljust, str.ljust, str.rjust, str.rjust, str.rjust, str.ljust, str.rjust)
    return "\n".join(
        "  ".join(align(cell, width) for align, cell, width in zip(aligned, line, widths, strict=True)).rstrip()
        for line in lines
    )


def growth(figures: Sequence[Figure]) -> list[str]:
    """How many times slower each page is at the most threads than at the fewest.

    By the ratios, not the rates: the bare page is the same at every size, so it tells how much slower the machine was.
    """
    sizes = [figure.threads for figure in figures if figure.name.endswith("_page")]
    at = {(figure.name, figure.database, figure.threads): figure.ratio for figure in figures}
    few, many = min(sizes, default=0), max(sizes, default=0)
    return [
        f"{name} on {database}: {slower:.2f} times slower at {_figure(many)} threads than at {_figure(few)} "
        f"({_met(slower <= GROWTH)}: at most {GROWTH})"
        for name, database, threads in at
        if name.endswith("_page") and threads == few < many and (name, database, many) in at
        for slower in [at[name, database, few] / at[name, database, many]]
    ]


def memory(taken: Mapping[tuple[str, int], float], at_once: int) -> list[str]:
    """Memory of a running upload, by database and threads, in bytes."""
    return [
        f"upload on {database} at {_figure(threads)} threads: {each / 1e6:.2f} MB of memory for each of {at_once} "
        f"at once ({_met(each < MEMORY)}: under {MEMORY / 1e6:.0f})"
        for (database, threads), each in taken.items()
    ]


def a_town(figures: Sequence[Figure]) -> list[str]:
    """How long the families' file of a large town takes."""
    taken = [(each, A_TOWN / each.value) for each in figures if each.name == "families"]
    return [
        f"{_figure(A_TOWN)} families on {each.database} at {_figure(each.threads)} threads: {seconds:.1f} s "
        f"({_met(seconds < PATIENCE)}: under {PATIENCE})"
        for each, seconds in taken
    ]


def _line(figure: Figure) -> tuple[str, ...]:
    return (
        figure.name, figure.database, _figure(figure.threads), _figure(figure.value), _figure(figure.limit),
        figure.unit, f"{figure.ratio:.2f}",
    )  # fmt: skip


def _figure(number: float) -> str:
    """Whole, in groups of three; "0.4" below ten."""
    return f"{number:,.0f}".replace(",", " ") if number >= 10 else f"{number:.1f}"


def _met(yes: bool) -> str:
    return "met" if yes else "missed"
