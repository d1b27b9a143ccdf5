-- The workflow whole: corrections, appeals, amendments, second reviewers, claims, comments, teams; and its states
-- guarded here as well as in the program. The guards hold for the application role, under which every connection of the
-- hub acts; the owner of the tables, which owns them to migrate and to mend, is free.

-- Shared objects of several students: an event of the college or elsewhere, and the teams that took part.
CREATE TABLE college_events (
    college_id uuid NOT NULL REFERENCES colleges (id),
    id         uuid NOT NULL,
    name       text NOT NULL,
    organiser  text NOT NULL DEFAULT '',
    level      text CHECK (level IN ('college', 'zonal', 'university', 'state', 'national', 'international')),
    started_on date,
    ended_on   date,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (college_id, id),
    FOREIGN KEY (college_id, created_by) REFERENCES members (college_id, id),
    CHECK (ended_on >= started_on)
);
CREATE INDEX college_events_by_day ON college_events (college_id, ended_on DESC, id);
COMMENT ON TABLE college_events IS 'Events that several achievements speak of, entered once by staff (the table `events` is the audit)';
COMMENT ON COLUMN college_events.college_id IS 'The college that entered it';
COMMENT ON COLUMN college_events.name IS 'As it stands on its certificates';
COMMENT ON COLUMN college_events.organiser IS 'Who held it';
COMMENT ON COLUMN college_events.level IS 'How far it reached';
COMMENT ON COLUMN college_events.started_on IS 'First day';
COMMENT ON COLUMN college_events.ended_on IS 'Last day';
COMMENT ON COLUMN college_events.created_by IS 'Who entered it';
COMMENT ON COLUMN college_events.created_at IS 'When';

CREATE TABLE teams (
    college_id uuid NOT NULL REFERENCES colleges (id),
    id         uuid NOT NULL,
    event_id   uuid,
    name       text NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (college_id, id),
    FOREIGN KEY (college_id, event_id) REFERENCES college_events (college_id, id),
    FOREIGN KEY (college_id, created_by) REFERENCES members (college_id, id)
);
CREATE INDEX teams_by_event ON teams (college_id, event_id);
COMMENT ON TABLE teams IS 'Students who did something together: none of them decides on what another of them files for it';
COMMENT ON COLUMN teams.college_id IS 'Their college';
COMMENT ON COLUMN teams.event_id IS 'The event they took part in, where it was entered';
COMMENT ON COLUMN teams.name IS 'What they called themselves';
COMMENT ON COLUMN teams.created_by IS 'The student who entered it, a member of it';
COMMENT ON COLUMN teams.created_at IS 'When';

CREATE TABLE team_members (
    college_id uuid NOT NULL REFERENCES colleges (id),
    team_id    uuid NOT NULL,
    member_id  uuid NOT NULL,
    PRIMARY KEY (college_id, team_id, member_id),
    FOREIGN KEY (college_id, team_id) REFERENCES teams (college_id, id),
    FOREIGN KEY (college_id, member_id) REFERENCES members (college_id, id)
);
CREATE INDEX team_members_by_member ON team_members (college_id, member_id);
COMMENT ON TABLE team_members IS 'Who is on a team: added when it is entered, never taken off';
COMMENT ON COLUMN team_members.college_id IS 'Their college';
COMMENT ON COLUMN team_members.team_id IS 'The team';
COMMENT ON COLUMN team_members.member_id IS 'A student on it';

-- What a category asks for before something can be handed in.
ALTER TABLE categories
    ADD COLUMN required_fields text[] NOT NULL DEFAULT '{organiser,ended_on}'
        CHECK (required_fields <@ '{description,organiser,role,level,outcome,started_on,ended_on,hours,skills,team}'),
    ADD COLUMN evidence_kinds text[] NOT NULL DEFAULT '{}'
        CHECK (evidence_kinds <@ '{certificate,photo,letter,report}');
