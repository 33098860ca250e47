"""Address lists (RFC 5322 §3.4) as people's software really writes them, in one linear pass."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hub.mail.reading import header

MAX_MAILBOXES = 2_000
# A quoted name is bounded: one never closed would be looked for again from each quote inside it.
# An encoded word is one too, although it may hold a raw comma or parenthesis (against RFC 2047 §5).
MARK = re.compile(
    r'"(?:[^"\\]|\\.){0,400}+"|=\?[^?\s]{1,60}\?[bBqQ]\?[^?\s]{0,998}+\?=|\\[()]|[^"(),:;<>\\=]+|.',
    re.DOTALL,
)
# One name and address, as nearly all are: read at once.
ALONE = re.compile(r'(?:"([^"\\]{1,200})"|([^"\\(),:;<>@]{0,200}))\s?<([^\s<>@"(),:;]{1,64}@[^\s<>@"(),:;]{1,255})>')
# One address and nothing else, in the letters that nearly all have.
PLAIN = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,255}", re.ASCII)
# An apostrophe belongs to « d'angelo@… », and around an address to Outlook.
BARE = re.compile(r"[^\s<>()\[\]\"',;:]{1,256}(?:'[^\s<>()\[\]\"',;:]{1,64}){0,3}@[^\s<>()\[\]\"',;:]{1,256}")
# « zoe@famille . fr », as nobody writes any more but must be read (RFC 5322 §4.4).
SPACED_DOT = re.compile(r"(@[^\s@]{1,255})\s{1,9}\.\s{0,9}(?=\w)")
# It may look like an address itself: « "nora@ville.fr"@ailleurs.fr ».
QUOTE = re.compile(r'"(?:[^"\\]|\\.){0,400}+"', re.DOTALL)
QUOTED = re.compile(r'"(?:[^"\\]|\\.){0,400}+"@[^\s<>()\[\]"\',;:]{1,256}', re.DOTALL)
OPEN_LITERAL = re.compile(r"@\s{0,9}\[[\w.:-]{0,100}\Z")  # « zoe@[IPv6:2001:db8::1] »
COMMENT = re.compile(r"\([^()]{0,255}\)")
ATOM = re.compile(r"[\w.+-]{1,64}", re.ASCII)
QUOTING = re.compile(r'\\(.)|"', re.DOTALL)  # an escaped character, which stays, or a quote, which goes


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox (RFC 5322 §3.4): display name ("" when none) and address, its domain in lower case."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """What follows the last at sign, "" when there is none."""
        return self.address.rpartition("@")[2] if "@" in self.address else ""


def mailboxes(value: str) -> tuple[Mailbox, ...]:
    """The mailboxes of a From, To or Cc value, groups opened; encoded words are decoded *after* the split.

    An unquoted comma inside a name ("Durand, Zoé <zoe@…>") does not make two people of one.
    """
    if not value:
        return ()
    if "<" not in value and PLAIN.fullmatch(value):
        return (Mailbox("", _folded(value)),)
    if alone := ALONE.fullmatch(value):
        return (Mailbox(_name(alone[1] or alone[2]), _address(alone[3])),)
    found: list[Mailbox] = []
    carried: list[str] = []
    comment = ""
    for item in _items(value):
        if item.angle is None and "@" not in item.words:
            carried.append(item.words)
            comment = comment or item.comment
            continue
        if item.angle is not None and carried:
            item.words = ", ".join(words for words in [*carried, item.words] if words.strip())
        elif found:
            found += _locals(carried)
        carried = []
        found.append(_mailbox(item))
        if len(found) >= MAX_MAILBOXES:
            return tuple(found[:MAX_MAILBOXES])
    found += _locals(carried) if found else _unaddressed(carried, comment)
    return tuple(box for box in found if box.name or box.address)


def _unaddressed(carried: list[str], comment: str) -> Iterable[Mailbox]:
    """The mailboxes of a value without an at sign, or its words as a name."""
    if len(carried) > 1 and all(ATOM.fullmatch(words.strip()) and words.islower() for words in carried):
        return _locals(carried)  # « root, cantine » of some machine's own jobs
    words = " ".join(carried).strip()
    if "=?" in words and "@" in (decoded := header.text(words)) and "=?" not in decoded:
        return mailboxes(decoded)  # encoded as a whole, address and all
    # One word is a mailbox of the sender's own host (RFC 5321 §4.1.3 "Postmaster"), several are a name.
    local = words if words.isascii() and "=?" not in words and len(words.split()) == 1 else ""
    return [Mailbox(_name(comment) if local else _name(words), header.text(local.strip('"')))]


def _locals(carried: list[str]) -> list[Mailbox]:
    """Mailboxes of the sender's own host among several: words alone, of which no address follows to be named so."""
    return [Mailbox("", word) for words in carried[:MAX_MAILBOXES] if ATOM.fullmatch(word := words.strip())]


