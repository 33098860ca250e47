"""Whether a mail is a copy of another one of the same Message-ID and sender: the same by another road. Pure.

On its way a copy gets other header fields, a mark in its subject, a list's footer, a town's disclaimer, other letters
for the same words. A program that uses its Message-ID over again, or a forger who knows it, writes other words: those
are another mail, which must not be lost.
"""

from __future__ import annotations

import re
import unicodedata

from hub.mail.reading import footer, reports
from hub.mail.readings import Reading

LONGEST = 200_000  # characters: longer texts are compared whole, without looking at what a host may have added

_WORD = re.compile(r"\w+")
_LINK = re.compile(r"https?://[^\s<>]{1,2000}", re.IGNORECASE)  # hosts that look behind links write their own
_MARK = re.compile(
    r"\s*(?:\[[^\[\]]{1,60}\]|\*{2,}[^*]{1,40}\*{2,}|\{[^{}]{1,40}\}"
    r"|(?:spam|junk|externe?|external|suspect)\s*:)",
    re.IGNORECASE,
)
_BANNER = re.compile(
    r"(?:extern(?:e|al)\b|(?:de|from) (?:l['’])?(?:extérieur|outside)|inconnu de l|outside (?:of )?(?:the|your) org"
    r"|(?:soyez|restez) (?:prudent|vigilant)|ne cliquez|do not click)",
    re.IGNORECASE,
)
_ADDED = re.compile(
    r"[\W_]{4,}$|.{0,80}(?:https?://|\bwww\.)|.{0,80}\b(?:mailing[- ]list|liste de diffusion|listinfo"
    r"|désabonn|désinscri|unsubscribe|sans virus|virus-free)",
    re.IGNORECASE,
)


def is_copy(later: Reading, earlier: Reading, sure: bool) -> bool:
    """Whether the later one tells nothing that the earlier one does not. Of the same Message-ID and sender.

    `sure`: the earlier one's sender is proven. Else somebody who knew how a mail begins may have sent just that, to
    make the genuine one look like it with a footer: only one that has not a word more is a copy then.
    """
    return (
        _title(later) == _title(earlier)
        and _shown(later) <= {file.sha256 for file in earlier.parsed.attachments}
        and _adds_nothing(later, earlier, sure)
    )


def _title(reading: Reading) -> str:
    """The subject without what hosts, lists and answers put before it."""
    title = reading.parsed.subject
    while found := _MARK.match(title) or reports.PREFIXED_SUBJECT.match(title):
        title = title[found.end() :]
    return _words(title)


def _shown(reading: Reading) -> set[str]:
    """The digests of its files, but for logos and signatures that a program adds by itself."""
    files = (file for file in reading.parsed.attachments if file.content_id not in reading.decoration)
    return {file.sha256 for file in files if not file.content_type.lower().endswith("-signature")}


def _adds_nothing(later: Reading, earlier: Reading, sure: bool) -> bool:
    new, old = _text(later), _text(earlier)
    if _words(new) == _words(old):
        return True
    if later.parsed.date is None or later.parsed.date != earlier.parsed.date:
        return False
    if not sure:
        return _is_part(_words(new), _words(old))
    if _of_host(new, old):
        return True  # and where a footer has moved the place at which the writer's words seem to end:
    return _begin_alike(_words(new), _words(old)) and _of_host(later.parsed.text, earlier.parsed.text)


def _begin_alike(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _of_host(new: str, old: str) -> bool:
    """Of two mails of the same instant, whether the new one has what the old one has, and else a host's words only."""
    if max(len(new), len(old)) > LONGEST:
        return False
    wanted, lines = _words(_LINK.sub(" ", old)), [_words(_LINK.sub(" ", line)) for line in new.split("\n")]
    if _is_part(" ".join(filter(None, lines)), wanted):
        return True
    return bool(wanted) and _stands_between(wanted, lines, new.split("\n"))


def _is_part(words: str, of: str) -> bool:
    return f" {words} " in f" {of} "


def _stands_between(wanted: str, lines: list[str], written: list[str]) -> bool:
    """Whether the lines are those words, below a banner that a host has put there, or above a footer."""
    above, first = [], 0
    while first < len(lines) and not (lines[first] and wanted.startswith(lines[first])):
        above.append(written[first])
        first += 1
    at, last = 0, first
    while at < len(wanted) and last < len(lines) and wanted.startswith(lines[last], at):
        at += len(lines[last]) + bool(lines[last])
        last += 1
    below = [line for line in written[last:] if line.strip()]
    return at > len(wanted) and _is_banner(above) and _is_footer(below)


def _is_banner(lines: list[str]) -> bool:
    written = " ".join(lines).strip()
    return not written or (len(written) < 600 and _BANNER.search(written) is not None)


def _is_footer(lines: list[str]) -> bool:
    return (
        not lines
        or any(_ADDED.match(line) for line in lines[:3])
        or footer.FOOTER.match(" ".join(lines[:4])[:600]) is not None
    )


def _text(reading: Reading) -> str:
    return reading.reply.text or reading.parsed.text


def _words(text: str) -> str:
    """Its words alone: letters in one form, nothing of how they are set."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))
