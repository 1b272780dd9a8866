"""A study's account as a reader may have it: that an app has worked stands in it, its word only where it is heard."""

from collections.abc import Mapping, Sequence
from typing import Any

from collega.bootstrap.trusted import Trusted
from collega.deliver.table import Channel, Say, say
from collega.model.finding import Evaluation, Outcome
from collega.model.job import JobState
from collega.model.result import NoAnswer

# What an event says of an answer.
WORDS_OF_EVENTS = frozenset({"outcome", "reason"})


def for_readers(account: Mapping[str, Any], trust: Trusted) -> dict[str, Any]:
    """Leave out of a study's account what no reader is told."""
    said = {job["job_key"]: _said(job, trust) for job in account.get("jobs", ())}
    return {
        **account,
        "jobs": [_job(job, said[job["job_key"]]) for job in account.get("jobs", ())],
        "events": [_event(event, said) for event in account.get("events", ())],
    }


def _said(job: Mapping[str, Any], trust: Trusted) -> Say | None:
    outcome = Outcome(job["outcome"]) if job["outcome"] else None
    return say(trust.standing(job["app_id"], job["app_version"], JobState(job["state"]), outcome), Channel.BOARD)


def _job(job: Mapping[str, Any], said: Say | None) -> dict[str, Any]:
    if said is None or said.outcome is NoAnswer.NOT_ASKED:
        return {**job, "outcome": said.outcome if said else None, "reason_code": "", "reason": "", "findings": []}
    return {**job, "outcome": said.outcome, "findings": _findings(job["findings"], said)}


def _findings(found: Sequence[Mapping[str, Any]], said: Say) -> list[Mapping[str, Any]]:
    return [item for item in found if said.absences or item["evaluation"] != Evaluation.ABSENT]


def _event(event: Mapping[str, Any], said: Mapping[str, Say | None]) -> Mapping[str, Any]:
    key = str(event["job_key"]) if event["job_key"] else ""
    if event["kind"] != "normalised" or key not in said:
        return event
    word = said[key]
    payload = event["payload"]
    if word is not None and word.outcome == payload.get("outcome"):
        return event
    kept = {name: value for name, value in payload.items() if name not in WORDS_OF_EVENTS}
    return {**event, "payload": {**kept, "outcome": word.outcome if word else None}}
