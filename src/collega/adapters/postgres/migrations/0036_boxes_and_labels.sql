-- What vendors' boxes sent that answers no job: kept with its study, and shown to nobody. Labels that a person corrected.

CREATE TABLE box_unasked (
    sop_instance_uid text PRIMARY KEY REFERENCES instance,
    study_key text NOT NULL REFERENCES study,
    source text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX box_unasked_by_study ON box_unasked (study_key);

-- A person who finds a label wrong makes another version of a report's labels: who, and of which finding.
ALTER TABLE report_labels ADD COLUMN corrected_by text NOT NULL DEFAULT '',
    ADD COLUMN corrected_finding text NOT NULL DEFAULT '',
    ADD CHECK ((corrected_by = '') = (corrected_finding = ''));

-- A flag that no longer stands is taken back by a message of its own.
ALTER TABLE outgoing_message DROP CONSTRAINT outgoing_message_kind_check,
    ADD CONSTRAINT outgoing_message_kind_check CHECK (kind IN ('results', 'withdrawal', 'priority', 'flag_withdrawal'));

-- Notices of discrepancies, which are about no outage; of each discrepancy people are told once, and once more where its
-- deadline has become another.
ALTER TABLE notice ALTER COLUMN outage_key DROP NOT NULL, DROP CONSTRAINT notice_kind_check,
    ADD CONSTRAINT notice_kind_check CHECK (kind IN ('unavailable', 'available', 'overdue', 'urgent'));
CREATE UNIQUE INDEX notice_by_identity ON notice (identity, channel) WHERE outage_key IS NULL;

CREATE TABLE discrepancy_told (
    discrepancy_key uuid NOT NULL REFERENCES discrepancy,
    kind text NOT NULL CHECK (kind IN ('overdue', 'urgent')),
    until text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (discrepancy_key, kind, until)
);

ALTER TABLE token DROP CONSTRAINT token_rights_check,
    ADD CONSTRAINT token_rights_check CHECK (rights <@ ARRAY['read', 'write', 'shadow', 'metrics'] AND rights <> '{}');
