-- The whole life of a key: frozen by one person, compromised by two; a key for the issuance log; which key signed a portfolio.

-- Row-level security is forced on the owner as well: what is filled in below must see every college.
ALTER TABLE signing_keys NO FORCE ROW LEVEL SECURITY;
ALTER TABLE portfolios NO FORCE ROW LEVEL SECURITY;

ALTER TABLE signing_keys
    DROP CONSTRAINT signing_keys_purpose_check,
    ADD CONSTRAINT signing_keys_purpose_check CHECK (purpose IN ('credentials', 'documents', 'authority', 'log')),
    ADD COLUMN created_by         uuid,
    ADD COLUMN frozen_at          timestamptz,
    ADD COLUMN frozen_by          uuid,
    ADD COLUMN frozen_reason      text,
    ADD COLUMN compromised_at     timestamptz,
    ADD COLUMN compromised_reason text,
    ADD FOREIGN KEY (college_id, created_by) REFERENCES members (college_id, id),
    ADD FOREIGN KEY (college_id, frozen_by) REFERENCES members (college_id, id),
    -- A key that another took the place of, or that is in other hands, has no private part any more.
    ADD CONSTRAINT signing_keys_private_part CHECK ((sealed IS NULL) = (retired_at IS NOT NULL OR state = 'compromised')),
    ADD CONSTRAINT signing_keys_state_facts CHECK (
        CASE state
            WHEN 'pending' THEN activated_at IS NULL AND retired_at IS NULL AND frozen_at IS NULL AND compromised_at IS NULL
            WHEN 'active' THEN activated_at IS NOT NULL AND retired_at IS NULL AND frozen_at IS NULL AND compromised_at IS NULL
            WHEN 'retired' THEN retired_at IS NOT NULL AND frozen_at IS NULL AND compromised_at IS NULL
            WHEN 'frozen' THEN activated_at IS NOT NULL AND frozen_at IS NOT NULL AND compromised_at IS NULL
            WHEN 'compromised' THEN activated_at IS NOT NULL AND compromised_at IS NOT NULL AND compromised_since IS NOT NULL
        END);
COMMENT ON COLUMN signing_keys.purpose IS 'credentials (Ed25519), documents and authority (P-256), log (Ed25519): a key signs one kind of thing';
COMMENT ON COLUMN signing_keys.state IS 'pending, active (one per purpose), retired, frozen, compromised; src/domain/key.rs has what follows what';
COMMENT ON COLUMN signing_keys.activated_at IS 'When it began to sign; null for a key that never did, which is published nowhere';
COMMENT ON COLUMN signing_keys.retired_at IS 'When it stopped for good and its private part was destroyed; a frozen key with it goes back to retired';
COMMENT ON COLUMN signing_keys.created_by IS 'The member who made it; null for the hub itself or whoever runs it';
COMMENT ON COLUMN signing_keys.frozen_at IS 'Since when it is frozen; null again once two persons agreed that it was a false alarm';
COMMENT ON COLUMN signing_keys.frozen_by IS 'The member who froze it; null where whoever runs the hub did';
COMMENT ON COLUMN signing_keys.frozen_reason IS 'What they suspected; not published';
COMMENT ON COLUMN signing_keys.compromised_since IS 'Since when it may have been in other hands, as two persons agreed; published';
COMMENT ON COLUMN signing_keys.compromised_at IS 'When the second person confirmed it';
COMMENT ON COLUMN signing_keys.compromised_reason IS 'Why, in words for everybody: published in keys.json';

