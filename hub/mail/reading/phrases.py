"""The words mail programs put between a reply and what it answers, French first. Tables, no logic.

Every pattern is matched against one line, or a few joined ones, already stripped of quote marks; all are linear.
"""

import re

_I = re.IGNORECASE

FROM_LABEL = re.compile(r"[*_ ]*(?:De|From|Von|Da|Expéditeur|Expediteur|Exp|Émetteur)[*_ ]*\s?:[*_ ]*\s?(\S.*)?$", _I)
"""The label that opens a header block pasted over a quoted mail (Outlook, Zimbra, Orange, La Poste, Notes)."""

LABELS = {
    "date": re.compile(r"[*_ ]*(?:Envoyée?(?: le)?|Date(?: d'envoi)?|Sent|Gesendet|Inviato|Enviado)[*_ ]*\s?:", _I),
    "to": re.compile(r"[*_ ]*(?:À|A|To|Pour|An|Destinataires?|Para)[*_ ]*\s?:", _I),
    "cc": re.compile(r"[*_ ]*(?:Cc|Cci|Copie(?: à)?|Copie cachée(?: à)?)[*_ ]*\s?:", _I),
    "subject": re.compile(r"[*_ ]*(?:Objet|Sujet|Subject|Betreff|Oggetto|Asunto|Obj)[*_ ]*\s?:", _I),
    "other": re.compile(
        r"[*_ ]*(?:Répondre à|Reply-To|Importance|Priorité|Pièces? jointes?|Attachments?|Organisation)[*_ ]*\s?:", _I
    ),
}

_ORIGINAL = (
    r"message d['’]origine|message original|message initial|message transf[ée]r[ée]|message r[ée]exp[ée]di[ée]|mail transf[ée]r[ée]"
    r"|(?:e-?mail|mail|courriel) (?:d['’]origine|original|initial|transf[ée]r[ée])|original (?:message|appointment|email)"
    r"|forwarded message|rendez-vous d['’]origine|transf[ée]r[ée] par|forwarded by|réacheminé par|r[ée]ponse pr[ée]c[ée]dente"
    r"|urspr[üu]ngliche nachricht|weitergeleitete nachricht|messaggio originale|mensaje original"
)
ORIGINAL = re.compile(rf"\s*(?:[-_=*]{{2,}}|>|&gt;)[-_=* ]*\s*(?:{_ORIGINAL})\b.*$", _I)
"""« -----Message d'origine----- » and its like: everything below is history."""

FORWARD = re.compile(
    r"\s*(?:[-_=*]{2,}[-_=* ]*\s*(?:forwarded message|(?:message|mail|courriel) (?:transf|r[ée]exp)[^-]{0,12}|transf[ée]r[ée] par|forwarded by|réacheminé par)\b.*"
    r"|(?:d[ée]but du (?:message|courriel) (?:transf[ée]r[ée]|r[ée]exp[ée]di[ée])|begin forwarded message)\s*:?\s*)$",
    _I,
)
"""The marker over a forwarded mail."""

ORANGE = re.compile(r"\s*(?:>\s*)?Message du \d{1,2}/\d{1,2}/\d{2,4}.{0,20}$", _I)
"""« > Message du 12/03/24 10:12 », then « > De : … »: the webmails of Orange, La Poste, SFR of old."""

HUB_LINE = re.compile(r".{0,60}(?:r[ée]pond(?:re|ez)|[ée]cri(?:re|vez)).{0,40}au[- ]dessus de cette ligne.{0,60}$", _I)

RULE = re.compile(r"\s*[-_=*—–~#]{5,}\s*$")
"""A line drawn across, as Outlook draws one over its header block."""

