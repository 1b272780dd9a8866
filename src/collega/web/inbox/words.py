"""The words of the inbox, in Dutch and English."""

from collections.abc import Mapping

from collega.model.code import Text

PAGE: Mapping[str, Text] = {
    "title": Text(en="Discrepancies", nl="Discrepanties"),
    "one_title": Text(en="Discrepancy", nl="Discrepantie"),
    "lead": Text(
        en="Where AI and a signed report differ. Nothing closes by itself: somebody looks again, and concludes.",
        nl="Waar AI en een getekend verslag verschillen. Niets sluit vanzelf: iemand kijkt opnieuw en concludeert.",
    ),
    "overdue_banner": Text(
        en="{n} over the deadline, or not taken within two days.",
        nl="{n} over de deadline, of niet binnen twee dagen opgepakt.",
    ),
    "show_overdue": Text(en="Show", nl="Toon"),
    "filters": Text(en="Filters", nl="Filters"),
    "state": Text(en="State", nl="Stand"),
    "waiting": Text(en="open and taken", nl="open en opgepakt"),
    "all": Text(en="all", nl="alle"),
    "contrast": Text(en="What differs", nl="Wat verschilt"),
    "app": Text(en="App", nl="App"),
    "mine": Text(en="Mine alone", nl="Alleen de mijne"),
    "overdue_only": Text(en="Overdue alone", nl="Alleen te laat"),
    "show": Text(en="Show", nl="Toon"),
    "none": Text(en="No discrepancies here.", nl="Geen discrepanties hier."),
    "more": Text(
        en="There are more than are shown here: narrow the list.",
        nl="Er zijn er meer dan hier staan: verklein de lijst.",
    ),
    "hidden": Text(
        en="{n} not shown: of apps whose word readers are not told.",
        nl="{n} niet getoond: van apps waarvan lezers het oordeel niet horen.",
    ),
    "overdue": Text(en="overdue", nl="te laat"),
    "ai_says": Text(en="AI says", nl="AI zegt"),
    "threshold": Text(en="threshold", nl="drempel"),
    "gone": Text(
        en="The app was run again since: its word of then is not here any more.",
        nl="De app is sindsdien opnieuw gedraaid: het oordeel van toen staat hier niet meer.",
    ),
    "is_silent": Text(en="This app is not shown to readers now.", nl="Deze app wordt nu niet aan lezers getoond."),
    "report_says": Text(en="The report says", nl="Het verslag zegt"),
    "report_silent": Text(en="nothing of this finding", nl="niets over deze bevinding"),
    "signed": Text(en="signed", nl="getekend"),
    "not_known": Text(en="moment not known", nl="moment onbekend"),
    "ai_at": Text(en="AI at", nl="AI om"),
    "later": Text(en="later", nl="later"),
    "found": Text(en="found", nl="gevonden"),
    "ago": Text(en="ago", nl="geleden"),
    "days": Text(en="d", nl="d"),
    "owner": Text(en="Owner", nl="Eigenaar"),
    "nobody": Text(en="nobody yet", nl="nog niemand"),
    "deadline": Text(en="Deadline", nl="Deadline"),
    "take_by": Text(en="to be taken by", nl="op te pakken voor"),
    "close_by": Text(en="to be closed by", nl="af te ronden voor"),
    "no_deadline": Text(en="no deadline", nl="geen deadline"),
    "take": Text(en="Take", nl="Pak op"),
    "change": Text(en="Change owner or deadline", nl="Wijzig eigenaar of deadline"),
    "close": Text(en="Close", nl="Rond af"),
    "verdict": Text(en="Conclusion", nl="Conclusie"),
    "choose": Text(en="choose", nl="kies"),
    "recalled": Text(en="Patient called back", nl="Patiënt teruggebeld"),
    "not_recalled": Text(en="patient not called back", nl="patiënt niet teruggebeld"),
    "remark": Text(en="Remark, without names", nl="Opmerking, zonder namen"),
    "remarked": Text(en="Remark", nl="Opmerking"),
    "correction": Text(en="If the label is wrong: the report says", nl="Bij een fout label: het verslag zegt"),
    "corrected": Text(en="The report says after all", nl="Het verslag zegt bij nader inzien"),
    "label_set": Text(en="label set by", nl="label gezet door"),
    "reopen": Text(en="Open again", nl="Heropen"),
    "history": Text(en="History", nl="Geschiedenis"),
    "version": Text(en="version", nl="versie"),
    "by_collega": Text(en="collega", nl="collega"),
    "details": Text(en="Details and history", nl="Details en geschiedenis"),
    "study_page": Text(en="Study page", nl="Pagina van het onderzoek"),
    "in_pacs": Text(en="Open in the PACS", nl="Openen in het PACS"),
    "your_name": Text(en="Your name", nl="Uw naam"),
    "to_list": Text(en="To the list", nl="Naar de lijst"),
    "meanwhile": Text(
        en="{who} has changed this at {at}. Nothing of yours was saved; what you had filled in still stands below.",
        nl="{who} heeft dit om {at} gewijzigd. Van u is niets bewaard; wat u had ingevuld staat hieronder nog.",
    ),
    "somebody": Text(en="Somebody", nl="Iemand"),
    "changed_here": Text(
        en="Somebody has changed this: what you fill in here is not sent over it.",
        nl="Iemand heeft dit gewijzigd: wat u hier invult gaat er niet overheen.",
    ),
    "reload": Text(en="Show the new version", nl="Toon de nieuwe versie"),
    "saved": Text(en="Saved", nl="Bewaard"),
    "new": Text(en="{n} new", nl="{n} nieuw"),
    "not_saved": Text(en="Not saved: no connection. Try again.", nl="Niet bewaard: geen verbinding. Probeer opnieuw."),
    "key_help": Text(
        en="j k: next, previous · t: take · c: conclusion · o: PACS",
        nl="j k: volgende, vorige · t: pak op · c: conclusie · o: PACS",
    ),
}


# Of what readers are not told: that inbox stands apart, at the pilot of its app.
UNHEARD: Mapping[str, Text] = {
    "title": Text(en="Discrepancies that readers are not told of", nl="Discrepanties die lezers niet horen"),
    "lead": Text(
        en="Where this app, which readers do not hear, differs from a signed report. Who judges one of these knows"
        " what the app says: keep it from those who read these studies. Nothing closes by itself.",
        nl="Waar deze app, die lezers niet horen, van een getekend verslag verschilt. Wie er een beoordeelt weet wat de"
        " app zegt: vertel het niet aan wie deze onderzoeken leest. Niets sluit vanzelf.",
    ),
    "hidden": Text(
        en="{n} of this app stand in the inbox that readers have.",
        nl="{n} van deze app staan in de lijst die lezers hebben.",
    ),
    "to_pilot": Text(en="To the pilot", nl="Naar de pilot"),
}


def page_words(language: str, *, unheard: bool = False) -> dict[str, str]:
    """Give the fixed words of the page; ``unheard`` for that of an app which readers do not hear."""
    texts = {**PAGE, **UNHEARD} if unheard else PAGE
    return {name: text.in_language(language) for name, text in texts.items()}
