"""A family comes in by itself: the wizard, the activation link, and what may go wrong with either."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

import pytest
from msgspec.structs import replace

from hub.accounts import renewal
from hub.accounts.models import Account, AccountLink, Registration
from hub.accounts.registration import Activated
from hub.actions.models import Request
from hub.config import Config
from hub.config import Registration as Rules
from hub.core.errors import Conflict, NotFound
from hub.dossier.models import Family, Guardian
from hub.mail.parse import ParsedMail
from hub.mailbox.models import Message, Thread
from tests.cast import MARIE, NORA, PAUL, Town, settings
from tests.servers.sink import Sink
from tests.web.browser import Browser, Page
from tests.web.conftest import Arrive

ARNAUD = "arnaud@famille.test"
SECRET = "trois-mots-à-moi"
WIZARD = "/inscription"
INVOICE = r"BF[A-Z]*[0-9]{4}(?P<dossier>[0-9]{3,4})"
RULES = Rules(terms="Première règle.\n\nSeconde règle.", terms_version="2026-1", invoice_pattern=INVOICE)
PERSON = {
    "nom": "Le Derf", "prenom": "Arnaud", "email": ARNAUD, "email2": ARNAUD, "identifiant": "lederf",
    "mot_de_passe": SECRET, "mot_de_passe2": SECRET,
}  # fmt: skip


@pytest.fixture
def rules() -> Rules:
    return RULES


@pytest.fixture
def town_settings(database_url: str, tmp_path: Any, sink: Sink, rules: Rules) -> Config:
    return replace(settings(database_url, tmp_path, sink.port), registration=rules)


@pytest.fixture(autouse=True)
async def accepted(town: Town, rules: Rules) -> None:
    """Whoever has an account has accepted the conditions."""
    await Account.all().update(terms=rules.terms_version)


@pytest.fixture
async def lederf(town: Town) -> Guardian:
    """A family of the town's file that nobody has an account for."""
    family = await Family.create(number="404", name="LE DERF", created_at=town.clock.now())
    return await Guardian.create(family=family, civility="M.", first_name="Arnaud", last_name="LE DERF")


@pytest.fixture
async def visitor(arrive: Arrive) -> Browser:
    return await arrive()


async def fill(visitor: Browser, dossier: str = "404", name: str = "le derf", **changes: str) -> Page:
    """As far as the summary."""
    page = await visitor.press(await visitor.get(WIZARD), WIZARD, **{**PERSON, **changes})
    assert page.url == f"{WIZARD}/dossier", page.text
    page = await visitor.press(page, page.url, dossier=dossier, dossier_nom=name)
    assert page.url == f"{WIZARD}/conditions", page.text
    return await visitor.press(page, page.url, accepte="1")


async def register(town: Town, visitor: Browser, **changes: str) -> str:
    """All the way; the path of the link in the mail."""
    page = await visitor.press(await fill(visitor, **changes), f"{WIZARD}/recapitulatif", aller="suite")
    assert page.title == "Bienvenue sur le portail", page.text
    await town.hub.settle()
    return link(town.mails(changes.get("email", ARNAUD))[-1])


def link(mail: ParsedMail) -> str:
    """The link of a letter, as its plain-text part has it."""
    found = re.search(r"http://hub\.test(/(?:activation|nouveau-mot-de-passe)/\S+)", mail.text)
    assert found, mail.text
    return found[1]


async def test_a_family_comes_in(town: Town, lederf: Guardian, visitor: Browser) -> None:
    page = await fill(visitor)
    assert page.texts("dl dd")[:5] == ["Le Derf", "Arnaud", ARNAUD, "lederf", "dossier trouvé"]
    assert SECRET not in page.html
    page = await visitor.press(page, f"{WIZARD}/recapitulatif", aller="suite")
    assert "Arnaud Le Derf, votre espace personnel a été créé." in page.text and "indésirables" in page.text

    await town.hub.settle()
    [mail] = town.mails(ARNAUD)
    assert mail.subject == "Votre espace personnel de la mairie"
    assert "lederf" in mail.text and "Service Enfance : en attente d’activation" in mail.text
    assert SECRET not in mail.text + mail.html
    page = await visitor.login("lederf", SECRET)
    assert page.status == 422 and "pas encore activé" in page.text

    page = await visitor.get(link(mail))
    assert page.title == "Activer mon compte" and not await Account.exists(login="lederf")  # scanners follow links
    page = await visitor.press(page, link(mail))
    assert page.title == "Votre compte est activé"
    page = await visitor.login("lederf", SECRET)
    assert page.url == "/" and "404" in page.texts(".facts dd")

    account = await Account.get(login="lederf")
    assert (account.guardian_id, account.family_id) == (lederf.id, lederf.family_id)
    assert (account.terms, account.terms_at) == ("2026-1", town.clock.now())
    assert not await Registration.exists() and not await Message.exists()


