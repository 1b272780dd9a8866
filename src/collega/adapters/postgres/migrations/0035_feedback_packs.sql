-- Feedback to makers. What a pack is made of never changes; how it stands does, and each standing is kept.

CREATE TABLE feedback_pack (
    pack_key uuid PRIMARY KEY,
    vendor text NOT NULL CHECK (vendor <> ''),
    number integer NOT NULL CHECK (number > 0),
    prepared_at timestamptz NOT NULL,
    UNIQUE (vendor, number)
);

CREATE TABLE feedback_case (
    pack_key uuid NOT NULL REFERENCES feedback_pack,
    number integer NOT NULL CHECK (number > 0),
    vendor text NOT NULL,
    source text NOT NULL CHECK (source IN ('opinion', 'missed', 'report')),
    thing text NOT NULL,
    version text NOT NULL,
    study_key text NOT NULL REFERENCES study,
    job_key uuid NOT NULL REFERENCES job,
    app_id text NOT NULL,
    app_version text NOT NULL,
    finding_id text NOT NULL,
    contrast text NOT NULL,
    causes text[] NOT NULL,
    readers integer NOT NULL CHECK (readers > 0),
    text text NOT NULL,
    place jsonb,
    at timestamptz NOT NULL,
    PRIMARY KEY (pack_key, number),
    -- A case is in one pack only; what readers say of it later is another version.
    UNIQUE (vendor, thing, version)
);
CREATE INDEX feedback_case_by_study ON feedback_case (study_key);

CREATE TABLE feedback_pack_standing (
    pack_key uuid NOT NULL REFERENCES feedback_pack,
    revision integer NOT NULL CHECK (revision > 0),
    state text NOT NULL CHECK (state IN ('prepared', 'approved', 'refused', 'taken')),
    at timestamptz NOT NULL,
    actor text NOT NULL CHECK (actor <> ''),
    reason text NOT NULL,
    with_text integer[] NOT NULL,
    withheld integer[] NOT NULL,
    left_out jsonb NOT NULL,
    gone integer[] NOT NULL,
    sha256 text NOT NULL,
    files integer NOT NULL,
    bytes bigint NOT NULL,
    PRIMARY KEY (pack_key, revision),
    CHECK (state <> 'refused' OR reason <> '')
);

CREATE TABLE feedback_answer (
    pack_key uuid NOT NULL,
    case_number integer NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    status text NOT NULL CHECK (status IN ('accepted', 'fixed', 'not_reproducible', 'as_designed')),
    fixed_in text NOT NULL,
    answered_on date NOT NULL,
    writer text NOT NULL CHECK (writer <> ''),
    actor text NOT NULL CHECK (actor <> ''),
    at timestamptz NOT NULL,
    PRIMARY KEY (pack_key, case_number, number),
    FOREIGN KEY (pack_key, case_number) REFERENCES feedback_case (pack_key, number),
    CHECK ((status = 'fixed') = (fixed_in <> ''))
);

-- What readers have found wrong, by moment: the timer asks for it.
CREATE INDEX discrepancy_standing_closed ON discrepancy_standing (changed_at) WHERE verdict = 'report_right';
