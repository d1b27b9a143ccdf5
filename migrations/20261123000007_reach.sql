-- How far everybody reaches: dated grants, delegated queues, routing, the life of an account, those who run the hub.

-- Those who run the hub are members of a tenant of its own, so that log-in, sessions, second factors and the audit are
-- the ones of everybody else. It teaches nobody, issues nothing and is in no public list.
ALTER TABLE colleges
    ADD COLUMN platform       boolean NOT NULL DEFAULT false,
    ADD COLUMN look_alike_of  uuid REFERENCES colleges (id),
    ADD COLUMN suspended_at   timestamptz,
    ADD COLUMN suspend_reason text,
    ADD COLUMN version        bigint NOT NULL DEFAULT 1,
    ADD CHECK ((state = 'suspended') = (suspended_at IS NOT NULL)),
    ADD CHECK (NOT platform OR state = 'active'),
    DROP CONSTRAINT colleges_skeleton_key;
CREATE UNIQUE INDEX colleges_one_platform ON colleges (platform) WHERE platform;
CREATE UNIQUE INDEX colleges_skeleton_key ON colleges (skeleton) WHERE look_alike_of IS NULL;
COMMENT ON COLUMN colleges.platform IS 'The tenant of those who run the hub: no college, in no public list';
COMMENT ON COLUMN colleges.look_alike_of IS 'The college whose name or slug looks like this one''s, where the hub''s admins decided that both may stand';
COMMENT ON COLUMN colleges.suspended_at IS 'Since when nobody logs in and nothing is decided; what was issued is verified as before';
COMMENT ON COLUMN colleges.suspend_reason IS 'Why, in the words of who suspended it';
COMMENT ON COLUMN colleges.version IS 'The ETag of what the hub''s admins change';
COMMENT ON COLUMN colleges.skeleton IS 'UTS #39 skeleton of the name, so that no second college looks the same unless somebody decided so';

CREATE TABLE held_colleges (
    id              uuid PRIMARY KEY,
    application     jsonb NOT NULL,
    slug            text NOT NULL,
    name            text NOT NULL,
    looks_like      uuid NOT NULL REFERENCES colleges (id),
    asked_by        uuid NOT NULL,
    asked_by_name   text NOT NULL,
    asked_at        timestamptz NOT NULL,
    version         bigint NOT NULL DEFAULT 1,
    outcome         text CHECK (outcome IN ('released', 'declined')),
    decided_by      uuid,
    decided_by_name text,
    decided_at      timestamptz,
    reason          text,
    created         uuid REFERENCES colleges (id),
    CHECK (num_nulls(outcome, decided_by, decided_by_name, decided_at, reason) IN (0, 5)),
    CHECK ((outcome IS NOT DISTINCT FROM 'released') = (created IS NOT NULL))
);
CREATE UNIQUE INDEX held_colleges_one_open ON held_colleges (slug) WHERE outcome IS NULL;
COMMENT ON TABLE held_colleges IS 'Colleges whose name or slug looks like another''s: they wait for a decision of the hub''s admins';
COMMENT ON COLUMN held_colleges.application IS 'The college as it was asked for, with the address of its first admin';
COMMENT ON COLUMN held_colleges.looks_like IS 'Whose name or slug it looks like';
COMMENT ON COLUMN held_colleges.asked_by IS 'A member of the hub''s own tenant';
COMMENT ON COLUMN held_colleges.asked_by_name IS 'Their name then';
COMMENT ON COLUMN held_colleges.asked_at IS 'When';
COMMENT ON COLUMN held_colleges.version IS 'The ETag; 1 while open';
COMMENT ON COLUMN held_colleges.outcome IS 'Null while open';
COMMENT ON COLUMN held_colleges.decided_by IS 'A member of the hub''s own tenant: another than who asked, where there is one';
COMMENT ON COLUMN held_colleges.decided_by_name IS 'Their name then';
COMMENT ON COLUMN held_colleges.decided_at IS 'When';
COMMENT ON COLUMN held_colleges.reason IS 'Why, in their words';
COMMENT ON COLUMN held_colleges.created IS 'The college that came of it';
GRANT SELECT, INSERT, UPDATE ON held_colleges TO hub_app;

