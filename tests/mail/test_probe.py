"""What `hub check` says of mail servers and DNS records, asked of real ones."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import dns.asyncresolver
import dns.message
import dns.rcode
import dns.rrset
import pytest

from hub.config import Imap, Smtp
from hub.mail.probe import Finding, dns_records, imap_login, smtp_login
from tests.servers.daemon import free_port
from tests.servers.dovecot import Dovecot
from tests.servers.fixtures import HUB, NORA, PASSWORD
from tests.servers.postfix import Postfix
from tests.servers.sink import SILENCE, Sink

GOOD = {
    "ville.test": ["MX 10 mx.ville.test.", 'TXT "v=spf1 mx -all"', 'TXT "autre chose"'],
    "cle1._domainkey.ville.test": ['TXT "v=DKIM1; k=rsa; p=MIIB"'],
    "_dmarc.ville.test": ['TXT "v=DMARC1; p=reject"'],
}


class NameServer(asyncio.DatagramProtocol):
    """A DNS server that knows a handful of records."""

    def __init__(self, zone: dict[str, list[str]]) -> None:
        self._zone = zone

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        answer = dns.message.make_response(query)
        name, kind = query.question[0].name, dns.rdatatype.to_text(query.question[0].rdtype)
        held = self._zone.get(name.to_text(omit_final_dot=True), [])
        given = [record.partition(" ")[2] for record in held if record.startswith(f"{kind} ")]
        if given:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *given))
        elif not any(known.endswith(name.to_text(omit_final_dot=True)) for known in self._zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(answer.to_wire(), address)


@asynccontextmanager
async def resolver(zone: dict[str, list[str]]) -> AsyncIterator[dns.asyncresolver.Resolver]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: NameServer(zone), ("127.0.0.1", 0))
    asked = dns.asyncresolver.Resolver(configure=False)
    asked.nameservers = ["127.0.0.1"]
    asked.port = transport.get_extra_info("sockname")[1]
    try:
        yield asked
    finally:
        transport.close()


def wrong(findings: list[Finding]) -> list[str]:
    assert all(finding.ok or finding.advice for finding in findings)
    return [finding.name.split()[0] for finding in findings if not finding.ok]


async def test_a_well_kept_domain_passes() -> None:
    async with resolver(GOOD) as asked:
        findings = await dns_records("ville.test", asked, "cle1")
    assert wrong(findings) == []
    assert [f.detail for f in findings] == [
        "mx.ville.test.",
        "v=spf1 mx -all",
        "cle1._domainkey.ville.test : clé publiée",
        "v=DMARC1; p=reject",
    ]


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"ville.test": []}, ["MX", "SPF"]),
        ({"ville.test": ["MX 0 .", 'TXT "v=spf1 -all"']}, ["MX"]),
        ({"ville.test": ["MX 1 mx.", 'TXT "v=spf1 mx -all"', 'TXT "v=spf1 a -all"']}, ["SPF"]),
        ({"ville.test": ["MX 1 mx.", 'TXT "v=spf1 +all"']}, ["SPF"]),
        ({"cle1._domainkey.ville.test": ['TXT "v=DKIM1; p="']}, ["DKIM"]),
        ({"cle1._domainkey.ville.test": []}, ["DKIM"]),
        ({"_dmarc.ville.test": []}, ["DMARC"]),
        ({"_dmarc.ville.test": ['TXT "v=DMARC1; p=none"', 'TXT "v=DMARC1; p=reject"']}, ["DMARC"]),
    ],
)
async def test_what_is_missing_or_wrong_is_named_with_what_to_do(
    changes: dict[str, list[str]], missing: list[str]
) -> None:
    async with resolver(GOOD | changes) as asked:
        assert wrong(await dns_records("ville.test", asked, "cle1")) == missing


async def test_a_subdomain_lives_under_its_parent_s_dmarc_policy() -> None:
    zone = GOOD | {"famille.ville.test": GOOD["ville.test"]}
    async with resolver(zone) as asked:
        findings = await dns_records("famille.ville.test", asked)
    assert findings[-1] == Finding("DMARC ville.test", True, "v=DMARC1; p=reject")
    assert wrong(findings) == ["DKIM"]


async def test_the_domain_of_replies_is_asked_for_as_well() -> None:
    """Without its MX no answer arrives; and our return paths are there, so its SPF is looked at."""
    async with resolver(GOOD) as asked:
        assert wrong(await dns_records("ville.test", asked, "cle1", "reponse.ville.test")) == ["MX", "SPF"]
    async with resolver(GOOD | {"reponse.ville.test": ["MX 1 mx.ville.test.", 'TXT "v=spf1 mx -all"']}) as asked:
        findings = await dns_records("ville.test", asked, "cle1", "reponse.ville.test")
    assert wrong(findings) == []
    assert [finding.name for finding in findings[-2:]] == ["MX reponse.ville.test", "SPF reponse.ville.test"]


async def test_without_a_selector_any_key_will_do() -> None:
    async with resolver(GOOD) as asked:
        assert wrong(await dns_records("ville.test", asked)) == []


@pytest.mark.long
async def test_a_dns_that_does_not_answer_is_said_once() -> None:
    asked = dns.asyncresolver.Resolver(configure=False)
    asked.nameservers, asked.port = ["127.0.0.1"], free_port()
    asked.lifetime = 0.5
    findings = await dns_records("ville.test", asked)
    assert wrong(findings) == ["DNS"]
    assert "impossible d’interroger le DNS" in findings[0].detail


@pytest.mark.servers
async def test_a_working_smtp_server_is_described(postfix: Postfix) -> None:
    settings = Smtp(
        port=postfix.port, user=NORA, password=PASSWORD, security="starttls", ca_file=str(postfix.certificate)
    )
    findings = await smtp_login(settings)
    assert wrong(findings) == []
    assert findings[0].detail == f"connexion chiffrée (STARTTLS), identification comme « {NORA} »"


@pytest.mark.servers
@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ({"password": "faux"}, "Vérifiez « user » et « password »"),
        ({"ca_file": ""}, "Le certificat n’est pas reconnu"),
        ({"security": "tls"}, "Essayez une autre valeur de « security »"),
        ({"port": 1}, "Rien n’écoute à cette adresse"),
        ({"host": "absent.invalid"}, "Ce nom de serveur n’existe pas"),
    ],
)
async def test_what_to_do_about_an_smtp_server_that_does_not_take_us(
    postfix: Postfix, given: dict[str, object], advice: str
) -> None:
    right = {"port": postfix.port, "user": NORA, "password": PASSWORD, "security": "starttls"}
    findings = await smtp_login(Smtp(**{**right, "ca_file": str(postfix.certificate), "timeout": 5.0, **given}))
    assert wrong(findings) == ["SMTP"]
    assert advice in findings[0].advice


async def test_an_smtp_server_that_never_speaks_is_said() -> None:
    async with Sink() as sink:
        sink.say("CONNECT", SILENCE)
        findings = await smtp_login(Smtp(port=sink.port, timeout=0.3))
    assert "pare-feu" in findings[0].advice


async def test_a_server_without_smtputf8_is_noted() -> None:
    async with Sink(smtputf8=False) as sink:
        findings = await smtp_login(Smtp(port=sink.port))
    assert [f.ok for f in findings] == [True, False]


@pytest.mark.servers
async def test_a_working_mailbox_is_described(dovecot: Dovecot) -> None:
    findings = await imap_login(_imap(dovecot))
    assert wrong(findings) == []
    assert "dossier « INBOX » ouvert" in findings[0].detail and "IDLE" in findings[1].detail


@pytest.mark.servers
@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ({"password": "faux"}, "Vérifiez « user » et « password »"),
        ({"folder": "Absent"}, "Vérifiez « folder »"),
        ({"security": "tls"}, "Essayez une autre valeur de « security »"),
        ({"security": "starttls"}, "Le certificat n’est pas reconnu"),
        ({"port": 1}, "Rien n’écoute à cette adresse"),
    ],
)
async def test_what_to_do_about_a_mailbox_that_does_not_open(
    dovecot: Dovecot, given: dict[str, object], advice: str
) -> None:
    findings = await imap_login(_imap(dovecot, **given))
    assert wrong(findings) == ["IMAP"]
    assert advice in findings[0].advice


@pytest.mark.servers
async def test_a_mailbox_that_cannot_be_tidied_is_said() -> None:
    with Dovecot({HUB: PASSWORD}, capability="IMAP4rev1") as server:
        findings = await imap_login(_imap(server, after="move"))
    assert [f.ok for f in findings] == [True, True, False]


def _imap(server: Dovecot, **given: object) -> Imap:
    here = {"host": "127.0.0.1", "port": server.imap_port, "security": "none", "timeout": 5.0}
    return Imap(**{"name": "hub", "user": HUB, "password": PASSWORD, **here, **given})
