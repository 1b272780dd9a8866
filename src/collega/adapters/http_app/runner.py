"""Runs apps that are services."""

import asyncio
import json
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from collega.adapters.http_app.address import parse
from collega.adapters.http_app.answer import RESULT_SCHEMA, empty, lay_down, read_json
from collega.adapters.http_app.conversation import Answered, Conversation, overdue, words
from collega.adapters.http_app.ending import EndedError, refused
from collega.adapters.http_app.security import tls_context
from collega.model.app import Manifest
from collega.model.job import Attempt, AttemptOutcome
from collega.model.runtime import ELSEWHERE, HttpSpec
from collega.run import runners
from collega.run.departure import CLOUD, why_kept

NOT_SUITABLE = "not_suitable"
DEFAULT_CODE = "not-suitable"


class HttpRunner:
    """Sends a study to a service and waits for its answer.

    Parameters
    ----------
    plain_hosts : Collection
        Hosts to which images may go without encryption, besides this machine itself.
    """

    def __init__(self, plain_hosts: Collection[str]) -> None:
        self._plain_hosts = frozenset(plain_hosts)

    async def run(self, manifest: Manifest, inputs: Path, outputs: Path) -> Attempt:
        """Ask once; see `collega.ports.machine.AppRunner`."""
        service = manifest.run.http
        why = "run.http: missing key" if service is None else why_kept(service, self._plain_hosts)
        if service is None or why is not None:
            return runners.refused(why or "")
        if service.permit is not None and inputs.name != service.permit.folder:
            return runners.refused(CLOUD)
        began = time.perf_counter()
        try:
            conversation = begin(manifest, service, inputs)
        except EndedError as error:
            return runners.refused(str(error))
        outcome, detail = await _converse(conversation, manifest, outputs)
        return Attempt(
            outcome=outcome,
            detail=detail,
            isolation=(ELSEWHERE, conversation.tls_version or "plain"),
            wall_s=time.perf_counter() - began,
            cpu_s=0.0,
            peak_mb=0.0,
        )


def begin(manifest: Manifest, service: HttpSpec, inputs: Path) -> Conversation:
    """Make ready to ask; nothing is sent yet."""
    try:
        address = parse(service.url)
    except ValueError as error:
        text = f"run.http.url: {error}"
        raise refused(text) from None
    folder = inputs.parent  # runs/<job>/<attempt>
    # The key of a job tells when it was made: outside it has another name.
    job = service.permit.job if service.permit else folder.parent.name
    return Conversation(
        service=address,
        tls=tls_context(service, manifest.folder) if address.is_secure else None,
        identity={"Idempotency-Key": f"{job}/{folder.name}", "Collega-Job": job},
        inputs=inputs,
        answer=folder / "answer.part",
        most_mb=manifest.run.output_mb,
    )


async def _converse(conversation: Conversation, manifest: Manifest, outputs: Path) -> tuple[AttemptOutcome, str]:
    limit = manifest.run.time_limit_s
    try:
        try:
            async with asyncio.timeout(limit):
                answered = await conversation.hold()
                await asyncio.to_thread(_lay_down, answered, conversation.inputs, outputs)
        except TimeoutError:
            raise overdue(conversation, limit) from None
    except EndedError as error:
        await asyncio.to_thread(empty, outputs)
        return error.outcome, str(error)
    finally:
        conversation.answer.unlink(missing_ok=True)
        (outputs.parent / "log.txt").write_text("\n".join(conversation.log) + "\n", encoding="utf-8")
    return AttemptOutcome.ANSWERED, ""


def _lay_down(answered: Answered, inputs: Path, outputs: Path) -> None:
    if not answered.is_not_suitable:
        lay_down(answered.content, answered.content_type, outputs)
        return
    told = answered.content.read_bytes()
    said = read_json(told) if "json" in answered.content_type else None
    if not isinstance(said, Mapping) or said.get("status") != NOT_SUITABLE:
        text = f"it answers 422: {words(told)}"
        raise refused(text)
    given = json.loads((inputs / "study.json").read_text(encoding="utf-8"))
    (outputs / "result.json").write_text(json.dumps(_not_suitable(given, said)), encoding="utf-8")


def _not_suitable(given: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Put a service's word that a study does not suit it into the form of our results."""
    reason = said.get("reason")
    text = reason if isinstance(reason, str) and reason.strip() else "the service gives no reason"
    ours = {"code": DEFAULT_CODE, "text": {"en": text[:500], "nl": text[:500]}}
    return {
        "schema": RESULT_SCHEMA,
        "app": given["app"],
        "study_instance_uid": given["study"]["study_instance_uid"],
        "status": NOT_SUITABLE,
        "reason": reason if isinstance(reason, Mapping) else ours,
        "findings": [],
    }
