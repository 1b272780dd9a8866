"""Services that misbehave: whatever one does, the attempt ends in time, and its account says what it was."""

import asyncio
import gzip
import resource
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from collega.adapters.http_app.runner import HttpRunner
from collega.errors import PeerError
from collega.model.job import AttemptOutcome
from collega.testing.ports import reserved_ports
from tests.unit.adapters.http_bench import Desk, Script, answer, peer, saying

pytestmark = pytest.mark.shows("R42")

CRASHED, REFUSED = AttemptOutcome.CRASHED, AttemptOutcome.REFUSED
TOO_MUCH, TIMED_OUT = AttemptOutcome.TOO_MUCH_OUTPUT, AttemptOutcome.TIMED_OUT
GOOD = b'{"score": 0.5}'
PLACE = "Location: /answers/1"
MIXED = "multipart/mixed; boundary=b"
OTHER_HOST = "Location: https://elsewhere.example/studies"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(folder=tmp_path / "runs" / "job-1" / "1", runner=HttpRunner(()))


@pytest.mark.parametrize(
    ("said", "outcome", "detail"),
    [
        (b"", CRASHED, "closes the connection before its answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", CRASHED, "closes the connection before its answer"),
        (answer(GOOD)[:-4], CRASHED, "closes the connection before its answer"),
        (answer(b"%PDF-1.7 of Doe^J", kind="text/plain"), CRASHED, "it answers with text/plain"),
        (b"220 mail.example ESMTP\r\n\r\n", CRASHED, "no HTTP/1.1"),
        (b"\x15\x03\x03\x00\x02\x02\x16", CRASHED, "no HTTP/1.1"),
        (answer(b"<html>Doe^J</html>"), CRASHED, "calls its answer JSON, and sends HTML"),
        (answer(b"<html>Doe^J</html>", kind="text/html; charset=utf-8"), CRASHED, "with HTML instead of JSON"),
        (answer(b"Doe^J"), CRASHED, "calls its answer JSON, and sends something else"),
        (answer(b"[" * 100_000), CRASHED, "calls its answer JSON"),
        (answer(b""), CRASHED, "it answers nothing"),
        (answer(b"", status="204 No Content"), CRASHED, "it answers 204"),
        (answer(GOOD).replace(b": 14", b": 9"), CRASHED, "calls its answer JSON"),
        (answer(GOOD).replace(b": 14", b": 900"), CRASHED, "closes the connection before its answer"),
        (answer(GOOD).replace(b": 14", b": -3"), CRASHED, "no HTTP/1.1"),
        (answer(GOOD, "Content-Length: 3"), CRASHED, "no HTTP/1.1"),
        (answer(GOOD, kind="application/dicom"), CRASHED, "calls something DICOM that is none"),
        (answer(GOOD, kind="application/octet-stream"), CRASHED, "it answers with application/octet-stream"),
        (answer(GOOD, kind="multipart/mixed"), CRASHED, "no boundary"),
        (answer(b"--b\r\n\r\nhalf", kind=MIXED), CRASHED, "ends in the middle of a part"),
        (answer(b"--b\r\n\r\nno more\r\n--b--", kind=MIXED), CRASHED, "neither a part of JSON nor one of DICOM"),
        (answer(b"HTTP"), CRASHED, "calls its answer JSON"),
        (answer(GOOD, "Content-Encoding: gzip"), CRASHED, "calls its answer gzip, which it is not"),
        (answer(gzip.compress(GOOD)[:-9], "Content-Encoding: gzip"), CRASHED, "in the middle of the gzip"),
        (answer(GOOD, "Content-Encoding: br"), CRASHED, "was not asked for"),
        (answer(gzip.compress(bytes(8 << 20)), "Content-Encoding: gzip"), TOO_MUCH, "1 MiB (run.output_mb)"),
        (answer(b"", status="500 Oh"), CRASHED, "it answers 500"),
        (answer(b"", status="502 Oh"), CRASHED, "it answers 502"),
        (answer(b"no such\r\nproject", status="404 No"), REFUSED, "it answers 404: no such project"),
        (answer(b"x" * 900, status="400 No"), REFUSED, f"it answers 400: {'x' * 200}"),
        (answer(b"who are you", status="401 No"), REFUSED, "it answers 401: who are you"),
        (answer(b'{"status": "odd"}', status="422 No"), REFUSED, 'it answers 422: {"status": "odd"}'),
        (answer(b"", OTHER_HOST, status="302 Found"), REFUSED, "sends us elsewhere"),
        (answer(b"", OTHER_HOST, status="307 Found"), REFUSED, "sends us elsewhere"),
        (answer(b"", status="202 Later"), CRASHED, "names no place of its own"),
        (answer(b"", OTHER_HOST, status="202 Later"), CRASHED, "names no place of its own"),
        (answer(b"", "Location: http://[", status="202 Later"), CRASHED, "names no place of its own"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 40, CRASHED, "interim answers without end"),
    ],
)
async def test_an_answer_that_is_none(desk: Desk, said: bytes, outcome: AttemptOutcome, detail: str) -> None:
    async with peer(saying(said)) as url:
        attempt = await desk.run(url)
    assert attempt.outcome is outcome, attempt.detail
    assert detail in attempt.detail
    assert len(attempt.detail) < 300
    assert "Doe" not in attempt.detail, "what a service sends may be of a patient"
    assert desk.written() == []
    assert [path.name for path in desk.folder.iterdir() if path.is_file()] == ["log.txt"]


