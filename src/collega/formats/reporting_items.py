"""Items of reporting guidelines, in their order: what a report of a study of accuracy must say.

STARD 2015 (P. M. Bossuyt et al., BMJ 351 (2015) h5527), with whose numbers the list runs; STARD-AI (V. Sounderajah et
al., Nat. Med. 2025) keeps its order and adds what is marked ``AI``. DECIDE-AI (B. Vasey et al., Nat. Med. 28 (2022)
924-933): the numbers beside. All in our own words.
"""

from dataclasses import dataclass

from collega.model.code import Text


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportingItem:
    """One item.

    Attributes
    ----------
    number : str
        Of STARD 2015; ``AI.1`` and so on for what STARD-AI adds (our count).
    decide : str
        Numbers of DECIDE-AI that ask the same; empty where none does.
    asks, why : Text
        What is asked for, and why it is not reported where neither plan nor data say it.
    """

    number: str
    decide: str
    asks: Text
    why: Text


NOT_IN_PLAN = Text(en="the plan does not say it", nl="het plan zegt het niet")
NOT_IN_DATA = Text(en="the tables do not hold it", nl="de tabellen bevatten het niet")
NO_CARE = Text(
    en="scores were made from kept images: no care was changed by them",
    nl="scores zijn gemaakt van bewaarde beelden: er is geen zorg door veranderd",
)


def _item(number: str, decide: str, en: str, nl: str, why: Text = NOT_IN_PLAN) -> ReportingItem:
    return ReportingItem(number=number, decide=decide, asks=Text(en=en, nl=nl), why=why)


ITEMS: tuple[ReportingItem, ...] = (
    _item("1", "1", "Title: a study of accuracy", "Titel: een onderzoek naar nauwkeurigheid"),
    _item("2", "I", "Summary", "Samenvatting"),
    _item("3", "2a, 2b", "Intended use and place in care", "Beoogd gebruik en plaats in de zorg"),
    _item("4", "II", "Question", "Vraag"),
    _item("5", "", "Data first, or scores first", "Eerst de gegevens, of eerst de scores"),
    _item("6", "3a", "Who was eligible", "Wie in aanmerking kwam"),
    _item("7", "3a", "How they were found", "Hoe zij gevonden zijn"),
    _item("8", "5a", "Where and when", "Waar en wanneer"),
    _item("9", "3a", "Consecutive, random or chosen", "Opeenvolgend, toevallig of gekozen"),
    _item("AI.1", "4a", "Data of the test apart from those of training", "Testgegevens los van trainingsgegevens"),
    _item("AI.2", "4b", "How images were prepared", "Hoe beelden zijn voorbewerkt"),
    _item("10a", "4a, 4c", "The app, with its version", "De app, met haar versie"),
    _item("10b", "", "Reference standard", "Referentiestandaard"),
    _item("11", "", "Why this reference standard", "Waarom deze referentiestandaard"),
    _item("12a", "4c", "When a score is positive", "Wanneer een score positief is"),
    _item("12b", "", "When the reference is positive", "Wanneer de referentie positief is"),
    _item("13a", "", "What the app knew of the reference", "Wat de app van de referentie wist"),
    _item("13b", "", "What the reference knew of the app", "Wat de referentie van de app wist", NOT_IN_DATA),
    _item("14", "V", "How figures were made", "Hoe cijfers gemaakt zijn"),
    _item("15", "6", "Answers that are neither", "Antwoorden die geen van beide zijn"),
    _item("16", "6", "Missing answers and missing truth", "Ontbrekende antwoorden en ontbrekende waarheid"),
    _item("17", "VIII", "Subgroups that were planned", "Geplande deelgroepen", NOT_IN_PLAN),
    _item("18", "3a", "Number of cases", "Aantal gevallen"),
    _item("19", "9a, 13a", "Flow of studies", "Verloop van onderzoeken"),
    _item("20", "9a", "Who they were", "Wie zij waren", NOT_IN_DATA),
    _item("21a", "", "How severe the disease was", "Hoe ernstig de ziekte was", NOT_IN_DATA),
    _item("21b", "", "What the others had", "Wat de anderen hadden", NOT_IN_DATA),
    _item("22", "", "Time between image and reference", "Tijd tussen beeld en referentie", NOT_IN_DATA),
    _item("23", "VII", "Test by truth", "Test naar waarheid"),
    _item("24", "VII, VIII", "Figures with intervals", "Cijfers met intervallen"),
    _item("AI.3", "VIII", "Where the app is weak", "Waar de app zwak is", NOT_IN_DATA),
    _item("AI.4", "13a, 13b", "Errors, case by case", "Fouten, geval voor geval"),
    _item("25", "13b", "Harm", "Schade", NO_CARE),
    _item("26", "IX", "Limits", "Beperkingen"),
    _item("27", "15", "What follows for care", "Wat volgt voor de zorg"),
    _item("28", "III", "Registration: the frozen plan", "Registratie: het vastgelegde plan"),
    _item("29", "III", "Where the plan can be read, and deviations from it", "Waar het plan staat, en afwijkingen"),
    _item("30", "X", "Funding and interests", "Financiering en belangen"),
    _item("AI.5", "17", "Where code and data can be had", "Waar code en gegevens te krijgen zijn"),
    _item("-", "3b, 3c, 7, 12, 14", "Users: training, agreement with the app, human factors",
          "Gebruikers: training, overeenstemming met de app, menselijke factoren",
          Text(en="nobody read with the app in this study: see reader studies",
               nl="niemand las met de app in dit onderzoek: zie lezersonderzoek")),
    _item("-", "8, VI", "Ethics, and patients who were involved", "Ethiek, en betrokken patiënten"),
    _item("-", "10, 11", "Use as meant, and changes during the study",
          "Gebruik zoals bedoeld, en wijzigingen tijdens het onderzoek"),
)  # fmt: skip
NUMBERS = frozenset(item.number for item in ITEMS if item.number != "-")
