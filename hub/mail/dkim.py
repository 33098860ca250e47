"""DKIM (RFC 6376, RFC 8463) verified by ourselves, where the mailbox's host leaves no Authentication-Results.

Only signatures of the organisational domain of From are looked at: nobody else's would prove anything, and nobody
else's name server is asked. Everything is bounded: signatures, sizes, seconds.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

import dkim
import dns.exception
from dkim.util import InvalidTagValueList, parse_tag_value
from dns.asyncresolver import Resolver
from dns.resolver import NXDOMAIN, LRUCache, NoAnswer, NoNameservers

from hub.core.clock import Clock
from hub.mail.authentication import NOTHING, Verdict, from_domain, organisation
from hub.mail.parse import ParsedMail

BY = "dkim"  # who gave the verdict: nobody's authserv-id, we did
MAX_SIGNATURES = 4  # of the domain of From: its host's, its sending service's, one of each algorithm
MAX_MAIL = 40 * 1024 * 1024  # bytes
MAX_HEADER = 256 * 1024  # bytes
MAX_FIELDS = 500  # header fields, and names in h=
SECONDS = 5.0  # for one answer of a name server
LONGEST = 8.0  # seconds for all that one mail asks of them
SILENCE = timedelta(minutes=2)  # for which who did not answer is not asked
OFF_LOOP = 32 * 1024  # bytes: larger mails are hashed in a thread
MIN_BITS = 1024  # of an RSA key (RFC 8301 §3.2)
ALGORITHMS = (b"rsa-sha256", b"ed25519-sha256")  # rsa-sha1 MUST NOT be used (RFC 8301 §3.1)
# Of which a mail has one. Signed is the lowest of several, and read the topmost (RFC 6376 §8.15).
SINGLE = frozenset(
    name.encode()
    for name in ("from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references",
                 "mime-version", "content-type", "content-transfer-encoding")
)  # fmt: skip
END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
POLICY = re.compile(rb"v\s*=\s*DMARC1\s*(;|$)")
STRICT = re.compile(rb";\s*adkim\s*=\s*s\s*(;|$)", re.IGNORECASE)
# dkimpy's patterns look through a run of blanks once for each of them, and stop all else meanwhile.
BLANKS = re.compile(rb"[ \t]{2,}")
MANY_BLANKS = re.compile(rb"\s{100}")  # no program writes so many between the tags of a signature
NAME = re.compile(rb"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){0,10}")


class Result(StrEnum):
    """In the words of RFC 8601 §2.7.1."""

    passed = "pass"
    failed = "fail"
    permerror = "permerror"
    temperror = "temperror"
    none = "none"


class TxtResolver(Protocol):
    """What is needed of dnspython's resolver."""

    async def resolve(self, name: str, kind: str, *, lifetime: float) -> Any: ...


