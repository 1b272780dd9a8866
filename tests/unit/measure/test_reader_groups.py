"""Nobody learns a single reader's figure from those of groups."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collega.measure.reader_groups import LEAST_READERS, own_figure, shown_groups

READERS = [f"r{number}" for number in range(12)]


@pytest.mark.shows("R11", "R27")
def test_a_reader_sees_the_own_figure_and_nobody_elses() -> None:
    figures = {"anna": 0.9, "bert": 0.4}
    assert own_figure(figures, "anna") == 0.9
    assert own_figure(figures, "manager") is None


def test_four_readers_are_too_few_and_one_who_reads_much_is_one() -> None:
    assert shown_groups({"night": READERS[:5]}) == {"night": True}
    assert shown_groups({"night": READERS[:4]}) == {"night": False}
    assert shown_groups({"night": ["anna"] * 50}) == {"night": False}


def test_what_is_left_out_is_no_difference_to_the_total() -> None:
    assert shown_groups({"day": READERS[:9], "night": READERS[9:11], "weekend": READERS[:6]}) == {
        "day": True,
        "night": False,
        "weekend": False,
    }


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50)
@given(st.dictionaries(st.sampled_from("abcd"), st.lists(st.sampled_from(READERS), max_size=20)))
def test_no_group_below_the_least_is_ever_shown(groups: dict[str, list[str]]) -> None:
    shown = shown_groups(groups)
    assert not [name for name, is_shown in shown.items() if is_shown and len(set(groups[name])) < LEAST_READERS]
    hidden = [name for name, is_shown in shown.items() if not is_shown and groups[name]]
    if any(shown.values()) and hidden:
        assert len({reader for name in hidden for reader in groups[name]}) >= LEAST_READERS
