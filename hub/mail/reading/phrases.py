"""The words mail programs put between a reply and what it answers, French first. Tables, no logic.

Patterns are matched against one line, or a few joined ones, and every quantifier is bounded or possessive. A space
in them stands for any white space: programs write no-break spaces before colons, and narrow ones before "PM".
"""

import re
from collections.abc import Iterable


def pattern(*alternatives: str, shared: str = "") -> re.Pattern[str]:
    """One case-insensitive pattern of several, where a space is any white space and ' any apostrophe.

    `shared`: how many of the alternatives begin, none of which has an other one inside: prose fails there once.
    """
    if shared:
        alike = [alternative.removeprefix(shared) for alternative in alternatives if alternative.startswith(shared)]
        others = [alternative for alternative in alternatives if not alternative.startswith(shared)]
        alternatives = (f"{shared}(?:{'|'.join(alike)})", *others)
    return re.compile(_source(*alternatives), re.IGNORECASE | re.DOTALL)


def _source(*alternatives: str) -> str:
    joined = "|".join(alternatives).replace("'", "['’]").replace(" ", r"\s")
    return f"(?:{joined})"


def folded(text: str) -> str:
    """One letter for all those that a pattern without case takes for one: what signs are looked for in."""
    lowered = text.casefold()
    return lowered if lowered.isascii() else lowered.replace("\u0307", "").replace("ı", "i")


_HEAD = re.compile(r"[\W_]*+([^\W_]{1,3})")


def head(line: str) -> str:
    """The letters that a line's first word begins by, three at most, as `folded`; "" when it has no word.

    A cheap look before patterns that only signs may precede: most lines begin by none of their first words.
    """
    found = _HEAD.match(line)
    return folded(found[1]) if found else ""


def shows(signs: Iterable[str], text: str) -> bool:
    """A cheap look before a pattern: whether one of the signs, as `folded`, stands in a text."""
    return has(signs, folded(text))


def has(signs: Iterable[str], text: str) -> bool:
    """Whether one of the signs stands in a text as they are written."""
    for sign in signs:  # noqa: SIM110 (a generator costs twice as much)
        if sign in text:
            return True
    return False


_B = "[*_| ]*+"  # what Gmail's and Notes' plain text leave of bold, and others of a table
_FROM = (
    "De|From|Von|Da|Expéditeur|Expediteur|Émetteur|Van|Od|Fra|Från|De la|Kimden|Gönderen|Lähettäjä|Feladó|Από"
    "|От(?:правитель|\\sкого)?|Від|من|发件人|寄件者|差出人|보낸사람|보낸 사람"
)
FROM_LABEL = pattern(rf"{_B}(?:{_FROM}){_B} ?[:：]{_B}(?:\S.*)?$")
"""The label that opens a header block over a quoted mail (Outlook, Zimbra, Orange, La Poste, Notes)."""

ONE_LINE = pattern(
    rf"{_B}(?:De|From) ?: \S.{{2,160}}? (?:Envoyé(?: le)?|Date|Sent) ?: .{{6,80}}? (?:À|A|To) ?: .{{3,300}}?"
    r" (?:Objet|Sujet|Subject) ?:"
)
"""The whole block in one line, as some programs fold it."""

BRACKETED = re.compile(r"<[^<>\s]{1,200}@[^<>\s]{1,200}>|\[mailto:")
"""An address as programs write it beside a name."""

