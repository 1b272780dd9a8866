"""Priors by C-FIND, and by C-MOVE to our own receiver (PS3.4 C.4.1, C.4.2, study root)."""

from collections.abc import Sequence
from pathlib import Path

from pydicom.dataset import Dataset

from collega.adapters.dimse.query import PacsReader, QueryAddress
from collega.adapters.dimse.sender import PENDING, STUDY_ROOT_FIND, SUCCESS
from collega.errors import PeerError
from collega.formats.dicom_prior import STUDY_KEYS, prior_study
from collega.model.inputs import Brought, PriorStudy
from collega.model.study import Patient

# Nobody has so many: a PACS that answers more has not looked at the number that it was asked for.
MOST_STUDIES = 500


class PacsPriors(PacsReader):
    """Looks back in one PACS; see `collega.ports.inputs.PriorSource`.

    Parameters
    ----------
    address : QueryAddress
    destination : str
        The AE title of our receiver, as the PACS knows it.
    """

    by_receiver = True

    def __init__(self, address: QueryAddress, destination: str) -> None:
        super().__init__(address)
        self._destination = destination

    def studies_of(self, patient: Patient) -> Sequence[PriorStudy]:
        """List the studies of a patient; each answer says whose it is, and is held against that."""
        question = Dataset()
        question.QueryRetrieveLevel = "STUDY"
        for keyword in STUDY_KEYS:
            setattr(question, keyword, None)
        question.PatientID = patient.patient_id
        found: list[PriorStudy] = []
        with self._associated(STUDY_ROOT_FIND) as association:
            try:
                for status, identifier in association.send_c_find(question, STUDY_ROOT_FIND):
                    if "Status" in status and status.Status in PENDING and identifier is not None:
                        found.append(prior_study(identifier, self._address.zone))
                    elif "Status" not in status or status.Status != SUCCESS:
                        message = f"{self._name}: no whole answer to a query for the studies of a patient"
                        raise PeerError(message)
                    if len(found) > MOST_STUDIES:
                        association.abort()
                        message = f"{self._name}: more than {MOST_STUDIES} studies for one patient; does it ignore it?"
                        raise PeerError(message)
            except RuntimeError:  # pynetdicom's word for an association that has ended meanwhile
                message = f"{self._name}: it ended the association during a query"
                raise PeerError(message) from None
        return found

    def bring(self, study_instance_uid: str, series_instance_uids: Sequence[str], folder: Path) -> Brought:  # noqa: ARG002 - it comes by the receiver
        """Have it sent to our receiver: each series by itself, since not every PACS takes a list of them."""
        completed = 0
        for uid in series_instance_uids or ("",):
            question = Dataset()
            question.QueryRetrieveLevel = "SERIES" if uid else "STUDY"
            question.StudyInstanceUID = study_instance_uid
            if uid:
                question.SeriesInstanceUID = uid
            moved = self._move(question, self._destination)
            if moved.problem:
                return Brought(problem=moved.problem)
            completed += moved.completed
        return Brought(expected=completed)
