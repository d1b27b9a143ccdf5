-- The audit as a chain: one for each college, over every event in the order of the commits of their acts.
-- docs/audit.md says how each hash is made; src/domain/audit.rs makes them.

CREATE TABLE audit_chains (
    college_id uuid PRIMARY KEY REFERENCES colleges (id),
    size       bigint NOT NULL CHECK (size >= 0),
    hash       bytea NOT NULL CHECK (length(hash) = 32)
);
COMMENT ON TABLE audit_chains IS 'The head of each college''s chain: an act holds this row last, from its events to its commit, so that places are dense and in commit order';
COMMENT ON COLUMN audit_chains.college_id IS 'Whose chain';
COMMENT ON COLUMN audit_chains.size IS 'Entries in the chain';
COMMENT ON COLUMN audit_chains.hash IS 'Hash of the last entry; of an empty chain, its beginning';

ALTER TABLE audit_chains ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_chains FORCE ROW LEVEL SECURITY;
CREATE POLICY one_college ON audit_chains USING (college_id = nullif(current_setting('hub.college_id', true), '')::uuid)
    WITH CHECK (college_id = nullif(current_setting('hub.college_id', true), '')::uuid);
GRANT SELECT, INSERT ON audit_chains TO hub_app;
GRANT UPDATE (size, hash) ON audit_chains TO hub_app;

ALTER TABLE events ADD COLUMN seq bigint, ADD COLUMN salt bytea CHECK (length(salt) = 16),
    ADD COLUMN words_hash bytea CHECK (length(words_hash) = 32), ADD COLUMN hash bytea CHECK (length(hash) = 32);
-- The text that is hashed is kept octet by octet; jsonb would write it anew.
ALTER TABLE events ALTER COLUMN data DROP DEFAULT;
ALTER TABLE events ALTER COLUMN data TYPE json USING data::json;
ALTER TABLE events ALTER COLUMN data SET DEFAULT '{}';

-- What happened before there was a chain comes first in it. Row-level security holds for the owner too, so this goes
-- from college to college, and leaves no college set.
DO $$
DECLARE
    college  uuid;
    event    record;
    place    bigint;
    link     bytea;
    drawn    bytea;
    words    bytea;
    before   text := current_setting('hub.college_id', true);
    none     text := '-';
BEGIN
    FOR college IN SELECT id FROM colleges LOOP
        PERFORM set_config('hub.college_id', college::text, true);
        place := 0;
        link := sha256(convert_to(concat_ws(E'\n', 'hub audit chain', college), 'UTF8'));
        FOR event IN SELECT * FROM events WHERE college_id = college ORDER BY id LOOP
            place := place + 1;
            drawn := decode(replace(gen_random_uuid()::text, '-', ''), 'hex');
            words := sha256(convert_to(concat_ws(E'\n', 'hub audit words', encode(drawn, 'hex'), octet_length(event.data::text),
                event.data::text, coalesce('+' || event.text, none)), 'UTF8'));
            link := sha256(link || sha256(convert_to(concat_ws(E'\n', 'hub audit entry', place, event.id,
                (extract(epoch FROM event.at) * 1000000)::bigint, event.kind, coalesce(event.actor_id::text, none),
                coalesce(event.actor_role, none), coalesce(event.achievement_id::text, none),
                coalesce(event.revision::text, none), encode(words, 'hex')), 'UTF8')));
            UPDATE events e SET seq = place, salt = drawn, words_hash = words, hash = link
            WHERE e.college_id = college AND e.id = event.id;
        END LOOP;
        INSERT INTO audit_chains (college_id, size, hash) VALUES (college, place, link);
    END LOOP;
    PERFORM set_config('hub.college_id', coalesce(before, ''), true);
END $$;

ALTER TABLE events ALTER COLUMN seq SET NOT NULL, ALTER COLUMN words_hash SET NOT NULL, ALTER COLUMN hash SET NOT NULL,
    ADD CONSTRAINT events_in_chain UNIQUE (college_id, seq),
    ADD CONSTRAINT events_erased_whole CHECK (salt IS NOT NULL OR text IS NULL AND data::text = '{}');
CREATE INDEX events_by_actor ON events (college_id, actor_id, seq);
CREATE INDEX events_by_kind ON events (college_id, kind, seq);
COMMENT ON COLUMN events.college_id IS 'In which college';
COMMENT ON COLUMN events.id IS 'UUIDv7';
COMMENT ON COLUMN events.achievement_id IS 'The achievement it belongs to; an id that names no person by itself';
COMMENT ON COLUMN events.revision IS 'Its revision';
COMMENT ON COLUMN events.kind IS 'What happened: one word';
COMMENT ON COLUMN events.actor_id IS 'Who acted, by the id of a member or of a delegate of the platform; none for the hub itself';
COMMENT ON COLUMN events.actor_role IS 'Under which role';
COMMENT ON COLUMN events.at IS 'When, in whole microseconds';
COMMENT ON COLUMN events.text IS 'What the actor said; with data and salt, what an erasure takes out';
COMMENT ON COLUMN events.data IS 'Further facts, as the text that was hashed';
COMMENT ON COLUMN events.seq IS 'Place in the college''s chain, from 1 without gaps';
COMMENT ON COLUMN events.salt IS '16 random octets, so that words_hash tells nothing of words that were erased; null where they were';
COMMENT ON COLUMN events.words_hash IS 'Commitment to text and data: SHA-256 of salt and both';
COMMENT ON COLUMN events.hash IS 'SHA-256 of the hash of the entry before and the digest of this one';

-- The one change there is: an erasure takes the words out, for good, and leaves the entry.
CREATE FUNCTION events_only_erased() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE erased events := OLD;
BEGIN
    erased.salt := NULL;
    erased.text := NULL;
    erased.data := '{}';
    IF NEW::text <> erased::text THEN
        RAISE EXCEPTION 'an entry of the audit is not changed, only its words erased' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'events_only_erased';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER events_only_erased BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION events_only_erased();
GRANT UPDATE (salt, text, data) ON events TO hub_app;

ALTER TABLE log_checkpoints ADD COLUMN audit_size bigint CHECK (audit_size >= 0),
    ADD COLUMN audit_hash bytea CHECK (length(audit_hash) = 32),
    ADD CONSTRAINT log_checkpoints_audit_whole CHECK ((audit_size IS NULL) = (audit_hash IS NULL));
COMMENT ON COLUMN log_checkpoints.audit_size IS 'Entries of the audit that the note signs besides, in a line of its own; none in notes of before there was a chain';
COMMENT ON COLUMN log_checkpoints.audit_hash IS 'Hash of the last of them';
