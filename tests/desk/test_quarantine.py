"""What agents see of mails in quarantine, and what they decide."""

import asyncio
from email import message_from_bytes
from email.policy import SMTP

import pytest

from hub.accounts.models import DeskAct
from hub.accounts.people import NewGuardian
from hub.mail.inbound import ReceivedMail
from hub.mail.models import InboundMail
from hub.mailbox.models import Decision, Message, ReleaseLink, Service, ServiceAgent
from hub.mailbox.quarantine import PAGE
from tests.actions.test_deciding import asked as wished
from tests.cast import KARIM, LEA, MARIE, NORA, PASSWORD, SCHOOL, Town
from tests.desk.conftest import HOME, asked, enter, junk
from tests.web.browser import Browser, Page


async def texts(town: Town) -> list[str]:
    return [m.text for m in await Message.all().order_by("id")]


async def press(browser: Browser, mail: int, act: str, **changes: str) -> Page:
    """Open a mail's page and press one of its buttons."""
    return await browser.press(await browser.get(f"{HOME}/{mail}"), f"{HOME}/{mail}/{act}", **changes)


async def test_an_empty_quarantine_says_what_it_is_for(nora: Browser) -> None:
    page = await nora.get(HOME)
    assert "Rien en quarantaine" in page.text and not page.all("table")


async def test_the_list_says_what_waits_for_whom_and_why(town: Town, nora: Browser) -> None:
    held, strange = await asked(town), await junk(town)
    page = await nora.get(HOME)
    assert [a.attributes["href"] for a in page.all(".held a")] == [f"{HOME}/{strange}", f"{HOME}/{held}"]
    [first, second] = page.texts(".held tbody tr")
    assert "eve@ailleurs.test" in first and "À décider Expéditeur inconnu" in first
    assert NORA in second and "Attend l’expéditeur Expéditeur non vérifié" in second
    assert "2 en attente" in page.texts(".tabs .badge")


async def test_once_the_link_has_lapsed_it_waits_for_an_agent(town: Town, nora: Browser) -> None:
    held = await asked(town)
    assert (
        "a reçu un lien pour le confirmer, valable jusqu’au jeudi 29 octobre" in (await nora.get(f"{HOME}/{held}")).text
    )
    town.clock.advance(days=7, minutes=1)
    await enter(nora, NORA)
    assert "À décider" in (await nora.get(HOME)).text
    assert "a reçu un lien" not in (await nora.get(f"{HOME}/{held}")).text


@pytest.mark.long
async def test_a_long_list_comes_in_pages_none_twice_none_missed(town: Town, nora: Browser) -> None:
    mails = [await junk(town, f"Promotion {n}") for n in range(PAGE + 2)]  # all in the same instant
    page = await nora.get(HOME)
    first = page.texts(".held .what")
    assert len(first) == PAGE
    [older] = [a.attributes["href"] or "" for a in page.all(".pages a")]
    page = await nora.get(older)
    assert first + page.texts(".held .what") == [f"Promotion {n}" for n in reversed(range(len(mails)))]
    assert [a.attributes["href"] for a in page.all(".pages a")] == [HOME]
    assert (await nora.get(f"{HOME}?avant=x")).texts(".held .what") == first


async def test_a_mail_s_page_says_in_whose_name_and_where_it_would_go(town: Town, nora: Browser) -> None:
    page = await nora.get(f"{HOME}/{await asked(town)}")
    assert "Oui, c’est possible." in page.texts(".text")[0] and "Afficher le texte cité" in page.text
    for words in (
        "Au nom de Nora Lambert agent · nora@ville.test",
        "Conversation Cantine de Léo",
        "Famille Durand dossier n° 1234",
        "Service Activités périscolaires",
        "La famille le lira",
        "L’adresse est celle de Nora Lambert, mais n’importe qui peut écrire une adresse",
        "Il reste gardé 90 jours",
    ):
        assert words in page.text, words


async def test_what_speaks_or_decides_for_somebody_else_is_not_shown(town: Town, nora: Browser) -> None:
    """The reply address that it was written to, and a link of the mail that it quotes."""
    await wished(town)
    mail = town.mails(KARIM)[0]
    [link] = {word for word in mail.text.split() if "/demande/" in word or "/decision/" in word}
    address = (mail.header("reply-to") or "").rpartition("<")[2].rstrip(">")
    raw = town.answer(mail, KARIM, "Je regarde.", results="").replace(b"> ", f"> {link}\r\n> {address}\r\n> ".encode())
    await town.arrive(raw)
    page = await nora.get(f"{HOME}/{(await InboundMail.filter(from_address=KARIM).get()).id}")
    assert "À l’adresse de réponse d’une conversation" in page.text and "Je regarde." in page.text
    assert address not in page.text and link not in page.text and "Message-ID: " in page.text


