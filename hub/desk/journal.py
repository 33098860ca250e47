"""What each button of the desk is called in the journal, and the line that stands or falls with what it did.

Tests hold this against the routes: none can escape.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from hub.desk.keys import CONCERNS, JOURNAL, LOOKED
from hub.web.keys import core, visitor

ACTS = {
    "/bureau/adresses/reessayer": "A demandé de réessayer une adresse",
    "/bureau/documents/{document}": "A décidé d’un document",
    "/bureau/comptes/{guardian}/ecrire": "A écrit à une personne",
    "/bureau/conversations/{thread}/repondre": "A répondu à une famille",
    "/bureau/conversations/{thread}/note": "A écrit une note interne",
    "/bureau/conversations/{thread}/suivre": "Suit une conversation",
    "/bureau/conversations/{thread}/confier": "A confié une conversation",
    "/bureau/conversations/{thread}/rendre": "Ne suit plus une conversation",
    "/bureau/conversations/{thread}/piece": "A demandé une pièce à une famille",
    "/bureau/conversations/{thread}/piece/{paper}/abandonner": "Ne demande plus une pièce",
    "/bureau/conversations/{thread}/classer": "A classé une conversation sans réponse",
    "/bureau/conversations/{thread}/rouvrir": "A rouvert une conversation",
    "/bureau/conversations/{thread}/reunir": "A réuni deux conversations",
    "/bureau/conversations/{thread}/plus-tard/{later}/annuler": "A annulé une réponse à envoyer plus tard",
    "/bureau/conversations/{thread}/plus-tard/{later}/envoyer": "A maintenu une réponse à envoyer plus tard",
    "/bureau/conversations/{thread}/transferer": "A transféré une conversation",
    "/bureau/envois/nouveau": "A préparé un envoi aux familles",
    "/bureau/envois/{mailing}/envoyer": "A lancé un envoi aux familles",
    "/bureau/envois/{mailing}/abandonner": "A abandonné un envoi aux familles",
    "/bureau/demandes/{request}": "A décidé d’une demande",
    "/bureau/demandes/{request}/annuler": "A annulé sa décision sur une demande",
    "/bureau/demandes/{request}/lire": "A lu une demande confidentielle",
    "/bureau/compte/mot-de-passe": "A changé son mot de passe",
    "/bureau/compte/appareils/autres": "A déconnecté ses autres appareils",
    "/bureau/compte/appareils/{session}": "A déconnecté un de ses appareils",
    "/bureau/compte/double-authentification": "A activé sa double authentification",
    "/bureau/compte/double-authentification/codes": "A renouvelé ses codes de secours",
    "/bureau/compte/double-authentification/desactiver": "A désactivé sa double authentification",
    "/bureau/comptes/{guardian}/provisoire": "A donné un mot de passe provisoire",
    "/bureau/comptes/{guardian}/double-authentification": "A retiré la double authentification d’une personne",
    "/bureau/comptes/{guardian}/rattacher": "A rattaché un compte à un dossier",
    "/bureau/comptes/{guardian}/adresse": "A changé l’adresse d’une personne",
    "/bureau/comptes/{guardian}/lettre": "A fait le courrier d’identifiants d’une personne",
    "/bureau/comptes/{guardian}/lettres": "A fait les courriers d’identifiants d’une famille",
    "/bureau/comptes/{guardian}/sante/{child}": "A lu des données sanitaires",
    "/bureau/non-remis/{mail}": "A relancé un e-mail non remis",
    "/bureau/import": "A importé des familles",
    "/bureau/comptes/{guardian}/export": "A remis les données d’une famille",
    "/bureau/comptes/{guardian}/effacer": "A effacé une famille",
    "/bureau/organisation/nouveau": "A ouvert un service",
    "/bureau/organisation/{service}/modifier": "A modifié un service",
    "/bureau/organisation/{service}/fermer": "A fermé un service",
    "/bureau/organisation/{service}/rouvrir": "A rouvert un service",
    "/bureau/organisation/{service}/ordre": "A déplacé un service dans la liste",
    "/bureau/organisation/{service}/themes/nouveau": "A ajouté un thème",
    "/bureau/organisation/{service}/themes/{theme}": "A modifié un thème",
    "/bureau/organisation/{service}/themes/{theme}/fermer": "A fermé un thème",
    "/bureau/organisation/{service}/themes/{theme}/rouvrir": "A rouvert un thème",
    "/bureau/organisation/{service}/themes/{theme}/ordre": "A déplacé un thème dans la liste",
    "/bureau/organisation/{service}/equipe": "A ajouté quelqu’un à un service",
    "/bureau/organisation/{service}/equipe/{agent}": "A changé la place de quelqu’un dans un service",
    "/bureau/organisation/{service}/equipe/{agent}/retirer": "A retiré quelqu’un d’un service",
    "/bureau/organisation/{service}/reponses/nouvelle": "A écrit une réponse type",
    "/bureau/organisation/{service}/reponses/{answer}": "A modifié une réponse type",
    "/bureau/organisation/{service}/reponses/{answer}/supprimer": "A supprimé une réponse type",
    "/bureau/organisation/{service}/reponses/{answer}/ordre": "A déplacé une réponse type dans la liste",
    "/bureau/organisation/agents/nouveau": "A ajouté un agent",
    "/bureau/organisation/agents/{agent}/modifier": "A modifié le compte d’un agent",
    "/bureau/organisation/agents/{agent}/lien": "A envoyé un lien de mot de passe à un agent",
    "/bureau/organisation/agents/{agent}/nommer": "A nommé un administrateur",
    "/bureau/organisation/agents/{agent}/demettre": "A retiré le droit d’administrateur",
    "/bureau/organisation/agents/{agent}/depart": "A enregistré le départ d’un agent",
    "/bureau/organisation/actualites/nouvelle": "A écrit une actualité",
    "/bureau/organisation/actualites/{news}": "A modifié une actualité",
    "/bureau/organisation/actualites/{news}/supprimer": "A supprimé une actualité",
    "/bureau/organisation/actualites/{news}/ordre": "A déplacé une actualité dans la liste",
    "/bureau/quarantaine/ecarter": "A écarté des e-mails en quarantaine",
    "/bureau/quarantaine/remettre": "A remis des e-mails en quarantaine",
    "/bureau/quarantaine/{mail}/publier": "A publié un e-mail en quarantaine",
    "/bureau/quarantaine/{mail}/rejouer": "A fait relire un e-mail en quarantaine",
    "/bureau/quarantaine/{mail}/ecarter": "A écarté un e-mail en quarantaine",
    "/bureau/quarantaine/{mail}/refuser": "A refusé un e-mail en quarantaine, avec une réponse",
    "/bureau/quarantaine/{mail}/remettre": "A remis un e-mail en quarantaine",
}
_THINGS = {
    "document": "document", "guardian": "responsable", "thread": "conversation", "paper": "pièce",
    "later": "réponse", "mailing": "envoi",
    "request": "demande", "child": "enfant", "mail": "e-mail",
    "service": "service", "theme": "thème", "agent": "agent", "answer": "réponse type", "news": "actualité",
}  # fmt: skip


@asynccontextmanager
async def acting(request: web.Request) -> AsyncIterator[None]:
    """Around what an agent does: it and its line in the journal in one transaction, so that neither is without the
    other. No network in it (see `record`), and no try that counts even when it fails: a refusal undoes all of it."""
    async with core(request).db.transaction():
        yield
        await record(request)


async def record(request: web.Request) -> None:
    """The line alone. For what has slow parts that no transaction may wait for: it calls this in its own."""
    who = visitor(request)
    if who is not None and who.agent and not request.get(LOOKED):
        await request.app[JOURNAL].add(who.agent, who.name, act(request), about(request))


def act(request: web.Request) -> str:
    """What was done, in words."""
    resource = request.match_info.route.resource
    return ACTS.get(resource.canonical if resource else "", request.path)


def about(request: web.Request) -> str:
    """What it was about: by number, so that nobody's name is kept who is erased."""
    things = [f"{_THINGS[name]} {value}" for name, value in request.match_info.items() if name in _THINGS]
    return ", ".join(filter(None, (*things, request.get(CONCERNS, ""))))
