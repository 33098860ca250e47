"""How the families' file is read, whoever wrote it."""

from __future__ import annotations

import io
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.dossier.cells import CellFault, custody, day, phone, whole
from hub.dossier.csvfile import COLUMNS, About, Row, rows_of
from hub.dossier.table import FileFault

DOCS = Path(__file__).parents[2] / "docs" / "import.md"


def read(text: str | bytes) -> list[Row]:
    return list(rows_of(io.BytesIO(text if isinstance(text, bytes) else text.encode())))


@pytest.mark.parametrize(
    "raw",
    [
        "dossier;resp1_nom;enfant_prenom\n404;Été;Zoé\n".encode(),
        "dossier;resp1_nom;enfant_prenom\r\n404;Été;Zoé\r\n".encode("utf-8-sig"),
        "dossier;resp1_nom;enfant_prenom\r\n404;Été;Zoé".encode("cp1252"),
        "Dossier,RESP1 NOM,Enfant Prénom\n404,Été,Zoé\n".encode(),
        "N° Dossier\tNom responsable 1\tPrénom enfant\n404\tÉté\tZoé\n".encode(),
        '"dossier";"resp1_nom";"inconnue";"enfant_prenom"\n"404";"Été";"x";"Zoé"\n'.encode(),
        "\n".join(["dossier;resp1_nom;enfant_prenom", "", ";;", "404;  Été ;Zoé", ""]).encode(),
        "dossier\tresp1_nom\tenfant_prenom\r\n404\tÉté\tZoé\r\n".encode("utf-16"),
        b"\xfe\xff" + "dossier;resp1_nom;enfant_prenom\r404;Été;Zoé\r".encode("utf-16-be"),
        "sep=;\r\ndossier;resp1_nom;enfant_prenom\r\n404;Été;Zoé\r\n".encode(),
        "\r\n;;\r\ndossier;resp1_nom;enfant_prenom;;\r\n404;Été;Zoé;;;;;;\r\n".encode(),
        '"N°\ndossier","Nom; usage; naissance; alias",resp1_nom,enfant_prenom\n404,,Été,Zoé\n'.encode(),
    ],
    ids=range(12),
)
def test_the_same_row_however_it_is_written(raw: bytes) -> None:
    [row] = read(raw)
    assert (row.dossier, row.values[About.first], row.values[About.child], row.faults) == (
        "404", {"last_name": "Été"}, {"first_name": "Zoé"}, [],
    )  # fmt: skip


@pytest.mark.parametrize(
    "raw", ["", "\n", "nom;prenom\nDurand;Marie\n", "dossier;dossier\n1;2\n", "dossier;qf;quotient\n"]
)
def test_a_file_that_cannot_be_used_is_said(raw: str) -> None:
    with pytest.raises(FileFault):
        read(raw)


@pytest.mark.parametrize("raw", [b"PK\x03\x04\x14\x00" * 50, b"\xd0\xcf\x11\xe0\xa1\xb1" * 50], ids=["xlsx", "xls"])
def test_a_workbook_is_told_from_a_table(raw: bytes) -> None:
    with pytest.raises(FileFault, match="format CSV"):
        read(raw)


@pytest.mark.parametrize("cell", ["31/12/2019", "31-12-2019", "31.12.2019", "31/12/2019 00:00:00", "2019-12-31T00:00"])
def test_days(cell: str) -> None:
    assert day(cell) == date(2019, 12, 31)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (";Durand;;", "numéro de dossier absent"),
        ("1;Durand;31/02/2019;Zoé", "enfant_naissance « 31/02/2019 » : date"),
        ("1;Durand;01/01/2019;", "prénom de l’enfant absent"),
        ("1;Durand;;Zoé;de trop", "5 cellules pour 4 colonnes"),
        (f"1;{'x' * 81};;", "80 caractères"),
        ("1,23457E+11;Durand;;", "dossier « 1,23457E+11 » : le tableur a abrégé ce numéro"),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(row: str, fault: str) -> None:
    good = "2;Martin;01/02/2019;Léo"
    first, second = read(f"dossier;resp1_nom;enfant_naissance;enfant_prenom\n{row}\n{good}\n")
    assert fault in " ".join(first.faults) and first.line == 2
    assert not second.faults and second.values[About.child]["born_on"] == date(2019, 2, 1)


@pytest.mark.parametrize("spoilt", ['1;"Durand;;Zoé', f'1;"{"x" * 140_000};;Zoé'], ids=range(2))
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_a_quote_that_nothing_closes_spoils_its_own_row_only(spoilt: str, end: str) -> None:
    good = [f"{number};Martin;01/02/2019;Léo" for number in range(2, 200)]
    first, *others = read(end.join(["dossier;resp1_nom;enfant_naissance;enfant_prenom", spoilt, *good]))
    assert first.faults and first.line == 2
    assert [(row.line, row.dossier, row.faults) for row in others] == [(n + 1, str(n), []) for n in range(2, 200)]


