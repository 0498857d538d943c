-- Courses, who takes part, examinations and certificates. All are views: made again from the record.
-- Answers stay sealed in the record; what stands here names people by number and says nothing that
-- anybody wrote.

CREATE TABLE cohort (
    root_id bigint NOT NULL,
    id bigint NOT NULL,
    unit_id bigint NOT NULL,        -- the organiser
    year bigint NOT NULL,
    ends_on text NOT NULL,          -- the day of the last session
    terms text NOT NULL,            -- with the sessions as planned last, as JSON
    papers text NOT NULL,           -- sealed papers, as JSON
    version bigint NOT NULL,        -- number of its events, without those of one sitter
    PRIMARY KEY (root_id, id)
);
CREATE INDEX cohort_by_id ON cohort (id);
CREATE INDEX cohort_by_unit ON cohort (unit_id, ends_on);

CREATE TABLE learner (
    root_id bigint NOT NULL,
    cohort_id bigint NOT NULL,
    person_id bigint NOT NULL,
    state text NOT NULL,            -- enrolment and hours by session, as JSON
    PRIMARY KEY (root_id, cohort_id, person_id)
);
CREATE INDEX learner_by_person ON learner (person_id);

CREATE TABLE sitting (
    root_id bigint NOT NULL,
    cohort_id bigint NOT NULL,
    person_id bigint NOT NULL,
    paper bigint NOT NULL,
    state text NOT NULL,            -- times and marks, without the answers, as JSON
    PRIMARY KEY (root_id, cohort_id, person_id, paper)
);
CREATE INDEX sitting_by_person ON sitting (person_id);

CREATE TABLE question (
    root_id bigint NOT NULL,
    id bigint NOT NULL,
    unit_id bigint NOT NULL,        -- whose bank it is
    question text NOT NULL,         -- as JSON
    is_retired bigint NOT NULL,
    PRIMARY KEY (root_id, id)
);
CREATE INDEX question_by_unit ON question (unit_id);

-- Numbered within organiser and year; a number is never used again.
CREATE TABLE certificate (
    root_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    year bigint NOT NULL,
    ordinal bigint NOT NULL,
    number text NOT NULL,
    cohort_id bigint NOT NULL,
    person_id bigint NOT NULL,
    issued text NOT NULL,           -- what it says, as JSON
    issued_on text NOT NULL,
    voided_on text,
    PRIMARY KEY (root_id, unit_id, year, ordinal)
);
CREATE INDEX certificate_by_number ON certificate (number);
CREATE INDEX certificate_by_person ON certificate (person_id);
CREATE INDEX certificate_by_cohort ON certificate (cohort_id);
