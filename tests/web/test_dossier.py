"""The family's file: what a guardian sees and changes, and what parents who live apart never learn of each other."""

from __future__ import annotations

import re
from datetime import date

import pytest

from hub.actions.kinds import KINDS
from hub.config import Dossier
from hub.core.seal import Sealer
from hub.dossier.file import UNREADABLE, FamilyFile, NewBank
from hub.dossier.models import BankAccount, Child, Collector, Custody, Family, Guardian, HealthNote
from hub.mail.parse import ParsedMail
from hub.web.server import application
from tests.cast import MARIE, NORA, PAUL, Town
from tests.web.browser import Browser
from tests.web.conftest import Arrive

OTHER = "FR1420041010050500013M02606"
IBAN = "FR7630006000011234567890189"
ALL = Dossier(direct=("phones", "bills", "bank", "collectors", "health"))
SECRETS = {  # of Paul, who lives apart
    "address": "9 impasse Cachée", "phone_home": "01 11 11 11 11", "situation": "Pacsé", "phone_work": "01 22 22 22 22",
    "mobile": "06 33 33 33 33", "email": "paul.secret@ailleurs.test", "profession": "Horloger",
    "employer": "Montres SARL", "employer_address": "Zone Discrète",
    "affiliation": "Caisse Discrète",
}  # fmt: skip


@pytest.fixture
def rules() -> Dossier:
    return ALL


@pytest.fixture
async def zoe(town: Town) -> Child:
    """Marie's and Paul's, in a file that says a lot."""
    family = await Family.get(id=town.account().family_id)
    family.quotient, family.income, family.quotient_on = 727, 21345, date(2026, 2, 3)
    family.allocataire, family.regime, family.manager = "Durand Marie", "Régime général", "Espace Jeunesse"
    await family.save()
    await Guardian.filter(account__email=PAUL).update(**SECRETS)
    await Guardian.filter(account__email=MARIE).update(address="1 rue Ouverte", mobile="06 12 34 56 78")
    return await Child.create(
        family=family, first_name="Zoé", last_name="Durand", born_on=date(2019, 10, 22), sex="F", school="École Jaurès",
        grade="CP", authorisations={"Droit à l’image": False},
    )  # fmt: skip


async def test_the_whole_file_is_shown(marie: Browser, zoe: Child) -> None:
    page = await marie.get("/dossier")
    for words in ("N° famille 1234", "1 rue Ouverte", "9 impasse Cachée", "Caisse Discrète", "727", "3 février 2026"):
        assert words in page.text
    assert "21\N{NARROW NO-BREAK SPACE}345\N{NO-BREAK SPACE}€" in page.html
    assert page.texts("h2")[:3] == ["Responsable", "Conjoint", "Informations famille"]
    page = await marie.get("/enfants")
    assert "Zoé Durand" in page.text and "7 ans" in page.text and "22 octobre 2019" in page.text
    page = await marie.get(f"/enfants/{zoe.id}")
    assert "Droit à l’image Non" in page.text and "École Jaurès" in page.text


async def test_telephones_and_bills_are_changed_at_once(town: Town, marie: Browser, zoe: Child) -> None:
    page = await marie.get("/dossier")
    page = await marie.press(page, "/dossier/coordonnees", mobile="07", tel_domicile="0102030405", factures="1")
    assert page.status == 422 and "pas complet" in page.texts("#erreur-mobile")[0]
    assert (page.value("mobile"), page.value("tel_domicile")) == ("07", "0102030405")
    page = await marie.press(page, "/dossier/coordonnees", mobile="07.11.22.33.44", factures="1")
    assert "Vos coordonnées sont enregistrées." in page.text
    guardian = await Guardian.get(account__email=MARIE)
    assert (guardian.mobile, guardian.phone_home) == ("07 11 22 33 44", "01 02 03 04 05")
    of_paul = await Guardian.get(account__email=PAUL)
    assert of_paul.mobile == SECRETS["mobile"] and (guardian.wants_bills, of_paul.wants_bills) == (True, False)
    page = await marie.press(page, "/dossier/banque", iban="FR76")
    assert page.status == 422 and page.all("#factures[checked]"), "another form of the page unticks nothing"


