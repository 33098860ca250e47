"""The words of delivery reports, automatic answers and receipts, French first. Tables, no logic.

As in `matching`: asked of one line or of the top of a text, every quantifier bounded.
"""

from hub.mail.reading.matching import pattern

_PREFIXES = "re|ré|rép|réf|aw|sv|antw|tr|fw|fwd|wg"
_UNPREFIXED = rf"(?!\s*\[?(?:{_PREFIXES})\]? ?:)"  # what is answered or forwarded is a human's
AUTO_SUBJECT = pattern(
    r"\s*\[?(?:(?:absente?(?:\(e\))?|absence|hors) (?:du|de) bureau|absent\(e\)|ooo"
    r"|accusé (?:de )?réception automatique|r[ée]ponse (?:automatique|auto|d'absence)"
    r"|(?:message|notification|avis) automatique d'absence|auto-?r[ée]ponse|r[ée]pondeur automatique"
    r"|auto(?:matic|mated)?[- ]?"
    r"(?:reply|response|answer|generated reply)|out of (?:the )?office(?: autoreply)?"
    r"|yahoo!? auto ?response|vacation (?:reply|message|response)|abwesen(?:d|heit(?:snotiz)?)|automatische antwort"
    r"|risposta automatica|respuesta automática|resposta automática|automatisch antwoord|autosvar"
    r"|automatyczna odpowiedź|odpowiedź automatyczna|автоответ|автоматический ответ|自动回复|自动答复|自動回覆|自動応答"
    r"|رد تلقائي|automatiskt svar|automatisk svar|resposta automàtica|otomatik yanıt|răspuns automat"
    r"|afwezig(?:heids(?:assistent|bericht))?|fuera de la oficina|fuori (?:ufficio|sede)|fora do escritório"
    r"|away from (?:my|the) (?:e?-?mail|desk|office)|message d'absence automatique)"
    r"(?:\]| ?[:\-–(]|\s*$| (?:re|rép?)\b| from )",
    r"\s*(?:\[auto\]|auto ?:|je suis absente?(?:\(e\))?\b|i am out of (?:the )?office\b).{0,60}?\bre ?:",
    r"\s*\[auto[- ]?generated\]",
    r".*[\[(](?:(?:r[ée]ponse|message) automatique|auto(?:matic|mated)?[- ]?(?:reply|response))[\])]\s*$",
    rf"{_UNPREFIXED}\s*\S.{{2,60}} est (?:actuellement )?absent(?:\(e\)(?: du bureau\b| jusqu).{{0,60}}"
    r"|\(e\)[ .]*|e? du bureau\b.{0,60})$"
    r"|\s*je suis (?:actuellement )?absente?(?:\(e\))? du bureau[ .!]*$",
    rf"{_UNPREFIXED}\s*\S.{{2,60}} is (?:currently )?out of (?:the )?office\b[^?]{{0,60}}$",
    r"\s*auto ?: .{0,120}(?:absente?|out of|abwesend|not in the office|bureau|office)",
)
"""« Réponse automatique : … », "Out of office: …", Notes' « AUTO: Nora est absente »; never « Absence de Léo »."""

ASKED_SUBJECT = pattern(r"\s*\[?(?:absente?(?:\(e\))?|absence|hors) (?:du|de) bureau\b[^?]{0,200}\?\s*$")
"""« Hors du bureau : où ? », which a person may ask and a machine may answer."""

