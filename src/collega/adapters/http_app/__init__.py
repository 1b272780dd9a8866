"""Apps that are services: JSON and DICOM up, the result down."""
