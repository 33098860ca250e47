"""Header values: encoded words (RFC 2047), parameters (RFC 2231), message ids, dates."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from hub.mail.reading import charset, transfer

MAX_VALUE = 64_000  # characters of one header value; a References of 800 ids fits
MAX_PARAMETERS = 6_000  # characters of a Content-Type with all that follows it
MAX_IDS = 1_000
# Bounded quantifiers: a value full of opened, never closed words must stay linear.
ZONES = {
    "CET": "+0100",
    "CEST": "+0200",
    "MET": "+0100",
    "MEST": "+0200",
    "WEST": "+0100",
    "BST": "+0100",
    "JST": "+0900",
    "KST": "+0900",
}
MONTHS = {
    **{"janv": "Jan", "févr": "Feb", "fevr": "Feb", "mars": "Mar", "avr": "Apr", "avri": "Apr", "mai": "May"},
    **{"juin": "Jun", "juil": "Jul", "août": "Aug", "aout": "Aug", "sept": "Sep", "octo": "Oct", "nove": "Nov"},
    **{"déc": "Dec", "déce": "Dec", "dec": "Dec", "dece": "Dec"},
}
USUAL_DATE = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) ([12]\d{3}) (\d\d):(\d\d):(\d\d) ([+-]\d{4})", re.ASCII
)
COMMENT = re.compile(r"\([^()]*\)")
SPACED = re.compile(r"\s{0,9}:\s{0,9}")
ZONE = re.compile(rf"\b(?:{'|'.join(ZONES)})\b|(?<=[+-]\d\d):(?=\d\d\Z)")  # by name, or as in ISO 8601
HALVES = re.compile(r"\b(\d{1,2})(:\d\d(?::\d\d)?)\s?([AaPp])[Mm]\b")  # of a day
FRACTION = re.compile(r"(?<=:\d\d)\.\d{1,9}")  # of a second
_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTH_NAMES = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
WORD = re.compile(r"=\?([^?\s]{0,60})\?([bBqQ])\?([^?\s]{0,998}|[^?\r\n]{0,998}|.{0,300}?)\?=")
BLANK = re.compile(r"\s*")
# Behind a value in quotes some forget the semicolon, or write a comma; others put a name with quotes in quotes.
PARAMETER = re.compile(
    r'(?:;|(?<=")[\s,])\s*([^\s=;"]{1,100})\s*=\s*(""[^\s;,"][^;]*+|"(?:[^"\\]|\\.)*+(?:"|$)|[^;]*+)', re.DOTALL
)
# `text/plain; charset="utf-8"`, with nothing to decode, as most are.
ONE_PARAMETER = re.compile(r'([\w/.+-]{1,200});[ \t]{0,9}([\w-]{1,100})=("?)([\w/.:=+-]{0,200})\3', re.ASCII)
UNSEPARATED = re.compile(r"([\w/.+-]{1,200})[ \t]{1,9}(?=[\w*-]{1,100}[ \t]{0,9}=)", re.ASCII)
SECTION = re.compile(r"([^*]+)(?:\*(\d{1,4}))?(\*)?$")
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
FOLD = re.compile(r"[ \t]*[\r\n]+[ \t]*")
HALVES_OF_TYPES = {
    **dict.fromkeys(("application", "audio", "image", "message", "video"), "application/octet-stream"),
    **{"text": "text/plain", "html": "text/html", "multipart": "multipart/mixed"},
}
MAX_TYPE = 255  # characters of a media type: two names of 127 (RFC 6838 §4.2)
MEDIA_TYPE = re.compile(r"[\w.+-]{1,127}/[\w.+-]{1,127}", re.ASCII)
BREAKS = re.compile(r"[\t\n\v\f\r]+")
SLASH = re.compile(r"\s{0,9}/\s{0,9}")
MESSAGE_ID = re.compile(r"<([^<>]{1,998})>")


def is_plain(value: str) -> bool:
    """Whether a value is its own text, as most are."""
    return "=?" not in value and value.isprintable()


def text(value: str) -> str:
    """A value with its encoded words decoded: `=?utf-8?q?=C3=A9t=C3=A9?=` is "été".

    Tolerates words glued to text, spaces inside a word, and a character split over two words (Lotus Notes,
    old Zimbra): neighbours of one charset are joined as bytes before decoding.
    """
    if "=?" not in value:
        return value if value.isprintable() else charset.scrub(value)
    out: list[str] = []
    pending, label, at = b"", "", 0
    for word in WORD.finditer(value):
        between = value[at : word.start()]
        name, content = word[1].split("*")[0].lower(), _word_bytes(word[2], word[3])
        if pending and not between.strip() and name == label:
            pending += content
        else:
            out.append(_decoded(pending, label))
            if not pending or between.strip():
                out.append(between)
            pending, label = content, name
        at = word.end()
    out.append(_decoded(pending, label))
    return charset.scrub("".join([*out, value[at:]])).strip()


def _word_bytes(encoding: str, content: str) -> bytes:
    raw = content.encode("utf-8", "replace")
    if encoding in "bB":
        return transfer.base64(raw, [])
    return transfer.decoded(raw.replace(b"_", b" "), "q", [])


def _decoded(pending: bytes, label: str) -> str:
    decoded = charset.decode(pending, label, []) if pending else ""
    return FOLD.sub(" ", decoded) if "\n" in decoded or "\r" in decoded else decoded


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """`text/plain; charset=utf-8` as its lower-cased value and its parameters, RFC 2231 pieces put together.

    The first of two parameters of one name counts, and an extended one (`filename*=`) before a plain one.
    """
    if ";" not in value and "=" not in value:
        return value.strip().lower(), {}
    if one := ONE_PARAMETER.fullmatch(value):
        return one[1].lower(), {one[2].lower(): one[4]}
    value = value[:MAX_PARAMETERS]
    if joined := UNSEPARATED.match(value):
        value = f"{joined[1]};{value[joined.end() :]}"
    head = value.partition(";")[0]
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for match in PARAMETER.finditer(value, len(head)):
        section = SECTION.match(match[1])
        content = _unquoted(match[2].strip())
        if section is None or (section[2] is None and not section[3]):
            plain.setdefault(match[1].lower(), content)
        else:
            pieces.setdefault(section[1].lower(), []).append((int(section[2] or 0), bool(section[3]), content))
    found = {name: text(content) for name, content in plain.items()}
    found.update((name, _continued(parts)) for name, parts in pieces.items())
    return head.strip().lower(), found


def file_name(name: str) -> str:
    """A name given to a file, in one line and without any folder (RFC 2183 §2.3: a receiver must not use it)."""
    return BREAKS.sub(" ", name.replace("\\", "/").rpartition("/")[2]).strip()[:255]


def media_type(value: str, default: str) -> str:
    """The value of a Content-Type as "type/subtype"; half a one says what RFC 2046 §4 has for it, none the default."""
    if MEDIA_TYPE.fullmatch(value):
        return value  # as nearly all are
    kind, _, subtype = SLASH.sub("/", charset.scrub(value)).strip('" ').partition("/")
    subtype = subtype.split("/")[0].split(" ")[0].strip('"')
    return f"{kind}/{subtype}"[:MAX_TYPE] if kind and subtype else HALVES_OF_TYPES.get(kind, default)


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    body = value[1:-1] if len(value) > 1 and value.endswith('"') else value[1:]
    # A lone backslash before a letter is a Windows path (old Outlook Express), not an escape.
    return ESCAPED.sub(lambda pair: pair[1] if pair[1] in '"\\' else pair[0], body) if "\\" in body else body


def _continued(parts: list[tuple[int, bool, str]]) -> str:
    """The value of one RFC 2231 parameter from its (index, extended, text) sections, in index order."""
    parts.sort(key=lambda part: part[0])
    label, raw = "utf-8", b""
    for place, (_, extended, content) in enumerate(parts):
        if extended and place == 0 and content.count("'") >= 2:
            declared, _, content = content.split("'", 2)
            label = declared or label
        raw += unquote_to_bytes(content) if extended else content.encode("utf-8", "replace")
    joined = charset.decode(raw, label, [])
    return text(joined) if "=?" in joined else charset.scrub(joined)


def message_ids(value: str) -> tuple[str, ...]:
    """The message ids of a References or In-Reply-To value, angle brackets kept, folding inside undone.

    Some senders forget the brackets: a lone word with an at sign then counts as one.
    """
    if value[:1] == "<" and value.find(">") == len(value) - 1 <= 999 and _is_one_word(value):
        return (value,)  # one, as most are
    found = ["<" + "".join(match[1].split()) + ">" for match in MESSAGE_ID.finditer(value)]
    if not found:
        found = [f"<{word.strip('<>')}>" for word in value.split() if "@" in word.strip("<>@")]
    return tuple(dict.fromkeys(one for identifier in found[:MAX_IDS] if (one := charset.scrub(identifier)) != "<>"))


def _is_one_word(identifier: str) -> bool:
    return len(identifier) > 2 and identifier.find("<", 1) < 0 and " " not in identifier and identifier.isprintable()


def date(value: str) -> datetime | None:
    """An aware instant in the sender's zone (UTC when it names none), None when it is no date."""
    value = value[:200].strip()
    if "(" in value:  # (CET), as nearly always, or in the middle (RFC 5322 §4.3)
        value = SPACED.sub(":", COMMENT.sub(" ", COMMENT.sub(" ", value)).strip())
    return _usual_date(value) or _rfc_date(value) or _iso_date(value) or _rfc_date(_english(FRACTION.sub("", value)))


