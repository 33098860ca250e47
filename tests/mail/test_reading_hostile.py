"""Mail made to hurt: each is read within its bounds of time and memory, measured in a process of its own."""

import json
import subprocess
import sys

import pytest

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
}


@pytest.mark.long
@pytest.mark.parametrize(("start", "repeated", "times"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_mail_is_read_within_its_bounds(start: bytes, repeated: bytes, times: int) -> None:
    raw = start + repeated * times
    done = subprocess.run([sys.executable, "-c", MEASURED], input=raw, capture_output=True, check=True, timeout=60)
    defects, seconds, megabytes = json.loads(done.stdout)
    assert not [defect for defect in defects if defect.startswith("reader_failed")]
    assert seconds < SECONDS
    assert megabytes < MEGABYTES