ABSENCE_SUBJECT = pattern(
    r"\s*(?:r[ée]ponse automatique\b|auto ?: )[^?]*+$",
    r"\s*\[absence\]|\s*\[?(?:(?:message|notification|avis) d'absence|message automatique|r[ée]pondeur)"
    r"(?:\]| ?[:\-–(]|\s*$| (?:re|rép?)\b| from )",
    # Over the subject they answer, with or without a colon; a person's « Re: » comes first.
    r"\s*\[?(?:auto|absente?(?:\(e\))?|absence|(?:je suis )?(?:en )?(?:congés?(?: annuels)?|vacances)"
    r"|en (?:formation|déplacement|arrêt)|fermeture(?: annuelle| estivale)?)\b.{0,60}?\bre ?:",
    r"\s*absente?(?:\(e\))? (?:du \d.{0,20} )?jusqu'.{1,40}$|\s*absence temporaire\s*$|\s*(?:je suis )?en congés?\s*$"
    r"|\s*\S.{2,60} est en congés?\b.{0,40}$",
    r"\s*message d'absence de \S{1,40}(?: \S{1,40}){0,2}\s*$|\s*\S.{2,60} est (?:actuellement )?absente?\b.{0,60}$",
)
"""What both write: « Avis d'absence : Cantine », « Avis d'absence : Léo Durand, CE1 ». The text tells which."""

ABSENCE_SIGNS = (
    *("auto", "absen", "bureau", "office", "ooo", "vaca", "cong", "formation", "placement", "arr", "ferm", "disponib"),
    *("pondeur", "abwesen", "otomatik", "afwezig", "fuera", "fuori", "fora", "away", "авто", "自动", "自動", "تلقائي"),
)
"""One of these stands in each AUTO_SUBJECT, ABSENCE_SUBJECT and AWAY_SUBJECT."""

_AWAY = (
    r"(?:\bje (?:suis|serai)|\bnous (?:sommes|serons)|(?:^|\n)\W{0,3}(?:actuellement|étant))\b.{0,40}?"
    r"\b(?:absente?|absente?s|indisponibles?|fermée?s?|(?:en|hors) (?:congés?|vacances|déplacement|formation|arrêt)"
    r"|out of)\b",
    r"\b(?:le service|la mairie|l'accueil|le guichet|nos bureaux)\b.{0,40}\bfermée?s?\b",
    r"(?:^|\n)\W{0,9}absente?(?:\(e\))? (?:du bureau|jusqu)",
)
AWAY_WRITER = pattern(*_AWAY)
ABSENCE_TEXT = pattern(
    *_AWAY,
    r"\b(?:mon|notre) retour\b|\b(?:je|nous) reviens|\bje (?:serai |suis )?de retour|\bi am out\b",
    r"\b(?:je|nous) (?:vous |y |lui )?répondr(?:ai|ons)\b",
    r"\bvotre (?:message|mail|e-?mail|courriel) (?:sera|ne|est|a)\b",
)
"""How somebody speaks of their own absence, or of the mail that is answered."""

AWAY_SUBJECT = pattern(
    r"\s*\[?(?:absente?s?(?:\(e\))?|absences?|(?:en )?(?:congés?|vacances)|indisponib\w+|fermeture|fermée?"
    r"|hors bureau)\b.{0,60}$"
)
"""What a machine may say, and most often a family does: « Absence », « Congés », « Fermeture du service »."""

_MAIL = r"(?:vo(?:tre|s) (?:messages?|mails?|e-?mails?|courriels?|courriers?|demandes?))"
_LATER = r"(?:à|dès|lors de) (?:mon|notre|la) (?:retour|réouverture|reprise)"
AWAY_TEXT = pattern(
    rf"\b(?:prendr(?:ai|ons) connaissance de|lir(?:ai|ons)) {_MAIL}",
    rf"\b(?:prendr|trait(?:e|er)|répondr|lir|consulter|reviendr)(?:ai|ons)\b.{{0,60}}{_MAIL}.{{0,60}}{_LATER}",
    rf"{_LATER}.{{0,60}}\b(?:prendr|traiter|répondr|lir|consulter|reviendr)(?:ai|ons)\b.{{0,60}}{_MAIL}",
    rf"\b{_MAIL} (?:(?:ne )?(?:sera|seront)|sont|est)(?: pas)? (?:traitée?s?|lue?s?|prise?s? en compte|consultée?s?"
    rf"|transférée?s?|redirigée?s?)\b",
    r"\b(?:merci (?:de|d')|veuillez|vous pouvez) ?(?:adresser|envoyer|transmettre|transférer) (?:vos|toutes vos) "
    r"(?:demandes|messages|mails|e-?mails|courriels|questions)\b.{0,20} à \S{1,60}@\S{3,60}",
)
"""Who speaks so of the mail they got, and of being away, has not read it."""

