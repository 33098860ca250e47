"""A message of the town to many families: looked at first, each family once whatever happens, each answer by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from hub.accounts.models import Account
from hub.config import Config
from hub.core.errors import Conflict, Invalid
from hub.dossier.models import Child, Custody, Document, Family, Guardian
from hub.mailbox import mailings
from hub.mailbox.criteria import Choice, Condition, Criteria, Knows, OfSchool, Whom
from hub.mailbox.mailings import BATCH, Mailings
from hub.mailbox.models import Attachment, Entry, Mailing, Message, Service, Thread
from hub.mailbox.threads import Author, StoredFile
from tests.cast import LEA, MARIE, NORA, PAUL, Town
from tests.web.browser import Browser

PAGE = "/bureau/envois"
EVERYBODY: Whom = {}


@pytest.fixture
def town_settings(town_settings: Config) -> Config:
    return replace(town_settings, security=replace(town_settings.security, administrators=(NORA,)))


async def draft(town: Town, whom: Whom = EVERYBODY, files: tuple[StoredFile, ...] = ()) -> Mailing:
    service = await Service.get(slug="periscolaire")
    agent = await town.agent(NORA)
    by = Author(agent.name, agent=agent.id)
    return await town.hub.mailings.draft(by, service.id, "Grève jeudi", "La cantine sera fermée.", whom, files)


async def many(town: Town, families: int) -> None:
    """Without the time that passwords take."""
    for number in range(families):
        family = await Family.create(number=f"N{number}", name="NOM", created_at=town.clock.now())
        await Account.create(
            guardian=await Guardian.create(family=family, first_name="Jo", last_name="Nom"), family=family,
            login=f"jo{number}", name="Jo Nom", email=f"jo{number}@famille.test", password="-",
            created_at=town.clock.now(),
        )  # fmt: skip


async def test_it_is_looked_at_and_then_goes_to_each_family_once(town: Town, nora: Browser) -> None:
    page = await nora.get("/bureau/conversations")
    assert PAGE in [a.attributes.get("href") for a in page.all("a")]
    form = await nora.get(f"{PAGE}/nouveau")
    page = await nora.send(form, f"{PAGE}/nouveau", [("a.txt", b"x")], objet="", message="", service="")
    assert page.status == 422 and all(
        page.texts(f"#erreur-{name}") for name in ("objet", "message", "service", "piece")
    )
    service = str((await Service.get(slug="periscolaire")).id)
    fields = {"objet": "Grève jeudi", "message": "La cantine <sera> fermée.", "service": service}
    page = await nora.send(page, f"{PAGE}/nouveau", [("avis.pdf", b"%PDF-1.7")], **fields)
    assert "2 conversations" in page.text and "Durand (1234), Martin (5678)" in page.text and "avis.pdf" in page.text
    await town.hub.settle()
    assert not await Thread.exists(), "nothing goes before it is confirmed"
    url = page.url
    page = await nora.press(page, f"{url}/envoyer")
    await town.hub.settle()
    assert "Envoyé" in (await nora.get(url)).text and "2 conversations ouvertes" in (await nora.get(url)).text
    assert await Thread.all().count() == 2 and await Entry.all().count() == 3
    for email in (MARIE, PAUL, LEA):
        [mail] = town.mails(email)
        assert "La cantine <sera> fermée." in mail.text and mail.attachments[0].filename == "avis.pdf"
    assert len({file.blob for file in await Attachment.all()}) == 1, "stored once"
    await town.arrive(town.answer(town.mails(LEA)[0], LEA, "Merci de l’avis."))
    answer = await Message.get(text="Merci de l’avis.").select_related("thread")
    assert answer.thread.family_id == town.account(LEA).family_id


async def test_what_was_shown_is_what_goes(town: Town, nora: Browser) -> None:
    mailing = await draft(town)
    await many(town, 1)
    with pytest.raises(Conflict, match="ont changé"):
        await town.hub.mailings.send(mailing.id, 2)
    await town.hub.mailings.send(mailing.id, 3)
    with pytest.raises(Conflict, match="déjà parti"):
        await town.hub.mailings.send(mailing.id, 3)
    with pytest.raises(Conflict, match="déjà parti"):
        await town.hub.mailings.drop(mailing.id)
    other = await draft(town)
    page = await nora.press(await nora.get(f"{PAGE}/{other.id}"), f"{PAGE}/{other.id}/abandonner")
    assert page.url == PAGE and "Grève jeudi" in page.text and len(page.all(".doors li")) == 1


async def test_a_school_or_a_class_and_of_parents_who_live_apart_whoever_sees_the_child(town: Town) -> None:
    family, other = town.account(MARIE).family_id, town.account(LEA).family_id
    zoe = await Child.create(family_id=family, first_name="Zoé", last_name="D", school="Jaurès", grade="CP")
    await Child.create(
        family_id=town.account(LEA).family_id, first_name="Max", last_name="M", school="Jaurès", grade="CE1"
    )
    await Child.create(family_id=other, first_name="Tom", last_name="M", school="Ferry", left_at=town.clock.now())
    reach = town.hub.mailings.reach
    choices = [choice.words for choice in await OfSchool(town.hub.core).choices()]
    assert choices == ["Jaurès", "Jaurès – CE1", "Jaurès – CP"]
    for school, count in (("Jaurès", 2), ("Jaurès\tCP", 1), ("Ferry", 0)):
        assert (await reach({"ecole": school})).count == count
    assert (await reach(EVERYBODY)).count == 2
    await Family.filter(id=family).update(is_separated=True)
    assert (await reach(EVERYBODY)).count == 3
    await Custody.create(child=zoe, guardian_id=town.account(PAUL).guardian_id)
    assert (await reach({"ecole": "Jaurès\tCP"})).count == 1
    mailing = await draft(town, {"ecole": "Jaurès\tCP"})
    await town.hub.mailings.send(mailing.id, 1)
    await town.hub.settle()
    assert [entry.account_id for entry in await Entry.all()] == [town.account(PAUL).id]
    assert not town.mails(MARIE)


async def test_an_account_that_goes_meanwhile_gives_its_family_no_second_message(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailings, "BATCH", 1)
    mailing = await draft(town)
    await town.hub.mailings.send(mailing.id, 2)
    assert await town.hub.mailings.step() == 1
    await Account.filter(id=town.account(MARIE).id).delete()
    while await town.hub.mailings.step():
        pass
    assert sorted([thread.family_id for thread in await Thread.all()]) == sorted(
        {town.account(MARIE).family_id, town.account(LEA).family_id}
    )


async def test_a_family_that_is_erased_while_it_is_laid_has_none_or_loses_it(town: Town) -> None:
    await many(town, 5)
    mailing = await draft(town)
    await town.hub.mailings.send(mailing.id, 7)
    await asyncio.gather(town.hub.mailings.step(), town.hub.erasure.run("N3"))
    await town.hub.settle()
    assert (await Mailing.get()).state == "sent"
    erased = await Family.get(number__startswith="effacée")
    for thread in await Thread.filter(family=erased):
        assert thread.last_author == "" and not await Entry.exists(thread=thread), "laid before, and nameless since"
    assert await Thread.exclude(family=erased).count() == 6


async def test_killed_in_the_middle_it_goes_on_where_it_was(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await many(town, 3 * BATCH)
    mailing = await draft(town)
    await town.hub.mailings.send(mailing.id, 3 * BATCH + 2)
    begin, calls = Mailings._begin, 0

    async def dies(self: Mailings, *given: object) -> None:
        nonlocal calls
        calls += 1
        if calls == BATCH + 5:
            raise ConnectionError("the machine went away")
        await begin(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Mailings, "_begin", dies)
    await town.hub.mailings.step()
    with pytest.raises(ConnectionError):
        await town.hub.mailings.step()
    assert await Thread.all().count() == BATCH, "a batch is whole or not at all"
    while any([await town.hub.mailings.step() for _ in range(2)]):
        pass
    threads = await Thread.all()
    assert len(threads) == len({thread.family_id for thread in threads}) == 3 * BATCH + 2
    assert (await Mailing.get()).state == "sent"


async def test_two_workers_at_once_send_once(town: Town) -> None:
    await many(town, 2 * BATCH)
    mailing = await draft(town)
    await town.hub.mailings.send(mailing.id, 2 * BATCH + 2)
    while any(await asyncio.gather(*(town.hub.mailings.step() for _ in range(3)))):
        pass
    assert await Thread.all().count() == (await Mailing.get()).count == 2 * BATCH + 2


async def test_only_administrators(town: Town, karim: Browser) -> None:
    mailing = await draft(town)
    token = (await karim.get("/bureau/conversations")).form("/bureau/deconnexion")
    for path in ("", "/nouveau", f"/{mailing.id}"):
        assert (await karim.get(f"{PAGE}{path}")).status == 404
    for path in ("/nouveau", f"/{mailing.id}/envoyer", f"/{mailing.id}/abandonner"):
        assert (await karim.post(f"{PAGE}{path}", token | {"nombre": "2"})).status == 404
    assert (await Mailing.get()).state == "draft"


async def test_only_those_who_owe_a_paper_or_know_a_service(town: Town) -> None:
    durand, martin = town.account(MARIE).family_id, town.account(LEA).family_id
    leo = await Child.create(family_id=durand, first_name="Léo", last_name="Durand", school="Jaurès")
    await Child.create(family_id=martin, first_name="Zoé", last_name="Martin", school="Ferry")

    async def names(whom: Whom) -> list[str]:
        return [name.partition(" ")[0] for name in (await town.hub.mailings.reach(whom)).sample]

    assert await names({"manque": "assurance"}) == ["Durand", "Martin"]
    assert await names({"ecole": "Ferry", "manque": "assurance"}) == ["Martin"]
    today = town.clock.now().date()
    paper = {"blob": "b", "filename": "f", "content_type": "t", "size": 1, "sha256": "s", "sent_at": town.clock.now()}
    await Document.create(
        family_id=durand, child=leo, kind="assurance", state="validated", valid_until=today, key="1", **paper
    )
    assert await names({"manque": "assurance"}) == ["Martin"]
    await Document.all().update(valid_until=today - timedelta(days=1))
    assert await names({"manque": "assurance"}) == ["Durand", "Martin"]
    await Document.create(family_id=martin, kind="domicile", state="sent", key="2", **paper)
    assert await names({"manque": "domicile"}) == ["Durand"]
    await town.write("Bonjour")
    service = await Service.get(slug="periscolaire")
    assert await names({"connait": str(service.id)}) == ["Durand"]
    for wrong in ({"manque": "inconnu"}, {"ecole": "Nulle part"}, {"connait": "99"}):
        with pytest.raises(Invalid, match="liste"):
            await draft(town, wrong)
    assert await draft(town, {"manque": "", "ailleurs": "x"}), "what is no criterion is not looked at"


async def test_whom_it_does_not_reach_is_said_before_it_goes(town: Town, nora: Browser) -> None:
    """Families of the file without an account; of parents who live apart, the one who has none."""
    new = await Family.create(number="77", name="ROUX", created_at=town.clock.now())
    await Guardian.create(family=new, first_name="Ana", last_name="Roux")
    await Guardian.create(family=new, first_name="Luc", last_name="Roux")
    left = await Family.create(number="78", name="PARTI", created_at=town.clock.now())
    await Guardian.create(family=left, first_name="Jo", last_name="Parti")
    await Child.create(family=left, first_name="Tom", last_name="P", school="Ferry", left_at=town.clock.now())
    page = await nora.get(f"{PAGE}/{(await draft(town)).id}")
    assert "Une famille concernée n’a pas de compte" in page.text and "ROUX (77)" in page.text
    assert "PARTI" not in page.text and "Envoyer dans 2 conversations" in page.text
    assert (await town.hub.mailings.reach({"ecole": "Ferry"})).missed == 0
    await Child.create(family=new, first_name="Eva", last_name="R", school="Ferry")
    assert (await town.hub.mailings.reach({"ecole": "Ferry", "manque": "assurance"})).missed == 1
    martin = town.account(LEA).family_id
    await Family.filter(id=martin).update(is_separated=True)
    await Guardian.create(family_id=martin, first_name="Max", last_name="Martin")
    assert (await town.hub.mailings.reach(EVERYBODY)).sample_missed == ("Martin (5678)", "ROUX (77)")


class BornIn:
    """As another room would bring it: a file and a line."""

    slug, label, anybody = "annee", "Dont un enfant est né en", "Peu importe"

    async def choices(self) -> list[Choice]:
        return [Choice(str(year), str(year)) for year in (2019, 2020)]

    async def said(self, values: Collection[str]) -> dict[str, str]:
        return {value: f"un enfant né en {value}" for value in values}

    def condition(self, value: str) -> Condition:
        first, last = date(int(value), 1, 1), date(int(value), 12, 31)
        return Condition("c.born_on BETWEEN ? AND ?", (first, last), of_child=True)


class TestAnotherRoomsCriterion:
    """The filter with a criterion that it does not know by itself."""

    @pytest.fixture
    async def town(self, town: Town) -> Town:
        core = town.hub.core
        town.hub.mailings.criteria = Criteria(BornIn(), OfSchool(core), Knows(core))
        return town

    async def test_it_is_offered_kept_and_joined_with_the_others(self, town: Town, nora: Browser) -> None:
        durand, martin = town.account(MARIE).family_id, town.account(LEA).family_id
        for family, school, year in ((durand, "Ferry", 2019), (durand, "Jaurès", 2020), (martin, "Jaurès", 2019)):
            await Child.create(
                family_id=family, first_name="Zoé", last_name="D", school=school, born_on=date(year, 5, 1)
            )
        page = await nora.get(f"{PAGE}/nouveau")
        assert [o.text() for o in page.all("#annee option")] == ["Peu importe", "2019", "2020"]
        assert page.all("#ecole") and not page.all("#manque")
        service = str((await Service.get(slug="periscolaire")).id)
        typed = {"objet": "Inscription", "message": "Bonjour.", "service": service}
        page = await nora.send(page, f"{PAGE}/nouveau", [], annee="1066", **typed)
        assert page.status == 422 and page.texts("#erreur-annee")
        page = await nora.send(page, f"{PAGE}/nouveau", [], annee="2019", ecole="Jaurès", **typed)
        assert "un enfant né en 2019, Jaurès" in page.text and "Martin (5678)" in page.text
        assert "Une conversation" in page.text and "Durand" not in page.text, "the same child fits all"
        await nora.press(page, f"{page.url}/envoyer")
        await town.hub.settle()
        assert [thread.family_id for thread in await Thread.all()] == [martin]

    async def test_one_that_is_no_longer_there_reaches_nobody(self, town: Town, nora: Browser) -> None:
        mailing = await draft(town, {"annee": "2019"})
        town.hub.mailings.criteria = Criteria(OfSchool(town.hub.core))
        assert "un critère qui n’existe plus" in (await nora.get(PAGE)).text
        page = await nora.get(f"{PAGE}/{mailing.id}")
        assert page.status == 200 and "Ce critère n’existe plus" in page.text
        with pytest.raises(Conflict, match="n’existe plus"):
            await town.hub.mailings.send(mailing.id, 2)
        await Mailing.filter(id=mailing.id).update(state="sending")  # when the portal was started without it
        await town.hub.settle()
        assert (await Mailing.get()).state == "dropped" and "Grève" not in (await nora.get(PAGE)).text
        await Mailing.filter(id=mailing.id).update(count=3)
        assert "Abandonné" in (await nora.get(PAGE)).text, "some have had it"
        await Mailing.filter(id=mailing.id).update(state="draft", count=0)
        await nora.press(page, f"{PAGE}/{mailing.id}/abandonner")
        assert (await Mailing.get()).state == "dropped"
        await town.hub.settle()
        assert not await Thread.exists()
