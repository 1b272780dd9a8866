"""A house with a PACS: studies whose apps have answered, and an engine that takes each order in its time."""

import copy
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from collega.errors import FencedError
from collega.formats.dicom_study import read_header
from collega.formats.dicom_write import encode
from collega.model.app import Manifest, Stage
from collega.model.code import Text
from collega.model.delivery import Delivery, DeliveryState, ResultObject
from collega.model.finding import AppResult, Evaluation, Finding, Region, RegionKind, Segment, Status
from collega.model.ids import storage_key
from collega.model.job import FINAL_JOB_STATES, Attempt, AttemptOutcome, Job, JobState, NextStep
from collega.model.policy import PacsPolicy, Policy
from collega.model.result import ObjectKind
from collega.model.study import Instance, InstanceHeader, StudyState
from collega.pipeline import World, steps
from collega.receive.intake import admit, file_path
from collega.route.dispatch import route
from collega.testing import records
from collega.testing.fake_notices import FakeAvailabilitySink
from collega.testing.fake_ris import FakeMessageSink
from collega.testing.fakes import FakeArchive, FakeClock, FakeRunner, FakeSink, FakeStore
from collega.testing.synthetic import chest_film

ANSWER = Attempt(outcome=AttemptOutcome.ANSWERED, detail="", isolation=(), wall_s=0.1, cpu_s=0.1, peak_mb=1.0)
PATIENCE = 5000


@cache
def _film(seed: int) -> Dataset:
    dataset = chest_film(seed, compressed=False)
    dataset.Rows = dataset.Columns = 8
    dataset.PixelData = bytes(64)
    return dataset


def film(seed: int = 1, **values: object) -> bytes:
    """Give an encoded film of eight by eight pixels; ``values`` replace elements."""
    dataset = copy.deepcopy(_film(seed))
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return encode(dataset)


def findings(images: Sequence[str], evaluation: Evaluation, *, region: bool = False) -> tuple[Finding, ...]:
    value = {Evaluation.PRESENT: 0.8, Evaluation.ABSENT: 0.1, Evaluation.UNDETERMINED: 0.5}[evaluation]
    made = records.finding(images, evaluation, value)
    box = Region(kind=RegionKind.BOX, image=images[0], frame=1, points=((1.0, 1.0), (5.0, 6.0)))
    return (replace(made, regions=(box,)) if region else made,)


