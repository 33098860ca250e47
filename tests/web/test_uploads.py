"""Files stream in: each limit holds while reading, good files stay, nothing half-stored, whatever breaks off."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest

from hub.config import Config
from hub.mailbox.models import Attachment, Draft, DraftFile, Message
from tests.cast import Town
from tests.full_disk import files_no_larger_than
from tests.web.browser import Browser, File, Page, multipart
from tests.web.test_writing import NEW, filled

LIMIT = 2 * 1024 * 1024
BOUNDARY = "----limite"
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def pdf(size: int, mark: str = "") -> bytes:
    """A file of `size` bytes that looks like a PDF."""
    return (b"%PDF-1.7 " + mark.encode()).ljust(size, b"x")


def stored(town: Town) -> list[Path]:
    """Every file in the blob store, finished or not."""
    folder = Path(town.hub.core.config.storage.url)
    return [path for path in folder.rglob("*") if path.is_file()]


def body(fields: Mapping[str, str], files: Sequence[File], end: bool = True) -> bytes:
    """A multipart body by hand."""
    parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    parts += [f'name="piece"; filename="{name}"\r\n\r\n'.encode() + content for name, content in files]
    lines = b"".join(f"--{BOUNDARY}\r\nContent-Disposition: form-data; ".encode() + part + b"\r\n" for part in parts)
    return lines + (f"--{BOUNDARY}--\r\n".encode() if end else b"")


def typed_back(page: Page, fields: Mapping[str, str]) -> bool:
    """Whether the form holds everything that was typed."""
    back = page.form(NEW)
    return all(back.get(name) == fields[name] for name in ("service", "theme", "objet", "message"))


@contextlib.asynccontextmanager
async def line(browser: Browser, length: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A POST of `length` bytes whose headers are sent; the body is the caller's."""
    url = urlsplit(str(browser.http._base_url))
    cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in browser.http.cookie_jar)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(
        f"POST {NEW} HTTP/1.1\r\nHost: {url.netloc}\r\nCookie: {cookies}\r\nContent-Length: {length}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n".encode()
    )
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_five_files_of_just_two_megabytes_are_sent(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie)
    files = [(f"{i}.pdf", pdf(LIMIT, str(i))) for i in range(5)]
    page = await marie.post(NEW, multipart(fields, files))
    assert page.title == "Votre message est envoyé"
    assert await Attachment.filter(size=LIMIT, content_type="application/pdf").count() == 5
    assert len(stored(town)) == 5


async def test_a_sixth_file_is_refused_and_the_five_stay(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie, confirmation="1")
    page = await marie.post(NEW, multipart(fields, [(f"{i}.pdf", pdf(1000, str(i))) for i in range(6)]))
    assert page.status == 413
    assert "« 5.pdf » n’est pas joint" in page.texts("#erreur-piece")[0]
    assert page.texts(".chosen b") == [f"{i}.pdf" for i in range(5)]
    assert typed_back(page, fields) and page.form(NEW)["confirmation"] == "1"
    assert not await Message.exists() and len(stored(town)) == 5
    page = await marie.send(page, NEW)
    assert page.title == "Votre message est envoyé" and "4.pdf" in page.text


async def test_a_sixth_file_is_refused_in_a_second_try_too(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie, objet="")
    page = await marie.post(NEW, multipart(fields, [(f"{i}.pdf", pdf(1000, str(i))) for i in range(5)]))
    page = await marie.send(page, NEW, [("de trop.pdf", pdf(1000, "de trop"))], objet="Cantine")
    assert page.status == 413 and "5 fichiers" in page.texts("#erreur-piece")[0]
    assert len(page.texts(".chosen b")) == len(stored(town)) == 5


async def test_one_byte_too_many_is_refused_and_its_neighbours_stay(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie)
    files = [("avant.pdf", pdf(1000, "a")), ("gros.pdf", pdf(LIMIT + 1)), ("après.pdf", pdf(1000, "b"))]
    page = await marie.post(NEW, multipart(fields, files))
    assert page.status == 413
    assert "« gros.pdf » dépasse la limite de 2 Mo" in page.text
    assert page.texts(".chosen b") == ["avant.pdf", "après.pdf"]
    assert typed_back(page, fields) and len(stored(town)) == 2