URGENT_TEXT = pattern(
    r"\b(?:en cas d'urgence|en cas de besoin urgent|pour toute (?:urgence|demande urgente|question urgente))\b.{0,80}"
    r"\b(?:contacter|joindre|adresser|appeler|écrire|contactez|joignez|adressez|appelez|composez|écrivez)\b.{0,60}"
    r"\b(?:accueil|secrétariat|mairie|service|standard|guichet|collègues?|astreinte|direction|\S{1,60}@\S{3,60}"
    r"|0\d(?:[ .]?\d\d){4})"
)
"""Whom else to ask: believed of an answer whose title says no more than an absence."""

RECEIPT_SUBJECT = pattern(
    r"\s*(?:lu|read|non lu|not read|accusé de (?:lecture|réception)|confirmation de lecture|return receipt"
    r"|gelesen|gelezen"
    r"|letto|leído|lido) ?[:(]"
)
AUTO_TEXT = pattern(
    r"(?:ceci est|c'est|il s'agit d')\s{0,2}(?:une |un )(?:réponse|accusé de réception|message d'absence)s? automatique"
    r"|this is an (?:auto(?:mated|matic)?[- ]?(?:reply|response|answer))",
    r"\A\W{0,9}(?:réponse automatique"
    r"|(?:message|accusé de réception) automatique\W{1,9}(?:merci de )?ne pas (?:y )?répondre)\W{0,9}(?:\n|$)",
)
"""What an automatic answer says of itself where nothing in its header does."""

CHALLENGE = pattern(
    r"votre (?:message|mail|e-?mail|courriel) (?:a été|est) mis en attente\b"
    r"|votre message sera ensuite (?:délivré|remis)"
)
"""What a filter asks of whoever writes for the first time; believed of one that names itself."""

TOLD_OF = pattern(
    r"\?|[«“\"]|\b(?:j'ai re[çc]u|je re[çc]ois|nous (?:avons re[çc]u|recevons)|répond|i (?:got|received|receive))\b"
    r"|(?:^|\n)[*_ ]*(?:de|from|objet|subject) ?:"
)
"""In front of such words: somebody tells of an automatic answer, asks about it, or gives it back."""

AUTO_ANSWER_TEXT = pattern(
    r"(?:^|\W)ceci est un (?:message|mail|e-?mail|courriel) automatique"
    r"|(?:^|\W)(?:ce|cet) (?:message|mail|e-?mail|courriel) (?:(?:est|a été) )?(?:généré|envoyé|émis|créé)"
    r" automatiquement"
    r"|this (?:is an automat(?:ed|ic) message|message (?:was|is) (?:automatically generated|generated automatically))"
)
"""The same where the mail answers another: a notification that answers nothing is no answer."""

RECEIPT_TEXT = pattern(
    r"\s*(?:ceci est un accusé de réception pour le|this is a return receipt for the)"
    r" (?:message|mail|courriel|courrier)",
    r"\s*(?:votre message|your message|le message que vous avez envoyé)\b.{0,600}?"
    r"(?:a été (?:lu|affiché)\b|a été (?:supprimé|effacé) sans (?:avoir été|être) lu|was read\b"
    r"|(?:was|has been) deleted without being read|n'a pas été lu)",
    r"\s*(?:ihre nachricht|il messaggio|el mensaje|su mensaje|uw bericht|a sua mensagem)\b.{0,600}?"
    r"(?:gelesen|gelezen|(?:è stato|ha sido|se|foi) (?:letto|leído|leyó|lida))",
)
"""What Exchange writes in a receipt whose form was lost on the way."""

