"""A site's own composite rules, in a file beside the apps: each ``[[rules]]`` as in ``app.toml``, with ``app``."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from collega.errors import ConfigurationError, ManifestError
from collega.model.app import Manifest
from collega.run.composite import read_rules, rule_problems
from collega.run.manifest import app_schema, form_problems


class SiteRules:
    """The rules of a site, each put behind those of its app's maker; an app that is not here has none.

    Parameters
    ----------
    file : Path

    Raises
    ------
    ConfigurationError
        Names the file, the key, and what was expected; one line per problem.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            data = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            message = f"run.rules: {file} is not readable as TOML: {error}"
            raise ConfigurationError(message) from None
        if problems := form_problems(data, _schema()):
            raise ConfigurationError("\n".join(f"{file}: {problem}" for problem in problems))
        self._rules: Sequence[Mapping[str, Any]] = data["rules"]

    def added_to(self, app: Manifest) -> Manifest:
        """Give an app with the rules that the site has for it.

        Raises
        ------
        ManifestError
            They do not fit this app: it is left out, and no other one is.
        """
        own = [rule for rule in self._rules if rule["app"] == app.id]
        findings = [{"id": spec.id, **_threshold(spec.threshold)} for spec in app.findings]
        problems = list(rule_problems(own, findings))
        if taken := {rule["id"] for rule in own} & {rule.id for rule in app.rules}:
            problems.append(f"rules: {', '.join(sorted(taken))} is an id of the maker's own rule")
        if problems:
            raise ManifestError("\n".join(f"{self._file}: for {app.id}: {problem}" for problem in problems))
        return replace(app, rules=(*app.rules, *read_rules(own, findings)))


def _threshold(value: float | None) -> dict[str, float]:
    return {} if value is None else {"threshold": value}


def _schema() -> dict[str, Any]:
    """Derive the form of the file from that of a manifest."""
    schema = app_schema()
    rules = schema["properties"]["rules"]
    rules["items"]["properties"]["app"] = {"type": "string"}
    rules["items"]["required"].append("app")
    return {**schema, "properties": {"rules": rules}, "required": ["rules"]}
