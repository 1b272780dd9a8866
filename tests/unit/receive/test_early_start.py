"""An app starts when its own series are here, and gets nothing twice and nothing less than all in the end."""

from collections import Counter
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.receive.simulation import House, counted, ct, head_app, said, simulate, stack

from collega.model.app import Stage
from collega.model.evidence import EvidenceKind
from collega.model.ids import storage_key
from collega.model.job import JobState
from collega.model.study import InstanceHeader, Role, StudyState
from collega.receive.completeness import EVIDENCE, Mark
from collega.receive.intake import admit
from collega.route.dispatch import start_early
from collega.route.match import Guards, input_digest, match
from collega.testing import records

SOFT = {"series_description": ["soft"]}


async def proven_by_next_series(house: House, images: list[InstanceHeader]) -> None:
    await house.send(*images, ct(1, series="bone"))


async def proven_by_release(house: House, images: list[InstanceHeader]) -> None:
    await house.send(ct(1, series="bone"), over="b")  # goes on elsewhere: the study is not over
    await house.send(*images)
    await house.release()


async def proven_by_list(house: House, images: list[InstanceHeader]) -> None:
    await house.tell(said(EvidenceKind.MPPS_IN_PROGRESS, images, series=(), reference="second"))
    await house.tell(said(EvidenceKind.MPPS_COMPLETED, images))
    await house.send(*images)


async def proven_by_commitment(house: House, images: list[InstanceHeader]) -> None:
    await house.tell(said(EvidenceKind.MPPS_IN_PROGRESS, images, series=(), reference="second"))
    await house.send(*images)
    (series,) = said(EvidenceKind.COMMITMENT_ASKED, images).series
    bare = type(series)(series_instance_uid="", sop_instance_uids=series.sop_instance_uids)
    await house.tell(said(EvidenceKind.COMMITMENT_ASKED, images, series=(bare,)))


async def proven_by_count(house: House, images: list[InstanceHeader]) -> None:
    await house.send(*images)
    for _ in range(2):
        await house.tell(counted([*images, ct(1, series="not here yet")], at=house.clock.now()))
        await house.wait(3)


async def proven_by_acquisition(house: House, images: list[InstanceHeader]) -> None:
    count = float(len(images))
    await house.send(*(ct(number, series="soft", images_in_acquisition=count) for number in range(len(images))))


PROOFS = {
    Mark.NEXT_SERIES: proven_by_next_series,
    Mark.RELEASED: proven_by_release,
    Mark.STEP_ENDED: proven_by_list,
    Mark.COMMITMENT: proven_by_commitment,
    Mark.COUNTED: proven_by_count,
    Mark.IN_ACQUISITION: proven_by_acquisition,
}


def test_each_proof_of_a_series_is_shown_here() -> None:
    proofs = {mark for mark, worth in EVIDENCE.items() if worth.series == 0}
    assert proofs == PROOFS.keys() | {Mark.AVAILABLE}, "instances available is a list, like a step that ended"


@pytest.mark.shows("R26")
@pytest.mark.parametrize("mark", list(PROOFS))
def test_an_app_starts_while_the_study_is_coming_in(mark: Mark) -> None:
    async def body() -> None:
        house = House(head_app(accepts=SOFT))
        await PROOFS[mark](house, stack(8, series="soft"))
        assert house.jobs() == [("head", 1, JobState.QUEUED, 8)]
        assert house.evidence("app_ready") == [mark]
        assert house.events("complete") == []

    simulate(body())


@pytest.mark.parametrize(
    ("mark", "lack"),
    # The proof by stated numbers draws a stack of its own, which has no gap.
    [pair for pair in product(PROOFS, ["slices", "gap", "other series"]) if pair != (Mark.IN_ACQUISITION, "gap")],
)
def test_an_app_whose_needs_are_not_met_waits_for_the_study(mark: Mark, lack: str) -> None:
    async def body() -> None:
        wanted = {"series_description": ["lung"]} if lack == "other series" else SOFT
        house = House(head_app(accepts=wanted))
        images = stack(7 if lack == "slices" else 9, series="soft")
        if lack == "gap":
            del images[4]
        await PROOFS[mark](house, images)
        assert house.jobs() == []
        assert house.evidence("app_ready") == []

    simulate(body())


