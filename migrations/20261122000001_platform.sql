-- What must be known before a college is: colleges, log-ins, tokens, jobs, the platform's own keys.
-- These tables carry no row-level security; only src/storage/platform.rs and public.rs read them.

CREATE TABLE platform_settings (
    key   text PRIMARY KEY,
    value text NOT NULL
);
COMMENT ON TABLE platform_settings IS 'Facts fixed for this deployment, such as the public URL that ids and DIDs are made of';

CREATE TABLE colleges (
    id              uuid PRIMARY KEY,
    slug            text NOT NULL UNIQUE CHECK (slug ~ '^[a-z][a-z0-9-]{1,38}[a-z0-9]$'),
    skeleton        text NOT NULL UNIQUE,
    name            text NOT NULL,
    name_native     text,
    city            text,
    address         text,
    website         text,
    aishe_code      text,
    colour          text NOT NULL DEFAULT '#1d4e89' CHECK (colour ~ '^#[0-9a-f]{6}$'),
    logo            bytea,
    logo_type       text,
    signatory_name  text,
    signatory_title text,
    footer          text,
    consent_version text NOT NULL,
    consent_text    text NOT NULL,
    state           text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended')),
    created_at      timestamptz NOT NULL
);
COMMENT ON COLUMN colleges.slug IS 'Part of the DID: lower-case, never renamed, never reused';
COMMENT ON COLUMN colleges.skeleton IS 'UTS #39 skeleton of the name, so that no second college looks the same';
COMMENT ON COLUMN colleges.aishe_code IS 'All India Survey on Higher Education code, carried in issuer.otherIdentifier';

CREATE TABLE logins (
    college_id    uuid NOT NULL REFERENCES colleges (id),
    member_id     uuid NOT NULL,
    email_key     text NOT NULL,
    password_hash text,
    PRIMARY KEY (college_id, member_id),
    UNIQUE (college_id, email_key)
);
CREATE INDEX logins_by_email ON logins (email_key);
COMMENT ON COLUMN logins.email_key IS 'The address in lower case (NFKC): the same person may stand in several colleges';
COMMENT ON COLUMN logins.password_hash IS 'argon2id, PHC string; null until a password was set';

CREATE TABLE refresh_tokens (
    token_hash  bytea PRIMARY KEY,
    family_id   uuid NOT NULL,
    college_id  uuid NOT NULL REFERENCES colleges (id),
    member_id   uuid NOT NULL,
    parent_hash bytea,
    client      text NOT NULL DEFAULT '',
    issued_at   timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    consumed_at timestamptz,
    revoked_at  timestamptz
);
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family_id);
CREATE INDEX refresh_tokens_by_parent ON refresh_tokens (parent_hash);
CREATE INDEX refresh_tokens_by_member ON refresh_tokens (college_id, member_id);
COMMENT ON COLUMN refresh_tokens.token_hash IS 'SHA-256 of the opaque token; the token itself is nowhere';
COMMENT ON COLUMN refresh_tokens.parent_hash IS 'The token this one replaced: a lost answer may be retried while this one is unused';

CREATE TABLE one_time_tokens (
    token_hash  bytea PRIMARY KEY,
    purpose     text NOT NULL CHECK (purpose IN ('verify_email', 'reset_password', 'invitation')),
    college_id  uuid NOT NULL REFERENCES colleges (id),
    subject_id  uuid NOT NULL,
    expires_at  timestamptz NOT NULL,
    consumed_at timestamptz
);
COMMENT ON COLUMN one_time_tokens.subject_id IS 'The member or the invitation that the mailed link speaks of';

CREATE TABLE platform_keys (
    id           uuid PRIMARY KEY,
    purpose      text NOT NULL CHECK (purpose IN ('access_token')),
    kid          text NOT NULL UNIQUE,
    public_key   bytea NOT NULL,
    sealed       bytea NOT NULL,
    seal_version integer NOT NULL,
    created_at   timestamptz NOT NULL
);
CREATE UNIQUE INDEX platform_keys_one_per_purpose ON platform_keys (purpose);

CREATE TABLE jobs (
    id         uuid PRIMARY KEY,
    kind       text NOT NULL,
    college_id uuid REFERENCES colleges (id),
    payload    jsonb NOT NULL,
    dedupe_key text,
    run_at     timestamptz NOT NULL,
    attempts   integer NOT NULL DEFAULT 0,
    last_error text,
    failed_at  timestamptz
);
CREATE INDEX jobs_due ON jobs (run_at) WHERE failed_at IS NULL;
CREATE UNIQUE INDEX jobs_once ON jobs (dedupe_key) WHERE dedupe_key IS NOT NULL AND failed_at IS NULL AND attempts = 0;
COMMENT ON TABLE jobs IS 'The outbox: after-effects, enqueued in the transaction of the act, deleted when done';
COMMENT ON COLUMN jobs.dedupe_key IS 'A waiting job with the same key already covers this one (debounce)';
