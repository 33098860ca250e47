"""Mail made to hurt: each is read within its bounds of time and memory, measured in a process of its own."""

import json
import subprocess
import sys
from typing import Any

import pytest

from hub.mail import html
from hub.mail.reading import contacts, formulas, history, introduction, signature

SECONDS = 10
MEGABYTES = 200
MEASURED = r"""
import json, re, sys, time
from hub.mail import show
read = show.show(sys.stdin.buffer.read())
# Not ru_maxrss: it counts what the parent had before exec.
peak = re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())
print(json.dumps([read["defects"], time.process_time(), int(peak[1]) / 1024]))
"""
TEXT = b"Content-Type: text/plain; charset=utf-8\n\n"
HTML = b"Content-Type: text/html; charset=utf-8\n\n"
MIXED = b"Content-Type: multipart/mixed; boundary=b\n\n"
BASE64 = b"Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n"
ANSWERED = "De : a@b.fr\nEnvoyé : lundi 12 mars 2024\nÀ : x@y\nObjet : z\n\nfoo\n"
REPORT = b"From: MAILER-DAEMON@x\nSubject: Undelivered\n\n"


def nested(depth: int) -> bytes:
    opened = (b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(depth))
    return b"From: a@b.fr\n" + b"".join(opened) + b"Content-Type: text/plain\n\nfond\n"


SIGNED = "Oui.\n\nZoé Durand\n12 rue des Lilas !\nPortable : 06 12 34 56 78\n".encode()

# What comes first, and what follows how often.
HOSTILE = {
    "a From of parentheses": (b"From: ", b"(", 20_000),
    "a From of escaped quotes": (b"From: ", b'"\\', 500_000),
    "nested parts": (nested(1_500), b"", 0),
    "one boundary for all": (MIXED, b"--b\n" + MIXED, 50_000),
    "lines that are nearly boundaries": (MIXED, b"--bb\n", 7_000_000),
    "parts of many headers": (MIXED, b"--b\n" + b"X: y\n" * 7_000 + b"\nx\n", 1_000),
    "parts of many parameters": (MIXED, b"--b\nContent-Type: a/b;" + b" a=b;" * 7_000 + b"\n\nx\n", 1_000),
    "one line": (b"Subject: x\n\n", b"a", 20_000_000),
    "open tags": (HTML, b"<div>", 1_000_000),
    "open quotes": (HTML, b"<blockquote>x", 1_000_000),
    "less-than signs": (HTML, b"<", 20_000_000),
    "lists": (HTML, b"<ul><li>x", 300_000),
    "links on one line": (HTML, b"<a href=http://x.fr>x", 200_000),
    "headers": (b"", b"X: y\n", 4_000_000),
    "one header of many lines": (b"Subject: x\n", b" y\n", 5_000_000),
    "encoded words": (b"Subject: ", b"=?utf-8?q?a?= ", 1_000_000),
    "parameters": (b'Content-Type: text/plain; a="', b'\\"', 1_000_000),
    "base64 that ends in the middle": (BASE64, b"QUJD" * 19 + b"\n", 1_400_000),
    "padded runs of base64": (BASE64, b"Q=UJ=D\n", 4_000_000),
    "uuencoded files": (TEXT, b"begin 644 x\n#0V%T\n`\nend\n", 600_000),
    "attributions": (TEXT, "Le 12 mars 2024 à 10:12, X\n".encode(), 700_000),
    "labels": (TEXT, "De : x\nEnvoyé : y\n\n".encode(), 500_000),
    "dashes": (TEXT, b"-= ", 5_000_000),
    "one line under a signature": (TEXT + SIGNED, b"<blockquote>", 100_000),
    "a mailbox of escaped lines": (b"From a@b.fr\nSubject: x\n\n", b">From a\n", 4_000_000),
    "a report of nothing": (REPORT, b"user" + b" " * 60, 200_000),
    "NUL bytes": (b"", b"\0", 30_000_000),
    "names that nearly wrote": (TEXT, b"1:1<a@b>" * 45 + b"x:\n", 2_700),
    "links in links": (HTML, b"<a href=http://x.fr>y<br>z", 60_000, b"</a>" * 60_000),
}


@pytest.mark.long
@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_mail_is_read_within_its_bounds(
    hostile: tuple[bytes, bytes, int] | tuple[bytes, bytes, int, bytes],
) -> None:
    start, repeated, times, *end = hostile
    raw = start + repeated * times + b"".join(end)
    done = subprocess.run([sys.executable, "-c", MEASURED], input=raw, capture_output=True, check=True, timeout=60)
    defects, seconds, megabytes = json.loads(done.stdout)
    assert not [defect for defect in defects if defect.startswith("reader_failed")]
    assert seconds < SECONDS
    assert megabytes < MEGABYTES


def lines_of(text: str) -> list[str]:
    return text.split("\n")


class Counted:
    """How often a function was called meanwhile, and with how many characters."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
        self.calls = self.characters = 0
        self._real = getattr(module, name)
        monkeypatch.setattr(module, name, self)

    def __call__(self, first: Any, *others: Any, **named: Any) -> Any:
        self.calls += 1
        self.characters += len(first)
        return self._real(first, *others, **named)


def test_each_line_below_is_asked_once_whether_it_introduces_the_mail_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Counted(monkeypatch, introduction, "end")
    quotes = "".join(f"Voir la question :\n> question {number:02}\nréponse\n" for number in range(99))
    lines = lines_of(quotes + ANSWERED)
    found = history.split(lines)
    assert "> question 98" in found.kept and "De : a@b.fr" in found.cut
    assert asked.calls < 3 * len(lines)


def test_attributions_tried_in_vain_are_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Counted(monkeypatch, introduction, "_closes")
    lines = [f"{number} 1:1<a@b> le 1 a 20 x:" for number in range(history.MAX_LINES)]
    assert history.split([*lines]).kept == lines
    assert asked.calls == introduction.Tries().left


def test_a_line_drawn_above_a_closing_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Counted(monkeypatch, formulas, "closes")
    signature.split(lines_of("-----\nabc\n" * 300 + "Cordialement,\nabc"))
    assert asked.calls < 3_000


def test_a_last_paragraph_of_a_thousand_lines_is_no_signature_to_search(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Counted(monkeypatch, contacts, "is_contact")
    signature.split(["Bonjour", "", *["Nora Petit " + "@" * 90] * 1_000])
    assert asked.calls < 100


def test_links_that_are_never_closed_do_not_say_all_that_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Counted(monkeypatch, html, "_says")
    html.to_text("<a href=http://x.fr>y<br>z" * 300 + "</a>" * 300)
    assert said.characters < 200 * said.calls
