"""Pure: what somebody of the town wrote to a family, without the private addresses of agents."""

from __future__ import annotations

import re
from collections.abc import Set

from msgspec.structs import replace

from hub.accounts.models import Agent
from hub.mail.addresses import REMOVED
from hub.mailbox.case import Case
from hub.mailbox.replies import Holder


def discreet(case: Case) -> Case:
    """The same; where the town's side wrote, without those addresses: signatures have them, and no reader knows all
    signatures. The mail itself has them still."""
    by_town = case.grant.holder is not Holder.account if case.grant else _is_member(case)
    if not by_town or "@" not in case.text:
        return case
    agents = [member.agent for member in case.members] + ([case.holder] if isinstance(case.holder, Agent) else [])
    private = {address for agent in agents for address in (agent.email, *agent.aliases)}
    text = without(private, case.text)
    return case if text == case.text else replace(case, text=text, words="")  # they are found anew when it is posted


def without(private: Set[str], text: str) -> str:
    """A text in which these addresses, folded, do not stand."""
    folded = text.lower()
    for address in private:
        if address in folded:
            whole = rf"(?<![\w.+-]){re.escape(address)}(?![\w-]|\.\w)"
            text = re.sub(whole, REMOVED, text, flags=re.IGNORECASE)
    return text


def _is_member(case: Case) -> bool:
    return any(member.writes_from(case.sender) for member in case.members)
