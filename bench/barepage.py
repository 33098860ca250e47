"""A page of the hub without the hub: the same rows in the same markup, written by a plain jinja2 template.

What the hub has to find out (who asks, which rows, their dates in words) is in memory here, in dictionaries as a driver
hands rows out; what stands around the rows is one constant. So the limit is jinja2 writing as many bytes with as many
values, and aiohttp sending them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from jinja2 import Environment, Template

from bench.http import Target, connected
from hub.app import Hub
from hub.web.keys import RENDERER
from hub.web.render import Renderer

ROWS = ('<tbody role="rowgroup">', "</tbody>")
ENTRIES = ("<ol data-entries>", "</ol>\n    </div>")
ROW = ("id", "url", "subject", "excerpt", "who", "iso", "brief", "unread", "messages", "files")  # what a bare row shows
QUEUE_ROW = ("subject", "author", "snippet", "service", "messages", "files", "assigned")
QUEUED = ("url", "family", "iso", "brief", "waits", "decides_on")
ENTRY = ("iso", "clock", "moment", "day", "isoday")
ICON = (
    '<svg class="icon" aria-hidden="true" focusable="false"><use href="/static/0123456789abcdef/icons.svg#{}"/></svg>'
)
PAGE = """
{{ before|safe }}
{% for row in rows %}
      <tr role="row" class="row{% if row.unread %} unread{% endif %}" id="fil-{{ row.id }}">
        <td role="cell" class="what">
          <span class="title"><a href="{{ row.url }}">{% if row.unread %}<span class="sr">Non lu : </span>{% endif %}
{{ row.subject }}</a>&nbsp;<span class="count">{{ row.messages }}<span class="sr"> messages</span></span></span>
          <span class="excerpt">{{ row.excerpt }}</span>
        </td>
        <td role="cell" class="who">{{ row.who }}</td>
        <td role="cell" class="when">{% if row.files %}CLIP<span class="sr">avec fichiers, </span>{% endif %}
<time datetime="{{ row.iso }}">{{ row.brief }}</time></td>
      </tr>
{% endfor %}
{{ between|safe }}
{% for entry in entries %}
{% if entry.day %}<li class="day" id="jour-{{ entry.isoday }}">{{ entry.day }}</li>{% endif %}
{% if entry.kind %}
<li class="event" id="e-{{ entry.id }}">SIGN<span>{{ entry.text }} · <time datetime="{{ entry.iso }}">{{ entry.clock }}
</time></span></li>
{% else %}
<li class="message {% if entry.mine %}mine{% else %}theirs{% endif %}" id="m-{{ entry.id }}"
 data-author="{{ entry.author }}">
  <p class="by">{% if entry.mine %}<span class="sr">Vous</span>{% else %}<b>{{ entry.author }}</b>
{% endif %}</p>
  <div class="bubble">
    <div class="text">{{ entry.text }}</div>
    {% if entry.rest %}<details class="fold"><summary>FOLDAfficher le texte cité</summary><div class="text">
{{ entry.rest }}</div></details>{% endif %}
    <p class="at"><time datetime="{{ entry.iso }}" title="{{ entry.moment }}">{{ entry.clock }}</time></p>
  </div>
</li>
{% endif %}
{% endfor %}
{{ after|safe }}
"""


QUEUE_ROWS = ("<tbody>", "</tbody>")
QUEUE_PAGE = """
{{ before|safe }}
{% for row in rows %}
    <tr data-row>
      <td class="who">{{ row.family }}</td>
      <td class="what"><a href="{{ row.url }}">{{ row.subject }}</a>{% if row.messages > 1 %} <small>{{ row.messages }}
</small>{% endif %}{% if row.files %} <small>CLIP<span class="sr">avec des pièces jointes</span></small>{% endif %}<br>
<small>{{ row.author }} : {{ row.snippet }}</small></td>
      <td class="why">{{ row.service }}{% if row.assigned %}<br><small>{{ row.assigned }}</small>{% endif %}</td>
      <td class="when">{% if row.waits %}<span class="state warn">CLOCKà répondre</span> {% endif %}
<time datetime="{{ row.iso }}">{{ row.brief }}</time>{% if row.decides_on %}<br>
<small class="warned">échéance le {{ row.decides_on }}</small>
{% endif %}</td>
    </tr>
{% endfor %}
{{ after|safe }}
"""


class BarePage:
    """One page, told by the hub, then shown without it."""

    def __init__(self, source: str = PAGE) -> None:
        for place, name in (("CLIP", "clip"), ("SIGN", "delivered"), ("FOLD", "next"), ("CLOCK", "clock")):
            source = source.replace(place, ICON.format(name))
        self._template: Template = Environment(autoescape=True, trim_blocks=True).from_string(source)
        self._shown: dict[str, Any] = {}

    async def show(self, request: web.Request) -> web.Response:
        """A bare handler."""
        return web.Response(text=self.written(), content_type="text/html")

    def written(self) -> str:
        """The page."""
        return self._template.render(self._shown)

    async def learn(self, town: Hub, path: str, session: str) -> str:
        """Look over the shoulder of the hub while it answers a visitor; the page it gave."""
        spies: list[_Spy] = []

        def spy(app: web.Application) -> None:
            spies.append(_Spy(app[RENDERER]))
            app[RENDERER] = spies[0]

        async with town.serving(spy) as port, connected(port) as browser:
            page = (await browser.get(Target(path, session))).decode()
        self._shown = (prepared if "listing" in spies[0].seen else queued)(page, spies[0].seen)
        return page


class _Spy(Renderer):
    """A renderer that remembers what it was given."""

    def __init__(self, real: Renderer) -> None:
        self._real = real
        self.seen: Mapping[str, Any] = {}

    def html(self, template: str, context: Mapping[str, Any]) -> str:
        self.seen = dict(context)
        return self._real.html(template, context)


def prepared(page: str, context: Mapping[str, Any]) -> dict[str, Any]:
    """What the bare template takes: rows as dictionaries, and the constants around them."""
    before, rest = _cut(page, *ROWS)
    between, after = _cut(rest, *ENTRIES) if "entries" in context else (rest, "")
    rows = [_told(row, ROW) for row in context["listing"]["rows"]]
    entries = [shown.what._asdict() | _told(shown, ENTRY) for shown in context.get("entries", ())]
    return {"before": before, "between": between, "after": after, "rows": rows, "entries": entries}


def queued(page: str, context: Mapping[str, Any]) -> dict[str, Any]:
    """The same for a queue of the desk."""
    before, after = _cut(page, *QUEUE_ROWS)
    rows = [_told(queued.row, QUEUE_ROW) | _told(queued, QUEUED) for queued in context["rows"]]
    return {"before": before, "after": after, "rows": rows}


def _told(thing: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}


def _cut(page: str, begin: str, end: str) -> tuple[str, str]:
    """What stands up to `begin`, and from `end` on. Raises ValueError when the page has no such place any more."""
    first = page.index(begin) + len(begin)
    return page[:first], page[page.index(end, first) :]
