"""Codes of the audit messages (PS3.16 CID 400 to 406; RFC 3881 5.5)."""

from collections.abc import Mapping

from collega.model import audit_events as events

DCM, RFC = "DCM", "RFC-3881"
# As pydicom's dictionary of DCM has them, which a test compares.
MEANINGS: Mapping[str, str] = {
    events.APPLICATION_ACTIVITY: "Application Activity",
    events.AUDIT_LOG_USED: "Audit Log Used",
    events.BEGIN_TRANSFERRING: "Begin Transferring DICOM Instances",
    events.INSTANCES_ACCESSED: "DICOM Instances Accessed",
    events.INSTANCES_TRANSFERRED: "DICOM Instances Transferred",
    events.STUDY_DELETED: "DICOM Study Deleted",
    events.EXPORT: "Export",
    events.IMPORT: "Import",
    events.NETWORK_ENTRY: "Network Entry",
    events.ORDER_RECORD: "Order Record",
    events.PATIENT_RECORD: "Patient Record",
    events.PROCEDURE_RECORD: "Procedure Record",
    events.QUERY: "Query",
    events.SECURITY_ALERT: "Security Alert",
    events.USER_AUTHENTICATION: "User Authentication",
    events.APPLICATION_START: "Application Start",
    events.APPLICATION_STOP: "Application Stop",
    events.LOGIN: "Login",
    events.LOGOUT: "Logout",
    events.NODE_AUTHENTICATION: "Node Authentication",
    events.EMERGENCY_OVERRIDE: "Emergency Override Started",
    events.RESTRICTED_FUNCTION: "Use of Restricted Function",
    events.USER_ATTRIBUTES: "User Security Attributes Changed",
    events.SECURITY_CONFIGURATION: "Security Configuration",
    events.SOFTWARE_CONFIGURATION: "Software Configuration",
    events.OBJECT_SECURITY_ATTRIBUTES: "Object Security Attributes Changed",
    "110150": "Application",
    "110151": "Application Launcher",
    "110152": "Destination Role ID",
    "110153": "Source Role ID",
    "110154": "Destination Media",
    "110155": "Source Media",
    "110180": "Study Instance UID",
    "110181": "SOP Class UID",
    "110182": "Node ID",
}
APPLICATION, DESTINATION, SOURCE = "110150", "110152", "110153"
DESTINATION_MEDIA, SOURCE_MEDIA = "110154", "110155"
STUDY_UID, NODE = "110180", "110182"
# RFC 3881 5.5.4: kinds of identifiers of objects.
PATIENT_NUMBER, SEARCH_CRITERIA, URI = "2", "10", "12"
RFC_MEANINGS: Mapping[str, str] = {PATIENT_NUMBER: "Patient Number", SEARCH_CRITERIA: "Search Criteria", URI: "URI"}
