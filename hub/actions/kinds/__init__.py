"""Every kind of request. A new one is one file, one line here, and its slug among the settings (`RequestKind`)."""

from __future__ import annotations

from hub.actions.kinds.authorisations import Authorisations
from hub.actions.kinds.bank import Bank
from hub.actions.kinds.base import Kind
from hub.actions.kinds.caf import Caf
from hub.actions.kinds.certificate import TaxCertificate
from hub.actions.kinds.guardians import Partner, Responsible
from hub.actions.kinds.health import Health
from hub.actions.kinds.link import DossierLink
from hub.actions.kinds.new_child import NewChild
from hub.actions.kinds.paper import Paper
from hub.actions.kinds.taxes import Taxes

KINDS: tuple[Kind, ...] = (
    Responsible(),
    Partner(),
    Taxes(),
    Caf(),
    Bank(),
    TaxCertificate(),
    NewChild(),
    Authorisations(),
    Health(),
    Paper(),
    DossierLink(),
)
BY_SLUG = {kind.slug: kind for kind in KINDS}


def title(slug: str) -> str:
    """What requests of a kind are called; one that is no more keeps its slug."""
    kind = BY_SLUG.get(slug)
    return kind.title if kind else slug