COMMENT ON COLUMN categories.required_fields IS 'Which fields a submission must fill, beside title and category';
COMMENT ON COLUMN categories.evidence_kinds IS 'Of each of these kinds a submission needs at least one file';
COMMENT ON COLUMN categories.evidence_required IS 'Whether a submission needs a file at all, of whatever kind';
COMMENT ON COLUMN categories.checklist IS 'What a reviewer looks at; a decision keeps the points that were ticked';
COMMENT ON COLUMN categories.reject_reasons IS '[{"code":…, "label":…}]: why something of this category may be refused';
ALTER TABLE evidence ADD COLUMN kind text CHECK (kind IN ('certificate', 'photo', 'letter', 'report'));
COMMENT ON COLUMN evidence.kind IS 'What it is, as the student says; null where nobody said';

-- Where a second reviewer is asked for.
CREATE TABLE review_rules (
    college_id  uuid NOT NULL REFERENCES colleges (id),
    id          uuid NOT NULL,
    category_id uuid,
    min_level   text NOT NULL CHECK (min_level IN ('college', 'zonal', 'university', 'state', 'national', 'international')),
    PRIMARY KEY (college_id, id),
    UNIQUE NULLS NOT DISTINCT (college_id, category_id),
    FOREIGN KEY (college_id, category_id) REFERENCES categories (college_id, id)
);
COMMENT ON TABLE review_rules IS 'Which achievements two different persons have to approve';
COMMENT ON COLUMN review_rules.college_id IS 'Whose rule';
COMMENT ON COLUMN review_rules.category_id IS 'Of this category; null for every category that has no rule of its own';
COMMENT ON COLUMN review_rules.min_level IS 'From this level on';

ALTER TABLE revisions
    ADD COLUMN opened_at       timestamptz,
    ADD COLUMN closed_at       timestamptz,
    ADD COLUMN team_id         uuid,
    ADD COLUMN appeal_of       integer,
    ADD COLUMN barred_reviewer uuid,
    ADD COLUMN routed_to       uuid,
    ADD COLUMN pool_at         timestamptz,
    ADD FOREIGN KEY (college_id, team_id) REFERENCES teams (college_id, id),
    ADD FOREIGN KEY (college_id, achievement_id, appeal_of) REFERENCES revisions (college_id, achievement_id, number),
    ADD FOREIGN KEY (college_id, barred_reviewer) REFERENCES members (college_id, id),
    ADD FOREIGN KEY (college_id, routed_to) REFERENCES members (college_id, id),
    ADD CHECK ((routed_to IS NULL) = (pool_at IS NULL)),
    ADD CHECK (appeal_of IS NULL OR barred_reviewer IS NOT NULL);
-- An appeal is open once.
CREATE UNIQUE INDEX revisions_one_appeal ON revisions (college_id, achievement_id) WHERE appeal_of IS NOT NULL;
COMMENT ON COLUMN revisions.status IS 'Open: draft, submitted, correction_proposed. Live: approved. Closed: withdrawn, changes_requested, rejected, superseded, revoked';
COMMENT ON COLUMN revisions.opened_at IS 'When its draft was begun; null for those from before this was kept';
COMMENT ON COLUMN revisions.closed_at IS 'When it was closed; where several are, the last one is shown: a revoked one, though a proposal beside it was declined before and has the higher number. Null for those from before this was kept';
COMMENT ON COLUMN revisions.team_id IS 'The team it was done with: nobody on it decides';
COMMENT ON COLUMN revisions.appeal_of IS 'The rejected revision that this one appeals against';
COMMENT ON COLUMN revisions.barred_reviewer IS 'Whose rejection it appeals against: somebody else decides now';
COMMENT ON COLUMN revisions.routed_to IS 'Who asked for the changes, and sees it first';
COMMENT ON COLUMN revisions.pool_at IS 'From when everybody in scope sees it in the queue';

