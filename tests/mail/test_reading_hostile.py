"""Mail made to hurt: each is read within its bounds of time and memory, measured in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hub.mail import html
from hub.mail.reading import cms, contacts, formulas, history, introduction, signature

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


def element(tag: int, content: bytes) -> bytes:
    """In DER, with a length of four bytes (X.690 §8.1)."""
    return bytes([tag, 0x84]) + len(content).to_bytes(4, "big") + content


def sealed(inner: bytes, times: int) -> bytes:
    """A message in opaque S/MIME signatures, one around the other."""
    for _ in range(times):
        data = element(0x30, bytes.fromhex("06092a864886f70d010701") + element(0xA0, element(0x04, inner)))
        signed = element(0x30, b"\x02\x01\x01\x31\x00" + data)
        body = element(0x30, b"\x06\x09" + cms.SIGNED_DATA + element(0xA0, signed))
        inner = b"Content-Type: application/pkcs7-mime\nContent-Transfer-Encoding: binary\n\n" + body
    return b"From: a@b.fr\n" + inner


UNKNOWN = b" ".join(b"=?c%d?q?a?=" % number for number in range(70_000))
ENDLESS_SEAL = b"Content-Type: application/pkcs7-mime\nContent-Transfer-Encoding: binary\n\n\x30\x80\x06\x09"
ENDLESS_SEAL += cms.SIGNED_DATA + b"\xa0\x80" + b"\x30\x80" * 17_000
OUTLOOK = b"Content-Type: application/ms-tnef\nContent-Transfer-Encoding: binary\n\n\x78\x9f\x3e\x22\0\0"
FILE = b"\2\2\x90\0\0\0\0\0\0\0\0" + b"\2\x0f\x80\0\0\1\0\0\0x\0\0"  # MS-OXTNEF §2.1.3: its beginning, its content
STATUS = b"--b\nContent-Type: message/delivery-status\n\n" + b"Status: 4.0.0\n\n" * 2_300
GIVEN_BACK = b"--b\nContent-Type: message/rfc822\n\n" + (b"To: " + b")" * 60_000 + b"\n") * 15 + b"\n\n"

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
    "a uuencoded file named by spaces": (TEXT + b"begin 644 ", b" ", 5_000_000, b"a" * 300 + b"\n"),
    "charsets that nobody knows": (b"", b"Subject: " + UNKNOWN.replace(b" ", b"\n ") + b"\n", 1),
    "messages in unknown charsets": (MIXED, b"--b\nContent-Type: message/rfc822\n\nX: " + UNKNOWN + b"\n\n\n", 20),
    "boundaries of spaces": (b"Content-Type: multipart/mixed\n\n", b"--" + b" " * 198 + b"\n", 170_000),
    "stray lines in the headers of many parts": (MIXED, b"--b\n" + b"x\na-:\n" * 5_900 + b"\n\n", 1_000),
    "misnamed lines in the headers of many parts": (MIXED, b"--b\n" + b":x\n" * 11_900 + b"\n\n", 1_000),
    "padding alone": (BASE64, b"=", 35_000_000),
    "recipients announced in vain": (REPORT, b"user" * 14 + b":" + b" " * 40 + b"a" * 124 + b"\n", 90),
    "reports in a report": (b"Content-Type: multipart/report; boundary=b\n\n", STATUS, 990),
    "mails given back to nobody": (b"From: MAILER-DAEMON@x\nSubject: Undelivered\n" + MIXED, GIVEN_BACK, 20),
    "signatures in signatures": (sealed(TEXT + b"a" * 33_000_000, 4), b"", 0),
    "signatures that never end": (MIXED, b"--b\n" + ENDLESS_SEAL + b"\n", 990),
    "a character of a million digits": (HTML + b"&#", b"9", 900_000),
    "files of Outlook without end": (MIXED, b"--b\n" + OUTLOOK + FILE * 480 + b"\n", 900),
    "properties of Outlook without end": (OUTLOOK + FILE, b"\2\5\x90\0\0\0\0\0\0\0\0", 3_000_000),
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


LARGEST = ["mails given back to nobody", "stray lines in the headers of many parts", "signatures in signatures"]
BATCH = r"""
import re, sys
from pathlib import Path
from hub.mail import show
print(*(one["file"] for one in show.show_batch(Path(sys.argv[1]))))
print(int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) / 1024)
"""


@pytest.mark.long
def test_large_mails_of_a_folder_take_the_memory_of_one(tmp_path: Path) -> None:
    for place, name in enumerate([*LARGEST, *LARGEST]):
        start, repeated, times, *end = HOSTILE[name]
        (tmp_path / f"{place}.eml").write_bytes(start + repeated * times + b"".join(end))
    done = subprocess.run([sys.executable, "-c", BATCH, tmp_path], capture_output=True, check=True, timeout=120)
    files, megabytes = done.stdout.decode().splitlines()
    assert files.split() == [f"{place}.eml" for place in range(6)]
    assert float(megabytes) < MEGABYTES - 60  # a larger one and the command line take some as well


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
