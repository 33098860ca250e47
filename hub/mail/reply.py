"""What the writer newly wrote: quoted history, attribution, device line, signature and footer cut. Pure.

HTML first, because programs mark there what they quote; then the same line rules for HTML and text.
"""

import re
import unicodedata
from dataclasses import dataclass

from hub.mail import html
from hub.mail.parse import ParsedMail
from hub.mail.reading import (
    cited,
    coloured,
    contacts,
    device,
    fineprint,
    helpdesk,
    history,
    introduced,
    introduction,
    matching,
    phrases,
    reports,
    signature,
)

MARKS = html.HISTORY_MARK + html.SIGNATURE_MARK + html.ATTRIBUTION_MARK
# Gmail's directions around a name, which would hide the colon at the end; Apple's sign where a picture stood; and
# others that nobody sees.
UNSEEN_SIGNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffc\u200b\u2060\ufeff\xad"
UNSEEN = re.compile(f"[{UNSEEN_SIGNS}]")
ACUTE = "\u0301"  # on the letter before it, as Apple writes « é » at times
PLACE_OF_PICTURE = re.compile(r"\[cid:([^\]\s]{1,200})\]", re.IGNORECASE)
INITIALS = re.compile(
    r"^[A-ZÀ-Ý]{2,3}>(?=[ \n])", re.MULTILINE
)  # The Bat quotes by whose words they are: « NP> Bonjour »
BLANK_LINES = re.compile(r"\n\s*\n\s*\n")


@dataclass(frozen=True, slots=True)
class Reply:
    """`text`: for display, the newly written words. `rest`: what was cut, "" when nothing was."""

    text: str
    rest: str


def trim(mail: ParsedMail) -> Reply:
    """The reply in a mail; `text` is never empty when its writer wrote something.

    The plain text decides where the HTML shows no history, or nothing but history: some programs mark only one.
    """
    if "reply" not in mail.known:
        writer = _writer(mail)
        mail.known["reply"] = _with_coloured(mail.html, _without_fine_print(mail.html, _trim(mail, writer), writer))
    found = mail.known["reply"]
    assert isinstance(found, Reply)
    return found


def passed_on(rest: str) -> str:
    """The mail that a new one forwards, in what was cut from it; "" when nothing was but a signature."""
    return _joined(history.split(_lines(rest)).cut)


def decoration(mail: ParsedMail) -> frozenset[str]:
    """The Content-IDs of pictures that stand only in what is cut: logos of a signature, pictures of the mail answered.

    One below the last words, with no signature around it, is what the writer shows.
    """
    inline = {file.content_id for file in mail.attachments if file.inline and file.content_id}
    if not inline or not mail.html:
        return frozenset()
    answers = _answers(mail)
    lines, _ = _marked(mail.html, answers, pictures=True)
    found = history.split(lines, answers=answers)
    kept, tail = signature.split(found.kept, _writer(mail), found.breaks)
    cut = found.cut + (tail if _signs(tail) else [])
    shown = kept if _signs(tail) else found.kept
    return frozenset(inline.intersection(_pictures(cut)).difference(_pictures(shown)))


def _pictures(lines: list[str]) -> list[str]:
    return PLACE_OF_PICTURE.findall("\n".join(lines))


def _signs(lines: list[str]) -> bool:
    """Whether lines cut below the writer's say something themselves; « Envoyé de mon iPhone » does not."""
    bare = [PLACE_OF_PICTURE.sub("", line).lstrip(MARKS) for line in lines]
    return _written(bare) and not _only_device(bare)


def _writer(mail: ParsedMail) -> frozenset[str]:
    return contacts.name_words(mail.sender.name or mail.sender.address) if mail.sender else frozenset()


def _answers(mail: ParsedMail) -> bool:
    return bool(mail.in_reply_to or mail.references or reports.PREFIXED_SUBJECT.match(mail.title))


def _without_fine_print(markup: str, found: Reply, writer: frozenset[str]) -> Reply:
    text, cut = fineprint.split(markup, found.text, writer) if markup and found.text else (found.text, "")
    return Reply(text, f"{cut}\n{found.rest}") if cut else found


