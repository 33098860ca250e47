"""Pure: letters on paper (PDF), one A4 page a guardian, for a window envelope (C5/6 and DL, window on the right).

Millimetres from the top left corner. The address stands where La Poste's window shows it once the sheet is folded in
three; the folds are marked. The font is the one that reportlab brings (Bitstream Vera): what it does not have is
written without its accents rather than as an empty box.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import segno
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from hub.core import french
from hub.core.colour import ink

PLAIN, BOLD = "Vera", "VeraBd"
LEFT, RIGHT = 22.0, 188.0
ADDRESS = (110.0, 56.0)  # of the window: 20 mm from the right and the bottom of an envelope of 220 × 110
ADDRESS_WIDTH = 82.0
FOLDS = (99.0, 198.0)
QR, QR_WIDTH = "qr", 30.0
SIZE, LEADING = 10.0, 5.2  # points; millimetres
SOFT, LINE = "#4b535c", "#c9cfd6"


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes. `place` and `day` head the letter; `url` is what is typed to come in."""

    name: str
    address: str
    phone: str
    colour: str
    url: str
    day: str


@dataclass(frozen=True, slots=True)
class Written:
    """To whom, and what they come in with. `address`: lines below the name, as on the envelope."""

    name: str
    greeting: str
    address: tuple[str, ...]
    family: str
    login: str
    password: str
    until: str
    has_address: bool  # the account has an e-mail address, to be confirmed or not
    label: str = "Nom d’utilisateur"  # what `login` is: that, or "Adresse e-mail"


def letters(writer: Writer, pages: Sequence[Written]) -> bytes:
    """The PDF."""
    for name in (PLAIN, BOLD):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, lang="fr-FR", initialFontName=PLAIN)
    canvas.setTitle(f"Vos identifiants du Portail Famille – {writer.name}")
    canvas.setAuthor(writer.name)
    canvas.setCreator("")
    canvas.setProducer("")
    sheet = _Sheet(canvas)
    sheet.keep_qr(writer.url, QR_WIDTH)
    for page in pages:
        _head(sheet, writer, page)
        _identifiers(sheet, writer, page, _opening(sheet, writer, page))
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _head(sheet: _Sheet, writer: Writer, page: Written) -> None:
    """The town, the address in the window, the day, the folds."""
    sheet.box(LEFT, 15, 14, 14, writer.colour)
    sheet.middle(LEFT + 7, 24.4, french.initials(writer.name), BOLD, 14, ink(writer.colour))
    sheet.text(LEFT + 18, 19.5, writer.name, BOLD, 12)
    lines = [*_lines(writer.address), *([f"Téléphone : {writer.phone}"] if writer.phone else [])]
    for row, line in enumerate(lines[:5]):
        sheet.text(LEFT + 18, 24.5 + row * 4.4, line, PLAIN, 8.5, SOFT, 75)
    for row, line in enumerate((page.name, *page.address)[:6]):
        sheet.text(ADDRESS[0], ADDRESS[1] + row * 5.0, line, PLAIN, 10.5, limit=ADDRESS_WIDTH)
    for fold in FOLDS:
        sheet.rule(4, fold, 8)
    sheet.text(LEFT, 102, f"Le {writer.day}", PLAIN, SIZE, SOFT)


def _opening(sheet: _Sheet, writer: Writer, page: Written) -> float:
    sheet.text(LEFT, 112, "Vos identifiants pour le Portail Famille", BOLD, 13)
    y = sheet.paragraph(122, page.greeting)
    number = f" (dossier n° {page.family})" if page.family else ""
    return sheet.paragraph(
        y + 2,
        f"Un compte est ouvert à votre nom sur le Portail Famille{number}. Vous pourrez y écrire aux services de la "
        "mairie, lire leurs réponses et suivre votre dossier. Voici de quoi vous connecter :",
    )


def _identifiers(sheet: _Sheet, writer: Writer, page: Written, y: float) -> None:
    height = 41.0
    sheet.frame(LEFT, y, RIGHT - LEFT, height, writer.colour)
    rows = (("Adresse du portail", writer.url), (page.label, page.login), ("Mot de passe", page.password))
    for row, (label, value) in enumerate(rows):
        sheet.text(LEFT + 6, y + 7.5 + row * 11, label, PLAIN, 8.5, SOFT)
        sheet.text(LEFT + 6, y + 12.5 + row * 11, value, BOLD, 12, limit=RIGHT - LEFT - 44)
    sheet.qr(RIGHT - QR_WIDTH - 3, y + 5.5, QR_WIDTH)
    y = sheet.steps(y + height + 9, _steps(page))
    y = sheet.paragraph(
        y + 2,
        f"Ce mot de passe est provisoire : il fonctionne jusqu’au {page.until}. "
        f"Passé cette date, demandez-en un autre à la mairie{f' ({writer.phone})' if writer.phone else ''}.",
    )
    y = sheet.paragraph(y + 2, "Gardez ce courrier pour vous : la mairie ne vous demandera jamais votre mot de passe.")
    sheet.paragraph(y + 2, writer.name)