_DAY = (
    r"(?:\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}"
    r"|\d{1,2}(?:er)? ?[a-zéûä]{3,9}\.?,? \d{2,4}|[a-zéûä]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4})"
)
_VERB = r"(?:a|à) [ée]crit|wrote|schrieb.{0,40}|ha scritto|escribió|schreef"
ATTRIBUTION_STARTS = re.compile(r"\s*(?:Le|On|Am|Il|El|En date du|Op)\b.{0,60}\d", _I)
ATTRIBUTION = re.compile(
    rf"\s*(?:(?:Le|On|Am|Il|El|Op|En date du)\s.{{0,40}}?{_DAY}.{{0,300}}?(?<!['’])\b(?:{_VERB})(?: ce qui suit)?\s*:?\s*$"
    rf"|\S.{{0,200}}\b(?:{_VERB})(?:,)? (?:le|on|am) .{{0,40}}?{_DAY}.{{0,60}}:\s*$)",
    _I | re.DOTALL,
)
"""« Le 12 mars 2024 à 10:12, Nora Petit <nora@ville.fr> a écrit : », in one line once joined."""

ATTRIBUTION_LOOSE = re.compile(
    rf"\s*\S.{{0,300}}(?<!['’])\b(?:{_VERB}|a répondu)\s*:\s*$|\s*\S.{{0,200}}<[^<>\s]+@[^<>\s]+>\s*:?\s*$", _I
)
"""« Nora Petit a écrit : », trusted only right above a quoted line."""

NARRATED = re.compile(
    r".*\b(?:la|le|les|mon|ma|mes|votre|notre|une?|elle|il|on|nous|vous|qui|leur|sa|son) (?:\S+ ){0,4}(?:a|à) [ée]crit\s*:\s*$",
    _I | re.DOTALL,
)
"""« le 12 mars 2024, la directrice a écrit : » is somebody telling a story, unless a quote follows."""

DEVICE = re.compile(
    r"\s*(?:"
    r"(?:Message )?envoyé(?:e)? (?:de|depuis|à partir d[e']|avec|via|par|sur) .{0,30}(?:iphone|ipad|ipod|android|outlook|yahoo|"
    r"smartphone|t[ée]l[ée]phone|mobile|portable|tablette|appareil|galaxy|samsung|huawei|xiaomi|redmi|oppo|honor|windows|courrier|blackberry|"
    r"proton|gmail|orange|sfr|free|bouygues|laposte|la poste|thunderbird|k-9|bluemail|blue mail|spark|mail|mac|webmail|zimbra|nokia|sony|wiko|pixel|nine|edison).{0,120}"
    r"|sent (?:from|with|using|via) (?:my |the )?.{0,40}(?:iphone|ipad|ipod|android|outlook|yahoo|phone|mobile|galaxy|samsung|huawei|mail|blackberry|"
    r"windows|device|proton|tablet|mac|nine|spark).{0,80}"
    r"|(?:t[ée]l[ée]charge[rz]|obtenir|obtenez|get|download) (?:outlook|yahoo|bluemail|spark|la version).{0,120}"
    r"|provenance : (?:courrier|mail|outlook).{0,80}"
    r"|von meinem (?:iphone|ipad).{0,60}"
    r"|veuillez excuser (?:ma|la) bri[èe]vet[ée].{0,60}|excusez (?:ma|la) bri[èe]vet[ée].{0,80}"
    r"|envoyé avec (?:airmail|canary|mailo|mutt|gnus|evolution|claws).{0,80}"
    r")\s*$",
    _I,
)
"""« Envoyé de mon iPhone », « Télécharger Outlook pour Android »: whole lines only."""

