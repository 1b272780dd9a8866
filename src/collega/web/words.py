"""The fixed words of the pages, in Dutch and English."""

from collections.abc import Mapping

from collega.model.code import Text

WORDS: Mapping[str, Text] = {
    "board": Text(en="AI board", nl="AI-werklijst"),
    "skip": Text(en="To the studies", nl="Naar de onderzoeken"),
    "language": Text(en="Language", nl="Taal"),
    "theme": Text(en="Appearance", nl="Weergave"),
    "dark": Text(en="Dark", nl="Donker"),
    "light": Text(en="Light", nl="Licht"),
    "pages": Text(en="Pages", nl="Pagina's"),
    "refresh": Text(en="Refresh", nl="Vernieuwen"),
    "urgency": Text(en="Urgency", nl="Urgentie"),
    "study": Text(en="Study", nl="Onderzoek"),
    "waiting": Text(en="Waiting", nl="Wacht"),
    "ai": Text(en="AI says", nl="AI zegt"),
    "reading": Text(en="Reading", nl="Beoordeling"),
    "together": Text(en="Several apps, one finding", nl="Meer apps, één bevinding"),
    "as_of": Text(en="As of", nl="Stand van"),
    "live": Text(en="Live", nl="Live"),
    "not_live": Text(en="Not live: refresh to see changes", nl="Niet live: vernieuw om wijzigingen te zien"),
    "notices": Text(en="Notices", nl="Meldingen"),
    "stale": Text(
        en="Connection lost at {at}: what stands here may be out of date.",
        nl="Verbinding verbroken om {at}: wat hier staat kan verouderd zijn.",
    ),
    "unreadable": Text(
        en="The board cannot be read now: read as without AI.",
        nl="De werklijst is nu niet te lezen: beoordeel als zonder AI.",
    ),
    "tries_again": Text(
        en="This page tries again every five seconds.", nl="Deze pagina probeert het elke vijf seconden opnieuw."
    ),
    "empty": Text(en="No studies in the last hours.", nl="Geen onderzoeken in de afgelopen uren."),
    "more": Text(en="There are more studies than are shown here.", nl="Er zijn meer onderzoeken dan hier staan."),
    "by_ai": Text(en="raised by AI", nl="verhoogd door AI"),
    "requested": Text(en="requested priority", nl="aangevraagde prioriteit"),
    "no_accession": Text(en="no accession number", nl="geen accessienummer"),
    "open_in_viewer": Text(en="open in the viewer", nl="openen in de viewer"),
    "years": Text(en="y", nl="jr"),
    "min": Text(en="min", nl="min"),
    "hours": Text(en="h", nl="u"),
    "of": Text(en="of", nl="van"),
    "over_target": Text(en="over target by", nl="over de norm met"),
    "no_target": Text(en="no target", nl="geen norm"),
    "opened": Text(en="opened", nl="geopend"),
    "signed": Text(en="signed", nl="getekend"),
    "not_opened": Text(en="not opened", nl="niet geopend"),
    "images_after": Text(en="new images after signing", nl="nieuwe beelden na tekenen"),
    "found_after": Text(en="AI found something after signing", nl="AI vond iets na tekenen"),
    "received": Text(en="received", nl="ontvangen"),
    "complete": Text(en="complete", nl="compleet"),
    "demo": Text(en="demo", nl="demo"),
    "demo_means": Text(
        en="demo: a demonstration app, not for clinical use",
        nl="demo: een demonstratie-app, niet voor klinisch gebruik",
    ),
    "to_read": Text(en="to read", nl="te beoordelen"),
    "with_found": Text(en="with something found", nl="met iets gevonden"),
    "demonstration": Text(en="demonstration, not for clinical use", nl="demonstratie, niet voor klinisch gebruik"),
    "score_note": Text(
        en="A score is not a probability.",
        nl="Een score is geen kans.",
    ),
    "out_of_order": Text(en="out of order since", nl="buiten werking sinds"),
    "changes": Text(en="{n} changes: show", nl="{n} wijzigingen: tonen"),
    "updated": Text(en="Board updated", nl="Werklijst bijgewerkt"),
    "key_help": Text(
        en="j k or arrows: move · Enter: details · o: open in the viewer · r: refresh",
        nl="j k of pijlen: bewegen · Enter: details · o: openen in de viewer · r: vernieuwen",
    ),
    "help": Text(en="Keys", nl="Toetsen"),
    "by_person": Text(en="The radiologist decides.", nl="De radioloog beslist."),
}
