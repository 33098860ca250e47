"""Addresses that carry meaning, in both shapes, and what becomes of forged ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.config import Config, Mail
from hub.core.tokens import Signer
from hub.mail.addresses import Addresses, BounceToken, ReplyToken
from tests.cast import MARIE, NORA, Town, settings
from tests.servers.sink import Sink

PLUS = Addresses(Mail(domain="hub.test"), Signer(b"s" * 32))
SUBDOMAIN = Addresses(Mail(domain="hub.test", reply="subdomain", reply_domain="reponses.hub.test"), Signer(b"s" * 32))
BOTH = pytest.mark.parametrize("addresses", [PLUS, SUBDOMAIN], ids=["plus", "subdomain"])


@BOTH
@given(number=st.integers(1, 10**17))
def test_a_reply_address_says_its_row_whatever_the_case(addresses: Addresses, number: int) -> None:
    address = addresses.reply_to(number)
    assert len(address.partition("@")[0]) <= 64, "RFC 5321 §4.5.3.1.1"
    assert addresses.read(address) == addresses.read(address.upper()) == ReplyToken(number)


@BOTH
def test_a_return_path_says_its_mail(addresses: Addresses) -> None:
    message_id = addresses.message_id("message:1:agent:2")
    assert addresses.read(addresses.return_path(message_id)) == BounceToken(message_id)
    assert addresses.message_id("message:1:agent:2") == message_id != addresses.message_id("message:1:agent:3")


@BOTH
def test_what_was_altered_means_nothing(addresses: Addresses) -> None:
    address = addresses.reply_to(42)
    local, _, domain = address.partition("@")
    for forged in (
        address.replace("42", "43", 1),
        f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}",
        f"{local}@ailleurs.test",
        f"x{address}",
        f"{local}x@{domain}",
        local,
        "",
    ):
        assert addresses.read(forged) is None, forged


def test_one_use_cannot_stand_in_for_another() -> None:
    reply, bounce = PLUS.reply_to(42), PLUS.return_path(PLUS.message_id("k"))
    assert PLUS.read(reply.replace("reponse+", "rebond+")) is None
    assert PLUS.read(bounce.replace("rebond+", "reponse+")) is None


@BOTH
def test_a_text_is_cleared_of_what_opens_something_and_of_nothing_else(addresses: Addresses) -> None:
    reply, bounce = addresses.reply_to(42), addresses.return_path(addresses.message_id("k"))
    forged = reply.replace("42", "43", 1)
    text = f"À {reply.upper()}, <{bounce}> ou {forged}, periscolaire@hub.test."
    assert addresses.redacted(text) == (f"À [adresse retirée], <[adresse retirée]> ou {forged}, periscolaire@hub.test.")
    assert addresses.is_in(f"mailto:{reply}?subject=x".encode()) and addresses.is_in(reply.encode("utf-16-le"))
    assert not addresses.is_in(forged.encode()) and not addresses.is_in(b"a" * 5_000_000 + b"@hub.test")


@BOTH
@pytest.mark.parametrize("written", ["_{}_", "x{}", "mailto:{}?subject=x", "<{}>", "--{}", "=?{}?="])
@pytest.mark.parametrize("coded", [False, True])
def test_it_is_cleared_of_addresses_within_links_and_beside_other_signs(
    addresses: Addresses, written: str, coded: bool
) -> None:
    for address in (addresses.reply_to(42), addresses.return_path(addresses.message_id("k"))):
        text = written.format(address.replace("+", "%2B").replace("@", "%40") if coded else address)
        assert addresses.redacted(text) == written.format("[adresse retirée]")
        assert addresses.is_in(text.encode())


@given(st.text(max_size=80))
def test_junk_is_nobodys_address(junk: str) -> None:
    assert PLUS.read(junk) is None


class TestSubdomain:
    """A host without plus addresses: answers go to a catch-all domain."""

    @pytest.fixture
    def town_settings(self, database_url: str, tmp_path: Path, sink: Sink) -> Config:
        return settings(database_url, tmp_path, sink.port, reply="subdomain", reply_domain="reponses.hub.test")

    async def test_an_answer_finds_its_thread(self, town: Town) -> None:
        message = await town.write("Bonjour")
        await town.hub.settle()
        [mail] = town.mails(NORA)
        assert (mail.header("reply-to") or "").rstrip(">").endswith("@reponses.hub.test")
        await town.arrive(town.answer(mail, NORA, "Oui"))
        talk = await town.hub.conversations.read(town.account(MARIE).id, message.thread_id)
        assert [m.text for m in talk.messages] == ["Bonjour", "Oui"]

    async def test_the_door_takes_what_is_ours_and_nothing_else(self, town: Town) -> None:
        await town.write("Bonjour")
        await town.hub.settle()
        assert await town.hub.accepts(town.hub.addresses.reply_to(1))
        assert await town.hub.accepts("periscolaire@hub.test")
        assert await town.hub.accepts("PORTAIL@hub.test")
        assert not await town.hub.accepts("reponse-1-aaaaaaaaaaaaaaaaaaaa@reponses.hub.test")
        assert not await town.hub.accepts(NORA)
        assert not await town.hub.accepts("inconnu@hub.test")
        for postmaster in ("Postmaster@hub.test", "postmaster@reponses.hub.test", "POSTMASTER"):
            assert await town.hub.accepts(postmaster), "RFC 5321 §4.5.1"
        assert not await town.hub.accepts("postmaster@ville.test")
