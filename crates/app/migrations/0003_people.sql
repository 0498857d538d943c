-- People as far as statistics, due days and scopes need them in the clear. Names, numbers and contacts
-- are not here: they stay sealed in the record.

CREATE TABLE person (
    root_id bigint NOT NULL,
    id bigint NOT NULL,
    unit_id bigint NOT NULL,
    group_id bigint,
    stage bigint NOT NULL,
    stage_on text,
    admitted_on text,
    full_since text,
    left_on text,
    departure bigint,
    sex bigint NOT NULL,
    born_on text NOT NULL,
    ethnicity bigint NOT NULL,
    education bigint NOT NULL,
    occupation bigint NOT NULL,
    is_front_line bigint NOT NULL,
    is_under_sanction bigint NOT NULL,
    merged_into bigint,
    version bigint NOT NULL,        -- number of events about the person
    PRIMARY KEY (root_id, id)
);
CREATE INDEX person_by_id ON person (id);
CREATE INDEX person_by_unit ON person (root_id, unit_id, stage);

-- People of each unit by statistical cell: stage, sex, education and year of birth in one number, so
-- that a cell never goes stale with age.
CREATE TABLE rollup (
    root_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    cell bigint NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (root_id, unit_id, cell)
);
