"""Files on their way out: for those in the thread, never as anything a browser would run."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.mailbox.models import Attachment
from hub.web.downloads import disposition
from tests.cast import Town
from tests.web.browser import Browser, multipart
from tests.web.conftest import Arrive
from tests.web.test_writing import NEW, filled

PNG = b"\x89PNG\r\n\x1a\n" + bytes(5000)


async def sent(town: Town, browser: Browser, name: str, content: bytes) -> str:
    """The address of a file that was sent in a message."""
    _, fields = await filled(town, browser)
    await browser.post(NEW, multipart(fields, [(name, content)]))
    file = await Attachment.get(filename=name).prefetch_related("message")
    return f"/messagerie/{file.message.thread_id}/pieces/{file.id}"


async def test_a_download_is_the_very_file(town: Town, marie: Browser) -> None:
    content = b"%PDF-1.7 " + bytes(range(256)) * 5000
    url = await sent(town, marie, "Reçu n° 1 « été ».pdf", content)
    async with marie.http.get(url) as answer:
        assert await answer.read() == content
        assert answer.headers["Content-Length"] == str(len(content))
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"] == (
            'attachment; filename="Recu n 1  ete .pdf"; '
            "filename*=UTF-8''Re%C3%A7u%20n%C2%B0%201%20%C2%AB%20%C3%A9t%C3%A9%20%C2%BB.pdf"
        )
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "private" in answer.headers["Cache-Control"]
    async with marie.http.head(url) as answer:
        assert answer.headers["Content-Length"] == str(len(content)) and await answer.read() == b""


@pytest.mark.parametrize(
    ("name", "content", "kind", "how"),
    [
        ("photo.png", PNG, "image/png", "inline"),
        ("photo.jpg", b"<script>alert(1)</script>", "text/plain", "attachment"),
        ("page.html", b"<html><script>alert(1)</script>", "text/plain", "attachment"),
        ("dessin.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "text/plain", "attachment"),
        ("image.pdf", b"%PDF-1.7", "application/pdf", "attachment"),
        ("mystere.png", b"\x00\x01\x02\x03", "application/octet-stream", "attachment"),
    ],
)
async def test_only_a_true_picture_is_shown(
    town: Town, marie: Browser, name: str, content: bytes, kind: str, how: str
) -> None:
    url = await sent(town, marie, name, content)
    async with marie.http.get(f"{url}?apercu=1") as answer:
        assert answer.content_type == kind and answer.headers["Content-Disposition"].startswith(how)
    async with marie.http.get(url) as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")
    page = await marie.get(url.rpartition("/pieces")[0])
    assert len(page.all(".picture")) == (how == "inline")


async def test_a_file_set_aside_cannot_be_had(town: Town, marie: Browser) -> None:
    url = await sent(town, marie, "a.pdf", b"%PDF-1.7")
    await Attachment.all().update(aside="trop volumineux")
    assert (await marie.get(url)).status == 404


@pytest.mark.long
async def test_a_lost_blob_is_our_fault_and_said_so(town: Town, marie: Browser) -> None:
    url = await sent(town, marie, "a.pdf", b"%PDF-1.7")
    (Path(town.hub.core.config.storage.url) / (await Attachment.get()).blob).unlink()
    page = await marie.get(url)
    assert page.status == 503 and "Référence" in page.text


async def test_a_signed_link_gives_an_agent_the_file_until_it_expires(
    town: Town, marie: Browser, anyone: Arrive
) -> None:
    await sent(town, marie, "a.pdf", b"%PDF-1.7")
    link = town.hub.filelinks.url((await Attachment.get()).id).removeprefix("http://hub.test")
    agent = await anyone()
    async with agent.http.get(link) as answer:
        assert await answer.read() == b"%PDF-1.7" and answer.headers["Content-Disposition"].startswith("attachment")
    forged = link.replace("/fichier/1-", "/fichier/2-")
    assert (await agent.get(forged)).status == 404
    assert (await agent.get(link[:-1] + ("a" if link[-1] != "a" else "b"))).status == 404
    town.clock.advance(days=200)
    assert (await agent.get(link)).status == 404


@given(st.text(min_size=1, max_size=80).filter(lambda name: name.isprintable()))
def test_no_name_breaks_out_of_the_header(name: str) -> None:
    header = disposition(name, "attachment")
    assert header.isascii() and header.isprintable() and header.count('"') == 2
