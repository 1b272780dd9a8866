"""A flag that no longer stands is taken back, by a message of its own.

The message names the order and says that the flag of AI is gone. It carries no priority: whether the order was raised
for another reason too is known to people alone, and AI lowers nobody.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from collega.deliver.table import Channel, Standing, reaches
from collega.formats.hl7.priority import order_number, raised_order
from collega.model.code import Text
from collega.model.finding import Outcome
from collega.model.outgoing import OutgoingKind, OutgoingMessage, OutgoingState
from collega.model.standing import standing as standing_report
from collega.model.study import Study
from collega.ports.linked import links_of
from collega.ports.store import Transaction

# What a receiver has, or may yet get.
OPEN_STATES = frozenset({OutgoingState.WAITING, OutgoingState.ACKNOWLEDGED})
# An app that could not look again, or leaves it open, takes nothing back.
TAKES_BACK = frozenset({Outcome.FOUND, Outcome.NOTHING_FOUND})
GONE = "what it was about was taken back before it went"
SILENCED = Text(
    en="the app was stopped, or may set no priorities any more", nl="de app is gestopt, of mag geen voorrang meer geven"
)
MOVED = Text(en="the images have another accession number now", nl="de beelden hebben nu een ander accessienummer")
NO_LONGER = Text(
    en="The AI flag on this order no longer stands ({why}). The order keeps its place: that is for people to change.",
    nl="De AI-vlag bij deze aanvraag geldt niet meer ({why}). De aanvraag houdt haar plaats: die wijzigen mensen.",
)


def standing_flags(told: Sequence[OutgoingMessage]) -> list[OutgoingMessage]:
    """List the flags of any app that a destination has or may get, and that were not taken back since."""
    standing: list[OutgoingMessage] = []
    for item in told:
        # One whose sending had begun when its app was stopped may have come.
        if item.state not in OPEN_STATES and not (item.state is OutgoingState.WITHDRAWN and item.attempt):
            continue
        if item.kind is OutgoingKind.PRIORITY:
            standing.append(item)
        elif item.kind is OutgoingKind.FLAG_WITHDRAWAL:
            order = raised_order(item.encoded)
            standing = [one for one in standing if one.app_id != item.app_id or raised_order(one.encoded) != order]
    return standing


def is_gone(trust: Standing, *, is_urgent: bool) -> bool:
    """Whether an app no longer says what it flagged a study for; ``is_urgent``: it names something urgent still."""
    return is_silenced(trust) or (trust.outcome in TAKES_BACK and not is_urgent)


def is_silenced(trust: Standing) -> bool:
    """Whether an app may raise no study, whatever it finds."""
    return not (reaches(trust.stage, Channel.FLAG) and trust.may.may_prioritise)


async def on_other_orders(
    transaction: Transaction, study: Study, flags: Sequence[OutgoingMessage]
) -> list[OutgoingMessage]:
    """List the flags on an order whose accession number is not the study's any more.

    One on which a flag of another study stands is left: what a reader would see there is that it is gone.
    """
    number = order_number(study.accession_number)
    moved = [item for item in flags if number and raised_order(item.encoded)[-1] not in {"", number}]
    return [item for item in moved if not await _is_shared(transaction, study, item)]


async def _is_shared(transaction: Transaction, study: Study, flag: OutgoingMessage) -> bool:
    number = raised_order(flag.encoded)[-1]
    for key in await transaction.studies_named([number], []):
        told = [item for item in await transaction.outgoing_of(key) if item.destination == flag.destination]
        if key != study.key and any(raised_order(item.encoded)[-1] == number for item in standing_flags(told)):
            return True
    return False


def why_moved() -> Text:
    """Say that a flag is gone because its order is not that of the images any more."""
    return _because(MOVED)


def why_gone(trust: Standing, word: Text) -> Text:
    """Say why a flag is gone; ``word`` is the app's present word on the study."""
    why = SILENCED if is_silenced(trust) else word
    return _because(why)


def _because(why: Text) -> Text:
    return Text(en=NO_LONGER.en.format(why=why.en), nl=NO_LONGER.nl.format(why=why.nl))


async def to_be_taken_back(
    transaction: Transaction, study: Study, flags: Sequence[OutgoingMessage], at: datetime
) -> list[OutgoingMessage]:
    """Withdraw what was not sent yet, and list what a receiver is to be told of: nothing of a study that is signed."""
    sent = list(_sent(flags))
    for item in flags:
        if item not in sent:
            await transaction.set_outgoing(item, state=OutgoingState.WITHDRAWN, at=at, detail=GONE)
    if not sent:
        return []
    report = standing_report((await links_of(transaction, study)).reports)
    return [] if report is not None and report.is_signed else sent


def _sent(flags: Sequence[OutgoingMessage]) -> Iterator[OutgoingMessage]:
    for item in flags:
        if item.attempt or item.state is OutgoingState.ACKNOWLEDGED:
            yield item
