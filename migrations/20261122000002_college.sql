-- Tables inside a college. Each key starts with college_id; the policies stand at the end.

CREATE TABLE departments (
    college_id uuid NOT NULL REFERENCES colleges (id),
    id         uuid NOT NULL,
    code       text NOT NULL,
    name       text NOT NULL,
    PRIMARY KEY (college_id, id),
    UNIQUE (college_id, code)
);

CREATE TABLE programmes (
    college_id    uuid NOT NULL REFERENCES colleges (id),
    id            uuid NOT NULL,
    department_id uuid NOT NULL,
    code          text NOT NULL,
    name          text NOT NULL,
    PRIMARY KEY (college_id, id),
    UNIQUE (college_id, code),
    FOREIGN KEY (college_id, department_id) REFERENCES departments (college_id, id)
);

CREATE TABLE members (
    college_id       uuid NOT NULL REFERENCES colleges (id),
    id               uuid NOT NULL,
    email            text NOT NULL,
    full_name        text NOT NULL,
    full_name_native text,
    native_language  text CHECK (native_language IN ('hi', 'ta')),
    language         text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'hi', 'ta')),
    state            text NOT NULL CHECK (state IN ('email_unverified', 'unconfirmed', 'confirmed', 'alumnus', 'deactivated')),
    student          boolean NOT NULL,
    department_id    uuid,
    programme_id     uuid,
    roll_number      text,
    batch            text,
    subject_id       uuid NOT NULL,
    code_hash        bytea,
    consent_version  text,
    consent_at       timestamptz,
    version          bigint NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (college_id, id),
    UNIQUE (college_id, subject_id),
    FOREIGN KEY (college_id, department_id) REFERENCES departments (college_id, id),
    FOREIGN KEY (college_id, programme_id) REFERENCES programmes (college_id, id)
);
CREATE INDEX members_by_state ON members (college_id, state, id);
CREATE INDEX members_by_roll ON members (college_id, roll_number);
COMMENT ON COLUMN members.subject_id IS 'credentialSubject.id = urn:uuid:<this>: one per college, says nothing about the person';
COMMENT ON COLUMN members.code_hash IS 'SHA-256 of the paper code given at registration; held against the roster once the address is proven, then forgotten';
COMMENT ON COLUMN members.full_name IS 'As on the records of the college; the name that is signed';

CREATE TABLE role_grants (
    college_id uuid NOT NULL REFERENCES colleges (id),
    id         uuid NOT NULL,
    member_id  uuid NOT NULL,
    role       text NOT NULL CHECK (role IN ('organizer', 'faculty', 'head', 'report_coordinator', 'key_manager', 'college_admin')),
    scope_kind text NOT NULL CHECK (scope_kind IN ('college', 'department', 'category')),
    scope_id   uuid,
    starts_at  timestamptz NOT NULL,
    ends_at    timestamptz,
    granted_by uuid,
    PRIMARY KEY (college_id, id),
    FOREIGN KEY (college_id, member_id) REFERENCES members (college_id, id),
    CHECK ((scope_kind = 'college') = (scope_id IS NULL))
);
CREATE INDEX role_grants_by_member ON role_grants (college_id, member_id);

CREATE TABLE roster (
    college_id       uuid NOT NULL REFERENCES colleges (id),
    id               uuid NOT NULL,
    roll_number      text NOT NULL,
    roll_key         text NOT NULL,
    full_name        text NOT NULL,
    full_name_native text,
    programme_id     uuid NOT NULL,
    batch            text NOT NULL,
    email_key        text,
    code_hash        bytea,
    member_id        uuid,
    PRIMARY KEY (college_id, id),
    UNIQUE (college_id, roll_key),
    FOREIGN KEY (college_id, programme_id) REFERENCES programmes (college_id, id),
    FOREIGN KEY (college_id, member_id) REFERENCES members (college_id, id)
);
CREATE UNIQUE INDEX roster_one_account ON roster (college_id, member_id) WHERE member_id IS NOT NULL;
COMMENT ON COLUMN roster.roll_key IS 'Roll number without spaces and in upper case, for matching';
COMMENT ON COLUMN roster.code_hash IS 'SHA-256 of the one-time code handed out on paper';

