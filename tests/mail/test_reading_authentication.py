"""Only what our own mailbox host verified counts."""

import pytest

from hub.mail import parse
from hub.mail.authentication import NOTHING, organisation, stamped_by, verdict

OURS = ("mx.ville.example",)


def stamped(*results: str, sender: str = "Nora <nora@saint-michel.fr>") -> parse.ParsedMail:
    fields = "".join(f"Authentication-Results: {result}\n" for result in results)
    return parse.read(f"{fields}From: {sender}\n\nOui".encode())


ALIGNED = [
    "mx.ville.example; dmarc=pass header.from=saint-michel.fr",
    "mx.ville.example; dmarc=pass (p=reject; dis=none) header.from=saint-michel.fr",
    "mx.ville.example; dkim=pass header.d=saint-michel.fr",
    'mx.ville.example; dkim=pass ("all (is) well") header.d=saint-michel.fr (2048-bit key; it\'s (nested))',
    'mx.ville.example; spf=pass smtp.mailfrom="nora"@saint-michel.fr',
    "mx.ville.example; dkim=pass header.d=mail.saint-michel.fr",
    "mx.ville.example; dkim=fail header.d=saint-michel.fr; dkim=pass header.i=@saint-michel.fr",
    "mx.ville.example; spf=pass smtp.mailfrom=nora@bounce.saint-michel.fr",
    "MX.Ville.Example 1; dmarc=pass",
    "mx.ville.example; dmarc=pass header.from=saint-michel.fr; spf=pass smtp.mailfrom=SRS0=a=b=c.d=e@ailleurs.fr",
    "mx.ville.example; dmarc=pass header.from=saint-michel.fr; dkim=pass header.d=saint-michel.fr; "
    "spf=pass smtp.mailfrom=SRS0=a=b=c.d=e@saint-michel.fr",
]
NOT_ALIGNED = [
    "mx.ville.example; none",
    "mx.ville.example; dmarc=fail header.from=saint-michel.fr; spf=pass smtp.mailfrom=pirate.example",
    "mx.ville.example; dkim=pass header.d=pirate.example",
    "mx.ville.example; dkim=pass header.d=fr",
    "mx.ville.example; dmarc=fail header.from=saint-michel.fr; dkim=pass header.d=mail.saint-michel.fr",
    "mx.ville.example; spf=pass smtp.helo=saint-michel.fr",
    "mx.ville.example; arc=pass header.d=saint-michel.fr",
    "mx.ville.example; dkim=pass header.i=x header.d=pirate.example header.d=saint-michel.fr",
    "mx.ville.example; dkim=pass header.d=saint-michel.fr header.d=pirate.example",
    "mx.ville.example; spf=pass smtp.mailfrom=eve@pirate.example smtp.mailfrom=nora@saint-michel.fr",
    "mx.ville.example; dmarc=fail header.from=saint-michel.fr; dmarc=pass header.from=saint-michel.fr",
    "mx.ville.example; dmarc=pass header.from=saint-michel.fr; dmarc=fail header.from=saint-michel.fr",
    "mx.ville.example; dmarc=fail header.from=saint-michel.fr; arc=pass (i=1 dmarc=pass)",
    "mx.ville.example; auth=pass smtp.auth=nora@saint-michel.fr",
    "mx.ville.example; spf=pass smtp.mailfrom=pirate.example smtp.helo=mail.saint-michel.fr",
    "mx.ville.example; dmarc=temperror header.from=saint-michel.fr",
    "mx.ville.example; dmarc=pass header.from=pirate.example",
    "mx.ville.example; spf=softfail smtp.mailfrom=saint-michel.fr",
    "mx.ville.example (dmarc=pass); dkim=none",
    # A forwarder at the domain of From vouches for itself, whoever wrote what it forwards.
    "mx.ville.example; spf=pass smtp.mailfrom=SRS0=a1b2=XY=pirate.example=eve@saint-michel.fr",
    "mx.ville.example; spf=pass smtp.mailfrom=srs1+a1+b.example+=a1b2=XY=pirate.example=eve@saint-michel.fr",
    "mx.ville.example; spf=pass smtp.mailfrom=bounces+SRS=a1b2=XY@saint-michel.fr; dkim=none",
    "mx.ville.example; spf=pass smtp.mailfrom=nora+caf_=cantine=ville.example@saint-michel.fr",
    "mx.ville.example; dmarc=pass header.from=saint-michel.fr; spf=pass smtp.mailfrom=SRS0=a=b=c.d=e@saint-michel.fr",
    "mx.ville.example; spf=pass smtp.mailfrom=SRS0=a=b=c.d=e@saint-michel.fr; dkim=fail header.d=saint-michel.fr; "
    "dmarc=pass header.from=saint-michel.fr",
    'mx.ville.example; spf=fail reason="x; dmarc=pass"',
    # What hosts repeat is the sender's: an encoded word is an atom of RFC 5321, and stays what was written.
    "mx.ville.example; spf=pass smtp.mailfrom==?utf-8?q?a=3B_dmarc=3Dpass=3B?=@pirate.example",
    "mx.ville.example; spf=pass smtp.mailfrom==?utf-8?b?YTsgZG1hcmM9cGFzczs=?=@pirate.example; dmarc=none",
    "mx.ville.example; dkim=pass header.d=pirate.example "
    "header.i==?utf-8?q?=3Bdkim=3Dpass_header.d=3Dsaint-michel.fr?=@pirate.example",
    # A comment ends where it ends, however long it is, whatever stands in it, and so does a quoted string.
    f"mx.ville.example; spf=pass (helo={'x' * 600}; dmarc=pass ) smtp.mailfrom=pirate.example",
    r"mx.ville.example; spf=pass (helo=x\) ; dmarc=pass ; \(y) smtp.mailfrom=pirate.example",
    "mx.ville.example; spf=pass ((((((a)b)c)d)e); dmarc=pass ) smtp.mailfrom=pirate.example",
    'mx.ville.example; spf=pass (domain of "a) ; dmarc=pass ; x=("@pirate.example) smtp.mailfrom=pirate.example',
    'mx.ville.example; spf=pass (helo=a"b) smtp.mailfrom=x; dmarc=fail (helo=c"d); dkim=pass header.d=saint-michel.fr',
    r'mx.ville.example; dkim=pass reason="a\"; dmarc=pass ; b=\"" header.d=pirate.example',
    "mx.ville.example; dkim=pass header.d=saint-michel.fr (x(y); dmarc=fail header.from=saint-michel.fr",
    # Who says two things of DMARC says nothing.
    "mx.ville.example; dmarc=pass header.from=saint-michel.fr; dmarc=none header.from=saint-michel.fr",
    "mx.ville.example; dmarc=pass header.from=saint-michel.fr; dmarc=pass header.from=pirate.example",
    "mx.ville.example.pirate.example; dmarc=pass",
    "pirate.example; dmarc=pass header.from=saint-michel.fr",
    "",
]


