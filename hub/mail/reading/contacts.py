"""What the lines of a signature look like: names, how to reach or place somebody, and sentences that are none. Pure."""

import re
import unicodedata
from itertools import pairwise

from hub.mail.reading import formulas, meeting
from hub.mail.reading.matching import pattern

MAX_LINE = 110  # characters
MAX_PROSE = 1_000  # characters in which a sentence shows
MAX_SIGNATURE = 18  # written lines of an unannounced signature
NAME = re.compile(r"[*_ ]*(?:M\.|M(?:me|lle|r)\.?)?(?: ?[A-ZÀ-Ý][\w'’-]{1,25}){2,4}[*_ ,]*$")
PARTED = re.compile(r"\s[-–—|•·/]\s")
WORD = re.compile(r"[^\W\d_]+")
TITLES = frozenset({"mr", "mme", "mlle", "monsieur", "madame", "famille", "et"})
HOURS = re.compile(
    r"\W{0,3}(?:horaires?|ouverte?s?|ouverture|accueil|permanences?|merci de privilégier|je ne travaille pas"
    r"|(?:je )?travail(?:le)? à temps partiel|à temps partiel|(?:absente?|présente?|en télétravail) (?:les?|du)\b)\b",
    re.IGNORECASE,
)
PROSE = re.compile(
    r"\b(?:je|j['’]\w+|me|moi|mon|ma|mes|pouvez|pourriez|avez|serai[ts]?|sommes|merci|svp|voici|oui|non)\b"
    r"|\bnouveau (?:numéro|n°|portable|tél)|\bnée?s? le\b|\b(?:nounou|mamie|papi|papy|grand-(?:mère|père)|voisine?)\b"
    r"|(?:\S+ ){7}\S+.*\.\s*$"
    # « La directrice est au courant », not « La Directrice ».
    r"|^\W{0,3}(?:l[ae]s?|l['’]\w+|une?|ils?|elles?|on|nous|vous|cet?|cette|ces) .{0,80}"
    r"\b(?:est|sont|sera|seront|étai\w+|a|ont|avai\w+|viendra|vient|peut|doit|va|vont|n['’]\w+)\b",
    re.IGNORECASE,
)
SENTENCE_ENDS = (".", "!", "?")
SENTENCE = re.compile(
    r"(?=.{0,110}[.!]\s*$)\W{0,3}(?:\S+ +){3}\S"
    r"|.{0,60}\b(?:est|pas|ok|oui|non|noté|reçu|accord|entendu)\b.{0,60}[.!]\s*$"
    r"|\W{0,3}(?:c['’]est|ok|oui|non|d['’]accord|bien (?:reçu|noté)|entendu|pas de|parfait)\b.{0,60}$",
    re.IGNORECASE,
)
SENTENCE_LENGTH = 150  # characters; none is longer, but for spaces at its end
EXCLAIMED = re.compile(r"[?!]\s*$")  # further down it is a slogan

# Below a name: what starts small, labels something, asks, takes more than a few words, or tells what will be.
OWN_WORDS = re.compile(r"^\s*(?:[a-zà-ÿ]|$)|[:?]|(?: \S+){5}|\b\w{2,}(?:ra|ront|ait|aient)\b")

_OFFICE = (
    r"mairie|ville|commune|(?:le )?services?|france services"
    r"|direction|pôle|département|communauté|centre|école|(?:le )?secrétariat|espace famille"
    r"|guichet|hôtel de ville|médiathèque|bibliothèque|ludothèque|crèche|multi-?accueil|relais|régie|ccas|alsh|clsh"
    r"|police municipale|restaurant scolaire|cuisine centrale|conservatoire|état[- ]civil|urbanisme"
    r"|trésorerie|(?:sous-)?préfecture|syndicat|sivom|sivu|cabinet|association|amicale|comité|caisse d'"
    r"|accueil|(?:péri|extra)?scolaire|affaires|vie scolaire|relations|restauration|(?:petite )?enfance|jeunesse"
)
_POST = (
    r"responsable|direct(?:eur|rice)|chef(?:fe)?|adjointe?|chargée?|agente?|assistante?|secrétaire|coordinat\w+"
    r"|gestionnaire|animat\w+|régisseu\w+|instruct\w+|technicien\w*|conseill\w+|maire|médiat\w+|bibliothécaire|ludothécaire|stagiaire|apprentie?|vacataire"
    r"|atsem|dgs|dga|dgst|drh|référente?|puéricult\w+|infirmi\w+|président\w*|policier\w*|éducat\w+"
)
KIN = pattern(
    r"\s*(?:l[ae] |les )?(?:maman|papa|mère|père|parents?(?: d'élèves?)?|tut(?:eur|rice)"
    r"|représentante?s? léga\w+) (?:de |d'|des )"
)
"""« Maman de Léo (CE1) », which a parent puts below their name."""

