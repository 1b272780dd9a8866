"""The chain as a pure thing: whatever single change is made to it is found, and named."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collega.model.audit_chain import FIRST, MOST_TRIED, ChainCheck, Fault, Head, Link, Wrong, hash_of

# A machine that does other things meanwhile is no fault of the chain or of a message.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
FIELDS = st.tuples(*[st.one_of(st.none(), st.text(max_size=6))] * 3)


def chain(contents: Sequence[tuple[str | None, ...]], first_key: int = 11) -> list[Link]:
    links: list[Link] = []
    previous = FIRST
    for number, fields in enumerate(contents, 1):
        key = first_key + 2 * number
        previous = hash_of(previous, number, key, fields)
        links.append(Link(number=number, key=key, hash=previous, fields=fields))
    return links


def faults(links: Sequence[Link], *heads: Sequence[Head]) -> list[Fault]:
    return list(ChainCheck(*heads).walk(links))


def heads_of(links: Sequence[Link]) -> list[Head]:
    return [Head(number=link.number, hash=link.hash) for link in links]


@pytest.mark.shows("R59")
@UNHURRIED
@given(st.lists(FIELDS, max_size=8))
def test_a_chain_as_it_was_written_has_no_fault(contents: list[tuple[str | None, ...]]) -> None:
    links = chain(contents)
    assert faults(links, heads_of(links), heads_of(links[:1])) == []


@pytest.mark.shows("R59")
@UNHURRIED
@given(st.lists(FIELDS, min_size=1, max_size=8), st.data())
def test_any_changed_field_is_found_and_no_other_line_is_blamed(
    contents: list[tuple[str | None, ...]], data: st.DataObject
) -> None:
    links = chain(contents)
    place = data.draw(st.integers(0, len(links) - 1))
    other = data.draw(FIELDS.filter(lambda fields: fields != links[place].fields))
    links[place] = replace(links[place], fields=other)
    (fault,) = faults(links)
    assert (fault.wrong, fault.number, fault.key) == (Wrong.CHANGED, place + 1, links[place].key)


@UNHURRIED
@given(st.lists(FIELDS, min_size=1, max_size=8), st.data())
def test_a_changed_hash_or_key_is_found(contents: list[tuple[str | None, ...]], data: st.DataObject) -> None:
    links = chain(contents)
    place = data.draw(st.integers(0, len(links) - 1))
    wrong = data.draw(st.sampled_from([{"hash": bytes(range(32))}, {"key": 4}]))
    links[place] = replace(links[place], **wrong)  # type: ignore[arg-type]
    assert place + 1 in [fault.number for fault in faults(links)]


@pytest.mark.shows("R59")
@UNHURRIED
@given(st.lists(FIELDS, min_size=2, max_size=8), st.data())
def test_a_line_that_is_gone_is_found_with_its_place_and_without(
    contents: list[tuple[str | None, ...]], data: st.DataObject
) -> None:
    links = chain(contents)
    place = data.draw(st.integers(0, len(links) - 2))
    emptied = [*links[:place], replace(links[place], fields=None), *links[place + 1 :]]
    for broken in (emptied, links[:place] + links[place + 1 :]):
        (fault,) = faults(broken)
        assert (fault.wrong, fault.number) == (Wrong.MISSING, place + 1)


@pytest.mark.shows("R59")
@UNHURRIED
@given(st.lists(FIELDS, min_size=2, max_size=8, unique=True), st.data())
def test_lines_that_changed_places_are_found_as_such(
    contents: list[tuple[str | None, ...]], data: st.DataObject
) -> None:
    links = chain(contents)
    here, there = data.draw(st.lists(st.integers(0, len(links) - 1), min_size=2, max_size=2, unique=True))
    one, other = links[here], links[there]
    for swapped in (
        (replace(one, fields=other.fields), replace(other, fields=one.fields)),
        (replace(one, fields=other.fields, key=other.key), replace(other, fields=one.fields, key=one.key)),
    ):
        links[here], links[there] = swapped
        found = faults(links)
        assert [fault.wrong for fault in found] == [Wrong.REORDERED] * 2
        assert {fault.number for fault in found} == {here + 1, there + 1}


@pytest.mark.shows("R59")
@UNHURRIED
@given(st.lists(FIELDS, min_size=2, max_size=8), st.data())
def test_a_cut_tail_is_found_by_what_was_written_outside(
    contents: list[tuple[str | None, ...]], data: st.DataObject
) -> None:
    links = chain(contents)
    left = data.draw(st.integers(0, len(links) - 1))
    (fault,) = faults(links[:left], heads_of(links))
    assert (fault.wrong, fault.number) == (Wrong.CUT, left + 1)
    assert faults(links[:left]) == []  # which is why heads are kept elsewhere


@pytest.mark.shows("R59")
def test_a_chain_that_was_written_anew_is_found_by_what_was_written_outside() -> None:
    links, forged = chain([("a",), ("b",), ("c",)]), chain([("a",), ("x",), ("c",)])
    assert faults(forged) == []
    (fault,) = faults(forged, heads_of(links))
    assert (fault.wrong, fault.number) == (Wrong.REWRITTEN, 2)


def test_a_tail_that_was_cut_and_has_grown_again_is_found_by_the_order_of_the_heads() -> None:
    links = chain([(str(number),) for number in range(6)])
    heads = heads_of(links)
    found = faults(links, [heads[1], heads[5], heads[3]])
    assert [(fault.wrong, fault.number) for fault in found] == [(Wrong.CUT, 4)]


def test_a_repository_that_was_told_some_lines_twice_is_no_fault() -> None:
    links = chain([(str(number),) for number in range(6)])
    heads = heads_of(links)
    assert faults(links, [], [*heads[:4], *heads[1:5]]) == []
    forged = chain([(str(number),) for number in range(3, 9)])
    found = faults(forged, [], [*heads[:4], *heads_of(forged)[1:]])
    assert [(fault.wrong, fault.number) for fault in found] == [(Wrong.REWRITTEN, 1)]


def test_many_changed_lines_are_all_told() -> None:
    links = [replace(link, fields=("x",)) for link in chain([(str(n),) for n in range(MOST_TRIED + 5)])]
    assert [fault.wrong for fault in faults(links)] == [Wrong.CHANGED] * (MOST_TRIED + 5)


def test_two_lines_never_have_one_content() -> None:
    assert hash_of(FIRST, 1, 1, ("a", None)) != hash_of(FIRST, 1, 1, ("a", "-"))
    assert hash_of(FIRST, 1, 1, ("ab", "c")) != hash_of(FIRST, 1, 1, ("a", "bc"))