def test_who_stamped_a_mail_is_told_and_who_does_not_say_so_is_nobody() -> None:
    exchange = (
        "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=famille.fr; dmarc=pass action=none header.from=famille.fr"
    )
    mail = stamped(exchange, "MX.Ville.Example 1; dmarc=pass", "; dmarc=pass")
    assert stamped_by(mail) == ["", "mx.ville.example", ""]
    assert not verdict(stamped(exchange, sender="marie@a.fr"), ("", "spf", "pass")).aligned


@pytest.mark.parametrize("result", ALIGNED)
def test_a_pass_for_the_domain_of_from_is_aligned(result: str) -> None:
    assert verdict(stamped(result), OURS).aligned


@pytest.mark.parametrize("result", NOT_ALIGNED)
def test_anything_else_is_not(result: str) -> None:
    assert not verdict(stamped(result), OURS).aligned


def test_the_topmost_of_ours_decides_and_a_forged_one_below_is_ignored() -> None:
    mail = stamped("mx.ville.example; dmarc=fail header.from=saint-michel.fr", "mx.ville.example; dmarc=pass")
    assert verdict(mail, OURS).dmarc == "fail"
    assert not verdict(mail, OURS).aligned


def test_what_an_intermediary_saw_is_not_what_our_host_saw() -> None:
    """ARC (RFC 8617): its results are those of hosts we know nothing of."""
    arc = "ARC-Authentication-Results: i=1; mx.ville.example; dmarc=pass header.from=saint-michel.fr\n"
    assert verdict(parse.read(f"{arc}From: nora@saint-michel.fr\n\nOui".encode()), OURS) == NOTHING


