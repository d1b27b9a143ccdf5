-- Identity beyond passwords: sessions that can be seen and ended, second factors, passkeys, a college's own log-in,
-- and guesses counted where every process sees them.

-- One log-in and everything that grew from it: what refresh_tokens.family_id names.
CREATE TABLE sessions (
    college_id       uuid NOT NULL REFERENCES colleges (id),
    id               uuid NOT NULL,
    member_id        uuid NOT NULL,
    client           text NOT NULL,
    device           text NOT NULL,
    methods          text[] NOT NULL CHECK (methods <@ ARRAY['password', 'totp', 'recovery_code', 'passkey', 'oidc'] AND cardinality(methods) > 0),
    second_factor    boolean NOT NULL,
    authenticated_at timestamptz NOT NULL,
    created_at       timestamptz NOT NULL,
    last_used_at     timestamptz NOT NULL,
    ended_at         timestamptz,
    PRIMARY KEY (college_id, id),
    FOREIGN KEY (college_id, member_id) REFERENCES members (college_id, id) ON DELETE CASCADE
);
CREATE INDEX sessions_alive ON sessions (college_id, member_id, id DESC) WHERE ended_at IS NULL;
COMMENT ON TABLE sessions IS 'One log-in and all its tokens; read with every request, so that one that ended opens nothing from then on';
COMMENT ON COLUMN sessions.college_id IS 'The college of the member';
COMMENT ON COLUMN sessions.id IS 'refresh_tokens.family_id, and `sid` of its access tokens';
COMMENT ON COLUMN sessions.member_id IS 'Whose it is';
COMMENT ON COLUMN sessions.client IS '`web` where the refresh token is a cookie, else empty';
COMMENT ON COLUMN sessions.device IS 'Browser and system in words, read from User-Agent at the log-in; the header itself is not kept';
COMMENT ON COLUMN sessions.methods IS 'How its person last showed who they are';
COMMENT ON COLUMN sessions.second_factor IS 'Whether a second factor was shown in it at any time';
COMMENT ON COLUMN sessions.authenticated_at IS 'When its person last showed who they are: at the log-in or at a step-up';
COMMENT ON COLUMN sessions.created_at IS 'When they logged in';
COMMENT ON COLUMN sessions.last_used_at IS 'When a token was last exchanged in it, every ten minutes of use';
COMMENT ON COLUMN sessions.ended_at IS 'Since when it opens nothing: logged out, ended from another device, replayed, or the password was reset';

INSERT INTO sessions (college_id, id, member_id, client, device, methods, second_factor, authenticated_at, created_at, last_used_at, ended_at)
SELECT t.college_id, t.family_id, t.member_id, min(t.client), '', ARRAY['password'], false, min(t.issued_at), min(t.issued_at), max(t.issued_at),
       CASE WHEN bool_or(t.revoked_at IS NULL) THEN NULL ELSE max(t.revoked_at) END
FROM refresh_tokens t
GROUP BY t.college_id, t.family_id, t.member_id;
ALTER TABLE refresh_tokens ADD FOREIGN KEY (college_id, family_id) REFERENCES sessions (college_id, id) ON DELETE CASCADE;

-- Secrets that the hub has to read again, under the master key.
CREATE TABLE sealed_secrets (
    college_id   uuid NOT NULL REFERENCES colleges (id),
    id           uuid NOT NULL,
    purpose      text NOT NULL CHECK (purpose IN ('totp', 'oidc_client')),
    sealed       bytea NOT NULL,
    seal_version integer NOT NULL,
    PRIMARY KEY (college_id, id)
);
COMMENT ON TABLE sealed_secrets IS 'Secrets sealed under the master key, bound to their college and id; `hub key rewrap` seals them anew with the keys';
COMMENT ON COLUMN sealed_secrets.college_id IS 'Bound into the seal';
COMMENT ON COLUMN sealed_secrets.id IS 'Bound into the seal';
COMMENT ON COLUMN sealed_secrets.purpose IS 'What it is: the secret of an authenticator app, or of the hub at a college''s identity provider';
COMMENT ON COLUMN sealed_secrets.sealed IS 'XChaCha20-Poly1305 box';
COMMENT ON COLUMN sealed_secrets.seal_version IS 'Which sealing it is, bound into the seal';

