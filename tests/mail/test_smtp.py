"""Mail out: what each answer of a server means, and that connections are kept, checked and replaced."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.config import Smtp
from hub.mail import smtp_line
from hub.mail.destinations import DestinationLimits
from hub.mail.outcome import Deferred, Rejected, Sent, Stage, plain, verdict, wire_address
from hub.mail.smtp import SmtpTransport
from tests.servers.certificates import self_signed
from tests.servers.daemon import free_port
from tests.servers.dovecot import Dovecot
from tests.servers.fixtures import DURAND, NORA, PASSWORD
from tests.servers.postfix import Postfix
from tests.servers.sink import HANG_UP, SILENCE, Sink

HUB = "portail@hub.test"
RAW = b"From: portail@hub.test\r\nSubject: Cantine\r\n\r\nBonjour.\r\n.\r\n.point\r\n"


def settings(port: int, **given: object) -> Smtp:
    return Smtp(port=port, hello="hub.test", **{"timeout": 5.0, **given})


@pytest.fixture
async def transport(sink: Sink) -> AsyncIterator[SmtpTransport]:
    transport = SmtpTransport(settings(sink.port))
    yield transport
    await transport.close()


async def test_a_mail_arrives_byte_for_byte(sink: Sink, transport: SmtpTransport) -> None:
    assert await transport.send(HUB, NORA, RAW) == Sent("2.0.0 caught")
    assert [(m.mail_from, m.rcpt_to, m.raw) for m in sink.mails] == [(HUB, NORA, RAW)]


async def test_the_null_return_path_is_sent_as_such(sink: Sink, transport: SmtpTransport) -> None:
    assert isinstance(await transport.send("", NORA, RAW), Sent)
    assert sink.mails[0].mail_from == ""


async def test_one_connection_carries_mail_after_mail(sink: Sink, transport: SmtpTransport) -> None:
    for _ in range(20):
        await transport.send(HUB, NORA, RAW)
    assert (len(sink.mails), sink.connections) == (20, 1)


async def test_no_more_connections_than_allowed_are_open_at_once(sink: Sink) -> None:
    transport = SmtpTransport(settings(sink.port, connections=3))
    outcomes = await asyncio.gather(*(transport.send(HUB, f"p{n}@famille.test", RAW) for n in range(60)))
    await transport.close()
    assert all(isinstance(o, Sent) for o in outcomes)
    assert {m.rcpt_to for m in sink.mails} == {f"p{n}@famille.test" for n in range(60)}
    assert sink.most_open == sink.connections == 3


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "DOT"])
async def test_a_temporary_refusal_is_told_as_such_and_the_connection_serves_on(
    sink: Sink, transport: SmtpTransport, command: str
) -> None:
    sink.say(command, "451 4.3.0 plus tard")
    assert await transport.send(HUB, NORA, RAW) == Deferred(451, "451 4.3.0 plus tard")
    assert isinstance(await transport.send(HUB, NORA, RAW), Sent)
    assert sink.connections == 1


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "DOT"])
async def test_a_refusal_for_good_is_told_as_such(sink: Sink, transport: SmtpTransport, command: str) -> None:
    sink.say(command, "550 5.1.1 inconnu")
    assert await transport.send(HUB, NORA, RAW) == Rejected(550, "550 5.1.1 inconnu")
    assert isinstance(await transport.send(HUB, NORA, RAW), Sent)


async def test_a_server_that_refuses_to_reset_loses_the_connection(sink: Sink, transport: SmtpTransport) -> None:
    sink.say("RCPT", "550 5.1.1 inconnu")
    sink.say("RSET", "500 5.5.1 jamais")
    await transport.send(HUB, NORA, RAW)
    assert isinstance(await transport.send(HUB, NORA, RAW), Sent)
    assert sink.connections == 2


@pytest.mark.parametrize("refusal", ["554 5.7.1 pas vous", "421 4.3.2 trop de monde"])
async def test_a_server_that_turns_us_away_says_nothing_of_the_recipient(
    sink: Sink, transport: SmtpTransport, refusal: str
) -> None:
    sink.say("CONNECT", refusal)
    outcome = await transport.send(HUB, NORA, RAW)
    assert isinstance(outcome, Deferred)
    assert (outcome.code, outcome.server, outcome.unknown) == (int(refusal[:3]), True, False)
    assert refusal[4:] in outcome.reason


@pytest.mark.parametrize("command", ["DATA", "DOT"])
async def test_a_connection_lost_during_data_may_mean_accepted(
    sink: Sink, transport: SmtpTransport, command: str
) -> None:
    sink.say(command, HANG_UP)
    outcome = await transport.send(HUB, NORA, RAW)
    assert isinstance(outcome, Deferred)
    assert (outcome.code, outcome.unknown) == (None, True)
    assert isinstance(await transport.send(HUB, NORA, RAW), Sent)


@pytest.mark.long
async def test_silence_after_the_final_dot_may_mean_accepted(sink: Sink) -> None:
    transport = SmtpTransport(settings(sink.port, timeout=0.1))
    sink.say("DOT", SILENCE)
    outcome = await transport.send(HUB, NORA, RAW)
    assert isinstance(outcome, Deferred) and outcome.unknown
    assert len(sink.mails) == 1


@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
async def test_a_connection_lost_before_data_costs_nothing(sink: Sink, transport: SmtpTransport, command: str) -> None:
    await transport.send(HUB, NORA, RAW)
    sink.say(command, HANG_UP)
    assert isinstance(await transport.send(HUB, DURAND, RAW), Sent)
    assert len(sink.sent_to(DURAND)) == 1


async def test_a_server_that_hangs_up_before_data_each_time_is_left_for_later(
    sink: Sink, transport: SmtpTransport
) -> None:
    sink.say("MAIL", HANG_UP)
    outcome = await transport.send(HUB, NORA, RAW)
    assert isinstance(outcome, Deferred)
    assert (outcome.server, outcome.unknown) == (True, False)


async def test_silence_before_data_is_left_for_later(sink: Sink) -> None:
    transport = SmtpTransport(settings(sink.port, timeout=0.3))
    sink.say("RCPT", SILENCE)
    outcome = await transport.send(HUB, NORA, RAW)
    assert isinstance(outcome, Deferred)
    assert (outcome.server, outcome.unknown) == (True, False)


async def test_the_end_of_an_idle_connection_is_nobody_s_fault(sink: Sink, transport: SmtpTransport) -> None:
    await transport.send(HUB, NORA, RAW)
    sink.say("MAIL", "421 4.4.2 idle too long")
    assert isinstance(await transport.send(HUB, DURAND, RAW), Sent)
    assert sink.connections == 2


async def test_a_restarted_server_is_found_again(sink: Sink, transport: SmtpTransport) -> None:
    await transport.send(HUB, NORA, RAW)
    await sink.stop()
    down = await transport.send(HUB, NORA, RAW)
    assert isinstance(down, Deferred)
    assert (down.code, down.server, down.unknown) == (None, True, False)
    await sink.start()
    assert isinstance(await transport.send(HUB, NORA, RAW), Sent)


async def test_a_connection_unused_for_a_while_is_asked_before_it_is_trusted(
    sink: Sink, transport: SmtpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_line, "TRUSTED_PAUSE", 0.0)
    await transport.send(HUB, NORA, RAW)
    sink.say("NOOP", "421 4.4.2 goodbye")
    assert isinstance(await transport.send(HUB, NORA, RAW), Sent)
    assert sink.connections == 2


async def test_a_connection_is_replaced_once_it_carried_enough(
    sink: Sink, transport: SmtpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_line, "MAILS_PER_CONNECTION", 5)
    for _ in range(12):
        assert isinstance(await transport.send(HUB, NORA, RAW), Sent)
    assert sink.connections == 3


async def test_a_cancelled_send_does_not_leave_a_connection_out_of_step(sink: Sink, transport: SmtpTransport) -> None:
    await transport.send(HUB, NORA, RAW)
    sink.say("RCPT", SILENCE)
    sending = asyncio.create_task(transport.send(HUB, NORA, RAW))
    await asyncio.sleep(0.2)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert isinstance(await transport.send(HUB, DURAND, RAW), Sent)
    assert len(sink.sent_to(DURAND)) == 1


async def test_closing_leaves_no_connection_behind_and_is_not_the_end(sink: Sink, transport: SmtpTransport) -> None:
    sending = [asyncio.create_task(transport.send(HUB, NORA, RAW)) for _ in range(4)]
    await sink.wait_for(1)
    await transport.close()
    assert all(isinstance(outcome, Sent) for outcome in await asyncio.gather(*sending))
    async with asyncio.timeout(10):
        while sink.open:
            await asyncio.sleep(0.01)
    assert isinstance(await transport.send(HUB, NORA, RAW), Sent)


async def test_an_accented_address_is_sent_with_smtputf8(sink: Sink, transport: SmtpTransport) -> None:
    assert isinstance(await transport.send(HUB, "rené@école.test", RAW), Sent)
    assert sink.mails[0].rcpt_to == "rené@xn--cole-9oa.test"
    assert "SMTPUTF8" in sink.mails[0].options


async def test_an_accented_domain_alone_needs_no_smtputf8() -> None:
    async with Sink(smtputf8=False) as sink:
        transport = SmtpTransport(settings(sink.port))
        assert isinstance(await transport.send(HUB, "rene@école.test", RAW), Sent)
        assert sink.mails[0].rcpt_to == "rene@xn--cole-9oa.test"
        await transport.close()


async def test_an_accented_address_is_refused_clearly_where_the_server_cannot() -> None:
    async with Sink(smtputf8=False) as sink:
        transport = SmtpTransport(settings(sink.port))
        outcome = await transport.send(HUB, "rené@ecole.test", RAW)
        assert isinstance(outcome, Rejected) and "adresses accentuées" in outcome.reason
        assert isinstance(await transport.send(HUB, NORA, RAW), Sent)
        await transport.close()


async def test_a_mail_over_the_servers_limit_is_refused_before_it_is_sent() -> None:
    async with Sink(size=1000) as sink:
        transport = SmtpTransport(settings(sink.port))
        outcome = await transport.send(HUB, NORA, RAW + b"x" * 1000)
        assert isinstance(outcome, Rejected) and outcome.code == 552
        await transport.close()


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
async def test_a_refused_login_is_our_fault_and_not_repeated_for_each_mail() -> None:
    async with Sink(login=("hub", "juste")) as sink:
        transport = SmtpTransport(settings(sink.port, user="hub", password="faux"))
        outcomes = [await transport.send(HUB, NORA, RAW) for _ in range(5)]
        assert {(o.code, o.server) for o in outcomes if isinstance(o, Deferred)} == {(535, True)}
        assert "« hub »" in outcomes[0].reason and "faux" not in outcomes[0].reason
        assert sink.connections == 1


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
async def test_a_right_login_opens_the_door() -> None:
    async with Sink(login=("hub", "juste")) as sink:
        transport = SmtpTransport(settings(sink.port, user="hub", password="juste"))
        assert isinstance(await transport.send(HUB, NORA, RAW), Sent)
        await transport.close()


@pytest.mark.parametrize(("trusted", "verify"), [(True, True), (False, False)])
async def test_starttls_with_a_known_or_an_unchecked_certificate(tmp_path: Path, trusted: bool, verify: bool) -> None:
    async with Sink(tls=_server_context(tmp_path)) as sink:
        ca_file = str(tmp_path / "cert.pem") if trusted else ""
        secured = settings(sink.port, security="starttls", ca_file=ca_file, verify=verify)
        transport = SmtpTransport(secured)
        assert isinstance(await transport.send(HUB, NORA, RAW), Sent)
        await transport.close()


async def test_a_certificate_nobody_vouches_for_stops_everything(tmp_path: Path) -> None:
    async with Sink(tls=_server_context(tmp_path)) as sink:
        transport = SmtpTransport(settings(sink.port, security="starttls"))
        outcome = await transport.send(HUB, NORA, RAW)
        assert isinstance(outcome, Deferred) and outcome.server
        assert "CERTIFICATE_VERIFY_FAILED" in outcome.reason
        assert sink.mails == []


async def test_starttls_is_never_given_up_silently(sink: Sink) -> None:
    transport = SmtpTransport(settings(sink.port, security="starttls"))
    outcome = await transport.send(HUB, NORA, RAW)
    assert isinstance(outcome, Deferred) and "STARTTLS" in outcome.reason
    assert sink.mails == []


async def test_nobody_listening_is_said() -> None:
    outcome = await SmtpTransport(settings(free_port())).send(HUB, NORA, RAW)
    assert isinstance(outcome, Deferred) and "est injoignable" in outcome.reason


@pytest.mark.servers
@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
async def test_postfix_takes_our_mail_over_every_kind_of_connection(
    postfix: Postfix, dovecot: Dovecot, security: str
) -> None:
    port = postfix.tls_port if security == "tls" else postfix.port
    ca_file = str(postfix.certificate)
    given = settings(port, security=security, ca_file=ca_file, user=NORA, password=PASSWORD)
    transport = SmtpTransport(given)
    outcome = await transport.send(HUB, DURAND, RAW)
    await transport.close()
    assert isinstance(outcome, Sent), outcome
    raw = await dovecot.wait_for(DURAND, lambda raw: b"Subject: Cantine" in raw)
    assert raw.endswith(b"\r\nBonjour.\r\n.\r\n.point\r\n")


@pytest.mark.servers
async def test_postfix_refuses_what_it_cannot_deliver(postfix: Postfix) -> None:
    transport = SmtpTransport(settings(postfix.port))
    outcome = await transport.send(HUB, "x@ailleurs.test", RAW)
    await transport.close()
    assert isinstance(outcome, Rejected) and outcome.code == 550


@pytest.mark.parametrize(
    ("code", "text", "stage", "outcome"),
    [
        (250, "2.0.0 OK", Stage.data, Sent("2.0.0 OK")),
        (252, "peut-être", Stage.data, Sent("peut-être")),
        (450, "4.2.0 liste grise", Stage.rcpt, Deferred(450, "450 4.2.0 liste grise")),
        (452, "4.2.2 pleine", Stage.rcpt, Deferred(452, "452 4.2.2 pleine")),
        (552, "5.2.2 pleine", Stage.rcpt, Deferred(552, "552 5.2.2 pleine")),
        (552, "5.2.2 pleine", Stage.data, Deferred(552, "552 5.2.2 pleine")),
        (552, "trop de destinataires", Stage.rcpt, Deferred(552, "552 trop de destinataires")),
        (552, "5.3.4 trop gros", Stage.rcpt, Rejected(552, "552 5.3.4 trop gros")),
        (552, "trop gros", Stage.mail, Rejected(552, "552 trop gros")),
        (552, "trop gros", Stage.data, Rejected(552, "552 trop gros")),
        (550, "5.4.5 quota du jour", Stage.data, Deferred(550, "550 5.4.5 quota du jour")),
        (554, "5.7.1 pourriel", Stage.data, Rejected(554, "554 5.7.1 pourriel")),
        (421, "4.3.2 fermeture", Stage.rcpt, Deferred(421, "421 4.3.2 fermeture", server=True)),
        (530, "5.7.0 qui va là", Stage.mail, Deferred(530, "530 5.7.0 qui va là", server=True)),
        (535, "5.7.8 non", Stage.mail, Deferred(535, "535 5.7.8 non", server=True)),
        (-1, "charabia", Stage.mail, Deferred(-1, "-1 charabia")),
        (-1, "charabia", Stage.data, Deferred(-1, "-1 charabia", unknown=True)),
        (354, "encore", Stage.data, Deferred(354, "354 encore", unknown=True)),
    ],
)
def test_what_an_answer_means(code: int, text: str, stage: Stage, outcome: object) -> None:
    assert verdict(code, text, stage) == outcome


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nora",
        "@ville.test",
        "nora@",
        "nora@ville.test\r\nRCPT TO:<x@y.test>",
        "nora@ville.test\n",
        "no ra@ville.test",
        "nora@vil le.test",
        "<nora@ville.test>",
        "nora@ville.test> SIZE=1",
        "a@b@c.test",
        '"a b"@ville.test',
        "nora@[127.0.0.1]",
        "nora,paul@ville.test",
        "nora\x00@ville.test",
        "nora\x7f@ville.test",
        "nora\u2028@ville.test",
        "nora@ville..test\u202e",
        "n" * 65 + "@ville.test",
        "é" * 33 + "@ville.test",
        "nora@" + "a" * 60 + ("." + "b" * 60) * 4,
        "nora@é" + "x" * 70 + ".test",
    ],
)
def test_addresses_that_never_reach_the_wire(address: str) -> None:
    with pytest.raises(ValueError, match=r"adresse|domaine"):
        wire_address(address)


async def test_an_impossible_address_is_refused_without_a_connection(sink: Sink, transport: SmtpTransport) -> None:
    outcome = await transport.send(HUB, "nora@ville.test\r\nDATA", RAW)
    assert isinstance(outcome, Rejected) and "adresse impossible" in outcome.reason
    assert sink.connections == 0


@example("0@¨")
@given(st.text(max_size=80))
def test_whatever_passes_for_an_address_is_one_word(text: str) -> None:
    try:
        wire = wire_address(text)
    except ValueError:
        return
    assert wire.count("@") == 1 and wire.isprintable()
    assert not set(wire) & set(' <>,;:"\\[]()\t\r\n\0')


@given(st.text(max_size=900))
def test_what_a_server_says_is_shown_on_one_bounded_line(text: str) -> None:
    shown = plain(text)
    assert shown.isprintable() and len(shown) <= 450


def test_so_many_mails_at_once_to_one_destination() -> None:
    limits = DestinationLimits(at_once=2, per_minute=0)
    assert [limits.take("Orange.test", 0.0) for _ in range(3)] == [True, True, False]
    assert limits.at_limit(0.0) == {"orange.test"}
    assert limits.take("free.test", 0.0)
    limits.give_back("orange.test")
    assert limits.at_limit(0.0) == frozenset()
    assert limits.take("orange.test", 0.0)


def test_so_many_mails_a_minute_to_one_destination() -> None:
    limits = DestinationLimits(at_once=0, per_minute=3)
    assert [limits.take("free.test", t) for t in (0.0, 10.0, 20.0, 30.0)] == [True, True, True, False]
    assert limits.at_limit(59.9) == {"free.test"}
    assert [limits.take("free.test", t) for t in (60.0, 61.0)] == [True, False]
    assert limits.at_limit(200.0) == frozenset()


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 30), st.booleans()), max_size=60))
def test_limits_hold_whatever_happens(events: list[tuple[str, float, bool]]) -> None:
    limits, now = DestinationLimits(2, 5), 0.0
    begun: dict[str, list[float]] = {"a": [], "b": []}
    under_way = {"a": 0, "b": 0}
    for domain, step, ends in events:
        now += step
        if ends and under_way[domain]:
            limits.give_back(domain)
            under_way[domain] -= 1
            continue
        recent = [t for t in begun[domain] if t > now - 60]
        allowed = under_way[domain] < 2 and len(recent) < 5
        assert (domain in limits.at_limit(now)) is not allowed
        assert limits.take(domain, now) is allowed
        if allowed:
            begun[domain].append(now)
            under_way[domain] += 1


def _server_context(folder: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*self_signed(folder))
    return context
