"""Reading a mailbox of a real Dovecot, which is restarted, killed, frozen and crippled meanwhile."""

import asyncio
import contextlib
import imaplib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

import pytest

from hub.config import Imap
from hub.mail.imap import BATCH, Cursor, ImapMail, ImapReader
from hub.mail.imap_mailbox import ImapError, LoginRefused
from tests.servers.dovecot import Dovecot
from tests.servers.fixtures import HUB, PASSWORD, watched

pytestmark = pytest.mark.servers

NEVER = 600.0  # a poll so rare that only IDLE can have told


class Cursors:
    """Where cursors are kept."""

    def __init__(self) -> None:
        self.kept: dict[str, Cursor] = {}

    async def load(self, mailbox: str) -> Cursor:
        return self.kept.get(mailbox, Cursor(0, 0))

    async def save(self, mailbox: str, cursor: Cursor) -> None:
        self.kept[mailbox] = cursor


class Store:
    """The hub's side: keeps what it takes. `refuses` says which mails it chokes on."""

    def __init__(self) -> None:
        self.mails: dict[tuple[int, int], bytes] = {}
        self.batches: list[int] = []
        self.refuses: Callable[[bytes], bool] = lambda raw: False
        self.arrived = asyncio.Condition()

    async def take(self, mails: Sequence[ImapMail]) -> None:
        if any(self.refuses(mail.raw) for mail in mails):
            raise ValueError("cannot be stored")
        self.batches.append(len(mails))
        async with self.arrived:
            self.mails.update({(mail.uidvalidity, mail.uid): mail.raw for mail in mails})
            self.arrived.notify_all()

    async def wait_for(self, count: int, seconds: float = 30.0) -> None:
        async with asyncio.timeout(seconds), self.arrived:
            await self.arrived.wait_for(lambda: len(self.mails) >= count)

    def subjects(self) -> list[str]:
        """In the order of UIDs."""
        return [raw.split(b"\r\n")[0].decode().removeprefix("Subject: ") for _, raw in sorted(self.mails.items())]


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[Dovecot]:
    """A Dovecot that nobody else needs: it is going to suffer."""
    yield from watched(request, Dovecot({HUB: PASSWORD}))


@pytest.fixture
def dovecot(server: Dovecot) -> Dovecot:
    """The same with an empty mailbox, awake."""
    server.resume()
    if not server.pids():
        server.start()
    server.empty()
    return server


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def cursors() -> Cursors:
    return Cursors()


def settings(server: Dovecot, **given: object) -> Imap:
    here = {"host": "127.0.0.1", "port": server.imap_port, "security": "none"}
    me = {"name": "hub", "user": HUB, "password": PASSWORD}
    return Imap(**{**here, **me, "poll": 1.0, "timeout": 5.0, **given})


def mail(subject: object, size: int = 0) -> bytes:
    return f"Subject: {subject}\r\nFrom: nora@ville.test\r\n\r\nBonjour\r\n".encode() + b"x" * size


