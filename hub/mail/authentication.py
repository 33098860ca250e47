"""What our own mailbox host verified about a mail: Authentication-Results (RFC 8601), nothing else. Pure.

Only fields stamped with one of our authserv-ids count, the topmost first: anybody can write the field, but what the
host adds stands above what came with the mail (RFC 8601 §5 asks it to remove forged ones; not all do).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from publicsuffixlist import PublicSuffixList

from hub.mail.parse import ParsedMail
from hub.mail.reading.matching import shows

COMMENT = re.compile(r'\([^()"\\]*+\)')  # as most are
# Those; quoted pairs; and what comments and quoted strings begin and end with.
MARK = re.compile(rf'{COMMENT.pattern}|\\.|[()"]', re.DOTALL)
RESULT = re.compile(r"^\s*(dmarc|dkim|spf)\s*(?:/\s*\d+\s*)?=\s*([a-z]{1,20})(?=\s|$)", re.IGNORECASE)
PROPERTY = re.compile(
    r"\b(header\.d|header\.i|header\.from|smtp\.mailfrom|smtp\.mail|smtp\.helo)\s*=\s*\"?([^\s;\"]{1,320})",
    re.IGNORECASE,
)
# Return paths that a forwarder made: SPF passes for it, and says nothing of who wrote (SRS; Exchange Online; Gmail).
FORWARDED = re.compile(r"^srs[01][=+-]|\+srs[01]?=|\+caf_=", re.IGNORECASE)
FORWARDER = ("srs", "caf_")  # one of the two stands in each
PLAIN = re.compile(r"[\w.@+-]{0,320}")
LONGEST_DOMAIN = 255  # octets (RFC 1035 §2.3.4): what strangers write is not remembered at any length
ROUTE = re.compile(r"<\s{0,10}@|\"\s{0,10}@")  # or of a quoted local part, which may look like an address


@dataclass(frozen=True, slots=True)
class Verdict:
    """Results in RFC 8601 words ("pass", "fail", "none", "temperror" …); `by` is the authserv-id that gave them.

    `aligned`: DMARC passed; or it was not tried, and DKIM or SPF passed for the organisational domain of From (RFC
    7489 §3.1, relaxed; of SPF's identities only MAIL FROM, RFC 7208 §2.4). `undecided`: not aligned, but a name server
    that did not answer (temperror) may be all that was missing.
    """

    dmarc: str
    dkim: str
    spf: str
    aligned: bool
    by: str | None
    undecided: bool = False


NOTHING = Verdict("none", "none", "none", False, None)


def verdict(mail: ParsedMail, authserv_ids: tuple[str, ...]) -> Verdict:
    """The verdict of the topmost Authentication-Results stamped by one of `authserv_ids`; all "none" without."""
    ours = {identifier.strip().lower() for identifier in authserv_ids if identifier.strip()}
    for by, results in _stamps(mail):
        if by in ours:
            return _verdict(results, from_domain(mail), by)
    return NOTHING


def stamped_by(mail: ParsedMail) -> list[str]:
    """Who wrote Authentication-Results into a mail, topmost first; "" for who does not say: Exchange Online."""
    return ["" if "=" in by else by for by, _ in _stamps(mail)]


def _stamps(mail: ParsedMail) -> Iterator[tuple[str, str]]:
    """Authserv-id, folded, and results of each field; none where its comments and strings can be read in two ways."""
    for value in mail.all("Authentication-Results"):
        bare = _bare(value)
        identifier, _, results = bare.partition(";")
        if '"' in value and "(" in COMMENT.sub("", value) and bare != _bare(value, in_comments=True):
            results = ""
        yield identifier.split()[0].lower() if identifier.split() else "", results


def _bare(value: str, in_comments: bool = False) -> str:
    """A field without comments and without quoted strings that could pass for results; where one does not end its
    authserv-id alone.

    Both may carry the sender's own words: `smtp.mailfrom="x; dmarc=pass"@pirate.example`. `in_comments`: quotes count
    there too. They do not (RFC 5322 §3.2.2), but not every host knows when it repeats what a sender said.
    """
    kept, at, depth, quote = "", 0, 0, -1
    for mark in MARK.finditer(value) if "(" in value or '"' in value else ():
        sign, here = mark[0], mark.start()
        if len(sign) > 1:
            if sign[0] == "(" and not depth and quote < 0:
                kept, at = f"{kept}{value[at:here]} ", mark.end()
        elif quote >= 0:
            if sign == '"':
                kept += "" if depth else _harmless(value[quote + 1 : here])
                at, quote = here + 1, -1
        elif sign == ")" and depth:
            at, depth = here + 1, depth - 1
        elif sign == "(" or (sign == '"' and (in_comments or not depth)):
            kept += "" if depth else f"{value[at:here]}{' ' * (sign == '(')}"
            depth, quote = (depth + 1, -1) if sign == "(" else (depth, here)
    return kept.partition(";")[0] if depth or quote >= 0 else kept + value[at:]


def _harmless(quoted: str) -> str:
    return quoted if PLAIN.fullmatch(quoted) else ""


def _verdict(results: str, domain: str, by: str) -> Verdict:
    found: dict[str, str] = {}
    about_us: set[tuple[str, str]] = set()  # method and value of the results for the domain of From
    about_others: set[tuple[str, str]] = set()
    for result in results.split(";"):
        match = RESULT.match(result)
        if match is None:
            continue
        method, value = match[1].lower(), match[2].lower()
        if found.get(method) != ("fail" if method == "dmarc" else "pass"):  # the worst of several is DMARC's word
            found[method] = value
        (about_us if _is_aligned(method, result, domain) else about_others).add((method, value))
    dmarc = found.get("dmarc", "none")
    # DMARC that failed is the last word: the domain may ask for more than relaxed alignment.
    passed = {method for method, value in about_us if value == "pass"} if dmarc != "fail" else set()
    if len([each for each in (*about_us, *about_others) if each[0] == "dmarc"]) > 1:
        passed = set()  # it is tried once: somebody has slipped the other one in
    if passed == {"dmarc"} and _is_forwarded(results, domain):
        passed = set()  # by SPF alone, and that of the forwarder
    undecided = not passed and dmarc != "fail" and any(value == "temperror" for _, value in about_us)
    return Verdict(dmarc, found.get("dkim", "none"), found.get("spf", "none"), bool(passed), by, undecided)


def _is_forwarded(results: str, domain: str) -> bool:
    """Whether a forwarder at the domain of From handed the mail on."""
    if not shows(FORWARDER, results):
        return False
    paths = (value for name, value in PROPERTY.findall(results) if name.lower() in ("smtp.mailfrom", "smtp.mail"))
    return any(
        FORWARDED.search(path) and organisation(path.rpartition("@")[2]) == organisation(domain) for path in paths
    )


def _is_aligned(method: str, result: str, domain: str) -> bool:
    properties: dict[str, str] = {}
    for name, value in PROPERTY.findall(result):
        if properties.setdefault(name.lower(), value) != value:
            return False  # one of them was slipped in by whoever wrote the mail
    if method == "dmarc":
        return organisation(properties.get("header.from", domain)) == organisation(domain) != ""
    if method == "dkim":
        signer = properties.get("header.d") or properties.get("header.i", "")
    else:
        signer = properties.get("smtp.mailfrom") or properties.get("smtp.mail", "")
        signer = "" if FORWARDED.search(signer) else signer
    return organisation(signer.rpartition("@")[2]) == organisation(domain) != ""


def organisation(domain: str) -> str:
    """The organisational domain (RFC 7489 §3.2): "mail.ville-x.fr" gives "ville-x.fr", "a.b.gouv.fr" "b.gouv.fr".

    By the Public Suffix List that comes with the library. "" for a public suffix, and for what is no domain.
    """
    return _organisation(domain) if len(domain) <= LONGEST_DOMAIN else ""


@lru_cache(1_000)
def _organisation(domain: str) -> str:
    name = domain.lower().strip(". ")
    try:
        name = name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        return ""
    return _suffixes().privatesuffix(name) or ""


@lru_cache(1)
def _suffixes() -> PublicSuffixList:
    """Read once: 30 ms."""
    return PublicSuffixList()


def from_domain(mail: ParsedMail) -> str:
    """The domain of the one author; nothing is aligned with a From of several (RFC 7489 §6.6.1), or with one by way of
    another host, which no program writes and few read alike (RFC 5322 §4.4)."""
    written = mail.all("From")
    if not mail.sender or not len(mail.authors) == len(written) == 1 or ROUTE.search(written[0]):
        return ""
    return mail.sender.domain
