"""Every way in which a PACS can differ from what collega hopes for ends in an outcome and in words of advice."""

from dataclasses import replace

import pytest

from collega.accept.check import STEPS, TAKE_BACK, check
from collega.accept.study import CLASSES
from collega.accept.visit import Visit
from collega.model.acceptance import StepOutcome, StepResult
from collega.model.peer import Fault
from collega.testing.fake_probe import STORAGE_COMMITMENT, STUDY_ROOT_FIND, FakeEar, FakeProbe
from collega.testing.synthetic import chest_film

pytestmark = pytest.mark.shows("R31", "R71")
PASSED, WARNING, FAILED = StepOutcome.PASSED, StepOutcome.WARNING, StepOutcome.FAILED
NOT_OFFERED, NOT_TRIED = StepOutcome.NOT_OFFERED, StepOutcome.NOT_TRIED


def taken(visit: Visit) -> dict[str, StepResult]:
    told: list[StepResult] = []
    results = check(visit, told.append)
    assert tuple(told) == results, "each step is told as it ends"
    return {step.name: step for step in results}


def test_a_pacs_that_does_everything(visit: Visit, pacs: FakeProbe) -> None:
    pacs.honours_rejection = True
    visit.arranged = replace(visit.arranged, rejection_notes=True)
    steps = taken(visit)
    assert {name: step.outcome for name, step in steps.items() if step.outcome is not PASSED} == {
        "scanners": NOT_TRIED
    }, "no study has come yet, all else is well"
    assert {str(one.Modality) for one in pacs.kept.values()} == {"CT", "SR", "OT", "SEG", "KO"}
    assert "--leave" in (steps["gone"].advice.en if steps["gone"].advice else "")


@pytest.mark.parametrize(
    ("fault", "step", "said", "advice"),
    [
        (Fault.UNKNOWN_HOST, "connect", "10.1.2.3 is not known", "pacs.host"),
        (Fault.NO_CONNECTION, "connect", "nobody listens on 10.1.2.3:104", "pacs.port"),
        (Fault.NO_ANSWER, "connect", "does not answer", "open 10.1.2.3, TCP port 104"),
        (Fault.CALLING_AET, "echo", "calling AE title COLLEGA not recognised", "add COLLEGA at fake, port 11112"),
        (Fault.CALLED_AET, "echo", "called AE title PACS not recognised", "pacs.aet"),
        (Fault.BUSY, "echo", "rejected for now", "later"),
        (Fault.REJECTED, "echo", "rejected: fake", "COLLEGA at fake calls PACS"),
        (Fault.ABORTED, "echo", "no association", "DICOM port"),
    ],
)
def test_no_association_is_said_with_its_remedy(
    visit: Visit, pacs: FakeProbe, fault: Fault, step: str, said: str, advice: str
) -> None:
    pacs.fault = fault
    steps = taken(visit)
    assert steps[step].outcome is FAILED
    assert said in steps[step].said.en
    assert advice in (told.en if (told := steps[step].advice) else "")
    after = [item.outcome for item in steps.values() if item.name in {"store", "visible", "commitment", "withdraw"}]
    assert after == [NOT_TRIED] * 4
    assert not pacs.kept


def test_no_pacs_in_the_settings(visit: Visit, pacs: FakeProbe) -> None:
    visit.arranged = replace(visit.arranged, pacs_host="")
    assert taken(visit)["connect"].outcome is FAILED
    assert not pacs.kept


@pytest.mark.parametrize("status", [None, 0x0122])
def test_an_echo_without_success(visit: Visit, pacs: FakeProbe, status: int | None) -> None:
    pacs.echo_status = status
    assert taken(visit)["echo"].outcome is FAILED


@pytest.mark.parametrize("how", ["rejected_classes", "refused_classes"])
def test_a_pacs_without_three_dimensional_reports(visit: Visit, pacs: FakeProbe, how: str) -> None:
    getattr(pacs, how).add(CLASSES["sr"])
    steps = taken(visit)
    assert steps["store"].outcome is PASSED
    kept = {str(one.SOPClassUID) for one in pacs.kept.values()}
    assert CLASSES["sr_2d"] in kept
    assert CLASSES["sr"] not in kept
    if how == "rejected_classes":
        advice = steps["negotiate"].advice
        assert advice is not None
        assert "Comprehensive SR" in advice.en


