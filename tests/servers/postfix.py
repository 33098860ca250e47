"""Postfix: the town's mail host. Takes mail from everyone, stamps its verdict on the sender, delivers by LMTP."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.servers.certificates import self_signed
from tests.servers.daemon import Daemon, free_port, greets, run

AUTHSERV_ID = "mx.hub.test"

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = {authserv_id}
mydomain = hub.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
local_recipient_maps =
local_transport = error:5.1.1 no local mailboxes
relay_domains = {domains}
transport_maps = regexp:{folder}/transport
default_transport = error:5.1.2 only the test domains exist
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_sender_restrictions = check_sender_access regexp:{folder}/senders
header_checks = regexp:{folder}/headers
smtputf8_enable = yes
message_size_limit = 40000000
smtpd_sasl_auth_enable = {sasl_enabled}
smtpd_sasl_type = dovecot
smtpd_sasl_path = {sasl}
smtpd_tls_security_level = may
smtpd_tls_cert_file = {folder}/cert.pem
smtpd_tls_key_file = {folder}/key.pem
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
smtpd_error_sleep_time = 0
in_flow_delay = 0
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
lmtp_destination_concurrency_failed_cohort_limit = 0
disable_dns_lookups = yes
smtp_host_lookup = native
lmtp_host_lookup = native
bounce_queue_lifetime = 1h
"""

# smtpd serves one client only: it would keep a dead connection to the SASL server of a restarted Dovecot. qmgr looks
# every second: what it finds still locked by a delivery goes back to "incoming", at which it looks only when woken.
MASTER = """
127.0.0.1:{smtp} inet n - n - - smtpd -o max_use=1
127.0.0.1:{smtps} inet n - n - - smtpd -o max_use=1 -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace")


class Postfix(Daemon):
    """`routes`: recipient domain -> LMTP port. `hub_domain`: its mail goes to `hub_port`, a port chosen here for
    the hub's own door to listen on. `sasl_port`: where Dovecot checks logins.

    Mail whose envelope sender is of a domain in `trusted` gets `Authentication-Results: mx.hub.test;
    dmarc=pass`, any other dmarc=fail; such headers that were there before are removed, as a real host does.
    """

    name = "postfix"
    grace = 5.0

    def __init__(self, routes: Mapping[str, int], trusted: Sequence[str], hub_domain: str, sasl_port: int = 0) -> None:
        super().__init__()
        self.port, self.tls_port, self.hub_port = free_port(), free_port(), free_port()
        self.authserv_id = AUTHSERV_ID
        self._routes = {**routes, hub_domain: self.hub_port}
        self._sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
        self.certificate, _ = self_signed(self.folder)
        self._write_main(sasl_port)
        self.write("master.cf", MASTER.format(smtp=self.port, smtps=self.tls_port))
        self._write_routes()
        self._write_trust(trusted)
        self._make_queue()

    def command(self) -> Sequence[str]:
        return [*self._sudo, "/usr/lib/postfix/sbin/master", "-c", str(self.folder), "-d"]

    def ready(self) -> bool:
        return greets(self.port, b"220")

    def identity(self) -> dict[str, Any]:
        """Postfix starts as root and drops its rights by itself."""
        return {}

    def route(self, domain: str, port: int) -> None:
        """From now on, mail for `domain` goes to the LMTP server at `port`."""
        self._routes[domain] = port
        self._write_routes()
        self._as_root("postfix", "-c", str(self.folder), "reload")

    def flush(self) -> None:
        """Try everything that waits in the queue now."""
        self._as_root("postqueue", "-c", str(self.folder), "-f")

    def queued(self) -> list[str]:
        """The mails not delivered yet, each as Postfix describes it in JSON."""
        return self._as_root("postqueue", "-c", str(self.folder), "-j").splitlines()

    def close(self) -> None:
        """Stop and remove the folder, which holds files of several users."""
        self.stop()
        self._as_root("rm", "-rf", str(self.folder))

    def _write_main(self, sasl_port: int) -> None:
        text = MAIN.format(
            folder=self.folder,
            authserv_id=AUTHSERV_ID,
            domains=" ".join(self._routes),
            sasl=f"inet:127.0.0.1:{sasl_port}",
            sasl_enabled="yes" if sasl_port else "no",
        )
        self.write("main.cf", text)

    def _write_routes(self) -> None:
        lines = [f"/@{_escaped(domain)}$/ lmtp:inet:127.0.0.1:{port}" for domain, port in self._routes.items()]
        self.write("transport", "\n".join([*lines, ""]))

    def _write_trust(self, trusted: Sequence[str]) -> None:
        """header_checks also see what PREPEND adds, so ours carries a comment that nobody can guess."""
        mark = secrets.token_hex(8)
        stamp = f"PREPEND Authentication-Results: {AUTHSERV_ID};"
        lines = [f"/@{_escaped(d)}$/ {stamp} dmarc=pass ({mark}) header.from={d}" for d in trusted]
        self.write("senders", "\n".join([*lines, f"/./ {stamp} dmarc=fail ({mark})", ""]))
        ours = f"/^Authentication-Results:.*{mark}/ DUNNO"
        self.write("headers", f"{ours}\n/^Authentication-Results:/ IGNORE\n")

    def _make_queue(self) -> None:
        """What `postfix start` would create, owned by Postfix's own user."""
        self.folder.chmod(0o755)
        self.log_file.touch()
        queue = self.folder / "queue"
        self._folders("root", "root", "755", queue, queue / "pid")
        self._folders("postfix", "root", "700", self.folder / "data", *(queue / name for name in QUEUES))
        self._folders("postfix", "postdrop", "730", queue / "maildrop")
        self._folders("postfix", "postdrop", "710", queue / "public")

    def _folders(self, owner: str, group: str, mode: str, *paths: Path) -> None:
        self._as_root("install", "-d", "-o", owner, "-g", group, "-m", mode, *map(str, paths))

    def _as_root(self, *command: str) -> str:
        """Run a tool as root and return what it prints. Raises ServerError."""
        return run([*self._sudo, *command], self.patience)


def _escaped(domain: str) -> str:
    return domain.replace(".", r"\.")
