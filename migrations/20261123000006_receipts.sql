-- Receipts of checks: the hub's second key of its own.

ALTER TABLE platform_keys
    DROP CONSTRAINT platform_keys_purpose_check,
    ADD CONSTRAINT platform_keys_purpose_check CHECK (purpose IN ('access_token', 'receipts')),
    ADD COLUMN certificate bytea,
    ADD CONSTRAINT platform_keys_certificate CHECK ((purpose = 'receipts') = (certificate IS NOT NULL));

COMMENT ON COLUMN platform_keys.purpose IS 'access_token (Ed25519) or receipts (P-256): a key signs one kind of thing';
COMMENT ON COLUMN platform_keys.certificate IS 'DER, signed by the key itself: what a PDF reader shows of the signature on a receipt';
