"""Which promised finding a vendor's statement is about."""

from collections.abc import Sequence

from collega.formats.vendor.said import Said, Statement
from collega.model.app import Manifest
from collega.model.results import ResultsSpec


def finding_of(statement: Statement, manifest: Manifest, spec: ResultsSpec) -> str:
    """Name the finding that a statement is about, empty where it is about none of the promised ones."""
    if statement.finding:
        return statement.finding
    named = statement.concept and (statement.concept.scheme, statement.concept.value)
    sites = {(site.scheme, site.value) for site in statement.sites}
    labels = [label.casefold() for label in statement.labels]
    if statement.concept:
        labels.append(statement.concept.meaning.casefold())
    for word in spec.codes:
        fits = named == word.code if word.code else _is_labelled(word.label.casefold(), labels)
        if fits and (word.site is None or word.site in sites):
            return word.finding
    for item in manifest.findings:
        at = item.site and (item.site.scheme, item.site.value)
        if named == (item.code.scheme, item.code.value) and (not at or not sites or at in sites):
            return item.id
    return ""


def _is_labelled(wanted: str, labels: Sequence[str]) -> bool:
    """Whether a label is there; one that ends in * is the beginning of labels."""
    if wanted.endswith("*"):
        return any(label.startswith(wanted[:-1]) for label in labels)
    return wanted in labels


def unknown(said: Said, statement: Statement) -> str:
    """Name a statement that is about none of them, for the account."""
    code = statement.concept
    what = (
        f"{code.meaning} ({code.value}, {code.scheme})"
        if code
        else ", ".join(statement.labels) or "something without a name"
    )
    return f"{said.file}: {what}"[:200]
