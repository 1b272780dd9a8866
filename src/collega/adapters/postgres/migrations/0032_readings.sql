-- What readers say. Every version is kept; the one with the highest number counts.

CREATE TABLE feedback (
    study_key text NOT NULL REFERENCES study,
    job_key uuid NOT NULL REFERENCES job,
    finding_id text NOT NULL,
    reader text NOT NULL CHECK (reader <> ''),
    number integer NOT NULL CHECK (number > 0),
    opinion text NOT NULL CHECK (opinion IN ('agree', 'disagree', 'unsure', 'withdrawn')),
    cause text NOT NULL,
    remark text NOT NULL,
    ai_seen text NOT NULL CHECK (ai_seen IN ('yes', 'no', 'unknown')),
    role text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (study_key, job_key, finding_id, reader, number)
);
CREATE INDEX feedback_by_moment ON feedback (at);

CREATE TABLE missed_finding (
    study_key text NOT NULL REFERENCES study,
    mark text NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    reader text NOT NULL CHECK (reader <> ''),
    what text NOT NULL CHECK (what <> ''),
    place jsonb,
    ai_seen text NOT NULL CHECK (ai_seen IN ('yes', 'no', 'unknown')),
    remark text NOT NULL,
    role text NOT NULL,
    is_withdrawn boolean NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (study_key, mark, number)
);
CREATE INDEX missed_finding_by_moment ON missed_finding (at);

CREATE TABLE first_look (
    study_key text NOT NULL REFERENCES study,
    finding_id text NOT NULL,
    reader text NOT NULL CHECK (reader <> ''),
    number integer NOT NULL CHECK (number > 0),
    found text NOT NULL CHECK (found IN ('present', 'absent', 'undetermined')),
    ai_seen text NOT NULL CHECK (ai_seen IN ('yes', 'no', 'unknown')),
    is_called boolean NOT NULL,
    role text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (study_key, finding_id, reader, number)
);
CREATE INDEX first_look_by_moment ON first_look (at);

-- What the final report says of a study of the night as a whole, as somebody has read it.
CREATE TABLE morning_word (
    study_key text NOT NULL REFERENCES study,
    number integer NOT NULL CHECK (number > 0),
    found text NOT NULL CHECK (found IN ('present', 'absent', 'undetermined')),
    is_recalled boolean NOT NULL,
    reader text NOT NULL CHECK (reader <> ''),
    role text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (study_key, number)
);

-- What a discrepancy is about never changes; how it stands does, and each standing is kept.
CREATE TABLE discrepancy (
    discrepancy_key uuid PRIMARY KEY,
    study_key text NOT NULL REFERENCES study,
    job_key uuid NOT NULL REFERENCES job,
    app_id text NOT NULL,
    finding_id text NOT NULL,
    contrast text NOT NULL CHECK (contrast IN ('ai_positive', 'ai_negative', 'ai_late')),
    report_version text NOT NULL,
    sentence text NOT NULL,
    found_at timestamptz NOT NULL,
    UNIQUE (job_key, finding_id, contrast, report_version)
);
CREATE INDEX discrepancy_by_study ON discrepancy (study_key);

CREATE TABLE discrepancy_standing (
    discrepancy_key uuid NOT NULL REFERENCES discrepancy,
    revision integer NOT NULL CHECK (revision > 0),
    state text NOT NULL CHECK (state IN ('open', 'taken', 'closed')),
    owner text NOT NULL,
    deadline date,
    verdict text NOT NULL
        CHECK (verdict IN ('', 'report_right', 'ai_right', 'both_defensible', 'label_wrong', 'not_decidable')),
    patient_recalled boolean NOT NULL,
    remark text NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    PRIMARY KEY (discrepancy_key, revision),
    CHECK ((state = 'closed') = (verdict <> '')),
    CHECK (state <> 'closed' OR changed_by <> '')
);

-- What a department wants of a pilot. Every version is kept; the one with the highest number counts.
CREATE TABLE pilot_goal (
    app_id text NOT NULL,
    kpi text NOT NULL CHECK (kpi IN ('ppv', 'sensitivity', 'in_time', 'viewed', 'analysed')),
    number integer NOT NULL CHECK (number > 0),
    target double precision NOT NULL CHECK (target > 0 AND target <= 1),
    by_date date NOT NULL,
    guard text NOT NULL,
    actor text NOT NULL CHECK (actor <> ''),
    at timestamptz NOT NULL,
    PRIMARY KEY (app_id, kpi, number)
);