_SENT = (
    "Sent|Gesendet|Inviato|Enviado(?: el)?|Enviada(?: em)?|Data|Datum|Verzonden|Wysłano|Sendt|Skickat|Gönderildi"
    "|Tarih|Lähetetty|Отправлено|Дата|تم الإرسال|تاريخ|发送时间|寄件日期|送信日時|보낸 날짜"
)
_TO = "Aan|Do|Til|Till|Kime|Alıcı|Vastaanottaja|Кому|إلى|收件人|收件者|宛先|받는 사람"
_SUBJECT = "Onderwerp|Temat|Emne|Ämne|Assunto|Konu|Aihe|Тема|الموضوع|主题|主旨|件名|제목"
_LABELS = {
    "from": FROM_LABEL.pattern,
    "date": _source(
        rf"{_B}(?:Envoy(?:é|e|Ã©)e?(?: le)?|Le|Date(?: d'envoi)?|{_SENT}){_B} ?[:：]",
        r"Date (?:[a-z]{3,8}\.? )?\d{1,2}/\d{1,2}/\d{4}",
    ),
    "to": _source(rf"{_B}(?:À|A|Ã\S?|To|Pour|An|Destinataires?|Para|{_TO}){_B} ?[:：]"),
    "cc": _source(rf"{_B}(?:Cc|Cci|Copie(?: cachée)?(?: à)?|Kopie?|Копия|抄送){_B} ?[:：]"),
    "subject": _source(rf"{_B}(?:Objet|Sujet|Subject|Betreff|Oggetto|Asunto|{_SUBJECT}){_B} ?[:：]"),
    "other": _source(rf"{_B}(?:Répondre à|Reply-To|Importance|Priorité|Pièces? jointes?|Attachments?){_B} ?:"),
}

LABEL = re.compile("|".join(f"(?P<{name}>{label})" for name, label in _LABELS.items()), re.IGNORECASE | re.DOTALL)
"""All of them, tried in this order: the group that matches is the name."""

_DRAWN = "[-_=*‐‑–—]{2,}+[-_=*‐‑–— ]*"  # older Proton draws with typographic hyphens
_FORWARDED = (
    r"forwarded message|(?:le )?(?:message|mail|e-?mail|courriel) (?:transf[ée]r[ée]|r[ée]exp[ée]di[ée]|transmis"
    r"|réacheminé)"
    r"|transf[ée]r[ée] par|forwarded by|réacheminé par|weitergeleitete nachricht"
)
_ORIGINAL = (
    r"(?:message|mail|e-?mail|courriel) (?:d'origine|original|initial|pr[ée]c[ée]dent)"
    r"|original (?:message|appointment|email)|reply message|rendez-vous d'origine|r[ée]ponse pr[ée]c[ée]dente"
    r"|urspr[üu]ngliche nachricht|original-nachricht|antwort nachricht|messaggio originale|mensaje original"
    r"|mensagem original|oorspronkelijk bericht|oprindelig (?:meddelelse|besked)|opprinnelig melding"
    r"|ursprungligt meddelande|alkuperäinen viesti|oryginalna wiadomość|wiadomość oryginalna|исходное сообщение"
    r"|原始邮件|原郵件"
)
FORWARD = pattern(
    rf"\s*{_DRAWN}(?:{_FORWARDED})\b.{{0,200}}$",
    r"\s*(?:d[ée]but du (?:message|courriel) (?:transf[ée]r[ée]|r[ée]exp[ée]di[ée])|begin forwarded message) ?:?\s*$",
)
"""The marker over a forwarded mail: « ---------- Message transféré --------- », « Début du message réexpédié : »."""

ORIGINAL = pattern(
    rf"\s*{_DRAWN}(?:{_ORIGINAL})\b.{{0,200}}$",
    rf"\s*(?:{_ORIGINAL}) ?:?\s*$",
    r"\W{0,3}(?:afficher le )?texte des messages précédents.{0,20}$",  # Gmail on phones
    r"\s*[-_=*]{2,}+ ?\S.{0,120} (?:(?:a|à) [ée]crit|vous écriviez|wrote) ?:? ?[-_=*]{2,}\s*$",
    rf"\s*{_DRAWN}message de \S.{{0,200}}@.{{0,100}}[-_=*]{{2,}}\s*$",  # Horde
    r"\s*\|-{8,}+>\s*$",  # Notes' frame drawn in text
    r"\s*\S.{0,120} ---\d{1,2}/\d{1,2}/\d{2,4} \d{1,2}:\d\d(?::\d\d)?---.{0,300}$",
    r"\W{0,6}.{0,60}(?:r[ée]pon(?:dre|dez|se)|[ée]cri(?:re|vez)).{0,40}au[- ]dessus de cette ligne.{0,60}$",
)
"""« -----Message d'origine----- » and its like, Notes' three forms, the line of helpdesks: below is history."""

ORANGE = pattern(r"\s*Message du(?: :)? \d{1,2}/\d{1,2}/\d{2,4}.{0,20}$")
"""« > Message du 12/03/24 10:12 », then « > De : … »: the webmails of Orange, SFR and La Poste."""

