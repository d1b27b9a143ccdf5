-- What thousands of rows at once cost.

-- A term belongs to an achievement, and that to a college: the check against the college was one more for each term.
ALTER TABLE search_terms DROP CONSTRAINT search_terms_college_id_fkey;

-- Documents of some 5 KB each: pglz takes longer over one than both of its signatures. A Postgres without lz4 stays as it is.
DO $$
BEGIN
    ALTER TABLE credentials ALTER COLUMN document SET COMPRESSION lz4, ALTER COLUMN to_be_signed SET COMPRESSION lz4;
    ALTER TABLE portfolios ALTER COLUMN document SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    RAISE NOTICE 'this Postgres was built without lz4';
END
$$;

COMMENT ON COLUMN credentials.to_be_signed IS 'What both proofs of the document sign';