@dataclass(slots=True)
class _Item:
    words: str = ""
    comment: str = ""
    angle: str | None = None
    after: str = ""
    """Words behind the angle brackets."""

    def __bool__(self) -> bool:
        return bool(self.words.strip() or self.angle or self.comment)


def _items(value: str) -> Iterator[_Item]:
    """The comma-separated items, comments and angle brackets told apart; one pass, no recursion."""
    item, depth, inside = _Item(), 0, False
    for match in MARK.finditer(value):
        mark = match[0]
        if depth:
            depth += (mark == "(") - (mark == ")")
            item.comment += mark.removeprefix("\\") if depth else " "
        elif inside:
            inside = mark != ">"
            item.angle = "" if mark == "<" else (item.angle or "") + (mark if inside else "")
        elif mark == "(":
            depth = 1
        elif mark == "<":
            if item.angle:  # a comma was forgotten
                after, item.after = item.after, ""
                yield item
                item = _Item(after)
            inside = True
        elif mark in ",;":
            if item:
                yield item
            item = _Item()
        elif mark == ":" and not OPEN_LITERAL.search(item.words):
            if item.angle:
                yield item
            item = _Item()  # a group's name, or the scheme of mailto:
        elif item.angle:
            item.after += mark
        else:
            item.words += mark
    if item:
        yield item


def _mailbox(item: _Item) -> Mailbox:
    if item.angle is not None:
        return Mailbox(_name(f"{item.words} {item.after.strip('<> ')}") or _name(item.comment), _address(item.angle))
    if "." in item.words and " " in item.words:
        item.words = SPACED_DOT.sub(r"\1.", item.words)
    bare = _bare(item.words)
    if bare is None:
        return Mailbox(_name(item.comment), _address(item.words))
    left = item.words[: bare.start()] + " " + item.words[bare.end() :]
    return Mailbox(_name(left.replace("[mailto:", "").strip("[]<> ")) or _name(item.comment), _address(bare[0]))


def _bare(words: str) -> re.Match[str] | None:
    """Where the address stands that no angle brackets tell: what is in quotes is a name, beside another."""
    if '"' not in words:
        return BARE.search(words)
    outside = QUOTE.sub(lambda quoted: " " * len(quoted[0]), words)
    return QUOTED.search(words) or BARE.search(outside) or BARE.search(words)


def _name(words: str) -> str:
    if words.isalpha() and words.isascii():
        return words
    words = " ".join(words.split())
    if words[:1] != "'" and '"' not in words and header.is_plain(words):
        return words
    if '"' in words:
        words = QUOTING.sub(lambda found: found[1] or "", words)
    words = header.text(words)
    # Outlook and Lotus wrap names in apostrophes: 'nora@ville.fr'
    if len(words) > 2 and words[0] == words[-1] == "'":
        words = words[1:-1]
    return " ".join(words.split())


def _address(raw: str) -> str:
    """`raw` without spaces, source route (RFC 5322 §4.4) or scheme; the domain in lower case."""
    if PLAIN.fullmatch(raw):
        return _folded(raw)
    bare = header.text(raw).strip()
    if bare.startswith('"') and bare.endswith('"'):
        bare = bare.strip('"')
    if not bare.startswith('"'):  # a quoted local part may hold spaces (RFC 5321 §4.1.2)
        bare = COMMENT.sub("", COMMENT.sub("", bare)) if "(" in bare else bare
        bare = "".join(bare.split()).removeprefix("mailto:")
    if bare.startswith("@") and ":" in bare:
        route, at, host = bare.rpartition("@")
        bare = route.rpartition(":")[2] + at + host
    return _folded(bare) if "@" in bare else bare


def _folded(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower().rstrip('.')}"
