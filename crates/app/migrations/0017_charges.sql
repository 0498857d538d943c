-- The responsibility of a unit for a year, kept in parts: what was settled, each task, each letter. A
-- part's text is the fold of its events, so that an event writes one part.
CREATE TABLE charge_year (
    root_id bigint NOT NULL,
    id bigint NOT NULL,
    unit_id bigint NOT NULL,
    year bigint NOT NULL,
    opened_on text NOT NULL,
    terms text NOT NULL,
    PRIMARY KEY (root_id, id)
);
CREATE INDEX charge_year_by_id ON charge_year (id);
CREATE INDEX charge_year_by_unit ON charge_year (unit_id);

CREATE TABLE charge_task (
    root_id bigint NOT NULL,
    charge_id bigint NOT NULL,
    number bigint NOT NULL,
    state text NOT NULL,
    PRIMARY KEY (root_id, charge_id, number)
);

CREATE TABLE charge_letter (
    root_id bigint NOT NULL,
    charge_id bigint NOT NULL,
    number bigint NOT NULL,
    state text NOT NULL,
    PRIMARY KEY (root_id, charge_id, number)
);
