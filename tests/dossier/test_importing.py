"""The families' file comes in: new, changed, refused; again and nothing happens; on both databases."""

from __future__ import annotations

import io
from collections import Counter
from datetime import date

import pytest

from hub.dossier.file import NewBank
from hub.dossier.importing import BATCH, FamilyImport, Kind, Told
from hub.dossier.models import BankAccount, Child, Custody, Family, Guardian
from hub.dossier.table import FileFault
from tests.cast import MARIE, PAUL, Town

IBAN, OTHER = "FR7630006000011234567890189", "FR1420041010050500013M02606"
HEAD = (
    "dossier;nom_dossier;separe;quotient;resp1_nom;resp1_prenom;resp1_mobile;resp2_nom;resp2_prenom;"
    "enfant_reference;enfant_prenom;enfant_naissance;enfant_garde"
)
LEDERF = "404;LE DERF;oui;640;LE DERF;Arnaud;0601020304;MOREL;Anne;e1;Zoé;01/02/2019;1"
SECOND = "404;LE DERF;oui;640;LE DERF;Arnaud;0601020304;MOREL;Anne;e2;Tom;03/04/2021;1+2"


async def bring_in(town: Town, *rows: str, trial: bool = False) -> list[Told]:
    file = io.BytesIO("\n".join([HEAD, *rows, ""]).encode())
    return [told async for told in FamilyImport(town.hub.core).run(file, trial)]


async def test_a_family_comes_in_whole(town: Town) -> None:
    told = await bring_in(town, LEDERF, SECOND)
    assert [(one.line, one.kind) for one in told] == [(2, Kind.new), (3, Kind.new)]
    family = await Family.get(number="404")
    assert (family.name, family.is_separated, family.quotient) == ("LE DERF", True, 640)
    guardians = await Guardian.filter(family=family).order_by("rank")
    assert [(g.first_name, g.last_name, g.mobile) for g in guardians] == [
        ("Arnaud", "LE DERF", "06 01 02 03 04"), ("Anne", "MOREL", ""),
    ]  # fmt: skip
    zoe, tom = await Child.filter(family=family).order_by("id")
    assert (zoe.first_name, zoe.last_name, zoe.born_on) == ("Zoé", "LE DERF", date(2019, 2, 1))
    assert await Custody.filter(child=zoe).values_list("guardian_id", flat=True) == [guardians[0].id]
    assert await Custody.filter(child=tom).count() == 2


async def test_a_second_time_nothing_changes(town: Town) -> None:
    await bring_in(town, LEDERF, SECOND)
    told = await bring_in(town, LEDERF, SECOND)
    assert [(one.kind, one.words) for one in told] == [(Kind.same, "")] * 2
    assert (await Family.filter(number="404").count(), await Child.all().count(), await Custody.all().count()) == (
        1,
        2,
        3,
    )


async def test_what_changes_is_said_and_an_empty_cell_leaves_things_as_they_are(town: Town) -> None:
    await bring_in(town, LEDERF)
    [told] = await bring_in(town, "404;;;512;;;-;;;e1;Zoé;02/02/2019;2")
    assert told.kind is Kind.changed
    assert "quotient : 640 → 512" in told.words and "mobile : 06 01 02 03 04 → (vide)" in told.words
    assert "born_on : 01/02/2019 → 02/02/2019" in told.words and "garde : 2" in told.words
    family = await Family.get(number="404")
    assert (family.name, family.quotient, family.updated_at) == ("LE DERF", 512, town.clock.now())
    custody = await Custody.get(child__first_name="Zoé").select_related("guardian")
    assert custody.guardian.first_name == "Anne"


async def test_a_trial_says_the_same_and_changes_nothing(town: Town) -> None:
    before = await Family.all().count()
    told = await bring_in(town, LEDERF, SECOND, trial=True)
    assert [one.kind for one in told] == [Kind.new, Kind.new]
    assert await Family.all().count() == before and not await Child.exists()
    await bring_in(town, LEDERF)
    [changed] = await bring_in(town, LEDERF.replace("640", "512"), trial=True)
    assert changed.words == "quotient : 640 → 512"
    assert (await Family.get(number="404")).quotient == 640