-- The first admin of a college is invited by nobody of it.
ALTER TABLE invitations
    ALTER COLUMN created_by DROP NOT NULL,
    ADD COLUMN created_by_operator text,
    ADD CHECK (num_nonnulls(created_by, created_by_operator) = 1);
COMMENT ON COLUMN invitations.created_by IS 'The member who invited';
COMMENT ON COLUMN invitations.created_by_operator IS 'Or the name of who did for the hub, for an admin of a college';

-- Grants. ------------------------------------------------------------------------------------------------------------
ALTER TABLE role_grants
    DROP CONSTRAINT role_grants_role_check,
    ADD CONSTRAINT role_grants_role_check CHECK (role IN
        ('organizer', 'faculty', 'head', 'report_coordinator', 'key_manager', 'college_admin', 'super_admin')),
    DROP CONSTRAINT role_grants_scope_kind_check,
    ADD CONSTRAINT role_grants_scope_kind_check CHECK (scope_kind IN ('college', 'department', 'category', 'event')),
    ADD COLUMN ended_by        uuid,
    ADD COLUMN ended_at        timestamptz,
    ADD COLUMN confirmation_id uuid,
    ADD FOREIGN KEY (college_id, confirmation_id) REFERENCES confirmations (college_id, id),
    ADD CHECK (ends_at >= starts_at),
    ADD CHECK (ended_at IS NULL OR ends_at IS NOT NULL),
    ADD CONSTRAINT role_grants_organizer
        CHECK (role <> 'organizer' OR scope_kind IN ('category', 'event') AND ends_at IS NOT NULL) NOT VALID,
    ADD CONSTRAINT role_grants_never_to_oneself CHECK (role <> 'key_manager' OR granted_by IS DISTINCT FROM member_id) NOT VALID,
    ADD CONSTRAINT role_grants_two_persons CHECK (role <> 'key_manager' OR confirmation_id IS NOT NULL) NOT VALID;
COMMENT ON COLUMN role_grants.scope_kind IS 'What the role reaches; an event stands for what its teams filed';
COMMENT ON COLUMN role_grants.starts_at IS 'From when it holds';
COMMENT ON COLUMN role_grants.ends_at IS 'Until when it holds; null for no end. It gives nothing from this moment on';
COMMENT ON COLUMN role_grants.ended_by IS 'The member who ended it before its time; null for whoever runs the hub';
COMMENT ON COLUMN role_grants.ended_at IS 'When they did';
COMMENT ON COLUMN role_grants.confirmation_id IS 'What two persons agreed on; a key manager is appointed no other way';
-- A grant stands as it was given; it can only be ended.
REVOKE UPDATE, DELETE ON role_grants FROM hub_app;
GRANT UPDATE (ends_at, ended_by, ended_at) ON role_grants TO hub_app;

-- Whoever runs the hub does so in its own tenant, and nobody else is anything there.
CREATE FUNCTION guard_new_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.role = 'super_admin') <> (SELECT platform FROM colleges WHERE id = NEW.college_id) THEN
        RAISE EXCEPTION 'the role % has no place here', NEW.role USING ERRCODE = 'check_violation', CONSTRAINT = 'role_grants_place';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER role_grants_place BEFORE INSERT ON role_grants FOR EACH ROW EXECUTE FUNCTION guard_new_grant();

-- A college that has an admin keeps one, and the hub its own: somebody in good standing whose grant has no end. Two who
-- remove each other at once stand in line here; each statement of the function sees what was committed before it.
CREATE FUNCTION keep_an_admin(college uuid, wanted text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('admins of ' || college, 0));
    IF NOT EXISTS (
        SELECT FROM role_grants g JOIN members m ON m.college_id = g.college_id AND m.id = g.member_id
        WHERE g.college_id = college AND g.role = wanted AND g.ends_at IS NULL AND m.state IN ('confirmed', 'alumnus'))
    THEN
        RAISE EXCEPTION 'the last admin cannot be removed' USING ERRCODE = 'HB010';
    END IF;
