"""DICOM network services by pynetdicom: the receiver, and the sender towards a PACS."""
