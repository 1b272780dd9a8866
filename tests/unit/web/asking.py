"""Asking an application by its own interface (ASGI), without a network."""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI

HERE = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def detail(self) -> str:
        return str(json.loads(self.body)["detail"])


async def ask(
    app: FastAPI,
    path: str,
    method: str = "GET",
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    client: str = HERE,
    fails: type[Exception] | None = None,
) -> Answer:
    """Send one request; ``fails`` is what the application ends with once it has answered."""
    parts = urlsplit(path)
    given = {"host": "board.example", **(headers or {})}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
        "client": (client, 1),
        "server": (HERE, 80),
        "root_path": "",
    }
    sent: list[dict[str, Any]] = []

    requests = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not requests:
            await asyncio.Event().wait()  # whoever asks again waits for a disconnection that does not come
        return requests.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    with pytest.raises(fails) if fails else contextlib.nullcontext():
        await app(scope, receive, send)
    start = next(one for one in sent if one["type"] == "http.response.start")
    content = b"".join(one.get("body", b"") for one in sent if one["type"] == "http.response.body")
    kept = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Answer(status=start["status"], headers=kept, body=content)
