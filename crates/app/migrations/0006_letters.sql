-- Letters of transfer on the way, Party groups, and a short way to the events about a unit. The tables
-- are views: made again from the record.

-- One row while the letter is on the way; it goes when the letter is received or returned.
CREATE TABLE letter (
    root_id bigint NOT NULL,        -- that of the unit that sent
    id bigint NOT NULL,             -- the person; nobody has two letters on the way
    from_id bigint NOT NULL,
    to_id bigint NOT NULL,
    sent_on text NOT NULL,
    is_file_included bigint NOT NULL,
    PRIMARY KEY (root_id, id)
);
CREATE INDEX letter_by_from ON letter (from_id);
CREATE INDEX letter_by_to ON letter (to_id);

CREATE TABLE party_group (
    root_id bigint NOT NULL,
    id bigint NOT NULL,
    unit_id bigint NOT NULL,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    formed_on text NOT NULL,
    PRIMARY KEY (root_id, id)
);
CREATE INDEX party_group_by_unit ON party_group (unit_id);

-- Most events are about persons; the few about a unit are read by its page.
CREATE INDEX event_of_unit ON event (unit_id, seq) WHERE person_id IS NULL;
