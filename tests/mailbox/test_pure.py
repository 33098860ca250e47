"""Pure parts of the mailbox: words, names of files, what files are, what was written."""

from __future__ import annotations

import tracemalloc
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.config import Limits
from hub.mailbox.sniff import HEAD, UNKNOWN, content_type, safe_name
from hub.mailbox.trust import Proof, Token, Told, ruling
from hub.mailbox.words import Stems
from hub.mailbox.writing import checked_subject, one_line, paragraphs, snippet

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.mark.parametrize(
    ("head", "name", "found"),
    [
        (PNG, "photo.jpg", "image/png"),
        (b"\xff\xd8\xff\xe0", "x", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "x.webp", "image/webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", "x.webp", UNKNOWN),
        (b"\0\0\0\x18ftypheic\0\0", "IMG_1.HEIC", "image/heic"),
        (b"%PDF-1.7\n", "x.pdf", "application/pdf"),
        (b"PK\x03\x04", "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"PK\x03\x04", "a.exe", "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.doc", "application/msword"),
        (b"<html><script>alert(1)</script>", "photo.png", "text/plain"),
        (b"<?xml version='1.0'?><svg onload='x'/>", "photo.svg", "text/plain"),
        (b"MZ\x90\0", "facture.pdf", UNKNOWN),
        (b"", "vide.txt", "text/plain"),
        ("é".encode() * 300, "x.txt", "text/plain"),
        (b"caf\xe9 latin", "x.txt", UNKNOWN),
    ],
)
def test_a_type_is_what_the_bytes_prove(head: bytes, name: str, found: str) -> None:
    assert content_type(head[:HEAD], name) == found


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("Réservation été.pdf", "Réservation été.pdf"),
        ("C:\\Users\\Marie\\photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ('a"b\r\nSet-Cookie: x.pdf', "a_b_Set-Cookie_ x.pdf"),
        ("", "fichier"),
        ("...", "fichier"),
        ("<script>.png", "_script_.png"),
        ("fdp\u202egpj.exe", "fdpgpj.exe"),
    ],
)
def test_a_name_is_safe_to_show_and_to_save(given_name: str, safe: str) -> None:
    assert safe_name(given_name) == safe


@given(st.text(max_size=400))
def test_any_name_becomes_a_sane_one(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe) <= 150
    assert not set(safe) & set('/\\\0\r\n"<>')
    assert safe_name(safe) == safe


@given(st.text(max_size=400))
def test_one_line_is_one_line(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1 and line == line.strip()


def test_one_line_reads_as_it_is_written() -> None:
    assert one_line("devis \u202efdp.exe\u202c") == "devis fdp.exe"
    assert one_line(" \u200b\u200d\ufeff") == ""
    assert one_line("مرحبا\u200f 👩\u200d👧") == "مرحبا\u200f 👩\u200d👧"


@given(st.text(max_size=400))
def test_paragraphs_are_stable_and_hold_no_controls(text: str) -> None:
    clean = paragraphs(text)
    assert paragraphs(clean) == clean
    assert not any(ord(c) < 32 and c not in "\n\t" for c in clean)


@given(st.text(max_size=2000))
def test_a_snippet_is_short(text: str) -> None:
    assert len(snippet(text)) <= 140


@given(st.text(max_size=2000))
def test_stems_hold_only_letters_and_digits(text: str) -> None:
    stems = Stems()
    assert all(word.isalnum() or not word for word in stems.index(text).split(" "))
    for stem, word in stems.query(text):
        assert "'" not in stem + word and '"' not in stem + word


def test_a_limit_is_said_with_the_figure() -> None:
    _, errors = checked_subject("x" * 151, Limits())
    assert "151" in errors["objet"] and "150" in errors["objet"]


@pytest.mark.parametrize(
    ("token", "claimed", "proof", "opens"), list(product(Token, (True, False), Proof, (True, False)))
)
def test_nothing_is_posted_on_the_word_of_two_witnesses_and_nobody_hears_of_one(
    token: Token, claimed: bool, proof: Proof, opens: bool
) -> None:
    """What nobody checked is no witness, but does not speak against one either: whoever may have written is asked."""
    found = ruling(token, claimed, proof, opens)
    witnesses = [token is Token.valid, claimed, proof is Proof.passed]
    if found is None:
        assert all(witnesses) or (opens and token is Token.none and witnesses[1:] == [True, True])
    elif found.told is Told.owner:
        assert sum(witnesses) == 2 or (claimed and proof is Proof.unknown)
    elif found.told is Told.sender:
        assert proof is Proof.passed and not claimed and token is Token.none
    else:
        assert sum(witnesses) < 2


def test_an_endless_word_is_not_remembered_whole() -> None:
    stems = Stems()
    tracemalloc.start()
    try:
        for number in range(20):
            stems.index(f"{number}" + "x" * 1_000_000)
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()