@pytest.mark.long
async def test_bad_rows_are_told_and_good_ones_kept(town: Town) -> None:
    rows = [LEDERF if n % 3 else f"{n};X;peut-être;;;;;;;;;;" for n in range(3_000)]
    told = await bring_in(town, *(row.replace("404", str(n + 10_000)) for n, row in enumerate(rows)))
    counts = Counter(one.kind for one in told)
    assert (counts[Kind.failed], counts[Kind.new]) == (1_000, 2_000)
    assert "oui ou non attendu" in told[0].words and told[0].line == 2
    assert await Family.filter(name="LE DERF").count() == 2_000
    assert BATCH < 3_000  # more than one transaction


async def test_an_account_never_comes_to_stand_for_somebody_else(town: Town) -> None:
    [told] = await bring_in(town, "1234;;;700;INCONNU;Jean;;;;;;;")
    assert told.kind is Kind.failed and "a un compte au nom de Marie Durand" in told.words
    assert (await Family.get(number="1234")).quotient is None
    [told] = await bring_in(town, "1234;;;700;DURAND;Marie;0611111111;;;;;;")
    assert told.kind is Kind.changed
    guardian = await Guardian.get(account__email=MARIE)
    assert guardian.mobile == "06 11 11 11 11"


async def test_a_child_is_known_again(town: Town) -> None:
    row = "404;LE DERF;;;LE DERF;Arnaud;;;;{};{};{};"
    await bring_in(town, row.format("", "Zoé", "01/02/2019"))
    await bring_in(town, row.format("e1", "ZOE", "01/02/2019"))  # the same: gets its reference
    await bring_in(town, row.format("e1", "Zoé-Lou", "01/02/2019"))
    await bring_in(town, row.format("", "Zoé-Lou", "05/05/2023"))  # another one
    assert [c.first_name for c in await Child.all().order_by("id")] == ["Zoé-Lou", "Zoé-Lou"]


async def test_who_sees_a_child_is_somebody_who_is_there(town: Town) -> None:
    alone = "404;LE DERF;oui;640;LE DERF;Arnaud;;;;e1;Zoé;01/02/2019;"
    await bring_in(town, f"{alone}1+2")
    assert [one.kind for one in await bring_in(town, f"{alone}1+2")] == [Kind.same]
    [told] = await bring_in(town, f"{alone}2")
    assert told.kind is Kind.failed and "pas de responsable 2" in told.words
    family = await Family.get(number="404")
    third = await Guardian.create(family=family, rank=3, first_name="Ana", last_name="MOREL")
    await Custody.create(child=await Child.get(family=family), guardian=third)
    assert [one.kind for one in await bring_in(town, f"{alone}1")] == [Kind.same]
    [told] = await bring_in(town, LEDERF.removesuffix("1") + "2")
    assert "garde : 2" in told.words
    tied = await Custody.filter(child__family=family).values_list("guardian__first_name", flat=True)
    assert sorted(tied) == ["Ana", "Anne"]
    for words in ("garde : (vide)", ""):
        [told] = await bring_in(town, LEDERF.removesuffix("1") + "-")
        assert told.words == words
    assert await Custody.all().count() == 1


async def test_what_a_software_has_one_of_a_dossier_is_the_first_guardians(town: Town) -> None:
    head = "Dossier;Situation familiale;Factures par courriel;resp1_nom;resp1_prenom;resp2_nom;resp2_situation"
    raw = f"{head}\n404;Divorcé;oui;LE DERF;Arnaud;MOREL;Remariée\n405;Veuf;non;;;;\n"
    told = [one async for one in FamilyImport(town.hub.core).run(io.BytesIO(raw.encode()))]
    assert [one.kind for one in told] == [Kind.new, Kind.new]
    guardians = await Guardian.filter(family__number__in=["404", "405"]).order_by("rank")
    assert [(g.last_name, g.situation, g.wants_bills) for g in guardians] == [
        ("LE DERF", "Divorcé", True), ("MOREL", "Remariée", False),
    ]  # fmt: skip


