"""What the notices below mails are about, and what tells that somebody speaks instead. Tables for `notice`. Pure."""

import re

from hub.mail.reading.matching import pattern

MAX_PARAGRAPH = 1_500  # characters of a notice that are read
BAR = re.compile(r"\s+\|\s+")


def _either(words: str) -> str:
    """One of the patterns between bars that have white space around, at the start of a word."""
    return rf"\b(?:{'|'.join(BAR.split(words.strip()))})"


def _both(first: str, second: str) -> str:
    """What holds two things, in any order; looked for from the start of a paragraph."""
    return rf"(?=.{{0,{MAX_PARAGRAPH}}}?{first}).{{0,{MAX_PARAGRAPH}}}?{second}"


_MAIL = r"(?:messages?|mails?|mels?|e-?mails?|courriels?|courriers? électroniques?)\b"
_DAY = r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)"
_MONTH = r"(?:janv|févr|mars\b|avril|mai\b|juin|juil|août|sept|octobre|novem|décem)"

OWN = pattern(
    _either(r"je | j'\w+ | me | m'(?!imprim)\w+ | moi | mon | ma | mes | svp | stp") + r"\b",
    r"(?<!nom de )"
    + _either("votre | vos | leurs? | son | sa | ses | ton | ta | notre | nos | les | l'")
    + r" ?(?:fils|fille|enfants?|élèves?|petite?)\b",
    r"\b(?:ps|nb|p\.s|n\.b)\W{0,3}[:.–-]|\bpost-?scriptum\b",
    _either("ci-jointe?s? | ci-dessus | comme (?:convenu|demandé) | finalement | en revanche | par contre") + r"\b",
    _either(
        rf"""
        demain\b | hier\b | aujourd'hui | ce (?:matin|midi|soir|{_DAY})\b | cette semaine | semaine prochaine
        | (?<!le )(?<!au ){_DAY} (?:\d|prochain|dernier|matin|soir|midi) | en panne | (?:vous|si vous en) avez\b
        | avant (?:l[ae]s?|{_DAY})\b | à partir du | jusqu'au | au plus tard | \d{{1,2}}(?:er)? {_MONTH}
        """
    ),
)
"""Somebody speaks, of this mail's own matter or of a day that will pass."""

CITED = re.compile(r"«[^«»]{0,100}»")
"""« Ma Ville », the name of something."""

MATTER = pattern(
    _either(
        r"""
        autorisations?(?! expresse) | formulaires?(?! de contact) | dossiers? | fiches? | attestations? | factures?
        | réunions? | sorties? | goûters? | certificats? | justificatifs? | bulletins? | cahiers? | menus?
        | repas | photos? | pai | livrets? | convocations? | ordonnances? | tickets? | cantine | bus | classe
        | maîtresse | séjour | spectacle | kermesse | en pièce jointe | dans la pièce | les? documents?
        """
    )
    + r"\b"
)
"""What families and services write about: a notice about mail, print or apps does not name it."""

DAY = pattern(rf"\b{_DAY}\b")
TO_COME = pattern(
    _either("sera | seront | aura | auront | serez | serons | pourra | pourront | devra | devront") + r"\b"
)

PRINTED = pattern(
    _both(
        _either(
            r"""
            planète | environnement | écolo | éco-?(?:geste|respons|citoyen) | forêts? | arbres?\b | co2 | carbone
            | sobriété | empreinte | gestes? (?:pour|vert|simple|numérique)
            """
        ),
        _either(
            rf"""
            (?:[dnm]')?imprim(?!an) | impression | {_MAIL} | corbeille | stock | réflexe | numériques?
            | (?:préserv|économis|protég|rédui[st]|limit)(?:ons|ez)\b
            """
        ),
    ),
    r".{0,200}"
    + _either(
        r"""
        n'imprim | ne m'imprim | imprim\w+ (?:qu|moins|seulement|uniquement) | (?:économis|évit)\w+ .{0,20}papier
        | (?<!pas )besoin d'(?:être )?imprim | vocation à être imprim | cette feuille | avant .{0,12}impression
        | ordinateur reconditionné
        """
    ),
    rf"(?=.{{0,300}}\b{_MAIL}).{{0,300}}\b(?:supprim|videz|vider|tri(?:ez|er|ons)\b)"
    r".{0,60}(?:inutile|ancien|boîte|corbeille)",
)
"""Paper, and what mails cost the planet."""

