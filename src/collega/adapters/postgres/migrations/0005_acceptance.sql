-- The acceptance of a site: runs of `collega site check`, their reports, and what people answered.
-- A run is noted before it touches the PACS and its report when it ends: a run without a report was cut short.

CREATE TABLE acceptance_run (
    run_key uuid PRIMARY KEY,
    started_at timestamptz NOT NULL,
    actor text NOT NULL,
    accession_number text NOT NULL,
    pacs text NOT NULL
);

CREATE TABLE acceptance_report (
    run_key uuid PRIMARY KEY REFERENCES acceptance_run,
    ended_at timestamptz NOT NULL,
    report jsonb NOT NULL
);
CREATE INDEX acceptance_report_latest ON acceptance_report (ended_at DESC);

CREATE TABLE acceptance_answer (
    answer_key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_key uuid NOT NULL REFERENCES acceptance_report,
    step text NOT NULL,
    answer text NOT NULL CHECK (answer IN ('yes', 'no')),
    actor text NOT NULL CHECK (actor <> ''),
    remark text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX acceptance_answer_by_run ON acceptance_answer (run_key, answer_key);

CREATE TRIGGER acceptance_run_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON acceptance_run
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER acceptance_report_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON acceptance_report
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER acceptance_answer_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON acceptance_answer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
