"""The words mail programs put between a reply and what it answers, French first. Tables, no logic; see `matching`."""

import re

from hub.mail.reading.matching import pattern, source

_B = "[*_| ]*+"  # what Gmail's and Notes' plain text leave of bold, and others of a table
_FROM = (
    "De|From|Von|Da|Expéditeur|Expediteur|Émetteur|Van|Od|Fra|Från|De la|Kimden|Gönderen|Lähettäjä|Feladó|Από"
    "|От(?:правитель|\\sкого)?|Від|Nga|Từ|من|发件人|寄件者|差出人|보낸사람|보낸 사람"
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
    "|Tarih|Lähetetty|Trimis|Elküldve|Odesláno|Odoslané|Poslato|Poslano|Dërguar|Đã gửi|Στάλθηκε|Изпратено|Надіслано"
    "|Отправлено|Дата|تم الإرسال|تاريخ|发送时间|寄件日期|送信日時|보낸 날짜"
)
_TO = (
    "Aan|Do|Til|Till|Kime|Alıcı|Vastaanottaja|Către|Címzett|Komu|Prima|Za|Për|Tới|Προς|Кому|До|إلى|收件人|收件者|宛先"
    "|받는 사람"
)
_SUBJECT = (
    "Onderwerp|Temat|Emne|Ämne|Assunto|Konu|Aihe|Subiect|Tárgy|Předmět|Predmet|Naslov|Subjekti|Chủ đề|Θέμα|Относно"
    "|Тема|الموضوع|主题|主旨|件名|제목"
)
_LABELS = {
    "from": FROM_LABEL.pattern,
    "date": source(
        rf"{_B}(?:Envoy(?:é|e|Ã©)e?(?: le)?|Le|Date(?: d'envoi)?|{_SENT}){_B} ?[:：]",
        r"Date (?:[a-z]{3,8}\.? )?\d{1,2}/\d{1,2}/\d{4}",
    ),
    "to": source(rf"{_B}(?:À|A|Ã\S?|To|Pour|An|Destinataires?|Para|{_TO}){_B} ?[:：]"),
    "cc": source(rf"{_B}(?:Cc|Cci|Copie(?: cachée)?(?: à)?|Kopie?|Копия|抄送){_B} ?[:：]"),
    "subject": source(rf"{_B}(?:Objet|Sujet|Subject|Betreff|Oggetto|Asunto|{_SUBJECT}){_B} ?[:：]"),
    "other": source(rf"{_B}(?:Répondre à|Reply-To|Importance|Priorité|Pièces? jointes?|Attachments?){_B} ?:"),
}

DATE_SIGNS = re.compile(r"\d{4}|\d[:h]\d\d|\d\d/\d\d/\d\d")
"""A year or a time of the day: what the date of a program has, and « Date : 12/11 » has not."""

LABEL = re.compile("|".join(f"(?P<{name}>{label})" for name, label in _LABELS.items()), re.IGNORECASE | re.DOTALL)
"""All of them, tried in this order: the group that matches is the name."""

_DRAWN = "[-_=*#~<─━‐‑–—]{2,}+[-_=*#~<─━‐‑–— ]*"  # older Proton draws with typographic hyphens
_FORWARDED = (
    r"forwarded message|(?:le )?(?:message|mail|e-?mail|courriel) (?:transf[ée]r[ée]|r[ée]exp[ée]di[ée]|transmis"
    r"|réacheminé)"
    r"|transf[ée]r[ée] par|forwarded by|réacheminé par|weitergeleitete nachricht"
    r"|mensaje reenviado|messaggio inoltrato|doorgestuurd bericht|mensagem (?:re)?encaminhada"
)
_ORIGINAL = (
    r"(?:message|mail|e-?mail|courriel) (?:d'origine|original|initial|pr[ée]c[ée]dent)"
    r"|original (?:message|appointment|email)|reply message|rendez-vous d'origine|r[ée]ponse pr[ée]c[ée]dente"
    r"|urspr[üu]ngliche nachricht|original-nachricht|antwort nachricht|messaggio originale|mensaje original"
    r"|mensagem original|oorspronkelijk bericht|oprindelig (?:meddelelse|besked)|opprinnelig melding"
    r"|ursprungligt meddelande|alkuperäinen viesti|oryginalna wiadomość|wiadomość oryginalna|исходное сообщение"
    r"|原始邮件|原郵件|original(?= ?-{2})"
)
FORWARD = pattern(
    rf"\s*{_DRAWN}(?:{_FORWARDED})\b.{{0,200}}$",
    r"\s*(?:d[ée]but du (?:message|courriel) (?:transf[ée]r[ée]|r[ée]exp[ée]di[ée])|begin forwarded message"
    r"|inicio del mensaje reenviado|inizio messaggio inoltrato|anfang der weitergeleiteten nachricht) ?:?\s*$",
)
"""The marker over a forwarded mail: « ---------- Message transféré --------- », « Début du message réexpédié : »."""

