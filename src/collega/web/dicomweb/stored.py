"""What became of the objects of one request, as a Store Instances Response (PS3.18 10.5.3, I.2)."""

from typing import Any

from collega.formats.dicomweb_json import element
from collega.model.transfer import Answer, Transfer

NOT_UNDERSTOOD = 0xC000
SUCCESS = 0x0000
OK, ACCEPTED, CONFLICT = 200, 202, 409
Item = dict[str, Any]


class Stored:
    """Collects.

    Parameters
    ----------
    address : str
        Of the service.
    study : str
        Study Instance UID of the request's address, empty where it has none.

    Attributes
    ----------
    problem : str
        Why the body could not be read to its end, empty where it was.
    """

    def __init__(self, address: str, study: str) -> None:
        self._address = address
        self._study = study
        self._taken: list[Item] = []
        self._failed: list[Item] = []
        self._others: list[Item] = []
        self.problem = ""

    @property
    def is_any(self) -> bool:
        """Whether an object was stored."""
        return bool(self._taken)

    @property
    def is_failed(self) -> bool:
        """Whether an object was not."""
        return bool(self._failed or self._others)

    @property
    def status(self) -> int:
        """200 where everything was stored, 202 where not everything was, 409 where nothing was."""
        if not self.is_any:
            return CONFLICT
        return ACCEPTED if self.is_failed or self.problem else OK

    def answered(self, given: Answer, transfer: Transfer) -> None:
        """Take what the receiver has decided."""
        if given.status != SUCCESS:
            self.failed(given.status, given.comment, transfer)
            return
        study = given.study_instance_uid or self._study
        address = f"{self._address}/studies/{study}/series/{given.series_instance_uid}/instances"
        item = _named(transfer)
        if study and given.series_instance_uid:
            item["00081190"] = element("UR", f"{address}/{transfer.sop_instance_uid}")
        self._taken.append(item)

    def failed(self, status: int, why: str, transfer: Transfer | None) -> None:
        """Take a refusal; an object of which nothing is known goes among the other failures."""
        reason = {"00081197": element("US", status), "00000902": element("LO", why[:64])}
        if transfer is None:
            self._others.append(reason)
        else:
            self._failed.append(_named(transfer) | reason)

    def content(self) -> Item:
        """Write the answer."""
        found: Item = {}
        if self._study and self._taken:
            found["00081190"] = element("UR", f"{self._address}/studies/{self._study}")
        for tag, items in (("00081198", self._failed), ("00081199", self._taken), ("0008119A", self._others)):
            if items:
                found[tag] = {"vr": "SQ", "Value": items}
        return dict(sorted(found.items()))


def _named(transfer: Transfer) -> Item:
    return {
        "00081150": element("UI", transfer.sop_class_uid),
        "00081155": element("UI", transfer.sop_instance_uid),
    }
