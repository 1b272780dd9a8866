"""Whatever leaves the house passes the gate: read in the source, so that a way out that is added later is seen."""

import ast
from collections.abc import Iterator
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


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", name.name) for name in node.names)
        elif isinstance(node, ast.Import):
            yield from ((name.name, "") for name in node.names)


def calls(tree: ast.Module, name: str) -> bool:
    return any(
        isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == name
        for node in ast.walk(tree)
    )


@pytest.mark.shows("R85")
def test_whatever_leaves_passes_the_gate() -> None:
    found = dict(modules())
    assert {name for name, tree in found.items() if calls(tree, "Permit")} == {GATE}
    engine = {name for name, tree in found.items() if any(module in ENGINE for module, _ in imports(tree))}
    assert {name for name in engine if not name.startswith("formats/")} <= MAY_DEIDENTIFY
    ready = {name for name, tree in found.items() if ("collega.outside.pseudonymise", "make_ready") in imports(tree)}
    assert ready == ASKS_THE_GATE
    assert all(calls(found[name], "clear") for name in ready), "who makes ready asks the gate"
    objects = "collega.outside.pseudonymise", "make_objects_ready"
    assert {name for name, tree in found.items() if objects in imports(tree)} == MAKES_PACKS
    packs = {name for name, tree in found.items() if ("collega.outside.pack", "write_pack") in imports(tree)}
    assert packs == LETS_PACKS_LEAVE
    assert all(calls(found[name], "objecting_among") and calls(found[name], "moved") for name in packs)
    recorded = {name for name, tree in found.items() if '"sent_outside"' in ast.unparse(tree).replace("'", '"')}
    assert recorded <= ASKS_THE_GATE | LETS_PACKS_LEAVE | {"adapters/postgres/leaving.py", "testing/fake_leaving.py"}