def _usual_date(value: str) -> datetime | None:
    """A date as RFC 5322 §3.3 writes it, which `_rfc_date` reads as well and takes five times as long for."""
    found = USUAL_DATE.fullmatch(value)
    if found is None or found[2] not in MONTH_NAMES:
        return None
    day, month, year, hour, minute, second, zone = found.groups()
    try:
        return datetime(
            int(year), MONTH_NAMES[month], int(day), int(hour), int(minute), min(int(second), 59), tzinfo=_zone(zone)
        )
    except ValueError:
        return None


@lru_cache(100)
def _zone(told: str) -> timezone:
    """« +0200 »; raises ValueError for a day or more."""
    minutes = int(told[1:3]) * 60 + int(told[3:])
    return timezone(timedelta(minutes=-minutes if told[0] == "-" else minutes)) if minutes else UTC


def _rfc_date(value: str) -> datetime | None:
    try:
        found = parsedate_tz(HALVES.sub(_of_24, ZONE.sub(lambda zone: ZONES.get(zone[0], ""), value)))
        if found is None:
            return None
        offset = timedelta(seconds=found[9] or 0)
        return datetime(*found[:5], min(found[5], 59), tzinfo=timezone(offset) if offset else UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _of_24(clock: re.Match[str]) -> str:
    """« 03:56 PM » as 15:56."""
    return f"{int(clock[1]) % 12 + (12 if clock[3] in 'pP' else 0):02}{clock[2]}"


def _iso_date(value: str) -> datetime | None:
    """ISO 8601, as some portals write."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _english(value: str) -> str:
    """« mar., 12 mars 2024 10:12:31 +0100 » (scripts under a French locale) with the month as RFC 5322 names it."""
    rest = value.partition(",")[2] if "," in value else value
    words = (MONTHS.get(word.lower().rstrip(".")[:4], word) for word in rest.split())
    return " ".join(words)
