"""Organisation: services, people, answers and news kept at the desk; who may do what; nothing lost between two."""

from __future__ import annotations

import asyncio
import re

import pytest
from msgspec.structs import replace

from hub.accounts.models import Agent, DeskAct, Session
from hub.config import CannedAnswer as AnswerSettings
from hub.config import Config, ConfigError, Desk, Person
from hub.config import News as NewsSettings
from hub.config import Service as ServiceSettings
from hub.config import Theme as ThemeSettings
from hub.core.editing import Overtaken
from hub.desk.routes import organisation
from hub.mail.models import InboundMail
from hub.mailbox.models import CannedAnswer, Message, News, Service, ServiceAgent, Theme, Thread
from tests.cast import KARIM, MARIE, NORA, PASSWORD, Town
from tests.desk.conftest import LOGIN, Arrive, enter
from tests.web.browser import Browser, Page

HERE = "/bureau/organisation"
AGENTS, NEWS = f"{HERE}/agents", f"{HERE}/actualites"
ANNE = "anne@ville.test"


@pytest.fixture
def town_settings(town_settings: Config) -> Config:
    first, *others = town_settings.services
    first = replace(first, answers=(AnswerSettings("Bien reçu", "Bonjour famille {famille}"),))
    home = replace(town_settings.home, news=(NewsSettings(title="Inscriptions ouvertes"),))
    return replace(town_settings, services=(first, *others), home=home, desk=Desk(directory="desk"))


@pytest.fixture
async def town(town: Town) -> Town:
    """Laid out by these settings before the desk took over."""
    await town.hub.directory.settle(replace(town.hub.core.config, desk=Desk()))
    return town


@pytest.fixture
async def peri(town: Town) -> int:
    return (await Service.get(slug="periscolaire")).id


@pytest.fixture
async def school(town: Town) -> int:
    return (await Service.get(slug="scolaire")).id


async def lead(town: Town, email: str, service: int) -> None:
    agent = await town.agent(email)
    await ServiceAgent.filter(service_id=service, agent_id=agent.id).update(is_head=True)


async def post(browser: Browser, url: str, **fields: str) -> Page:
    """A form filled in by hand, with this browser's token."""
    token = (await browser.get("/bureau/compte")).form("/bureau/deconnexion")["csrf"]
    return await browser.post(url, {"csrf": token, **fields})


# Who may do what


def allowed(pattern: str, who: str) -> bool:
    """The table. `own`: a head at their own service; `other`: at another; `agent`: a member who is no head."""
    if who == "administrator":
        return True
    if who == "agent" or pattern in ("/nouveau",) or pattern.startswith(("/agents", "/actualites")):
        return False
    if pattern == "":
        return who in ("own", "other")  # the list of one's own
    if pattern in ("/{service}/fermer", "/{service}/rouvrir", "/{service}/ordre"):
        return False
    return who == "own"


@pytest.mark.long
async def test_who_may_do_what(town: Town, arrive: Arrive, peri: int, school: int) -> None:
    """Every route of Organisation, for everybody: a new one is for administrators until the table says otherwise."""
    theme, answer = await Theme.filter(service_id=peri).first(), await CannedAnswer.get()
    news = await News.get()
    anne = await town.hub.people.add_agent("Anne Roy", ANNE, PASSWORD)
    await ServiceAgent.create(service_id=peri, agent_id=anne.id)
    assert theme
    ids = {"service": peri, "theme": theme.id, "answer": answer.id, "agent": anne.id, "news": news.id}
    await lead(town, KARIM, peri)
    karim, nora, agent = await arrive(KARIM), await arrive(NORA), await arrive(ANNE)
    tried = 0
    for who, browser in (("agent", agent), ("own", karim), ("other", karim), ("administrator", nora)):
        if who == "other":
            await ServiceAgent.filter(agent_id=(await town.agent(KARIM)).id).update(is_head=False)
            await lead(town, KARIM, school)
        token = (await browser.get("/bureau/compte")).form("/bureau/deconnexion")["csrf"]
        for route in organisation():
            pattern = re.sub(r"\{(\w+):[^/]*\}", r"{\1}", route.path).removeprefix(HERE)
            if who == "administrator" and pattern.endswith(("/depart", "/retirer", "/supprimer", "/fermer")):
                continue  # what they do is done for good; each has a test of its own
            url = HERE + pattern.format(**ids)
            page = await (
                browser.get(url) if route.method == "GET" else browser.post(url, {"csrf": token, "apercu": "1"})
            )
            is_there = page.status != 404
            assert is_there is allowed(pattern, who), f"{who}: {route.method} {pattern}: {page.status}"
            tried += 1
            if route.method == "POST" and pattern.endswith("/retirer") and is_there:
                await ServiceAgent.create(service_id=peri, agent_id=anne.id)
            if route.method == "POST" and pattern.endswith("/supprimer") and is_there:
                await CannedAnswer.create(id=answer.id, service_id=peri, name="x", text="x")
    assert tried > 120


