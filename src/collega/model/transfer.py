"""One object on its way in: what the sender says of it, and what it is answered."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Transfer:
    """A C-STORE request (PS3.7 9.1.1), before its data set.

    ``source`` is the calling AE title, ``association`` names the association within this process.
    ``study_instance_uid`` is the study that it is sent for, where a sender over HTTP names one.
    """

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    source: str
    association: str
    study_instance_uid: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Status of a C-STORE response and its Error Comment (0000,0902), at most 64 characters.

    The UIDs are those of an object that was kept.
    """

    status: int
    comment: str = ""
    study_instance_uid: str = ""
    series_instance_uid: str = ""
