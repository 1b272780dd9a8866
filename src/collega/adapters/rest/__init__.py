"""Systems that are asked over HTTP: servers of records (FHIR) and archives (DICOMweb)."""
