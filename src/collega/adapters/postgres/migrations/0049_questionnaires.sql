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
