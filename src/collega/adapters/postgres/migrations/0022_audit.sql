-- The audit record becomes a chain: each line has the hash of its content and of its predecessor's hash.
-- collega.model.audit_chain computes the same in Python, so that a check trusts nothing of the database.

ALTER TABLE audit
    ADD COLUMN address text NOT NULL DEFAULT '',
    ADD COLUMN outcome smallint NOT NULL DEFAULT 0 CHECK (outcome IN (0, 4, 8, 12)),
    ADD COLUMN studies text[] NOT NULL DEFAULT '{}';
CREATE INDEX audit_by_patient ON audit (patient_key, audit_key) WHERE patient_key IS NOT NULL;
CREATE INDEX audit_by_study ON audit (study_key, audit_key) WHERE study_key IS NOT NULL;
CREATE INDEX audit_by_studies ON audit USING gin (studies) WHERE studies <> '{}';
CREATE INDEX audit_by_actor ON audit (actor, audit_key);
CREATE INDEX audit_by_responsible ON audit (responsible, audit_key);

-- A table of its own: the record itself is never updated, and only who commits knows its place in the chain.
CREATE TABLE audit_chain (
    number bigint PRIMARY KEY CHECK (number > 0),
    audit_key bigint NOT NULL UNIQUE,
    hash bytea NOT NULL CHECK (length(hash) = 32)
);
CREATE TRIGGER audit_chain_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_chain
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A field as its length in bytes, a colon, and its text; a minus where it is null. Two different lines have
-- different contents, whatever stands in their fields.
CREATE FUNCTION audit_field(value text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(
        convert_to(length(convert_to(value, 'UTF8'))::text || ':', 'UTF8') || convert_to(value, 'UTF8'), '\x2d'::bytea)
$$;
CREATE FUNCTION audit_moment(value timestamptz) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT (extract(epoch FROM value) * 1000000)::bigint::text
$$;
CREATE FUNCTION chain_audit_line(line audit) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    last audit_chain%ROWTYPE;
    place bigint;
BEGIN
    SELECT * INTO last FROM audit_chain ORDER BY number DESC LIMIT 1;
    place := coalesce(last.number, 0) + 1;
    INSERT INTO audit_chain (number, audit_key, hash) VALUES (place, line.audit_key, sha256(
        coalesce(last.hash, decode(repeat('00', 32), 'hex'))
        || audit_field(place::text) || audit_field(line.audit_key::text)
        || audit_field(audit_moment(line.at)) || audit_field(audit_moment(line.recorded_at))
        || audit_field(line.event) || audit_field(line.patient_key::text) || audit_field(line.study_key)
        || audit_field(array_to_string(line.studies, ' ')) || audit_field(line.actor) || audit_field(line.address)
        || audit_field(line.responsible) || audit_field(line.source) || audit_field(line.outcome::text)
        || audit_field(line.payload::text)));
END $$;

-- At the commit, so that the lock is held for no longer than that, and the numbers follow the commits: who
-- waits for the lock reads the last line after the one before has committed.
CREATE FUNCTION chain_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(4244);
    PERFORM chain_audit_line(NEW);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audit_chained AFTER INSERT ON audit
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION chain_audit();

DO $$
DECLARE line audit%ROWTYPE;
BEGIN
    FOR line IN SELECT * FROM audit ORDER BY audit_key LOOP
        PERFORM chain_audit_line(line);
    END LOOP;
END $$;

-- How far the repository of audit messages has been told.
CREATE TABLE audit_sent (
    repository text PRIMARY KEY,
    number bigint NOT NULL,
    at timestamptz NOT NULL
);