async def test_an_agent_sees_no_way_there_and_a_head_sees_one(town: Town, karim: Browser, peri: int) -> None:
    assert HERE not in (await karim.get("/bureau/compte")).html
    await lead(town, KARIM, peri)
    assert HERE in (await karim.get("/bureau/compte")).html
    page = await karim.get(HERE)
    assert "Activités périscolaires" in page.text and "Service scolaire" not in page.text
    assert AGENTS not in page.html


async def test_a_head_changes_what_is_theirs_and_nothing_else(town: Town, karim: Browser, peri: int) -> None:
    await lead(town, KARIM, peri)
    url = f"{HERE}/{peri}/modifier"
    page = await karim.get(url)
    assert not page.all("#nom") and not page.all("#email") and not page.all("#sante")
    await post(
        karim, url, version="0", description="Cantine", telephone="01 02", delai="vite", nom="Pirate", email=MARIE
    )
    service = await Service.get(id=peri)
    assert (service.name, service.description, service.phone) == ("Activités périscolaires", "Cantine", "01 02")
    assert service.email == "periscolaire@hub.test" and service.health and service.address
    nora = await town.agent(NORA)
    page = await karim.get(f"{HERE}/{peri}")
    place = f"{HERE}/{peri}/equipe/{nora.id}"
    await karim.press(page, place, place="delegue", responsable="1")
    member = await ServiceAgent.get(agent_id=nora.id, service_id=peri)
    assert member.is_delegate and not member.is_head, "only administrators name heads"
    page = await karim.press(page, place, place="agent")
    assert page.status == 409 and "Quelqu’un d’autre" in page.text, "it is not as that page showed it"
    await lead(town, NORA, peri)
    page = await post(karim, f"{HERE}/{peri}/equipe/{nora.id}/retirer")
    assert "Seul un administrateur" in page.text and await ServiceAgent.exists(agent_id=nora.id, service_id=peri)


async def test_administrators_are_made_and_unmade_but_not_those_of_the_settings_nor_oneself(
    town: Town, nora: Browser, karim: Browser
) -> None:
    of_nora, of_karim = await town.agent(NORA), await town.agent(KARIM)
    page = await nora.press(await nora.get(f"{AGENTS}/{of_karim.id}"), f"{AGENTS}/{of_karim.id}/nommer")
    assert "Retirer ce droit" in page.text and (await karim.get("/bureau/journal")).status == 200
    for who, said in ((of_nora, "config.toml"), (of_karim, "un autre administrateur")):
        for act in ("demettre", "depart"):
            assert f"{AGENTS}/{who.id}/{act}" not in (await karim.get(f"{AGENTS}/{who.id}")).html
            page = await post(karim, f"{AGENTS}/{who.id}/{act}")
            assert page.status == 422 and said in page.text, page.text
    page = await post(karim, f"{AGENTS}/{of_nora.id}/modifier", version="0", nom="Nora", email="autre@ville.test")
    assert "config.toml" in page.texts("#erreur-email")[0]
    await post(nora, f"{AGENTS}/{of_karim.id}/demettre")
    assert (await karim.get("/bureau/journal")).status == 404