OF_MAIL = pattern(
    _both(
        _either(
            rf"""
            (?:ce|cet|ces|l[ea]s? présente?s?|du présent|tout) {_MAIL} | messagerie\b | expéditeur
            | {_MAIL} (?:confid|externe|automat|strict|à caractère|achemin) | (?:cette|notre) (?:adresse|boîte)
            | adresse (?:générique|partagée|commune|de service|d'expédition) | document (?:à caractère )?confid
            | vos {_MAIL} à la boîte
            """
        ),
        _either(
            r"""
            confiden | destinataires?\b | destinée?s? (?:exclusi|uniquement|strictement|à l'usage|au seul|à la seule)
            | réservée?s? (?:à l'usage|exclusi|au seul) | exclusi | secret | strictement | valeur (?:contrac|jur)
            | engag\w+ (?:[lqp]|aucun|notre) | responsab | opinions? | position (?:officielle|de) | habilit | illicite
            | usage (?:exclusif|privé|interne|personnel|non) | détrui | interdit | prohib
            | extern | extérieu | inconnu | vigilan | prudence | cliqu | hameçon | phishing | virus | malveillan
            | anti-?spam | filtr | serveurs?\b
            | automati | génériqu | fonctionnelle | partagée | plusieurs (?:agents|personnes) | reconditionné
            | pas (?:été )?(?:consult|relev|surveill|suivie|lue?\b|traitée) | non (?:relev|surveill|consult)
            | ne (?:reçoit|permet) (?:pas|aucun) | (?:ne pas|sans) .{0,12}répon | conserv\w+ .{0,12}objet
            | déconnexion | n'appelle pas | hors (?:de |des |d')?(?:horaires|heures|temps)
            """
        ),
    ),
    r"[\W_]{0,4}(?:\w+ )?(?:scanné|analysé|vérifié|contrôlé|protégé|filtré) par\b",
)
"""This mail, or the mailbox, and what the law, a gateway or an office has to say of it."""

OF_TICKETS = pattern(
    r".{0,160}"
    + _either(
        r"""
        (?:conserv|gard|rappel|indiqu|mentionn|laiss|précis|modifi)e[rz]\b.{0,40}(?:(?:l'|en )objet|numéro de ticket)
        | ticket .{0,30}(?:clôtur|clos|ferm) | rien (?:écrire|saisir) (?:sous|en dessous)
        | répon\w+ .{0,60}(?:jours|heures) ouvr | délai (?:moyen|habituel) de (?:réponse|traitement)
        """
    )
)
"""What a helpdesk asks of every writer."""

OF_LAW = pattern(
    r".{0,300}"
    + _either(
        r"""
        code (?:pénal|civil|général|monétaire|des assurances|du (?:travail|commerce))
        | code de la (?:consommation|santé|mutualité|propriété|sécurité) | art(?:icle|\.) ?[lr]?\.? ?\d
        | association (?:de gestion )?agréée | règlement des honoraires | capital social | au capital de
        | secret (?:des correspondances|professionnel|médical) | siren | siret | rcs | naf | ape | tva intra\w*
        | orias | acpr | siège social | immatriculée? | mentions légales | qualiopi | numéro d'agrément
        | n'engagent? (?:que|pas) | engage(?:nt)? l[ae]s? (?:responsab|commune|mairie|collectiv|ville|sociét)\w*
        | reproduction (?:interdite|même) | tous droits réservés
        | (?:saurai\w+|peut|peuvent|vaut|valent) .{0,60}(?:engager|tenue?s? pour|valoir|décision administrative)
        """
    )
    + r"\b",
)

