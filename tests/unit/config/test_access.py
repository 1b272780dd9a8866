"""Whom the pages are open to: what the settings refuse."""

import pytest

from collega.config import load
from collega.errors import ConfigurationError


def refusal(**values: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(environment={f"COLLEGA_{name}": value for name, value in values.items()})
    return str(caught.value)


@pytest.mark.shows("R64")
def test_a_host_that_others_reach_needs_tls_and_sign_in() -> None:
    for host in ("0.0.0.0", "10.1.2.3", "::", "pacs.hospital.example"):  # noqa: S104 - what is refused
        assert "web.tls_certificate" in refusal(WEB__HOST=host)
        assert "web.sign_in" in refusal(WEB__HOST=host, WEB__TLS_CERTIFICATE="c.pem", WEB__TLS_KEY="k.pem")
        assert "web.tls_certificate" in refusal(WEB__HOST=host, WEB__SIGN_IN="required")
    for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost"):
        assert load(environment={"COLLEGA_WEB__HOST": host}).web.sign_in == "loopback-open"


def test_a_half_set_provider_is_refused() -> None:
    assert "oidc_client_id" in refusal(ACCESS__OIDC_ISSUER="https://login.example")
    assert "https://" in refusal(ACCESS__OIDC_ISSUER="http://login.example")
    assert "group=role" in refusal(ACCESS__OIDC_ROLES="staff=king")
    assert "group=role" in refusal(ACCESS__OIDC_ROLES="staff=service")
    assert "both or neither" in refusal(WEB__TLS_CERTIFICATE="c.pem")
    assert "https://" in refusal(WEB__ADDRESS="collega.example")