REPLY_SUBJECT = pattern(r"\s*(?:re|ré|rép|réf|aw|sv|antw) ?(?:\[\d{1,4}\]|\(\d{1,4}\))? ?:")
FORWARD_SUBJECT = pattern(r"\s*\[?(?:tr|fw|fwd|wg|i)\]? ?:")
PREFIXED_SUBJECT = pattern(rf"\s*\[?(?:{_PREFIXES})\]? ?(?:\[\d{{1,4}}\]|\(\d{{1,4}}\))? ?:")

DAEMON = pattern(
    r"\"?(?:mailer-?daemon|post_?master|mail-?daemon|mdaemon|mail delivery service|ndr@|systemadministrator"
    r"|mail delivery (?:sub)?system|mail administrator|bounces?[+@-]"
    r"|microsoftexchange[0-9a-f]{6,}|microsoft outlook$|(?:le )?système de (?:distribution|messagerie|courrier)"
    r"|courier mail server|administrateur système|system administrator|internet mail delivery)"
)
"""The mailbox or display name of a mail system."""

NOBODY = pattern(r"(?:no|ne-pas|do-?not|nepas)[-_.]?(?:reply|repondre)\b")
"""A mailbox that nobody reads."""

FAILED_SUBJECT = pattern(
    r".*(?:undeliver|delivery (?:has )?(?:status|fail|unsuccess|problem|report|delayed|incomplete|error)"
    r"|returned (?:mail|to sender|message)|mail (?:delivery )?(?:failed|failure|system error)|failure notice"
    r"|(?:mail|message) (?:could not be|was not|not) delivered|non[ -](?:remis|distribu|délivr)"
    r"|(?:[ée]chec|erreur|problème) (?:de|d'|lors de) ?(?:la |l')?(?:remise|distribution|livraison|envoi|délivrance)"
    r"|avis de non[ -]remise|(?:notification|rapport|avis) (?:d'|de l')état de (?:la )?(?:remise|distribution)"
    r"|notice: mail delivery status|\bretardée? ?:"
    r"|retour (?:à|a) l'expéditeur|impossible (?:d'envoyer le message|de remettre|à remettre|de distribuer|de délivrer)"
    r"|remise (?:impossible|retardée|différée)|(?:message|courrier|mail)(?: \S{1,40})? (?:retardé|différé|delayed)"
    r"|unzustellbar|nicht zustellbar|no se puede entregar|no entregado|non recapitabile|onbestelbaar"
    r"|(?:não é possível entregar|mensagem não entregue)|avis d'[ée]chec\b"
    r"|retour de (?:courrier|mail|message) ?:|message rejeté\b|(?:courrier|message) retourné ?(?::|$)"
    r"|warning: (?:message|could not|.{0,80}user unknown)|could not send message|could not be delivered"
    r"|failed mail|delayed mail|fail(?:ed|ure) delivery|message you sent (?:was )?blocked"
    r"|error sending your mail|\[bounce\]|non-delivery|mail (?:delivery )?(?:error|warning)"
    r"|error during delivery|rejected mail|n'a (?:pas )?pu être (?:remis|distribué|délivré|livré|envoyé))"
)
FAILED_SIGNS = (
    *(
        "deliver",
        "return",
        "retourn",
        "fail",
        "remis",
        "distribu",
        "livr",
        "envoi",
        "envoy",
        "retard",
        "différ",
        "delay",
        "retour",
    ),
    *("blocked", "impossible", "rejet", "reject", "warning", "error", "could", "bounce", "chec"),
    *("zustellbar", "entreg", "recapitabile", "bestelbaar"),
)
"""One of these stands in each."""

