"""The name that somebody types over the signature of their program, which says it again. Pure."""

from hub.mail.reading import contacts, device, phrases


def lines(block: list[str], writer: frozenset[str], *, office: bool) -> int:
    """How many lines a name typed over a signature takes that says it again: « Nora », then « Nora PETIT ».

    A line drawn between the two tells as much; « La maman de Léo » alone is how a parent types theirs.
    """
    first = next((at for at, line in enumerate(block) if line.strip()), 0)
    below = _next_written(block, first + 1)
    if below is not None and device.PICTURE.match(block[below]):
        below = _next_written(block, below + 1)  # under the logo
    if below is not None and phrases.DASHES.match(block[below]):
        return below
    apart = below != first + 1
    if apart and contacts.KIN.match(block[first][: contacts.MAX_LINE]):
        return first + 1
    if below is None or not _says_again(block[first], block[below], writer, office=office and apart):
        return 0
    return first + 1


def _says_again(typed: str, line: str, writer: frozenset[str], *, office: bool) -> bool:
    """Whether a line names the person whose name stands above it: « Zoé », then « Z. DURAND »."""
    first, again = contacts.name_words(typed), contacts.name_words(line)
    if not first or not again:
        return False
    heads = contacts.name_words(line.split()[0]) <= first | writer  # « Cabinet Durand » is where they work
    return (first <= again and (heads or office)) or first | again <= writer


def _next_written(lines: list[str], at: int) -> int | None:
    return next((place for place in range(at, len(lines)) if lines[place].strip()), None)
