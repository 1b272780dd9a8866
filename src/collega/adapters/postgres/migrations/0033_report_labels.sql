-- What signed reports say, as a program has made it out. The labels of every version are kept; the highest number counts.

CREATE TABLE report_labels (
    study_key text NOT NULL REFERENCES study,
    number integer NOT NULL CHECK (number > 0),
    report_version text NOT NULL,
    labeller text NOT NULL,
    signed_at timestamptz,
    at timestamptz NOT NULL,
    abnormal_score double precision CHECK (abnormal_score BETWEEN 0 AND 1),
    is_normal boolean,
    looked_for text[] NOT NULL,
    PRIMARY KEY (study_key, number),
    CHECK ((report_version = '') = (signed_at IS NULL))
);
CREATE INDEX report_labels_by_moment ON report_labels (at);

CREATE TABLE report_label (
    study_key text NOT NULL,
    number integer NOT NULL,
    place integer NOT NULL,
    finding_id text NOT NULL,
    word text NOT NULL CHECK (word IN ('present', 'absent', 'uncertain', 'historic')),
    sentence text NOT NULL,
    PRIMARY KEY (study_key, number, finding_id),
    FOREIGN KEY (study_key, number) REFERENCES report_labels
);
