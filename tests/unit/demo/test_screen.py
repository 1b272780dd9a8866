"""What the demonstration shows: nothing wraps, nothing moves, every outcome has its word and its shape."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console, ConsoleDimensions, RenderableType

from collega.bootstrap.demo.count import InPacs, Known, Progress, Said, count
from collega.bootstrap.demo.server import Place
from collega.bootstrap.demo.show import Wishes
from collega.cli.demo_summary import summary
from collega.cli.demo_table import Peers, banner, screen
from collega.cli.worklist import WORDS
from collega.model.finding import Outcome

PEERS = Peers(dicom_port=45_678, pacs_aet="SIMPACS", pacs_port=45_679)
SR = InPacs(
    sop_class_uid="1.2.840.10008.5.1.4.1.1.88.34",
    model_name="chest-pneumonia",
    description="AI chest-pneumonia: found (87/100)",
)
PAGE = InPacs(sop_class_uid="1.2.840.10008.5.1.4.1.1.7", model_name="collega", description="AI status: found")


def said(outcome: Outcome | None, *more: str) -> Said:
    apps = {"chest-pneumonia": outcome, **dict.fromkeys(more, outcome)}
    return Said(accession_number="CX0123456789ABCD", received_at=datetime.now(UTC), state="routed", apps=apps)


def progress(*outcomes: Outcome | None, more: tuple[str, ...] = ()) -> Progress:
    uids = [str(number) for number in range(len(outcomes))]
    known = Known(
        said={uid: said(outcome, *more) for uid, outcome in zip(uids, outcomes, strict=True)},
        shelf={uid: (SR, PAGE) for uid, outcome in zip(uids, outcomes, strict=True) if outcome},
        confirmed={uid: 0.25 for uid, outcome in zip(uids, outcomes, strict=True) if outcome},
    )
    return count(12_345, uids, known)


def drawn(what: RenderableType, width: int) -> list[str]:
    console = Console(width=width, file=StringIO(), highlight=False)
    with console.capture() as captured:
        console.print(what)
    return captured.get().splitlines()


@pytest.mark.shows("R25")
@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40)])
def test_the_screen_fits_and_keeps_its_height(width: int, height: int) -> None:
    size = ConsoleDimensions(width, height)
    every = progress(*Outcome, None)
    begin, later = (drawn(screen(state, PEERS, size), width) for state in (progress(), every))
    assert len(begin) == len(later) <= height - len(drawn(banner(Wishes()), width)) - 1
    assert max(map(len, later)) <= width
    text = "\n".join(drawn(screen(every, PEERS, ConsoleDimensions(width, 60)), width))
    for words in ("● found (87/100)", *WORDS.values(), "… under way"):
        assert words in text
    assert "95 % within 0.25 s" in text


def test_several_apps_are_named() -> None:
    text = "\n".join(drawn(screen(progress(Outcome.FOUND, more=("fracture",)), PEERS, ConsoleDimensions(120, 40)), 120))
    assert "● found chest-pneumonia  ● found fracture" in text


@pytest.mark.parametrize("temporary", [True, False])
def test_the_summary_says_what_is_missing_and_what_to_try(temporary: bool) -> None:
    where = Place(data=Path("/data/demo"), temporary=temporary)
    text = "\n".join(drawn(summary(progress(Outcome.FOUND, None), where), 80))
    assert "12344 of 12345 studies did not come through." in text
    assert "missing 1" in text
    assert "not for clinical use" in text
    assert ("COLLEGA_DATA=/data/demo collega worklist" in text) is not temporary
