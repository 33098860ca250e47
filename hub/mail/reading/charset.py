"""Bytes to text, whatever the label says."""

import codecs
import encodings
import encodings.aliases
import re
from pkgutil import iter_modules

# Codecs Python offers that are no charset of a mail; `punycode` and `idna` are also quadratic.
NOT_CHARSETS = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem", "rot13"}
)
# Labels whose real meaning is wider than their name: the WHATWG encoding standard, §4.2.
WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "tis-620": "cp874",
}
ALIASES = {
    "x-mac-roman": "mac-roman",
    "x-sjis": "cp932",
    "x-gbk": "gb18030",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "utf8mb4": "utf-8",
    "utf-8mb4": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "x-windows-949": "cp949",
    "ansi": "cp1252",
}
CODECS = frozenset({*encodings.aliases.aliases, *(module.name for module in iter_modules(encodings.__path__))})
"""Asked for another, Python looks for a module of that name on the disk, and remembers for ever that it has none."""

USUAL = {"utf-8": "utf-8", "us-ascii": "cp1252", "iso-8859-1": "cp1252", "windows-1252": "cp1252"}
SHIFTS = (b"\x1b$B", b"\x1b$@")
NAME_END = re.compile(r"[*\s(]")  # a language (RFC 2231 §5) or a comment follows
PAGE = re.compile(r"(?:cp|win(?:dows)?|ibm)[-_ ]?(\d{3,4})")  # « cp-850 », « win1252 »
MANY = 8  # whole letters of UTF-8 for each byte that is none of it: no other charset looks like that
ESCAPING = ("utf", "iso2022", "hz")  # not ASCII where their bytes are
OF_ONE_BYTE = ("iso8859", "cp125", "koi8")
MANY_BY_CHANCE = 4  # letters in UTF-8: « 邪 » in GBK is one as well
NO_LETTER = re.compile("[\x80-\x9f]")  # in UTF-8; the euro sign and quotation marks of Windows as bytes
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# Control characters no reader needs and PostgreSQL (NUL) or XML refuses; tab, line feed and form feed stay.
CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
CONTROL_BYTES = bytes(byte for byte in range(128) if CONTROL.match(chr(byte)))
LONE_CR = re.compile(rb"\r(?!\n)")


def clean(data: bytes, label: str | None) -> str | None:
    """The text of a body in UTF-8 with nothing to guess, to scrub or to tell of, as nearly all are; None for others.

    What `decode` and `scrub` make of it as well, and lines ended by "\n": bytes are looked through sooner than text.
    """
    if label and label.lower() not in USUAL:
        return None
    unix = data.translate(None, CONTROL_BYTES + b"\r")
    if len(data) - len(unix) != data.count(b"\r") or LONE_CR.search(data):
        return None
    try:
        return unix.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError:
        return None


def decode(data: bytes, label: str | None, defects: list[str]) -> str:
    """The text of `data`, declared as `label`; never raises, `defects` says what was guessed.

    Valid UTF-8 wins over a label that says ASCII or Latin-1 (phones and webmails relabel); Latin-1 is read as
    Windows-1252 (Outlook's euro sign and quotation marks).
    """
    if data.isascii() and not _escapes(label):
        return _japanese(data) or data.decode("ascii")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _with("utf-16", data, defects)  # Windows' editor, whatever the label
    codec = _codec(label)
    if codec is None:
        if label and label.lower() not in ("x-unknown", "unknown-8bit", "8bit", "binary"):
            defects.append("unknown_charset")
        return guess(data, defects)
    if codec in ("utf-8", "cp1252", "utf-8-sig", "ascii"):
        return guess(data, defects if codec.startswith("utf-8") else None)
    return _mislabelled(data, codec) or _with(codec, data, defects)


def _mislabelled(data: bytes, codec: str) -> str:
    """UTF-8 under the label of another charset, in which it hardly ever makes words; "" for what may be in that one."""
    if codec.startswith(ESCAPING):
        return ""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ""
    enough = 1 if codec.startswith(OF_ONE_BYTE) else MANY_BY_CHANCE
    return text if _letters(text) >= enough and not NO_LETTER.search(text) else ""


