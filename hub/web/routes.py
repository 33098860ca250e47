"""Every address of the parents' door."""

from __future__ import annotations

from aiohttp import web

from hub.web.doors import PARENTS
from hub.web.guard import guardian, writer
from hub.web.pages import (
    account,
    activation,
    address,
    documents,
    dossier,
    drafts,
    files,
    folders,
    home,
    legal,
    live,
    login,
    preferences,
    public,
    register,
    release,
    renewal,
    requests,
    static,
    terms,
    thread,
    write,
)
from hub.web.pages.change import AnotherPassword
from hub.web.pages.devices import Devices
from hub.web.pages.factor import Factor
from hub.web.pages.provisional import OwnPassword

MAILBOX = "/messagerie"
THREAD = MAILBOX + "/{thread:[0-9]{1,18}}"
FILE = "/pieces/{file:[0-9]{1,18}}"
CHILD = "/enfants/{child:[0-9]{1,18}}"
DRAFT = MAILBOX + "/brouillon"
KEY = "/{key:[A-Za-z0-9_.-]{1,80}}"
SESSION = "/{session:[0-9]{1,18}}"
LINK = "/{token:[A-Za-z0-9_-]{1,100}}"


def routes() -> list[web.RouteDef]:
    """All of them. A GET changes nothing, but for the count of what its reader has not read."""
    return [
        web.get("/", guardian(home.show)),
        *entrance(),
        *own_account(),
        *family_file(),
        *mailbox(),
        *asked(),
        web.get("/courriel" + LINK, release.ask),
        web.post("/courriel" + LINK, release.confirm),
        web.get("/fichier" + LINK, files.linked),
        web.get(public.DOWNLOADS, public.listing),
        web.get(public.DOWNLOADS + "/{number:[0-9]{1,4}}", public.download),
        web.get(public.PICTURES + "/{picture:.+}", public.picture),
        web.get("/aide", legal.help_page),
        web.get("/mentions-legales", legal.notices),
        web.get("/accessibilite", legal.accessibility),
        web.get("/static/{version}/{name}", static.show),
    ]


def entrance() -> list[web.RouteDef]:
    """Coming in, going out, and getting a way in."""
    return [
        web.get("/connexion", login.show),
        web.post("/connexion", login.enter),
        web.get(PARENTS.terms, PARENTS.owing("terms", terms.show)),
        web.post(PARENTS.terms, PARENTS.owing("terms", terms.accept)),
        web.post("/deconnexion", login.leave),
        web.get("/inscription", register.show),
        web.post("/inscription", register.go_on),
        web.get("/inscription/merci", register.thanks),
        web.post("/inscription/renvoyer", register.resend),
        web.get("/inscription/{step}", register.show),
        web.post("/inscription/{step}", register.go_on),
        web.get("/activation" + LINK, activation.ask),
        web.post("/activation" + LINK, activation.activate),
        web.get("/mot-de-passe-oublie", renewal.ask),
        web.post("/mot-de-passe-oublie", renewal.send),
        web.get("/nouveau-mot-de-passe" + LINK, renewal.show),
        web.post("/nouveau-mot-de-passe" + LINK, renewal.renew),
    ]


def family_file() -> list[web.RouteDef]:
    """What the town knows of a family, and its papers."""
    return [
        web.get("/dossier", guardian(dossier.show)),
        web.post("/dossier/coordonnees", guardian(dossier.set_contact, "/dossier")),
        web.post("/dossier/banque", guardian(dossier.set_bank, "/dossier")),
        web.get("/documents", guardian(documents.show)),
        web.get("/documents/envoyer", guardian(documents.ask)),
        web.post("/documents/envoyer", writer(documents.send)),
        web.get("/documents/{document:[0-9]{1,18}}", guardian(documents.download)),
        web.get("/enfants", guardian(dossier.children)),
        web.get(CHILD, guardian(dossier.child)),
        web.post(f"{CHILD}/autorises", guardian(dossier.add_collector, "/enfants/{child}")),
        web.post(CHILD + "/autorises/{collector:[0-9]{1,18}}/retirer", guardian(dossier.drop_collector)),
        web.post(f"{CHILD}/sante", guardian(dossier.set_health, "/enfants/{child}")),
    ]