def _steps(page: Written) -> tuple[str, ...]:
    name = "l’adresse e-mail" if "@" in page.login else "le nom d’utilisateur"
    mail = (
        "Confirmez votre adresse e-mail, pour être averti des réponses."
        if page.has_address
        else "Donnez votre adresse e-mail, pour être averti des réponses et retrouver un mot de passe oublié."
    )
    return (
        "Ouvrez l’adresse du portail dans un navigateur, ou photographiez le dessin ci-dessus avec votre téléphone.",
        f"Tapez {name} et le mot de passe, en minuscules, avec les tirets et les points.",
        "Choisissez votre propre mot de passe : le portail vous le demande aussitôt.",
        mail,
    )


class _Sheet:
    """A page measured from the top left in millimetres."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas

    def text(
        self, x: float, y: float, text: str, font: str, size: float, colour: str = "#000000", limit: float = 0
    ) -> None:
        """One line, its baseline at `y`; smaller when it would be wider than `limit`."""
        shown = printable(text, font)
        width = stringWidth(shown, font, size)
        if limit and width > limit * mm:
            size *= limit * mm / width
        self._canvas.setFont(font, size)
        self._canvas.setFillColor(HexColor(colour))
        self._canvas.drawString(x * mm, self._up(y), shown)

    def middle(self, x: float, y: float, text: str, font: str, size: float, colour: str) -> None:
        shown = printable(text, font)
        self.text(x - stringWidth(shown, font, size) / mm / 2, y, shown, font, size, colour)

    def paragraph(self, y: float, text: str, left: float = LEFT) -> float:
        """Broken into lines; where the next one stands."""
        for line in _broken(printable(text, PLAIN), (RIGHT - left) * mm):
            self.text(left, y, line, PLAIN, SIZE)
            y += LEADING
        return y

    def steps(self, y: float, texts: Sequence[str]) -> float:
        for number, text in enumerate(texts, 1):
            self.text(LEFT, y, f"{number}.", BOLD, SIZE)
            y = self.paragraph(y, text, LEFT + 7) + 1
        return y

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        self._canvas.setFillColor(HexColor(colour))
        self._canvas.roundRect(x * mm, self._up(y + height), width * mm, height * mm, 2 * mm, stroke=0, fill=1)

    def frame(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        self._canvas.setStrokeColor(HexColor(LINE))
        self._canvas.setLineWidth(0.8)
        self._canvas.roundRect(x * mm, self._up(y + height), width * mm, height * mm, 2 * mm, stroke=1, fill=0)
        self._canvas.setFillColor(HexColor(colour))
        self._canvas.rect(x * mm, self._up(y + height - 2), 1.2 * mm, (height - 4) * mm, stroke=0, fill=1)

    def rule(self, x: float, y: float, width: float) -> None:
        self._canvas.setStrokeColor(HexColor(LINE))
        self._canvas.setLineWidth(0.5)
        self._canvas.line(x * mm, self._up(y), (x + width) * mm, self._up(y))

    def keep_qr(self, text: str, width: float) -> None:
        """Drawn once for all pages: it says the same on each."""
        rows = list(segno.make(text, error="m", micro=False).matrix_iter(border=2))
        side = width * mm / len(rows)
        self._canvas.beginForm(QR)
        path = self._canvas.beginPath()
        for up, row in enumerate(reversed(rows)):
            for across, dark in enumerate(row):
                if dark:
                    path.rect(across * side, up * side, side, side)
        self._canvas.drawPath(path, stroke=0, fill=1)
        self._canvas.endForm()

    def qr(self, x: float, y: float, width: float) -> None:
        """The kept one, `width` as it was drawn."""
        self._canvas.saveState()
        self._canvas.translate(x * mm, self._up(y + width))
        self._canvas.doForm(QR)
        self._canvas.restoreState()

    def _up(self, y: float) -> float:
        """reportlab counts from the bottom."""
        return float(A4[1] - y * mm)


def printable(text: str, font: str) -> str:
    """`text` in the letters that the font has: others lose their accents, and what is still unknown is a "?"."""
    has = pdfmetrics.getFont(font).face.charToGlyph
    shown = []
    for letter in unicodedata.normalize("NFC", text):
        if ord(letter) in has:
            shown.append(letter)
            continue
        plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if ord(part) in has)
        shown.append(plain or "?")
    return "".join(shown)


def _broken(text: str, width: float) -> list[str]:
    """Lines no wider than `width` points."""
    lines, line = [], ""
    for word in text.split(" "):
        longer = f"{line} {word}".strip()
        if line and stringWidth(longer, PLAIN, SIZE) > width:
            lines.append(line)
            longer = word
        line = longer
    return [*lines, line]


def _lines(address: str) -> list[str]:
    """A postal address, which the settings may hold in one line or in several."""
    return [part.strip() for line in address.splitlines() for part in line.split(",") if part.strip()]
