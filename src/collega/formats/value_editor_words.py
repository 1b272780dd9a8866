"""The words of the editor of cases, in Dutch and English."""

from collections.abc import Mapping

from collega.model.code import Text


def _t(en: str, nl: str) -> Text:
    return Text(en=en, nl=nl)


EDITOR: Mapping[str, Text] = {
    "edit_lead": _t(
        "The result follows what you type. Nothing is stored until you save; the case as it was is kept.",
        "Het resultaat volgt wat u typt. Er wordt niets bewaard tot u opslaat; de vorige versie blijft in de historie.",
    ),
    "not_saved": _t("Not saved yet.", "Nog niet opgeslagen."),
    "as_saved": _t("As saved.", "Zoals opgeslagen."),
    "no_result": _t("No result: first correct what is wrong.", "Geen resultaat: verbeter eerst wat niet klopt."),
    "lost": _t(
        "No answer from the server: what you typed is not worked out and not stored.",
        "Geen antwoord van de server: wat u typte is niet uitgerekend en niet bewaard.",
    ),
    "part_value": _t("Value", "Waarde"),
    "counted": _t(
        "Counted: {k} of {n}. The interval follows from these, until you change the value.",
        "Geteld: {k} van {n}. Het interval volgt daaruit, totdat u de waarde wijzigt.",
    ),
    "part_low": _t("Low", "Laag"),
    "part_high": _t("High", "Hoog"),
    "part_distribution": _t("Distribution", "Verdeling"),
    "part_source": _t("Source", "Bron"),
    "part_from": _t("From", "Herkomst"),
    "part_date": _t("Date", "Datum"),
    "by": _t("Your name", "Uw naam"),
    "save": _t("Save", "Opslaan"),
    "nobody": _t("Name yourself: it is kept who changed a case.", "Noem uzelf: bewaard wordt wie een case wijzigt."),
    "unchanged": _t("Nothing was changed, so nothing was saved.", "Er is niets gewijzigd, dus niets opgeslagen."),
    "stale": _t(
        "NOT saved: somebody changed this case after you opened it. Open it again and repeat your change.",
        "NIET opgeslagen: deze case is gewijzigd nadat u die opende. Open de case opnieuw en herhaal de wijziging.",
    ),
}
