"""Answers that agents begin with: chosen by name, the conversation's words filled in. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from hub.config import CannedAnswer, Config

_PLACE = re.compile(r"\{([a-z]+)\}")


def of(config: Config, slug: str) -> Sequence[CannedAnswer]:
    """Those of a service."""
    return next((service.answers for service in config.services if service.slug == slug), ())


def begun(answers: Sequence[CannedAnswer], chosen: str, words: Mapping[str, str]) -> str:
    """The text of the one chosen by its place in the list, filled in; "" for none. What is no word of ours stays."""
    if not (chosen.isascii() and chosen.isdigit() and int(chosen) < len(answers)):
        return ""
    return _PLACE.sub(lambda found: words.get(found[1], found[0]), answers[int(chosen)].text)
