"""Where a legal or environmental footer begins, and what only sounds like one. French first."""

import re

from hub.mail.reading import contacts, formulas, matching, phrases
from hub.mail.reading.matching import pattern

SIGNED = re.compile(r"\s*[A-ZÀ-Ý][\w'’-]{1,25}(?: [A-ZÀ-Ý][\w'’-]{1,25}){0,2}[ .]*$")
FIRST_PERSON = re.compile(r"\b(?:je|j['’]\w+|(?:mon|ma|notre) (?:fils|fille|enfant|mari|femme))\b", re.IGNORECASE)

_THIS = (
    r"(?:(?:(?:ce|cet|le présent|this) (?:message|mail|e-?mail|courriel|courrier|communication)"
    r"|cette communication|le présent document))"
)
FOOTER = pattern(
    rf"[\W_P]{{0,8}}{_THIS}\b.{{0,160}}?(?:confidenti\w+|privileged|intended"
    r"|destinée?s? (?:exclusi|uniquement|à l'usage|au seul|à la seule)|à l'(?:attention|intention) exclusive"
    r"|(?:exclusivement|uniquement|strictement) (?:destiné|réservé|adressé|personnel)"
    r"|usage exclusif|antivirus|virus|avast|susceptibles? d'altération|n'engage|engagement contractuel"
    r"|secret professionnel|informations? privilégiée|secret des correspondances)",
    r"[\W_]{0,4}les informations (?:contenues|figurant|transmises) (?:dans|par|sur) (?:ce|cet|le présent)",
    r"[\W_]{0,4}the (?:information|contents?) (?:\w+ )?(?:in|of|by) (?:this|the) (?:e-?mail|message|communication)",
    r"[\W_]{0,4}(?:diese (?:nachricht|e-?mail)|quest[oa] (?:messaggio|e-?mail|comunicazione))\b.{0,120}"
    r"(?:vertraulich|riservat|destinat)",
    r"[\W_]{0,4}any (?:views|opinions)\b.{0,60}(?:this|the) (?:e-?mail|message)",
    r"[\W_]{0,4}(?:clause|avis|note|mention|notice|avertissement) (?:de |of |sur la )?confidential?it",
    r"[\W_]{0,4}(?:confidentialit[éey](?: notice)?|informations? confidentielles?)[*_]? ?:",
    rf"[\W_]{{0,4}}sauf (?:mention|indication|stipulation) contraire,? {_THIS}",
    r"[\W_]{0,4}imprim(?:ez|ons) (?:ce|cet) \S{4,9} (?:seulement|uniquement|que si)\b",
    r"[\W_]{0,4}le papier est un support",
    r"[\W_P]{0,4}(?:merci de |s'il vous plaît,? )?(?:pens(?:ez|ons|er)|think|please consider|consider)"
    r" .{0,30}(?:environ+e?ment|planète)\b(?! (?:d[eu]s?|d'|quand|pour|dans|qui|que|à|sonore|familial|scolaire)\b)",
    r"[\W_]{0,4}(?:avertissement|attention|important|note|notice) ?: ?(?:ce|cet|le|les|this|the)\b.{0,40}"
    r"(?:message|mail|courriel|informations?)\b.{0,80}(?:confiden|destin|intend)",
    r"[\W_P]{0,4}(?:(?:merci de )?n'imprim|avant d'imprimer|adopt(?:ez|ons) (?:l'|les |un )éco|soyons éco"
    r"|[ée]conomis(?:ez|ons) (?:le |du )?papier|préserv(?:ez|ons) l'environ|êtes-vous s[ûu]r d'imprimer)",
    r"[\W_]{0,4}(?:si|if) (?:vous|you) (?:n'êtes pas|avez reçu|are not|have received)"
    r" .{0,20}(?:destinataire|ce message|cet e-?mail|ce courriel|recipient|this)",
    r"[\W_]{0,4}(?:devez-vous|devons-nous|faut-il|avez-vous) (?:vraiment |réellement )?(?:besoin d')?.{0,12}imprim",
    r"[\W_]{0,4}(?:afin de|pour) (?:contribuer|préserver|protéger|respecter).{0,40}environnement",
    r"[\W_]{0,4}(?:un )?(?:petit )?(?:éco-?)?geste (?:simple |écologique )?.{0,20}(?:environnement|planète|imprim)",
    r"[\W_]{0,4}le contenu de (?:ce|cet) .{0,80}(?:exclusif|confiden|destin|engager)",
    r"[\W_]{0,4}(?:si|if) (?:vous|you) (?:avez reçu|recevez|received) (?:ce|cet|this) \S{4,10} (?:par|in) err",
    r"[\W_]{0,4}la présente communication\b.{0,80}(?:confiden|destin)",
    r"[\W_]{0,4}les (?:idées|opinions|propos)\b.{0,60} (?:dans|par) (?:ce|cet) (?:message|mail|e-?mail|courriel)",
    r"[\W_]{0,4}pour vous (?:désinscrire|désabonner)",
    r"[\W_]{0,4}(?:suivez|retrouvez|rejoignez)-nous (?:aussi )?sur"
    r" (?:facebook|instagram|twitter|linkedin|x\b|(?:les|nos) réseaux).{0,120}$",
    r"[\W_]{0,4}(?:vos|les) données (?:personnelles|à caractère personnel).{0,160}(?:rgpd|règlement)",
    r"[\W_]{0,4}(?:retrouvez|suivez|découvrez) (?:toute l'actualité|toutes les (?:actualités|infos|informations)"
    r"|l'actualité|nos actualités|l'actu) .{0,120}$",
    r"[\W_]{0,4}en application d[ue] (?:la loi|rgpd|règlement)",
    r"\W{0,3}https?://(?:www|s-)\.?avast\.com",
    r"[\W_]{0,14}informations? provenant d'eset\b",
    r"[\W_]{0,4}(?:message|mail|courriel) protégé par \w",
    r"[\W_]{0,4}disclaimer\b",
    r"[\W_]{0,4}pour (?:toute question|en savoir plus)\b.{0,60}\bdonnées (?:personnelles|à caractère)",
    r"[\W_]{0,4}(?:pour |afin d')exercer (?:vos|ces|ce|votre) droits?\b",
    rf"[\W_]{{0,4}}(?:{_THIS} a été |(?:message|mail|courriel|e-?mail) )"
    r"(?:analysé|vérifié|contrôlé|scanné|filtré|certifié) (?:par|sans)",
    r"[\W_]{0,4}(?:analysé|vérifié|contrôlé|scanné|filtré) par .{0,40}(?:virus|scanner)",
    r"[\W_]{0,4}tout (?:message|courriel|e-?mail|courrier) électronique .{0,40}(?:altéré|altération|sécur|confiden)",
    r"[\W_]{0,4}toute? (?:usage|modification|[ée]dition|utilisation|diffusion|reproduction|publication|divulgation"
    r"|copie)\b.{0,120}(?:interdite?|prohibée?|autoris[ée]e?)",
    r"[\W_]{0,4}(?:l'absence de virus|(?:(?:courriel|mail|garanti) )?sans virus\b|virus-free\b)",
    r"[\W_]{0,4}(?:cet e-?mail a été vérifié|this email has been (?:checked|scanned))",
    r"[\W_]{0,4}(?:l'intégrité de ce|l'expéditeur (?:de ce|ne)|internet ne (?:permet|garanti)).{0,60}",
    r"[\W_]{0,4}conformément (?:à la loi|au r[èe]glement|au rgpd).{0,120}(?:données|libertés|2016/679)",
    shared=r"[\W_]{0,4}",
)
"""How a legal or environmental footer opens, matched against a few joined lines."""

