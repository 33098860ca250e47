"""Somebody at a real browser: what they do there, and what the browser had to complain of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from playwright.async_api import ConsoleMessage, FilePayload, Locator, Page, expect

from tests.cast import NORA, PASSWORD

NEW = "/messagerie/nouveau"
PERISCOLAIRE, THEME = "Activités périscolaires", "1 - inscription et réservation"


class Size(TypedDict):
    """In CSS pixels."""

    width: int
    height: int


@dataclass(frozen=True)
class Device:
    """What one looks at the portal with."""

    name: str
    width: int
    height: int
    touch: bool = False

    @property
    def size(self) -> Size:
        return {"width": self.width, "height": self.height}


DESKTOP = Device("desktop", 1280, 800)
PHONE = Device("phone", 390, 844, touch=True)
SMALL = Device("small phone", 320, 640, touch=True)


class Visitor:
    """One person, one page. `complaints` gathers whatever the console says, and must stay empty."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self._expected: tuple[str, ...] = ()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._complain(str(error)))

    def expects(self, *complaints: str) -> None:
        """Chromium notes each answer of 400 and more, and each line that breaks: these are part of the story."""
        self._expected += complaints

    async def open(self, path: str) -> None:
        await self.page.goto(path)

    async def login(self, name: str = "mdurand", password: str = PASSWORD) -> None:
        if "/connexion" not in self.page.url:
            await self.open("/connexion")
        await self.page.get_by_label("Nom d'utilisateur").fill(name)
        await self.page.get_by_label("Mot de passe", exact=True).fill(password)
        await self.button("Se connecter").click()
        await expect(self.button("Déconnexion")).to_have_count(1)

    async def log_in_at_desk(self, address: str = NORA, password: str = PASSWORD) -> None:
        await self.open("/bureau/connexion")
        await self.page.get_by_label("Adresse").fill(address)
        await self.page.get_by_label("Mot de passe").fill(password)
        await self.button("Se connecter").click()

    async def fill(self, subject: str, text: str, service: str = PERISCOLAIRE, theme: str = THEME) -> None:
        """The form of Envoyer un message."""
        await self.page.get_by_role("radio", name=service).check()
        await self.page.get_by_label("Thème").select_option(label=theme)
        await self.page.get_by_label("Objet").fill(subject)
        await self.message.fill(text)

    async def choose(self, files: Sequence[FilePayload]) -> None:
        """Files, by the button."""
        async with self.page.expect_file_chooser() as chooser:
            await self.button("Choisir des fichiers").click()
        await (await chooser.value).set_files(list(files))

    async def tab_to(self, target: Locator) -> None:
        """By the keyboard alone."""
        for _ in range(100):
            if await target.evaluate("element => element === document.activeElement"):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"the Tab key never comes to {target}")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name, exact=True)

    @property
    def message(self) -> Locator:
        """Where one writes."""
        return self.page.get_by_label("Message", exact=True)

    @property
    def bubbles(self) -> Locator:
        """What was said in the open conversation."""
        return self.page.locator(".message .text")

    @property
    def badge(self) -> Locator:
        """The unread count beside Messagerie."""
        return self.page.locator(".bar [data-unread]")

    @property
    def rows(self) -> Locator:
        """The conversations in the list."""
        return self.page.locator("tbody .row")

    async def sideways(self) -> int:
        """By how many pixels the page is wider than the screen; on a phone `innerWidth` grows along."""
        found: int = await self.page.evaluate(
            "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.documentElement)"
        )
        return found

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._complain(message.text)

    def _complain(self, said: str) -> None:
        if not any(words in said for words in self._expected):
            self.complaints.append(said)


def paper(name: str, size: int = 40_000) -> FilePayload:
    """A PDF of `size` bytes, as a browser is given it."""
    return {"name": name, "mimeType": "application/pdf", "buffer": b"%PDF-1.7 ".ljust(size, b"x")}
