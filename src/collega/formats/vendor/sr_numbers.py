"""Numbers of a content tree (PS3.3 C.18.1)."""

import math

from collega.formats.vendor.codes import read_code
from collega.formats.vendor.sr_tree import Item
from collega.model.finding import Measurement

NO_UNIT = "1"


def numbers_of(item: Item) -> tuple[Measurement, ...]:
    """NUM items right below ``item`` that hold a finite number."""
    return tuple(number for child in item.children if child.kind == "NUM" and (number := _number(child)))


def _number(item: Item) -> Measurement | None:
    """Value of a NUM, in full where Floating Point Value has it; None where it holds none (C.18.1.1)."""
    for measured in item.data.get("MeasuredValueSequence") or ():
        exact = measured.get("FloatingPointValue")
        text = exact if exact is not None else measured.get("NumericValue")
        value = float(text) if text not in {None, ""} else math.nan
        unit = read_code(measured, "MeasurementUnitsCodeSequence")
        if item.name and math.isfinite(value):
            return Measurement(name=item.name, value=value, unit=unit.value if unit else NO_UNIT)
    return None
