"""Commands as a mail server says them, and as nobody should."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.mail import smtp_commands
from hub.mail.smtp_commands import Path, Syntax


@pytest.mark.parametrize(
    ("argument", "address"),
    [
        ("FROM:<nora@ville.test>", "nora@ville.test"),
        ("from: <nora@ville.test>", "nora@ville.test"),
        ("FROM:<>", ""),
        ("FROM: <>", ""),
        ("FROM:nora@ville.test", "nora@ville.test"),
        ("FROM:<@relay.test,@other.test:nora@ville.test>", "nora@ville.test"),
        ("FROM:<Postmaster>", "Postmaster"),
        ('FROM:<"a b\\"c>d"@ville.test>', '"a b\\"c>d"@ville.test'),
        ("FROM:<.two..dots.@docomo.test>", ".two..dots.@docomo.test"),
        ("FROM:<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]"),
        ("FROM:<élève@école.test>", "élève@école.test"),
        ("FROM:<o'brien+a=b/c#d@ville.test>", "o'brien+a=b/c#d@ville.test"),
    ],
)
def test_an_address_is_read_as_it_stands(argument: str, address: str) -> None:
    assert smtp_commands.path(argument, "FROM") == Path(address, {})


def test_parameters_follow_it() -> None:
    read = smtp_commands.path("FROM:<a@b.test> SIZE=12  body=8BITMIME SMTPUTF8", "FROM")
    assert read.parameters == {"SIZE": "12", "BODY": "8BITMIME", "SMTPUTF8": ""}
    assert smtp_commands.size(read.parameters) == 12
    assert smtp_commands.size({}) == 0


@pytest.mark.parametrize(
    "argument",
    [
        "", "FROM", "TO:<a@b.test>", "FROM:", "FROM:<a@b.test", "FROM:a@b.test>", "FROM:<a@b.test>SIZE=1",
        "FROM:<a b@c.test>", "FROM:<a\0@b.test>", "FROM:<a@b.test>\rRCPT", f"FROM:<{'a' * 400}@b.test>",
        "FROM:<<a@b.test>>",
    ],
)  # fmt: skip
def test_what_is_no_path_is_refused(argument: str) -> None:
    with pytest.raises(Syntax, match="FROM:<address>"):
        smtp_commands.path(argument, "FROM")


@pytest.mark.parametrize("told", ["-1", "", "1e3", "٣", "12x"])
def test_a_size_is_a_number(told: str) -> None:
    with pytest.raises(Syntax):
        smtp_commands.size({"SIZE": told})


@given(st.binary(max_size=200))
def test_any_line_is_a_command_or_a_mistake(line: bytes) -> None:
    command = smtp_commands.command(line)
    assert command.verb == command.verb.upper()
    try:
        address = smtp_commands.path(command.argument, "FROM").address
    except Syntax:
        return
    assert not any(character in address for character in "\r\n\0")
