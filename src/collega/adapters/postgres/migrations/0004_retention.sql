-- What was removed by rule and when; what must stay whatever the rule says.

ALTER TABLE study ADD COLUMN images_removed_at timestamptz, ADD COLUMN results_removed_at timestamptz;
ALTER TABLE instance ADD COLUMN removed_at timestamptz;
ALTER TABLE result_object ADD COLUMN removed_at timestamptz;
ALTER TABLE quarantine ADD COLUMN removed_at timestamptz;
CREATE INDEX study_with_images ON study (last_received_at, study_key) WHERE images_removed_at IS NULL;
CREATE INDEX study_with_results ON study (last_received_at, study_key) WHERE results_removed_at IS NULL;
CREATE INDEX quarantine_with_file ON quarantine (at) WHERE removed_at IS NULL AND path <> '';

-- A row is written in the transaction that says "removed"; done_at follows when the files are gone.
CREATE TABLE removal (
    removal_key uuid PRIMARY KEY DEFAULT uuidv7(),
    kind text NOT NULL CHECK (kind IN ('images', 'results', 'quarantine')),
    study_key text REFERENCES study,
    quarantine_key uuid REFERENCES quarantine,
    files integer NOT NULL,
    bytes bigint NOT NULL,
    days double precision NOT NULL,
    at timestamptz NOT NULL,
    done_at timestamptz,
    CHECK ((study_key IS NULL) <> (quarantine_key IS NULL))
);
CREATE INDEX removal_open ON removal (removal_key) WHERE done_at IS NULL;

CREATE TABLE hold (
    hold_key uuid PRIMARY KEY DEFAULT uuidv7(),
    study_key text NOT NULL REFERENCES study,
    reason text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    released_at timestamptz
);
CREATE INDEX hold_open ON hold (study_key) WHERE released_at IS NULL;

ALTER TABLE attempt DROP CONSTRAINT attempt_outcome_check;
ALTER TABLE attempt ADD CONSTRAINT attempt_outcome_check CHECK (outcome IN ('answered', 'crashed', 'timed_out',
    'out_of_memory', 'too_much_output', 'refused', 'lost', 'images_removed'));

-- For figures that are asked for every few seconds.
CREATE INDEX instance_by_arrival ON instance (received_at);
