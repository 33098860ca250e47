"""Pure: what a browser calls itself (User-Agent, RFC 9110 §10.1.5) as people would: "Firefox sur Android".

Only good enough to tell one's own devices apart; nothing is decided by it. Browsers pretend to be each other, so the
one that names itself last of the family is looked for first.
"""

from __future__ import annotations

UNKNOWN = "Appareil inconnu"
BROWSERS = (
    ("Edg", "Edge"),  # Edg/, EdgA/, EdgiOS/
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Vivaldi/", "Vivaldi"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def device(user_agent: str) -> str:
    """The browser and what it runs on, as far as either is known."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if not browser and not system:
        return UNKNOWN
    return f"{browser or 'Navigateur'} sur {system}" if system else browser
