"""Where a service is: its URL in parts, and what a header Location may name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.adapters.http_app.address import Address, parse

SERVICE = parse("https://ai.example:8443/of/a/vendor/")


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("http://ai.example", "ai.example", "/studies"),
        ("http://ai.example:80/", "ai.example", "/studies"),
        ("https://ai.example:80/v1?key=1", "ai.example:80", "/v1/studies"),
        ("https://[::1]:8443/v1/", "[::1]:8443", "/v1/studies"),
    ],
)
def test_what_is_below_an_address(url: str, authority: str, path: str) -> None:
    below = parse(url).below("studies")
    assert (below.authority, below.path) == (authority, path)


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        ("answers/1", "/of/a/vendor/answers/1"),
        ("/answers/1?x=2", "/answers/1?x=2"),
        ("https://ai.example:8443/1", "/1"),
        ("//ai.example:8443/1", "/1"),
        ("http://ai.example:8443/1", None),
        ("https://ai.example/1", None),
        ("https://elsewhere.example:8443/1", None),
        ("//elsewhere.example/1", None),
        ("file:///etc/passwd", None),
        ("https://ai.example:port/1", None),
    ],
)
def test_an_answer_is_fetched_from_the_same_service_alone(reference: str, path: str | None) -> None:
    found = SERVICE.follow(reference)
    assert (found.path if found else None) == path


@given(st.text(max_size=60))
def test_whatever_a_service_names_stays_with_it(reference: str) -> None:
    found = SERVICE.follow(reference)
    assert found is None or (found.scheme, found.host, found.port) == ("https", "ai.example", 8443)
    assert found is None or "\n" not in found.path


@pytest.mark.parametrize("url", ["ftp://ai.example", "http://", "http://ai.example:99999", "http://é.example", "x"])
def test_no_address(url: str) -> None:
    with pytest.raises(ValueError, match=r"address|Port"):
        parse(url)


def test_host_and_port_of_the_scheme() -> None:
    assert parse("http://ai.example") == Address(scheme="http", host="ai.example", port=80, path="/")
