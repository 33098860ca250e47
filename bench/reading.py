"""reading: a mail read whole, against the standard library's parsing of it; one core, no database.

`python -m bench.reading` measures that alone, twice: `raw` cuts a mail into parts and decodes their bytes, no field is
understood; `parsed` is what the library gives who wants to know who wrote what: fields decoded, the body chosen, files
named (`email.policy.default`).
"""

from __future__ import annotations

import email
import time
from collections.abc import Callable
from email import policy
from email.message import Message

from bench.figures import Figure
from bench.letters import mail_of
from hub.core import heap
from hub.mail import automatic, bounce, parse, reply

MAILS = 400
ROUNDS = 12


FIELDS = ("from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references")


def raw(mail: bytes) -> list[str]:
    """The text of every part, decoded."""
    message: Message = email.message_from_bytes(mail)
    texts = []
    for part in message.walk():
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            texts.append(content.decode(part.get_content_charset() or "utf-8", "replace"))
    return texts


def parsed(mail: bytes) -> tuple[list[str], str, list[str | None]]:
    """Its fields, its body and the names of its files."""
    message = email.message_from_bytes(mail, policy=policy.default)
    body = message.get_body(("plain", "html"))
    text = body.get_content() if body else ""
    return [str(message[name]) for name in FIELDS], text, [part.get_filename() for part in message.iter_attachments()]


def whole(raw: bytes) -> reply.Reply:
    """What the intake learns of a mail: fields, files, kind, delivery report, new words."""
    mail = parse.read(raw)
    automatic.kind(mail)
    bounce.read(mail)
    return reply.trim(mail)


def seconds(read: Callable[[bytes], object], mails: list[bytes], rounds: int = ROUNDS) -> float:
    """Of processor time for one mail, in the best of several rounds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        for raw in mails:
            read(raw)
        best = min(best, time.process_time() - start)
    return best / len(mails)


def mails() -> list[bytes]:
    """Of 4 kB, as a host hands them over."""
    return [
        mail_of(n, f"nora{n}@saint-michel.example", "reponse@hub.test", "mx.hub.test", texts=2, signed=True)
        for n in range(MAILS)
    ]


def figure(rounds: int = ROUNDS) -> Figure:
    """Mails a second and core, against the library's bare parts."""
    given = mails()
    heap.settle()  # as the process that reads them does
    return Figure("reading", "none", 0, 1 / seconds(whole, given, rounds), "mails/s", 1 / seconds(raw, given, rounds))


def main() -> None:
    """Print mails a second of each, and the ratios."""
    given = mails()
    heap.settle()
    size = sum(map(len, given)) / MAILS / 1000
    ours = seconds(whole, given)
    print(f"the hub, whole: {1 / ours:.0f} mails/s of {size:.1f} kB")
    for name, bare in ("raw", raw), ("parsed", parsed):
        least = seconds(bare, given)
        print(f"the library, {name}: {1 / least:.0f} mails/s, ratio {least / ours:.2f}")


if __name__ == "__main__":
    main()
