-- Messages to RIS, PACS and EHR: kept byte for byte, sent in the order of their keys, one at a time for each destination.

CREATE TABLE outgoing_message (
    message_key uuid PRIMARY KEY DEFAULT uuidv7(),
    destination text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('results', 'withdrawal', 'priority')),
    study_key text NOT NULL REFERENCES study,
    job_key uuid NOT NULL REFERENCES job,
    app_id text NOT NULL,
    control_id text NOT NULL UNIQUE,
    encoded bytea NOT NULL,
    subject text NOT NULL,
    urgency text NOT NULL CHECK (urgency IN ('stat', 'high', 'routine', 'low', 'unknown')),
    state text NOT NULL CHECK (state IN ('waiting', 'acknowledged', 'refused', 'withdrawn', 'discarded')),
    attempt integer NOT NULL DEFAULT 0,
    detail text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    answered_at timestamptz,
    updated_at timestamptz NOT NULL
);
CREATE INDEX outgoing_message_waiting ON outgoing_message (destination, message_key) WHERE state = 'waiting';
CREATE INDEX outgoing_message_by_study ON outgoing_message (study_key, message_key);
