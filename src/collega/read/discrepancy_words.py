"""The words of discrepancies, in Dutch and English."""

from collections.abc import Mapping
from typing import Any

from collega.model.code import Text
from collega.model.discrepancy import Conclusion, Contrast, Correction, DiscrepancyState

CONTRASTS: Mapping[Contrast, Text] = {
    Contrast.AI_POSITIVE: Text(
        en="AI names it, the signed report does not", nl="AI noemt het, het getekende verslag niet"
    ),
    Contrast.AI_NEGATIVE: Text(
        en="AI does not see it, the signed report names it", nl="AI ziet het niet, het getekende verslag noemt het"
    ),
    Contrast.AI_LATE: Text(en="AI named it after the signature", nl="AI noemde het na het tekenen"),
}
STATES: Mapping[DiscrepancyState, Text] = {
    DiscrepancyState.OPEN: Text(en="open", nl="open"),
    DiscrepancyState.TAKEN: Text(en="taken", nl="opgepakt"),
    DiscrepancyState.CLOSED: Text(en="closed", nl="afgerond"),
}
VERDICTS: Mapping[Conclusion, Text] = {
    Conclusion.REPORT_RIGHT: Text(en="The report is right", nl="Het verslag klopt"),
    Conclusion.AI_RIGHT: Text(en="AI is right", nl="AI klopt"),
    Conclusion.BOTH_DEFENSIBLE: Text(en="Both can be defended", nl="Beide zijn verdedigbaar"),
    Conclusion.LABEL_WRONG: Text(
        en="Label wrong: the report does not say this", nl="Label fout: het verslag zegt dit niet"
    ),
    Conclusion.NOT_DECIDABLE: Text(en="Cannot be decided", nl="Niet te beslissen"),
}
CORRECTIONS: Mapping[Correction, Text] = {
    Correction.NONE: Text(en="not said", nl="niet gezegd"),
    Correction.PRESENT: Text(en="it is there", nl="het is er"),
    Correction.ABSENT: Text(en="it is not there", nl="het is er niet"),
    Correction.UNCERTAIN: Text(en="it leaves it open", nl="het laat het open"),
    Correction.HISTORIC: Text(en="it was there before", nl="het was er eerder"),
    Correction.SILENT: Text(en="nothing of it", nl="niets hierover"),
}


def choices(language: str) -> dict[str, Any]:
    """Give what can be chosen, and what is said of it: value to word."""
    tables: Mapping[str, Mapping[Any, Text]] = {
        "contrasts": CONTRASTS,
        "states": STATES,
        "verdicts": VERDICTS,
        "corrections": CORRECTIONS,
    }
    return {
        name: {one.value: text.in_language(language) for one, text in table.items()} for name, table in tables.items()
    }
