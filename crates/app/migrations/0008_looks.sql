-- Who looked at what. `look` is written as people read and kept for as long as the site says; it is no
-- view, and the record does not hold it. `disclosure` is a view: what the record says left the house or
-- was shown in full.

CREATE TABLE look (
    root_id bigint NOT NULL,        -- that of the unit
    id bigint NOT NULL,
    seen_at bigint NOT NULL,        -- milliseconds, UTC
    account_id bigint NOT NULL,
    role bigint NOT NULL,           -- 0 for none
    unit_id bigint NOT NULL,        -- in whose books it was looked
    person_id bigint,
    case_id bigint,
    sight bigint NOT NULL,
    door bigint NOT NULL,
    n bigint NOT NULL,              -- people shown
    PRIMARY KEY (root_id, id)
);
CREATE INDEX look_by_id ON look (id);
CREATE INDEX look_by_time ON look (seen_at);
CREATE INDEX look_by_person ON look (person_id, seen_at);
CREATE INDEX look_by_account ON look (account_id, seen_at);

CREATE TABLE disclosure (
    root_id bigint NOT NULL,        -- that of the unit
    id text NOT NULL,               -- the event
    seen_at bigint NOT NULL,
    account_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    person_id bigint,
    sight bigint NOT NULL,
    n bigint NOT NULL,              -- rows that left, or people shown
    list text NOT NULL,             -- which list, or which fields
    PRIMARY KEY (root_id, id)
);
CREATE INDEX disclosure_by_time ON disclosure (seen_at);
CREATE INDEX disclosure_by_person ON disclosure (person_id, seen_at);

-- The few entries that were merged into others.
CREATE INDEX person_merged ON person (merged_into) WHERE merged_into IS NOT NULL;
