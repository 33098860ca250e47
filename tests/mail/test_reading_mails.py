"""Every mail of tests/mails, as each client really writes it, read as the JSON beside it says."""

import json
from pathlib import Path
from typing import Any

import pytest

from hub.mail import show

MAILS = Path(__file__).parents[1] / "mails"
READINGS = sorted(MAILS.glob("*.json"))
NEVER_IN_A_REPLY = ("a écrit", "Message d'origine", "Envoyé de mon", "Envoyé :", "reponse+k3v9t2", "03 87 00 11 22")


def words(value: Any) -> Any:
    """A text up to white space."""
    return " ".join(value.split()) if isinstance(value, str) else value


@pytest.mark.parametrize("expected", READINGS, ids=lambda path: path.stem)
def test_a_mail_is_read_as_written_beside_it(expected: Path) -> None:
    wanted = json.loads(expected.read_text(encoding="utf-8"))
    read = show.show(expected.with_suffix(".eml").read_bytes())
    assert {key: words(read[key]) for key in wanted} == {key: words(value) for key, value in wanted.items()}
    assert read["defects"] == wanted.get("defects", [])


def test_every_mail_has_its_reading() -> None:
    assert {path.stem for path in MAILS.glob("*.eml")} == {path.stem for path in READINGS}
    assert len(READINGS) >= 80


@pytest.mark.parametrize("mail", sorted(MAILS.glob("*.eml")), ids=lambda path: path.stem)
def test_a_family_never_reads_history_or_a_private_address_of_an_agent(mail: Path) -> None:
    if mail.stem.startswith("piege"):
        return  # there the writer's own words contain them, on purpose
    reply = show.show(mail.read_bytes())["reply"]
    assert not [words for words in NEVER_IN_A_REPLY if words in reply]