@pytest.mark.shows("R24", "R25")
def test_a_pacs_that_takes_pictures_alone(visit: Visit, pacs: FakeProbe) -> None:
    pacs.rejected_classes |= {CLASSES[kind] for kind in ("sr", "sr_2d", "segmentation", "note")}
    steps = taken(visit)
    assert steps["negotiate"].outcome is WARNING
    assert steps["store"].outcome is WARNING
    assert steps["visible"].outcome is PASSED
    assert steps["withdraw"].outcome is NOT_OFFERED
    assert steps["gone"].outcome is WARNING


@pytest.mark.parametrize("kind", ["image", "page"])
def test_without_the_status_page_nothing_is_shown(visit: Visit, pacs: FakeProbe, kind: str) -> None:
    pacs.rejected_classes.add(CLASSES[kind])
    steps = taken(visit)
    assert steps["negotiate"].outcome is FAILED
    assert steps["store"].outcome is FAILED
    assert steps["withdraw"].outcome is PASSED, "what was stored is taken back, whatever failed"


def test_nothing_is_taken(visit: Visit, pacs: FakeProbe) -> None:
    pacs.refused_classes |= set(CLASSES.values())
    steps = taken(visit)
    assert steps["store"].outcome is FAILED
    assert steps["withdraw"].outcome is NOT_TRIED


def test_late_is_not_lost(visit: Visit, pacs: FakeProbe) -> None:
    pacs.late = 5
    assert taken(visit)["visible"].outcome is PASSED


def test_never_shown(visit: Visit, pacs: FakeProbe) -> None:
    pacs.late = 10**6
    steps = taken(visit)
    assert steps["visible"].outcome is FAILED
    assert steps["settings"].outcome is FAILED, "pacs.confirm waits for a proof that never comes"


def test_no_image_level(visit: Visit, pacs: FakeProbe) -> None:
    pacs.levels = {"STUDY", "SERIES"}
    steps = taken(visit)
    assert steps["visible"].outcome is WARNING
    assert steps["settings"].outcome is WARNING
    assert steps["settings"].advice is not None
    assert 'pacs.query_level = "series"' in steps["settings"].advice.en


@pytest.mark.parametrize("how", ["context", "levels"])
def test_no_query_at_all(visit: Visit, pacs: FakeProbe, how: str) -> None:
    if how == "context":
        pacs.rejected_classes.add(STUDY_ROOT_FIND)
    else:
        pacs.levels = set()
    steps = taken(visit)
    assert [steps[name].outcome for name in ("visible", "identity", "gone")] == [NOT_OFFERED] * 3
    assert steps["settings"].outcome is FAILED
    assert steps["settings"].advice is not None
    assert 'pacs.confirm = "committed"' in steps["settings"].advice.en
    assert steps["gone"].advice is not None
    assert "TEST0302093015" in steps["gone"].advice.en


def test_coercion_is_noticed(visit: Visit, pacs: FakeProbe) -> None:
    pacs.coerced = {"PatientID": "999"}
    step = taken(visit)["identity"]
    assert step.outcome is WARNING
    assert "'COLLEGA-TEST-20260302' -> '999'" in step.said.en
    assert "status B000" in step.said.en


def test_a_name_that_loses_its_letters(visit: Visit, pacs: FakeProbe) -> None:
    pacs.coerced = {"PatientName": "Test^Collega^Acceptance Zo?"}
    assert "Zo?" in taken(visit)["identity"].said.nl


def test_no_commitment(visit: Visit, pacs: FakeProbe) -> None:
    pacs.rejected_classes.add(STORAGE_COMMITMENT)
    assert taken(visit)["commitment"].outcome is NOT_OFFERED


def test_a_commitment_that_is_denied(visit: Visit, pacs: FakeProbe) -> None:
    pacs.commits = False
    assert taken(visit)["commitment"].outcome is FAILED


def test_a_commitment_that_is_refused(visit: Visit, pacs: FakeProbe) -> None:
    pacs.commitment_status = 0x0110
    step = taken(visit)["commitment"]
    assert step.outcome is WARNING
    assert step.advice is not None
    assert "COLLEGA at fake, port 11112" in step.advice.en


