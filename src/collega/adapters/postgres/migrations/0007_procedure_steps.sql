-- Performed procedure steps of modalities (PS3.4 F.7): one may begin before a restart of the receiver and end after it.
-- What an ended step named stands in its evidence: series holds what was said last of a step in progress.

CREATE TABLE procedure_step (
    sop_instance_uid text PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('IN PROGRESS', 'COMPLETED', 'DISCONTINUED')),
    study_instance_uids text[] NOT NULL CHECK (cardinality(study_instance_uids) > 0),
    source text NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    series jsonb NOT NULL
);
