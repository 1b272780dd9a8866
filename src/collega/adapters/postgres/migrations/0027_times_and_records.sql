-- What figures of time need of each study and app, worked out once: a year of a hospital is read in tens of milliseconds.
-- It follows from the other tables alone, and can be thrown away: mark every study as due, and it is made anew.

CREATE FUNCTION seconds(moment timestamptz) RETURNS double precision LANGUAGE sql STABLE AS $$
    SELECT coalesce(extract(epoch FROM moment)::double precision, 'NaN')
$$;

-- Moments are seconds since 1970, NaN where nobody told; those of the RIS by its own clock. Without a reference to the
-- study: to check it would lock the study, and whoever works on that would wait.
CREATE TABLE study_times (
    study_key text NOT NULL,
    app_id text NOT NULL,
    received_at timestamptz NOT NULL,
    exam text NOT NULL,
    was_shown boolean NOT NULL,
    has_default_stage boolean NOT NULL,
    order_clock text NOT NULL,
    report_clock text NOT NULL,
    made double precision NOT NULL,
    received double precision NOT NULL,
    ordered double precision NOT NULL,
    visible double precision NOT NULL,
    opened double precision NOT NULL,
    closed double precision NOT NULL,
    signed double precision NOT NULL,
    signed_by_reader double precision NOT NULL,
    calls integer NOT NULL,
    PRIMARY KEY (study_key, app_id)
);
CREATE INDEX study_times_by_receipt ON study_times (received_at);

-- Studies of which something has changed: each mark is set by the transaction that changes it, and waits for nobody.
CREATE TABLE study_times_due (
    study_key text NOT NULL
);

CREATE FUNCTION mark_study_times() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO study_times_due VALUES (NEW.study_key);
    RETURN NULL;
END $$;
-- Only what is read of each table; a study that is being received is marked when it is complete.
CREATE TRIGGER study_times_event AFTER INSERT ON event FOR EACH ROW
    WHEN (NEW.study_key IS NOT NULL AND NEW.kind IN
        ('confirmed', 'opened', 'launched', 'called', 'closed', 'signed', 'unsigned'))
    EXECUTE FUNCTION mark_study_times();
CREATE TRIGGER study_times_job AFTER INSERT ON job FOR EACH ROW EXECUTE FUNCTION mark_study_times();
CREATE TRIGGER study_times_job_discarded AFTER UPDATE OF state ON job FOR EACH ROW
    WHEN ((OLD.state = 'discarded') <> (NEW.state = 'discarded')) EXECUTE FUNCTION mark_study_times();
CREATE TRIGGER study_times_study AFTER UPDATE ON study FOR EACH ROW
    WHEN ((OLD.patient_key, OLD.came_as, OLD.accession_number, OLD.description, OLD.study_at, OLD.complete_at)
            IS DISTINCT FROM
            (NEW.patient_key, NEW.came_as, NEW.accession_number, NEW.description, NEW.study_at, NEW.complete_at)
        OR NEW.state <> 'receiving' AND OLD.last_received_at <> NEW.last_received_at)
    EXECUTE FUNCTION mark_study_times();

CREATE FUNCTION mark_ordered_study_times() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO study_times_due
        SELECT s.study_key FROM changed o JOIN study s ON s.accession_number = o.accession WHERE o.accession <> ''
        UNION SELECT s.study_key FROM changed o JOIN study s ON s.study_instance_uid = o.study_instance_uid
        WHERE o.study_instance_uid <> '';
    RETURN NULL;
END $$;
CREATE TRIGGER study_times_order_added AFTER INSERT ON imaging_order REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_ordered_study_times();
CREATE TRIGGER study_times_order_removed AFTER DELETE ON imaging_order REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_ordered_study_times();

CREATE FUNCTION mark_reported_study_times() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO study_times_due
        SELECT s.study_key FROM unnest(NEW.numbers) AS n (number)
        JOIN study s ON s.accession_number = substr(n.number, 3) WHERE n.number LIKE 'f:_%';
    RETURN NULL;
END $$;
CREATE TRIGGER study_times_report AFTER INSERT ON report FOR EACH ROW EXECUTE FUNCTION mark_reported_study_times();

-- A decision that is dated back counts for the jobs since then.
CREATE FUNCTION mark_staged_study_times() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO study_times_due SELECT DISTINCT study_key FROM job
        WHERE app_id = NEW.app_id AND app_version = NEW.app_version AND created_at >= NEW.at;
    RETURN NULL;
END $$;
CREATE TRIGGER study_times_stage AFTER INSERT ON app_stage FOR EACH ROW EXECUTE FUNCTION mark_staged_study_times();

INSERT INTO study_times_due SELECT study_key FROM study;

-- What tells how far the clock of a RIS is ahead: the quickest four messages of each hour that is over.
CREATE TABLE clock_heard (
    sender text NOT NULL,
    said_at timestamptz NOT NULL,
    heard_at timestamptz NOT NULL
);
CREATE INDEX clock_heard_by_time ON clock_heard (heard_at);
-- Up to which hour that is done: the latest row counts.
CREATE TABLE clock_heard_until (
    until timestamptz PRIMARY KEY
);

-- Whose a procedure step is, as its modality says: its study may never come. And audit lines that name patients alone.
ALTER TABLE procedure_step ADD COLUMN issuer text NOT NULL DEFAULT '', ADD COLUMN patient_id text NOT NULL DEFAULT '';
CREATE INDEX audit_by_people ON audit USING gin ((payload->'people') jsonb_path_ops) WHERE payload ? 'people';
