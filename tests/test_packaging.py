"""What a person installs: a wheel finds its files far from the source tree; `make demo` starts and ends well."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.daemon import free_port

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this tree, built by the locked hatchling."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages with the wheel in it; the libraries come from the running environment."""
    folder = tmp_path_factory.mktemp("site")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


@pytest.mark.long
def test_the_wheel_holds_everything_that_is_not_code_too(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {str(path.relative_to(ROOT)) for path in files_under(ROOT / "hub")}
    wanted |= {f"hub/_templates/{path.relative_to(ROOT / 'templates')}" for path in files_under(ROOT / "templates")}
    assert wanted - packed == set()


@pytest.mark.long
def test_the_wheel_holds_nothing_but_the_hub_and_its_licence(wheel: Path) -> None:
    packed = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in packed} == {
        "hub",
        wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info",
    }
    assert any(name.endswith("licenses/LICENSE") for name in packed)


@pytest.mark.long
def test_an_installed_wheel_runs_the_sample_town(site: Path, tmp_path: Path) -> None:
    with installed_demo(site, tmp_path) as (demo, url):
        page = get(url)
        assert "Se connecter" in page.decode()
        links = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.decode())
        assert links and all(get(f"{url}{link}") for link in links)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(30) == 0


@pytest.mark.servers  # prepares .venv where there is none yet
def test_ctrl_c_ends_make_demo_with_status_0(tmp_path: Path) -> None:
    terminal, inside = pty.openpty()
    options = f"--port {free_port()} --smtp-port {free_port()} --data {tmp_path}"
    command = ["setsid", "--ctty", "--wait", "make", "demo", f"ARGS={options}"]
    make = subprocess.Popen(command, cwd=ROOT, stdin=inside, stdout=inside, stderr=inside)
    os.close(inside)
    try:
        assert b"ready http://" in (said := shown(terminal, b"ready http://")), said.decode()
        os.write(terminal, b"\x03")
        shown(terminal, b"nothing: up to the end")
        assert make.wait(30) == 0
    finally:
        make.kill()
        os.close(terminal)


def shown(terminal: int, words: bytes) -> bytes:
    """What the terminal shows up to `words`, up to the end, or until it is silent for five minutes."""
    said = b""
    while words not in said and select.select([terminal], [], [], 300)[0]:
        try:
            said += os.read(terminal, 4096)
        except OSError:  # EIO: the last process on the other side is gone
            break
    return said


@contextlib.contextmanager
def installed_demo(site: Path, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The sample town out of `site`, run in an empty folder; yields the process and its address once it is ready."""
    assert not list(folder.iterdir())
    ports = ["--port", str(free_port()), "--smtp-port", str(free_port())]
    command = [sys.executable, "-P", "-m", "hub", "demo", "--json", "--data", str(folder / "data"), *ports]
    demo = subprocess.Popen(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": str(site)}, text=True, stdout=subprocess.PIPE
    )
    try:
        yield demo, ready_line(demo)
    finally:
        demo.kill()
        demo.communicate()


def ready_line(demo: subprocess.Popen[str]) -> str:
    """The address after `ready`; fails when the process ends before it says so."""
    assert demo.stdout
    for line in demo.stdout:
        if line.startswith("ready "):
            return line.split()[1]
    raise AssertionError(f"the demo ended with status {demo.wait()} before it was ready")


def get(url: str) -> bytes:
    """The body at `url`; raises on any status but a good one."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        body: bytes = answer.read()
    return body


def files_under(folder: Path) -> Iterator[Path]:
    """Files that git would keep: no bytecode."""
    return (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