class Wary:
    """A resolver that asks a domain whose name server was silent no more for a while: whoever likes can have such a
    domain, and send a thousand mails signed in its name."""

    def __init__(self, keys: TxtResolver, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        self._silent: dict[str, datetime] = {}  # until when

    async def resolve(self, name: str, kind: str, *, lifetime: float) -> Any:
        """As the resolver's own; raises Timeout at once for who was silent."""
        now, domain = self._clock.now(), name.partition("_domainkey.")[2] or name.partition("_dmarc.")[2]
        if self._silent.get(domain, now) > now:
            raise dns.exception.Timeout
        try:
            return await self._keys.resolve(name, kind, lifetime=lifetime)
        except (dns.exception.Timeout, NoNameservers, asyncio.CancelledError):
            self._silent = {one: until for one, until in self._silent.items() if until > now}
            self._silent[domain] = now + SILENCE
            raise


class SilentError(Exception):
    """The name server did not answer; it may yet."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature worth verifying: the position of its field among its like, whose it is, where its key lies."""

    position: int
    domain: str
    selector: str
    relaxed: bool
    """Whether runs of blanks in the body count as one (RFC 6376 §3.4.4)."""

    @property
    def key_name(self) -> str:
        """Where the key is published (RFC 6376 §3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}."


def resolver() -> Resolver:
    """The machine's, with a cache of its own."""
    made = Resolver()
    made.cache = LRUCache(1_000)
    return made


async def verdict(raw: bytes, mail: ParsedMail, keys: TxtResolver, now: datetime) -> Verdict:
    """What the signatures of `raw` prove of its From; `now` is when it was received. Never raises."""
    domain = from_domain(mail).lower()
    results: list[Result] = []
    try:
        async with asyncio.timeout(LONGEST):
            for signature in signatures(raw, domain, now):
                results.append(await _verify(raw, signature, domain, keys))
                if results[-1] is Result.passed:
                    break
    except TimeoutError:
        results.append(Result.temperror)
    if not results:
        return NOTHING
    best = min(results, key=[Result.passed, Result.temperror, Result.permerror, Result.failed].index)
    return Verdict("none", best, "none", best is Result.passed, BY, undecided=best is Result.temperror)


def signatures(raw: bytes, domain: str, now: datetime) -> Sequence[Signature]:
    """Pure: the first signatures that could prove `domain`, at most MAX_SIGNATURES. Refused ones are left out."""
    header = END_OF_HEADER.split(raw, maxsplit=1)[0]
    if not organisation(domain) or len(raw) > MAX_MAIL or len(header) > MAX_HEADER:
        return ()
    fields = re.sub(rb"\r?\n(?=[ \t])", b"", header).split(b"\n")
    if len(fields) > MAX_FIELDS:
        return ()
    named = [(name.strip().lower(), value) for name, _, value in (field.partition(b":") for field in fields)]
    if not _is_single(name for name, _ in named):
        return ()
    values = [value for name, value in named if name == b"dkim-signature"]
    found = (_signature(position, value, domain, now) for position, value in enumerate(values[: 10 * MAX_SIGNATURES]))
    return [signature for signature in found if signature][:MAX_SIGNATURES]


def _is_single(names: Iterable[bytes]) -> bool:
    """Whether each field is there once that should be: who adds a second one leaves the signature as it was."""
    found = [name for name in names if name in SINGLE]
    return len(found) == len(set(found))


def _signature(position: int, value: bytes, domain: str, now: datetime) -> Signature | None:
    """None for one that proves nothing: of another domain, of a part of the body only (l=), lapsed, too weak."""
    if MANY_BLANKS.search(value):
        return None
    try:
        tags = parse_tag_value(value)
    except InvalidTagValueList:
        return None
    signer, selector, lapses = tags.get(b"d", b""), tags.get(b"s", b""), tags.get(b"x", b"")
    if not NAME.fullmatch(signer) or not NAME.fullmatch(selector):
        return None
    if organisation(signer.decode()) != organisation(domain):
        return None
    if b"l" in tags or tags.get(b"a") not in ALGORITHMS or tags.get(b"h", b"").count(b":") > MAX_FIELDS:
        return None  # whoever likes could add to a body signed up to a length (RFC 6376 §8.2)
    if lapses and not (lapses.isdigit() and len(lapses) < 13 and int(lapses) >= now.timestamp()):
        return None
    relaxed = tags.get(b"c", b"").partition(b"/")[2] == b"relaxed"
    return Signature(position, signer.decode(), selector.decode(), relaxed)


async def _verify(raw: bytes, signature: Signature, domain: str, keys: TxtResolver) -> Result:
    """Whether it fits, and whether `domain` lets it speak for its From."""
    try:
        record = await _key(keys, signature.key_name)
        if record is None:
            return Result.permerror
        result = await _fits(raw, signature, record)
        if result is Result.passed and signature.domain.lower() != domain and await _is_strict(keys, domain):
            return Result.failed
    except SilentError:
        return Result.temperror
    return result


async def _fits(raw: bytes, signature: Signature, record: bytes) -> Result:
    if len(raw) <= OFF_LOOP:
        return _check(raw, signature, record)
    return await asyncio.to_thread(_check, raw, signature, record)


async def _key(keys: TxtResolver, name: str) -> bytes | None:
    """The key record, None when there is none that may be used. Raises SilentError."""
    records = await _records(keys, name)
    return records[0] if len(records) == 1 and not _is_trial(records[0]) else None  # several: undefined (§3.6.2.2)


async def _is_strict(keys: TxtResolver, domain: str) -> bool:
    """Whether the domain of From wants signatures of exactly its own name (adkim=s, RFC 7489 §3.1.1 and §6.6.3).

    Its own policy, else its organisational domain's. Raises SilentError.
    """
    for name in dict.fromkeys((domain, organisation(domain))):
        policies = [r for r in await _records(keys, f"_dmarc.{name}.") if POLICY.match(r)]
        if policies:
            return len(policies) == 1 and STRICT.search(policies[0]) is not None
    return False


async def _records(keys: TxtResolver, name: str) -> list[bytes]:
    """The TXT records of a name. Raises SilentError."""
    try:
        async with asyncio.timeout(SECONDS + 1):
            answer = await keys.resolve(name, "TXT", lifetime=SECONDS)
    except (NXDOMAIN, NoAnswer, dns.exception.SyntaxError):
        return []
    except (dns.exception.DNSException, NoNameservers, OSError, TimeoutError) as error:
        raise SilentError(name) from error
    return [b"".join(record.strings) for record in answer]


def _is_trial(record: bytes) -> bool:
    """A domain that tries DKIM out (t=y) asks to be treated as if it did not sign (RFC 6376 §3.6.1)."""
    try:
        flags: bytes = parse_tag_value(record).get(b"t", b"")
    except InvalidTagValueList:
        return True
    return b"y" in [flag.strip() for flag in flags.lower().split(b":")]


def _check(raw: bytes, signature: Signature, record: bytes) -> Result:
    """dkimpy raises its own errors for what it refuses, and others for what it did not think of."""
    try:
        verifier = dkim.DKIM(_eased(raw) if signature.relaxed else raw, minkey=MIN_BITS)
        fits = verifier.verify(idx=signature.position, dnsfunc=lambda name, timeout: record)
    except dkim.ValidationError:
        return Result.failed
    except Exception:
        return Result.permerror
    return Result.passed if fits else Result.failed


def _eased(raw: bytes) -> bytes:
    """The same to a relaxed signature, its body without runs of blanks."""
    header = END_OF_HEADER.search(raw)
    body = header.end() if header else len(raw)
    return raw[:body] + BLANKS.sub(b" ", raw[body:])
