"""Identifiers for the post: accounts opened, letters that can be read, nothing lost, nothing left in clear."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from hub.accounts.identifiers import Renew
from hub.accounts.login import Lapsed
from hub.accounts.models import Account, Registration
from hub.accounts.names import folded, user_name
from hub.accounts.paper import PLAIN, Writer, Written, letters, printable
from hub.accounts.posting import post
from hub.accounts.provisional import readable_password
from hub.accounts.words import WORDS
from hub.core.errors import Conflict, Invalid, NotFound
from hub.dossier.models import Family, Guardian
from tests.cast import MARIE, Town

HOME = "192.0.2.10"


async def file(town: Town, number: str = "4001", **guardian: str) -> Guardian:
    """Somebody in the town's file, without an account."""
    family, _ = await Family.get_or_create(number=number, defaults={"name": "Lœuillet", "created_at": town.clock.now()})
    given = {"first_name": "Éléonore", "last_name": "Lœuillet", "civility": "Mme"} | guardian
    return await Guardian.create(family=family, rank=1 + await Guardian.filter(family=family).count(), **given)


async def sheets(town: Town, renew: Renew = Renew.none, families: tuple[str, ...] = ()) -> dict[str, str]:
    """Given and stored: login → password."""
    made = await town.hub.identifiers.make(await town.hub.identifiers.guardians(families), renew)
    await town.hub.identifiers.store(made, "Nora Lambert")
    return {sheet.login: sheet.made.given.password for sheet in made}


async def test_a_guardian_in_the_file_comes_in_by_the_letter(town: Town) -> None:
    await file(town, email="Eleonore@Famille.test")
    given = await sheets(town)
    assert list(given) == ["eleonore.loeuillet"]
    account = await town.hub.login.guardian("eleonore.loeuillet", given["eleonore.loeuillet"], HOME)
    assert account.must_change and account.email == "eleonore@famille.test" and account.email_verified_at is None
    assert account.name == "Éléonore Lœuillet" and given["eleonore.loeuillet"] not in account.password
    visitor = await town.hub.sessions.find(await town.hub.sessions.begin(account))
    assert visitor and visitor.waits_for == "password"


async def test_the_letter_lapses(town: Town) -> None:
    await file(town)
    [(login, password)] = (await sheets(town)).items()
    town.clock.advance(days=60)
    with pytest.raises(Lapsed):
        await town.hub.login.guardian(login, password, HOME)
    with pytest.raises(Invalid) as refused:
        await town.hub.login.guardian(login, "faux", HOME)
    assert "provisoire" not in refused.value.message


async def test_a_second_run_makes_nothing_new_unless_asked(town: Town) -> None:
    await file(town)
    first = await sheets(town)
    assert await sheets(town) == {} and await sheets(town, families=("4001",)) == {}
    second = await sheets(town, Renew.unused, ("4001",))
    assert second.keys() == first.keys() and second != first
    with pytest.raises(Invalid):
        await town.hub.login.guardian("eleonore.loeuillet", first["eleonore.loeuillet"], HOME)
    assert await sheets(town, Renew.unused, ("1234",)) == {}, "whoever chose a password keeps it"


async def test_two_of_one_name_and_one_address(town: Town) -> None:
    for _ in range(2):
        await file(town, email=MARIE)
    await file(town, "4002", first_name="Marie", last_name="Durand", email="couple@famille.test")
    await file(town, "4002", first_name="marie", last_name="DURAND", email="couple@famille.test")
    await file(town, "4003", first_name="李", last_name="王")
    await file(town, "4004", first_name="", last_name="Jean-Baptiste d’Œuvre")
    await Registration.create(
        email="attend@famille.test", login="jeanbaptistedoeuvre", first_name="", last_name="", password="",
        created_at=town.clock.now(), expires_at=town.clock.now(),
    )  # fmt: skip
    assert list(await sheets(town)) == [
        "eleonore.loeuillet",
        "eleonore.loeuillet2",
        "marie.durand",
        "marie.durand2",
        "famille.4003",
        "jeanbaptistedoeuvre2",
    ]
    found = await Account.filter(login__startswith="marie.durand").order_by("login").values_list("email", flat=True)
    assert found == ["couple@famille.test", None], "an address serves one account"
    assert await Account.filter(email=None).count() == 5


async def test_an_account_opened_meanwhile_is_left_alone(town: Town) -> None:
    await file(town)
    made = await town.hub.identifiers.make(await town.hub.identifiers.guardians())
    before = await sheets(town)
    with pytest.raises(Conflict):
        await town.hub.identifiers.store(made, "Nora Lambert")
    assert await town.hub.login.guardian("eleonore.loeuillet", before["eleonore.loeuillet"], HOME)


