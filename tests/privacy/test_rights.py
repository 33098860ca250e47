"""What is held on a family: handed out whole, withheld where parents live apart, erased but for what must be kept."""

from __future__ import annotations

import errno
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tortoise import Tortoise

from hub.core.errors import NotFound
from hub.dossier.file import NewBank
from hub.dossier.models import BankAccount, Child, Collector, Custody, Document, Family, FileReading, Guardian
from hub.mail.inbound import ReceivedMail
from hub.mail.models import InboundMail, OutboundMail
from hub.mailbox.models import Attachment, Entry, Message, Thread, ThreadEvent
from hub.mailbox.threads import Author, StoredFile
from hub.privacy.erasure import KEPT_SUBJECT, NOBODY
from hub.privacy.holdings import HOLDINGS, OF_NO_FAMILY
from tests.cast import LEA, MARIE, NORA, PAUL, Town

IBAN = "FR7630006000011234567890189"
PAULS = "FR1420041010050500013M02606"


@pytest.fixture
async def lived(town: Town) -> Child:
    """A family of which everything is known."""
    family = await Family.get(id=town.account().family_id)
    await Family.filter(id=family.id).update(quotient=727, allocataire="Durand Marie")
    marie, paul = await Guardian.get(account__email=MARIE), await Guardian.get(account__email=PAUL)
    await Guardian.filter(id=paul.id).update(address="9 impasse Cachée", mobile="06 33 33 33 33")
    await Guardian.filter(id=marie.id).update(address="1 rue Ouverte")
    zoe = await Child.create(family=family, first_name="Zoé", last_name="Durand", born_on=date(2019, 10, 22))
    await town.hub.files.set_bank(marie.id, NewBank("DURAND Marie", IBAN, by_debit=False))
    await town.hub.files.set_health(marie.id, zoe.id, {"allergies": "Arachides"})
    await Collector.create(child=zoe, guardian=paul, name="Oncle Caché")
    blob = await town.hub.core.blobs.put(b"%PDF-1.7 attestation")
    await Document.create(
        family=family, child=zoe, account=town.account(), kind="attestation", state="sent", blob=blob.key,
        filename="../attestation é.pdf", content_type="application/pdf", size=blob.size, sha256=blob.sha256, key="k",
        sent_at=town.clock.now(),
    )  # fmt: skip
    draft = await town.hub.drafts.begin(town.account().id)
    file = await town.hub.core.blobs.put(b"une photo")
    await town.hub.drafts.attach(draft, StoredFile(file.key, "photo.png", "image/png", file.size, file.sha256))
    await town.hub.sending.new(town.sender(), draft, await town.typed("Bonjour, voici la photo"))
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Bien reçu"))
    await town.arrive(town.answer(town.mails(MARIE)[0], MARIE, "Merci à vous"))
    await town.write("Message de Léa", LEA)
    return zoe


async def handed_out(
    town: Town, tmp_path: Path, rank: int = 0
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, bytes]]:
    path = tmp_path / "export.zip"
    await town.hub.export.write("1234", path, rank)
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return json.loads(files["famille.json"]), files


async def test_everything_is_handed_out(town: Town, lived: Child, tmp_path: Path) -> None:
    held, files = await handed_out(town, tmp_path)
    assert [row["first_name"] for row in held["guardian"]] == ["Marie", "Paul"]
    assert [row["text"] for row in held["message"]] == ["Bonjour, voici la photo", "Bien reçu", "Merci à vous"]
    assert held["bank_account"][0]["iban"] == IBAN and held["health_note"][0]["text"] == "Arachides"
    assert (held["child"][0]["first_name"], held["collector"][0]["name"]) == ("Zoé", "Oncle Caché")
    assert (held["family"][0]["is_separated"], held["child"][0]["authorisations"]) == (False, {})  # on both databases
    assert held["account"][0]["created_at"] == town.clock.now().isoformat()
    assert b"une photo" in files.values() and b"%PDF-1.7 attestation" in files.values()
    assert any(
        "Merci à vous".encode() in raw or b"Merci" in raw for name, raw in files.items() if name.endswith(".eml")
    )
    assert all(".." not in name and not name.startswith("/") for name in files)
    text = files["famille.json"].decode()
    assert "$argon2" not in text and LEA not in text and "Message de Léa" not in text
    assert (await FileReading.get()).what == "export"


