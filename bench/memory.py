"""Memory and file handles of the receiver over many small objects, 50 over each association."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import slices
from bench.contenders import receiver
from bench.figures import emit
from bench.keeping import kept
from bench.processes import handles, pss_mb, rss_mb
from bench.ratios import slope
from bench.send_slices import storescu
from tests.e2e.site import family

EACH, AT_ONCE = 50, 4
WARM_UP = 0.2  # part of the objects
# Two megabytes over the 20,000 objects of a full run.
TARGET_MB_PER_THOUSAND = 0.1
SETTLED_SECONDS = 5.0
# Studies come to their end meanwhile, as they do in a hospital.
SETTINGS = {"COLLEGA_RECEIVE__QUIET_VOLUME_S": "1"}


@dataclass(frozen=True, kw_only=True)
class Look:
    """The receiver after so many objects: mebibytes, and open files of all its processes."""

    objects: int
    pss: float
    rss: float
    handles: int


def measure(folder: Path, objects: int) -> None:
    """Send ``objects`` small slices, four associations at a time, and look after each four."""
    batches = slices.written(folder / "source", studies=objects // EACH, each=EACH, edge=slices.SMALL_EDGE)
    with receiver(folder / "site", SETTINGS) as (site, pid):
        looks = [_look(pid, 0)]
        for first in range(0, len(batches), AT_ONCE):
            storescu(site.dicom_port, "COLLEGA", batches[first : first + AT_ONCE], AT_ONCE)
            looks.append(_look(pid, min(first + AT_ONCE, len(batches)) * EACH))
        time.sleep(SETTLED_SECONDS)
        settled = _look(pid, looks[-1].objects)
        kept(site.data, batches)
    _tell(looks, settled, associations=len(batches))


def _look(pid: int, objects: int) -> Look:
    members = family(pid)
    return Look(
        objects=objects,
        pss=sum(map(pss_mb, members)),
        rss=sum(map(rss_mb, members)),
        handles=sum(map(handles, members)),
    )


def _tell(looks: Sequence[Look], settled: Look, **more: int) -> None:
    warm = [look for look in looks if look.objects >= WARM_UP * settled.objects]
    thousands = [look.objects / 1000 for look in warm]
    half = len(warm) // 2
    for name, values in (("PSS", [look.pss for look in warm]), ("RSS", [look.rss for look in warm])):
        growth = slope(thousands, values)
        emit(
            f"receiver memory, {name}: growth",
            "MB per 1000 objects",
            growth.value,
            target=TARGET_MB_PER_THOUSAND if name == "PSS" else None,
            standard_error=growth.error,
            last_half=slope(thousands[half:], values[half:]).value,
            first_mb=values[0],
            last_mb=values[-1],
            objects=settled.objects,
            looks=len(values),
            **more,
        )
    emit(
        "receiver file handles: more than after the warm-up",
        "handles",
        settled.handles - warm[0].handles,
        target=0,
        at_start=looks[0].handles,
        after_warm_up=warm[0].handles,
        most=max(look.handles for look in looks),
        at_end=settled.handles,
        **more,
    )
