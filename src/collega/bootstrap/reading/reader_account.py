"""A study's account as a reader may have it: that an app has worked stands in it, its word only where it is heard."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from collega.bootstrap.trusted import Trusted
from collega.deliver.table import Channel, Say, say
from collega.model.discrepancy import Contrast
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
        "events": _events(account.get("events", ()), said),
    }


def _events(events: Sequence[Mapping[str, Any]], said: Mapping[str, Say | None]) -> list[Mapping[str, Any]]:
    """Leave out where an app that readers do not hear differs from the report: that it differs is its word."""
    kept = [event for event in events if _is_told(event, said)]
    known = {event["payload"]["discrepancy"] for event in kept if _is_of_discrepancy(event)}
    return [_without_discrepancy(_event(event, said), known) for event in kept]


def _is_of_discrepancy(event: Mapping[str, Any]) -> bool:
    return str(event["kind"]).startswith("discrepancy_")


def _is_told(event: Mapping[str, Any], said: Mapping[str, Say | None]) -> bool:
    if not _is_of_discrepancy(event):
        return True
    word = said.get(str(event["job_key"]))
    if word is None or word.outcome is NoAnswer.NOT_ASKED:
        return False
    return word.absences or event["payload"]["contrast"] != Contrast.AI_NEGATIVE


def _without_discrepancy(event: Mapping[str, Any], known: Collection[str]) -> Mapping[str, Any]:
    """Take from a label that was set right the name of a discrepancy that is not told."""
    if event["kind"] != "label_corrected" or event["payload"].get("discrepancy") in known:
        return event
    payload = {name: value for name, value in event["payload"].items() if name != "discrepancy"}
    return {**event, "payload": payload}


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
