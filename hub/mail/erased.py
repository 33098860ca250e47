"""Mails that are no more: what is left of them, so that they do not come in anew."""

from __future__ import annotations

from tortoise.queryset import QuerySet

from hub.mail.models import InboundContent, InboundMail


async def erase(mails: QuerySet[InboundMail]) -> None:
    """Leave nothing of them but the digest of their bytes and their place in the mailbox: it may be read again from its
    start, and what was discarded, or is of a family that was erased, must not come in as new."""
    ids = await mails.values_list("id", flat=True)
    await InboundContent.filter(mail_id__in=ids).delete()
    await InboundMail.filter(id__in=ids).update(
        state="erased", blob="", envelope_from="", envelope_to=[], trace="", reason="", message_id="",
        from_address="", subject="", released="", thread=None, service=None, chosen=None, account=None,
    )  # fmt: skip