async def test_a_file_without_headings_changes_nothing(town: Town) -> None:
    with pytest.raises(FileFault, match="dossier"):
        async for _ in FamilyImport(town.hub.core).run(io.BytesIO(b"404;LE DERF\n")):
            pass


async def test_a_family_that_separates_keeps_its_account_with_who_gave_it(town: Town) -> None:
    """And the other gives their own; a file that says nothing of banks touches neither."""
    files, iban = town.hub.files, "FR7630006000011234567890189"
    marie, paul = town.account(MARIE).guardian_id, town.account(PAUL).guardian_id
    await files.set_bank(marie, NewBank("Marie Durand", iban, by_debit=True))
    assert (await files.of(paul)).bank
    await bring_in(town, "1234;;oui;;Durand;Marie;;Durand;Paul;;;;")
    assert (await Family.get(number="1234")).is_separated and (await files.of(paul)).bank is None
    await files.set_bank(paul, NewBank("Paul Durand", iban, by_debit=False))
    await bring_in(town, "1234;;oui;800;Durand;Marie;0601020304;Durand;Paul;;;;")
    seen = [(await files.of(guardian)).bank for guardian in (marie, paul)]
    assert [bank.holder if bank else "" for bank in seen] == ["Marie Durand", "Paul Durand"]


async def banked(town: Town, *rows: str, separated: str = "non") -> list[Told]:
    head = "dossier;separe;resp1_nom;resp1_prenom;iban;titulaire;prelevement;resp2_nom;resp2_prenom;resp2_iban;"
    head += "enfant_prenom"
    file = io.BytesIO("\n".join([head, *(f"404;{separated};{row}" for row in rows), ""]).encode())
    return [told async for told in FamilyImport(town.hub.core).run(file)]


async def test_bank_accounts_come_in_sealed_and_are_told_masked(town: Town) -> None:
    rows = [f"LE DERF;Arnaud;{IBAN};;oui;MOREL;Anne;{OTHER};{child}" for child in ("Zoé", "Tom")]
    await banked(town, *rows)
    [bank] = await BankAccount.all().select_related("guardian")
    assert (bank.holder, bank.masked, bank.by_debit) == ("Arnaud LE DERF", "FR76 •••• •••• 0189", True)
    assert bank.guardian and bank.guardian.first_name == "Arnaud" and bank.bank and "30006" not in bank.iban
    assert (await town.hub.files.of(bank.guardian.id)).bank == bank
    assert [told.kind for told in await banked(town, *rows)] == [Kind.same] * 2

    [told] = await banked(town, f"LE DERF;Arnaud;{OTHER};DERF SARL;;;;;")
    assert told.words == (
        "compte bancaire : FR76 •••• •••• 0189 → FR14 •••• •••• 2606 ; titulaire : Arnaud LE DERF → DERF SARL"
    )
    assert (await BankAccount.get()).by_debit, "an empty cell leaves what is stored"
    [told] = await banked(town, "LE DERF;Arnaud;FR7630006000011234567890188;;;;;;")
    assert told.kind is Kind.failed and "contient une erreur" in told.words and "30006" not in told.words
    [told] = await banked(town, "LE DERF;Arnaud;-;;;;;;")
    assert "→ (vide)" in told.words and not await BankAccount.exists()


async def test_parents_who_live_apart_have_an_account_each(town: Town) -> None:
    row = f"LE DERF;Arnaud;{IBAN};;oui;MOREL;Anne;{OTHER};Zoé"
    await banked(town, row)
    [told] = await banked(town, row, separated="oui")
    assert "(vide) → FR14 •••• •••• 2606" in told.words
    accounts = await BankAccount.all().order_by("guardian__rank").values_list("guardian__first_name", "masked")
    assert accounts == [("Arnaud", "FR76 •••• •••• 0189"), ("Anne", "FR14 •••• •••• 2606")]
    assert [told.kind for told in await banked(town, row, separated="oui")] == [Kind.same]