CREATE TABLE invitations (
    college_id  uuid NOT NULL REFERENCES colleges (id),
    id          uuid NOT NULL,
    email       text NOT NULL,
    roles       jsonb NOT NULL,
    created_by  uuid NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    accepted_at timestamptz,
    revoked_at  timestamptz,
    PRIMARY KEY (college_id, id),
    FOREIGN KEY (college_id, created_by) REFERENCES members (college_id, id)
);
COMMENT ON COLUMN invitations.roles IS '[{"role":…, "scope":{"kind":…, "id":…}}]: granted when accepted';

CREATE TABLE categories (
    college_id         uuid NOT NULL REFERENCES colleges (id),
    id                 uuid NOT NULL,
    code               text NOT NULL,
    name               text NOT NULL,
    description        text NOT NULL,
    icon               text NOT NULL,
    academic           boolean NOT NULL DEFAULT false,
    achievement_type   text NOT NULL DEFAULT 'Achievement',
    criteria_narrative text NOT NULL,
    checklist          text[] NOT NULL,
    reject_reasons     jsonb NOT NULL,
    evidence_required  boolean NOT NULL DEFAULT true,
    position           integer NOT NULL,
    PRIMARY KEY (college_id, id),
    UNIQUE (college_id, code)
);
COMMENT ON COLUMN categories.achievement_type IS 'Open Badges 3.0 achievementType';

CREATE TABLE achievements (
    college_id     uuid NOT NULL REFERENCES colleges (id),
    id             uuid NOT NULL,
    student_id     uuid NOT NULL,
    version        bigint NOT NULL DEFAULT 1,
    shown_revision integer NOT NULL DEFAULT 1,
    status         text NOT NULL CHECK (status IN ('draft', 'submitted', 'correction_proposed', 'withdrawn', 'changes_requested', 'rejected', 'approved', 'superseded', 'revoked')),
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (college_id, id),
    FOREIGN KEY (college_id, student_id) REFERENCES members (college_id, id)
);
CREATE INDEX achievements_by_student ON achievements (college_id, student_id, id DESC);
CREATE INDEX achievements_by_status ON achievements (college_id, status, id DESC);
COMMENT ON COLUMN achievements.version IS 'The ETag: every act that changes what a person sees adds one';
COMMENT ON COLUMN achievements.shown_revision IS 'The open revision if there is one, else the live one, else the last closed one';
COMMENT ON COLUMN achievements.status IS 'The status of the shown revision';

CREATE TABLE revisions (
    college_id     uuid NOT NULL REFERENCES colleges (id),
    achievement_id uuid NOT NULL,
    number         integer NOT NULL,
    status         text NOT NULL CHECK (status IN ('draft', 'submitted', 'correction_proposed', 'withdrawn', 'changes_requested', 'rejected', 'approved', 'superseded', 'revoked')),
    student_id     uuid NOT NULL,
    department_id  uuid NOT NULL,
    category_id    uuid NOT NULL,
    title          text NOT NULL,
    description    text NOT NULL,
    organiser      text NOT NULL,
    role           text,
    level          text CHECK (level IN ('college', 'zonal', 'university', 'state', 'national', 'international')),
    outcome        text CHECK (outcome IN ('winner', 'runner_up', 'third', 'participant', 'completed', 'organizer')),
    started_on     date,
    ended_on       date,
    hours          integer,
    skills         text[] NOT NULL DEFAULT '{}',
    team           text,
    submitted_at   timestamptz,
    due_at         timestamptz,
    PRIMARY KEY (college_id, achievement_id, number),
    FOREIGN KEY (college_id, achievement_id) REFERENCES achievements (college_id, id) ON DELETE CASCADE,
    FOREIGN KEY (college_id, student_id) REFERENCES members (college_id, id),
    FOREIGN KEY (college_id, department_id) REFERENCES departments (college_id, id),
    FOREIGN KEY (college_id, category_id) REFERENCES categories (college_id, id)
);
CREATE UNIQUE INDEX revisions_one_open ON revisions (college_id, achievement_id) WHERE status IN ('draft', 'submitted', 'correction_proposed');
CREATE UNIQUE INDEX revisions_one_live ON revisions (college_id, achievement_id) WHERE status = 'approved';
CREATE INDEX revisions_waiting ON revisions (college_id, submitted_at, achievement_id) WHERE status = 'submitted';
CREATE INDEX revisions_waiting_by_department ON revisions (college_id, department_id, submitted_at, achievement_id) WHERE status = 'submitted';
CREATE INDEX revisions_by_status ON revisions (college_id, status);
COMMENT ON TABLE revisions IS 'What an achievement says; frozen for good once submitted';

