"""``/metrics`` in the text format of Prometheus: no patient, no study, a bounded number of lines."""

import asyncio
import platform
import time
from collections.abc import Iterator, Mapping
from itertools import accumulate

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from collega import __version__
from collega.model.figures import Distribution, Figures, Labels
from collega.web.views import Monitor

# Several monitors, or one that asks too often, cost the database no more than this.
CACHE_SECONDS = 5.0

# Name -> what it says, and its labels. A name that ends in _total only grows.
METRICS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "collega_up": ("Whether a part of collega is alive: database, receiver, worker, links.", ("part",)),
    "collega_studies_received_total": ("Studies of which a first object has come.", ()),
    "collega_studies_reopened_total": ("Revisions that a late image has begun.", ()),
    "collega_objects_received_total": ("Objects that are kept, by role.", ("role",)),
    "collega_bytes_received_total": ("Bytes of the objects that are kept, by role.", ("role",)),
    "collega_attempts_total": ("Attempts to run an app, by how they ended.", ("app", "outcome")),
    "collega_jobs_total": ("Answers of apps, by outcome.", ("app", "outcome")),
    "collega_delivered_total": ("Objects that a PACS has accepted.", ("pacs",)),
    "collega_confirmed_total": ("Objects that a PACS has confirmed.", ("pacs",)),
    "collega_refused_total": ("Objects that a PACS will never take.", ("pacs",)),
    "collega_withdrawn_total": ("Objects held back before they were sent.", ("pacs",)),
    "collega_resent_total": ("Objects sent again since the PACS never showed them.", ("pacs",)),
    "collega_pacs_unreachable_total": ("Times that no association with a PACS could be had.", ("pacs",)),
    "collega_steps_given_up_total": ("Steps that failed for the last time.", ()),
    "collega_removed_files_total": ("Files that the rule of retention has removed.", ("kind",)),
    "collega_removed_bytes_total": ("Their bytes.", ("kind",)),
    "collega_quarantined_total": ("Objects and answers set apart, by kind and code.", ("kind", "code")),
    "collega_studies_open": ("Studies that are being received or wait to be routed.", ("state",)),
    "collega_messages_open": ("Messages of RIS and EHR that nothing has followed from yet, by state.", ("state",)),
    "collega_studies_held": ("Studies that are held back from retention.", ()),
    "collega_jobs_open": ("Jobs that have not ended.", ("app", "state")),
    "collega_deliveries_open": ("Deliveries for which something is still to be done.", ("pacs", "state")),
    "collega_delivery_oldest_seconds": ("Age of the oldest object that is not sent yet.", ("pacs",)),
    "collega_queue_length": ("Steps that wait for a worker.", ("step",)),
    "collega_queue_oldest_seconds": ("How long the oldest of them has waited.", ("step",)),
    "collega_pacs_failures_in_a_row": ("Failures in a row to reach a PACS; 0 when it answers.", ("pacs",)),
    "collega_orders_not_arrived": ("Orders that the RIS calls done for 15 minutes to 7 days, and that never came.", ()),
    "collega_audit_untold": ("Audit lines that the repository has not taken yet; absent where there is none.", ()),
    "collega_last_backup_timestamp_seconds": ("When the last backup was made, seconds since 1970.", ()),
    "collega_disk_free_bytes": ("Room that is left for us.", ("folder",)),
    "collega_disk_size_bytes": ("Size of the file system.", ("folder",)),
    "collega_disk_free_inodes": ("Inodes that are left; 0 where the file system has none.", ("folder",)),
    "collega_disk_mark": ("1 for the mark that the disk has passed: ample, low, scarce, full.", ("mark",)),
    "collega_build_info": ("Version of collega and of Python; always 1.", ("version", "python")),
}
SPREADS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "collega_attempt_seconds": ("Wall time of one attempt to run an app.", ("app",)),
    "collega_complete_to_confirmed_seconds": ("From a complete study to a confirmed object.", ("pacs",)),
}


class _Families:
    """One answer of the source, as prometheus-client wants it."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Yield each metric, those without a value too: their absence would mean something else."""
        for name, (text, labels) in METRICS.items():
            family = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            metric = family(name, text, labels=labels)
            found = self._figures.values.get(name, {})
            for values, value in found.items():
                metric.add_metric(values, value)
            if not labels and not found and name.endswith("_total"):
                metric.add_metric((), 0)
            yield metric
        for name, (text, labels) in SPREADS.items():
            histogram = HistogramMetricFamily(name, text, labels=labels)
            for values, spread in self._figures.spread.get(name, {}).items():
                histogram.add_metric(values, _buckets(spread), spread.total)
            yield histogram


def _buckets(spread: Distribution) -> list[tuple[str, float]]:
    """Give each bound with the count of all that lies below it."""
    bounds = [*(str(bound) for bound in spread.bounds), "+Inf"]
    return list(zip(bounds, accumulate(spread.counts), strict=True))


def router(views: Monitor) -> APIRouter:
    """Make the route; an answer is kept for a moment."""
    routes = APIRouter()
    turn = asyncio.Lock()
    kept: tuple[float, bytes] = (0.0, b"")

    @routes.get("/metrics")
    async def metrics() -> Response:
        """Give the figures of this moment in the text format of Prometheus."""
        nonlocal kept
        async with turn:
            if not kept[1] or time.monotonic() - kept[0] > CACHE_SECONDS:
                kept = (time.monotonic(), await _text(views))
        return Response(kept[1], media_type=CONTENT_TYPE_LATEST)

    return routes


async def _text(views: Monitor) -> bytes:
    try:
        found = await views.figures()
    except Exception:  # noqa: BLE001 - whatever keeps the database from answering, the monitor must be told
        found = Figures(values={"collega_up": {("database",): 0.0, ("receiver",): 0.0, ("worker",): 0.0}})
    build: Mapping[Labels, float] = {(__version__, platform.python_version()): 1.0}
    values = {**found.values, "collega_build_info": build}
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(Figures(values=values, spread=found.spread)))
    return generate_latest(registry)
