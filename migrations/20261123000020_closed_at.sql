-- Of several closed revisions the one that was closed last is shown: a revoked one, though a proposal beside it was
-- declined before and has the higher number.

ALTER TABLE revisions ADD COLUMN closed_at timestamptz;
COMMENT ON COLUMN revisions.closed_at IS 'When it was closed; where several are, the last one is shown. Null for those from before this was kept';

-- As before, with closed_at among what changes without a change of what a revision says.
CREATE OR REPLACE FUNCTION guard_revision() RETURNS trigger LANGUAGE plpgsql AS $$
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

-- As before, with the order of what was closed.
CREATE OR REPLACE FUNCTION check_achievement() RETURNS trigger LANGUAGE plpgsql AS $$
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
