"""Mail in files: single messages, Maildir folders, mbox files."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator, Sequence
from pathlib import Path


def mails_in(paths: Sequence[Path]) -> Iterator[bytes]:
    """The raw mails under `paths`, one at a time; an empty file is none. Raises OSError for what cannot be read."""
    for path in paths:
        if path.is_dir():
            yield from _folder(path)
        elif _is_mbox(path):
            yield from _mbox(path)
        else:
            yield from _single(path)


def _folder(path: Path) -> Iterator[bytes]:
    """A Maildir (new and cur), or any folder of message files."""
    maildir = [path / "new", path / "cur"]
    folders = maildir if all(folder.is_dir() for folder in maildir) else [path]
    for folder in folders:
        for file in sorted(folder.iterdir()):
            if file.is_file():
                yield from _single(file)


def _single(path: Path) -> Iterator[bytes]:
    if raw := path.read_bytes():
        yield raw


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(5) == b"From "


def _mbox(path: Path) -> Iterator[bytes]:
    box = mailbox.mbox(path, create=False)
    try:
        for key in box.iterkeys():
            yield box.get_bytes(key)
    finally:
        box.close()
