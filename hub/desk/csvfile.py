"""Lines of files for spreadsheets. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

FORMULA = tuple("=+-@\t\r")  # a cell that begins so is one, to a spreadsheet


def row(cells: Iterable[str]) -> bytes:
    """One line; a cell that would be taken for a formula is told apart (OWASP, CSV injection)."""
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells])
    return text.getvalue().encode()
