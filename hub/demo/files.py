"""Pure: files for the sample threads, drawn in code: a picture (PNG) and a page of text (PDF)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence

from hub.mail.compose import File

WIDTH, HEIGHT = 320, 240  # pixels
A4 = (595, 842)  # points


def photo() -> File:
    """A holiday picture: sky, sun, sea and sand."""
    return File("photo.png", "image/png", picture())


def certificate() -> File:
    """What a family is asked for."""
    return File("Attestation d’assurance.pdf", "application/pdf", page("Attestation d'assurance scolaire", INSURANCE))


def invoice() -> File:
    """What a service sends."""
    return File("facture rectifiée.pdf", "application/pdf", page("Facture rectifiée", INVOICE))


def quotient() -> File:
    """What the town makes for a family."""
    return File("Attestation de quotient.pdf", "application/pdf", page("Attestation de quotient familial", QUOTIENT))


def proof_of_home() -> File:
    """What a family sends once a year."""
    return File("Justificatif de domicile.pdf", "application/pdf", page("Facture d'énergie", ENERGY))


def public() -> tuple[tuple[str, File], ...]:
    """What the town has for everybody, by title."""
    return (
        ("Règlement des accueils", File("reglement.pdf", "application/pdf", page("Règlement des accueils", RULES))),
        ("Fiche d’inscription", File("inscription.pdf", "application/pdf", page("Fiche d'inscription", FORM))),
    )


RULES = (
    "Les accueils du matin et du soir sont ouverts aux enfants inscrits.",
    "Toute absence se signale huit jours avant.",
    "",
    "Document d'exemple, sans valeur.",
)
FORM = ("Nom et prénom de l'enfant :", "Classe :", "Activités choisies :", "", "Document d'exemple, sans valeur.")
QUOTIENT = (
    "Le quotient retenu pour vos tarifs est calculé d'après vos revenus",
    "et le nombre d'enfants à charge. Il vaut pour toute l'année scolaire.",
    "",
    "Document d'exemple, sans valeur.",
)
ENERGY = (
    "Titulaires : Marie et Paul Durand",
    "Adresse de consommation : 12 rue des Tilleuls",
    "",
    "Document d'exemple, sans valeur.",
)
INSURANCE = (
    "L'assureur soussigné atteste que l'enfant Léo Durand",
    "est garanti en responsabilité civile et en individuelle accident",
    "pour l'ensemble de l'année scolaire, trajets compris.",
    "",
    "Document d'exemple, sans valeur.",
)
INVOICE = (
    "Accueil du soir : 8 présences à 2,15 €",
    "Déduction de deux absences justifiées : - 4,30 €",
    "",
    "Net à payer : 12,90 €",
    "",
    "Document d'exemple, sans valeur.",
)


def picture() -> bytes:
    """The bytes of an RGB PNG (W3C PNG, third edition)."""
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + bytes(byte for x in range(WIDTH) for byte in _colour(x, y)) for y in range(HEIGHT))
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def page(title: str, lines: Sequence[str]) -> bytes:
    """The bytes of a PDF 1.4 of one A4 page (ISO 32000-1 §7.5), in Helvetica and WinAnsi."""
    text = [f"BT /F1 18 Tf 72 742 Td ({_escaped(title)}) Tj /F1 11 Tf 0 -18 Td"]
    text += [f"0 -18 Td ({_escaped(line)}) Tj" for line in lines]
    content = "\n".join([*text, "ET"]).encode("cp1252")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R" % A4
        + b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    return _assembled(objects)


def _assembled(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, table)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    return bytes(out)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _colour(x: int, y: int) -> Iterator[int]:
    if (x - 240) ** 2 + (y - 60) ** 2 < 30**2:
        return iter((255, 214, 90))
    if y < 130:
        return iter((120 + y // 2, 180 + y // 4, 235))
    if y < 180 + (x % 64) // 16:
        return iter((30, 110 + (y - 130) // 2, 160))
    return iter((226, 200 - (y - 180) // 3, 150))
