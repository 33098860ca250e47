"""Papers to validate, one after the other: decided, or passed over; the row goes on where it was."""

from __future__ import annotations

from hub.actions.papers import CarriedPapers
from hub.dossier.models import Child, Document
from tests.cast import Town
from tests.web.browser import Browser

PAGE = "/bureau/documents"


async def papers(town: Town, count: int) -> list[int]:
    message = await town.write("Voici")
    blob = await town.hub.core.blobs.put(b"x")
    made = []
    for number in range(count):
        zoe = await Child.create(family_id=town.account().family_id, first_name=f"Enfant {number}", last_name="Durand")
        document = await Document.create(
            family_id=town.account().family_id, account=town.account(), kind="assurance", state="sent", blob=blob.key,
            child=zoe, filename="a.txt", content_type="text/plain", size=blob.size, sha256=blob.sha256,
            key=f"d{number}", sent_at=town.clock.now(), thread=message.thread_id,
        )  # fmt: skip
        async with town.hub.core.db.transaction():
            await CarriedPapers(town.hub.core).carry(document, "web")
        made.append(document.id)
    return made


async def test_a_row_is_walked_and_goes_on_behind_what_was_decided(town: Town, nora: Browser) -> None:
    first, second, third = await papers(town, 3)
    page = await nora.get(PAGE)
    assert "1 sur 3" in page.text and not page.all("[data-before]") and page.all("[data-accept]")
    page = await nora.get(str(page.all("[data-after]")[0].attributes["href"]))
    assert "2 sur 3" in page.text and "Enfant 1" in page.texts("section.panel")[0]
    page = await nora.press(page, f"{PAGE}/{second}", acte="refuser")
    assert page.status == 422 and "2 sur 3" in page.text
    page = await nora.press(page, f"{PAGE}/{second}", acte="valider")
    assert "Enfant 2" in page.texts("section.panel")[0] and "2 sur 2" in page.text
    assert page.all("[data-before]")[0].attributes["href"] == f"{PAGE}?document={first}"
    page = await nora.press(page, f"{PAGE}/{third}", acte="refuser", motif="Flou")
    assert "Enfant 0" in page.texts("section.panel")[0], "at the end of the row, what was passed over"
    page = await nora.press(page, f"{PAGE}/{first}", acte="valider")
    assert "Aucun document à valider" in page.text
    assert await Document.filter(state="validated").count() == 2


async def test_a_made_up_place_begins_anew(town: Town, nora: Browser) -> None:
    await papers(town, 1)
    for odd in ("999999", "-1", "x", "1e9"):
        assert "Enfant 0" in (await nora.get(f"{PAGE}?document={odd}")).text