RULE = re.compile(r"\s*[-_=*—–‐~#]{5,}\s*$")
"""A line drawn across, as Outlook draws one over its header block."""

DASHES = re.compile(r"\s*[-_=*—–~#]{2,}\s*$")
"""The same or shorter: a line only when nothing stands below."""

NOTES_DATE = pattern(r"\s*\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d(?::\d\d)?(?:\t(?:pour|a|à|to)\b.{0,300})?\s*$")
NOTES_TO = pattern(r"(?:.{0,24}\t)?\s*(?:pour|a|à|to)(?:\t.{0,300})?\s*$")
NOTES_SUBJECT = pattern(r"\s*(?:objet|subject)(?:\t.{0,300})?\s*$")
"""Notes' table over the mail it answers: name, date, then labels without colons."""

_DAY = (
    r"(?:\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}|\d{1,2}-[a-zéû]{3,5}\.?-\d{2,4}|\d{1,2} de [a-zç]{3,10} de \d{4}"
    r"|\d{1,2}(?:er|st|nd|rd|th|\.)? ?[a-zéûä]{3,9}\.?,? \d{2,4}"
    r"|[a-zéûä]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4})"
)
_WROTE = (
    r"(?<!')\b(?:(?:a|à) [ée]crit(?: ce qui suit)?|wrote|schrieb.{0,40}|ha scritto|escribió|schreef|escreveu|skrev"
    r"|pisze|napisał(?:\(a\)|a)?|kirjoitti|пишет|написала?|yazdı"
    r"|het volgende geschreven)"
)
_OPENS = r"(?:Le|On|At|Am|Il|El|Em|Op|På|W dniu|Dnia|Dne|Den|En date d[eu] ?:?)"
ATTRIBUTION_START = pattern(
    rf"\W{{0,3}}{_OPENS} .{{0,60}}\d",
    r"\S.{0,200}<\S+@\S+>",
    r"\S.{0,120} (?:a|à)\b",
    rf"\W{{0,3}}(?:[a-z]{{3,8}}\.? )?{_DAY}",
    "dans un (?:e-?mail|message|courriel) daté",
    r"(?=.{0,120}\d{4})(?=.{0,160}\d[:.]\d\d).{10,250}$",  # in any language
)
"""What the first line of a folded attribution has."""

WROTE_WORDS = (
    *("crit", "suit", "wrote", "scritto", "escribió", "schreef", "escreveu", "skrev", "pisze", "napisał", "napisała"),
    *("napisał(a)", "kirjoitti", "пишет", "написал", "написала", "yazdi", "geschreven"),
)
WROTE_ENDS = (":", "：", "՝", ">", *WROTE_WORDS)
WROTE_BEFORE_NAME, WROTE_REACH = "schrieb", 60  # « schrieb Nora Petit », and characters from its start to the end
"""One of these ends each attribution but those, of less than 200 characters, that a bracket ends; see `folded`."""

GROUPWISE = pattern(r">{3} .{3,200}\d.{0,20} >{3}\s*$")
"""« >>> Nora Petit <nora@ville.fr> 12/03/2024 09:58 >>> », below which GroupWise marks nothing."""

RUN_ON = pattern(
    rf"\W{{0,6}}{_OPENS} .{{0,80}}\d.{{0,120}}?<[^<>\s]{{1,200}}@[^<>\s]{{1,200}}> ?{_WROTE} ?:\s{{1,9}}\S"
)
"""An attribution with the mail answered in the same line, as Yahoo's text on phones."""

SHARED = pattern(rf"(?:\s|-{{2,4}}(?=\w))(?={_OPENS} (?:[a-zéû]{{2,9}}\.?,? )?{_DAY})")
TIME = re.compile(r"\d[:h]\d\d|@")
WROTE = pattern(rf"{_WROTE} ?:\s*$")
"""« Oui, merci. Le 12 mars 2024 à 10:12, Nora Petit a écrit : »: where one starts in a line, and that it ends there."""

DATED = pattern(rf"\W{{0,6}}{_OPENS} .{{0,60}}\d", rf"\W{{0,3}}(?:[a-z]{{3,8}}\.?,? )?{_DAY}")
BRACKET_WROTE = pattern(rf"> ?{_WROTE} ?:\s*$")
"""The two halves of an attribution: « Le 12 mars 2024 à … », and how « Nora Petit <nora@ville.fr> a écrit : » ends."""

ATTRIBUTIONS = (
    rf"\W{{0,6}}{_OPENS} .{{0,40}}?{_DAY}.{{0,300}}?{_WROTE} ?:?\s*$",
    rf"\S.{{0,200}}{_WROTE},? (?:le|on|am) .{{0,40}}?{_DAY}.{{0,60}}:\s*$",
    rf"\W{{0,3}}{_DAY}, \d{{1,2}}:\d\d (?:de|by|von) \S{{1,200}}@\S{{1,200}} ?:\s*$",  # Tutanota
    r"\W{0,3}\d{4}-\d\d-\d\d \d{1,2}:\d\d (?:GMT|UTC)\S{0,8} .{0,120}<\S{1,200}@\S{1,200}> ?:\s*$",  # older Gmail
    rf"\W{{0,3}}dans un (?:e-?mail|message|courriel) daté du .{{0,40}}?{_DAY}.{{0,200}}?{_WROTE} ?:\s*$",  # AOL
    # RainLoop and SnappyMail; Yandex
    rf"\W{{0,3}}(?:[a-z]{{3,8}}\.?,? )?{_DAY},? .{{0,80}}?<[^<>\s]{{1,200}}@[^<>\s]{{1,200}}> ?{_WROTE} ?:\s*$",
    rf"\W{{0,3}}{_DAY},? \d{{1,2}}:\d\d,? .{{1,80}}?<[^<>\s]{{1,200}}@[^<>\s]{{1,200}}> ?:\s*$",
    r"\W{0,3}en réponse à .{0,80}<[^<>\s]{1,200}@[^<>\s]{1,200}> ?:\s*$",
    rf"\W{{0,3}}de .{{1,80}}<[^<>\s]{{1,200}}@[^<>\s]{{1,200}}>,? le {_DAY}.{{0,20}}:\s*$",
    r"\W{0,3}在 .{4,200}写道 ?[:：]\s*$",
    rf"\W{{0,3}}Le .{{0,20}}?{_DAY}.{{0,8}}\d{{1,2}}:\d\d(?::\d\d)?,? vous écriviez ?:\s*$",  # The Bat
    # Some of mutt: the name comes first, and none follows the date.
    rf"(?-i:[A-ZÀ-Ý])(?:[\w.-]|'){{1,25}}(?: (?:[\w.-]|'){{1,25}}){{0,3}}, (?:le|on) (?:[a-zéû]{{2,9}}\.?,? )?{_DAY},?"
    rf"(?: à)? \d{{1,2}}[:h]\d\d\S{{0,3}}(?: [+-]\d{{4}})?,? {_WROTE} ?:\s*$",
    r"\S.{1,80} píše v .{4,30} v \d{1,2}:\d\d.{0,10}:\s*$",  # Evolution in Czech
    # Helpdesks leave the year out, and the address beside the name tells enough.
    rf"\W{{0,6}}{_OPENS} .{{0,20}}?\d.{{0,120}}?<[^<>\s]{{1,200}}@\S{{1,200}}> ?{_WROTE} ?:\s*$",
)
"""« Le 12 mars 2024 à 10:12, Nora Petit <nora@ville.fr> a écrit : », in one line once joined."""

_COLON, _NO_COLON = rf"{_WROTE} ?:\s*$", rf"{_WROTE} ?:?\s*$"
ATTRIBUTION_NAMED_LAST = pattern(*(one for one in ATTRIBUTIONS if not one.endswith((_COLON, _NO_COLON))))
WROTE_LAST = pattern(_NO_COLON)


def _until(wrote: str) -> re.Pattern[str]:
    """The attributions that end by it, up to there: what stands before it is asked for its length alone."""
    above = (one.removesuffix(wrote) for one in ATTRIBUTIONS if one.endswith(wrote))
    return pattern(*(re.sub(r"(\.\{0,\d+\})\?$", r"\1+", one) + r"\Z" for one in above))


