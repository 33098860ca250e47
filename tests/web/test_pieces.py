"""Pieces that are remembered, and templates whose constant parts are folded in."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader
from markupsafe import Markup

from hub.core.french import BLANK, unbroken
from hub.mailbox.models import Message
from hub.web.folding import FoldingEnvironment
from hub.web.pages.register import paragraphs
from hub.web.render import whole
from tests.cast import MARIE, PAUL, Town
from tests.web.browser import Browser
from tests.web.conftest import Arrive
from tests.web.test_mailbox import answered


async def test_what_changes_is_written_anew(town: Town, marie: Browser) -> None:
    message = await town.write("Bonjour")
    assert (await marie.get("/messagerie/envoyes")).texts(".row .excerpt") == ["Bonjour"]
    await answered(town, message, "Premier mot")
    assert (await marie.get("/messagerie")).texts(".row.unread .excerpt") == ["Premier mot"]
    await marie.get(f"/messagerie/{(await message.thread).id}")
    page = await marie.get("/messagerie")
    assert page.texts(".row .excerpt") == ["Premier mot"] and not page.all(".row.unread")
    await answered(town, message, "Second mot")
    assert (await marie.get("/messagerie")).texts(".row.unread .excerpt") == ["Second mot"]


async def test_two_parents_of_a_family_each_see_their_own_side(town: Town, marie: Browser, arrive: Arrive) -> None:
    thread = (await (await town.write("Bonjour")).thread).id
    paul = await arrive("pdurand")
    for _ in range(2):
        assert len((await marie.get(f"/messagerie/{thread}")).all(".message.mine")) == 1
        assert len((await paul.get(f"/messagerie/{thread}")).all(".message.mine")) == 0


async def test_what_was_typed_is_not_taken_for_what_a_search_has_marked(town: Town, marie: Browser) -> None:
    await town.write("<mark>cantine</mark>")
    await Message.all().update(text="<mark>cantine</mark>")
    assert (await marie.get("/messagerie/recherche?q=cantine")).texts(".row .excerpt mark") == ["cantine"]
    for _ in range(2):
        assert not (await marie.get("/messagerie/envoyes")).all(".row mark")


async def test_a_row_put_away_carries_the_form_token_of_who_looks(town: Town, marie: Browser, arrive: Arrive) -> None:
    thread = (await (await town.write("Bonjour")).thread).id
    paul = await arrive("pdurand")
    for account in (town.account(MARIE), town.account(PAUL)):
        await town.hub.lists.delete(account.id, [thread])
    tokens = {
        str((await who.get("/messagerie/supprimes")).all(".row [name=csrf]")[0].attributes["value"])
        for who in (marie, paul)
    }
    assert len(tokens) == 2


@pytest.mark.parametrize(
    ("source", "written", "calls"),
    [
        ('{{ sign("a") }}', "<i>a</i>", 0),
        ('{% set x %}{{ sign("a") }}{% endset %}{{ x }}', "<i>a</i>", 0),
        ('{{ sign("a" if yes else "b") }}', "<i>a</i>", 1),
        ('{{ sign("a") if yes else sign("b") }}', "<i>a</i>", 0),
        ('<p title="{{ say("« 1 < 2 »") }}">', '<p title="« 1 &lt; 2 »">', 0),
        ("{{ sign(word) }}", "<i>&amp;</i>", 1),
    ],
)
def test_calls_with_literals_are_made_when_the_template_is_compiled(source: str, written: str, calls: int) -> None:
    made: list[str] = []

    def sign(word: str) -> Markup:
        made.append(word)
        return Markup("<i>{}</i>").format(word)

    environment = FoldingEnvironment(loader=DictLoader({"page": source}), autoescape=True)
    environment.constant = {"sign": sign, "say": str}
    environment.globals |= environment.constant
    template = environment.get_template("page")
    made.clear()
    assert template.render(yes=True, word="&") == written
    assert len(made) == calls


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/aide", "Vous pouvez répondre à cet e-mail~: votre réponse"),  # a sentence without values
        ("/aide", "choisissez le service et le thème, écrivez, joignez jusqu’à 5 fichiers de 2~Mo"),
        ("/aide", "Messagerie, puis «~Envoyer un message~»~: choisissez"),  # a sentence with values
    ],
)
async def test_no_line_begins_with_a_sign(marie: Browser, path: str, written: str) -> None:
    assert written.replace("~", "\N{NO-BREAK SPACE}") in (await marie.get(path)).html


async def test_nor_does_what_people_and_settings_say(town: Town, marie: Browser) -> None:
    await town.write("Bonjour : une question ?", subject="Facture : erreur ?")
    for path in ("/messagerie/envoyes", "/messagerie/recherche?q=bonjour"):
        page = await marie.get(path)
        assert "Facture~: erreur~?".replace("~", BLANK) in page.html
        assert "~: une question~?".replace("~", BLANK) in page.html
    assert paragraphs("Un : deux ?\n\nTrois.") == ["Un~: deux~?".replace("~", BLANK), "Trois."]


async def test_nor_do_notices(town: Town, marie: Browser) -> None:
    thread = (await town.write("Bonjour")).thread_id
    page = await marie.get(f"/messagerie/{thread}")
    page = await marie.press(page, f"/messagerie/{thread}/supprimer")
    assert "supprimée~: «~Cantine".replace("~", BLANK) in page.html


async def test_what_is_wrong_is_heard_first(marie: Browser) -> None:
    """A screen reader begins with the title."""
    page = await marie.get("/compte/mot-de-passe")
    assert page.texts("title")[0].startswith("Changer mot de passe")
    page = await marie.press(page, "/compte/mot-de-passe")
    assert page.texts("title")[0].startswith("À corriger – Changer mot de passe")


def test_text_that_goes_on_after_a_value_is_typeset_too() -> None:
    environment = FoldingEnvironment(loader=DictLoader({"page": "{{ word }} : <b>« oui »</b> 1 ; {{ word }}"}))
    environment.constant, environment.typeset = {}, unbroken
    assert environment.get_template("page").render(word="x") == "x~: <b>«~oui~»</b> 1~; x".replace("~", BLANK)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("06 12 34 56 78", "06~12~34~56~78"),
        ("+33 6 12 34 56 78", "+33~6~12~34~56~78"),
        ("marie.durand@famille.test", "marie.durand@<wbr>famille.test"),
        ("<b>@famille.test", "&lt;b&gt;@<wbr>famille.test"),
        ("12 rue des Tilleuls", "12 rue des Tilleuls"),
    ],
)
def test_numbers_stay_whole_and_addresses_are_cut_at_their_sign(value: str, written: str) -> None:
    assert str(whole(value)) == written.replace("~", BLANK)
