"""Whatever people write is shown as text."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from hub.accounts.people import NewGuardian
from tests.browser.conftest import Visit, received
from tests.browser.visitor import DESKTOP, NEW, PHONE, Device, paper
from tests.cast import NORA, PASSWORD, Town

pytestmark = pytest.mark.servers
SCRIPT = "<script>document.title='pris'</script>"
IMAGE = "<img src=x onerror=\"document.title='pris'\">"
NAME = "\"><img src=x onerror=document.title='pris'>.pdf"
LONG = "https://ville.example/" + "tres-long-" * 30


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=lambda device: device.name)
async def test_html_and_scripts_are_text_everywhere(town: Town, visit: Visit, device: Device) -> None:
    await town.hub.people.add_guardian(
        NewGuardian("9999", f"Eve {IMAGE}", f"O'Neil{SCRIPT}", "eve", "eve@famille.test", PASSWORD, "Mme")
    )
    eve = await visit(device)
    await eve.login("eve")
    await expect(eve.page.get_by_role("heading", name="Bienvenue")).to_contain_text(IMAGE)
    await eve.open(NEW)
    await eve.fill(f"{SCRIPT}{IMAGE}", f"{SCRIPT}\n{IMAGE}\njavascript:alert(1)\n{LONG}")
    await eve.choose([paper(NAME)])
    await eve.button("Envoyer").click()
    await expect(eve.page.locator(".receipt")).to_contain_text(IMAGE)
    await eve.link("Voir le message").click()
    await expect(eve.page.get_by_role("heading", level=1)).to_have_text(f"{SCRIPT}{IMAGE}")
    await expect(eve.bubbles).to_contain_text([f"{SCRIPT}\n{IMAGE}\njavascript:alert(1)"])
    await expect(eve.page.locator(".message .chip")).to_contain_text("onerror")
    assert await eve.page.locator(".text a").evaluate_all("links => links.map(link => link.protocol)") == ["https:"]
    mail = await received(town, NORA)
    address = (mail.header("reply-to") or "").rpartition("<")[2].rstrip(">")
    await town.arrive(town.answer(mail, NORA, f"{SCRIPT}{IMAGE} c’est noté", reply_to=address))
    await expect(eve.bubbles.last).to_have_text(f"{SCRIPT}{IMAGE} c’est noté")
    for path in (
        "/messagerie",
        "/messagerie/envoyes",
        "/messagerie/recherche?q=pris",
        f"/messagerie/recherche?q={IMAGE}",
    ):
        await eve.open(path)
        assert await eve.sideways() <= 0
        assert "pris" not in (await eve.page.title()).partition("Recherche")[0]
    assert await eve.page.locator("main img, main script").count() == 0