UNTIL_WROTE, UNTIL_WROTE_AND_COLON = _until(_NO_COLON), _until(_COLON)
"""The same in three: those that do not end by « a écrit », and those that do, up to it.

Searched for first, at the end, it is not tried at each place of a line that dates crowd.
"""

ATTRIBUTION_LENGTH = 800  # characters; none is longer
ATTRIBUTION_SIGNS = (
    *("cri", "wrote", "@", "schrieb", "scritto", "escribió", "schreef", "escreveu", "skrev", "pisze", "napisa"),
    *("kirjoitti", "пишет", "написал", "yazdi", "geschreven", "写道", "píše"),
)
"""One of these stands in each."""

UNDATED = pattern(
    r"\W{0,3}(?!.{0,60}\b(?:dit|me|m'|nous|vous|que|mail|message)\b)[^<>()\[\],:.!?]{1,60}"
    rf"[<(][^<>()\s]{{1,200}}@[^<>()\s]{{1,200}}[>)] ?{_WROTE} ?:\s*$"
)
"""« Nora Petit <nora@ville.fr> a écrit : »: nobody writes an address in brackets to tell who wrote to them."""

FOREIGN = pattern(
    r"(?!.{0,300}\b(?:dit|me|nous|vous|votre|mail|e-?mail|message|courriel|numéro)\b)"
    r"(?:(?=[^<>]{0,60}\d{4})(?=[^<>]{0,100}\d[:.]\d\d)[^<>]{10,200}< ?[^<>\s]{1,200}@[^<>\s]{1,200}>[^<>]{0,20}"
    r"|[^<>]{0,100}< ?[^<>\s]{1,200}@[^<>\s]{1,200}>(?=[^<>]{0,60}\d{4})(?=[^<>]{0,80}\d[:.]\d\d)[^<>]{10,80})"
    r"[:：՝]\s*$",
)
"""In any language: a year, a time and an address, and nobody who tells about it in French."""

_NOBODY_SPEAKS = (
    r"(?!.{0,300}\b(?:je|j'\w+|nous|notre|nos|votre|vos|mon|ma|mes|vous(?! (?:avez écrit|écriviez) ?:\s*$))\b)"
)
ATTRIBUTION_LOOSE = pattern(
    rf"\s*\S.{{0,300}}(?:{_WROTE}|a répondu),? ?:\s*$",
    r"\s*\S.{0,200}<[^<> ]+@[^<> ]+> ?:\s*$",
    rf"\W{{0,3}}{_DAY}.{{0,100}}<[^<> ]+@[^<> ]+>\s*$",
    rf"\W{{0,3}}{_OPENS}{_NOBODY_SPEAKS} .{{0,40}}?{_DAY}.{{0,200}}:\s*$",
    rf"\S.{{0,100}}\b{_DAY}.{{0,20}}[:\])]\s*$",
    r"\S.{0,100} (?:a dit|a déclaré|writes|said) ?:\s*$",
)
"""« Nora Petit a écrit : », trusted only right above a quoted line."""

NAME_AND_DATE = pattern(
    rf"\W?\w.{{0,100}}<[^<>\s]{{1,200}}@[^<>\s]{{1,200}}> [-–—] .{{0,12}}{_DAY}.{{0,4}} \d{{1,2}}:\d\d\s*$"
)
"""« "Nora Petit" <nora@ville.fr> – 12 mars 2024 09:58 », which Nextcloud writes right above a quoted line."""

NARRATED = pattern(
    r".+\b(?:la|le|les|l'|mon|ma|mes|votre|notre|une?|elle|il|on|nous|vous|qui|leur|sa|son)\b ?(?:\S+ ){0,4}"
    r"(?:a|à) [ée]crit ?:?\s*$",
    r"\W{0,3}le (?:(?!\d{1,2}[h:])\S+ ){0,5}(?:a|à) [ée]crit ?:?\s*$",  # no time of the day, as programs give
)
"""« le 12 mars 2024, la directrice a écrit : » is somebody telling a story, unless a quote follows."""

