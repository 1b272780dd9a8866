-- What a report says after all, where somebody found that its label was wrong.

ALTER TABLE discrepancy_standing ADD COLUMN correction text NOT NULL DEFAULT ''
    CHECK (correction IN ('', 'present', 'absent', 'uncertain', 'historic', 'silent')),
    ADD CHECK (correction = '' OR verdict = 'label_wrong');

-- What is not closed is asked for by every page that is open.
CREATE INDEX discrepancy_standing_latest ON discrepancy_standing (discrepancy_key, revision DESC) INCLUDE (state);
