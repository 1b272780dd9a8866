"""What belongs to a study of all that was said: one question to a store, asked alike by every stage."""

from collections.abc import Collection, Mapping

from collega.model.linked import Linked, linked
from collega.model.merge import Identity, identity, survivors
from collega.model.study import Study
from collega.ports.store import Transaction


async def links_of(transaction: Transaction, study: Study) -> Linked:
    """Find the orders and reports of a study."""
    accession = study.accession_number
    orders = await transaction.orders_named([accession] if accession else [], [study.study_instance_uid])
    tokens = {token for order in orders for token in order.tokens}
    if accession:
        tokens.add(f"f:{accession}")
    reports = await transaction.reports_named(sorted(tokens), [study.study_instance_uid])
    if not orders and not reports:
        return Linked()
    numbers = [identity(study.came_as or study.patient)]
    numbers += [identity(order.patient) for order in orders] + [identity(word.said.patient) for word in reports]
    return linked(study, orders, reports, await merges(transaction, numbers))


async def merges(transaction: Transaction, numbers: Collection[Identity]) -> Mapping[Identity, Identity]:
    """Tell which of these numbers were merged, and into what; over chains."""
    return survivors(await transaction.merges_around(sorted(set(numbers))))
