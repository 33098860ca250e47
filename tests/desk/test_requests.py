"""Requests at the desk: of the agent's services only; what is confidential only for who may read it."""

from __future__ import annotations

from hub.actions.listing import LISTED
from hub.actions.models import Request, RequestEvent
from hub.dossier.models import Child, FileReading
from hub.mailbox.models import Service, ServiceAgent
from tests.cast import NORA, Town
from tests.desk.conftest import Arrive
from tests.web.browser import Browser

PAGE = "/bureau/demandes"


async def asked(town: Town, slug: str = "responsable", child: int = 0, **typed: str) -> str:
    typed = typed or {"nom": "Durand", "prenom": "Marie", "ville": "Lyon"}
    guardian = town.account().guardian_id
    thread = await town.hub.requests.submit(town.sender(), guardian, slug, child, typed, f"{slug}{typed}")
    return f"{PAGE}/{(await Request.get(thread_id=thread)).id}"


async def test_it_waits_and_is_decided_and_taken_back(town: Town, nora: Browser) -> None:
    assert "Aucune demande" in (await nora.get(PAGE)).text
    url = await asked(town)
    page = await nora.get(PAGE)
    assert "1 en attente" in " ".join(page.texts(".tab")) and "Responsable" in page.text and "1234" in page.text
    page = await nora.get(url)
    thread = (await Request.get()).thread_id
    assert f"/bureau/conversations/{thread}" in [a.attributes["href"] for a in page.all("a")]
    assert "Lyon" in page.text and "Je demande une modification de mon dossier : Responsable." in page.text
    page = await nora.press(page, url, acte="refuser", motif=" ")
    assert page.status == 422 and page.texts("#erreur-motif")
    page = await nora.press(page, url, acte="accepter", motif="")
    assert "Acceptée" in page.text and "la famille est prévenue" in page.text
    again, page = page, await nora.press(page, f"{url}/annuler")
    assert "En attente" in page.text
    again = await nora.press(again, f"{url}/annuler")
    assert again.status == 409 and "déjà annulé" in again.text, "two clicks"
    page = await nora.press(page, url, acte="refuser", motif="Envoyez un justificatif.")
    assert "Envoyez un justificatif." in page.text
    acts = [(event.act, event.via, event.by) for event in await RequestEvent.all().order_by("id")]
    assert acts == [
        ("asked", "web", "Marie Durand"),
        ("accepted", "desk", "Nora Lambert"),
        ("undone", "desk", "Nora Lambert"),
        ("refused", "desk", "Nora Lambert"),
    ]


async def test_the_second_of_two_is_told_and_keeps_the_reason_they_typed(
    town: Town, nora: Browser, karim: Browser
) -> None:
    url = await asked(town)
    page = await karim.get(url)
    await nora.press(await nora.get(url), url, acte="accepter", motif="")
    page = await karim.press(page, url, acte="refuser", motif="Envoyez un justificatif.")
    assert page.status == 409 and "déjà acceptée par Nora Lambert" in page.text
    assert page.all("textarea")[0].text() == "Envoyez un justificatif."
    assert [a.attributes["href"] for a in page.all(".trouble a")] == [url]


async def test_a_long_row_of_requests_is_all_there(town: Town, nora: Browser) -> None:
    thread = (await town.write("Bonjour")).thread_id
    for _ in range(LISTED + 3):
        await Request.create(thread_id=thread, kind="caf", guardian=1, payload="x", asked_at=town.clock.now())
    found: list[str] = []
    url = PAGE
    while url:
        page = await nora.get(url)
        found += [str(a.attributes["href"]) for a in page.all(".doors a")]
        [url] = [str(a.attributes["href"]) for a in page.all("a") if a.text().strip() == "Suite"] or [""]
    assert len(found) == len(set(found)) == LISTED + 3


async def test_other_services_requests_are_not_there(town: Town, nora: Browser, karim: Browser) -> None:
    url = await asked(town)
    request = await Request.get()
    school = await Service.get(slug="scolaire")
    await town.hub.threads.transfer(request.thread_id, school.id, "Nora Lambert")
    assert "Lyon" in (await karim.get(url)).text
    for path in (url, PAGE):
        page = await nora.get(path)
        assert "Lyon" not in page.text and "Responsable" not in page.text
    token = (await nora.get(PAGE)).form("/bureau/deconnexion")
    for path in (url, f"{url}/annuler", f"{url}/lire"):
        assert (await nora.post(path, token | {"acte": "accepter"})).status == 404
    assert (await Request.get()).state == "pending"


async def test_what_is_confidential_is_read_by_a_button_and_written_down(
    town: Town, nora: Browser, arrive: Arrive
) -> None:
    zoe = await Child.create(family_id=town.account().family_id, first_name="Zoé", last_name="Durand")
    url = await asked(town, "sante", zoe.id, allergies="Arachide")
    page = await nora.get(url)
    assert "confidentiel" in page.text and "Arachide" not in page.html
    page = await nora.press(page, f"{url}/lire")
    assert "Arachide" in page.text
    reading = await FileReading.get()
    assert (reading.what, reading.about, reading.agent_id) == (
        "health",
        f"enfant {zoe.id}",
        (await town.agent(NORA)).id,
    )

    health = await Service.get(slug="periscolaire")
    school = await Service.get(slug="scolaire")
    await ServiceAgent.filter(service=health, agent_id=(await town.agent(NORA)).id).delete()
    await ServiceAgent.create(service=school, agent_id=(await town.agent(NORA)).id)
    await town.hub.threads.transfer((await Request.get()).thread_id, school.id, "Nora Lambert")
    page = await nora.get(url)
    assert "Lire ce qui est demandé" not in page.text
    assert (await nora.post(f"{url}/lire", page.form("/bureau/deconnexion"))).status == 404
    assert await FileReading.all().count() == 1
