"""HTML bodies as readable text."""

import pytest

from hub.mail import html

CASES = [
    ("<p>Un</p><p>Deux<br>trois</p>", "Un\n\nDeux\ntrois"),
    ("<div>a</div><div>b</div>", "a\nb"),
    ("<ul><li>un<li>deux</ul>", "- un\n- deux"),
    ("<ol><li>un<li>deux</ol>", "1. un\n2. deux"),
    ("<ul><li><p>un</p></li><li><p>deux</p></li></ul>", "- un\n\n- deux"),
    ("<ul><li></li><li><div>deux</div></li></ul>", "-\n- deux"),
    ("<a href='https://ville.example/x'>le site</a>", "le site <https://ville.example/x>"),
    ("<a href='https://ville.example/'>ville.example</a>", "ville.example"),
    ("<a href='mailto:a@b.example'>a@b.example</a>", "a@b.example"),
    ("<a href='javascript:alert(1)'>clic</a>", "clic"),
    (
        "avant<blockquote>cité<blockquote>plus vieux</blockquote></blockquote>après",
        "avant\n\n> cité\n>\n>> plus vieux\n\naprès",
    ),
    ("<blockquote style='margin:0 0 0 40px;border:none;padding:0'>en retrait</blockquote>", "en retrait"),
    ("<table><tr><td>a<td>b<tr><td>c<td>d</table>", "a\tb\nc\td"),
    ("<pre>un\n  deux</pre>", "un\n  deux"),
    ("<style>p{}</style><script>x()</script><title>t</title>vu", "vu"),
    ("<div style='display: none'>caché <b>aussi</b></div>vu", "vu"),
    ("<!-- <p>non</p> -->oui", "oui"),
    ("a &lt;b&gt; &eacute;&nbsp;&amp;", "a <b> é &"),
    ("1 < 2 et <3", "1 < 2 et <3"),
    ("merci <img alt='😀' src=x>", "merci 😀"),
    ("<p title='a>b'>x</p>", "x"),
    ("<p>jamais fermé <b", "jamais fermé <b"),
    ("\x02\x03&#2;texte", "texte"),
    ("", ""),
]


@pytest.mark.parametrize(("source", "text"), CASES)
def test_html_becomes_text(source: str, text: str) -> None:
    assert html.to_text(source) == text


@pytest.mark.long
@pytest.mark.parametrize(
    "bomb", ["<div>", "<blockquote>", "<ul><li>", "<a href='http://x'>", "<b a=1><p>", "<!--", '<a "', "<style>"]
)
def test_a_bomb_of_markup_is_read(bomb: str) -> None:
    assert "fin" in html.to_text(bomb * 50_000 + "fin") or bomb == "<!--"