CREATE TABLE search_terms (
    college_id     uuid NOT NULL REFERENCES colleges (id),
    term           text COLLATE "C" NOT NULL,
    achievement_id uuid NOT NULL,
    PRIMARY KEY (college_id, term, achievement_id),
    FOREIGN KEY (college_id, achievement_id) REFERENCES achievements (college_id, id) ON DELETE CASCADE
);
CREATE INDEX search_terms_by_achievement ON search_terms (college_id, achievement_id);
COMMENT ON TABLE search_terms IS 'Normalised words of title, organiser, name and roll number; searched by starts_with, which row-level security lets use an index';

CREATE TABLE evidence (
    college_id       uuid NOT NULL REFERENCES colleges (id),
    id               uuid NOT NULL,
    achievement_id   uuid NOT NULL,
    revision         integer NOT NULL,
    public_id        uuid NOT NULL,
    position         integer NOT NULL,
    name             text NOT NULL,
    media_type       text NOT NULL CHECK (media_type IN ('image/jpeg', 'image/png', 'image/webp', 'application/pdf')),
    size             bigint NOT NULL,
    sha256           bytea NOT NULL CHECK (length(sha256) = 32),
    rendition_sha256 bytea NOT NULL CHECK (length(rendition_sha256) = 32),
    thumb_sha256     bytea NOT NULL CHECK (length(thumb_sha256) = 32),
    pages            integer,
    caption          text,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (college_id, id),
    FOREIGN KEY (college_id, achievement_id, revision) REFERENCES revisions (college_id, achievement_id, number) ON DELETE CASCADE
);
CREATE INDEX evidence_by_revision ON evidence (college_id, achievement_id, revision, position);
CREATE INDEX evidence_by_digest ON evidence (college_id, sha256);
COMMENT ON COLUMN evidence.sha256 IS 'Of the original bytes, kept unchanged and private';
COMMENT ON COLUMN evidence.rendition_sha256 IS 'Of the JPEG that may be shown and shared (EXIF gone); for a PDF, of its first page';
COMMENT ON COLUMN evidence.public_id IS 'Random; the id of the evidence entry inside the credential';

CREATE TABLE decisions (
    college_id     uuid NOT NULL REFERENCES colleges (id),
    id             uuid NOT NULL,
    achievement_id uuid NOT NULL,
    revision       integer NOT NULL,
    action         text NOT NULL CHECK (action IN ('approve', 'reject', 'request_changes')),
    decided_by     uuid NOT NULL,
    decided_at     timestamptz NOT NULL,
    comment        text,
    reason         text,
    checklist      text[] NOT NULL DEFAULT '{}',
    undone_at      timestamptz,
    PRIMARY KEY (college_id, id),
    FOREIGN KEY (college_id, achievement_id, revision) REFERENCES revisions (college_id, achievement_id, number),
    FOREIGN KEY (college_id, decided_by) REFERENCES members (college_id, id)
);
CREATE INDEX decisions_by_achievement ON decisions (college_id, achievement_id, decided_at DESC);
CREATE INDEX decisions_by_reviewer ON decisions (college_id, decided_by, decided_at DESC);

CREATE TABLE events (
    college_id     uuid NOT NULL REFERENCES colleges (id),
    id             uuid NOT NULL,
    achievement_id uuid,
    revision       integer,
    kind           text NOT NULL,
    actor_id       uuid,
    actor_role     text,
    at             timestamptz NOT NULL,
    text           text,
    data           jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (college_id, id)
);
CREATE INDEX events_by_achievement ON events (college_id, achievement_id, id);
COMMENT ON TABLE events IS 'Who did what: written in the act''s own transaction, never changed or deleted by the application';

