"""How the rules of a town show: at the door, on the home page, on the way out; each preset, each setting."""

from __future__ import annotations

import re
from datetime import UTC, date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hub.accounts.identifiers import written as letter
from hub.accounts.models import Account, Session
from hub.accounts.registration import Applicant
from hub.check import _pictures
from hub.config import Config, Download, Entrance, Home, Link, News, Registration, Tile, parse, presets
from hub.demo import files as drawn
from hub.dossier.models import Family, Guardian
from hub.web.pages.public import LARGEST
from tests.cast import MARIE, PASSWORD, SERVICES, Town, settings
from tests.servers.sink import Sink
from tests.web.browser import Browser
from tests.web.conftest import Arrive

SECRETS = {"mot_de_passe": "trois-mots-à-moi", "mot_de_passe2": "trois-mots-à-moi"}


@pytest.fixture
def changes() -> dict[str, Any]:
    return {}


@pytest.fixture
def town_settings(database_url: str, tmp_path: Path, sink: Sink, changes: dict[str, Any]) -> Config:
    home = replace(changes.get("home", Home()), folder=str(tmp_path / "public"))
    return replace(settings(database_url, tmp_path, sink.port), **{**changes, "home": home})


def of_preset(name: str) -> dict[str, Any]:
    """What a preset says of a town's rules; the cast's own services stay."""
    config = parse(f'preset = "{name}"')
    registration = replace(config.registration, service="")
    kept = {"registration": registration, "entrance": config.entrance, "home": config.home, "dossier": config.dossier}
    return {**kept, "security": config.security, "services": SERVICES}


def only(**entrance: Any) -> dict[str, Any]:
    return {"entrance": Entrance(**entrance)}


@pytest.mark.parametrize(
    ("changes", "name", "enters"),
    [
        (only(by="name"), "mdurand", True),
        (only(by="name"), "durand@famille.test", False),
        (only(by="email"), "durand@famille.test", True),
        (only(by="email"), "mdurand", False),
        (only(by="both"), "mdurand", True),
        (only(by="both"), "durand@famille.test", True),
    ],
)
async def test_by_what_one_logs_in(arrive: Arrive, changes: dict[str, Any], name: str, enters: bool) -> None:
    visitor = await arrive()
    [label] = (await visitor.get("/connexion")).texts("label[for=identifiant]")
    named = {"name": "Nom d'utilisateur", "email": "Adresse e-mail", "both": "Nom d'utilisateur ou adresse e-mail"}
    assert label == named[changes["entrance"].by]
    page = await visitor.login(name, PASSWORD)
    assert (page.url == "/") is enters
    if not enters:
        assert page.status == 422 and "Ici, on se connecte avec" in page.texts("#erreur-identifiant")[0]


@pytest.mark.parametrize("changes", [only(by="email")])
async def test_where_one_comes_in_by_an_address_a_letter_opens_as_well(
    town: Town, arrive: Arrive, changes: dict[str, Any]
) -> None:
    """Who has no address yet comes in by the user name of their letter; who has one reads it there."""
    family = await Family.create(number="404", name="LE DERF", created_at=town.clock.now())
    told = {"arnaud@famille.test": "Arnaud", "": "Anne"}
    guardians = [
        await Guardian.create(family=family, rank=rank, first_name=name, last_name="LE DERF", email=email)
        for rank, (email, name) in enumerate(told.items(), 1)
    ]
    sheets = await town.hub.identifiers.make(guardians)
    await town.hub.identifiers.store(sheets, "la mairie")
    written = [letter(sheet, UTC, "email") for sheet in sheets]
    assert [(page.label, page.login) for page in written] == [
        ("Adresse e-mail", "arnaud@famille.test"),
        ("Nom d’utilisateur", "anne.lederf"),
    ]
    for page in written:
        shown = await (await arrive()).login(page.login, page.password)
        assert shown.title == "Choisissez votre mot de passe", shown.text
    nobody = await arrive()
    for name, password in (("anne.lederf", "faux"), ("personne", "faux"), ("mdurand", PASSWORD), ("mdurand", "faux")):
        page = await nobody.login(name, password)
        assert page.texts("#erreur-identifiant")[0].startswith("Ici, on se connecte avec votre adresse e-mail")
    assert "Adresse e-mail ou mot de passe incorrect" in (await nobody.login("x@y.test", "faux")).text


