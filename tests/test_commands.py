"""The command line, as its own process on an embedded database: what it does, what it says, how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import mailbox
import os
import signal
import socket
import sqlite3
import sys
from pathlib import Path

import pytest

from tests.cast import MARIE, PASSWORD
from tests.processes import run, running
from tests.servers.daemon import free_port

pytestmark = pytest.mark.servers  # a process of its own for each command
CONFIG = """
[town]
name = "Saint-Exemple"
[web]
port = {port}
[mail]
domain = "hub.test"
authserv_ids = ["mx.hub.test"]
[[services]]
slug = "periscolaire"
name = "Activités périscolaires"
agents = [{{ name = "Nora Lambert", email = "nora@ville.test" }}]
"""
MAIL = (
    "Authentication-Results: mx.hub.test; dmarc=pass header.from=famille.test\r\nFrom: {sender}\r\n"
    "To: periscolaire@hub.test\r\nSubject: Mercredi\r\nMessage-ID: <{number}@famille.test>\r\n\r\nLéo sera absent.\r\n"
)


@pytest.fixture
def config(tmp_path: Path) -> str:
    """The settings of a town; everything it keeps goes beside them."""
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(port=free_port()))
    return str(path)


async def ready(config: str) -> None:
    """Migrated, Marie Durand in it."""
    assert (await run("migrate", "--config", config))[0] == 0
    arguments = ("--name", "Marie Durand", "--email", MARIE, "--dossier", "1234", "--login", "mdurand", "--new-dossier")
    status, out, error = await run(
        "account", "add", *arguments, "--config", config, environment={"HUB_PASSWORD": PASSWORD}
    )
    assert status == 0, error
    assert out == f"Marie Durand <{MARIE}>\n"


async def test_migrating_twice_does_nothing_the_second_time(config: str) -> None:
    status, out, _ = await run("migrate", "--config", config)
    assert status == 0 and "mailbox.0001_initial" in out
    assert await run("migrate", "--config", config) == (0, "rien à faire\n", "")


@pytest.mark.parametrize("command", [("serve",), ("work",), ("replay", "1"), ("mail", "ingest", "x")])
async def test_nothing_runs_on_a_database_that_is_behind(config: str, command: tuple[str, ...]) -> None:
    status, out, error = await run(*command, "--config", config)
    assert (status, out) == (1, "") and "hub migrate" in error and "Traceback" not in error


async def test_settings_that_are_wrong_are_named_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[town]\nname = "X"\n[mail]\ndomian = "hub.test"\n')
    status, _, error = await run("migrate", "--config", str(path))
    assert status == 1 and f"{path}:4" in error and "domian" in error


async def test_an_account_is_refused_in_one_line(config: str) -> None:
    await ready(config)
    arguments = ("--name", "Marie Durand", "--email", "x", "--dossier", "1", "--login", "mdurand")
    status, _, error = await run(
        "account", "add", *arguments, "--config", config, environment={"HUB_PASSWORD": PASSWORD}
    )
    assert status == 1 and "déjà pris" in error and "Traceback" not in error


async def test_a_dossier_that_there_is_not_is_a_slip_of_the_pen(config: str, tmp_path: Path) -> None:
    await ready(config)
    paul = ("--name", "Paul Durand", "--email", "paul@famille.test", "--login", "pdurand")
    secret = {"HUB_PASSWORD": PASSWORD}
    status, out, error = await run("account", "add", *paul, "--dossier", "1243", "--config", config, environment=secret)
    assert (status, out) == (1, "") and "1243" in error and "--new-dossier" in error and error.count("\n") == 1
    assert (await run("account", "add", *paul, "--dossier", "1234", "--config", config, environment=secret))[0] == 0
    with contextlib.closing(sqlite3.connect(tmp_path / "storage" / "hub.sqlite3")) as database:
        assert database.execute("SELECT number FROM family").fetchall() == [("1234",)]


async def test_a_family_is_erased_only_after_a_yes(config: str) -> None:
    await ready(config)
    for word in (b"", b"\n", b"n\n", b"y\n"):
        status, out, _ = await run("family", "erase", "1234", "--config", config, stdin=word)
        assert status == 1 and "effacés" not in out and ("[o/N]" in out) and "y/N" not in out, word
    status, out, _ = await run("family", "erase", "1234", "--config", config, stdin=b"Oui\n")
    assert status == 0 and "effacés : 1 compte(s)" in out


async def test_mail_in_files_is_taken_in_once(config: str, tmp_path: Path) -> None:
    await ready(config)
    single, maildir, mbox = tmp_path / "one.eml", tmp_path / "Maildir", tmp_path / "old.mbox"
    single.write_bytes(MAIL.format(sender=MARIE, number=1).encode())
    for folder in ("new", "cur", "tmp"):
        (maildir / folder).mkdir(parents=True)
    (maildir / "new" / "2").write_bytes(MAIL.format(sender=MARIE, number=2).encode())
    (maildir / "cur" / "3:2,S").write_bytes(MAIL.format(sender="x@ailleurs.test", number=3).encode())
    box = mailbox.mbox(mbox)
    box.add(MAIL.format(sender=MARIE, number=4).encode())
    box.close()

    paths = (str(single), str(maildir), str(mbox))
    assert (await run("mail", "ingest", *paths, "--config", config))[:2] == (0, "4 e-mail(s) pris en charge\n")
    assert (await run("replay", "1", "--config", config))[0] == 1, "already in a thread"
    status, out, _ = await run("replay", "3", "--config", config)
    assert status == 0 and out.startswith("e-mail 3 : quarantined unknown_sender")
    status, _, error = await run("replay", "99", "--config", config)
    assert status == 1 and "99" in error


async def test_what_cannot_be_read_is_said_and_the_rest_taken_in(config: str, tmp_path: Path) -> None:
    await ready(config)
    single, empty, folder = tmp_path / "one.eml", tmp_path / "vide.mbox", tmp_path / "dossier"
    single.write_bytes(MAIL.format(sender=MARIE, number=1).encode())
    empty.touch()
    folder.mkdir()
    paths = [str(path) for path in (tmp_path / "absent.eml", empty, folder, single)]
    status, out, error = await run("mail", "ingest", *paths, "--config", config)
    assert (status, out) == (1, "1 e-mail(s) pris en charge\n")
    assert [line.partition(" : ")[0] for line in error.splitlines()] == paths[:3], error


async def test_files_that_cannot_be_kept_are_said_in_one_line(config: str, tmp_path: Path) -> None:
    assert (await run("migrate", "--config", config))[0] == 0
    mail = tmp_path / "one.eml"
    mail.write_bytes(MAIL.format(sender=MARIE, number=1).encode() + b"x" * 200_000)  # more than the database keeps
    (tmp_path / "storage" / "blobs").touch()
    status, out, error = await run("mail", "ingest", str(mail), "--config", config)
    assert (status, out) == (1, "") and error.startswith(str(tmp_path / "storage" / "blobs")), error
    assert error.count("\n") == 1


async def test_show_answers_for_any_bytes(tmp_path: Path) -> None:
    for number, raw in enumerate((b"", b"\0\xff\r\n", MAIL.format(sender=MARIE, number=1).encode())):
        (tmp_path / f"{number}.eml").write_bytes(raw)
    status, out, _ = await run("mail", "show", str(tmp_path / "2.eml"))
    assert status == 0 and json.loads(out)["subject"] == "Mercredi"
    status, out, _ = await run("mail", "show", "-", stdin=b"Subject: x\r\n\r\n")
    assert status == 0 and json.loads(out)["subject"] == "x"
    status, out, _ = await run("mail", "show", "--batch", str(tmp_path))
    lines = [json.loads(line) for line in out.splitlines()]
    assert status == 0 and [line["file"] for line in lines] == ["0.eml", "1.eml", "2.eml"]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
async def test_show_writes_one_line_of_utf_8_for_a_file_whatever_the_terminal(tmp_path: Path, encoding: str) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.eml")).write_bytes("Subject: 10 €\n\nun\u2028deux\x85trois".encode())
    (tmp_path / "z.eml").write_bytes(b"Subject: fin\n\n")
    status, out, error = await run("mail", "show", "--batch", str(tmp_path), environment={"PYTHONIOENCODING": encoding})
    lines = [json.loads(line) for line in out.splitlines()]
    assert (status, error) == (0, "")
    assert [(line["file"], line["subject"]) for line in lines] == [("caf\ufffd.eml", "10 €"), ("z.eml", "fin")]
    assert lines[0]["text"] == "un\u2028deux\x85trois"


async def test_show_reads_an_input_that_is_closed_as_an_empty_one(tmp_path: Path) -> None:
    done = await asyncio.create_subprocess_shell(
        f"{sys.executable} -m hub mail show - <&-", stdout=asyncio.subprocess.PIPE
    )
    out, _ = await done.communicate()
    assert (done.returncode, json.loads(out)["defects"]) == (0, ["empty"])


async def test_show_says_where_it_cannot_write() -> None:
    done = await asyncio.create_subprocess_shell(
        f"{sys.executable} -m hub mail show - > /dev/full", stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, error = await done.communicate()
    assert done.returncode == 1 and error.count(b"\n") == 1 and b"No space left" in error


@pytest.mark.parametrize("where", [("{}",), ("{}/absent.eml",), ("--batch", "{}/absent")])
async def test_a_mail_that_is_not_there_is_said(tmp_path: Path, where: tuple[str, ...]) -> None:
    status, out, error = await run("mail", "show", *(each.format(tmp_path) for each in where))
    assert (status, out) == (1, "") and error.startswith(str(tmp_path)) and "Traceback" not in error


async def test_a_database_that_cannot_be_opened_is_said_in_one_line(config: str, tmp_path: Path) -> None:
    (tmp_path / "storage").mkdir()
    (tmp_path / "storage" / "hub.sqlite3").write_bytes(b"This is no database." * 1000)
    status, out, error = await run("serve", "--config", config)
    assert (status, out) == (1, "") and error.startswith("database.url : ") and error.count("\n") == 1
    status, out, error = await run("check", "--config", config)
    assert status == 1 and "NON  Base de données (sqlite) : database.url" in out and not error


async def test_a_database_that_another_process_holds_is_said_in_one_line(config: str, tmp_path: Path) -> None:
    assert (await run("migrate", "--config", config))[0] == 0
    with contextlib.closing(sqlite3.connect(tmp_path / "storage" / "hub.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        status, out, error = await run("migrate", "--config", config)
    assert (status, out) == (1, "") and "locked" in error and error.count("\n") == 1


async def test_an_occupied_port_is_said(config: str) -> None:
    await ready(config)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = Path(config).read_text()
        Path(config).write_text(text.replace(text.split("port = ")[1].split("\n")[0], str(port), 1))
        status, _, error = await run("serve", "--config", config)
    assert status == 1 and str(port) in error and "Traceback" not in error


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_serving_stops_cleanly(config: str, tmp_path: Path, number: signal.Signals) -> None:
    await ready(config)
    async with running(tmp_path, "serve", "--config", config) as serve:
        serve.process.send_signal(number)
        assert await serve.process.wait() == 0
        assert "Traceback" not in serve.log.read_text()


async def test_check_tells_of_a_secret_that_others_may_read_and_of_one_that_was_left_behind(
    config: str, tmp_path: Path
) -> None:
    await ready(config)
    families, secret = tmp_path / "familles.csv", tmp_path / "storage" / "secret.key"
    families.write_text("dossier;resp1_nom;resp1_iban\n1234;Durand;FR7630006000011234567890189\n")
    assert (await run("import", "families", str(families), "--config", config))[0] == 0
    secret.chmod(0o644)
    _, out, _ = await run("check", "--config", config)
    assert f"chmod 600 {secret}" in out and "de cette base de données" not in out
    secret.write_bytes(b"x" * 64)
    secret.chmod(0o600)
    _, out, _ = await run("check", "--config", config)
    assert f"{secret} n’est pas celui de cette base de données" in out and "chmod" not in out
    secret.unlink()
    status, out, _ = await run("check", "--config", config)
    assert f"{secret} : absent" in out and "sauvegardes" in out and "ok   Base de données" in out and status == 1
    assert not secret.exists()


async def test_check_says_what_is_missing_and_what_to_do_and_makes_nothing(config: str, tmp_path: Path) -> None:
    path = Path(config)
    path.write_text(path.read_text() + '[[home.downloads]]\ntitle = "Règlement"\nfile = "reglement.pdf"\n')
    status, out, error = await run("check", "--config", config)
    assert status == 1 and "hub migrate" in out and "→" in out and "Traceback" not in error
    assert "secret.key : absent" in out and "Base de données (sqlite) : aucune encore" in out
    assert "Téléchargement : reglement.pdf : absent" in out and "ok   Fichiers" in out
    assert [one.name for one in tmp_path.iterdir()] == ["config.toml"], "it says that it changes nothing"


async def test_check_changes_no_byte_of_what_is_there(config: str, tmp_path: Path) -> None:
    await ready(config)
    before = {one: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()}
    assert "à jour" in (await run("check", "--config", config))[1]
    assert {one: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()} == before


async def test_check_tells_whose_word_on_senders_comes_with_the_mails(config: str, tmp_path: Path) -> None:
    await ready(config)
    for number in range(3):
        (tmp_path / f"{number}.eml").write_text(MAIL.format(sender=MARIE, number=number))
    await run("mail", "ingest", *map(str, sorted(tmp_path.glob("*.eml"))), "--config", config)
    assert "derniers e-mails reçus" not in (await run("check", "--config", config))[1]
    path = Path(config)
    path.write_text(path.read_text().replace("mx.hub.test", "mx.faute.test"))
    there = "outlook.office365.com"
    box = f"[[mail.imap]]\nname = 'portail'\nhost = '{there}'\nuser = 'p@hub.test'\npassword = 'x'\n"
    path.write_text(path.read_text() + box)
    _, out, _ = await run("check", "--config", config)
    assert "Microsoft 365" in out
    assert "les 3 derniers e-mails reçus portent la signature de : mx.hub.test" in out and "authserv_ids" in out


async def test_check_says_who_keeps_the_services_and_whose_messages_nobody_gets(config: str) -> None:
    assert "tenus dans ce fichier" in (await run("check", "--config", config))[1]
    path = Path(config)
    path.write_text(path.read_text() + '[[services]]\nslug = "sports"\nname = "Sports"\n[desk]\ndirectory = "desk"\n')
    await run("migrate", "--config", config)
    _, out, _ = await run("check", "--config", config)
    assert "tenus au bureau" in out and "Service Sports" in out and "Organisation" in out
    assert "Service Activités" not in out and "Administrateurs" in out