# Services and themes


async def test_a_service_opens_and_families_see_it_at_once(town: Town, nora: Browser) -> None:
    marie = Browser(str(nora.http._base_url))
    await marie.login("mdurand")
    page = await nora.get(f"{HERE}/nouveau")
    page = await nora.press(page, f"{HERE}/nouveau", nom="", email="pas une adresse", partagee=KARIM)
    assert page.status == 422 and page.value("email") == "pas une adresse" and len(page.all(".error")) == 3
    fields = {"nom": "État civil <i>", "email": "", "partagee": "etat-civil@ville.test", "description": "Naissances"}
    page = await nora.press(page, f"{HERE}/nouveau", **fields)
    service = await Service.get(slug="etat-civil-i")
    assert (await DeskAct.get()).about == f"service {service.id}"
    assert page.url == HERE and "État civil <i>" in page.text and service.email == "etat-civil-i@hub.test"
    assert "État civil <i>" in (await marie.get("/messagerie/nouveau")).text
    url = f"{HERE}/{service.id}"
    page = await nora.press(await nora.get(f"{url}/themes/nouveau"), f"{url}/themes/nouveau", nom="Mariage", mois="99")
    assert page.texts("#erreur-mois") and page.value("nom") == "Mariage"
    await nora.press(page, f"{url}/themes/nouveau", mois="1")
    await Service.filter(id=service.id).update(email="accueil@hub.test")
    await nora.press(await nora.get(f"{HERE}/nouveau"), f"{HERE}/nouveau", nom="Accueil")
    assert (await Service.get(name="Accueil")).email == "accueil-2@hub.test", "nobody else’s address"
    await nora.press(await nora.get(f"{url}/themes/nouveau"), f"{url}/themes/nouveau", nom="Décès")
    page = await nora.press(await nora.get(f"{url}/themes/nouveau"), f"{url}/themes/nouveau", nom="Décès")
    assert page.texts("#erreur-nom")
    first, second = await Theme.filter(service_id=service.id).order_by("position")
    page = await post(nora, f"{url}/themes/{second.id}/ordre", sens="haut")
    assert [one.name for one in await town.hub.services.themes(service.id)] == ["Décès", "Mariage"]
    assert "Décès" in (await marie.get("/messagerie/nouveau")).text
    await post(nora, f"{url}/themes/{second.id}/fermer")
    assert "Décès" not in (await marie.get("/messagerie/nouveau")).text
    await post(nora, f"{url}/themes/{second.id}/rouvrir")
    assert "Décès" in (await marie.get("/messagerie/nouveau")).text and first.name == "Mariage"
    await marie.close()


async def test_what_closes_keeps_its_conversations(town: Town, nora: Browser, peri: int, school: int) -> None:
    message = await town.write("Bonjour", subject="Facture", service="scolaire")
    page = await post(nora, f"{HERE}/{school}/fermer")
    assert page.status == 422 and "il reste ouvert" in page.text, "documents are addressed to it by the settings"
    await town.write("Bonjour", subject="Cantine")
    page = await nora.press(await nora.get(f"{HERE}/{peri}"), f"{HERE}/{peri}/fermer")
    assert "Ce service est fermé" in page.text and await Thread.all().count() == 2
    await ServiceAgent.get_or_create(service_id=peri, agent_id=(await town.agent(NORA)).id)
    page = await nora.get("/bureau/conversations")
    assert "Cantine" in page.text, "it waits for somebody"
    assert (
        "Activités périscolaires" not in (await nora.get(f"/bureau/comptes/{town.account().guardian_id}/ecrire")).text
    )
    marie = Browser(str(nora.http._base_url))
    await marie.login("mdurand")
    assert "Activités périscolaires" not in (await marie.get("/messagerie/nouveau")).text
    assert "Cantine" in (await marie.get("/messagerie/envoyes")).text
    assert "Bonjour" in (await marie.get(f"/messagerie/{message.thread_id}")).text
    await nora.press(await nora.get(f"{HERE}/{peri}"), f"{HERE}/{peri}/rouvrir")
    assert "Activités périscolaires" in (await marie.get("/messagerie/nouveau")).text
    await marie.close()


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("email", "scolaire@hub.test"), ("email", "scolaire@ville.test"), ("email", KARIM),
        ("email", "portail@hub.test"), ("partagee", "scolaire@hub.test"), ("partagee", "n.lambert@ville.test"),
    ],
)  # fmt: skip
async def test_an_address_is_for_one_thing(nora: Browser, peri: int, field: str, address: str) -> None:
    page = await nora.get(f"{HERE}/{peri}/modifier")
    page = await nora.press(page, f"{HERE}/{peri}/modifier", **{field: address})
    assert page.status == 422 and page.texts(f"#erreur-{field}") and page.value(field) == address