ORIGINAL = pattern(
    rf"\s*{_DRAWN}(?:{_ORIGINAL})\b.{{0,200}}$",
    rf"\s*(?:{_ORIGINAL}) ?:?\s*$",
    r"\W{0,3}(?:afficher le )?texte des messages précédents.{0,20}$",  # Gmail on phones
    r"\s*[-_=*]{2,}+ ?\S.{0,120} (?:(?:a|à) [ée]crit|vous écriviez|wrote) ?:? ?[-_=*]{2,}\s*$",
    rf"\s*{_DRAWN}message de \S.{{0,200}}@.{{0,100}}[-_=*]{{2,}}\s*$",  # Horde
    r"\s*\|-{8,}+>\s*$",  # Notes' frame drawn in text
    r"\s*\[original message processed by .{3,40}\]\s*$",  # Tobit David
    r"\s*\S.{0,120} ---\d{1,2}/\d{1,2}/\d{2,4} \d{1,2}:\d\d(?::\d\d)?---.{0,300}$",
    r"\W{0,6}.{0,60}(?:r[ée]pon(?:dre|dez|se)|[ée]cri(?:re|vez)).{0,40}au[- ]dessus de cette ligne.{0,60}$",
)
"""« -----Message d'origine----- » and its like, Notes' three forms, the line of helpdesks: below is history."""

ABOVE_LINE = pattern(r"[\W_]{0,9}.{0,40}\b(?:reply|write|type|answer)\b.{0,40} above this line\b.{0,20}$")
AMID = pattern(r"[-—–#]\s{0,3}[^\s]{0,9} ?(?:de )?r[ée]pon(?:dre|dez|se).{0,40}au[- ]dessus de cette ligne")
"""That line where a program quoted a mail without its line breaks: « …, Marie — Répondez au-dessus de cette ligne »."""

BELOW_LINE = pattern(
    r"[\W_]{2,9}.{0,60}[ée]cri(?:re|vez|vant) (?:sous|(?:en|au)[- ]dessous de) cette ligne[\W_]*$",
    r"[\W_]{2,9}.{0,40}\b(?:reply|write|type|answer)\b.{0,40} (?:under|below) this line[\W_]*$",
)
"""What helpdesks ask for: above the first is an answer, below the second there may be one once more."""

ORANGE = pattern(r"\s*Message du(?: :)? \d{1,2}(?:/\d{1,2}/|(?:er)? [a-zéû]{3,9}\.? )\d{2,4}.{0,20}$")
"""« > Message du 12/03/24 10:12 », then « > De : … »: the webmails of Orange, SFR and La Poste."""

RULE = re.compile(r"\s*[-_=*—–‐~#─━═]{5,}\s*$")
"""A line drawn across, as Outlook draws one over its header block."""

