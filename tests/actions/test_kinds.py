"""Each kind of request: what it offers, changes, and puts back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from importlib import resources
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.accounts.models import Agent
from hub.actions.kinds import BY_SLUG, KINDS
from hub.actions.kinds.base import Asked, Change, Field, Ground, Kind, Payload, read, read_all, shown, written
from hub.actions.listing import RequestLists
from hub.actions.models import PAPER, Request
from hub.actions.requests import Decided
from hub.config import RequestKind
from hub.core.errors import Conflict, Invalid, NotFound
from hub.dossier.cells import CellFault
from hub.dossier.file import NewBank
from hub.dossier.models import BankAccount, Child, Collector, Custody, Family, Guardian, HealthNote
from hub.mailbox.models import Message
from hub.mailbox.orders import Doubt, doubt, order
from hub.mailbox.threads import Author
from tests.cast import MARIE, NORA, PAUL, Town

IBAN = "FR7630006000011234567890189"
FILLED: dict[str, dict[str, str]] = {
    "responsable": {"nom": "Durand-Lopez", "prenom": "Marie", "adresse": "3 rue Neuve", "mobile": "0611223344"},
    "conjoint": {"nom": "Durand", "prenom": "Paul", "profession": "Horloger", "organisme": "CAF"},
    "fiscal": {"revenus": "21 345", "enfants": "2"},
    "caf": {"allocataire": "Marie Durand", "numero": "1234567A"},
    "banque": {"titulaire": "Marie Durand", "iban": IBAN, "prelevement": "1"},
    "attestation": {"annee": "2025"},
    "enfant": {"prenom": "Jeanne", "nom": "Durand", "naissance": "2024-03-05", "sexe": "F"},
    "autorisations": {"nom": "Mamie Jo", "lien": "grand-mère", "telephone": "0601020304"},
    "sante": {"allergies": "Arachide"},
}


@pytest.fixture
async def zoe(town: Town) -> Child:
    return await Child.create(family_id=town.account().family_id, first_name="Zoé", last_name="Durand")


async def state(town: Town) -> list[list[dict[str, object]]]:
    """All that requests may change."""
    tables = ("guardian", "family", "bank_account", "child", "collector", "custody")
    rows = [await town.hub.core.db.rows(f"SELECT * FROM {table} ORDER BY id") for table in tables]
    health = [await town.hub.files.health(town.account().guardian_id, child.id) for child in await Child.all()]
    without = [[{k: v for k, v in row.items() if k not in ("id", "iban", "updated_at")} for row in t] for t in rows]
    return [*without, [dict(notes) for notes in health]]


async def submit(town: Town, slug: str, child: int = 0, email: str = MARIE, **typed: str) -> Request:
    guardian, key = town.account(email).guardian_id, f"{slug}-{email}-{typed}"[-80:]
    filled = typed or FILLED.get(slug, {})
    thread = await town.hub.requests.submit(town.sender(email), guardian, slug, child, filled, key)
    return await Request.get(thread_id=thread)


def test_every_kind_is_tried_here_and_in_the_settings() -> None:
    assert {*FILLED, "rattachement"} == set(BY_SLUG) - {PAPER}  # these two: see test_coming_in, test_papers
    assert len({kind.title for kind in KINDS}) == len(KINDS)


class Menu(Kind):
    """As a room that is still to come would add one."""

    slug, title, sentence = "menu", "Menu sans porc", "Je demande un autre menu."
    fields = (Field("depuis", "À partir du", "date", required=True),)

    async def check(self, ground: Ground, typed: Mapping[str, str]) -> Asked:
        found = read_all(self.fields, typed)
        return Asked((Change("Menu", "Ordinaire", f"Sans porc, le {found['depuis']:%d/%m/%Y}"),), {"menu": "sans porc"})

    async def accept(self, ground: Ground, payload: Payload) -> Payload:
        await Family.filter(id=ground.view.family.id).update(regime=payload["menu"])
        return {"menu": ground.view.family.regime}

    async def revert(self, ground: Ground, before: Payload) -> None:
        await Family.filter(id=ground.view.family.id).update(regime=before["menu"])


async def test_a_new_kind_is_one_file_and_one_line(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BY_SLUG, "menu", Menu())
    request = await submit(town, "menu", depuis="2026-11-02")
    await town.hub.settle()
    assert "Ordinaire → Sans porc, le 02/11/2026" in town.mails(NORA)[-1].text
    await town.arrive(town.answer(town.mails(NORA)[-1], NORA, "/accepter"))
    assert (await Family.get(id=town.account().family_id)).regime == "sans porc"
    assert "Menu sans porc" in town.mails(MARIE)[-1].text
    agent = await town.agent(NORA)
    await town.hub.requests.undo(request.id, Author(agent.name, agent=agent.id))
    assert (await Family.get(id=town.account().family_id)).regime == ""
    for path in Path(str(resources.files("hub.actions.kinds"))).glob("*.py"):
        assert path.name == "base.py" or len(path.read_text("utf-8").splitlines()) <= 75, path.name


def test_the_settings_know_every_kind_and_no_other() -> None:
    assert list(get_args(RequestKind)) == list(BY_SLUG)


@pytest.mark.parametrize("slug", FILLED)
async def test_accepting_changes_the_file_and_undoing_puts_it_back(town: Town, zoe: Child, slug: str) -> None:
    agent = await Agent.get(email=NORA)
    nora = Author(agent.name, agent=agent.id)
    before = await state(town)
    request = await submit(town, slug, zoe.id if BY_SLUG[slug].about == "child" else 0)
    assert await state(town) == before, "asking changes nothing"
    await town.hub.requests.decide(request.id, Decided(True), nora, "desk")
    assert (await state(town) == before) is (slug == "attestation")
    await town.hub.requests.undo(request.id, nora)
    assert await state(town) == before
    await town.hub.requests.decide(request.id, Decided(False, "Non."), nora, "desk")
    assert await state(town) == before


async def test_what_is_confidential_is_in_no_thread_and_no_mail(town: Town, zoe: Child) -> None:
    request = await submit(town, "sante", zoe.id)
    await town.hub.settle()
    everything = [m.text for m in await Message.all()] + [m.text + m.html for m in town.mails(NORA)]
    assert everything and not any("Arachide" in text for text in everything)
    assert "Arachide" not in request.payload + str(request.changes)
    assert await town.hub.requests.reveal(request) == [("Allergies", "Arachide")]


async def test_somebody_may_be_taken_off_the_list(town: Town, zoe: Child) -> None:
    jo = await Collector.create(child=zoe, name="Mamie Jo")
    request = await submit(town, "autorisations", zoe.id, retirer=str(jo.id))
    agent = await Agent.get(email=NORA)
    await town.hub.requests.decide(request.id, Decided(True), Author(agent.name, agent=agent.id), "desk")
    assert not await Collector.exists()
    with pytest.raises(Invalid):
        await submit(town, "autorisations", zoe.id, retirer="999")


async def test_parents_who_live_apart_ask_each_for_their_own(town: Town, zoe: Child) -> None:
    await Family.filter(id=zoe.family_id).update(is_separated=True)
    await Custody.create(child=zoe, guardian_id=town.account(MARIE).guardian_id)
    offered = {kind.slug for kind in town.hub.requests.offered(await town.hub.files.of(town.account(PAUL).guardian_id))}
    assert not offered & {"conjoint", "fiscal", "caf"} and "responsable" in offered
    for slug, child in (("conjoint", 0), ("fiscal", 0), ("sante", zoe.id), ("banque", zoe.id), ("rien", 0)):
        with pytest.raises(NotFound):
            await submit(town, slug, child, PAUL)
    request = await submit(town, "banque")
    with pytest.raises(NotFound):
        await town.hub.requests.withdraw(request.id, town.account(PAUL).id, "Paul")
    assert not (await RequestLists(town.hub.core).of_account(town.account(PAUL).id)).requests
    await submit(town, "banque", email=PAUL)
    agent = await Agent.get(email=NORA)
    nora = Author(agent.name, agent=agent.id)
    await town.hub.requests.decide(request.id, Decided(True), nora, "desk")
    second = await Request.get(guardian=town.account(PAUL).guardian_id)
    await town.hub.requests.decide(second.id, Decided(True), nora, "desk")
    owners = {town.account(email).guardian_id for email in (MARIE, PAUL)}
    assert {bank.guardian_id for bank in await BankAccount.all()} == owners


async def test_going_over_to_direct_debit_needs_no_number_again(town: Town) -> None:
    typed = {"titulaire": "Marie Durand", "iban": "", "prelevement": "1"}
    with pytest.raises(Invalid, match="IBAN"):
        await submit(town, "banque", **typed)
    guardian, agent = town.account().guardian_id, await Agent.get(email=NORA)
    await town.hub.files.set_bank(guardian, NewBank("Marie Durand", IBAN, by_debit=False))
    request = await submit(town, "banque", **typed)
    assert request.changes == [["Prélèvement", "Non", "Oui"]]
    await town.hub.requests.decide(request.id, Decided(True), Author(agent.name, agent=agent.id), "desk")
    [bank] = await BankAccount.all()
    assert bank.by_debit and town.hub.core.sealer.open("iban", bank.iban) == IBAN


async def test_undoing_puts_back_ones_own_account_and_leaves_the_others(town: Town) -> None:
    await Family.filter(id=town.account().family_id).update(is_separated=True)
    pauls, maries = town.account(PAUL).guardian_id, town.account(MARIE).guardian_id
    agent = await Agent.get(email=NORA)
    nora = Author(agent.name, agent=agent.id)
    await town.hub.files.set_bank(pauls, NewBank("Paul D.", IBAN, by_debit=True))
    await town.hub.files.set_bank(maries, NewBank("M. Durand", IBAN, by_debit=False))
    request = await submit(town, "banque")
    assert "Paul" not in str(request.changes) and "M. Durand" in str(request.changes)
    await town.hub.requests.decide(request.id, Decided(True), nora, "desk")
    assert {bank.holder for bank in await BankAccount.all()} == {"Paul D.", "Marie Durand"}
    await town.hub.requests.undo(request.id, nora)
    assert {bank.holder for bank in await BankAccount.all()} == {"Paul D.", "M. Durand"}


async def test_who_lives_together_again_has_one_account_once_more(town: Town) -> None:
    family, files = Family.filter(id=town.account().family_id), town.hub.files
    pauls, maries = town.account(PAUL).guardian_id, town.account(MARIE).guardian_id
    await family.update(is_separated=True)
    await files.set_bank(maries, NewBank("Marie", IBAN, by_debit=False))
    town.clock.advance(hours=1)
    await files.set_bank(pauls, NewBank("Paul", IBAN, by_debit=False))
    await family.update(is_separated=False)
    assert [getattr((await files.of(one)).bank, "holder", "") for one in (maries, pauls)] == ["Paul", "Paul"]
    before = await files.set_bank(maries, NewBank("Marie et Paul", IBAN, by_debit=False))
    assert (await BankAccount.get()).holder == "Marie et Paul"
    await files.put_bank_back(maries, before)
    assert {bank.holder for bank in await BankAccount.all()} == {"Marie", "Paul"}


async def test_two_changes_at_once_leave_one_account(town: Town) -> None:
    files, mine = town.hub.files, town.account().guardian_id
    await asyncio.gather(*(files.set_bank(mine, NewBank(f"Marie {n}", IBAN, by_debit=False)) for n in range(5)))
    assert await BankAccount.all().count() == 1


async def test_a_child_of_who_lives_apart_is_theirs(town: Town) -> None:
    await Family.filter(id=town.account().family_id).update(is_separated=True)
    request = await submit(town, "enfant")
    agent = await Agent.get(email=NORA)
    await town.hub.requests.decide(request.id, Decided(True), Author(agent.name, agent=agent.id), "desk")
    child = await Child.get(first_name="Jeanne")
    assert await Custody.exists(child=child, guardian_id=town.account().guardian_id)
    guardians = await Guardian.filter(family_id=child.family_id)
    seen = [len((await town.hub.files.of(guardian.id)).children) for guardian in guardians]
    assert sorted(seen) == [0, 1]


async def test_what_is_gone_can_no_longer_be_accepted(town: Town, zoe: Child) -> None:
    request = await submit(town, "sante", zoe.id)
    await Child.filter(id=zoe.id).update(left_at=town.clock.now())
    agent = await Agent.get(email=NORA)
    with pytest.raises(Conflict, match="plus dans le dossier"):
        await town.hub.requests.decide(request.id, Decided(True), Author(agent.name, agent=agent.id), "desk")
    assert (await Request.get()).state == "pending" and not await HealthNote.exists()


WRONG: tuple[tuple[str, dict[str, str], str], ...] = (
    ("responsable", {"nom": "", "prenom": "Marie"}, "nom"),
    ("responsable", {"nom": "D", "prenom": "M", "mobile": "06"}, "mobile"),
    ("responsable", {"nom": "x" * 81, "prenom": "M"}, "nom"),
    ("responsable", {"nom": "D", "prenom": "M", "civilite": "Roi"}, "civilite"),
    ("fiscal", {"revenus": "douze"}, "revenus"),
    ("fiscal", {"revenus": "9" * 10}, "revenus"),
    ("attestation", {"annee": "1999"}, "annee"),
    ("enfant", {"prenom": "J", "nom": "D", "naissance": "2024-02-31"}, "naissance"),
    ("enfant", {"prenom": "J", "nom": "D", "naissance": "1924-02-01"}, "naissance"),
)


async def test_wrong_input_is_told_at_its_field(town: Town) -> None:
    for slug, typed, field in WRONG:
        with pytest.raises(Invalid) as refused:
            await submit(town, slug, **typed)
        assert list(refused.value.errors) == [field], typed
    assert not await Request.exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/accepter", (True, "", "")),
        ("  /Accepter  \n\nMerci", (True, "", "Merci")),
        ("/ accepter", (True, "", "")),
        ("/accepter. Bonne journée", (True, "", "Bonne journée")),
        ("/refuser RIB illisible", (False, "RIB illisible", "")),
        ("/refuser : RIB illisible\n\nBonjour", (False, "RIB illisible", "Bonjour")),
        ("/refuser\nRIB illisible", (False, "RIB illisible", "")),
        ("/refuser\N{NO-BREAK SPACE}: RIB illisible", (False, "RIB illisible", "")),
        ("/Accepter, merci", (True, "", "merci")),
        ("/refuser", (False, "", "")),
        (
            "/refuser Le relevé que vous avez joint ne porte pas votre nom, ni\ncelui du conjoint.\n\nBonjour",
            (False, "Le relevé que vous avez joint ne porte pas votre nom, ni celui du conjoint.", "Bonjour"),
        ),
        ("Bonjour\n/accepter", None),
        ("/accepterai", None),
        ("accepter", None),
        ("", None),
    ],
)
def test_orders(text: str, expected: tuple[bool, str, str] | None) -> None:
    found = order(text)
    assert (found and (found.accept, found.reason, found.rest)) == expected


@pytest.mark.parametrize(
    ("words", "until", "rest"),
    [
        ("jusqu'au 31/08/2027", date(2027, 8, 31), ""),
        ("jusqu’au 1er septembre 2027. Merci", date(2027, 9, 1), "Merci"),
        (": jusqu' au mardi 31 Août 2027\n\nBonne journée", date(2027, 8, 31), "Bonne journée"),
        ("jusqu’au 3.12.27", date(2027, 12, 3), ""),
        ("jusqu'au 2 juin 2027", date(2027, 6, 2), ""),
        ("Merci\n\njusqu’au 31/08/2027", None, "Merci\njusqu’au 31/08/2027"),
        ("\n\nJusqu’au 31 août la cantine est fermée.", None, "Jusqu’au 31 août la cantine est fermée."),
    ],
)
def test_until_when_a_paper_is_accepted(words: str, until: date | None, rest: str) -> None:
    found = order(f"/accepter {words}")
    assert found and (found.until, found.rest) == (until, rest)
    assert doubt(f"/accepter {words}", found) is Doubt.none


@pytest.mark.parametrize(
    "words", ["jusqu’au 31/02/2027", "jusqu'au 31 août", "jusqu'en juin", "jusqu’au 3 brumaire 27"]
)
def test_a_day_that_cannot_be_read_is_no_order(words: str) -> None:
    assert doubt(f"/accepter {words}", order(f"/accepter {words}")) is Doubt.order


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/accepter\n\nMerci", Doubt.none),
        ("/refuser Le RIB est illisible.", Doubt.none),
        ("/acepter", Doubt.order),
        ("/accepté", Doubt.order),
        ("/refusé : RIB illisible", Doubt.order),
        ("\\accepter", Doubt.order),
        ("« /accepter »", Doubt.order),
        ("Bonjour,\n\n/accepter", Doubt.order),
        ("/accepter ou /refuser ?", Doubt.order),
        ("/accepter\n\n/refuser RIB illisible", Doubt.order),
        ("/annuler", Doubt.order),
        ("accepter", Doubt.word),
        ("Accepté.\n\nNora", Doubt.word),
        ("Refuser : le RIB est illisible.", Doubt.word),
        ("Bonjour, votre demande est acceptée.", Doubt.none),
        ("Pouvez-vous accepter mardi ?\n", Doubt.none),
        ("Le/la directrice vous rappelle.", Doubt.none),
        ("/home/durand/rib.pdf", Doubt.none),
        ("", Doubt.none),
    ],
)
def test_what_looks_like_an_order(text: str, expected: Doubt) -> None:
    assert doubt(text, order(text)) is expected
    long = text + " x" * 200_000
    assert doubt(long, order(long)) in Doubt  # in linear time


FIELDS = st.sampled_from([field for kind in KINDS for field in kind.fields])


@given(FIELDS, st.text(max_size=300))
def test_whatever_is_typed_is_read_or_refused_and_reads_the_same_again(field: Field, typed: str) -> None:
    try:
        value = read(field, typed.strip())
    except CellFault as fault:
        assert str(fault).endswith((".", "78"))
        return
    assert read(field, written(field, value)) == value
    assert shown(field, value)