async def test_a_huge_file_is_refused_long_before_its_end(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie)
    start = body(fields, [("petit.pdf", pdf(100)), ("film.mov", pdf(LIMIT + 200_000))], end=False)
    async with line(marie, 500 * 1024 * 1024) as (reader, writer):
        writer.write(start)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 413")
    assert len(stored(town)) == 1
    page = await marie.get(f"{NEW}?brouillon={fields['envoi']}")
    assert typed_back(page, fields) and page.texts(".chosen b") == ["petit.pdf"]


async def test_an_empty_input_is_no_file_and_an_empty_file_is_said(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie)
    page = await marie.post(NEW, multipart(fields | {"objet": ""}, [("", b""), ("", b"")]))
    assert page.status == 422 and not page.all("#erreur-piece")
    page = await marie.post(NEW, multipart(fields, [("vide.pdf", b"")]))
    assert "« vide.pdf » est vide" in page.texts("#erreur-piece")[0]
    assert not stored(town)


async def test_a_bad_file_hides_nothing_else_that_is_wrong(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie, objet="", message="", theme="")
    page = await marie.post(NEW, multipart(fields, [("gros.pdf", pdf(LIMIT + 1))]))
    assert page.status == 413
    assert [error.attributes["id"] for error in page.all("p.error")] == [
        "erreur-theme",
        "erreur-objet",
        "erreur-message",
        "erreur-piece",
    ]


async def test_a_body_cut_before_its_words_blanks_no_draft(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie)
    await marie.post("/messagerie/brouillon", fields)
    whole = body({"csrf": fields["csrf"], "envoi": fields["envoi"], "message": fields["message"]}, [])
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    page = await marie.post(NEW, whole[: whole.index(b"Bonjour") + 3], headers=headers)
    assert page.status == 422
    assert typed_back(await marie.get(f"{NEW}?brouillon={fields['envoi']}"), fields)


async def test_the_same_files_sent_again_are_kept_once(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie, objet="")
    files = [(f"{i}.pdf", pdf(1000, str(i))) for i in range(5)]
    await marie.post(NEW, multipart(fields, files))
    page = await marie.post(NEW, multipart(fields | {"objet": "Cantine"}, files))
    assert page.title == "Votre message est envoyé"
    assert await Attachment.all().count() == len(stored(town)) == 5


@pytest.mark.parametrize("cut", [1, 30, 400_000], ids=["end", "boundary", "file"])
async def test_a_truncated_body_sends_nothing_and_keeps_what_is_whole(town: Town, marie: Browser, cut: int) -> None:
    _, fields = await filled(town, marie)
    whole = body(fields, [("a.pdf", pdf(500_000, "a")), ("b.pdf", pdf(500_000, "b"))], end=cut == 30)
    sent = whole[:-cut]
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    page = await marie.post(NEW, sent, headers=headers)
    assert page.status == 422 and "interrompu" in page.texts("#erreur-piece")[0]
    assert typed_back(page, fields) and not await Message.exists()
    names = page.texts(".chosen b")
    assert "a.pdf" in names and len(stored(town)) == len(names)
    page = await marie.send(page, NEW, [("b.pdf", pdf(500_000, "b"))])
    assert page.title == "Votre message est envoyé" and await Attachment.all().count() == 2


async def test_a_line_that_breaks_leaves_no_half_file(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie)
    whole = body(fields, [("a.pdf", pdf(400_000, "a")), ("b.pdf", pdf(900_000, "b"))])
    async with line(marie, len(whole)) as (_reader, writer):
        writer.write(whole[:-300_000])
        await writer.drain()
    for _ in range(200):
        if await Draft.exists() and (await Draft.get()).text:
            break
        await asyncio.sleep(0.02)
    assert (await Draft.get()).text == fields["message"].replace("\r\n", "\n")
    assert [file.filename for file in await DraftFile.all()] == ["a.pdf"]
    assert len(stored(town)) == 1 and not await Message.exists()


