"""Dovecot: the mailboxes of agents, families and the hub, over IMAP; mail comes in over LMTP."""

from __future__ import annotations

import asyncio
import grp
import imaplib
import os
import pwd
import re
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.certificates import self_signed
from tests.servers.daemon import Daemon, alive, free_port, greets

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
instance_name = {name}
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%Lu
mail_max_userip_connections = 200
auth_username_format = %Lu
auth_failure_delay = 0
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
recipient_delimiter = +
lmtp_save_to_detail_mailbox = no
maildir_stat_dirs = no
mail_fsync = never
{extra}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
}}
# whole domains that end in one mailbox: the key is the domain
userdb {{
  driver = passwd-file
  args = username_format=%Ld {folder}/domains
}}
namespace inbox {{
  inbox = yes
}}
protocol lmtp {{
  postmaster_address = postmaster@ville.test
}}
service anvil {{
  chroot =
  # no slower and slower answers after a test with a wrong password
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service lmtp {{
  process_min_avail = 1
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service auth {{
  inet_listener sasl {{
    address = 127.0.0.1
    port = {sasl}
  }}
}}
"""


@dataclass(frozen=True)
class Stored:
    """A mail as it lies in a mailbox. `flags` in lower case, without the backslash."""

    uid: int
    raw: bytes
    flags: frozenset[str]


class Dovecot(Daemon):
    """`users`: full address -> password. `domains`: domain -> the user whose mailbox takes all its mail.

    `capability` replaces what the server announces over IMAP, to stand for a server that can do less;
    `extra` are lines of configuration.
    """

    name = "dovecot"
    grace = 0.5  # its master waits for children that wait for it

    def __init__(
        self,
        users: Mapping[str, str],
        domains: Mapping[str, str] | None = None,
        capability: str = "",
        extra: str = "",
    ) -> None:
        super().__init__()
        self.users = dict(users)
        self.imap_port, self.imaps_port, self.lmtp_port, self.sasl_port = (free_port() for _ in range(4))
        self.certificate, _ = self_signed(self.folder)
        self._write_users(domains or {})
        self._config = self.write("dovecot.conf", self._configuration(capability, extra))
        for name in ("run", "state", "mail"):
            (self.folder / name).mkdir()
        self.log_file.touch()
        self.hand_over()

    def command(self) -> list[str]:
        return ["dovecot", "-F", "-c", str(self._config)]

    def ready(self) -> bool:
        return greets(self.imap_port, b"* OK") and greets(self.lmtp_port, b"220")

    def start(self) -> None:
        """Run it, and wait until it serves."""
        self._break_locks()
        super().start()

    def kill_imap(self) -> int:
        """Kill the processes that serve logged-in clients; how many there were. No mail may come in meanwhile."""
        self.pause()
        victims = self._serving()
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        self.wait_until(lambda: not any(map(alive, victims)), "end its clients' processes")
        self._break_locks()
        self.resume()
        return len(victims)

    def _break_locks(self) -> None:
        """Those of processes that are no more: the server itself, which cannot know, waits two minutes."""
        for lock in (self.folder / "mail").rglob("dovecot-uidlist.lock"):
            lock.unlink(missing_ok=True)

    def pause_imap(self) -> int:
        """Freeze the processes that serve logged-in clients (until `resume`); how many there were."""
        victims = self._serving()
        for pid in victims:
            os.kill(pid, signal.SIGSTOP)
        return len(victims)

    def _serving(self) -> list[int]:
        return [pid for pid in self.pids() if _name(pid) == "imap"]

    def append(self, user: str, raw: bytes, folder: str = "INBOX") -> None:
        """Put a mail into a mailbox, unread."""
        with self.client(user) as client:
            _must(client.append(folder, "", "", raw))

    def messages(self, user: str, folder: str = "INBOX") -> list[Stored]:
        """The mails of a folder, oldest first; reading them sets no flag. No such folder: none."""
        with self.client(user) as client:
            if client.select(_quoted(folder), readonly=True)[0] != "OK":
                return []
            _, parts = client.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[])")
        return [_stored(part) for part in parts if isinstance(part, tuple)]

    def mail_files(self, user: str) -> list[Path]:
        """The files in which the server keeps the mails of a user's INBOX."""
        return [path for path in (self.folder / "mail" / user).glob("[cn][ue][rw]/*") if path.is_file()]

    async def wait_for(
        self, user: str, wanted: Callable[[bytes], bool], folder: str = "INBOX", seconds: float = 20.0
    ) -> bytes:
        """The first mail that is `wanted`, as soon as it is there. Raises AssertionError with the log."""
        end = time.monotonic() + seconds
        while True:
            stored = await asyncio.to_thread(self.messages, user, folder)
            for mail in stored:
                if wanted(mail.raw):
                    return mail.raw
            assert time.monotonic() < end, f"no such mail among {len(stored)} of {user}\n{self.log()[-3000:]}"
            await asyncio.sleep(0.05)

    def empty(self) -> None:
        """Remove every mail and folder of every user."""
        for user in self.users:
            with self.client(user) as client:
                for folder in _folders(client):
                    _must(client.select(_quoted(folder)))
                    client.uid("STORE", "1:*", "+FLAGS.SILENT", r"(\Deleted)")
                    client.expunge()
                    if folder != "INBOX":
                        client.unselect()
                        client.delete(_quoted(folder))

    @contextmanager
    def client(self, user: str) -> Iterator[imaplib.IMAP4]:
        """A logged-in session of another mail program."""
        client = imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=self.patience)
        try:
            client.login(user, self.users[user])
            yield client
        finally:
            client.logout()

    def _write_users(self, domains: Mapping[str, str]) -> None:
        lines = [f"{user}:{{PLAIN}}{password}::::::" for user, password in self.users.items()]
        self.write("users", "\n".join([*lines, ""]), 0o600)
        mail = self.folder / "mail"
        lines = [
            f"{domain}:::::::userdb_mail=maildir:{mail}/{user} userdb_user={user}" for domain, user in domains.items()
        ]
        self.write("domains", "\n".join([*lines, ""]), 0o600)

    def _configuration(self, capability: str, extra: str) -> str:
        return CONFIG.format(
            folder=self.folder,
            name=self.folder.name,
            user=self.user,
            group=grp.getgrgid(pwd.getpwnam(self.user).pw_gid).gr_name,
            imap=self.imap_port,
            imaps=self.imaps_port,
            lmtp=self.lmtp_port,
            sasl=self.sasl_port,
            extra=f"imap_capability = {capability}\n{extra}" if capability else extra,
        )


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _must(answer: tuple[str, object]) -> None:
    assert answer[0] == "OK", answer


def _quoted(folder: str) -> str:
    return f'"{folder}"'


def _folders(client: imaplib.IMAP4) -> list[str]:
    """Names as they go over the wire, from lines like `(\\HasNoChildren) "." "Sent Items"`."""
    _, lines = client.list()
    named = (re.fullmatch(rb'\([^)]*\) (?:"[^"]*"|NIL) "?(.+?)"?', line) for line in lines if isinstance(line, bytes))
    return [match[1].decode() for match in named if match]


def _stored(part: tuple[bytes, bytes]) -> Stored:
    words, raw = part
    uid = re.search(rb"UID (\d+)", words)
    flags = re.search(rb"FLAGS \(([^)]*)\)", words)
    assert uid and flags, words
    return Stored(int(uid[1]), raw, frozenset(f.lstrip("\\").lower() for f in flags[1].decode().split()))