CREATE TABLE signing_keys (
    college_id        uuid NOT NULL REFERENCES colleges (id),
    id                uuid NOT NULL,
    purpose           text NOT NULL CHECK (purpose IN ('credentials', 'documents', 'authority')),
    algorithm         text NOT NULL CHECK (algorithm IN ('Ed25519', 'P-256')),
    kid               text NOT NULL,
    public_key        bytea NOT NULL,
    sealed            bytea,
    seal_version      integer NOT NULL,
    certificate       bytea,
    state             text NOT NULL CHECK (state IN ('pending', 'active', 'retired', 'frozen', 'compromised')),
    version           bigint NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL,
    activated_at      timestamptz,
    retired_at        timestamptz,
    compromised_since timestamptz,
    signatures        bigint NOT NULL DEFAULT 0,
    last_used_at      timestamptz,
    PRIMARY KEY (college_id, id),
    UNIQUE (college_id, kid)
);
CREATE UNIQUE INDEX signing_keys_one_active ON signing_keys (college_id, purpose) WHERE state = 'active';
COMMENT ON COLUMN signing_keys.sealed IS 'The private part under the master key (XChaCha20-Poly1305); null once destroyed';
COMMENT ON COLUMN signing_keys.kid IS 'Fragment of the verification method: key-<year>-<month>-<6 hex digits of SHA-256 of the public key>';
COMMENT ON COLUMN signing_keys.certificate IS 'DER, for documents (by the authority) and authority (by itself)';

CREATE TABLE status_lists (
    college_id   uuid NOT NULL REFERENCES colleges (id),
    kind         text NOT NULL CHECK (kind IN ('achievements', 'portfolios')),
    number       integer NOT NULL,
    used         integer NOT NULL DEFAULT 0,
    document     text,
    signed_at    timestamptz,
    PRIMARY KEY (college_id, kind, number)
);
CREATE TABLE status_entries (
    college_id uuid NOT NULL REFERENCES colleges (id),
    kind       text NOT NULL,
    number     integer NOT NULL,
    index      integer NOT NULL CHECK (index >= 0 AND index < 131072),
    set_at     timestamptz,
    PRIMARY KEY (college_id, kind, number, index),
    FOREIGN KEY (college_id, kind, number) REFERENCES status_lists (college_id, kind, number)
);
CREATE INDEX status_entries_set ON status_entries (college_id, kind, number, index) WHERE set_at IS NOT NULL;
COMMENT ON TABLE status_entries IS 'One row per index ever drawn: unique, never used again';

CREATE TABLE credentials (
    college_id     uuid NOT NULL REFERENCES colleges (id),
    id             uuid NOT NULL,
    achievement_id uuid NOT NULL,
    revision       integer NOT NULL,
    student_id     uuid NOT NULL,
    status         text NOT NULL CHECK (status IN ('pending_issue', 'active', 'revoked', 'superseded')),
    visibility     text NOT NULL DEFAULT 'unlisted' CHECK (visibility IN ('public', 'unlisted', 'closed')),
    list_number    integer NOT NULL,
    list_index     integer NOT NULL,
    generation     integer NOT NULL DEFAULT 1,
    key_id         uuid,
    to_be_signed   bytea,
    document       text,
    approved_by    uuid NOT NULL,
    created_at     timestamptz NOT NULL,
    issued_at      timestamptz,
    revoked_at     timestamptz,
    revoked_by     uuid,
    revoke_reason  text CHECK (revoke_reason IN ('issued_in_error', 'fraud', 'error', 'duplicate', 'consent_withdrawn', 'legal')),
    revoke_text    text,
    PRIMARY KEY (college_id, id),
    FOREIGN KEY (college_id, achievement_id, revision) REFERENCES revisions (college_id, achievement_id, number),
    FOREIGN KEY (college_id, student_id) REFERENCES members (college_id, id),
    FOREIGN KEY (college_id, key_id) REFERENCES signing_keys (college_id, id)
);
CREATE UNIQUE INDEX credentials_one_alive ON credentials (college_id, achievement_id) WHERE status IN ('pending_issue', 'active');
CREATE INDEX credentials_by_student ON credentials (college_id, student_id, status);
CREATE INDEX credentials_pending ON credentials (college_id) WHERE status = 'pending_issue';
COMMENT ON COLUMN credentials.to_be_signed IS 'Stored before the key is touched: signing is a pure function of these bytes';
COMMENT ON COLUMN credentials.document IS 'The exact JSON text that was issued';

