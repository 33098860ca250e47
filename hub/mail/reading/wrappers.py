"""What each mail program wraps around the mail it answers, in HTML: the role of an element from its attributes.

The elements are read by `html.marked_text`, which marks their lines so that HTML and text bodies end in one set of
line rules. Nothing is removed here: what is cut stays readable in `Reply.rest`.
"""

import re
from enum import IntEnum
from functools import lru_cache

from hub.mail.reading import markup


class Role(IntEnum):
    """What an element is to a reader: a number, so that those open at once are counted in a list."""

    plain = 0
    quote = 1
    cited = 2
    """A bare blockquote, of a program or of the writer: see `cited`."""
    attribution = 3
    history = 4
    """From here to the end of the document."""
    signature = 5
    hidden = 6


HISTORY_IDS = frozenset(
    {
        "divrplyfwdmsg",  # Outlook on the web, Outlook.com, new Outlook
        "appendonsend",
        "stopspelling",  # Hotmail
        "zwchr",  # Zimbra 8
        "mail-editor-reference-message-container",  # Outlook for Android and iOS
        "olk_src_body_section",  # Outlook for Mac
        "data-bm-reply-separator",  # BlueMind
        "data-bm-forward-separator",
    }
)
HISTORY_DATA = (
    ("data-marker", "__divider__"),  # Zimbra
    ("data-marker", "__headers__"),
    ("data-marker", "__quoted_text__"),
)
QUOTE_PARTS = "yahoo_quoted"  # in an id or a class, between "ydp…" and a number
QUOTE_CLASSES = frozenset(
    {
        "protonmail_quote",
        "tutanota_quote",
        "zmail_extra",  # Zoho
        "moz-forward-container",  # Thunderbird
        "moz-email-headers-table",
        "ms-outlook-mobile-reference-message",
        "front-blockquote",
    }
)
QUOTE_NAMES = frozenset({"messagereplysection", "quote"})  # Spark; GMX
ATTRIBUTION_CLASSES = frozenset({"gmail_attr", "moz-cite-prefix"})
ATTRIBUTION_IDS = frozenset({"reply-intro"})  # Roundcube
SIGNATURE_IDS = (  # prefixes
    "signature",
    "applemailsignature",
    "ms-outlook-mobile-signature",
    "bloop_sign",
    "composer_signature",  # Samsung
    "_rc_sig",  # Roundcube
    "v1_rc_sig",
    "ymail_android_signature",
)
SIGNATURE_CLASSES = re.compile(
    r"(?:^|\s)(?:gmail_signature(?:_prefix)?|moz-signature|protonmail_signature_block(?:-user|-proton)?|bm-signature"
    r"|\S{0,40}yahoo-signature|ydp\S{1,20}signature|signature|editorusersignature"
    r"|(?!(?:no|without|has|with)[-_])[\w-]{2,30}[-_]signature)(?:\s|$)"
)
SIGNATURE_NAMES = frozenset({"messagesignaturesection", "_mailautosig"})  # Spark; Outlook's bookmark
BOOKMARK = "mso-bookmark:_mailautosig"  # on each piece of the signature that the bookmark spans
HIDDEN = re.compile(r"display\s{0,9}:\s{0,9}none")
INDENT = re.compile(r"border(?:-left)?\s{0,9}:\s{0,9}(?:none|0|medium none)")
BARE = frozenset({"dir", "lang", "cite"})  # attributes that do not say who quotes; cite may name a page of the web
CITED, PLAIN = Role.cited, Role.plain  # asked for at each tag: an attribute of an enumeration is slow
REPEATED = 300  # characters of attributes that are worth keeping
TELLING = ("id", "class", "name", "data-", "_mailautosig")


def role(name: str, raw: str) -> Role:
    """The role of an opening tag, from its name (lower case) and raw attributes."""
    if not raw:
        return CITED if name == "blockquote" else PLAIN
    return _known_role(name, raw) if len(raw) < REPEATED else _role(name, raw)


def _role(name: str, raw: str) -> Role:
    lowered = raw.lower()
    if "none" in lowered and HIDDEN.search(lowered):
        return Role.hidden
    if name == "blockquote":
        return _blockquote(markup.attributes(lowered))
    if not any(telling in lowered for telling in TELLING):
        return Role.plain
    return _wrapper({key: value.strip() for key, value in markup.attributes(lowered).items()})


_known_role = lru_cache(1_000)(_role)
"""The same; a program writes the attributes of a paragraph over and over."""


def _wrapper(found: dict[str, str]) -> Role:
    # Outlook on the web puts "x_" before what another client had named.
    identifier = found.get("id", "").removeprefix("x_")
    classes = {name.removeprefix("x_") for name in found.get("class", "").split()}
    if identifier in HISTORY_IDS or any(found.get(key) == value for key, value in HISTORY_DATA):
        return Role.history
    if (
        QUOTE_PARTS in identifier + found.get("class", "")
        or classes & QUOTE_CLASSES
        or found.get("name") in QUOTE_NAMES
    ):
        return Role.quote
    if classes & ATTRIBUTION_CLASSES or identifier in ATTRIBUTION_IDS:
        return Role.attribution
    if _is_signature(found, identifier):
        return Role.signature
    return Role.plain


def _is_signature(found: dict[str, str], identifier: str) -> bool:
    return (
        identifier.startswith(SIGNATURE_IDS)
        or found.get("name") in SIGNATURE_NAMES
        or found.get("data-marker", "").startswith("__sig_")
        or "data-bm-signature" in found
        or BOOKMARK in found.get("style", "")
        or ("signature" in found.get("class", "") and bool(SIGNATURE_CLASSES.search(found["class"])))
    )


def _blockquote(found: dict[str, str]) -> Role:
    if _is_indent(found):
        return Role.plain
    bare = found.keys() <= BARE and not found.get("cite", "").startswith("mid:")
    return Role.cited if bare else Role.quote


def _is_indent(found: dict[str, str]) -> bool:
    """Whether a blockquote only indents the writer's own words, as Gmail's and Apple Mail's button does."""
    declared = found.get("type") == "cite" or "gmail_quote" in found.get("class", "")
    return not declared and bool(INDENT.search(found.get("style", "")))
