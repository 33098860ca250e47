"""Letters about an account: both parts say the same, nothing remote in them, and only to confirmed addresses."""

from __future__ import annotations

import re

import pytest

from hub.accounts.models import Account
from hub.accounts.notices import What
from hub.mail.parse import ParsedMail
from tests.cast import LEA, MARIE, NORA, Town

LINK = "http://hub.test/adresse/abc"
ASKED = {"link": LINK, "address": "marie@nouvelle.test", "hours": 24}


def words(html: str) -> list[str]:
    """Of the part that is read, without the preheader."""
    body = re.sub(r"(?s)<head.*?</head>|<!--.*?-->|<div style=\"display:none.*?</div>|<[^>]+>", " ", html)
    return re.findall(r"\w+", body.replace("&nbsp;", " ").replace("&#39;", "’"))


def is_sound(mail: ParsedMail) -> None:
    assert not re.search(r"<(?:script|img|link)\b|None|\{\{|%\}", mail.html) and "None" not in mail.text
    missing = [word for word in re.findall(r"\w+", mail.text) if word not in {*words(mail.html), "http", "hub", "test"}]
    assert [word for word in missing if word not in LINK] == []


@pytest.mark.parametrize("by", ["", "Nora Lambert"])
@pytest.mark.parametrize("what", list(What))
async def test_a_notice_of_every_kind(town: Town, what: What, by: str) -> None:
    notices = town.hub.notices
    await notices.tell(town.account(), what, by or "la mairie" if what in (What.provisional, What.address) else by)
    await notices.tell(await town.agent(), what, by or "la mairie")
    await town.hub.settle()
    [parent], [agent] = town.mails(MARIE), town.mails(NORA)
    for mail in (parent, agent):
        is_sound(mail)
        assert mail.subject and mail.text.startswith(mail.subject) and "jeudi 22 octobre 2026" in mail.text
    assert "appelez tout de suite la mairie" in parent.text and "administre le portail" in agent.text


@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize("both", [True, False])
async def test_the_link_stands_in_both_parts(town: Town, is_new: bool, both: bool) -> None:
    await town.hub.notices.post("address-confirm", MARIE, "Marie", ASKED | {"is_new": is_new, "both": both})
    await town.hub.settle()
    [mail] = town.mails(MARIE)
    is_sound(mail)
    assert LINK in mail.text and f'href="{LINK}"' in mail.html
    assert ("marie@nouvelle.test" in mail.text) is not is_new
    assert ("adresse actuelle" in mail.text) is (is_new and both)


@pytest.mark.parametrize("template", ["address-taken", "address-changed"])
async def test_the_others(town: Town, template: str) -> None:
    await town.hub.notices.post(template, MARIE, "Marie Durand", {})
    await town.hub.settle()
    [mail] = town.mails(MARIE)
    is_sound(mail)


async def test_nothing_goes_where_nobody_confirmed(town: Town) -> None:
    for changes in ({"email": None}, {"email": LEA, "email_verified_at": None}):
        await Account.filter(email__in=[LEA]).update(**changes)
        await Account.filter(login="lmartin").update(**changes)
        await town.hub.notices.tell(await Account.get(login="lmartin"), What.factor_off, "la mairie")
    await town.hub.settle()
    assert not town.sink.mails
