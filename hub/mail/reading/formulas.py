"""How people begin and end a mail, French first. Tables, and how a line is asked whether it is one. Pure."""

from hub.mail.reading.matching import head, pattern

_WARM = (
    r"cordialement|sincèrement|respectueusement|amicalement|chaleureusement|affectueusement|amitiés|bises|bisous"
    r"|sportivement|musicalement|fraternellement|solidairement|associativement|syndicalement|républicainement"
    r"|cdlt|cdt|crdt"
)
WARM = pattern(rf"[\W_]{{0,3}}(?:(?:bien|très) )?(?:{_WARM})\b")
"""A closing with more in its line, as « Cordialement Nora Petit Service enfance »: no head of a block."""

_GREETS = r"\W{0,3}(?:re-?)?(?:bonjour|bonsoir|hello|salut|coucou|madame|monsieur|cher|chère|mesdames)\b"
OPENING = pattern(rf"{_GREETS}.{{0,40}}$")
GREETING = pattern(
    _GREETS
    + r"(?!.{0,60}(?:\?|\b(?:oui|non|ok|d'accord|merci|pas|est|sera|je|j'\w+|il|elle|on|nous|bien|parfait|noté)\b))"
    r"(?:[^,.:;!?]|(?:(?<=\bm)|(?<=\b[md]r)|(?<=\bmme)|(?<=\bmlle))\."
    r"|[,.!](?= (?:mesdames|madame|monsieur|messieurs|chère?s?|tous)\b)){0,40}"
    r"\W{0,3}$"
)
"""« Bonjour Madame, »: what a mail begins with, and never all that somebody had to say, as « Bonjour, ok. » is."""


GREETING_LENGTH = 80  # characters; none is longer


def greets(line: str) -> bool:
    """Whether a line is a GREETING: most others are too long."""
    return len(line) < GREETING_LENGTH and GREETING.match(line) is not None


def opens(line: str) -> bool:
    """Whether a line begins by a greeting, and may go on: « Bonjour, ok. »."""
    return len(line) < GREETING_LENGTH and OPENING.match(line) is not None


CLOSING = pattern(
    rf"[\W_]{{0,3}}(?:(?:bien|très) )?(?:{_WARM})"
    r"(?:[ ,]+(?:à vous|votre|et (?:bonne|merci)|bonne).{0,40})?[\W_]{0,4}$",
    r"[\W_]{0,3}(?:bien|cordialement) à (?:vous|toi)[\W_]{0,4}$",
    r"[\W_]{0,3}votre (?:bien |toute? )?dévouée?[\W_]{0,4}$",
    r"[\W_]{0,3}(?:avec )?(?:mes |nos )?(?:sincères |meilleure?s |cordiales |respectueuses )?(?:salutations|sentiments)"
    r"(?: \w{3,20})?[\W_]{0,4}$",
    r"[\W_]{0,3}(?:(?:avec |tous |mes |nos |sincères ){1,3}remerciements|(?:mes |nos )?respects|dans cette attente"
    r"|sincèrement vôtre"
    r"|(?:[aà] vous|dans l'attente de vous) lire|(?:au|avec) plaisir(?: de vous lire)?|slts|b[àa]v|biz|[àa] ?\+{1,2}"
    r"|(?:je reste |nous restons |restant )?[àa] votre (?:écoute|(?:entière )?disposition"
    r"(?: pour (?:tou[ts]e?s?|d'autres|de plus amples) (?:renseignement|information|question|complément|précision)"
    r"\S{0,4}.{0,40})?)"
    r"|bon(?:ne)?s? (?:week-?end|fêtes|vacances|courage|dimanche|année)\b.{0,40})[\W_]{0,4}$",
    r"[\W_]{0,3}(?:(?:en )?vous (?:en )?(?:remerciant|souhaitant)|d'avance merci"
    r"|(?:un )?(?:grand )?merci (?:d'avance|par avance|beaucoup|bien"
    r"|à vous|de votre|pour votre|pour tout|encore)).{0,60}[,.! ]*$",
    r"[\W_]{0,3}(?:merci|merci et .{3,40}|[àa] (?:très )?\w{4,9}"
    r"|(?:très )?(?:bonne|belle|excellente|agréable) (?:journée|soirée|fin de|semaine|"
    r"réception|continuation|rentrée|lecture|reprise).{0,40})[\W_]{0,4}$",
    r"[\W_]{0,3}(?:je reste|nous restons|restant) (?:\w{3,6} ){0,2}"
    r"(?:joignables?|disponibles?|[àa] (?:votre|ta) (?:entière )?disposition)\b[^:?\d]{0,80}$",
    r"[\W_]{0,3}n'hésitez (?:surtout )?pas à (?:me|nous|revenir vers) [^:?\d]{3,80}$",
    r"[\W_]{0,3}(?:best |kind |warm )?regards[\W_]{0,4}$|[\W_]{0,3}(?:thanks|thank you|cheers)[\W_]{0,4}$"
    r"|[\W_]{0,3}sincerely[\W_]{0,4}$",
    r"[\W_]{0,3}(?:veuillez|je vous prie|nous vous prions|recevez|dans l'attente|restant).{5,200}"
    r"(?:salutations|sentiments|considération|distingué\w*|respects?|respectueu\w+|dévoués?|cordial\w*|disposition"
    r"|les (?:plus )?(?:meilleure?s|sincères|dévoués|cordiale?s|amicale?s))[\W_]{0,4}$",
)
"""« Cordialement, » and its family: the line after which a signature may begin."""

CLOSING_HEADS = frozenset(
    "a aff agr ami ass au ave bav bel bes bie bis biz bon bàv cdl cdt cha che cor crd d"  # noqa: SIM905
    " dan en exc fra gra je kin mei mer mes mus n nos nou rec reg res rép sal sen sin slt"
    " sol spo syn tha tou trè un veu vot vou war à".split()
)
"""One of these heads each; see `head`."""


BILINGUAL_LENGTH = 80  # characters; none is longer


def closes(line: str) -> bool:
    """Whether a line is a CLOSING, or two of them: « Cordialement / Best regards »."""
    if head(line) not in CLOSING_HEADS:
        return False
    if CLOSING.match(line) is not None:
        return True
    said, parted, again = line[:BILINGUAL_LENGTH].partition("/")
    return bool(parted) and CLOSING.match(said) is not None and CLOSING.match(again) is not None