async def test_back_and_forward_keep_what_was_typed(lederf: Guardian, visitor: Browser) -> None:
    page = await visitor.press(await visitor.get(WIZARD), WIZARD, **PERSON)
    page = await visitor.press(page, page.url, dossier="12", dossier_nom="Durand", aller="retour")
    assert page.url == WIZARD
    assert {name: page.value(name) for name in ("nom", "prenom", "email", "email2", "identifiant")} == {
        name: PERSON[name] for name in ("nom", "prenom", "email", "email2", "identifiant")
    }
    assert page.value("mot_de_passe") == "" and "Votre mot de passe est gardé" in page.text
    page = await visitor.press(page, WIZARD, prenom="Arnaud Jean")  # no password again
    assert (page.value("dossier"), page.value("dossier_nom")) == ("12", "Durand")
    page = await visitor.get(WIZARD)
    assert page.value("prenom") == "Arnaud Jean"
    page = await visitor.press(page, WIZARD, aller="annuler")
    assert page.url == WIZARD and page.value("nom") == ""


async def test_what_no_check_has_seen_is_never_registered(town: Town, lederf: Guardian, visitor: Browser) -> None:
    """Neither by going back with it, nor by going on past a step that was refused."""
    wrong = {"email": "pas-une-adresse", "nom": "x" * 200}
    for aller in ("retour", "suite"):
        summary = await fill(visitor)
        page = await visitor.press(await visitor.get(WIZARD), WIZARD, **wrong, aller=aller)
        assert page.value("email") == "pas-une-adresse"
        page = await visitor.press(summary, f"{WIZARD}/recapitulatif", aller="suite")
        assert page.url == WIZARD
    assert not await Registration.exists()


async def test_more_than_a_cookie_holds_is_shown_again_all_the_same(visitor: Browser) -> None:
    long = "é" * 320
    page = await visitor.press(await visitor.get(WIZARD), WIZARD, **dict.fromkeys(PERSON, long))
    assert page.status == 422 and page.value("nom") == long and page.texts("#erreur-nom")


async def test_no_step_is_skipped_and_a_wizard_broken_off_leaves_nothing(
    town: Town, lederf: Guardian, visitor: Browser
) -> None:
    assert (await visitor.get(f"{WIZARD}/recapitulatif")).url == WIZARD
    await visitor.press(await visitor.get(WIZARD), WIZARD, **PERSON)
    assert (await visitor.get(f"{WIZARD}/recapitulatif")).url == f"{WIZARD}/dossier"
    await fill(visitor)
    await town.hub.settle()
    assert not await Registration.exists() and not await AccountLink.exists() and not town.mails(ARNAUD)
    assert await Account.all().count() == 3
    assert (await visitor.get(f"{WIZARD}/nimporte")).status == 404


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"nom": " "}, "nom", "Indiquez votre nom"),
        ({"prenom": ""}, "prenom", "prénom"),
        ({"prenom": "x" * 90}, "prenom", "80 caractères"),
        ({"email": "arnaud"}, "email", "pas complète"),
        ({"email": ""}, "email", "Indiquez votre adresse"),
        ({"email2": "autre@famille.test"}, "email2", "pas les mêmes"),
        ({"identifiant": ""}, "identifiant", "nom d’utilisateur"),
        ({"identifiant": "mdurand"}, "identifiant", "déjà pris"),
        ({"identifiant": "MDurand "}, "identifiant", "déjà pris"),
        ({"identifiant": "a@b.fr"}, "identifiant", "@"),
        ({"mot_de_passe": "court", "mot_de_passe2": "court"}, "mot_de_passe", "8 caractères"),
        ({"mot_de_passe": "motdepasse", "mot_de_passe2": "motdepasse"}, "mot_de_passe", "courant"),
        ({"mot_de_passe2": "autre chose"}, "mot_de_passe2", "pas les mêmes"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    visitor: Browser, changes: dict[str, str], field: str, said: str
) -> None:
    page = await visitor.press(await visitor.get(WIZARD), WIZARD, **{**PERSON, **changes})
    assert (page.url, page.redirects) == (WIZARD, (303,)) and said in page.texts(f"#erreur-{field}")[0]
    assert (await visitor.get(WIZARD)).texts(f"#erreur-{field}")
    typed = {**PERSON, **changes}
    kept = [name for name in typed if not name.startswith("mot_de_passe")]
    assert {name: page.value(name).strip() for name in kept} == {name: typed[name].strip() for name in kept}


