"""What the worst of mails does to the process that reads it. Imports little: that process has little memory."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence

from hub.mail import readings


def never_ends(raws: Sequence[bytes], authserv_ids: tuple[str, ...]) -> bytes:
    time.sleep(60)
    return b""


def dies(raws: Sequence[bytes], authserv_ids: tuple[str, ...]) -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


def eats(raws: Sequence[bytes], authserv_ids: tuple[str, ...]) -> bytes:
    readings._settle_in()
    return readings.packed(readings.read_all([b"x" * (2 * readings.MEMORY)], authserv_ids))


def takes_long(raws: Sequence[bytes], authserv_ids: tuple[str, ...]) -> bytes:
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        pass
    return readings.packed(readings.read_all(raws, authserv_ids))