HEADS = frozenset(
    "ado afi ana any att ava ave avi ce cet cla con cou dev die dis déc e eco ema en fau fil gar ges htt if imp inf int"  # noqa: SIM905
    " l la le les mai men mer mes n not pet ple pou pré que rej ret s san sau sca si soy sui the thi tou un vir vos vér"
    " éco ête".split()
)
"""One of these heads each, or what begins by a P: a tree, where its font is missing. See `matching.head`."""

FOOTER_PARAGRAPH = pattern(
    r"[^?]{0,120}\b(?:n'imprim(?:ez|ons|er)|ne pas imprimer|don't print|do not print|évit(?:er|ez|ons) d'imprimer"
    r"|(?:avant|vous) d'imprimer"
    r"|(?:réduis|limit|préserv)(?:ons|ez) .{0,30}(?:empreinte|planète|ressources|environnement))",
    r"[^?]{0,120}\bdonnées\b[^?]{0,200}(?:rgpd|gdpr|règlement (?:général|européen|\(ue\))|informatique et libertés)",
    r"[^?]{0,60}\bsupprim(?:ez|er|ons) (?:ce|cet|vos) (?:messages?|mails?|e-?mails?|courriels?)\b[^?]{0,40}"
    r"(?:lecture|inutile|\blus?\b)",
    r"[^?]{0,80}\b(?:mails?|courriels?|messages?)\b[^?]{0,60}\bco2\b[^?]{0,60}\bsupprim",
    r"[^?]{0,60}\b(?:mails?|courriels?|messages?)\b[^?]{0,20}\bsupprim[^?]{0,60}\bco2\b",
    r"(?!.{0,600}\?).{0,120}\b(?:notre|la) politique de confidentialité\b",
    r"[^?]{0,80}\b(?:protection|gestion|traitement|utilisation) (?:de vos|des) données (?:personnelles|à caractère)",
)
"""The same, told by words that somebody may write, and that open a paragraph of their own below the writer's."""

