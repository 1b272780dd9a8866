"""Settings of TLS stand together or not at all, and no port is given twice."""

import pytest

from collega.config import load
from collega.errors import ConfigurationError

pytestmark = pytest.mark.shows("R31")
FILES = {"COLLEGA_DICOM__TLS_CERTIFICATE": "a.crt", "COLLEGA_DICOM__TLS_KEY": "a.key"}


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"COLLEGA_DICOM__TLS_CERTIFICATE": "a.crt"}, "dicom.tls_certificate and dicom.tls_key, both or neither"),
        ({"COLLEGA_DICOM__TLS_KEY": "a.key"}, "dicom.tls_certificate and dicom.tls_key, both or neither"),
        ({"COLLEGA_DICOM__TLS_CA": "ca.crt"}, "beside dicom.tls_ca or dicom.tls_only"),
        ({"COLLEGA_DICOM__TLS_ONLY": "true"}, "beside dicom.tls_ca or dicom.tls_only"),
        (FILES | {"COLLEGA_DICOM__TLS_PORT": "11112"}, "different ports for dicom.port and dicom.tls_port"),
        (FILES | {"COLLEGA_DICOM__TLS_PORT": "8080"}, "different ports for dicom.tls_port and web.port"),
    ],
)
def test_what_does_not_go_together(environment: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        load(environment=environment)


def test_a_port_that_is_closed_may_be_named_again() -> None:
    settings = load(environment=FILES | {"COLLEGA_DICOM__TLS_PORT": "11112", "COLLEGA_DICOM__TLS_ONLY": "true"})
    assert settings.dicom.tls_only
    assert load(environment={"COLLEGA_WEB__PORT": "2762"}).web.port == 2762