class House:
    """Everything that the steps of delivery work with, and shorthands for what tests ask."""

    def __init__(self, folder: Path, *manifests: Manifest, stage: Stage = Stage.LIVE, **pacs: object) -> None:
        self.store = FakeStore(stage)
        self.archive = FakeArchive(folder)
        self.clock = FakeClock()
        self.sink = FakeSink()
        self.ris = FakeMessageSink()
        self.told = FakeAvailabilitySink()
        base = records.policy()
        assert isinstance(base.pacs, PacsPolicy)
        self.policy: Policy = replace(base, pacs=replace(base.pacs, **pacs))  # type: ignore[arg-type]
        self.catalogue: Mapping[str, Manifest] = {item.id: item for item in manifests or (records.manifest(),)}

    def world(self) -> World:
        return World(
            store=self.store,
            archive=self.archive,
            clock=self.clock,
            runner=FakeRunner(lambda *_: None),
            policy=self.policy,
            sink=self.sink,
            query=None,
            catalogue=self.catalogue,
            messages=self.ris,
            availability=self.told,
        )

    async def receive(self, *encoded: bytes) -> InstanceHeader:
        """Take objects of one study and give them to the apps."""
        made = await self.take(*encoded)
        study = self.store.memory.studies[storage_key(made[0].study_instance_uid)]
        async with self.store.transaction() as transaction:
            await transaction.close_study(
                study.key, revision=study.revision, before=StudyState.RECEIVING, after=StudyState.COMPLETE
            )
        await route(self.store, self.clock, self.policy, self.catalogue, study_key=study.key, revision=study.revision)
        self.store.memory.steps = [step for step in self.store.memory.steps if step.step != "run"]
        return made[0]

    async def take(self, *encoded: bytes) -> list[InstanceHeader]:
        """Take objects, and no more."""
        made = [read_header(content, self.policy.zone) for content in encoded]
        for header, content in zip(made, encoded, strict=True):
            self.archive.keep(file_path(header), content)
            async with self.store.transaction() as transaction:
                await admit(transaction, header, size=len(content), at=self.clock.now(), source="SCANNER")
        return made

    def open_jobs(self) -> list[Job]:
        return [job for job in self.store.memory.jobs.values() if job.state not in FINAL_JOB_STATES]

    async def answer(
        self,
        app_id: str = "finder",
        evaluation: Evaluation | None = Evaluation.PRESENT,
        status: Status = Status.ANALYSED,
        *,
        region: bool = False,
        segments: tuple[Segment, ...] = (),
    ) -> Job:
        """Let the open job of an app end with a result, and order its plan."""
        (job,) = [job for job in self.open_jobs() if job.app_id == app_id]
        study = self.store.memory.studies[job.study_key]
        reason = Text(en="because", nl="daarom")
        is_answer = status is Status.ANALYSED and evaluation is not None
        result = AppResult(
            app_id=app_id,
            app_version=job.app_version,
            study_instance_uid=study.study_instance_uid,
            status=status,
            reason_code="" if is_answer else "because",
            reason=None if is_answer else reason,
            findings=findings(job.inputs, evaluation, region=region) if is_answer and evaluation else (),
            segments=segments,
        )
        async with self.store.transaction() as transaction:
            started = await transaction.start_attempt(job.key, self.clock.now())
            await transaction.end_attempt(started, ANSWER, self.clock.now(), JobState.RAN)
            ran = await transaction.job(job.key)
            assert ran is not None
            await transaction.move_job(ran, after=JobState.NORMALISED, at=self.clock.now(), outcome=result.outcome)
            await transaction.add_result(job, result, self.clock.now())
            await transaction.add_step(NextStep(step="plan", arguments={"job_key": job.key}))
        return job

    async def work(self, until: timedelta = timedelta()) -> None:
        """Take orders in the order of their time until none is left before ``until``, as the engine does."""
        end = self.clock.now() + until
        bound = steps(self.world())
        for _ in range(PATIENCE):
            due = [step for step in self.waiting if (step.at or self.clock.now()) <= end]
            if not due:
                self.clock.go_to(end)
                return
            step = min(due, key=lambda item: item.at or self.clock.now())
            self.waiting.remove(step)
            self.clock.go_to(step.at or self.clock.now())
            await self._take(bound, step)
        pytest.fail("orders without end")

    @property
    def waiting(self) -> list[NextStep]:
        """Orders that wait."""
        return self.store.memory.steps

    @staticmethod
    async def _take(bound: Mapping[str, Callable[..., Awaitable[None]]], step: NextStep) -> None:
        try:
            await bound[step.step](**step.arguments)
        except FencedError:
            return

    async def set_stage(self, stage: Stage, app_id: str = "finder") -> None:
        async with self.store.transaction() as transaction:
            await transaction.set_stage(app_id, "1.0.0", stage, "someone", "a test")

    @property
    def deliveries(self) -> list[Delivery]:
        return list(self.store.memory.deliveries.values())

    def state(self, kind: ObjectKind) -> list[DeliveryState]:
        return [item.state for item in self.deliveries if item.object.kind is kind]

    def objects(self, kind: ObjectKind | None = None) -> list[ResultObject]:
        return [item for item in self.store.memory.objects.values() if kind in {None, item.kind}]

    def sent(self, kind: ObjectKind) -> int:
        """Count how many times an object of that kind was offered to the PACS."""
        kinds = {item.reference.sop_instance_uid: item.kind for item in self.objects()}
        return sum(kinds[uid] is kind for uid in self.sink.sent)

    def read(self, item: ResultObject) -> Dataset:
        return dcmread(self.archive.path(item.path))

    def instance(self, uid: str) -> Instance:
        return self.store.memory.instances[uid]


@pytest.fixture
def house(tmp_path: Path) -> Callable[..., House]:
    def make(*manifests: Manifest, stage: Stage = Stage.LIVE, **pacs: object) -> House:
        return House(tmp_path / "data", *manifests, stage=stage, **pacs)

    return make
