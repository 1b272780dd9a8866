"""What an app lacks before it may speak to readers."""

from collections.abc import Iterator
from datetime import date

from collega.model.app import Manifest
from collega.model.card import NOT_DISCLOSED, Card, completeness
from collega.model.card_fields import FIELDS

# Without these nobody can tell for whom an app is, and whether it works there.
NEEDED = (
    "maker.contact",
    "intended_use.indication",
    "intended_use.population",
    "intended_use.users",
    "limits.known",
    "evaluation.level",
    "privacy.data_goes_to",
)


def before_go_live(manifest: Manifest, card: Card | None, today: date) -> list[str]:
    """List what is missing, in words; empty where nothing stands in the way.

    Parameters
    ----------
    manifest : Manifest
    card : Card or None
        None where the app has none.
    today : datetime.date
        By the calendar of the site: a mark ends on a day.
    """
    if card is None:
        return ["card.toml is missing: nobody can tell for whom this app is, nor on what it was measured"]
    return [*_marks(manifest, card, today), *_evidence(card), *_intended_use(manifest, card), *_gaps(card)]


def _marks(manifest: Manifest, card: Card, today: date) -> Iterator[str]:
    ce_class = card.said("mark.ce_class")
    if manifest.clinical_use and ce_class in {None, "none"}:
        yield "app.clinical_use is true, and the card names no CE mark"
    if manifest.clinical_use and card.is_simulator:
        yield "app.clinical_use is true, and the card says that it is a simulator"
    if not manifest.clinical_use:
        yield "app.clinical_use is false: it is a demonstration, and every report says so"
    ends = card.said("mark.ce_valid_until")
    if ce_class not in {None, "none"} and not isinstance(ends, date):
        yield "mark.ce_valid_until: the card does not say until when the CE mark holds"
    if isinstance(ends, date) and ends < today:
        yield f"mark.ce_valid_until: the CE mark ended on {ends.isoformat()}"


def _evidence(card: Card) -> Iterator[str]:
    level = card.said("evaluation.level")
    if level == "0" or not card.studies:
        yield "evaluation: no evidence; a mark is none"
    elif not any(study.get("independent") is True for study in card.studies):
        yield "studies: none is independent of the maker"
    if level in set("23456") and not any(study.get("peer_reviewed") is True for study in card.studies):
        yield f"evaluation.level is {level}, and no study is peer-reviewed"


def _intended_use(manifest: Manifest, card: Card) -> Iterator[str]:
    """Compare what the app takes with what it is for: whatever it takes beside that is off-label use."""
    for key, rule in (("modality", "modality"), ("body_part", "body_part"), ("sex", "sex")):
        meant = {word.upper() for word in card.words(f"intended_use.{key}")}
        taken = {str(word).upper() for word in manifest.accepts.get(rule, ())} - {""}
        if meant and taken - meant:
            yield f"accepts.{rule} takes {', '.join(sorted(taken - meant))}, which intended_use.{key} does not name"
    yield from _ages(manifest, card)


def _ages(manifest: Manifest, card: Card) -> Iterator[str]:
    meant = card.said("intended_use.age_years")
    if not isinstance(meant, tuple):
        return
    lowest, highest = (float(year) for year in meant)
    taken = manifest.accepts.get("age_years", {})
    if lowest > 0 and taken.get("at_least", 0) < lowest:
        yield f"accepts.age_years takes patients below {lowest:g}, intended_use.age_years begins there"
    if taken.get("at_most", highest) > highest:
        yield f"accepts.age_years takes patients above {highest:g}, intended_use.age_years ends there"


def _gaps(card: Card) -> Iterator[str]:
    for key in NEEDED:
        if card.said(key) is None:
            said = NOT_DISCLOSED if card.values.get(key) == NOT_DISCLOSED else "missing"
            yield f"{key}: {said}"
    filled = completeness(card, FIELDS)
    if filled.missing:
        yield f"the card leaves {len(filled.missing)} of {filled.applicable} fields empty; see `collega apps card`"
