-- Questionnaires as they were saved in the builder. A version is never changed: a survey holds the text that it began
-- with, and an older version can be opened again.

CREATE TABLE questionnaire (
    name text NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    content text NOT NULL,
    saved timestamptz NOT NULL DEFAULT now(),
    responsible text NOT NULL,
    PRIMARY KEY (name, number)
);

-- While a survey is open, what a phone has answered is sealed with a key that is not in the database. When it is closed
-- the answers are written once, all together and in an order of chance, into a table that knows of no phone. Links and
-- phones of before are known by marks that nobody makes any more: what they have answered is kept, and goes over too.

CREATE TABLE survey_said (
    survey_key text NOT NULL REFERENCES survey ON DELETE CASCADE,
    cells jsonb NOT NULL
);
CREATE INDEX survey_said_survey ON survey_said (survey_key);

INSERT INTO survey_said (survey_key, cells) SELECT survey_key, cells FROM survey_answer ORDER BY random();
ALTER TABLE survey_answer DROP COLUMN cells, ADD COLUMN sealed bytea;