SWALLOWS = (
    # (rows, the lines of those that are good, what is said of the bad ones by line)
    (['1;"Durand;;Zoé', "2;Martin;;Léo", '3;"Petit";;Ana', "4;Leroy;;Tom"], [3, 4, 5], {2: 2}),
    (['1;"Durand;;Zoé', "2;Martin;;Léo", '3;Petit;;"Ana"', "4;Leroy;;Tom"], [3, 4, 5], {2: 2}),
    (['1;Durand;;"Zoé', "2;Martin;;Léo", "", '"3";"Petit";"";"Ana"'], [3, 5], {2: 2}),
    (['1;"Du', 'rand";"x;Zoé', "2;Martin;;Léo", '3;"Petit";;Ana'], [4, 5], {2: 3}),
    (['1;"dit ""le', 'Grand""";"x;Zoé', "2;Martin;;Léo", '3;Petit 5" x;"";Ana'], [4, 5], {2: 3}),
    (['1;"Durand;;Zoé', '2;"Martin;;Léo', "3;Petit;;Ana", '4;"Leroy";;Tom'], [4, 5], {2: 2, 3: 3}),
)


@pytest.mark.parametrize(("rows", "good", "bad"), SWALLOWS, ids=range(len(SWALLOWS)))
def test_a_quote_that_a_later_row_closes_swallows_none_between(
    rows: list[str], good: list[int], bad: dict[int, int]
) -> None:
    found = read("\n".join(["dossier;resp1_nom;resp1_ville;enfant_prenom", *rows]))
    assert [row.line for row in found if not row.faults] == good
    said = {row.line: row.faults for row in found if row.faults}
    assert said == {at: [f"le guillemet ouvert à la ligne {line} n’est pas fermé"] for at, line in bad.items()}
    assert not any(
        "\n" in str(value) or ";" in str(value) for row in found for value in row.values[About.first].values()
    )


@pytest.mark.parametrize("sign", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_a_row_ends_where_a_spreadsheet_ends_it(sign: str) -> None:
    [row] = read(f"dossier;resp1_nom;resp1_adresse;enfant_prenom\n404;Durand;1 rue{sign}Haute;Zoé\n")
    assert not row.faults and row.values[About.first]["address"] == "1 rue Haute"
    assert row.values[About.child] == {"first_name": "Zoé"}


def test_a_cell_may_go_over_lines_and_hold_quotes() -> None:
    head = "dossier;resp1_nom;resp1_adresse;enfant_prenom"
    zoe, tom = read("\r\n".join([head, '404;Durand;"1 rue ""Haute""', 'Bât. B";Zoé', '5;"A"b;5" x;Tom', ""]))
    assert (zoe.line, zoe.values[About.first]["address"]) == (2, '1 rue "Haute" Bât. B')
    assert (tom.line, tom.values[About.first]) == (4, {"last_name": "Ab", "address": '5" x'})


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("0601020304", "06 01 02 03 04"),
        ("06.01.02.03.04", "06 01 02 03 04"),
        ("+33 6 01 02 03 04", "+33601020304"),
        ("601020304", "06 01 02 03 04"),
    ],
)
def test_telephones(cell: str, found: str) -> None:
    assert phone(cell) == found


@pytest.mark.parametrize(("cell", "found"), [("640", 640), ("1 234,50 €", 1234), ("727.6", 728)])
def test_amounts(cell: str, found: int) -> None:
    assert whole(cell) == found


@pytest.mark.parametrize(("cell", "found"), [("1", "1"), ("2", "2"), ("1+2", "1+2"), ("2 et 1", "1+2"), ("1/2", "1+2")])
def test_custody(cell: str, found: str) -> None:
    assert custody(cell) == found


@pytest.mark.parametrize("read_cell", [day, phone, whole, custody])
@given(cell=st.text())
def test_any_cell_is_read_or_refused(read_cell: object, cell: str) -> None:
    try:
        read_cell(cell)  # type: ignore[operator]
    except CellFault as fault:
        assert str(fault)


@given(st.binary())
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for given_bytes in raw, b"dossier;resp1_nom;enfant_prenom\n" + raw:
        try:
            assert all(isinstance(row, Row) for row in read(given_bytes))
        except FileFault as fault:
            assert str(fault)


def test_the_page_names_every_column_and_no_other() -> None:
    told = re.findall(r"^\| `(\w+)` \| (.+) \|$", DOCS.read_text("utf-8"), re.M)
    assert told == [(column.heading, column.told) for column in COLUMNS]