@pytest.mark.parametrize(
    ("number", "name", "found"),
    [
        ("404", "LE DERF", True),
        ("BFun 2112 0404", "le derf", True),
        ("404", "Durand", False),
        ("1234", "le derf", False),
        ("9999", "le derf", False),
        ("", "le derf", False),
        ("404", "", False),
    ],
)
async def test_references_are_those_of_the_file(
    lederf: Guardian, visitor: Browser, number: str, name: str, found: bool
) -> None:
    page = await visitor.press(await visitor.get(WIZARD), WIZARD, **PERSON)
    page = await visitor.press(page, page.url, dossier=number, dossier_nom=name)
    assert (page.url == f"{WIZARD}/conditions") is found
    if not found:
        assert page.texts("[id^=erreur-]") and page.url == f"{WIZARD}/dossier"
        assert (page.value("dossier"), page.value("dossier_nom")) == (number, name)


@pytest.mark.parametrize("typed", ["Fam 12b", "fam12B", "FAM 12 B"])
async def test_a_number_is_known_however_the_towns_software_writes_it(
    lederf: Guardian, visitor: Browser, typed: str
) -> None:
    await Family.filter(id=lederf.family_id).update(number="fam 12b")
    page = await fill(visitor, dossier=typed)
    assert "dossier trouvé" in page.text


async def test_whoever_guesses_references_has_to_wait(lederf: Guardian, visitor: Browser) -> None:
    page = await visitor.press(await visitor.get(WIZARD), WIZARD, **PERSON)
    for number in range(500, 530):
        page = await visitor.press(page, f"{WIZARD}/dossier", dossier=str(number), dossier_nom="le derf")
        if page.status == 429:
            break
    assert page.status == 429 and "Trop d’essais" in page.text and number < 515
    page = await visitor.press(page, f"{WIZARD}/dossier", dossier="404", dossier_nom="le derf")
    assert page.status == 429  # the right one too, or waiting would tell


async def test_the_conditions_have_to_be_accepted(lederf: Guardian, visitor: Browser) -> None:
    page = await visitor.press(await visitor.get(WIZARD), WIZARD, **PERSON)
    page = await visitor.press(page, page.url, dossier="404", dossier_nom="Le Derf")
    assert page.texts(".terms p") == ["Première règle.", "Seconde règle."]
    page = await visitor.press(page, page.url)
    assert page.redirects and "cochez la case" in page.texts("#erreur-accepte")[0]


@pytest.mark.parametrize("rules", [Rules()])
async def test_a_town_without_conditions_has_three_steps(lederf: Guardian, visitor: Browser, rules: Rules) -> None:
    page = await visitor.press(await visitor.get(WIZARD), WIZARD, **PERSON)
    assert len(page.all(".progress li")) == 3
    page = await visitor.press(page, page.url, dossier="404", dossier_nom="Le Derf")
    assert page.url == f"{WIZARD}/recapitulatif"


@pytest.mark.parametrize("rules", [Rules(wizard=False)])
async def test_a_town_may_hand_identifiers_out_itself(visitor: Browser, rules: Rules) -> None:
    assert (await visitor.get(WIZARD)).status == 404


