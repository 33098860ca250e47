"""Every page there is, in a town where things have happened."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web
from playwright.async_api import expect

from hub.accounts.models import Account
from hub.actions.requests import Decided
from hub.core.errors import Conflict, Forbidden, Refused, TooLarge, TooOften
from hub.demo import files as drawn
from hub.dossier.models import Child, Collector
from hub.mail import failures
from hub.mail.compose import File
from hub.mail.gravity import Gravity
from hub.mail.models import InboundMail
from hub.mailbox.asking import OTHER
from hub.mailbox.asking import Typed as Paper
from hub.mailbox.sniff import content_type
from hub.mailbox.threads import Author, StoredFile
from tests.browser.visitor import NEW, Visitor
from tests.cast import KARIM, MARIE, NORA, PASSWORD, Town
from tests.web.test_mailbox import answered
from tests.web.test_release import held_link

LONG = "Anticonstitutionnellement" * 5
ADDRESS = "https://ville.example/" + "tres-long-" * 20
NEWCOMER = "arnaud@famille.test"
ERRORS: dict[int, Exception] = {
    403: Forbidden(""),
    404: web.HTTPNotFound(),
    409: Conflict(""),
    413: TooLarge(""),
    422: Refused(""),
    429: TooOften("", 120),
    500: RuntimeError("broken on purpose"),
    503: OSError("broken on purpose"),
}


@dataclass(frozen=True)
class Lived:
    """What has happened: ids of threads, the link that releases a held mail, the mail in quarantine."""

    talk: int
    gone: int
    unread: int
    link: str
    held: int
    child: int
    guardian: int
    asked: int  # thread with a request that waits
    decision: str  # the link that decides on it


Stop = tuple[str, Callable[[Visitor, Lived], Awaitable[None]]]


async def live(town: Town) -> Lived:
    """Conversations of every kind, a draft, mail that is held."""
    link = await held_link(town)
    talk = await _talk(town)
    gone = await town.write("Bonjour, à supprimer.", subject="Absence de mercredi")
    await town.hub.lists.delete(town.account().id, [gone.thread_id])
    unread = await town.write(f"Bonjour {LONG} {ADDRESS}", subject=f"Facture {LONG}", service="scolaire")
    await answered(town, unread, f"Voir {ADDRESS}")
    await town.hub.people.add_agent("Nora Lambert", NORA, PASSWORD, ("n.lambert@ville.test",))
    await town.arrive(town.fresh("inconnu@ailleurs.test", "periscolaire@hub.test", "Devis", "Bonjour, un devis ?"))
    held = await InboundMail.get(subject="Devis")
    for gravity in (Gravity.soft, Gravity.hard):
        await failures.mark(town.hub.core, NORA, gravity, "bounce", "5.1.1", f"550 5.1.1 <{NORA}> {LONG}")
    draft = await town.hub.drafts.begin(town.account().id)
    await _attach(town, draft, drawn.certificate())
    await town.hub.drafts.save(draft, await town.typed("Pas encore fini", subject="Études"))
    child = await Child.create(family_id=town.account().family_id, first_name=LONG[:80], last_name=LONG[:80])
    await Collector.create(child=child, name=LONG[:120], phone="06 01 02 03 04")
    await _papers(town, child)
    guardian = town.account().guardian_id
    assert guardian
    await town.hub.files.set_health(guardian, child.id, {"allergies": f"Arachide\n{LONG}"})
    asked, decision = await _asked(town, child.id)
    agent, service = await town.agent(NORA), (await town.hub.directory.choices())[0].id
    by = Author(agent.name, agent=agent.id)
    await town.hub.mailings.draft(by, service, LONG[:150], LONG, {}, ())
    await _organised(town, service)
    await Account.filter(id=town.account().id).update(email=f"{LONG[:60]}@famille.test")
    return Lived(talk, gone.thread_id, unread.thread_id, link, held.id, child.id, guardian, asked, decision)


async def _organised(town: Town, service: int) -> None:
    """What Organisation shows, in long words, and somebody who is gone."""
    canned = town.hub.canned
    for name in (LONG[:80], "Bien reçu"):
        await canned.add(service, {"nom": name, "texte": f"Bonjour famille {{famille}},\n\n{LONG}"})
    await town.hub.news.add(
        {"titre": LONG[:120], "texte": f"Bientôt {LONG}", "lien": ADDRESS[:400], "debut": "2030-01-01"}
    )
    await town.hub.news.add({"titre": "Passée", "texte": "Avant", "fin": "2020-01-01"})
    await town.hub.services.add_theme(service, {"nom": LONG[:120], "silence": LONG, "mois": "1"})
    await town.hub.services.add_theme(service, {"nom": "Fermé"})
    closed = (await town.hub.services.themes(service))[-1]
    await town.hub.services.close_theme(service, closed.id)
    await town.hub.services.open({"nom": LONG[:120], "description": LONG})
    gone = await town.hub.staff.engage({"nom": LONG, "email": f"{LONG[:50]}@ville.test"}, "Nora Lambert", service)
    await town.hub.staff.leave(gone.id, 0)


async def _asked(town: Town, child: int) -> tuple[int, str]:
    """One refused with a long reason, one that waits: what carries it, and the link of the service's mail."""
    guardian, agent, typed = town.account().guardian_id, await town.agent(NORA), {"nom": LONG[:80], "prenom": "Marie"}
    assert guardian
    first = await town.hub.requests.submit(town.sender(), guardian, "sante", child, {"allergies": "Lait"}, "un")
    [found] = await town.hub.requests.in_thread(first)
    await town.hub.requests.decide(found.id, Decided(False, LONG), Author(agent.name, agent=agent.id), "desk")
    second = await town.hub.requests.submit(town.sender(), guardian, "responsable", 0, typed, "deux")
    await town.hub.settle()
    by, day = Author(agent.name, agent=agent.id), town.clock.now() + timedelta(days=9)
    wanted = Paper(OTHER, LONG[:120], day.date().isoformat(), LONG)
    await town.hub.asking.ask(by, second, wanted, "paper")
    await town.hub.later.keep(by, second, LONG, (), "later", day, 0)
    link = re.search(r"/decision/[\w-]+", town.mails(KARIM)[-1].text)
    assert link
    return second, link[0]