@pytest.mark.parametrize("changes", [only(by="email")])
async def test_where_one_comes_in_by_an_address_letters_name_no_user_name(
    town: Town, arrive: Arrive, changes: dict[str, Any]
) -> None:
    for email in ("arnaud@famille.test", MARIE):
        newcomer = Applicant("Arnaud", "Le Derf", email, f"nom-{email[:4]}", "x")
        await town.hub.registrations.register(newcomer, "192.0.2.1")
    visitor = await arrive()
    await visitor.press(await visitor.get("/mot-de-passe-oublie"), "/mot-de-passe-oublie", identifiant=MARIE)
    await town.hub.settle()
    [activation] = town.mails("arnaud@famille.test")
    assert "avec votre adresse e-mail : arnaud@famille.test" in activation.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "nom-arna" not in activation.text + activation.html
    known, reset = sorted(town.mails(MARIE), key=lambda mail: "nouveau" in mail.subject)
    assert "c’est avec elle" in known.text and "mdurand" not in known.text + known.html
    assert f"« {MARIE} »" in reset.text.replace("\N{NO-BREAK SPACE}", " ") and "mdurand" not in reset.text


@pytest.mark.parametrize("changes", [only(by="email")])
async def test_where_one_comes_in_by_an_address_no_page_asks_for_a_user_name(
    town: Town, arrive: Arrive, changes: dict[str, Any]
) -> None:
    """One is made: two of a name do not meet, and neither is told of theirs."""
    for email in ("ana@famille.test", "ana.bis@famille.test"):
        visitor = await arrive()
        page = await visitor.get("/inscription")
        assert not page.all("[name=identifiant]") and "utilisateur" not in page.text
        typed = {"nom": "Martin", "prenom": "Ana", "email": email, "email2": email, **SECRETS}
        page = await visitor.press(page, "/inscription", **typed, identifiant="mdurand")  # of somebody who makes forms
        page = await visitor.press(page, "/inscription/dossier", sans="1")
        assert page.url == "/inscription/recapitulatif" and "utilisateur" not in page.text
        assert (await visitor.press(page, page.url, aller="suite")).url == "/inscription/merci"
        await town.hub.settle()
        found = re.search(r"http://hub\.test(/activation/\S+)", town.mails(email)[-1].text)
        assert found
        page = await visitor.get(found[1])
        assert page.texts("dl dt") == ["Adresse e-mail"] and page.texts("dl dd") == [email]
        page = await visitor.press(page, found[1])
        page = await visitor.login(email, SECRETS["mot_de_passe"])
        assert page.url == "/" and "utilisateur" not in (await visitor.get("/compte")).text
    made = await Account.filter(email__startswith="ana").order_by("id").values_list("login", flat=True)
    assert made == ["ana.martin", "ana.martin2"]


@pytest.mark.parametrize("changes", [only(remember=False) | {"registration": Registration(wizard=False)}])
async def test_what_a_town_does_not_offer_is_not_there(arrive: Arrive, changes: dict[str, Any]) -> None:
    visitor = await arrive()
    page = await visitor.get("/connexion")
    assert not page.all("[name=memoire]") and "Inscrivez-vous" not in page.text
    assert "Mot de passe oublié ?" in page.text
    again = page.form("/connexion") | {"email": "durand@famille.test"}
    assert (await visitor.post("/inscription/renvoyer", again)).status == 404
    await visitor.login("mdurand", memoire="1")
    assert not (await Session.get()).remember


@pytest.mark.parametrize("changes", [only(after_logout="https://www.ville.test/famille")])
async def test_logging_out_leads_where_the_town_wants(marie: Browser, changes: dict[str, Any]) -> None:
    page = await marie.get("/")
    assert "form-action 'self' https://www.ville.test;" in page.headers["Content-Security-Policy"]
    async with marie.http.post("/deconnexion", data=page.form("/deconnexion"), allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "https://www.ville.test/famille")
    assert (await marie.get("/")).url.startswith("/connexion")


NEWS = (
    News(title="Toujours"),
    News(title="Bientôt", since=date(2026, 12, 1)),
    News(title="Passée", until=date(2026, 10, 21)),
    News(title="Aujourd’hui", text="Réunion ce soir.", since=date(2026, 10, 22), until=date(2026, 10, 22)),
)
TILES = (Tile(title="Ma famille", links=(Link(label="Nos enfants", page="children"),)),)


@pytest.mark.parametrize("changes", [{"home": Home(news=NEWS, tiles=TILES)}])
async def test_the_home_page_in_the_towns_words(marie: Browser, changes: dict[str, Any]) -> None:
    page = await marie.get("/")
    assert page.texts("[aria-labelledby=nouvelles] h3") == ["Aujourd’hui", "Toujours"]
    assert "Ma famille" in page.texts("h2") and "Mon dossier" not in page.texts("h2")
    [link] = [a for a in page.all("a.tile") if "Nos enfants" in a.text()]
    assert link.attributes["href"] == "/enfants"


PICTURED = (
    News(title="Marché", picture="2026/marché.png", alt="Étals sur la place", since=date(2026, 10, 22)),
    News(title="Lourde", picture="lourde.jpg", since=date(2026, 10, 21)),
    News(title="Absente", picture="absente.webp", alt="Rien", since=date(2026, 10, 20)),
    News(title="Du site", picture="/images/fete.jpg", since=date(2026, 10, 19)),
    News(title="Passée", picture="passee.png", until=date(2026, 10, 21)),
)


