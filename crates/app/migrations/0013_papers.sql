-- Papers that were printed from the record and issued, and notices that are open. The tables are views: made
-- again from the record.

CREATE TABLE paper (
    root_id bigint NOT NULL,        -- that of the event
    event_id text NOT NULL,
    sha256 text NOT NULL,           -- of the printed file
    kind bigint NOT NULL,
    language text NOT NULL,
    unit_id bigint NOT NULL,
    case_id bigint,                 -- the admission file that it was made from, if one was
    plan_id bigint,                 -- the plan that it was made from, if one was
    issued_on text NOT NULL,
    n_pages bigint NOT NULL,
    log_size bigint NOT NULL,       -- that of the head that is printed on it
    PRIMARY KEY (root_id, event_id)
);
CREATE INDEX paper_by_sha256 ON paper (sha256);
CREATE INDEX paper_by_event ON paper (event_id);
CREATE INDEX paper_by_case ON paper (case_id);

-- Notices that were opened and not closed, for the board that anybody may see.
CREATE TABLE notice (
    root_id bigint NOT NULL,        -- that of the event
    event_id text NOT NULL,         -- the one that opened it
    case_id bigint NOT NULL,
    from_on text NOT NULL,
    last_on text NOT NULL,
    PRIMARY KEY (root_id, event_id)
);
CREATE INDEX notice_by_case ON notice (case_id);
CREATE INDEX notice_by_last_day ON notice (last_on);
