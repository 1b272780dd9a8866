"""One app's job as a FHIR R4 Task, in the states that IHE AIW-I has for a workitem (UPS, PS3.3 C.30.1)."""

from collections.abc import Mapping

from collega.formats.fhir_parts import Frame, Part, instant, order, own, reference, resource
from collega.formats.fhir_result import ANSWERED, Work, service
from collega.formats.fhir_search import Kind
from collega.formats.wording import OUTCOMES
from collega.model.code import Text
from collega.model.finding import Outcome
from collega.model.job import JobState
from collega.model.result import NoAnswer
from collega.model.study import Priority

# UPS SCHEDULED is requested, IN PROGRESS in-progress, COMPLETED completed, CANCELED cancelled, or failed.
# What waits for a reader or for the switch is on hold.
STATUS: Mapping[JobState, str] = {
    JobState.QUEUED: "requested",
    JobState.RUNNING: "in-progress",
    JobState.AWAITING: "in-progress",
    JobState.RAN: "in-progress",
    JobState.NORMALISED: "completed",
    JobState.ASKED: "completed",
    JobState.DONE: "completed",
    JobState.READY: "on-hold",
    JobState.OFFERED: "on-hold",
    JobState.HELD: "on-hold",
    JobState.SUPERSEDED: "cancelled",
    JobState.DISCARDED: "cancelled",
}
FAILED = "failed"
PUT_ASIDE: Mapping[JobState, Text] = {
    JobState.SUPERSEDED: Text(
        en="a newer revision of the study took its place", nl="vervangen door een nieuwere revisie"
    ),
    JobState.DISCARDED: Text(en="put aside by an operator", nl="door een beheerder terzijde gelegd"),
}
PRIORITIES: Mapping[Priority, str] = {Priority.STAT: "stat", Priority.HIGH: "urgent", Priority.ROUTINE: "routine"}
ANALYSIS = Text(en="analysis of images by an app", nl="beeldanalyse door een app")
REPORT = Text(en="report of the app", nl="verslag van de app")
UNREPORTED = frozenset({NoAnswer.NOT_ASKED, NoAnswer.OWN_SCREEN})


def task_status(state: JobState, outcome: Outcome | None) -> str:
    """Tell the status of a Task; what has failed and is done is not completed."""
    found = STATUS[state]
    return FAILED if found == "completed" and outcome is Outcome.FAILED else found


def task(work: Work, frame: Frame) -> Part:
    """Write the Task of a job."""
    is_put_aside = work.state in PUT_ASIDE
    word = None if is_put_aside else work.word
    status = task_status(work.state, Outcome.FAILED if word is Outcome.FAILED else None)
    is_over = status in {"completed", FAILED, "cancelled"}
    return resource(
        Kind.TASK,
        work.key,
        work.changed_at,
        language=frame.language,
        basedOn=order(work.accession_number, frame),
        status=status,
        statusReason=_why(work, word, frame),
        businessStatus=own(word, OUTCOMES[word], frame.language) if word else None,
        intent="order",
        priority=PRIORITIES.get(work.priority),
        code={**own("ai-analysis", ANALYSIS, frame.language)},
        description=service(work.app, frame)["text"],
        focus=reference(Kind.IMAGING_STUDY, work.study_key),
        **{"for": reference(Kind.PATIENT, work.patient_key)},
        executionPeriod={
            "start": instant(work.started_at),
            "end": instant(work.ended_at) if work.started_at and is_over else None,
        },
        authoredOn=instant(work.created_at),
        lastModified=instant(work.changed_at),
        owner={**reference(Kind.DEVICE, work.app.device_uid), "display": f"{work.app.id} {work.app.version}"},
        output=[
            {
                "type": own("ai-report", REPORT, frame.language),
                "valueReference": reference(Kind.DIAGNOSTIC_REPORT, work.key),
            }
        ]
        if word and word not in UNREPORTED
        else [],
    )


def _why(work: Work, word: Outcome | NoAnswer | None, frame: Frame) -> Part | None:
    """Say why there is no answer."""
    if work.state in PUT_ASIDE:
        return own(work.state, PUT_ASIDE[work.state], frame.language)
    if word is None or word in ANSWERED or word in UNREPORTED:
        return None
    words = work.reason or OUTCOMES[word]
    return own(work.reason_code or word, words, frame.language)