async def test_of_two_at_once_the_second_is_told_and_nothing_is_lost(
    nora: Browser, karim: Browser, town: Town, peri: int
) -> None:
    await lead(town, KARIM, peri)
    url = f"{HERE}/{peri}/modifier"
    of_nora, of_karim = await nora.get(url), await karim.get(url)
    await nora.press(of_nora, url, description="De Nora", email="cantine@hub.test")
    page = await karim.press(of_karim, url, description="De Karim")
    assert page.status == 409 and page.value("description") == "De Karim"
    assert "pendant que vous l’aviez ouverte" in page.text and "« De Nora »" in page.text
    assert (await Service.get(id=peri)).description == "De Nora"
    page = await karim.press(page, url)
    service = await Service.get(id=peri)
    assert page.url == f"{HERE}/{peri}" and (service.description, service.email) == ("De Karim", "cantine@hub.test")
    assert await DeskAct.filter(act="A modifié un service").count() == 2


async def test_of_two_in_the_same_moment_one_wins(town: Town, peri: int) -> None:
    typed = {"description": "A", "telephone": "", "delai": ""}
    both = [town.hub.services.change(peri, 0, typed | {"description": words}, in_full=False) for words in "AB"]
    done = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(map(type, done), key=str) == sorted([type(None), Overtaken], key=str)
    assert (await Service.get(id=peri)).version == 1


# People


async def test_an_agent_comes_chooses_a_password_and_works(
    town: Town, nora: Browser, arrive: Arrive, peri: int
) -> None:
    page = await nora.get(f"{AGENTS}/nouveau?service={peri}")
    page = await nora.press(page, f"{AGENTS}/nouveau", nom="Anne Roy", email=KARIM, autres="x")
    assert page.status == 422 and page.texts("#erreur-autres")
    page = await nora.press(page, f"{AGENTS}/nouveau", autres="n.lambert@ville.test")
    assert "Karim Haddad" in page.texts("#erreur-email")[0]
    page = await nora.press(page, f"{AGENTS}/nouveau", email=ANNE)
    assert "Nora Lambert" in page.texts("#erreur-autres")[0] and page.value("service") == str(peri)
    page = await nora.press(page, f"{AGENTS}/nouveau", autres="")
    assert page.url == AGENTS and "Anne Roy" in page.text and "n’a pas choisi de mot de passe" in page.text
    await town.hub.settle()
    [mail] = town.mails(ANNE)
    assert "Nora Lambert vous a ouvert un accès" in mail.text
    link = next(word for word in mail.text.split() if "/bureau/nouveau-mot-de-passe/" in word)
    anne = await arrive()
    path = "/bureau/" + link.partition("/bureau/")[2]
    await anne.press(await anne.get(path), path, mot_de_passe=PASSWORD, mot_de_passe2=PASSWORD)
    assert (await enter(anne, ANNE)).status == 200
    await town.write("Bonjour à tous")
    await town.hub.settle()
    assert "Bonjour à tous" in town.mails(ANNE)[-1].text


