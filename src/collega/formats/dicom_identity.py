"""Attributes of patient and study that a result takes over from its source.

Names in the order of PS3.3 C.7.1.1 (Patient), C.7.1.3 (Clinical Trial Subject), C.7.2.1
(General Study), C.7.2.2 (Patient Study) and C.7.2.3 (Clinical Trial Study).
"""

from copy import deepcopy

from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset

PATIENT = """
ReferencedPatientSequence PatientName PatientID IssuerOfPatientID TypeOfPatientID
IssuerOfPatientIDQualifiersSequence SourcePatientGroupIdentificationSequence GroupOfPatientsIdentificationSequence
PatientBirthDate PatientBirthTime PatientBirthDateInAlternativeCalendar PatientDeathDateInAlternativeCalendar
PatientAlternativeCalendar PatientSex QualityControlSubject StrainDescription StrainNomenclature StrainStockSequence
StrainAdditionalInformation StrainCodeSequence GeneticModificationsSequence OtherPatientIDs OtherPatientNames
OtherPatientIDsSequence ReferencedPatientPhotoSequence EthnicGroup EthnicGroupCodeSequence PatientSpeciesDescription
PatientSpeciesCodeSequence PatientBreedDescription PatientBreedCodeSequence BreedRegistrationSequence
ResponsiblePerson ResponsiblePersonRole ResponsibleOrganization PatientComments PatientIdentityRemoved
DeidentificationMethod DeidentificationMethodCodeSequence
"""
CLINICAL_TRIAL_SUBJECT = """
ClinicalTrialSponsorName ClinicalTrialProtocolID ClinicalTrialProtocolName IssuerOfClinicalTrialProtocolID
OtherClinicalTrialProtocolIDsSequence ClinicalTrialSiteID ClinicalTrialSiteName IssuerOfClinicalTrialSiteID
ClinicalTrialSubjectID IssuerOfClinicalTrialSubjectID ClinicalTrialSubjectReadingID
IssuerOfClinicalTrialSubjectReadingID ClinicalTrialProtocolEthicsCommitteeName
ClinicalTrialProtocolEthicsCommitteeApprovalNumber
"""
GENERAL_STUDY = """
StudyDate StudyTime AccessionNumber IssuerOfAccessionNumberSequence ReferringPhysicianName
ReferringPhysicianIdentificationSequence ConsultingPhysicianName ConsultingPhysicianIdentificationSequence
StudyDescription ProcedureCodeSequence PhysiciansOfRecord PhysiciansOfRecordIdentificationSequence
NameOfPhysiciansReadingStudy PhysiciansReadingStudyIdentificationSequence ReferencedStudySequence StudyInstanceUID
StudyID RequestingService RequestingServiceCodeSequence ReasonForPerformedProcedureCodeSequence
"""
PATIENT_STUDY = """
AdmittingDiagnosesDescription AdmittingDiagnosesCodeSequence PatientAge PatientSize PatientSizeCodeSequence
PatientBodyMassIndex MeasuredAPDimension MeasuredLateralDimension PatientWeight MedicalAlerts Allergies Occupation
SmokingStatus AdditionalPatientHistory PregnancyStatus LastMenstrualDate PatientSexNeutered ReasonForVisit
ReasonForVisitCodeSequence AdmissionID IssuerOfAdmissionIDSequence ServiceEpisodeID ServiceEpisodeDescription
IssuerOfServiceEpisodeIDSequence PatientState
"""
CLINICAL_TRIAL_STUDY = """
ClinicalTrialTimePointID ClinicalTrialTimePointDescription LongitudinalTemporalOffsetFromEvent
LongitudinalTemporalEventType ClinicalTrialTimePointTypeCodeSequence IssuerOfClinicalTrialTimePointID
ConsentForClinicalTrialUseSequence
"""
MODULES = (PATIENT, CLINICAL_TRIAL_SUBJECT, GENERAL_STUDY, PATIENT_STUDY, CLINICAL_TRIAL_STUDY)
# The character set travels with the text that it explains.
KEYWORDS = ("SpecificCharacterSet", *(keyword for module in MODULES for keyword in module.split()))
TAGS = tuple(tag for tag in map(tag_for_keyword, KEYWORDS) if tag is not None)

# Type 2: must be there, may be empty (C.7.1.1 and C.7.2.1).
TYPE_2 = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex"),
    *("StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName", "StudyID"),
)


def copy_identity(target: Dataset, source: Dataset) -> None:
    """Make patient and study of ``target`` those of ``source``, value for value.

    What ``source`` lacks is removed from ``target``, except that attributes of type 2 are
    written empty.
    """
    for tag in TAGS:
        if tag in source:
            target[tag] = _element(source, tag)
        elif tag in target:
            del target[tag]
    for keyword in TYPE_2:
        if keyword not in target:
            setattr(target, keyword, None)


def _element(source: Dataset, tag: int) -> DataElement | RawDataElement:
    """Copy of an element; one that its value representation forbids, such as a weight of "71,5", as it is."""
    try:
        return deepcopy(source[tag])
    except ValueError:
        raw: object = source.get_item(tag)
        if not isinstance(raw, RawDataElement):
            raise
        return raw._replace(VR=raw.VR or dictionary_VR(tag))
