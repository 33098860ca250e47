"""The agents' door."""

from __future__ import annotations

from hub.desk import show
from hub.desk.journal import acting
from hub.web.doors import Door
from hub.web.pages.login import local

HOME = "/bureau/quarantaine"
START = "/bureau/conversations"  # what waits for an answer
LOGIN = "/bureau/connexion"
ROOT = "/bureau/"


def inside(url: str) -> str:
    """`url` when it is a page of the desk, else the desk's first."""
    return url if local(url) == url and url.startswith(ROOT) else START


AGENTS = Door(
    for_agents=True,
    base="desk/base.html",
    page=show.page,
    inside=inside,
    login=LOGIN,
    logout="/bureau/deconnexion",
    account="/bureau/compte",
    devices="/bureau/compte/appareils",
    factor="/bureau/compte/double-authentification",
    code="/bureau/code",
    provisional="/bureau/mot-de-passe-provisoire",
    renewal="/bureau/compte/mot-de-passe",
    acting=acting,
)