def test_a_release_after_each_image_proves_nothing() -> None:
    async def body() -> None:
        house = House(head_app())
        for number in range(20):
            await house.send(ct(number), over=str(number))
            await house.release(str(number))
        assert house.jobs() == []

    simulate(body())


def test_a_sender_that_goes_to_and_fro_is_not_believed() -> None:
    async def body() -> None:
        house = House(head_app())
        for number in range(20):
            await house.send(ct(number), ct(number, series="2"))
        assert house.jobs() == []
        await house.release()
        assert [job[0] for job in house.jobs()] == ["head"]

    simulate(body())


def test_a_commitment_for_a_portion_proves_no_series() -> None:
    async def body() -> None:
        house = House(head_app())
        images = stack(20)
        await house.tell(said(EvidenceKind.MPPS_IN_PROGRESS, images, series=(), reference="second"))
        await house.send(*images[:12])
        (series,) = said(EvidenceKind.COMMITMENT_ASKED, images[:8]).series
        bare = type(series)(series_instance_uid="", sop_instance_uids=series.sop_instance_uids)
        await house.tell(said(EvidenceKind.COMMITMENT_ASKED, images, series=(bare,)))
        assert house.jobs() == []

    simulate(body())


@pytest.mark.parametrize("stage", [Stage.OFF, Stage.SUSPENDED])
def test_an_app_that_does_not_run_here_is_not_started(stage: Stage) -> None:
    async def body() -> None:
        house = House(head_app())
        async with house.store.transaction() as transaction:
            await transaction.set_stage("head", "1.0.0", stage, "somebody", "a test")
        await house.send(*stack(8), ct(1, series="2"))
        assert house.jobs() == []
        assert house.events("app_ready") == []

    simulate(body())


@pytest.mark.shows("R25", "R66")
@pytest.mark.parametrize("done", [True, False])
def test_an_early_answer_stands_where_the_rest_does_not_concern_its_app(done: bool) -> None:
    async def body() -> None:
        house = House(head_app(accepts=SOFT), records.manifest("all", accepts={"modality": ["CT"]}))
        await house.send(*stack(8, series="soft"), *stack(3, series="bone"))
        if done:
            await house.finish_jobs()
        await house.release()
        await house.wait(61)
        state = JobState.DONE if done else JobState.QUEUED
        assert house.jobs() == [("head", 1, state, 8), ("all", 1, JobState.QUEUED, 11)]
        assert house.revision() == 1

    simulate(body())


@pytest.mark.shows("R25")
@pytest.mark.parametrize("done", [True, False])
def test_an_early_answer_whose_input_grows_gets_a_revision_of_its_own(done: bool) -> None:
    """A second series while the first is being run: two inputs never share the UIDs of one result."""

    async def body() -> None:
        house = House(head_app())
        await house.send(*stack(8, series="soft"), *stack(8, series="bone"))
        assert house.jobs() == [("head", 1, JobState.QUEUED, 8)]
        if done:
            await house.finish_jobs()
        await house.release()
        await house.wait(61)
        assert house.jobs() == [("head", 1, JobState.SUPERSEDED, 8), ("head", 2, JobState.QUEUED, 16)]
        assert house.revision() == 2
        assert [event.payload["revision"] for event in house.events("revised")] == [2]

    simulate(body())


def test_what_is_too_small_to_be_a_stack_does_not_change_the_input() -> None:
    async def body() -> None:
        house = House(head_app())
        await house.send(*stack(8, series="soft"), *stack(2, series="scout"))
        await house.release()
        await house.wait(61)
        assert house.jobs() == [("head", 1, JobState.QUEUED, 8)]

    simulate(body())


