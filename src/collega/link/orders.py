"""The state of an order from all that was said of it, in whatever order it came."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from collega.model.message import OrderControl, OrderNumbers
from collega.model.order import Order, SaidOrder, Standing
from collega.model.study import Priority

STANDINGS: Mapping[OrderControl, Standing] = {
    OrderControl.NEW: Standing.ORDERED,
    OrderControl.CHANGED: Standing.ORDERED,
    OrderControl.CANCELLED: Standing.CANCELLED,
    OrderControl.DISCONTINUED: Standing.DISCONTINUED,
}


def fold(said: Collection[SaidOrder]) -> Order:
    """Read what was said from the oldest to the newest by the senders' clocks; an empty value says nothing."""
    ordered = sorted(said, key=lambda item: item.place)
    first = ordered[0].said
    order = Order(
        numbers=OrderNumbers(),
        patient=first.patient,
        standing=Standing.ORDERED,
        status="",
        procedure_code="",
        procedure="",
        modality="",
        priority=Priority.UNKNOWN,
        location="",
        requester="",
        study_instance_uid="",
        ordered_at=None,
        scheduled_at=None,
        changed_at=ordered[-1].sent_at,
    )
    for item in ordered:
        word = item.said
        numbers = OrderNumbers(
            placer=word.numbers.placer or order.numbers.placer,
            filler=word.numbers.filler or order.numbers.filler,
            accession=word.numbers.accession or order.numbers.accession,
        )
        order = replace(
            order,
            numbers=numbers,
            patient=word.patient,
            standing=STANDINGS.get(word.control, order.standing),
            status=word.status or order.status,
            procedure_code=word.procedure_code or order.procedure_code,
            procedure=word.procedure or order.procedure,
            modality=word.modality or order.modality,
            priority=order.priority if word.priority is Priority.UNKNOWN else word.priority,
            location=word.location or order.location,
            requester=word.requester or order.requester,
            study_instance_uid=word.study_instance_uid or order.study_instance_uid,
            ordered_at=order.ordered_at or word.ordered_at,
            scheduled_at=word.scheduled_at or order.scheduled_at,
        )
    return order
