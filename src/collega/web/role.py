"""The web role: pages and JSON over the site's database."""

import asyncio

from collega.bootstrap.queries import SiteViews
from collega.bootstrap.site import opened_store
from collega.config import Settings
from collega.web.app import create_app
from collega.web.server import listen, serve


async def show(settings: Settings, url: str, stop: asyncio.Event) -> None:
    """Serve until ``stop`` is set."""
    listener = listen(settings.web.host, settings.web.port)
    async with opened_store(settings, url) as store:
        await serve(create_app(SiteViews(store=store)), listener, stop)