async def test_nor_on_any_page_once_it_is_posted(town: Town, karim: Browser) -> None:
    """Folded away below an answer stands the letter that it answers, as its writer's program quotes it."""
    await wished(town)
    mail = town.mails(NORA)[0]
    [link] = {word for word in mail.text.split() if "/demande/" in word or "/decision/" in word}
    address = (mail.header("reply-to") or "").rpartition("<")[2].rstrip(">")
    await town.arrive(town.answer(mail, NORA, "Je regarde.").replace(b"> ", f"> {link}\r\n> {address}\r\n> ".encode()))
    said = await Message.get(text="Je regarde.")
    page = await karim.get(f"/bureau/conversations/{said.thread_id}")
    assert "Je regarde." in page.text and "[adresse retirée]" in page.text and "[lien retiré]" in page.text
    assert address.partition("@")[0] not in page.html and link not in page.html


async def test_publishing_in_a_doubtful_name_takes_a_promise(town: Town, nora: Browser) -> None:
    mail = await asked(town)
    page = await press(nora, mail, "publier")
    assert page.status == 422 and "Cochez cette case" in page.text
    assert await InboundMail.exists(id=mail, state="held") and not await Decision.exists()

    page = await nora.press(page, f"{HOME}/{mail}/publier", verifie="1")
    assert page.url == f"{HOME}?courriel={mail}" and page.redirects == (303,)
    assert "c’est pris en compte" in page.texts("#avis")[0]
    await town.hub.settle()
    assert "est dans la conversation" in (await nora.get(page.url)).texts("#avis")[0]
    message = await Message.get(agent_id=(await town.agent()).id)
    assert message.text == "Oui, c’est possible." and message.author == "Nora Lambert"
    decision = await Decision.get()
    assert (decision.act, decision.agent_id) == ("accepted", (await town.agent()).id)


async def test_a_stranger_s_answer_is_shown_to_speak_in_an_agent_s_name(town: Town, nora: Browser) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], "nora@perso.test", "Je réponds de chez moi"))
    page = await nora.get(f"{HOME}/{(await InboundMail.get()).id}")
    assert "Au nom de Nora Lambert" in page.text
    assert "nora@perso.test n’est pas une adresse connue de Nora Lambert." in page.text


async def test_an_answer_that_only_came_too_late_needs_no_promise(town: Town, nora: Browser) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    town.clock.advance(days=200)
    await enter(nora, NORA)
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Avec mes excuses"))
    mail = (await InboundMail.get()).id
    page = await nora.get(f"{HOME}/{mail}")
    assert "Adresse de réponse périmée" in page.text and not page.all("#verifie")
    await nora.press(page, f"{HOME}/{mail}/publier")
    await town.hub.settle()
    assert await texts(town) == ["Bonjour", "Avec mes excuses"]


async def test_an_order_is_shown_to_be_one_and_is_no_longer_carried_out_for_who_has_left(
    town: Town, karim: Browser
) -> None:
    request = await wished(town)
    unproven = town.answer(town.mails(NORA)[0], NORA, "/accepter", results="")
    await town.arrive(unproven)
    page = await karim.get(f"{HOME}/{(await InboundMail.get(state='held')).id}")
    assert "le publier décide de la demande, au nom de Nora Lambert" in page.text
    school = await Service.get(slug="scolaire")
    await town.hub.threads.transfer(request.thread_id, school.id, "Nora Lambert")
    await karim.press(page, f"{page.url}/publier", verifie="1")
    await town.hub.settle()
    await request.refresh_from_db()
    assert request.state == "pending" and (await InboundMail.get()).reason == "order"
    assert "Un autre service suit maintenant cette conversation" in town.mails(NORA)[-1].text


async def test_a_parent_s_mail_opens_their_conversation(town: Town, nora: Browser) -> None:
    await town.arrive(town.fresh(LEA, "scolaire@hub.test", "Quotient", "Voici le nouveau.", results=""))
    mail = (await InboundMail.get()).id
    page = await nora.get(f"{HOME}/{mail}")
    for words in ("Au nom de Léa Martin parent", "Conversation Quotient nouvelle", "Service Service scolaire"):
        assert words in page.text, words
    await nora.press(page, f"{HOME}/{mail}/publier", verifie="1")
    await town.hub.settle()
    message = await Message.get().select_related("thread")
    assert (message.account_id, message.thread.subject) == (town.account(LEA).id, "Quotient")


