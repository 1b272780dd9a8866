"""Whatever leaves the house passes the gate: read in the source, so that a way out that is added later is seen."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[3] / "src" / "collega"
GATE = "outside/gate.py"
# What takes the patient out of objects. ``collega deidentify`` works on files that somebody gives it, not on the store.
ENGINE = "collega.formats.dicom_deid.engine", "collega.formats.dicom_deid.file"
MAY_DEIDENTIFY = {"outside/pseudonymise.py", "bootstrap/leave/deidentifying.py"}
# Who makes objects of ours ready to leave, and so has asked the gate itself.
ASKS_THE_GATE = {"run/outside.py"}
# A pack for a maker: a person has approved it, and the gate is asked for objections before and after it is made.
MAKES_PACKS, LETS_PACKS_LEAVE = {"outside/pack.py"}, {"bootstrap/packs/pack_export.py"}


@dataclass(frozen=True, kw_only=True)
class Read:
    """What a module imports, what it calls by name, and the texts in it; whole trees of all would take long."""

    imports: frozenset[tuple[str, str]]
    calls: frozenset[str]
    texts: frozenset[str]

    def says(self, word: str) -> bool:
        """Whether a text is this word, or holds it in quotes, as a statement of SQL does."""
        return any(text == word or f"'{word}'" in text or f'"{word}"' in text for text in self.texts)


def modules() -> Iterator[tuple[str, Read]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        calls = {
            getattr(node.func, "id", getattr(node.func, "attr", "")) for node in nodes if isinstance(node, ast.Call)
        }
        constants = (node.value for node in nodes if isinstance(node, ast.Constant))
        yield (
            path.relative_to(PACKAGE).as_posix(),
            Read(
                imports=frozenset(found for node in nodes for found in imports(node)),
                calls=frozenset(calls),
                texts=frozenset(value for value in constants if isinstance(value, str)),
            ),
        )


def imports(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.ImportFrom):
        yield from ((node.module or "", name.name) for name in node.names)
    elif isinstance(node, ast.Import):
        yield from ((name.name, "") for name in node.names)


@pytest.mark.shows("R85")
def test_whatever_leaves_passes_the_gate() -> None:
    found = dict(modules())
    assert {name for name, read in found.items() if "Permit" in read.calls} == {GATE}
    engine = {name for name, read in found.items() if any(module in ENGINE for module, _ in read.imports)}
    assert {name for name in engine if not name.startswith("formats/")} <= MAY_DEIDENTIFY
    ready = {name for name, read in found.items() if ("collega.outside.pseudonymise", "make_ready") in read.imports}
    assert ready == ASKS_THE_GATE
    assert all("clear" in found[name].calls for name in ready), "who makes ready asks the gate"
    objects = "collega.outside.pseudonymise", "make_objects_ready"
    assert {name for name, read in found.items() if objects in read.imports} == MAKES_PACKS
    packs = {name for name, read in found.items() if ("collega.outside.pack", "write_pack") in read.imports}
    assert packs == LETS_PACKS_LEAVE
    assert all("objecting_among" in found[name].calls and "moved" in found[name].calls for name in packs)
    recorded = {name for name, read in found.items() if read.says("sent_outside")}
    assert recorded <= ASKS_THE_GATE | LETS_PACKS_LEAVE | {"adapters/postgres/leaving.py", "testing/fake_leaving.py"}
