"""What the desk's handlers find on the application besides what `hub.web.keys` names."""

from __future__ import annotations

from aiohttp import web

from hub.mailbox.failing import FailingAddresses
from hub.mailbox.filing import Filing
from hub.mailbox.quarantine import Quarantine

FAILING = web.AppKey("failing", FailingAddresses)
FILING = web.AppKey("filing", Filing)
QUARANTINE = web.AppKey("quarantine", Quarantine)


def waiting(request: web.Request) -> Quarantine:
    """The mails that wait for an agent."""
    return request.app[QUARANTINE]


def failing(request: web.Request) -> FailingAddresses:
    """The addresses to which mail comes back."""
    return request.app[FAILING]


def filing(request: web.Request) -> Filing:
    """The papers that families send."""
    return request.app[FILING]
