"""The web role: pages and JSON over the site's database."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Coroutine
from contextvars import ContextVar
from zoneinfo import ZoneInfo

from collega.bootstrap.dicomweb import dicom_desk
from collega.bootstrap.line.watching import Watch, database_watch
from collega.bootstrap.reading.queries import site_views
from collega.bootstrap.site import opened_store
from collega.bootstrap.upkeep.auditing import logged_life
from collega.config import Settings
from collega.model.audit import Asker
from collega.web.app import create_app
from collega.web.audit import SOURCE
from collega.web.live import Hub
from collega.web.pages import Front, Pages
from collega.web.people import add_people, greet
from collega.web.rooms import House, rooms
from collega.web.server import listen, serve
from collega.web.viewer import mount


def front(settings: Settings) -> Front:
    """Take from the settings what the pages need."""
    return Front(
        language=settings.site.language,
        zone=ZoneInfo(settings.site.timezone),
        viewer_url=settings.web.viewer_url,
        notice=settings.web.notice,
        rows=settings.board.rows,
    )


async def show(settings: Settings, url: str, stop: asyncio.Event) -> None:
    """Serve until ``stop`` is set."""
    listener = listen(settings.web.host, settings.web.port)
    asker: ContextVar[Asker] = ContextVar("asker")
    asker.set(Asker(actor="collega", source=SOURCE))  # until a request says for whom
    async with opened_store(settings, url, asker.get) as store, logged_life(store, settings):
        views = site_views(settings, store)
        hub = Hub(views)
        database = database_watch(settings)
        watch = Watch(settings, store, url, database)
        async with (
            dicom_desk(store, views.archive, settings.data) as images,
            _beside(hub.run(), views.board.keep(), _closing(hub, stop), watch.keep(stop)),
        ):
            app, pages = create_app(views, hub, front(settings)), Pages(front(settings))
            house = House(settings=settings, store=store, views=views, images=images, pages=pages, database=database)
            for room in rooms(house):
                app.include_router(room)
            mount(app)
            is_new = await greet(settings, store, listener.getsockname()[1])
            add_people(app, settings, store, pages, asker, is_new=is_new)
            gc.freeze()  # a full collection of all that was built here would hold up each thirtieth search by .1 s
            await serve(app, listener, stop, settings.web.tls_certificate, settings.web.tls_key)


@contextlib.asynccontextmanager
async def _beside(*work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Do this work while the block runs."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _closing(hub: Hub, stop: asyncio.Event) -> None:
    await stop.wait()
    hub.close()
