"""Every route there is, with the ids of another family: not there. A new route cannot escape this test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import hub.web
from hub.accounts.models import Session
from hub.actions.models import Request
from hub.desk import routes as desk
from hub.dossier.models import Child, Collector, Document
from hub.mailbox.models import Attachment
from hub.mailbox.threads import StoredFile
from hub.web.server import application
from tests.cast import Town
from tests.web.browser import Browser

OF_NO_FAMILY = {
    "token",
    "version",
    "name",
    "step",
    "number",
    "kind",
    "picture",
}  # secrets of their own, public files, steps
SECRETS = ("Secret de Marie", "Zoé", "Mamie Jo", "a.txt", "b.txt")
# What an address may ask for behind its "?". Of no family: words, days, doors; where one goes on to.
WORDS = {
    *("suite", "garde", "nature", "apercu", "q", "etat", "tout", "fait", "dossier", "demande", "restaure"),
    *("premiere", "objet", "service"),
}
# Of a family: the pages on which it counts, with ids of Marie's; {mine} is a conversation of who asks.
ASKED = {
    "enfant": ("/demandes/nouvelle?enfant={child}", "/demandes/nouvelle/sante?enfant={child}"),
    "pour": ("/documents/envoyer?nature=assurance&pour=enfant-{child}", "/documents/envoyer?pour=enfant:{child}"),
    "brouillon": ("/messagerie/nouveau?brouillon={key}", "/documents/envoyer?brouillon={key}"),
    "avant": (
        "/messagerie?avant={message}", "/messagerie/{mine}?avant={message}", "/demandes?avant={request}&tout=1",
        "/documents?avant={document}",
    ),
    "depuis": ("/messagerie/{mine}?depuis={before}",),
    "supprime": ("/messagerie?supprime={thread}",),
    "message": ("/messagerie/{mine}/envoye?message={message}",),
    "envoye": ("/messagerie/{mine}?envoye={message}",),
}  # fmt: skip
FIELDS = {"message": "Pirate", "nom": "Pirate", "allergies": "Pirate"}


async def theirs(town: Town) -> dict[str, str]:
    """What stands in the addresses of Marie's pages, by the name of its place in them."""
    draft = await town.hub.drafts.begin(town.account().id)
    blob = await town.hub.core.blobs.put(b"contenu")
    await town.hub.drafts.attach(draft, StoredFile(blob.key, "a.txt", "text/plain", blob.size, blob.sha256))
    message = await town.hub.sending.new(town.sender(), draft, await town.typed("Secret de Marie"))
    child = await Child.create(family_id=town.account().family_id, first_name="Zoé", last_name="Durand")
    collector = await Collector.create(child=child, name="Mamie Jo")
    document = await Document.create(
        family_id=town.account().family_id, account=town.account(), kind="x", state="received", blob=blob.key,
        filename="a.txt", content_type="text/plain", size=blob.size, sha256=blob.sha256, key="d",
        sent_at=town.clock.now(),
    )  # fmt: skip
    kept = await town.hub.drafts.begin(town.account().id)
    await town.hub.drafts.attach(kept, StoredFile(blob.key, "b.txt", "text/plain", blob.size, blob.sha256))
    asked = await Request.create(
        thread_id=message.thread_id, kind="caf", guardian=town.account().guardian_id, payload="x",
        asked_at=town.clock.now(),
    )  # fmt: skip
    return {
        "thread": str(message.thread_id),
        "message": str(message.id),
        "before": str(message.id - 1),
        "request": str(asked.id),
        "file": str((await Attachment.get()).id),
        "key": kept.key,
        "child": str(child.id),
        "collector": str(collector.id),
        "document": str(document.id),
        "session": str((await Session.get(account_id=town.account().id)).id),
    }


async def test_another_familys_ids_are_not_there(town: Town, marie: Browser, lea: Browser) -> None:
    ids = await theirs(town)
    tried = 0
    for route in application(town.hub).router.routes():
        pattern = route.resource.canonical if route.resource else ""
        names = set(re.findall(r"\{(\w+)\}", pattern))
        if names <= OF_NO_FAMILY or route.method == "HEAD":
            continue
        assert names <= ids.keys(), f"{pattern}: tell this test what another family's {names - ids.keys()} is"
        url = re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], pattern)
        if route.method == "GET":
            assert (await marie.get(url)).status == 200, url
            page = await lea.get(url)
        else:
            token = (await lea.get("/messagerie")).form("/deconnexion")
            page = await lea.post(url, token | FIELDS)
        assert page.status == 404 and "Secret de Marie" not in page.html, f"{route.method} {url}: {page.status}"
        tried += 1
    assert tried > 8
    assert await Collector.exists(id=int(ids["collector"]))
    assert (await marie.get(f"/messagerie/{ids['thread']}")).status == 200


async def test_what_is_asked_for_behind_an_address_is_ones_own(town: Town, marie: Browser, lea: Browser) -> None:
    """Every such word that the pages know is in the tables above; a new one has to be told of there."""
    assert set(asked_for()) == WORDS | set(ASKED)
    ids = await theirs(town)
    ids["mine"] = str((await town.write("Le mien", "martin@famille.test")).thread_id)
    for url in (each.format(**ids) for each in (url for urls in ASKED.values() for url in urls)):
        page = await lea.get(url)
        assert page.status in (200, 404) and not [words for words in SECRETS if words in page.html], url
    before = await Request.all().count()
    token = (await lea.get("/messagerie")).form("/deconnexion")
    for kind in ("sante", "autorisations"):
        page = await lea.post(f"/demandes/nouvelle/{kind}?enfant={ids['child']}", token | FIELDS)
        assert page.status == 404, kind
    assert await Request.all().count() == before


def asked_for() -> Iterator[str]:
    """The names that pages of the parents' door read behind the "?"."""
    for path in Path(hub.web.__path__[0]).rglob("*.py"):
        text = path.read_text("utf-8")
        yield from re.findall(r"query\.get\(\"(\w+)\"", text)
        yield from re.findall(r"\"(\w+)\" in request\.query", text)


async def test_to_a_family_no_page_of_the_desk_is_there(town: Town, marie: Browser) -> None:
    """Not even with ids of its own."""
    ids = await theirs(town)
    app = application(town.hub)
    known = {id(route) for route in app.router.routes()}
    desk.add_to(app, town.hub)
    token, tried = (await marie.get("/messagerie")).form("/deconnexion"), 0
    for route in app.router.routes():
        pattern = route.resource.canonical if route.resource else ""
        if id(route) in known or route.method == "HEAD" or "{token}" in pattern:
            continue
        url = re.sub(r"\{(\w+)\}", lambda found: ids.get(found[1], "1"), pattern)
        page = await (marie.get(url) if route.method == "GET" else marie.post(url, token | FIELDS))
        assert not [words for words in SECRETS if words in page.html], (route.method, url)
        is_out = page.url.startswith(("/bureau/connexion", "/bureau/mot-de-passe-oublie")) or page.status in (403, 404)
        assert is_out, (route.method, url, page.url, page.status)
        tried += 1
    assert tried > 60