def _japanese(data: bytes) -> str:
    """The text of ASCII bytes that shift to ISO-2022-JP (RFC 1468) and that no label tells; "" of all others."""
    if not any(shift in data for shift in SHIFTS):
        return ""
    try:
        return data.decode("iso-2022-jp")
    except UnicodeDecodeError:
        return ""


def guess(data: bytes, defects: list[str] | None = None) -> str:
    """UTF-8 when it is, else Windows-1252; UTF-8 with a few bad bytes stays UTF-8 (U+FFFD for them)."""
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError:
        if defects is not None:
            defects.append("undecodable_text")
    lenient = data.decode("utf-8", "replace")
    accents = sum(map(lenient.count, "éèêàçùôîï’ÉÀ"))
    broken = lenient.count("\ufffd")
    if accents > broken or _letters(lenient) > MANY * broken:
        return lenient
    if _letters(lenient) and b"\n" in data:  # a gateway's footer in one, the writer's words in the other
        return "\n".join(guess(line) for line in data.split(b"\n"))
    return data.decode("cp1252", "replace")


def _letters(text: str) -> int:
    """How many letters of a text took more than a byte and were whole."""
    return len(text) - sum(map(str.isascii, text)) - text.count("\ufffd")


def of_header(data: bytes, label: str) -> str:
    """A header value sent in raw 8-bit bytes (against RFC 5322): UTF-8, else what the mail says its body is in."""
    codec = _codec(label) if label else None
    if codec and codec not in ("utf-8", "cp1252"):
        for one in ("utf-8", codec):
            try:
                return data.decode(one).replace("\n", " ")  # as some charsets of mainframes have a per cent sign
            except (UnicodeError, ValueError):
                continue
    return guess(data)


def scrub(text: str) -> str:
    """`text` without what cannot be stored or shown: control characters, halves of surrogate pairs."""
    if text.isprintable() or _is_clean(text):
        return text
    if CONTROL.search(text):
        text = CONTROL.sub("", text)
    if not text.isascii() and LONE_SURROGATE.search(text):
        text = LONE_SURROGATE.sub("�", text)
    return text


def _is_clean(text: str) -> bool:
    """The same, as bytes tell it: six times sooner."""
    try:
        raw = text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return len(raw.translate(None, CONTROL_BYTES)) == len(raw)


def _escapes(label: str | None) -> bool:
    """Whether ASCII bytes may mean something else under `label` (ISO-2022-JP, HZ, UTF-7, UTF-16, EBCDIC)."""
    if not label:
        return False
    name = label.strip("\"' ").lower()
    return not name.startswith(("us-ascii", "ascii", "utf-8", "utf8", "iso-8859", "windows-125", "cp125", "latin"))


def _codec(label: str | None) -> str | None:
    """The Python codec for a charset label, None when there is none fit for mail."""
    if label in USUAL:
        return USUAL[label]
    name = NAME_END.split((label or "").strip("\"' \t"), 1)[0].lower()[:40]
    if name in USUAL:
        return USUAL[name]
    page = PAGE.fullmatch(name)
    name = f"cp{page[1]}" if page else ALIASES.get(name, name)
    if encodings.normalize_encoding(name).replace(".", "_") not in CODECS:
        return None
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return None
    if codec.name in NOT_CHARSETS or not codec._is_text_encoding:
        return None
    return WIDER.get(codec.name, codec.name)


def _with(codec: str, data: bytes, defects: list[str]) -> str:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        if codec == "iso2022_jp" and (wider := _circled(data)):
            return wider
        defects.append("undecodable_text")
        return data.decode(codec, "replace")


def _circled(data: bytes) -> str:
    """ISO-2022-JP with the « ① » of Japanese PCs, which its standard lacks and the next one has at the same place."""
    try:
        return data.replace(b"\x1b$B", b"\x1b$(Q").decode("iso2022_jp_2004")
    except UnicodeDecodeError:
        return ""
