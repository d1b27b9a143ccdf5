//! What holds after every act, whatever happened: invariants I1 to I9, as one function that any test can call.

use hub::app::issuance_log::audit;
use hub::blobs::{Blobs, Digest};
use hub::credential::proof::record_hash;
use hub::domain::ids::CollegeId;
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use crate::support::{TestHub, acknowledged};

/// Each with the rows that break it, in words; none where all is well.
const RULES: [(&str, &str); 14] = [
    (
        "I1 approved ⇔ exactly one credential",
        "SELECT 'achievement ' || a.id || ': approved ' || coalesce(r.number::text, '-') || ', credentials of ' || coalesce(k.revisions, '-')
         FROM achievements a
         LEFT JOIN revisions r ON r.achievement_id = a.id AND r.status = 'approved'
         LEFT JOIN LATERAL (SELECT string_agg(c.revision::text, ',') AS revisions FROM credentials c
                            WHERE c.achievement_id = a.id AND c.status IN ('pending_issue', 'active')) k ON true
         WHERE r.number::text IS DISTINCT FROM k.revisions",
    ),
    (
        "I1 what is shown follows from the revisions",
        "SELECT 'achievement ' || a.id || ' shows ' || a.shown_revision || ' ' || a.status
         FROM achievements a JOIN LATERAL (
             SELECT r.number, r.status FROM revisions r WHERE r.achievement_id = a.id
             ORDER BY CASE WHEN r.status IN ('draft', 'submitted', 'correction_proposed') THEN 0 WHEN r.status = 'approved' THEN 1 ELSE 2 END,
                      r.closed_at DESC NULLS LAST, r.number DESC LIMIT 1) s ON true
         WHERE (s.number, s.status) <> (a.shown_revision, a.status)",
    ),
    (
        "I1 a credential is fallen exactly where its revision is",
        "SELECT 'credential ' || c.id || ' is ' || c.status || ', its revision ' || r.status
         FROM credentials c JOIN revisions r ON r.achievement_id = c.achievement_id AND r.number = c.revision
         WHERE c.status IN ('pending_issue', 'active') AND r.status <> 'approved'
            OR r.status = 'revoked' AND NOT EXISTS (SELECT FROM credentials o WHERE o.achievement_id = r.achievement_id
                                                    AND o.revision = r.number AND o.status = 'revoked')",
    ),
    (
        "I3 no credential without an approval of somebody else",
        "SELECT 'credential ' || c.id FROM credentials c WHERE c.approved_by = c.student_id OR NOT EXISTS (
             SELECT FROM decisions d WHERE d.achievement_id = c.achievement_id AND d.revision = c.revision AND d.action = 'approve'
                AND d.decided_by = c.approved_by AND (d.undone_at IS NULL OR c.status = 'revoked' AND c.revoke_reason = 'issued_in_error'))",
    ),
    (
        "I3 nobody decided on their own, their team's, or an appeal against themselves",
        "SELECT 'decision ' || d.id FROM decisions d JOIN revisions r ON r.achievement_id = d.achievement_id AND r.number = d.revision
         WHERE d.decided_by = r.student_id OR d.decided_by = r.barred_reviewer
            OR EXISTS (SELECT FROM team_members t WHERE t.team_id = r.team_id AND t.member_id = d.decided_by)",
    ),
    (
        "I3 what two have to approve, two approved",
        "SELECT 'revision ' || r.number || ' of ' || r.achievement_id FROM revisions r
         WHERE r.status = 'approved' AND r.submitted_at IS NOT NULL
           AND (SELECT count(DISTINCT d.decided_by) FROM decisions d WHERE d.achievement_id = r.achievement_id AND d.revision = r.number
                AND d.action = 'approve' AND d.undone_at IS NULL) < approvals_needed(r.college_id, r.category_id, r.level)
           AND (SELECT max(d.decided_at) FROM decisions d WHERE d.achievement_id = r.achievement_id AND d.revision = r.number)
               > (SELECT max(e.at) FROM events e WHERE e.kind = 'review_rules_set')",
    ),
    (
        "I4 a decision has its event, and an event its decision",
        "SELECT 'decisions on ' || coalesce(d.item, e.item) || ': ' || coalesce(d.number, 0) || ', events: ' || coalesce(e.number, 0)
         FROM (SELECT x.achievement_id AS item, count(*) AS number FROM decisions x JOIN revisions r ON r.achievement_id = x.achievement_id
                   AND r.number = x.revision WHERE NOT (x.revision = 1 AND r.submitted_at IS NULL) GROUP BY 1) d
         FULL JOIN (SELECT achievement_id AS item, count(*) AS number FROM events WHERE kind IN
                        ('approved', 'first_approval', 'rejected', 'changes_requested', 'correction_proposed')
                    GROUP BY 1) e ON e.item = d.item
         WHERE coalesce(d.number, 0) <> coalesce(e.number, 0)
           AND NOT EXISTS (SELECT FROM events b WHERE b.achievement_id = coalesce(d.item, e.item) AND b.kind = 'brought_along')",
    ),
    (
        "I4 what was taken back, revoked or handed in is in the audit as often",
        "SELECT kind || ' on ' || item || ': ' || sum(number) FROM (
             SELECT 'undone' AS kind, achievement_id AS item, count(*) AS number FROM decisions WHERE undone_at IS NOT NULL GROUP BY 1, 2
             UNION ALL SELECT kind, achievement_id, -count(*) FROM events WHERE kind = 'undone' GROUP BY 1, 2
             UNION ALL SELECT 'revoked', achievement_id, count(*) FROM credentials WHERE status = 'revoked' AND revoke_text IS NOT NULL GROUP BY 1, 2
             UNION ALL SELECT kind, achievement_id, -count(*) FROM events WHERE kind = 'revoked' GROUP BY 1, 2) acts
         GROUP BY kind, item HAVING sum(number) <> 0",
    ),
    (
        "I5 an index is one document's, and was drawn",
        "SELECT place || ' has ' || count(*) || ' documents' FROM (
             SELECT 'achievements ' || list_number || '/' || list_index AS place FROM credentials
             UNION ALL SELECT 'achievements ' || list_number || '/' || list_index FROM service_credentials
             UNION ALL SELECT 'portfolios ' || list_number || '/' || list_index FROM portfolios) used
         GROUP BY place HAVING count(*) > 1
         UNION ALL
         SELECT place || ' was never drawn' FROM (
             SELECT 'achievements ' || list_number || '/' || list_index AS place FROM credentials
             UNION ALL SELECT 'portfolios ' || list_number || '/' || list_index FROM portfolios) used
         WHERE place NOT IN (SELECT kind || ' ' || number || '/' || index FROM status_entries)",
    ),
    (
        "I5 a bit is set exactly where its document fell",
        "SELECT 'credential ' || c.id || ' is ' || c.status FROM credentials c
         JOIN status_entries e ON e.kind = 'achievements' AND e.number = c.list_number AND e.index = c.list_index
         WHERE (e.set_at IS NOT NULL) <> (c.status IN ('revoked', 'superseded'))
         UNION ALL
         SELECT 'portfolio ' || p.id || ' is ' || p.status FROM portfolios p
         JOIN status_entries e ON e.kind = 'portfolios' AND e.number = p.list_number AND e.index = p.list_index
         WHERE (e.set_at IS NOT NULL) <> (p.status = 'revoked')",
    ),
    (
        "I5 a portfolio falls with a credential that was revoked",
        "SELECT 'portfolio ' || p.id FROM portfolios p JOIN portfolio_items i ON i.portfolio_id = p.id
         JOIN credentials c ON c.id = i.credential_id WHERE c.status = 'revoked' AND p.status = 'active'",
    ),
    (
        "I6 each generation of a document was issued once, without gaps",
        "SELECT 'document ' || document_id || ' has generations up to ' || max(generation) FROM issued_records
         GROUP BY document_id HAVING max(generation) <> count(*) OR min(generation) <> 1",
    ),
    (
        "I7 what was signed is on record, and in the log without gaps",
        "SELECT 'credential ' || c.id FROM credentials c WHERE c.document IS NOT NULL AND NOT EXISTS (
             SELECT FROM issued_records i WHERE i.document_id = c.id AND i.generation = c.generation)
         UNION ALL SELECT 'portfolio ' || p.id FROM portfolios p WHERE NOT EXISTS (SELECT FROM issued_records i WHERE i.document_id = p.id)
         UNION ALL SELECT 'the log has ' || l.size || ' entries' FROM issuance_logs l
         WHERE l.size <> (SELECT count(*) FROM issued_records) OR l.size <> (SELECT coalesce(max(log_index) + 1, 0) FROM issued_records)",
    ),
    (
        "I2 one step at a time: a version counts at least the acts it saw",
        "SELECT 'achievement ' || a.id || ' is at version ' || a.version FROM achievements a
         WHERE a.version < (SELECT count(*) FROM decisions d WHERE d.achievement_id = a.id)",
    ),
];