FAILED_TEXT = pattern(
    r"(?:could|can) ?not be delivered|has not been delivered|wasn't able to deliver|unable to deliver|not delivered to"
    r"|cannot be delivered|remise à ces destinataires.{0,40} est retardée"
    r"|could not deliver|delivery (?:of|to).{0,80}(?:failed|postponed)|delivery (?:has )?failed|undeliverable"
    r"|did not reach the following|was automatically rejected"
    r"|has been returned because|no such user here|user unknown|not a valid (?:user|address|recipient|mailbox)"
    r"|non-?delivery report"
    r"|failed recipient|n'a (?:pas )?(?:pu|été) ([êe]tre )?(?:remis|distribu[ée]|d[ée]livr[ée]|livr[ée])"
    r"|n'a pas encore (?:pu )?(?:être|été) (?:remis|distribu|d[ée]livr|livr)|votre message est retardé"
    r"|(?:a été|est) rejetée?\b|vous est retournée?\b|message a été refusé"
    r"|pas (?:avoir )?pu (?:envoyer|remettre|distribuer|d[ée]livrer|acheminer|livrer) (?:votre|le|ce)\b"
    r"|\bresolver\.adr\b|#[45]\d\d [45]\.\d\.\d"
    r"|n'ont pas pu être|impossible de (?:remettre|distribuer|délivrer|livrer)|(?:remise|distribution).{0,60}a échoué"
)
"""How the body of a report without a form says so."""

OPENS_BY_FAILURE = pattern(
    r"\W{0,200}(?:votre message n'a (?:pas )?pu [êe]tre (?:remis|distribu[ée]|d[ée]livr[ée]|livr[ée])"
    r"|your message could not be delivered) (?:[àa]|to):?\s{1,9}<?[^\s<>@]{1,64}@[^\s<>@]{3,255}>?"
    r"[\t\r ]{0,9}(?:$|\n[\t\r ]{0,9}(?:$|\n|\W{5}))",
)
"""All that a gateway says, under any subject and from any mailbox: no word but the address follows."""

RETURNED = pattern(
    r"returned mail|copy of (?:the|your) (?:message|mail)|undelivered message|message(?: headers?)? follow"
    r"|old message ?:|will continue to|attempts will continue|source mail attached"
)
"""What stands over the mail that a report gives back."""

DELAYED = pattern(
    r".*?(?:\bdelay(?:ed)?\b|\bretardée?\b|\bdifférée?\b|not yet been delivered|n'a pas encore (?:pu )?(?:être|été)"
    r"|still (?:being )?retr|will (?:be retried|continue to (?:try|retry))|this is a warning message only"
    r"|attempts will continue|postponed due to|no action is required on your part"
    r"|nouvelles? tentatives? (?:sera|auront|vont)|continuer.{0,20}tentatives)"
)
UNKNOWN_USER = pattern(
    r".*?(?:user unknown|unknown (?:user|recipient)|no such (?:user|mailbox|recipient)"
    r"|mailbox (?:unavailable|not found)"
    r"|(?:recipient|user) (?:unknown|not found)|doesn't exist|does not exist|n'existe pas|introuvable|invalid recipient"
    r"|(?:utilisateur|destinataire|adresse) inconnue?|unrouteable|couldn't be found|wasn't found|unknown address"
    r"|not a valid (?:user|address|recipient)"
    r"|doesn't have an? \S{3,30} account"
    r"|not listed in (?:the )?(?:domino|public name|name & address)|répertorié dans l'annuaire)"
)
FULL = pattern(
    r".*?(?:(?:mailbox|quota|boîte)[^.\n]{0,40}(?:full|exceeded|pleine|dépassé|saturée)|over ?quota|quota exceeded)"
)
NO_HOST = pattern(r".*?(?:host or domain name not found|name service error|host not found)")
NO_DOMAIN = pattern(
    r".*?(?:(?:nom de )?domaine (?:introuvable|inconnu|inexistant)"
    r"|domain (?:not found|unknown|does not exist|doesn't exist)"
    r"|unrouteable mail domain|no such domain)"
)
SPAM = pattern(
    r".*?(?:(?:considered|rejected|identified|detected|classified) as (?:spam|junk)|considéré comme"
    r" (?:du )?(?:spam|pourriel)"
    r"|blocked using |spamhaus)"
)
TOO_BIG = pattern(
    r".*?(?:message size exceeds|exceeds (?:the )?(?:fixed )?(?:maximum )?(?:message )?size|message too (?:big|large))"
)
