"""What others say of a study is read strictly where it counts, and every bad message has a reason."""

from collections.abc import Callable
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pynetdicom.dsutils import decode, encode

from collega.errors import MessageError
from collega.formats import dicom_evidence as evidence
from collega.formats.dicom_study import UNREADABLE
from collega.model.evidence import SeriesSaid
from collega.model.procedure_step import StepSaid, StepState
from collega.testing.messages import availability, commitment_request, item, new_step, reference, step_change

pytestmark = pytest.mark.shows("R25")
BEGAN = "20260302093000"
READERS: tuple[Callable[[Dataset], object], ...] = (
    evidence.read_new_step,
    evidence.read_step_change,
    evidence.read_availability,
    evidence.read_commitment_request,
    evidence.read_commitment_report,
)


def arrived(encoded: bytes, *, implicit: bool = True) -> Dataset:
    return decode(BytesIO(encoded), is_implicit_vr=implicit, is_little_endian=True)


def sent(dataset: Dataset) -> Dataset:
    """Give a data set as it arrives: encoded and decoded again."""
    return arrived(encode(dataset, is_implicit_vr=True, is_little_endian=True) or b"")


def test_a_new_step_names_its_studies_once() -> None:
    said = evidence.reading(evidence.read_new_step, sent(new_step("1.2.1", "1.2.2", "1.2.1")))
    assert said == StepSaid(state=StepState.IN_PROGRESS, study_instance_uids=("1.2.1", "1.2.2"), series=(), began=BEGAN)


def test_a_change_names_images_and_other_objects_by_series() -> None:
    dataset = step_change("COMPLETED", {"1.3.1": ["1.4.1", "1.4.2"], "1.3.2": []}, {"1.3.1": ["1.4.3"]})
    said = evidence.reading(evidence.read_step_change, sent(dataset))
    assert said.state is StepState.COMPLETED
    assert said.ended == "20260302093500"
    assert said.series == (
        SeriesSaid(series_instance_uid="1.3.1", sop_instance_uids=("1.4.1", "1.4.2", "1.4.3")),
        SeriesSaid(series_instance_uid="1.3.2"),
    )


def test_a_change_may_speak_of_neither() -> None:
    assert evidence.read_step_change(sent(item(PerformedProcedureStepID="2"))) == StepSaid()


def test_of_a_notification_counts_what_can_be_had() -> None:
    told = availability(
        "1.2.1",
        {
            "1.3.1": {"1.4.1": "ONLINE", "1.4.2": "NEARLINE", "1.4.3": "OFFLINE"},
            "1.3.2": {"1.4.4": "UNAVAILABLE"},
        },
    )
    assert evidence.reading(evidence.read_availability, sent(told)) == (
        "1.2.1",
        (SeriesSaid(series_instance_uid="1.3.1", sop_instance_uids=("1.4.1", "1.4.2")),),
    )


def test_commitment_requests_and_reports() -> None:
    assert evidence.read_commitment_request(sent(commitment_request("1.9", ["1.4.1"]))) == ("1.9", ("1.4.1",))
    failed = reference("1.4.2")
    failed.FailureReason = 0x0112
    report = item(TransactionUID="1.9", FailedSOPSequence=[failed, reference("1.4.3")])
    assert evidence.read_commitment_report(sent(report)) == ((), {"1.4.2": 0x0112, "1.4.3": 0})


