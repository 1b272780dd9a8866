"""The web application: health, the worklist and a study as JSON."""

from typing import Any, Protocol

from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse

from collega import __version__


class Views(Protocol):
    """What the pages ask of the database."""

    async def health(self) -> dict[str, bool]:
        """Tell which parts are alive."""
        ...

    async def worklist(self, limit: int) -> list[dict[str, Any]]:
        """List the latest studies."""
        ...

    async def study(self, study_instance_uid: str) -> dict[str, Any] | None:
        """Tell all that is known of a study."""
        ...


def create_app(views: Views) -> FastAPI:
    """Make the application."""
    app = FastAPI(title="collega", version=__version__, docs_url=None, redoc_url=None)

    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        """Answer 200 when collega can take work, else 503 with what is missing."""
        try:
            parts = await views.health()
        except Exception:  # noqa: BLE001 - whatever keeps the database from answering, the monitor must hear 503
            parts = {"database": False, "worker": False, "receiver": False}
        ready = all(parts.values())
        return JSONResponse({"ready": ready, **parts}, status_code=200 if ready else 503)

    @app.get("/api/worklist")
    async def worklist(limit: int = 200) -> list[dict[str, Any]]:
        """List the latest studies with the state of each app."""
        return await views.worklist(min(max(limit, 1), 1000))

    @app.get("/api/studies/{study_instance_uid}")
    async def study(study_instance_uid: str) -> dict[str, Any]:
        """Tell all that is known of a study."""
        found = await views.study(study_instance_uid)
        if found is None:
            raise HTTPException(404, "no such study was received")
        return found

    return app
