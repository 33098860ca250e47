"""Documents that lag behind the code fail the build: commands, make targets, settings, libraries, links."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from hub import config

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "storage" / "README.md"]

Sections = dict[str, dict[str, str]]


def code_of(page: Path) -> str:
    """Fenced blocks and inline code of a page, a snippet a line."""
    fenced, prose = re.compile(r"^```.*?\n(.*?)^```", re.M | re.S), page.read_text("utf-8")
    return "\n".join(fenced.findall(prose) + re.findall(r"`([^`\n]+)`", fenced.sub("", prose)))


def named(pattern: str) -> list[tuple[str, str]]:
    """(page, what the pattern finds in its code), each once."""
    found = {(page.name, text.strip()) for page in PAGES for text in re.findall(pattern, code_of(page))}
    return sorted(found)


@pytest.fixture(scope="module")
def commands() -> Any:
    """The command line, as click sees it."""
    import typer.main

    from hub import __main__ as program

    return typer.main.get_command(program.main)


def leaves(command: Any, path: str = "hub") -> Iterator[str]:
    """Every visible command, in full: `hub account add`."""
    for name, child in getattr(command, "commands", {}).items():
        if not child.hidden:
            yield from leaves(child, f"{path} {name}") if hasattr(child, "commands") else [f"{path} {name}"]


@pytest.mark.parametrize(("page", "line"), named(r"(?m)(?:^|bin/|&& )hub ([a-z][^\n|&#]*)"))
def test_a_command_that_a_page_names_exists_with_its_options(commands: Any, page: str, line: str) -> None:
    command = commands
    for word in line.split():
        if hasattr(command, "commands"):
            assert word in command.commands, f"{page}: hub {line}"
            command = command.commands[word]
        elif word.startswith("--") and word != "--help":
            assert word in {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
    assert not hasattr(command, "commands"), f"{page}: hub {line} names a group, not a command"


def test_the_readme_or_the_map_names_every_command(commands: Any) -> None:
    code = "\n".join(code_of(page) for page in PAGES)
    assert [one for one in leaves(commands) if not re.search(rf"\b{one}\b", code)] == []


@pytest.mark.parametrize(("page", "target"), named(r"(?m)(?:^|&& )make ([a-z][a-z-]*)"))
def test_a_make_target_that_a_page_names_exists(page: str, target: str) -> None:
    assert target in re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M), page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_setting_is_told_with_its_default_and_no_other_is() -> None:
    assert lines_of(told_settings()) == lines_of(dict(sections_of(config.Config)))


def lines_of(sections: Sections) -> list[str]:
    """One line a setting, which a failing comparison shows best."""
    return sorted(f"{section} {key} = {value}" for section, keys in sections.items() for key, value in keys.items())


def told_settings() -> Sections:
    """Section → key → default, as docs/configuration.md has them. The top level is the section ""."""
    told: Sections = {}
    text = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    for title, body in re.findall(r"^## (.+)\n((?:(?!## ).*\n?)*)", text, re.M):
        rows = re.findall(r"^\| `(\w+)` \| (.+?) \| .+ \|$", body, re.M)
        told[title.strip("`").removeprefix("Top level")] = {key: default.strip("`") for key, default in rows}
    return told


def sections_of(
    settings: type[msgspec.Struct], path: str = "", array: bool = False
) -> Iterator[tuple[str, dict[str, str]]]:
    """(section as TOML writes it, key → default) for `settings` and all that it holds."""
    fields = msgspec.structs.fields(settings)
    held = {field.name: struct_in(field.type) for field in fields}
    title = f"[[{path}]]" if array else f"[{path}]" if path else ""
    yield title, {field.name: default_of(field) for field in fields if held[field.name] is None}
    for name, struct in held.items():
        if struct:
            yield from sections_of(struct[0], f"{path}.{name}".lstrip("."), array=struct[1])


def struct_in(kind: Any) -> tuple[type[msgspec.Struct], bool] | None:
    """The section that a setting of this type is, and whether it may be repeated; None for a plain value."""
    for one, array in [(kind, False), *((inner, True) for inner in get_args(kind))]:
        if isinstance(one, type) and issubclass(one, msgspec.Struct):
            return one, array
    return None


def default_of(field: msgspec.structs.FieldInfo) -> str:
    """The default as TOML writes it."""
    if field.required:
        return "—"
    return json.dumps(field.default, ensure_ascii=False)


def test_the_map_has_one_line_for_every_library_that_runs() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    _, _, libraries = (ROOT / "docs" / "architecture.md").read_text("utf-8").partition("## Libraries")
    told = re.findall(r"^\| ([a-z][\w-]*) \| .+ \| .+ \|$", libraries, re.M)
    assert told == sorted(re.match(r"[\w-]+", one)[0] for one in wanted)  # type: ignore[index]


def test_the_sample_town_loads_and_its_services_can_be_written_to() -> None:
    town = config.load(ROOT / "config.toml")
    assert [service.slug for service in town.services] == ["periscolaire", "scolaire", "jeunesse"]
    assert all(service.themes and service.agents and service.phone for service in town.services)


@pytest.mark.parametrize("lock", sorted(ROOT.glob("requirements*.lock")), ids=lambda lock: lock.name)
def test_a_lock_pins_by_hash_and_names_no_registry(lock: Path) -> None:
    text = lock.read_text()
    pins = re.findall(r"^\S+==\S+.*?(?=^\S|\Z)", text, re.M | re.S)
    assert pins and all("--hash=sha256:" in pin for pin in pins)
    assert not re.search(r"://|--(extra-)?index-url|--find-links", text)
