-- Reports of validations that a site has kept: each as the value that it was made of, never changed.

CREATE TABLE validation (
    validation_key uuid PRIMARY KEY,
    kept_at timestamptz NOT NULL,
    actor text NOT NULL CHECK (actor <> ''),
    app_id text NOT NULL CHECK (app_id <> ''),
    app_version text NOT NULL,
    plan_hash text NOT NULL CHECK (plan_hash <> ''),
    report jsonb NOT NULL
);
CREATE INDEX validation_by_time ON validation (kept_at DESC);

CREATE TRIGGER validation_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON validation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
