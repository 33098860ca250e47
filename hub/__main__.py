"""The command line. Exit codes: 0 done, 1 something is wrong and said, 2 wrong usage.

Each command loads what it needs and no more: `mail show` reads a mail in a tenth of a second and in little memory, and
needs neither database nor web.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import hub.demo.interrupt  # noqa: F401 (Ctrl-C while the rest is loading)
from hub.config import Config, ConfigError, load
from hub.core import heap
from hub.core.errors import NotFound, Refused
from hub.demo import PRESET
from hub.demo.errors import DemoError

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.demo.run import Opened

main = typer.Typer(no_args_is_help=True, add_completion=False, help="The messaging hub of a town.")
account = typer.Typer(no_args_is_help=True, help="Accounts of parents and agents.")
mail = typer.Typer(no_args_is_help=True, help="Mail that was received.")
importing = typer.Typer(no_args_is_help=True, help="What the town's software knows.")
main.add_typer(account, name="account")
family = typer.Typer(no_args_is_help=True, help="What is held on one family.")
main.add_typer(importing, name="import")
main.add_typer(family, name="family")
main.add_typer(mail, name="mail")

ConfigFile = Annotated[Path, typer.Option("--config", help="The town's settings.")]
DEFAULT = Path("config.toml")
BY = "la mairie"  # who does what an administrator does here, in the notices to the people concerned


_LINE_ENDS = "\x85\u2028\u2029"  # to Unicode and Python, but not to JSON
_FATES = {"new": "nouveau", "changed": "change", "failed": "REFUSÉ"}
_COUNTED = {"new": "nouvelles", "changed": "changées", "same": "inchangées", "failed": "refusées"}


class Failure(Exception):
    """What stops a command, said in one line."""


@main.command()
def serve(
    config: ConfigFile = DEFAULT,
    workers: Annotated[bool, typer.Option(help="Run the workers in this process too.")] = True,
) -> None:
    """Serve the web inbox, with the workers unless --no-workers."""
    _run(_settings(config), lambda hub: _serve(hub, workers))


@main.command()
def work(config: ConfigFile = DEFAULT) -> None:
    """Run the workers, the IMAP readers and the LMTP door, without the web."""
    _run(_settings(config), _work)


@main.command()
def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the web inbox; 0 takes any free one.")] = 8000,
    smtp_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Of the loopback SMTP server; 0 takes any free one.")
    ] = 2525,
    data: Annotated[Path, typer.Option(help="Where the town is kept for the next time.")] = Path("storage/demo"),
    preset: Annotated[str, typer.Option(help="The portal to start from.", show_default=PRESET)] = "",
    json: Annotated[bool, typer.Option("--json", help="One line of JSON instead of the table.")] = False,
) -> None:
    """Run a sample town on this machine: people, their mailboxes, and all that stands between them."""
    import uvloop

    from hub.core.logs import set_up
    from hub.demo.banner import as_json, for_people, ready
    from hub.demo.run import Options, run

    set_up(logging.WARNING)

    def announce(town: Opened) -> None:
        show = as_json(town.config, town.sample) if json else for_people(town.config, town.sample, town.folder)
        typer.echo(show)
        typer.echo(ready(town.config))

    try:
        uvloop.run(run(Options(port, smtp_port, data, preset), announce))
    except (DemoError, ConfigError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


@main.command()
def migrate(config: ConfigFile = DEFAULT) -> None:
    """Bring the database up to date, and the services to what the settings say."""
    _run(_settings(config), _migrate)


@main.command()
def move(
    file: Annotated[Path, typer.Argument(help="The SQLite database that the town has had so far.")],
    config: ConfigFile = DEFAULT,
) -> None:
    """Copy everything from SQLite into the empty PostgreSQL database of the settings; files stay where they are."""
    from hub.core.db import beside
    from hub.core.moving import MoveError
    from hub.core.moving import move as copy
    from hub.mail.spool import SPOOL, Spool

    async def over(hub: Hub) -> None:
        if hub.core.db.dialect != "postgres":
            raise Failure("Indiquez d’abord dans database.url la base PostgreSQL d’arrivée.")
        await hub.core.db.migrate()
        try:
            copied = await copy(file, hub.core.config.database.url)
        except MoveError as error:
            raise Failure(str(error)) from error
        typer.echo("\n".join(f"{name} : {rows}" for name, rows in sorted(copied.items()) if rows))
        typer.echo(f"{sum(copied.values())} lignes copiées ; {file} est resté tel quel")
        await Spool(
            beside(file, SPOOL), hub.inbound.take, hub.core.clock
        ).recover()  # what a process that was killed left behind

    _run(_settings(config), over)


@main.command()
def replay(number: int, config: ConfigFile = DEFAULT) -> None:
    """Run a stored mail through the inbound pipeline again."""

    async def again(hub: Hub) -> None:
        await _must_be_migrated(hub)
        await hub.inbound.replay(number)
        while await hub.receiver.step():
            pass
        typer.echo(await _fate(hub, number))

    _run(_settings(config), again)


@account.command("add")
def account_add(
    name: Annotated[str, typer.Option(help="First and last name.")],
    email: Annotated[str, typer.Option(help="E-mail address, taken as verified.")],
    config: ConfigFile = DEFAULT,
    agent: Annotated[bool, typer.Option("--agent", help="An agent, for the desk; otherwise a parent.")] = False,
    dossier: Annotated[str, typer.Option(help="Dossier number of the parent's family.")] = "",
    new_dossier: Annotated[
        bool, typer.Option("--new-dossier", help="The town has no family of that number yet: make it.")
    ] = False,
    login: Annotated[str, typer.Option(help="The parent's user name.")] = "",
    password: Annotated[str, typer.Option(help="Left out, it is asked for.", envvar="HUB_PASSWORD")] = "",
) -> None:
    """Open an account for a parent or an agent."""
    from hub.accounts.people import NewGuardian

    secret = password or typer.prompt("Mot de passe", hide_input=True, confirmation_prompt="Encore une fois")

    async def add(hub: Hub) -> None:
        await _must_be_migrated(hub)
        if agent:
            made: Any = await hub.people.add_agent(name, email, secret)
        else:
            first, _, last = name.strip().partition(" ")
            new = NewGuardian(dossier, first, last, login, email, secret)
            made = await hub.people.add_guardian(new, may_found=new_dossier)
        typer.echo(f"{made.name} <{made.email}>")

    _run(_settings(config), add)


@account.command("provisional")
def account_provisional(
    login: Annotated[str, typer.Argument(help="User name or e-mail address.")],
    config: ConfigFile = DEFAULT,
    agent: Annotated[bool, typer.Option("--agent", help="An agent, where a parent has the same address.")] = False,
) -> None:
    """Give a provisional password: printed once, to be changed at the next login."""

    async def give(hub: Hub) -> None:
        await _must_be_migrated(hub)
        who = await hub.finding.named(login, agent)
        given = await hub.provisional.give(who, BY)
        until = given.until.astimezone(hub.core.config.town.tz)
        typer.echo(f"{given.password}\npour {who.name}, jusqu’au {until:%d/%m/%Y}")

    _run(_settings(config), give)


@account.command("reset-factor")
def account_reset_factor(
    email: Annotated[str, typer.Argument(help="E-mail address, or a parent's user name.")],
    config: ConfigFile = DEFAULT,
    agent: Annotated[bool, typer.Option("--agent", help="An agent, where a parent has the same address.")] = False,
) -> None:
    """Take somebody's second factor away: their phone is lost."""

    async def reset(hub: Hub) -> None:
        await _must_be_migrated(hub)
        who = await hub.finding.named(email, agent)
        if not await hub.factor.reset(who, BY):
            raise Failure(f"{who.name} n’a pas de double authentification.")
        typer.echo(f"double authentification retirée : {who.name}")

    _run(_settings(config), reset)