@pytest.mark.parametrize(
    ("iban", "said"),
    [
        ("", "figure sur votre RIB"),
        ("FR7630006000011234567890188", "contient une erreur"),
        ("FR763000600001", "caractères"),
        ("ZZ7630006000011234567890189", "Les deux premières lettres"),
        ("n’importe quoi", "IBAN"),
    ],
)
async def test_a_wrong_iban_says_why(marie: Browser, zoe: Child, iban: str, said: str) -> None:
    page = await marie.press(await marie.get("/dossier"), "/dossier/banque", titulaire="Durand", iban=iban)
    assert page.status == 422 and said in page.texts("#erreur-iban")[0]
    assert (page.value("titulaire"), page.value("iban")) == ("Durand", iban)


async def test_an_iban_is_sealed_and_shown_masked(town: Town, marie: Browser, zoe: Child) -> None:
    page = await marie.get("/dossier")
    typed = {"titulaire": "DURAND Marie", "iban": "fr76 3000 6000 0112 3456 7890 189", "prelevement": "1"}
    page = await marie.press(page, "/dossier/banque", **typed)
    assert "FR76 •••• •••• 0189" in page.text and "3456" not in page.html
    [row] = await town.hub.core.db.rows("SELECT iban, masked, bank, by_debit FROM bank_account")
    assert "3000" not in row["iban"] and town.hub.core.sealer.open("iban", row["iban"]) == IBAN
    assert row["bank"] and row["by_debit"]


async def test_going_over_to_direct_debit_needs_no_number_again(town: Town, marie: Browser, zoe: Child) -> None:
    await town.hub.files.set_bank(town.account(MARIE).guardian_id, NewBank("DURAND Marie", IBAN, by_debit=False))
    page = await marie.get("/dossier")
    assert not page.all("#iban[required]")
    page = await marie.press(page, "/dossier/banque", prelevement="1")
    assert page.status == 200 and "FR76 •••• •••• 0189" in page.text
    [row] = await town.hub.core.db.rows("SELECT holder, iban, by_debit FROM bank_account")
    assert town.hub.core.sealer.open("iban", row["iban"]) == IBAN
    assert row["holder"] == "DURAND Marie" and row["by_debit"]


async def test_health_notes_are_sealed(town: Town, marie: Browser, zoe: Child) -> None:
    url = f"/enfants/{zoe.id}"
    page = await marie.press(await marie.get(url), f"{url}/sante", allergies="Arachides", medecin="x" * 2001)
    assert page.status == 422 and page.texts("#erreur-medecin") and page.value("allergies") == "Arachides"
    page = await marie.press(page, f"{url}/sante", medecin="Dr Petit")
    assert (page.value("allergies"), page.value("medecin")) == ("Arachides", "Dr Petit")
    rows = await town.hub.core.db.rows("SELECT text FROM health_note")
    assert len(rows) == 2 and not any("Arachides" in row["text"] for row in rows)
    await marie.press(page, f"{url}/sante", allergies="")
    assert [note.kind for note in await HealthNote.all()] == ["medecin"]


