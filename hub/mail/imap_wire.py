"""What passes over IMAP, written and read. Pure.

Only the little that reading a mailbox needs: folder names, sets of UIDs, the answers to SEARCH and FETCH.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from itertools import groupby

FETCH = re.compile(rb"\d+ FETCH \(", re.IGNORECASE)
UID = re.compile(rb"\bUID (\d{1,10})\b", re.IGNORECASE)
SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,18})", re.IGNORECASE)
QUOTED_BODY = re.compile(rb'\bBODY\[\] "((?:[^"\\]|\\.)*+)"', re.IGNORECASE)
ESCAPED = re.compile(rb"\\(.)")
CLOSED = re.compile(rb"(?: [A-Z].*)?\)$", re.IGNORECASE)  # what stands behind a literal of the length that was told
LINES = re.compile(rb"(?>.*?\r\n){1,200}+|.+", re.DOTALL)
UIDVALIDITY = re.compile(rb"\[UIDVALIDITY (\d{1,10})\]", re.IGNORECASE)
UIDNEXT = re.compile(rb"\[UIDNEXT (\d{1,10})\]", re.IGNORECASE)
HIGHEST = 2**32 - 1  # of UIDs (RFC 3501 §9)
LONGEST_ITEM = 20  # lines of the answer about one mail: three are usual

Line = bytes | bytearray  # aioimaplib hands literals over as bytearray, everything else as bytes


def quoted(text: str) -> str:
    """`text` as an IMAP quoted string (RFC 3501 §9)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def folder_name(name: str) -> str:
    """A folder's name as it goes over the wire: modified UTF-7 (RFC 3501 §5.1.3), quoted."""
    runs = groupby(name.replace("&", "&-"), key=lambda c: " " <= c <= "~")
    return quoted("".join("".join(run) if printable else _shifted("".join(run)) for printable, run in runs))


def _shifted(run: str) -> str:
    return "&" + b64encode(run.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"


def readable(said: bytes) -> str:
    """What a server said, for a line in the log: no end of it, and nothing that a terminal would obey."""
    return "".join(sign if sign.isprintable() else "?" for sign in said[:300].decode("utf-8", "replace"))


def uid_set(uids: Iterable[int]) -> str:
    """`1:3,7` for 1, 2, 3, 7: short enough for any command line as long as few numbers are missing."""
    ranges: list[list[int]] = []
    for uid in sorted(set(uids)):
        if ranges and uid == ranges[-1][1] + 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in ranges)


def found(lines: Sequence[Line]) -> list[int]:
    """UIDs in the answer to SEARCH, sorted."""
    numbers = (word for line in lines if re.fullmatch(rb"[\d ]+", line) for word in line.split())
    return sorted({uid for word in numbers if len(word) <= 10 and 0 < (uid := int(word)) <= HIGHEST})


def sizes(lines: Sequence[Line]) -> dict[int, int]:
    """UID -> RFC822.SIZE in bytes, from the answer to FETCH."""
    pairs = ((UID.search(line), SIZE.search(line)) for line in lines if FETCH.match(line))
    return {int(uid[1]): int(size[1]) for uid, size in pairs if uid and size}


def bodies(lines: Sequence[Line]) -> dict[int, bytes]:
    """UID -> the mail's bytes, from the answer to FETCH (UID BODY[]).

    The UID may stand before or after the literal, and answers about flags may come in between. NIL is no empty
    mail: Dovecot gives it for one that another session has just expunged. A literal that was not as long as told is
    none either: the end of a mail is missing there, or the next mail in it.
    """
    mails: dict[int, bytes] = {}
    words, body, closed, left = b"", None, True, LONGEST_ITEM
    for line in lines:
        if isinstance(line, bytearray):
            body, closed = bytes(line), False
            continue
        left -= 1
        if FETCH.match(line):
            words, body, closed, left = b"", None, True, LONGEST_ITEM
        elif left < 0:
            continue
        elif not closed:
            body, closed = body if CLOSED.match(line) else None, True
        words += b" " + line
        if quoted_body := QUOTED_BODY.search(words):
            body = ESCAPED.sub(rb"\1", quoted_body[1])
        uid = UID.search(words)
        if uid and body is not None:
            mails[int(uid[1])] = body
    return mails


def pieces(data: bytes) -> list[bytes]:
    """`data` cut behind every 200th line (CRLF): aioimaplib's parser recurses at each, and Python's stack is finite."""
    return LINES.findall(data)


def uidvalidity(lines: Sequence[Line]) -> int | None:
    """The UIDVALIDITY told in answer to SELECT."""
    return _told(UIDVALIDITY, lines)


def uidnext(lines: Sequence[Line]) -> int | None:
    """The UID that the next mail will get, at least, where the answer to SELECT tells it."""
    return _told(UIDNEXT, lines)


def _told(what: re.Pattern[bytes], lines: Sequence[Line]) -> int | None:
    found = (what.search(line) for line in lines)
    return next((int(told[1]) for told in found if told), None)


def batches(sizes: dict[int, int], count: int, total: int) -> list[list[int]]:
    """UIDs in ascending order, cut so that a batch holds at most `count` mails and `total` bytes.

    A mail that is bigger by itself goes alone.
    """
    cut: list[list[int]] = []
    room = 0
    for uid in sorted(sizes):
        if not cut or len(cut[-1]) >= count or sizes[uid] > room:
            cut.append([])
            room = total
        cut[-1].append(uid)
        room -= sizes[uid]
    return cut
