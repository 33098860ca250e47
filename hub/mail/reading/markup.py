"""HTML as a flat run of tags and text, in one linear pass over any characters.

No tree is built: real HTML parsers are quadratic in nesting (lexbor: 0.7 s for 20,000 open `<div>`, minutes for a
million) or build millions of nodes from a few formatting tags. Reading a mail needs no tree.
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape as _unescape

# A tag as it should be; no class crosses a "<", and all are possessive, so that failing here costs nothing twice.
TAG = re.compile(r"""<(/?)([a-zA-Z][^\s/<>"']{0,60}+)([^<>"']*+(?:(?:"[^"<>]*+"|'[^'<>]*+')[^<>"']*+)*+)>""")
TAG_START = re.compile(r"<(?=[a-zA-Z/!?])")  # « 1 < 2 » and a million "<" in a row are text
TAG_NAME = re.compile(r"(/?)([a-zA-Z][^\s/>]{0,60})")
ATTRIBUTE = re.compile(r"""([a-zA-Z][\w:-]{0,60})\s{0,20}=\s{0,20}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
ENDLESS = re.compile(r"&#[0-9]{20,}+;?")  # no character has such a number
RAW = frozenset({"script", "style", "title", "template", "noscript", "svg", "select", "iframe", "object"})
"""Elements whose content is no text of the mail."""

SHORT = 100_000  # characters of a document all of whose tags may be held at once

Token = tuple[str, str, str]
"""("text", "", words), ("open", name, raw attributes) or ("close", name, "")."""


def tokens(html: str) -> Iterable[Token]:
    """The tags and text of a document in order, names in lower case; comments and RAW elements left out."""
    return _clean(html) or _each(html)


def _clean(html: str) -> list[Token] | None:
    """Those of a short document of whole tags, read at once, as most are; None for others."""
    if len(html) > SHORT:
        return None
    pieces = TAG.split(html)
    texts, names = pieces[::4], [name.lower() for name in pieces[2::4]]
    if "<" in "".join(texts) or not RAW.isdisjoint(names):
        return None
    found: list[Token] = []
    for text, closing, name, raw in zip(texts, pieces[1::4], names, pieces[3::4], strict=False):
        if text:
            found.append(("text", "", text))
        found.append(("close", name, "") if closing else ("open", name, raw))
    if texts[-1]:
        found.append(("text", "", texts[-1]))
    return found


def _each(html: str) -> Iterator[Token]:
    """Those of any document, one by one."""
    at, missing = 0, set[str]()
    while (start := html.find("<", at)) >= 0:
        tag = TAG.match(html, start)
        if tag is None:
            found = TAG_START.search(html, start)
            if found is None:
                break
            if found.start() > start:
                start = found.start()
                tag = TAG.match(html, start)
        if start > at:
            yield "text", "", html[at:start]
        if tag is None:
            at, closing, name, raw = _damaged(html, start, missing)
        else:
            closing, name, raw = tag.groups()
            at, name = tag.end(), name.lower()
        if name == "":
            yield from [("text", "", raw)] if raw else ()
        elif closing:
            yield "close", name, ""
        elif name in RAW:
            at = _past_raw(html, name, at, missing)
        else:
            yield "open", name, raw
    if at < len(html):
        yield "text", "", html[at:]


def _damaged(html: str, start: int, missing: set[str]) -> tuple[int, str, str, str]:
    """What begins at a "<" that opens no clean tag: (end, "/" when closing, name, raw); without a name, raw is text."""
    if html.startswith("<!--", start):
        return _past(html, "-->", start + 4, missing) or _past(html, ">", start, missing) or len(html), "", "", ""
    name = TAG_NAME.match(html, start + 1)
    if name is None and html[start + 1 : start + 2] not in ("!", "?", "/"):
        return start + 1, "", "", "<"
    end = _tag_end(html, start, missing)
    if end is None:
        return len(html), "", "", html[start:]
    if name is None:
        return end, "", "", ""
    return end, name[1], name[2].lower(), html[name.end() : end - 1]


def attributes(raw: str) -> dict[str, str]:
    """The attributes of a tag, names in lower case, values as written (entities still in)."""
    return {name.lower(): double or single or bare for name, double, single, bare in ATTRIBUTE.findall(raw)}


def unescape(text: str) -> str:
    """Text with its character references put in, whatever they are."""
    try:
        return _unescape(text)
    except ValueError:  # a number of thousands of digits, which Python does not read
        return _unescape(ENDLESS.sub("\ufffd", text))


def _past(html: str, needle: str, at: int, missing: set[str]) -> int | None:
    """Where a needle ends; one that was looked for in vain is not looked for again, which keeps us linear."""
    if needle in missing:
        return None
    found = html.find(needle, at)
    if found < 0:
        missing.add(needle)
        return None
    return found + len(needle)


def _tag_end(html: str, start: int, missing: set[str]) -> int | None:
    """Past the ">" of a tag; a ">" inside a quoted attribute value does not count."""
    end = _past(html, ">", start, missing)
    if end is None:
        return None
    for quote in "\"'":
        if (count := html.count(quote, start, end)) % 2:
            closed = _past(html, quote, end, missing)
            return (_past(html, ">", closed, missing) if closed else None) or end
        if count:
            break
    return end


def _past_raw(html: str, name: str, at: int, missing: set[str]) -> int:
    """Past the end tag of a RAW element; one never closed hides nothing."""
    if name in missing:
        return at
    closing = re.compile(rf"</{name}\s{{0,50}}>", re.IGNORECASE).search(html, at)
    if closing is None:
        missing.add(name)
        return at
    return closing.end()
