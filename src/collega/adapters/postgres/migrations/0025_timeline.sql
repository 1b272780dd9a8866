-- When images were made, and when steps were begun and ended as their modality writes it; what figures of time look up.

ALTER TABLE instance ADD COLUMN acquired_at timestamptz;
ALTER TABLE procedure_step ADD COLUMN began text NOT NULL DEFAULT '', ADD COLUMN ended text NOT NULL DEFAULT '';
CREATE INDEX procedure_step_by_study ON procedure_step USING gin (study_instance_uids);
CREATE INDEX procedure_step_by_change ON procedure_step (changed_at);

-- Clocks of RIS and EHR are judged from these columns alone: the messages themselves are not read.
CREATE INDEX hl7_message_clock ON hl7_message (received_at) INCLUDE (message_key, sender, sent_at)
    WHERE sent_at IS NOT NULL;
-- The orders of a study, by accession number or Study Instance UID, and by the number under which its patient came or stands.
CREATE VIEW study_order AS
    SELECT s.study_key, o.* FROM study s JOIN patient p USING (patient_key) LEFT JOIN patient c ON c.patient_key = s.came_as
        JOIN imaging_order o ON o.accession = s.accession_number
        WHERE o.accession <> '' AND o.patient_id IN (p.patient_id, c.patient_id)
    UNION ALL
    SELECT s.study_key, o.* FROM study s JOIN patient p USING (patient_key) LEFT JOIN patient c ON c.patient_key = s.came_as
        JOIN imaging_order o ON o.study_instance_uid = s.study_instance_uid
        WHERE o.study_instance_uid <> '' AND o.accession <> s.accession_number
            AND o.patient_id IN (p.patient_id, c.patient_id);
CREATE INDEX study_by_first_arrival ON study (first_received_at);
CREATE INDEX imaging_order_by_change ON imaging_order (changed_at);
CREATE INDEX event_moment ON event (kind, at) INCLUDE (study_key, job_key)
    WHERE kind IN ('confirmed', 'opened', 'launched', 'called', 'closed', 'first_sight', 'signed', 'unsigned');
CREATE INDEX coverage_study_by_accession ON coverage_study (accession_number) WHERE accession_number <> '';