async def test_who_leaves_is_out_at_once(town: Town, nora: Browser, karim: Browser, peri: int) -> None:
    message = await town.write("Bonjour Karim")
    await town.hub.settle()
    told = town.mails(KARIM)[-1]
    url = f"/bureau/conversations/{message.thread_id}"
    await karim.press(await karim.get(url), f"{url}/note", note="À voir")
    await karim.press(await karim.get(url), f"{url}/suivre")
    agent = await town.agent(KARIM)
    page = await nora.press(await nora.get(f"{AGENTS}/{agent.id}"), f"{AGENTS}/{agent.id}/depart")
    assert page.url == AGENTS and "Une personne est partie" in page.text
    assert (await karim.get(url)).url.startswith(LOGIN) and not await Session.filter(agent_id=agent.id).exists()
    page = await karim.press(await karim.get(LOGIN), LOGIN, identifiant=KARIM, mot_de_passe=PASSWORD)
    assert page.url == LOGIN
    assert not await ServiceAgent.filter(agent_id=agent.id).exists()
    assert (await Thread.get()).assigned_id is None and "Karim Haddad" in (await nora.get(url)).text
    await town.arrive(town.answer(told, KARIM, "Je parle encore."))
    assert await Message.all().count() == 1 and (await InboundMail.get()).state != "done"
    await town.hub.renewals.ask_for_desk(KARIM, "127.0.0.1")
    await town.hub.settle()
    assert not any("/bureau/nouveau-mot-de-passe/" in mail.text for mail in town.mails(KARIM))
    for act in ("lien", "nommer", "depart"):
        assert (await post(nora, f"{AGENTS}/{agent.id}/{act}")).status == 422
    page = await nora.press(
        await nora.get(f"{AGENTS}/nouveau"), f"{AGENTS}/nouveau", nom="Karim H.", email=KARIM, service=str(peri)
    )
    again = await town.agent(KARIM)
    assert (again.id, again.left_at, again.password) == (agent.id, None, "")


async def test_another_address_is_told_to_the_former_one(town: Town, nora: Browser) -> None:
    agent = await town.agent(KARIM)
    url = f"{AGENTS}/{agent.id}/modifier"
    stale = await nora.get(url)
    await nora.press(stale, url, email="k.haddad@ville.test", autres=f"{KARIM}\nkh@ville.test")
    found = await Agent.get(id=agent.id)
    assert (found.email, found.aliases) == ("k.haddad@ville.test", [KARIM, "kh@ville.test"])
    await town.hub.settle()
    assert "a remplacé cette adresse" in town.mails(KARIM)[-1].text
    page = await nora.press(stale, url, nom="Karim")
    assert page.status == 409 and "k.haddad@ville.test" in page.text


async def test_somebody_removed_looks_after_nothing_there(town: Town, nora: Browser, peri: int) -> None:
    message = await town.write("Bonjour")
    agent = await town.agent(KARIM)
    await Thread.filter(id=message.thread_id).update(assigned_id=agent.id)
    page = await nora.press(await nora.get(f"{HERE}/{peri}"), f"{HERE}/{peri}/equipe/{agent.id}/retirer")
    assert (await Thread.get()).assigned_id is None and "Karim Haddad" in page.texts("#agent option")[1]
    page = await post(nora, f"{HERE}/{peri}/equipe", agent="", place="delegue")
    assert page.status == 422 and page.texts("#erreur-agent")
    await post(nora, f"{HERE}/{peri}/equipe", agent=str(agent.id), place="delegue")
    act = await DeskAct.all().order_by("-id").first()
    assert act and act.about == f"service {peri}, agent {agent.id}, délégué"
    assert (await ServiceAgent.get(service_id=peri, agent_id=agent.id)).is_delegate


# Answers and news


