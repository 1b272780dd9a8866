-- People who sign in, their sessions, and what keeps others out.

CREATE TABLE account (
    account_key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name = lower(name) AND length(name) BETWEEN 1 AND 64),
    full_name text NOT NULL,
    roles text[] NOT NULL,
    -- Of the hospital's own sign-in; both empty for who has a password here.
    issuer text NOT NULL DEFAULT '',
    subject text NOT NULL DEFAULT '',
    password_hash text,
    pin_hash text,
    totp_secret text,
    totp_step bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz
);
CREATE UNIQUE INDEX account_by_subject ON account (issuer, subject) WHERE issuer <> '';

CREATE TABLE recovery_code (
    digest text PRIMARY KEY,
    account_key bigint NOT NULL REFERENCES account,
    used_at timestamptz
);

-- A link that makes the first administrator names no account.
CREATE TABLE setup_link (
    digest text PRIMARY KEY,
    account_key bigint REFERENCES account,
    totp_secret text NOT NULL,
    ends_at timestamptz NOT NULL,
    used_at timestamptz
);

CREATE TABLE web_session (
    session_key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest text NOT NULL UNIQUE,
    account_key bigint NOT NULL REFERENCES account,
    created_at timestamptz NOT NULL,
    active_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    locked_at timestamptz,
    ended_at timestamptz,
    wrong_unlocks integer NOT NULL DEFAULT 0,
    address text NOT NULL,
    agent text NOT NULL
);
CREATE INDEX web_session_by_account ON web_session (account_key) WHERE ended_at IS NULL;

-- Wrong tries in a row, by account name or by address, whether there is such an account or not.
CREATE TABLE sign_in_pause (
    subject text PRIMARY KEY,
    failures integer NOT NULL,
    last_at timestamptz NOT NULL,
    until timestamptz NOT NULL
);

-- A sign-in at the hospital's own provider that is under way.
CREATE TABLE oidc_attempt (
    digest text PRIMARY KEY,
    binding text NOT NULL,
    nonce text NOT NULL,
    verifier text NOT NULL,
    onward text NOT NULL,
    ends_at timestamptz NOT NULL
);

CREATE TABLE broken_glass (
    glass_key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_key bigint NOT NULL REFERENCES account,
    role text NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    reviewed_at timestamptz,
    reviewed_by text NOT NULL DEFAULT ''
);
CREATE INDEX broken_glass_by_account ON broken_glass (account_key, ends_at);
