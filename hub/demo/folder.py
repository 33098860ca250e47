"""Where the sample town lives: one folder, one process at a time, laid out whole or begun again.

`people.json` is written last: a folder that has it is complete. Until then `unfinished` says that all the folder holds
is ours to remove. A folder with neither is somebody else's and is left alone.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from hub.demo.errors import DemoError
from hub.demo.people import Sample

PEOPLE = "people.json"
UNFINISHED = "unfinished"


class Folder:
    """The data of one demo."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Ours alone until the block ends. Raises DemoError."""
        handle = self._opened()
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._check()
            yield
        except BlockingIOError as error:
            raise DemoError(f"Une démonstration tourne déjà avec les données de {self.path}.") from error
        finally:
            os.close(handle)

    def sample(self) -> Sample | None:
        """Who lives there; None before the town is laid out. Raises DemoError when that cannot be read."""
        try:
            return msgspec.json.decode((self.path / PEOPLE).read_bytes(), type=Sample)
        except FileNotFoundError:
            return None
        except msgspec.MsgspecError as error:
            raise DemoError(f"{self.path / PEOPLE} est abîmé : supprimez {self.path} pour repartir à neuf.") from error

    def begin(self) -> None:
        """Clear what an interrupted start left, and mark what follows as unfinished."""
        for left in self.path.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        (self.path / UNFINISHED).touch()

    def finish(self, sample: Sample) -> None:
        """The town is complete. The file holds passwords: its owner alone may read it."""
        part = self.path / f"{PEOPLE}.part"
        part.touch(mode=0o600)
        part.write_bytes(msgspec.json.format(msgspec.json.encode(sample), indent=2))
        part.rename(self.path / PEOPLE)
        (self.path / UNFINISHED).unlink()

    def _opened(self) -> int:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            return os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise DemoError(f"Le dossier {self.path} ne peut pas être utilisé : {error.strerror}.") from error

    def _check(self) -> None:
        ours = any((self.path / name).exists() for name in (PEOPLE, UNFINISHED))
        if not ours and any(self.path.iterdir()):
            raise DemoError(
                f"Le dossier {self.path} contient autre chose qu’une démonstration : "
                "choisissez-en un autre avec --data."
            )
