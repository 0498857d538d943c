-- The register of supervision, by unit. Views: made again from the record. What is sealed under a person's
-- key stays in its event; a row says which event that is.

CREATE TABLE supervision_entry (
    root_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    number bigint NOT NULL,         -- in the register of the unit, from 1
    event_id text NOT NULL,
    held_on text NOT NULL,
    person_id bigint,               -- of what is sealed: whom it is about
    due_on text,                    -- the last day of what it asks for
    settled_on text,
    settled_id text,                -- the event that settled it
    what text NOT NULL,             -- what is not sealed, as JSON
    PRIMARY KEY (root_id, unit_id, number)
);
CREATE INDEX supervision_entry_by_unit ON supervision_entry (unit_id, number);

-- Views and votes of a meeting, each sealed under the key of the member who gave it.
CREATE TABLE supervision_view (
    root_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    meeting bigint NOT NULL,
    item bigint NOT NULL,
    person_id bigint NOT NULL,
    event_id text NOT NULL,
    PRIMARY KEY (root_id, unit_id, meeting, item, person_id)
);
CREATE INDEX supervision_view_by_unit ON supervision_view (unit_id, meeting);
