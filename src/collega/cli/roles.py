"""One role of ``collega serve``, in its own process."""

import asyncio

from collega.bootstrap import wiring
from collega.bootstrap.queries import SiteViews
from collega.config import Settings
from collega.web.app import create_app
from collega.web.server import listen, serve



async def run(role: str, settings: Settings, stop: asyncio.Event) -> None:
    """Be one role until ``stop`` is set."""
    with wiring.database(settings, migrates=role == "receiver") as url:
        match role:
            case "receiver":
                await wiring.receive(settings, url, stop)
            case "worker":
                await wiring.work(settings, url, stop)
            case _:
                await _web(settings, url, stop)


async def _web(settings: Settings, url: str, stop: asyncio.Event) -> None:
    listener = listen(settings.web.host, settings.web.port)
    async with wiring.opened_store(settings, url) as store:
        await serve(create_app(SiteViews(store=store)), listener, stop)