_GEAR = (
    r"iphone|ipad|ipod|android|outlook|yahoo|smartphone|t[ée]l[ée]phone|mobile|portable|tablette|appareil|galaxy"
    r"|samsung|huawei|xiaomi|redmi|oppo|honor|windows|courrier|blackberry|proton|gmail|orange|sfr|free|bouygues"
    r"|la ?poste|thunderbird|k-9|blue ?mail|spark|webmail|zimbra|nokia|sony|wiko|pixel|nine|edison|airmail|mailo"
    r"|canary|phone|device|tablet|mail|macbook|imac|em client|infomaniak|icloud|tuta|zoho|boxer|aquamail|gmx"
)
_NOT_WHEN = (
    # What begins each pattern that says so is asked first: looking through a line of prose costs a hundred times more.
    r"(?=\W{0,3}(?:(?:message|e-?mail|mail|courriel) )?(?:envoy|transmis|cet? ))"
    r"(?!.{0,120}\b(?:(?:avant-)?hier|(?:lun|mar|mercre|jeu|vendre|same)di|ce (?:matin|soir|midi)|cet après-midi"
    r"|recommandé|dernière?)\b)"
)
"""« Envoyé via Pronote hier soir. » is the writer's."""

DEVICE = pattern(
    rf"{_NOT_WHEN}\W{{0,3}}(?:message |e-?mail |mail |courriel )?"
    r"(?:envoy[ée]e?|transmis|(?:ce|cet) \S{4,8} (?:a été|est) envoyé) "
    r"(?:de|du|d'|depuis|à partir de|à partir d'|à l'aide de|avec|via)"
    rf" ?.{{0,30}}(?:{_GEAR}).{{0,120}}$",
    rf"\W{{0,3}}sent (?:from|with|using|via) .{{0,40}}(?:{_GEAR}).{{0,80}}$",
    r"\W{0,3}sent (?:from|with|using|via) (?-i:[A-Z])[\w.™-]{1,20}(?: [\w.™-]{1,15}){0,2}\W{0,3}$",
    r"\W{0,3}sent from my [\w .-]{2,30}(?:, (?:please|pls|sorry).{0,60})?\W{0,3}$",
    r"\W{0,3}(?:t[ée]l[ée]charg(?:e[rz]|é)(?: à partir de)?|obtenir|obtenez|get|download) "
    r"(?:outlook|yahoo|bluemail|spark|l'appli)(?:(?![,.!?;] ).){0,160}$",
    r"\W{0,3}(?:message |mail )?(?:écrit|rédigé|tapé|dicté|saisi|répondu|posté) (?:de|depuis|sur|avec|à partir de) "
    rf"(?:mon|ma|un|une|le|l')\b.{{0,20}}(?:{_GEAR}).{{0,80}}$",
    r"\W{0,3}provenance : ?(?:courrier|mail|outlook).{0,80}$",
    r"\W{0,3}(?:veuillez )?excuse[zr] (?:ma|la) bri[èe]vet[ée].{0,80}$",
    rf"\W{{0,3}}(?:désolée?|pardon|excusez) (?:pour )?les fautes\b.{{0,30}}(?:{_GEAR}).{{0,40}}$",
    r"\W{0,3}yahoo mail ?: .{0,80}$",
    r"\W{0,3}\S.{0,80} (?:a réagi|reacted) (?:via|à l'aide de) gmail(?: ?<?https?://\S{1,300})?\W{0,3}$",
    r"\W{0,3}<?https?://www\.google\.com/gmail/about/\S{1,300}$",
    r"\W{0,3}(?:(?:message |mail )?envoyée? )?(?:de|depuis|à partir de) mon "
    r"(?:iphone|ipad|mobile|t[ée]l[ée]phone|pc)\s*$",
    rf"{_NOT_WHEN}\W{{0,3}}(?:message |e-?mail |mail )?envoyée? (?:de|depuis|à partir de|à partir d') ?"
    r"(?:mon|ma|un|tuta)\b.{0,25}$",
    # « Envoyé par courrier ce matin » is the writer's.
    r"\W{0,3}(?:message |e-?mail |mail )?envoyée? par .{0,20}(?:mail pour|mailbird|zimbra|thunderbird|outlook"
    r"|blue ?mail|gmail|proton|tuta|spark|k-9|yahoo|em client|mobile|iphone|android|appli).{0,60}$",
    # A program no list knows, by its capital: « Envoyé depuis Tutanota ».
    rf"{_NOT_WHEN}\W{{0,3}}(?:envoyée?|transmis) (?:depuis|avec|via|à l'aide de|à partir de) "
    r"(?:l'appli(?:cation)? )?(?-i:[A-Z])(?:[\w.™-]|'){1,20}(?: (?:[\w.™-]|'){1,15}){0,3}\W{0,3}$",
    r"\W{0,3}téléchargez (?:la nouvelle |la |notre )?appli(?:(?![,.!?;] ).){0,80}$",
    rf"\W{{0,3}}(?:diese nachricht wurde )?von meine[mr] .{{0,40}}(?:{_GEAR}|gerät).{{0,40}}gesendet\W{{0,3}}$",
    r"\W{0,3}(?:von meinem|gesendet (?:von|mit)|enviado (?:desde|do|de)|verstuurd vanaf|verzonden (?:vanaf|met)"
    rf"|inviato da(?:l|lla)?|wysłan[eoy] z|sendt fra|skickat från|отправлено (?:с|из)|надіслано (?:з|із)|trimis de pe"
    rf"|odesláno z|odoslané z|poslano s|послато са|dërguar nga|изпратено от|στάλθηκε από το|đã gửi từ"
    rf"|enviado a partir d[eo]) .{{0,30}}(?:{_GEAR}|telem[óo]vel|celular).{{0,60}}$",
    r"\W{0,3}(?:iphone|ipad|galaxy|android|samsung|xiaomi|huawei)\S{0,20}(?: \w{4,12})? (?:gönderildi|küldve)\W{0,3}$",
    r"\W{0,3}(?:أُ?رسلت من|تم الإرسال من|ارسال شده از|נשלח מה|გაგზავნილია ჩემი|나의) ?.{2,50}$",
    r"\W{0,3}(?:(?:从|從)我的.{2,20}(?:发送|傳送|寄出)|(?:发|發|傳送|寄)自我的.{2,20}|.{2,20}から送信)\W{0,3}$",
    shared=r"\W{0,3}",
)
"""« Envoyé de mon iPhone », « Télécharger Outlook pour Android »: whole lines only."""

