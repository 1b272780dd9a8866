"""Coverage against orders, for commands and pages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from collega.adapters.postgres.order_coverage import orders_since
from collega.bootstrap.site import Asked
from collega.measure.order_coverage import EXPECTED, AppWork, Fate, OrderFacts, fate, order_figures
from collega.model.coverage import Certainty
from collega.model.finding import Outcome
from collega.model.job import JobState
from collega.model.order import Standing

MOST_LISTED = 1000
LISTED = frozenset({*EXPECTED, Fate.MAYBE}) - {Fate.SEEN}


async def orders_account(transaction: Asked, apps: Sequence[str], since: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Tell of the ordered studies what each app has seen, and why it has not seen the others."""
    orders = [_facts(row) for row in await orders_since(transaction, since)]
    return {
        "orders": len(orders),
        "figures": [asdict(figure) for figure in order_figures(orders, apps, zone)],
        "not_seen": list(_not_seen(orders, apps))[:MOST_LISTED],
    }


def _facts(row: Mapping[str, Any]) -> OrderFacts:
    pacs = row["pacs_apps"]
    return OrderFacts(
        accession=row["accession"],
        at=row["at"],
        standing=Standing(row["standing"]),
        is_received=row["is_received"],
        is_made=row["is_made"],
        decisions=row["decisions"],
        work={
            app: AppWork(
                state=JobState(item["state"]),
                outcome=Outcome(item["outcome"]) if item["outcome"] else None,
                reason=item["reason"],
            )
            for app, item in row["work"].items()
        },
        pacs_apps=None if pacs is None else {app: Certainty(word) for app, word in pacs.items()},
    )


def _not_seen(orders: Iterable[OrderFacts], apps: Sequence[str]) -> Iterable[dict[str, Any]]:
    for order in orders:
        for app in apps:
            found, why = fate(order, app)
            if found in LISTED:
                yield {"accession_number": order.accession, "at": order.at, "app": app, "fate": found, "why": why}
