"""`hub account …`: what a town's administrator does for people who cannot come in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cast import MARIE, PASSWORD
from tests.processes import run
from tests.servers.daemon import free_port
from tests.test_commands import CONFIG, ready

pytestmark = pytest.mark.servers  # a process of its own for each command


@pytest.fixture
def config(tmp_path: Path) -> str:
    """The settings of a town; everything it keeps goes beside them."""
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(port=free_port()))
    return str(path)


async def test_a_provisional_password_is_printed_once(config: str) -> None:
    await ready(config)
    status, out, error = await run("account", "provisional", "MDurand", "--config", config)
    assert status == 0 and re.fullmatch(r"([a-z]+-){4}\d{3}\npour Marie Durand, jusqu’au \d\d/\d\d/\d{4}\n", out)
    assert out.splitlines()[0] not in error
    status, out, error = await run("account", "provisional", "personne", "--config", config)
    assert (status, out) == (1, "") and "Aucun compte" in error and "Traceback" not in error


async def test_an_agent_is_named_by_e_mail(config: str) -> None:
    await ready(config)
    arguments = ("--agent", "--name", "Nora Lambert", "--email", "nora@ville.test")
    secret = {"HUB_PASSWORD": PASSWORD}
    assert (await run("account", "add", *arguments, "--config", config, environment=secret))[0] == 0
    status, out, _ = await run("account", "provisional", "nora@ville.test", "--config", config)
    assert status == 0 and "pour Nora Lambert" in out
    status, _, error = await run("account", "reset-factor", "nora@ville.test", "--config", config)
    assert status == 1 and "n’a pas de double authentification" in error
    status, _, error = await run("account", "change-email", "nora@ville.test", "x@ville.test", "--config", config)
    assert status == 1 and "réglages" in error


async def test_another_address(config: str) -> None:
    await ready(config)
    for new, status in (("x", 1), ("marie@nouvelle.test", 0)):
        assert (await run("account", "change-email", MARIE, new, "--config", config))[0] == status
    assert (await run("account", "provisional", "marie@nouvelle.test", "--config", config))[0] == 0


async def test_letters(config: str, tmp_path: Path) -> None:
    await ready(config)
    output = tmp_path / "lettres.pdf"
    for wrong in ((), ("--family", "1234", "--without-account")):
        status, *_ = await run("account", "letters", "--output", str(output), *wrong, "--config", config)
        assert status == 2
    everybody = ("account", "letters", "--output", str(output), "--without-account", "--config", config)
    assert (await run(*everybody))[:2] == (0, f"0 lettre(s) dans {output}\n") and not output.exists()
    assert (await run("account", "provisional", "mdurand", "--config", config))[0] == 0
    family = ("account", "letters", "--output", str(output), "--family", "1234", "--config", config)
    status, out, _ = await run(*family)
    assert status == 0 and out.startswith("0 lettre(s)") and "1 personne(s) ont déjà" in out
    status, out, _ = await run(*family, "--again")
    assert status == 0 and out.startswith("1 lettre(s)") and output.read_bytes().startswith(b"%PDF")
    status, _, error = await run(*family, "--family", "9999")
    assert status == 1 and "9999" in error
