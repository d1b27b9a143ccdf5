-- Software of a college that issues credentials for it through the VC-API, and what it issued.
CREATE TABLE service_accounts (
    college_id   uuid NOT NULL REFERENCES colleges (id),
    id           uuid NOT NULL,
    name         text NOT NULL,
    token_hash   bytea NOT NULL CHECK (length(token_hash) = 32),
    created_by   uuid NOT NULL,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    revoked_by   uuid,
    PRIMARY KEY (college_id, id),
    UNIQUE (college_id, token_hash),
    FOREIGN KEY (college_id, created_by) REFERENCES members (college_id, id),
    FOREIGN KEY (college_id, revoked_by) REFERENCES members (college_id, id)
);
COMMENT ON TABLE service_accounts IS 'Software that may issue credentials for the college; it is nobody, and may do nothing else';
COMMENT ON COLUMN service_accounts.name IS 'What the college''s admins call it';
COMMENT ON COLUMN service_accounts.token_hash IS 'SHA-256 of the token; the token names its college, was shown once and stands nowhere';
COMMENT ON COLUMN service_accounts.created_by IS 'The admin who made it';
COMMENT ON COLUMN service_accounts.created_at IS 'When it was made';
COMMENT ON COLUMN service_accounts.last_used_at IS 'When its token was last shown, to the minute';
COMMENT ON COLUMN service_accounts.revoked_at IS 'Since when the token opens nothing';
COMMENT ON COLUMN service_accounts.revoked_by IS 'The admin who revoked it';

CREATE TABLE service_credentials (
    college_id    uuid NOT NULL REFERENCES colleges (id),
    id            uuid NOT NULL,
    account_id    uuid NOT NULL,
    status        text NOT NULL CHECK (status IN ('pending_issue', 'active', 'revoked')),
    list_number   integer NOT NULL,
    list_index    integer NOT NULL,
    key_id        uuid NOT NULL,
    to_be_signed  bytea NOT NULL,
    document      text,
    created_at    timestamptz NOT NULL,
    issued_at     timestamptz,
    revoked_at    timestamptz,
    revoked_by    uuid,
    revoke_reason text CHECK (revoke_reason IN ('issued_in_error', 'fraud', 'error', 'duplicate', 'consent_withdrawn', 'legal')),
    revoke_text   text,
    PRIMARY KEY (college_id, id),
    FOREIGN KEY (college_id, account_id) REFERENCES service_accounts (college_id, id),
    FOREIGN KEY (college_id, key_id) REFERENCES signing_keys (college_id, id),
    FOREIGN KEY (college_id, revoked_by) REFERENCES members (college_id, id)
);
CREATE INDEX service_credentials_by_time ON service_credentials (college_id, created_at DESC, id);
COMMENT ON TABLE service_credentials IS 'Credentials that a service account had issued: they come from no achievement of this hub';
COMMENT ON COLUMN service_credentials.id IS 'Random, part of its public address';
COMMENT ON COLUMN service_credentials.account_id IS 'Which software had it issued';
COMMENT ON COLUMN service_credentials.status IS 'pending_issue only inside the transaction that issues it';
COMMENT ON COLUMN service_credentials.list_number IS 'Number of its status list, of the kind achievements';
COMMENT ON COLUMN service_credentials.list_index IS 'Position in that list';
COMMENT ON COLUMN service_credentials.key_id IS 'The key that signed it';
COMMENT ON COLUMN service_credentials.to_be_signed IS 'Stored before the key is touched: signing is a pure function of these bytes';
COMMENT ON COLUMN service_credentials.document IS 'The exact JSON text that was issued';
COMMENT ON COLUMN service_credentials.created_at IS 'When it was asked for; `created` of its proofs';
COMMENT ON COLUMN service_credentials.issued_at IS 'When it was signed';
COMMENT ON COLUMN service_credentials.revoked_at IS 'When it was revoked';
COMMENT ON COLUMN service_credentials.revoked_by IS 'The admin who revoked it';
COMMENT ON COLUMN service_credentials.revoke_reason IS 'Why, as a stable word';
COMMENT ON COLUMN service_credentials.revoke_text IS 'Why, in the admin''s words';

ALTER TABLE service_accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE service_accounts FORCE ROW LEVEL SECURITY;
CREATE POLICY one_college ON service_accounts USING (college_id = nullif(current_setting('hub.college_id', true), '')::uuid)
    WITH CHECK (college_id = nullif(current_setting('hub.college_id', true), '')::uuid);
ALTER TABLE service_credentials ENABLE ROW LEVEL SECURITY;
ALTER TABLE service_credentials FORCE ROW LEVEL SECURITY;
CREATE POLICY one_college ON service_credentials USING (college_id = nullif(current_setting('hub.college_id', true), '')::uuid)
    WITH CHECK (college_id = nullif(current_setting('hub.college_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON service_accounts, service_credentials TO hub_app;