/// Check them all, in every college of the hub; panics with everything that is broken.
#[track_caller]
pub fn check_invariants(hub: &TestHub) -> impl Future<Output = ()> + '_ {
    let place = std::panic::Location::caller();
    async move {
        let faults = faults(hub).await;
        assert!(faults.is_empty(), "at {place}:\n{}", faults.join("\n"));
    }
}

/// Everything that is broken, in words.
pub async fn faults(hub: &TestHub) -> Vec<String> {
    let mut owner = hub.database.owner().await;
    let colleges: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM colleges").fetch_all(&mut owner).await.unwrap();
    let blobs = Blobs::open(hub.folder().join("blobs")).await.unwrap();
    let mut faults = Vec::new();
    for college in colleges {
        enter(college, &mut owner).await;
        for (rule, query) in RULES {
            let broken: Vec<String> = sqlx::query_scalar(AssertSqlSafe(query))
                .fetch_all(&mut owner)
                .await
                .unwrap_or_else(|error| panic!("{rule}: {error}"));
            faults.extend(broken.into_iter().map(|fault| format!("{rule}: {fault}")));
        }
        changed_documents(&mut faults, &mut owner).await;
        let audited = audit::verify(CollegeId(college), &hub.app).await.unwrap();
        faults.extend(audited.fault.map(|fault| format!("I9: {fault}")));
        rows_without_files(CollegeId(college), &blobs, &mut faults, &mut owner).await;
    }
    lost_acts(&mut faults, &mut owner).await;
    faults
}