async def test_what_would_speak_by_an_address_that_is_not_theirs_cannot_be_published(town: Town, nora: Browser) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], "eve@ailleurs.test", "Bonjour", results=""))
    mail = (await InboundMail.get(reason="forged")).id
    page = await nora.get(f"{HOME}/{mail}")
    assert "Publier" not in page.text
    forced = page.form(f"{HOME}/{mail}/ecarter") | {"verifie": "1", "parent": "mdurand"}
    page = await nora.post(f"{HOME}/{mail}/publier", forced)
    assert page.status == 409 and "il ne peut pas être publié" in page.text
    assert await Message.all().count() == 1 and not await Decision.exists()


@pytest.mark.parametrize("to", ["periscolaire@hub.test", "personne@hub.test"])
async def test_what_a_parent_wrote_from_elsewhere_is_published_in_their_name(
    town: Town, nora: Browser, to: str
) -> None:
    await town.arrive(town.fresh("marie@bureau.test", to, "Cantine", "Je vous écris du bureau"))
    mail = (await InboundMail.get(reason="unknown_sender")).id
    page = await press(nora, mail, "publier", parent="mdurand")
    assert page.status == 422 and "Cochez cette case" in page.text
    page = await nora.press(page, f"{HOME}/{mail}/publier", verifie="1", parent="personne")
    assert page.status == 422 and "Aucun compte de parent" in page.text and not await Decision.exists()
    chosen = {"parent": f" {MARIE.upper()}"}
    if to.startswith("personne"):
        page = await nora.press(page, f"{HOME}/{mail}/publier", verifie="1", **chosen)
        assert page.status == 422 and "Choisissez le service" in page.text
        chosen["service"] = str((await Service.get(slug="periscolaire")).id)
    await nora.press(page, f"{HOME}/{mail}/publier", verifie="1", **chosen)
    await town.hub.settle()
    message = await Message.get().select_related("thread__service")
    assert (message.author, message.account_id) == ("Marie Durand", town.account(MARIE).id)
    assert message.thread.service.slug == "periscolaire" and message.text == "Je vous écris du bureau"
    assert "Je vous écris du bureau" in town.mails(NORA)[0].text
    assert len(town.mails(MARIE)) == 1, "she hears of it where her account says"
    await town.arrive(town.fresh("marie@bureau.test", to, "Cantine", "Encore"))
    assert await Message.all().count() == 1, "nobody is believed the next time for it"


async def test_what_a_parent_answered_from_elsewhere_enters_their_own_conversation_only(
    town: Town, nora: Browser
) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Quel jour ?"))
    for text, parent in (("Jeudi", "pdurand"), ("Vendredi", "lmartin")):
        raw = town.answer(town.mails(MARIE)[0], "x@bureau.test", text, reply_to="periscolaire@hub.test")
        await town.arrive(raw)
        mail = (await InboundMail.get(reason="unknown_sender", state="quarantined")).id
        await press(nora, mail, "publier", parent=parent, verifie="1")
        await town.hub.settle()
    said = {m.text: (m.author, m.thread_id) for m in await Message.all()}
    assert said["Jeudi"] == ("Paul Durand", said["Bonjour"][1])
    assert said["Vendredi"][0] == "Léa Martin" and said["Vendredi"][1] != said["Bonjour"][1]


@pytest.mark.parametrize(("results", "reason"), [("dmarc=pass", "no_destination"), ("", "unproven")])
async def test_a_parent_who_wrote_to_nobody_is_published_where_an_agent_says(
    town: Town, nora: Browser, results: str, reason: str
) -> None:
    await town.arrive(town.fresh(MARIE, "personne@hub.test", "Bonjour", "Ma facture est fausse", results=results))
    mail = (await InboundMail.get(state="quarantined", reason=reason)).id
    page = await press(nora, mail, "publier", **({} if results else {"verifie": "1"}))
    assert page.status == 422 and "Choisissez le service" in page.text and not await Decision.exists()
    school = await Service.get(slug="scolaire")
    await nora.press(page, f"{HOME}/{mail}/publier", service=str(school.id), **({} if results else {"verifie": "1"}))
    await town.hub.settle()
    message = await Message.get().select_related("thread")
    assert (message.author, message.text, message.thread.service_id) == (
        "Marie Durand", "Ma facture est fausse", school.id,
    )  # fmt: skip
    assert town.mails(SCHOOL)[0].subject.startswith("Bonjour")


