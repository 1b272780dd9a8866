"""Whatever a message holds, it ends in a status: the table of services, message by message."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom.dsutils import encode

from collega.adapters.dimse.provided import (
    INSTANCE_AVAILABILITY,
    PROCEDURE_STEP,
    STORAGE_COMMITMENT,
    STORAGE_COMMITMENT_INSTANCE,
    SYNTAXES,
    VERIFICATION,
    all_services,
    reporting,
)
from collega.adapters.dimse.services import MOST_BYTES, STATUS, Request, Response, answer
from collega.errors import MessageError
from collega.model.evidence import SeriesSaid
from collega.model.procedure_step import StepSaid
from collega.testing.messages import availability, commitment_request, item, new_step, reference, step_change

pytestmark = pytest.mark.shows("R25", "R31")
IMPLICIT = str(ImplicitVRLittleEndian)
STEP_SEQUENCE = (0x0040, 0x0340)


@dataclass(kw_only=True)
class Owner:
    """Takes what services hand over; ``refuses`` is the code that it refuses with, "broken" a failure of its own."""

    refuses: str = ""
    calls: list[tuple[object, ...]] = field(default_factory=list)

    def step_created(self, sop_instance_uid: str, said: StepSaid, source: str) -> None:
        self._take("created", sop_instance_uid, said.study_instance_uids, source)

    def step_set(self, sop_instance_uid: str, said: StepSaid, source: str) -> None:
        self._take("set", sop_instance_uid, str(said.state), source)

    def available(
        self, study_instance_uid: str, series: tuple[SeriesSaid, ...], *, reference: str, source: str
    ) -> None:
        self._take("available", study_instance_uid, len(series), reference, source)

    def commitment_asked(self, sop_instance_uids: tuple[str, ...], *, reference: str, source: str) -> None:
        self._take("asked", len(sop_instance_uids), reference, source)

    def reported(self, *lists: object) -> None:
        self._take("reported", *lists)

    def _take(self, *what: object) -> None:
        self.calls.append(what)
        if self.refuses == "broken":
            raise ConnectionError
        if self.refuses:
            raise MessageError(self.refuses, "why")


def ask(
    owner: Owner,
    operation: str,
    sop_class: str,
    dataset: Dataset | bytes = b"",
    *,
    uid: str = "1.9",
    number: int | None = None,
    syntax: str = IMPLICIT,
) -> Response:
    request = Request(
        operation=operation,
        sop_class_uid=sop_class,
        sop_instance_uid=uid,
        action_or_event_type=number,
        calling_aet="CT1",
    )
    encoded = dataset if isinstance(dataset, bytes) else encode(dataset, syntax == IMPLICIT, syntax != BIG) or b""
    return answer(all_services(owner.reported, owner), request, encoded, syntax)


BIG = str(ExplicitVRBigEndian)
DONE = step_change("COMPLETED", {"1.3": ["1.4"]})
ONLINE = availability("1.2", {"1.3": {"1.4": "ONLINE"}})
WELL_KNOWN = STORAGE_COMMITMENT_INSTANCE


@pytest.mark.parametrize("syntax", [IMPLICIT, str(ExplicitVRLittleEndian), BIG])
def test_each_service_hands_over_what_is_said(syntax: str) -> None:
    owner = Owner()
    assert syntax in SYNTAXES
    assert ask(owner, "C-ECHO", VERIFICATION).status == 0x0000
    assert ask(owner, "N-CREATE", PROCEDURE_STEP, new_step("1.2"), syntax=syntax).status == 0x0000
    assert ask(owner, "N-SET", PROCEDURE_STEP, DONE, syntax=syntax).status == 0x0000
    assert ask(owner, "N-CREATE", INSTANCE_AVAILABILITY, ONLINE, syntax=syntax).status == 0x0000
    report = item(TransactionUID="1.7", ReferencedSOPSequence=[reference("1.4")], FailedSOPSequence=[reference("1.5")])
    answered = ask(owner, "N-EVENT-REPORT", STORAGE_COMMITMENT, report, uid=WELL_KNOWN, number=2, syntax=syntax)
    assert answered.status == 0x0000
    assert owner.calls == [
        ("created", "1.9", ("1.2",), "CT1"),
        ("set", "1.9", "COMPLETED", "CT1"),
        ("available", "1.2", 1, "1.9", "CT1"),
        ("reported", ("1.4",), {"1.5": 0}),
    ]


def test_a_commitment_is_refused_and_its_list_handed_over() -> None:
    owner = Owner()
    request = commitment_request("1.7", ["1.4", "1.5"])
    response = ask(owner, "N-ACTION", STORAGE_COMMITMENT, request, uid=WELL_KNOWN, number=1)
    assert (response.status, response.comment) == (
        0x0110,
        "this is no archive: nothing is committed, keep your images",
    )
    assert owner.calls == [("asked", 2, "1.7", "CT1")]


def test_who_gives_no_uid_is_given_one() -> None:
    made = [ask(Owner(), "N-CREATE", PROCEDURE_STEP, new_step("1.2"), uid="").sop_instance_uid for _ in range(2)]
    assert made[0] != made[1]
    assert all(uid.startswith("2.25.") and len(uid) <= 64 for uid in made)
    assert ask(Owner(), "N-CREATE", INSTANCE_AVAILABILITY, ONLINE, uid="").sop_instance_uid.startswith("2.25.")


# Operation, SOP class, data set, UID, number -> status.
REFUSED: Mapping[str, tuple[str, str, Dataset | bytes, str, int | None, int]] = {
    "an unknown class": ("N-CREATE", "1.2.840.10008.5.1.1.1", b"", "1.9", None, 0x0118),
    "an unknown operation": ("N-GET", PROCEDURE_STEP, b"", "1.9", None, 0x0211),
    "nothing": ("N-CREATE", PROCEDURE_STEP, b"", "1.9", None, 0x0120),
    "no attribute": ("N-CREATE", PROCEDURE_STEP, new_step(), "1.9", None, 0x0120),
    "a wrong value": ("N-CREATE", PROCEDURE_STEP, new_step("../etc"), "1.9", None, 0x0106),
    "a UID that is none": ("N-CREATE", PROCEDURE_STEP, new_step("1.2"), "1.9;drop", None, 0x0117),
    "a UID that is too long": ("N-SET", PROCEDURE_STEP, DONE, "1" * 65, None, 0x0117),
    "a set of nobody": ("N-SET", PROCEDURE_STEP, DONE, "", None, 0x0117),
    "a set without value": ("N-SET", PROCEDURE_STEP, item(PerformedSeriesSequence=[item()]), "1.9", None, 0x0121),
    "a set to no state": ("N-SET", PROCEDURE_STEP, step_change("OVER", {}), "1.9", None, 0x0106),
    "no notification": ("N-CREATE", INSTANCE_AVAILABILITY, item(StudyInstanceUID="1.2"), "1.9", None, 0x0120),
    "another action": ("N-ACTION", STORAGE_COMMITMENT, commitment_request("1.7", ["1.4"]), WELL_KNOWN, 2, 0x0123),
    "another instance": ("N-ACTION", STORAGE_COMMITMENT, commitment_request("1.7", ["1.4"]), "1.9", 1, 0x0112),
    "no list": ("N-ACTION", STORAGE_COMMITMENT, commitment_request("1.7", []), WELL_KNOWN, 1, 0x0115),
    "another event": ("N-EVENT-REPORT", STORAGE_COMMITMENT, b"", WELL_KNOWN, 3, 0x0113),
    "a bad report": ("N-EVENT-REPORT", STORAGE_COMMITMENT, item(FailedSOPSequence=[item()]), WELL_KNOWN, 2, 0x0115),
}


@pytest.mark.parametrize("name", REFUSED)
def test_each_bad_message_has_its_status(name: str) -> None:
    operation, sop_class, dataset, uid, number, status = REFUSED[name]
    owner = Owner()
    response = ask(owner, operation, sop_class, dataset, uid=uid, number=number)
    assert f"{response.status:04X}" == f"{status:04X}"
    assert owner.calls == []


def test_each_reason_of_the_owner_has_its_status() -> None:
    for code, status in STATUS.items():
        response = ask(Owner(refuses=code), "N-CREATE", PROCEDURE_STEP, new_step("1.2"))
        assert (response.status, response.comment) == (status, "why")
    ended = ask(Owner(refuses="ended-step"), "N-SET", PROCEDURE_STEP, DONE)
    assert (ended.status, ended.error_id) == (0x0110, 0xA710), "PS3.4 table F.7.2-2"


def test_what_could_not_be_kept_is_not_answered_with_success() -> None:
    response = ask(Owner(refuses="broken"), "N-SET", PROCEDURE_STEP, DONE)
    assert (response.status, response.comment) == (0x0110, "internal error, try again later")


# ------------------------------------------------------------------ hostile data sets


def nested(levels: int, *, undefined: bool) -> bytes:
    """Nest Performed Series Sequences."""
    head, item_head = struct.pack("<HH", *STEP_SEQUENCE), struct.pack("<HH", 0xFFFE, 0xE000)
    if undefined:
        end = struct.pack("<HHLHHL", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
        return (head + b"\xff" * 4 + item_head + b"\xff" * 4) * levels + end * levels
    inside = b""
    for _ in range(levels):
        inside = item_head + struct.pack("<L", len(inside)) + inside
        inside = head + struct.pack("<L", len(inside)) + inside
    return inside


def lying() -> bytes:
    """Make a status of 4 GB."""
    return struct.pack("<HHL", 0x0040, 0x0252, 0xFFFFFFF0) + b"IN PROGRESS "


def many(number: int) -> bytes:
    """Make a set that names so many objects."""
    one = encode(reference("1.2.826.0.1.3680043.8.498.12345678901234567890"), True, True) or b""  # noqa: FBT003
    items = (struct.pack("<HHL", 0xFFFE, 0xE000, len(one)) + one) * number
    images = struct.pack("<HHL", 0x0008, 0x1140, len(items)) + items
    series = encode(item(SeriesInstanceUID="1.3"), True, True) or b""  # noqa: FBT003
    inside = images + series
    inside = struct.pack("<HHL", 0xFFFE, 0xE000, len(inside)) + inside
    return struct.pack("<HHL", *STEP_SEQUENCE, len(inside)) + inside


HOSTILE: Mapping[str, tuple[Callable[[], bytes], int]] = {
    "a hundred levels": (lambda: nested(100, undefined=True), 0x0110),
    "three thousand levels without length": (lambda: nested(3000, undefined=True), 0x0110),
    "twenty thousand levels": (lambda: nested(20_000, undefined=False), 0x0110),
    "a lie": (lying, 0x0110),
    "noise": (lambda: bytes(range(256)) * 40, 0x0110),
    "a hundred thousand references": (lambda: many(100_000), 0x0213),
    "one byte too many": (lambda: bytes(MOST_BYTES + 1), 0x0213),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_data_sets_end_in_a_status(name: str) -> None:
    make, status = HOSTILE[name]
    owner = Owner()
    response = ask(owner, "N-SET", PROCEDURE_STEP, make())
    assert f"{response.status:04X}" == f"{status:04X}"
    assert owner.calls == []


def test_a_study_of_ten_thousand_objects_is_taken() -> None:
    owner = Owner()
    assert ask(owner, "N-SET", PROCEDURE_STEP, many(10_000)).status == 0x0000
    assert len(owner.calls) == 1


def test_a_port_of_a_check_alone_hears_reports_and_nothing_else() -> None:
    assert set(reporting(Owner().reported)) == {(VERIFICATION, "C-ECHO"), (STORAGE_COMMITMENT, "N-EVENT-REPORT")}