DASHES = re.compile(r"\s*[-_=*—–~#─━═]{2,}\s*$")
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
_COMMENT_TIME = rf"{_DAY},? (?:à )?\d{{1,2}}:\d\d(?: (?:UTC|GMT|CES?T)\S{{0,6}})?\s*$"
TIME_ALONE = pattern(rf"\s*{_COMMENT_TIME}")
COMMENTED = pattern(rf"\s*(?:\S.{{0,80}}, )?{_COMMENT_TIME}")
"""« Nora Petit, 12 mars 2024, 09:58 UTC+1 » above a comment of a helpdesk, or the time alone below the name."""

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
    rf"\W{{0,3}}{_DAY},? \d{{1,2}}:\d\d(?::\d\d)?(?: \(\S{{1,40}}\))? - .{{1,100}}?{_WROTE} ?:\s*$",  # OTRS
    rf"\W{{0,3}}{_DAY}, \d{{1,2}}:\d\d (?:de|by|von) \S{{1,200}}@\S{{1,200}} ?:\s*$",  # Tutanota
    r"\W{0,3}\d{4}-\d\d-\d\d \d{1,2}:\d\d (?:GMT|UTC)\S{0,8} .{0,120}<\S{1,200}@\S{1,200}> ?:\s*$",  # older Gmail
    rf"\W{{0,3}}dans un (?:e-?mail|message|courriel) daté du .{{0,40}}?{_DAY}.{{0,200}}?{_WROTE} ?:\s*$",  # AOL
    # RainLoop and SnappyMail; Yandex
    rf"\W{{0,3}}(?:[a-z]{{3,8}}\.?,? )?{_DAY},? .{{0,80}}?<[^<>\s]{{1,200}}@[^<>\s]{{1,200}}> ?{_WROTE} ?:\s*$",
    rf"\W{{0,3}}{_DAY},? \d{{1,2}}:\d\d,? .{{1,80}}?<[^<>\s]{{1,200}}@[^<>\s]{{1,200}}> ?:\s*$",
    rf"\W{{0,3}}(?:en réponse à|réponse au message de) .{{0,80}}<[^<>\s]{{1,200}}@[^<>\s]{{1,200}}>"
    rf"(?: du {_DAY}.{{0,20}})? ?:\s*$",
    rf"\W{{0,3}}de .{{1,80}}<[^<>\s]{{1,200}}@[^<>\s]{{1,200}}>,? le {_DAY}.{{0,20}}:\s*$",
    r"\W{0,3}in a message dated .{8,60}, \S{1,200}@\S{1,200} writes ?:\s*$",  # AOL in English
    r"\W{0,3}[ÀA]t? \d{1,2}:\d\d(?::\d\d)?,? \d{1,2}/\d{1,2}/\d{2,4}.{0,10}, (?:vous avez écrit|you wrote) ?:\s*$",
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
ATTRIBUTION_NAMED_LAST = pattern(
    *(one for one in ATTRIBUTIONS if not one.endswith((_COLON, _NO_COLON))), shared=r"\W{0,3}"
)
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
    rf"{_NOBODY_SPEAKS}\S.{{0,20}}?{_DAY}.{{0,9}}\d{{1,2}}[:h]\d\d.{{1,120}}[:：]\s*$",  # in any language
    r"\S.{0,100} (?:a dit|a déclaré|(?<!\b[aà] )écrit|writes|said) ?:\s*$",
)
"""« Nora Petit a écrit : », trusted only right above a quoted line."""

NAME_AND_DATE = pattern(
    r"\W?\w.{0,100}(?:<[^<>\s]{1,200}@[^<>\s]{1,200}>|\" [^<>\s@]{1,200}@[^<>\s@]{1,200})"
    rf" [-–—] .{{0,12}}{_DAY}.{{0,4}} \d{{1,2}}:\d\d\s*$"
)
"""« "Nora Petit" <nora@ville.fr> – 12 mars 2024 09:58 », which Nextcloud writes right above a quoted line.

Its HTML has no brackets around the address.
"""

NARRATED = pattern(
    r".+\b(?:la|le|les|l'|mon|ma|mes|votre|notre|une?|elle|il|on|nous|vous|qui|leur|sa|son)\b ?(?:\S+ ){0,4}"
    r"(?:a|à) [ée]crit ?:?\s*$",
    r"\W{0,3}le (?:(?!\d{1,2}[h:])\S+ ){0,5}(?:a|à) [ée]crit ?:?\s*$",  # no time of the day, as programs give
)
"""« le 12 mars 2024, la directrice a écrit : » is somebody telling a story, unless a quote follows."""
