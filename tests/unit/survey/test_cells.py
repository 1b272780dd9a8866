"""Answers of a table go into cells and come back as they were; what was sealed opens for its own phone alone."""

import pytest

from collega.errors import InputError
from collega.formats.csv_table import Row
from collega.survey.answers import as_cells, read_answers
from collega.survey.sealing import BLOCK, seal, unseal
from collega.survey.shipped import shipped
from collega.survey.simulated import simulate

pytestmark = pytest.mark.shows("R11", "R29", "R77")


def rows(cells: list[dict[str, str]]) -> list[Row]:
    columns = {name for one in cells for name in one}
    return [
        Row(table="t", line=line, cells=dict.fromkeys(columns, "") | one) for line, one in enumerate(cells, start=2)
    ]


def test_what_was_brought_in_is_read_again_as_it_was() -> None:
    asked = shipped("readiness")
    words = {"remark": 'a | b, "c"\nd = 3', "invest": "|", "fear": "3", "opportunities": "logistics|treatment"}
    first = read_answers(rows([*simulate(40, 1), words]), asked).people
    again = read_answers(rows([as_cells(one.answers) for one in first]), asked).people
    assert [one.answers for one in again] == [one.answers for one in first]
    assert again[-1].answers["invest"] == ()  # to have chosen none is an answer


def test_what_is_sealed_has_one_length_and_opens_for_its_phone_and_key_alone() -> None:
    key, said = b"k" * 32, {"likes": "yes", "words": "zó"}
    sealed = seal(key, "survey phone", said)
    assert unseal(key, "survey phone", sealed) == said
    assert len(sealed) == len(seal(key, "survey phone", {})) == BLOCK + 28
    assert seal(key, "survey phone", said) != sealed
    for other, phone, content in (
        (b"x" * 32, "survey phone", sealed),
        (key, "survey other", sealed),
        (key, "survey phone", sealed[:-1]),
        (key, "survey phone", b""),
    ):
        with pytest.raises(InputError, match="cannot be opened"):
            unseal(other, phone, content)
