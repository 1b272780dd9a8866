-- A job may wait for an answer from elsewhere: a service, a vendor's box, a screen of its own.

ALTER TABLE job DROP CONSTRAINT job_state_check;
ALTER TABLE job ADD CONSTRAINT job_state_check CHECK (state IN ('queued', 'running', 'awaiting', 'ran', 'normalised',
    'done', 'superseded', 'discarded'));

DROP INDEX job_open_by_app;
CREATE INDEX job_open_by_app ON job (app_id, created_at)
    WHERE state IN ('queued', 'running', 'awaiting', 'ran', 'normalised');
