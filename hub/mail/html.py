"""HTML bodies to readable text: paragraphs, lists, quotes and links kept. Pure, linear, total."""

import re
from urllib.parse import unquote

from hub.mail.reading import markup
from hub.mail.reading.wrappers import Role, role

HISTORY_MARK, SIGNATURE_MARK, ATTRIBUTION_MARK, CITED_MARK = "\x02", "\x03", "\x04", "\x05"
"""Line prefixes of `marked_text`; no mail can forge them, control characters being scrubbed."""

MAX_HTML = 2_000_000  # characters
LINK_LINES, LINK_PIECES = 20, 200  # of the words of a link
MAX_DEPTH = 20  # of quotes and lists that is still shown
SPACES = re.compile(r"[ \t\n\r\f]+")
# Marks of ours, and characters without width that newsletters pad with.
UNSEEN = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\xad\u200b\u200c\u2060\ufeff\ud800-\udfff]")
BLANK_LINES = re.compile(r"\n(?:[ >]*\n){2,}")
LISTS = ("ul", "ol")
BULLET = re.compile(r" *(?:-|\d+\.) ")
PARAGRAPHS = frozenset("p h1 h2 h3 h4 h5 h6 ul ol dl table pre blockquote".split())  # noqa: SIM905
BLOCKS = PARAGRAPHS | frozenset(
    "div li tr dt dd hr section article header footer main aside center form fieldset address figure body".split()  # noqa: SIM905
)
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())  # noqa: SIM905
SELF_CLOSING = frozenset({"p", "li", "td", "th", "tr", "dd", "dt", "option"})
SPECIAL = frozenset({"br", "ul", "ol", "li", "a", "img", "td", "th"})  # what opening them writes or begins
# Asked for at each tag: an attribute of an enumeration is slow.
PLAIN, QUOTE, CITED, ATTRIBUTION, HISTORY, SIGNATURE, HIDDEN = Role
TIGHT = re.compile(
    r"""\bMso(?:Normal|PlainText|NoSpacing)\b|\bmargin\s{0,3}:\s{0,3}0\w{0,2}\s{0,3}[;"']""", re.IGNORECASE
)
"""A paragraph that is one line, as Outlook's are."""
SHOWN_SCHEMES = ("http://", "https://", "ftp://", "tel:", "mailto:")


WRAPPED = re.compile(
    r"https://(?:\w{1,20}\.safelinks\.protection\.outlook\.com/\?url|www\.google\.com/url\?(?:sa=\w{1,4}&)?q)=([^&]{1,2000})",
    re.IGNORECASE,
)


def to_text(html: str) -> str:
    """The readable text of an HTML document; quoted blocks have each line begin with "> "."""
    return _render(html, marked=False)


def marked_text(html: str, *, pictures: bool = False) -> str:
    """The same, with lines of signatures, attributions and of history below a cut prefixed by their mark.

    `pictures`: "[cid:…]" stands where one is that the mail encloses.
    """
    return _render(html, marked=True, pictures=pictures)


def _render(html: str, *, marked: bool, pictures: bool = False) -> str:
    writer = _Writer(marked, pictures)
    write, enter, leave = writer.text, writer.open, writer.close
    for kind, name, value in markup.tokens(html[:MAX_HTML]):
        if kind == "text":
            write(value)
        elif kind == "open":
            enter(name, value)
        else:
            leave(name)
    return writer.result()


