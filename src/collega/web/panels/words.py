"""Words of the panels' pages."""

from collega.model.code import Text

PAGE = {
    "title": Text(en="Panels", nl="Panels"),
    "lead": Text(
        en="Studies that several readers read, blind to AI and to each other. What they agree on, and what a further "
        "reader settles, becomes the reference that apps are held against.",
        nl="Onderzoeken die meerdere beoordelaars lezen, zonder AI en zonder elkaars oordeel te zien. Waarover zij het "
        "eens zijn, en wat een volgende beoordelaar beslist, wordt de referentie waaraan apps worden gemeten.",
    ),
    "mine": Text(en="My reading list", nl="Mijn leeslijst"),
    "nothing": Text(en="Nothing waits for you.", nl="Er wacht niets op u."),
    "none": Text(en="There is no panel yet.", nl="Er is nog geen panel."),
    "who": Text(en="Tell who you are to see your reading list.", nl="Zeg wie u bent om uw leeslijst te zien."),
    "show": Text(en="Show", nl="Toon"),
    "waiting": Text(en="studies to read", nl="onderzoeken te lezen"),
    "to_settle": Text(en="to settle", nl="te beslissen"),
    "read": Text(en="Read", nl="Lees"),
    "settle": Text(en="Settle", nl="Beslis"),
    "all": Text(en="All panels", nl="Alle panels"),
    "state": Text(en="State", nl="Stand"),
    "cases": Text(en="studies", nl="onderzoeken"),
    "are_read": Text(en="read by all", nl="door allen gelezen"),
    "closed": Text(en="closed", nl="gesloten"),
    "ready": Text(en="ready to close", nl="klaar om te sluiten"),
    "reading": Text(en="being read", nl="wordt gelezen"),
    "findings": Text(en="Findings", nl="Bevindingen"),
    "readers": Text(en="Readers", nl="Beoordelaars"),
    "adjudicator": Text(en="Settles disagreements", nl="Beslist bij verschil"),
    "listed": Text(en="a list of studies", nl="een lijst van onderzoeken"),
    "why": Text(en="Chosen as", nl="Gekozen als"),
    "new": Text(en="New panel", nl="Nieuw panel"),
    "name": Text(en="Name", nl="Naam"),
    "finding_ids": Text(
        en="Findings, by commas, such as pneumonia, nodule", nl="Bevindingen, met komma's, zoals pneumonia, nodule"
    ),
    "reader_names": Text(en="Accounts of the readers, by commas", nl="Accounts van de beoordelaars, met komma's"),
    "studies": Text(
        en="Study Instance UIDs or accession numbers, one a line",
        nl="Study Instance UID's of accessionnummers, één per regel",
    ),
    "make": Text(en="Make the panel", nl="Maak het panel"),
    "case": Text(en="Study", nl="Onderzoek"),
    "of": Text(en="of", nl="van"),
    "left": Text(en="still to do", nl="nog te doen"),
    "blind": Text(
        en="AI and the other readers' words are not shown, and not sent to this browser.",
        nl="AI en het oordeel van de anderen worden niet getoond, en niet naar deze browser gestuurd.",
    ),
    "blind_settling": Text(
        en="AI is not shown, and not sent to this browser.",
        nl="AI wordt niet getoond, en niet naar deze browser gestuurd.",
    ),
    "others": Text(en="The readers said", nl="De beoordelaars zeiden"),
    "reader": Text(en="Reader", nl="Beoordelaar"),
    "save": Text(en="Save, and next", nl="Bewaar, en volgende"),
    "help": Text(
        en="1 present, 2 absent, 3 uncertain, for the finding that is marked; k goes back one; Enter saves and shows "
        "the next. Windows: q w e r t.",
        nl="1 aanwezig, 2 afwezig, 3 onzeker, voor de gemarkeerde bevinding; k gaat er één terug; Enter bewaart en "
        "toont de volgende. Vensters: q w e r t.",
    ),
    "done": Text(en="You have read all that waits for you in this panel.", nl="U hebt alles van dit panel gelezen."),
    "hidden": Text(
        en="What was read is shown to its readers once all is read and settled.",
        nl="Wat gelezen is wordt de beoordelaars getoond zodra alles gelezen en beslist is.",
    ),
    "result": Text(en="Result", nl="Uitkomst"),
    "agreement": Text(en="Agreement before settling", nl="Overeenstemming vóór de beslissing"),
    "same": Text(en="Same word", nl="Zelfde oordeel"),
    "alpha": Text(en="Krippendorff's alpha", nl="Krippendorffs alfa"),
    "kappa": Text(en="Kappa (Cohen or Fleiss)", nl="Kappa (Cohen of Fleiss)"),
    "not_defined": Text(en="not defined: all words alike, or too few", nl="niet bepaald: alles gelijk, of te weinig"),
    "outcome": Text(en="Outcome", nl="Uitkomst"),
    "settled": Text(en="Settled", nl="Beslist"),
    "seen": Text(en="AI seen before", nl="AI eerder gezien"),
    "finding": Text(en="Finding", nl="Bevinding"),
    "close": Text(en="Close: make it the reference", nl="Sluit: maak het de referentie"),
    "close_means": Text(
        en="The outcome is kept as strong labels; nothing can be read or changed after that.",
        nl="De uitkomst wordt bewaard als sterke labels; daarna kan niets meer gelezen of gewijzigd worden.",
    ),
    "as_csv": Text(en="As tables (CSV):", nl="Als tabellen (CSV):"),
    "csv_reads": Text(en="each reader's word", nl="het woord van elke lezer"),
    "csv_agreement": Text(en="agreement", nl="overeenstemming"),
    "csv_truth": Text(en="what counts as true", nl="wat als waar geldt"),
    "back": Text(en="All panels", nl="Alle panels"),
    "yes": Text(en="yes", nl="ja"),
    "no": Text(en="no", nl="nee"),
    "unknown": Text(en="unknown", nl="onbekend"),
}


def page_words(language: str) -> dict[str, str]:
    """Give the words in a language."""
    return {name: text.in_language(language) for name, text in PAGE.items()}
