"""Who is sent images: this machine, what is encrypted, and who is named; the cloud by a permit alone."""

import pytest

from collega.model.leaving import Permit
from collega.model.runtime import HttpSpec
from collega.run.departure import why_kept


@pytest.mark.shows("R42")
@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://127.0.0.9", True),
        ("http://[::1]:8000/x", True),
        ("http://localhost:8000", True),
        ("https://ai.example/of/a/vendor", True),
        ("http://named.example:80", True),
        ("http://NAMED.example", True),
        ("http://ai.example", False),
        ("http://127.0.0.1.example", False),
        ("http://localhost.example", False),
        ("http://10.0.0.1", False),
        ("http://named.example@ai.example", False),
        ("http://0.0.0.0", False),
    ],
)
def test_who_gets_images_in_clear(url: str, *, may: bool) -> None:
    why = why_kept(HttpSpec(url=url), ["named.example"])
    assert (why is None) == may
    assert why is None or "patient data in clear" in why


@pytest.mark.parametrize("url", ["http://127.0.0.1", "https://ai.example", "http://named.example"])
def test_nothing_goes_to_the_cloud_without_a_permit_or_in_clear(url: str) -> None:
    why = why_kept(HttpSpec(url=url, is_cloud=True), ["named.example"])
    assert why is not None
    assert "the gate has not let through" in why
    permitted = HttpSpec(url=url, is_cloud=True, permit=Permit(folder="sent", job="x"))
    assert (why_kept(permitted, ["named.example"]) is None) == url.startswith("https:")
