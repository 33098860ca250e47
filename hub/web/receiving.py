"""What becomes of the parts of a form: text into fields, files into the blob store, each within its limits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from hub.config import Limits
from hub.core.base import Core
from hub.core.blobs import BlobError, Writer
from hub.core.errors import Refused, TooLarge
from hub.core.french import size as spoken
from hub.mailbox.sniff import HEAD, content_type, safe_name
from hub.mailbox.threads import StoredFile
from hub.web.multipart import Begin, Event

FILES = "piece"  # the input that carries files
TEXT = 1024 * 1024  # bytes that all text fields may have together
FIELDS = 100  # parts of one form
log = structlog.get_logger(__name__)

Keep = Callable[[StoredFile], None]


class NotStored(Refused):
    """The hub's own fault: the disk is full, the object store is away."""


@dataclass(slots=True)
class Form:
    """What arrived. `refusals`: what was wrong with the files or with the sending itself; empty when all is well."""

    fields: dict[str, str] = field(default_factory=dict)
    refusals: list[Refused] = field(default_factory=list)

    def text(self, name: str) -> str:
        """A field, or "" when it was not sent."""
        return self.fields.get(name, "")

    def check(self) -> None:
        """Raises the first refusal there is."""
        for refusal in self.refusals:
            raise refusal


class _Incoming:
    """A file on its way to the store. The disk works on one piece while the next is read from the network."""

    def __init__(self, name: str, writer: Writer) -> None:
        self.name = name
        self.size = 0
        self._writer = writer
        self._head = b""
        self._writing: asyncio.Task[None] | None = None

    async def write(self, data: bytes) -> None:
        """Hand over the next piece, once the one before is with the disk. Raises BlobError; nothing is left then."""
        if len(self._head) < HEAD:
            self._head += data[: HEAD - len(self._head)]
        await self._written()
        self._writing = asyncio.create_task(self._writer.write(data))

    async def finish(self) -> StoredFile:
        """The file, durable. Raises BlobError; nothing is left then."""
        await self._written()
        blob = await self._writer.finish()
        return StoredFile(blob.key, self.name, content_type(self._head, self.name), blob.size, blob.sha256)

    async def discard(self) -> None:
        """Leave nothing."""
        with contextlib.suppress(BlobError):  # a writer that fails has cleaned up after itself
            await self._written()
            await self._writer.discard()

    async def _written(self) -> None:
        if self._writing is not None:
            writing, self._writing = self._writing, None
            await writing


class Receiving:
    """Takes the events of one multipart body."""

    def __init__(
        self, form: Form, core: Core, keep: Keep | None, check: Callable[[], None], limits: Limits | None = None
    ) -> None:
        """`keep` is given each stored file and answers for it from then on; `check` judges the form before any.

        `limits` stand in the place of the town's for what messages carry.
        """
        self._form = form
        self._core = core
        self._limits = limits or core.config.limits
        self._keep = keep
        self._check = check
        self._field: tuple[str, bytearray] | None = None
        self._file: _Incoming | None = None
        self._finishing: list[tuple[str, asyncio.Task[StoredFile]]] = []
        self._text = self._parts = self._files = self._skipped = 0
        self.refused_at = 0.0  # by the loop's clock; 0: nothing has been

    async def take(self, event: Event) -> None:
        """One event. Raises TooLarge for too much text or too many parts, and whatever `check` raises."""
        if isinstance(event, Begin):
            await self._begin(event)
        elif isinstance(event, bytes):
            await self._data(event)
        else:
            await self._end()

    def gives_up(self, left: int | None) -> bool:
        """Whether to stop reading: something was refused, and too much is still to come (`left` bytes, if known)."""
        allowance = self._limits.files * self._limits.file_bytes + TEXT
        return bool(self.refused_at) and (left if left is not None else self._skipped) > allowance

    async def close(self) -> None:
        """No more is coming: forget the file that is not complete, hand on those that are, in their order."""
        await self._drop()
        for name, finishing in self._finishing:
            try:
                stored = await finishing
            except BlobError:
                self._not_stored(name)
            else:
                assert self._keep is not None
                self._keep(stored)

    async def _drop(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            await file.discard()

    async def _begin(self, part: Begin) -> None:
        self._parts += 1
        if self._parts > FIELDS:
            raise TooLarge("Ce formulaire contient trop de champs.")
        if part.filename is None:
            self._field = (part.name, bytearray())
        elif part.filename and self._keep is not None:  # "" means that no file was chosen
            await self._begin_file(safe_name(clean(part.filename)))

    async def _begin_file(self, name: str) -> None:
        self._check()
        self._files += 1
        if self._files > self._limits.files:
            self._refuse(TooLarge(_too_many(name, self._limits.files), FILES))
            return
        try:
            self._file = _Incoming(name, await self._core.blobs.writer())
        except BlobError:
            self._not_stored(name)

    async def _data(self, data: bytes) -> None:
        if self._field is not None:
            self._text += len(data)
            if self._text > TEXT:
                raise TooLarge("Ce formulaire contient trop de texte.")
            self._field[1].extend(data)
        elif self._file is not None:
            await self._store(self._file, data)
        else:
            self._skipped += len(data)

    async def _store(self, file: _Incoming, data: bytes) -> None:
        file.size += len(data)
        if file.size > self._limits.file_bytes:
            await self._drop()
            self._refuse(TooLarge(_too_big(file.name, self._limits.file_bytes), FILES))
            return
        try:
            await file.write(data)
        except BlobError:
            self._file = None  # it has cleaned up after itself
            self._not_stored(file.name)

    async def _end(self) -> None:
        if self._field is not None:
            name, value = self._field
            self._form.fields[clean(name)] = clean(value.decode("utf-8", "replace"))
            self._field = None
        elif self._file is not None:
            await self._finish(self._file)

    async def _finish(self, file: _Incoming) -> None:
        """Making a file durable takes the disk a while: the next one is read meanwhile."""
        if not file.size:
            await self._drop()
            self._refuse(Refused(f"« {file.name} » est vide : il n’a pas été joint.", FILES))
            return
        self._file = None
        self._finishing.append((file.name, asyncio.create_task(file.finish())))

    def _not_stored(self, name: str) -> None:
        log.exception("a file could not be stored")
        sentence = f"Le portail ne peut pas enregistrer « {name} » pour le moment. Réessayez dans quelques minutes."
        self._refuse(NotStored(sentence, FILES))

    def _refuse(self, refused: Refused) -> None:
        self._form.refusals.append(refused)
        self.refused_at = self.refused_at or asyncio.get_running_loop().time()


def clean(text: str) -> str:
    """A field without NUL, which PostgreSQL cannot store, and without halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _too_big(name: str, limit: int) -> str:
    return (
        f"« {name} » dépasse la limite de {spoken(limit)} par fichier. "
        "Choisissez-en un plus petit ou envoyez une photo en qualité moyenne."
    )


def _too_many(name: str, limit: int) -> str:
    return f"« {name} » n’est pas joint : un message porte {limit} fichiers au plus."
