"""What a clinician reads of an input that is not there."""

from collections.abc import Mapping

from collega.formats.local import both
from collega.model.code import Text
from collega.model.inputs import GeneticsWanted, PriorsWanted, ReportsWanted, ValueWanted, Why
from collega.outside.told import KEPT_TEXT

# Why -> a sentence about {what}; {none} is the same where only its absence is told.
SENTENCES: Mapping[Why, Text] = {
    Why.NONE: Text(en="{none}", nl="{none}"),
    Why.NOT_CONNECTED: Text(
        en="{what} not asked for: this site has no connection for it",
        nl="{what} niet opgevraagd: hiervoor is er geen koppeling",
    ),
    Why.NO_NUMBER: Text(
        en="{what} not asked for: the patient has no number", nl="{what} niet opgevraagd: de patiënt heeft geen nummer"
    ),
    Why.OTHER_ISSUER: Text(
        en="{what} not asked for: the patient's number is of another hospital",
        nl="{what} niet opgevraagd: het patiëntnummer is van een ander ziekenhuis",
    ),
    Why.NO_ANSWER: Text(en="{what} not known: no answer in time", nl="{what} niet bekend: geen antwoord op tijd"),
    Why.UNKNOWN_PATIENT: Text(
        en="{what} not known: the patient is not known there", nl="{what} niet bekend: de patiënt is daar niet bekend"
    ),
    Why.OTHER_PATIENT: Text(
        en="{what} not used: what came belongs to another patient",
        nl="{what} niet gebruikt: wat kwam is van een andere patiënt",
    ),
    Why.NOT_FINAL: Text(en="{none}: only preliminary results", nl="{none}: alleen voorlopige uitslagen"),
    Why.UNIT: Text(en="{what} not used: unit not understood", nl="{what} niet gebruikt: eenheid onbekend"),
    Why.UNREADABLE: Text(en="{what} not used: not readable", nl="{what} niet gebruikt: niet leesbaar"),
    Why.BODY_PART: Text(en="{what} not used: body part not known", nl="{what} niet gebruikt: lichaamsdeel niet bekend"),
    Why.TOO_LARGE: Text(en="{what} not used: too large", nl="{what} niet gebruikt: te groot"),
    Why.NOT_SENT: Text(en="{what} not sent by the archive", nl="{what} niet gestuurd door het archief"),
    Why.NOT_ARRIVED: Text(
        en="{what} did not arrive, though the archive says so",
        nl="{what} niet aangekomen, al zegt het archief van wel",
    ),
    Why.ON_ITS_WAY: Text(
        en="{what} of the last day has not come here yet",
        nl="{what} van de laatste dag is hier nog niet",
    ),
    Why.REMOVED: Text(en="{what} not there any more", nl="{what} niet meer aanwezig"),
    Why.NOT_TAKEN: Text(
        en="{what} not used: the app does not take it", nl="{what} niet gebruikt: de app neemt het niet aan"
    ),
    Why.NOT_OUTSIDE: KEPT_TEXT,
}


def sentence(why: Why, wanted: PriorsWanted | ReportsWanted | ValueWanted | GeneticsWanted) -> Text:
    """Say why an input is not there."""
    what, none = _named(wanted)
    said = SENTENCES[why]
    return Text(en=said.en.format(what=what.en, none=none.en), nl=said.nl.format(what=what.nl, none=none.nl))


def _named(wanted: PriorsWanted | ReportsWanted | ValueWanted | GeneticsWanted) -> tuple[Text, Text]:
    """Name an input, and its absence within the time that was asked for."""
    match wanted:
        case PriorsWanted():
            months = both(wanted.within_months)
            return Text(en="earlier study", nl="eerder onderzoek"), Text(
                en=f"no earlier study within {months.en} months",
                nl=f"geen eerder onderzoek binnen {months.nl} maanden",
            )
        case ReportsWanted():
            months = both(wanted.within_months)
            return Text(en="earlier report", nl="eerder verslag"), Text(
                en=f"no earlier report within {months.en} months",
                nl=f"geen eerder verslag binnen {months.nl} maanden",
            )
        case ValueWanted():
            days, name = both(wanted.within_days), wanted.name
            return name, Text(en=f"no {name.en} within {days.en} days", nl=f"geen {name.nl} binnen {days.nl} dagen")
        case GeneticsWanted():
            return wanted.name, Text(en=f"no result of {wanted.name.en}", nl=f"geen uitslag van {wanted.name.nl}")
