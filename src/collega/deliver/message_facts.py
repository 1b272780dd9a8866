"""When messages from and to RIS and EHR count as out.

==============  ==============================================================================
part            is down when
==============  ==============================================================================
links           the process that takes messages gives no sign of life, where any ever came
sender          nothing has come from it for longer than is usual at this moment of the week
inbox           messages of the last day are kept from which nothing followed
destination     it does not answer while messages wait for it, or has refused some
==============  ==============================================================================
"""

from collections.abc import Iterator
from datetime import datetime

from collega.model.outage import Cause, DestinationSigns, Fact, MessageSigns, Part, SenderSigns, Subject
from collega.model.policy import NoticePolicy

# So many messages in the same span of each of four weeks: none at all is then no chance.
USUAL = 10


def message_facts(signs: MessageSigns, now: datetime, rules: NoticePolicy, *, worker: bool) -> Iterator[Fact]:
    """Read what the store knows; nothing is said of what a process that is down would have to do."""
    is_silent = rules.takes_messages and not signs.links
    yield Fact(subject=Subject(part=Part.LINKS), cause=Cause.SILENT if is_silent else None)
    if not is_silent:
        cause = Cause.FAILING if signs.errors_since else None
        yield Fact(subject=Subject(part=Part.INBOX), cause=cause, since=signs.errors_since)
        for sender in signs.senders:
            yield _sender(sender, now, rules)
    if worker:
        for destination in signs.destinations:
            yield _destination(destination)


def _sender(sender: SenderSigns, now: datetime, rules: NoticePolicy) -> Fact:
    least = rules.sender_silent
    is_long = least is not None and now - sender.last_at >= least and sender.usual >= USUAL
    cause = Cause.SILENT if is_long and rules.takes_messages else None
    return Fact(subject=Subject(part=Part.SENDER, name=sender.name), cause=cause, since=sender.last_at)


def _destination(signs: DestinationSigns) -> Fact:
    subject = Subject(part=Part.DESTINATION, name=signs.name)
    if signs.fails:
        return Fact(subject=subject, cause=Cause.UNREACHABLE)
    return Fact(subject=subject, cause=Cause.FAILING if signs.refused_since else None, since=signs.refused_since)
