-- What leaves the house: who objects, which apps may take it there, and pseudonyms with whom they stand for, encrypted.

CREATE TABLE objection (
    objection_key uuid PRIMARY KEY DEFAULT uuidv7(),
    issuer text NOT NULL,
    patient_id text NOT NULL,
    study_instance_uid text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_by text NOT NULL DEFAULT '',
    withdrawal_reason text NOT NULL DEFAULT '',
    CHECK ((patient_id = '') <> (study_instance_uid = ''))
);
CREATE INDEX objection_by_patient ON objection (patient_id) WHERE withdrawn_at IS NULL;
CREATE INDEX objection_by_study ON objection (study_instance_uid) WHERE withdrawn_at IS NULL;

-- Withdrawn once, and nothing else of it is ever changed.
CREATE FUNCTION keep_objection() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR OLD.withdrawn_at IS NOT NULL
        OR (OLD.objection_key, OLD.issuer, OLD.patient_id, OLD.study_instance_uid, OLD.at, OLD.actor, OLD.reason)
            IS DISTINCT FROM
           (NEW.objection_key, NEW.issuer, NEW.patient_id, NEW.study_instance_uid, NEW.at, NEW.actor, NEW.reason) THEN
        RAISE EXCEPTION 'an objection is kept: it can be withdrawn, once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER objection_kept BEFORE UPDATE OR DELETE ON objection FOR EACH ROW EXECUTE FUNCTION keep_objection();

CREATE TABLE cloud_permission (
    cloud_permission_key uuid PRIMARY KEY DEFAULT uuidv7(),
    app_id text NOT NULL,
    is_permitted boolean NOT NULL,
    agreement text NOT NULL,
    agreed_on date,
    sends_free_text boolean NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL
);
CREATE INDEX cloud_permission_latest ON cloud_permission (app_id, cloud_permission_key DESC);
CREATE TRIGGER cloud_permission_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cloud_permission
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Apart from the rest, so that rights to it can be given apart. No key to it is in the database.
CREATE SCHEMA reidentification;
CREATE TABLE reidentification.pseudonym (
    pseudonym text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('patient', 'study', 'accession')),
    project text NOT NULL,
    key_id text NOT NULL,
    sealed bytea NOT NULL,
    study_key text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (pseudonym, kind, project)
);