def test_where_no_series_is_as_needed_the_app_gets_all_and_says_so_itself() -> None:
    async def body() -> None:
        house = House(head_app())
        await house.send(*stack(5))
        await house.release()
        await house.wait(61)
        assert house.jobs() == [("head", 1, JobState.QUEUED, 5)]

    simulate(body())


def test_after_a_restart_an_app_is_not_started_again() -> None:
    async def body() -> None:
        first = House(head_app())
        await first.send(*stack(8), ct(1, series="2"))
        first.kill()
        again = House(head_app(), store=first.store)
        await again.hearing.resume()
        await again.settle()
        await again.send(*(ct(number, images_in_acquisition=8.0, series="3") for number in range(8)))
        assert [(job[0], job[1]) for job in again.jobs()] == [("head", 1)]
        assert len(again.events("app_ready")) == 1

    simulate(body())


@pytest.mark.shows("R66")
def test_the_daily_cap_counts_studies_and_not_their_early_starts() -> None:
    async def body() -> None:
        capped = records.manifest("head", accepts={"modality": ["CT"]}, needs=head_app().needs, daily_cap=1)
        house = House(capped)
        await house.send(*stack(8, series="soft"), *stack(8, series="bone"))
        await house.release()
        await house.wait(61)
        assert [job[1:3] for job in house.jobs()] == [(1, JobState.SUPERSEDED), (2, JobState.QUEUED)]
        await house.send(*stack(8, study="B"), over="b")
        await house.release("b")
        await house.wait(61)
        assert len(house.jobs()) == 2

    simulate(body())


def test_the_frames_of_one_object_are_its_slices() -> None:
    async def body() -> None:
        house = House(head_app())
        await house.send(ct(1, frames=40.0), ct(1, series="2"))
        assert [(job[0], job[3]) for job in house.jobs()] == [("head", 1)]

    simulate(body())


# ------------------------------------------------------------------ anything in any order


APPS = (
    head_app("soft", SOFT),
    head_app("any"),
    records.manifest("all", accepts={"modality": ["CT"]}),
    records.manifest("film", accepts={"modality": ["CR"]}),
)
POOL = [
    *stack(9, series="soft"),
    *stack(10, series="bone"),
    *stack(2, series="scout"),
    ct(1, series="dose", role=Role.DERIVED, modality="SR"),
]


@dataclass(frozen=True)
class Act:
    """Something that happens to a study: what, and a number that says which."""

    what: str
    which: int = 0


ACTS = st.one_of(
    st.builds(Act, st.just("send"), st.integers(0, len(POOL) - 1)),
    st.builds(Act, st.just("series"), st.integers(0, 3)),
    st.builds(Act, st.just("release"), st.integers(0, 3)),
    st.builds(Act, st.just("lost"), st.integers(0, 3)),
    st.builds(Act, st.just("wait"), st.integers(1, 400)),
    st.builds(Act, st.just("tell"), st.integers(0, 6)),
    st.builds(Act, st.sampled_from(["finish", "restart", "other"])),
)
WORDS = [
    said(EvidenceKind.MPPS_IN_PROGRESS, POOL[:1], series=(), reference="1"),
    said(EvidenceKind.MPPS_COMPLETED, POOL[:9], reference="1"),
    said(EvidenceKind.MPPS_COMPLETED, POOL[9:19], reference="2"),
    said(EvidenceKind.INSTANCES_AVAILABLE, POOL[:19]),
    said(EvidenceKind.INSTANCES_AVAILABLE, POOL),
    said(EvidenceKind.COMMITMENT_ASKED, POOL[:12], study_instance_uid=""),
    said(EvidenceKind.MPPS_DISCONTINUED, POOL[:3], reference="3"),
]


