-- Activity points: schemes as data, what they are bound to, and what each approved achievement comes to; and what
-- achievements say beside their title and date, which schemes and reports ask for.

ALTER TABLE members ADD COLUMN student_kind text NOT NULL DEFAULT 'regular'
    CHECK (student_kind IN ('regular', 'lateral', 'transfer', 'pwd'));
COMMENT ON COLUMN members.student_kind IS 'How a student came to the programme, or a person with disabilities: schemes of points ask different totals of each';

ALTER TABLE revisions ADD COLUMN particulars jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(particulars) = 'object');
COMMENT ON COLUMN revisions.particulars IS 'What only some categories ask for, a line each: {"event": …, "exam": …}; src/domain/particulars.rs has the list';

ALTER TABLE categories
    ADD COLUMN particulars text[] NOT NULL DEFAULT '{}'
        CHECK (particulars <@ '{event,domain,organiser_contact,scheme,exam,registration_number,employer,employer_contact,package,institution,programme_joined,awardee}'),
    DROP CONSTRAINT categories_required_fields_check,
    ADD CONSTRAINT categories_required_fields_check CHECK (required_fields <@ ('{description,organiser,role,level,outcome,started_on,ended_on,hours,skills,team}'::text[] || particulars));
COMMENT ON COLUMN categories.particulars IS 'Which particulars its form has; those that a submission must fill stand in required_fields too';

-- As in the workflow's migration, and the particulars with it.
CREATE OR REPLACE FUNCTION missing_for_submission(revision jsonb) RETURNS text STABLE LANGUAGE sql AS $$
    WITH item AS (
        SELECT (revision ->> 'college_id')::uuid AS college, (revision ->> 'achievement_id')::uuid AS achievement,
               (revision ->> 'number')::integer AS number, (revision ->> 'category_id')::uuid AS category,
               (revision ->> 'student_id')::uuid AS student)
    SELECT coalesce(
        (SELECT 'a confirmed member' FROM item i WHERE NOT EXISTS (
            SELECT FROM members m WHERE m.college_id = i.college AND m.id = i.student AND m.student AND m.state = 'confirmed')),
        (SELECT field FROM item i JOIN categories c ON c.college_id = i.college AND c.id = i.category,
                unnest(c.required_fields) AS field
         WHERE coalesce(revision ->> field, revision -> 'particulars' ->> field, '') IN ('', '[]') LIMIT 1),
        (SELECT 'evidence' FROM item i JOIN categories c ON c.college_id = i.college AND c.id = i.category
         WHERE c.evidence_required AND NOT EXISTS (
            SELECT FROM evidence e WHERE e.college_id = i.college AND e.achievement_id = i.achievement AND e.revision = i.number)),
        (SELECT wanted FROM item i JOIN categories c ON c.college_id = i.college AND c.id = i.category,
                unnest(c.evidence_kinds) AS wanted
         WHERE NOT EXISTS (
            SELECT FROM evidence e WHERE e.college_id = i.college AND e.achievement_id = i.achievement AND e.revision = i.number
                AND e.kind = wanted) LIMIT 1))
$$;

CREATE TABLE point_schemes (
    college_id uuid NOT NULL REFERENCES colleges (id),
    id         uuid NOT NULL,
    version    integer NOT NULL CHECK (version >= 1),
    name       text NOT NULL,
    content    jsonb NOT NULL,
    made_by    uuid NOT NULL,
    made_at    timestamptz NOT NULL,
    PRIMARY KEY (college_id, id, version),
    FOREIGN KEY (college_id, made_by) REFERENCES members (college_id, id)
);
COMMENT ON TABLE point_schemes IS 'Schemes of activity points; a version never changes';
COMMENT ON COLUMN point_schemes.college_id IS 'Whose scheme';
COMMENT ON COLUMN point_schemes.id IS 'The same for every version';
COMMENT ON COLUMN point_schemes.version IS 'From 1';
COMMENT ON COLUMN point_schemes.name IS 'As people call it';
COMMENT ON COLUMN point_schemes.content IS 'Totals, groups, activities: src/domain/points/scheme.rs';
COMMENT ON COLUMN point_schemes.made_by IS 'Who wrote this version';
COMMENT ON COLUMN point_schemes.made_at IS 'When';

CREATE TABLE point_bindings (
    college_id     uuid NOT NULL REFERENCES colleges (id),
    id             uuid NOT NULL,
    programme_id   uuid,
    batch          text,
    student_kind   text CHECK (student_kind IN ('regular', 'lateral', 'transfer', 'pwd')),
    scheme_id      uuid NOT NULL,
    scheme_version integer NOT NULL,
    bound_by       uuid NOT NULL,
    bound_at       timestamptz NOT NULL,
    PRIMARY KEY (college_id, id),
    UNIQUE NULLS NOT DISTINCT (college_id, programme_id, batch, student_kind),
    FOREIGN KEY (college_id, programme_id) REFERENCES programmes (college_id, id),
    FOREIGN KEY (college_id, scheme_id, scheme_version) REFERENCES point_schemes (college_id, id, version),
    FOREIGN KEY (college_id, bound_by) REFERENCES members (college_id, id)
);
CREATE INDEX point_bindings_by_scheme ON point_bindings (college_id, scheme_id, scheme_version);
COMMENT ON TABLE point_bindings IS 'Which scheme holds for whom: the closest binding, by programme, then batch, then kind of student';
COMMENT ON COLUMN point_bindings.college_id IS 'Whose binding';
COMMENT ON COLUMN point_bindings.programme_id IS 'Students of this programme; null for all';
COMMENT ON COLUMN point_bindings.batch IS 'Students of this batch; null for all';
COMMENT ON COLUMN point_bindings.student_kind IS 'Students of this kind; null for all';
COMMENT ON COLUMN point_bindings.scheme_id IS 'The scheme';
COMMENT ON COLUMN point_bindings.scheme_version IS 'The version of it that holds';
COMMENT ON COLUMN point_bindings.bound_by IS 'Who said so';
COMMENT ON COLUMN point_bindings.bound_at IS 'When';

