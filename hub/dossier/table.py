"""Pure: a table of comma-separated values as spreadsheets leave it: bytes into rows of cells.

How it is encoded, where its rows end and what parts its cells is found out by looking.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import deque
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from hub.dossier.matching import folded

PIECE = 64 * 1024  # bytes looked at at a time
LONGEST_ROW = 200_000  # bytes of a line
MOST_LINES = 50  # of a row: an address has a few
SIGNS = ";,\t"  # what may part cells: the semicolon of French spreadsheets first
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # what .xlsx and .ods, and .xls, begin with
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class FileFault(Exception):
    """The file as a whole cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of a row, and the line that it begins on. `fault`: why they cannot be read."""

    line: int
    cells: list[str]
    fault: str = ""


def read_table(file: BinaryIO, known: Container[str]) -> tuple[list[str], Iterator[Record]]:
    """The headings of an open file that can be rewound, and the rows below them. Raises FileFault.

    `known`: headings, folded, by which the sign that parts cells is told.
    """
    encoding = encoding_of(file)
    records = _records(_lines(file, encoding), _delimiter(file, encoding, known))
    return _headings(records), records


def encoding_of(file: BinaryIO) -> str:
    """utf-16 by its mark, utf-8 (with or without one) when every byte is, else cp1252, which takes any. Raises
    FileFault for a workbook, and where a line has no end: that is no table."""
    decoder, is_utf8, since = codecs.getincrementaldecoder("utf-8")(), True, 0
    file.seek(0)
    head = file.read(4)
    if head in WORKBOOKS:
        raise FileFault("Ce fichier est un classeur (Excel, LibreOffice) : enregistrez-le d’abord au format CSV.")
    file.seek(0)
    while piece := file.read(PIECE):
        is_utf8 = is_utf8 and _decodes(decoder, piece)
        ends = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
        since = since + len(piece) if ends < 0 else len(piece) - ends - 1
        if since > LONGEST_ROW:
            raise FileFault("Ce fichier n’est pas un tableau CSV : une ligne n’en finit pas.")
    file.seek(0)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # Excel's "Texte Unicode"
        return "utf-16"
    return "utf-8-sig" if is_utf8 and _decodes(decoder, b"", final=True) else "cp1252"


def _decodes(decoder: codecs.IncrementalDecoder, piece: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        return False
    return True


def _lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    """Lines with their ends, parted where spreadsheets part them: at no other of Unicode's line ends, which may stand
    in a cell. No NUL."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    left = ""
    while piece := file.read(PIECE):
        *whole_lines, left = _LINE.findall((left + decoder.decode(piece)).replace("\0", "")) or [""]
        yield from whole_lines
    if left + decoder.decode(b"", final=True):
        yield left


def _records(lines: Iterable[str], delimiter: str) -> Iterator[Record]:
    """Rows; one may go over several lines, between quotes. A quote that nothing closes, or but the next one further
    down, spoils its own row only: those that it would swallow are read as the rows that they are."""
    ahead: deque[str] = deque()
    coming, number, width = iter(lines), 0, 0
    while line := ahead.popleft() if ahead else next(coming, ""):
        number += 1
        taken = [line]
        while (cells := _cells(taken, delimiter)) is None and len(taken) < MOST_LINES:
            if not (more := ahead.popleft() if ahead else next(coming, "")):
                break
            taken.append(more)
        width = width or _width(cells or [])
        own = next((place for place, one in enumerate(taken) if place and _is_row(one, delimiter, width)), len(taken))
        if cells is None or own < len(taken):
            last = _open_at(taken[:own], delimiter)
            ahead.extendleft(reversed(taken[last + 1 :]))
            yield Record(number, [], f"le guillemet ouvert à la ligne {number + last} n’est pas fermé")
            number += last
        else:
            yield Record(number, cells)
            number += len(taken) - 1


def _width(cells: list[str]) -> int:
    """How many cells a row has, if this is the first one that says something."""
    return len(cells) if _says(cells) and not _is_for_excel(cells) else 0


def _is_row(line: str, delimiter: str, width: int) -> bool:
    """Whether a line within quotes looks like a row of its own: as many cells, and no quote left over in any."""
    cells = _cells([line], delimiter) or []
    return width > 0 and len(cells) == width and not any('"' in cell for cell in cells)


def _open_at(lines: Sequence[str], delimiter: str) -> int:
    """The place of the line on which the quote opened that is still open behind these."""
    at, is_open, before = 0, False, "\n"
    for place, line in enumerate(lines):
        for sign in line:
            if sign == '"' and (is_open or before == '"'):  # a doubled one closes and opens again
                is_open = not is_open
            elif sign == '"' and before in (delimiter, "\r", "\n"):
                at, is_open = place, True
            before = sign
    return at


def _cells(lines: Sequence[str], delimiter: str) -> list[str] | None:
    """The cells of a row; None while a quote is open. Quotes that stand where none may are letters, but not in a row
    of several lines: there they are those of other rows."""
    text = "".join(lines)
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        if len(lines) > 1 or "unexpected end of data" in str(error) or "field larger" in str(error):
            return None
    return next(csv.reader([text], delimiter=delimiter), [])


def _delimiter(file: BinaryIO, encoding: str, known: Container[str]) -> str:
    """What parts the cells: the sign by which most headings are known."""
    told: dict[str, int] = {}
    for sign in SIGNS:
        told[sign] = sum(folded(heading) in known for heading in _headings(_records(_lines(file, encoding), sign)))
        file.seek(0)
    return max(SIGNS, key=lambda sign: told[sign])


def _headings(records: Iterable[Record]) -> list[str]:
    """The first row that says something; what Excel leaves for itself (`sep=;`) does not."""
    said = (one.cells for one in records if _says(one.cells))
    return next((cells for cells in said if not _is_for_excel(cells)), [])


def _says(cells: list[str]) -> bool:
    return any(cell.strip() for cell in cells)


def _is_for_excel(cells: list[str]) -> bool:
    return cells[0].lower().startswith("sep=")
