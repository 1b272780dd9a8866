"""``/healthz``: whether collega can take work."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from collega.web.views import Health


def router(views: Health) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get("/healthz")
    async def healthz() -> JSONResponse:
        """Answer 200 when collega can take work, else 503 with what is missing."""
        try:
            parts = await views.health()
        except Exception:  # noqa: BLE001 - whatever keeps the database from answering, the monitor must hear 503
            parts = {"database": False, "worker": False, "receiver": False}
        ready = all(parts.values())
        mark = (await views.disk())["mark"]
        return JSONResponse({"ready": ready, **parts, "disk": mark}, status_code=200 if ready else 503)

    @routes.get("/api/disk")
    async def disk() -> dict[str, Any]:
        """Tell how much room there is, for the board."""
        return await views.disk()

    return routes
