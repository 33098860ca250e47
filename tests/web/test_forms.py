"""What is no form of ours, and requests that no browser would make: always an answer, never a failure."""

import asyncio
from urllib.parse import urlsplit

import pytest
from yarl import URL

from hub.mailbox.models import Attachment, Draft, Entry, Message
from tests.cast import Town
from tests.web.browser import Browser, multipart
from tests.web.conftest import Arrive
from tests.web.test_writing import NEW, filled


async def test_a_form_without_its_token_does_nothing(town: Town, marie: Browser) -> None:
    thread = (await town.write("Bonjour")).thread_id
    _, fields = await filled(town, marie)
    bare = {name: value for name, value in fields.items() if name not in ("csrf", "envoi")}
    for url, form in (
        (NEW, bare),
        (NEW, bare | {"csrf": "a" * 20}),
        ("/messagerie/brouillon", bare),
        (f"/messagerie/{thread}/repondre", bare),
        (f"/messagerie/{thread}/supprimer", {}),
        (f"/messagerie/{thread}/restaurer", {"csrf": ""}),
        ("/deconnexion", {}),
        ("/connexion", {"identifiant": "lmartin", "mot_de_passe": "Tilleul-2026"}),
    ):
        page = await marie.post(url, form)
        assert page.status == 403, url
    assert await Message.all().count() == 1 and not await Draft.exists()
    assert not await Entry.filter(deleted_at__isnull=False).exists()
    assert (await marie.get("/")).url == "/"


async def test_the_token_of_another_session_is_none(town: Town, marie: Browser, lea: Browser) -> None:
    _, fields = await filled(town, lea)
    page = await marie.post(NEW, multipart(fields))
    assert page.status == 403 and not await Message.exists()


async def test_no_file_is_stored_before_the_form_has_proved_genuine(town: Town, marie: Browser) -> None:
    page = await marie.post(NEW, multipart({"csrf": "faux"}, [("a.pdf", b"%PDF-1.7")]))
    assert page.status == 403
    assert not await Draft.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://pirate.test"},
        {"Origin": "null"},
        {"Origin": "http://[pirate"},
    ],
)
async def test_a_form_from_another_site_is_refused_even_with_a_token(
    town: Town, marie: Browser, headers: dict[str, str]
) -> None:
    _, fields = await filled(town, marie)
    page = await marie.post(NEW, multipart(fields), headers=headers)
    assert page.status == 403 and not await Message.exists()


@pytest.mark.parametrize("own", [True, False], ids=["address", "setting"])
async def test_our_own_origin_is_known_by_address_and_by_setting(
    town: Town, marie: Browser, door: str, own: bool
) -> None:
    _, fields = await filled(town, marie)
    origin = door.rstrip("/") if own else "http://hub.test"
    page = await marie.post(NEW, multipart(fields), headers={"Origin": origin, "Sec-Fetch-Site": "same-origin"})
    assert page.status == 200
    assert (await marie.post(NEW, multipart(fields), headers={"Origin": origin})).status == 200


async def test_bytes_that_are_no_text_are_taken_for_what_they_may_be(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie)
    token = f"csrf={fields['csrf']}&envoi={fields['envoi']}"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for raw in (b"&objet=%FF%FE&message=\xff\xfe%00%ED%A0%80&service=%00", b"&&&=&%&objet=%zz&message=a%00b"):
        page = await marie.post(NEW, token.encode() + raw, headers=headers)
        assert page.status == 422
        assert "\0" not in (await Draft.get()).text


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 415),
        ("text/plain", 415),
        ("multipart/form-data", 403),
        ("multipart/form-data; boundary=", 403),
        ("multipart/form-data; boundary=" + "x" * 300, 403),
        ("multipart/form-data; boundary=\u00e9", 403),
        ("multipart/mixed; boundary=a", 415),
    ],
)
async def test_bodies_of_another_kind_are_refused(marie: Browser, kind: str, status: int) -> None:
    page = await marie.post(NEW, b"--a\r\n{}", headers={"Content-Type": kind})
    assert page.status == status and page.title


@pytest.mark.parametrize(
    "body",
    [
        b"--a",
        b"--a\r\n",
        b"--a\r\nContent-Disposition: form-data; name=csrf\r\n\r\n",
        b"--a\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"--a\r\n" + b"X" * 100_000,
        b"--a--\r\n",
        b"\r\n" * 1000,
        b"--a\r\nContent-Disposition: form-data\r\n\r\nx\r\n--a--",
    ],
)
async def test_damaged_multipart_is_refused(marie: Browser, body: bytes) -> None:
    page = await marie.post(NEW, body, headers={"Content-Type": "multipart/form-data; boundary=a"})
    assert page.status == 403


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/nulle-part", 404),
        ("/messagerie/0", 404),
        ("/messagerie/999999999999999999", 404),
        ("/messagerie/" + "9" * 30, 404),
        ("/messagerie/-1", 404),
        ("/messagerie/1%00", 404),
        ("/messagerie/%FF", 404),
        ("/messagerie/1/pieces/1", 404),
        ("/messagerie/1/envoye", 404),
        ("/messagerie/../../etc/passwd", 404),
        ("/static/x/../server.py", 404),
        ("/static/x/%2e%2e%2fserver.py", 404),
        ("/static/x/app.css%00", 404),
        ("/fichier/1-2-3", 404),
        ("/fichier/%C2%B2-%C2%B2-x", 404),
        ("/courriel/" + "x" * 43, 404),
        ("/messagerie?avant=1e400-1", 200),
        ("/messagerie?avant=99999999999.000000-999999999999999999", 200),
        ("/messagerie?avant=%00", 200),
        ("/messagerie?supprime=" + "9" * 40, 200),
        ("/messagerie?supprime=%C2%B2", 200),
        ("/messagerie/recherche", 200),
        ("/messagerie/recherche?q=%00%FF'%22*:()|%26", 200),
        ("/messagerie/recherche?q=" + "a" * 5000, 200),
        ("/messagerie/nouveau?brouillon=%00%FF", 404),
        ("/messagerie/nouveau?brouillon=" + "x" * 3000, 404),
        ("/messagerie/nouveau?service=%00", 200),
        ("/connexion?suite=" + "%2F" * 2000, 200),
    ],
)
async def test_odd_addresses_get_a_page(marie: Browser, url: str, status: int) -> None:
    async with marie.http.get(URL(str(marie.http._base_url).rstrip("/") + url, encoded=True)) as answer:
        assert answer.status == status
        assert "<h1>" in await answer.text() or "<h1 " in await answer.text()


