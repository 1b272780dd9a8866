-- What vendors' boxes answered, object by object, and an outcome for those that cannot be reached.

CREATE TABLE box_answer (
    answer_key uuid PRIMARY KEY DEFAULT uuidv7(),
    job_key uuid NOT NULL REFERENCES job,
    sop_instance_uid text NOT NULL,
    sop_class_uid text NOT NULL,
    path text NOT NULL,
    digest text NOT NULL,
    at timestamptz NOT NULL,
    standing text NOT NULL CHECK (standing IN ('open', 'taken', 'late', 'again')),
    is_released boolean NOT NULL DEFAULT false,
    UNIQUE (job_key, sop_instance_uid)
);

ALTER TABLE attempt DROP CONSTRAINT attempt_outcome_check;
ALTER TABLE attempt ADD CONSTRAINT attempt_outcome_check CHECK (outcome IN ('answered', 'crashed', 'timed_out',
    'out_of_memory', 'too_much_output', 'refused', 'lost', 'images_removed', 'unreachable'));
