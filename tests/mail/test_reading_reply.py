"""What is new in a reply, in the plain text forms that programs give it."""

import pytest

from hub.mail import parse, reply

QUOTE = "\n\nLe 12 mars 2024 à 10:12, Espace famille <x@hub.example> a écrit :\n\n> Bonjour\n> Une question\n"
BELOW = "\n\nAncien texte ici.\nEncore une ligne."

CASES = [
    ("une attribution et sa citation", "Oui." + QUOTE, "Oui."),
    ("seulement OK", "OK", "OK"),
    (
        "attribution citée (iPhone)",
        "OK\n\nEnvoyé de mon iPhone\n\n> Le 5 oct. 2026 à 21:03, P <p@e.fr> a écrit :\n> \n> x",
        "OK",
    ),
    (
        "attribution sans marque de citation",
        "Oui\n\nLe 29 sept. 2026 à 14:13, D. Royer <d@e.fr> a écrit :" + BELOW,
        "Oui",
    ),
    (
        "attribution sur deux lignes",
        "Oui\n\nLe lun. 12 mars 2024 à 10:12, Service de la ville <x@e.fr> a\nécrit :\n\n> a",
        "Oui",
    ),
    ("attribution de Yahoo", "Oui\n\nLe lundi 12 mars 2024 à 08:43:00 UTC+1, J <j@e.fr> a écrit :" + BELOW, "Oui"),
    ("attribution de SOGo", "Oui\n\nLe Mardi, Mars 12, 2024 10:12 CET, J <j@e.fr> a écrit: \n \n> x", "Oui"),
    ("attribution anglaise", "Oui\n\nOn Mon, Oct 5, 2026 at 6:42\u202fPM Sam <s@e.org>\nwrote:\n\n> x", "Oui"),
    ("attribution date à la fin", "Oui\n\nJean Dupont <j@e.fr> a écrit le 12/03/2024 10:12 :\n> x", "Oui"),
    (
        "bloc d'Outlook",
        "Oui\n________________________________\nDe : H <x@h>\nEnvoyé : lundi 12 mars 2024 10:12\nÀ : N\nObjet : x"
        + BELOW,
        "Oui",
    ),
    ("bloc sans trait", "Oui\n\nDe : H <x@h>\nEnvoyé : lundi 12 mars 2024 10:12\nÀ : N\nObjet : x" + BELOW, "Oui"),
    (
        "message d'origine",
        "Oui\n\n-----Message d'origine-----\nDe : H\nEnvoyé : lundi\nÀ : N\nObjet : x" + BELOW,
        "Oui",
    ),
    ("mail original (Zimbra)", 'Oui\n\n----- Mail original -----\nDe: "H" <x>\nÀ: "N"\nObjet: x' + BELOW, "Oui"),
    ("message du (Orange)", 'Oui\n\n> Message du 12/03/24 10:12\n> De : "H" <x>\n> A : n\n> Objet : x\n>\n> a', "Oui"),
    (
        "Mailo",
        "Oui\n---- Message d'origine ----\n> De : H <x>\n> Sujet : x\n> Copie à : a;\n>       b;\n> \n> a",
        "Oui",
    ),
    (
        "Samsung",
        "Oui\n\n-------- Message d'origine --------\nDe : H\nDate : 29/09/2026 14:31\nÀ : J\nObjet : x" + BELOW,
        "Oui",
    ),
    ("Notes", 'Oui\n\nDe :        "H" <x>\nA :        n\nDate :        12/03/2024\nObjet :        x' + BELOW, "Oui"),
    ("Outlook mobile", "Oui\n\nTélécharger Outlook pour iOS<https://aka.ms/o0ukef>\n", "Oui"),
    ("Zimbra", "Oui\n\nEnvoyé par Zimbra\n" + QUOTE, "Oui"),
    ("un téléphone et des fautes", "Oui\n\nDésolé pour les fautes, envoyé de mon téléphone\n" + QUOTE, "Oui"),
    ("Orange mobile", "Oui\n\nEnvoyé depuis l'application Mail Orange\n" + QUOTE, "Oui"),
    (
        "transfert de Gmail",
        "Vois.\n\n---------- Forwarded message ---------\nDe : O <o@e>\nDate: x\nTo: y\n\nLe corps",
        "Vois.",
    ),
    ("transfert d'Apple", "Vois.\n\nDébut du message réexpédié :\n\n> De: X\n> Objet: y\n>\n> corps", "Vois."),
    (
        "transfert de Thunderbird",
        "Vois.\n\n-------- Message transféré --------\nSujet : \tx\nDe : \tG\n\ncorps",
        "Vois.",
    ),
    ("réponses entre les citations", "> Lundi ?\n\nOui, à 9h.\n\n> Et mardi ?\n\nNon.\n", "Oui, à 9h.\n\nNon."),
    ("réponse sous la citation", "Le 12/03/2024 à 10:12, H a écrit :\n> Lundi ?\n\nOui bien sûr.", "Oui bien sûr."),
    ("ligne d'aide", "Oui.\n\n##- Veuillez répondre au-dessus de cette ligne -##" + BELOW, "Oui."),
    ("signature délimitée", "C'est noté.\n\n-- \nNora PETIT\nService enfance" + QUOTE, "C'est noté."),
    (
        "signature après la formule",
        "C'est noté.\n\nCordialement,\n\nNora PETIT\nResponsable du service enfance\nTél. : 01 23 45 67 89" + QUOTE,
        "C'est noté.\n\nCordialement,",
    ),
    ("prénom après la formule", "C'est noté.\n\nCordialement,\nNora" + QUOTE, "C'est noté.\n\nCordialement,\nNora"),
    ("mention légale", "Oui.\n\nCe message et ses pièces jointes sont confidentiels et destinés à..." + QUOTE, "Oui."),
    ("mention écologique", "Oui.\n\nP Pensez à l'environnement avant d'imprimer ce message", "Oui."),
    (
        "post-scriptum sous la signature",
        "Oui.\n\nBien cordialement,\n\nJean Dupont\n06 12 34 56 78\n\nPS : me rappeler ?",
        "Oui.\n\nBien cordialement,\n\nPS : me rappeler ?",
    ),
    (
        "Orange, la date d'abord",
        "Oui\n\nenvoyé : 16 mars 2021 à 16:46\nde : X <x@y>\nà : z\nobjet : foo" + BELOW,
        "Oui",
    ),
    ("iNotes", 'Oui\n\n-----"Nora" <n@x> a écrit : -----\nA : z\nDe : n\nDate : 12/03/2024' + BELOW, "Oui"),
    ("Notes, en-tête d'une ligne", "Oui\n\nNora Petit ---12/03/2024 10:12:45---Bonjour\n\nDe : n" + BELOW, "Oui"),
    ("bandeau d'une passerelle", "[EXTERNE]\n\nBonjour,\nOui.", "Bonjour,\nOui."),
    ("bandeau en phrases", "ATTENTION : ce message provient de l'extérieur.\n\nOui.", "Oui."),
    ("attribution de mutt", "Oui\n\nLe Tue, Mar 12, 2024 at 11:39:30PM +0100, Nora Petit a écrit :\n> x", "Oui"),
    ("mutt, le nom d'abord", "Oui\n\nNora Petit, le mar. 12 mars 2024 10:12:45 +0100, a ecrit:\n> x", "Oui"),
    ("attribution tchèque", "Ano\n\nDne 12.3.2024 10:12, Nora Petit napsal(a):\n> x", "Ano"),
    ("Evolution en tchèque", "Ano\n\nNora Petit píše v Út 12. 03. 2024 v 10:12 +0100: \n> x", "Ano"),
    (
        "en-tête dont la date est « Le »",
        "Oui\n\nLe : 12 mars 2024 à 10:12 (GMT +01:00)\nDe : H <x@h>\nÀ : N <n@e>\nObjet : x" + BELOW,
        "Oui",
    ),
    (
        "une adresse écrite entre deux citations",
        "Le 12/03/2024 à 10:12, H a écrit :\n> À qui écrire ?\n\nÀ Mme Petit <n@e.fr>\n\n> Et pour Léo ?\n",
        "À Mme Petit <n@e.fr>",
    ),
    ("seulement la ligne de l'appareil", "Envoyé de mon iPhone", ""),
]