async def test_what_agents_tell_each_other_is_not_what_a_guardian_can_see(
    town: Town, lived: Child, tmp_path: Path
) -> None:
    """A note may speak of the other parent; an answer that waits may still change."""
    thread = await Thread.filter(family_id=town.account().family_id).first()
    agent = await town.agent(NORA)
    by, due = Author(agent.name, agent=agent.id), town.clock.now() + timedelta(days=1)
    assert thread
    await town.hub.handling.note(by, thread.id, "Paul m’a dit son adresse", "n")
    await town.hub.later.keep(by, thread.id, "Peut-être demain", (), "l", due, 0)
    held, files = await handed_out(town, tmp_path, rank=1)
    assert "thread_note" not in held and "later_answer" not in held and "presence" not in held
    assert "m’a dit" not in files["famille.json"].decode() and "Peut-être" not in files["famille.json"].decode()
    held, _ = await handed_out(town, tmp_path)
    assert [row["text"] for row in held["thread_note"]] == ["Paul m’a dit son adresse"], "the whole file has it"


async def test_what_was_cut_from_an_agents_mail_stays_with_the_town(town: Town, lived: Child, tmp_path: Path) -> None:
    """As on the page: the quoted letter has the agent's own address, and what colleagues wrote."""
    answer = town.answer(town.mails(NORA)[0], NORA, "Bien reçu\r\n\r\n-- \r\nNora, 06 77 77 77 77")
    await town.arrive(answer)
    whole, _ = await handed_out(town, tmp_path)
    assert "06 77 77 77 77" in json.dumps(whole["message"])
    held, _ = await handed_out(town, tmp_path, rank=1)
    assert "06 77 77 77 77" not in json.dumps(held["message"])
    assert [row["text"] for row in held["message"]] == [row["text"] for row in whole["message"]]


