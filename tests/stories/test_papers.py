"""A paper travels: sent by a parent, looked at by an agent, validated or refused, asked for again when it lapses."""

from __future__ import annotations

import asyncio

import pytest

from hub.core.errors import Conflict
from hub.demo import files as drawn
from hub.dossier.models import Child, Custody, Document, Family, Guardian
from hub.mailbox.filing import LISTED
from hub.mailbox.models import Message
from hub.mailbox.threads import Author, StoredFile
from tests.cast import KARIM, MARIE, NORA, PASSWORD, PAUL, Town
from tests.web.browser import Browser, Page
from tests.web.conftest import Arrive

SENDING = "/documents/envoyer"
PDF = ("assurance.pdf", b"%PDF-1.7 papier")


@pytest.fixture
async def zoe(town: Town) -> Child:
    return await Child.create(family_id=town.account().family_id, first_name="Zoé", last_name="Durand")


@pytest.fixture
async def marie(arrive: Arrive) -> Browser:
    return await arrive("mdurand")


async def send(browser: Browser, child: Child, files: list[tuple[str, bytes]], **fields: str) -> Page:
    typed = {"nature": "assurance", "personne": f"enfant-{child.id}", **fields}
    return await browser.send(await browser.get(SENDING), SENDING, files, **typed)


async def desk(town: Town, arrive: Arrive, email: str = NORA) -> Browser:
    await town.hub.people.add_agent("Agent", email, PASSWORD)
    browser = await arrive()
    page = await browser.get("/bureau/connexion")
    await browser.press(page, "/bureau/connexion", identifiant=email, mot_de_passe=PASSWORD)
    return browser


async def test_sent_refused_sent_again_validated_and_asked_for_when_it_lapses(
    town: Town,
    marie: Browser,
    arrive: Arrive,
    zoe: Child,
) -> None:
    assert "Assurance scolaire – Zoé Durand : à envoyer" in (await marie.get("/")).text
    page = await send(marie, zoe, [PDF])
    assert page.url == "/documents?envoye=1" and "en attente de validation" in page.text
    assert "Assurance scolaire – Zoé Durand : à envoyer" not in (await marie.get("/")).text
    await town.hub.settle()
    mail = town.mails(NORA)[-1]
    assert "Document : Assurance scolaire – Zoé Durand" in mail.subject
    assert [file.filename for file in mail.attachments] == ["assurance.pdf"]

    nora = await desk(town, arrive)
    page = await nora.get("/bureau/documents")
    assert "Assurance scolaire" in page.text and page.value("jusqu_au") == "2027-08-31"
    document = await Document.get()
    url = f"/bureau/documents/{document.id}"
    page = await nora.press(page, url, acte="refuser")
    assert page.status == 422 and "Dites pourquoi" in page.texts("#erreur-motif")[0]
    page = await nora.press(page, url, acte="refuser", motif="Le document est flou.")
    assert "Aucun document à valider" in page.text
    await town.hub.settle()
    assert "Le document est flou." in town.mails(MARIE)[-1].text
    page = await marie.get("/documents")
    assert "Refusé, à envoyer à nouveau" in page.text and "Motif : Le document est flou." in page.text

    await send(marie, zoe, [PDF])
    await nora.press(await nora.get("/bureau/documents"), f"/bureau/documents/{document.id + 1}", acte="valider")
    page = await marie.get("/documents")
    assert "Validé" in page.text and "31 août 2027" in page.text and not page.texts("#attendus")
    town.clock.advance(days=290)
    assert "Bientôt plus valable" in (await (await arrive("mdurand")).get("/documents")).text
    town.clock.advance(days=60)
    await town.hub.settle()
    assert (await Document.get(id=document.id + 1)).state == "expired"
    assert "N’est plus valable" in (await (await arrive("mdurand")).get("/documents")).text


@pytest.mark.parametrize(
    ("fields", "files", "field"),
    [
        ({"nature": ""}, [PDF], "nature"),
        ({"nature": "pirate"}, [PDF], "nature"),
        ({"personne": ""}, [PDF], "personne"),
        ({"personne": "famille"}, [PDF], "personne"),
        ({"personne": "enfant-999"}, [PDF], "personne"),
        ({}, [], "piece"),
        ({}, [("gros.pdf", b"x" * (2 * 1024 * 1024 + 1))], "piece"),
    ],
)
async def test_what_is_wrong_is_said_and_the_file_kept(
    marie: Browser, zoe: Child, fields: dict[str, str], files: list[tuple[str, bytes]], field: str
) -> None:
    page = await send(marie, zoe, files, **fields)
    assert page.status in (413, 422) and page.texts(f"#erreur-{field}"), page.text
    assert not await Document.exists() and not await Message.exists()
    if field != "piece":
        assert "« assurance.pdf » est déjà enregistré" in page.text
        page = await marie.send(page, SENDING, [], nature="assurance", personne=f"enfant-{zoe.id}")
        assert page.url == "/documents?envoye=1" and (await Document.get()).filename == "assurance.pdf"