-- What one person asks for and another has to agree to.
CREATE TABLE confirmations (
    college_id            uuid NOT NULL REFERENCES colleges (id),
    id                    uuid NOT NULL,
    kind                  text NOT NULL,
    subject_id            uuid NOT NULL,
    details               jsonb NOT NULL DEFAULT '{}',
    facts                 jsonb NOT NULL DEFAULT '{}',
    reason                text NOT NULL,
    requested_by          uuid,
    requested_by_operator text,
    requested_at          timestamptz NOT NULL,
    expires_at            timestamptz NOT NULL,
    version               bigint NOT NULL DEFAULT 1,
    outcome               text CHECK (outcome IN ('confirmed', 'declined', 'expired')),
    decided_by            uuid,
    decided_by_operator   text,
    decided_at            timestamptz,
    decided_facts         jsonb,
    comment               text,
    PRIMARY KEY (college_id, id),
    FOREIGN KEY (college_id, requested_by) REFERENCES members (college_id, id),
    FOREIGN KEY (college_id, decided_by) REFERENCES members (college_id, id),
    CHECK (num_nonnulls(requested_by, requested_by_operator) = 1),
    CHECK ((outcome IS NULL) = (decided_at IS NULL)),
    CHECK (num_nonnulls(decided_by, decided_by_operator) = (CASE WHEN outcome IN ('confirmed', 'declined') THEN 1 ELSE 0 END)),
    -- Never the same person twice; two operators count as one.
    CONSTRAINT confirmations_two_persons CHECK (outcome IS DISTINCT FROM 'confirmed' OR decided_by IS DISTINCT FROM requested_by)
);
CREATE UNIQUE INDEX confirmations_one_open ON confirmations (college_id, kind, subject_id) WHERE outcome IS NULL;
COMMENT ON TABLE confirmations IS 'What takes two persons: asked for by one, confirmed or declined by another, once';
COMMENT ON COLUMN confirmations.kind IS 'What is to be done: key_compromise, key_unfreeze; src/domain/confirmation.rs has the list';
COMMENT ON COLUMN confirmations.subject_id IS 'What it is to be done to: a key''s id for the kinds of keys';
COMMENT ON COLUMN confirmations.details IS 'What else has to be known to do it, such as {"since": …}';
COMMENT ON COLUMN confirmations.facts IS 'What the first person was shown before asking, such as {"credentials": 12, "portfolios": 3}';
COMMENT ON COLUMN confirmations.reason IS 'Why, in the words of who asked';
COMMENT ON COLUMN confirmations.requested_by IS 'The member who asked';
COMMENT ON COLUMN confirmations.requested_by_operator IS 'Or the name that whoever runs the hub gave on its machine';
COMMENT ON COLUMN confirmations.expires_at IS 'Until when a second person may decide';
COMMENT ON COLUMN confirmations.version IS 'The ETag; 1 while open';
COMMENT ON COLUMN confirmations.outcome IS 'Null while open';
COMMENT ON COLUMN confirmations.decided_by IS 'The member who confirmed or declined';
COMMENT ON COLUMN confirmations.decided_by_operator IS 'Or whoever runs the hub, where the college has no second person';
COMMENT ON COLUMN confirmations.decided_facts IS 'What the second person was shown';
COMMENT ON COLUMN confirmations.comment IS 'What the second person said';
ALTER TABLE confirmations ENABLE ROW LEVEL SECURITY;
ALTER TABLE confirmations FORCE ROW LEVEL SECURITY;
CREATE POLICY one_college ON confirmations USING (college_id = nullif(current_setting('hub.college_id', true), '')::uuid)
    WITH CHECK (college_id = nullif(current_setting('hub.college_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON confirmations TO hub_app;

-- Which keys signed a portfolio, and why one fell.
ALTER TABLE portfolios
    ADD COLUMN key_id          uuid,
    ADD COLUMN document_key_id uuid,
    ADD COLUMN revoke_reason   text CHECK (revoke_reason IN ('contains_revoked', 'key_compromised')),
    ADD FOREIGN KEY (college_id, key_id) REFERENCES signing_keys (college_id, id),
    ADD FOREIGN KEY (college_id, document_key_id) REFERENCES signing_keys (college_id, id),
    DROP CONSTRAINT portfolios_college_id_student_id_inputs_hash_key;
UPDATE portfolios p SET key_id = k.id FROM signing_keys k
    WHERE k.college_id = p.college_id
      AND p.document::jsonb -> 'proof' -> 0 ->> 'verificationMethod' LIKE '%#' || k.kid;
UPDATE portfolios p SET document_key_id = k.id FROM signing_keys k
    WHERE k.college_id = p.college_id AND k.purpose = 'documents'
      AND k.activated_at <= p.created_at + interval '1 second' AND (k.retired_at IS NULL OR k.retired_at > p.created_at);
UPDATE portfolios SET revoke_reason = 'contains_revoked' WHERE status = 'revoked';
-- The same inputs give the same export for as long as it holds; one that fell is made anew.
CREATE UNIQUE INDEX portfolios_same_inputs ON portfolios (college_id, student_id, inputs_hash) WHERE status = 'active';
CREATE INDEX portfolios_by_key ON portfolios (college_id, key_id) WHERE status = 'active';
CREATE INDEX credentials_by_key ON credentials (college_id, key_id) WHERE status = 'active';
COMMENT ON COLUMN portfolios.key_id IS 'The key that signed its credential and the card of its QR code';
COMMENT ON COLUMN portfolios.document_key_id IS 'The key that signed its file';
COMMENT ON COLUMN portfolios.revoke_reason IS 'contains_revoked: a credential inside fell; key_compromised: one of its keys, or of the keys of what is inside, did';

ALTER TABLE signing_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE portfolios FORCE ROW LEVEL SECURITY;
