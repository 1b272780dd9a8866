"""Asking the application without a network: its own interface (ASGI), and views in memory."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI
from tests.unit.web.asking import Answer, ask

from collega.model.figures import Figures
from collega.web.app import create_app
from collega.web.live import Hub
from collega.web.pages import Front

KNOWN = "1.2.3"
NOW = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)


def row(**values: Any) -> dict[str, Any]:
    """One study as `collega.read.shown` gives it."""
    return {
        "study_key": "k1",
        "study_instance_uid": KNOWN,
        "accession_number": "A1",
        "description": "X-thorax",
        "modality": "CR",
        "age": 61.5,
        "sex": "F",
        "state": "routed",
        "state_word": "",
        "priority_word": "Unknown",
        "priority_source": "",
        "urgency": "unknown",
        "urgency_word": "Unknown",
        "raised_by_ai": False,
        "waiting_s": 600,
        "target_s": 1800.0,
        "opened_at": None,
        "signed_at": None,
        "opened_clock": "",
        "signed_clock": "",
        "received_clock": "14:00",
        "complete_clock": "14:01",
        "is_signed": False,
        "found_after_signing": False,
        "apps": [],
        "location": "",
        "order_word": "",
        "report_word": "",
        "together": [],
    } | values


@dataclass(kw_only=True)
class FakeViews:
    """The site in memory."""

    rows: list[dict[str, Any]] = field(default_factory=lambda: [row()])
    noted: list[tuple[str, str, datetime, str]] = field(default_factory=list)
    asked: list[tuple[str, int, int]] = field(default_factory=list)
    out: list[dict[str, Any]] = field(default_factory=list)
    is_broken: bool = False

    async def health(self) -> dict[str, bool]:
        return {"database": True, "worker": True, "receiver": True}

    async def disk(self) -> dict[str, Any]:
        return {"mark": "plenty"}

    async def figures(self) -> Figures:
        return Figures(values={}, spread={})

    async def worklist(self, language: str, *, limit: int, offset: int = 0) -> list[dict[str, Any]]:
        if self.is_broken:
            raise ConnectionError
        self.asked.append((language, limit, offset))
        return self.rows[offset : offset + limit]

    async def outages(self) -> Sequence[dict[str, Any]]:
        return self.out

    async def study(self, study_instance_uid: str) -> dict[str, Any] | None:
        return {"study_instance_uid": KNOWN} if study_instance_uid == KNOWN else None

    async def note_reading(self, study_instance_uid: str, kind: str, at: datetime, by: str) -> bool:
        if study_instance_uid == KNOWN:
            self.noted.append((study_instance_uid, kind, at, by))
        return study_instance_uid == KNOWN

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[AsyncIterator[tuple[int, str] | None]]:
        yield self._nothing()

    async def _nothing(self) -> AsyncIterator[tuple[int, str] | None]:
        await asyncio.Event().wait()
        yield None

    async def changed_since(self, event_key: int, most: int) -> list[tuple[int, str]]:  # noqa: ARG002
        return []


@dataclass(kw_only=True)
class House:
    """The application with its views."""

    views: FakeViews
    hub: Hub
    app: FastAPI

    async def ask(
        self, path: str, method: str = "GET", body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request."""
        return await ask(self.app, path, method, body=body, headers=headers)


@pytest.fixture
def front() -> Front:
    return Front(
        language="en",
        zone=ZoneInfo("Europe/Amsterdam"),
        viewer_url="https://viewer.example/?a={accession}",
        notice="",
        rows=2,
    )


@pytest.fixture
def house(front: Front) -> House:
    views = FakeViews()
    hub = Hub(views)
    return House(views=views, hub=hub, app=create_app(views, hub, front))