async def test_one_that_was_begun_waits_on_the_home_page_under_its_name(marie: Browser, zoe: Child) -> None:
    await send(marie, zoe, [PDF], personne="")
    home = await marie.get("/")
    assert "Un document commencé n’est pas envoyé" in home.text and "« Assurance scolaire »" in home.text
    assert "Un message commencé" not in home.text and "commencé" not in (await marie.get("/messagerie")).text
    [url] = [a.attributes["href"] for a in home.all("a") if "brouillon=" in (a.attributes.get("href") or "")]
    for address in (url, f"/messagerie/nouveau?{url.partition('?')[2]}"):
        page = await marie.get(str(address))
        assert "« assurance.pdf »" in page.text and page.value("nature") == "assurance", "its form, as it was left"
    page = await marie.send(page, SENDING, [], nature="assurance", personne=f"enfant-{zoe.id}")
    assert page.url == "/documents?envoye=1" and "commencé" not in (await marie.get("/")).text


async def test_two_clicks_send_one(marie: Browser, zoe: Child) -> None:
    page = await marie.get(SENDING)
    typed = {"nature": "assurance", "personne": f"enfant-{zoe.id}"}
    await asyncio.gather(*(marie.send(page, SENDING, [PDF], **typed) for _ in range(3)))
    assert await Document.all().count() == 1 and await Message.all().count() == 1


async def test_it_goes_to_the_service_that_looks_at_it(town: Town, arrive: Arrive, marie: Browser, zoe: Child) -> None:
    page = await send(marie, zoe, [("photo.png", drawn.photo().content)], nature="domicile", personne="famille")
    assert page.url == "/documents?envoye=1"
    document = await Document.get()
    nora, karim = await desk(town, arrive), await desk(town, arrive, KARIM)
    assert "Aucun document à valider" in (await nora.get("/bureau/documents")).text
    token = (await nora.get("/bureau/documents")).form("/bureau/deconnexion")
    assert (await nora.post(f"/bureau/documents/{document.id}", token | {"acte": "valider"})).status == 404
    assert (await nora.get(f"/bureau/documents/{document.id}/fichier")).status == 404
    page = await karim.get("/bureau/documents")
    assert "Justificatif de domicile" in page.text and page.all("img.paper")
    assert (await karim.get(f"/bureau/documents/{document.id}/fichier?apercu=1")).status == 200


async def test_of_two_agents_at_once_one_decides(town: Town, marie: Browser, zoe: Child) -> None:
    await send(marie, zoe, [PDF])
    document = await Document.get()
    agents = [await town.agent(NORA), await town.agent(KARIM)]
    found = await asyncio.gather(
        *(
            town.hub.papers.decide(document.id, Author(agent.name, agent=agent.id), n == 0, "flou" * n, None)
            for n, agent in enumerate(agents)
        ),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in found) == ["Conflict", "NoneType"], found
    assert await Message.filter(agent_id__isnull=False).count() == 1
    with pytest.raises(Conflict):
        await town.hub.papers.decide(document.id, Author("Nora", agent=agents[0].id), True, "", None)


async def test_a_decision_in_the_row_is_taken_back_from_there(
    town: Town, arrive: Arrive, marie: Browser, zoe: Child
) -> None:
    await send(marie, zoe, [PDF])
    nora, document = await desk(town, arrive), await Document.get()
    page = await nora.press(await nora.get("/bureau/documents"), f"/bureau/documents/{document.id}", acte="valider")
    url = f"/bureau/demandes/{document.request}/annuler"
    other = await desk(town, arrive, KARIM)
    assert "Annuler cette décision" not in (await other.get(page.url)).text
    page = await nora.press(page, url)
    assert page.url == f"/bureau/documents?document={document.id}" and page.all("[data-accept]")
    assert (await Document.get()).state == "sent"
    page = await nora.press(await nora.get("/bureau/documents"), f"/bureau/documents/{document.id}", acte="valider")
    town.clock.advance(minutes=1)
    assert "Annuler cette décision" not in (await nora.get(page.url)).text


