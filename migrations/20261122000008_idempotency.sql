-- What a retried POST must not do twice: the key its client made for it, and the answer it got.

CREATE TABLE repeatable_requests (
    college_id  uuid NOT NULL REFERENCES colleges (id),
    member_id   uuid NOT NULL,
    key         text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    operation   text NOT NULL,
    body_sha256 bytea NOT NULL CHECK (length(body_sha256) = 32),
    started_at  timestamptz NOT NULL,
    status      integer,
    headers     jsonb,
    body        bytea,
    PRIMARY KEY (college_id, member_id, key),
    FOREIGN KEY (college_id, member_id) REFERENCES members (college_id, id)
);
CREATE INDEX repeatable_requests_by_age ON repeatable_requests (college_id, started_at);
COMMENT ON TABLE repeatable_requests IS 'Idempotency-Key: one row a key and member, kept seven days';
COMMENT ON COLUMN repeatable_requests.college_id IS 'The college of the member';
COMMENT ON COLUMN repeatable_requests.member_id IS 'Who sent it: the same key of somebody else is another one';
COMMENT ON COLUMN repeatable_requests.key IS 'As the client made it, one for each intention';
COMMENT ON COLUMN repeatable_requests.operation IS 'Method and address, so that a key is not taken for another act';
COMMENT ON COLUMN repeatable_requests.body_sha256 IS 'Of the body: the same key with another body is refused';
COMMENT ON COLUMN repeatable_requests.started_at IS 'When it was last begun';
COMMENT ON COLUMN repeatable_requests.status IS 'HTTP status of the answer; null while it runs';
COMMENT ON COLUMN repeatable_requests.headers IS 'Content-Type, ETag and Location of the answer';
COMMENT ON COLUMN repeatable_requests.body IS 'The answer, byte for byte';

GRANT SELECT, INSERT, UPDATE, DELETE ON repeatable_requests TO hub_app;
ALTER TABLE repeatable_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE repeatable_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY one_college ON repeatable_requests
    USING (college_id = nullif(current_setting('hub.college_id', true), '')::uuid)
    WITH CHECK (college_id = nullif(current_setting('hub.college_id', true), '')::uuid);
