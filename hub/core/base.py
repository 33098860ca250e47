"""What every room is given: the foundations of one hub, opened and closed together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hub.config import Config
from hub.core.blobs import Blobs, open_blobs
from hub.core.channel import Channel, PostgresChannel
from hub.core.clock import Clock
from hub.core.db import Database
from hub.core.seal import Sealer
from hub.core.tokens import Signer, load_secret


@dataclass(frozen=True, slots=True)
class Core:
    """The settings and the ground floor of one town's hub."""

    config: Config
    db: Database
    blobs: Blobs
    clock: Clock
    channel: Channel
    signer: Signer
    sealer: Sealer

    def today(self) -> date:
        """The day it is in town."""
        return self.clock.now().astimezone(self.config.town.tz).date()

    async def open(self) -> None:
        """Connect to the database and start hearing notices."""
        await self.db.open()
        await self.channel.open()

    async def close(self) -> None:
        """Let go of both, whatever state they are in."""
        try:
            await self.channel.close()
        finally:
            await self.db.close()


def lay(config: Config, clock: Clock | None = None) -> Core:
    """The foundations that the settings describe, not yet opened."""
    db, secret = Database(config.database), load_secret(Path(config.security.secret_file))
    return Core(
        config=config,
        db=db,
        blobs=open_blobs(config.storage),
        clock=clock or Clock(),
        channel=Channel() if db.dialect == "sqlite" else PostgresChannel(config.database.url),
        signer=Signer(secret),
        sealer=Sealer(secret),
    )