ALTER TABLE decisions
    DROP CONSTRAINT decisions_action_check,
    ADD CONSTRAINT decisions_action_check CHECK (action IN ('approve', 'reject', 'request_changes', 'propose_correction')),
    ADD COLUMN changes      jsonb,
    ADD COLUMN confirmed_by uuid,
    ADD FOREIGN KEY (college_id, confirmed_by) REFERENCES members (college_id, id),
    ADD CHECK ((action = 'propose_correction') = (changes IS NOT NULL)),
    ADD CHECK (confirmed_by IS NULL OR action = 'approve'),
    ADD CHECK (undone_at >= decided_at AND undone_at <= decided_at + interval '10 minutes');
-- Two approvals of one revision are of two persons.
CREATE UNIQUE INDEX decisions_two_persons ON decisions (college_id, achievement_id, revision, decided_by)
    WHERE action = 'approve' AND undone_at IS NULL;
COMMENT ON COLUMN decisions.action IS 'approve, reject, request_changes, propose_correction; where two persons have to approve, each one''s approval is a decision';
COMMENT ON COLUMN decisions.changes IS 'Of a proposal: {"title": {"from": …, "to": …}, …}, facts only';
COMMENT ON COLUMN decisions.confirmed_by IS 'The student who confirmed what the decider had proposed';
COMMENT ON COLUMN decisions.undone_at IS 'When the decider took it back: within ten minutes, once';
-- What was decided stands; it can only be taken back.
REVOKE UPDATE ON decisions FROM hub_app;
GRANT UPDATE (undone_at) ON decisions TO hub_app;

ALTER TABLE role_grants ADD COLUMN may_revoke boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN role_grants.may_revoke IS 'Whether this reviewer may revoke credentials of their own approvals';

DROP INDEX credentials_revoked;
CREATE INDEX credentials_fallen ON credentials (college_id, list_number) WHERE status IN ('revoked', 'superseded');
CREATE INDEX credentials_by_achievement ON credentials (college_id, achievement_id, created_at DESC);
CREATE INDEX credentials_by_approver ON credentials (college_id, approved_by, created_at);
COMMENT ON COLUMN credentials.status IS 'pending_issue, active; revoked, superseded: by the live credential of the same achievement. Both set the bit';
COMMENT ON COLUMN credentials.revoked_at IS 'When it was revoked or superseded';
COMMENT ON COLUMN confirmations.kind IS 'What is to be done: key_compromise, key_unfreeze, credential_revocation, approver_revocation; src/domain/confirmation.rs has the list';
COMMENT ON COLUMN confirmations.subject_id IS 'What it is to be done to: a key, a credential, or the member whose approvals fall';

CREATE TABLE claims (
    college_id     uuid NOT NULL REFERENCES colleges (id),
    achievement_id uuid NOT NULL,
    member_id      uuid NOT NULL,
    until          timestamptz NOT NULL,
    PRIMARY KEY (college_id, achievement_id),
    FOREIGN KEY (college_id, achievement_id) REFERENCES achievements (college_id, id) ON DELETE CASCADE,
    FOREIGN KEY (college_id, member_id) REFERENCES members (college_id, id)
);
COMMENT ON TABLE claims IS '"I am reviewing": advice to others, for fifteen minutes; correctness comes from versions';
COMMENT ON COLUMN claims.college_id IS 'The college of the item';
COMMENT ON COLUMN claims.achievement_id IS 'What is being reviewed';
COMMENT ON COLUMN claims.member_id IS 'By whom';
COMMENT ON COLUMN claims.until IS 'Until when';