FOOTER = re.compile(
    r"[\W_P]{0,6}(?:"
    r"(?:ce|cet|le présent|this) (?:message|mail|e-?mail|courriel|courrier|email|communication)[^.]{0,40}? (?:\(?et|\(?ainsi|and|est|is|contient|may|peut|"
    r"a été (?:vérifié|envoyé par erreur)|électronique|was|s'adresse|vous est|transmis|n'engage)\b.{0,200}"
    r"(?:pi[èe]ces? jointes?|confidentiel|confidential|destin|attach|antivirus|virus|avast|privileged|recipient|intended)"
    r"|les informations (?:contenues|figurant|transmises) (?:dans|par|sur) (?:ce|cet|le présent)"
    r"|(?:clause|avis|note|mention|notice) (?:de |of )?confidentialit"
    r"|confidentialit[éey](?: notice)?\s*:"
    r"|(?:merci de )?(?:pens(?:ez|ons)|think|please consider|consider) .{0,30}(?:environ+ement|planète)"
    r"|(?:n['’]imprim|avant d['’]imprimer|adopt(?:ez|ons) l['’]éco|soyons éco|économis(?:ez|ons) (?:le |du )?papier|préserv(?:ez|ons) l['’]environ|êtes-vous s[ûu]r d['’]imprimer|do you really need to print)"
    r"|(?:si|if) vous (?:n'êtes pas|avez reçu) .{0,20}(?:destinataire|ce message|cet e-?mail|ce courriel)"
    r"|l['’]absence de virus|(?:garanti )?sans virus\b.{0,20}avast|virus-free\b|cet e-?mail a été vérifié|this email has been (?:checked|scanned)"
    r"|l['’](?:intégrité|expéditeur) (?:de ce|du|ne).{0,40}(?:message|internet|garanti)"
    r"|conformément (?:à la loi|au r[èe]glement|au rgpd).{0,100}(?:données|libertés|2016/679)"
    r")",
    _I | re.DOTALL,
)
"""The first words of a legal or environmental footer."""

CLOSING = re.compile(
    r"[\W_]{0,3}(?:(?:bien |très |tres )?(?:cordialement|sincèrement|respectueusement|amicalement|chaleureusement|affectueusement)"
    r"(?:[ ,]+(?:à vous|vôtre|votre|et (?:bonne|merci)|bonne).{0,40})?"
    r"|(?:bien|cordialement) à (?:vous|toi)|cdlt|cdt|crdt|cordial salut\w*|(?:salutations|sentiments) \w{3,20}|(?:mes )?(?:sincères |meilleures |cordiales )?salutations(?: \w{3,20})?"
    r"|(?:avec mes|meilleurs|bien à) .{0,30}(?:salutations|sentiments|remerciements|vous)"
    r"|(?:en vous (?:remerciant|souhaitant)|merci (?:d'avance|par avance|beaucoup|bien|à vous|de votre)).{0,80}|(?:bonne|belle|excellente|très bonne) (?:journée|soirée|fin de|semaine|réception|continuation).{0,40}"
    r"|(?:best |kind |warm )?regards|sincerely|bises?|à bientôt|merci"
    r"|(?:veuillez|je vous prie|nous vous prions|recevez|dans l'attente).{5,200}(?:salutations|sentiments|considération|distingu\w+|respects?|cordial\w*))[\s,.;!]*$",
    _I,
)
"""« Cordialement, » and its family: the line after which a signature may begin."""

CONTACT = re.compile(
    r"(?:\+33|\b0)[ .]?\(?\d\)?(?:[ .\-/]?\d\d){4}\b|\S+@\S+\.\w{2,}|\bwww\.|https?://|\b(?:t[ée]l|mob|fax|port|standard|ligne directe)\w*\.? ?:"
    r"|\b\d{5} +[A-ZÉÈ]|\bcedex\b|^\W*(?:mairie|ville|commune|service|direction|pôle|département|communauté|centre|école|secrétariat|espace famille|guichet|hôtel de ville)\b"
    r"|\b(?:responsable|directeur|directrice|chef|cheffe|adjointe?|chargée?|agente?|assistante?|secrétaire|coordinat\w+|gestionnaire|animat\w+|régisseu\w+|instructeur|instructrice|technicien\w*|conseill\w+|maire)\b"
    r"|\b(?:rue|avenue|place|boulevard|allée|bd|chemin|impasse|quai|route|cours|esplanade) (?:d[eu]s?|d'|la|le|du|[A-ZÉ])",
    _I,
)
"""What tells a signature block from the writer's words: phone, address, function, office."""