CREATE TABLE totp_factors (
    college_id   uuid NOT NULL REFERENCES colleges (id),
    member_id    uuid NOT NULL,
    secret_id    uuid NOT NULL,
    created_at   timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step    bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (college_id, member_id),
    FOREIGN KEY (college_id, member_id) REFERENCES members (college_id, id) ON DELETE CASCADE,
    FOREIGN KEY (college_id, secret_id) REFERENCES sealed_secrets (college_id, id)
);
COMMENT ON TABLE totp_factors IS 'Authenticator apps (RFC 6238): one a member';
COMMENT ON COLUMN totp_factors.college_id IS 'The college of the member';
COMMENT ON COLUMN totp_factors.member_id IS 'Whose it is';
COMMENT ON COLUMN totp_factors.secret_id IS 'The shared secret, sealed';
COMMENT ON COLUMN totp_factors.created_at IS 'When the secret was made';
COMMENT ON COLUMN totp_factors.confirmed_at IS 'When a first code proved that the app has it; nothing is asked for before';
COMMENT ON COLUMN totp_factors.last_step IS 'Time step of the last code that was taken: no code of it or before is taken again (RFC 6238 §5.2)';

CREATE TABLE recovery_codes (
    college_id uuid NOT NULL REFERENCES colleges (id),
    member_id  uuid NOT NULL,
    code_hash  bytea NOT NULL CHECK (length(code_hash) = 32),
    used_at    timestamptz,
    PRIMARY KEY (college_id, member_id, code_hash),
    FOREIGN KEY (college_id, member_id) REFERENCES members (college_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE recovery_codes IS 'In the place of an authenticator app that was lost, each once';
COMMENT ON COLUMN recovery_codes.college_id IS 'The college of the member';
COMMENT ON COLUMN recovery_codes.member_id IS 'Whose it is';
COMMENT ON COLUMN recovery_codes.code_hash IS 'SHA-256 of 80 random bits: nothing to guess at';
COMMENT ON COLUMN recovery_codes.used_at IS 'When it was used up';

CREATE TABLE passkeys (
    college_id    uuid NOT NULL REFERENCES colleges (id),
    id            uuid NOT NULL,
    member_id     uuid NOT NULL,
    credential_id bytea NOT NULL,
    name          text NOT NULL,
    passkey       jsonb NOT NULL,
    created_at    timestamptz NOT NULL,
    last_used_at  timestamptz,
    PRIMARY KEY (college_id, id),
    UNIQUE (college_id, credential_id),
    FOREIGN KEY (college_id, member_id) REFERENCES members (college_id, id) ON DELETE CASCADE
);
CREATE INDEX passkeys_by_member ON passkeys (college_id, member_id, id);
COMMENT ON TABLE passkeys IS 'Passkeys (W3C Web Authentication): public keys of members'' devices';
COMMENT ON COLUMN passkeys.college_id IS 'The college of the member';
COMMENT ON COLUMN passkeys.id IS 'For its address';
COMMENT ON COLUMN passkeys.member_id IS 'Whose it is';
COMMENT ON COLUMN passkeys.credential_id IS 'As the authenticator made it';
COMMENT ON COLUMN passkeys.name IS 'What its owner calls it';
COMMENT ON COLUMN passkeys.passkey IS 'Public key, signature counter and flags, as webauthn-rs writes them';
COMMENT ON COLUMN passkeys.created_at IS 'When it was registered';
COMMENT ON COLUMN passkeys.last_used_at IS 'When it last opened something';

-- Which college a passkey belongs to, before a college is known.
CREATE TABLE passkey_logins (
    credential_hash bytea PRIMARY KEY CHECK (length(credential_hash) = 32),
    college_id      uuid NOT NULL REFERENCES colleges (id),
    passkey_id      uuid NOT NULL,
    FOREIGN KEY (college_id, passkey_id) REFERENCES passkeys (college_id, id) ON DELETE CASCADE
);
CREATE INDEX passkey_logins_by_passkey ON passkey_logins (college_id, passkey_id);
COMMENT ON TABLE passkey_logins IS 'From a passkey to its college: read before a college is known, so it carries no row-level security';
COMMENT ON COLUMN passkey_logins.credential_hash IS 'SHA-256 of passkeys.credential_id: one passkey opens one account';
COMMENT ON COLUMN passkey_logins.college_id IS 'The college';
COMMENT ON COLUMN passkey_logins.passkey_id IS 'The passkey in it';

-- What was begun and has to be answered soon, once: a second factor, a passkey ceremony, a log-in elsewhere.
CREATE TABLE login_challenges (
    token_hash  bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    purpose     text NOT NULL CHECK (purpose IN
        ('second_factor', 'passkey_registration', 'passkey_log_in', 'passkey_second_factor', 'passkey_step_up', 'oidc')),
    college_id  uuid REFERENCES colleges (id),
    member_id   uuid,
    session_id  uuid,
    state       jsonb NOT NULL,
    failures    integer NOT NULL DEFAULT 0,
    expires_at  timestamptz NOT NULL,
    consumed_at timestamptz
);
CREATE INDEX login_challenges_by_age ON login_challenges (expires_at);
COMMENT ON TABLE login_challenges IS 'Read before a college is known, so it carries no row-level security; rows go a day after they expired';
COMMENT ON COLUMN login_challenges.token_hash IS 'SHA-256 of the token that the client holds; the token itself is nowhere';
COMMENT ON COLUMN login_challenges.purpose IS 'What answers it; an answer to another purpose is none';
COMMENT ON COLUMN login_challenges.college_id IS 'The college, once it is known';
COMMENT ON COLUMN login_challenges.member_id IS 'Who has to answer, once it is known';
COMMENT ON COLUMN login_challenges.session_id IS 'The session that asked, where there is one: nobody else''s answer counts';
COMMENT ON COLUMN login_challenges.state IS 'What is needed to check the answer: the ceremony''s challenge, nonce and code verifier; how the log-in was begun';
COMMENT ON COLUMN login_challenges.failures IS 'Wrong answers; the fifth ends it';
COMMENT ON COLUMN login_challenges.expires_at IS 'Until when it can be answered';
COMMENT ON COLUMN login_challenges.consumed_at IS 'When it was answered, or ended by wrong answers';

-- Guesses, counted for all processes. The keys are digests: who was guessed at cannot be read from here.
CREATE TABLE login_attempts (
    bucket bytea PRIMARY KEY CHECK (length(bucket) = 32),
    at     timestamptz[] NOT NULL,
    last   timestamptz NOT NULL
);
CREATE INDEX login_attempts_by_age ON login_attempts (last);
COMMENT ON TABLE login_attempts IS 'At most ten guesses in a quarter of an hour and bucket: an account from unknown places, and apart from it from each known one';
COMMENT ON COLUMN login_attempts.bucket IS 'SHA-256 of the kind, the account and the place';
COMMENT ON COLUMN login_attempts.at IS 'When the last guesses were made, oldest first, at most ten';
COMMENT ON COLUMN login_attempts.last IS 'When the last one was made; the row goes a day later';

CREATE TABLE login_places (
    place   bytea PRIMARY KEY CHECK (length(place) = 32),
    seen_at timestamptz NOT NULL
);
CREATE INDEX login_places_by_age ON login_places (seen_at);
COMMENT ON TABLE login_places IS 'Devices and addresses that an account was opened from: strangers'' guesses do not count against them';
COMMENT ON COLUMN login_places.place IS 'SHA-256 of the kind, the account and the device''s secret or the network address';
COMMENT ON COLUMN login_places.seen_at IS 'When the account was last opened from there; forgotten 90 days later, a device after a year';

CREATE TABLE identity_policies (
    college_id          uuid PRIMARY KEY REFERENCES colleges (id),
    staff_second_factor boolean NOT NULL,
    version             bigint NOT NULL DEFAULT 1
);
COMMENT ON TABLE identity_policies IS 'What a college asks of those who log in; no row means nothing beyond a password';
COMMENT ON COLUMN identity_policies.college_id IS 'The college';
COMMENT ON COLUMN identity_policies.staff_second_factor IS 'Roles hold only in a session with a second factor';
COMMENT ON COLUMN identity_policies.version IS 'The ETag';

CREATE TABLE oidc_providers (
    college_id        uuid PRIMARY KEY REFERENCES colleges (id),
    issuer            text NOT NULL,
    client_id         text NOT NULL,
    secret_id         uuid NOT NULL,
    email_domains     text[] NOT NULL CHECK (cardinality(email_domains) > 0),
    hosts             text[] NOT NULL,
    email_claim       text NOT NULL,
    roll_number_claim text,
    enabled           boolean NOT NULL,
    version           bigint NOT NULL DEFAULT 1,
    FOREIGN KEY (college_id, secret_id) REFERENCES sealed_secrets (college_id, id)
);
COMMENT ON TABLE oidc_providers IS 'A college''s own log-in (OpenID Connect Core 1.0): one a college';
COMMENT ON COLUMN oidc_providers.college_id IS 'The college';
COMMENT ON COLUMN oidc_providers.issuer IS 'Its address; the only host that is asked, with those of `hosts`';
COMMENT ON COLUMN oidc_providers.client_id IS 'The hub''s name there';
COMMENT ON COLUMN oidc_providers.secret_id IS 'The hub''s secret there, sealed';
COMMENT ON COLUMN oidc_providers.email_domains IS 'Addresses of other domains are refused, whatever the provider says';
COMMENT ON COLUMN oidc_providers.hosts IS 'Further hosts that its discovery document may name';
COMMENT ON COLUMN oidc_providers.email_claim IS 'Which claim holds the address; `email` needs `email_verified` beside it';
COMMENT ON COLUMN oidc_providers.roll_number_claim IS 'Which claim holds the roll number; without one the roster is matched by address';
COMMENT ON COLUMN oidc_providers.enabled IS 'Whether it opens anything';
COMMENT ON COLUMN oidc_providers.version IS 'The ETag';

CREATE TABLE oidc_identities (
    college_id uuid NOT NULL REFERENCES colleges (id),
    issuer     text NOT NULL,
    subject    text NOT NULL,
    member_id  uuid NOT NULL,
    linked_at  timestamptz NOT NULL,
    PRIMARY KEY (college_id, issuer, subject),
    FOREIGN KEY (college_id, member_id) REFERENCES members (college_id, id) ON DELETE CASCADE
);
CREATE INDEX oidc_identities_by_member ON oidc_identities (college_id, member_id);
COMMENT ON TABLE oidc_identities IS 'Whom a provider''s subject is here, found by a verified address at the first log-in and by the subject from then on';
COMMENT ON COLUMN oidc_identities.college_id IS 'The college';
COMMENT ON COLUMN oidc_identities.issuer IS '`iss`';
COMMENT ON COLUMN oidc_identities.subject IS '`sub`: never given to somebody else by the provider, unlike an address (OpenID Connect Core §2)';
COMMENT ON COLUMN oidc_identities.member_id IS 'The member';
COMMENT ON COLUMN oidc_identities.linked_at IS 'When they first came this way';

GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, sealed_secrets, totp_factors, recovery_codes, passkeys, passkey_logins, login_challenges,
    login_attempts, login_places, identity_policies, oidc_providers, oidc_identities TO hub_app;

DO $$
DECLARE tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['sessions', 'sealed_secrets', 'totp_factors', 'recovery_codes', 'passkeys', 'identity_policies',
        'oidc_providers', 'oidc_identities']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format(
            'CREATE POLICY one_college ON %I USING (college_id = nullif(current_setting(''hub.college_id'', true), '''')::uuid)
             WITH CHECK (college_id = nullif(current_setting(''hub.college_id'', true), '''')::uuid)', tenant_table);
    END LOOP;
END $$;