PROFESSION = pattern(
    r"\W{0,3}(?:avocate?|notaire|huissi[eè]re?|médecin|docteure?|pédiatre|psycholog\w+|orthophoniste|kinésithérapeute"
    r"|ostéopathe|architecte|géomètre|gérante?|ingénieure?|comptable|juriste|consultante?|commerciale?|manager"
    r"|professeure?|enseignante?|maîtresse de conférences|format(?:eur|rice)|graphiste|photographe|journaliste"
    r"|cuisini[eè]re?|libraire|pharmacienn?e?|vétérinaire|sage-femme|artisane?|greffi[eè]re?)\b"
    r"(?! d(?:e |')(?:l[ae] |mon |ma |(?-i:[A-ZÀ-Ý])))",  # « Professeure de Léo » is whom somebody speaks of
)
"""What stands below a name that signs, and beside many others in a message: only asked for below a closing."""

CONTACT = pattern(
    r".*(?:\+33|\b0) ?(?:\(0\) ?)?\(?\d\)?(?:[ .\-/]?\d\d){4}\b",
    r".*(?<!\S)(?>\S+?@)\S+?\.\w\w|.*\bwww\.|.*https?://",  # by the first sign at of a word, however many it has
    r".*\b(?:t[ée]l|mob|fax|port|standard|ligne directe)\w*\.? ?:",
    r".*\b\d{5} +[a-zéèà]{2,}|.*\bcedex\b",
    rf"[\W_]*(?:{_OFFICE})\b",
    rf".*\b(?:{_POST})\b",
    r".*\b(?:rue|avenue|place|boulevard|allée|bd|chemin|impasse|quai|esplanade) (?:d[eu]s?|d'|la|le|\w{3,})",
)
"""A signature's line: phone, address, function, office."""


def is_block(tail: list[str]) -> bool:
    """Whether lines read as a signature: short ones, no sentence at its head, some way to reach or place somebody."""
    written = [line for line in tail if line.strip()]
    head = written[:3]
    if any(meeting.MEETING.search(line[:400]) for line in written[:MAX_SIGNATURE]):
        return False
    if not written or len(written) > MAX_SIGNATURE or any(is_long(line) or is_prose(line) for line in head):
        return False
    if any(EXCLAIMED.search(line) for line in head[:2]) or formulas.WARM.match(head[0]):
        return False
    return any(map(is_placing, written[:4]))


def is_prose(line: str) -> bool:
    ends_sentence = line[:1].islower() and line.rstrip().endswith(SENTENCE_ENDS)
    return ends_sentence or (PROSE.search(line[:MAX_PROSE]) is not None and not HOURS.match(line))


def is_contact(line: str) -> bool:
    """Whether a line reaches or places somebody; an endless one does not, and would be slow to search."""
    return not is_long(line) and bool(CONTACT.match(line))


def is_placing(line: str) -> bool:
    return is_contact(line) or KIN.match(line[:MAX_LINE]) is not None


def is_long(line: str) -> bool:
    """Whether a line is too long for a signature; one that dashes or bars part in three may be twice as long."""
    return len(line) > (2 * MAX_LINE if len(PARTED.findall(line[: 2 * MAX_LINE])) > 1 else MAX_LINE)


def is_sentence(line: str) -> bool:
    return len(line.rstrip()) < SENTENCE_LENGTH and SENTENCE.match(line) is not None


def lists_people(lines: list[str]) -> bool:
    """Whether two names or more have their number below: whom to reach, rather than who writes."""
    written = [line for line in lines if line.strip()]
    return sum(NAME.match(above) is not None and _is_phone(below) for above, below in pairwise(written)) > 1


def _is_phone(line: str) -> bool:
    return len(line) <= MAX_LINE and sum(letter.isdigit() for letter in line) >= 10


def name_words(name: str) -> frozenset[str]:
    """The words of a person's name or address, without case, accents and titles: « DURAND Zoé » is « Zoe Durand »."""
    letters = name[:200].partition("@")[0].lower()
    if not letters.isascii():
        bare = unicodedata.normalize("NFKD", name[:200].partition("@")[0]).lower()
        letters = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return frozenset(word for word in WORD.findall(letters) if len(word) > 1) - TITLES


def places(line: str) -> bool:
    """Whether a line is a few words that say nothing."""
    words = line[:MAX_PROSE]
    return not (OWN_WORDS.search(words) or PROSE.search(words) or formulas.GREETING.match(words))


def says_name(line: str, writer: frozenset[str]) -> bool:
    """Whether a line is the name or a part of it, or begins by it: « Zoé Durand, maman de Léo »."""
    if "@" in line:  # « Zoé Durand | 06 12 34 56 78 | zoe@… », never the name beside an address in a sentence
        name, parted, _ = PARTED.sub("\n", line).partition("\n")
        return bool(parted) and writer <= name_words(name) and len(name_words(name)) <= len(writer) + 1
    words = name_words(line)
    if not words or words < writer:
        return bool(words) and not any(map(str.isdigit, line))  # « 57000 SAINT-MICHEL » is where the service is
    first = name_words(" ".join(line.split()[: len(writer)]))
    return writer <= words and len(words) <= len(writer) + (4 if first == writer else 1)
