"""Nothing in a town's file passes unread: every setting, misspelt or with a value that it cannot have, is refused with
its line and what was expected. A new setting is walked over by itself; one that takes words says here which."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

import msgspec
import pytest

from hub.config import Config, ConfigError, parse


@dataclass(frozen=True)
class Setting:
    """One key. `path`: of its section, with [[ ]] where there may be several; `needs`: what else its table must say."""

    path: tuple[tuple[str, bool], ...]
    name: str
    kind: Any
    needs: tuple[tuple[str, Any], ...]

    @property
    def said(self) -> str:
        """As errors name it."""
        parents = [f"{name}[1]" if many else name for name, many in self.path]
        return ".".join([*parents, self.name])

    @property
    def plain(self) -> str:
        return ".".join([*(name for name, _ in self.path), self.name])

    def told(self, key: str, value: Any, also: str = "") -> tuple[str, int]:
        """A town's file in which only this is said, and the line on which it stands."""
        lines = list(self._tables())
        lines += [f"{name} = {toml(given)}" for name, given in self.needs if name != key]
        lines.append(f"{key} = {toml(value)}")
        return "\n".join([*lines, also]), len(lines)

    def _tables(self) -> Iterator[str]:
        """The headers that lead there, and what each of them must say."""
        kind: type[msgspec.Struct] = Config
        for depth, (name, many) in enumerate(self.path, 1):
            where = ".".join(part for part, _ in self.path[:depth])
            kind = next(field.type for field in msgspec.structs.fields(kind) if field.name == name)
            kind = get_args(kind)[0] if many else kind
            if many or depth == len(self.path):
                yield f"[[{where}]]" if many else f"[{where}]"
            if depth < len(self.path):
                deeper = self.path[depth][0]
                yield from (f"{key} = {toml(value)}" for key, value in needed(kind) if key != deeper)


def toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def needed(kind: type[msgspec.Struct]) -> tuple[tuple[str, Any], ...]:
    """What a table of this kind must say, said well."""
    required = [field for field in msgspec.structs.fields(kind) if field.required]
    return tuple((field.name, GOOD.get(field.name, right(field.type))) for field in required)


GOOD = {"email": "nora@ville.test", "slug": "a", "theme": "x", "file": "a.pdf"}


def right(kind: Any) -> Any:
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    return [] if get_origin(kind) is tuple else "x"


def settings(kind: type[msgspec.Struct] = Config, path: tuple[tuple[str, bool], ...] = ()) -> Iterator[Setting]:
    """Every one that there is, sections among them."""
    for field in msgspec.structs.fields(kind):
        yield Setting(path, field.name, bare(field.type), needed(kind))
        inner = get_args(field.type)[0] if get_origin(field.type) is tuple else field.type
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            yield from settings(inner, (*path, (field.name, inner is not field.type)))


def bare(kind: Any) -> Any:
    """Without the None beside it, and without what bounds it."""
    return get_args(kind)[0] if get_origin(kind) is types.UnionType else kind


EVERY = list(settings())
IDS = [setting.plain for setting in EVERY]


@pytest.mark.parametrize("setting", EVERY, ids=IDS)
def test_a_key_that_is_misspelt_is_refused_with_its_line_and_the_right_one(setting: Setting) -> None:
    text, line = setting.told(f"{setting.name}z", "x")
    said = refused(text)
    assert f"config.toml:{line} : {setting.said}z : réglage inconnu ; " in said, said
    assert f"« {setting.name} »" in said, said


@pytest.mark.parametrize("setting", EVERY, ids=IDS)
def test_a_value_of_another_kind_is_refused_with_its_line_and_what_was_expected(setting: Setting) -> None:
    if setting.plain == "preset":
        return  # has its own words, below
    for value in wrong(setting.kind):
        text, line = setting.told(setting.name, value)
        item = "[1]" if isinstance(value, list) else ""
        place = f"config.toml:{line} : {setting.said}{item} : attendu "
        assert place in refused(text), (value, refused(text))


def wrong(kind: Any) -> list[Any]:
    """Values that no setting of this kind has."""
    if get_origin(kind) is tuple:
        inner = wrong(get_args(kind)[0])
        return [3, *([value] for value in inner if not isinstance(value, list))]
    if get_origin(kind) is Literal:
        return ["n’existe pas", 3]
    told = msgspec.inspect.type_info(kind)
    if isinstance(told, msgspec.inspect.IntType | msgspec.inspect.FloatType):
        bounds = [told.ge - 1] if told.ge is not None else []
        bounds += [told.le + 1] if told.le is not None else []
        assert bounds, "a number without a bound: may it be less than nothing?"
        return ["3", *bounds]
    return [3] if isinstance(told, msgspec.inspect.StrType) else ["oui", 3]


