"""Mes documents: what is owed, what was sent and what became of it, what the town made; and sending one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.core.errors import Invalid, NotFound
from hub.core.french import whole_date
from hub.dossier.models import Document
from hub.dossier.required import Owed, of
from hub.mailbox.filing import Papers, mark
from hub.mailbox.sniff import PREVIEWED
from hub.mailbox.unsent import WaitingFile
from hub.web.composing import after_login, once, problems, receive
from hub.web.csrf import writing_key
from hub.web.downloads import send as stream
from hub.web.keys import PROFILES, UNSENT, core, rooms
from hub.web.pages.write import KEY, saved
from hub.web.receiving import clean
from hub.web.show import page, see_other
from hub.web.views import kept, thread_url

Context = dict[str, Any]
Which = tuple[str, int | None, int | None]  # kind, child, guardian
DOCUMENTS = "/documents"
SENDING = f"{DOCUMENTS}/envoyer"
STATES = {  # words, tone and sign
    "sent": ("Envoyé, en attente de validation", "warn", "clock"),
    "validated": ("Validé", "good", "check"),
    "refused": ("Refusé", "bad", "alert"),
    "withdrawn": ("Retiré", "", "back"),
    "expired": ("Expiré", "bad", "clock"),
    "received": ("Reçu de la mairie", "", "file"),
}
WHY = {
    "missing": "À envoyer",
    "refused": "Refusé, à envoyer à nouveau",
    "expired": "N’est plus valable",
    "soon": "Bientôt plus valable",
}


async def show(request: web.Request, who: Visitor) -> web.Response:
    """The list."""
    papers = await _papers(request, who, _number(request.query.get("avant", "")))
    newest = {_which(document): document.id for document in reversed(papers.documents)}
    shown = [_shown(request, papers, document, newest) for document in papers.documents]
    context = {
        "owed": [asked(one) for one in papers.owed],
        "sent": [one for one in shown if one["state"] != "received"],
        "received": [one for one in shown if one["state"] == "received"],
        "older": f"{DOCUMENTS}?avant={papers.older}" if papers.older else "",
        "done": "envoye" in request.query,
        "may_send": bool(rooms(request).filing.kinds),
    }
    return await page(request, "web/documents.html", context)


async def ask(request: web.Request, who: Visitor) -> web.Response:
    """Envoyer un document: the form; `?nature=` and `?pour=` choose, `?brouillon=` takes up what was begun."""
    typed = {"nature": request.query.get("nature", "")[:60], "personne": request.query.get("pour", "")[:60]}
    key = clean(request.query.get("brouillon", ""))[:KEY]
    if not key:
        return await _form(request, who, writing_key(core(request).signer, who.account), typed)
    try:
        draft = await request.app[UNSENT].by_key(who.account, key)
    except NotFound:  # it was sent meanwhile
        return see_other(DOCUMENTS)
    nature, _, person = draft.typed.paper.partition(":")
    typed = {"nature": typed["nature"] or nature, "personne": typed["personne"] or person}
    return await _form(request, who, draft.key, typed, files=draft.files, kept_as=draft.key, resumed=True)


async def send(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The same form sent twice sends one document."""
    sheet = await receive(request, who)
    if message := await sheet.sent():
        return see_other(thread_url(message.thread_id))
    typed = {name: sheet.form.text(name)[:60] for name in ("nature", "personne")}
    if who.lapsed:
        chosen = urlencode({"brouillon": sheet.key, "nature": typed["nature"], "pour": typed["personne"]})
        return await after_login(request, sheet, f"{SENDING}?{chosen}")
    errors, status = problems(sheet)
    if not errors:
        guardian = (await request.app[PROFILES].of(who.account)).guardian
        filing = rooms(request).filing
        try:
            await once(sheet, lambda d: filing.send(sheet.sender, guardian, d, typed["nature"], typed["personne"]))
        except Invalid as refused:
            errors, status = refused.errors, 422
        else:
            return see_other(f"{DOCUMENTS}?envoye=1")
    files = await saved(sheet)
    return await _form(request, who, sheet.key, typed, errors, files, status, sheet.kept_as)


async def download(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The file; `?apercu=1` shows it within a page if it is a picture."""
    guardian = (await request.app[PROFILES].of(who.account)).guardian
    found = await rooms(request).filing.document(guardian, who.account, int(request.match_info["document"]))
    shown = request.query.get("apercu") == "1" and found.content_type in PREVIEWED
    return await stream(request, found.blob, found.filename, found.content_type, found.size, shown)


def asked(one: Owed) -> Context:
    """Something that is owed, as pages ask for it."""
    hint = one.kind.hint[:1].upper() + one.kind.hint[1:]  # within brackets it stands as it is
    until = f"Jusqu’au {whole_date(one.until)}." if one.until else hint
    detail = f"Motif : {one.reason}" if one.reason else until
    return {
        "title": f"{one.kind.name} – {one.person.name}",
        "why": WHY[one.why],
        "text": detail,
        "url": f"{SENDING}?nature={one.kind.slug}&pour={mark(one.person)}",
        "tone": "warn" if one.why == "soon" else "bad",
    }


async def _papers(request: web.Request, who: Visitor, before: int = 0) -> Papers:
    guardian = (await request.app[PROFILES].of(who.account)).guardian
    return await rooms(request).filing.papers(guardian, who.account, before)


def _number(typed: str) -> int:
    """Of a paper, or 0."""
    return int(typed) if typed.isdecimal() and len(typed) < 19 else 0


def _which(document: Document) -> Which:
    return document.kind, document.child_id, document.guardian_id


def _shown(request: web.Request, papers: Papers, document: Document, newest: Mapping[Which, int]) -> Context:
    kind = rooms(request).filing.kind(document.kind)
    lost = document.state in ("refused", "expired") and newest[_which(document)] == document.id
    words, tone, sign = STATES[document.state]
    person = papers.person(document)
    return {
        "state": document.state,
        "name": kind.name if kind else document.filename.rpartition(".")[0] or document.filename,
        "person": person.name,
        "words": words,
        "tone": tone,
        "sign": sign,
        "reason": document.reason,
        "at": document.sent_at,
        "until": whole_date(document.valid_until) if document.valid_until else "",
        "file": document.filename,
        "size": document.size,
        "url": f"{DOCUMENTS}/{document.id}",
        "thread": thread_url(document.thread) if document.thread else "",
        "again": f"{SENDING}?nature={document.kind}&pour={mark(person)}" if kind and lost else "",
    }


async def _form(
    request: web.Request,
    who: Visitor,
    key: str,
    typed: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    files: Sequence[WaitingFile] = (),
    status: int = 200,
    kept_as: str = "",
    resumed: bool = False,
) -> web.Response:
    papers, kinds = await _papers(request, who), rooms(request).filing.kinds
    people = [one for one in papers.people if any(one in of(kind, papers.people) for kind in kinds)]
    context = {
        "kinds": [{"value": kind.slug, "name": kind.name, "hint": kind.hint} for kind in kinds],
        "people": [{"value": mark(one), "name": one.name} for one in people],
        "typed": typed,
        "errors": errors or {},
        "kept": kept(kept_as, files[-1:]),  # the last one chosen is meant in the place of the others
        "draft_id": kept_as,
        "envoi": key,
        "resumed": resumed,
    }
    return await page(request, "web/send_document.html", context, status)
