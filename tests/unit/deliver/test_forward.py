"""Objects of a vendor that go on as they are: through the same gates as our own, byte for byte, or not at all."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from itertools import product
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID

from collega.deliver.forward import find_foreign
from collega.deliver.table import Channel, Standing, say
from collega.formats.dicom_write import encode
from collega.model.app import Manifest, Stage
from collega.model.delivery import DeliveryState
from collega.model.finding import Attachment, Outcome
from collega.model.job import Job, JobState, NextStep
from collega.model.result import ObjectKind
from collega.model.results import Forwardable, ResultsSpec
from collega.model.runtime import Way
from collega.model.trust import Allowance
from collega.testing import records
from collega.testing.vendor_answers import capture, everything, paper
from tests.unit.deliver.conftest import House, film

Make = Callable[..., House]
SENT_ON, SR, PAGE = ObjectKind.FORWARDED, ObjectKind.FINDINGS_SR, ObjectKind.STATUS_PAGE


def app(*kinds: Forwardable) -> Manifest:
    return records.manifest(results=ResultsSpec(restates=False, forward=kinds))


def image() -> Dataset:
    return dcmread(BytesIO(film()))


async def answered(here: House, objects: Sequence[Dataset], *, names: Sequence[str] = ()) -> Job:
    """Let the app have answered with these objects, which `normalise` has read and kept."""
    job = await here.answer()
    folder = here.archive.path(f"runs/{job.key}/1/out/dicom")
    folder.mkdir(parents=True)
    kept = []
    for number, made in enumerate(objects):
        name = names[number] if names else f"{number}.dcm"
        (folder / name).write_bytes(encode(made))
        kept.append(Attachment(kind="secondary-capture", file=f"dicom/{name}", title=""))
    result = here.store.memory.results[job.key]
    here.store.memory.results[job.key] = replace(result, attachments=tuple(kept))
    return job


def sent(here: House) -> dict[str, bytes]:
    """Give what the PACS has of what was sent on."""
    return {
        item.reference.sop_instance_uid: here.sink.kept[item.reference.sop_instance_uid]
        for item in here.objects(SENT_ON)
        if item.reference.sop_instance_uid in here.sink.kept
    }


@pytest.mark.shows("R32", "R76")
def test_stage_rights_and_outcome_open_the_way_for_what_is_sent_on() -> None:
    """Told a second time: a live app with all rights, that has answered, and was asked where it waits for that."""
    rights = [
        Allowance(may_prioritise=a, may_rule_out=b, may_localise=c) for a, b, c in product([True, False], repeat=3)
    ]
    for stage, way, may, state, outcome, channel in product(Stage, Way, rights, JobState, [*Outcome, None], Channel):
        said = say(Standing(stage=stage, way=way, may=may, state=state, outcome=outcome), channel)
        is_asked = way is not Way.ON_DEMAND or state in {JobState.ASKED, JobState.DONE}
        is_open = (
            stage is Stage.LIVE
            and channel is Channel.PACS
            and may.may_rule_out
            and may.may_localise
            and outcome in {Outcome.FOUND, Outcome.NOTHING_FOUND, Outcome.UNDETERMINED}
            and is_asked
        )
        assert (said is not None and SENT_ON in said.objects) is is_open, (stage, way, may, state, outcome, channel)


@pytest.mark.shows("R24", "R31")
async def test_what_a_site_wants_goes_on_byte_for_byte(house: Make) -> None:
    here = house(app(*Forwardable))
    await here.receive(film())
    made = everything([image()])
    await answered(here, made)
    await here.work()
    wanted = {str(one.SOPInstanceUID): encode(one) for one in made if one.Modality != "SR"}
    assert sent(here) == wanted
    assert here.state(SENT_ON) == [DeliveryState.VISIBLE] * 4
    assert here.state(SR) == here.state(PAGE) == [DeliveryState.VISIBLE]


@pytest.mark.shows("R32")
@pytest.mark.parametrize("kind", list(Forwardable))
async def test_only_the_kinds_that_are_named_go_on(house: Make, kind: Forwardable) -> None:
    here = house(app(kind))
    await here.receive(film())
    await answered(here, everything([image()]))
    await here.work()
    words = {"SEG": "segmentation", "PR": "presentation-state", "OT": "secondary-capture", "DOC": "document"}
    assert [words[str(here.read(item).Modality)] for item in here.objects(SENT_ON)] == (
        [] if kind is Forwardable.CONTOURS else [kind]
    )


@pytest.mark.shows("R32")
async def test_nothing_goes_on_unless_a_site_says_so(house: Make) -> None:
    here = house(records.manifest(results=ResultsSpec(restates=False)))
    await here.receive(film())
    await answered(here, everything([image()]))
    await here.work()
    assert here.objects(SENT_ON) == []
    assert here.state(SR) == [DeliveryState.VISIBLE]


@pytest.mark.shows("R32")
@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.LIVE])
async def test_nothing_of_an_app_that_is_not_live_goes_on(house: Make, stage: Stage) -> None:
    here = house(app(*Forwardable))
    await here.receive(film())
    await here.set_stage(stage)
    await answered(here, everything([image()]))
    await here.work(timedelta(hours=1))
    assert here.objects() == []
    assert here.sink.log == []


@pytest.mark.shows("R32")
async def test_what_is_not_sent_yet_is_held_back_when_the_app_is_stopped(house: Make) -> None:
    here = house(app(*Forwardable))
    here.sink.away = True
    await here.receive(film())
    await answered(here, [capture([image()])])
    await here.work()
    await here.set_stage(Stage.SUSPENDED)
    here.sink.away = False
    await here.work(timedelta(hours=1))
    assert here.state(SENT_ON) == [DeliveryState.WITHDRAWN]
    assert sent(here) == {}


OTHER: dict[str, dict[str, Any]] = {
    "changed-identity": {"PatientID": "SOMEBODY-ELSE"},
    "wrong-study": {"StudyInstanceUID": "1.2.3.4.5"},
}


@pytest.mark.shows("R8")
@pytest.mark.parametrize("code", OTHER)
async def test_what_is_about_somebody_else_is_set_apart(house: Make, code: str) -> None:
    """The study was corrected while the answer waited for its reader, for one."""
    here = house(app(*Forwardable))
    await here.receive(film())
    wrong, right = capture([image()]), paper([image()])
    for keyword, value in OTHER[code].items():
        setattr(wrong, keyword, value)
    await answered(here, [wrong, right])
    await here.work()
    assert set(sent(here)) == {str(right.SOPInstanceUID)}
    (apart,) = here.store.memory.quarantine
    assert (apart["kind"], apart["code"]) == ("forward", code)
    assert str(wrong.SOPInstanceUID) not in here.sink.kept


@pytest.mark.shows("R8", "R31")
async def test_an_object_under_the_name_of_another_never_takes_its_place(house: Make) -> None:
    """Of an image of the study, and of a second object of the same answer."""
    here = house(app(*Forwardable))
    header = await here.receive(film())
    as_image, first, second = capture([image()]), capture([image()]), capture([image()])
    as_image.SOPInstanceUID = as_image.file_meta.MediaStorageSOPInstanceUID = UID(header.sop_instance_uid)
    second.SeriesDescription = "another"
    second.SOPInstanceUID = second.file_meta.MediaStorageSOPInstanceUID = first.SOPInstanceUID
    await answered(here, [as_image, first, second])
    await here.work()
    assert sent(here) == {}
    assert [item["code"] for item in here.store.memory.quarantine] == ["uid-taken", "uid-taken"]
    assert here.state(SR) == [DeliveryState.VISIBLE], "our own word goes all the same"


@pytest.mark.shows("R8")
async def test_a_file_that_names_another_object_than_it_holds_is_set_apart(house: Make) -> None:
    here = house(app(*Forwardable))
    await here.receive(film())
    made = capture([image()])
    job = await answered(here, [made])
    file = here.archive.path(f"runs/{job.key}/1/out/dicom/0.dcm")
    inside = str(made.SOPInstanceUID).encode()
    content = file.read_bytes()
    place = content.index(inside)  # the first one stands in the file meta information
    other = inside[:-1] + (b"1" if inside.endswith(b"2") else b"2")
    file.write_bytes(content[:place] + other + content[place + len(inside) :])
    await here.work()
    assert sent(here) == {}
    assert [item["code"] for item in here.store.memory.quarantine] == ["uid-mismatch"]


@pytest.mark.shows("R31")
async def test_a_plan_that_runs_twice_sends_once(house: Make) -> None:
    here = house(app(*Forwardable))
    await here.receive(film())
    made = capture([image()])
    job = await answered(here, [made])
    here.store.memory.steps.append(NextStep(step="plan", arguments={"job_key": job.key}))
    await here.work()
    assert here.sent(SENT_ON) == 1


def test_a_link_or_a_lost_file_is_not_read(house: Make) -> None:
    here = house(app(*Forwardable))
    folder = here.archive.path("out")
    (folder / "dicom").mkdir(parents=True)
    (folder / "dicom" / "link.dcm").symlink_to("/etc/hostname")
    header = records.header()
    names = ("dicom/link.dcm", "dicom/lost.dcm", "../dicom/link.dcm", "files/a.png")
    kept = tuple(Attachment(kind="x", file=name, title="") for name in names)
    result = records.analysed(header.study_instance_uid, [], attachments=kept)
    found = find_foreign(folder, result, app(*Forwardable), records.study(header), here.policy.zone)
    assert list(found) == []