OF_DATA = pattern(
    _both(
        _either("données | vie privée") + r"\b",
        _either(
            r"""
            personnelles? | caractère personnel | collect | conserv | traitées\b | traitement\b | rectifi | rgpd | cnil
            | dp[od]\b | vie privée | confidentialité
            """
        ),
    ),
    _both(
        _either("coordonnées | informations") + r"\b",
        _either("collect | conservées | rectifi | rgpd | cnil | confidentialité | traitement informatique"),
    ),
    r".{0,200}"
    + _either(
        r"""
        rgpd\b | cnil\b | désabonn | pour (?:vous|se) désinscri | lien de désinscription
        | pour ne plus .{0,12}recevoir | ne souhaitez plus .{0,12}recevoir
        """
    ),
    rf".{{0,20}}vous recevez c\w+ (?:{_MAIL}|lettre) (?:car|parce|en tant|suite)",
)

OF_HOURS = pattern(
    _both(
        _either(
            r"""
            horaires? | ouverte?s? | ouverture | fermée?s? | fermeture | permanences? | standard | joignables?
            | accueil (?:téléphonique|physique|du public) | réception du public | sur rendez-vous
            | vous (?:répond|accueill|reçoiv|renseign)\w+ | appel (?:local|gratuit|non surtaxé)
            """
        )
        + r"\b",
        _either(
            rf"""
            (?:du|l[ae]s?|chaque|tous les) {_DAY}s? (?:au|et|,|matin|après) | les {_DAY}s\b | {_DAY}s?\b.{{0,60}}{_DAY}
            | tous les (?:jours|matins|après) | uniquement sur rendez-vous | 24 ?h ?/ ?24 | 7 ?j ?/ ?7
            """
        ),
    ),
    r"\W{0,4}(?:nos |les )?(?:horaires?|heures?) d(?:'|e |u )(?:ouverture|accueil|permanence|bureau).{0,60}\d",
    r"\W{0,4}(?:mes |nos )?(?:jours?|horaires)(?: et (?:heures|horaires))? de (?:présence|décharge|permanence)\b",
)
"""When an office is open, each week."""

PROMOTED = pattern(
    _both(
        _either(
            r"""
            (?:suiv|retrouv|rejoign|rest|t[ée]l[ée]charg|scann|flash|découvr|abonn|inscriv|visit|lik|aim)e[zr]
            | (?:souten|particip|donn|aid|répond|évalu|recev|simplifi)e[zr] | soutenir | tenez-vous
            | toutes? (?:l'|les |vos) ?(?:actu|infos?|démarches|informations?)
            """
        ),
        _either(
            r"""
            facebook | insta(?:gram)?\b | youtube | twitter | linkedin | tiktok | whatsapp | réseaux\b | sur x\b
            | appli(?:cation)? (?:mobile|gratuite|citoyenne|officielle|«) | google play | app ?store | play ?store
            | panneau ?pocket | intra ?muros | illiwap | citykomi | newsletter | lettre d'info | infolettre
            | alertes?\b | actualités?\b | l'actu\b | actus\b | helloasso | enquête | questionnaire | sondage
            | satisfaction | votre avis | qr ?code | chaîne | notre (?:page|site|association) | vos démarches
            | notre nouve | nos (?:offres|services|produits) | code promo
            """
        ),
    ),
    r".{0,300}(?<!\w)#[^\W\d]{4}",
    r".{0,60}\b(?:votre avis (?:compte|nous|est)\b|notez la qualité|laissez(?:-nous)? .{0,12}avis)",
    r".{0,60}\b(?:flash|scann|découvr|abonn|visit|lik|souten)ez\b.{0,200}(?:https?://|www\.|\w\.fr\b)",
    r".{0,60}\bvos démarches .{0,40}en ligne",
    r"\W{0,4}(?:facebook|instagram|youtube|linkedin|twitter|tiktok)\W",
)
"""Where else a town tells its news, and asks what people think."""

