"""Mails that are odd without being wrong, up to what the family gets of them."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from hub.mail.inbound import ReceivedMail
from hub.mailbox.models import Attachment, Message
from tests.cast import NORA, Town
from tests.web.browser import Browser


async def answered(town: Town, **headers: str) -> EmailMessage:
    """Nora's answer to a message, yet to be sent."""
    await town.write("Bonjour")
    await town.hub.settle()
    mail = message_from_bytes(town.answer(town.mails(NORA)[0], NORA, "Oui", **headers), policy=SMTP)
    assert isinstance(mail, EmailMessage)
    return mail


@pytest.mark.parametrize(
    "date", ["Thu, 01 Jan 1970 00:00:00 +0000", "Sat, 31 Dec 2099 23:59:59 +1400", "hier soir", ""]
)
async def test_nothing_depends_on_the_date_a_mail_bears(town: Town, date: str) -> None:
    mail = await answered(town, **({"Date": date} if date else {}))
    town.clock.advance(minutes=5)
    await town.arrive(mail.as_bytes())
    [_, message] = await Message.all().order_by("at")
    assert (message.text, message.at) == ("Oui", town.clock.now())


async def test_empty_files_and_files_of_one_byte_are_files(town: Town, marie: Browser) -> None:
    mail = await answered(town)
    for name, content in (("vide.txt", b""), ("un.txt", b"1")):
        mail.add_attachment(content, maintype="text", subtype="plain", filename=name)
    await town.arrive(mail.as_bytes())
    files = await Attachment.all().order_by("position")
    assert [(file.filename, file.size, file.aside) for file in files] == [("vide.txt", 0, ""), ("un.txt", 1, "")]
    thread = (await Message.all().first()).thread_id
    for file, content in zip(files, ("", "1"), strict=True):
        page = await marie.get(f"/messagerie/{thread}/pieces/{file.id}")
        assert (page.status, page.html) == (200, content)


@pytest.mark.parametrize("raw", [b"", b"\n", b"\0", b"x" * 100_000, b"From: \r\n\r\n", b"\xff\xfe" * 1000])
async def test_whatever_comes_is_kept_and_its_neighbours_are_posted(town: Town, raw: bytes) -> None:
    mail = (await answered(town)).as_bytes()
    await town.hub.inbound.take([ReceivedMail(each, "portail", 1, uid) for uid, each in enumerate((raw, mail, raw), 1)])
    await town.hub.settle()
    assert await Message.all().order_by("id").values_list("text", flat=True) == ["Bonjour", "Oui"]
    rows = await town.hub.core.db.rows("SELECT state, size FROM inbound_mail WHERE uid <> 2")
    assert [(row["size"]) for row in rows] == [len(raw)] * 2
    assert {row["state"] for row in rows} <= {"quarantined", "ignored"}
