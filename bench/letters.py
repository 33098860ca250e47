"""What people write in the measured town, and the mails that carry it."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from email.policy import SMTP
from random import Random

_WORDS = (  # noqa: SIM905 (read as the sentences they are)
    "Bonjour Madame Monsieur je vous écris au sujet de la cantine et de l’accueil du soir pour mes enfants Léo Zoé qui "
    "ne pourront pas venir lundi mardi jeudi vendredi prochain parce que nous serons en déplacement famille semaine "
    "vacances scolaires réservation inscription facture quotient familial attestation assurance certificat médecin "
    "régime allergie repas absence remboursement école maternelle élémentaire directrice animateur mercredi centre "
    "loisirs garderie étude surveillée dossier pièce jointe justificatif domicile impôt portail mairie service rendez "
    "merci par avance cordialement pourriez confirmer date limite délai tarif prélèvement moyen paiement chèque carte"
).split()


def text_of(number: int) -> str:
    """The `number`-th text: one to three paragraphs, some 300 characters, always the same."""
    luck = Random(number)
    paragraphs = [" ".join(luck.choices(_WORDS, k=luck.randint(12, 35))) for _ in range(luck.randint(1, 3))]
    return "\n\n".join(f"{paragraph.capitalize()}." for paragraph in paragraphs)


def title_of(number: int) -> str:
    """The `number`-th subject."""
    return " ".join(Random(-number).choices(_WORDS, k=5)).capitalize()


TEXTS = [text_of(number) for number in range(400)]


def mail_of(number: int, sender: str, recipient: str, authserv: str, texts: int = 1, signed: bool = False) -> bytes:
    """An agent's answer as clients write it, 2 to 3 kB: history below; every second one with an HTML part.

    `texts`: how many each side has written; `signed`: with a signature of DKIM, as hosts add it.
    """
    message = EmailMessage(policy=SMTP)
    domain = sender.rpartition("@")[2]
    if signed:
        message["DKIM-Signature"] = _signature(domain, Random(number))
    message["Authentication-Results"] = f"{authserv}; dmarc=pass header.from={domain}"
    for hop in range(3):
        message["Received"] = f"from mx{hop}.{domain} by mx.hub.test with ESMTPS; Thu, 22 Oct 2026 10:00:0{hop} +0200"
    message["From"], message["To"] = f"Nora Lambert <{sender}>", recipient
    message["Subject"] = f"Re: {title_of(number % 50)}"
    message["Date"] = "Thu, 22 Oct 2026 10:00:00 +0200"
    message["Message-ID"] = f"<bench-{number}@{domain}>"
    message["In-Reply-To"] = message["References"] = f"<question-{number}@hub.test>"
    # no two alike: the third time the same words come within a day, it is a machine that writes
    new, old = f"{_texts(number, texts)} ({number})", _texts(number + texts, texts)
    quoted = "\n".join(f"> {line}" for line in old.splitlines())
    message.set_content(f"{new}\n\nLe jeu. 22 oct. 2026 à 09:58, Portail a écrit :\n{quoted}\n", cte="quoted-printable")
    if number % 2:
        message.add_alternative(
            f'<div dir="ltr">{_html(new)}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
            "Le jeu. 22 oct. 2026 à 09:58, Portail a écrit :<br></div>"
            f'<blockquote class="gmail_quote" style="margin:0 0 0 .8ex">{_html(old)}</blockquote></div>',
            subtype="html",
            cte="quoted-printable",
        )
    return message.as_bytes()


def _texts(number: int, count: int) -> str:
    return "\n\n".join(TEXTS[(number + place) % len(TEXTS)] for place in range(count))


def _signature(domain: str, luck: Random) -> str:
    """The shape of one, made of nothing."""
    body, signed = (base64.b64encode(luck.randbytes(length)).decode() for length in (32, 256))
    folded = " ".join(signed[at : at + 64] for at in range(0, len(signed), 64))
    fields = "from:to:subject:date: message-id:in-reply-to:references: mime-version:content-type"
    return f"v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=mail; t=1792656000; h={fields}; bh={body}; b={folded}"


def _html(text: str) -> str:
    return "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n"))
