"""The servers of the tests do what the stories lean on."""

import asyncio
import smtplib
import urllib.request

import pytest

from tests.servers.dovecot import Dovecot
from tests.servers.fixtures import DURAND, HUB, NORA
from tests.servers.postfix import Postfix
from tests.servers.postgres import Postgres
from tests.servers.s3 import S3

pytestmark = pytest.mark.servers

FORGED = b"Authentication-Results: mx.hub.test; dmarc=pass (forged)\r\n"
FOLDED = b"AUTHENTICATION-results:\r\n mx.hub.test; dmarc=pass (forged)\r\n"


def submit(postfix: Postfix, sender: str, recipient: str, raw: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=10) as client:
        client.sendmail(sender, [recipient], raw)


def verdicts(raw: bytes) -> list[bytes]:
    head = raw.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
    return [line for line in head.split(b"\r\n") if line.lower().startswith(b"authentication-results:")]


@pytest.mark.parametrize(
    ("sender", "verdict"), [(NORA, b"dmarc=pass"), (DURAND, b"dmarc=pass"), ("x@mechant.test", b"dmarc=fail")]
)
async def test_postfix_stamps_its_own_verdict_and_removes_forged_ones(
    postfix: Postfix, dovecot: Dovecot, sender: str, verdict: bytes
) -> None:
    await asyncio.to_thread(submit, postfix, sender, "reponse+abc@hub.test", FORGED + FOLDED + b"Subject: x\r\n\r\nx")
    raw = await dovecot.wait_for(HUB, lambda raw: True)
    [stamped] = verdicts(raw)
    assert stamped.startswith(b"Authentication-Results: mx.hub.test; " + verdict)
    assert b"forged" not in stamped
    assert b"\r\nDelivered-To: reponse+abc@hub.test\r\n" in raw


async def test_postfix_reports_what_it_could_not_deliver(postfix: Postfix, dovecot: Dovecot) -> None:
    await asyncio.to_thread(submit, postfix, "rebond+7@hub.test", "personne@famille.test", b"Subject: x\r\n\r\nx")
    raw = await dovecot.wait_for(HUB, lambda raw: b"report-type=delivery-status" in raw)
    assert b"\r\nDelivered-To: rebond+7@hub.test\r\n" in raw
    assert b"Final-Recipient: rfc822; personne@famille.test" in raw and b"Status: 5.1.1" in raw


async def test_agents_have_plus_addresses(postfix: Postfix, dovecot: Dovecot) -> None:
    await asyncio.to_thread(submit, postfix, DURAND, "nora+ecole@ville.test", b"Subject: plus\r\n\r\nx")
    await dovecot.wait_for(NORA, lambda raw: b"Subject: plus" in raw)


def test_postgres_makes_databases_from_templates_and_survives_a_kill(postgres: Postgres) -> None:
    first = postgres.create_database()
    postgres.sql("CREATE TABLE t (n int); INSERT INTO t VALUES (42)", database=first.rpartition("/")[2])
    second = postgres.create_database(first)
    postgres.kill()
    postgres.start()
    assert postgres.sql("SELECT n FROM t", database=second.rpartition("/")[2]).strip() == "42"
    postgres.drop(second)
    postgres.create_database()
    assert second.rpartition("/")[2] not in postgres.sql("SELECT datname FROM pg_database")


def test_s3_keeps_objects(s3: S3) -> None:
    s3.create_bucket("courrier")
    put = urllib.request.Request(f"{s3.endpoint}/courrier/a/b", data=b"x", method="PUT")
    urllib.request.urlopen(put, timeout=10).close()
    assert s3.keys("courrier") == ["a/b"]
