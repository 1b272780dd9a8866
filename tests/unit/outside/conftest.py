"""A house with one app in the cloud: a real service over mutual TLS, a store in memory, keys in a file."""

import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydicom import Dataset
from tests.e2e.certificates import Authority, Identity

from collega.adapters.files.keyring_file import read_key_file, write_key_file
from collega.adapters.http_app.runner import HttpRunner
from collega.formats.dicom_deid.profile import Profile
from collega.formats.dicom_study import read_header
from collega.formats.dicom_write import encode
from collega.model.app import Manifest
from collega.model.inputs import InputSpec, JobInput
from collega.model.job import Job
from collega.model.leaving import CloudPermission
from collega.model.policy import Policy
from collega.model.results import ResultsSpec
from collega.model.runtime import HttpSpec, RunSpec, Runtime
from collega.model.study import Study
from collega.normalise.conclude import normalise
from collega.outside.keyring import new_keyring, read_keyring
from collega.run.execute import run
from collega.run.outside import Outward
from collega.testing import records
from collega.testing.fakes import FakeArchive, FakeClock, FakeStore
from collega.testing.vendor_service import Answer, Files, Manner, VendorService, json_answer, vendor_service

UTC_ZONE = ZoneInfo("UTC")
PERMISSION = CloudPermission(
    app_id="finder",
    is_permitted=True,
    agreement="DPA-2026-14",
    agreed_on=date(2026, 9, 1),
    sends_free_text=False,
    at=datetime(2026, 9, 2, tzinfo=UTC),
    actor="privacy officer",
    reason="agreed",
)


def analysed(study: Mapping[str, Any], _: Files) -> Answer:
    """Answer in our schema, of the images that came."""
    return json_answer(result(study, [image["sop_instance_uid"] for image in study["images"]]))


def result(study: Mapping[str, Any], images: Sequence[str], **more: Any) -> dict[str, Any]:
    """Write an answer in our schema."""
    return {
        "schema": "collega/result/1",
        "app": study["app"],
        "study_instance_uid": study["study"]["study_instance_uid"],
        "status": "analysed",
        "findings": [
            {
                "id": "pneumonia",
                "code": {"scheme": "SCT", "value": "233604007", "meaning": "Pneumonia"},
                "evaluation": "present",
                "score": {"value": 0.8125, "scale": [0, 1], "direction": "higher-is-present", "calibrated": False},
                "threshold": 0.5,
                "images": list(images),
            }
        ],
        **more,
    }


@dataclass(frozen=True, kw_only=True)
class Papers:
    """An authority, and who it has signed for."""

    authority: Authority
    service: Identity
    client: Identity


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Make certificates once."""
    authority = Authority(tmp_path_factory.mktemp("papers") / "authority")
    return Papers(authority=authority, service=authority.sign("service"), client=authority.sign("client"))


@dataclass(kw_only=True)
class House:
    """What the steps work with, and a way to look at it."""

    folder: Path
    papers: Papers
    store: FakeStore = field(default_factory=FakeStore)
    clock: FakeClock = field(default_factory=FakeClock)
    profile: Profile | None = None
    inputs: InputSpec | None = None
    wants_free_text: bool = False
    results: ResultsSpec | None = None

    def __post_init__(self) -> None:
        self.archive = FakeArchive(self.folder / "data")
        self.key_file = self.folder / "keys.json"
        write_key_file(self.key_file, new_keyring().text())
        self.url = ""

    @property
    def manifest(self) -> Manifest:
        """The app as it stands now."""
        spec = HttpSpec(
            url=self.url,
            is_cloud=True,
            ca=str(self.papers.authority.certificate),
            certificate=str(self.papers.client.certificate),
            key=str(self.papers.client.key),
            wants_free_text=self.wants_free_text,
        )
        run_spec = RunSpec(runtime=Runtime.HTTP, http=spec, time_limit_s=20.0, memory_mb=16, output_mb=8, attempts=2)
        return records.manifest(run=run_spec, inputs=self.inputs, results=self.results)

    @contextmanager
    def service(
        self, answer: Callable[[Mapping[str, Any], Files], Answer] = analysed, manner: Manner | None = None
    ) -> Iterator[VendorService]:
        """Run the service that the app is."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.papers.service.certificate, self.papers.service.key)
        context.load_verify_locations(self.papers.authority.certificate)
        context.verify_mode = ssl.CERT_REQUIRED
        with vendor_service(answer, manner or Manner(keeps_all=True), tls=context) as one:
            self.url = one.url
            yield one

    async def permit(self, **changes: Any) -> None:
        """Let the app be sent studies."""
        async with self.store.transaction() as transaction:
            await transaction.set_cloud_permission(replace(PERMISSION, **changes))

    async def receive(self, objects: Sequence[Dataset]) -> Study:
        """Keep a study as it came."""
        items = []
        for made in objects:
            encoded = encode(made)
            item = records.instance(read_header(encoded, UTC_ZONE))
            self.archive.keep(item.path, encoded)
            items.append(item)
        async with self.store.transaction() as transaction:
            study = await transaction.add_study(items[0].header, items[0].study_key, records.AT)
            await transaction.add_instances(items)
        return study

    async def queue(self, study: Study, gathered: Sequence[JobInput] = ()) -> Job:
        """Queue a job for all images of a study."""
        async with self.store.transaction() as transaction:
            images = [item.header.sop_instance_uid for item in await transaction.instances(study.key)]
            job = await transaction.add_job(study, self.manifest, images, "digest", records.AT)
            await transaction.add_inputs(job, gathered)
        return job

    async def attempt(self, job: Job, policy: Policy | None = None) -> Job:
        """Do the steps ``run`` and, where it has ended, ``normalise``."""
        outward = Outward(
            keys=lambda: read_keyring(read_key_file(self.key_file), self.key_file.name), profile=lambda: self.profile
        )
        catalogue = {"finder": self.manifest}
        runner = HttpRunner(())
        await run(
            self.store,
            self.archive,
            runner,
            self.clock,
            policy or records.policy(),
            catalogue,
            job_key=job.key,
            outward=outward,
        )
        if any(step.step == "normalise" for step in self.store.take_steps()):
            await normalise(self.store, self.archive, self.clock, catalogue, job_key=job.key)
        return self.store.memory.jobs[job.key]


@pytest.fixture
def house(tmp_path: Path, papers: Papers) -> House:
    """Make a house."""
    return House(folder=tmp_path, papers=papers)
