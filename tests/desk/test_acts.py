"""Every button of the desk: what it does and its line in the journal are one. Neither is ever there without the other.

Each is pressed twice: first the hub dies as it writes the line, and nothing at all has changed; then it does not, and
there is one line more. Nor can a line be mended or lost later: the database refuses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace
from tortoise import Tortoise
from tortoise.exceptions import BaseORMException

from hub.accounts.journal import ANSWERED, AWAY, Journal
from hub.accounts.models import Account, Agent, DeskAct, Session
from hub.actions.models import PAPER, Request
from hub.config import CannedAnswer as AnswerSettings
from hub.config import Config, Desk
from hub.config import News as NewsSettings
from hub.core.db import ROOMS
from hub.desk.journal import ACTS
from hub.dossier.models import Child, Document, Family, Guardian
from hub.mail.models import AddressFailure, InboundMail, OutboundMail
from hub.mailbox.models import CannedAnswer, LaterAnswer, Mailing, News, Service, ServiceAgent, Theme, WantedPaper
from tests.actions import test_deciding as deciding
from tests.actions.test_papers import sent
from tests.cast import KARIM, LEA, MARIE, NORA, PASSWORD, Town
from tests.desk.conftest import Arrive, asked, junk
from tests.desk.test_conversations import written
from tests.web.browser import Browser, File, Page, multipart
from tests.web.test_factor import enrolled, now, secret_on

DESK = "/bureau"
REFUSED = (BaseORMException, asyncpg.PostgresError)
PASSING = {"session": ("seen_at",), "agent": ("totp_step",)}  # columns that move by themselves: visits, codes used up
COUNTED = {"login_failure", "presence"}  # tries count even where they fail
IMPORT = b"dossier;resp1_nom;resp1_prenom;enfant_nom;enfant_prenom\n9001;Petit;Ines;Petit;Tom\n"


@pytest.fixture
def town_settings(town_settings: Config) -> Config:
    first, *others = town_settings.services
    first = replace(first, answers=(AnswerSettings("Bien reçu", "Bonjour"), AnswerSettings("Vu", "Merci")))
    home = replace(town_settings.home, news=(NewsSettings(title="Un"), NewsSettings(title="Deux")))
    return replace(town_settings, services=(first, *others), home=home, desk=Desk(directory="desk"))


@pytest.fixture
async def town(town: Town) -> Town:
    """Laid out by these settings before the desk took over."""
    await town.hub.directory.settle(replace(town.hub.core.config, desk=Desk()))
    return town


async def everything(town: Town) -> dict[str, list[Any]]:
    """All rows of all tables, but for what moves by itself."""
    assert Tortoise.apps is not None
    found = {}
    for room in ROOMS:
        for model in Tortoise.apps[room].values():
            table = model._meta.db_table
            rows = await town.hub.core.db.rows(f"SELECT * FROM {table}") if table not in COUNTED else []
            passing = PASSING.get(table, ())
            found[table] = sorted(str({k: v for k, v in row.items() if k not in passing}) for row in rows)
    return found


def pattern_of(url: str) -> str:
    """The route that an address is of."""
    [found] = [one for one in ACTS if re.fullmatch(re.sub(r"\{\w+\}", "[0-9]+", one), url)]
    return found


class Witness:
    """Presses buttons, and says of each whether it and its line are one."""

    def __init__(self, town: Town, monkeypatch: pytest.MonkeyPatch, browser: Browser) -> None:
        self.town = town
        self.browser = browser
        self.pressed: set[str] = set()
        self._monkeypatch = monkeypatch

    async def press(
        self, action: str, page: str | Page = "", files: Sequence[File] | None = None, **typed: str
    ) -> Page:
        """The button that posts to `action`, on the page `page` where it has a form there."""
        form = await self._form(page, action)
        before = await everything(self.town)
        with self._monkeypatch.context() as patch:
            patch.setattr(Journal, "add", _dies)
            assert (await self._send(action, form | typed, files)).status == 500, action
        after = await everything(self.town)
        assert [table for table in before if before[table] != after[table]] == [], f"{action}: done without its line"
        await self._fresh(typed)
        answer = await self._send(action, form | typed, files)
        assert answer.status < 400, (action, answer.status, answer.text)
        lines = await DeskAct.filter(id__gt=_last(before["desk_act"])).order_by("id")
        assert [line.act for line in lines] == [ACTS[pattern_of(action)]], action
        then = await everything(self.town)
        assert [table for table in after if after[table] != then[table]] != ["desk_act"], f"{action}: nothing was done"
        self.pressed.add(pattern_of(action))
        return answer

    async def _form(self, page: str | Page, action: str) -> dict[str, str]:
        shown = page if isinstance(page, Page) else await self.browser.get(page or f"{DESK}/compte")
        with suppress(AssertionError):
            return shown.form(action)
        return {"csrf": shown.form(f"{DESK}/deconnexion")["csrf"]}

    async def _fresh(self, typed: dict[str, str]) -> None:
        """A code of the app works once: the next one."""
        for field in ("code", "code_fin"):
            if field in typed:
                self.town.clock.advance(seconds=30)
                typed[field] = now(self.town, typed["clear"])

    async def _send(self, action: str, form: dict[str, str], files: Sequence[File] | None) -> Page:
        return await self.browser.post(action, form if files is None else multipart(form, files))


async def _dies(*given: object) -> None:
    raise RuntimeError("the power is cut")


def _last(lines: list[str]) -> int:
    return max((int(match[1]) for line in lines if (match := re.search(r"'id': (\d+)", line))), default=0)


@pytest.mark.long
async def test_every_button_and_its_line_are_one(
    town: Town, nora: Browser, arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Witness(town, monkeypatch, nora)
    for part in (mails, talks, papers, to_many, requests, helping, organisation, people, own_account, families):
        await part(town, one, arrive)
    assert one.pressed == set(ACTS)


async def mails(town: Town, one: Witness, arrive: Arrive) -> None:
    now, home = town.clock.now(), f"{DESK}/quarantaine"
    mail = await asked(town)
    await one.press(f"{home}/{mail}/publier", f"{home}/{mail}", verifie="1")
    await town.hub.settle()
    mail = await junk(town)
    await one.press(f"{home}/{mail}/ecarter", f"{home}/{mail}")
    await one.press(f"{home}/{mail}/remettre")
    await one.press(f"{home}/ecarter", home, **{f"courriel-{mail}": "1"})
    await one.press(f"{home}/remettre", f"{home}?courriels={mail}")
    await one.press(f"{home}/{mail}/refuser", f"{home}/{mail}", reponse="Nous n’achetons rien.")
    await town.arrive(town.fresh("neuf@famille.test", "periscolaire@hub.test", "Inscription", "Bonjour"))
    mail = (await InboundMail.get(from_address="neuf@famille.test")).id
    await one.press(f"{home}/{mail}/rejouer")
    await town.hub.settle()
    await AddressFailure.create(address=LEA, state="hard", since=now, last_at=now)
    await one.press(f"{DESK}/adresses/reessayer", f"{DESK}/adresses", adresse=LEA)
    out = await OutboundMail.filter(recipient=KARIM).first()
    assert out is not None
    await OutboundMail.filter(id=out.id).update(state="given_up")
    await one.press(f"{DESK}/non-remis/{out.id}", f"{DESK}/non-remis")
    await town.hub.settle()


async def talks(town: Town, one: Witness, arrive: Arrive) -> None:
    url, other = await written(town), await written(town, subject="Encore")
    await one.press(f"{url}/repondre", url, [("a.txt", b"x")], message="Oui.")
    due = (town.clock.now() + timedelta(days=1)).replace(tzinfo=None).isoformat(timespec="minutes")
    await one.browser.post(f"{url}/repondre", (await one.browser.get(url)).form(f"{url}/repondre") | {
        "message": "Demain.", "plus_tard": due})  # fmt: skip
    later = await LaterAnswer.get()
    await LaterAnswer.filter(id=later.id).update(state="held")
    await one.press(f"{url}/plus-tard/{later.id}/envoyer", url)
    await one.press(f"{url}/plus-tard/{later.id}/annuler", url)
    await one.press(f"{url}/note", url, note="À rappeler")
    await one.press(f"{url}/suivre", url)
    await one.press(f"{url}/confier", url, confier=str((await town.agent(KARIM)).id))
    await one.press(f"{url}/rendre", url)
    await one.press(f"{other}/classer", other)
    await one.press(f"{other}/rouvrir", other)
    await one.press(f"{url}/piece", url, piece_demandee="autre", nom_piece="Certificat")
    await one.press(f"{url}/piece/{(await WantedPaper.get()).id}/abandonner", url)
    await one.press(f"{other}/reunir", other, avec=url.rpartition("/")[2])
    school = await Service.get(slug="scolaire")
    await one.press(f"{url}/transferer", url, service=str(school.id))
    marie = town.account(MARIE).guardian_id
    peri = await Service.get(slug="periscolaire")
    letter = f"{DESK}/comptes/{marie}/ecrire"
    await one.press(letter, letter, [("b.txt", b"y")], service=str(peri.id), objet="Bonjour", message="Un mot.")


async def papers(town: Town, one: Witness, arrive: Arrive) -> None:
    zoe = await Child.create(family_id=town.account().family_id, first_name="Zoé", last_name="Durand")
    request = await sent(town, zoe)
    document = await Document.get(request=request.id)
    await one.press(f"{DESK}/documents/{document.id}", f"{DESK}/documents", acte="valider")


async def to_many(town: Town, one: Witness, arrive: Arrive) -> None:
    home, service = f"{DESK}/envois", str((await Service.get(slug="periscolaire")).id)
    typed = {"service": service, "objet": "Grève", "message": "Fermé."}
    for _ in range(2):
        await one.press(f"{home}/nouveau", f"{home}/nouveau", [("a.txt", b"x")], **typed)
    first, second = await Mailing.all().order_by("id")
    await one.press(f"{home}/{first.id}/envoyer", f"{home}/{first.id}")
    await one.press(f"{home}/{second.id}/abandonner", f"{home}/{second.id}")
    await town.hub.settle()


async def requests(town: Town, one: Witness, arrive: Arrive) -> None:
    zoe, guardian = await Child.get(), town.account().guardian_id
    for slug, child, typed in (
        ("responsable", 0, {"nom": "Durand", "prenom": "Marie", "ville": "Lyon"}),
        ("sante", zoe.id, {"allergies": "Arachide"}),
    ):
        await town.hub.requests.submit(town.sender(), guardian, slug, child, typed, slug)
    first, second = [f"{DESK}/demandes/{one.id}" for one in await Request.exclude(kind=PAPER).order_by("id")]
    await one.press(first, first, acte="accepter", motif="")
    await one.press(f"{first}/annuler", first)
    await one.press(f"{second}/lire", second)


async def helping(town: Town, one: Witness, arrive: Arrive) -> None:
    marie = await arrive()
    await marie.login("mdurand")
    await enrolled(town, marie)
    zoe = await Child.get()
    url = f"{DESK}/comptes/{town.account(MARIE).guardian_id}"
    await one.press(f"{url}/sante/{zoe.id}", url)
    await one.press(f"{url}/double-authentification", url)
    await one.press(f"{url}/adresse", url, adresse="marie@nouvelle.test")
    await one.press(f"{url}/provisoire", url, sur="1")
    await one.press(f"{url}/lettre", url, sur="1")
    await one.press(f"{url}/lettres", url)
    family = await Family.create(number="attente", name="Neuf", is_known=False, created_at=town.clock.now())
    guardian = await Guardian.create(family=family, first_name="Noé", last_name="Neuf", rank=1)
    await Account.create(
        guardian=guardian, family=family, login="nneuf", name="Noé Neuf", email="noe@famille.test", password="-",
        created_at=town.clock.now(),
    )  # fmt: skip
    known = await Family.create(number="7777", name="Neuf", created_at=town.clock.now())
    await Guardian.create(family=known, first_name="Noé", last_name="Neuf", rank=1)
    url = f"{DESK}/comptes/{guardian.id}"
    await one.press(f"{url}/rattacher", url, numero="7777", rang="1")


async def organisation(town: Town, one: Witness, arrive: Arrive) -> None:
    home = f"{DESK}/organisation"
    await one.press(f"{home}/nouveau", f"{home}/nouveau", nom="Sports")
    sports = await Service.get(name="Sports")
    url = f"{home}/{sports.id}"
    await one.press(f"{url}/modifier", f"{url}/modifier", description="Stages")
    await one.press(f"{url}/ordre", sens="haut")
    await one.press(f"{url}/themes/nouveau", f"{url}/themes/nouveau", nom="Piscine")
    await one.press(f"{url}/themes/nouveau", f"{url}/themes/nouveau", nom="Judo")
    theme = (await Theme.get(name="Judo")).id
    await one.press(f"{url}/themes/{theme}", f"{url}/themes/{theme}", nom="Judo et aïkido")
    await one.press(f"{url}/themes/{theme}/ordre", sens="haut")
    await one.press(f"{url}/themes/{theme}/fermer")
    await one.press(f"{url}/themes/{theme}/rouvrir")
    agent = (await town.agent(KARIM)).id
    await one.press(f"{url}/equipe", agent=str(agent))
    await one.press(f"{url}/equipe/{agent}", url, place="delegue")
    await one.press(f"{url}/equipe/{agent}/retirer")
    await one.press(f"{url}/fermer")
    await one.press(f"{url}/rouvrir")
    peri = f"{home}/{(await Service.get(slug='periscolaire')).id}"
    await one.press(f"{peri}/reponses/nouvelle", f"{peri}/reponses/nouvelle", nom="Refus", texte="Non.")
    answer = (await CannedAnswer.get(name="Refus")).id
    await one.press(f"{peri}/reponses/{answer}", f"{peri}/reponses/{answer}", texte="Hélas non.")
    await one.press(f"{peri}/reponses/{answer}/ordre", sens="haut")
    await one.press(f"{peri}/reponses/{answer}/supprimer")
    news = f"{home}/actualites"
    await one.press(f"{news}/nouvelle", f"{news}/nouvelle", titre="Trois")
    last = (await News.get(title="Trois")).id
    await one.press(f"{news}/{last}", f"{news}/{last}", titre="Troisième")
    await one.press(f"{news}/{last}/ordre", sens="bas")
    await one.press(f"{news}/{last}/supprimer")


async def people(town: Town, one: Witness, arrive: Arrive) -> None:
    home = f"{DESK}/organisation/agents"
    await one.press(f"{home}/nouveau", f"{home}/nouveau", nom="Anne Roy", email="anne@ville.test")
    url = f"{home}/{(await Agent.get(name='Anne Roy')).id}"
    await one.press(f"{url}/modifier", f"{url}/modifier", nom="Anne Leroy")
    await one.press(f"{url}/lien", url)
    await one.press(f"{url}/nommer", url)
    await one.press(f"{url}/demettre", url)
    await one.press(f"{url}/depart", url)


async def own_account(town: Town, one: Witness, arrive: Arrive) -> None:
    url = f"{DESK}/compte"
    for _ in range(3):
        await arrive(NORA)
    mine = await Session.filter(agent_id=(await town.agent(NORA)).id).order_by("-id").first()
    assert mine is not None
    await one.press(f"{url}/appareils/{mine.id}")
    await one.press(f"{url}/appareils/autres")
    factor = f"{url}/double-authentification"
    page = await one.browser.get(factor)
    secret = secret_on(page)
    typed = {"code": now(town, secret), "clear": secret, "mot_de_passe": PASSWORD}
    await one.press(factor, page, **typed)
    town.clock.advance(seconds=30)
    await one.press(f"{factor}/codes", factor, code=now(town, secret), clear=secret)
    town.clock.advance(seconds=30)
    end = {"code_fin": now(town, secret), "clear": secret, "mot_de_passe": PASSWORD}
    await one.press(f"{factor}/desactiver", factor, **end)
    chosen = {"actuel": PASSWORD, "mot_de_passe": "Chataigne-7-bois", "mot_de_passe2": "Chataigne-7-bois"}
    await one.press(f"{url}/mot-de-passe", f"{url}/mot-de-passe", **chosen)


async def families(town: Town, one: Witness, arrive: Arrive) -> None:
    await one.press(f"{DESK}/import", f"{DESK}/import", [("familles.csv", IMPORT)], acte="importer")
    url = f"{DESK}/comptes/{town.account(LEA).guardian_id}"
    await one.press(f"{url}/export", url, etendue="tout")
    await one.press(f"{url}/effacer", f"{url}/effacer", dossier="5678")


async def test_what_did_nothing_has_no_line(town: Town, nora: Browser) -> None:
    url = await written(town)
    form = (await nora.get(url)).form(f"{url}/repondre") | {"message": "Une fois"}
    for _ in range(2):
        await nora.post(f"{url}/repondre", form)
    page = await nora.get(f"{DESK}/import")
    await nora.send(page, f"{DESK}/import", [("familles.csv", IMPORT)], acte="essai")
    assert [line.act for line in await DeskAct.all()] == ["A répondu à une famille"]
    assert await ServiceAgent.all().count() == 3


@pytest.mark.parametrize("statement", ["UPDATE desk_act SET act = 'Rien'", "DELETE FROM desk_act"])
async def test_the_database_keeps_every_line(town: Town, statement: str) -> None:
    nora = await town.agent(NORA)
    await town.hub.journal.add(nora.id, nora.name, "Suit une conversation", "conversation 1")
    with pytest.raises(REFUSED, match="append-only"):
        await town.hub.core.db.execute(statement)
    replacing = "INSERT OR REPLACE INTO desk_act (id, \"by\", act, about, at) VALUES (1, 'x', 'x', '', 'x')"
    if town.hub.core.db.dialect == "postgres":
        replacing = "TRUNCATE desk_act"
    with pytest.raises(REFUSED, match="append-only"):
        await town.hub.core.db.execute(replacing)
    with pytest.raises(REFUSED):
        await nora.delete()
    [line] = await DeskAct.all()
    assert (line.act, line.agent_id) == ("Suit une conversation", nora.id)


async def test_what_is_decided_away_from_the_desk_has_its_line_too(
    town: Town, nora: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the link of a mail, and by an answer to it; in the transaction of the decision."""
    first = await deciding.asked(town)
    token = deciding.link(town)
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "add", _dies)
        with pytest.raises(RuntimeError):
            await town.hub.decisions.use(token, deciding.NO)
    assert (await Request.get()).state == "pending" and (await town.hub.decisions.look(token)).is_usable
    await town.hub.decisions.use(token, deciding.NO)
    second = await deciding.asked(town, key="k2")
    await town.arrive(town.answer(town.mails(NORA)[-1], NORA, "/accepter"))
    await town.arrive(town.answer(town.mails(NORA)[-1], NORA, "Bonne rentrée."))
    lines = [(line.by, line.act, line.about) for line in await DeskAct.all().order_by("id")]
    assert lines == [
        ("Nora Lambert", AWAY["link"], f"demande {first.id}"),
        ("Nora Lambert", AWAY["email"], f"demande {second.id}"),
        ("Nora Lambert", ANSWERED, f"conversation {second.thread_id}"),
    ]
    page = await nora.get(f"{DESK}/journal", params={"quoi": AWAY["email"]})
    assert page.texts(".held tbody tr") and len(page.all(".held tbody tr")) == 1