END $$;
CREATE FUNCTION guard_last_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM keep_an_admin(OLD.college_id, OLD.role);
    RETURN NULL;
END $$;
CREATE TRIGGER role_grants_last_admin AFTER UPDATE OF ends_at ON role_grants FOR EACH ROW
    WHEN (OLD.role IN ('college_admin', 'super_admin') AND OLD.ends_at IS NULL AND NEW.ends_at IS NOT NULL)
    EXECUTE FUNCTION guard_last_grant();
CREATE FUNCTION guard_last_admin() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE held text;
BEGIN
    FOR held IN
        SELECT DISTINCT role FROM role_grants WHERE college_id = OLD.college_id AND member_id = OLD.id
            AND role IN ('college_admin', 'super_admin') AND ends_at IS NULL
    LOOP
        PERFORM keep_an_admin(OLD.college_id, held);
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER members_last_admin AFTER UPDATE OF state ON members FOR EACH ROW
    WHEN (OLD.state IN ('confirmed', 'alumnus') AND NEW.state NOT IN ('confirmed', 'alumnus'))
    EXECUTE FUNCTION guard_last_admin();

-- The life of an account. --------------------------------------------------------------------------------------------
ALTER TABLE members
    ADD COLUMN deactivated_from  text CHECK (deactivated_from IN ('unconfirmed', 'confirmed', 'alumnus')),
    ADD COLUMN deactivated_at    timestamptz,
    ADD COLUMN deactivated_by    uuid,
    ADD COLUMN deactivate_reason text,
    ADD COLUMN graduated_at      timestamptz,
    ADD FOREIGN KEY (college_id, deactivated_by) REFERENCES members (college_id, id),
    ADD CHECK (num_nulls(deactivated_from, deactivated_at, deactivate_reason) IN (0, 3)),
    ADD CHECK (state <> 'alumnus' OR student);
COMMENT ON COLUMN members.deactivated_from IS 'The state they come back to; null where they were never deactivated';
COMMENT ON COLUMN members.deactivated_at IS 'When they were last deactivated';
COMMENT ON COLUMN members.deactivated_by IS 'By whom; null for whoever runs the hub';
COMMENT ON COLUMN members.deactivate_reason IS 'Why, in their words';
COMMENT ON COLUMN members.graduated_at IS 'Since when they are an alumnus: they keep log-in, portfolio and shares, and submit nothing new';

CREATE TABLE member_changes (
    college_id       uuid NOT NULL REFERENCES colleges (id),
    id               uuid NOT NULL,
    member_id        uuid NOT NULL,
    full_name        text,
    full_name_native text,
    programme_id     uuid,
    reason           text NOT NULL,
    asked_at         timestamptz NOT NULL,
    version          bigint NOT NULL DEFAULT 1,
    outcome          text CHECK (outcome IN ('accepted', 'declined', 'withdrawn')),
    decided_by       uuid,
    decided_at       timestamptz,
    comment          text,
    PRIMARY KEY (college_id, id),
    FOREIGN KEY (college_id, member_id) REFERENCES members (college_id, id),
    FOREIGN KEY (college_id, programme_id) REFERENCES programmes (college_id, id),
    FOREIGN KEY (college_id, decided_by) REFERENCES members (college_id, id),
    CHECK (num_nonnulls(full_name, full_name_native, programme_id) > 0),
    CHECK (num_nulls(outcome, decided_by, decided_at) IN (0, 3)),
    CHECK (outcome IS NULL OR (outcome = 'withdrawn') = (decided_by = member_id))
);
CREATE UNIQUE INDEX member_changes_one_open ON member_changes (college_id, member_id) WHERE outcome IS NULL;
CREATE INDEX member_changes_by_member ON member_changes (college_id, member_id, id DESC);
COMMENT ON TABLE member_changes IS 'A student asks that the college''s records say another name or programme of them';
COMMENT ON COLUMN member_changes.college_id IS 'Their college';
COMMENT ON COLUMN member_changes.member_id IS 'Who asks';
COMMENT ON COLUMN member_changes.full_name IS 'The name that is to be signed; null where it stays';
COMMENT ON COLUMN member_changes.full_name_native IS 'The name in its own script; null where it stays';
COMMENT ON COLUMN member_changes.programme_id IS 'The programme; null where it stays';
COMMENT ON COLUMN member_changes.reason IS 'Why, in their words';
COMMENT ON COLUMN member_changes.asked_at IS 'When';
COMMENT ON COLUMN member_changes.version IS 'The ETag; 1 while open';
COMMENT ON COLUMN member_changes.outcome IS 'Null while open';
COMMENT ON COLUMN member_changes.decided_by IS 'An admin; the student, where it was withdrawn';
COMMENT ON COLUMN member_changes.decided_at IS 'When';
COMMENT ON COLUMN member_changes.comment IS 'What the admin says';

