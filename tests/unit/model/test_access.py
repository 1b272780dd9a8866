"""The table of rights, pauses, passwords: pure, and as the pages of the reference say."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from collega.formats.access_words import ACTIONS, ROLES
from collega.model.access import BY_BREAKING_GLASS, RIGHTS, Action, PersonRole, may
from collega.model.account import account_name, full_name
from collega.model.lockout import LONGEST_PAUSE, pause
from collega.model.password import weak_pin, weakness

ROOT = Path(__file__).parents[3]


@pytest.mark.shows("R20", "R23")
def test_every_role_and_right_is_in_the_tables_and_in_both_languages() -> None:
    assert RIGHTS.keys() == set(PersonRole) == ROLES.keys()
    assert set(Action) == ACTIONS.keys()
    assert frozenset().union(*RIGHTS.values()) == set(Action), "a right that nobody has"


@pytest.mark.shows("R64")
def test_who_keeps_accounts_money_or_privacy_sees_no_patient() -> None:
    for role in (PersonRole.ADMINISTRATOR, PersonRole.MANAGER, PersonRole.PRIVACY_OFFICER):
        assert not may([role], Action.SEE_PATIENTS)
    for action in (Action.KEEP_ACCOUNTS, Action.READ_AUDIT, Action.REVIEW_GLASS, Action.READ_FHIR):
        assert not may(BY_BREAKING_GLASS, action)
    assert not may([PersonRole.SERVICE], Action.OWN_ACCOUNT)
    assert not may([], Action.OWN_ACCOUNT)


def test_the_page_of_rights_is_that_of_the_tables() -> None:
    ran = subprocess.run([sys.executable, "-m", "scripts.rights", "--check"], cwd=ROOT, check=False)
    assert ran.returncode == 0, "write it anew: python -m scripts.rights"


def test_pauses_grow_and_end() -> None:
    assert [pause(number) for number in (1, 4, 5, 6, 7)] == [timedelta(seconds=s) for s in (0, 0, 1, 2, 4)]
    assert pause(10_000) == LONGEST_PAUSE


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("een paard met zeven hoeden", None),
        ("ГдеМоиКлючиОтМашины", None),
        ("🐴🎩 zeven hoeden", None),
        ("short", "short"),
        ("x" * 129, "long"),
        ("Welkom012345!", "common"),
        ("password1234", "common"),
        ("ziekenhuis2026", "common"),
        ("qwertyuiop123", "common"),
        ("abcabcabcabc", "common"),
        ("123456789012", "common"),
        ("aaaaaaaaaaaaa", "common"),
        ("radiologiezomer", "common"),
        ("anna.jansen2026", "named"),
        ("collega-jansen1", "named"),
    ],
)
def test_a_password_is_long_and_not_what_everybody_tries(password: str, fault: str | None) -> None:
    assert weakness(password, "a.jansen", "Anna Jansen") == fault


@pytest.mark.parametrize(
    ("pin", "fault"),
    [("204857", None), ("12345", "pin"), ("123456", "pin"), ("987654", "pin"), ("111111", "pin"), ("20485a", "pin")],
)
def test_a_pin_is_no_run_of_digits(pin: str, fault: str | None) -> None:
    assert weak_pin(pin) == fault


@pytest.mark.parametrize("name", ["", " ", "a b", "../x", "<b>", "a" * 65, "-x", "x\0", "jansen'"])
def test_an_account_name_is_plain(name: str) -> None:
    with pytest.raises(ValueError, match="a name of letters"):
        account_name(name)


def test_a_person_has_a_name_in_any_script() -> None:
    assert account_name(" A.Jansen@Hospital.example ") == "a.jansen@hospital.example"
    assert full_name("  Đặng   Thị\tÄnne ") == "Đặng Thị Änne"
    for wrong in ("", "x" * 81, "a\u202eb", "a\0b"):
        with pytest.raises(ValueError, match="printable"):
            full_name(wrong)