async def test_an_answer_is_looked_at_saved_and_used(town: Town, nora: Browser, peri: int) -> None:
    url = f"{HERE}/{peri}/reponses/nouvelle"
    page = await nora.press(await nora.get(url), url, nom="Fermé", texte="Famille {famille}, {agent}", apercu="1")
    assert "Famille Durand, Nora Lambert" in page.text and page.value("texte") == "Famille {famille}, {agent}"
    assert not await DeskAct.exists(), "to look is not to act"
    page = await nora.press(page, url, texte="Cher {prenom}")
    assert "{prenom}" in page.texts("#erreur-texte")[0]
    await nora.press(page, url, texte="Famille {famille}, {agent}")
    message = await town.write("Bonjour")
    talk = f"/bureau/conversations/{message.thread_id}"
    assert (await nora.get(talk)).texts("#modele option") == ["Bien reçu", "Fermé"]
    assert (await nora.get(f"{talk}?modele=1")).value("message") == "Famille Durand, Nora Lambert"
    second = await CannedAnswer.get(name="Fermé")
    await post(nora, f"{HERE}/{peri}/reponses/{second.id}/ordre", sens="haut")
    assert (await nora.get(talk)).texts("#modele option") == ["Fermé", "Bien reçu"]
    one = f"{HERE}/{peri}/reponses/{second.id}"
    first, stale = await nora.get(one), await nora.get(one)
    await nora.press(first, one, texte="Un")
    assert (await nora.press(stale, one, texte="Deux")).status == 409
    await post(nora, f"{one}/supprimer")
    assert (await nora.get(talk)).texts("#modele option") == ["Bien reçu"]
    assert (await nora.get(one)).status == 404


async def test_news_are_shown_on_their_days(town: Town, nora: Browser) -> None:
    marie = Browser(str(nora.http._base_url))
    await marie.login("mdurand")
    url = f"{NEWS}/nouvelle"
    wrong = {"titre": "", "lien": "javascript:alert(1)", "debut": "demain", "fin": "2026-10-01"}
    page = await nora.press(await nora.get(url), url, **wrong)
    assert page.status == 422 and {name for name in wrong if page.texts(f"#erreur-{name}")} == {
        "titre",
        "lien",
        "debut",
    }
    page = await nora.press(page, url, titre="Grève", texte="Jeudi <b>", lien="/documents", debut="25/10/2026")
    assert page.texts("#erreur-fin"), "it ends before it begins"
    page = await nora.press(page, url, fin="2026-10-26", apercu="1")
    assert page.texts(".card h3") == ["Grève"] and not await News.filter(title="Grève").exists()
    page = await nora.press(page, url)
    assert page.url == NEWS and "À venir" in page.text
    assert "Grève" not in (await marie.get("/")).text
    town.clock.advance(days=3)
    await marie.login("mdurand")
    nora2 = (await marie.get("/")).texts(".card h3")
    assert nora2[:2] == ["Grève", "Inscriptions ouvertes"]
    town.clock.advance(days=3)
    await marie.login("mdurand")
    assert "Grève" not in (await marie.get("/")).text
    await marie.close()


# Who keeps it: the settings or the desk


async def test_a_restart_undoes_nothing(town: Town, nora: Browser, peri: int) -> None:
    await nora.press(await nora.get(f"{HERE}/{peri}/modifier"), f"{HERE}/{peri}/modifier", nom="Enfance", sante="")
    await CannedAnswer.all().delete()
    await News.all().delete()
    karim = await town.agent(KARIM)
    await town.hub.staff.leave(karim.id, 0)
    config = town.hub.core.config
    people = (Person(name="Karim", email=KARIM), Person(name="Zoé", email="zoe@ville.test", head=True))
    people += (Person(name="Autre nom", email=NORA),)
    new = ServiceSettings(slug="sports", name="Sports", agents=people, themes=(ThemeSettings(name="Gymnase"),))
    for _ in range(2):
        await town.hub.directory.settle(replace(config, services=(*config.services, new)))
    service = await Service.get(id=peri)
    assert (service.name, service.health) == ("Enfance", False)
    assert not await CannedAnswer.exists() and not await News.exists()
    sports = await Service.get(slug="sports")
    names = [(one.agent.name, one.is_head) for one in await town.hub.staff.of(sports.id)]
    assert names == [("Zoé", True), ("Nora Lambert", False)], "who has left stays away, who is known keeps their name"
    await town.hub.directory.settle(replace(config, services=(), documents=()))
    assert await Service.filter(closed_at=None).count() == 3


