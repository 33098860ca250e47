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
OFFICES = frozenset(
    {
        *("mairie", "ville", "commune", "service", "services", "enfance", "jeunesse", "periscolaire", "scolaire"),
        *("accueil", "contact", "secretariat", "ecole", "cantine", "restauration", "creche", "regie", "ccas"),
        *("portail", "education", "guichet", "centre", "loisirs", "direction", "pole", "police", "municipale"),
        *("technique", "techniques", "urbanisme", "mediatheque", "bibliotheque", "ludotheque", "conservatoire"),
    }
)
"""One of these names a mailbox that several people write from."""
AND = re.compile(r" (?:et|&) ")
ORGANISED = frozenset(
    {
        *("club", "association", "asso", "amicale", "comite", "apel", "fcpe", "syndicat", "communaute", "college"),
        *("lycee", "maison", "cabinet", "societe", "sarl", "garage", "pharmacie", "transports", "les", "des", "du"),
    }
)
"""One of these is in the name of no person either."""
HOURS = re.compile(
    r"\W{0,3}(?:horaires?|ouverte?s?|ouverture|accueil|permanences?|merci de privilégier|je ne travaille pas"
    r"|l[ae]s? \w+(?: \S+){0,5} (?:est|sont) ouverte?s? (?:au public )?(?:les?|du) \w+di"
    r"|(?:je )?travail(?:le)? à temps partiel|à temps partiel|(?:absente?|présente?|en télétravail) (?:les?|du)\b)\b",
    re.IGNORECASE,
)
_STREET = "rue|avenue|place|boulevard|allée|bd|chemin|impasse|quai|esplanade"
STREETS = 2  # addresses of one signature: the office's, and where its post goes
PROSE = re.compile(
    r"\b(?:je|j['’]\w+|me|moi|mon|ma|mes|pouvez|pourriez|avez|serai[ts]?|sommes|merci|svp|voici|oui|non)\b"
    r"|\b(?:faut|faudrait|dois|devez|veux|voulez|voudrais|peux|vais|suis)\b"
    r"|\bnouveau (?:numéro|n°|portable|tél)|\bnée?s? le\b|\b(?:nounou|mamie|papi|papy|grand-(?:mère|père)|voisine?)\b"
    rf"|^(?!\W{{0,3}}\d[^.]{{0,12}} (?:{_STREET})\b)\s*(?:\S+ +){{7}}\S+.*\.\s*$"
    # « La directrice est au courant », not « La Directrice ».
    r"|^\W{0,3}(?:l[ae]s?|l['’]\w+|une?|ils?|elles?|on|nous|vous|cet?|cette|ces) .{0,80}"
    r"\b(?:est|sont|sera|seront|étai\w+|a|ont|avai\w+|viendra|vient|peut|doit|va|vont|n['’]\w+|ne \w+)\b"
    # « Suivez ce lien : … », not « Suivez-nous sur … ».
    r"|^\W{0,3}(?:suiv|rejoign|cliqu|utilis|ouvr|pass|pren|ven|apport|envoy|regard|voy|complét|rempliss|appel|pay)ez "
    r"|^\W{0,3}(?:son|sa|ses|leurs?) \w{3,12}(?: \w{1,12})? ?:",
    re.IGNORECASE,
)
SPEAKS = re.compile(r"\?|\b(?:je|j['’]\w+|me|moi|mon|ma|mes|vous|votre|vos|svp)\b", re.IGNORECASE)
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
    r"mairie|ville|commune|(?:le )?services?|france services|direction|pôle|département|communauté|centre|école|collège"
    r"|lycée|équipe|(?:le )?secrétariat|espace famille"
    r"|guichet|hôtel de ville|médiathèque|bibliothèque|ludothèque|crèche|multi-?accueil|relais|régie|ccas|alsh|clsh"
    r"|police municipale|restaurant scolaire|cuisine centrale|conservatoire|état[- ]civil|urbanisme"
    r"|trésorerie|(?:sous-)?préfecture|syndicat|sivom|sivu|cabinet|association|amicale|comité|caisse d'"
    r"|accueil|(?:péri|extra)?scolaire|affaires|vie scolaire|relations|restauration|(?:petite )?enfance|jeunesse"
)
_POST = (
    r"responsable|direct(?:eur|rice)|chef(?:fe)?|adjointe?|chargée?|agente?|assistante?|secrétaire|coordinat\w+"
    r"|gestionnaire|animat\w+|régisseu\w+|instruct\w+|technicien\w*|conseill\w+|maire|médiat\w+|bibliothécaire"
    r"|ludothécaire|stagiaire|apprentie?|vacataire"
    r"|atsem|dgs|dga|dgst|drh|référente?|puéricult\w+|infirmi\w+|président\w*|policier\w*|éducat\w+|aesh|avs|amvs|cpe"
    r"|enseignante?|professeure? des écoles|proviseure?|trésori\w+|inspect(?:eur|rice)"
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
    r".*(?:\+33|\b(?!\d\d/\d\d/(?:19|20)\d\d)0) ?(?:\(0\) ?)?\(?\d\)?(?:[ .\-/]?\d\d){4}\b",
    r".*(?<!\S)(?>\S+?@)\S+?\.\w\w|.*\bwww\.|.*https?://",  # by the first sign at of a word, however many it has
    r".*\b(?:t[ée]l|mob|fax|port|standard|ligne directe)\w*\.? ?:",
    r".*\b\d{5} +[a-zéèà]{2,}|.*\bcedex\b",
    rf"[\W_]*(?:{_OFFICE})\b",
    rf".*\b(?:{_POST})\b",
    rf".*\b(?:{_STREET}) (?:d[eu]s?|d'|la|le|\w{{3,}})",
)
"""A signature's line: phone, address, function, office."""

