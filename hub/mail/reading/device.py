"""The lines that a phone or a mail program puts under what was written: « Envoyé de mon iPhone ». French first."""

from hub.mail.reading import phrases

SHORT = 40  # characters, of the pieces of a broken line


def split(lines: list[str]) -> tuple[list[str], list[str]]:
    """Device lines at the end, and one more line below each (« Télécharger … », the app's address)."""
    end = len(lines)
    while end:
        tail = last_written(lines, end)
        if tail is None:
            break
        line = lines[tail]
        broken = _broken(lines, tail)
        if broken is not None:
            end = broken
        elif phrases.DEVICE.match(line) or phrases.DASHES.match(line) or phrases.PICTURE.match(line):
            end = tail
        elif tail and lines[tail - 1].strip() and _is_more(lines[tail - 1], line):
            end = tail - 1
        else:
            break
    return lines[:end], lines[end:]


def _is_more(above: str, line: str) -> bool:
    return bool(phrases.DEVICE.match(above) and phrases.DEVICE_MORE.match(line))


def split_above(lines: list[str]) -> tuple[list[str], list[str]]:
    """Device lines that stand below nothing, or a blank line: some type below the signature of their phone."""
    alone = {
        at
        for at, line in enumerate(lines)
        if 8 < len(line) < 80 and not (at and lines[at - 1].strip()) and phrases.DEVICE.match(line)
    }
    return [line for at, line in enumerate(lines) if at not in alone], [lines[at] for at in sorted(alone)]


def _broken(lines: list[str], last: int) -> int | None:
    """Where a device line starts that was broken into two or three short ones, the last of which is given."""
    if len(lines[last].strip()) > SHORT:
        return None
    for start in (last - 1, last - 2):
        broken = [line.strip() for line in lines[max(start, 0) : last + 1]]
        if start < 0 or not all(broken) or any(len(line) > SHORT for line in broken):
            return None
        if phrases.DEVICE_STARTS.match(broken[0]) and not phrases.DEVICE.match(broken[0]):
            return start if phrases.DEVICE.match(" ".join(broken)) else None
    return None


def last_written(lines: list[str], end: int) -> int | None:
    """The last line before `end` that is not blank."""
    for at in range(end - 1, -1, -1):
        if lines[at].strip():
            return at
    return None
