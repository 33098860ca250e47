"""Pure: what a file is, from its bytes; and a name that is safe to show and to save under."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

HEAD = 512  # bytes that are looked at
PREVIEWED = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
PDF = "application/pdf"
SHOWN = PREVIEWED | {PDF}  # where the reader came to look at the file
UNKNOWN = "application/octet-stream"

_SIGNATURES = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"{\\rtf", "application/rtf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)
_OFFICE = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}
_OLE = {".doc": "application/msword", ".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint"}
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u2028\u2029]+')
# Right-to-left overrides and the like make "exe.pdf" out of "fdp.exe" on screen
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def content_type(head: bytes, filename: str) -> str:
    """The MIME type that the first bytes prove; the name only tells apart what shares a container."""
    suffix = PurePosixPath(filename).suffix.lower()
    for magic, found in _SIGNATURES:
        if head.startswith(magic):
            return _OLE.get(suffix, found) if found == "application/x-ole-storage" else found
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"msf1"):
        return "image/heic"
    if head.startswith(b"PK\x03\x04"):
        return _OFFICE.get(suffix, "application/zip")
    return "text/plain" if _is_text(head) else UNKNOWN


def safe_name(filename: str) -> str:
    """A name without path, controls or invisible characters; never empty, at most 150 characters with its suffix."""
    shown = _INVISIBLE.sub("", unicodedata.normalize("NFC", filename))
    name = _UNSAFE.sub("_", re.split(r"[/\\]", shown)[-1]).strip(" .") or "fichier"
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix[:16]
    return f"{stem[: 150 - len(suffix)]}{suffix}"


def _is_text(head: bytes) -> bool:
    """Plain text holds no NUL and decodes; a character cut at the end of the head is forgiven."""
    if b"\0" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3 and error.reason == "unexpected end of data"
    return True