class TestSlow:
    """Somebody who sends one byte and then waits."""

    @pytest.fixture
    def town_settings(self, town_settings: Config) -> Config:
        limits = msgspec.structs.replace(town_settings.limits, upload_seconds=1)
        return msgspec.structs.replace(town_settings, limits=limits)

    @pytest.mark.long
    async def test_is_not_waited_for_for_ever(self, town: Town, marie: Browser) -> None:
        _, fields = await filled(town, marie)
        start = body(fields, [("a.pdf", pdf(1000))], end=False)
        async with line(marie, len(start) + 5000) as (reader, writer):
            writer.write(start)
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 422")
        assert (await Draft.get()).text == fields["message"]


async def test_too_much_text_is_refused_as_a_whole(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie, message="x" * 1_100_000)
    page = await marie.post(NEW, multipart(fields))
    assert page.status == 413 and "trop de texte" in page.text
    page = await marie.post("/messagerie/brouillon", fields)
    assert page.status == 413
    assert not await Draft.exists()


async def test_too_many_fields_are_refused_as_a_whole(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie)
    page = await marie.post(NEW, multipart(fields | {f"champ{i}": "" for i in range(100)}))
    assert page.status == 413
    page = await marie.post("/connexion", {f"champ{i}": "" for i in range(200)})
    assert page.status == 413


@pytest.mark.parametrize(
    ("filename", "shown"),
    [
        ("Été à la mer – photo n°1.png", "Été à la mer – photo n°1.png"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\marie\bulletin.pdf", "bulletin.pdf"),
        ("a\rb\nc.pdf", "a_b_c.pdf"),
        ("fac\u202etxt.exe", "factxt.exe"),
        ("x" * 500 + ".pdf", "x" * 146 + ".pdf"),
        ('guille"mets.pdf', "guille_mets.pdf"),
    ],
)
async def test_file_names_are_made_safe(town: Town, marie: Browser, filename: str, shown: str) -> None:
    _, fields = await filled(town, marie, objet="")
    # browsers escape these three in a name (HTML standard, "multipart/form-data encoding algorithm")
    escaped = filename.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    page = await marie.post(NEW, body(fields, [(escaped, b"contenu")]), headers=headers)
    assert page.texts(".chosen b") == [shown]


@pytest.mark.long
async def test_a_full_disk_is_said_and_leaves_nothing_half_stored(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie)
    files = [("petit.pdf", pdf(1000)), ("gros.pdf", pdf(LIMIT - 10))]
    with files_no_larger_than(LIMIT - 200_000):
        page = await marie.post(NEW, multipart(fields, files))
    assert page.status == 503
    assert "Le portail ne peut pas enregistrer « gros.pdf »" in page.texts("#erreur-piece")[0]
    assert typed_back(page, fields) and page.texts(".chosen b") == ["petit.pdf"]
    assert len(stored(town)) == 1 and not await Message.exists()
    page = await marie.send(page, NEW, files[1:])
    assert page.title == "Votre message est envoyé" and await Attachment.all().count() == 2


@pytest.mark.long
@only_sqlite
async def test_a_disk_that_is_full_when_all_is_written_down_is_said_and_the_form_comes_back(
    town: Town, marie: Browser
) -> None:
    _, fields = await filled(town, marie)
    await marie.post("/messagerie/brouillon", multipart(fields))
    log = Path(town.hub.core.config.database.url.removeprefix("sqlite://") + "-wal")
    with files_no_larger_than(log.stat().st_size):
        page = await marie.post(NEW, multipart(fields))
    assert page.status == 503
    assert "Le portail ne peut pas enregistrer votre message" in page.texts("#erreurs")[0]
    assert typed_back(page, fields) and not await Message.exists()
    assert (await marie.send(page, NEW)).title == "Votre message est envoyé"


@pytest.mark.long
@only_sqlite
async def test_a_full_database_is_said_and_the_form_comes_back(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie, message="Long texte. " * 1600)
    await town.hub.core.db.rows("PRAGMA max_page_count = 1")  # never less than what there is
    page = await marie.post(NEW, multipart(fields))
    assert page.status == 503
    assert "Le portail ne peut pas enregistrer votre message" in page.texts("#erreurs")[0]
    assert typed_back(page, fields)
    await town.hub.core.db.rows("PRAGMA max_page_count = 1000000")
    assert not await Message.exists()
    assert (await marie.send(page, NEW)).title == "Votre message est envoyé"
