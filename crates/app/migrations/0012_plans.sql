-- Yearly plans: what was settled, asked, proposed, answered, signed, adopted and changed; and the places
-- that admission files take. All are views: made again from the record. Rows of a plan are kept under the
-- unit that makes it, which is of county level or above and therefore its own root.

CREATE TABLE plan (
    root_id bigint NOT NULL,
    id bigint NOT NULL,
    unit_id bigint NOT NULL,        -- the unit that makes it
    year bigint NOT NULL,
    opened_on text NOT NULL,
    terms text NOT NULL,            -- what was settled when it was opened, as JSON
    round bigint NOT NULL,          -- the latest; 0 while branches ask
    adopted_on text,
    version bigint NOT NULL,        -- number of its events
    PRIMARY KEY (root_id, id)
);
CREATE INDEX plan_by_id ON plan (id);
CREATE INDEX plan_by_unit ON plan (unit_id, year);

-- The latest request of each branch.
CREATE TABLE plan_request (
    root_id bigint NOT NULL,
    plan_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    n bigint NOT NULL,
    cells text NOT NULL,            -- people by cell, as JSON
    n_ready bigint NOT NULL,        -- counted when it was made
    reason text NOT NULL,
    asked_on text NOT NULL,
    is_late bigint NOT NULL,
    PRIMARY KEY (root_id, plan_id, unit_id)
);

CREATE TABLE plan_round (
    root_id bigint NOT NULL,
    plan_id bigint NOT NULL,
    round bigint NOT NULL,
    event_id text NOT NULL,         -- the event that holds question and answer
    proposed_on text NOT NULL,
    certificate_sha256 text NOT NULL,
    cells text NOT NULL,            -- everyone of the plan by cell, as JSON
    PRIMARY KEY (root_id, plan_id, round)
);

-- Every unit's number in each round, with what it was counted from.
CREATE TABLE plan_share (
    root_id bigint NOT NULL,
    plan_id bigint NOT NULL,
    round bigint NOT NULL,
    unit_id bigint NOT NULL,
    n_stock bigint NOT NULL,
    n_ready bigint NOT NULL,
    n_asked bigint NOT NULL,
    n bigint NOT NULL,
    reason text,                    -- of a number that was settled by hand
    PRIMARY KEY (root_id, plan_id, round, unit_id)
);

-- The latest answer of each unit to each round.
CREATE TABLE plan_answer (
    root_id bigint NOT NULL,
    plan_id bigint NOT NULL,
    round bigint NOT NULL,
    unit_id bigint NOT NULL,
    kind bigint NOT NULL,
    n bigint,
    reason text NOT NULL,
    answered_on text NOT NULL,
    is_late bigint NOT NULL,
    PRIMARY KEY (root_id, plan_id, round, unit_id)
);

-- The plan's own unit signs for the office.
CREATE TABLE plan_signature (
    root_id bigint NOT NULL,
    plan_id bigint NOT NULL,
    round bigint NOT NULL,
    unit_id bigint NOT NULL,
    signed_on text NOT NULL,
    is_late bigint NOT NULL,
    PRIMARY KEY (root_id, plan_id, round, unit_id)
);

-- Places as they stand: those adopted, and what changes made of them.
CREATE TABLE plan_quota (
    root_id bigint NOT NULL,
    plan_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    n_adopted bigint NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (root_id, plan_id, unit_id)
);

CREATE TABLE plan_change (
    root_id bigint NOT NULL,
    plan_id bigint NOT NULL,
    number bigint NOT NULL,
    unit_id bigint NOT NULL,
    other_id bigint,
    n_before bigint NOT NULL,
    n_after bigint NOT NULL,
    reason text NOT NULL,
    asked_on text NOT NULL,
    decided_on text,
    is_granted bigint,
    decision text,
    PRIMARY KEY (root_id, plan_id, number)
);

CREATE TABLE plan_alert (
    root_id bigint NOT NULL,
    plan_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    alert text NOT NULL,
    answer text,
    answered_on text,
    is_escalated bigint,
    reason text,
    settled_on text,
    PRIMARY KEY (root_id, plan_id, unit_id, alert)
);

-- The place that an admission file takes: reserved when the person is listed as a development target,
-- used on the day of approval, released when the file ends before it. The unit of a used place is the
-- branch that had the file on that day.
CREATE TABLE place (
    root_id bigint NOT NULL,
    id bigint NOT NULL,             -- the file
    unit_id bigint NOT NULL,
    person_id bigint NOT NULL,
    activist_on text,
    reserved_on text,
    used_on text,
    released_on text,
    PRIMARY KEY (root_id, id)
);
CREATE INDEX place_by_id ON place (id);
CREATE INDEX place_by_unit ON place (unit_id);
CREATE INDEX place_by_day ON place (used_on);
