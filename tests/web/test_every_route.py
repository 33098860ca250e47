"""Every route there is, with the ids of another family: not there. A new route cannot escape this test."""

from __future__ import annotations

import re

from hub.accounts.models import Session
from hub.actions.models import Request
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
        if not names or names & OF_NO_FAMILY or route.method == "HEAD":
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
