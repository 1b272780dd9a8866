"""What a notice says: in both languages, of every part, with its times, and never of a patient."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from collega.deliver.notice_words import TROUBLE, body, heading
from collega.model.outage import Cause, NoticeKind, Outage, Part, Subject
from collega.testing import records

pytestmark = pytest.mark.shows("R26")
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SINCE = datetime(2026, 3, 2, 1, 14, tzinfo=UTC)
OUT = Outage(
    subject=Subject(part=Part.APP, name="finder"),
    cause=Cause.WAITING,
    down_since=SINCE,
    seen_at=SINCE,
    noticed_at=SINCE + timedelta(minutes=5),
)


def test_an_app_that_does_not_answer() -> None:
    text = body(OUT, NoticeKind.UNAVAILABLE, records.manifest(), AMSTERDAM)
    assert text.en == (
        "AI unavailable: work as before. finder 1.0.0 has not answered since 02:14. Studies are read as without AI."
    )
    assert text.nl == (
        "AI niet beschikbaar: werk zoals voorheen. finder 1.0.0 heeft sinds 02:14 niet geantwoord. "
        "Onderzoeken worden beoordeeld als zonder AI."
    )


def test_it_is_back() -> None:
    over = replace(OUT, up_since=SINCE + timedelta(minutes=30), ended_at=SINCE + timedelta(minutes=31))
    text = body(over, NoticeKind.AVAILABLE, records.manifest(), AMSTERDAM, late=7, waiting=2)
    assert text.en == (
        "AI available again. finder 1.0.0. It was out from 02:14 to 02:44. "
        "7 studies were not analysed in time; 2 of them are being caught up."
    )
    assert "7 onderzoeken zijn niet op tijd geanalyseerd; 2 daarvan worden ingehaald." in text.nl


def test_another_day_is_named() -> None:
    long = replace(OUT, noticed_at=SINCE + timedelta(days=1))
    text = body(long, NoticeKind.UNAVAILABLE, None, AMSTERDAM)
    assert "since 2026-03-02 02:14" in text.en
    assert "sinds 02-03-2026 02:14" in text.nl


@pytest.mark.parametrize(("part", "cause"), TROUBLE)
@pytest.mark.parametrize("kind", NoticeKind)
def test_every_trouble_has_words(part: Part, cause: Cause, kind: NoticeKind) -> None:
    outage = replace(OUT, subject=Subject(part=part, name="NAME" if part in {Part.APP, Part.PACS} else ""), cause=cause)
    text = body(outage, kind, None, AMSTERDAM)
    for said, head in ((text.en, heading(outage, kind).en), (text.nl, heading(outage, kind).nl)):
        assert said.startswith(f"{head}. ")
        assert "{" not in said
        assert "02:14" in said
    assert text.en != text.nl


def test_a_check_that_fails_does_not_say_that_ai_is_out() -> None:
    outage = replace(OUT, subject=Subject(part=Part.COVERAGE), cause=Cause.UNREACHABLE)
    text = body(outage, NoticeKind.UNAVAILABLE, None, AMSTERDAM)
    assert "AI unavailable" not in text.en
    assert "read it as without AI" in text.en
