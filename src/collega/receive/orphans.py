"""Words on completeness that name objects only, none of which is here yet."""

from collections import OrderedDict
from dataclasses import replace

from collega.model.evidence import Evidence

# Lists of objects that never come here must not fill the memory: a scanner asks a PACS for the rest.
MOST = 200


class Orphans:
    """The latest of such words, found by any object that they name."""

    def __init__(self) -> None:
        self._lists: OrderedDict[Evidence, None] = OrderedDict()
        self._by_object: dict[str, Evidence] = {}

    def keep(self, evidence: Evidence) -> None:
        """Keep a word until one of its objects comes."""
        self._lists[evidence] = None
        self._by_object.update(dict.fromkeys(_objects(evidence), evidence))
        while len(self._lists) > MOST:
            self.drop(next(iter(self._lists)))

    def claim(self, sop_instance_uid: str) -> Evidence | None:
        """Give the word that names an object, once."""
        found = self._by_object.get(sop_instance_uid)
        if found is not None:
            self.drop(found)
        return found

    @staticmethod
    def settled(evidence: Evidence, study_instance_uid: str) -> Evidence:
        """Give the word as one on a study."""
        return replace(evidence, study_instance_uid=study_instance_uid)

    def drop(self, evidence: Evidence) -> None:
        """Forget a word."""
        self._lists.pop(evidence, None)
        for uid in _objects(evidence):
            if self._by_object.get(uid) is evidence:
                del self._by_object[uid]


def _objects(evidence: Evidence) -> list[str]:
    return [uid for said in evidence.series for uid in said.sop_instance_uids]
