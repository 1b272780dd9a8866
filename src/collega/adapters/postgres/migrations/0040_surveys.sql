-- Surveys: who may answer, and what was answered, in two tables without a common key. Neither holds a time, an address
-- or a number that is counted up; rows are written anew in another order, all in one transaction, whenever a ticket is
-- used or somebody is done, so that neither their order nor the transaction that wrote them tells which belong together.

CREATE TABLE survey (
    survey_key text PRIMARY KEY,
    questionnaire text NOT NULL,
    opened date NOT NULL,
    until date NOT NULL,
    closed boolean NOT NULL DEFAULT false,
    secret bytea NOT NULL
);

CREATE TABLE survey_ticket (
    ticket_hash text PRIMARY KEY,
    survey_key text NOT NULL REFERENCES survey ON DELETE CASCADE,
    used boolean NOT NULL DEFAULT false
);

CREATE TABLE survey_answer (
    phone_hash text PRIMARY KEY,
    survey_key text NOT NULL REFERENCES survey ON DELETE CASCADE,
    cells jsonb NOT NULL,
    done boolean NOT NULL
);
