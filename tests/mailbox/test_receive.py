"""The inbound pipeline: who is posted, held, set aside, answered; on both databases."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import SMTP

import pytest

from hub.core.errors import Invalid, NotFound, Refused
from hub.mail import parse
from hub.mail.inbound import ReceivedMail
from hub.mail.models import InboundContent, InboundMail, OutboundMail
from hub.mail.reused import told_apart
from hub.mailbox.models import Attachment, Message, ReplyAddress, Service, Thread
from hub.mailbox.steps import NO_TEXT
from tests.cast import AUTHSERV, KARIM, LEA, MARIE, NORA, PAUL, SCHOOL, Town


async def test_a_forged_verdict_below_ours_counts_for_nothing(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    raw = town.answer(town.mails(NORA)[0], NORA, "Réponse", results="dmarc=fail")
    forged = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=ville.test\r\n".encode()
    first, _, rest = raw.partition(b"\r\n")
    await town.arrive(first + b"\r\n" + forged + rest)
    assert await InboundMail.exists(state="held", reason="unauthenticated")


async def test_a_token_that_was_altered_is_no_token(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    mail = town.mails(NORA)[0]
    address = mail.header("reply-to") or ""
    other = address.replace("reponse+1-", "reponse+2-")
    assert other != address
    await town.arrive(town.answer(mail, "eve@ailleurs.test", "Réponse", reply_to=other))
    assert await Message.all().count() == 1


async def test_a_revoked_address_is_refused_with_what_to_do_and_the_mail_kept(town: Town) -> None:
    message = await town.write("Bonjour")
    await town.hub.settle()
    mail = town.mails(NORA)[0]
    await town.hub.replies.revoke(message.thread_id)
    await town.arrive(town.answer(mail, NORA, "Trop tard"))

    kept = await InboundMail.get(from_address=NORA)
    assert (kept.state, kept.reason) == ("quarantined", "revoked_token")
    told = town.mails(NORA)[-1]
    assert "a été annulée" in told.text and "Que faire" in told.text and "/messagerie" not in told.text


async def test_references_alone_are_asked_about(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    mail = town.mails(NORA)[0]
    await town.arrive(town.answer(mail, NORA, "Sans adresse", reply_to="periscolaire@hub.test"))
    held = await InboundMail.get(from_address=NORA)
    assert (held.state, held.reason) == ("held", "no_token")
    assert await Message.all().count() == 1


async def test_a_copy_that_nothing_proves_never_stands_in_for_the_genuine_mail(town: Town) -> None:
    """By a forwarder, or forged: the same Message-ID and From, there first. The one that is proven is posted."""
    message = await town.write("Bonjour")
    await town.hub.settle()
    mail = town.mails(NORA)[0]
    copy = town.answer(mail, NORA, "Je refuse", results="dmarc=fail", Message_ID="<une@ville.test>")
    await town.arrive(copy)
    await town.arrive(town.answer(mail, NORA, "J’accepte", Message_ID="<une@ville.test>"))
    talk = await town.hub.conversations.read(town.account().id, message.thread_id)
    assert [m.text for m in talk.messages] == ["Bonjour", "J’accepte"]

    [held] = await town.hub.quarantine.waiting()
    await town.hub.quarantine.accept(held.id)  # of its genuine twin the agent was not told
    await town.hub.settle()
    assert (await InboundMail.get(id=held.id)).reason == "other_version"
    await town.arrive(copy)
    assert await InboundMail.filter(reason="duplicate").count() == 1
    assert await Message.all().count() == 2


async def test_a_message_id_used_over_again_costs_no_mail(town: Town) -> None:
    """Some scanners and telephones give all their mails the same; the same mail twice is still one."""
    await town.write("Bonjour")
    await town.hub.settle()
    mail = town.mails(NORA)[0]
    for text in ("Oui", "Il manque le RIB", "Oui"):
        await town.arrive(town.answer(mail, NORA, text, Message_ID="<0@copieur.test>"))
    for page in (b"%PDF-1.4 un", b"%PDF-1.4 deux", b"%PDF-1.4 un"):
        scan = message_from_bytes(town.answer(mail, NORA, "", Message_ID="<0@copieur.test>"), policy=SMTP)
        scan.add_attachment(page, "application", "pdf", filename="scan.pdf")
        await town.arrive(scan.as_bytes())
    said = [message.text for message in await Message.all().order_by("id")]
    assert said == ["Bonjour", "Oui", "Il manque le RIB", NO_TEXT, NO_TEXT]


async def test_nor_does_it_where_they_come_together(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    mail = town.mails(NORA)[0]
    raws = [town.answer(mail, NORA, text, Message_ID="<0@copieur.test>") for text in ("Oui", "Il manque le RIB", "Oui")]
    await town.hub.inbound.take([ReceivedMail(raw, "portail", 1, n) for n, raw in enumerate(raws, 1)])
    await town.hub.settle()
    said = [message.text for message in await Message.all().order_by("id")]
    assert said == ["Bonjour", "Oui", "Il manque le RIB"]


@pytest.mark.parametrize("header", [("Auto_Submitted", "auto-replied"), ("X_Autoreply", "yes")])
async def test_an_automatic_answer_is_neither_posted_nor_answered(town: Town, header: tuple[str, str]) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    sent = await OutboundMail.all().count()
    raw = town.answer(town.mails(NORA)[0], NORA, "Je suis absente", **{header[0]: header[1]})
    await town.arrive(raw)
    assert await Message.all().count() == 1
    assert await OutboundMail.all().count() == sent
    assert await InboundMail.exists(state="ignored", reason="automatic")


@pytest.mark.parametrize(
    ("subject", "header", "reason"),
    [
        ("Hors du bureau : le dossier", "", "seems_automatic"),
        ("Inscription", "Feedback-ID: 1.eu-west-1.amazonses", "bulk"),  # Amazon WorkMail marks what people write
    ],
)
async def test_what_only_looks_like_a_machine_waits_for_an_agent(
    town: Town, subject: str, header: str, reason: str
) -> None:
    mail = message_from_bytes(town.fresh(MARIE, "periscolaire@hub.test", subject, "Voici"), policy=SMTP)
    mail.add_attachment(b"%PDF-1.4", "application", "pdf", filename="dossier.pdf")
    if header:
        mail[header.partition(":")[0]] = header.partition(":")[2].strip()
    await town.arrive(mail.as_bytes())
    waiting = await InboundMail.get(state="quarantined", reason=reason)
    assert not await OutboundMail.exists()

    await town.hub.quarantine.accept(waiting.id)
    await town.hub.settle()
    assert await Attachment.exists(filename="dossier.pdf", message__thread__subject=subject)


async def test_who_asks_under_the_words_of_a_machine_is_heard(town: Town) -> None:
    subject = "Hors du bureau : où déposer le dossier ?"
    await town.arrive(town.fresh(MARIE, "periscolaire@hub.test", subject, "Bonjour, en dehors du bureau, où aller ?"))
    assert await Message.exists(thread__subject=subject)


async def test_our_own_mail_come_back_stops(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    await town.arrive(town.sink.sent_to(NORA)[0])
    assert await InboundMail.exists(state="ignored", reason="own_mail")


async def test_files_over_the_limit_are_set_aside_and_said(town: Town) -> None:
    raw = town.fresh(MARIE, "periscolaire@hub.test", "Fichiers", "Voici")
    mail = message_from_bytes(raw, policy=SMTP)
    mail.add_attachment(b"x" * (2 * 1024 * 1024 + 1), "application", "pdf", filename="trop gros.pdf")
    mail.add_attachment(b"", "application", "pdf", filename="vide.pdf")
    for number in range(5):
        mail.add_attachment(b"%PDF-1.4", "application", "pdf", filename=f"{number}.pdf")
    await town.arrive(mail.as_bytes())

    files = await Attachment.all().order_by("position")
    assert [bool(file.aside) for file in files] == [True, False, False, False, False, False, True]
    assert "2\N{NO-BREAK SPACE}Mo" in files[0].aside and "5" in files[6].aside
    assert await Message.all().count() == 1


async def test_a_file_without_a_name_can_be_opened_all_the_same(town: Town) -> None:
    """Outlook names neither the mails nor the appointments that it attaches."""
    mail = message_from_bytes(town.fresh(MARIE, "periscolaire@hub.test", "Sortie", "Voici"), policy=SMTP)
    mail.add_attachment(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text", "calendar")
    mail.add_attachment(b"%PDF-1.4", "application", "pdf")
    mail.add_attachment(message_from_bytes(b"Subject: Sortie\r\n\r\nMaintenue\r\n", policy=SMTP))
    mail.add_attachment(b"\0\1\2", "application", "octet-stream")
    await town.arrive(mail.as_bytes())

    files = await Attachment.all().order_by("position")
    assert [file.filename for file in files] == ["rendez-vous.ics", "document.pdf", "message.eml", "fichier"]


async def test_the_logo_of_a_signature_is_no_file_of_the_message(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    mail = message_from_bytes(town.answer(town.mails(NORA)[0], NORA, "C’est noté."), policy=SMTP)
    mail.add_alternative(
        "<p>C’est noté, voici le plan.</p><p><img src='cid:plan'></p><p>Cordialement,</p><p><img src='cid:logo'></p>"
        "<p>Nora Lambert<br>Service Enfance<br>01 60 00 00 10</p>",
        subtype="html",
    )
    html = mail.get_payload()[1]  # type: ignore[index]
    for name in ("plan", "logo"):
        picture = b"\x89PNG\r\n\x1a\n" + name.encode()
        html.add_related(picture, "image", "png", cid=f"<{name}>", filename=f"{name}.png", disposition="inline")
    await town.arrive(mail.as_bytes())
    assert [file.filename for file in await Attachment.all()] == ["plan.png"]


async def test_a_mail_of_files_only_is_a_message_and_an_empty_one_is_answered(town: Town) -> None:
    await town.arrive(town.fresh(MARIE, "periscolaire@hub.test", "Rien", " \n"))
    assert await InboundMail.exists(state="quarantined", reason="empty")
    assert len(town.mails(MARIE)) == 1

    mail = message_from_bytes(town.fresh(MARIE, "periscolaire@hub.test", "Fichier", " \n"), policy=SMTP)
    mail.add_attachment(b"%PDF-1.4", "application", "pdf", filename="certificat.pdf")
    await town.arrive(mail.as_bytes())
    message = await Message.get(thread__subject="Fichier")
    assert message.text == NO_TEXT and await Attachment.filter(message=message).count() == 1


async def test_one_poisonous_mail_costs_its_neighbours_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    message = await town.write("Bonjour")
    await town.hub.settle()
    mail = town.mails(NORA)[0]
    post_all = town.hub.threads.post_all

    async def explode(posts):  # type: ignore[no-untyped-def]
        written = await post_all(posts)
        if any(post.text == "poison" for post in posts):
            raise RuntimeError("an error of ours")
        return written

    monkeypatch.setattr(type(town.hub.threads), "post_all", staticmethod(explode))
    raws = [town.answer(mail, NORA, text) for text in ("un", "poison", "deux")]
    await town.hub.inbound.take([ReceivedMail(raw, "portail", 1, n) for n, raw in enumerate(raws, 1)])
    await town.hub.receiver.step()
    talk = await town.hub.conversations.read(town.account().id, message.thread_id)
    assert [m.text for m in talk.messages] == ["Bonjour", "un", "deux"]
    bad = await InboundMail.get(uid=2)
    assert bad.state == "received" and "an error of ours" in bad.trace

    monkeypatch.undo()
    await town.hub.inbound.replay(bad.id)
    await town.hub.settle()
    talk = await town.hub.conversations.read(town.account().id, message.thread_id)
    assert [m.text for m in talk.messages] == ["Bonjour", "un", "deux", "poison"]


async def test_an_agent_vouches_or_discards_once(town: Town) -> None:
    message = await town.write("Bonjour")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Oui", results=""))
    [row] = await town.hub.quarantine.waiting()
    assert (row.sender, row.state, row.can_accept) == (NORA, "held", True)
    assert (await town.hub.quarantine.open(row.id)).text == "Oui"
    await town.hub.quarantine.accept(row.id)
    await town.hub.settle()
    talk = await town.hub.conversations.read(town.account().id, message.thread_id)
    assert [m.text for m in talk.messages] == ["Bonjour", "Oui"]
    with pytest.raises(NotFound):
        await town.hub.quarantine.discard(row.id)

    await town.arrive(town.fresh("eve@ailleurs.test", "periscolaire@hub.test", "Pub", "Achetez", results=""))
    [junk] = await town.hub.quarantine.waiting()
    with pytest.raises(Invalid):  # in whose name?
        await town.hub.quarantine.accept(junk.id)
    await town.hub.quarantine.discard(junk.id)
    assert await town.hub.quarantine.waiting() == []


async def test_a_release_link_works_once_and_not_for_ever(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Oui", results=""))
    token = town.mails(NORA)[-1].text.split("/courriel/")[1].split()[0]
    with pytest.raises(NotFound):
        await town.hub.answers.release(token[:-1] + ("a" if token[-1] != "a" else "b"))
    await town.hub.answers.release(token)
    with pytest.raises(NotFound):
        await town.hub.answers.release(token)

    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Encore", results=""))
    late = town.mails(NORA)[-1].text.split("/courriel/")[1].split()[0]
    town.clock.advance(days=8)
    with pytest.raises(NotFound):
        await town.hub.answers.held(late)


async def test_a_reply_address_is_kept_until_half_its_life_and_belongs_to_one_person(town: Town) -> None:
    message = await town.write("Bonjour")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Oui"))
    letters = [mail for person in (NORA, KARIM, MARIE, PAUL) for mail in town.mails(person)]
    addresses = {(mail.header("reply-to") or "").partition("<")[2] for mail in letters}
    assert len(addresses) == 4 == await ReplyAddress.filter(thread_id=message.thread_id).count()
    assert not town.mails(LEA)


async def test_a_mail_to_two_services_reaches_each_of_them(town: Town) -> None:
    """Each answers for itself, in a conversation of its own; the copy that each mailbox got changes nothing."""
    mail = message_from_bytes(town.fresh(MARIE, "", "Cantine et facture", "Deux questions"), policy=SMTP)
    del mail["To"]
    mail["To"], mail["Cc"] = "scolaire@hub.test", "Périscolaire <Periscolaire@hub.test>"
    mail.add_attachment(b"%PDF-1.4", "application", "pdf", filename="facture.pdf")
    for uid, mailbox in enumerate(("scolaire", "periscolaire"), 1):
        await town.hub.inbound.take([ReceivedMail(mail.as_bytes(), mailbox, 1, uid)])
    await town.hub.settle()
    told = [await Thread.get(subject="Cantine et facture", service__slug=s) for s in ("scolaire", "periscolaire")]
    assert await Message.all().count() == await Attachment.all().count() == 2
    assert await InboundMail.exists(state="ignored", reason="duplicate")
    for agent, other in ((NORA, "Service scolaire"), (SCHOOL, "Activités périscolaires")):
        [letter] = town.mails(agent)
        assert f"Aussi envoyé à\N{NO-BREAK SPACE}: {other}" in letter.text and "facture.pdf" in letter.text
    assert len(town.mails(MARIE)) == 2, "each service acknowledges"

    await town.arrive(town.answer(town.mails(SCHOOL)[0], SCHOOL, "Pour la facture, oui."))
    assert (await Message.get(text="Pour la facture, oui.")).thread_id == told[0].id
    again = town.answer(
        parse.read(mail.as_bytes()), MARIE, "Et alors ?", reply_to="scolaire@hub.test"
    )  # of her own mail
    await town.arrive(again)
    token = town.mails(MARIE)[-1].text.split("/courriel/")[1].split()[0]
    await town.hub.answers.release(token)
    await town.hub.settle()
    assert (await Message.get(text="Et alors ?")).thread_id == told[0].id


async def test_a_service_in_blind_copy_gets_its_copy(town: Town) -> None:
    """Each copy names who it was for in its envelope only. What came twice is still one."""
    raw = town.fresh(MARIE, "des-parents@famille.test", "Fête", "Vous êtes tous invités")
    for to in ("periscolaire@hub.test", "scolaire@hub.test", "periscolaire@hub.test", "scolaire@hub.test"):
        await town.hub.inbound.take([ReceivedMail(raw, "lmtp", envelope_to=(to,))])
    await town.hub.settle()
    threads = await Thread.filter(subject="Fête").select_related("service").order_by("service_id")
    assert [thread.service.slug for thread in threads] == ["periscolaire", "scolaire"]
    service = await Service.get(slug="scolaire")
    await town.hub.threads.transfer(threads[0].id, service.id, "Nora Lambert")  # nor does it come back by a late copy
    await town.hub.inbound.take([ReceivedMail(raw, "lmtp", envelope_to=("periscolaire@hub.test",))])
    await town.hub.settle()
    assert await Thread.all().count() == 2


async def test_an_answer_with_another_service_in_copy_reaches_both(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Voyez avec le service scolaire", Cc="scolaire@hub.test"))
    assert await Thread.all().count() == 1, "an agent opens no conversation in a family's place"
    raw = town.answer(town.mails(MARIE)[0], MARIE, "Je lui écris aussi", Cc="scolaire@hub.test, periscolaire@hub.test")
    await town.arrive(raw)
    await town.arrive(raw)
    said = await Message.filter(text="Je lui écris aussi").select_related("thread__service").order_by("id")
    assert sorted(one.thread.service.slug for one in said) == ["periscolaire", "scolaire"]
    assert len(town.mails(SCHOOL)) == 2


async def test_a_mail_to_thousands_is_read_like_any_other(town: Town) -> None:
    mail = message_from_bytes(town.fresh(MARIE, "", "Tous", "Bonjour à tous"), policy=SMTP)
    del mail["To"]
    mail["To"] = "periscolaire@hub.test"
    crowd = b"Cc: " + b",\r\n ".join(b"u%d@ailleurs.test" % n for n in range(40_000)) + b"\r\n"
    await town.arrive(crowd + mail.as_bytes())
    assert await Message.exists(text="Bonjour à tous")


async def test_an_address_longer_than_any_is_nobody_s(town: Town) -> None:
    """No column holds it, and no mail can go there (RFC 5321 §4.5.3.1)."""
    endless = f"{'nora' * 200}@ville.test"
    raw = town.fresh(MARIE, "periscolaire@hub.test", "Mercredi", "Absent")
    await town.arrive(raw.replace(MARIE.encode(), f"<{endless}>".encode()))
    assert await InboundMail.exists(state="quarantined", reason="no_author", from_address="")
    assert not await town.hub.accepts(endless) and not await town.hub.accepts(f"{'x' * 400}@hub.test")


async def test_an_envelope_of_odd_bytes_is_kept_like_any_other(town: Town) -> None:
    """No database keeps them, and a mail that cannot be kept would be handed over for ever."""
    raw = town.fresh(MARIE, "periscolaire@hub.test", "Mercredi", "Absent")
    odd = ReceivedMail(
        raw.replace(b"Message-ID: <", b"References: <\0@x>\r\nMessage-ID: <\0\xe9"), "lmtp",
        envelope_from="x\0\udce9@y.test", envelope_to=("\0\udce9@hub.test", "periscolaire@hub.test"),
    )  # fmt: skip
    await town.hub.inbound.take([odd])
    await town.hub.settle()
    assert await Message.exists(text="Absent")


async def test_a_uid_that_the_server_gives_a_second_time_hides_no_mail(town: Town) -> None:
    """A server restored from a backup gives the UIDs of mails that it has lost to others."""
    first, second = (town.fresh(MARIE, "periscolaire@hub.test", f"Le {n}", f"Bonjour {n}") for n in (1, 2))
    for raw in (first, first, second, second):
        await town.hub.inbound.take(await told_apart(town.hub.core, [ReceivedMail(raw, "portail", 1, 7)]))
        await town.hub.settle()
    assert {m.text for m in await Message.all()} == {"Bonjour 1", "Bonjour 2"}
    assert await Thread.all().count() == 2


async def test_a_mail_that_was_discarded_long_ago_does_not_come_back(town: Town) -> None:
    """A mailbox whose UIDs have changed is read from its start, when nothing of the mail is left but its digest."""
    junk = town.fresh("eve@ailleurs.test", "periscolaire@hub.test", "Bonjour", "Achetez", results="dmarc=fail")
    real = town.fresh(MARIE, "periscolaire@hub.test", "Mercredi", "Vide", results="dmarc=none").replace(b"Vide", b"Oui")
    for raw in (junk, real):
        await town.arrive(raw)
        await town.hub.quarantine.discard((await town.hub.quarantine.waiting())[0].id)
    sent = await OutboundMail.all().count()
    town.clock.advance(days=91)
    assert await town.hub.quarantine.forget() == 2
    left = await InboundMail.all()
    assert {(m.state, m.from_address, m.message_id, m.subject) for m in left} == {("erased", "", "", "")}
    assert not await InboundContent.exists()
    assert not any(m.envelope_to or m.envelope_from or m.blob for m in left)
    for uid, raw in enumerate((junk, real), 1):
        await town.hub.inbound.take([ReceivedMail(raw, "portail", 2, uid)])
        await town.hub.settle()
    assert await InboundMail.filter(state="ignored", reason="duplicate").count() == 2
    assert not await town.hub.quarantine.waiting() and not await Message.exists()
    assert await OutboundMail.all().count() == sent, "and nobody is asked about it once more"
    with pytest.raises(Refused, match="effacé"):
        await town.hub.inbound.replay(left[0].id)
    with pytest.raises(NotFound):
        await town.hub.quarantine.settled(left[0].id)


async def test_a_letter_that_only_looks_like_another_makes_another_address(town: Town) -> None:
    """The Kelvin sign is a small k once it is folded."""
    raw = town.fresh("xarim@ville.test", "periscolaire@hub.test", "Bonjour", "Bonjour")
    await town.arrive(raw.replace(b"From: x", "From: \N{KELVIN SIGN}".encode()))
    mail = await InboundMail.get()
    assert (mail.reason, mail.from_address) == ("no_author", "") and not town.sink.mails


async def test_a_blind_copy_of_a_mail_that_waits_is_not_lost(town: Town) -> None:
    """Each recipient's is delivered by itself, and nothing proves them: both services get it once it is confirmed."""
    await town.write("Bonjour", email=LEA)
    await town.hub.settle()
    speaks_for_nora = (town.mails(NORA)[0].header("reply-to") or "").rpartition("<")[2].strip(">")
    raw = town.fresh(MARIE, "periscolaire@hub.test", "Mercredi", "Léo sera absent", results="dmarc=temperror")
    for to in ("periscolaire@hub.test", "Scolaire@hub.test", "scolaire@hub.test", speaks_for_nora):
        await town.hub.inbound.take([ReceivedMail(raw, "lmtp", envelope_to=(to,))])
        await town.hub.settle()
    assert await InboundMail.filter(state="ignored", reason="duplicate").count() == 3
    token = town.mails(MARIE)[0].text.split("/courriel/")[1].split()[0]
    await town.hub.answers.release(token)
    await town.hub.settle()
    begun = await Thread.filter(subject="Mercredi").prefetch_related("service")
    assert sorted(thread.service.slug for thread in begun) == ["periscolaire", "scolaire"]
    assert {message.author for message in await Message.filter(text="Léo sera absent")} == {"Marie Durand"}


