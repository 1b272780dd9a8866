"""Messages that we write: one library validates each, another reads back the same values."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import hl7
import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message, parse_segment
from hypothesis import given, settings
from hypothesis import strategies as st

from collega.formats.hl7.message import Hl7Message, decoded
from collega.formats.hl7.priority import Raised, priority_message
from collega.formats.hl7.results import LABEL, Told, number, results_message, standing, withdrawal_message
from collega.formats.hl7.write import Envelope
from collega.model.code import Code, Text
from collega.model.finding import Direction, Evaluation, Finding, Measurement, Outcome, Score, Status
from collega.model.outgoing import Destination, DestinationKind, PriorityForm, PriorityMessage
from collega.model.result import NoAnswer
from collega.model.study import Patient, Priority
from collega.testing import records

pytestmark = pytest.mark.shows("R24", "R59", "R65")

AT = datetime(2026, 11, 28, 11, 30, tzinfo=ZoneInfo("Europe/Amsterdam"))
PRESENCE: Mapping[Evaluation, str] = {
    Evaluation.PRESENT: "52101004",
    Evaluation.ABSENT: "272519000",
    Evaluation.UNDETERMINED: "373068000",
}
AWKWARD = st.text(alphabet="aZ ^&~\\|éëüßçàĳ'-.", min_size=1, max_size=20).map(str.strip).filter(bool)
WORDS = st.builds(lambda text: Text(en=text, nl=text), AWKWARD)
VOLUME = Code(scheme="SCT", value="118565006", meaning="Volume")


@st.composite
def scores(draw: st.DrawFn) -> Score:
    low = draw(st.sampled_from([0.0, -5.0, 1.0]))
    high = low + draw(st.sampled_from([1.0, 100.0]))
    return Score(
        value=draw(st.floats(low, high)),
        low=low,
        high=high,
        direction=draw(st.sampled_from(Direction)),
        calibrated=draw(st.booleans()),
    )


FINDINGS = st.builds(
    Finding,
    id=st.just("pneumonia"),
    code=st.just(records.PNEUMONIA),
    site=st.sampled_from([None, Code(scheme="SCT", value="39607008", meaning="Lung")]),
    evaluation=st.sampled_from(Evaluation),
    score=scores(),
    threshold=st.none(),
    images=st.just(("1.2.3",)),
    measurements=st.lists(
        st.builds(Measurement, name=st.just(VOLUME), value=st.floats(-1e7, 1e7), unit=st.sampled_from(["ml", "1"])),
        max_size=2,
    ).map(tuple),
)


def destination(**values: Any) -> Destination:
    return replace(Destination(name="ris", kind=DestinationKind.RIS, language="nl"), **values)


def envelope(to: Destination | None = None) -> Envelope:
    return Envelope(destination=to or destination(), control_id="CABCDEFGHIJKLMNOP", at=AT)


@st.composite
def told(draw: st.DrawFn) -> Told:
    name = "^".join(draw(st.lists(AWKWARD.map(lambda text: text.replace("^", "")), min_size=1, max_size=4)))
    header = records.header(patient=Patient(issuer="ZKH", patient_id=draw(AWKWARD), name=name, sex="F"))
    study = replace(records.study(header), accession_number=draw(st.sampled_from(["", "A^1&2"])))
    outcome: Outcome | NoAnswer = draw(st.sampled_from([*Outcome, NoAnswer.NO_RULE_OUT]))
    findings = draw(st.lists(FINDINGS, max_size=3)) if outcome not in {Outcome.FAILED, Outcome.NOT_SUITABLE} else []
    result = records.analysed(study.study_instance_uid, findings)
    if outcome in {Outcome.FAILED, Outcome.NOT_SUITABLE}:
        status = Status.FAILED if outcome is Outcome.FAILED else Status.NOT_SUITABLE
        result = replace(result, status=status, reason_code="because", reason=draw(WORDS))
    spec = records.finding_spec(name=draw(WORDS))
    manifest = records.manifest(name=draw(WORDS), findings=(spec,), clinical_use=draw(st.booleans()))
    return Told(
        study=study,
        manifest=manifest,
        result=result,
        outcome=outcome,
        summary=draw(WORDS),
        number="AI0123456789ABCDEF",
        turn=draw(st.integers(1, 3)),
        report_uid=draw(st.sampled_from(["", "2.25.1"])),
    )


def validated(encoded: bytes) -> Hl7Message:
    """Let hl7apy find fault with a message, in the strictest way it has."""
    message = parse_message(encoded.decode(), validation_level=VALIDATION_LEVEL.STRICT)
    assert message.validate()
    return Hl7Message(decoded(encoded)[0])


@settings(max_examples=15, deadline=None)
@given(said=told())
def test_every_outcome_is_a_valid_message_that_reads_back_as_it_was(said: Told) -> None:
    encoded = results_message(envelope(), said)
    ours = validated(encoded)
    theirs = hl7.parse(encoded.decode())
    family = said.study.patient.name.split("^")[0]
    assert theirs.extract_field("PID", 1, 3, 1, 1) == said.study.patient.patient_id
    assert theirs.extract_field("PID", 1, 5, 1, 1) == " ".join(family.split())
    assert (ours.first("OBR").value(2), ours.first("OBR").value(3)) == ("", said.number)
    assert ours.first("OBR").value(25) == "P"
    lines = [segment for segment in ours.segments if segment.name == "OBX"]
    assert {line.value(11) for line in lines} == {"P"}
    assert all(line.value(17) == "finder:1.0.0" for line in lines)
    assert lines[0].value(5) == said.outcome
    presence = [line.value(5) for line in lines if line.value(2) == "CWE" and line.value(3) == "233604007"]
    assert presence == [PRESENCE[finding.evaluation] for finding in said.result.findings]
    scored = [float(line.value(5)) for line in lines if line.value(3) == "presence-score"]
    assert scored == pytest.approx([item.score.presence_percent for item in said.result.findings], rel=1e-3)
    in_words = next(line.value(5) for line in lines if line.value(2) == "TX")
    assert in_words.startswith(LABEL.nl)
    assert theirs.extract_field("OBX", 2, 5) == in_words
    # Each finding is a group of its own.
    groups = [line.value(4) for line in lines if line.value(3) == "presence-score"]
    assert groups == [f"{said.turn}.{place}" for place in range(1, len(groups) + 1)]


@settings(max_examples=6, deadline=None)
@given(said=told())
def test_no_result_is_never_nothing_found(said: Told) -> None:
    """Without findings, no observation says present or absent."""
    bare = replace(said, result=replace(said.result, findings=()))
    message = validated(results_message(envelope(), bare))
    codes = {segment.value(5) for segment in message.segments if segment.name == "OBX"}
    assert not codes & set(PRESENCE.values())


@settings(max_examples=6, deadline=None)
@given(said=told())
def test_what_is_said_anew_takes_back_what_was_said_before(said: Told) -> None:
    first = results_message(envelope(), said)
    earlier = standing(first)
    second = replace(said, turn=said.turn + 1, earlier=earlier)
    message = validated(results_message(envelope(), second))
    lines = [segment for segment in message.segments if segment.name == "OBX"]
    gone = [line for line in lines if line.value(11) == "D"]
    assert [(line.field(3), line.field(4)) for line in gone] == [(item[3], item[4]) for item in earlier]
    assert not any(line.field(5) for line in gone)
    left = standing(results_message(envelope(), second))
    assert {item[4] for item in left}.isdisjoint({item[4] for item in earlier})
    withdrawn = validated(withdrawal_message(envelope(), said.study, said.number, left))
    assert withdrawn.first("OBR").value(25) == "X"
    assert {segment.value(11) for segment in withdrawn.segments if segment.name == "OBX"} == {"X"}
    assert standing(withdrawal_message(envelope(), said.study, said.number, left)) == []


def raised(**values: Any) -> Raised:
    header = records.header(patient=Patient(issuer="ZKH", patient_id="4711", name="Vries^Jan^^de"))
    made = Raised(
        study=replace(records.study(header), accession_number="A4711"),
        placer="PA4711",
        filler="FA4711",
        procedure_code="XTHORAX",
        procedure="Thorax",
        urgency=Priority.STAT,
        reason=Text(en="found", nl="gevonden & meer"),
    )
    return replace(made, **values)


@pytest.mark.parametrize(
    ("form", "place"),
    [
        (PriorityForm(message=PriorityMessage.ORM_SC), ("ORC", "SC", "OBR", 27, 6)),
        (PriorityForm(message=PriorityMessage.ORM_XO, field="OBR-5", stat="SPOED"), ("ORC", "XO", "OBR", 5, 1)),
        (PriorityForm(message=PriorityMessage.ORM_SC, field="ORC-7.6"), ("ORC", "SC", "ORC", 7, 6)),
        (PriorityForm(message=PriorityMessage.ORM_SC, field="ZPR-2"), ("ORC", "SC", "ZPR", 2, 1)),
        (PriorityForm(message=PriorityMessage.OMI_SC, field="TQ1-9"), ("ORC", "SC", "TQ1", 9, 1)),
        (PriorityForm(message=PriorityMessage.OMI_XO), ("ORC", "XO", "OBR", 27, 6)),
    ],
)
def test_a_flag_stands_where_the_site_says(form: PriorityForm, place: tuple[str, str, str, int, int]) -> None:
    encoded = priority_message(envelope(destination(priority=form)), raised())
    message = Hl7Message(decoded(encoded)[0])
    order, control, segment, field, component = place
    assert message.first(order).value(1) == control
    assert message.first(segment).value(field, component) == form.stat
    assert [message.first("ORC").value(number) for number in (2, 3)] == ["PA4711", "FA4711"]
    assert message.first("OBR").value(18) == "A4711"
    assert "OBX" not in {item.name for item in message.segments}
    assert "gevonden & meer" in message.first("NTE").value(3)
    if message.kind == "OMI^O23":
        validated(encoded)
    else:
        # hl7apy takes no ordinary ORM: it wants every alternative of a choice. Its segments it can judge.
        for line in encoded.decode().strip("\r").split("\r")[1:]:
            if not line.startswith("Z"):
                assert parse_segment(line, version="2.5.1", validation_level=VALIDATION_LEVEL.STRICT).validate()


@pytest.mark.parametrize(
    ("charset", "codec"), [("UNICODE UTF-8", "utf-8"), ("8859/1", "iso-8859-1"), ("8859/15", "iso-8859-15")]
)
def test_letters_are_written_as_the_header_says(charset: str, codec: str) -> None:
    patient = Patient(issuer="", patient_id="1", name="Müller-Coëlho^Žofia^^van 't")
    said = raised(study=replace(records.study(records.header(patient=patient)), accession_number="A1"))
    form = PriorityForm(message=PriorityMessage.ORM_SC)
    encoded = priority_message(envelope(destination(charset=charset, priority=form)), said)
    assert f"|{charset}\r" in encoded.decode(codec)
    message = Hl7Message(decoded(encoded)[0])
    assert message.first("PID").value(5, 1) == "Müller-Coëlho"
    assert message.first("PID").value(5, 2) == ("Zofia" if charset == "8859/1" else "Žofia")
    assert message.first("PID").value(5, 5) == "van 't"


def test_a_letter_without_any_likeness_becomes_a_question_mark() -> None:
    patient = Patient(issuer="", patient_id="1", name="山^Ω")
    said = raised(study=replace(records.study(records.header(patient=patient)), accession_number="A1"))
    form = PriorityForm(message=PriorityMessage.ORM_SC)
    encoded = priority_message(envelope(destination(charset="8859/1", priority=form)), said)
    assert Hl7Message(decoded(encoded)[0]).first("PID").value(5, 1) == "?"


def test_nothing_in_a_text_ends_a_segment_or_a_block() -> None:
    patient = Patient(issuer="", patient_id="1\rOBX|1", name="A\x0b\x1c\nB^C\u2028D")
    said = raised(study=replace(records.study(records.header(patient=patient)), accession_number="A1"))
    encoded = priority_message(envelope(destination(priority=PriorityForm(message=PriorityMessage.ORM_SC))), said)
    assert not set(encoded) & {0x0B, 0x1C, 0x0A}
    message = Hl7Message(decoded(encoded)[0])
    assert [item.name for item in message.segments] == ["MSH", "PID", "ORC", "OBR", "NTE"]
    assert message.first("PID").value(3) == "1 OBX|1"


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.0, "0"), (100.0, "100"), (93.51234, "93.51"), (0.00001234, "0.00001234"), (1e6, "1000000"), (-1e-20, "0")],
)
def test_numbers_have_no_exponent(value: float, written: str) -> None:
    assert number(value) == written


def test_a_moment_has_its_zone() -> None:
    winter = results_message(envelope(), _plain())
    summer = results_message(
        replace(envelope(), at=datetime(2026, 7, 1, 10, tzinfo=UTC).astimezone(AT.tzinfo)), _plain()
    )
    assert Hl7Message(decoded(winter)[0]).header.value(7) == "20261128113000+0100"
    assert Hl7Message(decoded(summer)[0]).header.value(7) == "20260701120000+0200"


def _plain() -> Told:
    study = records.study(records.header())
    return Told(
        study=study,
        manifest=records.manifest(),
        result=records.analysed(study.study_instance_uid, [records.finding(["1.2.3"])]),
        outcome=Outcome.FOUND,
        summary=Text(en="Pneumonia", nl="Longontsteking"),
        number="AI1",
    )