STATUS, STEPS, SERIES = "PerformedProcedureStepStatus", "ScheduledStepAttributesSequence", "PerformedSeriesSequence"
NO_SERIES_UID = item(PerformedSeriesSequence=[item(ReferencedImageSequence=[])])
NO_OBJECT_UID = item(
    PerformedSeriesSequence=[item(SeriesInstanceUID="1.3", ReferencedImageSequence=[item(ReferencedSOPClassUID="1")])]
)
NO_AVAILABILITY = item(
    StudyInstanceUID="1.2",
    ReferencedSeriesSequence=[item(SeriesInstanceUID="1.3", ReferencedSOPSequence=[reference("1.4")])],
)
WRONG, MISSING = "wrong-value", "missing-attribute"
# What reads it, the message, the code, the word in the answer.
BAD = {
    "no status": (evidence.read_new_step, new_step("1.2", **{STATUS: ""}), MISSING, STATUS),
    "another status": (evidence.read_new_step, new_step("1.2", **{STATUS: "SCHEDULED"}), WRONG, STATUS),
    "ended from the start": (evidence.read_new_step, new_step("1.2", **{STATUS: "COMPLETED"}), WRONG, STATUS),
    "no scheduled step": (evidence.read_new_step, new_step(), MISSING, STEPS),
    "a step without study": (evidence.read_new_step, new_step("1.2", **{STEPS: [item()]}), MISSING, "StudyInstance"),
    "a study that is no UID": (evidence.read_new_step, new_step("1.2/../3"), WRONG, "StudyInstanceUID"),
    "a study that is too long": (evidence.read_new_step, new_step("1" * 65), WRONG, "StudyInstanceUID"),
    "two studies in one": (evidence.read_new_step, new_step("1.2\\1.3"), WRONG, "StudyInstanceUID"),
    "a change to what is no status": (evidence.read_step_change, item(**{STATUS: "DONE"}), WRONG, STATUS),
    "two statuses": (evidence.read_step_change, item(**{STATUS: "COMPLETED\\COMPLETED"}), WRONG, STATUS),
    "a series without UID": (evidence.read_step_change, NO_SERIES_UID, MISSING, "SeriesInstanceUID"),
    "an object without UID": (evidence.read_step_change, NO_OBJECT_UID, MISSING, "ReferencedSOPInstanceUID"),
    "a notification of no study": (evidence.read_availability, item(), MISSING, "StudyInstanceUID"),
    "a notification of no series": (evidence.read_availability, item(StudyInstanceUID="1.2"), MISSING, "Series"),
    "an object that is perhaps there": (evidence.read_availability, NO_AVAILABILITY, MISSING, "InstanceAvailability"),
    "an unknown availability": (
        evidence.read_availability,
        availability("1.2", {"1.3": {"1.4": "SOON"}}),
        WRONG,
        "Avail",
    ),
    "a commitment of nothing": (evidence.read_commitment_request, commitment_request("1.9", []), MISSING, "SOPSeq"),
    "no transaction": (evidence.read_commitment_request, commitment_request("", ["1.4"]), MISSING, "TransactionUID"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_messages_have_a_reason(name: str) -> None:
    read, dataset, code, word = BAD[name]
    with pytest.raises(MessageError, match=word) as caught:
        evidence.reading(read, sent(dataset))
    assert caught.value.code == code
    assert str(caught.value).isascii()
    assert len(str(caught.value)) <= 64


def test_a_sequence_that_is_none() -> None:
    dataset = new_step("1.2")
    del dataset.PerformedSeriesSequence
    dataset.add_new(0x00400340, "LO", "no sequence")
    encoded = encode(dataset, is_implicit_vr=False, is_little_endian=True)
    with pytest.raises(MessageError) as caught:
        evidence.reading(evidence.read_new_step, arrived(encoded or b"", implicit=False))
    assert caught.value.code == "wrong-value"


def test_no_message_at_all_is_one_that_lacks_everything() -> None:
    with pytest.raises(MessageError) as caught:
        evidence.reading(evidence.read_new_step, None)
    assert caught.value.code == "missing-attribute"


@pytest.mark.parametrize("charset", ["ISO 2022 IR 87", "GB18030", "no such set", "ISO_IR 192"])
def test_names_in_any_character_set_do_not_matter(charset: str) -> None:
    dataset = new_step("1.2")
    encoded = encode(dataset, is_implicit_vr=True, is_little_endian=True) or b""
    name = b"\x10\x00\x10\x00\x08\x00\x00\x00\xff\xfe\x1b$B\xc3\x28\x00"
    said = charset.encode().ljust(len(charset) + len(charset) % 2)
    head = b"\x08\x00\x05\x00" + len(said).to_bytes(4, "little") + said
    start = encoded.index(b"\x10\x00\x10\x00")
    changed = head + encoded[:start] + name + encoded[start + 8 :]
    assert evidence.reading(evidence.read_new_step, arrived(changed)).study_instance_uids == ("1.2",)


MESSAGES = [
    encode(dataset, is_implicit_vr=implicit, is_little_endian=True) or b""
    for dataset in (
        new_step("1.2.1", "1.2.2"),
        step_change("COMPLETED", {"1.3.1": ["1.4.1", "1.4.2"]}),
        availability("1.2", {"1.3": {"1.4": "ONLINE"}}),
        commitment_request("1.9", ["1.4"]),
    )
    for implicit in (True, False)
]


@given(st.sampled_from(MESSAGES), st.lists(st.tuples(st.integers(0, 500), st.binary(max_size=9)), max_size=6))
def test_damage_ends_in_a_reason(message: bytes, damage: list[tuple[int, bytes]]) -> None:
    changed = bytearray(message)
    for place, replacement in damage:
        changed[place : place + len(replacement)] = replacement
    for implicit in (True, False):
        try:
            dataset = arrived(bytes(changed), implicit=implicit)
        except UNREADABLE:
            continue
        assert {reason(read, dataset) for read in READERS} <= {"", "unreadable", "missing-attribute", "wrong-value"}


def reason(read: Callable[[Dataset], object], dataset: Dataset) -> str:
    try:
        evidence.reading(read, dataset)
    except MessageError as error:
        return error.code
    return ""
