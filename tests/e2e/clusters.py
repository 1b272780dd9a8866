"""A database that has the schema already, copied for each site: making one anew takes seconds."""

import functools
import subprocess
import tempfile
from pathlib import Path

import psycopg

from collega.adapters.postgres.embedded import EmbeddedPostgres
from collega.adapters.postgres.migrate import migrate
from collega.bootstrap.rights import let_pass


@functools.cache
def _template() -> tempfile.TemporaryDirectory[str]:
    """Make it once for this run of tests; the folder goes with the process."""
    folder = tempfile.TemporaryDirectory(prefix="collega-cluster-")
    server = EmbeddedPostgres(Path(folder.name))
    let_pass([Path(folder.name), server.programs])
    url = server.start()
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            # Tests kill processes, never the machine: what the kernel was given is on record.
            connection.execute("ALTER SYSTEM SET fsync = off")
        migrate(url)
    finally:
        server.stop()
    return folder


def lay_out_cluster(data: Path) -> None:
    """Give a data folder a database that is set up and empty."""
    data.mkdir(parents=True, exist_ok=True)
    # Owner and rights with it: the server refuses a folder of anybody else.
    subprocess.run(["cp", "-a", f"{_template().name}/pg", str(data)], check=True)
