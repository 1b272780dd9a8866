"""What an app found, as a line to be taken into a report: marked as AI's, with what it is not."""

from collega.formats.wording import NOT_FOR_CLINICAL_USE, finding_words
from collega.model.code import Text
from collega.model.finding import Finding

# Whoever signs the report answers for it: what comes from a program stays known as such.
MARK = Text(en="[AI: {app} {version}, not yet confirmed]", nl="[AI: {app} {version}, nog niet bevestigd]")


def report_line(app: str, version: str, name: Text, finding: Finding, *, clinical_use: bool) -> Text:
    """Write one finding with its measurements for a report, in both languages."""
    words = finding_words(name, finding)
    return Text(
        en=_line("en", app, version, words, clinical_use=clinical_use),
        nl=_line("nl", app, version, words, clinical_use=clinical_use),
    )


def _line(language: str, app: str, version: str, words: Text, *, clinical_use: bool) -> str:
    mark = MARK.in_language(language).format(app=app, version=version)
    warning = "" if clinical_use else f" ({NOT_FOR_CLINICAL_USE.in_language(language)})"
    return f"{words.in_language(language)}. {mark}{warning}"
