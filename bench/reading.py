"""`python -m bench.reading`: reading a mail whole, against the standard library's parsing of it; one core."""

from __future__ import annotations

import email
import time
from collections.abc import Callable
from email.message import Message

from bench.letters import mail_of
from hub.mail import automatic, bounce, parse, reply

MAILS = 400
ROUNDS = 12


def bare(raw: bytes) -> list[str]:
    """The text of every part, decoded: the least that any reader does."""
    message: Message = email.message_from_bytes(raw)
    texts = []
    for part in message.walk():
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            texts.append(content.decode(part.get_content_charset() or "utf-8", "replace"))
    return texts


def whole(raw: bytes) -> reply.Reply:
    """What the intake learns of a mail: fields, files, kind, delivery report, new words."""
    mail = parse.read(raw)
    automatic.kind(mail)
    bounce.read(mail)
    return reply.trim(mail)


def seconds(read: Callable[[bytes], object], mails: list[bytes]) -> float:
    """Of processor time for one mail, in the best of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for raw in mails:
            read(raw)
        best = min(best, time.process_time() - start)
    return best / len(mails)


def main() -> None:
    """Print mails a second of both, and their ratio."""
    mails = [mail_of(n, f"nora{n}@saint-michel.example", "reponse@hub.test", "mx.hub.test") for n in range(MAILS)]
    least, ours = seconds(bare, mails), seconds(whole, mails)
    print(f"bare {1 / least:.0f} mails/s, whole {1 / ours:.0f} mails/s, ratio {least / ours:.2f}")


if __name__ == "__main__":
    main()
