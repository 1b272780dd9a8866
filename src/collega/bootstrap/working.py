"""A worker: the pipeline's steps with their adapters."""

import asyncio
from collections.abc import Mapping

from collega.adapters.dimse.sender import PacsAddress, PacsSender
from collega.adapters.files.archive import FileArchive
from collega.adapters.postgres.engine import Engine
from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.asking import pacs_reader
from collega.bootstrap.destinations import message_sink
from collega.bootstrap.inputs import input_sources
from collega.bootstrap.keeping import build_keeper, keep_house
from collega.bootstrap.runners import Runners, build_runners
from collega.bootstrap.site import SystemClock, live_catalogue, opened_store, policy
from collega.bootstrap.watching import Watch
from collega.config import Settings
from collega.pipeline import World, find_forgotten, give_up, steps
from collega.run.slots import Slots


def build_world(settings: Settings, store: PostgresStore) -> tuple[World, Runners]:
    """Make everything that a worker needs."""
    apps = live_catalogue(settings)
    runners = build_runners(settings, settings.data, apps.values())
    pacs = settings.pacs
    address = PacsAddress(
        host=pacs.host,
        port=pacs.port,
        aet=pacs.aet,
        calling_aet=settings.dicom.aet,
        timeout_s=pacs.timeout_s,
        confirm=pacs.confirm,
        query_level=pacs.query_level,
    )
    world = World(
        store=store,
        archive=FileArchive(settings.data, copies=settings.run.allow_unconfined),
        clock=SystemClock(),
        runner=runners.runner,
        policy=policy(settings),
        sink=PacsSender(address) if pacs.host else None,
        query=pacs_reader(settings) if pacs.host else None,
        catalogue=apps,
        sources=input_sources(settings),
        messages=message_sink(settings) if settings.hl7.destinations else None,
    )
    return world, runners


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
    async with opened_store(settings, url) as store:
        world, runners = build_world(settings, store)
        runners.start()
        await find_forgotten(world)
        watch = asyncio.create_task(Watch(settings, store, url, None).keep(stop))

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
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
            await runners.close()
