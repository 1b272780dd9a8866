"""What is known of studies that are coming in, so that a new image need not wait for the database."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collega.model.study import InstanceHeader, Patient, Role

MOST_STUDIES = 64
# Longer ago, and housekeeping may have begun with the study: the database is asked again.
FRESH = timedelta(minutes=10)


@dataclass(slots=True)
class _Known:
    study_key: str
    patient: tuple[str, str]
    at: datetime
    uids: set[str] = field(default_factory=set)
    unrecorded: int = 0


class KnownStudies:
    """Studies whose recorded objects are all known here; called from many threads.

    Parameters
    ----------
    forget : callable
        Called with the key of a study of which nothing waits any more and which is no longer known.
    """

    def __init__(self, forget: Callable[[str], None]) -> None:
        self._forget = forget
        self._studies: OrderedDict[str, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def claim(self, header: InstanceHeader, at: datetime) -> bool:
        """Take an image that is surely new to a known study of the same patient; it waits to be recorded then."""
        with self._lock:
            known = self._studies.get(header.study_instance_uid)
            if known is None or header.role is not Role.IMAGE or at - known.at > FRESH:
                return False
            if known.patient != _identity(header.patient) or header.sop_instance_uid in known.uids:
                return False
            known.uids.add(header.sop_instance_uid)
            known.unrecorded += 1
            known.at = at
            self._studies.move_to_end(header.study_instance_uid)
            return True

    def learn(self, header: InstanceHeader, study_key: str, uids: Collection[str], at: datetime) -> None:
        """Take note of a study and of every object that is recorded for it."""
        with self._lock:
            known = self._studies.setdefault(
                header.study_instance_uid, _Known(study_key=study_key, patient=_identity(header.patient), at=at)
            )
            known.uids |= set(uids)
            known.at = at
            self._studies.move_to_end(header.study_instance_uid)
            gone = self._surplus(at)
        for key in gone:
            self._forget(key)

    def recorded(self, study_instance_uid: str, count: int) -> None:
        """Note that claimed images have been recorded, or set apart."""
        with self._lock:
            known = self._studies.get(study_instance_uid)
            if known is not None:
                known.unrecorded -= count

    def unclaim(self, header: InstanceHeader) -> None:
        """Take back a claim: the image could not be kept."""
        with self._lock:
            known = self._studies.get(header.study_instance_uid)
            if known is not None:
                known.uids.discard(header.sop_instance_uid)
                known.unrecorded -= 1

    def forget_all(self) -> None:
        """Let go of every study of which nothing waits."""
        with self._lock:
            gone = [known.study_key for known in self._studies.values() if not known.unrecorded]
            self._studies.clear()
        for key in gone:
            self._forget(key)

    def _surplus(self, at: datetime) -> list[str]:
        """Take out what is too many or no longer fresh, the oldest first."""
        gone = []
        for uid in list(self._studies):
            if len(self._studies) <= MOST_STUDIES and at - self._studies[uid].at <= FRESH:
                break
            if not self._studies[uid].unrecorded:
                gone.append(self._studies.pop(uid).study_key)
        return gone


def _identity(patient: Patient) -> tuple[str, str]:
    return patient.issuer, patient.patient_id
