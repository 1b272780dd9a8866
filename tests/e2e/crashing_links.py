"""The process for messages, killed at one chosen point: around the commit that keeps one chosen message.

``python -m tests.e2e.crashing_links CONTROL_ID before|after`` kills itself (SIGKILL) before that commit, or after it
and before the answer. Everything else is what ``collega serve --role links`` does.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence

from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.links.linking import link_with
from collega.bootstrap.site import database
from collega.config import Settings, load
from collega.model.message import Message


class CrashingStore(PostgresStore):
    """A store for which the commit of one message is the last, or the one too many."""

    def __init__(self, url: str, settings: Settings, control_id: str, moment: str) -> None:
        super().__init__(url, settings.default_stage)
        self._control_id = control_id
        self._moment = moment

    async def keep_messages(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Keep messages; before the commit of the one, the server has its row already."""
        is_it = any(message.control_id == self._control_id for message in messages)
        if is_it and self._moment == "before":
            async with self.transaction() as transaction:
                await transaction.add_messages(messages)
                os.kill(os.getpid(), signal.SIGKILL)
        kept = await super().keep_messages(messages)
        if is_it:
            os.kill(os.getpid(), signal.SIGKILL)
        return kept


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
