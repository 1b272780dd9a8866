"""A report that came by another way, as a message, says what was given, whatever dialect the site's RIS speaks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from collega.formats.hl7.dialect import Dialect, Dialects, Sender
from collega.formats.hl7.facts import said
from collega.formats.hl7.given import report_message
from collega.formats.hl7.message import Hl7Message, decoded
from collega.model.given_report import GivenReport
from collega.model.message import ReportSaid, ReportStatus
from collega.model.study import Patient

GIVEN = GivenReport(
    patient=Patient(issuer="ZKH", patient_id="47|11"),
    status=ReportStatus.FINAL,
    text="Hart: 12 cm & slank^.\n\nGeen infiltraat\\pleuravocht.\nÉén nodulus ~ 3 mm.",
    signed_at=datetime(2026, 11, 28, 10, 30, tzinfo=UTC),
    accession_number="A-1",
    study_instance_uid="1.2.3",
    author="dr. O'Hara",
)


def read(given: GivenReport) -> ReportSaid:
    odd = Sender(dialect=Dialect(places={}, report_states={}))
    message = Hl7Message(decoded(report_message(given))[0])
    (word,) = said(message, Dialects(senders=(odd,)).of(message), ZoneInfo("Europe/Amsterdam"))
    assert isinstance(word, ReportSaid)
    return word


@pytest.mark.parametrize("status", list(ReportStatus))
def test_a_report_is_read_back_as_it_was_given(status: ReportStatus) -> None:
    word = read(replace(GIVEN, status=status))
    assert (word.status, word.text, word.author) == (status, GIVEN.text.replace("\n\n", "\n"), GIVEN.author)
    assert (word.signed_at, word.study_instance_uid, word.numbers.accession) == (GIVEN.signed_at, "1.2.3", "A-1")
    assert (word.patient.issuer, word.patient.patient_id) == ("ZKH", "47|11")


def test_the_same_report_is_the_same_message_and_another_is_another() -> None:
    assert report_message(GIVEN) == report_message(replace(GIVEN))
    assert report_message(GIVEN) != report_message(replace(GIVEN, text="Geen infiltraat."))


def test_a_report_of_a_study_without_accession_number_names_the_study() -> None:
    assert read(replace(GIVEN, accession_number="")).study_instance_uid == "1.2.3"


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"patient": Patient(issuer="ZKH", patient_id="")}, "patient_id"),
        ({"accession_number": "", "study_instance_uid": ""}, "neither accession_number"),
        ({"text": " \n"}, "text is empty"),
        ({"signed_at": datetime(2026, 11, 28)}, "time zone"),  # noqa: DTZ001 - what is refused
        ({"signed_at": datetime(1, 1, 1, tzinfo=UTC)}, "outside the years"),
        ({"accession_number": "A\t1"}, "control character"),
        ({"author": "x" * 65}, "more than 64 characters"),
    ],
)
def test_what_belongs_to_no_study_is_refused(values: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        replace(GIVEN, **values)  # type: ignore[arg-type]


def test_a_report_of_the_future_is_refused() -> None:
    GIVEN.check_clock(GIVEN.signed_at)
    with pytest.raises(ValueError, match="check the clock"):
        GIVEN.check_clock(GIVEN.signed_at - timedelta(minutes=2))