async def act(house: House, one: Act, number: int) -> House:
    """Let one thing happen; images of a study go over four associations in turn."""
    over = f"association {number % 4}"
    match one.what:
        case "send":
            await house.send(POOL[one.which], over=over)
        case "series":
            series = list(dict.fromkeys(header.series_instance_uid for header in POOL))[one.which]
            await house.send(*(item for item in POOL if item.series_instance_uid == series), over=over)
        case "release":
            await house.release(f"association {one.which}")
        case "lost":
            house.hearing.settling.broken(f"association {one.which}")
            await house.release(f"association {one.which}")
        case "wait":
            await house.wait(one.which)
        case "tell":
            await house.tell(WORDS[one.which])
        case "finish":
            await house.finish_jobs()
        case "other":
            await house.send(ct(number, study="B"), over=over)
        case "restart":
            house.kill()
            house = House(*APPS, store=house.store)
            await house.hearing.resume()
            await house.settle()
        case _:
            raise AssertionError(one)
    return house


async def expected(house: House, key: str) -> dict[str, str]:
    """Digest of what each app should have seen in the end: all that is here, matched at once."""
    async with house.store.transaction() as transaction:
        study = await transaction.study(key)
        instances = await transaction.instances(key)
    assert study is not None
    guards = Guards(now=house.clock.now(), max_study_age=None, jobs_today=0)
    found = [(app, match(study, instances, app, Stage.LIVE, guards)) for app in APPS]
    return {app.id: input_digest(one, instances, app) for app, one in found if one.accepted}


@pytest.mark.shows("R25", "R31", "R66")
@given(acts=st.lists(ACTS, min_size=1, max_size=25))
@settings(max_examples=120, deadline=None)
def test_nothing_is_run_twice_or_left_out_whatever_happens_in_whatever_order(acts: list[Act]) -> None:
    async def body() -> None:
        house = House(*APPS)
        for number, one in enumerate(acts):
            house = await act(house, one, number)
        await house.release(*(f"association {number}" for number in range(4)))
        await house.wait(1800)
        memory = house.store.memory
        for key, study in memory.studies.items():
            images = [item for item in memory.instances.values() if item.study_key == key]
            if not any(item.header.role is Role.IMAGE for item in images):
                continue
            assert study.state is StudyState.ROUTED, "no study is forgotten"
            jobs = [job for job in memory.jobs.values() if job.study_key == key]
            standing = {job.app_id: job.input_digest for job in jobs if job.state is not JobState.SUPERSEDED}
            assert standing == await expected(house, key), "each app has seen what is here"
            inputs = Counter((job.app_id, job.input_digest) for job in jobs)
            assert not [one for one, count in inputs.items() if count > 1], "no input was run twice"
        revisions: Counter[Any] = Counter((job.study_key, job.app_id, job.revision) for job in memory.jobs.values())
        assert set(revisions.values()) <= {1}, "no two inputs share the UIDs of a result"

    simulate(body())


def test_a_step_that_runs_twice_starts_once() -> None:
    async def body() -> None:
        house = House(head_app(accepts=SOFT))
        images = stack(8, series="soft")
        await house.send(*images[:4])
        which: dict[str, Any] = {
            "study_key": records.study(images[0]).key,
            "revision": 1,
            "app_id": "head",
            "series": storage_key(images[0].series_instance_uid),
        }
        await start_early(house.store, house.clock, house.policy, house.catalogue, **which)
        await house.send(*images[4:])
        await start_early(house.store, house.clock, house.policy, house.catalogue, **which)
        assert house.jobs() == [("head", 1, JobState.QUEUED, 4)]

    simulate(body())


def test_objects_that_the_store_knows_before_their_arrival_is_told_have_their_sender() -> None:
    """Objects are recorded in portions: the account of a study may run ahead of what was told of it."""

    async def body() -> None:
        house = House(head_app(accepts=SOFT))
        images = [ct(1, series="scout"), *stack(9, series="soft")]
        async with house.store.transaction() as transaction:
            for header in images:
                await admit(transaction, header, size=1, at=house.clock.now(), source="SENDER")
        key = records.study(images[0]).key
        house.hearing.settling.arrived("a", key, images[0])
        await house.settle()
        for header in images[1:]:
            house.hearing.settling.arrived("a", key, header)
        await house.settle()
        assert house.jobs() == []
        await house.release()
        assert house.jobs() == [("head", 1, JobState.QUEUED, 9)]

    simulate(body())
