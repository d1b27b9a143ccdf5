-- Files of evidence: uploads in pieces, room for each student and college, what codes in a file say, shares, and the
-- address that a credential names a file by.

-- Uploads in pieces. -------------------------------------------------------------------------------------------------

CREATE TABLE uploads (
    college_id     uuid NOT NULL REFERENCES colleges (id),
    id             uuid NOT NULL,
    student_id     uuid NOT NULL,
    achievement_id uuid NOT NULL,
    name           text NOT NULL,
    caption        text,
    kind           text CHECK (kind IN ('certificate', 'photo', 'letter', 'report')),
    size           bigint NOT NULL CHECK (size BETWEEN 1 AND 26214400),
    received       bigint NOT NULL DEFAULT 0,
    sha256         bytea CHECK (length(sha256) = 32),
    evidence_id    uuid,
    created_at     timestamptz NOT NULL,
    touched_at     timestamptz NOT NULL,
    PRIMARY KEY (college_id, id),
    FOREIGN KEY (college_id, student_id) REFERENCES members (college_id, id),
    FOREIGN KEY (college_id, achievement_id) REFERENCES achievements (college_id, id) ON DELETE CASCADE,
    -- Deferred: the upload gives its room up before the file it becomes takes it.
    FOREIGN KEY (college_id, evidence_id) REFERENCES evidence (college_id, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    CHECK (received BETWEEN 0 AND size)
);
CREATE INDEX uploads_by_student ON uploads (college_id, student_id, id DESC);
CREATE INDEX uploads_by_age ON uploads (college_id, touched_at);
CREATE INDEX uploads_by_achievement ON uploads (college_id, achievement_id);
CREATE INDEX uploads_by_evidence ON uploads (college_id, evidence_id) WHERE evidence_id IS NOT NULL;
COMMENT ON TABLE uploads IS 'Files that come in pieces over a connection that breaks; forgotten a day after the last piece';
COMMENT ON COLUMN uploads.college_id IS 'The college of the student';
COMMENT ON COLUMN uploads.student_id IS 'Who sends it';
COMMENT ON COLUMN uploads.achievement_id IS 'The draft it is for';
COMMENT ON COLUMN uploads.name IS 'Name of the file as the phone has it';
COMMENT ON COLUMN uploads.caption IS 'What the student wrote under it';
COMMENT ON COLUMN uploads.kind IS 'What it is, as the student says; null where nobody said';
COMMENT ON COLUMN uploads.size IS 'Octets of the whole file, as announced: this room is kept free until it is attached or forgotten';
COMMENT ON COLUMN uploads.received IS 'Octets that lie on the disk for good: where the next piece begins';
COMMENT ON COLUMN uploads.sha256 IS 'Of the whole file, where the phone announced it';
COMMENT ON COLUMN uploads.evidence_id IS 'What became of it, once all was there';
COMMENT ON COLUMN uploads.created_at IS 'When it was begun';
COMMENT ON COLUMN uploads.touched_at IS 'When the last piece came';

CREATE TABLE upload_parts (
    college_id uuid NOT NULL,
    upload_id  uuid NOT NULL,
    starts_at  bigint NOT NULL CHECK (starts_at >= 0),
    size       bigint NOT NULL CHECK (size > 0),
    sha256     bytea NOT NULL CHECK (length(sha256) = 32),
    PRIMARY KEY (college_id, upload_id, starts_at),
    FOREIGN KEY (college_id, upload_id) REFERENCES uploads (college_id, id) ON DELETE CASCADE
);
CREATE INDEX upload_parts_by_digest ON upload_parts (college_id, sha256);
COMMENT ON TABLE upload_parts IS 'Pieces, each a file by its digest: one that was cut short holds what came of it';
COMMENT ON COLUMN upload_parts.college_id IS 'The college of the upload';
COMMENT ON COLUMN upload_parts.upload_id IS 'The upload';
COMMENT ON COLUMN upload_parts.starts_at IS 'Octets before it';
COMMENT ON COLUMN upload_parts.size IS 'Octets';
COMMENT ON COLUMN upload_parts.sha256 IS 'Of its bytes, by which they lie on the disk';

-- Room. --------------------------------------------------------------------------------------------------------------

CREATE TABLE evidence_room (
    college_id  uuid PRIMARY KEY REFERENCES colleges (id),
    per_student bigint NOT NULL DEFAULT 1073741824 CHECK (per_student >= 0),
    in_all      bigint NOT NULL DEFAULT 214748364800 CHECK (in_all >= 0),
    used        bigint NOT NULL DEFAULT 0 CHECK (used >= 0)
);
COMMENT ON TABLE evidence_room IS 'How much the files of a college may take; a college without a row has the defaults and holds none';
COMMENT ON COLUMN evidence_room.college_id IS 'The college';
COMMENT ON COLUMN evidence_room.per_student IS 'Octets for the originals of one student; the college sets it';
COMMENT ON COLUMN evidence_room.in_all IS 'Octets for the originals of all of them; the operator sets it';
COMMENT ON COLUMN evidence_room.used IS 'Octets taken or kept free for uploads under way: the sum over its students';

CREATE TABLE student_room (
    college_id uuid NOT NULL,
    student_id uuid NOT NULL,
    used       bigint NOT NULL DEFAULT 0 CHECK (used >= 0),
    PRIMARY KEY (college_id, student_id),
    FOREIGN KEY (college_id, student_id) REFERENCES members (college_id, id)
);
COMMENT ON TABLE student_room IS 'How much a student''s files take';
COMMENT ON COLUMN student_room.college_id IS 'The college';
COMMENT ON COLUMN student_room.student_id IS 'The student';
COMMENT ON COLUMN student_room.used IS 'Octets taken or kept free for uploads under way';

CREATE TABLE student_files (
    college_id uuid NOT NULL,
    student_id uuid NOT NULL,
    sha256     bytea NOT NULL CHECK (length(sha256) = 32),
    size       bigint NOT NULL,
    uses       integer NOT NULL CHECK (uses >= 0),
    PRIMARY KEY (college_id, student_id, sha256),
    FOREIGN KEY (college_id, student_id) REFERENCES members (college_id, id)
);
COMMENT ON TABLE student_files IS 'Which originals a student has: one that stands at several revisions takes room once';
COMMENT ON COLUMN student_files.college_id IS 'The college';
COMMENT ON COLUMN student_files.student_id IS 'Whose it is';
COMMENT ON COLUMN student_files.sha256 IS 'Of the original';
COMMENT ON COLUMN student_files.size IS 'Octets';
COMMENT ON COLUMN student_files.uses IS 'Rows of evidence that name it';

-- Take room, or give it back where `octets` is negative. One guarded statement each: of any number at once, as many
-- get room as there is room for.
CREATE FUNCTION take_room(college uuid, student uuid, octets bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO evidence_room (college_id) VALUES (college) ON CONFLICT DO NOTHING;
    INSERT INTO student_room (college_id, student_id) VALUES (college, student) ON CONFLICT DO NOTHING;
    UPDATE student_room s SET used = s.used + octets FROM evidence_room r
    WHERE s.college_id = college AND s.student_id = student AND r.college_id = college
      AND (octets <= 0 OR s.used + octets <= r.per_student);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no room for more files of this student' USING ERRCODE = 'check_violation', CONSTRAINT = 'room_of_student';
    END IF;
    UPDATE evidence_room r SET used = r.used + octets
    WHERE r.college_id = college AND (octets <= 0 OR r.used + octets <= r.in_all);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no room for more files of this college' USING ERRCODE = 'check_violation', CONSTRAINT = 'room_of_college';
    END IF;
END $$;

CREATE FUNCTION keep_room_for_upload() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM take_room(NEW.college_id, NEW.student_id, NEW.size);
    ELSIF OLD.evidence_id IS NULL THEN
        -- Attached: the file itself takes the room. Forgotten: nothing does.
        PERFORM take_room(OLD.college_id, OLD.student_id, -OLD.size);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER uploads_take_room AFTER INSERT OR DELETE ON uploads FOR EACH ROW EXECUTE FUNCTION keep_room_for_upload();
CREATE TRIGGER uploads_attached AFTER UPDATE OF evidence_id ON uploads FOR EACH ROW
    WHEN (OLD.evidence_id IS NULL AND NEW.evidence_id IS NOT NULL) EXECUTE FUNCTION keep_room_for_upload();

ALTER TABLE evidence
    ADD COLUMN student_id uuid,
    ADD CHECK (size BETWEEN 1 AND 26214400),
    ADD FOREIGN KEY (college_id, student_id) REFERENCES members (college_id, id);
COMMENT ON COLUMN evidence.student_id IS 'Whose achievement it is; the database fills it in';

CREATE FUNCTION own_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT a.student_id INTO NEW.student_id FROM achievements a WHERE a.college_id = NEW.college_id AND a.id = NEW.achievement_id;
    IF (SELECT count(*) FROM evidence e WHERE e.college_id = NEW.college_id AND e.achievement_id = NEW.achievement_id
        AND e.revision = NEW.revision) >= 10
    THEN
        RAISE EXCEPTION 'at most ten files at one revision' USING ERRCODE = 'check_violation', CONSTRAINT = 'evidence_count';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER evidence_owned BEFORE INSERT ON evidence FOR EACH ROW EXECUTE FUNCTION own_evidence();

CREATE FUNCTION count_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    left_over integer;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO evidence_addresses (public_id, college_id) VALUES (NEW.public_id, NEW.college_id);
        INSERT INTO student_files AS f (college_id, student_id, sha256, size, uses)
        VALUES (NEW.college_id, NEW.student_id, NEW.sha256, NEW.size, 1)
        ON CONFLICT (college_id, student_id, sha256) DO UPDATE SET uses = f.uses + 1
        RETURNING uses INTO left_over;
        IF left_over = 1 THEN
            PERFORM take_room(NEW.college_id, NEW.student_id, NEW.size);
        END IF;
    ELSE
        DELETE FROM evidence_addresses WHERE public_id = OLD.public_id;
        UPDATE student_files SET uses = uses - 1
        WHERE college_id = OLD.college_id AND student_id = OLD.student_id AND sha256 = OLD.sha256
        RETURNING uses INTO left_over;
        IF left_over = 0 THEN
            DELETE FROM student_files WHERE college_id = OLD.college_id AND student_id = OLD.student_id AND sha256 = OLD.sha256;
            PERFORM take_room(OLD.college_id, OLD.student_id, -OLD.size);
        END IF;
    END IF;
    RETURN NULL;
END $$;

-- Addresses. ---------------------------------------------------------------------------------------------------------

CREATE TABLE evidence_addresses (
    public_id  uuid PRIMARY KEY,
    college_id uuid NOT NULL REFERENCES colleges (id)
);
COMMENT ON TABLE evidence_addresses IS 'Of which college a file is that a credential names by /e/<id>: known before the college is';
COMMENT ON COLUMN evidence_addresses.public_id IS 'evidence.public_id: random, it tells nothing';
COMMENT ON COLUMN evidence_addresses.college_id IS 'The college';
CREATE INDEX evidence_by_rendition ON evidence (college_id, rendition_sha256);
CREATE INDEX evidence_by_print ON evidence (college_id, print_sha256);
CREATE INDEX evidence_by_thumb ON evidence (college_id, thumb_sha256);
CREATE INDEX portfolios_by_file ON portfolios (college_id, file_sha256);
CREATE UNIQUE INDEX evidence_by_public_id ON evidence (college_id, public_id);

-- What codes say. ----------------------------------------------------------------------------------------------------

CREATE TABLE file_codes (
    college_id uuid NOT NULL REFERENCES colleges (id),
    sha256     bytea NOT NULL CHECK (length(sha256) = 32),
    texts      text[] NOT NULL,
    PRIMARY KEY (college_id, sha256)
);
COMMENT ON TABLE file_codes IS 'Texts of the QR codes found in a file: shown to who reviews it, never fetched';
COMMENT ON COLUMN file_codes.college_id IS 'The college that has the file';
COMMENT ON COLUMN file_codes.sha256 IS 'Of the original';
COMMENT ON COLUMN file_codes.texts IS 'As they stand in the codes, without control characters; a file without codes has no row';

-- Shares. ------------------------------------------------------------------------------------------------------------

CREATE TABLE shares (
    college_id  uuid NOT NULL REFERENCES colleges (id),
    id          uuid NOT NULL,
    student_id  uuid NOT NULL,
    token_hash  bytea NOT NULL CHECK (length(token_hash) = 32),
    name        text NOT NULL,
    everything  boolean NOT NULL,
    evidence    boolean NOT NULL,
    expires_at  timestamptz NOT NULL,
    opens       bigint NOT NULL DEFAULT 0,
    last_opened timestamptz,
    created_at  timestamptz NOT NULL,
    version     bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (college_id, id),
    UNIQUE (college_id, token_hash),
    FOREIGN KEY (college_id, student_id) REFERENCES members (college_id, id)
);
CREATE INDEX shares_by_student ON shares (college_id, student_id, id DESC);
COMMENT ON TABLE shares IS 'Links under which a student shows achievements to whoever has them; one that is stopped is gone';
COMMENT ON COLUMN shares.college_id IS 'The college of the student; the token names it';
COMMENT ON COLUMN shares.student_id IS 'Whose achievements it shows';
COMMENT ON COLUMN shares.token_hash IS 'SHA-256 of the token; the token itself is nowhere';
COMMENT ON COLUMN shares.name IS 'What the student calls it; nobody else sees it';
COMMENT ON COLUMN shares.everything IS 'Whether it shows all that is approved, also later; else the items chosen';
COMMENT ON COLUMN shares.evidence IS 'Whether it shows the files';
COMMENT ON COLUMN shares.expires_at IS 'Until when it opens';
COMMENT ON COLUMN shares.opens IS 'How often it was opened';
COMMENT ON COLUMN shares.last_opened IS 'When it was opened last';
COMMENT ON COLUMN shares.created_at IS 'When it was made';
COMMENT ON COLUMN shares.version IS 'The ETag: each change by the student adds one';

CREATE TABLE share_items (
    college_id     uuid NOT NULL,
    share_id       uuid NOT NULL,
    achievement_id uuid NOT NULL,
    PRIMARY KEY (college_id, share_id, achievement_id),
    FOREIGN KEY (college_id, share_id) REFERENCES shares (college_id, id) ON DELETE CASCADE,
    FOREIGN KEY (college_id, achievement_id) REFERENCES achievements (college_id, id) ON DELETE CASCADE
);
CREATE INDEX share_items_by_achievement ON share_items (college_id, achievement_id);
COMMENT ON TABLE share_items IS 'What was chosen for a share';
COMMENT ON COLUMN share_items.college_id IS 'The college of the share';
COMMENT ON COLUMN share_items.share_id IS 'The share';
COMMENT ON COLUMN share_items.achievement_id IS 'Shown while its credential holds';

GRANT SELECT, INSERT, UPDATE, DELETE ON uploads, upload_parts, evidence_room, student_room, student_files, file_codes, shares, share_items TO hub_app;
GRANT SELECT, INSERT, DELETE ON evidence_addresses TO hub_app;

DO $$
DECLARE tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['uploads', 'upload_parts', 'evidence_room', 'student_room', 'student_files', 'file_codes', 'shares', 'share_items']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format(
            'CREATE POLICY one_college ON %I USING (college_id = nullif(current_setting(''hub.college_id'', true), '''')::uuid)
             WITH CHECK (college_id = nullif(current_setting(''hub.college_id'', true), '''')::uuid)', tenant_table);
    END LOOP;
END $$;

-- What is there already. Row-level security holds for the owner too, so this goes from college to college.
DO $$
DECLARE
    college uuid;
    before  text := current_setting('hub.college_id', true);
BEGIN
    FOR college IN SELECT id FROM colleges LOOP
        PERFORM set_config('hub.college_id', college::text, true);
        UPDATE evidence e SET student_id = a.student_id FROM achievements a
        WHERE e.college_id = college AND a.college_id = college AND a.id = e.achievement_id;
        INSERT INTO evidence_addresses (public_id, college_id) SELECT public_id, college_id FROM evidence WHERE college_id = college;
        INSERT INTO student_files (college_id, student_id, sha256, size, uses)
        SELECT college, student_id, sha256, max(size), count(*) FROM evidence WHERE college_id = college GROUP BY student_id, sha256;
        INSERT INTO student_room (college_id, student_id, used)
        SELECT college, student_id, sum(size) FROM student_files WHERE college_id = college GROUP BY student_id;
        INSERT INTO evidence_room (college_id, used)
        SELECT college, coalesce(sum(used), 0) FROM student_room WHERE college_id = college;
    END LOOP;
    PERFORM set_config('hub.college_id', coalesce(before, ''), true);
END $$;

ALTER TABLE evidence ALTER COLUMN student_id SET NOT NULL;
CREATE TRIGGER evidence_counted AFTER INSERT OR DELETE ON evidence FOR EACH ROW EXECUTE FUNCTION count_evidence();