CREATE TABLE comments (
    college_id     uuid NOT NULL REFERENCES colleges (id),
    id             uuid NOT NULL,
    achievement_id uuid NOT NULL,
    revision       integer NOT NULL,
    author_id      uuid NOT NULL,
    text           text NOT NULL,
    at             timestamptz NOT NULL,
    PRIMARY KEY (college_id, id),
    FOREIGN KEY (college_id, achievement_id) REFERENCES achievements (college_id, id) ON DELETE CASCADE,
    FOREIGN KEY (college_id, author_id) REFERENCES members (college_id, id)
);
CREATE INDEX comments_by_achievement ON comments (college_id, achievement_id, id);
COMMENT ON TABLE comments IS 'What student and reviewers write to each other about an achievement; said is said';
COMMENT ON COLUMN comments.college_id IS 'The college of the item';
COMMENT ON COLUMN comments.id IS 'UUIDv7: comments are in the order of their ids';
COMMENT ON COLUMN comments.achievement_id IS 'What it is about';
COMMENT ON COLUMN comments.revision IS 'Number of the revision that was shown when it was written';
COMMENT ON COLUMN comments.author_id IS 'Who wrote it';
COMMENT ON COLUMN comments.text IS 'What they wrote';
COMMENT ON COLUMN comments.at IS 'When';

GRANT SELECT, INSERT ON college_events, teams, team_members, comments TO hub_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON claims TO hub_app;
GRANT SELECT, INSERT, DELETE ON review_rules TO hub_app;
DO $$
DECLARE tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['college_events', 'teams', 'team_members', 'review_rules', 'claims', 'comments']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format(
            'CREATE POLICY one_college ON %I USING (college_id = nullif(current_setting(''hub.college_id'', true), '''')::uuid)
             WITH CHECK (college_id = nullif(current_setting(''hub.college_id'', true), '''')::uuid)', tenant_table);
    END LOOP;
END $$;

-- The guards. --------------------------------------------------------------------------------------------------------

CREATE FUNCTION level_rank(level text) RETURNS integer IMMUTABLE LANGUAGE sql AS $$
    SELECT array_position(ARRAY['college', 'zonal', 'university', 'state', 'national', 'international'], level)
$$;

-- A rule of the category comes before the one for all.
CREATE FUNCTION approvals_needed(college uuid, category uuid, reached text) RETURNS integer STABLE LANGUAGE sql AS $$
    SELECT CASE WHEN level_rank(reached) >= (
        SELECT level_rank(r.min_level) FROM review_rules r
        WHERE r.college_id = college AND (r.category_id = category OR r.category_id IS NULL)
        ORDER BY r.category_id IS NULL LIMIT 1) THEN 2 ELSE 1 END
$$;

-- What a proposal makes of a revision: its row with the facts that change.
CREATE FUNCTION corrected(revision jsonb, changes jsonb) RETURNS jsonb STABLE LANGUAGE sql AS $$
    SELECT revision || coalesce((
        SELECT jsonb_object_agg(
            CASE key WHEN 'category' THEN 'category_id' ELSE key END,
            CASE key WHEN 'category' THEN (
                SELECT to_jsonb(c.id) FROM categories c
                WHERE c.college_id = (revision ->> 'college_id')::uuid AND c.code = value ->> 'to')
            ELSE value -> 'to' END)
        FROM jsonb_each(changes)), '{}')
$$;

-- The first thing that stands between a draft and its submission; null where nothing does.
CREATE FUNCTION missing_for_submission(revision jsonb) RETURNS text STABLE LANGUAGE sql AS $$
    WITH item AS (
        SELECT (revision ->> 'college_id')::uuid AS college, (revision ->> 'achievement_id')::uuid AS achievement,
               (revision ->> 'number')::integer AS number, (revision ->> 'category_id')::uuid AS category,
               (revision ->> 'student_id')::uuid AS student)
    SELECT coalesce(
        (SELECT 'a confirmed member' FROM item i WHERE NOT EXISTS (
            SELECT FROM members m WHERE m.college_id = i.college AND m.id = i.student AND m.student AND m.state = 'confirmed')),
        (SELECT field FROM item i JOIN categories c ON c.college_id = i.college AND c.id = i.category,
                unnest(c.required_fields) AS field
         WHERE coalesce(revision ->> field, '') IN ('', '[]') LIMIT 1),
        (SELECT 'evidence' FROM item i JOIN categories c ON c.college_id = i.college AND c.id = i.category
         WHERE c.evidence_required AND NOT EXISTS (
            SELECT FROM evidence e WHERE e.college_id = i.college AND e.achievement_id = i.achievement AND e.revision = i.number)),
        (SELECT wanted FROM item i JOIN categories c ON c.college_id = i.college AND c.id = i.category,
                unnest(c.evidence_kinds) AS wanted
         WHERE NOT EXISTS (
            SELECT FROM evidence e WHERE e.college_id = i.college AND e.achievement_id = i.achievement AND e.revision = i.number
                AND e.kind = wanted) LIMIT 1))
