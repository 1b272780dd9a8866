"""The words of timelines and figures of time."""

from collections.abc import Mapping

from collega.model.code import Text
from collega.model.timeline import ClockOwner, MomentKind, WaitEnd

KINDS: Mapping[MomentKind, Text] = {
    MomentKind.ORDERED: Text(en="ordered", nl="aangevraagd"),
    MomentKind.SCHEDULED: Text(en="scheduled for", nl="gepland op"),
    MomentKind.STEP_BEGUN: Text(en="examination begun", nl="onderzoek begonnen"),
    MomentKind.ACQUIRED_FIRST: Text(en="first image made", nl="eerste beeld gemaakt"),
    MomentKind.ACQUIRED_LAST: Text(en="last image made", nl="laatste beeld gemaakt"),
    MomentKind.STEP_ENDED: Text(en="examination ended", nl="onderzoek klaar"),
    MomentKind.RECEIVED_FIRST: Text(en="first image received", nl="eerste beeld ontvangen"),
    MomentKind.RECEIVED_LAST: Text(en="last image received", nl="laatste beeld ontvangen"),
    MomentKind.COMPLETE: Text(en="complete", nl="compleet"),
    MomentKind.QUEUED: Text(en="queued", nl="in de wachtrij"),
    MomentKind.STARTED: Text(en="analysis begun", nl="analyse begonnen"),
    MomentKind.ENDED: Text(en="analysis ended", nl="analyse klaar"),
    MomentKind.STORED: Text(en="stored by PACS", nl="opgeslagen door PACS"),
    MomentKind.VISIBLE: Text(en="visible in PACS", nl="zichtbaar in PACS"),
    MomentKind.OPENED: Text(en="opened", nl="geopend"),
    MomentKind.FIRST_SIGHT: Text(en="first sight", nl="eerste blik"),
    MomentKind.CALLED: Text(en="called", nl="gebeld"),
    MomentKind.CLOSED: Text(en="closed", nl="gesloten"),
    MomentKind.SIGNED: Text(en="report signed", nl="verslag getekend"),
}
OWNERS: Mapping[ClockOwner, Text] = {
    ClockOwner.RIS: Text(en="RIS", nl="RIS"),
    ClockOwner.SCANNER: Text(en="Scanner", nl="Scanner"),
    ClockOwner.COLLEGA: Text(en="collega", nl="collega"),
    ClockOwner.READER: Text(en="Reader", nl="Beoordelaar"),
}
WAITS: Mapping[WaitEnd, Text] = {
    WaitEnd.VISIBLE: Text(en="until the result was visible", nl="tot de uitslag zichtbaar was"),
    WaitEnd.LEFT: Text(en="left before the result", nl="weg vóór de uitslag"),
    WaitEnd.NEVER: Text(en="no result came", nl="er kwam geen uitslag"),
}
FIRST: Mapping[str, Text] = {
    "app": Text(en="the app was first", nl="de app was eerst"),
    "reader": Text(en="the reader was first", nl="de beoordelaar was eerst"),
    "undecided": Text(en="too close for the clocks", nl="te dicht bij elkaar voor de klokken"),
}
PAGE: Mapping[str, Text] = {
    "title": Text(en="Timeline", nl="Tijdlijn"),
    "lead": Text(
        en="Minutes with 95 % intervals. Times of other clocks are corrected where their offset is known.",
        nl="Minuten met 95%-intervallen. Tijden van andere klokken zijn gecorrigeerd waar hun afwijking bekend is.",
    ),
    "day": Text(en="The way of one study", nl="De weg van één onderzoek"),
    "picture": Text(
        en="Moments by the clock that told them; times in the picture are corrected.",
        nl="Momenten per klok die ze gaf; de tijden in het beeld zijn gecorrigeerd.",
    ),
    "moments": Text(en="Moments", nl="Momenten"),
    "what": Text(en="What", nl="Wat"),
    "app": Text(en="App", nl="App"),
    "clock": Text(en="Clock", nl="Klok"),
    "told": Text(en="As told", nl="Zoals gegeven"),
    "corrected": Text(en="Corrected", nl="Gecorrigeerd"),
    "not_corrected": Text(en="not corrected: offset unknown", nl="niet gecorrigeerd: afwijking onbekend"),
    "clocks": Text(en="Clocks", nl="Klokken"),
    "ahead": Text(en="Ahead of collega", nl="Loopt voor op collega"),
    "interval": Text(en="95 % interval", nl="95%-interval"),
    "pairs": Text(en="Messages", nl="Berichten"),
    "unknown": Text(en="not known", nl="niet bekend"),
    "gaps": Text(en="What passed between", nl="Wat ertussen zat"),
    "minutes": Text(en="Minutes", nl="Minuten"),
    "waits": Text(en="Readers who waited", nl="Beoordelaars die wachtten"),
    "no_waits": Text(en="Nobody is known to have waited.", nl="Voor zover bekend wachtte niemand."),
    "wait": Text(en="wait", nl="wacht"),
    "earlier": Text(en="earlier", nl="eerder"),
    "later": Text(en="later", nl="later"),
    "exam": Text(en="Examination", nl="Onderzoek"),
    "hours": Text(en="Hours", nl="Uren"),
    "latency": Text(en="Last image to visible", nl="Laatste beeld tot zichtbaar"),
    "order_latency": Text(en="Order to visible", nl="Aanvraag tot zichtbaar"),
    "to_signed": Text(en="Last image to signed", nl="Laatste beeld tot getekend"),
    "median": Text(en="median", nl="mediaan"),
    "opened_after": Text(en="Visible before opened", nl="Zichtbaar vóór openen"),
    "signed_after": Text(en="Visible before signed", nl="Zichtbaar vóór tekenen"),
    "reader_first": Text(en="Reader first", nl="Beoordelaar eerst"),
    "waited": Text(en="Minutes waited", nl="Gewachte minuten"),
    "calls": Text(en="Calls", nl="Telefoontjes"),
    "no_data": Text(en="no data", nl="geen gegevens"),
    "not_logged": Text(en="not logged", nl="niet geregistreerd"),
    "not_told": Text(en="not given", nl="niet gegeven"),
    "none": Text(en="No study of these days went to an app.", nl="Geen onderzoek van deze dagen ging naar een app."),
    "unreceived": Text(en="This study was not received.", nl="Dit onderzoek is niet ontvangen."),
    "studies": Text(en="studies in the last {days} days", nl="onderzoeken in de laatste {days} dagen"),
    "all": Text(en="all", nl="alle"),
    "daytime": Text(en="day", nl="dag"),
    "night": Text(en="night", nl="nacht"),
    "evening": Text(en="evening", nl="avond"),
    "weekend": Text(en="weekend, holidays", nl="weekend, feestdagen"),
}  # fmt: skip