async def test_only_who_may_see_it_gets_it(town: Town, arrive: Arrive, marie: Browser, zoe: Child) -> None:
    await send(marie, zoe, [PDF])
    document = await Document.get()
    url = f"/documents/{document.id}"
    lea, paul = await arrive("lmartin"), await arrive("pdurand")
    assert (await marie.get(url)).status == 200 and (await paul.get(url)).status == 200
    assert (await lea.get(url)).status == 404 and "Zoé" not in (await lea.get("/documents")).html
    await Family.filter(id=zoe.family_id).update(is_separated=True)
    for address in (MARIE, PAUL):
        await Custody.create(child=zoe, guardian=await Guardian.get(account__email=address))
    assert (await paul.get(url)).status == 404 and "assurance.pdf" not in (await paul.get("/documents")).html
    assert (await marie.get(url)).status == 200


async def test_what_the_agent_typed_stays_when_something_is_wrong(
    town: Town, arrive: Arrive, marie: Browser, zoe: Child
) -> None:
    await send(marie, zoe, [("premier.pdf", PDF[1])])
    await send(marie, zoe, [("second.pdf", PDF[1])])
    second = await Document.all().order_by("-id").first()
    assert second
    nora, url = await desk(town, arrive), f"/bureau/documents/{second.id}"
    token = (await nora.get("/bureau/documents")).form("/bureau/deconnexion")
    page = await nora.post(url, token | {"acte": "valider", "jusqu_au": "2026-10-21"})
    assert page.texts("#erreur-jusqu_au") == ["Cette date est passée."]
    assert page.value("jusqu_au") == "2026-10-21" and "second.pdf" in page.texts("section")[0]
    page = await nora.press(page, url, acte="valider", jusqu_au="", motif="illisible")
    assert page.status == 422 and "motif de refus" in page.texts("#erreur-motif")[0]
    assert page.texts("textarea") == ["illisible"] and await Document.filter(state="sent").count() == 2
    page = await nora.press(page, url, acte="valider", jusqu_au="2026-10-22", motif="")
    assert "premier.pdf" in page.text and (await Document.get(id=second.id)).state == "validated"


async def test_a_long_row_of_papers_is_all_there(town: Town, marie: Browser, zoe: Child) -> None:
    first = await a_paper(town, zoe, state="validated", blob=(await stored(town, "premier.pdf")).blob)
    for _ in range(LISTED + 5):
        await a_paper(town, zoe, kind="domicile")
    assert "Assurance scolaire – Zoé Durand : à envoyer" not in (await marie.get("/")).text, "the first one counts"
    page = await marie.get("/documents")
    seen = links(page, "/documents/")
    page = await marie.get("/documents?avant=" + links(page, "/documents?avant=")[0])
    seen += links(page, "/documents/")
    assert len(seen) == len(set(seen)) == LISTED + 6 and str(first.id) in seen
    assert (await marie.get(f"/documents/{first.id}")).status == 200
    assert (await marie.get("/documents?avant=²")).status == 200


async def test_only_the_last_one_is_asked_for_again(town: Town, marie: Browser, zoe: Child) -> None:
    await a_paper(town, zoe, state="refused", reason="Flou.")
    assert "Envoyer à nouveau" in (await marie.get("/documents")).text
    await a_paper(town, zoe, state="validated")
    page = await marie.get("/documents")
    assert "Flou." in page.text and "Envoyer à nouveau" not in page.text


async def test_what_the_town_made_reaches_who_it_is_for(town: Town, arrive: Arrive, marie: Browser, zoe: Child) -> None:
    family, file = zoe.family_id, await stored(town, "quotient.pdf")
    for key in ("attestation-1", "attestation-1"):
        await town.hub.filing.receive(family, file, key)
    await town.hub.filing.receive(family, await stored(town, "zoe.pdf"), "attestation-2", zoe.id)
    assert await Document.all().count() == 2
    await Family.filter(id=family).update(is_separated=True)
    await Custody.create(child=zoe, guardian=await Guardian.get(account__email=MARIE))
    page = await marie.get("/documents")
    assert "quotient.pdf" in page.text and "zoe.pdf" in page.text and "Zoé Durand" in page.texts("#recus ~ ul")[0]
    made = await Document.get(child=zoe)
    assert (await marie.get(f"/documents/{made.id}")).status == 200
    paul, lea = await arrive("pdurand"), await arrive("lmartin")
    page = await paul.get("/documents")
    assert "quotient.pdf" in page.text and "zoe.pdf" not in page.text
    assert (await paul.get(f"/documents/{made.id}")).status == 404
    assert "quotient.pdf" not in (await lea.get("/documents")).text


