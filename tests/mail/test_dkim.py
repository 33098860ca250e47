"""DKIM verified by ourselves: real keys, real signatures, a name server that says what the test wants."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import dkim as dkimpy
import dns.exception
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from dns.resolver import NXDOMAIN, NoNameservers
from nacl.signing import SigningKey

from hub.config import Config
from hub.mail import dkim, parse
from hub.mail.inbound import ReceivedMail
from hub.mail.models import InboundMail
from hub.mailbox.models import Message
from tests.cast import NORA, Town, settings
from tests.servers.sink import Sink

NOW = datetime.now(UTC)
MAIL = (
    b"From: Nora Lambert <nora@ville.test>\r\nTo: reponse@hub.test\r\nSubject: Re: Cantine\r\n"
    b"Message-ID: <1@ville.test>\r\n\r\nOui, c'est not\xc3\xa9.\r\n"
)


SHORT = (
    b"MIIBywIBAAJhALLYrRd7BMUdpPqTUkV3iZxLrAh1vZhCBh+4fnZR22YcE3mQdTvS6FfAufQmBqAriEXUMXs4JKiSqx3Gp8KJRUDZ"
    b"+DVrho42f7nj3aIOxky789b+89dVb+IMJ6g6eJ1UgwIDAQABAmEAnDfRccodz4PmYI2gdldE10Xt/fHCayV4rep8ZCN6LgXmKPA6"
    b"xseh9Uy94Pn6HZwHVLVK3WX7wNG+eTMhK2JYDcTlAnynmVLXbgaA8peNDd7GnJSXW1P+7cqeP3I6t4mpAjEA5PYiSxcSapj2xk4H"
    b"HIY7yfo8+48YmI58HYzxBoZEY/xElcOy0YPn5kcgqxVuTZFdAjEAx/d8DlADYxBimkRRG2nEFKaqQezy4Gz8FuG7IPwPq33yyz7g"
    b"aOzuFbWUsETN4L9fAjBkIz42Zz3Xv1TWwFOd5xuJJ9e6Egio2FByQC0+NET/EdsRQUkZFz66WUtxZ+sZI8UCMQCsH99tAnqn3wbA"
    b"+2VFT3k0vXF4Zdl6TNWBbLSC4/UpDLTdNjY8mxUlIrPmNpNwjckCMECsKSnX7tz+LhvyeEKJk/YTmrinWSydIekJInV8s/1cotQK"
    b"u1ctcSsqm5M3/nKdbA=="
)
SHORT_PUBLIC = (
    b"MHwwDQYJKoZIhvcNAQEBBQADawAwaAJhALLYrRd7BMUdpPqTUkV3iZxLrAh1vZhCBh+4fnZR22YcE3mQdTvS6FfAufQmBqAriEXU"
    b"MXs4JKiSqx3Gp8KJRUDZ+DVrho42f7nj3aIOxky789b+89dVb+IMJ6g6eJ1UgwIDAQAB"
)


class Key:
    """A key pair: `pem` signs, `record` is published."""

    def __init__(self, bits: int = 2048, extra: bytes = b"") -> None:
        made = rsa.generate_private_key(65537, bits)
        form = serialization.PrivateFormat.TraditionalOpenSSL
        self.pem = made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        public = made.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.record = b"v=DKIM1; k=rsa; " + extra + b"p=" + base64.b64encode(public)


class Weak(Key):
    """768 bits, which no library makes any more."""

    def __init__(self) -> None:
        self.pem = b"-----BEGIN RSA PRIVATE KEY-----\n" + SHORT + b"\n-----END RSA PRIVATE KEY-----\n"
        self.record = b"v=DKIM1; k=rsa; p=" + SHORT_PUBLIC


class Edwards:
    """The same on Curve25519 (RFC 8463)."""

    def __init__(self) -> None:
        made = SigningKey.generate()
        self.pem = base64.b64encode(bytes(made))
        self.record = b"v=DKIM1; k=ed25519; p=" + base64.b64encode(bytes(made.verify_key))


class Answer:
    """One TXT record, cut into strings as it travels."""

    def __init__(self, record: bytes) -> None:
        self.strings = [record[at : at + 255] for at in range(0, len(record), 255)]


class NameServer:
    """Answers from a table; an exception in it is raised. `asked` are the names, in order."""

    def __init__(self, **records: Any) -> None:
        self.records = {f"{selector}._domainkey.{domain}.": what for selector, (domain, what) in records.items()}
        self.asked: list[str] = []

    async def resolve(self, name: str, kind: str, *, lifetime: float) -> Any:
        assert kind == "TXT" and lifetime <= dkim.SECONDS
        self.asked.append(name)
        what = self.records.get(name, NXDOMAIN())
        if isinstance(what, Exception):
            raise what
        if what == "silence":
            await asyncio.sleep(60)
        return [Answer(record) for record in (what if isinstance(what, list) else [what])]


KEY, WEAK, EDWARDS = Key(), Weak(), Edwards()
Change = Callable[[bytes], bytes]


def signed(
    key: Key | Edwards = KEY,
    domain: str = "ville.test",
    raw: bytes = MAIL,
    length: bool = False,
    algorithm: bytes = b"",
    selector: str = "un",
) -> bytes:
    """`raw` below its signature."""
    algorithm = algorithm or (b"ed25519-sha256" if isinstance(key, Edwards) else b"rsa-sha256")
    signature = dkimpy.sign(
        raw,
        selector.encode(),
        domain.encode(),
        key.pem,
        include_headers=[b"from", b"to", b"subject"],
        canonicalize=(b"relaxed", b"relaxed"),
        length=length,
        signature_algorithm=algorithm,
    )
    return bytes(signature) + raw


def lapsing(seconds: int) -> bytes:
    """Signed with x=, which dkimpy does not write: put in before the signature is made."""
    signer = dkimpy.DKIM(MAIL)
    make = signer.gen_header

    def with_lapse(fields: list[tuple[bytes, bytes]], *rest: Any, **more: Any) -> Any:
        at = int(NOW.timestamp())
        kept = [(name, str(at - 50_000).encode() if name == b"t" else value) for name, value in fields]
        return make([*kept[:3], (b"x", str(at + seconds).encode()), *kept[3:]], *rest, **more)

    signer.gen_header = with_lapse
    return bytes(signer.sign(b"un", b"ville.test", KEY.pem, include_headers=[b"from", b"to", b"subject"])) + MAIL


async def judged(raw: bytes, server: NameServer) -> tuple[str, bool, bool]:
    found = await dkim.verdict(raw, parse.read(raw), server, NOW)
    assert (found.dmarc, found.spf) == ("none", "none")
    return found.dkim, found.aligned, found.undecided


def published(record: Any = KEY.record, domain: str = "ville.test") -> NameServer:
    return NameServer(un=(domain, record))


@pytest.mark.parametrize("key", [KEY, EDWARDS], ids=["rsa", "ed25519"])
@pytest.mark.parametrize("domain", ["ville.test", "mail.ville.test"])
async def test_a_signature_of_the_domain_of_from_proves_it(key: Key | Edwards, domain: str) -> None:
    server = published(key.record, domain)
    assert await judged(signed(key, domain), server) == ("pass", True, False)
    policy = [] if domain == "ville.test" else ["_dmarc.ville.test."]
    assert server.asked == [f"un._domainkey.{domain}.", *policy]


@pytest.mark.parametrize(
    ("policies", "from_domain", "outcome"),
    [
        ({"ville.test": b"v=DMARC1; p=reject; adkim=s"}, "ville.test", ("fail", False, False)),
        (
            {"ville.test": b"v=DMARC1; p=none; adkim = S ; rua=mailto:x@ville.test"},
            "ville.test",
            ("fail", False, False),
        ),
        ({"ville.test": b"v=DMARC1; p=reject; adkim=r"}, "ville.test", ("pass", True, False)),
        ({"ville.test": b"v=DMARC1; p=reject; ruf=mailto:adkim=s@ville.test"}, "ville.test", ("pass", True, False)),
        ({"ville.test": b"adkim=s"}, "ville.test", ("pass", True, False)),  # no policy
        ({"ville.test": [b"v=DMARC1; p=reject; adkim=s"] * 2}, "ville.test", ("pass", True, False)),  # two: none
        ({"ville.test": b"v=DMARC1; p=reject; adkim=s"}, "ecole.ville.test", ("fail", False, False)),
        (
            {"ville.test": b"v=DMARC1; p=reject; adkim=s", "ecole.ville.test": b"v=DMARC1; p=none"},
            "ecole.ville.test",
            ("pass", True, False),
        ),
        ({"ville.test": NoNameservers()}, "ville.test", ("temperror", False, True)),
    ],
)
async def test_a_domain_may_want_its_very_own_name_in_signatures(
    policies: dict[str, Any], from_domain: str, outcome: tuple[str, bool, bool]
) -> None:
    server = published(KEY.record, "mail.ville.test")
    server.records |= {f"_dmarc.{name}.": record for name, record in policies.items()}
    raw = MAIL.replace(b"nora@ville.test", f"nora@{from_domain}".encode())
    assert await judged(signed(domain="mail.ville.test", raw=raw), server) == outcome


CHANGED: dict[str, Change] = {
    "body": lambda raw: raw.replace(b"Oui", b"Non"),
    "added body": lambda raw: raw + b"Et payez ici.\r\n",
    "subject": lambda raw: raw.replace(b"Cantine", b"Facture"),
    "from": lambda raw: raw.replace(b"nora@ville", b"maire@ville"),
    "second from": lambda raw: raw.replace(b"To: ", b"From: maire@ville.test\r\nTo: "),
    "second subject": lambda raw: b"Subject: Facture\r\n" + raw,
    "second type": lambda raw: b"content-type : text/html\r\nContent-Type: text/plain\r\n" + raw,
    "second recipient": lambda raw: raw.replace(b"To: ", b"To: scolaire@hub.test\r\nTo: "),
    "signature": lambda raw: raw.replace(b" b=", b" b=QUJD", 1),
}


@pytest.mark.parametrize("what", CHANGED)
async def test_what_was_changed_on_the_way_proves_nothing(what: str) -> None:
    raw = CHANGED[what](signed())
    assert raw != signed()
    assert not (await judged(raw, published()))[1]


BLANK = b"Oui" + b" \t" * 150_000 + b".\r\n \t \r\n"


async def test_a_body_of_blanks_costs_no_time_and_is_what_was_signed() -> None:
    """A signer, whose regular expressions take minutes for it, gets the one blank that the signature speaks of."""
    sent, alike = MAIL + BLANK, MAIL + b"Oui .\r\n\r\n"
    raw = signed(raw=alike).removesuffix(alike) + sent
    began = time.process_time()
    assert (await judged(raw, published()))[1]
    assert not (await judged(raw.replace(b"Oui \t", b"Non \t"), published()))[1]
    assert time.process_time() - began < 5


async def test_a_signature_of_blanks_is_none() -> None:
    raw = b"DKIM-Signature: z= b" + b"\r\n " * 3_000 + b"x; " + signed().partition(b":")[2].lstrip()
    server = published()
    assert await judged(raw, server) == ("none", False, False)
    assert server.asked == []


@pytest.mark.parametrize("canonical", [b"simple", b"relaxed"])
async def test_blanks_count_where_the_signature_says_so(canonical: bytes) -> None:
    raw = MAIL + b"Oui  .\r\n"
    options = {"include_headers": [b"from"], "canonicalize": (b"relaxed", canonical)}
    signature = bytes(dkimpy.sign(raw, b"un", b"ville.test", KEY.pem, **options))
    assert (await judged(signature + raw, published()))[1]
    assert (await judged(signature + raw.replace(b"  .", b" ."), published()))[1] is (canonical == b"relaxed")


async def test_another_domains_signature_is_not_even_looked_up() -> None:
    server = NameServer(un=("pirate.test", KEY.record))
    assert await judged(signed(domain="pirate.test"), server) == ("none", False, False)
    assert server.asked == []


@pytest.mark.parametrize(("seconds", "aligned"), [(3600, True), (-3600, False), (-40_000, False)])
async def test_a_lapsed_signature_proves_nothing(seconds: int, aligned: bool) -> None:
    assert (await judged(lapsing(seconds), published()))[1] is aligned


async def test_part_of_a_body_a_weak_key_and_sha1_are_refused() -> None:
    assert await judged(signed(length=True), published()) == ("none", False, False)
    assert await judged(signed(algorithm=b"rsa-sha1"), published()) == ("none", False, False)
    assert WEAK.record != KEY.record
    assert (await judged(signed(WEAK), published(WEAK.record)))[:2] == ("permerror", False)


@pytest.mark.parametrize(
    ("record", "result"),
    [
        (NXDOMAIN(), "permerror"),
        (b"v=DKIM1; p=", "fail"),  # revoked (RFC 6376 §3.6.1)
        (b"\xff\x00 rubbish", "permerror"),
        (b"v=spf1 -all", "fail"),
        (Key().record, "fail"),
        ([KEY.record, Key().record], "permerror"),
        (Key(extra=b"t=y; ").record, "permerror"),
        (EDWARDS.record, "permerror"),
    ],
    ids=["missing", "revoked", "rubbish", "not a key", "another", "two", "trial", "other kind"],
)
async def test_a_key_that_is_missing_or_another_proves_nothing(record: Any, result: str) -> None:
    found, aligned, undecided = await judged(signed(), published(record))
    assert not aligned and not undecided
    assert found == result


async def test_a_domain_that_only_tries_dkim_out_did_not_sign() -> None:
    key = Key(extra=b"t=y:s; ")
    assert not (await judged(signed(key), published(key.record)))[1]


@pytest.mark.parametrize("trouble", [dns.exception.Timeout(), NoNameservers(), OSError("network is down")])
async def test_a_silent_name_server_leaves_it_undecided(trouble: Exception) -> None:
    assert await judged(signed(), published(trouble)) == ("temperror", False, True)


async def test_a_name_server_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dkim, "SECONDS", -0.9)
    server = published("silence")
    async with asyncio.timeout(5):
        found = await dkim.verdict(signed(), parse.read(signed()), server, NOW)
    assert found.undecided and not found.aligned


async def test_one_good_signature_among_bad_ones_suffices_but_only_so_many_are_tried() -> None:
    server = NameServer(un=("ville.test", KEY.record), deux=("ville.test", dns.exception.Timeout()))
    two = signed(raw=signed(selector="deux"))
    assert await judged(two, server) == ("pass", True, False)
    many = signed()
    for _ in range(30):
        many = signed(selector="deux")[: -len(MAIL)] + many
    server.asked.clear()
    assert await judged(many, server) == ("temperror", False, True)
    assert len(server.asked) == dkim.MAX_SIGNATURES


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00",
        b"DKIM-Signature:\r\nFrom: a@ville.test\r\n\r\n",
        b"DKIM-Signature: v=1; d=ville.test; s=../../x; a=rsa-sha256\r\nFrom: a@ville.test\r\n\r\n",
        b"DKIM-Signature: v=1; d=ville.test; s=un; a=rsa-sha256; h=from; b=A; bh=A\r\nFrom: a@ville.test\r\n\r\n",
        b"DKIM-Signature: v=1; d=ville.test; s=un; a=rsa-sha256; x=9e99; b=\xff\r\nFrom: a@ville.test\r\n\r\n",
        b"DKIM-Signature: " + b"h=from:" * 30_000 + b"\r\nFrom: a@ville.test\r\n\r\n",
        b" folded first\r\nDKIM-Signature: v=1; d=ville.test; s=un; a=rsa-sha256\r\nFrom: a@ville.test\r\n\r\n",
        b"X: y\r\n" * 100_000 + signed(),
    ],
    ids=range(9),
)
async def test_hostile_signatures_prove_nothing_and_break_nothing(raw: bytes) -> None:
    assert not (await judged(raw, published()))[1]


class TestInTheTown:
    """The whole way, where the mailbox's host stamps nothing."""

    @pytest.fixture
    def town_settings(self, database_url: str, tmp_path: Any, sink: Sink) -> Config:
        return settings(database_url, tmp_path, sink.port, authentication="dkim")

    async def arrive(self, town: Town, server: NameServer, spoil: Change = lambda raw: raw) -> InboundMail:
        town.clock.advance(seconds=(NOW - town.clock.now()).total_seconds())
        await town.write("Bonjour")
        await town.hub.settle()
        town.hub.verifier.ask(server)
        await town.arrive(spoil(signed(raw=town.answer(town.mails(NORA)[0], NORA, "Oui", results=""))))
        return await InboundMail.all().order_by("-id").first()  # type: ignore[return-value]

    async def test_a_signed_answer_is_posted(self, town: Town) -> None:
        mail = await self.arrive(town, published())
        assert (mail.state, mail.reason) == ("stored", "")

    async def test_a_changed_one_is_held(self, town: Town) -> None:
        mail = await self.arrive(town, published(), lambda raw: raw.replace(b"Oui", b"Non"))
        assert (mail.state, mail.reason) == ("held", "unauthenticated")

    async def test_one_whose_key_cannot_be_had_waits_then_is_held_and_never_posted(self, town: Town) -> None:
        mail = await self.arrive(town, published(dns.exception.Timeout()))
        assert (mail.state, mail.attempts) == ("received", 0)
        await self.later(town, minutes=65)
        await mail.refresh_from_db()
        assert (mail.state, mail.reason) == ("held", "unauthenticated")
        assert await Message.all().count() == 1
        assert town.mails(NORA)[-1].subject.startswith("À confirmer")
        opened = await town.hub.quarantine.open(mail.id)
        assert opened.prospect and not opened.prospect.proven

    async def test_one_whose_key_comes_late_is_posted(self, town: Town) -> None:
        mail = await self.arrive(town, published(dns.exception.Timeout()))
        town.hub.verifier.ask(published())
        await self.later(town, minutes=1)
        await mail.refresh_from_db()
        assert mail.state == "received"  # a silent name server is not asked all the time
        await self.later(town, minutes=5)
        await mail.refresh_from_db()
        assert (mail.state, mail.reason) == ("stored", "")

    @pytest.mark.long
    async def test_a_flood_in_the_name_of_a_silent_domain_costs_the_others_nothing(
        self, town: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each with several signatures, whose keys lie where nobody answers."""
        monkeypatch.setattr(dkim, "SECONDS", 0.2)
        monkeypatch.setattr(dkim, "LONGEST", 0.5)
        raws = []
        for number in range(60):
            raw = town.fresh("eve@pirate.test", "periscolaire@hub.test", "Bonjour", f"{number}", results="")
            for selector in ("a", "b", "c", "d"):
                raw = signed(
                    domain="pirate.test" if number % 2 else f"m{number}.pirate.test", raw=raw, selector=selector
                )
            raws.append(raw)
        await town.hub.inbound.take([ReceivedMail(raw, "lmtp") for raw in raws])
        silent = published()
        silent.records |= {
            f"{one}._domainkey.{domain}.": "silence"
            for one in "abcd"
            for domain in ("pirate.test", *(f"m{number}.pirate.test" for number in range(60)))
        }
        began = time.monotonic()
        mail = await self.arrive(town, silent)
        assert mail.state == "stored" and time.monotonic() - began < 20, "and not a second for each"
        assert len([name for name in silent.asked if name.endswith("._domainkey.pirate.test.")]) <= 60

    async def later(self, town: Town, minutes: int) -> None:
        town.clock.advance(minutes=minutes)
        await town.hub.settle()

    async def test_the_hosts_own_word_counts_before_ours(self, town: Town) -> None:
        server = published()
        stamp = b"Authentication-Results: mx.hub.test; dmarc=fail header.from=ville.test\r\n"
        mail = await self.arrive(town, server, lambda raw: stamp + raw)
        assert (mail.state, mail.reason, server.asked) == ("held", "unauthenticated", [])

    @pytest.mark.parametrize(
        "word",
        [
            "auth=pass smtp.auth=marie@ailleurs.test",
            "none",
            "dmarc=none header.from=ville.test",
            "spf=softfail smtp.mailfrom=nora@ville.test",
        ],
    )
    async def test_where_the_host_says_nothing_of_signatures_we_look_at_them(self, town: Town, word: str) -> None:
        """OVH stamps who logged in; OpenDMARC and OpenDKIM each write a field, and the topmost one counts."""
        stamp = f"Authentication-Results: mx.hub.test; {word}\r\n".encode()
        mail = await self.arrive(town, published(), lambda raw: stamp + raw)
        assert (mail.state, mail.reason) == ("stored", "")


class TestHold:
    """A town whose host checks nothing, and which does not want to either."""

    @pytest.fixture
    def town_settings(self, database_url: str, tmp_path: Any, sink: Sink) -> Config:
        return settings(database_url, tmp_path, sink.port, authentication="hold")

    async def test_everything_is_held_until_confirmed(self, town: Town) -> None:
        await town.write("Bonjour")
        await town.hub.settle()
        await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Oui", results=""))
        assert await InboundMail.exists(state="held", reason="unauthenticated")
        token = town.mails(NORA)[-1].text.split("/courriel/")[1].split()[0]
        await town.hub.answers.release(token)
        await town.hub.settle()
        assert await Message.exists(text="Oui")


def test_a_received_at_of_long_ago_still_reads_the_lapse() -> None:
    raw = lapsing(3600)
    assert dkim.signatures(raw, "ville.test", NOW)
    assert not dkim.signatures(raw, "ville.test", NOW + timedelta(hours=2))