async def test_an_export_is_for_its_owners_eyes_and_stands_whole_or_not_at_all(
    town: Town, lived: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(b"an older one")
    path.chmod(0o644)
    monkeypatch.setattr(zipfile.ZipFile, "writestr", _no_space)
    with pytest.raises(OSError, match="No space"):
        await town.hub.export.write("1234", path)
    assert [each.name for each in tmp_path.glob("export*")] == ["export.zip"] and path.read_bytes() == b"an older one"
    monkeypatch.undo()
    assert await town.hub.export.write("1234", path) == []
    assert path.stat().st_mode & 0o777 == 0o600


def _no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


async def test_a_file_that_storage_has_lost_is_said_and_stops_no_other(
    town: Town, lived: Child, tmp_path: Path
) -> None:
    document = await Document.get()
    await town.hub.core.blobs.delete(document.blob)
    held, files = await handed_out(town, tmp_path)
    [lost] = held["fichiers_perdus"]
    assert str(lost).startswith(f"documents/{document.id}-") and lost not in files
    assert b"une photo" in files.values() and held["document"]


async def test_a_guardian_who_lives_apart_gets_nothing_of_the_other(town: Town, lived: Child, tmp_path: Path) -> None:
    family = await Family.get(number="1234")
    family.is_separated = True
    await family.save()
    paul = await Guardian.get(account__email=PAUL)
    gaspard = await Child.create(family=family, first_name="Gaspard", last_name="Durand")
    await Custody.create(child=gaspard, guardian=paul)
    await town.hub.files.set_bank(paul.id, NewBank("Titulaire Secret", PAULS, by_debit=False))
    await town.write("Mon adresse : 9 impasse Cachée", PAUL, subject="Confidentiel")
    await town.hub.settle()
    held, files = await handed_out(town, tmp_path, rank=1)
    text = files["famille.json"].decode()
    for words in (
        "9 impasse Cachée",
        "06 33 33 33 33",
        PAUL,
        "Gaspard",
        "Oncle Caché",
        "Confidentiel",
        "727",
        PAULS,
        "Secret",
    ):
        assert words not in text, words
    assert "1 rue Ouverte" in text and held["bank_account"] and [row["first_name"] for row in held["child"]] == ["Zoé"]
    held, files = await handed_out(town, tmp_path, rank=2)
    text = files["famille.json"].decode()
    assert "Gaspard" in text and "Confidentiel" in text and "Oncle Caché" in text
    assert [bank["iban"] for bank in held["bank_account"]] == [PAULS]
    assert (
        "1 rue Ouverte" not in text
        and MARIE not in text
        and IBAN not in text
        and b"%PDF-1.7 attestation" not in files.values()
    )


async def test_what_the_file_says_is_no_way_to_somebody_elses_mails(town: Town, lived: Child, tmp_path: Path) -> None:
    """An address that the file has for one person may be another's account: of a couple that has parted, of a slip."""
    await Family.filter(number="1234").update(is_separated=True)
    await Guardian.filter(account__email=PAUL).update(email=MARIE)
    await town.hub.export.write("1234", tmp_path / "first.zip", 1)
    held, files = await handed_out(town, tmp_path, rank=2)
    assert not [name for name in files if name.endswith(".eml")]
    assert [row["about"] for row in held["file_reading"]] == []  # nor what she asked for
    assert MARIE not in {row["recipient"] for row in held["outbound_mail"]}
    await Guardian.filter(account__email=LEA).update(email=MARIE)
    await town.hub.export.write("5678", tmp_path / "lea.zip")
    with zipfile.ZipFile(tmp_path / "lea.zip") as archive:
        assert not [name for name in archive.namelist() if name.endswith(".eml")]
    await town.hub.erasure.run("5678")
    assert await InboundMail.filter(from_address=MARIE).exists()


async def test_an_erased_family_leaves_nameless_records_only(town: Town, lived: Child, tmp_path: Path) -> None:
    old = await town.write("Une vieille question", MARIE)
    await Thread.filter(id=old.thread_id).update(last_at=town.clock.now() - timedelta(days=1000))
    await town.hub.settle()
    before = blobs(town)
    told = await town.hub.erasure.run("1234", trial=True)
    assert await Child.exists() and blobs(town) == before
    done = await town.hub.erasure.run("1234")
    assert done == told and (done.kept_threads, done.erased_threads, done.accounts, done.children) == (1, 1, 2, 1)

    everything = ""
    for connection in await tables(town):
        everything += json.dumps(connection, default=str, ensure_ascii=False)
    for words in ("Marie", "Paul", MARIE, PAUL, "1 rue Ouverte", "Zoé", "Arachides", "vieille question", "Oncle Caché"):
        assert words not in everything, words
    kept = await Message.filter(thread__subject=KEPT_SUBJECT).order_by("id")
    assert next((m.text, m.author) for m in kept) == ("Bonjour, voici la photo", NOBODY)
    assert b"une photo" in blobs(town) and b"%PDF-1.7 attestation" not in blobs(town)
    assert (await FileReading.get(what="erasure")).family_id is not None
    assert await Entry.filter(account__email=LEA).count() == 1  # others are as they were
    with pytest.raises(NotFound):
        await town.hub.erasure.run("1234")


async def test_mails_of_an_erased_family_do_not_come_back(town: Town) -> None:
    """The mailbox keeps its copies: when its UIDs change, all of it is read again."""
    raw = town.fresh(MARIE, "periscolaire@hub.test", "Mercredi", "Zoé sera absente")
    await town.arrive(raw)
    await town.hub.erasure.run("1234")
    sent = await OutboundMail.all().count()
    await town.hub.inbound.take([ReceivedMail(raw, "portail", 2, 1)])
    await town.hub.settle()
    assert not await town.hub.quarantine.waiting()
    assert await OutboundMail.all().count() == sent, "nor is she written to"


async def test_nothing_leads_from_a_person_to_what_is_kept(town: Town, lived: Child) -> None:
    """The texts and files are the record; subjects, names of files and what search finds are not."""
    thread = await Thread.get(id=(await Message.get(text="Bonjour, voici la photo")).thread_id)
    await Thread.filter(id=thread.id).update(subject="Allergie de Zoé Durand", waits_since=town.clock.now())
    await Attachment.all().update(filename="ordonnance Zoé.PNG")
    await town.hub.threads.note(thread, "paper", "« Certificat – Zoé » est arrivé par « Envoyer un document ».")
    await town.hub.threads.note(thread, "transferred", "Nora a transféré cette conversation.")
    nora = await town.agent(NORA)
    assert (await town.hub.seeking.threads(nora.id, "photo")).rows
    await town.hub.erasure.run("1234")
    kept = await Thread.get(id=thread.id)
    assert (kept.subject, kept.last_author, kept.snippet) == (KEPT_SUBJECT, "", "")
    assert (kept.waits_since, kept.clock_since) == (None, None), "nobody is left to be answered"
    assert await Attachment.filter(message__thread=kept).values_list("filename", flat=True) == ["piece-1.png"]
    assert [event.kind for event in await ThreadEvent.filter(thread=kept)] == ["transferred"]
    assert not (await town.hub.seeking.threads(nora.id, "photo")).rows
    [attached] = await Attachment.filter(message__thread=kept)
    assert await town.hub.core.blobs.get(attached.blob) == b"une photo"


async def test_what_is_kept_goes_when_its_time_has_come(town: Town, lived: Child) -> None:
    await town.hub.erasure.run("1234")
    for days, left in ((700, 1), (40, 0)):
        town.clock.advance(days=days)
        await town.hub._forget()
        assert await Thread.filter(subject=KEPT_SUBJECT).count() == left, days
        assert (b"une photo" in blobs(town)) is bool(left)
    assert await Thread.filter(family__number="5678").count() == 1, "of nobody else"
    assert (await FileReading.get(what="erasure")).family_id, "that it was done stays"


async def test_the_accounts_of_both_are_erased(town: Town, lived: Child) -> None:
    await Family.filter(number="1234").update(is_separated=True)
    await town.hub.files.set_bank(town.account(PAUL).guardian_id, NewBank("DURAND Paul", PAULS, by_debit=True))
    assert await BankAccount.all().count() == 2
    await town.hub.erasure.run("1234")
    assert not await BankAccount.exists()


async def test_a_family_that_is_not_there_is_said(town: Town, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="9999"):
        await town.hub.export.write("9999", tmp_path / "x.zip")
    with pytest.raises(NotFound, match="responsable 7"):
        await town.hub.export.write("1234", tmp_path / "x.zip", rank=7)


async def test_no_table_is_forgotten(town: Town) -> None:
    """A new table is of a family, and then handed out, or of none: tell hub/privacy/holdings.py which."""
    there = {model._meta.db_table for app in Tortoise.apps.values() for model in app.values()}
    told = [holding.table for holding in HOLDINGS]
    assert there - {"tortoise_migrations"} == {*told, *OF_NO_FAMILY} and len(told) == len(set(told))


async def tables(town: Town) -> list[list[dict[str, Any]]]:
    return [await town.hub.core.db.rows(f"SELECT * FROM {holding.table}") for holding in HOLDINGS]


def blobs(town: Town) -> list[bytes]:
    """What lies in the blob store."""
    folder = Path(town.hub.core.config.storage.url)
    return sorted(path.read_bytes() for path in folder.rglob("*") if path.is_file())
