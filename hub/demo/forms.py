"""What is typed under a mail: read in memory, within the limit of one mail."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

from hub.core.errors import Invalid, TooLarge
from hub.demo.client import Text
from hub.mail.compose import File
from hub.mail.outcome import wire_address
from hub.mailbox.sniff import HEAD, content_type, safe_name

FIELDS = {"de": "sender", "a": "to", "objet": "subject", "message": "body"}
FILE = "piece"


@dataclass
class Typed:
    """The fields as typed."""

    sender: str = ""
    to: str = ""
    subject: str = ""
    body: str = ""
    files: list[File] = field(default_factory=list)


async def read(request: web.Request, limit: int) -> Typed:
    """The form in the body (multipart/form-data, as the pages send it). Raises TooLarge past `limit` bytes."""
    if not request.content_type.startswith("multipart/"):
        raise web.HTTPUnsupportedMediaType
    typed = Typed()
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader):
            data = await _content(part, limit)
            limit -= len(data)
            _keep(typed, part, data)
    return typed


def check(typed: Typed) -> None:
    """Raises Invalid for what cannot be sent."""
    if not typed.body.strip() and not typed.files:
        raise Invalid({"message": "Écrivez votre message."})
    if typed.to:
        try:
            wire_address(typed.to)
        except ValueError as error:
            raise Invalid({"a": "Cette adresse e-mail n’est pas complète."}) from error


def text(typed: Typed) -> Text:
    """What the mail is to hold."""
    return Text(typed.subject, typed.body.replace("\r\n", "\n"), typed.files)


async def _content(part: BodyPartReader, limit: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk():
        data += chunk
        if len(data) > limit:
            raise TooLarge("Cet e-mail est trop lourd.")
    return bytes(data)


def _keep(typed: Typed, part: BodyPartReader, data: bytes) -> None:
    if part.name == FILE and part.filename:
        name = safe_name(part.filename)
        typed.files.append(File(name, content_type(data[:HEAD], name), data))
    elif part.name in FIELDS:
        setattr(typed, FIELDS[part.name], data.decode("utf-8", "replace").strip())
