"""Every reason for which a mail can wait has its words."""

import pytest

from hub.desk.words import EXPLAINED
from hub.mailbox.refusals import POLICIES, WORDS, Reason
from hub.mailbox.setaside import WAITING


@pytest.mark.parametrize("reason", [r for r, policy in POLICIES.items() if policy.state in WAITING] + ["error"])
def test_every_mail_that_waits_says_why_and_what_it_means(reason: Reason | str) -> None:
    assert WORDS[reason]
    assert EXPLAINED[reason].endswith(".")
