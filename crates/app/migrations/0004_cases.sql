-- Admission files, as far as lists and due days need them in the clear. A view: made again from the
-- record. The day on which something is due is not here; it is computed anew each time.

CREATE TABLE admission (
    root_id bigint NOT NULL,
    id bigint NOT NULL,
    person_id bigint NOT NULL,
    unit_id bigint NOT NULL,        -- the branch that keeps the file
    opened_on text NOT NULL,
    step bigint NOT NULL,           -- furthest step completed, 0 for none
    stage bigint NOT NULL,
    stage_on text,
    sent_to bigint,                 -- the unit that has yet to receive the file
    is_held bigint NOT NULL,
    is_closed bigint NOT NULL,
    version bigint NOT NULL,        -- number of events of the file
    PRIMARY KEY (root_id, id)
);
CREATE INDEX admission_by_id ON admission (id);
CREATE INDEX admission_by_person ON admission (root_id, person_id);
CREATE INDEX admission_by_unit ON admission (root_id, unit_id, is_closed);
