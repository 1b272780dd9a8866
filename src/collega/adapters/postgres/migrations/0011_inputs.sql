-- What apps were given besides the images of the study, and what was missing; studies that came only to be looked back on.

CREATE TABLE job_input (
    job_key uuid NOT NULL REFERENCES job,
    name text NOT NULL,
    ordinal integer NOT NULL,
    required boolean NOT NULL,
    asked_at timestamptz NOT NULL,
    answer jsonb NOT NULL,
    why text,
    text jsonb,
    detail text NOT NULL DEFAULT '',
    PRIMARY KEY (job_key, name),
    CHECK ((why IS NULL) = (text IS NULL))
);

-- Marked before it is asked for: what then comes to the receiver opens no reading, and starts no app.
CREATE TABLE prior_study (
    study_instance_uid text PRIMARY KEY,
    job_key uuid NOT NULL REFERENCES job,
    at timestamptz NOT NULL
);