async def test_without_a_dossier_the_service_is_asked_to_link_it(town: Town, visitor: Browser) -> None:
    page = await visitor.press(await visitor.get(WIZARD), WIZARD, **PERSON)
    page = await visitor.press(page, page.url, sans="1")
    page = await visitor.press(page, page.url, accepte="1")
    await visitor.press(page, page.url, aller="suite")
    await town.hub.settle()
    path = link(town.mails(ARNAUD)[-1])
    assert not await Thread.exists()
    page = await visitor.press(await visitor.get(path), path)
    assert "pas encore rattaché" in page.text

    await town.hub.settle()
    asked = town.mails(NORA)[-1]
    assert "Rattachement à mon dossier" in asked.subject and "(dossier en attente" in asked.subject
    assert ARNAUD in asked.text
    page = await visitor.login("lederf", SECRET)
    assert page.url == "/" and (await visitor.get("/messagerie/envoyes")).text.count("Rattachement") >= 1
    account = await Account.get(login="lederf").select_related("family")
    assert not account.family.is_known


async def test_a_number_and_a_name_never_open_the_place_of_somebody_who_is_in(town: Town, visitor: Browser) -> None:
    """They stand on every invoice: Marie and Paul have their accounts, a third one is for the service to decide."""
    path = await register(town, visitor, dossier="1234", name="Durand", nom="Durand")
    page = await visitor.press(await visitor.get(path), path)
    assert "pas encore rattaché" in page.text
    await town.hub.settle()
    assert "1234" in town.mails(NORA)[-1].text
    account = await Account.get(login="lederf")
    assert account.family_id != town.account().family_id


@pytest.mark.parametrize(("known_as", "is_linked"), [("", False), ("moi@ailleurs.test", False), (ARNAUD.upper(), True)])
async def test_of_parents_who_live_apart_none_comes_in_as_the_other(
    town: Town, lederf: Guardian, visitor: Browser, known_as: str, is_linked: bool
) -> None:
    """Each knows the other's number and both names: only the address that the town has for them tells."""
    await Family.filter(id=lederf.family_id).update(is_separated=True)
    await Guardian.filter(id=lederf.id).update(email=known_as, address="9 impasse Cachée")
    path = await register(town, visitor)
    page = await visitor.press(await visitor.get(path), path)
    assert ("pas encore rattaché" in page.text) is not is_linked
    await visitor.login("lederf", SECRET)
    assert ("9 impasse Cachée" in (await visitor.get("/dossier")).text) is is_linked


async def test_the_other_accounts_of_a_dossier_hear_of_a_new_one(town: Town, visitor: Browser) -> None:
    await Guardian.create(family_id=town.account().family_id, rank=3, first_name="Arnaud", last_name="Durand")
    path = await register(town, visitor, dossier="1234", name="Durand", nom="Durand")
    await visitor.press(await visitor.get(path), path)
    await town.hub.settle()
    for address in (MARIE, PAUL):
        assert town.mails(address)[-1].subject == "Un compte de plus pour votre dossier"
        assert ARNAUD not in town.mails(address)[-1].text


async def test_an_address_in_use_gets_the_same_page_and_its_owner_a_mail(town: Town, visitor: Browser) -> None:
    page = await visitor.press(await visitor.get(WIZARD), WIZARD, **{**PERSON, "email": MARIE, "email2": MARIE})
    page = await visitor.press(page, page.url, sans="1")
    page = await visitor.press(page, page.url, accepte="1")
    page = await visitor.press(page, page.url, aller="suite")
    assert "votre espace personnel a été créé" in page.text
    await town.hub.settle()
    [mail] = town.mails(MARIE)
    assert mail.subject == "Vous avez déjà un compte" and "mdurand" in mail.text
    await visitor.press(await visitor.get("/inscription/merci"), "/inscription/renvoyer")
    town.clock.advance(hours=23)  # those who have none are warned now
    await town.hub.settle()
    assert {mail.subject for mail in town.mails(MARIE)} == {"Vous avez déjà un compte"}
    assert not await AccountLink.exists()


