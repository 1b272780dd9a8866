"""A PostgreSQL server of the site's own: on a TCP port of the loopback, with a password, of the wheel's programs."""

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from collega.adapters.postgres.embedded import SERVER_USER, program_folder
from collega.bootstrap.rights import let_pass
from collega.testing.ports import reserved_ports
from tests.e2e.peers import LOOPBACK

PASSWORD = "a secret, with 'quotes'"  # noqa: S105 - of a server that lives as long as a test


@contextmanager
def own_server(folder: Path) -> Iterator[str]:
    """Run a server below ``folder`` and give the URL of an empty database."""
    folder.mkdir(parents=True)
    data, words = folder / "cluster", folder / "password"
    words.write_text(PASSWORD, encoding="utf-8")
    programs = program_folder()
    let_pass([folder, programs])
    account = pwd.getpwnam(SERVER_USER) if os.geteuid() == 0 else None
    if account:
        for path in (folder, words):
            os.chown(path, account.pw_uid, account.pw_gid)

    def call(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(programs / program), *arguments],
            check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            user=account.pw_uid if account else None, group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )  # fmt: skip

    call("initdb", "-D", str(data), "-U", "collega", "--auth=scram-sha-256", f"--pwfile={words}", "--encoding=utf8")
    with reserved_ports() as (port,):
        options = f"-c listen_addresses={LOOPBACK} -p {port} -k {folder} -c fsync=off"
        call("pg_ctl", "-D", str(data), "start", "-w", "-l", str(folder / "server.log"), "-o", options)
        try:
            quoted = "a%20secret%2C%20with%20%27quotes%27"
            yield f"postgresql://collega:{quoted}@{LOOPBACK}:{port}/postgres"
        finally:
            call("pg_ctl", "-D", str(data), "stop", "-m", "immediate", "-w")
