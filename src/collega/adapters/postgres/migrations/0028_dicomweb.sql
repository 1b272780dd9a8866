-- DICOMweb: the series of each study, counted as they come; service tokens; what searches by patient and date look up.

CREATE TABLE series (
    study_key text NOT NULL REFERENCES study,
    series_instance_uid text NOT NULL,
    modality text NOT NULL,
    attributes jsonb NOT NULL,
    instances integer NOT NULL,
    PRIMARY KEY (study_key, series_instance_uid)
);
INSERT INTO series (study_key, series_instance_uid, modality, attributes, instances)
    SELECT study_key, series_instance_uid, coalesce(max(attributes->>'modality'), ''),
        (array_agg(attributes ORDER BY received_at))[1], count(*)
    FROM instance GROUP BY study_key, series_instance_uid;
CREATE INDEX series_by_modality ON series (modality, study_key);
CREATE INDEX series_by_uid ON series (series_instance_uid);

CREATE FUNCTION count_series() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO series (study_key, series_instance_uid, modality, attributes, instances)
        SELECT study_key, series_instance_uid, coalesce(max(attributes->>'modality'), ''), (array_agg(attributes))[1],
            count(*)
        FROM fresh GROUP BY study_key, series_instance_uid
        ON CONFLICT (study_key, series_instance_uid) DO UPDATE SET instances = series.instances + EXCLUDED.instances;
    RETURN NULL;
END $$;
CREATE TRIGGER instance_counted AFTER INSERT ON instance REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION count_series();

-- A corrected header may name another series, or describe the same one anew.
CREATE FUNCTION move_series() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE series SET instances = instances - 1
        WHERE study_key = OLD.study_key AND series_instance_uid = OLD.series_instance_uid;
    INSERT INTO series (study_key, series_instance_uid, modality, attributes, instances)
        VALUES (NEW.study_key, NEW.series_instance_uid, coalesce(NEW.attributes->>'modality', ''), NEW.attributes, 1)
        ON CONFLICT (study_key, series_instance_uid) DO UPDATE SET modality = EXCLUDED.modality,
            attributes = EXCLUDED.attributes, instances = series.instances + 1;
    DELETE FROM series WHERE study_key = OLD.study_key AND series_instance_uid = OLD.series_instance_uid
        AND instances <= 0;
    RETURN NULL;
END $$;
CREATE TRIGGER instance_moved AFTER UPDATE OF study_key, series_instance_uid, attributes ON instance FOR EACH ROW
    WHEN ((OLD.study_key, OLD.series_instance_uid, OLD.attributes)
        IS DISTINCT FROM (NEW.study_key, NEW.series_instance_uid, NEW.attributes))
    EXECUTE FUNCTION move_series();

-- What stands in a PACS may be read here too; the rest of our results only by who may see apps in shadow.
CREATE VIEW delivered_object AS
    SELECT o.* FROM result_object o WHERE EXISTS (
        SELECT FROM delivery d WHERE d.sop_instance_uid = o.sop_instance_uid
            AND d.state IN ('accepted', 'committed', 'visible'));
CREATE INDEX result_object_by_series ON result_object (series_instance_uid);
CREATE INDEX result_object_by_class ON result_object (sop_class_uid, study_key);
CREATE INDEX box_answer_by_object ON box_answer (sop_instance_uid);
CREATE INDEX study_by_day ON study (study_date DESC, study_time DESC, study_key);
CREATE INDEX patient_by_name ON patient (upper(name) text_pattern_ops);

CREATE TABLE token (
    token_key uuid PRIMARY KEY DEFAULT uuidv7(),
    name text NOT NULL CHECK (name <> ''),
    hash bytea NOT NULL UNIQUE,
    rights text[] NOT NULL CHECK (rights <@ ARRAY['read', 'write', 'shadow'] AND rights <> '{}'),
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    revoked_by text NOT NULL DEFAULT ''
);
-- A name may be given again once its token is revoked.
CREATE UNIQUE INDEX token_by_name ON token (name) WHERE revoked_at IS NULL;
