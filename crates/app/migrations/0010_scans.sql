-- The bytes of scanned papers. The events name them by digest, kind and length; the bytes are no view and
-- cannot be made again from the record, so verifying holds them against it.

-- One row for each part, sealed under the key of the person whom the event is about: what destroys the
-- key destroys the scans.
CREATE TABLE scan (
    root_id bigint NOT NULL,        -- that of the event
    event_id text NOT NULL,
    place bigint NOT NULL,          -- which of the papers that the event names
    part bigint NOT NULL,           -- from 0
    n_parts bigint NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (root_id, event_id, place, part)
);
CREATE INDEX scan_by_event ON scan (event_id, place, part);
