"""A worker: the pipeline's steps with their adapters."""

import asyncio
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from collega.adapters.files.archive import FileArchive
from collega.adapters.postgres.engine import Engine
from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.apps.runners import Runners, build_runners
from collega.bootstrap.asker import role
from collega.bootstrap.destinations import message_sink
from collega.bootstrap.inputs import input_sources
from collega.bootstrap.leave.leaving import outward
from collega.bootstrap.line.watching import Watch
from collega.bootstrap.packs.pack_timer import keep_packs
from collega.bootstrap.pacs import availability_sink, pacs_query, result_sink
from collega.bootstrap.reports.report_reader import ReportReader
from collega.bootstrap.site import SystemClock, live_catalogue, opened_store, policy
from collega.bootstrap.survey.steering import keep_surveys
from collega.bootstrap.survey.tickets import marker_of
from collega.bootstrap.upkeep.auditing import logged_life
from collega.bootstrap.upkeep.heads import HeadKeeper
from collega.bootstrap.upkeep.keeping import build_keeper, keep_house
from collega.bootstrap.upkeep.keeping_times import keep_times
from collega.bootstrap.upkeep.repository import Repository, audit_source, syslog_peer
from collega.config import Settings
from collega.pipeline import World, find_forgotten, give_up, steps
from collega.run.slots import Slots

# How long the end of a worker waits for what is told outside.
GOODBYE_SECONDS = 5.0


def build_world(settings: Settings, store: PostgresStore) -> tuple[World, Runners]:
    """Make everything that a worker needs."""
    apps = live_catalogue(settings)
    runners = build_runners(settings, settings.data, apps.values())
    world = World(
        store=store,
        archive=FileArchive(settings.data, copies=settings.run.allow_unconfined),
        clock=SystemClock(),
        runner=runners.runner,
        policy=policy(settings),
        sink=result_sink(settings),
        query=pacs_query(settings) if settings.pacs.is_named else None,
        catalogue=apps,
        sources=input_sources(settings),
        availability=availability_sink(settings),
        messages=message_sink(settings) if settings.hl7.destinations else None,
        outward=outward(settings),
        read_report=ReportReader(settings) if settings.reports.label else None,
    )
    return world, runners


def _beside(settings: Settings, store: PostgresStore, stop: asyncio.Event) -> list[asyncio.Task[None]]:
    """Begin what goes on beside the steps: telling the audit record outside the database, keeping up figures."""
    heads = HeadKeeper(store, settings.data, settings.audit.head_every_s)
    peer = syslog_peer(settings)
    surveys = keep_surveys(store, ZoneInfo(settings.site.timezone), marker_of(settings), stop)
    beside = (heads.keep(stop), keep_times(store, stop), keep_packs(settings, store, stop), surveys)
    tasks = [asyncio.create_task(one) for one in beside]
    if peer is not None:
        tasks.append(asyncio.create_task(Repository(store, peer, audit_source(settings)).keep(stop)))
    return tasks


def slots(settings: Settings, world: World) -> Slots:
    """Make what says which apps may start now."""
    return Slots(
        world.catalogue,
        parallel=settings.run.parallel,
        parallel_remote=settings.run.parallel_remote,
        gpus=len(settings.run.gpu_devices),
    )


async def work(settings: Settings, url: str, stop: asyncio.Event) -> None:
    """Be a worker until ``stop`` is set."""
    async with opened_store(settings, url, role("worker")) as store, logged_life(store, settings):
        world, runners = build_world(settings, store)
        runners.start()
        await find_forgotten(world)
        beside = [asyncio.create_task(Watch(settings, store, url, None).keep(stop)), *_beside(settings, store, stop)]

        async def surrender(step: str, arguments: Mapping[str, object], error: Exception) -> None:
            await give_up(world, step, arguments, error)

        keeper = build_keeper(settings, store)

        async def look_round() -> None:
            await find_forgotten(world)
            await keep_house(store, keeper)

        try:
            await Engine(
                store.engine, steps(world), surrender, look_round=look_round, places=slots(settings, world)
            ).run(stop)
        finally:
            # What was told to the repository is noted, and the last head written, before the store is closed.
            await asyncio.wait(beside, timeout=GOODBYE_SECONDS)
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await runners.close()
