"""What a family reads of an agent's mail, for every client of tests/mails, as it writes it, in HTML and in text.

On the page, in the list, in the letter and in the files: never the attribution line, an agent's private address, or
what was quoted below. The truth is the expected reply written beside each mail, not what our reader makes of it.
"""

from __future__ import annotations

import email
import json
import re
from collections.abc import Iterator
from email.message import Message as Part
from email.policy import SMTP
from email.utils import formataddr
from pathlib import Path

import pytest

from hub.mail import parse
from hub.mail.html import to_text
from hub.mail.models import InboundMail
from hub.mail.reading import reports
from hub.mailbox.models import Attachment, Message
from tests.cast import AUTHSERV, KARIM, MARIE, NORA, PAUL, Town
from tests.web.conftest import Arrive, anyone, arrive, door  # noqa: F401 (fixtures)

MAILS = Path(__file__).parents[1] / "mails"
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
SHORTEST = 12  # characters of a line that says something
NEVER = (
    "a écrit :",
    "a ecrit :",
    "wrote:",
    "Message d'origine",
    "Message d’origine",
    "Message transféré",
    "Original Message",
    "Envoyé de mon",
    "Envoyé :",
    "De : ",
    "Objet : ",
    "03 87 00 11 22",
)
OUR_WORDS = re.compile(
    r"Objet : (?:Re: )?Absence \d|Le [^,]{10,40}, Marie Durand a écrit :|— Répondez au-dessus de cette ligne —"
)
OF_THE_MAIL = ("content-type", "content-transfer-encoding", "mime-version", "subject", "date", "auto-submitted")
OPENS = {"humain-reponse-automatique-demandee"}  # an answer with that subject is a machine's
WRITTEN = [
    path
    for path in sorted(MAILS.glob("*.json"))
    if json.loads(path.read_text("utf-8")).get("kind") not in ("auto_reply", "bounce", "bulk")
    and path.stem not in OPENS
]
# What begins by ">", or heads a letter, in a mail that answers none, is a quote or its head in one that does.
NO_ANSWER = {"piege-plus-de-dix-ans", "piege-chevron-espace-en-fin", "piege-note-a-l-attention-de"}


def fields(head: bytes) -> list[bytes]:
    """The header fields, each with its continuations."""
    return re.split(rb"\r?\n(?![ \t])", head)


