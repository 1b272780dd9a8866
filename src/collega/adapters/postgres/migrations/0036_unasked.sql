-- What vendors' boxes sent that answers no job: kept with its study, and shown to nobody.

CREATE TABLE box_unasked (
    sop_instance_uid text PRIMARY KEY REFERENCES instance,
    study_key text NOT NULL REFERENCES study,
    source text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX box_unasked_by_study ON box_unasked (study_key);
