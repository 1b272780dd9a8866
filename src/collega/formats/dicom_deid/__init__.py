"""Taking the patient out of DICOM objects (PS3.15 Annex E): values in, values and a report out."""