@pytest.mark.parametrize("email", [MARIE, ARNAUD], ids=["in use", "free"])
async def test_nothing_that_comes_after_tells_whether_an_address_is_in_use(
    town: Town, lederf: Guardian, visitor: Browser, arrive: Arrive, email: str
) -> None:
    """Neither a login with what was typed, nor the user name in a second wizard, taken before or meanwhile."""
    await arrive()
    given = {"email": email, "email2": email}
    meanwhile = await fill(visitor, **given)
    other = await arrive()
    await register(town, other, email="autre@famille.test", email2="autre@famille.test")
    page = await visitor.press(meanwhile, f"{WIZARD}/recapitulatif", aller="suite")
    assert page.url == WIZARD and "vient d’être pris" in page.texts("#erreur-identifiant")[0]

    page = await fill(visitor, **given, identifiant="lederf2")
    page = await visitor.press(page, f"{WIZARD}/recapitulatif", aller="suite")
    assert page.title == "Bienvenue sur le portail"
    page = await other.press(await other.get("/connexion"), "/connexion", identifiant="lederf2", mot_de_passe=SECRET)
    assert "pas encore activé" in page.text
    third = PERSON | {"email": "tiers@famille.test", "email2": "tiers@famille.test"}
    page = await other.press(await other.get(WIZARD), WIZARD, **third | {"identifiant": "lederf2"})
    assert "déjà pris" in page.texts("#erreur-identifiant")[0]


@pytest.mark.parametrize("spoilt", ["once", "late", "altered", "never"])
async def test_a_link_works_once_in_time_and_as_it_is(
    town: Town, lederf: Guardian, visitor: Browser, spoilt: str
) -> None:
    path = await register(town, visitor)
    page = await visitor.get(path)
    if spoilt == "once":
        await visitor.press(page, path)
    if spoilt == "late":
        town.clock.advance(hours=24, seconds=1)
    used = {"altered": path[:-2] + "zz", "never": "/activation/" + "x" * 43}.get(spoilt, path)
    before = await Account.all().count()
    page = await visitor.post(used, page.form(path))
    assert page.status == 404 and page.title == "Ce lien n’est plus valable"
    assert (await visitor.get(used)).status == 404
    assert await Account.all().count() == before


async def test_of_two_activations_at_once_one_wins(town: Town, lederf: Guardian, visitor: Browser) -> None:
    token = (await register(town, visitor)).rpartition("/")[2]
    found = await asyncio.gather(*(town.hub.joining.activate(token) for _ in range(5)), return_exceptions=True)
    assert [isinstance(one, Activated) for one in found].count(True) == 1
    assert all(isinstance(one, Activated | NotFound) for one in found)
    assert await Account.filter(login="lederf").count() == 1


async def test_who_does_not_activate_is_warned_then_forgotten(town: Town, lederf: Guardian, visitor: Browser) -> None:
    first = await register(town, visitor)
    town.clock.advance(hours=17)
    await town.hub.settle()
    assert len(town.mails(ARNAUD)) == 1
    town.clock.advance(hours=1, minutes=1)
    await town.hub.settle()
    assert len(town.mails(ARNAUD)) == 2
    warning = town.mails(ARNAUD)[-1]
    assert "va être supprimé" in warning.subject and link(warning) != first
    await town.hub.settle()
    assert len(town.mails(ARNAUD)) == 2
    assert (await visitor.get(first)).title == "Activer mon compte"  # both work
    town.clock.advance(hours=6)
    await town.hub.settle()
    assert not await Registration.exists() and not await AccountLink.exists()
    assert (await visitor.get(link(warning))).status == 404
    assert await register(town, visitor)  # the name and the address are free again


async def test_the_link_is_sent_again(town: Town, lederf: Guardian, visitor: Browser) -> None:
    first = await register(town, visitor)
    page = await visitor.press(await visitor.get("/inscription/merci"), "/inscription/renvoyer")
    assert "un nouveau lien vient d’y partir" in page.text
    await town.hub.settle()
    again = link(town.mails(ARNAUD)[-1])
    assert again != first
    page = await visitor.press(await visitor.get(again), again)
    assert page.title == "Votre compte est activé"
    assert (await visitor.get(first)).status == 404
    stranger = await visitor.get(first)
    assert (await visitor.press(stranger, "/inscription/renvoyer", email=" ")).url == "/inscription"
    page = await visitor.press(stranger, "/inscription/renvoyer", email="personne@famille.test")
    assert "un nouveau lien vient d’y partir" in page.text  # the same for everyone


