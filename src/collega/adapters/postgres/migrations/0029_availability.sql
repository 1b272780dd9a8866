-- Instance Availability Notification: who is to be told of which study, and of which set of results it was told last.

CREATE TABLE availability_notice (
    peer text NOT NULL,
    study_key text NOT NULL REFERENCES study,
    due_at timestamptz,
    told text NOT NULL DEFAULT '',
    attempt integer NOT NULL DEFAULT 0,
    detail text NOT NULL DEFAULT '',
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (peer, study_key)
);
CREATE INDEX availability_notice_due ON availability_notice (peer, due_at) WHERE due_at IS NOT NULL;
