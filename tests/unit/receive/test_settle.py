"""When a study is all here: by evidence at once, else released and then quiet."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.receive.simulation import LEARNS, House, counted, ct, head_app, policy, said, simulate, stack

from collega.model.evidence import EvidenceKind
from collega.model.job import JobState
from collega.model.policy import QuietTimes
from collega.model.study import Role
from collega.ports.store import Transaction
from collega.receive.completeness import EVIDENCE, Mark
from collega.testing import records
from collega.testing.fakes import FakeStore

QUIET_S = 60.0
FILM = records.header("film", study="F")


async def test_time_is_simulated_and_waiting_costs_none() -> None:
    async def body() -> datetime:
        house = House()
        await house.wait(1800)
        return house.clock.now()

    began = asyncio.get_running_loop().time()
    ended = await asyncio.to_thread(simulate, body())
    assert ended - records.AT >= timedelta(minutes=30)
    assert asyncio.get_running_loop().time() - began < 10


# ------------------------------------------------------------------ without evidence: released, then quiet


def test_a_study_is_complete_when_released_and_quiet() -> None:
    async def body() -> None:
        house = House()
        await house.send(*stack(3))
        await house.wait(1000)
        assert house.evidence() == [], "an open association may bring more"
        await house.release()
        await house.wait(QUIET_S - 1)
        assert house.evidence() == []
        await house.wait(2)
        (event,) = house.events("complete")
        assert (event.payload["evidence"], event.payload["quiet_s"]) == ("association released", QUIET_S)

    simulate(body())


def test_the_longest_quiet_time_of_a_study_counts() -> None:
    async def body() -> None:
        house = House()
        await house.send(FILM, ct(1, study="F"), records.header("film 2", study="F"))
        await house.release()
        await house.wait(QUIET_S - 1)
        assert house.evidence() == []
        await house.wait(2)
        assert len(house.evidence()) == 1

    simulate(body())


def test_another_image_starts_the_quiet_time_anew() -> None:
    async def body() -> None:
        house = House()
        for number, name in enumerate("abc"):
            await house.send(ct(number), over=name)
            await house.release(name)
            await house.wait(QUIET_S / 2)
        assert house.evidence() == []
        await house.wait(QUIET_S)
        assert len(house.evidence()) == 1

    simulate(body())


def test_all_associations_must_have_ended() -> None:
    async def body() -> None:
        house = House()
        await house.send(ct(1), over="a")
        await house.send(ct(2), over="b")
        await house.release("a")
        await house.wait(10 * QUIET_S)
        assert house.evidence() == []
        await house.release("b")
        await house.wait(QUIET_S + 1)
        assert len(house.evidence()) == 1

    simulate(body())


def test_an_association_that_moved_on_is_weaker_evidence() -> None:
    async def body() -> None:
        house = House()
        await house.send(ct(1, study="A"), ct(1, study="B"))
        await house.wait(QUIET_S * ((EVIDENCE[Mark.MOVED_ON].study or 0) - 0.1))
        assert house.evidence() == []
        await house.wait(QUIET_S * 0.2)
        assert house.evidence() == ["association moved on"]
        await house.release()
        await house.wait(QUIET_S + 1)
        assert house.evidence() == ["association moved on", "association released"]

    simulate(body())


def test_a_sender_that_interleaves_closes_no_study_early() -> None:
    async def body() -> None:
        house = House()
        for number in range(6):
            for study in "AB":
                await house.send(ct(number, study=study))
                await house.wait(QUIET_S)
        assert house.evidence() == []

    simulate(body())


def test_a_connection_that_is_lost_proves_no_series_and_the_study_waits() -> None:
    async def body() -> None:
        house = House(head_app())
        await house.send(*stack(9))
        house.hearing.settling.broken("a")
        await house.release()
        assert house.jobs() == []
        await house.send(ct(9), over="b")
        await house.release("b")
        assert house.jobs() == [("head", 1, JobState.QUEUED, 10)], "the sender came back and ended in good order"
        await house.wait(QUIET_S + 1)
        assert house.evidence() == ["association released"]

    simulate(body())


# ------------------------------------------------------------------ restarts, faults, races


def test_after_a_restart_a_study_is_taken_up_with_what_was_said_of_it() -> None:
    async def body(*, told: bool) -> list[str]:
        first = House()
        await first.send(*stack(3))
        if told:
            async with first.store.transaction() as transaction:
                await transaction.add_evidence(said(EvidenceKind.MPPS_COMPLETED, stack(3)))
        first.kill()
        again = House(store=first.store)
        again.store.memory.events.clear()
        await again.hearing.resume()
        await again.settle()
        if not told:
            assert again.evidence() == []
            await again.wait(QUIET_S + 1)
        return again.evidence()

    assert simulate(body(told=False)) == ["receiver restarted"]
    assert simulate(body(told=True)) == ["procedure step ended"]


def test_an_image_after_a_restart_takes_over_the_watch() -> None:
    async def body() -> None:
        first = House()
        await first.send(ct(1))
        first.kill()
        again = House(store=first.store)
        await again.hearing.resume()
        await again.send(ct(2))
        await again.wait(5 * QUIET_S)
        assert again.evidence() == []

    simulate(body())


class Away(FakeStore):
    """A database that is away for a while: so many transactions fail."""

    fails = 0

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:  # type: ignore[override]
        if self.fails:
            self.fails -= 1
            raise ConnectionError
        async with super().transaction() as transaction:
            yield transaction


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("fails", [1, 3])
def test_a_database_that_is_away_does_not_make_it_forget(fails: int) -> None:
    async def body() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # the failure is told there: expected
        store = Away()
        house = House(store=store)
        await house.send(ct(1))
        await house.release()
        store.fails = fails
        await house.wait(QUIET_S + fails + 2)
        assert len(house.evidence()) == 1

    simulate(body())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_database_that_is_away_when_the_first_image_is_looked_at() -> None:
    async def body() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # the failure is told there: expected
        store = Away()
        house = House(store=store)
        async with store.transaction() as transaction:
            await transaction.add_evidence(said(EvidenceKind.INSTANCES_AVAILABLE, stack(2)))
        await house.send(ct(0))
        store.memory.events.clear()
        house.kill()
        again = House(store=store)
        store.fails = 1
        with pytest.raises(ConnectionError):
            await again.hearing.settling.resume(records.study(ct(0)).key)
        await again.wait(2)
        await again.send(ct(1))
        assert again.evidence() == ["instances available"]

    simulate(body())


def test_a_sender_of_evidence_hears_of_a_database_that_is_away() -> None:
    async def body() -> None:
        store = Away()
        house = House(store=store)
        await house.send(*stack(2))
        store.fails = 1
        with pytest.raises(ConnectionError):
            await house.tell(said(EvidenceKind.MPPS_COMPLETED, stack(2)))
        assert house.evidence() == []
        await house.tell(said(EvidenceKind.MPPS_COMPLETED, stack(2)))
        assert house.evidence() == ["procedure step ended"]

    simulate(body())


class Slow(FakeStore):
    """A database that takes its time over the transaction that closes a study."""

    def __init__(self) -> None:
        super().__init__()
        self.gate: asyncio.Event | None = None

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:  # type: ignore[override]
        before = self._completed()
        async with super().transaction() as transaction:
            yield transaction
        if self.gate is not None and self._completed() > before:
            await self.gate.wait()

    def _completed(self) -> int:
        return sum(event.kind == "complete" for event in self.memory.events)


def test_an_image_that_comes_while_it_is_being_closed_is_not_forgotten() -> None:
    """The new image comes, and its association ends, between the commit and the answer of the database."""

    async def body() -> None:
        store = Slow()
        house = House(store=store)
        await house.send(ct(1))
        await house.release()
        gate = store.gate = asyncio.Event()
        await house.wait(QUIET_S + 1)
        assert len(house.evidence()) == 1
        store.gate = None
        await house.send(ct(2), over="b")
        await house.release("b")
        gate.set()
        await house.wait(QUIET_S + 1)
        assert len(house.evidence()) == 2

    simulate(body())


# ------------------------------------------------------------------ evidence


NAMED = {
    EvidenceKind.MPPS_COMPLETED: "procedure step ended",
    EvidenceKind.INSTANCES_AVAILABLE: "instances available",
    EvidenceKind.COMMITMENT_ASKED: "storage commitment asked",
}


@pytest.mark.shows("R26")
@pytest.mark.parametrize("kind", list(NAMED))
@pytest.mark.parametrize("when", ["before", "between", "after"])
def test_a_named_list_skips_the_quiet_time_whenever_it_comes(kind: EvidenceKind, when: str) -> None:
    async def body() -> None:
        house = House()
        images = stack(5)
        unnamed = ct(1, series="scout")
        evidence = said(kind, images)
        if when == "before":
            await house.tell(evidence)
        await house.send(unnamed, *images[:3])
        if when == "between":
            await house.tell(evidence)
        assert house.evidence() == []
        await house.send(*images[3:])
        if when == "after":
            await house.wait(7)
            await house.tell(evidence)
        (event,) = house.events("complete")
        assert event.payload["evidence"] == NAMED[kind]
        assert event.payload["quiet_s"] == 0
        assert event.payload["waited_s"] == (7 if when == "after" else 0)
        assert event.payload["heard"] == [f"{kind} (CT1): 5 of 5 objects here"]

    simulate(body())


@pytest.mark.shows("R26")
@pytest.mark.parametrize("when", ["before", "between", "after"])
def test_a_list_without_study_or_series_finds_its_study_by_the_objects(when: str) -> None:
    async def body() -> None:
        house = House()
        images = stack(4)
        uids = tuple(header.sop_instance_uid for header in images)
        (series,) = said(EvidenceKind.COMMITMENT_ASKED, images).series
        bare = replace(series, series_instance_uid="", sop_instance_uids=uids)
        evidence = said(EvidenceKind.COMMITMENT_ASKED, images, study_instance_uid="", series=(bare,))
        if when == "before":
            await house.tell(evidence)
        await house.send(*images[:2])
        if when == "between":
            await house.tell(evidence)
        await house.send(*images[2:])
        if when == "after":
            await house.tell(evidence)
        assert house.evidence() == ["storage commitment asked"]
        (kept,) = house.store.memory.evidence
        assert kept.study_instance_uid == images[0].study_instance_uid

    simulate(body())


def test_a_list_over_two_studies_completes_both() -> None:
    async def body() -> None:
        house = House()
        images = [*stack(2, study="A"), *stack(2, study="B")]
        await house.send(*images)
        (first, second) = said(EvidenceKind.COMMITMENT_ASKED, images).series
        merged = replace(
            first, series_instance_uid="", sop_instance_uids=first.sop_instance_uids + second.sop_instance_uids
        )
        await house.tell(said(EvidenceKind.COMMITMENT_ASKED, images, study_instance_uid="", series=(merged,)))
        assert house.evidence() == ["storage commitment asked"] * 2

    simulate(body())


def test_the_word_on_a_step_finds_its_study_by_the_step() -> None:
    async def body() -> None:
        house = House()
        await house.tell(said(EvidenceKind.MPPS_IN_PROGRESS, [], study_instance_uid=ct(1).study_instance_uid))
        await house.tell(said(EvidenceKind.MPPS_COMPLETED, stack(2), study_instance_uid=""))
        await house.send(*stack(2))
        assert house.evidence() == ["procedure step ended"]

    simulate(body())


@pytest.mark.parametrize("kind", [EvidenceKind.MPPS_COMPLETED, EvidenceKind.COMMITMENT_ASKED])
def test_a_step_in_progress_holds_the_study_open_until_the_quiet_time(kind: EvidenceKind) -> None:
    async def body() -> None:
        house = House()
        await house.tell(said(EvidenceKind.MPPS_IN_PROGRESS, stack(1), series=(), reference="second"))
        await house.tell(said(kind, stack(3)))
        await house.send(*stack(3))
        await house.release()
        assert house.evidence() == []
        await house.wait(QUIET_S + 1)
        assert house.evidence() == ["association released"]

    simulate(body())


@given(order=st.permutations(["open 1", "open 2", "end 1", "end 2"]), ended=st.sampled_from(["completed", "cut"]))
@settings(max_examples=40, deadline=None)
def test_the_words_on_steps_may_come_in_any_order(order: list[str], ended: str) -> None:
    async def body() -> None:
        house = House()
        images = {"1": stack(2, series="1"), "2": stack(2, series="2")}
        await house.send(*images["1"], *images["2"])
        end = EvidenceKind.MPPS_COMPLETED if ended == "completed" else EvidenceKind.MPPS_DISCONTINUED
        for place, word in enumerate(order):
            what, which = word.split()
            kind = EvidenceKind.MPPS_IN_PROGRESS if what == "open" else end
            evidence = said(kind, images[which], reference=which)
            await house.tell(evidence if what == "end" else replace(evidence, series=()))
            heard = set(order[: place + 1])
            expected = {"end 1", "end 2"} & heard and not {
                one for one in ("1", "2") if f"open {one}" in heard and f"end {one}" not in heard
            }
            assert bool(house.evidence()) or not expected
            if not house.evidence():
                continue
            return
        raise AssertionError

    simulate(body())


@pytest.mark.parametrize("second", ["released", "stack", "stated", "none"])
def test_counts_need_a_second_reading_and_a_second_proof(second: str) -> None:
    async def body() -> None:
        house = House()
        stated = 4.0 if second == "stated" else None
        images = [ct(number, images_in_acquisition=stated) for number in range(4)]
        if second != "stack":
            images = [replace(one, attributes={**one.attributes, "image_position": None}) for one in images]
        await house.send(*images)
        await house.tell(counted(images, at=house.clock.now()))
        await house.wait(0.2)
        await house.tell(counted(images, at=house.clock.now()))
        assert house.evidence() == [], "two readings at one moment are one"
        await house.wait(5)
        await house.tell(counted(images, at=house.clock.now()))
        if second == "released":
            assert house.evidence() == []
            await house.release()
        assert house.evidence() == ([] if second == "none" else ["counted in the PACS"])

    simulate(body())


@pytest.mark.parametrize("wrong", ["fewer here", "more here", "another series", "changing"])
def test_counts_that_do_not_agree_prove_nothing(wrong: str) -> None:
    async def body() -> None:
        house = House()
        images = stack(4)
        others = {
            "fewer here": stack(5),
            "more here": stack(3),
            "another series": [*images, ct(1, series="2")],
            "changing": images,
        }[wrong]
        await house.send(*images)
        await house.release()
        first = stack(3) if wrong == "changing" else others
        await house.tell(counted(first, at=house.clock.now()))
        await house.wait(5)
        await house.tell(counted(others, at=house.clock.now()))
        assert house.evidence() == []

    simulate(body())


@pytest.mark.shows("R26", "R31")
def test_a_late_reconstruction_is_not_completed_by_the_list_of_the_scan() -> None:
    """Each of its images would be a revision of its own; and the app that does not take it runs no more."""

    async def body() -> None:
        bystander = records.manifest("soft", accepts={"modality": ["CT"], "series_description": ["soft"]})
        everything = records.manifest("all", accepts={"modality": ["CT"]})
        house = House(bystander, everything)
        await house.tell(said(EvidenceKind.MPPS_COMPLETED, stack(4, series="soft")))
        await house.send(*stack(4, series="soft"))
        await house.release()
        await house.finish_jobs()
        await house.wait(600)
        await house.send(*stack(20, series="bone"), over="late")
        await house.release("late")
        await house.send(ct(1, series="dose", role=Role.DERIVED), over="dose")
        await house.release("dose")
        await house.wait(600)
        assert house.evidence() == ["procedure step ended", "association released"]
        assert house.revision() == 2
        assert house.jobs() == [
            ("soft", 1, JobState.DONE, 4),
            ("all", 1, JobState.SUPERSEDED, 4),
            ("all", 2, JobState.QUEUED, 24),
        ]

    simulate(body())


def test_a_dose_report_ten_minutes_later_changes_nothing() -> None:
    async def body() -> None:
        house = House(head_app())
        await house.send(*stack(10))
        await house.release()
        await house.wait(600)
        before = (house.revision(), house.jobs(), house.evidence())
        await house.send(ct(1, series="dose", role=Role.DERIVED), over="dose")
        await house.release("dose")
        await house.wait(600)
        assert (house.revision(), house.jobs(), house.evidence()) == before

    simulate(body())


# ------------------------------------------------------------------ learned pauses


@pytest.mark.shows("R26")
def test_a_scanner_that_never_pauses_is_waited_for_less() -> None:
    async def body() -> None:
        house = House(rules=policy(learning=LEARNS))
        quiets = []
        for study in "ABCDE":
            for number in range(4):
                await house.send(ct(number, study=study))
                await house.wait(4)
            await house.release()
            await house.wait(2 * QUIET_S)
            quiets.append(house.events("complete")[-1].payload["quiet_s"])
        assert quiets == [60, 60, 60, 8, 8], "the longest pause of 4 s, twice"
        house.kill()
        again = House(store=house.store, rules=policy(learning=LEARNS))
        await again.hearing.resume()
        await again.send(ct(0, study="after"))
        await again.release()
        await again.wait(9)
        assert len(again.events("complete")) == 6, "what was learned outlives the process"

    simulate(body())


def test_a_pause_that_opened_a_revision_is_learned_from() -> None:
    async def body() -> None:
        house = House(rules=policy(learning=replace(LEARNS, studies=6)))
        for study in "ABC":
            await house.send(*stack(2, study=study))
            await house.release()
            await house.wait(100)
            await house.send(ct(9, study=study), over="b")
            await house.release("b")
            await house.wait(1000)
        await house.send(ct(1, study="D"))
        await house.release()
        await house.wait(199)
        assert len(house.evidence()) == 6
        await house.wait(60)
        assert len(house.evidence()) == 7, "twice the pause of 100 s, at most four quiet times"

    simulate(body())


def test_zero_quiet_is_no_wait() -> None:
    async def body() -> None:
        house = House(rules=records.policy(quiet=QuietTimes(projection_s=0, volume_s=0, other_s=0)))
        await house.send(FILM)
        await house.release()
        assert house.evidence() == ["association released"]

    simulate(body())


# ------------------------------------------------------------------ what it costs


@pytest.mark.shows("R26")
@pytest.mark.parametrize("associations", [1, 4])
def test_two_thousand_arrivals_are_looked_at_a_few_times_only(associations: int) -> None:
    """Each look at a study reads the clock once, as each arrival does."""

    async def body() -> None:
        house = House(head_app())
        images = [image for pair in zip(stack(1000), stack(1000, series="2"), strict=True) for image in pair]
        await house.tell(said(EvidenceKind.MPPS_COMPLETED, images))
        await house.send(images[0], over="0")
        key = records.study(images[0]).key
        before = house.clock.asked
        for number, header in enumerate(images[1:-1], 1):
            house.hearing.settling.arrived(f"{number % associations}", key, header)
        assert house.clock.asked - before <= len(images) + 2 * associations
        assert house.evidence() == []
        await house.send(images[-1], over="0")
        assert house.evidence() == ["procedure step ended"], "in the same turn, without a timer"

    simulate(body())


def test_a_list_that_has_completed_a_study_does_not_complete_it_again() -> None:
    """Images that it does not name come before routing has had its turn: the revision is the same."""

    async def body() -> None:
        house = House(routes=False)
        await house.tell(said(EvidenceKind.MPPS_COMPLETED, stack(3)))
        await house.send(*stack(3))
        assert house.evidence() == ["procedure step ended"]
        await house.send(*stack(20, series="more"))
        assert house.evidence() == ["procedure step ended"]
        await house.release()
        await house.wait(QUIET_S + 1)
        assert house.evidence() == ["procedure step ended", "association released"]

    simulate(body())
