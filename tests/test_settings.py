# ruff: noqa: E501 (a table)
"""What is wrong in a town's file is refused at start: the file, the line, the key, what was expected."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import config, tomllines
from hub.config import ConfigError, parse
from hub.tomlfile import ALIASES

BROKEN: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("an unknown key", '[mail]\ndomian = "x.fr"', ("config.toml:2 : mail.domian : réglage inconnu ; ", "« domain » ?")),
    ("nothing like it", "[xyzzy]\nport = 24", ("config.toml:1 : xyzzy : réglage inconnu ; ", "town")),
    ("in a nested table", "[mail.smtp]\n\nhots = 1", ("config.toml:3 : mail.smtp.hots : ", "« host »")),
    ("in a dotted key", '[mail]\nsmtp.hots = "x"', ("config.toml:2 : mail.smtp.hots : ",)),
    ("in an inline table", '[mail]\nsmtp = { host = "x", prot = 3 }', ("config.toml:2 : mail.smtp.prot : ",)),
    ("a wrong type", "[town]\nname = 3", ("config.toml:2 : town.name : attendu un texte entre guillemets, trouvé 3",)),
    (
        "a number in quotes",
        '[web]\nport = "80"',
        (":2 : web.port : attendu un nombre entier de 0 à 65535, trouvé un texte",),
    ),
    ("a yes", "[entrance]\nremember = 1", (":2 : entrance.remember : attendu true ou false, trouvé 1",)),
    (
        "a picture from elsewhere",
        '[[home.news]]\ntitle = "x"\npicture = "https://ailleurs.test/a.png"',
        (":3 : home.news[1].picture : attendu une image de home.folder",),
    ),
    (
        "a drawing that may hold scripts",
        '[[home.news]]\ntitle = "x"\npicture = "a.svg"',
        (":3 : home.news[1].picture : attendu une image de home.folder",),
    ),
    (
        "words for no picture",
        '[[home.news]]\ntitle = "x"\nalt = "Un arbre"',
        (":3 : home.news[1].alt : décrit une image",),
    ),
    ("a bare day", '[[home.news]]\ntitle = "x"\nsince = "demain"', (":3 : home.news[1].since : attendu une date",)),
    ("out of range", "[web]\nport = 99999", (":2 : web.port : attendu un nombre entier de 0 à 65535, trouvé 99999",)),
    (
        "too short",
        "[security]\npassword_length = 4",
        (":2 : security.password_length : attendu un nombre entier de 6",),
    ),
    (
        "no such choice",
        '[entrance]\nby = "badge"',
        (':2 : entrance.by : attendu "name" ou "email" ou "both", trouvé "badge"',),
    ),
    (
        "a table for a value",
        "[town.name]\nx = 1",
        (":1 : town.name : attendu un texte entre guillemets, trouvé une table",),
    ),
    ("a value for a table", "mail = 3", (":1 : mail : attendu une table, trouvé 3",)),
    (
        "one table for many",
        "[services]\nslug = 1",
        (":1 : services : attendu une suite de tables [[…]], trouvé une table",),
    ),
    (
        "an item of a list",
        "[mail]\nretry_minutes = [\n  1,\n  'x',\n]",
        (":4 : mail.retry_minutes[2] : attendu un nombre",),
    ),
    (
        "a missing key",
        '[[services]]\nname = "x"',
        (":1 : services[1] : il manque « slug » (un texte entre guillemets)",),
    ),
    (
        "an item of an item",
        '[[services]]\nslug = "a"\nname = "A"\n[[services]]\nslug = "b"\nname = "B"\nthemes = [\n {name = "x"},\n {nom = "y"}]',
        (
            ":9 : services[2].themes[2].nom : réglage inconnu ; attendu l’un de accepts, months, name, silence",
            ":9 : services[2].themes[2] : il manque",
        ),
    ),
    (
        "under an item",
        '[[services]]\nslug = "a"\nname = "A"\n[[services.agents]]\nname = "N"\nemail = "nora"',
        (":6 : services[1].agents[1].email : attendu une adresse e-mail",),
    ),
    ("a colour", '[town]\ncolour = "bleu"', (":2 : town.colour : attendu une couleur comme #1f5fa8",)),
    ("a zone", '[town]\nzone = "Paris"', (":2 : town.zone : attendu un fuseau",)),
    (
        "an address",
        '[entrance]\nafter_logout = "javascript:alert(1)"',
        (":2 : entrance.after_logout : attendu une adresse",),
    ),
    ("a header in it", '[entrance]\nafter_logout = "https://x.fr/;script-src"', (":2 : entrance.after_logout : ",)),
    (
        "a way out",
        '[[home.downloads]]\ntitle = "x"\nfile = "../secret.key"',
        (":3 : home.downloads[1].file : attendu un fichier",),
    ),
    (
        "a page we never had",
        '[[home.tiles]]\ntitle = "x"\nlinks = [{ label = "y", page = "z" }]',
        (':3 : home.tiles[1].links[1].page : attendu "messages"',),
    ),
    (
        "a pattern",
        "[registration]\ninvoice_pattern = '(?P<dossier'",
        (":2 : registration.invoice_pattern : ", "(?P<dossier>"),
    ),
    ("no service", '[registration]\nservice = "x"', (":2 : registration.service : aucun service ne s’appelle « x »",)),
    ("no TOML", '[town]\nname = "x\n', ("config.toml:2 : ce n’est pas du TOML : ",)),
    ("a value left out", "[town]\nname =\n", ("config.toml:2 : ce n’est pas du TOML : la valeur manque",)),
    ("twice", "[town]\n[town]\n", ("config.toml:2 : ce n’est pas du TOML : cette table est déclarée deux fois",)),
    ("a table both ways", "[a]\nb = []\n[[a.b]]", ("config.toml:3 : ce n’est pas du TOML : cette table est",)),
    ("a table both ways, in a key", "a = { b = 1 }\na.c = 2", (":2 : ce n’est pas du TOML : cette table est",)),
    ("no such day", "[a]\nb = 2026-02-30", (":2 : ce n’est pas du TOML : cette date n’existe pas",)),
    ("no such sign", '[a]\nb = "\\uZZZZ"', (":2 : ce n’est pas du TOML : une barre",)),
    ("nor that one", '[a]\nb = "\\ud800"', (":2 : ce n’est pas du TOML : une barre",)),
    ("an apostrophe left out", "[a]\nb = 'x", (":2 : ce n’est pas du TOML : il manque",)),
    (
        "an unknown preset",
        '\npreset = "paris"',
        ("config.toml:2 : preset : « paris » inconnu ; attendu : blainville, ",),
    ),
    ("no name of a preset", "preset = 3", ("config.toml:1 : preset : « 3 » inconnu",)),
    (
        "a town of its own beside a preset",
        'preset = "puiseux"\ntown = 3',
        ("config.toml:2 : town : attendu une table",),
    ),
    ("a database of another kind", '[database]\nurl = "mysql://h/hub"', (":2 : database.url : attendu sqlite://",)),
    ("a database without its scheme", '[database]\nurl = "hub.sqlite3"', (":2 : database.url : attendu sqlite://",)),
    ("no such port", '[database]\nurl = "postgres://h:99999/hub"', (":2 : database.url : attendu sqlite://",)),
    (
        "a server's without its name",
        '[database]\nurl = "postgres://h:5432"',
        (":2 : database.url : attendu sqlite://",),
    ),
    ("files elsewhere", '[storage]\nurl = "ftp://x/y"', (":2 : storage.url : attendu un dossier, ou s3://",)),
    ("no bucket", '[storage]\nurl = "s3:///x"', (":2 : storage.url : attendu un dossier, ou s3://",)),
    (
        "a bucket's server",
        '[storage]\nurl = "s3://x"\nendpoint = "s3.fr"',
        (":3 : storage.endpoint : attendu une adresse",),
    ),
    (
        "a name for a network",
        '[web]\ntrusted_proxies = ["nginx"]',
        (":2 : web.trusted_proxies : attendu l’adresse d’une",),
    ),
    ("a site below another", '[web]\nurl = "https://x.fr/portail"', (":2 : web.url : ", "sans chemin")),
    ("no domain", '[mail]\ndomain = "@ville.fr"', (":2 : mail.domain : attendu un nom de domaine",)),
    ("no result", '[mail]\nauthserv_ids = ["spf=pass"]', (":2 : mail.authserv_ids : ", "spf=pass")),
    ("nor a subdomain", '[mail]\nreply_domain = "a@b.fr"', (":2 : mail.reply_domain : attendu un nom de domaine",)),
    (
        "a name before an address",
        '[mail]\nsender = "Mairie <a@b.fr>"',
        (":2 : mail.sender : attendu une adresse e-mail, sans",),
    ),
    ("half an address", '[mail]\nreply_local = "rép onse"', (":2 : mail.reply_local : attendu un mot",)),
    (
        "a service's address",
        '[[services]]\nslug = "a"\nname = "A"\nemail = "ecole"',
        (":4 : services[1].email : attendu une adresse e-mail",),
    ),
    (
        "its mailbox",
        '[[services]]\nslug = "a"\nname = "A"\nshared = "ecole"',
        (":4 : services[1].shared : attendu une adresse e-mail",),
    ),
    # keys that contradict each other: both are named, each with its place
    (
        "terms",
        '[registration]\nterms = "x"',
        (":2 : registration.terms : ", "(registration.terms_version : laissé à sa valeur"),
    ),
    (
        "hours",
        "[registration]\nactivation_hours = 4",
        (" : registration.warning_hours : attendu moins", "(registration.activation_hours : config.toml:2)"),
    ),
    ("sizes", "[limits]\nmail_bytes = 1000", (" : limits.file_bytes : ", "(limits.mail_bytes : config.toml:2)")),
    ("a subdomain", '[mail]\nreply = "subdomain"', (" : mail.reply_domain : ", "(mail.reply : config.toml:2)")),
    ("no user", '[mail.smtp]\npassword = "x"', (":2 : mail.smtp.password : ", "mail.smtp.user")),
    (
        "a folder into itself",
        '[[mail.imap]]\nname = "a"\nhost = "h"\nuser = "u"\npassword = "p"\nafter = "move"\ndone_folder = "INBOX"',
        (":7 : mail.imap[1].done_folder : ", "mail.imap[1].folder"),
    ),
    (
        "days",
        '[[home.news]]\ntitle = "x"\nsince = 2026-12-01\nuntil = 2026-11-01',
        (":4 : home.news[1].until : se termine avant de commencer (home.news[1].since : config.toml:3)",),
    ),
    (
        "a paper good until two days",
        '[[documents]]\nslug = "a"\nname = "A"\nvalid_months = 3\nuntil = "year"',
        (":4 : documents[1].valid_months : une durée ou", "(documents[1].until : config.toml:5)"),
    ),
    (
        "an audit of nothing",
        "[legal]\naudited_on = 2026-11-30",
        (" : legal.accessibility : la conformité et le jour", "(legal.audited_on : config.toml:2)"),
    ),
    (
        "two services of one name",
        '[[services]]\nslug = "a"\nname = "A"\n[[services]]\nslug = "a"\nname = "B"',
        (":5 : services[2].slug : deux services ont le même nom court « a »",),
    ),
    (
        "two services of one address",
        '[[services]]\nslug = "a"\nname = "A"\n[[services]]\nslug = "b"\nname = "B"\nemail = "A@hub.invalid"',
        (":7 : services[2].email : deux services ont la même adresse « a@hub.invalid »",),
    ),
    (
        "a paper's service",
        '[[documents]]\nslug = "a"\nname = "A"\nservice = "x"',
        (":4 : documents[1].service : aucun service ne s’appelle « x »",),
    ),
    (
        "two papers of one name",
        '[[documents]]\nslug = "a"\nname = "A"\n[[documents]]\nslug = "a"\nname = "B"',
        (":5 : documents[2].slug : deux documents ont",),
    ),
    (
        "two mailboxes of one name",
        '[mail]\nimap = [\n{ name = "a", host = "h", user = "u", password = "p" },\n{ name = "a", host = "h", user = "v", password = "p" },\n]',
        (":4 : mail.imap[2].name : deux boîtes s’appellent « a »",),
    ),
    (
        "two themes of one name",
        '[[services]]\nslug = "a"\nname = "A"\nthemes = [\n{ name = "x" },\n{ name = "x" },\n]',
        (":6 : services[1].themes[2].name : deux thèmes s’appellent « x »",),
    ),
    (
        "a file twice",
        '[[home.downloads]]\ntitle = "x"\nfile = "a.pdf"\n[[home.downloads]]\ntitle = "y"\nfile = "a.pdf"',
        (":6 : home.downloads[2].file : le fichier « a.pdf » est donné deux fois",),
    ),
    (
        "a request that there is not",
        '[dossier]\nrequests = [\n"banque",\n"bank",\n]',
        (':4 : dossier.requests[2] : attendu "responsable" ou "conjoint"', 'trouvé "bank"'),
    ),
    (
        "a theme that its service has not",
        '[[services]]\nslug = "a"\nname = "Enfance"\nthemes = [{ name = "x" }]\n[dossier]\nthemes = [\n{ kind = "caf", theme = "y" },\n]',
        (":7 : dossier.themes[1].theme : attendu un thème de « Enfance » (services : config.toml:1)",),
    ),
    (
        "two themes for a kind",
        '[dossier]\nthemes = [\n{ kind = "caf", theme = "x" },\n{ kind = "caf", theme = "y" },\n]',
        (":4 : dossier.themes[2].kind : deux thèmes sont donnés pour « caf »",),
    ),
    (
        "a service that reads its messages where families write them",
        '[[services]]\nslug = "a"\nname = "A"\nshared = "A@hub.invalid"',
        (":1 : services[1] : a@hub.invalid est une adresse du portail",),
    ),
    (
        "answers that are rejections",
        '[mail]\nreply_local = "Rebond"',
        (" : mail.bounce_local : les réponses et les rejets", "(mail.reply_local : config.toml:2)"),
    ),
    # against a preset: the place is the preset's where the town says nothing
    (
        "a preset's terms without a version",
        'preset = "puiseux"\n[registration]\nterms_version = ""',
        ("preset puiseux:", " : registration.terms : ", "(registration.terms_version : config.toml:3)"),
    ),
    (
        "a preset's service taken away",
        'preset = "blainville"\n[[services]]\nslug = "autre"\nname = "Autre"',
        ("preset blainville:", " : registration.service : aucun service", "(services : config.toml:2)"),
    ),
)


@pytest.mark.parametrize(("text", "said"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_what_is_wrong_is_said_with_its_place(text: str, said: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(text)
    for words in said:
        assert words in str(refused.value)


def test_a_mark_that_an_editor_leaves_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[town]\nname = "Évry"\n', "utf-8-sig")
    assert config.load(path).town.name == "Évry"


def test_files_are_looked_for_beside_the_settings(tmp_path: Path) -> None:
    server = 'ca_file = "ca.pem"\n'
    text = f'[mail.smtp]\n{server}[[mail.imap]]\nname = "a"\nhost = "h"\nuser = "u"\npassword = "p"\n{server}'
    found = parse(text, folder=tmp_path)
    assert {found.mail.smtp.ca_file, found.mail.imap[0].ca_file} == {str(tmp_path / "ca.pem")}
    assert found.security.secret_file == str(tmp_path / "storage/secret.key")
    assert found.database.url == f"sqlite://{tmp_path}/storage/hub.sqlite3"
    assert (found.storage.url, found.home.folder) == (f"{tmp_path}/storage/blobs", f"{tmp_path}/documents")


def test_everything_that_is_wrong_is_said_at_once_in_the_order_of_the_file() -> None:
    text = '[web]\nport = -1\n[town]\nnom = "x"\n[mail]\nreply = "x"\n[[services]]\nslug = "É"\nname = "x"\n'
    with pytest.raises(ConfigError) as refused:
        parse(text, "/etc/hub.toml")
    assert [line.split(" ")[0] for line in str(refused.value).splitlines()] == [
        f"/etc/hub.toml:{n}" for n in (2, 4, 6, 8)
    ]


def test_no_secret_is_repeated() -> None:
    with pytest.raises(ConfigError) as refused:
        parse('[mail.smtp]\nport = "hunter2"\npasswort = "hunter2"\n')
    assert "hunter2" not in str(refused.value)


def test_a_file_in_another_encoding_is_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes('[town]\nname = "Évry"\n'.encode("cp1252"))
    with pytest.raises(ConfigError, match=r"config\.toml:2 : .*UTF-8"):
        config.load(path)


def test_an_alias_leads_to_the_preset() -> None:
    for alias, name in ALIASES.items():
        assert parse(f'preset = "{alias}"').preset == name


LINES = '''\
# a [comment] = "1"
top = """
[not] = a table
x = 1
""" # after
"quoted.key" = 'it''s'

[a.b] # [c]
c.d = [ # first
  { e = 1, f = "]" },
  [2, "}"],
]
[[s]]
n = 2026-11-30T10:00:00Z
[[s.t]]
n = 1.5
[s.u]
v = "x"
[[s]]
[[s.t]]
[[s.t]]
n = """a"""
'''


def test_keys_are_found_whatever_stands_between_them() -> None:
    text = LINES.replace("'it''s'", "'its'")
    tomllib.loads(text)
    found = tomllines.lines(text)
    expected = {
        ("top",): 2,
        ("quoted.key",): 6,
        ("a", "b"): 8,
        ("a", "b", "c", "d"): 9,
        ("a", "b", "c", "d", 0, "f"): 10,
        ("a", "b", "c", "d", 1, 1): 11,
        ("s", 0, "n"): 14,
        ("s", 0, "t", 0, "n"): 16,
        ("s", 0, "u", "v"): 18,
        ("s", 1): 19,
        ("s", 1, "t", 1, "n"): 22,
    }
    assert {path: found.get(path) for path in expected} == expected


def paths(value: object, path: tomllines.Path = ()) -> set[tomllines.Path]:
    """Of everything in it."""
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return {path for path in [path] if path}.union(*(paths(inner, (*path, key)) for key, inner in items))


@given(st.text(alphabet="ab=\"'[]{}.,#\n \\1", max_size=60))
def test_any_text_is_read_to_its_end_and_no_key_of_a_good_one_is_missed(text: str) -> None:
    found = tomllines.lines(text)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert paths(tables) <= set(found)


@pytest.mark.parametrize("name", config.presets())
def test_every_preset_is_valid_and_names_no_person(name: str) -> None:
    town = parse(f'preset = "{name}"')
    assert town.services and all(service.themes for service in town.services)
    assert not [service for service in town.services if service.agents or service.shared or service.email]