async def test_a_town_that_hands_over_to_the_desk_loses_nothing(town: Town) -> None:
    """From the time before the desk could: no service was ever marked as laid out."""
    await Service.all().update(laid_at=None, health=False)
    await CannedAnswer.all().delete()
    await News.all().delete()
    await town.hub.directory.settle(town.hub.core.config)
    assert (await Service.get(slug="periscolaire")).health and (await CannedAnswer.get()).name == "Bien reçu"
    assert (await News.get()).title == "Inscriptions ouvertes"


async def test_the_address_of_a_service_that_the_desk_has_open_is_not_taken(town: Town) -> None:
    config, school = town.hub.core.config, await Service.get(slug="scolaire")
    new = ServiceSettings(slug="ecoles", name="Écoles", email=school.email.upper())
    with pytest.raises(ConfigError, match=school.name):
        await town.hub.directory.settle(replace(config, services=(new,), documents=()))
    assert not await Service.filter(slug="ecoles").exists()
    await Service.filter(id=school.id).update(closed_at=town.clock.now())
    await town.hub.directory.settle(replace(config, services=(new,), documents=()))
    assert (await Service.get(slug="ecoles")).email == school.email


class TestBySettings:
    """The pages are there, and say where things are changed."""

    @pytest.fixture
    def town_settings(self, town_settings: Config) -> Config:
        return replace(town_settings, desk=Desk())

    async def test_an_address_goes_from_one_service_to_another(self, town: Town) -> None:
        """A service gets another short name, or two change their addresses: the next start must not fall over it."""
        config = town.hub.core.config
        first, second, *others = config.services
        emails = [(await Service.get(slug=one.slug)).email for one in (first, second)]
        heir = replace(first, slug="enfance", email=emails[0])
        await town.hub.directory.settle(replace(config, services=(heir, second, *others)))
        [found] = [one for one in await town.hub.directory.services() if one.email == emails[0]]
        assert found.slug == "enfance" and (await Service.get(slug=first.slug)).closed_at

        swapped = (replace(first, email=emails[1]), replace(second, email=emails[0]))
        await town.hub.directory.settle(replace(config, services=(*swapped, *others)))
        assert [(await Service.get(slug=one.slug)).email for one in (first, second)] == emails[::-1]
        assert not (await Service.get(slug=first.slug)).closed_at

    async def test_everything_is_read_only(self, town: Town, nora: Browser, karim: Browser, peri: int) -> None:
        theme = await Theme.filter(service_id=peri).first()
        agent = await town.agent(KARIM)
        assert theme
        for url in (HERE, f"{HERE}/{peri}", AGENTS, f"{AGENTS}/{agent.id}", NEWS):
            page = await nora.get(url)
            assert page.status == 200 and "config.toml" in page.text, url
            assert [form.attributes["action"] for form in page.all("main form")] == [], url
        typed = {"version": "0", "nom": "Pirate", "titre": "Pirate", "texte": "x", "email": "p@ville.test"}
        ids = {"service": peri, "theme": theme.id, "answer": (await CannedAnswer.get()).id, "agent": agent.id}
        ids |= {"news": (await News.get()).id}
        for route in organisation():
            if route.method == "POST":
                url = re.sub(r"\{(\w+):[^/]*\}", lambda found: str(ids[found[1]]), route.path)
                page = await post(nora, url, **typed)
                assert page.status == 422 and "config.toml" in page.text, f"{url}: {page.status}"
        assert not await Agent.filter(name="Pirate").exists() and not await Service.filter(name="Pirate").exists()
        await Agent.filter(id=agent.id).update(is_administrator=True)
        assert (await karim.get(HERE)).status == 404, "rights given at the desk count where the desk keeps them"


async def test_a_theme_says_that_silence_means_yes(town: Town, nora: Browser) -> None:
    theme = await Theme.filter(service__slug="periscolaire").order_by("position").first()
    assert theme is not None
    url = f"{HERE}/{theme.service_id}/themes/{theme.id}"
    page = await nora.press(await nora.get(url), url, accord="1")
    await theme.refresh_from_db()
    assert page.status == 200 and theme.accepts
    assert (await nora.get(url)).all("#accord[checked]")