@contextlib.asynccontextmanager
async def reading(reader: ImapReader) -> AsyncIterator[None]:
    task = asyncio.create_task(reader.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def seen(server: Dovecot, folder: str = "INBOX") -> list[bool]:
    return ["seen" in m.flags for m in await asyncio.to_thread(server.messages, HUB, folder)]


async def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


async def test_new_mails_are_taken_flagged_and_not_taken_again(
    dovecot: Dovecot, store: Store, cursors: Cursors
) -> None:
    for n in range(3):
        dovecot.append(HUB, mail(n))
    reader = ImapReader(settings(dovecot), cursors, store.take)
    assert await reader.step() == 3
    assert store.subjects() == ["0", "1", "2"]
    assert await seen(dovecot) == [True] * 3
    assert await reader.step() == 0
    assert await ImapReader(settings(dovecot), cursors, store.take).step() == 0


async def test_the_servers_copy_is_flagged_only_once_the_mail_is_stored(
    dovecot: Dovecot, store: Store, cursors: Cursors
) -> None:
    states: list[list[bool]] = []

    async def take(mails: Sequence[ImapMail]) -> None:
        states.append(await seen(dovecot))
        assert cursors.kept["hub"].uid == 0

    dovecot.append(HUB, mail(1))
    await ImapReader(settings(dovecot), cursors, take).step()
    assert states == [[False]]
    assert await seen(dovecot) == [True]


async def test_what_another_program_has_read_is_taken_all_the_same(
    dovecot: Dovecot, store: Store, cursors: Cursors
) -> None:
    dovecot.append(HUB, mail("lu"))
    with dovecot.client(HUB) as client:
        client.select()
        client.store("1", "+FLAGS", r"(\Seen)")
    assert await ImapReader(settings(dovecot), cursors, store.take).step() == 1


async def test_copies_are_left_alone_when_told_to_keep_them(dovecot: Dovecot, store: Store, cursors: Cursors) -> None:
    dovecot.append(HUB, mail(1))
    reader = ImapReader(settings(dovecot, after="keep"), cursors, store.take)
    assert [await reader.step(), await reader.step()] == [1, 0]
    assert await seen(dovecot) == [False]


async def test_copies_are_moved_to_a_folder_made_for_them(dovecot: Dovecot, store: Store, cursors: Cursors) -> None:
    for n in range(3):
        dovecot.append(HUB, mail(n))
    moving = settings(dovecot, after="move", done_folder="Traités & classés")
    assert await ImapReader(moving, cursors, store.take).step() == 3
    assert await seen(dovecot) == []
    assert len(await seen(dovecot, "Trait&AOk-s &- class&AOk-s")) == 3


@pytest.mark.parametrize(
    ("capability", "left", "moved"),
    [
        ("IMAP4rev1 LITERAL+ UIDPLUS", [("autre", {"deleted"})], ["1"]),
        ("IMAP4rev1 LITERAL+", [("autre", {"deleted"}), ("1", {"seen"})], []),
    ],
)
async def test_without_move_no_mail_of_others_is_expunged(
    store: Store, cursors: Cursors, capability: str, left: list[tuple[str, set[str]]], moved: list[str]
) -> None:
    with Dovecot({HUB: PASSWORD}, capability=capability) as server:
        server.append(HUB, mail("autre"))
        with server.client(HUB) as client:
            client.select()
            client.store("1", "+FLAGS", r"(\Deleted)")
        server.append(HUB, mail("1"))
        cursors.kept["hub"] = await _cursor_at(server, 1)
        reader = ImapReader(settings(server, after="move", done_folder="Traites"), cursors, store.take)
        assert await reader.step() == 1
        assert [(_subject(m.raw), set(m.flags) - {"recent"}) for m in server.messages(HUB)] == left
        assert [_subject(m.raw) for m in server.messages(HUB, "Traites")] == moved


async def test_one_poisonous_mail_costs_its_neighbours_nothing(
    dovecot: Dovecot, store: Store, cursors: Cursors
) -> None:
    store.refuses = lambda raw: b"poison" in raw
    for subject in (1, "poison", 3):
        dovecot.append(HUB, mail(subject))
    reader = ImapReader(settings(dovecot), cursors, store.take)
    assert await reader.step() == 2
    assert store.subjects() == ["1", "3"]
    assert await seen(dovecot) == [True, False, True]
    assert (reader.status.failing, "ValueError" in reader.status.last_error) == (1, True)
    store.batches.clear()
    dovecot.append(HUB, mail(4))
    assert await reader.step() == 1
    assert store.batches == [1]


async def test_a_mail_the_server_cannot_give_costs_its_neighbours_nothing(
    dovecot: Dovecot, store: Store, cursors: Cursors
) -> None:
    for subject in (1, "damaged", 3):
        dovecot.append(HUB, mail(subject))
    [damaged] = [f for f in dovecot.mail_files(HUB) if b"damaged" in f.read_bytes()]
    damaged.chmod(0)
    reader = ImapReader(settings(dovecot), cursors, store.take)
    async with reading(reader):  # this server hangs up on whoever asks for it
        await store.wait_for(2)
        await until(lambda: reader.status.state == "idle")
    assert (store.subjects(), reader.status.failing) == (["1", "3"], 1)
    for path in dovecot.mail_files(HUB):
        path.chmod(0o600)
    assert await reader.step() == 1
    assert reader.status.failing == 0


async def test_a_folder_that_cannot_be_made_leaves_copies_where_they_are(
    dovecot: Dovecot, store: Store, cursors: Cursors
) -> None:
    dovecot.append(HUB, mail(1))
    reader = ImapReader(settings(dovecot, after="move", done_folder="a..b"), cursors, store.take)
    assert await reader.step() == 1
    assert await seen(dovecot) == [True]
    assert "MOVE: NO" in reader.status.last_error
    assert await reader.step() == 0


async def test_two_processes_may_read_the_same_mailbox(dovecot: Dovecot, store: Store, cursors: Cursors) -> None:
    for n in range(150):
        dovecot.append(HUB, mail(n))
    moving = settings(dovecot, after="move", poll=0.2)
    readers = [ImapReader(moving, cursors, store.take) for _ in range(2)]
    async with reading(readers[0]), reading(readers[1]):
        await store.wait_for(150)
        await until(lambda: not dovecot.messages(HUB))
    assert sorted(map(int, store.subjects())) == list(range(150))
    assert {_subject(m.raw) for m in dovecot.messages(HUB, "Traites")} == {str(n) for n in range(150)}


async def test_what_was_refused_is_taken_later_even_by_another_process(
    dovecot: Dovecot, store: Store, cursors: Cursors
) -> None:
    store.refuses = lambda raw: b"poison" in raw
    for subject in (1, "poison", 3):
        dovecot.append(HUB, mail(subject))
    reader = ImapReader(settings(dovecot), cursors, store.take)
    await reader.step()
    store.refuses = lambda raw: False
    assert await ImapReader(settings(dovecot), cursors, store.take).step() == 2  # poison, and 3 once more
    assert store.subjects() == ["1", "poison", "3"]
    assert await seen(dovecot) == [True] * 3
    assert (await reader.step(), reader.status.failing, reader.status.last_error) == (0, 0, "")


async def test_a_hub_that_cannot_store_anything_for_a_while_loses_nothing(
    dovecot: Dovecot, store: Store, cursors: Cursors
) -> None:
    store.refuses = lambda raw: True
    for n in range(3):
        dovecot.append(HUB, mail(n))
    reader = ImapReader(settings(dovecot), cursors, store.take)
    assert await reader.step() == 0
    assert await seen(dovecot) == [False] * 3
    store.refuses = lambda raw: False
    assert await reader.step() == 3


async def test_a_mail_is_told_by_idle(dovecot: Dovecot, store: Store, cursors: Cursors) -> None:
    reader = ImapReader(settings(dovecot, poll=NEVER), cursors, store.take)
    async with reading(reader):
        await until(lambda: reader.status.state == "idle")
        for n in range(3):
            await asyncio.to_thread(dovecot.append, HUB, mail(n))
            await store.wait_for(n + 1)
    assert store.subjects() == ["0", "1", "2"]


async def test_a_mail_that_comes_while_another_is_taken_is_not_slept_over(
    dovecot: Dovecot, store: Store, cursors: Cursors
) -> None:
    """The server tells of it with the answer to STORE, and IDLE never mentions it again."""

    async def take(mails: Sequence[ImapMail]) -> None:
        if not store.mails:
            await asyncio.to_thread(dovecot.append, HUB, mail("pendant"))
        await store.take(mails)

    dovecot.append(HUB, mail("avant"))
    async with reading(ImapReader(settings(dovecot, poll=NEVER), cursors, take)):
        await store.wait_for(2)
    assert store.subjects() == ["avant", "pendant"]


async def test_idle_is_renewed_and_still_tells(dovecot: Dovecot, store: Store, cursors: Cursors) -> None:
    reader = ImapReader(settings(dovecot, poll=0.2), cursors, store.take)
    async with reading(reader):
        await asyncio.sleep(1.5)
        await asyncio.to_thread(dovecot.append, HUB, mail(1))
        await store.wait_for(1)


async def test_a_server_without_idle_is_polled(store: Store, cursors: Cursors) -> None:
    with Dovecot({HUB: PASSWORD}, capability="IMAP4rev1 LITERAL+") as server:
        reader = ImapReader(settings(server, poll=0.2), cursors, store.take)
        async with reading(reader):
            await until(lambda: reader.status.state == "idle")
            await asyncio.to_thread(server.append, HUB, mail(1))
            await store.wait_for(1)


@pytest.mark.parametrize("accident", ["restart", "kill_imap", "kill_and_start"])
async def test_a_server_that_goes_away_while_idle_is_found_again(
    dovecot: Dovecot, store: Store, cursors: Cursors, accident: str
) -> None:
    def happens() -> None:
        if accident == "kill_and_start":
            dovecot.kill()
            dovecot.start()
        else:
            getattr(dovecot, accident)()

    reader = ImapReader(settings(dovecot, poll=NEVER), cursors, store.take)
    async with reading(reader):
        await until(lambda: reader.status.state == "idle")
        await asyncio.to_thread(happens)
        await asyncio.to_thread(dovecot.append, HUB, mail(1))
        await store.wait_for(1)
        await until(lambda: reader.status.state == "idle")
    assert await seen(dovecot) == [True]


async def test_nothing_is_lost_or_doubled_while_the_server_is_killed_again_and_again(
    dovecot: Dovecot, store: Store, cursors: Cursors
) -> None:
    total = 200
    reader = ImapReader(settings(dovecot, poll=0.5), cursors, store.take)

    async def trouble() -> None:
        for round_ in range(12):
            await asyncio.sleep(0.2)
            await asyncio.to_thread(_kill_readers, dovecot, round_)

    async with reading(reader):
        await asyncio.gather(asyncio.to_thread(_deliver_whatever_happens, dovecot, total), trouble())
        await store.wait_for(len(await seen(dovecot)))
    present = {m.uid: m.raw for m in dovecot.messages(HUB)}
    stored = {uid: raw for (_, uid), raw in store.mails.items()}
    assert sorted(stored) == sorted(present)
    assert [uid for uid in present if stored[uid] != present[uid]] == []  # a difference of their bytes takes minutes
    assert {int(s) for s in store.subjects()} == set(range(total))


async def test_a_server_that_falls_silent_is_left_and_found_again(
    dovecot: Dovecot, store: Store, cursors: Cursors
) -> None:
    reader = ImapReader(settings(dovecot, poll=0.3, timeout=0.5), cursors, store.take)
    async with reading(reader):
        await until(lambda: reader.status.state == "idle")
        dovecot.pause()
        await until(lambda: reader.status.state == "down")
        assert "in time" in reader.status.last_error
        dovecot.resume()
        await asyncio.to_thread(dovecot.append, HUB, mail(1))
        await store.wait_for(1)


async def test_a_server_that_falls_silent_in_the_middle_of_a_fetch_loses_nothing(
    dovecot: Dovecot, store: Store, cursors: Cursors
) -> None:
    """It is frozen once the first batch is stored, with the rest still to be fetched."""

    async def take(mails: Sequence[ImapMail]) -> None:
        if not store.mails:
            dovecot.pause_imap()
        await store.take(mails)

    for n in range(120):
        dovecot.append(HUB, mail(n, size=1000))
    reader = ImapReader(settings(dovecot, timeout=1.0), cursors, take)
    async with reading(reader):
        await until(lambda: reader.status.state == "down")
        dovecot.resume()
        await store.wait_for(120)
        await until(lambda: reader.status.state == "idle")
    assert await seen(dovecot) == [True] * 120


async def test_a_folder_made_anew_is_read_from_its_start(dovecot: Dovecot, store: Store, cursors: Cursors) -> None:
    reader = ImapReader(settings(dovecot, folder="Réponses"), cursors, store.take)
    wired = "R&AOk-ponses"
    with dovecot.client(HUB) as client:
        client.create(wired)
    for n in range(3):
        dovecot.append(HUB, mail(n), wired)
    assert await reader.step() == 3
    with dovecot.client(HUB) as client:
        client.delete(wired)
        await asyncio.sleep(1.1)  # UIDVALIDITY counts seconds
        client.create(wired)
    dovecot.append(HUB, mail("nouveau"), wired)
    assert await reader.step() == 1
    assert len({uidvalidity for uidvalidity, _ in store.mails}) == 2


async def test_a_folder_that_is_not_there_is_said(dovecot: Dovecot, store: Store, cursors: Cursors) -> None:
    reader = ImapReader(settings(dovecot, folder="Absent"), cursors, store.take)
    with pytest.raises(ImapError, match="SELECT: NO"):
        await reader.step()
    async with reading(reader):
        await until(lambda: reader.status.state == "down")
        assert "SELECT" in reader.status.last_error


@pytest.mark.parametrize("password", ['un "mot" \\ de passe', "clé de l’été"])
async def test_a_password_may_hold_any_character(store: Store, cursors: Cursors, password: str) -> None:
    with Dovecot({HUB: password}) as server:
        assert await ImapReader(settings(server, password=password), cursors, store.take).step() == 0


async def test_a_wrong_password_is_said(dovecot: Dovecot, store: Store, cursors: Cursors) -> None:
    reader = ImapReader(settings(dovecot, password="faux"), cursors, store.take)
    with pytest.raises(LoginRefused) as refused:
        await reader.step()
    assert "AUTHENTICATIONFAILED" in str(refused.value) and "faux" not in str(refused.value)


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_the_connection_can_be_secured(dovecot: Dovecot, store: Store, cursors: Cursors, security: str) -> None:
    dovecot.append(HUB, mail(1))
    port = dovecot.imaps_port if security == "tls" else dovecot.imap_port
    secured = settings(dovecot, port=port, security=security, ca_file=str(dovecot.certificate))
    assert await ImapReader(secured, cursors, store.take).step() == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_certificate_nobody_vouches_for_stops_everything(
    dovecot: Dovecot, store: Store, cursors: Cursors, security: str
) -> None:
    port = dovecot.imaps_port if security == "tls" else dovecot.imap_port
    with pytest.raises(ImapError, match="CERTIFICATE_VERIFY_FAILED"):
        await ImapReader(settings(dovecot, port=port, security=security), cursors, store.take).step()


async def test_a_backlog_is_taken_in_bounded_batches_and_a_huge_mail_alone(
    dovecot: Dovecot, store: Store, cursors: Cursors
) -> None:
    for n in range(120):
        dovecot.append(HUB, mail(n))
    dovecot.append(HUB, mail(120, size=6_000_000))
    dovecot.append(HUB, mail(121))
    assert await ImapReader(settings(dovecot), cursors, store.take).step() == 122
    assert store.batches == [BATCH, 20, 1, 1]
    assert store.subjects() == [str(n) for n in range(122)]


async def test_as_many_mails_as_share_a_fetch_may_be_a_byte_long(
    dovecot: Dovecot, store: Store, cursors: Cursors
) -> None:
    """They come in one piece of the connection, which the library takes apart by calling itself."""
    for _ in range(BATCH):
        dovecot.append(HUB, b"x")
    assert await ImapReader(settings(dovecot), cursors, store.take).step() == BATCH
    assert store.batches == [BATCH]


@pytest.mark.parametrize(
    "raw",
    [
        b"x",
        b"\r\n",
        b"Subject: 8 bits \xe9\xff\r\n\r\n\xc3\xa9\x80\r\n",
        b")\r\nA1 OK FETCH completed\r\n* 1 FETCH (UID 1 BODY[] {5}\r\n",
        b"Subject: " + b"(" * 20_000 + b"\r\n\r\n" + b"{12345}\r\n" * 100,
        b"Subject: long\r\n\r\n" + b"y" * 1_000_000,
    ],
    ids=["one byte", "empty line", "8 bit", "imap words", "brackets", "one line"],
)
async def test_bytes_come_through_as_they_are(dovecot: Dovecot, store: Store, cursors: Cursors, raw: bytes) -> None:
    dovecot.append(HUB, raw)
    dovecot.append(HUB, mail("après"))
    assert await ImapReader(settings(dovecot), cursors, store.take).step() == 2
    assert list(store.mails.values()) == [raw, mail("après")]


async def test_the_status_tells_how_the_mailbox_fares(dovecot: Dovecot, store: Store, cursors: Cursors) -> None:
    reader = ImapReader(settings(dovecot), cursors, store.take)
    assert (reader.status.mailbox, reader.status.state, reader.status.last_success) == ("hub", "connecting", None)
    await asyncio.to_thread(dovecot.stop)
    async with reading(reader):
        await until(lambda: reader.status.state == "down")
        assert "connect" in reader.status.last_error
        await asyncio.to_thread(dovecot.start)
        await until(lambda: reader.status.state == "idle")
        assert (reader.status.last_success is not None, reader.status.last_error) == (True, "")


def _kill_readers(server: Dovecot, round_: int) -> None:
    if round_ % 6 == 5:
        server.restart()
    else:
        server.kill_imap()


def _deliver_whatever_happens(server: Dovecot, total: int) -> None:
    """Append mails 0 to `total` - 1, each until the server says it has it: some may lie there twice."""
    for n in range(total):
        while True:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                server.append(HUB, mail(n, size=2000))
                break


def _subject(raw: bytes) -> str:
    return raw.split(b"\r\n")[0].decode().removeprefix("Subject: ")


async def _cursor_at(server: Dovecot, uid: int) -> Cursor:
    """A cursor that stands at `uid` of the server's INBOX."""
    cursors = Cursors()
    store = Store()
    await ImapReader(settings(server, after="keep"), cursors, store.take).step()
    return Cursor(cursors.kept["hub"].uidvalidity, uid)


async def test_a_folder_renamed_and_named_back_loses_and_doubles_nothing(
    dovecot: Dovecot, store: Store, cursors: Cursors
) -> None:
    reader = ImapReader(settings(dovecot, folder="Portail", poll=0.5), cursors, store.take)
    with dovecot.client(HUB) as client:
        client.create("Portail")
    dovecot.append(HUB, mail("avant"), "Portail")
    async with reading(reader):
        await store.wait_for(1)
        with dovecot.client(HUB) as client:
            client.rename("Portail", "Ancien")
        await until(lambda: "SELECT" in reader.status.last_error)
        dovecot.append(HUB, mail("pendant"), "Ancien")
        with dovecot.client(HUB) as client:
            client.rename("Ancien", "Portail")
        dovecot.append(HUB, mail("après"), "Portail")
        await store.wait_for(3)
        await until(lambda: reader.status.state == "idle")
    assert [raw.split(b"\r\n")[0].decode() for raw in store.mails.values()] == [
        "Subject: avant",
        "Subject: pendant",
        "Subject: après",
    ]
    assert reader.status.last_error == ""


async def test_a_mailbox_over_quota_is_read_all_the_same(store: Store, cursors: Cursors) -> None:
    """Even where nothing more may be put into the folder of what is done: the copies stay and are not taken twice."""
    extra = "mail_plugins = quota\nprotocol imap {\n  mail_plugins = quota imap_quota\n}\n" + (
        "plugin {\n  quota = maildir:User quota\n  quota_rule = *:messages=4\n  quota_grace = 0\n}\n"
    )
    with Dovecot({HUB: PASSWORD}, extra=extra) as server:
        for n in range(4):
            server.append(HUB, mail(n))
        with pytest.raises(AssertionError, match="OVERQUOTA"):
            server.append(HUB, mail("trop"))
        reader = ImapReader(settings(server, after="move"), cursors, store.take)
        assert await reader.step() == 4
        assert await reader.step() == 0
        left = server.messages(HUB), server.messages(HUB, "Traites")
    assert store.subjects() == ["0", "1", "2", "3"]
    assert sum(map(len, left)) == 4
    assert all("seen" in each.flags for each in left[0]) and (not left[0] or "OVERQUOTA" in reader.status.last_error)