@account.command("change-email")
def account_change_email(
    login: Annotated[str, typer.Argument(help="The parent's user name or present address.")],
    new: Annotated[str, typer.Argument(help="The new address; the service vouches for it.")],
    config: ConfigFile = DEFAULT,
) -> None:
    """Give a parent's account another e-mail address, at once."""
    from hub.accounts.models import Account

    async def change(hub: Hub) -> None:
        await _must_be_migrated(hub)
        who = await hub.finding.named(login)
        if not isinstance(who, Account):
            raise Failure("Les adresses des agents sont dans les réglages des services.")
        await hub.changes.set(who, new, BY)
        typer.echo(f"{who.name} : {new}")

    _run(_settings(config), change)


@account.command("link")
def account_link(
    login: Annotated[str, typer.Argument(help="The parent's user name or address.")],
    number: Annotated[str, typer.Argument(help="The dossier's number.")],
    config: ConfigFile = DEFAULT,
    guardian: Annotated[int, typer.Option(help="1 or 2, where the names do not tell.", min=0, max=9)] = 0,
) -> None:
    """Tie an account that was opened without a dossier to its dossier; the family is told."""
    from hub.accounts.models import Account

    async def link(hub: Hub) -> None:
        await _must_be_migrated(hub)
        who = await hub.finding.named(login)
        if not isinstance(who, Account):
            raise Failure("Ce n’est pas le compte d’un parent.")
        found = await hub.joining.link(who, number, guardian)
        typer.echo(f"{who.name} : dossier {number}, responsable {found.rank} ({found.first_name} {found.last_name})")

    _run(_settings(config), link)


