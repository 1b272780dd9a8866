"""What is said to a service until it has answered (RFC 9110; `docs/reference/http-app.md`)."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path

from collega.adapters.http_app.address import Address
from collega.adapters.http_app.download import beginning, download
from collega.adapters.http_app.ending import EndedError, broken, refused
from collega.adapters.http_app.exchange import Exchange, Head
from collega.adapters.http_app.upload import Upload
from collega.errors import PeerError
from collega.model.job import AttemptOutcome

ACCEPT = "application/json, multipart/form-data, multipart/mixed, multipart/related, application/dicom"
MOST_WAIT_SECONDS = 60.0
LEAST_WAIT_SECONDS = 0.1
FIRST_WAIT_SECONDS = 1.0
AWAY_WAIT_SECONDS = 5.0  # before one that has a study and is not there is asked again
TOLD_BYTES = 200  # of the words of a refusal
NOT_NOW = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS})
FORGOTTEN = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """Where the content of an answer is, of which type, and whether the study did not suit the service."""

    content: Path
    content_type: str
    is_not_suitable: bool = False


@dataclass(kw_only=True, slots=True)
class Conversation:
    """One attempt at a service.

    ``identity`` is the same when the same attempt asks again; ``answer`` is the file for the answer's
    content, ``most_mb`` its most mebibytes. ``log`` tells what was said, without what was sent;
    ``is_put_off``: the service has said that it cannot now.
    """

    service: Address
    tls: ssl.SSLContext | None
    identity: Mapping[str, str]
    inputs: Path
    answer: Path
    most_mb: int
    is_put_off: bool = False
    tls_version: str = ""
    log: list[str] = field(default_factory=list)

    async def hold(self) -> Answered:
        """Send the study, and wait for the answer; who calls bounds the time.

        Raises
        ------
        PeerError
            The service is not there, or cannot take the study now.
        EndedError
            It refuses, or answers what is no answer.
        """
        upload = await asyncio.to_thread(Upload, self.inputs)
        while (found := await self._submit(upload)) is None:
            pass
        return found if isinstance(found, Answered) else await self._poll(*found)

    async def _submit(self, upload: Upload) -> "Answered | tuple[Address, float] | None":
        """Send the study; a place is where the answer will be, None where it is to be sent again."""
        studies = self.service.below("studies")
        async with Exchange(studies, self.tls) as exchange:
            self.tls_version = exchange.tls_version
            head = await exchange.ask("POST", {"Accept": ACCEPT, **self.identity}, upload)
            self._note("POST", studies, head)
            self.is_put_off = head.status in NOT_NOW
            if not self.is_put_off:
                found = await self._read(exchange, head)
                return found if isinstance(found, Answered) else (_place(studies, head), found)
        await _wait_to_ask_again(head)
        return None

    async def _poll(self, place: Address, wait: float) -> Answered:
        """Ask for an answer that comes later; a service that is away meanwhile is asked again."""
        while True:
            await asyncio.sleep(wait)
            try:
                async with Exchange(place, self.tls) as exchange:
                    head = await exchange.ask("GET", {"Accept": ACCEPT, **self.identity})
                    self._note("GET", place, head)
                    if head.status in FORGOTTEN:
                        text = f"it answers {head.status}: it no longer knows the study that it took"
                        raise broken(text)
                    found = _wait(head) if head.status in NOT_NOW else await self._read(exchange, head)
            except PeerError as error:
                self.log.append(str(error))
                found = AWAY_WAIT_SECONDS
            if isinstance(found, Answered):
                return found
            wait = found

    async def _read(self, exchange: Exchange, head: Head) -> Answered | float:
        """Read an answer; a number is the seconds until it may be there."""
        if head.status == HTTPStatus.ACCEPTED:
            return _wait(head)
        if head.status in {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.OK}:
            await download(head, exchange.content(), self.answer, self.most_mb)
            kind = head.headers.get("content-type", "")
            is_refusal = head.status == HTTPStatus.UNPROCESSABLE_ENTITY
            return Answered(content=self.answer, content_type=kind, is_not_suitable=is_refusal)
        raise await _ended(exchange, head)

    def _note(self, method: str, place: Address, head: Head) -> None:
        self.log.append(f"{method} {place.path.partition('?')[0]}: {head.status}")


async def _ended(exchange: Exchange, head: Head) -> EndedError:
    """Say what a status means that is no answer."""
    if head.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return broken(f"it answers {head.status}: an error of its own")
    if head.status >= HTTPStatus.BAD_REQUEST:
        return refused(f"it answers {head.status}: {words(await beginning(exchange.content(), TOLD_BYTES))}")
    if head.status >= HTTPStatus.MULTIPLE_CHOICES:
        return refused(f"it answers {head.status}: it sends us elsewhere, where no study goes")
    return broken(f"it answers {head.status}, and no result")


def words(content: bytes) -> str:
    """Give the printable beginning of what a service says."""
    text = content.decode("utf-8", "replace")[:TOLD_BYTES]
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split()) or "nothing more"


def _place(asked: Address, head: Head) -> Address:
    place = asked.follow(head.headers["location"]) if head.headers.get("location") else None
    if place is None:
        text = "it answers 202, and names no place of its own where the answer will be (Location)"
        raise broken(text)
    return place


async def _wait_to_ask_again(head: Head) -> None:
    """Wait as long as the service says, or leave it to the queue, which has more patience."""
    wait = retry_after(head, datetime.now(UTC))
    if wait is None or wait > MOST_WAIT_SECONDS:
        message = f"it answers {head.status}: not now"
        raise PeerError(message)
    await asyncio.sleep(max(wait, LEAST_WAIT_SECONDS))


def _wait(head: Head) -> float:
    told = retry_after(head, datetime.now(UTC))
    return min(max(FIRST_WAIT_SECONDS if told is None else told, LEAST_WAIT_SECONDS), MOST_WAIT_SECONDS)


def retry_after(head: Head, now: datetime) -> float | None:
    """Read Retry-After (RFC 9110 10.2.3) in seconds, None where there is none that can be read."""
    written = head.headers.get("retry-after", "").strip()
    if written.isdecimal() and written.isascii():
        return float(written[:9])
    try:
        return max(0.0, (parsedate_to_datetime(written) - now).total_seconds())
    except (ValueError, TypeError):  # TypeError: a time without zone
        return None


def overdue(conversation: Conversation, limit_s: float) -> EndedError | PeerError:
    """Say what it means that the time is over."""
    if conversation.is_put_off:
        return PeerError(f"it did not take the study within {limit_s:g} s (run.time_limit_s)")
    return EndedError(AttemptOutcome.TIMED_OUT, f"no answer within {limit_s:g} s (run.time_limit_s)")
