"""The menu: every page that somebody may open stands in it once, and no other."""

from datetime import UTC, datetime, timedelta

import pytest

from collega.model.access import Action, PersonRole
from collega.model.account import Person, SessionState
from collega.web.access import door
from collega.web.pages import GROUPS, NAVIGATION, menu, navigation
from collega.web.visit import NOBODY, Visit

pytestmark = pytest.mark.shows("R25")


@pytest.mark.parametrize("role", list(PersonRole))
def test_each_page_that_a_role_may_open_stands_in_its_menu_once(role: PersonRole) -> None:
    person = Person(
        account_key=1,
        name="one",
        full_name="O. Ne",
        roles=(role,),
        session_key=1,
        state=SessionState.OPEN,
        ends_at=datetime.now(UTC) + timedelta(hours=1),
    )
    visit = Visit(person=person)
    listed = [address for _, links in menu(visit, "nl") for address, _ in links]
    assert sorted(listed) == sorted(address for address, _ in navigation(visit))
    for address in listed:
        need = door("GET", address).need
        assert isinstance(need, Action)
        assert visit.may(need)


def test_nobody_has_no_group() -> None:
    assert menu(NOBODY, "en") == [("", [])]


def test_a_group_names_pages_only_and_none_twice() -> None:
    grouped = [address for _, group in GROUPS for address in group]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) < {address for address, _ in NAVIGATION}
