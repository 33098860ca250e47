"""The message inside an opaque S/MIME signature, smime.p7m (RFC 8551 §3.5.2). Opened, not verified."""

from collections.abc import Iterator
from itertools import islice

TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")
SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
SEQUENCE, OID, OCTETS, CONSTRUCTED_OCTETS, CONTEXT_0 = 0x30, 0x06, 0x04, 0x24, 0xA0
MAX_CHUNKS = 200_000  # pieces of a constructed octet string (mail programs cut it every kilobyte)

Element = tuple[int, int, int]
"""(tag, start, end) of a value in the data."""


def signed_content(data: bytes) -> bytes | None:
    """The content of a CMS SignedData (RFC 5652 §5.1), None for anything else, encrypted mail included."""
    try:
        outer = _only(data, SEQUENCE, 0, len(data))
        kind, wrapped = _first(data, outer, OID), _first(data, outer, CONTEXT_0)
        if data[kind[1] : kind[2]] != SIGNED_DATA:
            return None
        signed = _only(data, SEQUENCE, wrapped[1], wrapped[2])
        encapsulated = _first(data, signed, SEQUENCE)
        content = _first(data, encapsulated, CONTEXT_0)
        return b"".join(_octets(data, content)) or None
    except (LookupError, ValueError):
        return None


def _octets(data: bytes, content: Element) -> Iterator[bytes]:
    """The pieces of an octet string, primitive or constructed."""
    for tag, start, end in _elements(data, content[1], content[2]):
        if tag == OCTETS:
            yield data[start:end]
        elif tag == CONSTRUCTED_OCTETS:
            yield from (data[begin:stop] for kind, begin, stop in _elements(data, start, end) if kind == OCTETS)


def _only(data: bytes, tag: int, start: int, end: int) -> Element:
    found = next(_elements(data, start, end), None)
    if found is None or found[0] != tag:
        raise ValueError("another structure")
    return found


def _first(data: bytes, within: Element, tag: int) -> Element:
    """The first element of that tag, among the few a CMS structure has."""
    for element in islice(_elements(data, within[1], within[2]), 8):
        if element[0] == tag:
            return element
    raise ValueError("another structure")


def _elements(data: bytes, at: int, end: int) -> Iterator[Element]:
    """The BER elements side by side between two positions; an indefinite length reaches its end marker."""
    for _ in range(MAX_CHUNKS):
        if at + 2 > end or data[at : at + 2] == b"\0\0":
            return
        tag, start, length = data[at], *_length(data, at + 1)
        stop = start + length if length >= 0 else _indefinite_end(data, start, end)
        yield tag, start, min(stop, end)
        at = stop + (2 if length < 0 else 0)


def _length(data: bytes, at: int) -> tuple[int, int]:
    """Where the value starts, and its length; -1 for the indefinite form (X.690 §8.1.3.6)."""
    first = data[at]
    if first < 0x80:
        return at + 1, first
    if first == 0x80:
        return at + 1, -1
    size = first & 0x7F
    if size > 4:
        raise ValueError("length of more than four bytes")
    return at + 1 + size, int.from_bytes(data[at + 1 : at + 1 + size], "big")


def _indefinite_end(data: bytes, at: int, end: int) -> int:
    """Where the end marker of an indefinite value stands; nested ones are stepped over with a counter, no stack."""
    depth = 1
    for _ in range(MAX_CHUNKS):
        if at + 2 > end:
            break
        if data[at : at + 2] == b"\0\0":
            depth -= 1
            if depth == 0:
                return at
            at += 2
            continue
        start, length = _length(data, at + 1)
        depth += length < 0
        at = start + max(length, 0)
    return end