async def test_somebody_elses_registration_does_not_hold_an_address(
    town: Town, lederf: Guardian, visitor: Browser
) -> None:
    await register(town, visitor, identifiant="pirate")
    path = await register(town, visitor)
    page = await visitor.press(await visitor.get(path), path)
    assert page.title == "Votre compte est activé" and await Account.exists(login="lederf")


async def test_a_name_taken_meanwhile_is_said_where_it_is_typed(town: Town, lederf: Guardian, visitor: Browser) -> None:
    page = await fill(visitor)
    await town.hub.people.add_guardian(replace_login("lederf"))
    page = await visitor.press(page, f"{WIZARD}/recapitulatif", aller="suite")
    assert page.url == WIZARD and "vient d’être pris" in page.texts("#erreur-identifiant")[0]
    assert page.value("nom") == "Le Derf"


def replace_login(login: str) -> Any:
    from hub.accounts.people import NewGuardian

    return NewGuardian("77", "Ana", "Costa", login, "ana@famille.test", "Autre-2026-mot")


class TestLinking:
    """An account that came in without a dossier, once the service knows whose it is."""

    async def waits(self, town: Town, visitor: Browser) -> Account:
        page = await visitor.press(await visitor.get(WIZARD), WIZARD, **PERSON)
        page = await visitor.press(page, page.url, sans="1")
        page = await visitor.press(page, page.url, accepte="1")
        await visitor.press(page, page.url, aller="suite")
        await town.hub.settle()
        path = link(town.mails(ARNAUD)[-1])
        await visitor.press(await visitor.get(path), path)
        return await Account.get(login="lederf")

    async def test_it_gets_its_dossier_and_keeps_what_it_said(
        self, town: Town, lederf: Guardian, visitor: Browser
    ) -> None:
        account = await self.waits(town, visitor)
        waiting = account.family_id
        assert (await town.hub.joining.link(account, "404")).id == lederf.id
        await account.refresh_from_db()
        assert (account.family_id, account.guardian_id) == (lederf.family_id, lederf.id)
        assert not await Family.exists(id=waiting)
        await town.hub.settle()
        assert "rattaché au dossier 404" in town.mails(ARNAUD)[-1].text
        await visitor.login("lederf", SECRET)
        assert "404" in (await visitor.get("/")).texts(".facts dd")
        assert "Rattachement" in (await visitor.get("/messagerie")).text
        assert "Rattachement" in (await visitor.get("/messagerie/recherche?q=compte")).text
        with pytest.raises(Conflict, match="déjà rattaché"):
            await town.hub.joining.link(account, "1234")

    async def test_a_number_that_was_given_is_a_request_that_an_agent_accepts(
        self, town: Town, visitor: Browser
    ) -> None:
        path = await register(town, visitor, dossier="1234", name="Durand", nom="Lederf")  # nobody's place is free
        await visitor.press(await visitor.get(path), path)
        await town.hub.settle()
        mail = town.mails(NORA)[-1]
        assert "Rattachement à mon dossier" in mail.subject and "1234" in mail.text and "/accepter" in mail.text
        await town.arrive(town.answer(mail, NORA, "/accepter"))
        assert "Sans compte dans ce dossier : aucun" in town.mails(NORA)[-1].text
        durand = town.account().family_id
        place = await Guardian.create(family_id=durand, rank=3, first_name="Arnaud", last_name="Lederf")
        await town.arrive(town.answer(mail, NORA, "/accepter"))
        account = await Account.get(login="lederf")
        assert (account.family_id, account.guardian_id) == (durand, place.id)
        await town.hub.settle()
        assert "acceptée" in town.mails(ARNAUD)[-1].text

    async def test_at_the_desk_it_is_linked_to_the_dossier_that_the_agent_knows(
        self, town: Town, lederf: Guardian, visitor: Browser, arrive: Arrive
    ) -> None:
        path = await register(town, visitor, dossier="1234", name="Durand", nom="Lederf")
        await visitor.press(await visitor.get(path), path)
        account = await Account.get(login="lederf")
        url, agent = f"/bureau/comptes/{account.guardian_id}", await arrive()
        await town.hub.people.add_agent("Nora Lambert", NORA, SECRET)
        door = await agent.get("/bureau/connexion")
        await agent.press(door, "/bureau/connexion", identifiant=NORA, mot_de_passe=SECRET)
        page = await agent.press(await agent.get(url), f"{url}/rattacher", numero="9999")
        assert (
            page.status == 422 and page.texts("#erreur-numero") and page.all("#numero")[0].attributes["value"] == "9999"
        )
        page = await agent.press(page, f"{url}/rattacher", numero="404")
        assert page.url == "/bureau/comptes?q=404"
        await account.refresh_from_db()
        assert account.guardian_id == lederf.id and (await Request.get()).state == "accepted"
        assert "Rattacher" not in (await agent.get(f"/bureau/comptes/{lederf.id}")).text

    async def test_of_parents_who_live_apart_the_agent_says_whose_place_it_is(
        self, town: Town, lederf: Guardian, visitor: Browser
    ) -> None:
        """The one without an account may well be the other."""
        await Family.filter(id=lederf.family_id).update(is_separated=True)
        await Guardian.filter(id=lederf.id).update(first_name="Anne")
        account = await self.waits(town, visitor)
        with pytest.raises(Conflict, match="1 Anne"):
            await town.hub.joining.link(account, "404")
        assert (await town.hub.joining.link(account, "404", 1)).id == lederf.id

    async def test_who_has_none_asks_from_the_list_of_requests(self, town: Town, visitor: Browser) -> None:
        account = await self.waits(town, visitor)
        await visitor.login("lederf", SECRET)
        page = await visitor.get("/demandes/nouvelle/rattachement")
        page = await visitor.press(page, "/demandes/nouvelle/rattachement", numero="")
        assert page.status == 422 and page.texts("#erreur-numero")
        page = await visitor.press(page, "/demandes/nouvelle/rattachement", numero="404")
        assert "Rattachement à mon dossier" in page.text
        assert (await Request.get()).guardian == account.guardian_id
        offered = town.hub.requests.offered(await town.hub.files.of(town.account().guardian_id))
        assert "rattachement" not in {kind.slug for kind in offered}

    @pytest.mark.parametrize(("number", "error"), [("9999", NotFound), ("1234", Conflict)])
    async def test_no_such_dossier_and_no_free_place_are_said(
        self, town: Town, visitor: Browser, number: str, error: type[Exception]
    ) -> None:
        account = await self.waits(town, visitor)
        with pytest.raises(error):
            await town.hub.joining.link(account, number)
        assert not (await Family.get(id=account.family_id)).is_known


