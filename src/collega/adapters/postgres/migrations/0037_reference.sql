-- What is taken to be true: labels of panels, of follow-up and of other data. Those of reports and of readers'
-- feedback stand in their own tables. Nothing is changed: another word is another version, and the last one counts.

CREATE TABLE reference_label (
    study_key text NOT NULL REFERENCES study,
    finding_id text NOT NULL CHECK (finding_id <> ''),
    source text NOT NULL CHECK (source IN ('panel', 'follow_up', 'other')),
    origin text NOT NULL CHECK (origin <> ''),
    number integer NOT NULL CHECK (number > 0),
    word text NOT NULL CHECK (word IN ('present', 'absent', 'uncertain', 'withdrawn')),
    strength text NOT NULL CHECK (strength IN ('weak', 'strong')),
    ai_visible text NOT NULL CHECK (ai_visible IN ('yes', 'no', 'unknown')),
    dated timestamptz NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL CHECK (actor <> ''),
    remark text NOT NULL,
    PRIMARY KEY (study_key, finding_id, source, origin, number)
);

CREATE TABLE panel (
    panel_key uuid PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name <> ''),
    why text NOT NULL,
    findings text[] NOT NULL CHECK (cardinality(findings) > 0),
    readers text[] NOT NULL CHECK (cardinality(readers) > 1),
    adjudicator text NOT NULL CHECK (adjudicator <> '' AND adjudicator <> ALL (readers)),
    created_at timestamptz NOT NULL,
    actor text NOT NULL CHECK (actor <> ''),
    closed_at timestamptz
);

CREATE TABLE panel_case (
    panel_key uuid NOT NULL REFERENCES panel,
    number integer NOT NULL CHECK (number > 0),
    study_key text NOT NULL REFERENCES study,
    PRIMARY KEY (panel_key, number),
    UNIQUE (panel_key, study_key)
);

CREATE TABLE panel_read (
    panel_key uuid NOT NULL,
    case_number integer NOT NULL,
    reader text NOT NULL CHECK (reader <> ''),
    is_adjudication boolean NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    words jsonb NOT NULL,
    ai_visible text NOT NULL CHECK (ai_visible IN ('yes', 'no', 'unknown')),
    at timestamptz NOT NULL,
    PRIMARY KEY (panel_key, case_number, reader, number),
    FOREIGN KEY (panel_key, case_number) REFERENCES panel_case
);

CREATE TABLE label_check (
    check_key uuid PRIMARY KEY,
    labeller text NOT NULL CHECK (labeller <> ''),
    seed bigint NOT NULL,
    findings text[] NOT NULL,
    frame jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    actor text NOT NULL CHECK (actor <> '')
);

CREATE TABLE label_check_item (
    check_key uuid NOT NULL REFERENCES label_check,
    number integer NOT NULL CHECK (number > 0),
    study_key text NOT NULL REFERENCES study,
    report_version text NOT NULL CHECK (report_version <> ''),
    stratum text NOT NULL,
    weight double precision NOT NULL CHECK (weight > 0),
    words jsonb NOT NULL,
    PRIMARY KEY (check_key, number)
);

CREATE TABLE label_check_answer (
    check_key uuid NOT NULL,
    item_number integer NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    reader text NOT NULL CHECK (reader <> ''),
    words jsonb NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (check_key, item_number, number),
    FOREIGN KEY (check_key, item_number) REFERENCES label_check_item
);
