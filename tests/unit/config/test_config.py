"""Settings: a mistake names the file or variable, the key, and what was expected."""

from datetime import timedelta
from pathlib import Path

import pytest

from collega.config import Settings, load
from collega.errors import ConfigurationError
from collega.model.app import Stage


def read(tmp_path: Path, text: str = "", **environment: str) -> Settings:
    file = tmp_path / "collega.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, environment)


def mistake(tmp_path: Path, text: str = "", **environment: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, text, **environment)
    return str(caught.value)


def test_defaults_are_those_of_the_contract(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert (settings.dicom.host, settings.dicom.port, settings.dicom.aet) == ("127.0.0.1", 11112, "COLLEGA")
    assert (settings.web.host, settings.web.port, settings.hl7.port) == ("127.0.0.1", 8080, 2575)
    assert (settings.default_stage, settings.site.timezone) == (Stage.SHADOW, "Europe/Amsterdam")
    assert settings.database.url == ""
    assert settings.data == Path("collega-data").absolute()


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    settings = read(tmp_path, "[dicom]\nport = 104\naet = 'FILE'\n", COLLEGA_DICOM__PORT="4242", COLLEGA_APPS="a:b")
    assert (settings.dicom.port, settings.dicom.aet) == (4242, "FILE")
    assert settings.apps == (Path("a"), Path("b"))


def test_lists_in_the_environment(tmp_path: Path) -> None:
    assert read(tmp_path, COLLEGA_DICOM__PEERS="CT1@10.0.0.1, CR2").dicom.peers == ("CT1@10.0.0.1", "CR2")
    assert read(tmp_path, COLLEGA_NOTIFY__WEBHOOK_URL="http://a,https://b").notify.webhook_url == (
        "http://a",
        "https://b",
    )


def test_the_file_can_be_named_by_a_variable(tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text("[site]\nname = 'X'\n", encoding="utf-8")
    assert load(None, {"COLLEGA_CONFIG": str(file)}).site.name == "X"


def test_settings_are_frozen(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        read(tmp_path).dicom.port = 1  # type: ignore[misc]


# What is wrong -> the file's text, the environment, what the message must say.
MISTAKES = {
    "unknown key": ("[dicom]\nprot = 1\n", {}, ["collega.toml", "dicom.prot", "unknown key", "port"]),
    "unknown section": ("[dicomm]\nport = 1\n", {}, ["collega.toml", "dicomm", "unknown key", "dicom"]),
    "unknown variable": ("", {"COLLEGA_DICOM__PROT": "1"}, ["COLLEGA_DICOM__PROT", "unknown key", "port"]),
    "unknown section in a variable": ("", {"COLLEGA_FOO": "1"}, ["COLLEGA_FOO", "unknown key", "dicom"]),
    "a word for a number": ("[dicom]\nport = 'many'\n", {}, ["collega.toml", "dicom.port", "integer", "many"]),
    "a word for a number in a variable": ("", {"COLLEGA_WEB__PORT": "x"}, ["COLLEGA_WEB__PORT", "integer", "x"]),
    "a port that is none": ("[dicom]\nport = 70000\n", {}, ["dicom.port", "65535"]),
    "a choice that is none": ("[pacs]\nconfirm = 'maybe'\n", {}, ["pacs.confirm", "visible", "maybe"]),
    "no address of DICOMweb": ("[pacs]\ndicomweb_url = 'pacs:8042'\n", {}, ["pacs", "dicomweb_url", "https://"]),
    "a password in an address": (
        "[pacs]\ndicomweb_url = 'https://me:secret@pacs/dicom-web'\n",
        {},
        ["pacs", "without name, password", "dicomweb_basic_file"],
    ),
    "two ways to be known": (
        "[pacs]\ndicomweb_token_file = 'a'\ndicomweb_basic_file = 'b'\n",
        {},
        ["dicomweb_token_file or dicomweb_basic_file"],
    ),
    "commitment over DICOMweb": (
        "[pacs]\ndicomweb_url = 'https://pacs/dicom-web'\nconfirm = 'committed'\n",
        {},
        ["commitment is asked for over DICOM alone"],
    ),
    "a certificate without its key": ("[pacs]\ntls_certificate = 'a'\n", {}, ["tls_certificate and tls_key"]),
    "somebody told of what nobody has seen": (
        "[pacs]\nhost = 'pacs'\nconfirm = 'accepted'\n[ian]\nhost = 'ris'\n",
        {},
        ["pacs.confirm visible or committed", "ian.host"],
    ),
    "a stage that is none": ("default_stage = 'on'\n", {}, ["default_stage", "shadow", "on"]),
    "a zone that is none": ("[site]\ntimezone = 'Mars'\n", {}, ["site.timezone", "Europe/Amsterdam", "Mars"]),
    "a zone that is a path": ("[site]\ntimezone = '../../etc'\n", {}, ["site.timezone", "Europe/Amsterdam"]),
    "the same port twice": ("[web]\nport = 11112\n", {}, ["dicom.port", "web.port", "11112"]),
    "no TOML": ("[dicom\n", {}, ["collega.toml", "TOML"]),
    "a section that is a value": ("dicom = 5\n", {}, ["collega.toml", "dicom"]),
    "a negative wait": ("[receive]\nquiet_other_s = -1\n", {}, ["receive.quiet_other_s", "0"]),
    "a wait without end": ("[receive]\nquiet_other_s = inf\n", {}, ["receive.quiet_other_s", "finite"]),
    "a wait that is no number": ("[pacs]\nretry_first_s = nan\n", {}, ["pacs.retry_first_s"]),
    "a round in a thousand days": ("[coverage]\nevery_minutes = 1e6\n", {}, ["coverage.every_minutes", "1440"]),
    "a mail server alone": ("[notify]\nsmtp_host = 'mail'\n", {}, ["notify", "smtp_from and smtp_to"]),
    "a name without a password": ("[notify]\nsmtp_user = 'x'\n", {}, ["notify", "smtp_password_file"]),
    "a web hook that is none": ("", {"COLLEGA_NOTIFY__WEBHOOK_URL": "ftp://x"}, ["notify", "https://"]),
    "an encryption that is none": ("[notify]\nsmtp_security = 'ssl'\n", {}, ["notify.smtp_security", "starttls"]),
    "a value under a value": (
        "[web]\nport = 1\n",
        {"COLLEGA_WEB__PORT__X": "1"},
        ["COLLEGA_WEB__PORT__X", "no section"],
    ),
}


@pytest.mark.parametrize("name", list(MISTAKES))
def test_a_mistake_is_explained(tmp_path: Path, name: str) -> None:
    text, environment, words = MISTAKES[name]
    said = mistake(tmp_path, text, **environment)
    assert all(word in said for word in words), said


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    said = mistake(tmp_path, "[dicom]\nport = 'x'\nprot = 1\n[pacs]\nconfirm = 'maybe'\n")
    assert len(said.splitlines()) == 3


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.toml: no such settings file"):
        load(tmp_path / "absent.toml", {})


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "collega.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="not readable"):
        load(file, {})


def test_other_variables_are_none_of_our_business(tmp_path: Path) -> None:
    assert read(tmp_path, PATH="/bin", COLLEGE_PORT="1").dicom.port == 11112


def test_every_wait_can_be_a_length_of_time(tmp_path: Path) -> None:
    settings = read(tmp_path)
    for seconds in (settings.pacs.retry_first_s, settings.pacs.retry_most_s, settings.pacs.resend_after_s):
        assert timedelta(seconds=seconds) > timedelta()
