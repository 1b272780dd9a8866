"""Moving a threshold inside the range that the maker allows (R49); outside it would be off-label use."""

import math
from collections.abc import Sequence
from datetime import datetime

from collega.errors import InputError
from collega.model.app import FindingSpec, Manifest
from collega.model.threshold import ThresholdChange, in_force


def change(  # noqa: PLR0913 - what a change is made of
    manifest: Manifest,
    earlier: Sequence[ThresholdChange],
    finding_id: str,
    value: float,
    *,
    at: datetime,
    actor: str,
    reason: str,
) -> ThresholdChange:
    """Make the change, or refuse it.

    Parameters
    ----------
    manifest : Manifest
        As its maker gives it.
    earlier : sequence of ThresholdChange
        All changes of this app version.
    value : float
        On the scale of the finding.

    Raises
    ------
    InputError
        There is no such finding, the maker allows no change or not this one, nothing changes, or no reason is given.
    """
    spec = manifest.finding(finding_id)
    if spec is None:
        known = ", ".join(item.id for item in manifest.findings)
        message = f"{manifest.id} looks for no finding {finding_id}; it looks for {known}"
        raise InputError(message)
    _check_allowed(spec, value)
    if not reason.strip():
        message = "say why: the reason is kept with the change"
        raise InputError(message)
    number = max((item.number for item in earlier), default=0)
    old = in_force(earlier, number).get(finding_id, spec.threshold)
    if old is None or old == value:
        message = f"{finding_id}: its threshold is {value:g} already"
        raise InputError(message)
    return ThresholdChange(
        app_id=manifest.id,
        app_version=manifest.version,
        number=number + 1,
        finding_id=finding_id,
        old=old,
        new=value,
        at=at,
        actor=actor,
        reason=reason.strip(),
    )


def _check_allowed(spec: FindingSpec, value: float) -> None:
    if spec.threshold is None or spec.threshold_range is None:
        message = f"{spec.id}: its maker gives no range in which the threshold may be moved, so it stays as it is"
        raise InputError(message)
    low, high = spec.threshold_range
    if not math.isfinite(value) or not low <= value <= high:
        message = f"{spec.id}: its maker allows {low:g} to {high:g}, got {value:g}; outside it would be off-label use"
        raise InputError(message)