async def test_a_service_that_breaks_the_line(desk: Desk) -> None:
    async def script(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(GOOD)[:-4])
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.transport.abort()

    async with peer(script) as url:
        attempt = await desk.run(url)
    assert (attempt.outcome, attempt.detail.split(" before")[0]) == (CRASHED, "it closes the connection")


async def test_two_answers_at_once(desk: Desk) -> None:
    async with peer(saying(answer(GOOD) + answer(b'{"score": 0.9}'))) as url:
        attempt = await desk.run(url)
    assert attempt.outcome is AttemptOutcome.ANSWERED
    assert (desk.folder / "out" / "answer.json").read_bytes() == GOOD, "the first one counts"


# --------------------------------------------------------------------------- without end


def _endless(piece: bytes, first: bytes = b"", pause_s: float = 0.0) -> Script:
    async def script(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause_s)

    return script


@pytest.mark.parametrize(
    ("first", "piece", "pause_s", "outcome", "detail"),
    [
        (b"", b"", 0.05, TIMED_OUT, "no answer within 0.5 s (run.time_limit_s)"),
        (b"HTTP/1.1 200 OK\r\n", b"X-Header: and another\r\n", 0.0, CRASHED, "headers are longer than 32 KiB"),
        (b"", b"no new line ever ", 0.0, CRASHED, "headers are longer than 32 KiB"),
        (b"HTTP/1.1 200 OK\r\nX-A: ", b"b", 0.01, TIMED_OUT, "run.time_limit_s"),
        (answer(b"").replace(b"th: 0", b"th: 900000"), b" ", 0.01, TIMED_OUT, "run.time_limit_s"),
        (answer(b"").replace(b"th: 0", b"th: 3000000000"), b" ", 0.01, TOO_MUCH, "larger than 1 MiB"),
        (b"HTTP/1.1 200 OK\r\n\r\n", bytes(65536), 0.0, TOO_MUCH, "larger than 1 MiB"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"10000\r\n" + bytes(65536) + b"\r\n", 0.0, TOO_MUCH, "larger than 1 MiB",
        ),
    ],
    ids=["hangs", "headers", "a header", "slow header", "slow content", "3 GB said", "no length", "chunks"],
)  # fmt: skip
async def test_an_answer_without_end(
    desk: Desk, first: bytes, piece: bytes, pause_s: float, outcome: AttemptOutcome, detail: str
) -> None:
    async with peer(_endless(piece, first, pause_s)) as url:
        attempt = await desk.run(url, time_limit_s=0.5)
    assert attempt.outcome is outcome
    assert detail in attempt.detail
    assert attempt.wall_s < 1.5
    assert desk.written() == []


