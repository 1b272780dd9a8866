"""Dates of certificates: as openssl made them, and never a crash on bytes that are none."""

from base64 import b64decode, b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.e2e.certificates import openssl

from collega.errors import InputError
from collega.formats.certificate import Validity, validities

pytestmark = pytest.mark.shows("R31")
# UTCTime until 2049, GeneralizedTime from then on (RFC 5280 4.1.2.5).
DATES = [("19990131120000Z", "20491231235959Z"), ("20260101000000Z", "20991231235959Z")]


def pem(der: bytes) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{b64encode(der).decode()}\n-----END CERTIFICATE-----\n"


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("dates")
    configuration = folder / "ca.cnf"
    configuration.write_text(
        f"[ca]\ndefault_ca=here\n[here]\ndatabase={folder}/index.txt\nnew_certs_dir={folder}\nrand_serial=yes\n"
        "default_md=sha256\npolicy=any\nunique_subject=no\n[any]\ncommonName=supplied\n"
    )
    (folder / "index.txt").touch()
    key, request = folder / "key", folder / "request"
    openssl("req", "-new", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=x", "-keyout", key, "-out", request)
    paths = []
    for place, (begin, end) in enumerate(DATES):
        paths.append(folder / f"{place}.crt")
        openssl(
            "ca", "-batch", "-config", configuration, "-selfsign", "-keyfile", key,
            "-startdate", begin, "-enddate", end, "-in", request, "-out", paths[-1],
        )  # fmt: skip
    return paths


def test_dates_of_both_kinds(made: list[Path]) -> None:
    text = "a line of a person\n" + "".join(path.read_text() for path in made)
    assert validities(text) == [Validity(begin=moment(begin), end=moment(end)) for begin, end in DATES]


def test_whether_it_holds() -> None:
    one = Validity(begin=moment(DATES[1][0]), end=moment("20270101000000Z"))
    assert one.holds(moment("20260601000000Z"))
    assert not one.holds(moment("20251231235959Z"))
    assert not one.holds(moment("20270101000001Z"))


@pytest.mark.parametrize("text", ["", "no PEM", pem(b""), pem(b"\x30\x80"), pem(b"\x30\x03\x30\x01\x02")])
def test_what_is_no_certificate(text: str) -> None:
    with pytest.raises(InputError):
        validities(text)


@given(data=st.data())
def test_damage_is_an_input_error_or_another_date(made: list[Path], data: st.DataObject) -> None:
    block = made[0].read_text().partition("-----BEGIN CERTIFICATE-----")[2].partition("-----END")[0]
    der = bytearray(b64decode(block))
    for _ in range(data.draw(st.integers(1, 4))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(der)))
    try:
        (found,) = validities(pem(bytes(der[:cut])))
    except InputError:
        return
    assert found.begin.tzinfo is UTC