def test_without_our_own_field_there_is_no_verdict() -> None:
    assert verdict(stamped("other.example; dmarc=pass"), OURS) == NOTHING
    assert verdict(stamped("mx.ville.example; dmarc=pass"), ()) == NOTHING


def test_a_from_of_two_people_is_aligned_with_nothing() -> None:
    two = stamped("mx.ville.example; dmarc=pass", sender="a@saint-michel.fr\nFrom: b@pirate.example")
    assert not verdict(two, OURS).aligned
    listed = stamped("mx.ville.example; dmarc=pass", sender="a@saint-michel.fr, b@pirate.example")
    assert not verdict(listed, OURS).aligned


@pytest.mark.parametrize(
    "sender",
    [
        "<@pirate.example:nora@saint-michel.fr>",
        "Nora < @pirate.example:nora@saint-michel.fr>",
        '"nora@saint-michel.fr"@pirate.example',
        '"nora@saint-michel.fr" @pirate.example',
    ],
)
def test_a_from_by_way_of_another_host_is_aligned_with_nothing(sender: str) -> None:
    assert not verdict(stamped("mx.ville.example; dmarc=pass", sender=sender), OURS).aligned


@pytest.mark.parametrize(
    ("domain", "registered"),
    [
        ("a.b.ville.fr", "ville.fr"),
        ("mail.x.gouv.fr", "x.gouv.fr"),
        ("ecole.x.asso.fr", "x.asso.fr"),
        ("mail.ville.com.mx", "ville.com.mx"),
        ("pages.github.io", "pages.github.io"),
        ("Mail.Saint-Étienne.fr", "xn--saint-tienne-geb.fr"),
        ("mail.xn--saint-tienne-geb.fr", "xn--saint-tienne-geb.fr"),
        ("ville.test", "ville.test"),
        ("fr", ""),
        ("gouv.fr", ""),
        ("github.io", ""),
        ("", ""),
        ("..", ""),
        (f"{'é' * 70}.fr", ""),
        (f"{'a.' * 130}ville.fr", ""),
    ],
)
def test_the_organisational_domain(domain: str, registered: str) -> None:
    assert organisation(domain) == registered


@pytest.mark.parametrize(
    ("result", "undecided"),
    [
        ("mx.ville.example; dmarc=temperror header.from=saint-michel.fr", True),
        ("mx.ville.example; dkim=temperror header.d=saint-michel.fr", True),
        ("mx.ville.example; dkim=temperror header.d=pirate.example", False),
        ("mx.ville.example; dmarc=fail header.from=saint-michel.fr; dkim=temperror header.d=saint-michel.fr", False),
        ("mx.ville.example; dmarc=pass header.from=saint-michel.fr; spf=temperror", False),
        ("mx.ville.example; dmarc=none header.from=saint-michel.fr", False),
    ],
)
def test_only_a_silent_name_server_of_the_domain_of_from_leaves_it_undecided(result: str, undecided: bool) -> None:
    assert verdict(stamped(result), OURS).undecided is undecided