EMPLOYED = pattern(rf"[\W_]*(?:{_OFFICE})\b", rf".*\b(?:{_POST}|sarl|sas|eurl|société|cabinet|entreprise)\b")
OFFICE = pattern(rf"\W{{0,3}}(?-i:L)(?:[ae] |'|es )(?:{_OFFICE})\b.{{0,50}}(?<![.!?:,;])\s*$")
"""« Le secrétariat de l'inspection », as an office signs."""

STREET = pattern(rf"\W{{0,3}}\d[^.]{{0,12}} (?:{_STREET})\b")
"""« 12 bis, rue des Lilas »."""


def is_block(tail: list[str]) -> bool:
    """Whether lines read as a signature: short ones, no sentence at its head, some way to reach or place somebody."""
    written = [line for line in tail if line.strip()]
    head = written[:3]
    if any(map(meeting.tells, written[:MAX_SIGNATURE])):
        return False
    if not written or len(written) > MAX_SIGNATURE:
        return False
    if any(is_long(line) or is_prose(line) for line in head) and not is_signed(tail):
        return False
    if any(EXCLAIMED.search(line) for line in head[:2]) or formulas.WARM.match(head[0]):
        return False
    return any(map(is_placing, written[:4]))


def is_signed(tail: list[str]) -> bool:
    """Whether a name and how to place it are a paragraph, and below it nobody speaks: what an office tells everyone."""
    signed = [line for line in "\n".join(tail).strip("\n").partition("\n\n")[0].split("\n") if line.strip()]
    if not 2 <= len(signed) <= 4 or not NAME.match(signed[0]) or any(map(is_prose, signed)):
        return False
    return any(map(is_contact, signed[1:])) and not any(SPEAKS.search(line[:MAX_PROSE]) for line in tail)


def is_prose(line: str) -> bool:
    ends_sentence = line[:1].islower() and line.rstrip().endswith(SENTENCE_ENDS)
    return ends_sentence or (PROSE.search(line[:MAX_PROSE]) is not None and not HOURS.match(line))


def is_contact(line: str) -> bool:
    """Whether a line reaches or places somebody; an endless one does not, and would be slow to search."""
    return not is_long(line) and (CONTACT.match(line) is not None or _is_office(line))


def _is_office(line: str) -> bool:
    """Whether a line is « Le secrétariat de l'école », and says nothing of it."""
    return OFFICE.match(line) is not None and not is_prose(line)


def is_placing(line: str) -> bool:
    return is_contact(line) or KIN.match(line[:MAX_LINE]) is not None


def is_long(line: str) -> bool:
    """Whether a line is too long for a signature; one that dashes or bars part in three may be twice as long."""
    return len(line) > (2 * MAX_LINE if len(PARTED.findall(line[: 2 * MAX_LINE])) > 1 else MAX_LINE)


def is_sentence(line: str) -> bool:
    return len(line.rstrip()) < SENTENCE_LENGTH and SENTENCE.match(line) is not None


def names_other(block: list[str], writer: frozenset[str]) -> bool:
    """Whether a block is whom a writer, whose whole name is known, tells of: « Jean et Odile Durand », their street.

    A colleague may sign in their place, with an office or a function.
    """
    line = block[0][:MAX_LINE]
    if len(writer) < 2 or writer & (OFFICES | ORGANISED) or not NAME.match(AND.sub(" ", line)):
        return False
    words = name_words(line)
    alike = len(words) < 2 or words <= writer or writer <= words
    return not alike and not any(EMPLOYED.match(one[:MAX_LINE]) for one in block[1:])


def from_person(lines: list[str], at: int) -> int:
    """Where the paragraph of an office's name starts, when it is whoever writes for it: « Zoé Durand, Directrice »."""
    start = paragraph_start(lines, at)
    person = NAME.match(lines[start]) and all(map(is_contact, lines[start + 1 : at]))
    return start if person else at


def paragraph_start(lines: list[str], at: int) -> int:
    """Where the paragraph of a line starts."""
    while at and lines[at - 1].strip():
        at -= 1
    return at


def lists_people(lines: list[str]) -> bool:
    """Whether two names or more have their number below, or many addresses stand there: whom to reach, where to go."""
    written = [line for line in lines if line.strip()]
    if sum(STREET.match(line[:MAX_LINE]) is not None for line in written) > STREETS:
        return True
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