def _with_coloured(markup: str, found: Reply) -> Reply:
    """Below what stands above the history, the answers inside it that only their colour tells."""
    answers = coloured.answers(markup, found.text, found.rest) if markup else []
    return Reply("\n".join([found.text, "", *answers]), found.rest) if answers else found


def _trim(mail: ParsedMail, writer: frozenset[str]) -> Reply:
    answers = _answers(mail)
    forwards = reports.FORWARD_SUBJECT.match(mail.title) is not None
    lines, cites = _marked(mail.html, answers) if mail.html else ([], False)
    marked = _cut(lines, answers, writer, forwards) if mail.html else None
    if marked and (marked.rest or cites) and (marked.text or forwards):
        return marked
    plain = _cut(_lines(mail.text), answers, writer, forwards)
    if marked is None or (plain.text and plain.text.split() != marked.text.split()):
        return plain
    return marked  # its paragraphs are whole where the plain text breaks lines


def _cut(lines: list[str], answers: bool, writer: frozenset[str], forwards: bool) -> Reply:
    lines, around = helpdesk.newest(lines)
    found = history.split(lines, answers=answers)
    kept, tail = signature.split(found.kept, writer, found.breaks)
    if not _written(kept) and _written(found.kept) and not _only_device(found.kept):
        kept, tail = found.kept, []
    if _written(kept) or tail or found.forward or (forwards and introduction.is_header_block(found.cut)):
        return Reply(_joined(kept), _joined(tail + found.cut + around))
    return _below(found.cut, answers)


def _below(cut: list[str], answers: bool) -> Reply:
    """Nothing stands above the history: whoever answered did it below or inside, without marks.

    So what has no quote mark below the introduction is shown, and all of it when nobody else is introduced. The
    introduction itself, with its addresses, never is; « De : …, À : …, Objet : … » over a new mail, without any
    address, is how its writer heads a letter. Below the line above which one is asked to answer, nothing is new.
    """
    lines = [line.lstrip(MARKS) for line in cut]
    until = introduction.end_near_top(lines)
    if until is None or not (answers or any("@" in line for line in lines[:until])):
        return Reply(_joined(_unquoted(lines)), "")
    end = next((at for at in range(until, len(lines)) if phrases.AMID.search(lines[at])), len(lines))
    under = history.split(lines[until:end])
    return Reply(_joined(under.kept), _joined(lines[:until] + under.cut + lines[end:]))


def _unquoted(lines: list[str]) -> list[str]:
    """Lines that all bear a quote mark, without it: what a program wrapped whole as if it were answered, as Spark."""
    if not all(line.startswith(">") for line in lines if line.strip()):
        return lines
    return [line[1:].removeprefix(" ") for line in lines]


def _marked(markup: str, answers: bool, *, pictures: bool = False) -> tuple[list[str], bool]:
    """The lines of an HTML body, marked, and whether it holds a citation of its writer's."""
    lines = _lines(html.marked_text(markup, pictures=pictures))
    return cited.settle(introduced.settle(lines), answers=answers)


def _lines(text: str) -> list[str]:
    if "vous écriviez" in text:
        text = INITIALS.sub(">", text)
    if not text.isascii():
        if matching.has(UNSEEN_SIGNS, text):
            text = UNSEEN.sub("", text)
        if ACUTE in text:
            text = unicodedata.normalize("NFC", text)
    lines = introduced.unglued(text).split("\n")
    if len(lines) > history.MAX_LINES:
        rest = "\n".join(line.lstrip(MARKS + html.CITED_MARK) for line in lines[history.MAX_LINES :])
        lines = [*lines[: history.MAX_LINES], rest]
    return lines


def _only_device(lines: list[str]) -> bool:
    kept, _ = device.split(lines)
    return not _written(kept)


def _written(lines: list[str]) -> bool:
    return any(line.strip(" \t\xa0" + MARKS) for line in lines)


def _joined(lines: list[str]) -> str:
    text = "\n".join([line.lstrip(MARKS).rstrip() for line in lines])
    return BLANK_LINES.sub("\n\n", text).strip()
