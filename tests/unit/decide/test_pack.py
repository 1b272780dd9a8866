"""The way of a feedback pack, and its figures: nothing is taken that was not approved, whatever is tried."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.decide.pack import MOVES, Act, Choice, moved
from collega.decide.pack_figures import causes_of, due_at, figures_of
from collega.formats.pack_letter import Letter, letters
from collega.model.pack import Answer, AnswerStatus, Case, CaseSource, LeftOut, Pack, PackStanding, PackState
from collega.testing.records import AT

pytestmark = pytest.mark.shows("R13", "R14")
ZONE = ZoneInfo("Europe/Amsterdam")
NUMBERS = st.frozensets(st.integers(min_value=1, max_value=4))


def case(number: int, at: datetime = AT, causes: tuple[str, ...] = ("motion",)) -> Case:
    return Case(
        number=number,
        source=CaseSource.OPINION,
        thing=f"opinion/{number}",
        version="v",
        study_key="s",
        job_key="j",
        app_id="finder",
        app_version="1.0.0",
        finding_id="pneumonia",
        causes=causes,
        at=at,
    )


def pack(count: int = 3, number: int = 1, **values: object) -> Pack:
    standing = PackStanding(revision=1, state=PackState.PREPARED, at=AT, actor="collega")
    made = Pack(
        key=f"k{number}",
        vendor="Maker & Sons <b>",
        number=number,
        prepared_at=AT,
        cases=tuple(case(place) for place in range(1, count + 1)),
        standing=standing,
    )
    return replace(made, **values)  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.sampled_from(Act), NUMBERS, NUMBERS), max_size=12))
def test_whatever_is_tried_nothing_is_taken_before_it_is_approved_nor_after_it_is_refused(
    tried: list[tuple[Act, frozenset[int], frozenset[int]]],
) -> None:
    one, chosen = pack(), Choice()
    done: list[Act] = []
    for act, with_text, withheld in tried:
        choice = Choice(with_text=with_text, withheld=withheld) if act is Act.APPROVE else None
        try:
            after = moved(one, act, actor="A. Lead", at=AT, reason="because", choice=choice)
        except ValueError:
            refused = (one.standing.state, act) not in MOVES
            assert refused or 4 in with_text | withheld or withheld == frozenset({1, 2, 3})
            continue
        assert after.revision == one.standing.revision + 1
        if act is Act.APPROVE and choice:
            chosen = choice
        assert (frozenset(after.with_text), frozenset(after.withheld)) == (chosen.with_text, chosen.withheld)
        one = replace(one, standing=after)
        done.append(act)
    if Act.TAKE in done:
        assert done[0] is Act.APPROVE
        assert Act.REFUSE not in done
    assert done.count(Act.APPROVE) <= 1
    assert done.count(Act.REFUSE) <= 1


def test_a_refusal_needs_a_reason_and_an_answer_that_fixes_a_version() -> None:
    with pytest.raises(ValueError, match="reason"):
        moved(pack(), Act.REFUSE, actor="A. Lead", at=AT)
    said = {"case": 1, "number": 1, "answered_on": date(2026, 3, 9), "writer": "M.", "actor": "A.", "at": AT}
    for status, fixed_in in ((AnswerStatus.FIXED, ""), (AnswerStatus.ACCEPTED, "2.0")):
        with pytest.raises(ValueError, match="version"):
            Answer(status=status, fixed_in=fixed_in, **said)  # type: ignore[arg-type]


def test_a_pack_is_due_so_long_after_the_last_one_or_after_its_oldest_case() -> None:
    late = case(1, AT + timedelta(days=30))
    assert due_at([], [], 14) is None
    assert due_at([pack()], [], 14) is None
    assert due_at([], [case(1), late], 14) == AT + timedelta(days=14)
    assert due_at([pack()], [late], 14) == AT + timedelta(days=14), "the rhythm is that of the packs"


def test_the_time_until_an_answer_is_a_median_with_its_interval_and_what_waits_is_told_apart() -> None:
    count = 9
    answers = tuple(
        Answer(
            case=place,
            number=number,
            status=AnswerStatus.FIXED if number == 2 else AnswerStatus.ACCEPTED,
            fixed_in="2.0" if number == 2 else "",
            answered_on=(AT + timedelta(days=days)).date(),
            writer="M. Aker",
            actor="A. Lead",
            at=AT,
        )
        for place, number, days in [*((place, 1, 10 * place) for place in range(1, 8)), (1, 2, 90)]
    )
    standing = replace(
        pack().standing,
        state=PackState.TAKEN,
        left_out={7: LeftOut.OBJECTION, 9: LeftOut.OBJECTION},
        gone=tuple(range(1, 9)),
    )
    taken = pack(count, standing=standing, answers=answers)
    told = figures_of(taken.vendor, [taken, pack(2, number=2)], ZONE, (AT + timedelta(days=100)).date())
    assert (told.cases, told.answered) == (8, 7), "what did not leave waits for no answer"
    assert (told.median_days, told.low, told.high) == (40.0, 10.0, 70.0)
    assert told.statuses == {"accepted": 6, "fixed": 1, "none": 1}
    assert told.oldest_open_days == 100
    assert figures_of("another", [taken], ZONE, AT.date()).median_days is None


def test_the_letter_counts_what_is_enclosed_and_says_what_is_left_out_in_both_languages() -> None:
    one = replace(pack(), cases=(case(1), case(2, causes=("motion", "device")), case(3, causes=())))
    made = letters(Letter(pack=one, sender="St. Ångström", prepared_on=AT.date(), left_out={3: LeftOut.IMAGES_REMOVED}))
    assert causes_of(one.cases) == {"motion": 2, "device": 1}
    assert set(made) == {"letter.en.html", "letter.nl.html"}
    for language, enclosed, why in (
        ("en", "enclosed", "not kept any more"),
        ("nl", "bijgesloten", "niet meer bewaard"),
    ):
        text = made[f"letter.{language}.html"]
        assert f'<html lang="{language}">' in text
        assert f'<th scope="row">{enclosed}</th><td class="number">2</td>' in text
        assert why in text
        assert "Maker &amp; Sons &lt;b&gt;" in text
        assert "<b>" not in text
    assert made == letters(
        Letter(pack=one, sender="St. Ångström", prepared_on=AT.date(), left_out={3: LeftOut.IMAGES_REMOVED})
    )
