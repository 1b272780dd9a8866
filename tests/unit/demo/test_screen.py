"""What the demonstration shows: nothing wraps, nothing moves, every outcome has its word and its shape."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console, ConsoleDimensions, RenderableType

from collega.bootstrap.demo.channels import Channels
from collega.bootstrap.demo.count import InPacs, Known, Progress, Said, count
from collega.bootstrap.demo.day import Kind, Part
from collega.bootstrap.demo.server import Place
from collega.bootstrap.demo.show import Scene, Wishes
from collega.bootstrap.demo.tally import Inputs, Tally
from collega.cli.demo import open_browser
from collega.cli.demo_summary import next_steps, summary
from collega.cli.demo_table import banner, screen
from collega.cli.worklist import WORDS
from collega.model.finding import Outcome
from collega.model.result import NoAnswer
from collega.model.runtime import Runtime, Way

FOLDER = Scene(
    board="http://127.0.0.1:45677/",
    scanners=("SIMSCANNER",),
    aet="COLLEGA",
    dicom_port=45_678,
    pacs_aet="SIMPACS",
    pacs_port=45_679,
)
EVENING = replace(
    FOLDER,
    moment=datetime(2026, 3, 2, 17, 24, tzinfo=UTC),
    on_duty=("Simulated evening radiologist", "Simulated emergency physician"),
)
SR = InPacs(
    sop_class_uid="1.2.840.10008.5.1.4.1.1.88.34",
    model_name="chest-pneumonia",
    description="AI chest-pneumonia: found (87.1/100)",
)
PAGE = InPacs(sop_class_uid="1.2.840.10008.5.1.4.1.1.7", model_name="collega", description="AI status: found")
MASK = InPacs(sop_class_uid="1.2.840.10008.5.1.4.1.1.66.4", model_name="bleed", description="AI bleed: segmentation")


def channels_of(
    way: Way,
    runtime: Runtime = Runtime.PYTHON,
    *,
    studies: int,
    board: int = 0,
    pacs: int = 0,
    raised: int = 0,
    silent: Mapping[NoAnswer, int] | None = None,
) -> Channels:
    return Channels(
        way=way, runtime=runtime, studies=studies, board=board, pacs=pacs, raised=raised, silent=silent or {}
    )


DAY = Tally(
    kinds={Kind.FILM: 60, Kind.HEAD_CT: 30},
    drawn_positive={Kind.FILM: 20, Kind.HEAD_CT: 10},
    parts={Part.DAY: 50, Part.EVENING: 22, Part.NIGHT: 18},
    away_s=7.5,
    difficult=9,
    p95_difficult_s=8.25,
    held_up=7,
    came_through=7,
    failed=5,
    failed_on_page=5,
    apps={
        "chest-pneumonia": {Outcome.FOUND: 40, Outcome.NOTHING_FOUND: 20},
        "sometimes-fails": {Outcome.FAILED: 5},
        "sim-mammography": {Outcome.FOUND: 2, NoAnswer.NO_RULE_OUT: 2},
        "sim-myeloma": {NoAnswer.NOT_ASKED: 4},
        "sim-night-embolism": {Outcome.UNDETERMINED: 1, Outcome.NOT_SUITABLE: 11},
    },
    channels={
        "chest-pneumonia": channels_of(Way.AUTOMATIC, studies=60, board=60, pacs=60, raised=40),
        "sim-mammography": channels_of(
            Way.AUTOMATIC, Runtime.DICOM, studies=4, board=4, pacs=2, raised=2, silent={NoAnswer.NO_RULE_OUT: 2}
        ),
        "sim-myeloma": channels_of(Way.ON_DEMAND, studies=4, silent={NoAnswer.NOT_ASKED: 4}),
        "sim-own-screen": channels_of(Way.OWN_SCREEN, studies=4, silent={NoAnswer.OWN_SCREEN: 4}),
    },
    opened=90,
    signed=89,
    waits_s={Part.DAY: 1.5, Part.EVENING: 2.25, Part.NIGHT: None},
    inputs={"sim-myeloma": Inputs(came=3, missing=1)},
)


def said(outcome: Outcome | NoAnswer | None, *more: str) -> Said:
    apps = {"chest-pneumonia": outcome, **dict.fromkeys(more, outcome)}
    return Said(accession_number="CX0123456789ABCD", received_at=datetime.now(UTC), state="routed", apps=apps)


def progress(*outcomes: Outcome | NoAnswer | None, more: tuple[str, ...] = ()) -> Progress:
    uids = [str(number) for number in range(len(outcomes))]
    known = Known(
        said={uid: said(outcome, *more) for uid, outcome in zip(uids, outcomes, strict=True)},
        shelf={uid: (SR, MASK, PAGE) for uid, outcome in zip(uids, outcomes, strict=True) if outcome},
        confirmed={uid: 0.25 for uid, outcome in zip(uids, outcomes, strict=True) if outcome},
    )
    return count(12_345, uids, known)


def drawn(what: RenderableType, width: int) -> str:
    console = Console(width=width, file=StringIO(), highlight=False)
    with console.capture() as captured:
        console.print(what)
    return captured.get()


def unwrapped(lines: list[str]) -> str:
    """Join lines that a frame and a column have broken."""
    return " ".join(" ".join(line.strip("│╭╮╰╯─ ").split()) for line in lines)


@pytest.mark.shows("R25")
@pytest.mark.parametrize("scene", [FOLDER, EVENING, replace(EVENING, pacs_away=True)])
@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40)])
def test_the_screen_fits_and_keeps_its_height(width: int, height: int, scene: Scene) -> None:
    size = ConsoleDimensions(width, height)
    every = progress(*Outcome, *NoAnswer, None)
    begin, later = (drawn(screen(state, scene, size), width).splitlines() for state in (progress(), every))
    assert len(begin) == len(later) <= height - len(drawn(banner(Wishes()), width).splitlines()) - 1
    assert max(map(len, later)) <= width
    text = drawn(screen(every, scene, ConsoleDimensions(width, 60)), width)
    for words in (
        *(WORDS[outcome] for outcome in Outcome),
        "… under way",
        "✓ SR mask page",
        "95 % within 0.25 s",
        scene.board,
    ):
        assert words in text


@pytest.mark.shows("R9", "R31")
def test_the_clock_says_who_reads_and_when_the_pacs_is_away() -> None:
    size = ConsoleDimensions(80, 24)
    there = drawn(screen(progress(), EVENING, size), 80)
    assert "17:24 evening" in there
    assert "on duty: evening radiologist, emergency physician" in there
    assert "PACS IS DOWN" not in there
    assert "PACS IS DOWN: results wait" in drawn(screen(progress(), replace(EVENING, pacs_away=True), size), 80)
    assert "signed" in there
    assert "signed" not in drawn(screen(progress(), FOLDER, size), 80)


@pytest.mark.shows("R66")
def test_several_apps_are_named_and_a_narrow_screen_cuts_off_no_failure() -> None:
    wide = ConsoleDimensions(120, 40)
    text = drawn(screen(progress(Outcome.FOUND, more=("fracture",)), FOLDER, wide), 120)
    assert "● found 87.1 chest-pneumonia  ● found fracture" in text
    apps = {"chest-pneumonia": Outcome.NOTHING_FOUND, "bleed": Outcome.FOUND, "third": Outcome.FAILED}
    one = Said(accession_number="A", received_at=None, state="routed", apps=apps)
    mixed = count(1, ["1"], Known(said={"1": one}, shelf={}, confirmed={}))
    assert "✕ failed third  ● found bleed" in drawn(screen(mixed, FOLDER, ConsoleDimensions(80, 24)), 80)


@pytest.mark.parametrize("temporary", [True, False])
def test_it_says_what_is_missing_and_what_to_try(temporary: bool) -> None:
    where = Place(data=Path("/data/demo"), temporary=temporary)
    state = progress(Outcome.FOUND, None)
    text = drawn(summary(state, None), 80) + drawn(next_steps(state, where), 80)
    assert "12344 of 12345 studies did not come through." in text
    assert "missing 1" in text
    assert "not for clinical use" in text
    assert ("COLLEGA_DATA=/data/demo collega worklist" in text) is not temporary
    assert ("collega serve --config /data/demo/demo/collega.toml" in text) is not temporary


@pytest.mark.shows("R9", "R25", "R31")
@pytest.mark.parametrize("width", [80, 120])
def test_the_summary_of_a_day(width: int) -> None:
    lines = drawn(summary(progress(Outcome.FOUND), DAY), width).splitlines()
    assert max(map(len, lines)) <= width
    text = unwrapped(lines)
    for words in (
        "60 films and 30 head CTs; 50 by day, 22 in the evening, 18 at night",
        "The PACS was away for 7.5 s: the results of 7 studies were held up, 7 came through afterwards, none lost.",
        "95 % within 8.25 s",
        "An app failed on 5; the status page in the PACS says so on 5 of them.",
        "simulated readers opened 90 and signed 89",
        "day 1.5 s, evening 2.2 s",
        "20 of the 60 films were drawn with an opacity, 10 of the 30 head CTs with a bleed",
    ):
        assert words in text
    assert "night None" not in text
    lost = drawn(summary(progress(Outcome.FOUND), replace(DAY, came_through=6)), width).splitlines()
    assert "6 came through afterwards, 1 lost." in unwrapped(lost)


@pytest.mark.shows("R67")
@pytest.mark.parametrize("width", [80, 120])
def test_the_summary_says_how_each_app_worked_and_what_reached_whom(width: int) -> None:
    lines = drawn(summary(progress(Outcome.FOUND), DAY), width).splitlines()
    assert max(map(len, lines)) <= width
    rows = [" ".join(line.strip("│ ").split()) for line in lines]
    for row in (
        "sim-mammography 2 · · · · 2",
        "sim-myeloma · · · · · 4",
        "chest-pneumonia by itself program 60 60 60 40",
        "sim-mammography by itself box 4 4 2 2",
        "sim-myeloma on demand program 4 · · ·",
        "sim-own-screen own screen web page 4 · · ·",
    ):
        assert row in rows
    text = unwrapped(lines)
    assert "sim-mammography may not rule out: of 2 it says that it looked, and no more." in text
    assert "sim-myeloma has 4 answers ready that nobody has asked for" in text
    assert "sim-own-screen has 4 without a result from its screen" in text


def test_no_browser_is_opened_where_nobody_sits(tmp_path: Path) -> None:
    opener = tmp_path / "xdg-open"
    opener.write_text(f"#!/bin/sh\ntouch {tmp_path}/opened\n")
    opener.chmod(0o755)
    assert not open_browser(FOLDER.board, {"DISPLAY": ":0", "PATH": str(tmp_path)})  # no terminal here
    assert not (tmp_path / "opened").exists()
