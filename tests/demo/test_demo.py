"""The sample town as a process: people write, mail goes round over SMTP, nothing is lost between two starts."""

from __future__ import annotations

import asyncio
import re
import signal
import smtplib
import socket
from collections.abc import AsyncIterator
from email.message import EmailMessage
from html import unescape
from pathlib import Path

import pytest
import pytest_asyncio

from hub.demo import files
from hub.demo.client import answer_to
from hub.mail import parse
from tests.demo.running import Demo, Visitor, launched, refused, running, visiting

pytestmark = pytest.mark.servers  # a process of its own for each town
MARIE, NORA, SHARED = "marie.durand@famille.example", "nora.benali@ville.example", "accueil.portail@ville.example"
PERISCOLAIRE = "Activités périscolaires"


@pytest_asyncio.fixture(scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    """A sample town, shared by tests that leave each other's mail alone."""
    async with running(tmp_path_factory.mktemp("demo") / "data") as demo:
        yield demo


@pytest_asyncio.fixture
async def visitor(demo: Demo) -> AsyncIterator[Visitor]:
    async with visiting(demo) as visitor:
        yield visitor


async def write(visitor: Visitor, subject: str, text: str, service: str = PERISCOLAIRE) -> None:
    """Marie writes to a service by the web inbox, without scripts."""
    await visitor.log_in(MARIE)
    page = await visitor.page("/messagerie/nouveau")
    radios = re.findall(r'<input type="radio"[^>]*value="(\d+)".*?<b>([^<]+)</b>', page, re.S)
    chosen = next(value for value, name in radios if unescape(name) == service)
    group = next(part for part in page.split("<optgroup")[1:] if unescape(part).find(f'"{service}"') >= 0)
    theme = re.findall(r'<option value="([^"]+)"', group)[0]
    await visitor.submit(
        page, "/messagerie/nouveau", service=chosen, theme=theme, objet=subject, message=text, confirmation="1"
    )


async def mail_of(visitor: Visitor, box: str, subject: str) -> str:
    """The path of the newest mail about `subject` in that mailbox, once it is there."""
    path = f"/demo/boites/{box}"
    page = await visitor.until(path, subject)
    found = re.findall(r'<a href="(/demo/boites/[^"]+/\d+)">(.*?)</a>', page)
    return next(link for link, title in found if subject in title)


async def reply_address(visitor: Visitor, mail: str) -> str:
    """Where a client sends the answer to that mail."""
    source = await visitor.page(f"{mail}/source")
    return answer_to(parse.read(source.encode())).address


async def thread_of(visitor: Visitor, subject: str) -> str:
    """The path of Marie's thread about `subject`."""
    page = unescape(await visitor.page("/messagerie/envoyes"))
    found = re.findall(r'<a href="(/messagerie/\d+)[^"]*">(.*?)</a>', page)
    return next(path for path, title in found if subject in title)


async def test_what_it_prints_lets_anyone_in(demo: Demo, visitor: Visitor) -> None:
    people = demo.told["people"]
    assert {tuple(person) for person in people} == {("role", "name", "login", "password", "email", "service")}
    assert [person["role"] for person in people].count("agent") == 6
    assert demo.url.startswith("http://127.0.0.1:") and demo.smtp[0] == "127.0.0.1"
    home = await visitor.log_in(MARIE)
    assert "Marie Durand" in home and "Erreur sur ma dernière facture" in unescape(home)


async def test_an_agent_answers_from_the_demo_page(demo: Demo, visitor: Visitor) -> None:
    await write(visitor, "Goûter de jeudi", "Bonjour, Emma a-t-elle un goûter jeudi ?")
    mail = await mail_of(visitor, NORA, "Goûter de jeudi")
    page = await visitor.page(mail)
    assert "Emma a-t-elle un goûter jeudi ?" in unescape(page)
    photo = files.photo().content
    after = await visitor.submit(
        page, f"{mail}/repondre", files={"menu d’été.png": photo}, objet="Re: Goûter", message="Oui, à 16 h 30."
    )
    assert "Votre e-mail est parti." in unescape(after)

    thread = await visitor.until(await thread_of(visitor, "Goûter de jeudi"), "Oui, à 16 h 30.")
    assert "menu d’été.png" in thread and "Nora Benali" in thread
    assert "a écrit :" not in thread, "what was quoted is the family's own message"
    news = await mail_of(visitor, MARIE, "Re: Goûter de jeudi")
    assert "Oui, à 16 h 30." in unescape(await visitor.page(news))


async def test_any_mail_client_may_answer_over_smtp(demo: Demo, visitor: Visitor) -> None:
    await write(visitor, "Manteau perdu", "Bonjour, Léo a perdu son manteau.")
    mail = await mail_of(visitor, NORA, "Manteau perdu")
    message = EmailMessage()
    message["From"], message["To"] = NORA, await reply_address(visitor, mail)
    message["Subject"] = "Re: Manteau perdu"
    message.set_content("Il est retrouvé.")
    await asyncio.to_thread(submit, demo, message)
    await visitor.until(await thread_of(visitor, "Manteau perdu"), "Il est retrouvé.")


async def test_a_forged_agent_has_no_effect(demo: Demo, visitor: Visitor) -> None:
    await write(visitor, "Ticket de bus", "Bonjour")
    message = EmailMessage()
    message["Authentication-Results"] = "mx.ville.example; dmarc=pass header.from=ville.example"
    message["From"] = NORA
    message["To"] = await reply_address(visitor, await mail_of(visitor, NORA, "Ticket de bus"))
    message["Subject"] = "Re: Ticket de bus"
    message.set_content("Je suis Nora")
    await asyncio.to_thread(submit, demo, message, "mallory@ailleurs.example")
    confirm = await mail_of(visitor, NORA, "Ticket de bus")
    await visitor.until(f"/demo/boites/{NORA}", "onfirm")
    assert "Je suis Nora" not in unescape(await visitor.page(await thread_of(visitor, "Ticket de bus")))
    assert confirm


async def test_whoever_reads_a_shared_mailbox_answers_as_themselves(demo: Demo, visitor: Visitor) -> None:
    await write(visitor, "Mot de passe", "Bonjour", service="Questions sur le Portail Famille")
    mail = await mail_of(visitor, SHARED, "Mot de passe")
    page = await visitor.page(mail)
    await visitor.submit(page, f"{mail}/repondre", de="samir.colin@ville.example", objet="Re: x", message="C’est fait.")
    # the list beside the conversation tells its first words, maybe a moment before the conversation does
    thread = await visitor.until(await thread_of(visitor, "Mot de passe"), "Samir Colin")
    assert "C’est fait." in thread


async def test_any_address_has_a_mailbox(demo: Demo, visitor: Visitor) -> None:
    page = await visitor.page(f"/demo/boites/{MARIE}/ecrire")
    await visitor.submit(
        page, f"/demo/boites/{MARIE}/ecrire", a="mamie@ailleurs.example", objet="Coucou", message="Bises"
    )
    assert "Bises" in await visitor.page(await mail_of(visitor, "mamie@ailleurs.example", "Coucou"))
    assert "mamie@ailleurs.example" in await visitor.page("/demo/")


async def test_hostile_html_is_shown_where_nothing_can_run(demo: Demo, visitor: Visitor) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "x@ailleurs.example", "cible@ailleurs.example", "<b>Piège"
    message.set_content("texte")
    message.add_alternative("<script>alert(1)</script><img src=http://ailleurs.example/x>", subtype="html")
    message.add_attachment(b"<script>", maintype="text", subtype="html", filename='"><x>.html')
    await asyncio.to_thread(submit, demo, message)
    mail = await mail_of(visitor, "cible@ailleurs.example", "Piège")
    assert "<script>alert" not in await visitor.page(mail)
    headers = await visitor.headers(f"{mail}/html")
    assert headers["Content-Security-Policy"].startswith("sandbox allow-popups")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    headers = await visitor.headers(f"{mail}/pieces/0")
    assert headers["Content-Disposition"].startswith("attachment;")
    assert headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize("path", ["/demo/boites/nora", "/demo/boites/a@b/1", "/demo/boites/a@b/1/html", "/demo/x"])
async def test_what_is_not_there_is_not_found(demo: Demo, visitor: Visitor, path: str) -> None:
    assert await visitor.status(path) == 404


async def test_a_mail_that_cannot_be_sent_is_said(demo: Demo, visitor: Visitor) -> None:
    page = await visitor.page(f"/demo/boites/{MARIE}/ecrire")
    path = f"/demo/boites/{MARIE}/ecrire"
    assert "pas complète" in unescape(await visitor.submit(page, path, status=422, a="personne", message="x"))
    assert "Écrivez votre message." in unescape(await visitor.submit(page, path, status=422, a="a@b.example"))


async def test_a_second_start_keeps_the_town(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as first, visiting(first) as visitor:
        await write(visitor, "À retrouver demain", "Bonjour")
        await mail_of(visitor, NORA, "À retrouver demain")
        people = first.told["people"]
        assert (await first.stop())[0] == 0
    async with running(tmp_path / "data") as second, visiting(second) as visitor:
        assert second.told["people"] == people
        await visitor.log_in(MARIE)
        sent = unescape(await visitor.page("/messagerie/envoyes"))
        assert sent.count("À retrouver demain") and sent.count("Inscription aux prochaines vacances</a>") == 1
        await mail_of(visitor, NORA, "À retrouver demain")
        status, _, said = await refused("--port", "0", "--smtp-port", "0", "--data", str(tmp_path / "data"))
        assert status == 1 and "tourne déjà" in said and len(said.splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_ends_well(tmp_path: Path, number: int) -> None:
    async with running(tmp_path / "data") as demo:
        assert await demo.stop(number) == (0, "", "")


async def test_a_start_that_was_interrupted_begins_again(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    process = await launched("--json", "--port", "0", "--smtp-port", "0", "--data", str(folder))
    while not (folder / "mailboxes").exists():
        await asyncio.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()
    assert (process.returncode, out, err) == (0, b"", b"")
    assert (folder / "unfinished").exists()
    async with running(folder) as demo, visiting(demo) as visitor:
        await visitor.log_in(MARIE)
        assert unescape(await visitor.page("/messagerie/envoyes")).count("Inscription aux prochaines vacances</a>") == 1
        assert not (folder / "unfinished").exists()


@pytest.mark.parametrize("option", ["--port", "--smtp-port"])
async def test_an_occupied_port_is_one_clear_line(tmp_path: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = str(other.getsockname()[1])
        free = {"--port": "0", "--smtp-port": "0", option: taken}
        options = [word for pair in free.items() for word in pair]
        status, out, err = await refused("--json", "--data", str(tmp_path / "data"), *options)
    assert (status, out) == (1, "")
    assert taken in err and "occupé" in err and option in err and len(err.splitlines()) == 1


async def test_what_is_told_opens_the_door_of_a_town_where_one_comes_in_by_address(tmp_path: Path) -> None:
    async with running(tmp_path / "data", "--preset", "porte-monnaie") as demo, visiting(demo) as visitor:
        assert "Bonjour" in await visitor.log_in(MARIE)
        page = await visitor.until("/documents", "Attestation de quotient")
        assert "en attente de validation" in page and "Copie des vaccinations" in page


async def test_an_unknown_preset_is_one_clear_line(tmp_path: Path) -> None:
    options = ["--port", "0", "--smtp-port", "0", "--data", str(tmp_path / "data"), "--preset", "nulle-part"]
    status, out, err = await refused(*options)
    assert (status, out, len(err.splitlines())) == (1, "", 1)
    assert "nulle-part" in err and "saint-michel" in err


@pytest.mark.parametrize("option", ["--port", "--smtp-port"])
async def test_a_port_that_cannot_be_is_wrong_usage(tmp_path: Path, option: str) -> None:
    status, out, err = await refused("--data", str(tmp_path / "data"), option, "70000")
    assert (status, out) == (2, "") and "65535" in err


async def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "hub.sqlite3").write_text("the real town")
    status, _, err = await refused("--port", "0", "--smtp-port", "0", "--data", str(tmp_path))
    assert status == 1 and "autre chose" in err and len(err.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["hub.sqlite3"]


def submit(demo: Demo, message: EmailMessage, mail_from: str = "") -> None:
    """Hand a mail in as any client does."""
    with smtplib.SMTP(*demo.smtp) as server:
        server.send_message(message, from_addr=mail_from or message["From"])
