"""The reference is complete: every setting, state, error, command and key is there, and nothing else."""

import ast
import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel

import collega.model
from collega import cli, config, errors
from collega.config.destinations import Hl7Destination
from collega.formats.reporting_items import ITEMS
from collega.formats.validation_view import ANSWERS
from collega.model.audit_events import EVENTS
from collega.run import inputs
from collega.value.fields import CELLS, FIELDS, PLAIN, ROLE_FIELDS
from collega.value.read_case import HEAD
from collega.web import metrics

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
PACKAGE = ROOT / "src" / "collega"
PAGE_OF_SCHEMA = {"app": "app-toml.md", "result": "result-json.md"}
PLAIN_OPTIONS = {"--help", "--install-completion", "--show-completion"}


def page(name: str) -> str:
    """Read a page of the reference."""
    return (REFERENCE / name).read_text(encoding="utf-8")


def rows(text: str) -> list[list[str]]:
    """Return the cells of each table row whose first cell is code, without its backquotes."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:3] == "| `"]
    return [[row[0].strip("`"), *row[1:]] for row in cells]


# ------------------------------------------------------------------ settings


def settings(section: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield (key, default) of each setting, sections before their keys joined by a dot."""
    for name, field in section.model_fields.items():
        if inspect.isclass(field.annotation) and issubclass(field.annotation, BaseModel):
            yield from settings(field.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field.get_default(call_default_factory=True)


def shown(default: object) -> str:
    """Write a default as the page writes it."""
    if default == ():
        return "none"
    if default == "":
        return "empty"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def test_every_setting_is_documented_with_its_variable_and_default() -> None:
    documented = {row[0]: (row[1].strip("`"), row[2]) for row in rows(page("settings.md"))}
    expected = {
        key: ("COLLEGA_" + key.upper().replace(".", "__"), shown(default)) for key, default in settings(config.Settings)
    }
    assert documented == expected


def test_every_key_of_a_destination_is_documented_with_its_default() -> None:
    part = page("settings.md").partition("### A destination")[2].partition("\n## ")[0]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line[:2] == "| "]
    documented = {row[0]: row[1] for row in table[1:]}
    fields = Hl7Destination.model_fields.items()
    assert documented == {name: "" if item.is_required() else shown(item.default) for name, item in fields}


# ------------------------------------------------------------------ states


def enumerations() -> dict[str, type[StrEnum]]:
    """Return each enumeration of the model by its name."""
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.iter_modules(collega.model.__path__, "collega.model.")
    ]
    return {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if inspect.isclass(value) and issubclass(value, StrEnum) and value is not StrEnum
    }


def sections(text: str) -> dict[str, str]:
    """Split a page at its headings of the second level."""
    return dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))


def test_every_state_is_documented() -> None:
    documented = {name: {row[0] for row in rows(text)} for name, text in sections(page("states.md")).items()}
    assert documented == {name: {str(word) for word in enumeration} for name, enumeration in enumerations().items()}


# ------------------------------------------------------------------ errors


def test_every_error_is_documented() -> None:
    documented = {row[0] for row in rows(sections(page("errors.md"))["Classes"])}
    classes = {name for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, Exception)}
    assert documented == classes


