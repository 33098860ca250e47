"""Signatures and the secret they are made with."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.config import ConfigError
from hub.core.tokens import Signer, digest, load_secret, random_token

signer = Signer(b"s" * 32)


@given(st.text(), st.text())
def test_only_the_same_value_for_the_same_purpose_verifies(value: str, other: str) -> None:
    signature = signer.sign("reply", value)
    assert signer.verify("reply", value, signature.upper()), "mail systems fold case"
    assert not signer.verify("bounce", value, signature)
    assert signer.verify("reply", other, signature) == (other == value)
    assert not Signer(b"t" * 32).verify("reply", value, signature)


@given(st.text())
def test_any_junk_is_refused_quietly(junk: str) -> None:
    assert not signer.verify("reply", "42", junk)


def test_a_token_is_long_and_never_the_same() -> None:
    tokens = {random_token() for _ in range(100)}
    assert len(tokens) == 100 and all(len(token) >= 43 for token in tokens)
    assert len({digest(token) for token in tokens}) == 100


def test_the_secret_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "secret.key"
    secret = load_secret(path)
    assert len(secret) == 32 and load_secret(path) == secret
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret.key"]


@pytest.mark.parametrize("kept", [b"", b"short"])
def test_a_secret_that_was_cut_short_signs_nothing(tmp_path: Path, kept: bytes) -> None:
    path = tmp_path / "secret.key"
    path.write_bytes(kept)
    with pytest.raises(ConfigError, match=r"secret_file .*octets"):
        load_secret(path)
    assert path.read_bytes() == kept, "what is left of it may be what a backup lacks"


def test_a_secret_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="secret_file"):
        load_secret(tmp_path)
