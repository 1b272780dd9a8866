"""The runs of a comparison: each ends once, and all give way to the line."""

import asyncio
import shutil
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from collega.adapters.files.archive import FileArchive
from collega.adapters.postgres import comparisons
from collega.adapters.postgres.line_load import line_load
from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.apps.giving_way import GivesWay
from collega.bootstrap.apps.replay import Replay
from collega.bootstrap.apps.runners import build_runners
from collega.bootstrap.site import catalogue
from collega.config import Settings
from collega.model.app import Manifest
from collega.model.comparison import Comparison, HowFar, Item, Side
from collega.run.leftover import Leftover

Tell = Callable[[HowFar], None]


async def run_all(  # noqa: PLR0913 - a comparison, and how to go about it
    settings: Settings,
    store: PostgresStore,
    comparison: Comparison,
    manifests: Mapping[Side, Manifest],
    *,
    at_once: int,
    tell: Tell,
) -> None:
    """Run all that has not ended, ``at_once`` of them at most."""
    async with store.transaction() as transaction:
        total = await comparisons.count(transaction, comparison.key)
        waiting = await comparisons.to_do(transaction, comparison.key)
    folder = _folder(settings.data, comparison)
    runners = build_runners(settings, settings.data, manifests.values())
    archive = FileArchive(settings.data, copies=settings.run.allow_unconfined)
    runs = _Runs(
        replay=Replay(store=store, archive=archive, runner=runners.runner, folder=folder),
        comparison=comparison,
        manifests=manifests,
        turns=GivesWay(_room(settings), partial(_load, store)),
        waiting=deque(waiting),
        total=total,
        tell=tell,
    )
    try:
        await runs.to_the_end(at_once)
    finally:
        await runners.close()
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(kw_only=True, slots=True)
class _Runs:
    replay: Replay
    comparison: Comparison
    manifests: Mapping[Side, Manifest]
    turns: GivesWay
    waiting: deque[Item]
    total: int
    tell: Tell
    under_way: int = 0

    async def to_the_end(self, at_once: int) -> None:
        await self.turns.look()
        self._say()
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(self.turns.keep_looking(self._say))
            await asyncio.gather(*(self._work() for _ in range(at_once)))
            looking.cancel()

    async def _work(self) -> None:
        while self.waiting:
            item = self.waiting.popleft()
            self.under_way += 1
            manifest = self.manifests[item.side]
            ended = await self.turns.in_turn(manifest, partial(self.replay.run, item, manifest))
            async with self.replay.store.transaction() as transaction:
                await comparisons.end(transaction, self.comparison.key, ended, datetime.now(UTC))
            self.under_way -= 1
            self._say()

    def _say(self) -> None:
        left = len(self.waiting) + self.under_way
        self.tell(HowFar(done=self.total - left, total=self.total, waits=self.turns.waits and left > 0))


def _room(settings: Settings) -> Leftover:
    return Leftover(
        catalogue(settings),
        parallel=settings.run.parallel,
        parallel_remote=settings.run.parallel_remote,
        gpus=len(settings.run.gpu_devices),
    )


async def _load(store: PostgresStore) -> Counter[str]:
    async with store.transaction() as transaction:
        return await line_load(transaction)


def _folder(data: Path, comparison: Comparison) -> Path:
    """Make the empty folder of a comparison, for our own account alone."""
    folder = data / "comparisons" / comparison.key
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir()
    return folder
