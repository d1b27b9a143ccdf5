-- What software of a college had issued is signed anew like everything else when its key falls, and can be listed.

ALTER TABLE service_credentials ADD COLUMN generation integer NOT NULL DEFAULT 1 CHECK (generation > 0);
COMMENT ON COLUMN service_credentials.generation IS 'Which issue of it stands, from 1: signed anew at the same address and status index when its key falls';
COMMENT ON COLUMN service_credentials.key_id IS 'The key that signed it; of a later generation the one it was signed anew with';
COMMENT ON COLUMN service_credentials.created_at IS 'When it was asked for; `created` of its first proofs';
COMMENT ON COLUMN service_credentials.issued_at IS 'When the document that stands was signed';
CREATE INDEX service_credentials_by_account ON service_credentials (college_id, account_id, created_at DESC, id);
CREATE INDEX service_credentials_by_key ON service_credentials (college_id, key_id) WHERE status = 'active';

ALTER TABLE batch_items
    ADD COLUMN service_credential_id uuid,
    ADD FOREIGN KEY (college_id, service_credential_id) REFERENCES service_credentials (college_id, id),
    DROP CONSTRAINT batch_items_check,
    ADD CONSTRAINT batch_items_of_one CHECK (
        num_nonnulls(credential_id, service_credential_id) = 1
        OR (num_nonnulls(credential_id, service_credential_id) = 0 AND state = 'failed'));
COMMENT ON COLUMN batch_items.service_credential_id IS 'The credential to sign anew, where software of the college had it issued; then credential_id is null';
