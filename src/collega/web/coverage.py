"""JSON for the board: what never arrived, and what is not available."""

from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Query, Request

from collega.web.audit import shown

MOST_HOURS = 24 * 366


class CoverageViews(Protocol):
    """What these pages ask."""

    async def coverage(self, hours: float) -> dict[str, Any]:
        """Tell what never arrived, and how well that is known."""
        ...

    async def availability(self) -> list[dict[str, Any]]:
        """List what was declared unavailable and is not back yet."""
        ...


def coverage_router(views: CoverageViews) -> APIRouter:
    """Make the routes."""
    router = APIRouter()

    @router.get("/api/coverage")
    async def coverage(request: Request, hours: Annotated[float, Query(ge=0, le=MOST_HOURS)] = 24.0) -> dict[str, Any]:
        """Tell what never arrived in the last hours."""
        told = await views.coverage(hours)
        shown(request, [row["study_instance_uid"] for row in told["studies"]])
        return told

    @router.get("/api/availability")
    async def availability() -> dict[str, Any]:
        """List what is not available."""
        return {"unavailable": await views.availability()}

    return router
