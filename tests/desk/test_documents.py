"""Papers to validate, one after the other: decided, or passed over; the row goes on where it was."""

from __future__ import annotations

import pytest

from hub.actions.papers import CarriedPapers
from hub.dossier.models import Child, Document
from hub.mailbox import filing
from hub.mailbox.models import Service
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


async def test_a_paper_is_seen_beside_its_buttons_and_a_pdf_by_the_browser_s_own_viewer(
    town: Town, nora: Browser
) -> None:
    text, pdf, photo = await papers(town, 3)
    await Document.filter(id=pdf).update(content_type="application/pdf", filename="a.pdf")
    await Document.filter(id=photo).update(content_type="image/png", filename="a.png")
    assert not (await nora.get(f"{PAGE}?document={text}")).all(".paper"), "of what no browser shows there is a download"
    page = await nora.get(f"{PAGE}?document={pdf}")
    assert page.all("iframe.paper")[0].attributes["title"] == "a.pdf"
    assert page.headers["Content-Security-Policy"].endswith("; frame-src 'self'")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert (await nora.get(f"{PAGE}?document={photo}")).all("img.paper")
    url = f"{PAGE}/{pdf}/fichier"
    async with nora.http.get(f"{url}?apercu=1") as shown, nora.http.get(url) as saved:
        assert shown.headers["Content-Disposition"].startswith("inline")
        assert shown.headers["X-Frame-Options"] == "SAMEORIGIN" and shown.headers["X-Content-Type-Options"] == "nosniff"
        policy = shown.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'") and "frame-ancestors 'self'" in policy and "script" not in policy
        assert saved.headers["Content-Disposition"].startswith("attachment") and "sandbox" in str(saved.headers)
    async with nora.http.get(f"{PAGE}/{text}/fichier?apercu=1") as saved:
        assert saved.headers["Content-Disposition"].startswith("attachment")
    school = await Service.get(slug="scolaire")
    await town.hub.threads.transfer((await Document.get(id=pdf)).thread or 0, school.id, "Nora Lambert")
    assert (await nora.get(url)).status == 404, "no longer of her services"


async def test_a_long_row_is_told_whole_and_read_a_few_at_a_time(
    town: Town, nora: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filing, "AHEAD", 2)
    made = await papers(town, 5)
    page = await nora.get(PAGE)
    assert "1 sur 5" in page.text and "et 2 autres" in page.text and len(page.all("ul.panel li")) == 2
    page = await nora.get(f"{PAGE}?document={made[2]}")
    assert "3 sur 5" in page.text and "et " not in page.texts("p.hint")
    assert page.all("[data-before]")[0].attributes["href"] == f"{PAGE}?document={made[1]}"
    assert "5 sur 5" in (await nora.get(f"{PAGE}?document={made[4]}")).text


async def test_what_waits_is_counted_by_its_index_however_many_papers_were_ever_sent(town: Town) -> None:
    db = town.hub.core.db
    if db.dialect != "sqlite":  # a planner that counts rows scans a table of none
        await db.execute("SET enable_seqscan = off")
    explain = "EXPLAIN QUERY PLAN" if db.dialect == "sqlite" else "EXPLAIN"
    assert "document_waiting" in str(await db.rows(f"{explain} SELECT d.id {filing._WAITING}", 1))


async def test_its_request_leads_to_where_it_is_seen(town: Town, nora: Browser) -> None:
    first, second = await papers(town, 2)
    request = (await Document.get(id=second)).request
    page = await nora.get(f"/bureau/demandes/{request}")
    assert page.url == f"{PAGE}?document={second}" and "2 sur 2" in page.text
    await nora.press(page, f"{PAGE}/{second}", acte="valider")
    page = await nora.get(f"/bureau/demandes/{request}")
    assert page.url == f"/bureau/demandes/{request}" and "Acceptée" in page.text and first
