-- How far signatures of documents carry, the authority's revocation lists, and certificates from outside.

ALTER TABLE papers ADD COLUMN signature_level text NOT NULL DEFAULT 'B-T'
    CHECK (signature_level IN ('B-B', 'B-T', 'B-LT', 'B-LTA'));
COMMENT ON COLUMN papers.signature_level IS 'PAdES level that documents are to have; without a time-stamping authority they have B-B';

ALTER TABLE portfolios
    ADD COLUMN signature_level text NOT NULL DEFAULT 'B-B' CHECK (signature_level IN ('B-B', 'B-T', 'B-LT', 'B-LTA')),
    ADD COLUMN stamped_at timestamptz,
    ADD CONSTRAINT portfolios_stamped CHECK ((stamped_at IS NULL) = (signature_level = 'B-B'));
COMMENT ON COLUMN portfolios.signature_level IS 'PAdES level that the file reached: less than the college set where the time-stamping authority did not answer';
COMMENT ON COLUMN portfolios.stamped_at IS 'When the time-stamping authority saw the signature, by its clock';

ALTER TABLE signing_keys ADD COLUMN chain bytea[] NOT NULL DEFAULT '{}'
    CHECK (cardinality(chain) <= 3 AND (purpose = 'documents' OR cardinality(chain) = 0));
COMMENT ON COLUMN signing_keys.chain IS 'DER, nearest first: the certificates above one that an authority outside the hub gave; empty where the college''s own authority did';

CREATE TABLE revocation_lists (
    college_id  uuid NOT NULL REFERENCES colleges (id),
    key_id      uuid NOT NULL,
    number      bigint NOT NULL CHECK (number > 0),
    document    bytea NOT NULL,
    made_at     timestamptz NOT NULL,
    next_at     timestamptz NOT NULL,
    PRIMARY KEY (college_id, key_id),
    FOREIGN KEY (college_id, key_id) REFERENCES signing_keys (college_id, id),
    CHECK (made_at < next_at)
);
COMMENT ON TABLE revocation_lists IS 'The present revocation list (RFC 5280) of each authority of a college: which document certificates fell';
COMMENT ON COLUMN revocation_lists.key_id IS 'The authority''s key, which signed it';
COMMENT ON COLUMN revocation_lists.number IS 'cRLNumber: one more with each list';
COMMENT ON COLUMN revocation_lists.document IS 'The list, DER';
COMMENT ON COLUMN revocation_lists.made_at IS 'thisUpdate';
COMMENT ON COLUMN revocation_lists.next_at IS 'nextUpdate';

GRANT SELECT, INSERT, UPDATE ON revocation_lists TO hub_app;
ALTER TABLE revocation_lists ENABLE ROW LEVEL SECURITY;
ALTER TABLE revocation_lists FORCE ROW LEVEL SECURITY;
CREATE POLICY one_college ON revocation_lists USING (college_id = nullif(current_setting('hub.college_id', true), '')::uuid)
    WITH CHECK (college_id = nullif(current_setting('hub.college_id', true), '')::uuid);
