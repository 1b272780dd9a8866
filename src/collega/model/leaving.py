"""What leaves the house: who objects, which app may take it there, and what has gone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from collega.model.merge import Identity


@dataclass(frozen=True, kw_only=True, slots=True)
class Objection:
    """A patient's objection to data leaving the house; it names a patient, or a study and so its patient.

    Parameters
    ----------
    key : str
        Empty until it is kept.
    issuer, patient_id : str
        An issuer that is not stated contradicts none.
    study_instance_uid : str
        Of any study of the patient, which may be one that has not come yet.
    actor : str
        Who noted it.
    """

    issuer: str = ""
    patient_id: str = ""
    study_instance_uid: str = ""
    at: datetime
    actor: str
    reason: str
    key: str = ""
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""
    withdrawal_reason: str = ""

    def __post_init__(self) -> None:
        """Refuse an objection of nobody."""
        if bool(self.patient_id) == bool(self.study_instance_uid):
            message = "an objection names a patient or a study, one of them"
            raise ValueError(message)

    def is_of(self, numbers: Collection[Identity], study_uids: Collection[str]) -> bool:
        """Tell whether it is of a person who has these numbers and these studies."""
        if self.study_instance_uid:
            return self.study_instance_uid in study_uids
        return any(
            one.patient_id == self.patient_id and (not one.issuer or not self.issuer or one.issuer == self.issuer)
            for one in numbers
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class CloudPermission:
    """A site's decision that an app outside the house may be sent studies, or may not any more.

    Parameters
    ----------
    agreement, agreed_on : str and date
        The data processing agreement with its maker: where it is found, and of which day it is.
    sends_free_text : bool
        Whether reports and other free text go out too, where the app asks for them.
    """

    app_id: str
    is_permitted: bool
    agreement: str
    agreed_on: date | None
    sends_free_text: bool
    at: datetime
    actor: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Sealed:
    """A pseudonym, with whom or what it stands for encrypted.

    Parameters
    ----------
    kind : str
        What it stands in place of: ``patient``, ``study`` or ``accession``.
    project : str
        For whom it was made; two projects have no pseudonym in common.
    key_id : str
        Which key of the ring opens it.
    sealed : bytes
        Nonce and ciphertext.
    """

    pseudonym: str
    kind: str
    project: str
    key_id: str
    sealed: bytes
    study_key: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Gone:
    """What has left: when, for which app, to where, and how much."""

    at: datetime
    study_instance_uid: str
    app_id: str
    to: str
    files: int
    bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Permit:
    """Given by `collega.outside.gate` for one job; without it nothing goes to a cloud.

    Parameters
    ----------
    folder : str
        Name of the folder of the attempt that may go, and no other.
    job : str
        What the service calls the job.
    """

    folder: str
    job: str
