"""Links to a file for somebody without an account: an agent whose mail would have been too large.

Signed, for one file, and expiring with the reply addresses. They only ever download.
"""

from __future__ import annotations

from datetime import timedelta

from hub.core.base import Core
from hub.core.errors import NotFound
from hub.mailbox.models import Attachment

PURPOSE = "file"


class FileLinks:
    """Makes and honours them."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def url(self, attachment: int) -> str:
        """The full address of the file for whoever holds it."""
        expires = int((self._core.clock.now() + timedelta(days=self._core.config.mail.reply_days)).timestamp())
        signature = self._core.signer.sign(PURPOSE, f"{attachment}-{expires}")
        return f"{self._core.config.web.url.rstrip('/')}/fichier/{attachment}-{expires}-{signature}"

    async def file(self, token: str) -> Attachment:
        """The file a link names. Raises NotFound for a forged or expired one."""
        attachment, _, rest = token.partition("-")
        expires, _, signature = rest.partition("-")
        if not (attachment.isdigit() and expires.isdigit() and len(expires) < 12 and len(attachment) < 19):
            raise NotFound
        if not self._core.signer.verify(PURPOSE, f"{attachment}-{expires}", signature):
            raise NotFound
        if int(expires) < self._core.clock.now().timestamp():
            raise NotFound
        file = await Attachment.get_or_none(id=int(attachment), aside="")
        if file is None:
            raise NotFound
        return file
