"""An attempt's folders, and a runner of services that works in them."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from collega.adapters.http_app.runner import HttpRunner
from collega.model.job import Attempt
from collega.model.runtime import HttpSpec, RunSpec, Runtime
from collega.testing import records

STUDY = {"app": {"id": "chest", "version": "1.0.0"}, "study": {"study_instance_uid": "1.2.3"}}


def our_result(study: Mapping[str, Any], notes: Sequence[str] = ()) -> dict[str, Any]:
    return {"schema": "collega/result/1", "app": study["app"], "notes": list(notes)}


@dataclass(kw_only=True)
class Desk:
    """One attempt with two images."""

    folder: Path
    runner: HttpRunner
    images: Sequence[bytes] = (b"first image", b"second image")

    async def run(self, url: str, service: HttpSpec | None = None, **limits: Any) -> Attempt:
        """Ask the service at ``url``; ``limits`` replace those of the manifest."""
        (self.folder / "in" / "dicom").mkdir(parents=True)
        (self.folder / "out").mkdir()
        for number, image in enumerate(self.images, 1):
            (self.folder / f"in/dicom/{number:05d}.dcm").write_bytes(image)
        (self.folder / "in" / "study.json").write_text(json.dumps(STUDY), encoding="utf-8")
        manifest = records.manifest("chest", self.folder)
        asked = replace(service, url=url) if service else HttpSpec(url=url)
        spec = RunSpec(
            runtime=Runtime.HTTP,
            http=asked,
            **{"time_limit_s": 5.0, "memory_mb": 16, "output_mb": 1, "attempts": 2, **limits},
        )
        return await self.runner.run(replace(manifest, run=spec), self.folder / "in", self.folder / "out")

    def written(self) -> list[str]:
        out = self.folder / "out"
        return sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())

    def result(self) -> Any:
        return json.loads((self.folder / "out" / "result.json").read_text(encoding="utf-8"))


Script = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def peer(script: Script, *, reads: bool = True) -> AsyncIterator[str]:
    """Run a peer that does what ``script`` says with each question that it has read, and give its URL."""
    open_lines: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_lines.append(writer)
        question = await read_question(reader) if reads else b""
        try:
            await script(question, writer)
        except ConnectionError:
            return  # who asked has gone
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for line in open_lines:
            line.transport.abort()


async def read_question(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return head + (await reader.readexactly(int(lengths[0].split(b":")[1])) if lengths else b"")


def saying(*pieces: bytes, pause_s: float = 0.0) -> Script:
    """Say these bytes, one piece after the other, whatever was asked."""

    async def script(_: bytes, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause_s)

    return script


def answer(content: bytes, *headers: str, status: str = "200 OK", kind: str = "application/json") -> bytes:
    """Write an answer with its length."""
    lines = (f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(content)}", *headers, "", "")
    return "\r\n".join(lines).encode() + content