async def test_files_for_the_printer(town: Town, tmp_path: Path) -> None:
    await file(town)
    await file(town, first_name="Zoé")
    one = await post(town.hub.identifiers, tmp_path / "lettres.pdf", [], False)
    assert (one.letters, one.had_some) == (2, 0) and stat.S_IMODE(one.files[0].stat().st_mode) == 0o600
    none = await post(town.hub.identifiers, tmp_path / "rien.pdf", ["4001"], False)
    assert (none.letters, none.had_some, none.files) == (0, 2, ()) and not (tmp_path / "rien.pdf").exists()
    each = await post(town.hub.identifiers, tmp_path / "dossier", ["4001"], True)
    assert len(each.files) == 2 and all(path.read_bytes().startswith(b"%PDF") for path in each.files)
    assert sorted(path.name[:37] for path in each.files) == [
        "identifiants-4001-loeuillet-eleonore-",
        "identifiants-4001-loeuillet-zoe-" + each.files[1].name[32:37],
    ]
    with pytest.raises(NotFound) as refused:
        await post(town.hub.identifiers, tmp_path / "x.pdf", ["4001", "9999"], False)
    assert "9999" in refused.value.message


async def test_a_full_disk_gives_nobody_a_password(town: Town, tmp_path: Path) -> None:
    await file(town)
    (tmp_path / "plein").write_text("")
    with pytest.raises(OSError):
        await post(town.hub.identifiers, tmp_path / "plein" / "lettres.pdf", [], False)
    assert not await Account.exists(login="eleonore.loeuillet")


async def test_no_password_is_logged_or_stored(town: Town, tmp_path: Path) -> None:
    await file(town)
    with capture_logs() as logged:
        given = await sheets(town)
        password = (await town.hub.provisional.give(town.account(), "Nora Lambert")).password
    for secret in (*given.values(), password):
        assert secret not in str(logged)
        assert secret not in str(await Account.all().values())
    await town.hub.settle()
    assert town.mails(MARIE) and password not in town.mails(MARIE)[0].text


WRITER = Writer("Saint-Exemple", "1 place de la Mairie, 91000 Saint-Exemple", "01 60", "#1f5fa8", "http://x", "1er mai")
PAGE = Written("Mme Ève Lœuillet", "Bonjour,", ("1 rue", "91000 X"), "4001", "eve.loeuillet", "a-b-123", "2 mai", True)


def test_a_page_a_guardian() -> None:
    pdf = letters(WRITER, [PAGE] * 3)
    assert len(re.findall(rb"/Type /Page\b(?!s)", pdf)) == 3 and pdf.startswith(b"%PDF-1.")
    assert b"a-b-123" not in pdf, "compressed and in the glyphs of a subset"


def test_letters_that_the_font_lacks_stay_readable() -> None:
    letters(WRITER, [PAGE])
    assert (
        printable("Éléonore Lœuillet, 3 allée de l’Été – 12 €", PLAIN) == "Éléonore Lœuillet, 3 allée de l’Été – 12 €"
    )
    assert printable("Nguyễn", PLAIN) == "Nguyen" and printable("王", PLAIN) == "?"


def test_long_names_and_addresses_stay_on_the_page() -> None:
    long = "Anne-Sophie-Marguerite " * 12
    page = Written(long, long, (long,) * 9, "4001", "x" * 40, readable_password(), "2 mai", False)
    assert letters(WRITER, [page]).startswith(b"%PDF")


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_user_name_is_typed_on_any_keyboard(first: str, last: str) -> None:
    name = user_name(first, last, "4001", set())
    assert re.fullmatch(r"[a-z0-9.]{1,40}", name)
    assert user_name(first, last, "4001", {name}) != name


def test_folding() -> None:
    assert folded("ÉLÉONORE Lœuillet-Straße Łukasz") == "eleonore loeuillet-strasse lukasz"


def test_a_provisional_password_can_be_typed_and_not_guessed() -> None:
    assert len(WORDS) == len({*WORDS}) and len(WORDS) ** 4 * 900 > 2**46
    assert all(re.fullmatch(r"[a-z]{4,9}", word) for word in WORDS)
    assert re.fullmatch(r"([a-z]{4,9}-){4}\d{3}", readable_password())
    assert len({readable_password() for _ in range(200)}) == 200
