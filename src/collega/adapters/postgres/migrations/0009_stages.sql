-- What a version of an app may do at this site; work that is up to a reader, or held by the switch; launches.

CREATE TABLE app_allowance (
    app_allowance_key uuid PRIMARY KEY DEFAULT uuidv7(),
    app_id text NOT NULL,
    app_version text NOT NULL,
    may_prioritise boolean NOT NULL,
    may_rule_out boolean NOT NULL,
    may_localise boolean NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL
);
CREATE INDEX app_allowance_latest ON app_allowance (app_id, app_version, app_allowance_key DESC);
CREATE TRIGGER app_allowance_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON app_allowance
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER app_allowance_told AFTER INSERT ON app_allowance FOR EACH STATEMENT EXECUTE FUNCTION tell_all();

ALTER TABLE job DROP CONSTRAINT job_state_check;
ALTER TABLE job ADD CONSTRAINT job_state_check CHECK (state IN ('queued', 'running', 'awaiting', 'offered', 'held',
    'ran', 'normalised', 'ready', 'asked', 'done', 'superseded', 'discarded'));

DROP INDEX job_open_by_app;
CREATE INDEX job_open_by_app ON job (app_id, created_at)
    WHERE state IN ('queued', 'held', 'running', 'awaiting', 'ran', 'normalised', 'asked');
DROP INDEX job_answered_by_app;
CREATE INDEX job_answered_by_app ON job (app_id, updated_at) WHERE state IN ('normalised', 'ready', 'asked', 'done');

-- A reader's way to an app's own screen. Of what opens anything only digests are kept.
CREATE TABLE launch (
    launch_key uuid PRIMARY KEY DEFAULT uuidv7(),
    nonce text NOT NULL UNIQUE,
    job_key uuid NOT NULL REFERENCES job,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    session_digest text UNIQUE,
    session_until timestamptz,
    answered_at timestamptz
);
CREATE INDEX launch_by_job ON launch (job_key, launch_key DESC);
