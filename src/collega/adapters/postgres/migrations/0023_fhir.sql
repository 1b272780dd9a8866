-- For searches from outside: by patient, by date, by what has changed since.

CREATE INDEX patient_by_id ON patient (patient_id);
CREATE INDEX patient_changed ON patient (updated_at);
CREATE INDEX study_by_date ON study (study_at);
CREATE INDEX study_newest ON study (first_received_at DESC, study_key DESC);
CREATE INDEX study_changed ON study ((greatest(last_received_at, complete_at, identity_changed_at)));
CREATE INDEX job_changed ON job (updated_at, job_key);
CREATE INDEX job_by_version ON job (app_id, app_version);
CREATE INDEX job_without_answer ON job (job_key) WHERE outcome IN ('failed', 'not_suitable');
CREATE INDEX job_open ON job (job_key)
    WHERE state IN ('queued', 'running', 'awaiting', 'ran', 'offered', 'held', 'ready');
CREATE INDEX finding_by_code ON finding ((code->>'value'), job_key, ordinal);
CREATE INDEX job_created ON job (created_at, job_key);
