"""Who made the observations of a document (PS3.16 TID 1002 and TID 1004)."""

from highdicom.sr import DeviceObserverIdentifyingAttributes, ObserverContext

from collega.formats.dicom_codes import DEVICE
from collega.formats.sr_items import coded
from collega.formats.wording import NOT_FOR_CLINICAL_USE
from collega.model.result import AppIdentity


def observer(app: AppIdentity, language: str) -> ObserverContext:
    """Device observer; its name says whether it may be relied upon."""
    name = app.name.in_language(language)
    attributes = DeviceObserverIdentifyingAttributes(
        uid=app.device_uid,
        name=name if app.clinical_use else f"{name} ({NOT_FOR_CLINICAL_USE.in_language(language)})",
        manufacturer_name=app.vendor,
        model_name=app.id,
        serial_number=app.device_uid,
    )
    return ObserverContext(observer_type=coded(DEVICE), observer_identifying_attributes=attributes)