async def test_parents_who_live_apart_are_not_both_asked(
    town: Town, arrive: Arrive, marie: Browser, zoe: Child
) -> None:
    await Family.filter(id=zoe.family_id).update(is_separated=True)
    await a_paper(town, zoe, state="refused", reason="Nom du père absent.")
    paul = await arrive("pdurand")
    page = await paul.get("/documents")
    assert "À envoyer" in page.text and "Nom du père" not in page.text
    await a_paper(town, zoe, state="validated")
    page = await paul.get("/documents")
    assert not page.texts("#attendus") and "assurance.pdf" not in page.text


async def test_a_child_who_left_keeps_their_name_on_a_paper(town: Town, marie: Browser, zoe: Child) -> None:
    await a_paper(town, zoe, state="validated")
    await Child.filter(id=zoe.id).update(left_at=town.clock.now())
    page = await marie.get("/documents")
    assert "Zoé Durand" in page.texts("#envoyes ~ ul")[0]


def links(page: Page, start: str) -> list[str]:
    """The numbers that end the addresses which begin so."""
    found = [(link.attributes.get("href") or "").removeprefix(start) for link in page.all(f'a[href^="{start}"]')]
    return [number for number in found if number.isdigit()]


async def a_paper(town: Town, child: Child, kind: str = "assurance", **values: object) -> Document:
    """Sent by Marie some time ago; nobody will open it."""
    number = await Document.all().count()
    values = {
        "blob": "0" * 32,
        "state": "sent",
        "account_id": town.account().id,
        "kind": kind,
        "key": f"papier-{number}",
    } | values
    return await Document.create(
        family_id=child.family_id, child=child, filename="assurance.pdf", size=1, sha256="0" * 64,
        content_type="application/pdf", sent_at=town.clock.now(), **values,
    )  # fmt: skip


async def stored(town: Town, name: str) -> StoredFile:
    blob = await town.hub.core.blobs.put(PDF[1])
    return StoredFile(blob.key, name, "application/pdf", blob.size, blob.sha256)


async def test_a_paper_that_is_missing_stands_at_the_top_until_it_came_by_whatever_way(
    town: Town, marie: Browser, arrive: Arrive, zoe: Child
) -> None:
    thread = (await town.write("Je voudrais inscrire Zoé.")).thread_id
    nora = await desk(town, arrive)
    url = f"/bureau/conversations/{thread}"
    page = await nora.press(await nora.get(url), f"{url}/piece", piece_demandee="assurance:0")
    assert "La pièce est demandée" in page.text
    for place in ("/", f"/messagerie/{thread}"):
        assert "Assurance scolaire – Zoé Durand" in (await marie.get(place)).text
    assert "Il manque une pièce" in (await marie.get(f"/messagerie/{thread}")).text
    await send(marie, zoe, [PDF])
    page = await marie.get(f"/messagerie/{thread}")
    assert "Il manque une pièce" not in page.text and "est arrivé par « Envoyer un document »" in page.text


async def test_what_one_of_parents_who_live_apart_sends_of_the_family_is_still_asked_of_the_other(
    town: Town, marie: Browser, arrive: Arrive, zoe: Child
) -> None:
    """Each lives elsewhere: his proof of address is not hers, and she does not hear of it."""
    await Family.filter(id=zoe.family_id).update(is_separated=True)
    thread = (await town.write("Je voudrais inscrire Zoé.")).thread_id
    nora = await desk(town, arrive)
    url = f"/bureau/conversations/{thread}"
    page = await nora.get(url)
    assert "Justificatif de domicile" in page.texts("option") and "Ma famille" not in page.text
    await nora.press(page, f"{url}/piece", piece_demandee="domicile:0")
    await send(await arrive("pdurand"), zoe, [PDF], nature="domicile", personne="famille")
    page = await marie.get(f"/messagerie/{thread}")
    assert "Il manque une pièce" in page.text and "est arrivé" not in page.text
    await send(marie, zoe, [PDF], nature="domicile", personne="famille")
    page = await marie.get(f"/messagerie/{thread}")
    assert "Il manque une pièce" not in page.text and "est arrivé" in page.text


async def test_a_paper_of_the_whole_family_is_named_for_whoever_reads_it(
    town: Town, marie: Browser, zoe: Child
) -> None:
    await send(marie, zoe, [PDF], nature="domicile", personne="famille")
    message = await Message.get()
    assert "« Justificatif de domicile » pour toute la famille." in message.text
    assert "Document : Justificatif de domicile" in (await marie.get("/messagerie/envoyes")).texts(".title")[0]
    assert "Ma famille" not in (await marie.get("/messagerie/envoyes")).text
