"""Pure: header fields of mail we send, encoded and folded (RFC 5322, 2047, 2231), for any value whatever.

The standard library is not used here: it encodes a Message-ID longer than a line as if it were text, which breaks
threading for every answer from Exchange, and folds right after "From:", where some servers see an empty field.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable

LINE = 76  # characters: RFC 2047 §2 allows no more where there are encoded words, RFC 5322 §2.1.1 two more elsewhere
PIECE = 54  # characters of a word, or of a parameter's value, that fit one line after any name
LEAST = 16  # characters worth starting an encoded word for; the longest character takes 12
LONGEST = 900  # characters of a word that cannot be folded: a line holds 998

# Controls could end the field; the others let a name display as another (Unicode TR 36, "bidirectional spoofing").
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_DOT_ATOM = re.compile(r"[^\s\x00-\x20()<>\[\]:;@\\,.\"]+(?:\.[^\s\x00-\x20()<>\[\]:;@\\,.\"]+)*")
_MESSAGE_ID = re.compile(rf"<[!-;=?-~]{{1,{LONGEST}}}>")  # printable ASCII (RFC 5322 §3.6.4, and what programs write)
_NOT_DOMAIN = re.compile(r"[\s()<>;@\\,\"]")
_PLAIN_IN_Q = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")  # RFC 2047 §5(3)
_PLAIN_IN_PERCENT = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`{|}~")
_OVERHEAD = len("=?utf-8?q??=")
UTF_8 = "utf-8''"  # charset and (empty) language of RFC 2231 §4


def clean(value: str) -> str:
    """One line without control characters, and encodable: lone surrogates become "?"."""
    return _CONTROL.sub(" ", value).strip().encode("utf-8", "replace").decode()


def field(name: str, words: Iterable[str]) -> str:
    """`Name: words`, folded between words; without the final CRLF. The first word is never folded away."""
    lines = [f"{name}:"]
    for position, word in enumerate(words):
        if position and len(lines[-1]) + 1 + len(word) > LINE:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines)


def text(name: str, value: str) -> str:
    """An unstructured field, as Subject. Words around those to be encoded stay plain: servers look for "Re:"."""
    words = [word for word in clean(value).split(" ") if word]
    odd = [place for place, word in enumerate(words) if not _is_plain(word, PIECE)]
    if odd:
        before, encoded, after = words[: odd[0]], words[odd[0] : odd[-1] + 1], words[odd[-1] + 1 :]
        taken = len(field(name, before).rpartition("\r\n")[2]) + 1
        words = [*before, *encoded_words(" ".join(encoded), taken), *after]
    return field(name, words)


def tokens(name: str, value: str) -> str:
    """A field of words that must stay as they are, as List-Unsubscribe; what is not ASCII becomes "?"."""
    return field(name, clean(value).encode("ascii", "replace").decode().split())


def mailbox(name: str, display: str, address: str) -> str:
    """A field of one mailbox, as From: display name (may be "") and `local@domain`."""
    shown = " ".join(word for word in clean(display).split(" ") if word)
    return field(name, [*(_phrase(shown, len(name) + 2) if shown else []), f"<{_wire(clean(address))}>"])


def is_message_id(value: str) -> bool:
    """Whether a mail may be named so in References: what somebody else made up need not be one, nor fit a line."""
    return _MESSAGE_ID.fullmatch(value) is not None


def parameter(name: str, value: str) -> list[str]:
    """A MIME parameter as words for `field`, each but the last ending in ";": plain, or by RFC 2231 §3 and §4."""
    if _is_plain(value, PIECE):
        return [f"{name}={_quoted(value)}"]
    pieces = [_percent(chunk) for chunk in _chunks(value, lambda char: len(_percent(char)), PIECE, PIECE)]
    if len(pieces) == 1:
        return [f"{name}*={UTF_8}{pieces[0]}"]
    numbered = [f"{name}*{n}*={'' if n else UTF_8}{piece};" for n, piece in enumerate(pieces)]
    return [*numbered[:-1], numbered[-1].removesuffix(";")]


def encoded_words(value: str, taken: int) -> list[str]:
    """`value` as encoded words (RFC 2047), each of whole characters; `taken`: length of what stands before the first.

    Q where most is ASCII, so that the source stays legible; B for other scripts, where it is shorter.
    """
    room = LINE - 1 - _OVERHEAD
    left = LINE - taken - _OVERHEAD
    first = left if left >= LEAST else room  # on a line of its own where too little is left of this one
    if len(_q(value)) <= 2 * len(value.encode()):
        return [f"=?utf-8?q?{_q(chunk)}?=" for chunk in _chunks(value, lambda char: len(_q(char)), first, room)]
    chunks = _chunks(value, lambda char: len(char.encode()), first // 4 * 3, room // 4 * 3)
    return [f"=?utf-8?b?{b64encode(chunk.encode()).decode()}?=" for chunk in chunks]


def _is_plain(value: str, longest: int) -> bool:
    """Short ASCII that no reader would take for an encoded word."""
    return value.isascii() and "=?" not in value and len(value) <= longest


def _phrase(display: str, taken: int) -> list[str]:
    if not all(_is_plain(word, PIECE) for word in display.split(" ")):
        return encoded_words(display, taken)
    return (display if _ATOMS.fullmatch(display) else _quoted(display)).split(" ")


def _wire(address: str) -> str:
    """The address as SMTP will carry it: domain in its ASCII form, an odd local part quoted (RFC 5321 §4.1.2)."""
    local, _, domain = address.rpartition("@")
    domain = _NOT_DOMAIN.sub("", domain)
    return f"{local if _DOT_ATOM.fullmatch(local) else _quoted(local)}@{_ascii_domain(domain)}"


def _ascii_domain(domain: str) -> str:
    try:
        wire = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain  # no name IDNA knows: the transport refuses the mail and says so
    return domain if _NOT_DOMAIN.search(wire) else wire  # IDNA takes signs apart, and a space may come out


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _chunks(value: str, weigh: Callable[[str], int], first: int, room: int) -> list[str]:
    """`value` cut between characters so that the first chunk weighs at most `first`, the others `room`."""
    chunks, weight, limit = [""], 0, first
    for char in value:
        weight += weigh(char)
        if weight > limit:
            chunks.append("")
            weight, limit = weigh(char), room
        chunks[-1] += char
    return chunks


def _q(value: str) -> str:
    return "".join(
        chr(byte) if byte in _PLAIN_IN_Q else "_" if byte == 0x20 else f"={byte:02X}" for byte in value.encode()
    )


def _percent(value: str) -> str:
    return "".join(chr(byte) if byte in _PLAIN_IN_PERCENT else f"%{byte:02X}" for byte in value.encode())
