-- Portfolios made in the background, a picture of evidence for print, and what a college's papers look like.

ALTER TABLE portfolios ADD COLUMN small boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN portfolios.small IS 'Made for upload limits: fewer and smaller pictures, at most 1 MB';

ALTER TABLE evidence ADD COLUMN print_sha256 bytea CHECK (length(print_sha256) = 32);
COMMENT ON COLUMN evidence.print_sha256 IS 'Of the JPEG that documents print (longest side 1,200 px); null for files from before there was one: they print the rendition';

CREATE TABLE portfolio_exports (
    college_id   uuid NOT NULL REFERENCES colleges (id),
    id           uuid NOT NULL,
    student_id   uuid NOT NULL,
    inputs_hash  bytea NOT NULL CHECK (length(inputs_hash) = 32),
    request      jsonb NOT NULL,
    achievements integer NOT NULL CHECK (achievements > 0),
    state        text NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    progress     integer NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    reason       text,
    portfolio_id uuid,
    created_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    PRIMARY KEY (college_id, id),
    FOREIGN KEY (college_id, student_id) REFERENCES members (college_id, id),
    FOREIGN KEY (college_id, portfolio_id) REFERENCES portfolios (college_id, id),
    CHECK ((state = 'done') = (portfolio_id IS NOT NULL)),
    CHECK ((state IN ('done', 'failed')) = (finished_at IS NOT NULL))
);
CREATE UNIQUE INDEX portfolio_exports_one_under_way ON portfolio_exports (college_id, student_id, inputs_hash) WHERE state IN ('waiting', 'running');
CREATE INDEX portfolio_exports_by_student ON portfolio_exports (college_id, student_id, created_at);
COMMENT ON TABLE portfolio_exports IS 'Large portfolios, made by a job while the student waits; the finished file stands in portfolios';
COMMENT ON COLUMN portfolio_exports.id IS 'Also the id of the portfolio it makes, so that its address is known from the start';
COMMENT ON COLUMN portfolio_exports.inputs_hash IS 'What was asked for over which record: asking again while it is under way gives this row';
COMMENT ON COLUMN portfolio_exports.request IS 'The achievements, layout, language and size that were asked for';
COMMENT ON COLUMN portfolio_exports.achievements IS 'How many go into it';
COMMENT ON COLUMN portfolio_exports.progress IS 'Per cent';
COMMENT ON COLUMN portfolio_exports.reason IS 'Why it failed, for the student: a code of the web app';
COMMENT ON COLUMN portfolio_exports.portfolio_id IS 'What came of it; another portfolio where the same one had been made meanwhile';

CREATE TABLE papers (
    college_id     uuid NOT NULL REFERENCES colleges (id),
    seal           bytea,
    seal_type      text CHECK (seal_type IN ('image/png', 'image/jpeg', 'image/webp')),
    signature      bytea,
    signature_type text CHECK (signature_type IN ('image/png', 'image/jpeg', 'image/webp')),
    languages      text[] NOT NULL DEFAULT '{en,hi,ta}' CHECK (languages <@ '{en,hi,ta}' AND cardinality(languages) > 0),
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (college_id),
    CHECK ((seal IS NULL) = (seal_type IS NULL)),
    CHECK ((signature IS NULL) = (signature_type IS NULL))
);
COMMENT ON TABLE papers IS 'What a college''s documents show beside its entry in the register; no row: none of it';
COMMENT ON COLUMN papers.seal IS 'Picture of the seal; without one the layout draws a rosette';
COMMENT ON COLUMN papers.signature IS 'Scanned signature of the signatory, printed over the name; it proves nothing';
COMMENT ON COLUMN papers.languages IS 'In which languages the college gives out portfolios';

GRANT SELECT, INSERT, UPDATE ON portfolio_exports, papers TO hub_app;

DO $$
DECLARE tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['portfolio_exports', 'papers']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format(
            'CREATE POLICY one_college ON %I USING (college_id = nullif(current_setting(''hub.college_id'', true), '''')::uuid)
             WITH CHECK (college_id = nullif(current_setting(''hub.college_id'', true), '''')::uuid)', tenant_table);
    END LOOP;
END $$;
