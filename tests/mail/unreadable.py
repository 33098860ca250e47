"""What the worst of mails does to the process that reads it. Imports little: that process has little memory."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence

from hub.mail import readings
from hub.mail.readings import Reading


def never_ends(raws: Sequence[bytes], authserv_ids: tuple[str, ...]) -> list[Reading]:
    time.sleep(60)
    return []


def dies(raws: Sequence[bytes], authserv_ids: tuple[str, ...]) -> list[Reading]:
    os.kill(os.getpid(), signal.SIGKILL)
    return []


def eats(raws: Sequence[bytes], authserv_ids: tuple[str, ...]) -> list[Reading]:
    readings._settle_in()
    return readings.read_all([b"x" * (2 * readings.MEMORY)], authserv_ids)


def takes_long(raws: Sequence[bytes], authserv_ids: tuple[str, ...]) -> list[Reading]:
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        pass
    return readings.read_all(raws, authserv_ids)
