"""TLS towards the town's mail servers: SMTP and IMAP alike."""

from __future__ import annotations

import ssl
from typing import Protocol


class Secured(Protocol):
    """The part of Smtp and Imap settings that speaks of certificates."""

    @property
    def ca_file(self) -> str: ...
    @property
    def verify(self) -> bool: ...


def client_context(settings: Secured) -> ssl.SSLContext:
    """The system's authorities, or only those of `ca_file`. `verify = false` accepts any certificate.

    Raises OSError (ssl.SSLError among them) when `ca_file` cannot be read.
    """
    context = ssl.create_default_context(cafile=settings.ca_file or None)
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