def variants(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Header fields and body of the mail as it is, of its HTML alone, and of its text alone."""
    head, _, body = raw.partition(b"\r\n\r\n" if b"\r\n\r\n" in raw else b"\n\n")
    kept = [field for field in fields(head) if field.partition(b":")[0].lower().decode("latin-1") in OF_THE_MAIL]
    yield "as it is", b"\r\n".join(kept) + b"\r\n\r\n" + body
    forwarded = next((f for f in kept if f[:8].lower() == b"subject:"), b"") if forwards(raw) else b""
    parts = [part for part in email.message_from_bytes(raw).walk() if not part.is_multipart()]
    for content_type in ("text/html", "text/plain"):
        found = next((part for part in parts if part.get_content_type() == content_type and not _is_file(part)), None)
        if found is not None:
            yield content_type, _alone(found, forwarded or b"Subject: Re: Absence")


def _is_file(part: Part) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def forwards(raw: bytes) -> bool:
    """Whether the subject says so: all that tells a forward without a word from an answer below its history."""
    return reports.FORWARD_SUBJECT.match(parse.read(raw).title) is not None


def _alone(part: Part, subject: bytes) -> bytes:
    """The part as a mail of its own, its encoding untouched."""
    head, _, body = part.as_bytes().partition(b"\n\n")
    kept = [field for field in fields(head) if field.lower().startswith((b"content-", b"mime-"))]
    return b"\r\n".join([subject, *kept]) + b"\r\n\r\n" + body


def of_agent(content: bytes, to: parse.ParsedMail, number: int, name: str) -> bytes:
    """What stands in `content`, sent by Nora in answer to a letter of the hub, under the name that signs it."""
    envelope = (
        f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=ville.test\r\n"
        f"From: {formataddr((name, NORA))}\r\nTo: {to.header('reply-to')}\r\n"
        f"Message-ID: <client-{number}@ville.test>\r\nIn-Reply-To: {to.message_id}\r\n"
    )
    return envelope.encode() + content


def squeezed(text: str) -> str:
    """Blanks folded, apostrophes as Roundcube's plain text has them."""
    return " ".join(text.replace("\xa0", " ").replace("’", "'").split())


def without_our_own_words(seen: str) -> str:
    """Without what the hub itself writes in its letters about the family's own message."""
    return re.sub(OUR_WORDS, "", seen)


def secrets(raw: bytes, reply: str) -> set[str]:
    """Every line and address of the mail that its writer did not newly write."""
    mail = parse.read(raw)
    whole = "\n".join([mail.text, to_text(mail.html)])
    written = squeezed(reply)
    lines = {squeezed(line.lstrip("> |\t")) for line in whole.splitlines()}
    addresses = {box.address for box in (*mail.authors, *mail.to, *mail.cc)} | set(ADDRESS.findall(whole)) | {NORA}
    found = {line for line in lines if len(line) >= SHORTEST} | addresses | set(NEVER)
    return {secret for secret in found if secret and squeezed(secret) not in written}


@pytest.mark.long
@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
async def test_a_family_reads_what_was_newly_written_and_nothing_else(town: Town, anyone: Arrive, path: Path) -> None:  # noqa: F811
    raw = path.with_suffix(".eml").read_bytes()
    expected = json.loads(path.read_text("utf-8"))
    marie = await anyone("mdurand")
    sender = parse.read(raw).sender
    for number, (name, content) in enumerate(variants(raw), 1):
        question = await town.write("Bonjour", subject=f"Absence {number}")
        await town.hub.settle()
        await town.arrive(of_agent(content, town.mails(NORA)[-1], number, sender.name if sender else ""))
        mail = await InboundMail.get(message_id=f"<client-{number}@ville.test>")
        if mail.reason == "empty":
            assert not expected.get("reply"), name
            continue
        assert (mail.state, mail.reason) == ("stored", ""), name
        seen = without_our_own_words(await read_all(town, marie, question.thread_id))
        shown = (await Message.filter(thread_id=question.thread_id).order_by("-id").first()).text  # type: ignore[union-attr]
        leaked = [secret for secret in secrets(raw, expected.get("reply", shown)) if squeezed(secret) in seen]
        assert not leaked, (name, leaked)
        if "reply" in expected and name == "as it is" and path.stem not in NO_ANSWER:
            assert squeezed(expected["reply"]) == squeezed(shown) or not expected["reply"], name


async def read_all(town: Town, marie, thread: int) -> str:  # type: ignore[no-untyped-def]
    """All that reaches the family about a conversation: pages, letters, files."""
    page = await marie.get(f"/messagerie/{thread}")
    lists = await marie.get("/messagerie")
    letters = [mail for who in (MARIE, PAUL) for mail in town.mails(who)[-1:]]
    written = [part for mail in letters for part in (mail.subject, mail.text, to_text(mail.html), str(mail.headers))]
    files = []
    for file in await Attachment.filter(message__thread_id=thread, aside=""):
        content = await town.hub.core.blobs.get(file.blob)
        files += [file.filename, content.decode("latin-1")]
    return squeezed("\n".join([to_text(page.text), page.text, lists.text, *written, *files]))


def test_the_check_knows_what_to_look_for() -> None:
    raw = (MAILS / "outlook-web.eml").read_bytes()
    reply = json.loads((MAILS / "outlook-web.json").read_text("utf-8"))["reply"]
    assert secrets(raw, reply) >= {"Responsable du service enfance", "nora.petit@saint-michel.example", "a écrit :"}
    assert {name for name, _ in variants(raw)} == {"as it is", "text/html", "text/plain"}
    assert len(WRITTEN) > 60


async def test_an_agents_reply_address_is_never_shown_wherever_it_was_pasted(town: Town, anyone: Arrive) -> None:  # noqa: F811
    """The history of a client that nobody knows, or an agent who explains how to answer."""
    question = await town.write("Bonjour")
    await town.hub.settle()
    letter = town.mails(NORA)[0]
    address = (letter.header("reply-to") or "").rpartition("<")[2].rstrip(">")
    await town.arrive(town.answer(letter, NORA, f"Écrivez-moi à {address.upper()} ou <{address}>."))
    seen = await read_all(town, await anyone("mdurand"), question.thread_id)
    assert "Écrivez-moi à [adresse retirée]" in seen and address.partition("@")[0] not in seen.lower()


@pytest.mark.parametrize(
    "text",
    [
        "Oui.\nNora Lambert - nora@ville.test - 01 60 00 00 10",
        "Oui, voyez (mailto:Nora@Ville.test) ou N.Lambert@ville.test.",
        "Oui : Karim est à karim@ville.test.",
    ],
)
async def test_an_agents_private_address_stays_with_the_town_wherever_it_stands(
    town: Town,
    anyone: Arrive,  # noqa: F811
    text: str,
) -> None:
    """No reader of signatures knows them all. What is public stays: the service's own address, other people's."""
    question = await town.write("Bonjour")
    await town.hub.settle()
    kept = ("periscolaire@hub.test", "martin@famille.test", "xnora@ville.test", "nora@ville.test.fr")
    for number in range(3):
        await town.arrive(town.answer(town.mails(NORA)[0], NORA, f"{text}\n{' '.join(kept)}", Date=f"{number}"))
    seen = await read_all(town, await anyone("mdurand"), question.thread_id)
    assert "Oui" in seen and "[adresse retirée]" in seen and all(address in seen for address in kept)
    found = {address.lower() for address in ADDRESS.findall(seen)}
    assert not found & {NORA, "n.lambert@ville.test", KARIM}
    assert await InboundMail.exists(reason="loop"), "and whoever says the same for the third time is still a machine"


async def test_what_is_not_shown_is_not_found(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Oui, écrivez à n.lambert@ville.test."))
    marie = town.account()
    found = [bool((await town.hub.lists.search(marie.id, marie.family_id, word)).rows) for word in ("oui", "lambert")]
    assert found == [True, False]


async def test_a_guardian_s_address_is_not_shown_to_the_other_one(town: Town, anyone: Arrive) -> None:  # noqa: F811
    asked = await town.write("Bonjour")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Quel jour ?"))
    mail = town.mails(MARIE)[0]
    address = (mail.header("reply-to") or "").rpartition("<")[2].rstrip(">")
    await town.arrive(town.answer(mail, MARIE, "Jeudi.").replace(b"> ", f"> {address}\r\n> ".encode()))
    for who in ("mdurand", "pdurand"):
        page = await (await anyone(who)).get(f"/messagerie/{asked.thread_id}")
        assert "Jeudi." in page.text and "[adresse retirée]" in page.text
        assert address.partition("@")[0] not in page.html


async def test_what_a_family_writes_of_agents_is_theirs(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Quel jour ?"))
    await town.arrive(town.answer(town.mails(MARIE)[0], MARIE, f"J’ai écrit à {NORA} hier"))
    assert await Message.exists(text=f"J’ai écrit à {NORA} hier")


@pytest.mark.parametrize("how", ["the mail itself", "an Outlook file", "a signature", "a card"])
async def test_files_that_carry_an_agents_address_are_set_aside(town: Town, how: str) -> None:
    """Some clients attach what they answer; S/MIME adds a certificate, Thunderbird a card."""
    question = await town.write("Bonjour")
    await town.hub.settle()
    original = town.sink.sent_to(NORA)[0]
    content, content_type = {
        "the mail itself": (original, "message/rfc822"),
        "an Outlook file": (parse.read(original).header("reply-to").encode("utf-16-le"), "application/vnd.ms-outlook"),  # type: ignore[union-attr]
        "a signature": (b"\x30\x82" + NORA.encode(), "application/pkcs7-signature"),
        "a card": (f"BEGIN:VCARD\r\nEMAIL:{NORA}\r\nEND:VCARD\r\n".encode(), "text/vcard"),
    }[how]
    raw = email.message_from_bytes(town.answer(town.mails(NORA)[0], NORA, "Oui"), policy=SMTP)
    raw.make_mixed()  # type: ignore[attr-defined]
    if content_type == "message/rfc822":
        raw.add_attachment(email.message_from_bytes(content, policy=SMTP))  # type: ignore[attr-defined]
    else:
        raw.add_attachment(content, *content_type.split("/"), filename="piece.bin")  # type: ignore[attr-defined]
    raw.add_attachment(b"%PDF-1.4", "application", "pdf", filename="certificat.pdf")  # type: ignore[attr-defined]
    await town.arrive(raw.as_bytes())
    files = await Attachment.filter(message__thread_id=question.thread_id).order_by("position")
    assert [bool(file.aside) for file in files] == [True, False]
    assert files[0].blob == "" and files[1].filename == "certificat.pdf"