CREATE TABLE point_totals (
    college_id     uuid NOT NULL REFERENCES colleges (id),
    student_id     uuid NOT NULL,
    scheme_id      uuid,
    scheme_version integer,
    target         integer NOT NULL DEFAULT 0 CHECK (target >= 0),
    counted        integer NOT NULL DEFAULT 0 CHECK (counted >= 0),
    missing        integer NOT NULL DEFAULT 0 CHECK (missing >= 0),
    fulfilled      boolean NOT NULL DEFAULT false,
    counted_at     timestamptz NOT NULL,
    PRIMARY KEY (college_id, student_id),
    FOREIGN KEY (college_id, student_id) REFERENCES members (college_id, id) ON DELETE CASCADE,
    FOREIGN KEY (college_id, scheme_id, scheme_version) REFERENCES point_schemes (college_id, id, version)
);
COMMENT ON TABLE point_totals IS 'What a student''s approved achievements come to; held while they are counted, so that two approvals at once see each other';
COMMENT ON COLUMN point_totals.college_id IS 'The college';
COMMENT ON COLUMN point_totals.student_id IS 'The student';
COMMENT ON COLUMN point_totals.scheme_id IS 'The scheme that it was counted by; null where none held';
COMMENT ON COLUMN point_totals.scheme_version IS 'Its version';
COMMENT ON COLUMN point_totals.target IS 'Points needed';
COMMENT ON COLUMN point_totals.counted IS 'Points that count';
COMMENT ON COLUMN point_totals.missing IS 'Points that lack, in all and in groups';
COMMENT ON COLUMN point_totals.fulfilled IS 'Whether nothing lacks';
COMMENT ON COLUMN point_totals.counted_at IS 'When it was counted';

CREATE TABLE points (
    college_id     uuid NOT NULL REFERENCES colleges (id),
    achievement_id uuid NOT NULL,
    revision       integer NOT NULL,
    student_id     uuid NOT NULL,
    group_code     text,
    activity_code  text,
    claimed        integer NOT NULL CHECK (claimed >= 0),
    awarded        integer NOT NULL CHECK (awarded BETWEEN 0 AND claimed),
    counted        integer NOT NULL CHECK (counted BETWEEN 0 AND awarded),
    cuts           jsonb NOT NULL DEFAULT '[]',
    nothing        text CHECK (nothing IN ('no_activity', 'no_level', 'no_hours')),
    PRIMARY KEY (college_id, achievement_id),
    FOREIGN KEY (college_id, achievement_id, revision) REFERENCES revisions (college_id, achievement_id, number) ON DELETE CASCADE,
    FOREIGN KEY (college_id, student_id) REFERENCES point_totals (college_id, student_id) ON DELETE CASCADE
);
CREATE INDEX points_by_student ON points (college_id, student_id);
COMMENT ON TABLE points IS 'What each approved achievement comes to, counted by the hub in the transaction of the act';
COMMENT ON COLUMN points.college_id IS 'The college';
COMMENT ON COLUMN points.achievement_id IS 'The achievement';
COMMENT ON COLUMN points.revision IS 'Its live revision';
COMMENT ON COLUMN points.student_id IS 'Whose it is';
COMMENT ON COLUMN points.group_code IS 'Group of the scheme; null where no activity takes it';
COMMENT ON COLUMN points.activity_code IS 'Activity of the scheme; null where none takes it';
COMMENT ON COLUMN points.claimed IS 'What the activity gives';
COMMENT ON COLUMN points.awarded IS 'What minimum hours and repeats leave of it';
COMMENT ON COLUMN points.counted IS 'What the caps leave of that';
COMMENT ON COLUMN points.cuts IS '[{"rule":…, "points":…, "instead":…}]: what took the rest; together claimed - counted';
COMMENT ON COLUMN points.nothing IS 'Where claimed is 0: why';

GRANT SELECT, INSERT, DELETE ON point_schemes TO hub_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON point_bindings, point_totals, points TO hub_app;
DO $$
DECLARE tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['point_schemes', 'point_bindings', 'point_totals', 'points']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format(
            'CREATE POLICY one_college ON %I USING (college_id = nullif(current_setting(''hub.college_id'', true), '''')::uuid)
             WITH CHECK (college_id = nullif(current_setting(''hub.college_id'', true), '''')::uuid)', tenant_table);
    END LOOP;
END $$;
