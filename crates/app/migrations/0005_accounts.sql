-- Accounts and duties are views of the record. Passwords, sessions and failed attempts are not in the
-- record and cannot be made again from it; root_id is the site's in all of them.

CREATE TABLE account (
    root_id bigint NOT NULL,
    id bigint NOT NULL,
    login text NOT NULL,
    display_name text NOT NULL,
    person_id bigint,
    is_closed bigint NOT NULL,
    PRIMARY KEY (root_id, id)
);
CREATE INDEX account_by_login ON account (root_id, login);
CREATE INDEX account_by_person ON account (root_id, person_id);

-- A role held over a part of the tree.
CREATE TABLE duty (
    root_id bigint NOT NULL,
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    role bigint NOT NULL,
    unit_id bigint NOT NULL,
    reach bigint NOT NULL,
    from_on text NOT NULL,
    to_on text NOT NULL,
    is_ended bigint NOT NULL,
    PRIMARY KEY (root_id, id)
);
CREATE INDEX duty_by_account ON duty (root_id, account_id);

CREATE TABLE password (
    root_id bigint NOT NULL,
    account_id bigint NOT NULL,
    phc text NOT NULL,              -- Argon2id with its parameters and salt
    is_temporary bigint NOT NULL,
    PRIMARY KEY (root_id, account_id)
);

CREATE TABLE session (
    root_id bigint NOT NULL,
    digest bytea NOT NULL,          -- SHA-256 of the token; the token itself is nowhere
    account_id bigint NOT NULL,
    csrf text NOT NULL,
    created_at bigint NOT NULL,
    seen_at bigint NOT NULL,
    PRIMARY KEY (root_id, digest)
);
CREATE INDEX session_by_account ON session (root_id, account_id);

CREATE TABLE failed_sign_in (
    root_id bigint NOT NULL,
    login text NOT NULL,
    n bigint NOT NULL,
    last_at bigint NOT NULL,
    PRIMARY KEY (root_id, login)
);