@pytest.mark.parametrize(
    ("url", "method", "status"),
    [
        ("/", "POST", 405),
        ("/messagerie/nouveau", "PUT", 405),
        ("/messagerie/nouveau", "DELETE", 405),
        ("/messagerie/1/supprimer", "GET", 405),
        ("/deconnexion", "GET", 405),
        ("/messagerie", "OPTIONS", 405),
        ("/messagerie", "HEAD", 200),
        ("/nulle-part", "HEAD", 404),
    ],
)
async def test_methods(marie: Browser, url: str, method: str, status: int) -> None:
    async with marie.http.request(method, url) as answer:
        assert answer.status == status
        assert ("Allow" in answer.headers) == (status == 405)


async def test_a_cookie_that_is_no_cookie_of_ours_is_nobodys(door: str) -> None:
    url = urlsplit(door)
    for value in (b"\xff\xfe", b"a" * 43, b"../../x", b"'; DROP TABLE session; --", b"\xc3\xa9" * 43):
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        writer.write(b"GET /messagerie HTTP/1.0\r\nCookie: session=" + value + b"\r\n\r\n")
        status = (await reader.read()).split(b"\r\n")[0]
        writer.close()
        assert status.split()[1] == b"303"


async def test_a_very_long_address_is_refused_politely(marie: Browser) -> None:
    async with marie.http.get("/messagerie/recherche?q=" + "a" * 20_000) as answer:
        assert answer.status in (400, 414)


async def test_every_answer_carries_the_headers_that_keep_it_to_itself(town: Town, marie: Browser) -> None:
    for url in ("/", "/messagerie", "/nulle-part", "/connexion", "/mentions-legales"):
        async with marie.http.get(url, allow_redirects=False) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "same-origin"
            assert answer.headers["Cache-Control"] == "no-store"
            assert "Server" not in answer.headers


async def test_our_own_failure_has_a_number_and_tells_nothing_else(
    town: Town, marie: Browser, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await town.hub.core.db.execute("ALTER TABLE entry RENAME TO entry_away")
    page = await marie.get("/messagerie")
    await town.hub.core.db.execute("ALTER TABLE entry_away RENAME TO entry")
    assert page.status == 503 and "entry" not in page.html
    incident = page.text.split("Référence à donner à la mairie : ")[1].split()[0]
    assert incident in capsys.readouterr().out


async def test_the_log_holds_no_secret(town: Town, anyone: Arrive, capsys: pytest.CaptureFixture[str]) -> None:
    browser = await anyone()
    await browser.login("mdurand", "mot-de-passe-secret")
    for url in ("/courriel/jeton-secret", "/fichier/jeton-secret", "/messagerie/nouveau?brouillon=jeton-secret"):
        await browser.get(url)
    assert "secret" not in capsys.readouterr().out


async def test_static_files_are_kept_for_ever_under_their_version(anyone: Arrive) -> None:
    browser = await anyone()
    page = await browser.get("/connexion")
    (style, *_) = [str(link.attributes["href"]) for link in page.all("link[rel=stylesheet]")]
    async with browser.http.get(style) as answer:
        assert "immutable" in answer.headers["Cache-Control"] and answer.content_type == "text/css"
        assert answer.headers["Content-Encoding"] == "gzip"
        etag = answer.headers["ETag"]
    async with browser.http.get(style, headers={"If-None-Match": etag}) as answer:
        assert answer.status == 304
    old = "/static/0123456789abcdef/" + style.rpartition("/")[2]
    async with browser.http.get(old, headers={"Accept-Encoding": "identity"}) as answer:
        assert answer.status == 200 and "no-cache" in answer.headers["Cache-Control"]
        assert "Content-Encoding" not in answer.headers


async def test_many_requests_at_once_are_all_answered(marie: Browser) -> None:
    async def get() -> int:
        async with marie.http.get("/messagerie") as answer:
            return answer.status

    assert await asyncio.gather(*(get() for _ in range(50))) == [200] * 50


async def test_chunked_bodies_are_read_too(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie)
    form = multipart(fields, [("a.pdf", b"%PDF-1.7")])
    async with marie.http.post(NEW, data=form, chunked=True, allow_redirects=False) as answer:
        assert answer.request_info.headers["Transfer-Encoding"] == "chunked"
        assert answer.status == 303
    assert await Attachment.filter(filename="a.pdf").exists()