async def _talk(town: Town) -> int:
    """Written with files, delivered, answered, answered by mail with a quotation, transferred."""
    draft = await town.hub.drafts.begin(town.account().id)
    for file in (drawn.photo(), drawn.certificate(), File(f"{LONG}.pdf", "application/pdf", b"%PDF-1.7")):
        await _attach(town, draft, file)
    typed = await town.typed(f"Bonjour,\n\nvoici les papiers : {ADDRESS}")
    message = await town.hub.sending.new(town.sender(), draft, typed)
    await town.hub.settle()
    await answered(town, message)
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(MARIE)[-1], MARIE, "Merci beaucoup."))
    school = next(service for service in await town.hub.directory.choices() if service.name == "Service scolaire")
    await town.hub.threads.transfer(message.thread_id, school.id, "Nora Lambert")
    return message.thread_id


async def _papers(town: Town, child: Child) -> None:
    """One refused, one that waits, one of the town's."""
    guardian, agent = town.account().guardian_id, await town.agent(NORA)
    for reason in (LONG, ""):
        draft = await town.hub.drafts.begin(town.account().id)
        await _attach(town, draft, drawn.photo())
        await town.hub.filing.send(town.sender(), guardian, draft, "assurance", f"enfant-{child.id}")
        if reason:
            [waiting] = await town.hub.filing.waiting(agent.id)
            await town.hub.papers.decide(waiting.id, Author(agent.name, agent=agent.id), False, reason, None)
    await town.hub.settle()


async def _attach(town: Town, draft: object, file: File) -> None:
    blob = await town.hub.core.blobs.put(file.content)
    kind = content_type(file.content, file.name)
    await town.hub.drafts.attach(draft, StoredFile(blob.key, file.name, kind, blob.size, blob.sha256))  # type: ignore[arg-type]


def broken(app: web.Application) -> None:
    """Pages that fail in every way, at /panne/STATUS."""

    def failing(error: Exception) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def fail(_: web.Request) -> web.Response:
            raise error

        return fail

    app.add_routes([web.get(f"/panne/{status}", failing(error)) for status, error in ERRORS.items()])