-- Somebody looks at the hub as another sees it: reads, and nothing else, for half an hour.
CREATE TABLE impersonations (
    college_id  uuid NOT NULL REFERENCES colleges (id),
    id          uuid NOT NULL,
    member_id   uuid NOT NULL,
    by_member   uuid,
    by_operator uuid,
    by_name     text NOT NULL,
    reason      text NOT NULL,
    started_at  timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    ended_at    timestamptz,
    PRIMARY KEY (college_id, id),
    FOREIGN KEY (college_id, member_id) REFERENCES members (college_id, id),
    FOREIGN KEY (college_id, by_member) REFERENCES members (college_id, id),
    CHECK (num_nonnulls(by_member, by_operator) = 1),
    CHECK (by_member IS DISTINCT FROM member_id),
    CHECK (ends_at > started_at AND ends_at <= started_at + interval '30 minutes')
);
CREATE INDEX impersonations_by_member ON impersonations (college_id, member_id, id DESC);
COMMENT ON TABLE impersonations IS 'Who looked at the hub as whom sees it, why and when; the one who was looked at is told';
COMMENT ON COLUMN impersonations.college_id IS 'The college of the one who is looked at';
COMMENT ON COLUMN impersonations.member_id IS 'As whom';
COMMENT ON COLUMN impersonations.by_member IS 'Who looks, where it is an admin of the college';
COMMENT ON COLUMN impersonations.by_operator IS 'Who looks, where it is a member of the hub''s own tenant';
COMMENT ON COLUMN impersonations.by_name IS 'Their name then';
COMMENT ON COLUMN impersonations.reason IS 'Why, in their words';
COMMENT ON COLUMN impersonations.started_at IS 'From when';
COMMENT ON COLUMN impersonations.ends_at IS 'Until when at most: thirty minutes';
COMMENT ON COLUMN impersonations.ended_at IS 'When they stopped looking before';

