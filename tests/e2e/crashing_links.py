"""The process for messages, killed at one chosen point: around the commit that keeps one chosen message.

``python -m tests.e2e.crashing_links CONTROL_ID before|after`` kills itself (SIGKILL) before that commit, or after it
and before the answer. Everything else is what ``collega serve --role links`` does.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator

from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.links.linking import link_with
from collega.bootstrap.site import database
from collega.config import Settings, load


class CrashingStore(PostgresStore):
    """A store for which the commit of one message is the last, or the one too many."""

    def __init__(self, url: str, settings: Settings, control_id: str, moment: str) -> None:
        super().__init__(url, settings.default_stage)
        self._control_id = control_id
        self._moment = moment

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresTransaction]:
        """Open a transaction; the first that sees the message is the one that keeps it."""
        async with super().transaction() as transaction:
            yield transaction
            keeps = await transaction.rows("SELECT 1 FROM hl7_message WHERE control_id = %s", (self._control_id,))
            self._die("before", is_it=bool(keeps))
        self._die("after", is_it=bool(keeps))

    def _die(self, moment: str, *, is_it: bool) -> None:
        if is_it and moment == self._moment:
            os.kill(os.getpid(), signal.SIGKILL)


async def _serve(settings: Settings, url: str, control_id: str, moment: str) -> None:
    store = CrashingStore(url, settings, control_id, moment)
    await store.open()
    await link_with(settings, store, asyncio.Event())


def main() -> None:
    """Read the point from the command line, then listen."""
    control_id, moment = sys.argv[1:]
    settings = load()
    with database(settings, migrates=False) as url:
        asyncio.run(_serve(settings, url, control_id, moment))


if __name__ == "__main__":
    main()
