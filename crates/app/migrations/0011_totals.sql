-- Figures at and above county level are summed over one row for each root and cell, so that a city with
-- many branches is as quick to open as one with few. A view: made again from the record.
CREATE TABLE root_total (
    root_id bigint NOT NULL,
    cell bigint NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (root_id, cell)
);
INSERT INTO root_total (root_id, cell, n) SELECT root_id, cell, CAST(SUM(n) AS bigint) FROM rollup GROUP BY root_id, cell;
CREATE INDEX unit_that_is_root ON unit (pre) WHERE root_id = id;

-- Nothing is looked up by it.
DROP INDEX event_by_unit;

-- Most events of a large site are about no file.
DROP INDEX event_by_case;
CREATE INDEX event_by_case ON event (case_id, seq) WHERE case_id IS NOT NULL;

-- A person's files and posts are asked for without knowing under which roots they are kept.
DROP INDEX admission_by_person;
CREATE INDEX admission_by_person ON admission (person_id, id);
DROP INDEX post_by_person;
CREATE INDEX post_by_person ON post (person_id, unit_id);
