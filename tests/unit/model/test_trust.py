"""Rights: the maker's intended use, narrowed by the site's decisions."""

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.model.runtime import Use
from collega.model.trust import Allowance, Decision, Right, in_force, narrowed_at
from collega.testing.records import AT

RIGHTS = [Allowance(may_prioritise=a, may_rule_out=b, may_localise=c) for a, b, c in product([True, False], repeat=3)]
DECISIONS = st.lists(st.sampled_from(RIGHTS), max_size=6).map(
    lambda chosen: [Decision(at=AT + timedelta(hours=hour), allowance=item) for hour, item in enumerate(chosen)]
)


@pytest.mark.shows("R76")
@pytest.mark.parametrize(("site", "maker"), list(product(RIGHTS, RIGHTS)))
def test_a_site_narrows_and_never_widens(site: Allowance, maker: Allowance) -> None:
    use = Use(may_prioritise=maker.may_prioritise, may_rule_out=maker.may_rule_out, may_localise=maker.may_localise)
    both = site.within(use)
    assert all(both.has(right) is (site.has(right) and maker.has(right)) for right in Right)


@given(decisions=DECISIONS)
def test_the_latest_decision_counts(decisions: list[Decision]) -> None:
    assert in_force(decisions) == (decisions[-1].allowance if decisions else Allowance())


@given(decisions=DECISIONS)
def test_what_was_built_before_a_right_was_taken_is_old(decisions: list[Decision]) -> None:
    """Hold the moment against a walk over every pair of decisions that follow each other."""
    steps = [Allowance(), *(item.allowance for item in decisions)]
    taken = [
        decision.at
        for before, decision in zip(steps, decisions, strict=False)
        if (before.may_rule_out and not decision.allowance.may_rule_out)
        or (before.may_localise and not decision.allowance.may_localise)
    ]
    assert narrowed_at(decisions) == (max(taken) if taken else None)


def test_a_right_is_spelled_as_the_key_of_the_manifest() -> None:
    assert {str(right) for right in Right} == {name for name in Use.__slots__ if name.startswith("may_")}
