"""A daemon run by the tests: its own folder under /tmp, an unprivileged user, its log kept for failures."""

from __future__ import annotations

import contextlib
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
UNPRIVILEGED = "nobody"
MEMORY = "/dev/shm"
ROOM = 4 * 1024**3  # bytes
EPHEMERAL = 32_768  # where Linux begins to number the near ends of connections
PORTS = random.SystemRandom()  # processes that test side by side draw different ones


class ServerError(RuntimeError):
    """A server did not start or do what the test needs; its log is in the message."""


class Daemon:
    """One server process with its children. Also a context manager.

    Run by root the process becomes `nobody` (PostgreSQL and a mail store refuse root); run by anyone else it
    stays that user.
    """

    name = "daemon"
    patience = 20.0  # seconds to start, or to run a tool
    grace = 20.0  # seconds to end by itself once told to
    farewell = signal.SIGTERM
    in_memory = False  # its folder; where the machine has the room

    def __init__(self) -> None:
        base = MEMORY if self.in_memory and _free(MEMORY) > ROOM else "/tmp"
        self.folder = Path(tempfile.mkdtemp(prefix=f"{self.name}-", dir=base))
        self.user = UNPRIVILEGED if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> Sequence[str]:
        """What is run, in the foreground."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Whether it answers."""
        raise NotImplementedError

    def start(self) -> None:
        """Start and wait until it answers."""
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env={"PATH": PATH, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self.identity(),
            )
        self.wait_until(self.ready, "start")

    def stop(self) -> None:
        """End it and its children; the folder stays, so it may be started again."""
        self._end(self.farewell)

    def kill(self) -> None:
        """End it and its children as a power cut would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop, then start on the same port with the same data."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze every process: connections stay open, nothing answers."""
        for pid in self.pids():
            _signal(pid, signal.SIGSTOP)

    def resume(self) -> None:
        """The end of `pause`."""
        for pid in self.pids():
            _signal(pid, signal.SIGCONT)

    def close(self) -> None:
        """Stop and remove the folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def pids(self) -> list[int]:
        """The process and all its descendants."""
        return list(_family(self._process.pid)) if self._process and self._process.poll() is None else []

    @property
    def log_file(self) -> Path:
        """What the server says, from its first start."""
        return self.folder / "log"

    def log(self) -> str:
        """What the server said."""
        return self.log_file.read_text("utf-8", "replace") if self.log_file.exists() else ""

    def write(self, name: str, text: str, mode: int = 0o644) -> Path:
        """A file in the folder, readable by the server."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def hand_over(self) -> None:
        """Give the folder and all in it to the user the server runs as."""
        for path in [self.folder, *self.folder.rglob("*")]:
            shutil.chown(path, self.user, pwd.getpwnam(self.user).pw_gid)

    def identity(self) -> dict[str, Any]:
        """Arguments of Popen that make the process the unprivileged user."""
        if os.geteuid() != 0:
            return {}
        entry = pwd.getpwnam(self.user)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def run(self, *command: str) -> str:
        """Run a tool as that user and return what it prints. Raises ServerError."""
        return run(command, self.patience, cwd=self.folder, **self.identity())

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Poll `condition` until true. Raises ServerError with the log when it never is, or the process died."""
        end = time.monotonic() + self.patience
        while not condition():
            if self._process is None or self._process.poll() is not None or time.monotonic() > end:
                raise ServerError(f"{self.name} did not {what}\n{self.log()[-4000:]}")
            time.sleep(0.02)

    def _end(self, sent: signal.Signals) -> None:
        if self._process is None:
            return
        self.resume()
        family, session = set(self.pids()), self._process.pid
        self._process.send_signal(sent)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(self.grace)
        # A child born meanwhile has lost its parent but not its session; it may hold the ports of the next start.
        end = time.monotonic() + self.patience
        while left := {pid for pid in family | _session(session) if alive(pid)}:
            for pid in left:
                _signal(pid, signal.SIGKILL)
            if time.monotonic() > end:
                raise ServerError(f"{self.name}: {left} would not end\n{self.log()[-4000:]}")
            time.sleep(0.01)
            self._process.poll()  # a dead child stays in the table until asked after
        self._process.wait(self.patience)
        self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def run(command: Sequence[str], seconds: float, **given: Any) -> str:
    """What `command` prints; `given` goes to subprocess. Raises ServerError with its output when it fails."""
    environment = {"PATH": PATH, "LC_ALL": "C.UTF-8"}
    done: subprocess.CompletedProcess[bytes]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=seconds, check=False, **given)
    if done.returncode:
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        raise ServerError(f"{' '.join(command)}: exit {done.returncode}\n{said}")
    return done.stdout.decode("utf-8", "replace")


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on, and that no outgoing connection is given by the kernel.

    A server that is restarted wants its port back: one of the ephemeral range may be a client's by then.
    """
    while True:
        port = PORTS.randrange(20_000, EPHEMERAL)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def greets(port: int, expected: bytes = b"") -> bool:
    """Whether something listens on `port` and its first bytes begin with `expected`."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as client:
            client.settimeout(2)
            return not expected or client.recv(100).startswith(expected)
    except OSError:
        return False


def _free(folder: str) -> int:
    """Bytes; 0 where there is no such folder."""
    return shutil.disk_usage(folder).free if Path(folder).is_dir() else 0


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _session(leader: int) -> set[int]:
    """The processes of a session, orphans included."""
    return {int(each.name) for each in Path("/proc").glob("[0-9]*") if _stat(int(each.name))[3:4] == [str(leader)]}


def alive(pid: int) -> bool:
    """Whether a process is there, and no zombie."""
    return _stat(pid)[:1] not in ([], ["Z"], ["X"])


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name: state, parent, group, session…; none once it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _signal(pid: int, sent: signal.Signals) -> None:
    try:
        os.kill(pid, sent)
    except ProcessLookupError:
        return
    except PermissionError:
        subprocess.run(["sudo", "-n", "kill", f"-{sent.value}", str(pid)], check=False)