def asked() -> list[web.RouteDef]:
    """What a family asks for, and the link by which a service decides."""
    form = requests.NEW + "/{kind:[a-z]{1,40}}"
    return [
        web.get(requests.PAGE, guardian(requests.listing)),
        web.get(requests.NEW, guardian(requests.choose)),
        web.get(form, guardian(requests.show)),
        web.post(form, guardian(requests.send, requests.NEW + "/{kind}")),
        web.post(requests.PAGE + "/{request:[0-9]{1,18}}/retirer", guardian(requests.withdraw)),
        web.get("/decision" + LINK, requests.ask),
        web.post("/decision" + LINK, requests.decide),
    ]


def mailbox() -> list[web.RouteDef]:
    """The messages."""
    return [
        web.get(MAILBOX, guardian(folders.received)),
        web.get(f"{MAILBOX}/envoyes", guardian(folders.sent)),
        web.get(f"{MAILBOX}/supprimes", guardian(folders.deleted)),
        web.get(f"{MAILBOX}/recherche", guardian(folders.search)),
        web.get(f"{MAILBOX}/flux", guardian(live.listen), allow_head=False),
        web.get(f"{MAILBOX}/nouveau", guardian(write.show)),
        web.post(f"{MAILBOX}/nouveau", writer(write.send)),
        web.post(DRAFT, writer(drafts.keep)),
        web.post(DRAFT + KEY + FILE + "/retirer", writer(drafts.drop)),
        web.post(f"{DRAFT}{KEY}/supprimer", writer(drafts.discard)),
        web.get(THREAD, guardian(thread.show)),
        web.get(f"{THREAD}/envoye", guardian(write.sent)),
        web.post(f"{THREAD}/repondre", writer(thread.answer)),
        web.post(f"{THREAD}/supprimer", guardian(thread.delete)),
        web.post(f"{THREAD}/restaurer", guardian(thread.restore)),
        web.get(THREAD + FILE, guardian(files.show)),
    ]


def own_account() -> list[web.RouteDef]:
    """Mon compte, and what may be owed before anything else is seen."""
    devices, factor, password = Devices(PARENTS), Factor(PARENTS), OwnPassword(PARENTS)
    another = AnotherPassword(PARENTS)
    return [
        web.get(PARENTS.code, PARENTS.owing("totp", factor.ask)),
        web.post(PARENTS.code, PARENTS.owing("totp", factor.answer)),
        web.get(PARENTS.provisional, PARENTS.owing("password", password.show)),
        web.post(PARENTS.provisional, PARENTS.owing("password", password.choose)),
        web.get(PARENTS.renewal, guardian(another.show)),
        web.post(PARENTS.renewal, guardian(another.change)),
        web.get(PARENTS.account, guardian(account.show)),
        web.get(PARENTS.devices, guardian(devices.listing)),
        web.post(f"{PARENTS.devices}/autres", guardian(devices.end_others)),
        web.post(f"{PARENTS.devices}{SESSION}", guardian(devices.end)),
        web.get(PARENTS.factor, guardian(factor.show)),
        web.post(PARENTS.factor, guardian(factor.enrol)),
        web.post(f"{PARENTS.factor}/codes", guardian(factor.renew)),
        web.post(f"{PARENTS.factor}/desactiver", guardian(factor.turn_off)),
        web.get(preferences.PAGE, guardian(preferences.show)),
        web.post(preferences.PAGE, guardian(preferences.choose)),
        web.get(address.PAGE, guardian(address.show)),
        web.post(address.PAGE, guardian(address.ask)),
        web.post(f"{address.PAGE}/annuler", guardian(address.cancel)),
        web.get("/adresse" + LINK, address.look),
        web.post("/adresse" + LINK, address.confirm),
    ]
