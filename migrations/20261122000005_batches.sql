-- Many at once: past approvals that a college brings along, and credentials that are signed anew.

CREATE TABLE batches (
    college_id  uuid NOT NULL REFERENCES colleges (id),
    id          uuid NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('past_approvals', 'reissue', 'key_replaced')),
    key_id      uuid,
    created_by  uuid,
    created_at  timestamptz NOT NULL,
    started_at  timestamptz,
    finished_at timestamptz,
    PRIMARY KEY (college_id, id),
    FOREIGN KEY (college_id, key_id) REFERENCES signing_keys (college_id, id),
    FOREIGN KEY (college_id, created_by) REFERENCES members (college_id, id),
    CHECK ((kind = 'key_replaced') = (key_id IS NOT NULL))
);
CREATE INDEX batches_unfinished ON batches (college_id) WHERE finished_at IS NULL;
COMMENT ON TABLE batches IS 'Credentials issued many at a time, by jobs, a chunk in each transaction';
COMMENT ON COLUMN batches.college_id IS 'The college it belongs to';
COMMENT ON COLUMN batches.id IS 'UUIDv7: batches are in the order of their ids';
COMMENT ON COLUMN batches.kind IS 'past_approvals: achievements that were approved before; reissue: chosen credentials with their facts drawn anew; key_replaced: the same facts under another key';
COMMENT ON COLUMN batches.key_id IS 'For key_replaced: the key whose signatures are replaced';
COMMENT ON COLUMN batches.created_by IS 'Who asked; null where the hub itself did';
COMMENT ON COLUMN batches.created_at IS 'When it was asked for; in whole seconds it is `created` in every proof of the batch, so that a second run gives the same bytes';
COMMENT ON COLUMN batches.started_at IS 'When the first chunk was begun';
COMMENT ON COLUMN batches.finished_at IS 'When no item was left waiting';

CREATE TABLE batch_items (
    college_id    uuid NOT NULL REFERENCES colleges (id),
    batch_id      uuid NOT NULL,
    position      integer NOT NULL,
    credential_id uuid,
    generation    integer NOT NULL DEFAULT 1,
    reference     text,
    content_hash  bytea CHECK (length(content_hash) = 32),
    state         text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'issued', 'failed', 'skipped')),
    code          text,
    detail        text,
    PRIMARY KEY (college_id, batch_id, position),
    FOREIGN KEY (college_id, batch_id) REFERENCES batches (college_id, id),
    FOREIGN KEY (college_id, credential_id) REFERENCES credentials (college_id, id),
    CHECK (credential_id IS NOT NULL OR state = 'failed')
);
CREATE INDEX batch_items_waiting ON batch_items (college_id, batch_id, position) WHERE state = 'waiting';
CREATE UNIQUE INDEX batch_items_once ON batch_items (college_id, reference) WHERE reference IS NOT NULL AND credential_id IS NOT NULL;
COMMENT ON TABLE batch_items IS 'What a batch issues, one row for each credential, and one for each row of the file that could not be taken';
COMMENT ON COLUMN batch_items.college_id IS 'The college it belongs to';
COMMENT ON COLUMN batch_items.batch_id IS 'Its batch';
COMMENT ON COLUMN batch_items.position IS 'The row as the sender counts: the line of a CSV file, the place in a JSON list from 1';
COMMENT ON COLUMN batch_items.credential_id IS 'The credential to sign; null where the row could not be taken';
COMMENT ON COLUMN batch_items.generation IS 'Which issue of the credential this item brings about; one that stands there already is not signed again';
COMMENT ON COLUMN batch_items.reference IS 'The sender''s own name for a past approval: once in a college, so that a file sent twice issues nothing twice';
COMMENT ON COLUMN batch_items.content_hash IS 'SHA-256 of what the row said, so that another row under the same reference is noticed';
COMMENT ON COLUMN batch_items.state IS 'waiting; issued; failed, with code and detail; skipped: revoked before its turn';
COMMENT ON COLUMN batch_items.code IS 'Why it failed, as a machine word';
COMMENT ON COLUMN batch_items.detail IS 'Why it failed, as a sentence; for a row of a file it begins with the column';

-- Nobody approves their own, whatever the program does.
ALTER TABLE credentials ADD CONSTRAINT credentials_not_own CHECK (approved_by <> student_id);

GRANT SELECT, INSERT, UPDATE ON batches, batch_items TO hub_app;
ALTER TABLE batches ENABLE ROW LEVEL SECURITY;
ALTER TABLE batches FORCE ROW LEVEL SECURITY;
CREATE POLICY one_college ON batches USING (college_id = nullif(current_setting('hub.college_id', true), '')::uuid)
    WITH CHECK (college_id = nullif(current_setting('hub.college_id', true), '')::uuid);
ALTER TABLE batch_items ENABLE ROW LEVEL SECURITY;
ALTER TABLE batch_items FORCE ROW LEVEL SECURITY;
CREATE POLICY one_college ON batch_items USING (college_id = nullif(current_setting('hub.college_id', true), '')::uuid)
    WITH CHECK (college_id = nullif(current_setting('hub.college_id', true), '')::uuid);