def _at(path: str) -> Callable[[Visitor, Lived], Awaitable[None]]:
    async def go(visitor: Visitor, lived: Lived) -> None:
        await visitor.open(path.format(lived=lived))

    return go


async def _refused_login(visitor: Visitor, _: Lived) -> None:
    await visitor.open("/connexion")
    await visitor.page.get_by_label("Nom d'utilisateur").fill("mdurand")
    await visitor.page.get_by_label("Mot de passe", exact=True).fill("x")
    await visitor.button("Se connecter").click()
    await expect(visitor.page.get_by_role("alert")).to_be_visible()


async def _empty_form(visitor: Visitor, _: Lived) -> None:
    await visitor.open(NEW)
    await visitor.button("Envoyer").click()
    await expect(visitor.page.get_by_role("alert")).to_be_visible()


async def _draft(visitor: Visitor, _: Lived) -> None:
    await visitor.open("/messagerie")
    await visitor.link("Reprendre").click()
    await expect(visitor.page.get_by_text("Voici votre brouillon")).to_be_visible()


async def _sent(visitor: Visitor, lived: Lived) -> None:
    await visitor.open(f"/messagerie/{lived.talk}/envoye?message=1")
    await expect(visitor.page.locator(".receipt")).to_contain_text(re.compile(r"20\d\d-\d{6}"))


async def _desk(visitor: Visitor, _: Lived) -> None:
    await visitor.log_in_at_desk()
    await expect(visitor.page.get_by_role("heading", name="Conversations")).to_be_visible()
    await visitor.open("/bureau/quarantaine")


async def _health(visitor: Visitor, lived: Lived) -> None:
    await visitor.open(f"/bureau/comptes/{lived.guardian}")
    await visitor.page.locator("[aria-labelledby=sante] button").click()
    await expect(visitor.page.get_by_text("Votre lecture est notée")).to_be_visible()


