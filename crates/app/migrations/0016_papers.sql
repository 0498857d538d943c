-- Papers that were printed from the record and issued. The table is a view: made again from the record.

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
