"""multipart/form-data (RFC 7578) cut into events: a part begins, some of its bytes, it ends."""

from __future__ import annotations

from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

# What the HTML standard percent-encodes in names ("escape a multipart name"); nothing else is decoded
_ESCAPED = (("%22", '"'), ("%0D", "\r"), ("%0A", "\n"))


class BadMultipart(Exception):
    """The body is no multipart/form-data."""


@dataclass(frozen=True, slots=True)
class Begin:
    """A part begins. `filename` is None for a text field and "" for a file input left empty."""

    name: str
    filename: str | None


@dataclass(frozen=True, slots=True)
class End:
    """It is complete."""


Event = Begin | bytes | End


class Parts:
    """Feed it bytes, take the events. `ended` tells whether the closing boundary has come."""

    def __init__(self, content_type: str) -> None:
        """Raises BadMultipart when the header names no usable boundary."""
        self.ended = False
        self._events: list[Event] = []
        self._headers: dict[bytes, bytes] = {}
        self._field, self._value = bytearray(), bytearray()
        self._parser = self._made(_boundary(content_type))

    def feed(self, data: bytes) -> list[Event]:
        """What `data` tells. Raises BadMultipart."""
        self._events = []
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise BadMultipart(str(error)) from error
        return self._events

    def _made(self, boundary: bytes) -> MultipartParser:
        try:
            return MultipartParser(
                boundary,
                {
                    "on_part_begin": self._headers.clear,
                    "on_header_field": lambda data, start, end: self._field.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_part_data": lambda data, start, end: self._events.append(bytes(data[start:end])),
                    "on_part_end": lambda: self._events.append(End()),
                    "on_end": self._on_end,
                },
            )
        except FormParserError as error:
            raise BadMultipart(str(error)) from error

    def _on_header_end(self) -> None:
        self._headers[bytes(self._field).lower()] = bytes(self._value)
        self._field.clear()
        self._value.clear()

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        filename = options.get(b"filename")
        self._events.append(Begin(_text(options.get(b"name", b"")), None if filename is None else _text(filename)))

    def _on_end(self) -> None:
        self.ended = True


def _boundary(content_type: str) -> bytes:
    try:
        _, options = parse_options_header(content_type)
    except UnicodeError as error:  # a header may hold anything
        raise BadMultipart("unreadable Content-Type") from error
    if not options.get(b"boundary"):
        raise BadMultipart("no boundary")
    return options[b"boundary"]


def _text(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    for escape, character in _ESCAPED:
        text = text.replace(escape, character)
    return text
