"""A browser without scripts: cookies, links, forms filled in as a person would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aiohttp
from multidict import CIMultiDictProxy
from selectolax.lexbor import LexborHTMLParser, LexborNode
from yarl import URL

from hub.config import Config
from hub.web.cookies import session_name
from tests.cast import PASSWORD

File = tuple[str, bytes]  # name, content


@dataclass(frozen=True)
class Page:
    """What came back, after redirects. `url`: path and query of where it ended."""

    status: int
    url: str
    html: str
    headers: CIMultiDictProxy[str]
    redirects: tuple[int, ...]

    @property
    def text(self) -> str:
        """What is read in the main part, blanks folded."""
        main = self.all("main") or self.all("body")
        return " ".join(main[0].text(separator=" ").split()).replace("\N{NO-BREAK SPACE}", " ") if main else ""

    @property
    def title(self) -> str:
        return " ".join(self.all("h1")[0].text().split())

    def all(self, selector: str) -> list[LexborNode]:
        html = self.html.replace("<wbr>", "")  # where a word may be cut is not read
        return LexborHTMLParser(html).css(selector)

    def texts(self, selector: str) -> list[str]:
        return [" ".join(node.text(separator=" ").split()) for node in self.all(selector)]

    def value(self, name: str) -> str:
        """What stands in the field of that name."""
        return _fields(self.all(f"[name={name}]"))[name]

    def form(self, action: str) -> dict[str, str]:
        """The fields of the form that posts to `action`, as a browser would send them untouched."""
        forms = [form for form in self.all("form") if form.attributes.get("action") == action]
        assert forms, f"no form for {action} on {self.url}: {self.text[:200]}"
        return _fields(forms[0].css("input, select, textarea"))


class Browser:
    """One person's browser."""

    def __init__(self, base: str, proxied_for: str = "") -> None:
        self._base = base
        headers = {"X-Forwarded-For": proxied_for} if proxied_for else {}
        self.http = aiohttp.ClientSession(base, cookie_jar=aiohttp.CookieJar(unsafe=True), headers=headers)

    async def close(self) -> None:
        await self.http.close()

    async def get(self, url: str, **kwargs: object) -> Page:
        async with self.http.get(url, **kwargs) as answer:  # type: ignore[arg-type]
            return await _page(answer)

    async def post(self, url: str, data: object = None, **kwargs: object) -> Page:
        async with self.http.post(url, data=data, **kwargs) as answer:  # type: ignore[arg-type]
            return await _page(answer)

    async def press(self, page: Page, action: str, **changes: str) -> Page:
        """Send a form that carries no files, with `changes`."""
        return await self.post(action, page.form(action) | changes)

    async def send(self, page: Page, action: str, files: Sequence[File] = (), to: str = "", **changes: str) -> Page:
        """Send a form that may carry files: multipart, the fields first, as every browser does."""
        return await self.post(to or action, multipart(page.form(action) | changes, files))

    def at(self, path: str) -> str:
        """The whole address of a page."""
        return self._base.rstrip("/") + path

    def carry(self, config: Config, session: str) -> None:
        """As one who has logged in before: with the cookie of a session."""
        self.http.cookie_jar.update_cookies({session_name(config): session}, URL(self._base))

    async def login(self, name: str, password: str = PASSWORD, **more: str) -> Page:
        page = await self.get("/connexion")
        return await self.press(page, "/connexion", identifiant=name, mot_de_passe=password, **more)


def multipart(fields: Mapping[str, str], files: Sequence[File] = ()) -> aiohttp.FormData:
    """A body as a browser writes it."""
    data = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
    for name, value in fields.items():
        data.add_field(name, value)
    for filename, content in files:
        data.add_field("piece", content, filename=filename, content_type="application/octet-stream")
    return data


async def _page(answer: aiohttp.ClientResponse) -> Page:
    html = (await answer.read()).decode("utf-8", "replace")
    redirects = tuple(before.status for before in answer.history)
    return Page(answer.status, answer.url.raw_path_qs, html, answer.headers, redirects)


def _fields(nodes: Sequence[LexborNode]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for node in nodes:
        name, kind = node.attributes.get("name"), node.attributes.get("type")
        if not name or kind == "file":
            continue
        if kind in ("radio", "checkbox") and "checked" not in node.attributes:
            continue
        if node.tag == "select":
            chosen = node.css("option[selected]") or node.css("option")
            fields[name] = chosen[0].attributes.get("value") or ""
        elif node.tag == "textarea":
            fields[name] = node.text()
        else:
            fields[name] = node.attributes.get("value") or ""
    return fields
