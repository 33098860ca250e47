"""Pure: what a text among the settings may be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_network
from pathlib import PurePosixPath
from urllib.parse import urlsplit

WEB_ADDRESS = "attendu une adresse complète, en http:// ou https://"
SITE = "attendu une adresse complète comme https://famille.ville.fr, sans chemin ni / à la fin"
EMAIL = "attendu une adresse e-mail, sans nom"
DOMAIN = "attendu un nom de domaine comme ville.fr"
AUTHSERV_ID = "attendu le nom par lequel le champ commence, comme mx.ville.fr ; un résultat (spf=pass) n’en est pas un"
LOCAL_PART = "attendu un mot sans accent ni signe, comme reponse"
NETWORK = "attendu l’adresse d’une machine ou d’un réseau, en chiffres : 127.0.0.1 ou 10.0.0.0/8"
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
PICTURE = f"attendu une image de home.folder ({', '.join(PICTURES)}), ou un chemin du portail qui commence par /"
DATABASE = "attendu sqlite://CHEMIN ou postgres://compte:motdepasse@serveur:5432/base"
STORE = "attendu un dossier, ou s3://seau/préfixe"
INSIDE = "attendu un fichier du dossier home.folder, sans « .. » ni / au début"


def is_web(url: str) -> bool:
    """Whether it is a whole address of a page, of signs that may stand in a header."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and not re.search(r"[\s;,\"'<>\\]", url)
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def is_site(url: str) -> bool:
    """Whether it is the address of a whole site: pages name each other from its root."""
    return is_web(url) and not any(urlsplit(url)[2:])


def is_email(text: str) -> bool:
    """Whether it is one bare address."""
    return re.fullmatch(r"[^@\s<>,;:\"()]+@[^@\s<>,;:\"()]+", text) is not None


def is_domain(text: str) -> bool:
    """Whether it can stand after an @."""
    return re.fullmatch(r"[\w-]+(\.[\w-]+)*", text) is not None


def is_local_part(text: str) -> bool:
    """Whether addresses of ours can begin with it."""
    return re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", text) is not None


def is_network(text: str) -> bool:
    """Whether it is an address of the internet's own, or a block of them."""
    try:
        ip_network(text.strip(), strict=False)
    except ValueError:
        return False
    return True


def is_database(url: str) -> bool:
    """Whether it is the address of a database: a file, or a server's and its name there."""
    if url.startswith("sqlite://"):
        return bool(url.removeprefix("sqlite://").strip())
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in ("postgres", "postgresql") and bool(parts.path.strip("/")) and port != 0


def is_store(url: str) -> bool:
    """Whether it is a folder, or a bucket of an S3-compatible server."""
    if "://" not in url:
        return bool(url.strip())
    scheme, _, rest = url.partition("://")
    return scheme == "s3" and bool(rest.split("/")[0])


def is_local(url: str) -> bool:
    """Whether it is a path of the portal's own."""
    return url.startswith("/") and not url.startswith("//") and url.isprintable() and "\\" not in url


def is_inside(file: str) -> bool:
    """Whether it is the name of a file below a folder, whatever the folder."""
    parts = PurePosixPath(file).parts
    hidden = any(part.startswith(".") for part in parts)
    return bool(parts) and not file.startswith("/") and not hidden and file.isprintable() and "\\" not in file


def is_picture(file: str) -> bool:
    """Whether it is the name of a picture below a folder."""
    return is_inside(file) and "://" not in file and file.lower().endswith(PICTURES)


def groups(pattern: str) -> Iterable[str]:
    try:
        return re.compile(pattern).groupindex
    except re.error:
        return ()


def again(names: Iterable[str]) -> tuple[int, str] | None:
    """The first name that was there before, and its place; None where each is there once."""
    seen = set[str]()
    for place, name in enumerate(names):
        if name in seen:
            return place, name
        seen.add(name)
    return None
