"""Validations of a site as lines: each with its main figures, and the subgroups in which apps were weak."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any

from collega.formats.local import minute
from collega.formats.validation_parts import Tongue

ALPHA = 0.05


def validation_rows(found: Sequence[Mapping[str, Any]], say: Tongue, zone: tzinfo) -> list[dict[str, str]]:
    """Put each validation into a line."""
    return [
        {
            "key": one["key"],
            "title": one["title"],
            "app": say.word("app", app=one["app_id"], version=one["app_version"]),
            "at": minute(one["kept_at"].astimezone(zone), say.language),
            "by": one["actor"],
            "cases": str(one["flow"]["analysed"]),
            "without": str(one["flow"]["failed"] + one["flow"]["not_suitable"]),
            "sensitivity": say.range(one["figures"]["sensitivity"]),
            "specificity": say.range(one["figures"]["specificity"]),
            "auc": say.range((one["auc"]["auc"], one["auc"]["low"], one["auc"]["high"])),
            "deviations": str(one["deviations"]),
            "compares": say.word("yes") if one["compares"] else "",
        }
        for one in found
    ]


def weak_rows(found: Sequence[Mapping[str, Any]], say: Tongue) -> list[dict[str, str]]:
    """List subgroups that are worse than all other cases, by the p that is corrected for their number."""
    return [row for one in found for row in _weak(one, say)]


def _weak(one: Mapping[str, Any], say: Tongue) -> Iterator[dict[str, str]]:
    for group in one["subgroups"]:
        for name in ("sensitivity", "specificity"):
            rest = group[name]["against_rest"]
            if rest is not None and rest["difference"] < 0 and rest["p_adjusted"] < ALPHA:
                yield {
                    "key": one["key"],
                    "title": one["title"],
                    "app": say.word("app", app=one["app_id"], version=one["app_version"]),
                    "group": f"{group['column']}: {group['value']}",
                    "figure": say.word(name),
                    "value": say.range(group[name]),
                    "p": say.figure(rest["p_adjusted"]),
                }