KEPT = [
    "De : ma part à tous, bonne année.\n\nEt merci.",
    "La directrice m'a écrit :\nvenez demain.\n\nQu'en pensez-vous ?",
    "Bonjour,\nLe 12 mars 2024, la directrice a écrit :\nvenez demain.\nMerci",
    "Mes coordonnées :\n\nJean Dupont\n12 rue des Lilas\n57000 Metz\n06 12 34 56 78",
    "Merci\nPouvez-vous me rappeler au 06 12 34 56 78 ?",
    "Réunion :\n- lundi\n- mardi\n\n--- \nAutre point : ok",
    "La liste :\n----------\nJean\nPaul\n----------\nMerci",
    "-- \nNora",
    "Date : 12 mars\nDe 8h à 12h\nObjet : sortie\n\nMerci",
    "Je souhaite savoir si ce mail est bien arrivé de l'extérieur.\n\nMerci",
]


def trimmed(text: str) -> reply.Reply:
    return reply.trim(parse.read(b"Content-Type: text/plain; charset=utf-8\n\n" + text.encode()))


@pytest.mark.parametrize(("text", "new"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_only_what_is_new_is_shown(text: str, new: str) -> None:
    assert trimmed(text).text.split() == new.split()


@pytest.mark.parametrize("text", KEPT)
def test_words_that_only_look_like_history_stay(text: str) -> None:
    assert trimmed(text).text.split() == text.split()
    assert trimmed(text + QUOTE).text.split() == text.split()


@pytest.mark.parametrize("text", [case[1] for case in CASES], ids=[case[0] for case in CASES])
def test_nothing_anyone_wrote_is_lost(text: str) -> None:
    found = trimmed(text)
    assert sorted((found.text + " " + found.rest).split()) == sorted(text.split())


def test_a_reply_written_below_an_unmarked_history_is_kept_whole() -> None:
    text = "De : H <x@h>\nEnvoyé : lundi 12 mars 2024 10:12\nÀ : N\nObjet : x\n\nQuestion ?\n\nMa réponse est oui."
    assert "Ma réponse est oui." in trimmed(text).text


def test_what_is_shown_below_an_unmarked_history_has_no_address_of_anybody() -> None:
    text = "De : H <x@h.example>\nEnvoyé : lundi 12 mars 2024 10:12\nÀ : N\nObjet : x\n\nQuestion ?\n\nMa réponse."
    assert "x@h.example" not in trimmed(text).text


def test_a_reply_of_history_alone_is_empty() -> None:
    assert trimmed(QUOTE).text == ""


def test_the_plain_text_decides_where_the_html_marks_nothing() -> None:
    both = (
        b"Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n"
        + ("Oui." + QUOTE).encode()
        + b"\n--b\nContent-Type: text/html; charset=utf-8\n\n<p>Oui.</p><p>Bonjour</p><p>Une question</p>\n--b--"
    )
    assert reply.trim(parse.read(both)).text == "Oui."


@pytest.mark.long
def test_no_mark_of_ours_is_shown_however_long_the_mail() -> None:
    html = b"<p>Oui</p><blockquote>non</blockquote><p class=gmail_signature>Nora</p>\n" * 4_000
    shown = reply.trim(parse.read(b"Subject: x\nContent-Type: text/html\n\n" + html))
    assert "non" in shown.text
    assert not set(shown.text + shown.rest) & set("\x02\x03\x04\x05")


def test_a_new_mail_may_use_the_quote_mark_for_its_own_ends() -> None:
    text = "Bonjour,\n\nVoici où j'ai cherché :\n\n> Mon compte > Famille\n\nEst-ce bien là ?"
    assert trimmed(text).text == text
    answer = parse.read(f"Subject: Re: x\nContent-Type: text/plain; charset=utf-8\n\n{text}".encode())
    assert "Famille" not in reply.trim(answer).text
    assert trimmed("> 3 enfants, donc tarif réduit ?\n\nZoé").text == "> 3 enfants, donc tarif réduit ?\n\nZoé"


@pytest.mark.parametrize(
    ("text", "new"),
    [
        (
            "Nos choix :\n> lundi et mardi\n> jamais le jeudi\n\nMerci",
            "Nos choix :\n> lundi et mardi\n> jamais le jeudi\n\nMerci",
        ),
        ("Vous demandez :\n> Une question\n\nOui.", "Vous demandez :\n\nOui."),
    ],
)
def test_quote_marks_of_the_writer_stay_above_a_history_that_does_not_say_the_same(text: str, new: str) -> None:
    answer = parse.read(f"Subject: Re: x\nContent-Type: text/plain; charset=utf-8\n\n{text}{QUOTE}".encode())
    assert reply.trim(answer).text == new


def test_an_endless_line_in_a_signature_is_no_trouble() -> None:
    assert trimmed("Oui.\n\nCordialement,\n\n" + ("a@" * 200_000 + "\n") * 4).text.startswith("Oui.")


LOGO, SHOWN = '<img src="cid:logo@ville">', '<img src="cid:plan@ville">'
HISTORY = (
    '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">'
    "<b>De&nbsp;:</b> Espace famille &lt;x@hub.example&gt;<br><b>Envoyé&nbsp;:</b> mardi 12 mars 2024 09:58<br>"
    "<b>À&nbsp;:</b> Nora<br><b>Objet&nbsp;:</b> Cantine</p></div></div><p>Bonjour</p>"
)
SIGNED = (
    f"<p>Cordialement,</p><table><tr><td>{LOGO}</td><td><p>Nora PETIT</p><p>Service Enfance</p><p>03 87 00 11 22</p>"
    "</td></tr></table>"
)
PHONE = "<div>Envoyé de mon iPhone</div>"


@pytest.mark.parametrize(
    ("html", "decoration"),
    [
        (f"<p>C'est noté.</p>{SIGNED}{HISTORY}", {"logo@ville"}),
        (f"<p>Voici le plan.</p><p>{SHOWN}</p>{SIGNED}{HISTORY}", {"logo@ville"}),
        (f"<p>C'est noté.</p>{HISTORY}<p>{LOGO}</p>", {"logo@ville"}),
        (f"<p>Voici le plan.</p><p>{SHOWN}</p>{HISTORY}", set()),
        (f"<p>Voici le plan.</p><p>{SHOWN}</p>{PHONE}{HISTORY}", set()),
        (f"<p>{SHOWN}</p>", set()),
        (f"<p>{SHOWN}</p>{SIGNED}", {"logo@ville"}),
        (f'<div class="gmail_signature">Nora<br>{LOGO}</div>', {"logo@ville"}),
    ],
    ids=["logo", "plan et logo", "cité", "plan", "plan d'un téléphone", "plan seul", "plan sans mot", "Gmail"],
)
def test_a_logo_is_decoration_and_a_picture_shown_is_none(html: str, decoration: set[str]) -> None:
    pictures = "".join(
        f"\n--b\nContent-Type: image/png\nContent-ID: <{name}@ville>\nContent-Disposition: inline\n\nx"
        for name in ("logo", "plan")
        if f"cid:{name}" in html
    )
    raw = (
        "From: Nora Petit <nora@ville.example>\nSubject: Re: Cantine\nIn-Reply-To: <a@b>\n"
        'Content-Type: multipart/related; boundary="b"\n\n'
        f"--b\nContent-Type: text/html; charset=utf-8\n\n{html}{pictures}\n--b--\n"
    )
    assert reply.decoration(parse.read(raw.encode())) == decoration
