-- Thresholds that a site has moved, verdicts of composite rules, and comparisons on stored studies.

-- One row is one change; the number counts the changes of an app version, and names the set that then holds.
CREATE TABLE threshold (
    threshold_key uuid PRIMARY KEY DEFAULT uuidv7(),
    app_id text NOT NULL,
    app_version text NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    finding_id text NOT NULL,
    old_value double precision NOT NULL,
    new_value double precision NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    UNIQUE (app_id, app_version, number)
);
CREATE TRIGGER threshold_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON threshold
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Which set the app was given; 0 are the maker's own thresholds.
ALTER TABLE job ADD COLUMN thresholds integer NOT NULL DEFAULT 0;

ALTER TABLE result ADD COLUMN verdicts jsonb NOT NULL DEFAULT '[]';

CREATE TABLE comparison (
    comparison_key uuid PRIMARY KEY DEFAULT uuidv7(),
    name text NOT NULL UNIQUE,
    side_a jsonb NOT NULL,
    side_b jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    actor text NOT NULL
);

-- One app on one study: written once, when it has ended. It is no job: no channel and no figure knows it.
CREATE TABLE comparison_item (
    comparison_key uuid NOT NULL REFERENCES comparison,
    study_instance_uid text NOT NULL,
    side text NOT NULL CHECK (side IN ('a', 'b')),
    state text NOT NULL DEFAULT 'to do' CHECK (state IN ('to do', 'analysed', 'not suitable', 'failed', 'not accepted',
        'images removed', 'never received')),
    reason text NOT NULL DEFAULT '',
    findings jsonb NOT NULL DEFAULT '[]',
    seconds double precision,
    ended_at timestamptz,
    PRIMARY KEY (comparison_key, study_instance_uid, side)
);