class TestForgotten:
    """ "Mot de passe oublié"."""

    async def ask(self, town: Town, visitor: Browser, name: str) -> Page:
        page = await visitor.press(await visitor.get("/mot-de-passe-oublie"), "/mot-de-passe-oublie", identifiant=name)
        await town.hub.settle()
        return page

    @pytest.mark.parametrize("name", ["mdurand", MARIE, " MDurand "])
    async def test_a_new_one_by_a_link(self, town: Town, visitor: Browser, arrive: Arrive, name: str) -> None:
        marie = await arrive("mdurand")
        page = await self.ask(town, visitor, name)
        assert page.title == "Regardez vos e-mails"
        path = link(town.mails(MARIE)[-1])
        page = await visitor.get(path)
        assert page.title == "Choisir mon mot de passe" and "mdurand" in page.text
        page = await visitor.press(page, path, mot_de_passe="court", mot_de_passe2="court")
        assert page.status == 422 and "8 caractères" in page.texts("#erreur-mot_de_passe")[0]
        page = await visitor.press(page, path, mot_de_passe=SECRET, mot_de_passe2=SECRET)
        assert page.title == "Mot de passe enregistré"
        assert (await marie.get("/")).url.startswith("/connexion")  # whoever was in is out
        assert (await visitor.login("mdurand", SECRET)).url == "/"
        assert (await visitor.get(path)).status == 404
        await town.hub.settle()
        assert town.mails(MARIE)[-1].subject == "Votre mot de passe a été changé"

    @pytest.mark.parametrize("name", ["personne", "personne@famille.test", "é\x00\n", "x" * 500])
    async def test_everybody_is_answered_alike(self, town: Town, visitor: Browser, name: str) -> None:
        known = await self.ask(town, visitor, "mdurand")
        unknown = await self.ask(town, visitor, name)
        assert (known.status, known.text) == (unknown.status, unknown.text)
        assert len(town.sink.mails) == 1

    @pytest.mark.long
    @pytest.mark.parametrize("name", ["mdurand", "personne"])
    async def test_nobody_is_answered_sooner(self, town: Town, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        monkeypatch.setattr(renewal, "ALIKE", 0.3)
        for ask in (town.hub.renewals.ask, town.hub.renewals.ask_for_desk):
            begun = time.monotonic()
            await ask(name, "192.0.2.1")
            assert time.monotonic() - begun >= 0.3

    async def test_nobody_is_flooded(self, town: Town, visitor: Browser) -> None:
        pages = [await self.ask(town, visitor, "mdurand") for _ in range(6)]
        assert pages[-1].status == 429 and len(town.mails(MARIE)) <= 4

    async def test_a_link_lapses(self, town: Town, visitor: Browser) -> None:
        await self.ask(town, visitor, "mdurand")
        path = link(town.mails(MARIE)[-1])
        town.clock.advance(hours=2, seconds=1)
        assert (await visitor.get(path)).status == 404

    async def test_it_is_the_first_way_in_for_who_is_in_the_file(
        self, town: Town, lederf: Guardian, visitor: Browser
    ) -> None:
        lederf.email = ARNAUD
        await lederf.save()
        await self.ask(town, visitor, ARNAUD)
        path = link(town.mails(ARNAUD)[-1])
        page = await visitor.get(path)
        assert "arnaud.lederf" in page.text and not await Account.exists(email=ARNAUD)
        page = await visitor.press(page, path, mot_de_passe=SECRET, mot_de_passe2=SECRET)
        assert page.title == "Votre compte est ouvert"
        assert (await visitor.login(ARNAUD, SECRET)).title == "Conditions d’utilisation", "never accepted by a letter"
        assert (await Account.get(login="arnaud.lederf")).guardian_id == lederf.id

    async def test_two_guardians_with_one_address_are_not_guessed_between(
        self, town: Town, lederf: Guardian, visitor: Browser
    ) -> None:
        await Guardian.create(family_id=lederf.family_id, rank=2, first_name="Léa", last_name="LE DERF", email=ARNAUD)
        lederf.email = ARNAUD
        await lederf.save()
        page = await self.ask(town, visitor, ARNAUD)
        assert page.title == "Regardez vos e-mails" and not town.mails(ARNAUD)

    async def test_who_has_not_activated_gets_that_link_again(
        self, town: Town, lederf: Guardian, visitor: Browser
    ) -> None:
        await register(town, visitor)
        await self.ask(town, visitor, ARNAUD)
        assert len(town.mails(ARNAUD)) == 2 and "/activation/" in link(town.mails(ARNAUD)[-1])


class TestChanging:
    """Another password by who is in."""

    async def test_every_other_browser_is_out(self, town: Town, arrive: Arrive) -> None:
        here, there = await arrive("mdurand"), await arrive("mdurand")
        path = "/compte/mot-de-passe"
        fields = {"actuel": "Tilleul-2026", "mot_de_passe": SECRET, "mot_de_passe2": SECRET}
        page = await here.press(await here.get(path), path, **{**fields, "actuel": "faux"})
        assert page.status == 422 and page.texts("#erreur-actuel")
        page = await here.press(page, path, **fields)
        assert "Votre mot de passe est changé" in page.text
        assert (await here.get("/")).url == "/" and (await there.get("/")).url.startswith("/connexion")

    async def test_the_present_one_is_not_guessed(self, arrive: Arrive) -> None:
        marie, path = await arrive("mdurand"), "/compte/mot-de-passe"
        page = await marie.get(path)
        for _ in range(8):
            page = await marie.press(page, path, actuel="faux", mot_de_passe=SECRET, mot_de_passe2=SECRET)
        assert page.status == 429