/// I2: what a client was told happened did: every version that was answered stands, or a later one.
async fn lost_acts(faults: &mut Vec<String>, owner: &mut PgConnection) {
    for (college, id, version) in acknowledged() {
        enter(college.0, owner).await;
        let stands: Option<i64> =
            sqlx::query_scalar("SELECT version FROM achievements WHERE id = $1")
                .bind(id)
                .fetch_optional(&mut *owner)
                .await
                .unwrap();
        if stands.is_none_or(|stands| stands < version) {
            faults.push(format!("I2: achievement {id} was answered as {version}, is {stands:?}"));
        }
    }
}

/// I6: the bytes of a credential are those that were issued as its generation.
async fn changed_documents(faults: &mut Vec<String>, owner: &mut PgConnection) {
    let documents: Vec<(Uuid, String, Vec<u8>)> = sqlx::query_as(
        "SELECT c.id, c.document, i.record_hash FROM credentials c
         JOIN issued_records i ON i.document_id = c.id AND i.generation = c.generation WHERE c.document IS NOT NULL",
    )
    .fetch_all(owner)
    .await
    .unwrap();
    for (id, document, hash) in documents {
        let document: Value = serde_json::from_str(&document).unwrap();
        if record_hash(&document)[..] != hash {
            faults.push(format!("I6: credential {id} is not what was issued"));
        }
    }
}

/// I8: no row without its file.
async fn rows_without_files(
    college: CollegeId,
    blobs: &Blobs,
    faults: &mut Vec<String>,
    owner: &mut PgConnection,
) {
    let digests: Vec<(String, Vec<u8>)> = sqlx::query_as(
        "SELECT 'evidence ' || id, unnest(ARRAY[sha256, rendition_sha256, thumb_sha256]) FROM evidence
         UNION ALL SELECT 'portfolio ' || id, file_sha256 FROM portfolios",
    )
    .fetch_all(owner)
    .await
    .unwrap();
    for (row, digest) in digests {
        let digest = Digest(digest.try_into().unwrap());
        if blobs.read(college, digest).await.is_err() {
            faults.push(format!("I8: the file {digest} of {row} cannot be read"));
        }
    }
}

async fn enter(college: Uuid, owner: &mut PgConnection) {
    sqlx::query("SELECT set_config('hub.college_id', $1, false)")
        .bind(college.to_string())
        .execute(owner)
        .await
        .unwrap();
}
