-- The issuance log: one for each college, over every document it ever signed, in the order of their commits.

CREATE TABLE issuance_logs (
    college_id uuid PRIMARY KEY REFERENCES colleges (id),
    size       bigint NOT NULL CHECK (size >= 0)
);
COMMENT ON TABLE issuance_logs IS 'The head of each college''s log: whoever appends holds this row, so that indices are dense and in commit order';
COMMENT ON COLUMN issuance_logs.college_id IS 'Whose log';
COMMENT ON COLUMN issuance_logs.size IS 'Documents in the log, also those that no checkpoint covers yet';

ALTER TABLE issued_records ADD COLUMN log_index bigint CHECK (log_index >= 0);
COMMENT ON COLUMN issued_records.log_index IS 'Place in the college''s issuance log, from 0 without gaps; the log''s entry there is record_hash';

CREATE TABLE log_hashes (
    college_id uuid NOT NULL REFERENCES colleges (id),
    level      smallint NOT NULL CHECK (level BETWEEN 0 AND 7),
    start      bigint NOT NULL CHECK (start >= 0),
    hashes     bytea NOT NULL CHECK (length(hashes) > 0 AND length(hashes) % 32 = 0 AND start % 256 + length(hashes) / 32 <= 256),
    PRIMARY KEY (college_id, level, start)
);
COMMENT ON TABLE log_hashes IS 'The tiles of the log (C2SP tlog-tiles), in pieces as they grew: pieces are added and never changed';
COMMENT ON COLUMN log_hashes.college_id IS 'Whose log';
COMMENT ON COLUMN log_hashes.level IS 'Level of the tile: its hashes are roots of 256^level documents';
COMMENT ON COLUMN log_hashes.start IS 'Which hash of the level comes first in this piece; a piece does not cross the border of a tile';
COMMENT ON COLUMN log_hashes.hashes IS 'SHA-256 each (RFC 6962 section 2.1), one after the other';

CREATE TABLE log_checkpoints (
    college_id uuid NOT NULL REFERENCES colleges (id),
    number     bigint NOT NULL CHECK (number > 0),
    size       bigint NOT NULL CHECK (size > 0),
    root       bytea NOT NULL CHECK (length(root) = 32),
    note       text NOT NULL,
    key_id     uuid NOT NULL,
    signed_at  timestamptz NOT NULL,
    PRIMARY KEY (college_id, number),
    FOREIGN KEY (college_id, key_id) REFERENCES signing_keys (college_id, id)
);
CREATE INDEX log_checkpoints_by_size ON log_checkpoints (college_id, size);
COMMENT ON TABLE log_checkpoints IS 'Every tree head that was signed, for good: a later one is never smaller and always contains the earlier';
COMMENT ON COLUMN log_checkpoints.college_id IS 'Whose log';
COMMENT ON COLUMN log_checkpoints.number IS 'From 1 without gaps, in the order of signing';
COMMENT ON COLUMN log_checkpoints.size IS 'Documents the head covers: those with a smaller log_index';
COMMENT ON COLUMN log_checkpoints.root IS 'Root hash of the tree of that size';
COMMENT ON COLUMN log_checkpoints.note IS 'The signed note as it is published (C2SP tlog-checkpoint); it says size and root once more';
COMMENT ON COLUMN log_checkpoints.key_id IS 'The log key that signed';
COMMENT ON COLUMN log_checkpoints.signed_at IS 'By the hub''s own clock, which proves nothing';

CREATE TABLE log_timestamps (
    college_id uuid NOT NULL REFERENCES colleges (id),
    checkpoint bigint NOT NULL,
    token      bytea NOT NULL,
    stamped_at timestamptz NOT NULL,
    asked_at   timestamptz NOT NULL,
    PRIMARY KEY (college_id, checkpoint),
    FOREIGN KEY (college_id, checkpoint) REFERENCES log_checkpoints (college_id, number)
);
COMMENT ON TABLE log_timestamps IS 'What somebody outside says of when a checkpoint was there';
COMMENT ON COLUMN log_timestamps.college_id IS 'Whose log';
COMMENT ON COLUMN log_timestamps.checkpoint IS 'The checkpoint whose note was stamped';
COMMENT ON COLUMN log_timestamps.token IS 'Time-stamp token (RFC 3161) over the SHA-256 of the note, DER; checked before it was kept, and whenever it is relied upon';
COMMENT ON COLUMN log_timestamps.stamped_at IS 'genTime of the token';
COMMENT ON COLUMN log_timestamps.asked_at IS 'When the hub asked, by its own clock';

DO $$
DECLARE tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['issuance_logs', 'log_hashes', 'log_checkpoints', 'log_timestamps']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format(
            'CREATE POLICY one_college ON %I USING (college_id = nullif(current_setting(''hub.college_id'', true), '''')::uuid)
             WITH CHECK (college_id = nullif(current_setting(''hub.college_id'', true), '''')::uuid)', tenant_table);
    END LOOP;
END $$;

-- Rows are added. Only the head of a log is ever changed.
GRANT SELECT, INSERT ON issuance_logs, log_hashes, log_checkpoints, log_timestamps TO hub_app;
GRANT UPDATE (size) ON issuance_logs TO hub_app;

-- What was issued before there was a log comes first in it, in the order of issue. Row-level security holds for the
-- owner too, so this goes from college to college, and leaves no college set.
DO $$
DECLARE
    college uuid;
    before  text := current_setting('hub.college_id', true);
BEGIN
    FOR college IN SELECT id FROM colleges LOOP
        PERFORM set_config('hub.college_id', college::text, true);
        UPDATE issued_records r SET log_index = o.log_index
        FROM (SELECT document_id, generation, row_number() OVER (ORDER BY issued_at, document_id, generation) - 1 AS log_index
              FROM issued_records WHERE college_id = college) o
        WHERE r.college_id = college AND r.document_id = o.document_id AND r.generation = o.generation;
        INSERT INTO issuance_logs (college_id, size)
        SELECT college, count(*) FROM issued_records WHERE college_id = college;
    END LOOP;
    PERFORM set_config('hub.college_id', coalesce(before, ''), true);
END $$;

ALTER TABLE issued_records ALTER COLUMN log_index SET NOT NULL;
ALTER TABLE issued_records ADD CONSTRAINT issued_records_once_in_log UNIQUE (college_id, log_index);