AVAILABILITY = pattern(
    r"[\W_]{0,4}une messagerie gratuite, garantie à vie",  # laposte.net
    r"[\W_]{0,4}(?:dans le cadre du |mon )?droit à la déconnexion\b",
    r"[\W_]{0,4}(?:respect de [^.:]{3,40} : ?)?(?:si vous recevez |si )?"
    r"(?:ce|cet|mes|les) (?:messages?|mails?|e-?mails?|courriels?)\b.{0,60}"
    r"(?:hors|en dehors) (?:de |des )(?:vos |mes |votre |l[ae]s? )?(?:heures|horaires|temps|jours)",
    r"[\W_]{0,4}.{0,60}\benvo\w+ .{0,30}\bà un moment qui me convient\b.{0,120}(?:dehors|oblig|tenu)",
    r"[\W_]{0,4}si vous recevez (?:ce|cet|mes|un) .{0,80}\bpas .{0,20}\brépon",
    r"[\W_]{0,4}(?:mes|nos) (?:horaires|heures) (?:d'envoi|de travail)\b.{0,60}\b(?:oblig|tenu)",
    r".{0,120}\b(?:pas (?:tenue?s?|obligée?s?|dans l'obligation) (?:de |d'y ?)répon.{0,30}"
    r"(?:immédiat|en dehors|hors|de suite|tout de suite))",
)
"""« Droit à la déconnexion : … », a footer although somebody may speak in it."""

FOOTER_LINE = pattern(
    r".{0,60}\bn'imprim(?:ez|ons|er) .{0,40}(?:que si|qu'en cas|que lorsque)|.{0,20}rédui(?:sons|sez) .{0,30}papier",
    r"[\W_]{0,4}\S.{0,80}ne (?:saurait|pourra|peut) être tenue?s? (?:pour )?responsable.{0,60}(?:message|altér|virus)",
    rf"\S.{{0,60}}(?: [-–|]|,) {_THIS}\b.{{0,100}}(?:confiden|n'engage)",
    r".{0,60}\bpour (?:vous|se) (?:désabonner|désinscrire)\b.{0,60}(?:https?://|@)",  # lists, after their name
    r".{0,120}décline toute responsabilité|.{0,60}\b(?:message|mail|courriel) ne constitue pas un engagement",
)
"""The same, told by what comes later in its first line."""

THIS_MAIL = pattern(
    rf".{{0,300}}\b(?:{_THIS}|cette transmission|du présent (?:message|mail|e-?mail|courriel)|message à caractère)\b"
)
OWN_CONCERN = re.compile(r"\?|\b(?:me|moi|mon|ma|mes)\b", re.IGNORECASE)
LEGAL = ("confiden", "privilég", "restreint", "destin", "interdi", "prohib", "engage", "responsab", "par erreur")
BESIDE = (
    *("autoris", "diffusion", "reprodu", "copie", "expéditeur", "altér", "auteur", "jointe", "annexe", "entité"),
    *("secret", "divulg", "falsifi", "propriété"),
)
"""Two of these words, one of the first at least, make a paragraph that speaks of the mail itself a footer."""

DATA = "données"
RIGHTS = (
    *("rectification", "effacement", "rgpd", "6 janvier 1978", "libertés", "traitement informatique", "cnil"),
    *("droit d'accès", "droit d’accès", "délégué à la protection", "dpo@"),
)
"""Beside people's data, one of these tells what the law has an office say of them."""

HEADING = re.compile(
    rf"{phrases.RULE.pattern}|[\W_]*(?:avertissement|confidentialité|mentions? légales?|disclaimer)[\W_]*$",
    re.IGNORECASE,
)
"""A line drawn, or « *** AVERTISSEMENT *** », over it."""

WORDS = (
    *("confiden", "privileged", "intended", "destin", "attention exclusive", "virus", "altération", "engage"),
    *("environ", "imprim", "papier", "planète", "les informations", "données", "libertés", "intégrité", "l'éco"),
    *("l’éco", "soyons éco", "éco-", "écogeste"),
    *("déconnexion", "horaires", "heures", "hors", "droit", "secret", "tenu", "oblig", "print", "empreinte", "analysé"),
    *("vérifié", "contrôlé", "gdpr", "eset", "protégé par", "scann"),
    *("par erreur", "in error", "privilégi", "opinions", "constitue", "désinscrire", "désabonner", "supprim"),
    *(
        "z-nous",
        "actualit",
        "l'actu",
        "l’actu",
        "toutes les",
        "messagerie gratuite",
        "interdit",
        "prohib",
        "autoris",
        "disclaimer",
        "responsab",
        "rgpd",
        "règlement",
        "avast",
    ),
    *("restreint", "divulg", "propriété", "falsifi", "vertraulich", "riservat", "recevez"),
)
"""One of these stands near the start of every footer, in lower case."""

