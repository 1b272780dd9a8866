"""The roles of ``collega serve``; each loads only what it needs, which is why imports stand inside."""

import asyncio
import importlib

from collega.bootstrap.site import database
from collega.config import Settings

# What two or more roles load: imported once by the supervisor, shared by its children.
SHARED = ("pydicom", "pynetdicom", "numpy", "collega.bootstrap.reading.queries")


def preload() -> None:
    """Load what the roles share."""
    for name in SHARED:
        importlib.import_module(name)


async def run(role: str, settings: Settings, stop: asyncio.Event) -> None:
    """Be one role until ``stop`` is set."""
    with database(settings, migrates=role == "receiver") as url:
        match role:
            case "receiver":
                receiving = importlib.import_module("collega.bootstrap.line.receiving")
                await receiving.receive(settings, url, stop)
            case "links":
                linking = importlib.import_module("collega.bootstrap.links.linking")
                await linking.link(settings, url, stop)
            case "worker":
                working = importlib.import_module("collega.bootstrap.line.working")
                await working.work(settings, url, stop)
            case _:
                web = importlib.import_module("collega.web.role")
                await web.show(settings, url, stop)