@account.command("letters")
def account_letters(
    output: Annotated[Path, typer.Option(help="A folder, or a file that ends in .pdf.")],
    config: ConfigFile = DEFAULT,
    family: Annotated[list[str] | None, typer.Option(help="Dossier number; as many times as needed.")] = None,
    without_account: Annotated[
        bool, typer.Option("--without-account", help="Everybody in the file who has no account.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="New passwords for those too who had a letter and never came in.")
    ] = False,
) -> None:
    """Open accounts and write the letters with their provisional passwords, ready for the post (PDF)."""
    from hub.accounts.posting import post

    if bool(family) == without_account:
        raise typer.BadParameter("give either --family NUMBER or --without-account")

    async def write(hub: Hub) -> None:
        await _must_be_migrated(hub)
        try:
            posted = await post(hub.identifiers, output, family or [], again)
        except OSError as error:
            raise Failure(f"{output} : {error.strerror}") from error
        typer.echo(f"{posted.letters} lettre(s) dans {output}")
        if posted.had_some:
            advice = "" if again else " (--again pour celles qui ne sont jamais entrées)"
            typer.echo(f"{posted.had_some} personne(s) ont déjà leurs identifiants{advice}")

    _run(_settings(config), write)


@importing.command("families")
def import_families(
    file: Path,
    config: ConfigFile = DEFAULT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
) -> None:
    """Bring families, guardians and children in from a CSV file of the town's software (docs/import.md)."""
    from collections import Counter

    from hub.dossier.importing import FamilyImport, Kind
    from hub.dossier.table import FileFault

    async def bring_in(hub: Hub) -> None:
        await _must_be_migrated(hub)
        counts: Counter[Kind] = Counter()
        try:
            with file.open("rb") as opened:
                async for told in FamilyImport(hub.core).run(opened, dry_run):
                    counts[told.kind] += 1
                    if told.kind is not Kind.same:
                        typer.echo(
                            f"ligne {told.line} · dossier {told.dossier or '?'} · {_FATES[told.kind]} : {told.words}"
                        )
        except OSError as error:
            raise Failure(f"{file} : {error.strerror}") from error
        except FileFault as error:
            raise Failure(f"{file} : {error}") from error
        typer.echo(" · ".join(f"{counts[kind]} {_COUNTED[kind]}" for kind in Kind) + (" (essai)" if dry_run else ""))
        if counts[Kind.failed]:
            raise typer.Exit(1)

    _run(_settings(config), bring_in)


@family.command("export")
def family_export(
    number: str,
    output: Annotated[Path, typer.Option(help="The zip to write.")],
    config: ConfigFile = DEFAULT,
    guardian: Annotated[int, typer.Option(help="1 or 2: only what that guardian may see.", min=0, max=9)] = 0,
) -> None:
    """Everything held on a family, in one zip (RGPD, right of access)."""

    async def export(hub: Hub) -> None:
        await _must_be_migrated(hub)
        try:
            lost = await hub.export.write(number, output, guardian)
        except OSError as error:
            raise Failure(f"{output} : {error.strerror}") from error
        typer.echo(f"{output} : {output.stat().st_size} octets")
        if lost:
            raise Failure(
                "\n".join(f"{name} : ce fichier n’est plus dans {hub.core.config.storage.url}" for name in lost)
            )

    _run(_settings(config), export)


@family.command("erase")
def family_erase(
    number: str,
    config: ConfigFile = DEFAULT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and erase nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a family, but for what the law makes the town keep (docs/configuration.md, retention)."""
    if not dry_run and not yes:
        _must_agree(f"Effacer le dossier {number} ? Rien ne le fera revenir.")

    async def erase(hub: Hub) -> None:
        await _must_be_migrated(hub)
        done = await hub.erasure.run(number, trial=dry_run)
        gone = f"{done.accounts} compte(s), {done.children} enfant(s), {done.files} fichier(s)"
        threads = f"{done.erased_threads} conversation(s) ; {done.kept_threads} gardée(s) en archives"
        typer.echo(f"{'seraient effacés' if dry_run else 'effacés'} : {gone}, {threads}")

    _run(_settings(config), erase)


@mail.command("ingest")
def mail_ingest(paths: list[Path], config: ConfigFile = DEFAULT) -> None:
    """Take in mail from files, Maildir folders or mbox files, as if it had just come."""

    async def ingest(hub: Hub) -> None:
        await _must_be_migrated(hub)
        taken, wrong = 0, []
        for path in paths:
            try:
                found = await _take(hub, path)
            except OSError as error:
                wrong.append(f"{error.filename or path} : {error.strerror}")
            else:
                taken += found
                wrong += [] if found else [f"{path} : aucun e-mail"]
        while await hub.receiver.step():
            pass
        typer.echo(f"{taken} e-mail(s) pris en charge")
        if wrong:
            raise Failure("\n".join(wrong))

    _run(_settings(config), ingest)


@mail.command("revoke")
def mail_revoke(address: str, config: ConfigFile = DEFAULT) -> None:
    """Make a reply address useless that got into the wrong hands; the next mail carries a new one."""

    async def revoke(hub: Hub) -> None:
        try:
            await hub.replies.revoke_address(address)
        except NotFound:
            raise Failure("Ce n’est pas une adresse de réponse du portail.") from None
        typer.echo("adresse annulée : ce qui y est envoyé n’est plus transmis")

    _run(_settings(config), revoke)


@mail.command("show")
def mail_show(
    file: Annotated[str, typer.Argument(help="A file, or - for standard input.")] = "-",
    batch: Annotated[Path | None, typer.Option(help="Read every file of a folder, one JSON object a line.")] = None,
) -> None:
    """Print how a mail is read, as JSON."""
    from hub.mail.show import bounded, show, show_batch

    try:
        if batch is not None:
            for line in show_batch(batch):
                _print_json(line)
            return
        if file == "-":
            raw = bounded(sys.stdin.buffer) if sys.stdin else b""  # closed by who called us
        else:
            with Path(file).open("rb") as source:
                raw = bounded(source)
        _print_json(show(raw))
    except OSError as error:
        typer.echo(f"{error.filename or file} : {error.strerror}", err=True)
        raise typer.Exit(1) from error


@main.command()
def check(config: ConfigFile = DEFAULT) -> None:
    """Say what works, what does not, and what to do about it."""
    from hub.check import findings

    settings = _settings(config)
    bad = 0
    for finding in asyncio.run(findings(settings)):
        bad += not finding.ok
        typer.echo(f"{'ok ' if finding.ok else 'NON'}  {finding.name} : {finding.detail}")
        if not finding.ok and finding.advice:
            typer.echo(f"     → {finding.advice}")
    raise typer.Exit(1 if bad else 0)


async def _serve(hub: Hub, workers: bool) -> None:
    from hub.core.work import told_to_stop

    stopped = told_to_stop()
    await _start(hub)
    async with contextlib.AsyncExitStack() as stack:
        try:
            port = await stack.enter_async_context(hub.serving())
            if workers:
                await stack.enter_async_context(hub.working())
        except OSError as error:
            web = hub.core.config.web
            raise Failure(f"Le port {web.port} de {web.host} ne peut pas être ouvert : {error.strerror}.") from error
        typer.echo(f"ready http://{hub.core.config.web.host}:{port}")
        await stopped.wait()


async def _work(hub: Hub) -> None:
    from hub.core.work import told_to_stop

    stopped = told_to_stop()
    await _start(hub)
    async with hub.working():
        typer.echo("ready")
        await stopped.wait()


async def _migrate(hub: Hub) -> None:
    applied = await hub.core.db.migrate()
    await hub.directory.settle(hub.core.config)
    typer.echo("\n".join(f"appliqué : {name}" for name in applied) or "rien à faire")


async def _start(hub: Hub) -> None:
    await _must_be_migrated(hub)
    await hub.directory.settle(hub.core.config)
    heap.settle()


async def _take(hub: Hub, path: Path) -> int:
    """Take in what a file or folder holds; how many mails that was. Raises OSError."""
    from hub.mail.files import mails_in
    from hub.mail.inbound import ReceivedMail

    return sum([await hub.inbound.take([ReceivedMail(raw, "file")]) for raw in mails_in([path])])


async def _must_be_migrated(hub: Hub) -> None:
    if await hub.core.db.pending():
        raise Failure("La base de données n’est pas à jour. Lancez d’abord : hub migrate")


async def _fate(hub: Hub, number: int) -> str:
    rows = await hub.core.db.rows("SELECT state, reason, trace FROM inbound_mail WHERE id = ?", number)
    row = rows[0]
    return f"e-mail {number} : {row['state']} {row['reason']}\n{row['trace']}".strip()


def _must_agree(question: str) -> None:
    """A yes in French, or nothing is done: typer's own question is in English."""
    try:
        answer = typer.prompt(f"{question} [o/N]", default="", show_default=False)
    except typer.Abort:  # nobody is there to answer
        answer = ""
    if answer.strip().lower() not in ("o", "oui"):
        typer.echo("Rien n’a été effacé.", err=True)
        raise typer.Exit(1)


def _settings(path: Path) -> Config:
    try:
        return load(path)
    except ConfigError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _run(config: Config, command: Callable[[Hub], Awaitable[None]]) -> None:
    """Open a hub, run the command, close it; what is wrong is said in one line."""
    import uvloop
    from tortoise.exceptions import TransactionManagementError

    from hub.app import build
    from hub.core.blobs import BlobError
    from hub.core.logs import set_up
    from hub.mail.lmtp import DoorError

    set_up()

    async def run() -> None:
        async with build(config).opened() as hub:
            await command(hub)

    try:
        uvloop.run(run())
    except (Failure, ConfigError, DoorError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    except Refused as error:
        typer.echo(error.message, err=True)
        raise typer.Exit(1) from error
    except TransactionManagementError as error:  # none could begin: held by another process, read-only, a full disk
        typer.echo(f"La base de données ne peut pas être écrite : {error}", err=True)
        raise typer.Exit(1) from error
    except BlobError as error:
        typer.echo(f"{config.storage.url} : {error}", err=True)
        raise typer.Exit(1) from error


def _print_json(value: dict[str, Any]) -> None:
    """One line for whoever counts them, in UTF-8 whatever the terminal's charset."""
    import json

    line = json.dumps(value, ensure_ascii=False)
    for sign in _LINE_ENDS:
        line = line.replace(sign, f"\\u{ord(sign):04x}")
    typer.echo(line.encode("utf-8", "replace"))


if __name__ == "__main__":
    main()
