"""A repository of audit messages: rsyslog with TLS, unprivileged, on a free port."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from collega.testing.ports import owned_by, reserved_ports
from tests.e2e.certificates import Authority, Identity
from tests.e2e.peers import LOOPBACK, program, wait_until

CONFIGURATION = """
global(workDirectory="{folder}" maxMessageSize="256k" DefaultNetstreamDriver="ossl"
    DefaultNetstreamDriverCAFile="{ca}" DefaultNetstreamDriverCertFile="{certificate}"
    DefaultNetstreamDriverKeyFile="{key}")
module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.Authmode="x509/certvalid")
input(type="imtcp" port="{port}" address="127.0.0.1")
template(name="whole" type="string" string="%rawmsg%\\n")
action(type="omfile" file="{folder}/messages.log" template="whole")
"""
NUMBER = re.compile(r'\[chain@32473 number="(\d+)" hash="([0-9a-f]{64})"\]')


@dataclass
class Rsyslog:
    """What it has written stays when it is stopped and started again."""

    folder: Path
    port: int
    authority: Authority
    identity: Identity
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        configuration = self.folder / "rsyslog.conf"
        configuration.write_text(
            CONFIGURATION.format(
                folder=self.folder,
                port=self.port,
                ca=self.authority.certificate,
                certificate=self.identity.certificate,
                key=self.identity.key,
            ),
            encoding="ascii",
        )
        command = [program("rsyslogd", ["/usr/sbin"]), "-n", "-f", str(configuration), "-i", str(self.folder / "pid")]
        log = (self.folder / "rsyslog.out").open("ab")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        process = self.process
        wait_until(lambda: owned_by(process.pid, self.port), f"rsyslog listens: {self.folder}")

    def stop(self, *, kill: bool = False) -> None:
        if self.process is not None:
            self.process.kill() if kill else self.process.terminate()
            self.process.wait(20)
            self.process = None

    @property
    def log(self) -> Path:
        return self.folder / "messages.log"

    def messages(self) -> list[str]:
        return self.log.read_text("utf-8").splitlines() if self.log.is_file() else []

    def numbers(self) -> list[int]:
        return [int(found[1]) for text in self.messages() if (found := NUMBER.search(text))]


@contextmanager
def rsyslog(folder: Path, authority: Authority) -> Iterator[Rsyslog]:
    folder.mkdir(parents=True)
    with reserved_ports() as (port,):
        made = Rsyslog(folder, port, authority, authority.sign("repository"))
        try:
            yield made
        finally:
            made.stop()


__all__ = ["LOOPBACK", "Rsyslog", "rsyslog"]
