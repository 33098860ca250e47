"""HTML bodies to readable text: paragraphs, lists, quotes and links kept. Pure.

Lexbor mends the markup; its serialised, well-formed output is then read as a flat run of tags and text, so that a
hundred thousand nested elements cost no stack.
"""

import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_HTML = 2_000_000  # characters
ROLE = "data-hub-role"
"""The attribute by which `reading.wrappers` tells what an element is: the history from here to the end of the
document, a signature, or a quote."""
HISTORY, SIGNATURE, QUOTE = "history", "signature", "quote"
HISTORY_MARK, SIGNATURE_MARK = "\x02", "\x03"
"""Line prefixes of `marked_text`; no mail can forge them, control characters being scrubbed."""

TOKEN = re.compile(r'<(/?)([a-zA-Z][^\s/>]*)((?:[^>"]|"[^"]*")*+)>|<!--.*?-->|<[!?][^>]*>|([^<]+|<)', re.DOTALL)
ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
SPACES = re.compile(r"[ \t\n\r\f]+")
MARKS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\u200b\u200c\ufeff\xad]")
BLANK_LINES = re.compile(r"\n(?:[ >]*\n){2,}")
DROPPED = [
    "script",
    "style",
    "title",
    "template",
    "noscript",
    "object",
    "iframe",
    "svg",
    "select",
    "textarea",
    "xmp",
    "noembed",
    "noframes",
    "plaintext",
]
HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
INDENT = re.compile(r"border(?:-left)?\s*:\s*(?:none|0|medium none)", re.IGNORECASE)
PARAGRAPHS = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "pre", "blockquote"])
BLOCKS = PARAGRAPHS | frozenset(
    [
        "div",
        "li",
        "tr",
        "dt",
        "dd",
        "hr",
        "section",
        "article",
        "header",
        "footer",
        "main",
        "aside",
        "center",
        "form",
        "fieldset",
        "address",
        "figure",
        "body",
    ]
)
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
SHOWN_SCHEMES = ("http://", "https://", "ftp://", "tel:", "mailto:")


def tree(html: str) -> LexborHTMLParser:
    """The document, without what is never text (scripts, styles)."""
    document = LexborHTMLParser(html[:MAX_HTML])
    document.strip_tags(DROPPED)
    return document


def to_text(html: str) -> str:
    """The readable text of an HTML document; quoted blocks have each line begin with "> "."""
    return text_of(tree(html).body)


def text_of(node: LexborNode | None) -> str:
    """The readable text under a node."""
    return _render(node, marked=False)


def marked_text(node: LexborNode | None) -> str:
    """The same, with lines of signatures and of history below a cut prefixed by their mark."""
    return _render(node, marked=True)


def _render(node: LexborNode | None, *, marked: bool) -> str:
    if node is None:
        return ""
    writer = _Writer(marked)
    for closing, name, attributes, text in TOKEN.findall(node.html or ""):
        if text:
            writer.text(text)
        elif closing:
            writer.close(name)
        elif name:
            writer.open(name, attributes)
    return writer.result()


