"""The ConText algorithm: what a sentence says of each finding that it names.

Terms and triggers are found by their words, the longest first. A trigger reaches over the terms on its side as far
as the end of the sentence, or a phrase that ends it; see [1]_ and, for Dutch, [2]_.

References
----------
.. [1] Harkema H, Dowling JN, Thornblade T, Chapman WW. ConText: an algorithm for determining negation, experiencer,
   and temporal status from clinical reports. J Biomed Inform 2009;42:839-851.
.. [2] Afzal Z, Pons E, Kang N, Sturkenboom MC, Schuemie MJ, Kors JA. ContextD: an algorithm to identify contextual
   properties of medical terms in a Dutch clinical corpus. BMC Bioinformatics 2014;15:373.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from collega.model.label import LabelWord
from collega.read.reports.sentences import Sentence
from collega.read.reports.vocabulary import GAP, MOST_BETWEEN, Phrase, Reach, Role, Vocabulary

# Roles over a term, the strongest first -> what is said of it; nothing where it is only asked about.
SAID: tuple[tuple[Role, LabelWord | None], ...] = (
    (Role.ASKED, None),
    (Role.UNCERTAIN, LabelWord.UNCERTAIN),
    (Role.NEGATED, LabelWord.ABSENT),
    (Role.HISTORIC, LabelWord.HISTORIC),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A phrase in a sentence: from ``start`` up to, not with, ``end``."""

    phrase: Phrase
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """What a sentence says of one finding."""

    finding: str
    word: LabelWord
    sentence: str


def mentions(vocabulary: Vocabulary, sentence: Sentence) -> Iterator[Mention]:
    """Tell what a sentence says of the findings that it names."""
    found = tuple(_find(vocabulary, sentence.words))
    terms = [one for one in found if one.phrase.finding]
    both = [one for one in found if not one.phrase.finding]
    triggers = [one for one in both if not _one_sided(vocabulary, sentence.words, terms, one, found)]
    for term in _undivided(terms):
        word = term.phrase.said or _word(vocabulary, sentence.words, term, [*triggers, *terms])
        if word is not None:
            yield Mention(finding=term.phrase.finding, word=word, sentence=sentence.text)


def _undivided(terms: Sequence[Found]) -> Iterator[Found]:
    """Leave out a term that lies within a longer one of another finding ("pleural" within "pleural effusion")."""
    for term in terms:
        if not any(
            other is not term and other.start <= term.start and term.end <= other.end and _longer(other, term)
            for other in terms
        ):
            yield term


def _longer(other: Found, term: Found) -> bool:
    return other.end - other.start > term.end - term.start or (other.phrase.said is not None and not term.phrase.said)


def _word(vocabulary: Vocabulary, words: Sequence[str], term: Found, triggers: Sequence[Found]) -> LabelWord | None:
    roles = {one.phrase.role for one in triggers if _reaches(vocabulary, words, one, term, triggers)}
    for role, word in SAID:
        if role in roles:
            return word
    return LabelWord.PRESENT


def _reaches(
    vocabulary: Vocabulary, words: Sequence[str], trigger: Found, term: Found, triggers: Sequence[Found]
) -> bool:
    if trigger.phrase.reach is Reach.FORWARD and trigger.end < term.end:
        # What stands within a term with a gap ("heart is not enlarged") speaks of it too.
        between = range(trigger.end, max(trigger.end, term.start))
        if any(one.phrase.role is Role.ASSERTED and one.start in between for one in triggers):
            return False
        # A denial goes on over commas ("no a, b or c"); a doubt ends at one.
        is_long = trigger.phrase.role in LONG or trigger.phrase.words[-1] == ":"
        return is_long or not any(words[place] == "," for place in between)
    if trigger.phrase.reach is Reach.BACKWARD and trigger.start >= term.end:
        between = range(term.end, trigger.start)
        if any(_ends_backward(one, trigger) and one.start in between for one in triggers):
            return False
        return _is_one_list(vocabulary, words, between, trigger, triggers)
    return False


LONG = frozenset({Role.NEGATED, Role.ASKED})


def _ends_backward(one: Found, trigger: Found) -> bool:
    """Whether a phrase stands between a term and a trigger behind it: another clause, or one of its own kind."""
    is_other_clause = one.phrase.role is Role.ASSERTED
    return is_other_clause or (one.phrase.reach is Reach.FORWARD and one.phrase.role is not trigger.phrase.role)


def _is_one_list(
    vocabulary: Vocabulary, words: Sequence[str], between: range, trigger: Found, found: Sequence[Found]
) -> bool:
    """Whether commas in between part the members of a list ("a, b or c are absent") and not two clauses.

    A trigger that is a clause of its own speaks of what stands before it ("fracture of a rib, of older date").
    """
    commas = [place for place in between if words[place] == ","]
    if commas and words[trigger.end] in CLOSING:
        clause = range(commas[-1], trigger.start)
        if len(clause) <= MOST_IN_CLAUSE and not any(one.phrase.finding and one.start in clause for one in found):
            commas.pop()
    return not commas or any(words[place] in vocabulary.links for place in between if place > commas[-1])


MOST_IN_CLAUSE = 4
CLOSING = frozenset({"$", ",", "?", ")"})


def _one_sided(
    vocabulary: Vocabulary, words: Sequence[str], terms: Sequence[Found], found: Found, all_: Sequence[Found]
) -> bool:
    """Whether a trigger of both sides speaks of what follows it, and so not of what stands before it."""
    twin = next((one for one in all_ if one.start == found.start and one.phrase.reach is Reach.FORWARD), None)
    return (
        found.phrase.reach is Reach.BACKWARD
        and twin is not None
        and any(_reaches(vocabulary, words, twin, term, all_) for term in terms if term.start >= twin.end)
    )


def _find(vocabulary: Vocabulary, words: Sequence[str]) -> Iterator[Found]:
    """Find all terms, and triggers of which none overlaps a longer one that began before it."""
    taken = 0
    for start, word in enumerate(words):
        end_of_trigger = 0
        for phrase in vocabulary.starting(word):
            if not phrase.finding and (start < taken or len(phrase.words) < end_of_trigger - start):
                continue
            end = matched(phrase.words, words, start)
            if end:
                yield Found(phrase=phrase, start=start, end=end)
                # What ends a clause is read on its own, but for its first word: ", possibly" begins a doubt as well.
                last = start + 1 if phrase.role is Role.ASSERTED else end
                end_of_trigger = end_of_trigger or (0 if phrase.finding else last)
        taken = max(taken, end_of_trigger)


def matched(wanted: Sequence[str], words: Sequence[str], start: int) -> int:
    """Where a phrase that begins at ``start`` ends; 0 where it does not stand there."""
    place = start
    for index, want in enumerate(wanted):
        if want == GAP:
            rest = wanted[index + 1 :]
            return next(
                (
                    end
                    for first in range(place, min(place + MOST_BETWEEN, len(words) - 1) + 1)
                    if "," not in words[place:first] and (end := matched(rest, words, first))
                ),
                0,
            )
        if place >= len(words) or not _is_same(want, words[place]):
            return 0
        place += 1
    return place


def _is_same(want: str, word: str) -> bool:
    return word.startswith(want[:-1]) if want.endswith("*") else word == want
