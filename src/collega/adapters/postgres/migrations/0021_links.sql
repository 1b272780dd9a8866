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
    tries integer NOT NULL DEFAULT 0,
    next_at timestamptz,
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
    issuer text NOT NULL,
    patient_id text NOT NULL,
    numbers text[] NOT NULL,
    said jsonb NOT NULL,
    PRIMARY KEY (message_key, item)
);
-- Without a list of pending entries: each question would have to read it whole.
CREATE INDEX order_said_by_number ON order_said USING gin (numbers) WITH (fastupdate = off);
CREATE INDEX order_said_by_patient ON order_said (patient_id, issuer);

-- The orders that follow from it, made anew at each word. ``numbers`` are all that an order ever had.
CREATE TABLE imaging_order (
    order_key uuid PRIMARY KEY DEFAULT uuidv7(),
    numbers text[] NOT NULL,
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
    changed_at timestamptz NOT NULL
);
CREATE INDEX imaging_order_by_number ON imaging_order USING gin (numbers) WITH (fastupdate = off);
CREATE INDEX imaging_order_by_accession ON imaging_order (accession) WHERE accession <> '';
CREATE INDEX imaging_order_by_study ON imaging_order (study_instance_uid) WHERE study_instance_uid <> '';

-- Every version of a report as it was sent; none is ever changed: what counts follows from all of them.
CREATE TABLE report (
    message_key uuid NOT NULL REFERENCES hl7_message,
    item integer NOT NULL,
    sent_at timestamptz NOT NULL,
    control_id text NOT NULL,
    issuer text NOT NULL,
    patient_id text NOT NULL,
    numbers text[] NOT NULL,
    study_instance_uid text NOT NULL,
    status text NOT NULL CHECK (status IN ('preliminary', 'final', 'corrected', 'addendum')),
    said jsonb NOT NULL,
    PRIMARY KEY (message_key, item)
);
CREATE INDEX report_by_number ON report USING gin (numbers) WITH (fastupdate = off);
CREATE INDEX report_by_study ON report (study_instance_uid) WHERE study_instance_uid <> '';

-- A version of a report signs a study once, however often it is sent.
CREATE TABLE report_signed (
    study_key text NOT NULL REFERENCES study,
    version text NOT NULL,
    PRIMARY KEY (study_key, version)
);

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
CREATE INDEX patient_merge_by_prior ON patient_merge (prior_id, prior_issuer);
CREATE INDEX patient_merge_by_survivor ON patient_merge (survivor_id, survivor_issuer);

CREATE TABLE patient_said (
    message_key uuid NOT NULL REFERENCES hl7_message,
    item integer NOT NULL,
    sent_at timestamptz NOT NULL,
    control_id text NOT NULL,
    issuer text NOT NULL,
    patient_id text NOT NULL,
    name text NOT NULL,
    birth_date text NOT NULL,
    sex text NOT NULL,
    PRIMARY KEY (message_key, item)
);
CREATE INDEX patient_said_by_number ON patient_said (patient_id, issuer);

-- ``came_as``: the number under which a study came, where that was merged away. ``link_due``: it is to be held against
-- what was said; set with its record, so that neither a study nor a message misses the other.
ALTER TABLE study
    ADD COLUMN came_as uuid REFERENCES patient,
    ADD COLUMN order_standing text NOT NULL DEFAULT ''
        CHECK (order_standing IN ('', 'ordered', 'cancelled', 'discontinued')),
    ADD COLUMN order_location text NOT NULL DEFAULT '',
    ADD COLUMN report_status text NOT NULL DEFAULT ''
        CHECK (report_status IN ('', 'preliminary', 'final', 'corrected', 'addendum')),
    ADD COLUMN link_due boolean NOT NULL DEFAULT true,
    ADD COLUMN dicom_priority text NOT NULL DEFAULT 'unknown'
        CHECK (dicom_priority IN ('stat', 'high', 'routine', 'low', 'unknown'));
UPDATE study SET dicom_priority = priority;
CREATE INDEX study_link_due ON study (first_received_at) WHERE link_due;
CREATE INDEX study_by_patient ON study (patient_key);
CREATE INDEX study_by_origin ON study (came_as) WHERE came_as IS NOT NULL;