$$;

CREATE FUNCTION guard_new_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (CASE NEW.status
        WHEN 'draft' THEN true
        -- A past approval that the college brings along.
        WHEN 'approved' THEN NEW.number = 1
        -- A clerical correction of what is live.
        WHEN 'correction_proposed' THEN NEW.submitted_at IS NULL AND EXISTS (
            SELECT FROM revisions r WHERE r.college_id = NEW.college_id AND r.achievement_id = NEW.achievement_id AND r.status = 'approved')
        ELSE false END)
    THEN
        RAISE EXCEPTION 'a revision does not begin as %', NEW.status USING ERRCODE = 'check_violation', CONSTRAINT = 'revisions_begin';
    END IF;
    IF NEW.appeal_of IS NOT NULL AND NOT EXISTS (
        SELECT FROM revisions r
        JOIN decisions d ON d.college_id = r.college_id AND d.achievement_id = r.achievement_id AND d.revision = r.number
        WHERE r.college_id = NEW.college_id AND r.achievement_id = NEW.achievement_id AND r.number = NEW.appeal_of
          AND r.status = 'rejected' AND d.action = 'reject' AND d.undone_at IS NULL
          AND d.decided_by = NEW.barred_reviewer AND NEW.opened_at <= d.decided_at + interval '30 days')
    THEN
        RAISE EXCEPTION 'there is no rejection to appeal against' USING ERRCODE = 'check_violation', CONSTRAINT = 'revisions_appeal';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER revisions_begin BEFORE INSERT ON revisions FOR EACH ROW
    WHEN (current_user = 'hub_app' AND (NEW.status <> 'draft' OR NEW.appeal_of IS NOT NULL)) EXECUTE FUNCTION guard_new_revision();

CREATE FUNCTION guard_revision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- What may change without a change of what it says.
    aside    text[] := '{status,submitted_at,due_at,closed_at,routed_to,pool_at}';
    step     text := OLD.status || ' ' || NEW.status;
    proposed jsonb;
    missing  text;
