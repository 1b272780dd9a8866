-- Messages of RIS and EHR as they came, and what they say: orders, reports, merged patients.

CREATE TABLE hl7_message (
    message_key uuid PRIMARY KEY DEFAULT uuidv7(),
    received_at timestamptz NOT NULL,
    source text NOT NULL,
    sender text NOT NULL,
    control_id text NOT NULL,
    kind text NOT NULL,
    sent_at timestamptz,
    digest bytea NOT NULL UNIQUE,
    encoded bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'applied', 'failed', 'unusable', 'refused')),
    reason text NOT NULL DEFAULT '',
    repeats integer NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX hl7_message_by_state ON hl7_message (state, message_key) WHERE state <> 'applied';
CREATE INDEX hl7_message_by_arrival ON hl7_message (received_at);

-- What one message said of an order: kept, so that an order's state follows from all that was said, in whatever order it came.
CREATE TABLE order_said (
    message_key uuid NOT NULL REFERENCES hl7_message,
    item integer NOT NULL,
    sent_at timestamptz NOT NULL,
    control_id text NOT NULL,
    placer text NOT NULL,
    filler text NOT NULL,
    accession text NOT NULL,
    said jsonb NOT NULL,
    PRIMARY KEY (message_key, item)
);
CREATE INDEX order_said_by_accession ON order_said (accession) WHERE accession <> '';
CREATE INDEX order_said_by_filler ON order_said (filler) WHERE filler <> '';
CREATE INDEX order_said_by_placer ON order_said (placer) WHERE placer <> '';

CREATE TABLE imaging_order (
    order_key uuid PRIMARY KEY DEFAULT uuidv7(),
    placer text NOT NULL,
    filler text NOT NULL,
    accession text NOT NULL,
    issuer text NOT NULL,
    patient_id text NOT NULL,
    standing text NOT NULL CHECK (standing IN ('ordered', 'cancelled', 'discontinued')),
    status text NOT NULL,
    procedure_code text NOT NULL,
    procedure text NOT NULL,
    modality text NOT NULL,
    priority text NOT NULL CHECK (priority IN ('stat', 'high', 'routine', 'low', 'unknown')),
    location text NOT NULL,
    requester text NOT NULL,
    study_instance_uid text NOT NULL,
    ordered_at timestamptz,
    scheduled_at timestamptz,
    changed_at timestamptz NOT NULL,
    study_key text REFERENCES study
);
CREATE INDEX imaging_order_by_accession ON imaging_order (accession) WHERE accession <> '';
CREATE INDEX imaging_order_by_filler ON imaging_order (filler) WHERE filler <> '';
CREATE INDEX imaging_order_by_placer ON imaging_order (placer) WHERE placer <> '';
CREATE INDEX imaging_order_by_study ON imaging_order (study_key) WHERE study_key IS NOT NULL;

-- Every version of a report as it was sent; none is ever changed: what counts is the latest by its sender's clock.
CREATE TABLE report (
    report_key uuid PRIMARY KEY DEFAULT uuidv7(),
    message_key uuid NOT NULL REFERENCES hl7_message,
    item integer NOT NULL,
    sent_at timestamptz NOT NULL,
    control_id text NOT NULL,
    placer text NOT NULL,
    filler text NOT NULL,
    accession text NOT NULL,
    issuer text NOT NULL,
    patient_id text NOT NULL,
    study_instance_uid text NOT NULL,
    status text NOT NULL CHECK (status IN ('preliminary', 'final', 'corrected', 'addendum')),
    text text NOT NULL,
    author text NOT NULL,
    signed_at timestamptz,
    study_key text REFERENCES study,
    UNIQUE (message_key, item)
);
CREATE INDEX report_by_accession ON report (accession) WHERE accession <> '';
CREATE INDEX report_by_study ON report (study_key) WHERE study_key IS NOT NULL;

CREATE TABLE patient_merge (
    message_key uuid NOT NULL REFERENCES hl7_message,
    item integer NOT NULL,
    sent_at timestamptz NOT NULL,
    control_id text NOT NULL,
    survivor_issuer text NOT NULL,
    survivor_id text NOT NULL,
    prior_issuer text NOT NULL,
    prior_id text NOT NULL,
    PRIMARY KEY (message_key, item)
);
CREATE INDEX patient_merge_by_prior ON patient_merge (prior_issuer, prior_id);
CREATE INDEX patient_merge_by_survivor ON patient_merge (survivor_issuer, survivor_id);
