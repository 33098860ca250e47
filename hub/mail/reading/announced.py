"""Whether a line tells that contact lines below it are part of the message rather than who writes it. Pure."""

import re

TOLD = re.compile(
    r":\s*$|ci-dessous|suivante?s?\b|joindre|joignable|coordonnées|adresse"
    r"|rappel(?!le qu|er (?:l[ea]s? |l['’]|votre |son |sa |ses ))"  # « me rappeler le nom »
    r"|numéro(?! d(?:['’]|e (?!t[ée]l|portable|mobile)))",  # that of a bill reaches nobody
    re.IGNORECASE,
)
TOLD_WHO = re.compile(
    r"\b(?:voici|voilà|ci-(?:dessous|après))\b.{0,80}\b(?:coordonnées|adresse|numéro|contact)"
    r"|\b(?:coordonnées|adresse|numéro|contact)s? (?:suivante?s?|ci-dessous|ci-après)\W*$"
    # « Merci de contacter Mme Dupont », never « n'hésitez pas à me contacter ».
    r"|\b(?:merci (?:de|d['’])|veuillez|vous pouvez|prière de|il faut|à) ?"
    r"(?:(?:re)?contacter|joindre|appeler|prévenir|vous adresser|prendre contact)\b(?! moi\b)[^.?!]{0,80}\W*$",
    re.IGNORECASE,
)


def announces(line: str) -> bool:
    """Whether a line tells that what stands below it is part of the message."""
    return line.rstrip().endswith(":") or TOLD_WHO.search(line[:400]) is not None


def tells(line: str) -> bool:
    """Whether a line, above a name that is known to sign, speaks of how to reach somebody."""
    return TOLD.search(line[-200:]) is not None
