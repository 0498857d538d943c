-- The record: the only truth. Everything else in this database can be made again from these tables.
-- One text for SQLite and PostgreSQL; types are bigint, text and bytea only; yes and no are 1 and 0.

-- One row for each event. The row is kept under the county-level unit it concerns; the log itself is
-- one for the site, so `seq` is unique in the whole table.
CREATE TABLE event (
    root_id bigint NOT NULL,
    seq bigint NOT NULL,            -- index of the leaf, from 0
    event_id text NOT NULL,         -- 32 hexadecimal digits
    kind text NOT NULL,
    unit_id bigint NOT NULL,
    person_id bigint,               -- the subject, if the event is about a person
    case_id bigint,                 -- the admission file, if it is about one
    occurred_on text NOT NULL,      -- a claim
    recorded_at bigint NOT NULL,    -- milliseconds, UTC
    envelope bytea NOT NULL,        -- the bytes of the leaf
    body bytea NOT NULL,            -- sealed when there is a subject
    PRIMARY KEY (root_id, seq)
);
CREATE INDEX event_by_seq ON event (seq);
CREATE INDEX event_by_person ON event (person_id, seq);
CREATE INDEX event_by_case ON event (case_id, seq);
CREATE INDEX event_by_unit ON event (root_id, unit_id, seq);

-- Complete nodes of the Merkle tree under their dense index; root_id is the site's.
CREATE TABLE node (
    root_id bigint NOT NULL,
    idx bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (root_id, idx)
);

-- One signed head for each commit; root_id is the site's.
CREATE TABLE checkpoint (
    root_id bigint NOT NULL,
    size bigint NOT NULL,
    note bytea NOT NULL,
    PRIMARY KEY (root_id, size)
);

-- Commands that were carried out, so that a repeated one gets the first answer.
CREATE TABLE command (
    root_id bigint NOT NULL,
    command_id text NOT NULL,
    first_seq bigint NOT NULL,
    n_events bigint NOT NULL,
    PRIMARY KEY (root_id, command_id)
);

-- The end of each person's own chain of events; root_id is the site's.
CREATE TABLE subject (
    root_id bigint NOT NULL,
    person_id bigint NOT NULL,
    n bigint NOT NULL,              -- number of events
    head bytea NOT NULL,            -- leaf hash of the last one
    PRIMARY KEY (root_id, person_id)
);

-- What a site knows of itself: origin and name of the log.
CREATE TABLE site (
    root_id bigint NOT NULL,
    name text NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (root_id, name)
);