async def _tried(visitor: Visitor, _: Lived) -> None:
    await visitor.open("/bureau/import")
    rows = f"dossier;resp1_nom;resp1_prenom;enfant_naissance\n9001;Petit;Inès;hier\n{LONG[:40]};{LONG};Eve;\n"
    file = {"name": "familles.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    await visitor.page.set_input_files("#piece", file)  # type: ignore[arg-type]
    await visitor.button("Essayer").click()
    await expect(visitor.page.get_by_role("heading", name="Essai")).to_be_visible()


async def _refused_service(visitor: Visitor, _: Lived) -> None:
    await visitor.open("/bureau/organisation/nouveau")
    await visitor.button("Ouvrir le service").click()
    await expect(visitor.page.get_by_role("alert")).to_be_visible()


async def _preview(visitor: Visitor, _: Lived) -> None:
    await visitor.open("/bureau/organisation/actualites")
    await visitor.page.locator(".kept a").last.click()
    await visitor.button("Aperçu").click()
    await expect(visitor.page.get_by_role("heading", name="Aperçu")).to_be_visible()


async def _refused_erasure(visitor: Visitor, lived: Lived) -> None:
    await visitor.open(f"/bureau/comptes/{lived.guardian}/effacer")
    await visitor.button("Effacer le dossier").click()
    await expect(visitor.page.locator("#erreur-dossier")).to_be_visible()


async def _refused_paper(visitor: Visitor, _: Lived) -> None:
    await visitor.open("/bureau/documents")
    await visitor.button("Refuser").click()
    await expect(visitor.page.locator("#erreur-motif")).to_be_visible()


async def _refused_wizard(visitor: Visitor, _: Lived) -> None:
    await visitor.open("/inscription")
    await visitor.button("Enregistrer et continuer").click()
    await expect(visitor.page.get_by_role("alert")).to_be_visible()


async def _refused_request(visitor: Visitor, _: Lived) -> None:
    await visitor.open("/demandes/nouvelle/banque")
    await visitor.button("Envoyer la demande").click()
    await expect(visitor.page.get_by_role("alert")).to_be_visible()


async def _refused_document(visitor: Visitor, _: Lived) -> None:
    await visitor.open("/documents/envoyer")
    await visitor.button("Envoyer").click()
    await expect(visitor.page.get_by_role("alert")).to_be_visible()


async def _refused_decision(visitor: Visitor, lived: Lived) -> None:
    await visitor.open(lived.decision)
    await visitor.button("Refuser").click()
    await expect(visitor.page.get_by_role("alert")).to_be_visible()


async def _refused_mailing(visitor: Visitor, _: Lived) -> None:
    await visitor.open("/bureau/envois/nouveau")
    await visitor.button("Vérifier avant d’envoyer").click()
    await expect(visitor.page.get_by_role("alert")).to_be_visible()


async def _refused_note(visitor: Visitor, lived: Lived) -> None:
    await visitor.open(f"/bureau/conversations/{lived.asked}")
    await visitor.button("Noter").click()
    await expect(visitor.page.get_by_role("alert")).to_be_visible()


async def _refused_paper(visitor: Visitor, lived: Lived) -> None:
    await visitor.open(f"/bureau/conversations/{lived.asked}")
    await visitor.page.get_by_text("Demander une pièce à la famille").click()
    await visitor.button("Demander la pièce").click()
    await visitor.page.get_by_text("Envoyer plus tard").click()
    await expect(visitor.page.locator("#erreur-piece_demandee")).to_be_visible()


async def _request(visitor: Visitor, _: Lived) -> None:
    await visitor.open("/bureau/demandes")
    await visitor.page.locator(".doors a").first.click()
    await expect(visitor.button("Accepter")).to_be_visible()


async def _refused_phone(visitor: Visitor, _: Lived) -> None:
    await visitor.open("/dossier")
    await visitor.page.get_by_label("Mobile", exact=True).fill("12")
    await visitor.button("Enregistrer").click()
    await expect(visitor.page.get_by_role("alert")).to_be_visible()


async def _dossier(visitor: Visitor, _: Lived) -> None:
    await visitor.open("/inscription")
    typed = {"nom": "Le Derf", "prenom": "Arnaud", "email": NEWCOMER, "email2": NEWCOMER, "identifiant": "lederf"}
    for field, words in {**typed, "mot_de_passe": PASSWORD, "mot_de_passe2": PASSWORD}.items():
        await visitor.page.locator(f"#{field}").fill(words)
    await visitor.button("Enregistrer et continuer").click()
    await expect(visitor.page.get_by_role("heading", name="Mes références dossier")).to_be_visible()


async def _summary(visitor: Visitor, lived: Lived) -> None:
    await _dossier(visitor, lived)
    await visitor.page.get_by_label("Je n’ai pas ces informations").check()
    await visitor.button("Enregistrer et continuer").click()
    await expect(visitor.page.get_by_role("heading", name="Récapitulatif")).to_be_visible()


async def _registered(visitor: Visitor, lived: Lived) -> None:
    await _summary(visitor, lived)
    await visitor.button("Valider mon inscription").click()
    await expect(visitor.page.get_by_role("heading", name="Bienvenue sur le portail")).to_be_visible()


PUBLIC: tuple[Stop, ...] = (
    ("login", _at("/connexion")),
    ("refused login", _refused_login),
    ("registration", _at("/inscription")),
    ("refused registration", _refused_wizard),
    ("registration, dossier", _dossier),
    ("registration, summary", _summary),
    ("registered", _registered),
    ("lapsed activation", _at("/activation/x")),
    ("forgotten password", _at("/mot-de-passe-oublie")),
    ("forgotten password, sent", _at("/mot-de-passe-oublie?envoye=1")),
    ("lapsed new password", _at("/nouveau-mot-de-passe/x")),
    ("help", _at("/aide")),
    ("public files", _at("/telechargements")),
    ("legal notices", _at("/mentions-legales")),
    ("accessibility", _at("/accessibilite")),
    ("held mail", _at("{lived.link}")),
    ("decision", _at("{lived.decision}")),
    ("refused decision by link", _refused_decision),
    *((f"error {status}", _at(f"/panne/{status}")) for status in ERRORS),
)
PARENT: tuple[Stop, ...] = (
    ("home", _at("/")),
    ("change of password", _at("/compte/mot-de-passe")),
    ("preferences", _at("/compte/preferences?fait=1")),
    ("file", _at("/dossier")),
    ("refused telephone", _refused_phone),
    ("requests", _at("/demandes?tout=1")),
    ("new request", _at("/demandes/nouvelle")),
    ("request for oneself", _at("/demandes/nouvelle/responsable")),
    ("confidential request", _at("/demandes/nouvelle/sante?enfant={lived.child}")),
    ("refused request", _refused_request),
    ("documents", _at("/documents")),
    ("send a document", _at("/documents/envoyer")),
    ("refused document", _refused_document),
    ("children", _at("/enfants")),
    ("child", _at("/enfants/{lived.child}")),
    ("conversation with a request", _at("/messagerie/{lived.asked}")),
    ("inbox", _at("/messagerie")),
    ("sent", _at("/messagerie/envoyes")),
    ("deleted", _at("/messagerie/supprimes")),
    ("just deleted", _at("/messagerie?supprime={lived.gone}")),
    ("found", _at("/messagerie/recherche?q=papiers")),
    ("nothing found", _at("/messagerie/recherche?q=girafe")),
    ("conversation", _at("/messagerie/{lived.talk}")),
    ("deleted conversation", _at("/messagerie/{lived.gone}")),
    ("long words", _at("/messagerie/{lived.unread}")),
    ("write", _at(NEW)),
    ("empty form", _empty_form),
    ("draft", _draft),
    ("confirmation", _sent),
    ("no such page", _at("/nulle-part")),
)
DESK: tuple[Stop, ...] = (
    ("desk login", _at("/bureau/connexion")),
    ("agent's forgotten password", _at("/bureau/mot-de-passe-oublie")),
    ("agent's forgotten password, sent", _at("/bureau/mot-de-passe-oublie?envoye=1")),
    ("agent's lapsed link", _at("/bureau/nouveau-mot-de-passe/x")),
    ("quarantine", _desk),
    ("mail in quarantine", _at("/bureau/quarantaine/{lived.held}")),
    ("failing addresses", _at("/bureau/adresses")),
    ("families whom nobody reaches", _at("/bureau/adresses/familles")),
    ("search at the desk", _at("/bureau/recherche?q=durand")),
    ("search that finds nothing", _at("/bureau/recherche?q=" + LONG)),
    ("conversations to answer", _at("/bureau/conversations")),
    ("all conversations", _at("/bureau/conversations?vue=toutes")),
    ("conversation at the desk", _at("/bureau/conversations/{lived.asked}")),
    ("refused note", _refused_note),
    ("refused paper", _refused_paper),
    ("messages to many", _at("/bureau/envois")),
    ("refused message to many", _refused_mailing),
    ("message to many", _at("/bureau/envois/1")),
    ("requests that wait", _at("/bureau/demandes")),
    ("request", _request),
    ("documents to validate", _at("/bureau/documents")),
    ("refused decision", _refused_paper),
    ("accounts", _at("/bureau/comptes?q=durand")),
    ("person", _at("/bureau/comptes/{lived.guardian}")),
    ("message to a person", _at("/bureau/comptes/{lived.guardian}/ecrire")),
    ("health notes", _health),
    ("erasure", _at("/bureau/comptes/{lived.guardian}/effacer")),
    ("refused erasure", _refused_erasure),
    ("import", _at("/bureau/import")),
    ("import tried", _tried),
    ("own account", _at("/bureau/compte")),
    ("journal", _at("/bureau/journal")),
    ("mail that did not arrive", _at("/bureau/non-remis")),
    ("figures", _at("/bureau/chiffres")),
    ("agent's password", _at("/bureau/compte/mot-de-passe")),
    ("services", _at("/bureau/organisation")),
    ("service", _at("/bureau/organisation/1")),
    ("service that nobody hears", _at("/bureau/organisation/3")),
    ("refused service", _refused_service),
    ("change of a service", _at("/bureau/organisation/1/modifier")),
    ("theme", _at("/bureau/organisation/1/themes/1")),
    ("canned answer", _at("/bureau/organisation/1/reponses/1")),
    ("agents", _at("/bureau/organisation/agents")),
    ("agent", _at("/bureau/organisation/agents/2")),
    ("agent who has left", _at("/bureau/organisation/agents/3")),
    ("new agent", _at("/bureau/organisation/agents/nouveau?service=1")),
    ("news", _at("/bureau/organisation/actualites")),
    ("news looked at", _preview),
)
