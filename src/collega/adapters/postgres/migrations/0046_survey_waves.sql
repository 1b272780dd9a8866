-- A survey may follow another of the same questions; what is done about barriers is kept beside the figures. The day of
-- the last reminder is a day of whoever sent it: it says nothing about anybody who answered.

ALTER TABLE survey
    ADD COLUMN after_key text REFERENCES survey ON DELETE SET NULL,
    ADD COLUMN reminded date;

CREATE TABLE survey_action (
    survey_key text NOT NULL REFERENCES survey ON DELETE CASCADE,
    question text NOT NULL,
    option text NOT NULL,
    owner text NOT NULL,
    by date,
    state text NOT NULL CHECK (state IN ('open', 'under_way', 'done', 'dropped')),
    PRIMARY KEY (survey_key, question, option)
);