def test_a_report_to_our_port(visit: Visit, pacs: FakeProbe, ear: FakeEar) -> None:
    pacs.commits = None
    ear.done = frozenset(piece.reference.sop_instance_uid for piece in visit.pieces.values())
    assert taken(visit)["commitment"].outcome is PASSED


def test_no_report_at_all(visit: Visit, pacs: FakeProbe) -> None:
    pacs.commits = None
    visit.arranged = replace(visit.arranged, confirm="committed")
    steps = taken(visit)
    assert steps["commitment"].outcome is WARNING
    assert steps["settings"].outcome is FAILED


def test_a_port_that_is_taken(visit: Visit, ear: FakeEar) -> None:
    ear.taken = True
    assert taken(visit)["commitment"].outcome is WARNING


def test_a_weaker_proof_than_possible(visit: Visit) -> None:
    visit.arranged = replace(visit.arranged, confirm="accepted")
    assert taken(visit)["settings"].outcome is WARNING


def test_still_shown_says_what_to_remove(visit: Visit) -> None:
    step = taken(visit)["gone"]
    assert step.outcome is WARNING
    assert step.advice is not None
    assert "TEST0302093015" in step.advice.nl
    assert "COLLEGA-TEST-20260302" in step.advice.nl


def test_left_for_people(visit: Visit, pacs: FakeProbe) -> None:
    visit.leave = True
    steps = taken(visit)
    assert [steps[name].outcome for name in ("withdraw", "gone")] == [NOT_TRIED] * 2
    assert CLASSES["note"] not in {str(one.SOPClassUID) for one in pacs.kept.values()}


def test_a_pacs_that_falls_silent(visit: Visit, pacs: FakeProbe) -> None:
    pacs.falls_silent = True
    steps = taken(visit)
    assert steps["store"].outcome is FAILED
    assert "no association" in steps["store"].said.en


def test_taking_back_what_an_earlier_run_left(visit: Visit, pacs: FakeProbe) -> None:
    pacs.honours_rejection = True
    visit.leave = True
    taken(visit)
    visit.leave, visit.reports, visit.shown_at = False, {}, ""
    steps = {step.name: step.outcome for step in check(visit, lambda _: None, TAKE_BACK)}
    assert steps == dict.fromkeys(["connect", "echo", "found", "withdraw", "gone"], PASSED)
    (note,) = [one for one in pacs.kept.values() if one.SOPClassUID == CLASSES["note"]]
    named = [item for item in note.ContentSequence if "ReferencedSOPSequence" in item]
    assert len(named) == 4


def test_nothing_to_take_back(visit: Visit, pacs: FakeProbe) -> None:
    steps = {step.name: step.outcome for step in check(visit, lambda _: None, TAKE_BACK)}
    assert steps["withdraw"] is NOT_TRIED
    assert not pacs.kept


def test_taking_back_without_a_query_names_everything(visit: Visit, pacs: FakeProbe) -> None:
    pacs.rejected_classes.add(STUDY_ROOT_FIND)
    steps = {step.name: step.outcome for step in check(visit, lambda _: None, TAKE_BACK)}
    assert steps == {
        "connect": PASSED,
        "echo": PASSED,
        "found": NOT_OFFERED,
        "withdraw": PASSED,
        "gone": NOT_OFFERED,
    }


def test_the_table_has_each_name_once_and_looks_back_only() -> None:
    names = [step.name for step in STEPS]
    assert len(set(names)) == len(names)
    for step in STEPS:
        assert all(names.index(before) < names.index(step.name) for before in step.after)


@pytest.mark.shows("R31")
def test_a_pacs_that_ignores_keys_shows_no_real_patient_in_the_report(visit: Visit, pacs: FakeProbe) -> None:
    pacs.ignores_keys = True
    other = chest_film(1, compressed=False)
    other.PatientName = "Secret^Person"
    pacs.kept["other"] = other
    steps = taken(visit)
    assert not [step for step in steps.values() if "Secret" in f"{step.said.en}{step.said.nl}{step.measured}"]
    assert steps["visible"].outcome is PASSED
    assert steps["identity"].outcome is PASSED