BEGIN
    IF NEW.status <> OLD.status AND NOT step = ANY (ARRAY[
        'draft submitted',
        'submitted withdrawn', 'submitted changes_requested', 'submitted correction_proposed', 'submitted rejected',
        'submitted approved',
        'correction_proposed approved', 'correction_proposed submitted', 'correction_proposed withdrawn',
        'approved superseded', 'approved revoked', 'superseded revoked',
        -- A decision that was taken back; an approval gives back what it had superseded.
        'approved submitted', 'rejected submitted', 'changes_requested submitted', 'superseded approved'])
    THEN
        RAISE EXCEPTION 'a revision does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'revisions_transition';
    END IF;

    IF (OLD.college_id, OLD.achievement_id, OLD.number, OLD.student_id) IS DISTINCT FROM (NEW.college_id, NEW.achievement_id, NEW.number, NEW.student_id)
       OR OLD.status <> 'draft' AND to_jsonb(NEW) - aside <> to_jsonb(OLD) - aside
    THEN
        SELECT corrected(to_jsonb(OLD), d.changes) INTO proposed FROM decisions d
        WHERE d.college_id = OLD.college_id AND d.achievement_id = OLD.achievement_id AND d.revision = OLD.number
          AND d.action = 'propose_correction' ORDER BY d.decided_at DESC, d.id DESC LIMIT 1;
        IF NOT coalesce(step IN ('correction_proposed approved', 'correction_proposed submitted')
                        AND to_jsonb(NEW) - aside = proposed - aside, false)
        THEN
            RAISE EXCEPTION 'a revision is frozen once it was handed in' USING ERRCODE = 'check_violation', CONSTRAINT = 'revisions_frozen';
        END IF;
    END IF;

    IF step = 'draft submitted' THEN
        missing := missing_for_submission(to_jsonb(NEW));
        IF missing IS NOT NULL OR NEW.submitted_at IS NULL OR NEW.due_at IS NULL THEN
            RAISE EXCEPTION 'a submission lacks %', coalesce(missing, 'its time') USING ERRCODE = 'check_violation', CONSTRAINT = 'revisions_complete';
        END IF;
    END IF;

    -- Nothing is decided without a decision on record, and nothing is taken back while one stands.
    IF NEW.status <> OLD.status AND NOT (CASE step
        WHEN 'submitted changes_requested' THEN is_decided(NEW, 'request_changes')
        WHEN 'submitted rejected' THEN is_decided(NEW, 'reject')
        -- Facts do not change under somebody's approval.
        WHEN 'submitted correction_proposed' THEN is_decided(NEW, 'propose_correction') AND NOT is_decided(NEW, 'approve')
        WHEN 'submitted approved' THEN is_approved(NEW)
        WHEN 'correction_proposed approved' THEN is_approved(NEW) AND EXISTS (
            SELECT FROM decisions d WHERE d.college_id = NEW.college_id AND d.achievement_id = NEW.achievement_id
                AND d.revision = NEW.number AND d.undone_at IS NULL AND d.confirmed_by = NEW.student_id)
        WHEN 'approved submitted' THEN NOT is_approved(NEW)
        WHEN 'rejected submitted' THEN NOT is_decided(NEW, 'reject')
        WHEN 'changes_requested submitted' THEN NOT is_decided(NEW, 'request_changes')
        ELSE true END)
    THEN
        RAISE EXCEPTION 'nobody decided that a revision goes from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'revisions_decided';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION is_decided(revision revisions, what text) RETURNS boolean STABLE LANGUAGE sql AS $$
    SELECT EXISTS (SELECT FROM decisions d WHERE d.college_id = revision.college_id AND d.achievement_id = revision.achievement_id
        AND d.revision = revision.number AND d.action = what AND d.undone_at IS NULL)
$$;

CREATE FUNCTION is_approved(revision revisions) RETURNS boolean STABLE LANGUAGE sql AS $$
    SELECT count(DISTINCT d.decided_by) >= approvals_needed(revision.college_id, revision.category_id, revision.level)
    FROM decisions d WHERE d.college_id = revision.college_id AND d.achievement_id = revision.achievement_id
        AND d.revision = revision.number AND d.action = 'approve' AND d.undone_at IS NULL
$$;
CREATE TRIGGER revisions_step BEFORE UPDATE ON revisions FOR EACH ROW
    WHEN (current_user = 'hub_app') EXECUTE FUNCTION guard_revision();

CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER revisions_kept BEFORE DELETE ON revisions FOR EACH ROW
    WHEN (current_user = 'hub_app' AND OLD.status <> 'draft')
    EXECUTE FUNCTION refuse('what was handed in is kept');
CREATE TRIGGER achievements_kept BEFORE DELETE ON achievements FOR EACH ROW
    WHEN (current_user = 'hub_app' AND NOT (OLD.status = 'draft' AND OLD.shown_revision = 1))
    EXECUTE FUNCTION refuse('what was handed in is kept');
CREATE TRIGGER achievements_same BEFORE UPDATE ON achievements FOR EACH ROW
    WHEN (current_user = 'hub_app'
          AND (NEW.student_id <> OLD.student_id OR NEW.version < OLD.version
               OR NEW.version = OLD.version AND (NEW.status, NEW.shown_revision) <> (OLD.status, OLD.shown_revision)))
    EXECUTE FUNCTION refuse('an achievement keeps its owner, and each act counts its version on');

