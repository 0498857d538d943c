-- A second factor for signing in, and how much may be exported in a day. That an account has one, and whether the site asks for one, are views of
-- the record; the secrets and codes are in these tables and nowhere else, like passwords.

-- Settings of the site that may change; root_id is the site's.
CREATE TABLE setting (
    root_id bigint NOT NULL,
    id bigint NOT NULL,             -- which setting
    value bigint NOT NULL,
    PRIMARY KEY (root_id, id)
);

ALTER TABLE account ADD COLUMN has_second_factor bigint NOT NULL DEFAULT 0;

-- A session whose password was right and whose code is still to come opens nothing.
ALTER TABLE session ADD COLUMN awaits_code bigint NOT NULL DEFAULT 0;

CREATE TABLE second_factor (
    root_id bigint NOT NULL,
    account_id bigint NOT NULL,
    is_pending bigint NOT NULL,     -- 1 until a first code has shown that the device has the secret
    sealed bytea NOT NULL,          -- the secret under the site's key
    last_step bigint NOT NULL,      -- the step of the last code taken; none is taken twice
    PRIMARY KEY (root_id, account_id, is_pending)
);

-- Codes for whoever lost the device, each good for once.
CREATE TABLE recovery_code (
    root_id bigint NOT NULL,
    account_id bigint NOT NULL,
    digest bytea NOT NULL,          -- SHA-256 of account and code; the code itself is nowhere
    PRIMARY KEY (root_id, account_id, digest)
);

-- What each account exported on each day, and how often more was refused: a view of the record.
CREATE TABLE exported (
    root_id bigint NOT NULL,
    account_id bigint NOT NULL,
    exported_on text NOT NULL,
    n_rows bigint NOT NULL,
    n_refused bigint NOT NULL,
    PRIMARY KEY (root_id, account_id, exported_on)
);