# Words that the town writes: any will do, or only whoever uses them can tell (hub check tries them).
FREE = frozenset(
    (
        *("town.name", "town.address", "town.phone", "web.host"),
        *("storage.region", "storage.access_key", "storage.secret_key", "security.secret_file"),
        *("home.folder", "home.news.title", "home.news.text", "home.downloads.title"),
        *("home.tiles.title", "home.tiles.links.label", "documents.slug", "documents.name", "documents.hint"),
        *("legal.director", "legal.host", "legal.dpo", "legal.keeping", "legal.contact"),
        *("mail.authserv_ids", "mail.dkim_selector", "mail.lmtp.host"),
        *("mail.smtp.host", "mail.smtp.user", "mail.smtp.ca_file", "mail.smtp.hello"),
        *(f"mail.imap.{key}" for key in ("name", "host", "user", "password", "ca_file", "folder")),
        *("services.name", "services.description", "services.phone", "services.address", "services.delay"),
        *("services.agents.name", "services.delegates.name", "services.answers.name", "services.answers.text"),
        *("services.themes.name", "services.themes.silence", "acknowledgement.silence"),
    )
)
# Words that name something, or have a form: one that is refused, and what must stand beside it.
NAMES: dict[str, tuple[Any, str]] = {
    "preset": ("paris", ""),
    "town.colour": ("bleu", ""),
    "town.logo": ("logo.png", ""),
    "town.site": ("ville.fr", ""),
    "town.zone": ("Europe/Lutece", ""),
    "web.url": ("famille.ville.fr", ""),
    "web.trusted_proxies": (["nginx"], ""),
    "database.url": ("mysql://h/hub", ""),
    "storage.url": ("ftp://x", ""),
    "storage.endpoint": ("s3.fr", ""),
    "security.administrators": (["nora"], ""),
    "registration.terms": ("x", ""),
    "registration.terms_version": ("1", ""),
    "registration.service": ("nulle-part", ""),
    "registration.invoice_pattern": ("(", ""),
    "entrance.after_logout": ("ville.fr", ""),
    "dossier.service": ("nulle-part", ""),
    "dossier.themes.theme": ("y", '[[services]]\nslug = "a"\nname = "A"\nthemes = [{ name = "x" }]'),
    "home.news.link": ("ville.fr", ""),
    "home.news.picture": ("a.svg", ""),
    "home.news.alt": ("Un arbre", ""),
    "home.downloads.file": ("../a.pdf", ""),
    "mail.domain": ("@ville.fr", ""),
    "mail.sender": ("ville", ""),
    "mail.reply_local": ("é", ""),
    "mail.reply_domain": ("a@b.fr", ""),
    "mail.bounce_local": ("é", ""),
    "mail.smtp.password": ("x", ""),
    "mail.imap.done_folder": ("INBOX", 'after = "move"'),
    "services.slug": ("É", ""),
    "services.email": ("ecole", ""),
    "services.shared": ("ecole", ""),
    "services.agents.email": ("nora", ""),
    "services.agents.aliases": (["nora"], ""),
    "services.delegates.email": ("nora", ""),
    "services.delegates.aliases": (["nora"], ""),
    "documents.service": ("nulle-part", ""),
}


def test_every_setting_that_takes_words_says_here_which_it_refuses() -> None:
    words = {setting.plain for setting in EVERY if setting.kind is str or setting.kind == tuple[str, ...]}
    assert words == FREE | set(NAMES) and not FREE & set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_names_nothing_is_refused_with_its_line(name: str) -> None:
    setting = next(setting for setting in EVERY if setting.plain == name)
    value, also = NAMES[name]
    text, line = setting.told(setting.name, value, also)
    first, second = f"config.toml:{line} : {setting.said} : ", f"({setting.said} : config.toml:{line})"
    assert first in refused(text) or second in refused(text), refused(text)


@pytest.mark.parametrize("setting", EVERY, ids=IDS)
def test_the_tables_of_this_test_are_right_but_for_what_it_breaks(setting: Setting) -> None:
    """Else a refusal might be of something else."""
    text, _ = setting.told(f"{setting.name}z", "x")
    assert len(refused(text).splitlines()) == 1


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as error:
        parse(text)
    return str(error.value)
