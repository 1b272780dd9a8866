-- Why a report's labels are worth less: it was called normal only because it names nothing that is known, or it is in
-- another language than reports are read in, and so was not read at all.

ALTER TABLE report_labels
    ADD COLUMN reservation text NOT NULL DEFAULT '' CHECK (reservation IN ('', 'guess', 'language'));
