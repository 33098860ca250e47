"""Outlook's winmail.dat (MS-OXTNEF): the files inside."""

import re
import struct
from collections.abc import Iterator
from itertools import islice
from mimetypes import guess_type

from hub.mail.reading import charset, header

TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")
SIGNATURE = 0x223E9F78
MAX_FILES = 500
MAX_ATTRIBUTES = 50_000  # a file has four, a message some thirty
# Attribute ids without their type word (MS-OXTNEF §2.1.3.2).
ATTACH_REND_DATA, ATTACH_TITLE, ATTACH_DATA, ATTACHMENT = 0x9002, 0x8010, 0x800F, 0x9005
# Properties inside an attachment attribute (MS-OXPROPS): long file name, file name, MIME tag.
LONG_NAME, SHORT_NAME, MIME_TAG, DATA_BINARY = 0x3707, 0x3704, 0x370E, 0x3701
OBJECT, INTERFACE = 0x0D, 16  # a property type, and the bytes in front of what is embedded so
FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
MEDIA_TYPE = re.compile(r"[!-~]{1,127}/[!-~]{1,127}")  # RFC 6838 §4.2
VARIABLE = frozenset({0x0D, 0x1E, 0x1F, 0x102})


def files(data: bytes) -> list[tuple[str, str, bytes]] | None:
    """The attachments of a TNEF stream as (name, media type, content); None when it is no TNEF stream."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != SIGNATURE:
        return None
    found: list[dict[str, str | bytes]] = []
    for identifier, value in islice(_attributes(memoryview(data)), MAX_ATTRIBUTES):
        if identifier == ATTACH_REND_DATA and len(found) < MAX_FILES:
            found.append({})
        elif found and identifier == ATTACH_TITLE:
            found[-1].setdefault("title", charset.guess(bytes(value).split(b"\0")[0]))
        elif found and identifier == ATTACH_DATA:
            found[-1]["content"] = bytes(value)
        elif found and identifier == ATTACHMENT:
            found[-1].update(_properties(value))
    return [_file(one) for one in found if "content" in one]


def _file(one: dict[str, str | bytes]) -> tuple[str, str, bytes]:
    name = header.file_name(charset.scrub(str(one.get("long") or one.get("title") or one.get("short") or "")))
    told = str(one.get("type") or "")
    content_type = told if MEDIA_TYPE.fullmatch(told) else guess_type(name)[0] or "application/octet-stream"
    content = one["content"]
    return name, content_type, content if isinstance(content, bytes) else b""


def _attributes(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The (id, value) attributes in order, without a copy; stops at the first that does not fit."""
    at = 6
    while at + 9 <= len(data):
        _, identifier, _, length = struct.unpack_from("<BHHI", data, at)
        at += 9
        if at + length > len(data):
            return
        yield identifier, data[at : at + length]
        at += length + 2  # checksum


def _properties(value: memoryview) -> dict[str, str | bytes]:
    """The names, type and content among the MAPI properties of an attachment (MS-OXTNEF §2.1.3.4)."""
    wanted = {LONG_NAME: "long", SHORT_NAME: "short", MIME_TAG: "type", DATA_BINARY: "content"}
    found: dict[str, str | bytes] = {}
    try:
        for kind, identifier, raw in _mapi(value):
            if identifier == DATA_BINARY and kind in (0x102, OBJECT):
                found["content"] = bytes(raw[INTERFACE:] if kind == OBJECT else raw)
            elif identifier in wanted and kind in (0x1E, 0x1F):
                said = bytes(raw)
                text = said.decode("utf-16-le", "replace") if kind == 0x1F else charset.guess(said)
                found[wanted[identifier]] = text.split("\0")[0]
    except struct.error:
        return found
    return found


def _mapi(value: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """(type, id, raw value) of each property, without a copy; stops at what it cannot measure."""
    (count,) = struct.unpack_from("<I", value)
    at = 4
    for _ in range(min(count, 10_000)):
        kind, identifier = struct.unpack_from("<HH", value, at)
        at += 4
        if identifier >= 0x8000:
            at = _skip_name(value, at)
        many = kind & 0x1000 or kind in VARIABLE
        (values,) = struct.unpack_from("<I", value, at) if many else (1,)
        at += 4 if many else 0
        for _ in range(min(values, 1_000)):
            size = FIXED.get(kind & 0xFFF)
            if size is None:
                (size,) = struct.unpack_from("<I", value, at)
                at += 4
            yield kind, identifier, value[at : at + size]
            at += (size + 3) & ~3


def _skip_name(value: memoryview, at: int) -> int:
    """Past the GUID and name of a named property."""
    (form,) = struct.unpack_from("<I", value, at + 16)
    if form == 0:
        return at + 24
    length: int = struct.unpack_from("<I", value, at + 20)[0]
    return at + 24 + ((length + 3) & ~3)
