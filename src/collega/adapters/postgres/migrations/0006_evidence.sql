-- What was said of the completeness of studies, before or after their images came; how long scanners pause.

CREATE TABLE evidence (
    evidence_key uuid PRIMARY KEY DEFAULT uuidv7(),
    kind text NOT NULL CHECK (kind IN ('mpps in progress', 'mpps completed', 'mpps discontinued',
        'instances available', 'commitment asked', 'pacs count')),
    study_instance_uid text NOT NULL,
    at timestamptz NOT NULL,
    source text NOT NULL,
    reference text NOT NULL,
    series jsonb NOT NULL
);
CREATE INDEX evidence_by_study ON evidence (study_instance_uid, evidence_key);
CREATE INDEX evidence_by_reference ON evidence (reference) WHERE reference <> '';

CREATE TABLE scanner_pause (
    pause_key uuid PRIMARY KEY DEFAULT uuidv7(),
    scanner text NOT NULL,
    modality text NOT NULL,
    longest_s double precision NOT NULL CHECK (longest_s >= 0),
    at timestamptz NOT NULL
);
CREATE INDEX scanner_pause_by_scanner ON scanner_pause (scanner, modality, pause_key DESC);
