"""Pure: whether a mail is believed, and if not, who is told.

Three witnesses: the owner of the reply address it came to (the token), the From address, and what proves From (the
verdict). All three agree: posted. Two: held, and the registered address is asked by a link. One alone has no effect
that anybody but the desk can see: a From is written by whoever likes, a reply address may have been passed on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hub.mailbox.refusals import Reason


class Token(StrEnum):
    """What the reply address is worth. All but `valid` bear witness for nobody."""

    valid = "valid"
    none = "none"
    expired = "expired"
    revoked = "revoked"
    elsewhere = "elsewhere"  # genuine, but of another conversation than the one whose mail is answered


class Proof(StrEnum):
    """What proves From. `unknown`: nothing could be checked, as opposed to checked and not found true."""

    passed = "passed"
    failed = "failed"
    unknown = "unknown"


class Told(StrEnum):
    """Who hears of it: the registered address of whoever the mail speaks for, or the From that was proven."""

    owner = "owner"
    sender = "sender"
    nobody = "nobody"


@dataclass(frozen=True, slots=True)
class Ruling:
    """Why a mail is not posted, and who is told."""

    reason: Reason
    told: Told


VOID = {
    Token.none: Reason.no_token,
    Token.expired: Reason.expired_token,
    Token.revoked: Reason.revoked_token,
    Token.elsewhere: Reason.other_thread,
}


def ruling(token: Token, claimed: bool, proof: Proof, opens: bool = False) -> Ruling | None:
    """What becomes of a mail; None: it is posted.

    `claimed`: From is an address of the token's owner or, without a token, of somebody known. `opens`: it answers
    nothing but begins a conversation, for which there is no token yet: From and its proof suffice.
    """
    if token is Token.valid:
        return _with_token(claimed, proof)
    if not claimed:
        if token is Token.none:
            return Ruling(Reason.unknown_sender, Told.sender if proof is Proof.passed else Told.nobody)
        return Ruling(Reason.forged, Told.nobody)
    if proof is Proof.passed:
        return None if opens and token is Token.none else Ruling(VOID[token], Told.owner)
    if proof is Proof.unknown:  # a town whose host checks nothing would never hear from anybody otherwise
        return Ruling(Reason.unauthenticated, Told.owner)
    return Ruling(Reason.unproven, Told.nobody)


def _with_token(claimed: bool, proof: Proof) -> Ruling | None:
    if claimed:
        return None if proof is Proof.passed else Ruling(Reason.unauthenticated, Told.owner)
    return Ruling(Reason.other_sender, Told.owner) if proof is Proof.passed else Ruling(Reason.forged, Told.nobody)
