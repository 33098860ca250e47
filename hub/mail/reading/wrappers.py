"""What each mail program wraps around the mail it answers, in HTML. Finds these elements and tells their role.

Roles are written as an attribute and honoured by `html.marked_text`, so that HTML and text bodies end in one set of
line rules. Elements are never removed: what is cut stays readable in `Reply.rest`.
"""

from selectolax.lexbor import LexborHTMLParser, LexborNode

from hub.mail import html
from hub.mail.reading import phrases

QUOTES = (
    "div[id^=yahoo_quoted]",  # Yahoo, AOL
    "div.yahoo_quoted",
    "div.protonmail_quote",
    "div.moz-forward-container",  # Thunderbird, forwarding
    "span#OLK_SRC_BODY_SECTION",  # Outlook for Mac
    "div#OLK_SRC_BODY_SECTION",
    "div[name=messageReplySection]",  # Spark
    "div[name=quote]",  # GMX, mail.com
    "div.zmail_extra",  # Zoho
    "div.tutanota_quote",
    "div#mail-editor-reference-message-container",  # Outlook for Android and iOS
    "div.ms-outlook-mobile-reference-message",
    "div[data-marker=__QUOTED_TEXT__]",  # Zimbra 9 (Free, universities, towns)
)
"""Elements that hold the quoted mail and nothing of the writer's."""

CUTS = (
    "div#divRplyFwdMsg",  # Outlook on the web, Outlook.com
    "div#appendonsend",
    "hr#stopSpelling",  # Hotmail
    "hr#zwchr",  # Zimbra 8
    "hr[data-marker=__DIVIDER__]",
    "div[data-bm-reply-separator]",  # BlueMind
    "div[data-bm-forward-separator]",
    "div#data-bm-reply-separator",
    "div#data-bm-forward-separator",
    "div.moz-email-headers-table",
)
"""Elements from which on everything is history."""

SIGNATURES = (
    "div.gmail_signature",
    "span.gmail_signature_prefix",
    "div.moz-signature",
    "pre.moz-signature",
    "div#Signature",  # Outlook on the web
    "div#ms-outlook-mobile-signature",
    "div#ms-outlook-mobile-body-separator-line",
    "div[id^=AppleMailSignature]",
    "div#AppleMailSignature",
    "div[data-marker^=__SIG_]",  # Zimbra
    "div[name=messageSignatureSection]",  # Spark
    "div.protonmail_signature_block",
    "div[class*=yahoo-signature]",
    "div[class$=signature]",
    "div#signature",
    "div.bm-signature",
    "div[data-bm-signature]",
    "p.MsoSignature",
)


def mark(document: LexborHTMLParser) -> None:
    """Gives a role to every wrapper known."""
    _mark_gmail(document)
    for node in document.css(", ".join(QUOTES)):
        node.attrs[html.ROLE] = html.QUOTE
    for node in document.css(", ".join(SIGNATURES)):
        node.attrs[html.ROLE] = html.SIGNATURE
    cut = next(iter(document.css(", ".join(CUTS))), None) or _outlook_border(document)
    if cut is not None:
        cut.attrs[html.ROLE] = html.HISTORY


def _mark_gmail(document: LexborHTMLParser) -> None:
    """Gmail puts attribution and blockquote in one `div.gmail_quote`; answers between quotes stand in it too.

    A forward has no blockquote: there the whole element is the mail forwarded.
    """
    for node in document.css("div.gmail_quote"):
        if node.css_first("blockquote") is None or _is_forward(node):
            node.attrs[html.ROLE] = html.QUOTE
    for node in document.css("div.gmail_attr"):
        node.attrs[html.ROLE] = html.QUOTE


def _is_forward(node: LexborNode) -> bool:
    attribution = node.css_first("div.gmail_attr")
    words = attribution.text(deep=True) if attribution is not None else ""
    return bool(phrases.FORWARD.match(words.strip()[:60].split("De")[0].split("From")[0]))


def _outlook_border(document: LexborHTMLParser) -> LexborNode | None:
    """Outlook for Windows draws a rule (#E1E1E1, #B5C4DF) by the top border of the block "De : … Envoyé : …"."""
    for node in document.css("div[style*=border-top]"):
        words = node.text(deep=True, separator="\n").strip()[:300]
        lines = [line for line in words.split("\n") if line.strip()]
        if lines and phrases.FROM_LABEL.match(lines[0].replace("\xa0", " ")):
            return node
    return None
