-- The tree of units and who holds a post. Views: made again from the record.

-- A reference table: small, read everywhere. A unit's subtree is the range of preorder numbers from
-- its own `pre` to its `post`.
CREATE TABLE unit (
    root_id bigint NOT NULL,        -- the county-level unit above, or the unit itself
    id bigint NOT NULL,
    parent_id bigint,
    kind bigint NOT NULL,
    sector bigint NOT NULL,
    code text NOT NULL,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    depth bigint NOT NULL,
    pre bigint NOT NULL,
    post bigint NOT NULL,
    opened_on text NOT NULL,
    closed_on text,
    version bigint NOT NULL,        -- number of events about the unit
    PRIMARY KEY (root_id, id)
);
CREATE INDEX unit_by_id ON unit (id);
CREATE INDEX unit_by_parent ON unit (parent_id, pre);
CREATE INDEX unit_by_pre ON unit (pre);
CREATE INDEX unit_by_code ON unit (code);

-- Who held which post when; the span is open at the end while the post is held.
CREATE TABLE post (
    root_id bigint NOT NULL,
    id bigint NOT NULL,
    unit_id bigint NOT NULL,
    person_id bigint NOT NULL,
    kind bigint NOT NULL,
    from_on text NOT NULL,
    to_on text,
    PRIMARY KEY (root_id, id)
);
CREATE INDEX post_by_unit ON post (root_id, unit_id, from_on);
CREATE INDEX post_by_person ON post (root_id, person_id, from_on);
