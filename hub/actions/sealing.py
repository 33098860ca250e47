"""What is applied when a request is accepted, and what was there before: kept sealed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hub.core.base import Core
from hub.core.errors import Conflict
from hub.core.seal import SealBroken

PURPOSE = "request"  # of the seal


def sealed(core: Core, payload: Mapping[str, Any]) -> str:
    """As a column keeps it."""
    return core.sealer.seal(PURPOSE, json.dumps(payload, default=str))


def opened(core: Core, column: str) -> dict[str, Any]:
    """What it holds. Raises Conflict when the portal has another key by now."""
    try:
        return dict(json.loads(core.sealer.open(PURPOSE, column)))
    except SealBroken as broken:
        raise Conflict("La clé du portail a changé : cette demande ne peut plus être lue.") from broken