DEVICE_MORE = pattern(
    r"\W{0,3}<?(?:https?://|www\.)\S{1,300}$",
    rf"\W{{0,3}}(?:t[ée]l[ée]charge|obten|get |pour |sur |for |l'appli|mail )?.{{0,20}}(?:{_GEAR})\b.{{0,40}}$",
    r"\W{0,3}(?-i:[A-ZÀ-Ý])(?:[\w-]|'){1,25}(?: (?-i:[A-ZÀ-Ý])(?:[\w-]|'){0,25}){0,3}\W{0,3}$",
)
"""What stands in the next line below one: the address of the app, a name."""

DEVICE_STARTS = pattern(r"\W{0,3}(?:envoy[ée]|transmis|t[ée]l[ée]charge|obten|provenance|sent |get )")
"""How such a line starts that Windows Mail breaks in three: « Envoyé à partir de / Courrier / pour Windows »."""

PICTURE = pattern(
    r"\s*\[(?:cid|image|logo|une image contenant)\b[^\]]{0,200}(?:\](?: ?<[^<>\s]{1,400}>)?|$)\s*$",
    r"\s*(?:<image\d{0,9}\.\w{3,4}>|image\d{1,4}\.(?:jpe?g|png|heic|gif)|description générée automatiquement\])\s*$",
)
"""Where a picture stood, in the text that Outlook, Gmail and Apple Mail make of their HTML."""

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

