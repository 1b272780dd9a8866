"""Nothing that is hidden follows from what is shown: solved as linear equations, on many tables."""

import numpy as np
import pytest

from collega.survey.suppress import EVERYBODY, FEWEST, NO_GROUP, Counted, N, Sheet, counted

pytestmark = pytest.mark.shows("R82")

SCALE = Sheet(question="q", columns=("1", "2", "3", "4"), sums={"agree": ("3", "4"), "disagree": ("1", "2")})
PLAIN = Sheet(question="q", columns=("a", "b", "c"), sums={"up_to:b": ("a", "b")})
GROUPS = {"level": ("s", "t"), "role": ("x", "y", "z")}


def follows(sheet: Sheet, table: Counted) -> list[tuple[str, str]]:
    """List small counts that the shown ones determine, each count being a sum over kinds of people."""
    kinds = [
        (level, role, column)
        for level in (*GROUPS["level"], NO_GROUP)
        for role in (*GROUPS["role"], NO_GROUP)
        for column in sheet.columns
    ]

    def vector(cell: tuple[str, str]) -> list[int]:
        row, name = cell
        inside = sheet.columns if name == N else sheet.sums.get(name, (name,))
        return [
            int(column in inside and row in {EVERYBODY, f"level={level}", f"role={role}"})
            for level, role, column in kinds
        ]

    shown = np.array([vector(cell) for cell in table.counts if table.shown(*cell) is not None] or [[0] * len(kinds)])
    rank = np.linalg.matrix_rank(shown)
    small = [cell for cell, count in table.counts.items() if count < FEWEST and table.counts[cell[0], N]]
    return [cell for cell in small if np.linalg.matrix_rank(np.vstack([shown, vector(cell)])) == rank]


@pytest.mark.parametrize("sheet", [SCALE, PLAIN], ids=["scale", "cumulative"])
def test_no_hidden_count_can_be_worked_out(sheet: Sheet) -> None:
    shown = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(3, 240))
        odds = rng.dirichlet([0.6] * len(sheet.columns))
        people = []
        for _ in range(n):
            groups = {"level": rng.choice(["s", "t"], p=[0.85, 0.15]), "role": rng.choice(["x", "y", "z"])}
            if rng.random() < 0.03:
                groups.pop("level")
            people.append((groups, str(rng.choice(sheet.columns, p=odds))))
        table = counted(sheet, people, GROUPS)
        told = [count for cell in table.counts if (count := table.shown(*cell)) is not None]
        assert min(told, default=FEWEST) >= FEWEST
        assert follows(sheet, table) == [], seed
        shown += len(told)
    assert shown > 300


def test_a_small_group_takes_another_with_it() -> None:
    people = [({"level": "s"}, "a")] * 20 + [({"level": "s"}, "b")] * 20 + [({"level": "t"}, "a")] * 3
    table = counted(Sheet(question="q", columns=("a", "b"), sums={}), people, {"level": ("s", "t")})
    assert table.shown(EVERYBODY, N) == 43
    assert table.shown("level=t", N) is None
    assert table.shown("level=s", N) is None