class _Writer:
    """Lines under construction; `gap` is how many line breaks are due before the next word."""

    def __init__(self, marked: bool) -> None:
        self.marked = marked
        self.out: list[str] = []
        self.line = ""
        self.gap = 0
        self.prefix = self.last_prefix = ""
        self.past = False  # in the history, which lasts to the end of the document
        self.pre = self.hidden = 0
        self.roles: list[str] = []  # of the open elements, "" for most
        self.lists: list[int | None] = []
        self.links: list[tuple[str, int, int]] = []

    def open(self, name: str, attributes: str) -> None:
        void = name in VOID
        if self.hidden:
            self.hidden += not void
            return
        if attributes and not void and HIDDEN.search(attributes):
            self.hidden = 1
            return
        if name in BLOCKS:
            self._break(self._height(name))
        if self.marked and HISTORY in attributes and _attribute(attributes, ROLE) == HISTORY:
            self.past = True
            self._set_prefix()
        if not void:
            self._enter(name, attributes)
        match name:
            case "br":
                self._end_line()
            case "pre":
                self.pre += 1
            case "ul" | "ol":
                self.lists.append(0 if name == "ol" else None)
            case "li":
                self._bullet()
            case "a":
                self.links.append((_attribute(attributes, "href"), len(self.out), len(self.line)))
            case "img":
                self._emoji(attributes)
            case "td" | "th" if self.line and not self.gap:
                self._write("\t")

    def close(self, name: str) -> None:
        if self.hidden:
            self.hidden -= 1
            return
        if name == "a" and self.links:
            self._link(*self.links.pop())
        if name in ("ul", "ol") and self.lists:
            self.lists.pop()
        if name in BLOCKS:
            self._break(self._height(name))
        if name == "pre":
            self.pre = max(0, self.pre - 1)
        if self.roles and self.roles.pop():
            self._flush()
            self._set_prefix()

    def text(self, raw: str) -> None:
        if self.hidden:
            return
        text = MARKS.sub("", unescape(raw) if "&" in raw else raw)
        if self.pre:
            first, *others = text.split("\n")
            self._write(first)
            for line in others:
                self._end_line()
                self._write(line)
            return
        text = SPACES.sub(" ", text).replace("\xa0", " ")
        if not self.line or self.gap or self.line.endswith((" ", "\t")):
            text = text.removeprefix(" ")
        self._write(text)

    def result(self) -> str:
        self._flush()
        return BLANK_LINES.sub("\n\n", "\n".join(self.out)).strip("\n")

    def _enter(self, name: str, attributes: str) -> None:
        role = ""
        if name == "blockquote" and not (attributes and _is_indent(attributes)):
            role = QUOTE
        if self.marked and ROLE in attributes:
            role = _attribute(attributes, ROLE)
        self.roles.append(role)
        if role:
            self._flush()
            self._set_prefix()

    def _set_prefix(self) -> None:
        if self.past:
            self.prefix = HISTORY_MARK
        elif SIGNATURE in self.roles:
            self.prefix = SIGNATURE_MARK
        else:
            depth = min(self.roles.count(QUOTE), 20)
            self.prefix = ">" * depth + " " if depth else ""

    def _height(self, name: str) -> int:
        return 2 if name in PARAGRAPHS and not (self.lists and name in ("ul", "ol")) else 1

    def _write(self, text: str) -> None:
        if text:
            self._settle()
            self.line += text

    def _settle(self) -> None:
        """Writes the line breaks that are due; the blank line between two blocks belongs to the outer one."""
        if self.gap:
            self._flush()
            if self.gap > 1 and self.out:
                self.out.append(min(self.prefix, self.last_prefix, key=len).rstrip())
            self.gap = 0

    def _break(self, lines: int) -> None:
        """A block starts or ends here: what follows stands `lines` line breaks lower, neighbours' gaps merged."""
        self._flush()
        if self.out:
            self.gap = max(self.gap, lines)

    def _end_line(self) -> None:
        self._settle()
        self._flush(even_empty=True)

    def _flush(self, even_empty: bool = False) -> None:
        line = self.line.rstrip()
        if line or even_empty:
            self.out.append((self.prefix + line).rstrip(" "))
            self.last_prefix = self.prefix
        self.line = ""

    def _bullet(self) -> None:
        indent = "  " * max(0, min(len(self.lists), 20) - 1)
        number = self.lists[-1] if self.lists else None
        if number is None:
            self._write(indent + "- ")
        else:
            self.lists[-1] = number + 1
            self._write(f"{indent}{number + 1}. ")

    def _link(self, url: str, lines: int, column: int) -> None:
        """Writes " <url>" after a link's words, unless they already say it."""
        words = " ".join([*self.out[lines:], self.line[column:] if lines == len(self.out) else self.line]).strip()
        if words and url.lower().startswith(SHOWN_SCHEMES) and not _says(words, url):
            self._write(f" <{url}>")

    def _emoji(self, attributes: str) -> None:
        alt = _attribute(attributes, "alt")
        if alt and len(alt) <= 8 and not any(character.isascii() or character.isalpha() for character in alt):
            self._write(alt)


def _attribute(attributes: str, name: str) -> str:
    return unescape(dict(ATTRIBUTE.findall(attributes)).get(name, "")).strip() if name in attributes else ""


def _is_indent(attributes: str) -> bool:
    """Whether a blockquote only indents the writer's own words, as Gmail's and Apple Mail's do."""
    return bool(INDENT.search(attributes)) and "cite" not in attributes and "gmail_quote" not in attributes


def _says(words: str, url: str) -> bool:
    """Whether the words of a link are its address, give or take scheme, "www." and a final slash."""
    said, meant = _bare(words), _bare(url)
    return said in meant if url.startswith(("mailto:", "tel:")) else said == meant


def _bare(text: str) -> str:
    text = text.lower().strip(" .<>/")
    for prefix in ("mailto:", "tel:", "https://", "http://", "www."):
        text = text.removeprefix(prefix)
    return text.replace(" ", "")
