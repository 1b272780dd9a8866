-- The line of one study: patient, study, instance, app version and stage, job, attempt, result,
-- finding, result object, delivery; the append-only event and audit records.
-- docs/explanation/data-model.md draws it, with the tables that later work adds.

CREATE TABLE patient (
    patient_key uuid PRIMARY KEY DEFAULT uuidv7(),
    issuer text NOT NULL,
    patient_id text NOT NULL,
    name text NOT NULL,
    birth_date text NOT NULL,
    sex text NOT NULL,
    updated_at timestamptz NOT NULL
);
-- Two persons without a number are not one person: each study of such a one has a patient of its own.
CREATE UNIQUE INDEX patient_by_number ON patient (issuer, patient_id) WHERE patient_id <> '';

CREATE TABLE study (
    study_key text PRIMARY KEY,
    study_instance_uid text NOT NULL UNIQUE,
    patient_key uuid NOT NULL REFERENCES patient,
    accession_number text NOT NULL,
    study_date text NOT NULL,
    study_time text NOT NULL,
    description text NOT NULL,
    study_at timestamptz,
    revision integer NOT NULL DEFAULT 1 CHECK (revision > 0),
    state text NOT NULL CHECK (state IN ('receiving', 'complete', 'routed')),
    first_received_at timestamptz NOT NULL,
    last_received_at timestamptz NOT NULL,
    complete_at timestamptz,
    identity_changed_at timestamptz
);
CREATE INDEX study_by_state ON study (state) WHERE state <> 'routed';
CREATE INDEX study_by_accession ON study (accession_number);
CREATE INDEX study_by_arrival ON study (last_received_at);

CREATE TABLE instance (
    sop_instance_uid text PRIMARY KEY,
    study_key text NOT NULL REFERENCES study,
    revision integer NOT NULL,
    series_instance_uid text NOT NULL,
    sop_class_uid text NOT NULL,
    transfer_syntax_uid text NOT NULL,
    role text NOT NULL CHECK (role IN ('image', 'derived', 'own')),
    attributes jsonb NOT NULL,
    notes text[] NOT NULL DEFAULT '{}',
    pixel_digest bytea NOT NULL,
    header_digest bytea NOT NULL,
    path text NOT NULL,
    size bigint NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE INDEX instance_by_study ON instance (study_key, received_at);

CREATE TABLE app_stage (
    app_stage_key uuid PRIMARY KEY DEFAULT uuidv7(),
    app_id text NOT NULL,
    app_version text NOT NULL,
    stage text NOT NULL CHECK (stage IN ('off', 'shadow', 'pilot', 'live', 'suspended')),
    at timestamptz NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL
);
CREATE INDEX app_stage_latest ON app_stage (app_id, app_version, app_stage_key DESC);

CREATE TABLE job (
    job_key uuid PRIMARY KEY DEFAULT uuidv7(),
    study_key text NOT NULL REFERENCES study,
    revision integer NOT NULL,
    app_id text NOT NULL,
    app_version text NOT NULL,
    input_digest text NOT NULL,
    inputs text[] NOT NULL,
    state text NOT NULL
        CHECK (state IN ('queued', 'running', 'ran', 'normalised', 'done', 'superseded', 'discarded')),
    attempt integer NOT NULL DEFAULT 0,
    outcome text CHECK (outcome IN ('found', 'nothing_found', 'undetermined', 'not_suitable', 'failed')),
    reason_code text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (study_key, revision, app_id, app_version)
);
CREATE INDEX job_by_app_day ON job (app_id, created_at);

CREATE TABLE attempt (
    job_key uuid NOT NULL REFERENCES job,
    attempt integer NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    outcome text
        CHECK (outcome IN ('answered', 'crashed', 'timed_out', 'out_of_memory', 'too_much_output', 'refused', 'lost')),
    detail text NOT NULL DEFAULT '',
    isolation text[] NOT NULL DEFAULT '{}',
    wall_s double precision,
    cpu_s double precision,
    peak_mb double precision,
    PRIMARY KEY (job_key, attempt)
);

CREATE TABLE result (
    job_key uuid PRIMARY KEY REFERENCES job,
    status text NOT NULL CHECK (status IN ('analysed', 'not_suitable', 'failed')),
    outcome text NOT NULL,
    reason_code text NOT NULL,
    reason jsonb,
    notes jsonb NOT NULL,
    segments jsonb NOT NULL,
    attachments jsonb NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE finding (
    job_key uuid NOT NULL REFERENCES result,
    ordinal integer NOT NULL,
    finding_id text NOT NULL,
    code jsonb NOT NULL,
    site jsonb,
    evaluation text NOT NULL CHECK (evaluation IN ('present', 'absent', 'undetermined')),
    score double precision NOT NULL,
    scale_low double precision NOT NULL,
    scale_high double precision NOT NULL,
    direction text NOT NULL,
    calibrated boolean NOT NULL,
    threshold double precision,
    images text[] NOT NULL,
    regions jsonb NOT NULL,
    measurements jsonb NOT NULL,
    PRIMARY KEY (job_key, ordinal),
    CHECK (score BETWEEN scale_low AND scale_high)
);

CREATE TABLE result_object (
    sop_instance_uid text PRIMARY KEY,
    series_instance_uid text NOT NULL,
    sop_class_uid text NOT NULL,
    study_instance_uid text NOT NULL,
    kind text NOT NULL,
    study_key text NOT NULL REFERENCES study,
    revision integer NOT NULL,
    app_id text NOT NULL,
    job_key uuid REFERENCES job,
    path text NOT NULL,
    replaces text,
    created_at timestamptz NOT NULL
);
CREATE INDEX result_object_by_study ON result_object (study_key, created_at);

CREATE TABLE delivery (
    delivery_key uuid PRIMARY KEY DEFAULT uuidv7(),
    sop_instance_uid text NOT NULL REFERENCES result_object,
    pacs text NOT NULL,
    state text NOT NULL
        CHECK (state IN ('planned', 'accepted', 'committed', 'visible', 'refused', 'withdrawn')),
    attempt integer NOT NULL DEFAULT 0,
    confirmations integer NOT NULL DEFAULT 0,
    next_at timestamptz,
    detail text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (sop_instance_uid, pacs)
);
CREATE INDEX delivery_due ON delivery (pacs, next_at) WHERE next_at IS NOT NULL;

CREATE TABLE pacs_link (
    pacs text PRIMARY KEY,
    failures integer NOT NULL,
    not_before timestamptz
);

CREATE TABLE quarantine (
    quarantine_key uuid PRIMARY KEY DEFAULT uuidv7(),
    at timestamptz NOT NULL,
    kind text NOT NULL,
    code text NOT NULL,
    text text NOT NULL,
    study_instance_uid text NOT NULL,
    sop_instance_uid text NOT NULL,
    job_key uuid REFERENCES job,
    path text NOT NULL,
    source text NOT NULL
);
CREATE INDEX quarantine_by_study ON quarantine (study_instance_uid);

CREATE TABLE event (
    event_key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind text NOT NULL,
    study_key text,
    job_key uuid,
    actor text NOT NULL,
    payload jsonb NOT NULL
);
CREATE INDEX event_by_study ON event (study_key, event_key);
CREATE INDEX event_by_kind ON event (kind, at);

-- Fields of NEN 7513: event, moment, client, user, responsible user, source.
CREATE TABLE audit (
    audit_key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    event text NOT NULL,
    patient_key uuid,
    study_key text,
    actor text NOT NULL,
    responsible text NOT NULL,
    source text NOT NULL,
    payload jsonb NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER app_stage_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON app_stage
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