async def test_a_note_that_nobody_can_read_any_more_is_neither_lost_nor_saved_as_words(
    town: Town, marie: Browser, zoe: Child
) -> None:
    """The secret is another one: after a restore the right one may come back."""
    url, me = f"/enfants/{zoe.id}", town.account().guardian_id
    await town.hub.files.set_health(me, zoe.id, {"allergies": "Arachides", "pai": "Oui"})
    lost = Sealer(b"of another town" * 3).seal("health", "Ventoline")
    await HealthNote.filter(kind="allergies").update(text=lost)
    page = await marie.get(url)
    assert page.value("allergies") == "" and page.texts("#allergies-enregistre") == [f"Enregistré : {UNREADABLE}"]
    for words in ("", UNREADABLE):  # that of a page that stood open from before
        page = await marie.press(await marie.get(url), f"{url}/sante", allergies=words, medecin="Dr Petit")
        assert page.value("medecin") == "Dr Petit" and (await HealthNote.get(kind="allergies")).text == lost
    page = await marie.press(page, f"{url}/sante", allergies="Arachides")
    assert page.value("allergies") == "Arachides" and not page.all("#allergies-enregistre")
    assert await town.hub.files.health(me, zoe.id) == {"allergies": "Arachides", "pai": "Oui", "medecin": "Dr Petit"}


async def test_of_two_pages_the_second_sees_what_the_first_saved(marie: Browser, arrive: Arrive, zoe: Child) -> None:
    """An allergy that the other parent wrote must not go because a page stood open."""
    url = f"/enfants/{zoe.id}"
    stale = await marie.get(url)
    paul = await arrive("pdurand")
    await paul.press(await paul.get(url), f"{url}/sante", allergies="Arachide")
    page = await marie.press(stale, f"{url}/sante", medecin="Dr Petit")
    assert page.status == 409 and "ont changé" in page.text and "Enregistré : Arachide" in page.text
    assert page.value("medecin") == "Dr Petit" and [note.kind for note in await HealthNote.all()] == ["allergies"]
    page = await marie.press(page, f"{url}/sante", allergies="Arachide")
    assert page.status == 200 and page.value("allergies") == "Arachide" and page.value("medecin") == "Dr Petit"


async def test_who_may_collect_a_child(marie: Browser, zoe: Child) -> None:
    url = f"/enfants/{zoe.id}"
    page = await marie.press(await marie.get(url), f"{url}/autorises", nom="", telephone="12")
    assert page.status == 422 and page.texts("#erreur-nom") and page.texts("#erreur-telephone")
    page = await marie.press(page, f"{url}/autorises", nom="Mamie Jo", lien="grand-mère", telephone="0601020304")
    assert "Mamie Jo · grand-mère · 06 01 02 03 04" in page.text
    await marie.press(page, f"{url}/autorises", nom="Mamie Jo", lien="grand-mère", telephone="0601020304")
    collector = await Collector.get(name="Mamie Jo")  # two clicks add her once
    page = await marie.press(page, f"{url}/autorises/{collector.id}/retirer")
    assert "Mamie Jo" not in page.text and not await Collector.exists()


@pytest.mark.parametrize("rules", [Dossier(direct=(), requests=())])
async def test_what_a_town_does_not_let_change_is_asked_for(
    town: Town, marie: Browser, zoe: Child, rules: Dossier
) -> None:
    page = await marie.get("/dossier")
    assert not page.all("form[action^='/dossier']")
    token = page.form("/deconnexion")
    posts = {"/dossier/coordonnees": {"mobile": "0711223344"}, "/dossier/banque": {"titulaire": "D", "iban": IBAN},
             f"/enfants/{zoe.id}/autorises": {"nom": "X"}, f"/enfants/{zoe.id}/sante": {"allergies": "X"}}  # fmt: skip
    for url, fields in posts.items():
        assert (await marie.post(url, token | fields)).status == 404
    assert not await BankAccount.exists() and not await Collector.exists() and not await HealthNote.exists()
    [ask] = [a.attributes["href"] for a in page.all("a") if "Demander une modification" in a.text()]
    assert (await marie.get(str(ask))).value("objet") == "Modification de mon dossier"