-- Reviewers who stand in for others, and who sees what first. --------------------------------------------------------
CREATE TABLE delegations (
    college_id  uuid NOT NULL REFERENCES colleges (id),
    id          uuid NOT NULL,
    from_member uuid NOT NULL,
    to_member   uuid NOT NULL,
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    reason      text,
    created_by  uuid NOT NULL,
    created_at  timestamptz NOT NULL,
    ended_by    uuid,
    ended_at    timestamptz,
    PRIMARY KEY (college_id, id),
    FOREIGN KEY (college_id, from_member) REFERENCES members (college_id, id),
    FOREIGN KEY (college_id, to_member) REFERENCES members (college_id, id),
    FOREIGN KEY (college_id, created_by) REFERENCES members (college_id, id),
    FOREIGN KEY (college_id, ended_by) REFERENCES members (college_id, id),
    CHECK (from_member <> to_member),
    CHECK (ends_at > starts_at AND ends_at <= starts_at + interval '184 days'),
    CHECK ((ended_by IS NULL) = (ended_at IS NULL))
);
CREATE INDEX delegations_by_delegate ON delegations (college_id, to_member, ends_at);
CREATE INDEX delegations_by_reviewer ON delegations (college_id, from_member, ends_at);
COMMENT ON TABLE delegations IS 'A reviewer''s queue in other hands for a time; it gives what the reviewer''s own grants give then, and no more';
COMMENT ON COLUMN delegations.college_id IS 'Their college';
COMMENT ON COLUMN delegations.from_member IS 'Whose queue';
COMMENT ON COLUMN delegations.to_member IS 'Who decides for them';
COMMENT ON COLUMN delegations.starts_at IS 'From when';
COMMENT ON COLUMN delegations.ends_at IS 'Until when, at most half a year';
COMMENT ON COLUMN delegations.reason IS 'Why, such as leave';
COMMENT ON COLUMN delegations.created_by IS 'The reviewer, their head or an admin';
COMMENT ON COLUMN delegations.created_at IS 'When it was made';
COMMENT ON COLUMN delegations.ended_by IS 'Who ended it before its time';
COMMENT ON COLUMN delegations.ended_at IS 'When they did; it gives nothing from then on';

ALTER TABLE decisions
    ADD COLUMN on_behalf_of uuid,
    ADD FOREIGN KEY (college_id, on_behalf_of) REFERENCES members (college_id, id),
    ADD CHECK (on_behalf_of <> decided_by);
COMMENT ON COLUMN decisions.on_behalf_of IS 'Whose queue it was, where the decider''s own grants do not reach the item';

CREATE TABLE routing_rules (
    college_id       uuid NOT NULL REFERENCES colleges (id),
    id               uuid NOT NULL,
    position         integer NOT NULL,
    department_id    uuid,
    category_id      uuid,
    min_level        text CHECK (min_level IN ('college', 'zonal', 'university', 'state', 'national', 'international')),
    reviewer_role    text CHECK (reviewer_role IN ('organizer', 'faculty', 'head', 'college_admin')),
    reviewers        uuid[] NOT NULL DEFAULT '{}',
    pool_after_hours integer NOT NULL DEFAULT 72 CHECK (pool_after_hours BETWEEN 1 AND 720),
    PRIMARY KEY (college_id, id),
    FOREIGN KEY (college_id, department_id) REFERENCES departments (college_id, id),
    FOREIGN KEY (college_id, category_id) REFERENCES categories (college_id, id),
    CHECK ((reviewer_role IS NULL) = (cardinality(reviewers) > 0))
);
CREATE INDEX routing_rules_in_order ON routing_rules (college_id, position);
COMMENT ON TABLE routing_rules IS 'Who sees what first in the queue: the first rule that fits, those of a department before those of the college. Whose grants do not reach an item sees it under no rule';
COMMENT ON COLUMN routing_rules.college_id IS 'Whose rule';
COMMENT ON COLUMN routing_rules.position IS 'Which is asked first';
COMMENT ON COLUMN routing_rules.department_id IS 'Only for items of this department';
COMMENT ON COLUMN routing_rules.category_id IS 'Only for items of this category';
COMMENT ON COLUMN routing_rules.min_level IS 'Only from this level on';
COMMENT ON COLUMN routing_rules.reviewer_role IS 'Whoever holds this role, with a scope that reaches the item';
COMMENT ON COLUMN routing_rules.reviewers IS 'Or these members';
COMMENT ON COLUMN routing_rules.pool_after_hours IS 'After this time without a decision everybody in scope sees it, so that nothing is lost';

CREATE TABLE routing_versions (
    college_id uuid NOT NULL REFERENCES colleges (id),
    version    bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (college_id)
);
COMMENT ON TABLE routing_versions IS 'How often the rules of a college were changed';
COMMENT ON COLUMN routing_versions.college_id IS 'The college';
COMMENT ON COLUMN routing_versions.version IS 'The ETag of all its rules';

