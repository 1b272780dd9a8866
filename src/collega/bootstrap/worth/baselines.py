"""Baselines of a site: begun, measured, frozen as a file that nobody changes, and held against what came later."""

import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from collega.bootstrap.site import Asked
from collega.bootstrap.worth.case_ways import approval_figure
from collega.bootstrap.worth.valuing import house_of
from collega.config import Settings
from collega.errors import InputError
from collega.model.audit import AuditEntry
from collega.value.baseline import Figure, as_rows, changes, figures, frozen_hash, wanted

FOLDER = "baselines"
LOOK_BACK = timedelta(days=28)
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


async def start(  # noqa: PLR0913 - what a baseline is begun with
    transaction: Asked, settings: Settings, name: str, *, exam: str, days: int, precision: float
) -> dict[str, Any]:
    """Begin a baseline: say from when, for how long, and how many studies each figure needs."""
    path = _path(settings, name)
    if path.exists():
        message = f"{name}: there is such a baseline; see `collega roi baseline show {name}`"
        raise InputError(message)
    now = datetime.now(UTC)
    before = (await house_of(transaction, settings, now - LOOK_BACK, now)).of_exam(exam)
    content = {
        "name": name,
        "exam": exam,
        "begins": now.isoformat(),
        "ends": (now + timedelta(days=days)).isoformat(),
        "studies_expected": round(len(before.exam) / before.days * days),
        "wanted": as_rows(wanted(before, precision)),
        "effort": [],
    }
    _write(path, content)
    return content


def log_effort(settings: Settings, name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Log hours that the measurement took."""
    content = read(settings, name)
    if "sha256" in content:
        message = f"{name}: it is frozen; nothing is added to it any more"
        raise InputError(message)
    content["effort"].append({"at": datetime.now(UTC).isoformat(), **entry})
    _write(_path(settings, name), content)
    return content


async def freeze(transaction: Asked, settings: Settings, name: str, by: str) -> dict[str, Any]:
    """Measure from the beginning until now, and freeze it; the audit record keeps its hash."""
    content = read(settings, name)
    if "sha256" in content:
        message = f"{name}: it was frozen at {content['frozen']}"
        raise InputError(message)
    now = datetime.now(UTC)
    house = (await house_of(transaction, settings, _moment(content["begins"]), now)).of_exam(content["exam"])
    measured = [*figures(house), await approval_figure(transaction, settings, until=now)]
    content |= {"frozen": now.isoformat(), "by": by, "studies": len(house.exam), "figures": as_rows(measured)}
    content["sha256"] = frozen_hash(content)
    payload = {"baseline": name, "sha256": content["sha256"]}
    await transaction.add_audit(AuditEntry(event="baseline frozen", responsible=by, payload=payload))
    _write(_path(settings, name), content)
    return content


async def show(transaction: Asked, settings: Settings, name: str) -> dict[str, Any]:
    """Show a baseline; a frozen one beside what was measured since."""
    content = read(settings, name)
    now = datetime.now(UTC)
    if "sha256" not in content:
        house = (await house_of(transaction, settings, _moment(content["begins"]), now)).of_exam(content["exam"])
        measured = [*figures(house), await approval_figure(transaction, settings)]
        return {**content, "so_far": as_rows(measured), "studies": len(house.exam)}
    house = (await house_of(transaction, settings, _moment(content["frozen"]), now)).of_exam(content["exam"])
    was = [Figure(**one) for one in content["figures"]]
    later = [*figures(house), await approval_figure(transaction, settings, since=_moment(content["frozen"]))]
    return {
        **content,
        "is_unchanged": frozen_hash(content) == content["sha256"],
        "since": as_rows(changes(was, later)),
        "studies_since": len(house.exam),
    }


def names(settings: Settings) -> list[str]:
    """List the baselines that there are."""
    return sorted(one.stem for one in (settings.data / FOLDER).glob("*.json"))


def read(settings: Settings, name: str) -> dict[str, Any]:
    """Read a baseline; InputError where there is none."""
    path = _path(settings, name)
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        message = f"{name}: no such baseline; there are {', '.join(names(settings)) or 'none'}"
        raise InputError(message) from None
    except ValueError as error:
        message = f"{path}: no JSON: {error}"
        raise InputError(message) from None
    return found


def _path(settings: Settings, name: str) -> Path:
    if not NAME.fullmatch(name):
        message = f"{name}: a name of small letters, digits and dashes"
        raise InputError(message)
    return settings.data / FOLDER / f"{name}.json"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """Put a whole file in the place of the old one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
