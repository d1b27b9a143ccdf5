-- What the comparison of a published status list with the record of the college found.

ALTER TABLE status_lists
    ADD COLUMN compared_at   timestamptz,
    ADD COLUMN disagreements integer[] NOT NULL DEFAULT '{}',
    ADD COLUMN fault         text;
COMMENT ON COLUMN status_lists.compared_at IS 'When the published list was last held against the record';
COMMENT ON COLUMN status_lists.disagreements IS 'Indices on which the published list, the drawn entries and the status of the documents do not say the same: an alarm, and the verifier fails these documents';
COMMENT ON COLUMN status_lists.fault IS 'Why the published list as a whole would not be believed: the word of a failed check';

-- An index is one document's for good; the comparison and the publisher look up what was revoked.
CREATE UNIQUE INDEX credentials_by_index ON credentials (college_id, list_number, list_index);
CREATE INDEX credentials_revoked ON credentials (college_id, list_number) WHERE status = 'revoked';
CREATE UNIQUE INDEX portfolios_by_index ON portfolios (college_id, list_number, list_index);
CREATE INDEX portfolios_revoked ON portfolios (college_id, list_number) WHERE status = 'revoked';
