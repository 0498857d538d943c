-- The register of workplaces, who works there, who is charged with them, and how far each has come. All
-- are views: made again from the record. Rows are kept under the root of the unit that answers for the
-- workplace, and go with it to another.

CREATE TABLE workplace (
    root_id bigint NOT NULL,
    id bigint NOT NULL,
    parent_id bigint,               -- the workplace that it is a part of
    unit_id bigint NOT NULL,        -- the unit that answers for it
    kind bigint NOT NULL,
    ownership bigint,
    scale bigint,
    is_stable bigint NOT NULL,
    is_key bigint NOT NULL,
    n_staff bigint NOT NULL,
    code text NOT NULL,             -- blank where none was given out
    name_zh text NOT NULL,
    name_en text NOT NULL,
    listed_on text NOT NULL,
    closed_on text,
    n_activists bigint NOT NULL,    -- people who work there or in its parts
    n_members bigint NOT NULL,
    n_full bigint NOT NULL,
    n_contacts bigint NOT NULL,     -- charges that are held
    n_instructors bigint NOT NULL,
    n_cards bigint NOT NULL,
    term_until text,                -- the last day of the instructor's term
    visited_on text,                -- the last visit under it, or its first day
    organisation_id bigint,         -- the unit that covers it
    is_joint bigint,
    step bigint NOT NULL,           -- the rung of the ladder
    version bigint NOT NULL,        -- number of events about it
    PRIMARY KEY (root_id, id)
);
CREATE INDEX workplace_by_id ON workplace (id);
CREATE INDEX workplace_by_parent ON workplace (parent_id);
CREATE INDEX workplace_by_unit ON workplace (root_id, unit_id);
CREATE INDEX workplace_by_code ON workplace (code);
CREATE INDEX workplace_by_organisation ON workplace (organisation_id);

-- Where somebody works or lives.
CREATE TABLE placement (
    root_id bigint NOT NULL,
    id bigint NOT NULL,             -- the person
    workplace_id bigint NOT NULL,
    since_on text NOT NULL,
    PRIMARY KEY (root_id, id)
);
CREATE INDEX placement_by_person ON placement (id);
CREATE INDEX placement_by_workplace ON placement (workplace_id);

-- Contacts, instructors, and members who answer for a blank.
CREATE TABLE charge (
    root_id bigint NOT NULL,
    workplace_id bigint NOT NULL,
    number bigint NOT NULL,
    kind bigint NOT NULL,
    person_id bigint NOT NULL,
    letter text NOT NULL,
    from_on text NOT NULL,
    until_on text,
    ended_on text,
    reason text,                    -- why it ended
    PRIMARY KEY (root_id, workplace_id, number)
);
CREATE INDEX charge_by_workplace ON charge (workplace_id, number);
CREATE INDEX charge_by_person ON charge (person_id);

CREATE TABLE visit (
    root_id bigint NOT NULL,
    workplace_id bigint NOT NULL,
    number bigint NOT NULL,
    charge_number bigint NOT NULL,
    visited_on text NOT NULL,
    note text NOT NULL,
    PRIMARY KEY (root_id, workplace_id, number)
);
CREATE INDEX visit_by_workplace ON visit (workplace_id, number);

-- Each rung as it was reached, so that years can be compared.
CREATE TABLE rung (
    root_id bigint NOT NULL,
    workplace_id bigint NOT NULL,
    number bigint NOT NULL,
    step bigint NOT NULL,
    reached_on text NOT NULL,
    PRIMARY KEY (root_id, workplace_id, number)
);
CREATE INDEX rung_by_workplace ON rung (workplace_id, number);
CREATE INDEX rung_by_day ON rung (reached_on);

-- Key posts and the members who hold them, by year.
CREATE TABLE key_count (
    root_id bigint NOT NULL,
    workplace_id bigint NOT NULL,
    year bigint NOT NULL,
    n_posts bigint NOT NULL,
    n_members bigint NOT NULL,
    PRIMARY KEY (root_id, workplace_id, year)
);
CREATE INDEX key_count_by_workplace ON key_count (workplace_id, year);