LATER = (
    *("confiden", "engage", "responsab", "imprim", "print", "papier", "preinte", "planète", "ressour", "environ", DATA),
    *("supprim", "messagerie", "déconnexion", "hors", "tenu", "oblig", "désabonner", "désinscrire", "recevez"),
    *("destin", "privilég", "restreint", "interdi", "prohib", "par erreur"),
)
"""One of these stands in each that is told by what comes later than its first words; see `folded`."""


def split(lines: list[str]) -> tuple[list[str], list[str]]:
    """From the first paragraph that opens like a legal or environmental footer on; « Bonjour, » alone has none."""
    first = next((at for at, line in enumerate(lines) if line.strip() and not formulas.greets(line)), len(lines))
    below = "\n".join(lines[first + 1 :])
    if not (matching.shows(LATER, below) or any(_is_told_at_once(lines, at) for at in range(first + 1, len(lines)))):
        return lines, []
    text = below.lower()
    words = [word for word in WORDS if word in text]
    if not words:
        return lines, []
    telling = [any(word in line for word in words) for line in text.split("\n")]
    for at, line in enumerate(lines[first + 1 :], first + 1):
        if not any(telling[at - first - 1 : at - first + 3]) or not line.strip() or not _opens(lines, at):
            continue
        start = at
        while start and (not lines[start - 1].strip() or HEADING.match(lines[start - 1])):
            start -= 1
        if any(line.strip() and not formulas.greets(line) for line in lines[:start]):
            return lines[:start], lines[start:]
    return lines, []


def _is_told_at_once(lines: list[str], at: int) -> bool:
    return lines[at] != "" and _may_open(matching.head(lines[at])) and FOOTER.match(_opening(lines, at)) is not None


def _may_open(head: str) -> bool:
    """A cheap look before: a line of signs alone tells nothing of the next, which is joined to it."""
    return not head or head in HEADS or head[0] == "p"


def _opening(lines: list[str], at: int) -> str:
    end = _paragraph_end(lines, at)
    said = lines[end - 1].rstrip().endswith(".")  # and what stands below is another matter
    return " ".join(lines[at : min(at + 4, end) if said else at + 4])[:600]


def _opens(lines: list[str], at: int) -> bool:
    paragraph = _paragraph(lines, at)
    if AVAILABILITY.match(paragraph):
        return True
    if not (
        _is_told_at_once(lines, at)
        or FOOTER_LINE.match(paragraph or lines[at][:600])
        or FOOTER_PARAGRAPH.match(paragraph)
        or _speaks_of_law(paragraph)
    ):
        return False
    return not _own_words(lines, at)


def _paragraph(lines: list[str], at: int) -> str:
    """The paragraph that begins at a line, "" within one; a line below a closing formula or a name is one of its own.

    A footer at the end of a signature does not begin with it.
    """
    if not at:
        return ""
    if lines[at - 1].strip():
        start = next((above for above in range(at - 1, max(at - 40, -1), -1) if not lines[above].strip()), -1) + 1
        return lines[at][:600] if _signs(lines[start:at]) else ""
    end = _paragraph_end(lines, at)
    return "" if _signs(lines[at : end - 1]) else " ".join(lines[at:end])[:600]


def _signs(lines: list[str]) -> bool:
    return any(formulas.closes(line) or (contacts.NAME.match(line) and not line.isupper()) for line in lines)


def _speaks_of_law(paragraph: str) -> bool:
    """Whether a paragraph is about the mail itself, or people's data, in the words of lawyers and in nobody's own."""
    said = paragraph.lower()
    legal = sum(word in said for word in LEGAL)
    of_mail = legal and legal + sum(word in said for word in BESIDE) > 1 and THIS_MAIL.match(paragraph)
    return bool(of_mail or (DATA in said and matching.has(RIGHTS, said))) and OWN_CONCERN.search(paragraph) is None


def _paragraph_end(lines: list[str], at: int) -> int:
    most = min(at + 40, len(lines))
    return next((place for place in range(at, most) if not lines[place].strip()), most)


def _own_words(lines: list[str], at: int) -> bool:
    """Whether somebody speaks in a paragraph that opens as footers do, or puts only a name or closing below it."""
    end = _paragraph_end(lines, at)
    if FIRST_PERSON.search(" ".join(lines[at:end])[:2_000]):
        return True
    below = [line for line in lines[end : end + 20] if line.strip()]
    return 0 < len(below) <= 3 and all(map(ends_mail, below)) and not any(map(ends_mail, lines[:at]))


def ends_mail(line: str) -> bool:
    """Whether a line is a closing formula or a name alone."""
    if formulas.closes(line):
        return True
    return SIGNED.match(line) is not None and not formulas.greets(line)
