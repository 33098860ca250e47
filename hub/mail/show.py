"""`hub mail show`: one mail as a JSON-ready value, with exactly the keys people script against. No network."""

import ctypes
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from hub.mail import automatic, bounce, parse, reply

LARGE = 5_000_000  # bytes of a mail that takes much memory
Shown = dict[str, Any]
"""The JSON object of one mail."""


def show(raw: bytes) -> Shown:
    """The reading of a mail; for any bytes, within the bounds of `parse`.

    A fault of ours on bytes nobody foresaw becomes a defect that names it, in a reading of what was parsed before: one
    file never stops a batch.
    """
    mail = parse.read(b"")
    try:
        mail = parse.read(raw)
        return _shown(mail, automatic.kind(mail), reply.trim(mail).text, bounce.read(mail))
    except Exception as error:
        shown = _shown(mail, automatic.Kind.message, mail.text, None)
        return {**shown, "defects": [*mail.defects, f"reader_failed: {type(error).__name__}: {error}"]}


def _shown(mail: parse.ParsedMail, kind: automatic.Kind, new: str, report: bounce.Bounce | None) -> Shown:
    return {
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to,
        "references": list(mail.references),
        "date": mail.date.isoformat() if mail.date else None,
        "from": _mailbox(mail.sender) if mail.sender else None,
        "to": [_mailbox(box) for box in mail.to],
        "cc": [_mailbox(box) for box in mail.cc],
        "subject": mail.subject,
        "kind": kind.value,
        "text": mail.text,
        "reply": new,
        "attachments": [_attachment(file) for file in mail.attachments],
        "bounce": _bounce(report) if report else None,
        "defects": list(mail.defects),
    }


def show_batch(folder: Path) -> Iterator[Shown]:
    """The reading of every file of a folder, by name, with "file" added; one that cannot be read stops no other."""
    for path in sorted(filter(_is_file, folder.iterdir())):
        if _size(path) > LARGE:
            _give_back()
        name = os.fsencode(path.name).decode("utf-8", "replace")  # a name need not be UTF-8, what we print must
        yield {"file": name, **show_file(path)}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _give_back() -> None:
    """What the C library keeps of the memory of mails read before, where it is glibc: a third of what may be taken."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)


def _is_file(path: Path) -> bool:
    """Not what would wait for ever (pipes, devices); a link that leads nowhere is a file that cannot be read."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def bounded(source: BinaryIO) -> bytes:
    """What is looked at of a mail: a file of any size costs no more memory than the longest mail."""
    return source.read(parse.MAX_MESSAGE + 1)


def show_file(path: Path) -> Shown:
    """The reading of one file, or a reading of nothing that says why it cannot be read."""
    try:
        with path.open("rb") as source:
            raw = bounded(source)
    except OSError as error:
        return {**show(b""), "defects": [f"unreadable_file: {error.strerror}"]}
    return show(raw)


def _mailbox(box: parse.Mailbox) -> Shown:
    return {"name": box.name, "address": box.address}


def _attachment(file: parse.ParsedAttachment) -> Shown:
    return {
        "filename": file.filename,
        "content_type": file.content_type,
        "size": file.size,
        "inline": file.inline,
        "content_id": file.content_id,
        "sha256": file.sha256,
    }


def _bounce(report: bounce.Bounce) -> Shown:
    return {"recipient": report.recipient, "status": report.status, "action": report.action}
