"""The life of the sample town: claim the folder and the ports, lay the town out once, then serve it until stopped."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hub.app import build
from hub.config import Config, Lmtp
from hub.core import heap
from hub.core.clock import FrozenClock
from hub.core.work import told_to_stop
from hub.demo import PRESET
from hub.demo.errors import DemoError
from hub.demo.folder import Folder
from hub.demo.mailboxes import Mailboxes
from hub.demo.pages import Pages
from hub.demo.people import HOSTED, Sample
from hub.demo.post import PostOffice
from hub.demo.seed import lay_out, moved_in
from hub.demo.stamps import Host
from hub.demo.town import AUTHSERV, HOST, Place, publish, settings
from hub.mail.lmtp import DoorError, LmtpServer


class Stopped(Exception):
    """Somebody asked the demo to end while it was starting."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for. Port 0: any free one. `preset` "": the one the data was made with, else PRESET."""

    port: int
    smtp_port: int
    data: Path
    preset: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A town that may be visited."""

    config: Config
    sample: Sample
    folder: Path


async def run(options: Options, announce: Callable[[Opened], None]) -> None:
    """Run the demo until SIGINT or SIGTERM; `announce` is called once it is ready. Raises DemoError, ConfigError."""
    stopped = told_to_stop()
    heap.settle()  # before the tables are laid: that makes much that dies soon, beside all that was just loaded
    try:
        async with opened(options, lambda: heed(stopped)) as town:
            announce(town)
            await stopped.wait()
    except Stopped:
        return


def heed(stopped: asyncio.Event) -> None:
    """Raises Stopped when that was asked for: between two steps, so that none is cut in two."""
    if stopped.is_set():
        raise Stopped


@asynccontextmanager
async def opened(options: Options, heed: Callable[[], None]) -> AsyncIterator[Opened]:
    """The town, open until the block ends. `heed` is called between two steps of the start and may raise."""
    folder = Folder(options.data)
    async with AsyncExitStack() as stack:
        stack.enter_context(folder.claimed())
        sample = folder.sample()
        preset = _preset(options, sample, folder)
        listener = stack.enter_context(closing(_held(options.port)))
        post = PostOffice(Mailboxes(folder.path / "mailboxes"), Host(AUTHSERV, HOSTED))
        door = await stack.enter_async_context(_door(options.smtp_port, post))
        config = settings(preset, Place(folder.path, listener.getsockname()[1], door.port))
        heed()
        sample = sample or await _laid_out(config, folder, post, heed)
        heed()
        await stack.enter_async_context(_open_to_all(config, sample, post, listener))
        yield Opened(config, sample, folder.path)


@asynccontextmanager
async def _open_to_all(
    config: Config, sample: Sample, post: PostOffice, listener: socket.socket
) -> AsyncIterator[None]:
    """The hub at work on today's clock, with its web door and the demo's own pages."""
    async with build(config).opened() as hub:
        await hub.core.db.migrate()
        await hub.directory.settle(config)
        pages = Pages(hub, post.mailboxes, sample)
        with post.serving(hub):
            async with pages.opened(), hub.working(), hub.serving(pages.add_to, listener):
                yield


async def _laid_out(config: Config, folder: Folder, post: PostOffice, heed: Callable[[], None]) -> Sample:
    """The town as it is found on the first day, made by a hub whose clock walks through the past weeks."""
    folder.begin()
    publish(config.home)
    now = datetime.now(UTC)
    clock = FrozenClock(moved_in(now, config))
    async with build(config, clock).opened() as hub:
        with post.serving(hub):
            sample = await lay_out(hub, clock, post.mailboxes, now, heed)
    folder.finish(sample)
    return sample


def _preset(options: Options, sample: Sample | None, folder: Folder) -> str:
    """The preset to use. Raises DemoError when the data was made with another one."""
    if sample is None:
        return options.preset or PRESET
    if options.preset and options.preset != sample.preset:
        raise DemoError(
            f"{folder.path} contient la démonstration « {sample.preset} » : "
            f"pour « {options.preset} », choisissez un autre dossier avec --data."
        )
    return sample.preset


def _held(port: int) -> socket.socket:
    """The web port, ours from now on. Raises DemoError."""
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise DemoError(_occupied(port, "--port", error)) from error


@asynccontextmanager
async def _door(port: int, post: PostOffice) -> AsyncIterator[LmtpServer]:
    """The loopback SMTP server, open until the block ends. Raises DemoError."""
    limit = Config().limits.mail_bytes
    door = LmtpServer(Lmtp(HOST, port), post.take, post.accepts, limit, protocol="smtp")
    try:
        await door.start()
    except DoorError as error:
        raise DemoError(f"Serveur SMTP : {error}. Choisissez-en un autre avec --smtp-port.") from error
    try:
        yield door
    finally:
        await door.stop()


def _occupied(port: int, option: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Le port {port} est déjà occupé par un autre programme. Choisissez-en un autre avec {option}."
    return f"Le port {port} ne peut pas être ouvert : {error.strerror}. Choisissez-en un autre avec {option}."