class _Writer:
    """Lines under construction; `gap` is how many line breaks are due before the next word."""

    def __init__(self, marked: bool, pictures: bool) -> None:
        self.marked = marked
        self.pictures = pictures
        self.out: list[str] = []
        self.line: list[str] = []  # pieces: a line of a million characters must not be copied for each of its tags
        self.gap = 0
        self.prefix = self.last_prefix = ""
        self.tight = False  # the last paragraph asks for no space around it
        self.spaced = False  # the line under construction is a no-break space alone, Outlook's empty line
        self.past = False  # in the history, which lasts to the end of the document
        self.open_elements: list[tuple[str, Role]] = []
        self.open_names: dict[str, int] = {}
        self.open_roles = [0] * len(Role)
        self.hidden = 0  # of open_roles
        self.lists: list[int | None] = []
        self.links: list[tuple[str, int, int]] = []

    def open(self, name: str, attributes: str) -> None:
        if name in SELF_CLOSING and self.open_elements and self.open_elements[-1][0] == name:
            self.close(name)
        if name == "p":
            self.tight = attributes != "" and TIGHT.search(attributes) is not None
        if name in BLOCKS and not (self.lists and self._is_at_bullet(name)):
            self._break(self._height(name))
        its_role = role(name, attributes) if attributes or name == "blockquote" else PLAIN
        if its_role is HISTORY and self.marked:
            self._flush()
            self.past = True
            self._set_prefix()
        if name not in VOID:
            self.open_elements.append((name, its_role))
            self.open_names[name] = self.open_names.get(name, 0) + 1
            if its_role:
                self._play(its_role)
        if name in SPECIAL and not self.hidden:
            self._begin(name, attributes)

    def _is_at_bullet(self, name: str) -> bool:
        """Whether an item's text begins here: « <li><p>…» is one line, as it is shown."""
        return name in ("p", "div") and len(self.line) == 1 and BULLET.fullmatch(self.line[0]) is not None

    def _begin(self, name: str, attributes: str) -> None:
        match name:
            case "br":
                self._end_line()
            case "ul" | "ol":
                self.lists.append(_first_number(attributes) - 1 if name == "ol" else None)
            case "li":
                self._bullet()
            case "a":
                self.links.append((_attribute(attributes, "href"), len(self.out), len(self.line)))
            case "img":
                self._emoji(attributes)
            case "td" | "th" if self.line and not self.gap:
                self._write("\t")

    def close(self, name: str) -> None:
        """Closes an element and those left open inside; an end tag without its start is nothing."""
        if name in VOID or not self.open_names.get(name):
            return
        while self.open_elements:
            inner, its_role = self.open_elements.pop()
            self.open_names[inner] -= 1
            if inner in BLOCKS:
                if inner in LISTS and self.lists:
                    self.lists.pop()
                self._break(self._height(inner))
            elif inner == "a" and self.links:
                self._link(*self.links.pop())
            if its_role:
                self._flush()
                self._count(its_role, -1)
            if inner == name:
                return

    def text(self, raw: str) -> None:
        if self.hidden:
            return
        text = markup.unescape(raw) if "&" in raw else raw
        printable = text.isprintable()
        if not printable:
            text = UNSEEN.sub("", text)
        if self.open_names.get("pre"):
            self._preformatted(text)
            return
        if not printable and not self.line and "\xa0" in text and text.isspace():
            self._settle()
            self.spaced = True
            return
        if not (printable or text.isprintable()) or "  " in text:
            text = SPACES.sub(" ", text).replace("\xa0", " ")
        if text[:1] == " " and (not self.line or self.gap or self.line[-1].endswith((" ", "\t"))):
            text = text[1:]
        self._write(text)

    def _preformatted(self, text: str) -> None:
        first, *others = text.split("\n")
        self._write(first)
        for line in others:
            self._end_line()
            self._write(line)

    def result(self) -> str:
        self._flush()
        return BLANK_LINES.sub("\n\n", "\n".join(self.out)).strip("\n")

    def _play(self, its_role: Role) -> None:
        if self.line:
            self._flush()
        self._count(its_role, 1)

    def _count(self, its_role: Role, by: int) -> None:
        self.open_roles[its_role] += by
        if its_role is HIDDEN:
            self.hidden += by
        self._set_prefix()

    def _set_prefix(self) -> None:
        cited = self.open_roles[CITED]
        depth = min(self.open_roles[QUOTE] + cited, MAX_DEPTH)
        self.prefix = ">" * depth + " " if depth else ""
        if self.past:
            self.prefix = HISTORY_MARK + self.prefix
        elif self.marked and cited and cited == depth:
            self.prefix = CITED_MARK + self.prefix
        elif self.marked and not depth and self.open_roles[ATTRIBUTION]:
            self.prefix = ATTRIBUTION_MARK
        elif self.marked and not depth and self.open_roles[SIGNATURE]:
            self.prefix = SIGNATURE_MARK

    def _height(self, name: str) -> int:
        if name == "p" and self.tight:
            return 1
        return 2 if name in PARAGRAPHS and not (self.lists and name in LISTS) else 1

    def _write(self, text: str) -> None:
        if text:
            if self.gap:
                self._settle()
            self.spaced = False
            self.line.append(text)

    def _settle(self) -> None:
        """Writes the line breaks that are due; the blank line between two blocks belongs to the outer one."""
        if self.gap:  # and nothing in the line
            if self.gap > 1 and self.out:
                self.out.append(min(self.prefix, self.last_prefix, key=len).rstrip())
            self.gap = 0

    def _break(self, lines: int) -> None:
        """A block starts or ends here: what follows stands `lines` line breaks lower, neighbours' gaps merged."""
        if self.line or self.spaced:
            self._flush(even_empty=self.spaced)
        if self.gap < lines and self.out:
            self.gap = lines

    def _end_line(self) -> None:
        self._settle()
        self._flush(even_empty=True)

    def _flush(self, even_empty: bool = False) -> None:
        line = "".join(self.line).rstrip() if self.line else ""
        if line or even_empty:
            self.out.append((self.prefix + line).rstrip(" ") if self.prefix else line)
            self.last_prefix = self.prefix
        self.line, self.spaced = [], False

    def _bullet(self) -> None:
        indent = "  " * max(0, min(len(self.lists), MAX_DEPTH) - 1)
        number = self.lists[-1] if self.lists else None
        if number is None:
            self._write(indent + "- ")
        else:
            self.lists[-1] = number + 1
            self._write(f"{indent}{number + 1}. ")

    def _link(self, url: str, lines: int, column: int) -> None:
        """Writes " <url>" after a link's words, unless they already say it."""
        start = column if lines == len(self.out) else 0
        # An address is said in fewer lines and pieces: links that were never closed must not be looked through again.
        is_long = len(self.out) - lines > LINK_LINES or len(self.line) - start > LINK_PIECES
        said = self.line[start : start + LINK_PIECES]
        words = " ".join([*self.out[lines : lines + LINK_LINES], "".join(said)]).strip()
        if words.startswith("@"):
            return  # somebody mentioned: the name was written, the address was not
        url = _unwrapped(url)
        if words and url.lower().startswith(SHOWN_SCHEMES) and (is_long or not _says(words, url)):
            self._write(f" <{url}>")

    def _emoji(self, attributes: str) -> None:
        source = _attribute(attributes, "src") if self.pictures else ""
        if source.lower().startswith("cid:"):
            self._write(f"[{source[:200]}]")
        alt = _attribute(attributes, "alt")
        if alt and len(alt) <= 8 and not any(character.isascii() or character.isalpha() for character in alt):
            self._write(alt)


def _first_number(attributes: str) -> int:
    start = _attribute(attributes, "start")
    return int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1


def _attribute(attributes: str, name: str) -> str:
    return markup.unescape(markup.attributes(attributes).get(name, "")).strip() if attributes else ""


def _unwrapped(url: str) -> str:
    """Where a link leads that Microsoft 365 or Google put an address of theirs before."""
    found = WRAPPED.match(url)
    target = unquote(found[1]) if found else ""
    return target if target.lower().startswith(SHOWN_SCHEMES) else url


def _says(words: str, url: str) -> bool:
    """Whether the words of a link are its address, give or take scheme, "www." and a final slash."""
    said, meant = _bare(words), _bare(url)
    return said in meant if url.startswith(("mailto:", "tel:")) else said == meant


def _bare(text: str) -> str:
    text = text.lower().strip(" .<>/")
    for prefix in ("mailto:", "tel:", "https://", "http://", "www."):
        text = text.removeprefix(prefix)
    return text.replace(" ", "")
