-- Admissions by year, of a unit and everything below it, without reading the rows of people.

CREATE INDEX person_by_admission ON person (root_id, unit_id, admitted_on, merged_into);