CREATE FUNCTION guard_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    item evidence := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF NOT EXISTS (
        SELECT FROM revisions r WHERE r.college_id = item.college_id AND r.achievement_id = item.achievement_id AND r.number = item.revision
          AND (r.status = 'draft' OR TG_OP = 'INSERT' AND r.status = 'correction_proposed' AND r.submitted_at IS NULL))
    THEN
        RAISE EXCEPTION 'the files of a revision are frozen once it was handed in' USING ERRCODE = 'check_violation', CONSTRAINT = 'evidence_frozen';
    END IF;
    RETURN item;
END $$;
CREATE TRIGGER evidence_begin BEFORE INSERT ON evidence FOR EACH ROW
    WHEN (current_user = 'hub_app') EXECUTE FUNCTION guard_evidence();
-- What the hub makes of a file may change; what the student handed in may not.
CREATE TRIGGER evidence_same BEFORE UPDATE ON evidence FOR EACH ROW
    WHEN (current_user = 'hub_app'
          AND (OLD.achievement_id, OLD.revision, OLD.public_id, OLD.position, OLD.name, OLD.media_type, OLD.size, OLD.sha256,
               OLD.rendition_sha256, OLD.caption, OLD.kind)
              IS DISTINCT FROM (NEW.achievement_id, NEW.revision, NEW.public_id, NEW.position, NEW.name, NEW.media_type, NEW.size,
               NEW.sha256, NEW.rendition_sha256, NEW.caption, NEW.kind))
    EXECUTE FUNCTION guard_evidence();
CREATE TRIGGER evidence_kept BEFORE DELETE ON evidence FOR EACH ROW
    WHEN (current_user = 'hub_app') EXECUTE FUNCTION guard_evidence();

-- Own item, own team, and an appeal against one's own rejection. A row at a time, each looked up by its key: a plan over
-- all rows of an import would be made before anything is known of them.
CREATE FUNCTION guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    item revisions;
BEGIN
    SELECT * INTO item FROM revisions r
    WHERE r.college_id = NEW.college_id AND r.achievement_id = NEW.achievement_id AND r.number = NEW.revision;
    IF NEW.decided_by = item.student_id OR NEW.decided_by = item.barred_reviewer OR NEW.confirmed_by <> item.student_id
       OR item.team_id IS NOT NULL AND EXISTS (
            SELECT FROM team_members t WHERE t.college_id = item.college_id AND t.team_id = item.team_id AND t.member_id = NEW.decided_by)
    THEN
        RAISE EXCEPTION 'nobody decides on their own achievement, their team''s, or an appeal against themselves'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_own_item';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decisions_own_item BEFORE INSERT ON decisions FOR EACH ROW
    WHEN (current_user = 'hub_app') EXECUTE FUNCTION guard_decision();
CREATE TRIGGER decisions_taken_back_once BEFORE UPDATE ON decisions FOR EACH ROW
    WHEN (current_user = 'hub_app' AND OLD.undone_at IS NOT NULL)
    EXECUTE FUNCTION refuse('a decision is taken back once');

-- No credential without an approval.
CREATE FUNCTION guard_new_credential() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    item revisions;
BEGIN
    -- By key alone, and compared here: an index over states or reviewers would be the wrong one for thousands of rows.
    SELECT * INTO item FROM revisions r
    WHERE r.college_id = NEW.college_id AND r.achievement_id = NEW.achievement_id AND r.number = NEW.revision;
    IF (NEW.status, item.status) IS DISTINCT FROM ('pending_issue', 'approved') OR NEW.student_id <> item.student_id
       OR NOT EXISTS (SELECT FROM decisions d WHERE d.college_id = NEW.college_id AND d.achievement_id = NEW.achievement_id
            AND d.revision = NEW.revision AND d.action = 'approve' AND d.undone_at IS NULL
            AND d.decided_by IS NOT DISTINCT FROM NEW.approved_by)
    THEN
        RAISE EXCEPTION 'a credential begins with an approval' USING ERRCODE = 'check_violation', CONSTRAINT = 'credentials_approved';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credentials_approved BEFORE INSERT ON credentials FOR EACH ROW
    WHEN (current_user = 'hub_app') EXECUTE FUNCTION guard_new_credential();