async def test_another_familys_child_is_not_there(arrive: Arrive, marie: Browser, zoe: Child) -> None:
    own = await marie.get("/enfants")
    lea = await arrive("lmartin")
    assert "Zoé" in own.text and "Zoé" not in (await lea.get("/enfants")).text
    token = (await lea.get("/dossier")).form("/deconnexion")
    collector = await Collector.create(child=zoe, name="Mamie Jo")
    for url in (f"/enfants/{zoe.id}", "/enfants/999999"):
        assert (await lea.get(url)).status == 404
        for path, fields in {
            "autorises": {"nom": "Pirate"}, "sante": {"allergies": "X"}, f"autorises/{collector.id}/retirer": {},
        }.items():  # fmt: skip
            assert (await lea.post(f"{url}/{path}", token | fields)).status == 404
    assert await Collector.all().count() == 1 and not await HealthNote.exists()


async def pauls_affairs(town: Town, arrive: Arrive, zoe: Child) -> None:
    """What he asks for and sends about the child of both."""
    paul = await arrive("pdurand")
    for kind, typed in {
        "autorisations": {"nom": "Oncle Caché", "telephone": "06 44 44 44 44"},
        "responsable": {"adresse": "11 impasse Cachée", "nom": "Durand", "prenom": "Paul", "profession": "Horloger"},
    }.items():
        url = f"/demandes/nouvelle/{kind}" + (f"?enfant={zoe.id}" if kind == "autorisations" else "")
        page = await paul.press(await paul.get(url), url, **typed)
        assert page.url.startswith("/messagerie/"), page.text
    await town.hub.settle()


@pytest.mark.long
@pytest.mark.parametrize("rules", [Dossier(direct=("phones", "bills", "bank"))])
async def test_parents_who_live_apart_learn_nothing_of_each_other(town: Town, arrive: Arrive, zoe: Child) -> None:
    """Every page of Marie's, and every mail she gets, against all that is known of Paul."""
    family = await Family.get(id=zoe.family_id)
    family.is_separated = True
    await family.save()
    of_marie = await Guardian.get(account__email=MARIE)
    of_paul = await Guardian.get(account__email=PAUL)
    only_pauls = await Child.create(family=family, first_name="Gaspard", last_name="Durand", school="École Secrète")
    await Custody.create(child=only_pauls, guardian=of_paul)
    await Custody.create(child=zoe, guardian=of_paul)
    await Custody.create(child=zoe, guardian=of_marie)
    await Collector.create(child=zoe, guardian=of_paul, name="Oncle Caché", phone="06 44 44 44 44")
    files: FamilyFile = town.hub.files
    await files.set_bank(of_paul.id, NewBank("Titulaire Secret", IBAN, by_debit=False))
    await pauls_affairs(town, arrive, zoe)
    theirs = await town.write("Mon adresse : 9 impasse Cachée", PAUL, subject="Confidentiel Paul")
    mine = await town.write("Bonjour, rien qu’à vous", MARIE)
    await town.hub.settle()

    marie, paul = await arrive("mdurand"), await arrive("pdurand")
    hidden = [*SECRETS.values(), "impasse Cachée",
              PAUL, "Gaspard", "École Secrète", "Oncle Caché", "06 44 44 44 44", "Titulaire Secret",
              "•••• 0189", "Confidentiel Paul", "Horloger"]  # fmt: skip
    for url in every_page(town, thread=mine.thread_id, child=zoe.id):
        page = await marie.get(url)
        assert page.status in (200, 404) and [words for words in hidden if words in page.html] == [], url
        assert "727" not in page.text, url  # three figures may stand in any token
    for url in (f"/enfants/{only_pauls.id}", f"/messagerie/{theirs.thread_id}"):
        assert (await marie.get(url)).status == 404
    for mail in town.mails(MARIE):
        assert [words for words in hidden if words in whole(mail)] == []
    of_hers = ["1 rue Ouverte", "06 12 34 56 78", MARIE, "Bonjour, rien qu’à vous"]
    for url in every_page(town, thread=theirs.thread_id, child=zoe.id):
        page = await paul.get(url)
        assert page.status in (200, 404) and [words for words in of_hers if words in page.html] == [], url
    for mail in town.mails(PAUL):
        assert [words for words in of_hers if words in whole(mail)] == []
    page = await paul.get("/dossier")
    assert "9 impasse Cachée" in page.text and "Titulaire Secret" in page.text and "1 rue Ouverte" not in page.html
    assert "Gaspard" in (await paul.get("/enfants")).text
    page = await marie.press(await marie.get("/dossier"), "/dossier/banque", titulaire="Compte à moi", iban=OTHER)
    assert "Compte à moi" in page.text and "•••• 2606" in page.text and "Titulaire Secret" not in page.html
    page = await paul.get("/dossier")
    assert "Titulaire Secret" in page.text and not any(words in page.html for words in ("Compte à moi", "•••• 2606"))
    assert {bank.guardian_id for bank in await BankAccount.all()} == {of_marie.id, of_paul.id}