@pytest.mark.long
@pytest.mark.parametrize("confirmed", [False, True])
@pytest.mark.parametrize("road", ["", "Received: from elsewhere\r\n"])
async def test_whoever_has_a_mail_in_copy_cannot_take_it_to_an_address_of_theirs(
    town: Town, confirmed: bool, road: str
) -> None:
    """Delivered as it is, signed and all, to Léa's reply address, before it comes to the service it was written to."""
    await town.write("Bonjour", email=LEA)
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Bonjour Léa"))
    leas = (town.mails(LEA)[-1].header("reply-to") or "").rpartition("<")[2].strip(">")
    raw = town.fresh(MARIE, "periscolaire@hub.test", "Mercredi", "Léo sera absent").replace(
        b"Subject:", f"Cc: {LEA}\r\nSubject:".encode()
    )
    await town.hub.inbound.take([ReceivedMail(road.encode() + raw, "lmtp", envelope_to=(leas,))])
    await town.hub.settle()
    assert await InboundMail.exists(state="held", reason="other_sender")
    if confirmed:
        await town.hub.answers.release(town.mails(LEA)[-1].text.split("/courriel/")[1].split()[0])
        await town.hub.settle()
    for _ in range(2):
        await town.hub.inbound.take([ReceivedMail(raw, "lmtp", envelope_to=("periscolaire@hub.test",))])
        await town.hub.settle()
    assert await Message.filter(author="Marie Durand", text="Léo sera absent").count() == 1


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("[EXTERNE] Mercredi", "Mercredi"),
        ("[Expéditeur externe] [EXT] Mercredi", "Mercredi"),
        ("***SPAM*** Mercredi", "Mercredi"),
        ("{Spam?} Mercredi", "Mercredi"),
        ("EXTERNAL: Mercredi", "Mercredi"),
        ("[CM2] Mercredi", "[CM2] Mercredi"),
        ("[EXTERNE]", "[EXTERNE]"),
        ("Externe au collège", "Externe au collège"),
    ],
)
async def test_what_a_host_marks_in_the_subject_is_no_word_of_the_family(town: Town, subject: str, title: str) -> None:
    await town.arrive(town.fresh(MARIE, "periscolaire@hub.test", subject, "Absent"))
    assert (await Thread.get()).subject == title
