"""Pure readers of what vendors answer: DICOM objects and JSON, to what they say and no more."""