def quarantine_codes() -> set[str]:
    """Return the codes of contradictions: given to QuarantineError, or yielded with a text by a check."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        raised = [node.args[0] for node in nodes if isinstance(node, ast.Call) and _raises_quarantine(node)]
        yielded = [
            node.value.elts[0] for node in nodes if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple)
        ]
        starred = any(isinstance(argument, ast.Starred) for argument in raised)
        for argument in [*raised, *(yielded if starred else [])]:
            if isinstance(argument, ast.Constant):
                found.add(str(argument.value))
    return found


def _raises_quarantine(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "QuarantineError" and bool(call.args)


def test_every_quarantine_code_is_documented() -> None:
    documented = {row[0] for row in rows(sections(page("errors.md"))["Quarantine codes"])}
    assert documented == quarantine_codes()


# ------------------------------------------------------------------ events


def event_kinds() -> set[str]:
    """Return the kinds of event that the package names where it makes one."""
    calls = (
        node
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Event"
    )
    kinds = (word.value for call in calls for word in call.keywords if word.arg == "kind")
    return {str(kind.value) for kind in kinds if isinstance(kind, ast.Constant)}


def test_every_kind_of_event_is_documented() -> None:
    documented = {row[0] for row in rows(page("events.md"))}
    written = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    assert event_kinds() <= documented
    assert not [kind for kind in documented if f'"{kind}"' not in written]


def test_every_audit_event_is_used_and_documented_with_its_message() -> None:
    documented = {row[0]: (row[2][:6], row[3]) for row in rows(page("audit.md")) if len(row) == 4}
    assert documented == {name: (kind.message, kind.action) for name, kind in EVENTS.items()}
    written = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py") if path.stem != "audit_events")
    made = {"job retried", "job discarded"}  # of the kind of a job's event
    assert not [name for name in EVENTS if f'"{name}"' not in written and name not in made]


# ------------------------------------------------------------------ metrics and logs


def test_every_metric_is_documented_with_its_labels() -> None:
    documented = {
        row[0]: [label.strip("`") for label in row[1].split(", ") if label != "-"] for row in rows(page("metrics.md"))
    }
    known = {**metrics.METRICS, **metrics.SPREADS}
    assert documented == {name: list(labels) for name, (_, labels) in known.items()}


def test_every_word_that_a_log_line_always_has_is_documented() -> None:
    assert {"time", "level", "role", "event"} <= {row[0] for row in rows(page("logs.md"))}


# ------------------------------------------------------------------ tables


def test_every_table_is_in_the_data_model() -> None:
    text = (ROOT / "docs/explanation/data-model.md").read_text(encoding="utf-8")
    documented = {row[0] for row in rows(text) if row[-1] == "now"}
    scripts = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("migrations/*.sql"))
    created = set(re.findall(r"^CREATE TABLE (\w+)", scripts, re.MULTILINE))
    assert documented == created | {"procrastinate_*"}


# ------------------------------------------------------------------ commands


@cache
def commands() -> Mapping[str, Any]:
    """Return each command that does something, by the words that call it."""
    top = typer.main.get_command(cli.build_app(cli.COMMANDS))
    return dict(_leaves(top, "collega"))


def _leaves(command: Any, words: str) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "list_commands"):
        yield words, command
        return
    # A group with options of its own is a command too.
    if command.invoke_without_command and command.params:
        yield words, command
    context = command.context_class(command, info_name=words)
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        if not child.hidden:
            yield from _leaves(child, f"{words} {name}")


def test_every_command_is_documented() -> None:
    assert sections(page("commands.md")).keys() == commands().keys()


def test_every_option_is_documented() -> None:
    text = sections(page("commands.md"))
    missing = [
        f"{words} {option}"
        for words, command in commands().items()
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--") and option not in PLAIN_OPTIONS and f"`{option}" not in text.get(words, "")
    ]
    assert not missing


def test_every_command_explains_itself() -> None:
    assert not [words for words, command in commands().items() if not command.help]


# ------------------------------------------------------------------ files of apps


def keys(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the name of each property of a JSON Schema, at any depth."""
    for name, below in schema.get("properties", {}).items():
        yield name
        yield from keys(below)
    for part in ("items", "additionalProperties"):
        if isinstance(schema.get(part), dict):
            yield from keys(schema[part])
    for below in schema.get("$defs", {}).values():
        yield from keys(below)
    for part in ("allOf", "anyOf", "oneOf"):
        for below in schema.get(part, []):
            yield from keys(below)


@pytest.mark.parametrize("kind", PAGE_OF_SCHEMA)
def test_every_key_of_a_contract_is_documented(kind: str) -> None:
    found = [path for path in PACKAGE.rglob("*.schema.json") if path.name == f"{kind}.schema.json"]
    assert found, f"no {kind}.schema.json in the package"
    text = page(PAGE_OF_SCHEMA[kind])
    schema = json.loads(found[0].read_text(encoding="utf-8"))
    assert not undocumented(keys(schema), text)


def undocumented(names: Iterable[str], text: str) -> list[str]:
    """Return the names that stand nowhere in a text as code, alone or after a dot."""
    return [name for name in dict.fromkeys(names) if not re.search(rf"`([\w.]+\.)?{re.escape(name)}[`. ]", text)]


def test_every_key_of_study_json_is_documented() -> None:
    tree = ast.parse(inspect.getsource(inputs))
    written = [
        key.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    ]
    assert not undocumented([*map(str, written), *inputs.IMAGE_FIELDS], page("study-json.md"))


SAID = {"source", "from", "date"}


def test_every_key_of_a_business_case_is_documented() -> None:
    text = page("case-toml.md")
    known = [f"{section}.{key}" for section, keys in FIELDS.items() for key in keys]
    known += [f"{section}.{key}" for section, keys in PLAIN.items() for key in keys if key not in SAID]
    known += [f"roles.ROLE.{key}" for key in ROLE_FIELDS if not key.endswith(CELLS)]
    known += [f"case.{key}" for key in HEAD]
    assert not [key for key in known if f"`{key}`" not in text]
    documented = {key for key in re.findall(r"`([a-z_]+\.[a-z_{}]+)`", text) if key.partition(".")[0] in FIELDS}
    assert not documented - set(known)


def test_items_of_a_report_are_documented_in_their_order() -> None:
    lines = [line for line in page("reporting-items.md").splitlines() if line.startswith("| ")]
    told = [[cell.strip() for cell in line.split("|")[1:5]] for line in lines[1:]]
    assert [row[:3] for row in told] == [[item.number, item.decide or "-", item.asks.en] for item in ITEMS]
    assert {row[0] for row in told if row[3]} == ANSWERS.keys()