async def test_many_are_discarded_at_once_and_put_back_at_once(town: Town, nora: Browser, karim: Browser) -> None:
    mails = [await junk(town, f"Promotion {n}") for n in range(4)]
    page = await nora.get(HOME)
    assert len(page.all(".held [type=checkbox]")) == len(mails)
    await press(karim, mails[0], "rejouer")
    await town.hub.settle()
    await press(karim, mails[0], "refuser", reponse="Non merci.")
    await InboundMail.filter(id=mails[1]).update(state="stored")  # published meanwhile
    ticked = {f"courriel-{mail}": "1" for mail in mails[:3]}
    page = await nora.press(page, f"{HOME}/ecarter", **ticked)
    told = page.texts("#avis p")[0]
    assert "1 e-mail est écarté. Il reste gardé 90 jours. 2 autres étaient déjà traités." in told
    assert page.texts(".held .what") == ["Promotion 3"]
    assert [d.mail_id for d in await Decision.filter(act="discarded").order_by("mail_id")] == [mails[2]]
    lines = await DeskAct.filter(act="A écarté des e-mails en quarantaine")
    assert [(line.by, line.about) for line in lines] == [("Nora Lambert", f"e-mail {mails[2]}")]

    page = await nora.press(page, f"{HOME}/remettre")
    assert "1 e-mail est de nouveau en quarantaine" in page.texts("#avis p")[0]
    assert page.texts(".held .what") == ["Promotion 3", "Promotion 2"], "what a colleague refused stays refused"
    assert not [form for form in page.all("form") if form.attributes.get("action") == f"{HOME}/remettre"]


async def test_what_is_ticked_is_only_discarded_by_who_may_see_it(town: Town, karim: Browser) -> None:
    mine, theirs = await junk(town), await asked(town)
    await ServiceAgent.filter(agent_id=(await town.agent(KARIM)).id, service__slug="periscolaire").delete()
    await InboundMail.filter(id=mine).update(service=None)
    page = await karim.get(HOME)
    assert page.texts(".held .what") == ["Promotion"]
    page = await karim.press(page, f"{HOME}/ecarter", **{f"courriel-{mail}": "1" for mail in (mine, theirs)})
    assert "1 e-mail est écarté" in page.texts("#avis p")[0]
    assert (await InboundMail.get(id=theirs)).state == "held"
    page = await karim.get(f"{HOME}?courriels={mine}-{theirs}-x-{10**30}")
    assert "1 e-mail est écarté" in page.texts("#avis p")[0], "what is not to be seen is not counted either"
    assert (await karim.get(f"{HOME}?courriels=&autres=0")).all("#avis") == []


async def test_who_ticks_nothing_is_told(town: Town, nora: Browser) -> None:
    mail = await junk(town)
    page = await nora.press(await nora.get(HOME), f"{HOME}/ecarter")
    assert page.status == 422 and "Cochez les e-mails à écarter" in page.text
    assert page.texts(".held .what") == ["Promotion"] and (await InboundMail.get(id=mail)).state == "quarantined"


async def test_a_mail_is_refused_with_an_answer(town: Town, nora: Browser) -> None:
    mail = await junk(town)
    before = len(town.mails("eve@ailleurs.test"))
    page = await press(nora, mail, "refuser")
    assert page.status == 422 and "Écrivez votre message." in page.text and not await Decision.exists()
    page = await nora.press(page, f"{HOME}/{mail}/refuser", reponse="Écrivez-nous\ndepuis votre <compte>.")
    assert "est refusé ; votre réponse part à eve@ailleurs.test" in page.texts("#avis")[0]
    await town.hub.settle()
    letter = town.mails("eve@ailleurs.test")[before]
    assert "Écrivez-nous\ndepuis votre <compte>." in letter.text and "depuis votre &lt;compte&gt;" in letter.html
    assert letter.header("auto-submitted") == "auto-replied" and NORA not in letter.text
    assert town.sink.mails[-1].mail_from == ""
    assert letter.in_reply_to == (await InboundMail.get(id=mail)).message_id

    page = await nora.get(f"{HOME}/{mail}")
    assert "Nora Lambert l’a refusé, avec une réponse" in page.text
    await nora.press(page, f"{HOME}/{mail}/remettre")  # a second thought, and a second answer
    await press(nora, mail, "refuser", reponse="Ou appelez-nous.")
    await town.hub.settle()
    assert len(town.mails("eve@ailleurs.test")) == before + 2