CREATE TABLE issued_records (
    college_id  uuid NOT NULL REFERENCES colleges (id),
    document_id uuid NOT NULL,
    generation  integer NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('achievement', 'portfolio')),
    record_hash bytea NOT NULL CHECK (length(record_hash) = 32),
    issued_at   timestamptz NOT NULL,
    PRIMARY KEY (college_id, document_id, generation)
);
CREATE INDEX issued_records_by_hash ON issued_records (college_id, record_hash);
COMMENT ON TABLE issued_records IS 'Every document that was ever signed: a document of this college without a row here is not ours';

CREATE TABLE portfolios (
    college_id     uuid NOT NULL REFERENCES colleges (id),
    id             uuid NOT NULL,
    student_id     uuid NOT NULL,
    inputs_hash    bytea NOT NULL,
    locale         text NOT NULL CHECK (locale IN ('en', 'hi', 'ta')),
    template       text NOT NULL,
    partial        boolean NOT NULL,
    list_number    integer NOT NULL,
    list_index     integer NOT NULL,
    status         text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'revoked')),
    document       text NOT NULL,
    compact        bytea NOT NULL,
    file_sha256    bytea NOT NULL,
    file_size      bigint NOT NULL,
    created_at     timestamptz NOT NULL,
    revoked_at     timestamptz,
    PRIMARY KEY (college_id, id),
    UNIQUE (college_id, student_id, inputs_hash),
    FOREIGN KEY (college_id, student_id) REFERENCES members (college_id, id)
);
CREATE INDEX portfolios_by_student ON portfolios (college_id, student_id, id);

CREATE TABLE portfolio_items (
    college_id    uuid NOT NULL REFERENCES colleges (id),
    portfolio_id  uuid NOT NULL,
    credential_id uuid NOT NULL,
    position      integer NOT NULL,
    PRIMARY KEY (college_id, portfolio_id, position),
    FOREIGN KEY (college_id, portfolio_id) REFERENCES portfolios (college_id, id),
    FOREIGN KEY (college_id, credential_id) REFERENCES credentials (college_id, id)
);
CREATE INDEX portfolio_items_by_credential ON portfolio_items (college_id, credential_id);
COMMENT ON COLUMN portfolios.inputs_hash IS 'The same inputs give the same export, id and bytes';
COMMENT ON COLUMN portfolios.compact IS 'The COSE_Sign1 CWT of the QR code';

CREATE TABLE notifications (
    college_id     uuid NOT NULL REFERENCES colleges (id),
    id             uuid NOT NULL,
    member_id      uuid NOT NULL,
    kind           text NOT NULL,
    text           text NOT NULL,
    achievement_id uuid,
    created_at     timestamptz NOT NULL,
    read_at        timestamptz,
    PRIMARY KEY (college_id, id),
    FOREIGN KEY (college_id, member_id) REFERENCES members (college_id, id)
);
CREATE INDEX notifications_by_member ON notifications (college_id, member_id, id DESC);
CREATE INDEX notifications_unread ON notifications (college_id, member_id) WHERE read_at IS NULL;

-- The application role owns nothing and cannot bypass row-level security.
GRANT USAGE ON SCHEMA public TO hub_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO hub_app;
REVOKE UPDATE, DELETE ON events, issued_records FROM hub_app;
REVOKE DELETE ON colleges, credentials, decisions, signing_keys, portfolios, portfolio_items, status_lists, status_entries, platform_keys FROM hub_app;
REVOKE ALL ON _sqlx_migrations FROM hub_app;
GRANT SELECT ON _sqlx_migrations TO hub_app;

DO $$
DECLARE tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY[
        'departments', 'programmes', 'members', 'role_grants', 'roster', 'invitations', 'categories',
        'achievements', 'revisions', 'search_terms', 'evidence', 'decisions', 'events', 'signing_keys',
        'status_lists', 'status_entries', 'credentials', 'issued_records', 'portfolios', 'portfolio_items', 'notifications']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format(
            'CREATE POLICY one_college ON %I USING (college_id = nullif(current_setting(''hub.college_id'', true), '''')::uuid)
             WITH CHECK (college_id = nullif(current_setting(''hub.college_id'', true), '''')::uuid)', tenant_table);
    END LOOP;
END $$;
