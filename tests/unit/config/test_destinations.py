"""Tables of destinations: closed, whole, and an EHR only where somebody has accepted what that means."""

import json
from pathlib import Path
from typing import Any

import pytest

from collega.bootstrap.destinations import destinations, message_sink
from collega.config import load
from collega.errors import ConfigurationError
from collega.model.outgoing import DestinationKind, PriorityMessage

pytestmark = pytest.mark.shows("R59")
RIS: dict[str, Any] = {"name": "ris", "kind": "ris", "host": "10.1.2.4", "port": 2576}
ACCEPTED = "accept_that_patients_may_see_unchecked_ai_results"


def loaded(*tables: dict[str, Any], **environment: str) -> Any:
    return load(None, {"COLLEGA_HL7__DESTINATIONS": json.dumps(tables), **environment})


def test_a_table_of_the_file_is_a_destination(tmp_path: Path) -> None:
    file = tmp_path / "collega.toml"
    table = 'name = "ris"\nkind = "ris"\nhost = "10.1.2.4"\nport = 2576\npriority_message = "omi-xo"'
    file.write_text(f'[site]\nlanguage = "nl"\nname = "ZKH"\n[[hl7.destinations]]\n{table}\n', encoding="utf-8")
    (made,) = destinations(load(file, {}))
    assert (made.kind, made.priority.message) == (DestinationKind.RIS, PriorityMessage.OMI_XO)
    assert (made.language, made.sender) == ("nl", "ZKH")


def test_nobody_is_told_anything_by_default() -> None:
    assert destinations(load(None, {})) == ()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (RIS | {"kind": "ehr"}, ACCEPTED),
        (RIS | {"priority_message": "orm-sc", "priority_field": "TQ1-9"}, "an ORM has no TQ1"),
        (RIS | {"priority_field": "OBR-3"}, "priority_field"),
        (RIS | {"tls_ca": "ca.pem"}, "tls = true"),
        (RIS | {"tls": True, "tls_key": "key.pem"}, "both or neither"),
        (RIS | {"charset": "ASCII"}, "charset"),
        (RIS | {"colour": "red"}, "expected one of accept_that_patients"),
        (RIS | {"facility": "A|B"}, "facility"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(table: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        loaded(table)


@pytest.mark.parametrize("kind", [RIS | {"kind": "ehr", ACCEPTED: True}, RIS | {"kind": "ehr", "results": False}])
def test_an_ehr_that_was_thought_of_is_taken(kind: dict[str, Any]) -> None:
    assert destinations(loaded(kind))[0].kind is DestinationKind.EHR


def test_names_are_given_once() -> None:
    with pytest.raises(ConfigurationError, match="a name of its own"):
        loaded(RIS, RIS)


def test_a_variable_that_is_no_list_of_tables_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="a JSON list of tables"):
        load(None, {"COLLEGA_HL7__DESTINATIONS": "ris"})


def test_a_file_for_tls_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"hl7\.destinations ris"):
        message_sink(loaded(RIS | {"tls": True, "tls_ca": "/nowhere/ca.pem"}))
