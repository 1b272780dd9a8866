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
