"""What every result object carries besides its content: patient, study, series, equipment, SOP."""

from collections.abc import Sequence

import pydicom.uid
from pydicom.dataset import Dataset

from collega import __version__
from collega.errors import InputError
from collega.formats.dicom_codes import PROCESSING_EQUIPMENT
from collega.formats.dicom_identity import copy_identity
from collega.formats.dicom_text import first_character_set, spell_dataset
from collega.formats.dicom_time import da, local_moment, tm
from collega.formats.sr_items import coded
from collega.formats.wording import NOT_FOR_CLINICAL_USE
from collega.model.code import Text
from collega.model.ids import stable_uid
from collega.model.result import AppIdentity, ObjectIdentity

# The platform as a device, for objects that speak for several apps.
PLATFORM = AppIdentity(
    id="collega",
    version=__version__,
    name=Text(en="collega", nl="collega"),
    vendor="collega",
    device_uid=stable_uid("device", "collega", __version__),
    clinical_use=True,
)


def one_study(sources: Sequence[Dataset]) -> Dataset:
    """Return the source that lends its identity: the first one, of sources that share a study.

    Raises
    ------
    InputError
        There is no source, or they belong to several studies.
    """
    studies = {str(source.StudyInstanceUID) for source in sources}
    if len(studies) != 1:
        message = f"a result needs images of one study, got images of {len(studies)}"
        raise InputError(message)
    return sources[0]


def finish(dataset: Dataset, *, app: AppIdentity, identity: ObjectIdentity, sources: Sequence[Dataset]) -> None:
    """Complete ``dataset``, which has its content, SOP Class and Modality, with all other modules.

    Our own words are fitted to the character set first; what comes from the source is taken over last
    and unchanged.
    """
    source = one_study(sources)
    add_series(dataset, identity)
    add_equipment(dataset, app, identity.language)
    add_sop(dataset, identity, source)
    spell_dataset(dataset, first_character_set(source))
    copy_identity(dataset, source)


def add_series(dataset: Dataset, identity: ObjectIdentity) -> None:
    """General Series (PS3.3 C.7.3.1) and the number within it."""
    dataset.SeriesInstanceUID = identity.series_instance_uid
    dataset.SeriesNumber = identity.series_number
    dataset.SeriesDescription = identity.series_description
    dataset.InstanceNumber = identity.instance_number


def add_equipment(dataset: Dataset, app: AppIdentity, language: str) -> None:
    """Enhanced General Equipment (C.7.5.2) and the algorithm as Contributing Equipment (C.12.1)."""
    for target in (dataset, contribution := Dataset()):
        target.Manufacturer = app.vendor
        target.ManufacturerModelName = app.id
        target.SoftwareVersions = app.version
        target.DeviceUID = app.device_uid
        # Software has no serial number; the UID of this version is as unique as one.
        target.DeviceSerialNumber = app.device_uid
    contribution.PurposeOfReferenceCodeSequence = [coded(PROCESSING_EQUIPMENT)]
    if not app.clinical_use:
        contribution.ContributionDescription = NOT_FOR_CLINICAL_USE.in_language(language)
        dataset.ContentQualification = "RESEARCH"
    dataset.ContributingEquipmentSequence = [contribution]


def add_sop(dataset: Dataset, identity: ObjectIdentity, source: Dataset) -> None:
    """SOP Common (C.12.1) with the dates and times of content and creation."""
    moment, offset = local_moment(identity.created_at, identity.timezone, source)
    dataset.SOPInstanceUID = identity.sop_instance_uid
    dataset.InstanceCreatorUID = PLATFORM.device_uid
    for prefix in ("InstanceCreation", "Content", "Series"):
        setattr(dataset, f"{prefix}Date", da(moment))
        setattr(dataset, f"{prefix}Time", tm(moment))
    if offset is not None:
        dataset.TimezoneOffsetFromUTC = offset


def explicit_little_endian(dataset: Dataset) -> None:
    """Choose the transfer syntax that every peer must take besides the implicit one."""
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
