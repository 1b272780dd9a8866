-- What never arrived: rounds in which the PACS was asked, and the studies that an app accepts.
-- Times when AI was not available, the jobs that waited then, and the notices that went out.

CREATE TABLE coverage_round (
    round_key uuid PRIMARY KEY DEFAULT uuidv7(),
    at timestamptz NOT NULL,
    answered boolean NOT NULL,
    reason text NOT NULL,
    studies integer NOT NULL,
    eligible integer NOT NULL,
    received integer NOT NULL,
    missing integer NOT NULL,
    maybe integer NOT NULL,
    incomplete integer NOT NULL,
    fetched integer NOT NULL DEFAULT 0,
    told text[] NOT NULL,
    CHECK (answered OR reason <> '')
);
CREATE INDEX coverage_round_by_time ON coverage_round (at);

CREATE TABLE coverage_study (
    study_instance_uid text PRIMARY KEY,
    accession_number text NOT NULL,
    modalities text[] NOT NULL,
    study_at timestamptz,
    first_seen_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN
        ('on_its_way', 'received', 'incomplete', 'missing', 'fetched', 'arrived', 'not_wanted')),
    apps jsonb NOT NULL,
    pacs_instances integer,
    missed_at timestamptz,
    closed_at timestamptz,
    tries integer NOT NULL DEFAULT 0,
    detail text NOT NULL DEFAULT ''
);
CREATE INDEX coverage_study_open ON coverage_study (state) WHERE state IN ('on_its_way', 'missing', 'incomplete');
CREATE INDEX coverage_study_by_time ON coverage_study (first_seen_at);

CREATE TABLE outage (
    outage_key uuid PRIMARY KEY DEFAULT uuidv7(),
    part text NOT NULL CHECK (part IN ('app', 'pacs', 'coverage', 'receiver', 'worker', 'database')),
    name text NOT NULL,
    cause text NOT NULL CHECK (cause IN ('waiting', 'failing', 'stopped', 'unreachable', 'silent')),
    down_since timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    noticed_at timestamptz,
    up_since timestamptz,
    ended_at timestamptz
);
-- One open outage of each part, however many processes look.
CREATE UNIQUE INDEX outage_open ON outage (part, name) WHERE ended_at IS NULL;
CREATE INDEX outage_by_time ON outage (down_since);

-- Jobs that waited while their app was declared unavailable: the page of each study says so once.
CREATE TABLE outage_job (
    outage_key uuid NOT NULL REFERENCES outage,
    job_key uuid NOT NULL REFERENCES job,
    PRIMARY KEY (outage_key, job_key)
);
CREATE INDEX outage_job_by_job ON outage_job (job_key);

CREATE TABLE notice (
    notice_key uuid PRIMARY KEY DEFAULT uuidv7(),
    outage_key uuid NOT NULL REFERENCES outage,
    kind text NOT NULL CHECK (kind IN ('unavailable', 'available')),
    channel text NOT NULL,
    identity text NOT NULL,
    state text NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'sent', 'dropped')),
    attempt integer NOT NULL DEFAULT 0,
    at timestamptz NOT NULL,
    next_at timestamptz,
    sent_at timestamptz,
    heading jsonb NOT NULL,
    body jsonb NOT NULL,
    detail text NOT NULL DEFAULT '',
    UNIQUE (outage_key, kind, channel)
);
CREATE INDEX notice_due ON notice (next_at) WHERE next_at IS NOT NULL;

-- Which jobs an app leaves waiting, and how its last ones ended.
CREATE INDEX job_open_by_app ON job (app_id, created_at) WHERE state IN ('queued', 'running', 'ran', 'normalised');
CREATE INDEX job_answered_by_app ON job (app_id, updated_at) WHERE state IN ('normalised', 'done');