CREATE TRIGGER credentials_step BEFORE UPDATE ON credentials FOR EACH ROW
    WHEN (current_user = 'hub_app' AND (
        (OLD.achievement_id, OLD.revision, OLD.student_id, OLD.list_number, OLD.list_index, OLD.approved_by)
            <> (NEW.achievement_id, NEW.revision, NEW.student_id, NEW.list_number, NEW.list_index, NEW.approved_by)
        OR NEW.status <> OLD.status AND NOT OLD.status || ' ' || NEW.status = ANY (ARRAY[
            'pending_issue active', 'pending_issue revoked', 'pending_issue superseded',
            'active revoked', 'active superseded', 'superseded revoked'])))
    EXECUTE FUNCTION refuse('a credential keeps what it is of, and does not come back to life');

-- At the end of each transaction: what is shown follows from the revisions (the open one, else the live one, else the
-- last closed one), and exactly the live revision has a living credential.
CREATE FUNCTION check_achievement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
    college uuid := changed ->> 'college_id';
    item    uuid := coalesce(changed ->> 'achievement_id', changed ->> 'id');
    fault   text;
BEGIN
    SELECT CASE
        WHEN (a.shown_revision, a.status) IS DISTINCT FROM (s.number, s.status) THEN 'shows what it is not'
        WHEN (SELECT max(r.number) FILTER (WHERE r.status = 'approved') FROM revisions r
              WHERE r.college_id = college AND r.achievement_id = item)
             IS DISTINCT FROM
             (SELECT max(k.revision) FILTER (WHERE k.status IN ('pending_issue', 'active')) FROM credentials k
              WHERE k.college_id = college AND k.achievement_id = item)
        THEN 'is approved without its credential, or has one without being approved' END
    INTO fault
    FROM achievements a LEFT JOIN LATERAL (
        SELECT r.number, r.status FROM revisions r WHERE r.college_id = college AND r.achievement_id = item
        ORDER BY CASE WHEN r.status IN ('draft', 'submitted', 'correction_proposed') THEN 0 WHEN r.status = 'approved' THEN 1 ELSE 2 END,
                 r.closed_at DESC NULLS LAST, r.number DESC LIMIT 1) s ON true
    WHERE a.college_id = college AND a.id = item;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'an achievement %', fault USING ERRCODE = 'check_violation', CONSTRAINT = 'achievements_whole';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER achievements_whole AFTER UPDATE OF status, shown_revision ON achievements DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (current_user = 'hub_app') EXECUTE FUNCTION check_achievement();
-- A past approval comes with its credential, thousands at a time: their guard asks for the approval.
CREATE CONSTRAINT TRIGGER achievements_whole AFTER INSERT ON revisions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (current_user = 'hub_app' AND NEW.status <> 'approved') EXECUTE FUNCTION check_achievement();
CREATE CONSTRAINT TRIGGER achievements_stay_whole AFTER DELETE ON revisions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (current_user = 'hub_app') EXECUTE FUNCTION check_achievement();
CREATE CONSTRAINT TRIGGER achievements_keep_whole AFTER UPDATE ON revisions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (current_user = 'hub_app' AND OLD.status <> NEW.status) EXECUTE FUNCTION check_achievement();
CREATE CONSTRAINT TRIGGER achievements_stay_whole AFTER UPDATE ON credentials DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (current_user = 'hub_app' AND OLD.status IN ('pending_issue', 'active') AND NEW.status NOT IN ('pending_issue', 'active'))
    EXECUTE FUNCTION check_achievement();
