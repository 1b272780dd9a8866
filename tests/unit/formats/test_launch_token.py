"""Tokens of an app's own screen: what this site signed is read, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.formats.launch_token import fingerprint, read, sign
from collega.model.launch import Claims

SECRET, OTHER = b"a" * 32, b"b" * 32
NOW = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
CLAIMS = Claims(study_instance_uid="1.2.3", app_id="whole-body", user="dr. X", expires_at=NOW, nonce="n1")


@pytest.mark.shows("R67")
@given(
    user=st.text(max_size=64).filter(lambda text: text.isprintable()),
    minutes=st.integers(-(10**6), 10**6),
    uid=st.from_regex(r"[0-9.]{1,64}", fullmatch=True),
)
def test_what_was_signed_is_read(user: str, minutes: int, uid: str) -> None:
    claims = Claims(
        study_instance_uid=uid, app_id="an-app", user=user, expires_at=NOW + timedelta(minutes=minutes), nonce="n"
    )
    assert read(sign(claims, SECRET), SECRET) == claims


@pytest.mark.shows("R67")
@given(place=st.integers(0, 10_000), letter=st.sampled_from("ABCxyz019-_.= "))
def test_one_changed_letter_is_a_forgery(place: int, letter: str) -> None:
    token = sign(CLAIMS, SECRET)
    place %= len(token)
    changed = token[:place] + letter + token[place + 1 :]
    assert changed == token or read(changed, SECRET) is None


@pytest.mark.parametrize("token", ["", ".", "a.b", "é.é", "x" * 5000, "eyJ9.", ".eyJ9", "a" * 40 + "." + "b" * 43])
def test_what_is_no_token_is_refused(token: str) -> None:
    assert read(token, SECRET) is None


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert read(text, SECRET) is None


@pytest.mark.shows("R67")
def test_a_token_of_another_site_is_foreign() -> None:
    assert read(sign(CLAIMS, OTHER), SECRET) is None


def test_a_short_secret_is_none() -> None:
    with pytest.raises(ValueError, match="too short"):
        sign(CLAIMS, b"short")


def test_the_name_of_a_session_is_not_in_its_fingerprint() -> None:
    assert "session" not in fingerprint("session")
    assert fingerprint("session") != fingerprint("sessio")