async def test_an_answer_in_a_conversation_of_both_is_read_by_the_service_alone_once_they_live_apart(
    town: Town, arrive: Arrive, zoe: Child
) -> None:
    """On the web and by e-mail."""
    shared = await town.write("Une question de nous deux", MARIE)
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Voici la réponse"))
    asked = town.mails(PAUL)[-1]
    await Family.filter(id=zoe.family_id).update(is_separated=True)
    paul, marie = await arrive("pdurand"), await arrive("mdurand")
    page = await paul.get(f"/messagerie/{shared.thread_id}")
    assert "entre vous et le service" in page.text
    page = await paul.send(page, f"/messagerie/{shared.thread_id}/repondre", message="Ma nouvelle adresse est secrète")
    assert "Votre réponse est envoyée" in page.text and "entre vous et le service" not in page.text
    assert page.url.partition("?")[0] != f"/messagerie/{shared.thread_id}"
    await town.arrive(town.answer(asked, PAUL, "Mon numéro est secret"))
    assert "Mon numéro est secret" in town.mails(NORA)[-1].text
    assert "Aucun message trouvé" in (await marie.get("/messagerie/recherche?q=secret")).text
    for url in (f"/messagerie/{shared.thread_id}", "/messagerie", "/messagerie/envoyes"):
        assert "secr" not in (await marie.get(url)).text, url
    assert "Une question de nous deux" in (await marie.get(f"/messagerie/{shared.thread_id}")).text
    await town.arrive(town.answer(town.mails(NORA)[-1], NORA, "Bien noté pour ce secret"))
    assert "Bien noté" in town.mails(PAUL)[-1].text
    assert not any("Bien noté" in mail.text for mail in town.mails(MARIE))


def every_page(town: Town, **ids: int) -> list[str]:
    """Each page of the parents' door, a new one too, and those that a question opens."""
    found = [f"/enfants/{ids['child']}", "/messagerie/recherche?q=impasse", "/messagerie/recherche?q=Paul"]
    for route in application(town.hub).router.routes():
        pattern = route.resource.canonical if route.resource else ""
        if route.method != "GET" or pattern.startswith("/static") or pattern.endswith("/flux"):
            continue
        for kind in KINDS:
            places = ids | {"kind": kind.slug, "step": "dossier", "number": 1}
            url = re.sub(r"\{(\w+)\}", lambda place: str(places.get(place[1], 1)), pattern)  # noqa: B023
            found += [url, f"{url}?enfant={ids['child']}", f"{url}?tout=1"] if "demandes" in url else [url]
    assert len(set(found)) > 50
    return list(dict.fromkeys(found))


def whole(mail: ParsedMail) -> str:
    """All that a mail says: its head, but for whom it is to, its words, the names of its files."""
    head = [value for name, value in mail.headers if name.lower() not in ("to", "delivered-to")]
    return "\n".join([*head, mail.text, mail.html, *(file.filename for file in mail.attachments)])


async def test_nobody_is_shown_to_who_is_not_in(anyone: Arrive, zoe: Child) -> None:
    nobody = await anyone()
    for url in ("/dossier", "/enfants", f"/enfants/{zoe.id}", "/compte/mot-de-passe"):
        assert (await nobody.get(url)).url.startswith("/connexion")