async def test_who_cannot_be_answered_is_not(town: Town, nora: Browser) -> None:
    raw = town.fresh("x", "periscolaire@hub.test", "Bonjour", "Bonjour").replace(b"From: x", b"From: ")
    await town.arrive(raw)
    mail = (await InboundMail.get(reason="no_author")).id
    page = await nora.get(f"{HOME}/{mail}")
    assert "Refuser avec une réponse" not in page.text
    forced = page.form(f"{HOME}/{mail}/ecarter") | {"reponse": "Qui êtes-vous ?"}
    assert (await nora.post(f"{HOME}/{mail}/refuser", forced)).status == 409
    assert not town.sink.mails and not await Decision.exists()


async def test_a_stranger_who_has_got_an_account_is_posted_by_a_replay(town: Town, nora: Browser) -> None:
    await town.arrive(town.fresh("neuf@famille.test", "periscolaire@hub.test", "Inscription", "Bonjour"))
    mail = (await InboundMail.get()).id
    await press(nora, mail, "rejouer")
    await town.hub.settle()
    page = await nora.get(f"{HOME}?courriel={mail}")
    assert "n’a pas pu être publié : expéditeur inconnu" in page.texts("#avis")[0]

    new = NewGuardian("9999", "Noé", "Neuf", "nneuf", "neuf@famille.test", PASSWORD)
    await town.hub.people.add_guardian(new)
    await press(nora, mail, "rejouer")
    await town.hub.settle()
    assert await texts(town) == ["Bonjour"]


async def test_what_the_mail_itself_forbids_is_not_replayed(town: Town, nora: Browser) -> None:
    mail = await asked(town)
    page = await nora.get(f"{HOME}/{mail}")
    assert "Faire relire" not in page.text
    page = await nora.post(f"{HOME}/{mail}/rejouer", page.form(f"{HOME}/{mail}/ecarter"))
    assert page.status == 409 and "ne changerait rien" in page.text
    assert await InboundMail.exists(id=mail, state="held")


