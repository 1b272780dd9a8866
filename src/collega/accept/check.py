"""The table of an acceptance: each step with its limit and with what must have worked before it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from collega.accept import delivery, fitting, host, keeping, meeting, messages, removal, service, showing
from collega.accept.findings import Found, fail, not_tried
from collega.accept.visit import Visit
from collega.errors import PeerError
from collega.model.acceptance import Side, StepOutcome, StepResult
from collega.model.code import Text

Act = Callable[[Visit], Found]
# Where the settings name nobody to be told, there is nothing to look at.
TOLD = "availability"
DEAD_END = frozenset({StepOutcome.FAILED, StepOutcome.NOT_TRIED})
NO_LIMIT = Text(en="", nl="")
NOTHING = Text(en="nothing of the test patient stands there", nl="er staat niets van de testpatiënt")


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One row of the table."""

    name: str
    side: Side
    title: Text
    act: Act
    limit: Text = NO_LIMIT
    after: tuple[str, ...] = ()
    needs_objects: bool = False


def _host(name: str, en: str, nl: str, act: Act, limit: Text = NO_LIMIT) -> Step:
    return Step(name=name, side=Side.HOST, title=Text(en=en, nl=nl), act=act, limit=limit)


def _pacs(name: str, en: str, nl: str, act: Act, after: tuple[str, ...] = (), limit: Text = NO_LIMIT) -> Step:  # noqa: PLR0913
    return Step(name=name, side=Side.PACS, title=Text(en=en, nl=nl), act=act, after=after, limit=limit)


def _sent(name: str, en: str, nl: str, act: Act, limit: Text = NO_LIMIT) -> Step:
    """Row for a step that looks at what was sent: also where a part of it was refused."""
    title = Text(en=en, nl=nl)
    return Step(name=name, side=Side.PACS, title=title, act=act, after=("echo",), limit=limit, needs_objects=True)


def _same(limit: str) -> Text:
    return Text(en=limit, nl=limit)


ALL = Text(en="all", nl="alles")
_CONNECT = _pacs(
    "connect", "Connection", "Verbinding", meeting.connect, limit=_same(f"≤ {1000 * meeting.SLOW_CONNECT_S:.0f} ms")
)
_ECHO = _pacs(
    "echo",
    "Association and C-ECHO",
    "Associatie en C-ECHO",
    meeting.echo,
    ("connect",),
    _same(f"≤ {1000 * meeting.SLOW_ECHO_S:.0f} ms"),
)
_WITHDRAW = _sent("withdraw", "Taken back by a note", "Ingetrokken met notitie", removal.withdraw)
_GONE = _sent("gone", "No longer shown", "Niet meer getoond", removal.gone, ALL)

STEPS: tuple[Step, ...] = (
    _host("clock", "Clock", "Klok", host.clock, Text(en="synchronised", nl="gesynchroniseerd")),
    _host("timezone", "Time zone", "Tijdzone", host.timezone, Text(en="the same", nl="dezelfde")),
    _host("disk", "Room on disk", "Ruimte op schijf", host.disk, Text(en="> reserve + 10 GB", nl="> reserve + 10 GB")),
    _host("write", "Durable write", "Duurzaam schrijven", host.write, _same(f"≤ {1000 * host.SLOW_WRITE_S:.0f} ms")),
    _host("memory", "Memory and cores", "Geheugen en kernen", host.memory, _same("≥ 2048 MB, 2 CPU")),
    _host("folders", "Rights of folders", "Rechten van mappen", host.folders, _same("0700")),
    _host("database", "Database", "Database", service.database, _same(f"± {service.MOST_OFFSET_S:.0f} s")),
    _host("unended", "Earlier checks", "Eerdere controles", service.unended, _same("0")),
    _host("apps", "Apps", "Apps", service.apps, Text(en="keep the contract", nl="houden zich aan het contract")),
    _host("isolation", "Fence around apps", "Afscherming van apps", host.isolation, _same("network, mount")),
    _host("web", "Web pages", "Webpagina's", service.web, _same("127.0.0.1")),
    _host("receiver", "Our DICOM port", "Onze DICOM-poort", service.receiver, _same("C-ECHO 0000")),
    _host("peers", "Who may send", "Wie mag sturen", service.peers),
    _host(
        "scanners",
        "Clocks of senders",
        "Klokken van afzenders",
        service.scanners,
        _same(f"≥ -{service.MOST_AHEAD_S:.0f} s"),
    ),
    _host("messages_in", "Our port for messages", "Onze poort voor berichten", messages.listening),
    _host("messages_out", "Destinations of messages", "Bestemmingen van berichten", messages.destinations, ALL),
    _host("site", "Name and language", "Naam en taal", service.site),
    _CONNECT,
    _ECHO,
    _pacs("negotiate", "What the PACS takes", "Wat het PACS aanneemt", meeting.negotiate, ("echo",), _same("8 / 8")),
    _pacs("store", "Test patient stored", "Testpatiënt opgeslagen", delivery.store, ("echo",), ALL),
    _sent("visible", "Shown by query", "Getoond bij zoeken", showing.visible, _same(f"≤ {showing.PROMPT_S:.0f} s")),
    _sent("identity", "Unchanged", "Onveranderd", showing.identity, ALL),
    _sent("commitment", "Committed to be kept", "Toegezegd te bewaren", keeping.commitment, ALL),
    _WITHDRAW,
    _GONE,
    _host(
        "availability",
        "Told of availability",
        "Gemeld dat het er staat",
        service.availability,
        Text(en="takes notifications", nl="neemt meldingen aan"),
    ),
    _sent("settings", "Settings that fit", "Passende instellingen", fitting.settings),
)

# What `collega site take-back` does: the same steps, over what an earlier run left standing.
TAKE_BACK: tuple[Step, ...] = (
    _CONNECT,
    _ECHO,
    _pacs("found", "What stands there", "Wat er staat", removal.find_again, ("echo",)),
    _WITHDRAW,
    _GONE,
)


def check(visit: Visit, tell: Callable[[StepResult], None], steps: Sequence[Step] = STEPS) -> tuple[StepResult, ...]:
    """Go through the table; ``tell`` hears of each step as it ends."""
    results: dict[str, StepResult] = {}
    for step in [one for one in steps if visit.told is not None or one.name != TOLD]:
        results[step.name] = result = _take(step, visit, results)
        tell(result)
    return tuple(results.values())


def _take(step: Step, visit: Visit, results: dict[str, StepResult]) -> StepResult:
    began = time.monotonic()
    obstacle = next((results[name].title for name in step.after if results[name].outcome in DEAD_END), None)
    if obstacle is not None:
        found = not_tried(obstacle)
    elif step.needs_objects and not visit.attempted:
        found = Found(outcome=StepOutcome.NOT_TRIED, said=NOTHING)
    else:
        found = _act(step, visit)
    return StepResult(
        name=step.name,
        side=step.side,
        title=step.title,
        outcome=found.outcome,
        said=found.said,
        measured=found.measured,
        limit=step.limit if step.limit.en else None,
        advice=found.advice,
        seconds=round(time.monotonic() - began, 3),
    )


def _act(step: Step, visit: Visit) -> Found:
    try:
        return step.act(visit)
    except PeerError as error:
        return fail(
            Text(en=str(error), nl=str(error)),
            Text(
                en="The PACS answered before and does not now: check again; if it stays, show its administrator.",
                nl="Het PACS antwoordde eerder en nu niet: controleer opnieuw; blijft het, toon dit aan de beheerder.",
            ),
        )
