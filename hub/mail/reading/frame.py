"""What gateways and OpenPGP put around the words of a writer. Works on lines already new."""

from hub.mail.reading import formulas
from hub.mail.reading.matching import pattern

SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
LABEL_LENGTH = 80  # characters; no BANNER_LABEL is longer

BANNER = pattern(
    r"(?=[\W_]{0,12}(?:attention|prudence|avertissement|ext|caution|cet? |this ))"  # a cheap look before the next
    r"(?!.{0,200}\b(?:élèves?|enfants?|fils|filles?|cantine)\b)"  # « un élève externe » eats at home
    r"[\W_]{0,12}(?:(?:attention|prudence|avertissement|externe|extérieur|caution|external)\b.{0,60})?"
    r"(?:ce|cet|this) (?:message|mail|e-?mail|courriel)(?: \S+){0,6} \S{0,3}(?:extérieur|externe|outside|external)",
    r"[\W_]{0,6}(?:vous (?:n'obtenez|ne recevez) pas souvent d|you don't often get e-?mail from)",  # Microsoft 365
    r"[\W_]{0,12}(?:(?:e-?)?mail|message|courriel|expéditeur) (?:externe|external)\b.{0,40}"
    r"(?:ne pas|ne cliqu|n'ouvr|attention|prud|soyez|vigilan|vérifiez|do not|don't)",
)
"""What a gateway writes above a mail that comes from outside."""

BANNER_LABEL = pattern(
    r"[\W_]{0,6}\[?(?:mail |message |courriel |expéditeur )?(?:externe|external)"
    r"(?: (?:mail|message|email))?\]?[\W_]{0,6}$",
)
"""The same as one line: « [EXTERNE] »."""

_OF_HOST = pattern(
    r"\s*(?:\[[^\[\]]{0,20}\b(?:ext|externe?|external|spam|junk|suspect|phishing|pub|publicité)\b[^\[\]]{0,30}\]"
    r"|\*{2,}[^*]{0,20}\b(?:externe?|external|spam|junk|suspect)\b[^*]{0,20}\*{2,}|\{(?:spam|junk)\??\}"
    r"|(?:spam|junk|ext|externe?|external)\s*:)\s*"
)
_OPENS_MARK = frozenset(" \t[*{sSjJeE")  # a cheap look before


def unmarked(subject: str) -> str:
    """A subject without what a mail host puts before it of its own, « [EXTERNE] »."""
    bare = subject
    while bare[:1] in _OPENS_MARK and (found := _OF_HOST.match(bare)):
        bare = bare[found.end() :]
    return bare or subject


def banner(lines: list[str]) -> tuple[list[str], list[str]]:
    """The first paragraph, when a gateway wrote it: « ATTENTION : ce message provient de l'extérieur ».

    Only until the « Bonjour, » that some put right below it.
    """
    start = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    if start < len(lines) and len(lines[start]) < LABEL_LENGTH and BANNER_LABEL.match(lines[start]):
        return lines[start + 1 :], lines[: start + 1]
    end = next(
        (at for at in range(start, len(lines)) if not lines[at].strip() or formulas.opens(lines[at])),
        len(lines),
    )
    if not BANNER.match(" ".join(lines[start:end])[:300]):
        return lines, []
    return lines[end:], lines[:end]


def armour(lines: list[str]) -> tuple[list[str], list[str]]:
    """What OpenPGP writes around a signed text (RFC 9580 §7)."""
    if SIGNED not in "".join(lines):
        return lines, []
    bare = [line.rstrip() for line in lines]
    try:
        start = bare.index(SIGNED)
        end = bare.index("-----BEGIN PGP SIGNATURE-----", start)
    except ValueError:
        return lines, []
    blank = next((at for at in range(start, end) if not lines[at].strip()), end)
    text = [line.removeprefix("- ") for line in lines[blank:end]]
    return lines[:start] + text, lines[start:blank] + lines[end:]