async def test_an_error_of_ours_is_shown_and_replayed(
    town: Town, nora: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def explode(*_: object) -> None:
        raise RuntimeError(f"the <disk> is gone with {address}")

    await town.write("Bonjour")
    await town.hub.settle()
    address = (town.mails(NORA)[0].header("reply-to") or "").rpartition("<")[2].rstrip(">")
    monkeypatch.setattr(type(town.hub.threads), "post_all", explode)
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Oui"))
    for _ in range(4):
        town.clock.advance(hours=1)
        await town.hub.settle()
    monkeypatch.undo()
    mail = (await InboundMail.get(state="failed")).id

    assert "Erreur du portail" in (await nora.get(HOME)).text
    page = await nora.get(f"{HOME}/{mail}")
    assert "RuntimeError: the <disk> is gone with reponse+" in page.texts(".raw")[0]
    assert address not in page.text
    assert NORA in page.texts(".letter dd")[0] and "Publier" not in page.text
    await nora.press(page, f"{HOME}/{mail}/rejouer")
    await town.hub.settle()
    assert await texts(town) == ["Bonjour", "Oui"]


async def test_a_discarded_mail_can_be_taken_back_then_goes_for_good(town: Town, nora: Browser) -> None:
    mail = await asked(town)
    town.clock.advance(days=80)  # the days it is kept are counted from here, not from when it came
    await enter(nora, NORA)
    page = await press(nora, mail, "ecarter")
    assert "est écarté. Il reste gardé 90 jours" in page.texts("#avis")[0] and "Rien en quarantaine" in page.text
    page = await nora.press(page, f"{HOME}/{mail}/remettre")
    assert "de nouveau en quarantaine" in page.texts("#avis")[0]
    assert await InboundMail.exists(id=mail, state="held")

    await press(nora, mail, "ecarter")
    town.clock.advance(days=89)
    assert await town.hub.quarantine.forget() == 0
    town.clock.advance(days=2)
    assert await town.hub.quarantine.forget() == 1
    await enter(nora, NORA)
    assert (await nora.get(f"{HOME}/{mail}")).status == 404


@pytest.mark.parametrize("to", ["postmaster@hub.test", "Postmaster"])
async def test_what_is_written_to_postmaster_is_for_administrators(
    town: Town, nora: Browser, karim: Browser, to: str
) -> None:
    """By people, and by the machines of other hosts; nobody is answered by itself."""
    raw = town.fresh("abuse@orange.test", "postmaster@hub.test", "Vos e-mails", "Vous en envoyez trop.")
    for each in (raw, b"Auto-Submitted: auto-generated\r\n" + raw.replace(b"<fresh", b"<auto")):
        await town.hub.inbound.take([ReceivedMail(each, "lmtp", envelope_to=(to,))])
        await town.hub.settle()
    assert {row.reason for row in await InboundMail.all()} == {"postmaster"} and not town.sink.mails
    page = await nora.get(HOME)
    assert len(page.all(".held tbody tr")) == 2 and "Adressé à postmaster" in page.text
    page = await nora.get(f"{HOME}/{(await InboundMail.all().order_by('id'))[0].id}")
    assert "Seuls les administrateurs voient" in page.text and "Publier" not in page.text
    for at in (HOME, f"{HOME}/{(await InboundMail.first()).id}", f"{HOME}/{(await InboundMail.first()).id}/source"):  # type: ignore[union-attr]
        page = await karim.get(at)
        assert "Vos e-mails" not in page.text and "Vous en envoyez" not in page.text
        assert at == HOME or page.status == 404


async def test_what_a_parent_wrote_to_postmaster_goes_where_an_administrator_says(town: Town, nora: Browser) -> None:
    await town.arrive(town.fresh(MARIE, "postmaster@hub.test", "Cantine", "Léo sera absent"))
    mail = await InboundMail.get()
    assert (mail.state, mail.reason) == ("quarantined", "postmaster") and not town.mails(MARIE)
    services = await Service.get(slug="periscolaire")
    await press(nora, mail.id, "publier", service=str(services.id))
    await town.hub.settle()
    assert await texts(town) == ["Léo sera absent"]


async def test_what_went_to_a_service_and_to_postmaster_is_the_service_s(town: Town) -> None:
    await town.arrive(town.fresh(MARIE, "periscolaire@hub.test, postmaster@hub.test", "Cantine", "Léo sera absent"))
    assert await texts(town) == ["Léo sera absent"]


async def test_the_second_of_two_agents_is_told_who_was_first(town: Town, nora: Browser, karim: Browser) -> None:
    mail = await asked(town)
    late = await karim.get(f"{HOME}/{mail}")
    await press(nora, mail, "publier", verifie="1")
    for act, form in (("ecarter", "ecarter"), ("publier", "publier"), ("remettre", "ecarter"), ("rejouer", "ecarter")):
        page = await karim.post(f"{HOME}/{mail}/{act}", late.form(f"{HOME}/{mail}/{form}") | {"verifie": "1"})
        assert page.status == 409 and "Nora Lambert a choisi de le publier, jeudi 22 octobre à 10 h" in page.text
    await town.hub.settle()
    page = await karim.get(f"{HOME}/{mail}")
    assert page.status == 200 and page.title == "Cet e-mail est déjà traité" and "dans la conversation" in page.text
    assert await texts(town) == ["Bonjour, peut-on changer la cantine ?", "Oui, c’est possible."]


async def test_of_two_clicks_at_once_one_decides(town: Town, nora: Browser, karim: Browser) -> None:
    mail = await asked(town)
    pages = [await browser.get(f"{HOME}/{mail}") for browser in (nora, karim)]
    answers = await asyncio.gather(
        nora.press(pages[0], f"{HOME}/{mail}/publier", verifie="1"),
        karim.press(pages[1], f"{HOME}/{mail}/ecarter"),
        nora.press(pages[0], f"{HOME}/{mail}/publier", verifie="1"),
        karim.press(pages[1], f"{HOME}/{mail}/ecarter"),
    )
    assert sorted(page.status for page in answers) == [200, 409, 409, 409]
    assert await Decision.all().count() == 1


async def test_an_agent_is_told_that_the_sender_has_confirmed_meanwhile(town: Town, nora: Browser) -> None:
    mail = await asked(town)
    page = await nora.get(f"{HOME}/{mail}")
    await town.hub.answers.release(town.mails(NORA)[-1].text.split("/courriel/")[1].split()[0])
    await town.hub.settle()
    page = await nora.press(page, f"{HOME}/{mail}/ecarter")
    assert page.status == 409 and "a confirmé qu’il est d’elle, jeudi 22 octobre à 10 h" in page.text


async def test_no_get_changes_anything(town: Town, nora: Browser) -> None:
    mails = [await asked(town), await junk(town)]
    before = await _rows()
    for mail in mails:
        for path in ("", "/source", "?verifie=1"):
            assert (await nora.get(f"{HOME}/{mail}{path}")).status == 200
        for act in ("publier", "rejouer", "ecarter", "refuser", "remettre"):
            assert (await nora.get(f"{HOME}/{mail}/{act}")).status == 405
        assert (await nora.get(f"{HOME}?courriel={mail}")).all("#avis") == []
    await town.hub.settle()
    assert await _rows() == before


async def _rows() -> list[object]:
    return [await table.all().order_by("id").values() for table in (InboundMail, Decision, Message, ReleaseLink)]


async def test_guessed_numbers_open_nothing(town: Town, nora: Browser) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Une réponse ordinaire"))
    stored = (await InboundMail.get(state="stored")).id
    token = (await nora.get(HOME)).form("/bureau/deconnexion")
    for guess in (str(stored), "0", "99999", "9" * 18, "9" * 30, "x", "-1"):
        for path in ("", "/source"):
            page = await nora.get(f"{HOME}/{guess}{path}")
            assert page.status == 404 and "ordinaire" not in page.html
        for act in ("publier", "rejouer", "ecarter", "refuser", "remettre"):
            assert (await nora.post(f"{HOME}/{guess}/{act}", token | {"verifie": "1"})).status == 404
        assert (await nora.get(HOME, params={"courriel": guess})).all("#avis") == []
    assert await InboundMail.exists(id=stored, state="stored")


async def test_what_strangers_write_is_only_ever_text(town: Town, nora: Browser) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    mail = message_from_bytes(town.fresh("eve@ailleurs.test", "periscolaire@hub.test", evil, evil, ""), policy=SMTP)
    mail.add_alternative(f"<p>{evil}</p><style>body{{display:none}}</style>", subtype="html")
    mail.add_attachment(b"x", "text", "html", filename='"><script>alert(1)</script>.html')
    mail["X-Evil"] = evil
    await town.arrive(mail.as_bytes())
    number = (await InboundMail.get()).id
    for url in (HOME, f"{HOME}/{number}"):
        page = await nora.get(url)
        assert evil in page.text
        assert not page.all("main script, main img, main style, main iframe")
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert (await press(nora, number, "ecarter")).texts("#avis")[0].startswith(f"« {evil} » est écarté")
    page = await nora.get(f"{HOME}/{number}")
    assert evil in page.text and not page.all("main script, main img")


async def test_the_source_is_the_mail_as_it_came_and_never_a_page(town: Town, nora: Browser) -> None:
    raw = town.fresh("eve@ailleurs.test", "periscolaire@hub.test", "Été", "<script>alert(1)</script>", results="")
    await town.arrive(raw)
    mail = (await InboundMail.get()).id
    async with nora.http.get(f"{HOME}/{mail}/source") as answer:
        assert await answer.read() == raw
        assert answer.headers["Content-Type"] == "message/rfc822"
        assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="courriel-{mail}.eml"')
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"


async def test_a_mail_whose_bytes_are_gone_can_still_be_set_aside(town: Town, nora: Browser) -> None:
    mail = await junk(town, "Lourd", "x" * 100_000)
    await town.hub.core.blobs.delete((await InboundMail.get(id=mail)).blob)
    page = await nora.get(f"{HOME}/{mail}")
    assert page.status == 200 and "n’arrive pas à lire cet e-mail" in page.text and "Lourd" in page.title
    assert (await nora.get(f"{HOME}/{mail}/source")).status == 503
    assert "est écarté" in (await nora.press(page, f"{HOME}/{mail}/ecarter")).text


@pytest.mark.long
async def test_a_very_long_mail_makes_a_page_of_bounded_size(town: Town, nora: Browser) -> None:
    mail = await junk(town, "Long", "mot " * 500_000)
    page = await nora.get(f"{HOME}/{mail}")
    assert "La suite est dans l’e-mail d’origine" in page.text and len(page.html) < 100_000


async def test_no_family_hears_of_what_an_agent_set_aside(town: Town, nora: Browser) -> None:
    mail = await asked(town)
    told = len(town.mails(MARIE))
    await press(nora, mail, "ecarter")
    await town.hub.settle()
    assert len(town.mails(MARIE)) == told and await Message.all().count() == 1
    assert not town.mails(KARIM)[1:]


async def test_what_is_for_one_service_is_not_seen_by_agents_of_another(
    town: Town, nora: Browser, karim: Browser
) -> None:
    """Karim works for the school office alone; Nora is an administrator, who sees everything."""
    await ServiceAgent.filter(agent__email=KARIM, service__slug="periscolaire").delete()
    answer, strange = await asked(town), await junk(town)
    await town.arrive(town.fresh("eve@ailleurs.test", "inconnu@hub.test", "À personne", "Bonjour", results=""))
    [nobodys] = [row.id for row in await town.hub.quarantine.waiting() if row.id not in (answer, strange)]
    page = await karim.get(HOME)
    assert page.texts(".held .what") == ["À personne"] and "1 en attente" in page.texts(".tabs .badge")
    assert (await karim.get(f"{HOME}/{nobodys}")).status == 200
    csrf = page.form("/bureau/deconnexion")
    for mail in (answer, strange):
        for url in (f"{HOME}/{mail}", f"{HOME}/{mail}/source"):
            assert (await karim.get(url)).status == 404
        for act in ("publier", "rejouer", "ecarter", "refuser", "remettre"):
            assert (await karim.post(f"{HOME}/{mail}/{act}", csrf)).status == 404
        assert not (await karim.get(f"{HOME}?courriel={mail}")).all("#avis")
    assert len((await nora.get(HOME)).all(".held tbody tr")) == 3
    await press(nora, strange, "ecarter")
    assert (await karim.get(f"{HOME}/{strange}")).status == 404
    assert (await InboundMail.get(id=answer)).state == "held"


async def test_it_follows_the_conversation_to_another_service(town: Town, karim: Browser) -> None:
    await ServiceAgent.filter(agent__email=KARIM, service__slug="periscolaire").delete()
    mail = await asked(town)
    assert (await karim.get(f"{HOME}/{mail}")).status == 404
    thread = (await Message.all().order_by("id").first()).thread_id  # type: ignore[union-attr]
    await town.hub.threads.transfer(thread, (await Service.get(slug="scolaire")).id, "Nora Lambert")
    assert (await karim.get(f"{HOME}/{mail}")).status == 200


async def unsure(town: Town, **headers: str) -> int:
    """A mail of Marie's that nothing proves, about what she has a conversation of."""
    raw = town.fresh(MARIE, "periscolaire@hub.test", "Autre chose", "Léo mange.", results="dmarc=fail")
    for name, value in headers.items():
        raw = f"{name.replace('_', '-')}: {value}\r\n".encode() + raw
    await town.arrive(raw)
    return int((await InboundMail.get(from_address=MARIE)).id)


async def test_an_agent_puts_a_mail_in_a_conversation_of_its_writer(town: Town, nora: Browser) -> None:
    begun = await town.write("Bonjour", subject="Cantine de Léo")
    others = await town.write("Bonjour", LEA, subject="Garderie de Zoé")
    await town.hub.settle()
    mail = await unsure(town)
    page = await nora.get(f"{HOME}/{mail}")
    assert page.texts("#fil option")[0] == "Nouvelle : Autre chose" and "Cantine de Léo" in page.texts("#fil option")[1]
    page = await nora.press(page, f"{HOME}/{mail}/publier", verifie="1", fil=str(others.thread_id))
    assert page.status == 422 and "Choisissez la conversation" in page.text
    await nora.press(page, f"{HOME}/{mail}/publier", verifie="1", fil=str(begun.thread_id))
    await town.hub.settle()
    assert (await Message.get(text="Léo mange.")).thread_id == begun.thread_id
    assert await Message.all().count() == 3


async def test_or_begins_another_with_it(town: Town, nora: Browser) -> None:
    begun = await town.write("Bonjour", subject="Cantine de Léo")
    await town.hub.settle()
    mail = await unsure(town, In_Reply_To=town.mails(NORA)[0].message_id or "")
    page = await nora.get(f"{HOME}/{mail}")
    assert page.texts("#fil option")[:2] == [
        "Cantine de Léo (celle à laquelle il répond)",
        "Une nouvelle conversation",
    ]
    await nora.press(page, f"{HOME}/{mail}/publier", verifie="1", fil="0")
    await town.hub.settle()
    said = await Message.get(text="Léo mange.").select_related("thread__service")
    assert said.thread_id != begun.thread_id and said.thread.service.slug == "periscolaire"


async def test_conversations_of_services_that_an_agent_does_not_follow_are_none_of_the_choice(
    town: Town, karim: Browser
) -> None:
    await town.write("Bonjour", subject="Facture", service="scolaire")
    await ServiceAgent.filter(agent_id=(await town.agent(KARIM)).id, service__slug="scolaire").delete()
    begun = await Message.get(thread__subject="Facture")
    mail = await unsure(town)
    page = await karim.get(f"{HOME}/{mail}")
    assert "Facture" not in page.text and not page.texts("#fil option")
    page = await karim.press(page, f"{HOME}/{mail}/publier", verifie="1", fil=str(begun.thread_id))
    assert page.status == 422
