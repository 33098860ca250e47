"""Templates into pages: one environment for the whole life of the application, everything escaped."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.utils import urlize
from markupsafe import Markup, escape

from hub.core import french
from hub.core.base import Core
from hub.core.resources import templates
from hub.web.folding import FoldingEnvironment
from hub.web.pieces import pieces
from hub.web.statics import Statics

# Wider than what jinja2 makes into links: what holds none of these holds no link. A sign first, letters after it: what
# the engine can look for fast.
_MAYBE_LINK = re.compile(r"[:@.](?:(?<=@)|(?<=:)//|(?<=(?i:www)\.)|(?<=\.)(?i:com|net|int|edu|gov|org|info|mil)\b)")
_CLOSERS = re.compile(r"[)>.,]{30}")  # urlize looks through a run of them once for each; no address has one
_BLANKS = re.compile(r"(\s+)")
_NUMBER = re.compile(r"\+?\d[\d ]*")
_typeset = cache(french.unbroken)  # of our own sentences, which are few
_ICON = Markup('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>')


class Renderer:
    """Writes pages from templates/web, templates/desk and templates/errors."""

    def __init__(self, core: Core, statics: Statics) -> None:
        self._core = core
        self._environment = self._made(statics)

    def html(self, template: str, context: Mapping[str, Any]) -> str:
        """The page `template`; its first comment says what it wants in `context`."""
        return self._environment.get_template(template).render(context)

    def _made(self, statics: Statics) -> FoldingEnvironment:
        environment = FoldingEnvironment(
            loader=FileSystemLoader(templates()),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
        )
        environment.policies["ext.i18n.trimmed"] = True
        environment.install_gettext_callables(  # type: ignore[attr-defined]
            _typeset, lambda one, many, count: _typeset(one if count == 1 else many), newstyle=True
        )
        environment.typeset = french.unbroken
        environment.constant = {
            "static": statics.url,
            "icon": cache(partial(icon, statics)),
            "_": lambda text: Markup(_typeset(text % {})),  # noqa: S704 (our own words, escaped where they are written)
        }
        environment.globals |= {
            "static": statics.url,
            "icon": environment.constant["icon"],
            "limits": self._core.config.limits,
            "town": self._core.config.town,
            "written": lambda: int(self._core.clock.now().timestamp()),
        }
        environment.filters |= self._filters()
        environment.globals |= pieces(environment)
        return environment

    def _filters(self) -> dict[str, Callable[..., Any]]:
        zone, clock = self._core.config.town.tz, self._core.clock
        return {
            "brief": lambda at: french.brief(at, clock.now(), zone),
            "date": lambda at: french.date(at, clock.now(), zone),
            "moment": lambda at: french.moment(at, clock.now(), zone),
            "initials": french.initials,
            "size": french.size,
            "euros": french.euros,
            "whole_date": french.whole_date,
            "links": links,
            "unbroken": french.unbroken,
            "whole": whole,
            "iso": iso,
        }


def icon(statics: Statics, name: str) -> Markup:
    """A decorative icon of icons.svg: the word beside it carries the meaning."""
    return _ICON.format(statics.url("icons.svg"), name)


def links(text: str) -> Markup:
    """`text` with its web and mail addresses as links. Most texts hold none, which is told a hundred times faster."""
    if not _MAYBE_LINK.search(text):
        return escape(text)
    if _CLOSERS.search(text):
        words = _BLANKS.split(text)
        return Markup("").join(escape(word) if _CLOSERS.search(word) else links(word) for word in words)
    return Markup(urlize(text, 60, rel="nofollow noreferrer noopener", target="_blank"))  # noqa: S704 (it escapes)


def whole(value: str) -> Markup:
    """A telephone number that no end of line cuts; an e-mail address that a narrow place cuts after its @."""
    if _NUMBER.fullmatch(value):
        return escape(value.replace(" ", french.BLANK))
    return Markup("@<wbr>").join(value.split("@"))


def iso(at: datetime) -> str:
    """For `<time datetime>`: UTC, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds")
