-- The board: how soon the requester wants a study read, and word of every change to those who look.

ALTER TABLE study
    ADD COLUMN priority text NOT NULL DEFAULT 'unknown'
        CHECK (priority IN ('stat', 'high', 'routine', 'low', 'unknown')),
    ADD COLUMN priority_source text NOT NULL DEFAULT '';

-- The last finished jobs of an app version say when the next result is to be expected.
CREATE INDEX job_ended ON job (app_id, app_version, updated_at DESC) WHERE state = 'done';
CREATE INDEX job_found ON job (study_key) WHERE outcome = 'found';

-- Ids only: "event_key study_key". A change of stage has no event: 0 tells everybody to look anew.
CREATE FUNCTION tell_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('collega_event', NEW.event_key || ' ' || coalesce(NEW.study_key, ''));
    RETURN NULL;
END $$;
CREATE TRIGGER event_told AFTER INSERT ON event FOR EACH ROW EXECUTE FUNCTION tell_event();

CREATE FUNCTION tell_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('collega_event', '0 ');
    RETURN NULL;
END $$;
CREATE TRIGGER app_stage_told AFTER INSERT ON app_stage FOR EACH STATEMENT EXECUTE FUNCTION tell_all();