async def test_memory_stays_flat_below_an_answer_of_3_gb(desk: Desk) -> None:
    script = _endless(bytes(1 << 20), b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with peer(script) as url:
        attempt = await desk.run(url, output_mb=200, time_limit_s=30.0)
    assert attempt.outcome is TOO_MUCH
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40 << 10


async def test_an_answer_before_the_study_was_read(tmp_path: Path) -> None:
    desk = Desk(folder=tmp_path / "1", runner=HttpRunner(()), images=[bytes(20 << 20)])

    async def script(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(b"too large", status="413 No"))
        await writer.drain()
        await asyncio.sleep(60)

    async with peer(script, reads=False) as url:
        attempt = await asyncio.wait_for(desk.run(url), 30)
    assert (attempt.outcome, attempt.detail) == (REFUSED, "it answers 413: too large")


# --------------------------------------------------------------------------- not now, and later


async def test_nobody_is_there(desk: Desk) -> None:
    with reserved_ports() as (port,):
        with pytest.raises(PeerError, match=f"127.0.0.1:{port} cannot be reached: Connection refused"):
            await desk.run(f"http://127.0.0.1:{port}")
        assert desk.written() == []


@pytest.mark.parametrize("wait", ["", "Retry-After: 3600", "Retry-After: soon"])
async def test_not_now_is_left_to_the_queue(desk: Desk, wait: str) -> None:
    async with peer(saying(answer(b"", *filter(None, [wait]), status="503 Busy"))) as url:
        with pytest.raises(PeerError, match="it answers 503: not now"):
            await desk.run(url)


async def test_not_now_until_the_time_is_over_is_no_fault_of_the_app(desk: Desk) -> None:
    async with peer(saying(answer(b"", "Retry-After: 0", status="429 Busy"))) as url:
        with pytest.raises(PeerError, match=r"did not take the study within 0\.4 s"):
            await desk.run(url, time_limit_s=0.4)


@asynccontextmanager
async def in_turn(answers: Sequence[bytes], asked: list[str]) -> AsyncIterator[str]:
    left = iter(answers)

    async def script(question: bytes, writer: asyncio.StreamWriter) -> None:
        asked.append(question.split(b" HTTP/1.1")[0].decode())
        writer.write(next(left))
        await writer.drain()

    async with peer(script) as url:
        yield url


@pytest.mark.parametrize(
    ("later", "outcome", "detail"),
    [
        (answer(GOOD), AttemptOutcome.ANSWERED, ""),
        (answer(b"", status="404 No"), CRASHED, "it no longer knows the study"),
        (answer(b"", status="410 Gone"), CRASHED, "it no longer knows the study"),
        (answer(b"", status="500 Oh"), CRASHED, "it answers 500"),
        (answer(b"", OTHER_HOST, status="303 There"), REFUSED, "sends us elsewhere"),
    ],
)
async def test_an_answer_that_comes_later(desk: Desk, later: bytes, outcome: AttemptOutcome, detail: str) -> None:
    soon = "Retry-After: 0"
    answers = [
        answer(b"", PLACE, soon, status="202 Later"),
        answer(b"", soon, status="202 Later"),
        answer(b"", soon, status="503 Busy"),
        later,
    ]
    asked: list[str] = []
    async with in_turn(answers, asked) as url:
        attempt = await desk.run(url)
        assert (attempt.outcome, attempt.detail.startswith(detail) or detail in attempt.detail) == (outcome, True)
    assert asked == ["POST /studies", "GET /answers/1", "GET /answers/1", "GET /answers/1"]


async def test_an_answer_that_is_promised_and_never_comes(desk: Desk) -> None:
    async with peer(saying(answer(b"", PLACE, "Retry-After: 0", status="202 Later"))) as url:
        attempt = await desk.run(url, time_limit_s=0.5)
    assert (attempt.outcome, attempt.detail) == (TIMED_OUT, "no answer within 0.5 s (run.time_limit_s)")


async def test_a_study_that_does_not_suit(desk: Desk) -> None:
    said = b'{"status": "not_suitable", "reason": "a lateral view"}'
    async with peer(saying(answer(said, status="422 No"))) as url:
        attempt = await desk.run(url)
    assert attempt.outcome is AttemptOutcome.ANSWERED
    given = desk.result()
    assert (given["status"], given["reason"]["text"]["en"]) == ("not_suitable", "a lateral view")
    assert given["study_instance_uid"] == "1.2.3"


# --------------------------------------------------------------------------- who is sent anything


async def test_plain_http_is_for_this_machine_and_for_hosts_that_are_named(desk: Desk, tmp_path: Path) -> None:
    attempt = await desk.run("http://ai.hospital.example")
    assert (attempt.outcome, attempt.isolation) == (REFUSED, ())
    assert "patient data in clear" in attempt.detail
    named = Desk(folder=tmp_path / "2", runner=HttpRunner(["ai.hospital.invalid"]))
    with pytest.raises(PeerError, match="cannot be reached"):
        await named.run("http://ai.hospital.invalid")


async def test_proxies_of_the_environment_are_not_asked(desk: Desk) -> None:
    # A proxy would be asked for the whole address.
    asked: list[str] = []
    async with in_turn([answer(GOOD)], asked) as url:
        await desk.run(f"{url}/of/a/vendor/")
    assert asked == ["POST /of/a/vendor/studies"]