GRANT SELECT, INSERT, UPDATE ON member_changes, impersonations, delegations, routing_versions TO hub_app;
GRANT SELECT, INSERT, DELETE ON routing_rules TO hub_app;
DO $$
DECLARE tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['member_changes', 'impersonations', 'delegations', 'routing_rules', 'routing_versions']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format(
            'CREATE POLICY one_college ON %I USING (college_id = nullif(current_setting(''hub.college_id'', true), '''')::uuid)
             WITH CHECK (college_id = nullif(current_setting(''hub.college_id'', true), '''')::uuid)', tenant_table);
    END LOOP;
END $$;

-- Whether a rule keeps an item from this reviewer, for now: somebody else sees it first. The grants in force of the rule's
-- reviewers count, those of whom they stand in for too, so that a rule which names nobody who is there keeps nothing back.
CREATE FUNCTION kept_for_others(
    college uuid, department uuid, category uuid, event uuid, reached text, since timestamptz, reviewer uuid, at timestamptz
) RETURNS boolean STABLE LANGUAGE sql AS $$
    WITH rule AS (
        SELECT r.* FROM routing_rules r
        WHERE r.college_id = college
          AND (r.department_id IS NULL OR r.department_id = department)
          AND (r.category_id IS NULL OR r.category_id = category)
          AND (r.min_level IS NULL
               OR array_position(ARRAY['college', 'zonal', 'university', 'state', 'national', 'international'], reached)
                  >= array_position(ARRAY['college', 'zonal', 'university', 'state', 'national', 'international'], r.min_level))
        ORDER BY r.department_id IS NULL, r.position LIMIT 1),
    chosen AS (
        SELECT g.member_id FROM rule
        JOIN role_grants g ON g.college_id = college AND g.starts_at <= at AND (g.ends_at IS NULL OR g.ends_at > at)
             AND (g.member_id = ANY (rule.reviewers) OR g.role = rule.reviewer_role)
             AND g.role IN ('organizer', 'faculty', 'head', 'college_admin')
             AND (g.scope_kind = 'college' OR g.scope_kind = 'department' AND g.scope_id = department
                  OR g.scope_kind = 'category' AND g.scope_id = category OR g.scope_kind = 'event' AND g.scope_id = event)
        JOIN members m ON m.college_id = college AND m.id = g.member_id AND m.state IN ('confirmed', 'alumnus')),
    first AS (
        SELECT member_id FROM chosen
        UNION ALL
        SELECT d.to_member FROM chosen
        JOIN delegations d ON d.college_id = college AND d.from_member = chosen.member_id AND d.ended_at IS NULL
             AND d.starts_at <= at AND d.ends_at > at)
    SELECT EXISTS (SELECT FROM rule WHERE since + make_interval(hours => rule.pool_after_hours) > at)
       AND EXISTS (SELECT FROM first) AND NOT EXISTS (SELECT FROM first WHERE member_id = reviewer)
$$;

-- A suspended college: no transitions. One look for each statement, since a statement sees the rows of one college only.
CREATE FUNCTION refuse_while_suspended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM colleges WHERE id = nullif(current_setting('hub.college_id', true), '')::uuid AND state <> 'active') THEN
        RAISE EXCEPTION 'the college is suspended' USING ERRCODE = 'HB017';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER achievements_suspended BEFORE INSERT OR UPDATE ON achievements FOR EACH STATEMENT EXECUTE FUNCTION refuse_while_suspended();
CREATE TRIGGER revisions_suspended BEFORE INSERT OR UPDATE ON revisions FOR EACH STATEMENT EXECUTE FUNCTION refuse_while_suspended();
CREATE TRIGGER decisions_suspended BEFORE INSERT OR UPDATE ON decisions FOR EACH STATEMENT EXECUTE FUNCTION refuse_while_suspended();
