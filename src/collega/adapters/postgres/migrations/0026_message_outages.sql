-- What can be out: the messages of RIS and EHR, and those to them.
ALTER TABLE outage DROP CONSTRAINT outage_part_check;
ALTER TABLE outage ADD CONSTRAINT outage_part_check CHECK (part IN
    ('app', 'pacs', 'coverage', 'receiver', 'worker', 'database', 'links', 'sender', 'inbox', 'destination'));
CREATE INDEX hl7_message_by_sender ON hl7_message (sender, received_at);
CREATE INDEX hl7_message_in_error ON hl7_message (received_at) WHERE state IN ('failed', 'unusable');
