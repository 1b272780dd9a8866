"""One report -> its labels."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from collega.model.label import Label, LabelWord
from collega.read.reports.context import Mention, mentions
from collega.read.reports.parts import Section
from collega.read.reports.parts import sections as parted
from collega.read.reports.score import SILENT, Model, Read, rule_score
from collega.read.reports.sentences import Tokenise, sentences
from collega.read.reports.vocabulary import ABNORMAL, Part, Vocabulary

# Of several sentences on one finding the first of these words counts: what is there in one place is there.
RANK = {word: place for place, word in enumerate((LabelWord.PRESENT, LabelWord.UNCERTAIN, LabelWord.ABSENT))}
DEFINITE = frozenset({LabelWord.PRESENT, LabelWord.ABSENT})


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelled:
    """What a report says: a score between 0 and 1 (not a probability), normal or not, and a label for each finding."""

    abnormal_score: float
    is_normal: bool
    labels: tuple[Label, ...]


class Labeller:
    """Reads reports in one language.

    ``name`` tells these words and this score from others. ``model`` scores normal against abnormal; without one the
    findings themselves decide.
    """

    def __init__(self, vocabulary: Vocabulary, tokenise: Tokenise, model: Model | None, name: str = "") -> None:
        self.vocabulary = vocabulary
        self.name = name
        self._tokenise = tokenise
        self._model = model

    @property
    def is_trained(self) -> bool:
        """Whether a trained score tells normal from abnormal; else the findings alone do."""
        return self._model is not None

    def is_guess(self, one: Labelled) -> bool:
        """Tell whether a report was called normal only because it names nothing that is known."""
        return not self.is_trained and not one.labels and one.abnormal_score == SILENT

    def label(self, sections: Iterable[Section]) -> Labelled:
        """Read a report in its parts."""
        read = self.read(sections)
        labels = _merged(read)
        model = self._model
        score = rule_score(read, labels) if model is None else model.score(read)
        return Labelled(
            abnormal_score=score, is_normal=score < (RULE_THRESHOLD if model is None else 0.5), labels=labels
        )

    def read(self, sections: Iterable[Section]) -> Read:
        """Part a report into sentences, and tell what each says of findings; questions are left out."""
        found: list[tuple[Part, tuple[str, ...], tuple[Mention, ...]]] = []
        for section in sections:
            for piece in parted(self.vocabulary.headings, section.text):
                part = section.part if piece.part is Part.FINDINGS else piece.part
                if part is Part.ASKED:
                    continue
                found += [
                    (part, sentence.words, tuple(mentions(self.vocabulary, sentence)))
                    for sentence in sentences(self._tokenise, piece.text)
                ]
        return tuple(found)


RULE_THRESHOLD = 0.5


def _merged(read: Read) -> tuple[Label, ...]:
    """Give each finding one word; the conclusion stands above the rest where it is sure."""
    by_finding: dict[str, list[tuple[bool, Mention]]] = {}
    for part, _, some in read:
        for one in some:
            if one.finding != ABNORMAL:
                by_finding.setdefault(one.finding, []).append((part is Part.CONCLUSION, one))
    return tuple(_label([one for sure, one in said if sure], [one for _, one in said]) for said in by_finding.values())


def _label(concluded: Sequence[Mention], said: Sequence[Mention]) -> Label:
    sure = [one for one in concluded if one.word in DEFINITE]
    # "Pneumonia? No infiltrate.": what is asked is answered.
    answers = [one for one in said if not one.sentence.endswith("?")]
    is_answered = any(one.word in DEFINITE for one in answers)
    best = min(sure or (answers if is_answered else said), key=lambda one: RANK.get(one.word, len(RANK)))
    return Label(finding_id=best.finding, word=best.word, sentence=best.sentence)
