"""The simulated RIS: orders before a study is made, reports in Dutch once it is signed; collega's reader reads them."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collega.bootstrap.demo.day import Exam, Kind
from collega.bootstrap.demo.films import Film
from collega.bootstrap.demo.ris import NAME, DemoRis, at_work
from collega.formats.dicom_write import encode
from collega.formats.hl7.dialect import Dialect
from collega.formats.hl7.facts import said
from collega.model.message import OrderControl, OrderSaid, ReportSaid, ReportStatus
from collega.model.study import Priority
from collega.testing.ris import SimulatedRis
from collega.testing.ris_messages import ABNORMAL, ADDENDUM, CORRECTION, NORMAL, report_text
from collega.testing.synthetic import chest_film

ZONE = ZoneInfo("Europe/Amsterdam")
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def film(folder: Path, seed: int, *, positive: bool = False, urgent: bool = False) -> Film:
    image = chest_film(seed)
    file = folder / f"{seed}.dcm"
    file.write_bytes(encode(image))
    exam = Exam(kind=Kind.FILM, seed=seed, at=AT, due_s=0.0, positive=positive, urgent=urgent)
    return Film(study_instance_uid=str(image.StudyInstanceUID), files=(file,), due_s=0.0, exam=exam)


def facts(collega: SimulatedRis) -> list[OrderSaid | ReportSaid]:
    words = [word for item in collega.heard for word in said(item.message, Dialect(), ZONE)]
    return [word for word in words if isinstance(word, OrderSaid | ReportSaid)]


def speaking(collega: SimulatedRis, ris: DemoRis) -> DemoRis:
    ris.speak_to(collega.port)
    return ris


@pytest.mark.shows("R59")
def test_each_study_is_ordered_before_it_is_made(tmp_path: Path) -> None:
    films = [film(tmp_path, 1, urgent=True), film(tmp_path, 4, urgent=True), film(tmp_path, 9)]
    with SimulatedRis() as collega, at_work() as ris:
        made = speaking(collega, ris).announced(films)
        assert next(made) is films[0]
        (first,) = facts(collega)
        assert isinstance(first, OrderSaid)
        assert (first.control, first.priority, first.location) == (OrderControl.NEW, Priority.STAT, "SEH")
        assert (first.numbers.accession, first.patient.patient_id) == ("CR00000001", "SYN000001")
        assert first.study_instance_uid == films[0].study_instance_uid
        assert list(made) == films[1:]
        controls = [word.control for word in facts(collega) if isinstance(word, OrderSaid)]
        # The fourth is changed afterwards; beside the ninth one is ordered and cancelled that is never made.
        new, changed, cancelled = OrderControl.NEW, OrderControl.CHANGED, OrderControl.CANCELLED
        assert controls == [new, new, changed, new, new, cancelled]
        assert ris.count().orders == 6


@pytest.mark.shows("R59")
def test_what_is_signed_is_reported_once_from_the_truth(tmp_path: Path) -> None:
    films = [film(tmp_path, seed, positive=seed % 2 == 0) for seed in range(1, 12)]
    with SimulatedRis() as collega, at_work() as ris:
        list(speaking(collega, ris).announced(films))
        ris.report(films[:3])
        ris.report(films)
        reports = [word for word in facts(collega) if isinstance(word, ReportSaid)]
    assert [word.numbers.accession for word in reports[:7]] == [f"CR{seed:08d}" for seed in range(1, 8)]
    assert {word.text for word in reports if "GDT" not in word.text} >= {NORMAL}
    assert any(word.text in {" ".join(report_text([name])) for name in ABNORMAL} for word in reports)
    assert sum(ADDENDUM in word.text for word in reports) == 1
    corrected = [word for word in reports if word.status is ReportStatus.CORRECTED]
    assert len(corrected) == 1
    assert corrected[0].text.startswith(CORRECTION)


def test_it_is_named_a_simulator() -> None:
    with at_work() as ris:
        assert ris.destination["name"] == NAME == "simulated-ris"


def test_a_collega_that_takes_no_messages_does_not_stop_the_scanners(tmp_path: Path) -> None:
    with at_work() as ris:
        ris.speak_to(1)
        ris.close()  # it does not wait between its tries then
        assert list(ris.announced([film(tmp_path, 1)]))
        assert ris.count().orders == 0