ENGAGED = pattern(
    r".{0,90}"
    + _either(
        r"""
        octobre rose | mars bleu | movember | don du sang | donn\w+ (?:votre|son) sang | dépistage | téléthon
        | vigipirate | listes? électorales? | recensement citoyen | devoir citoyen | budget participatif
        | service civique | non au harcèlement | violences (?:faites|conjugales) | enfance en danger
        | numéro (?:gratuit|national|unique|vert|d'urgence) | 39 ?19 | 30 ?18 | 31 ?14
        | labellisée?s? | label (?:«|ville|éco) | villes et villages | certifiée? (?:iso|afnor) | terre de jeux
        | ville (?:fleurie|amie|prudente|active|internet|sportive|d'art|handi) | élue? (?:ville|commune)
        | acceo | langue des signes | sourde?s | malentendant\w+ | facile à lire | mobilité réduite
        | vous (?:présentent|souhaitent|adressent) .{0,30}(?:vœux|voeux|fêtes)
        """
    )
)
"""Campaigns, labels, and how else an office is reached."""

BEWARE = pattern(
    _both(
        _either("prudence | vigilan | sécurité | fraude | arnaque | hameçon | phishing | usurp | méfiez"),
        _either(
            r"""
            virement | mot de passe | identifiants | coordonnées bancaires | r\.?i\.?b\b | iban | liens?
            | pièces? jointes? | extern | extérieu | cliqu | frauduleu | (?:l')?expéditeur | adresses .{0,20}termin
            """
        ),
    ),
    _both(r"\battention\b", _either("extern | extérieu | (?:l')?expéditeur | frauduleu | hameçon | phishing")),
    _both(
        r"\bjamais\b.{0,40}(?:demand|communiqu|transm)|\bne (?:vous )?(?:demand|communiqu|transm)\w+ .{0,20}jamais",
        _either("mot de passe | identifiants | bancaires? | r\\.?i\\.?b | iban"),
    ),
)

AT_REST = pattern(
    r".{0,200}" + _either(r"droit à la déconnexion | charte d[eu]s? temps"),
    r"(?=.{0,300}"
    + _either(r"soir | week-?end | congés | hors | dehors | nuit | horaires? (?:décalée?s?|de travail|atypiques?)")
    + r").{0,300}"
    + _either(
        r"""
        aucune urgence | rien .{0,12}oblige | votre rythme | n'appelle | sans obligation | jours? ouvrés? suivant
        | (?:obligée?s?|tenue?s?|besoin|attend\w*) (?:de |d'|à )(?:me |nous |y |votre |vos )?répon
        | pas (?:de )?réponse (?:immédiate|attendue|en dehors) | aucune (?:réponse|action) | ni .{0,12}répon
        | requi\w+ (?:aucun|pas) | (?:dans|sur|pendant) (?:vos|votre) (?:propres |temps|heures|horaires)
        """
    ),
)
"""« J'envoie parfois des messages le soir : n'y voyez aucune urgence », in which somebody may speak."""

HABIT = pattern(
    _either(
        r"""
        j'(?:envoie|écris) | je n'imprime | me répondre | il m'arrive | si (?:je|mes)
        | mes (?:messages|mails|e-?mails|courriels|horaires)
        """
    )
    + r"\b"
)
QUOTED = re.compile(r"\s*[«“\"][^«»“”\"]{10,250}[»”\"][ .,–—-]*(?:\(?[^\W\d][\w. ’'-]{2,40}\)?)?\s*$")
ASKING_ALL = pattern(
    r"\W*(?:besoin|envie|un doute|une question|victime|satisfaite?s?|pas encore|le saviez-vous|nouveau|nouvelle)\b"
    r"[^?]{0,40}\?"
)
"""« Besoin de parler ? », which asks nobody."""

ADDRESS = re.compile(r"https?://\S+")

LASTING = (PRINTED, OF_MAIL, OF_TICKETS, OF_LAW, OF_DATA, BEWARE)
TIMELY = (PROMOTED, ENGAGED)
OF_ANY_MATTER = (OF_TICKETS, OF_LAW)
