"""An administrator brings families in, hands out what is held on one, and erases it; nobody else does."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from hub.accounts.models import Account
from hub.dossier.models import Child, Document, Family, FileReading, Guardian
from hub.mailbox.models import Message
from tests.cast import MARIE, NORA, Town
from tests.web.browser import Browser, Page

IMPORT = "/bureau/import"
HEAD = "dossier;resp1_civilite;resp1_nom;resp1_prenom;enfant_nom;enfant_prenom;enfant_naissance"
GOOD = f"{HEAD}\n9001;Mme;Petit;Inès;Petit;Tom;14/03/2018\n9001;;;;Petit;Lou;02/05/2020\n"
BAD = GOOD + "9002;Mme;Noir;Eve;Noir;Max;hier\n"


async def test_an_essay_changes_nothing_and_an_import_does(town: Town, nora: Browser) -> None:
    assert "Importer les familles" in (await nora.get("/bureau/comptes")).text
    page = await bring(nora, BAD, "essai")
    assert page.status == 200 and "Essai : rien n’a été changé" in page.text
    assert "2 lignes nouvelles" in page.text and "1 refusée" in page.text
    assert [row.split()[0] for row in page.texts("table.held tbody tr")] == ["4", "2", "3"], "what fails comes first"
    assert not await Family.exists(number="9001") and left(town) == []

    page = await bring(nora, BAD, "importer")
    assert "Import terminé" in page.text and "laissées de côté" in page.text
    assert await Child.exists(family__number="9001", first_name="Tom") and not await Family.exists(number="9002")
    page = await bring(nora, GOOD, "importer")
    assert "2 inchangées" in page.text and not page.all("table.held")
    assert left(town) == [], "a list of families is not kept"


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [(None, 422, "Choisissez le fichier"), ("a;b\n1;2\n", 422, ""), (b"\x00\x01PK" * 90, 422, ""), ("", 413, "vide")],
)
async def test_what_is_no_file_of_families_is_said(
    town: Town, nora: Browser, content: str | bytes | None, status: int, words: str
) -> None:
    page = await bring(nora, content, "importer")
    assert page.status == status and words in page.texts("#erreur-piece")[0]
    assert await Family.all().count() == 2 and left(town) == []


async def test_what_is_held_is_handed_out_and_that_is_written_down(town: Town, nora: Browser) -> None:
    await town.write("Le secret de Marie")
    marie = await Guardian.get(account__email=MARIE)
    page = await nora.get(f"/bureau/comptes/{marie.id}")
    url = f"/bureau/comptes/{marie.id}/export"
    async with nora.http.post(url, data=page.form(url) | {"etendue": "tout"}) as answer:
        archive = zipfile.ZipFile(io.BytesIO(await answer.read()))
    held = json.loads(archive.read("famille.json"))
    assert answer.content_type == "application/zip" and "dossier-1234.zip" in answer.headers["Content-Disposition"]
    assert [row["text"] for row in held["message"]] == ["Le secret de Marie"]
    reading = await FileReading.get()
    assert (reading.what, reading.agent_id, reading.about) == ("export", (await town.agent(NORA)).id, "")
    async with nora.http.post(url, data=page.form(url) | {"etendue": "personne"}) as answer:
        assert answer.status == 200
    assert await FileReading.filter(about="responsable 1").exists()


async def test_a_family_is_erased_once_its_number_was_typed(town: Town, nora: Browser) -> None:
    await town.write("Bonjour")
    marie = await Guardian.get(account__email=MARIE)
    url = f"/bureau/comptes/{marie.id}/effacer"
    page = await nora.get(url)
    assert "2 comptes" in page.text and "1 conversation avec les services" in page.text
    page = await nora.press(page, url, dossier="5678")
    assert page.status == 422 and page.value("dossier") == "5678" and "numéro" in page.texts("#erreur-dossier")[0]
    assert await Account.filter(email=MARIE).exists()
    page = await nora.press(page, url, dossier=" 1234 ")
    assert page.url == "/bureau/comptes?efface=1" and "Le dossier est effacé." in page.text
    assert not await Account.filter(email=MARIE).exists() and (await Message.get()).author == "Famille effacée"
    assert await FileReading.filter(what="erasure", agent=await town.agent(NORA)).exists()
    assert (await nora.get(url)).status == 404


async def test_nobody_else_does(town: Town, karim: Browser) -> None:
    marie = await Guardian.get(account__email=MARIE)
    url = f"/bureau/comptes/{marie.id}"
    page = await karim.get(url)
    assert "Exporter les données" not in page.text and "Importer" not in (await karim.get("/bureau/comptes")).text
    token = page.form("/bureau/deconnexion")
    for address in (IMPORT, f"{url}/effacer"):
        assert (await karim.get(address)).status == 404
    for address in (IMPORT, f"{url}/effacer", f"{url}/export"):
        assert (await karim.post(address, token | {"dossier": "1234", "acte": "importer"})).status == 404
    assert await Account.filter(email=MARIE).exists() and not await Document.exists()


async def bring(browser: Browser, content: str | bytes | None, act: str) -> Page:
    data = content.encode() if isinstance(content, str) else content
    files = [] if data is None else [("familles.csv", data)]
    return await browser.send(await browser.get(IMPORT), IMPORT, files, acte=act)


def left(town: Town) -> list[Path]:
    """Files in the store."""
    folder = Path(town.hub.core.config.storage.url)
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []
