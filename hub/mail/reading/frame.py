"""What gateways and OpenPGP put around the words of a writer. Works on lines already new."""

from hub.mail.reading import phrases

SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
LABEL_LENGTH = 80  # characters; no BANNER_LABEL is longer


def banner(lines: list[str]) -> tuple[list[str], list[str]]:
    """The first paragraph, when a gateway wrote it: « ATTENTION : ce message provient de l'extérieur ».

    Only until the « Bonjour, » that some put right below it.
    """
    start = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    if start < len(lines) and len(lines[start]) < LABEL_LENGTH and phrases.BANNER_LABEL.match(lines[start]):
        return lines[start + 1 :], lines[: start + 1]
    end = next(
        (at for at in range(start, len(lines)) if not lines[at].strip() or phrases.opens(lines[at])),
        len(lines),
    )
    if not phrases.BANNER.match(" ".join(lines[start:end])[:300]):
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