def test_shown_late_and_without_the_level_of_images(visit: Visit, pacs: FakeProbe) -> None:
    pacs.levels = {"STUDY", "SERIES"}
    pacs.late = 260
    visit.wait_s = 20.0
    step = taken(visit)["visible"]
    assert step.outcome is WARNING
    assert step.advice is not None
    assert "pacs.query_level" in step.advice.en
    assert "later" in step.advice.en


def test_the_encodings_that_are_taken_are_said(visit: Visit, pacs: FakeProbe) -> None:
    assert "explicit VR little endian + implicit VR little endian" in taken(visit)["negotiate"].said.en
    pacs.one_syntax = {CLASSES["sr"]}
    said = taken(visit)["negotiate"].said.en
    assert "Comprehensive 3D SR implicit VR little endian," in said
    assert "CT image explicit VR little endian + implicit VR little endian" in said


# --------------------------------------------------------------------------- over DICOMweb, and who is told


URL = "https://pacs.example/dicom-web"


@pytest.mark.shows("R59")
@pytest.mark.parametrize(
    ("fault", "step", "said", "advice"),
    [
        (Fault.UNKNOWN_HOST, "connect", "is not known here", "pacs.dicomweb_url"),
        (Fault.NO_CONNECTION, "connect", f"nobody listens at {URL}", "DICOMweb service runs"),
        (Fault.NO_ANSWER, "connect", f"{URL} does not answer", f"open {URL}"),
        (Fault.UNTRUSTED, "connect", "is not trusted: fake", "never switch"),
        (Fault.UNAUTHORISED, "echo", "does not let us in: fake", "token or a password"),
        (Fault.NO_SERVICE, "echo", f"no DICOMweb at {URL}: fake", "before /studies"),
        (Fault.ABORTED, "echo", "ends the connection (fake)", "http:// or https://"),
    ],
)
def test_no_answer_over_dicomweb_is_said_with_its_remedy(
    visit: Visit, pacs: FakeProbe, fault: Fault, step: str, said: str, advice: str
) -> None:
    visit.arranged = replace(visit.arranged, pacs_host="", pacs_url=URL)
    pacs.fault = fault
    steps = taken(visit)
    assert steps[step].outcome is FAILED
    assert said in steps[step].said.en
    assert advice in (told.en if (told := steps[step].advice) else "")
    assert not pacs.kept


@pytest.mark.shows("R59")
def test_over_dicomweb_nothing_is_negotiated_and_the_storing_shows(visit: Visit, pacs: FakeProbe) -> None:
    visit.arranged = replace(visit.arranged, pacs_host="", pacs_url=URL)
    pacs.rejected_classes.add(STORAGE_COMMITMENT)
    steps = taken(visit)
    assert {steps[name].outcome for name in ("connect", "echo", "negotiate", "store", "visible")} == {PASSED}
    assert steps["commitment"].outcome is NOT_OFFERED
    assert "availability" not in steps
    pacs.rejected_classes.add(STUDY_ROOT_FIND)
    assert taken(visit)["negotiate"].outcome is WARNING


@pytest.mark.shows("R59")
@pytest.mark.parametrize(
    ("fault", "offered", "outcome"),
    [(None, True, PASSED), (None, False, FAILED), (Fault.NO_CONNECTION, True, FAILED)],
)
def test_who_is_to_be_told_is_asked_whether_it_listens(
    visit: Visit, fault: Fault | None, outcome: StepOutcome, *, offered: bool
) -> None:
    visit.told = peer = FakeProbe()
    visit.arranged = replace(visit.arranged, ian_aet="RIS")
    peer.fault = fault
    peer.rejected_classes |= set() if offered else {"1.2.840.10008.5.1.4.33"}
    assert taken(visit)["availability"].outcome is outcome
    assert not peer.kept


def test_a_pacs_that_commits_on_the_same_association_wants_us_to_stay(visit: Visit) -> None:
    visit.arranged = replace(visit.arranged, confirm="committed")
    steps = taken(visit)
    advice = steps["settings"].advice
    assert steps["settings"].outcome is WARNING
    assert "pacs.commit_wait_s = 2" in (advice.en if advice else "")