_WARM = (
    r"cordialement|sincèrement|respectueusement|amicalement|chaleureusement|affectueusement|amitiés|bises|bisous"
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
    r"[\W_]{0,3}(?:avec )?(?:mes |nos )?(?:sincères |meilleure?s |cordiales |respectueuses )?(?:salutations|sentiments)"
    r"(?: \w{3,20})?[\W_]{0,4}$",
    r"[\W_]{0,3}(?:(?:avec |tous |mes |nos |sincères ){1,3}remerciements|(?:mes |nos )?respects|dans cette attente"
    r"|sincèrement vôtre"
    r"|(?:[aà] vous|dans l'attente de vous) lire|(?:au|avec) plaisir(?: de vous lire)?|slts|b[àa]v|biz"
    r"|(?:je reste |nous restons |restant )?[àa] votre (?:entière )?disposition"
    r"|bon(?:ne)?s? (?:week-?end|fêtes|vacances|courage|dimanche|année)\b.{0,40})[\W_]{0,4}$",
    r"[\W_]{0,3}(?:(?:en )?vous (?:en )?(?:remerciant|souhaitant)|d'avance merci"
    r"|(?:un )?(?:grand )?merci (?:d'avance|par avance|beaucoup|bien"
    r"|à vous|de votre|pour votre|pour tout|encore)).{0,60}[,.! ]*$",
    r"[\W_]{0,3}(?:merci|merci et .{3,40}|[àa] bientôt|[àa] \w{4,9}"
    r"|(?:bonne|belle|excellente|très bonne) (?:journée|soirée|fin de|semaine|"
    r"réception|continuation).{0,40})[\W_]{0,4}$",
    r"[\W_]{0,3}(?:best |kind |warm )?regards[\W_]{0,4}$|[\W_]{0,3}(?:thanks|thank you|cheers)[\W_]{0,4}$"
    r"|[\W_]{0,3}sincerely[\W_]{0,4}$",
    r"[\W_]{0,3}(?:veuillez|je vous prie|nous vous prions|recevez|dans l'attente|restant).{5,200}"
    r"(?:salutations|sentiments|considération|distingué\w*|respects?|respectueu\w+|dévoués?|cordial\w*|disposition)[\W_]{0,4}$",
)
"""« Cordialement, » and its family: the line after which a signature may begin."""

CLOSING_HEADS = frozenset(
    "a à aff ami au ave bav bàv bel bes bie bis biz bon cdl cdt cha che cor crd d dan en exc gra je kin mei"  # noqa: SIM905
    " mer mes nos nou rec reg res sal sen sin slt tha tou trè un veu vou war".split()
)
"""One of these heads each; see `head`."""


def closes(line: str) -> bool:
    """Whether a line is a CLOSING."""
    return head(line) in CLOSING_HEADS and CLOSING.match(line) is not None


_OFFICE = (
    r"mairie|ville|commune|service|direction|pôle|département|communauté|centre|école|secrétariat|espace famille"
    r"|guichet|hôtel de ville|médiathèque|bibliothèque|ludothèque|crèche|multi-?accueil|relais|régie|ccas|alsh|clsh"
    r"|accueil|(?:péri|extra)?scolaire|affaires|vie scolaire|relations|restauration|(?:petite )?enfance|jeunesse"
)
_POST = (
    r"responsable|direct(?:eur|rice)|cheffe?|adjointe?|chargée?|agente?|assistante?|secrétaire|coordinat\w+"
    r"|gestionnaire|animat\w+|régisseu\w+|instruct\w+|technicien\w*|conseill\w+|maire|médiat\w+|bibliothécaire"
    r"|atsem|dgs|dga|dgst|drh|référente?|puéricult\w+|infirmi\w+|président\w*|policier\w*|éducat\w+"
)
KIN = pattern(
    r"\s*(?:l[ae] |les )?(?:maman|papa|mère|père|parents?(?: d'élèves?)?|tut(?:eur|rice)"
    r"|représentante?s? léga\w+) (?:de |d'|des )"
)
"""« Maman de Léo (CE1) », which a parent puts below their name."""

CONTACT = pattern(
    r".*(?:\+33|\b0) ?(?:\(0\) ?)?\(?\d\)?(?:[ .\-/]?\d\d){4}\b",
    r".*\S+@\S+\.\w{2,}|.*\bwww\.|.*https?://",
    r".*\b(?:t[ée]l|mob|fax|port|standard|ligne directe)\w*\.? ?:",
    r".*\b\d{5} +[a-zéèà]{2,}|.*\bcedex\b",
    rf"[\W_]*(?:{_OFFICE})\b",
    rf".*\b(?:{_POST})\b",
    r".*\b(?:rue|avenue|place|boulevard|allée|bd|chemin|impasse|quai|esplanade) (?:d[eu]s?|d'|la|le|\w{3,})",
)
"""A signature's line: phone, address, function, office."""
