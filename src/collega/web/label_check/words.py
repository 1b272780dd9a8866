"""Words of the label check's pages."""

from collega.model.code import Text

PAGE = {
    "title": Text(en="Label check", nl="Labelcontrole"),
    "lead": Text(
        en="A program labels signed reports. Before figures rest on its labels, somebody reads 200 local reports "
        "again: then the labels' error is known, and every figure is freed of it.",
        nl="Een programma labelt ondertekende verslagen. Voordat cijfers op die labels rusten, leest iemand 200 eigen "
        "verslagen na: dan is de fout van de labels bekend, en wordt elk cijfer ervan ontdaan.",
    ),
    "unknown": Text(
        en="Label error unknown: no check of the labels of today is done. Figures that use them say so.",
        nl="Fout van de labels onbekend: er is nog geen controle van de huidige labels af. Cijfers die ze gebruiken "
        "zeggen dat.",
    ),
    "known": Text(en="The error of the labels of today is known.", nl="De fout van de huidige labels is bekend."),
    "guess": Text(
        en="of them are called normal only because they name nothing that is known: a guess, until a score is trained "
        "on reports of this hospital.",
        nl="daarvan heten normaal alleen omdat zij niets bekends noemen: een gok, zolang er geen score is geleerd van "
        "verslagen van dit ziekenhuis.",
    ),
    "language": Text(
        en="more look as if they were in another language than reports are read in. They have no label, and count in "
        "no figure.",
        nl="andere lijken in een andere taal te zijn dan waarin verslagen worden gelezen. Zij hebben geen label, en "
        "tellen in geen cijfer mee.",
    ),
    "reports": Text(en="signed reports are labelled", nl="ondertekende verslagen zijn gelabeld"),
    "begin": Text(en="Draw 200 reports", nl="Trek 200 verslagen"),
    "go_on": Text(en="Go on reading", nl="Lees verder"),
    "done": Text(en="read", nl="gelezen"),
    "of": Text(en="of", nl="van"),
    "report": Text(en="Report", nl="Verslag"),
    "drawn": Text(en="Drawn", nl="Getrokken"),
    "readers": Text(en="Read by", nl="Gelezen door"),
    "unreadable": Text(en="changed or gone since", nl="sindsdien gewijzigd of weg"),
    "error": Text(en="Error of the labels", nl="Fout van de labels"),
    "finding": Text(en="Finding", nl="Bevinding"),
    "labelled": Text(en="Reports labelled present", nl="Verslagen met label aanwezig"),
    "sensitivity": Text(en="Sensitivity of the label", nl="Sensitiviteit van het label"),
    "specificity": Text(en="Specificity of the label", nl="Specificiteit van het label"),
    "weighted": Text(
        en="Weighted back to all reports, since rare findings were drawn more often; 95 % intervals. A dash: all "
        "reports have the same label, or none has the finding.",
        nl="Teruggewogen naar alle verslagen, omdat zeldzame bevindingen vaker zijn getrokken; 95 %-intervallen. Een "
        "streepje: alle verslagen hebben hetzelfde label, of geen verslag heeft de bevinding.",
    ),
    "ask": Text(en="What does this report say is there now?", nl="Wat is er volgens dit verslag nu?"),
    "gone": Text(
        en="This report has been changed or withdrawn since it was drawn: it is left out.",
        nl="Dit verslag is gewijzigd of ingetrokken sinds het is getrokken: het telt niet mee.",
    ),
    "save": Text(en="Save, and next", nl="Bewaar, en volgende"),
    "help": Text(
        en="The key before each finding turns it from absent to present, to uncertain; Enter saves and shows the next. "
        "You can stop and go on later.",
        nl="De toets vóór elke bevinding zet die van afwezig op aanwezig, dan op onzeker; Enter bewaart en toont de "
        "volgende. U kunt stoppen en later verdergaan.",
    ),
    "back": Text(en="Overview", nl="Overzicht"),
    "who": Text(en="Tell who you are before you begin.", nl="Zeg wie u bent voordat u begint."),
}


def page_words(language: str) -> dict[str, str]:
    """Give the words in a language."""
    return {name: text.in_language(language) for name, text in PAGE.items()}