@pytest.mark.parametrize("changes", [{"home": Home(news=PICTURED)}])
async def test_news_have_pictures_or_stand_without(town: Town, arrive: Arrive, changes: dict[str, Any]) -> None:
    folder = Path(town.hub.core.config.home.folder)
    (folder / "2026").mkdir(parents=True)
    (folder / "2026/marché.png").write_bytes(drawn.photo().content)
    (folder / "lourde.jpg").write_bytes(b"x" * (LARGEST + 1))
    (folder / "secret.png").write_bytes(b"x")
    marie = await arrive("mdurand")
    page = await marie.get("/")
    assert page.texts("[aria-labelledby=nouvelles] h3") == ["Marché", "Lourde", "Absente", "Du site"]
    first, last = (image.attributes for image in page.all("[aria-labelledby=nouvelles] img"))
    assert (first["alt"], first["loading"], last["alt"], last["src"]) == (
        "Étals sur la place", "lazy", "", "/images/fete.jpg",
    )  # fmt: skip
    assert all(image["width"] and image["height"] for image in (first, last))
    anyone = await arrive()
    async with anyone.http.get(str(first["src"])) as answer:
        assert (answer.status, answer.content_type) == (200, "image/png")
        assert answer.headers["Content-Disposition"].startswith("inline")
        assert await answer.read() == drawn.photo().content
    for name in ("lourde.jpg", "absente.webp", "secret.png", "../secret.png", "..%2Fsecret.png", "2026"):
        assert (await anyone.get(f"/actualites/images/{name}")).status == 404, name
    told = [finding.detail for finding in _pictures(town.hub.core.config.home)]
    assert [words.partition(" ")[0] for words in told] == ["absente.webp", "lourde.jpg", "passee.png"]


FILES = (Download(title="Règlement", file="règlement.pdf"), Download(title="Absent", file="absent.pdf"))


@pytest.mark.parametrize("changes", [{"home": Home(downloads=FILES)}])
async def test_public_files_before_logging_in(town: Town, arrive: Arrive, changes: dict[str, Any]) -> None:
    folder = Path(town.hub.core.config.home.folder)
    folder.mkdir()
    (folder / "règlement.pdf").write_bytes(b"%PDF-1.7")
    (folder / "secret.txt").write_text("à personne")
    anyone = await arrive()
    assert (await anyone.get("/connexion")).all("a[href='/telechargements']")
    page = await anyone.get("/telechargements")
    assert page.texts("h2") == ["Règlement"] and "règlement.pdf" in page.text
    page = await anyone.get("/telechargements/1")
    assert (page.status, page.html) == (200, "%PDF-1.7")
    assert "attachment" in page.headers["Content-Disposition"] and "sandbox" in page.headers["Content-Security-Policy"]
    for number in (0, 2, 3, 9999):
        assert (await anyone.get(f"/telechargements/{number}")).status == 404


@pytest.mark.parametrize("changes", [of_preset(name) for name in presets()], ids=presets())
async def test_each_preset_opens_its_own_way_in(town: Town, arrive: Arrive, changes: dict[str, Any]) -> None:
    """The wizard where there is one, with the steps it has; and whoever has an account comes in by what it asks for."""
    rules, visitor = town.hub.core.config, await arrive()
    page = await visitor.get("/inscription")
    assert (page.status == 200) is rules.registration.wizard
    if rules.registration.wizard:
        assert len(page.all(".progress li")) == (4 if rules.registration.terms else 3)
    help_page = await visitor.get("/aide")
    assert (help_page.status, "inscrivez-vous" in help_page.text) == (200, rules.registration.wizard)
    named = "nom d’utilisateur" in help_page.text
    assert named is (rules.entrance.by != "email"), "nobody hears of a name that they do not need"
    name = "durand@famille.test" if rules.entrance.by == "email" else "mdurand"
    page = await visitor.login(name, PASSWORD)
    if rules.registration.terms:
        page = await visitor.press(page, "/connexion/conditions", accepte="1")
    assert page.url == "/" and page.title.startswith("Bienvenue")
    assert [tile.title for tile in rules.home.tiles] == [] or rules.home.tiles[0].title in page.texts("h2")


@pytest.mark.parametrize("changes", [of_preset("sainte-consorce")], ids=["sainte-consorce"])
async def test_where_every_change_is_a_request_nothing_is_changed_at_once(
    marie: Browser, changes: dict[str, Any]
) -> None:
    page = await marie.get("/dossier")
    [ask] = page.all("#coordonnees a.quiet")
    page = await marie.post("/dossier/coordonnees", page.form("/deconnexion") | {"mobile": "0601020304"})
    assert page.status == 404
    page = await marie.get(str(ask.attributes["href"]))
    assert "/demandes/nouvelle/responsable" in [a.attributes["href"] for a in page.all("main a")]
