"""One study's way through the house. Read this table first.

=========  =============  ============  ====================================================
of         state          step          next state
=========  =============  ============  ====================================================
study      receiving      (receiver)    complete, by evidence that all is here, else when it is quiet
study      receiving      start_early   the same; a job is queued for an app whose own series are here
study      complete       route         routed; a job is queued for each app that accepts it and has
                                        not had this input; as a new revision, when an early one changes
study      routed         (receiver)    receiving, as a new revision, when another image comes
job        queued         gather        the same, with what its app asks for elsewhere; normalised, as
                                        not suitable, where the app cannot do without what is missing
job        queued         run           ran; queued again after a failed attempt that is not the last;
                                        held, where its app was stopped meanwhile, until it is resumed
job        running        run           taken over from a lost worker: the same, as a new attempt; awaiting,
                                        where the app works elsewhere; offered, where it has its own screen
job        awaiting       collect       ran, with the answer that came or after its time; else the same
job        offered        collect       ran, with the answer that its screen gave, however late
job        ran            normalise     normalised, with an outcome: a failure is one too
job        normalised     plan          done; its objects are planned, the last job orders the page; ready,
                                        where the app is on demand
job        ready          (a reader)    asked
job        asked          plan          done; its objects are planned, the page is made anew
job        any            (route)       superseded, when a new revision changes its input
study      all jobs done  page          the status page is planned, once the study is routed
delivery   planned        deliver       accepted; refused; withdrawn; planned again when not now
delivery   accepted       deliver       committed or visible, as the PACS is to prove it
delivery   refused        fall_back     another object is planned, in a form that the PACS may take
message    waiting        tell          acknowledged; refused; withdrawn; waiting still when there is no answer
study      results there  notify        the peer of `ian` is told, once for each set of results; again when it is away
study      identity       tell_again    messages under other numbers are told again under the right ones
           corrected
report     signed         label         what it says is kept, and where apps said otherwise is noted; again when it is
                                        corrected or gone, and when an app answers after it
PACS       asked long ago coverage      what never arrived is listed, and fetched; ordered again for the next round
=========  =============  ============  ====================================================

Each step closes with one transaction: its records, the next state, its event and the order for
the next step, or none of them. It compares study revision, state and attempt before it sets, so
that a step that runs twice counts once.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from collega.deliver.fall_back import fall_back
from collega.deliver.messages import tell_now
from collega.deliver.notify import notify, notify_at
from collega.deliver.plan import deliver_now, page, plan, say_again
from collega.deliver.send import deliver
from collega.deliver.tell import tell
from collega.model.app import Manifest
from collega.model.job import Event, JobState, NextStep
from collega.model.policy import Policy
from collega.normalise.conclude import REASONS, conclude, failed, go_without, normalise
from collega.ports.machine import AppRunner, Archive, Clock
from collega.ports.peers import AvailabilitySink, MessageSink, PacsQuery, ResultSink
from collega.ports.store import Store
from collega.read.signed import ReadReport, label
from collega.receive.rounds import ask_at, cover
from collega.route.dispatch import route, start_early
from collega.route.foresee import foresight
from collega.run.collect import collect
from collega.run.execute import run
from collega.run.gather import NO_SOURCES, Sources, gather
from collega.run.outside import Outward

INTERNAL_ERROR = "internal-error"
FORGOTTEN_AFTER = timedelta(seconds=30)
UNANSWERED = frozenset({JobState.QUEUED, JobState.RUNNING, JobState.AWAITING, JobState.OFFERED, JobState.RAN})


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """Everything that the steps work with; ``bootstrap`` fills it."""

    store: Store
    archive: Archive
    clock: Clock
    runner: AppRunner
    policy: Policy
    sink: ResultSink | None
    query: PacsQuery | None
    catalogue: Mapping[str, Manifest]
    sources: Sources = NO_SOURCES
    messages: MessageSink | None = None
    availability: AvailabilitySink | None = None
    outward: Outward | None = None
    read_report: ReadReport | None = None


def steps(world: World) -> dict[str, Callable[..., Awaitable[None]]]:
    """Bind each step of the table to the world."""
    store, archive, clock, policy = world.store, world.archive, world.clock, world.policy
    catalogue = world.catalogue
    bound: dict[str, Callable[..., Awaitable[None]]] = {
        "route": partial(route, store, clock, policy, catalogue),
        "start_early": partial(start_early, store, clock, policy, catalogue),
        "gather": partial(gather, store, archive, clock, policy, catalogue, world.sources, go_without),
        "run": partial(run, store, archive, world.runner, clock, policy, catalogue, outward=world.outward),
        "collect": partial(collect, store, archive, clock, policy, catalogue),
        "normalise": partial(normalise, store, archive, clock, catalogue),
        "plan": partial(plan, store, archive, clock, policy, catalogue),
        "page": partial(page, store, archive, clock, policy, catalogue),
        "tell_again": partial(say_again, store, clock, policy, catalogue),
        "label": partial(label, store, clock, world.read_report),
        "fall_back": partial(fall_back, store, archive, clock, policy, catalogue),
    }
    if world.sink is not None:
        bound["deliver"] = partial(deliver, store, archive, clock, policy, world.sink)
    if world.messages is not None:
        bound["tell"] = partial(tell, store, clock, policy, world.messages)
    if world.availability is not None:
        bound["notify"] = partial(notify, store, clock, policy, world.availability)
    if world.query is not None:
        bound["coverage"] = partial(cover, store, clock, policy, world.query, partial(foresight, catalogue, policy))
    return bound


async def find_forgotten(world: World) -> None:
    """Order the delivery of what is long due: neither a step that was given up nor a new name strands a result."""
    await _find_forgotten_round(world)
    await _find_forgotten_messages(world)
    await _find_forgotten_notices(world)
    pacs = world.policy.pacs
    if pacs is None:
        return
    async with world.store.transaction() as transaction:
        if await transaction.adopt(pacs.name, world.clock.now()):
            await transaction.add_step(deliver_now(world.policy))
        next_due = await transaction.next_due(pacs.name)
        _, not_before = await transaction.link(pacs.name)
        long_ago = world.clock.now() - FORGOTTEN_AFTER
        if next_due is not None and max(next_due, not_before or next_due) < long_ago:
            await transaction.add_step(deliver_now(world.policy))


async def _find_forgotten_round(world: World) -> None:
    """Order a round of coverage where none is on its way: the first one, and one whose order was lost."""
    rules = world.policy.coverage
    if rules is None:
        return
    async with world.store.transaction() as transaction:
        last = await transaction.last_round()
        if last is None or last.at + rules.every + FORGOTTEN_AFTER < world.clock.now():
            await transaction.add_step(ask_at(world.clock.now()))


async def _find_forgotten_messages(world: World) -> None:
    """Order the sending of what waits: a destination that was named anew has a queue already, perhaps."""
    async with world.store.transaction() as transaction:
        for name in sorted(await transaction.destinations_waited_for()):
            if world.policy.destination(name) is not None:
                await transaction.add_step(replace(tell_now(name), once=True))


async def _find_forgotten_notices(world: World) -> None:
    """Order the telling of what is long due: its order was lost, or the step was given up."""
    rules = world.policy.availability
    if rules is None:
        return
    async with world.store.transaction() as transaction:
        next_at = await transaction.next_availability(rules.peer)
        if next_at is not None and next_at < world.clock.now() - FORGOTTEN_AFTER:
            await transaction.add_step(notify_at(rules.peer, world.clock.now()))


async def give_up(world: World, step: str, arguments: Mapping[str, object], error: Exception) -> None:
    """Show that a step has failed for the last time: the job ends as failed, never in silence."""
    why = f"step {step}: {type(error).__name__}"
    async with world.store.transaction() as transaction:
        now = world.clock.now()
        job_key = arguments.get("job_key")
        job = await transaction.job(str(job_key)) if job_key else None
        study_key = job.study_key if job else arguments.get("study_key")
        study = await transaction.study(str(study_key)) if study_key else None
        await transaction.quarantine(
            kind="step",
            code=INTERNAL_ERROR,
            text=why,
            at=now,
            study_instance_uid=study.study_instance_uid if study else "",
            job_key=job.key if job else None,
            source=step,
        )
        await transaction.add_event(
            Event(kind="gave_up", at=now, study_key=study.key if study else None, payload={"step": step, "why": why})
        )
        if job is None or study is None:
            return
        if job.state in UNANSWERED:
            result = failed(job, study, INTERNAL_ERROR, REASONS[INTERNAL_ERROR])
            await conclude(transaction, world.clock, job, result, detail=why)
        elif job.state in {JobState.NORMALISED, JobState.ASKED}:
            await transaction.move_job(job, after=JobState.DONE, at=now, reason_code=INTERNAL_ERROR, reason=why)
            # Its objects could not be built: the page says what it found.
            page_of: dict[str, str | int] = {"study_key": study.key, "revision": study.revision}
            await transaction.add_step(NextStep(step="page", arguments=page_of))
