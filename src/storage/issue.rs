//! Issuing, a chunk in each statement: what waits, what it says, what was signed.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{CredentialFacts, Result, TenantTx};
use crate::domain::ids::{CredentialId, KeyId};

/// A credential as far as signing depends on it, held until the transaction ends.
#[derive(Clone, Debug)]
pub struct HeldCredential {
    /// Id.
    pub id: Uuid,
    /// Its achievement.
    pub achievement_id: Uuid,
    /// The revision it speaks of.
    pub revision: i32,
    /// Status word.
    pub status: String,
    /// Which issue of it stands, or waits to be the first.
    pub generation: i32,
    /// Number of its status list.
    pub list_number: i32,
    /// Index in it.
    pub list_index: i32,
    /// The key that signed it, or is to.
    pub key_id: Option<Uuid>,
    /// The exact JSON text, where it was asked for.
    pub document: Option<String>,
    /// When it was approved here.
    pub created_at: DateTime<Utc>,
}

/// What a credential says, with the approval behind it.
#[derive(Clone, Debug)]
pub struct IssueFacts {
    /// The credential.
    pub credential: Uuid,
    /// The decision that approved it.
    pub decision: Option<Uuid>,
    /// When that was.
    pub decided_at: Option<DateTime<Utc>>,
    /// The revision, the person, the category.
    pub facts: CredentialFacts,
}

/// A file that a credential names.
#[derive(Clone, Debug)]
pub struct SharedFileRow {
    /// The credential.
    pub credential: Uuid,
    /// Id inside the credential.
    pub public_id: Uuid,
    /// Name as it was uploaded.
    pub name: String,
    /// By content.
    pub media_type: String,
    /// Of the original.
    pub sha256: Vec<u8>,
    /// Of the picture that may be shown.
    pub rendition_sha256: Vec<u8>,
    /// What the student wrote under it.
    pub caption: Option<String>,
}

/// A signed document to be kept.
#[derive(Clone, Debug)]
pub struct SignedDocument {
    /// Its credential.
    pub credential: CredentialId,
    /// Which issue of it.
    pub generation: i32,
    /// What both proofs sign.
    pub to_be_signed: Vec<u8>,
    /// The exact JSON text.
    pub document: String,
}

impl TenantTx {
    /// These credentials, held in the order of their ids; `documents` brings their texts along.
    pub async fn hold_credentials(
        &mut self,
        ids: &[Uuid],
        documents: bool,
    ) -> Result<Vec<HeldCredential>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            HeldCredential,
            r#"SELECT id, achievement_id, revision, status, generation, list_number, list_index, key_id, created_at,
                      CASE WHEN $3 THEN document END AS document
               FROM credentials WHERE college_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE"#,
            college,
            ids,
            documents
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Ids of credentials that wait for a key and that nobody else is at, after one of them.
    pub async fn waiting_credentials(
        &mut self,
        after: Option<CredentialId>,
        most: i64,
    ) -> Result<Vec<Uuid>> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            "SELECT id FROM credentials WHERE college_id = $1 AND status = 'pending_issue' AND ($2::uuid IS NULL OR id > $2)
             ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED",
            college,
            after.map(|id| id.0),
            most
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Whether a credential waits for a key.
    pub async fn credential_waits(&mut self) -> Result<bool> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM credentials WHERE college_id = $1 AND status = 'pending_issue') AS "waits!""#,
            college
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// What these credentials say.
    ///
    /// `OFFSET 0` keeps each row of these lookups by its primary key: before the first `ANALYZE` after an import the
    /// planner believes a college to be a few dozen rows, and joins all of them anew for each row (0.5 s a chunk in place of 10 ms).
    pub async fn issue_facts(&mut self, ids: &[Uuid]) -> Result<Vec<IssueFacts>> {
        let college = self.college.0;
        let rows = sqlx::query!(
            r#"SELECT k.id, a.id AS "decision?", a.decided_at AS "decided_at?", m.full_name, m.full_name_native, m.subject_id,
                      p.name AS "programme?", r.title, r.description, r.organiser, r.role, r.level, r.outcome, r.started_on,
                      r.ended_on, r.hours, r.skills, c.code AS category_code, c.name AS category_name, c.achievement_type,
                      c.criteria_narrative, d.name AS department
               FROM UNNEST($2::uuid[]) AS wanted (id)
               CROSS JOIN LATERAL (SELECT * FROM credentials WHERE college_id = $1 AND id = wanted.id OFFSET 0) k
               CROSS JOIN LATERAL (
                   SELECT * FROM revisions WHERE college_id = $1 AND achievement_id = k.achievement_id AND number = k.revision OFFSET 0) r
               CROSS JOIN LATERAL (SELECT * FROM members WHERE college_id = $1 AND id = r.student_id OFFSET 0) m
               CROSS JOIN LATERAL (SELECT * FROM categories WHERE college_id = $1 AND id = r.category_id OFFSET 0) c
               CROSS JOIN LATERAL (SELECT * FROM departments WHERE college_id = $1 AND id = r.department_id OFFSET 0) d
               LEFT JOIN LATERAL (SELECT * FROM programmes WHERE college_id = $1 AND id = m.programme_id OFFSET 0) p ON true
               LEFT JOIN LATERAL (
                   SELECT x.id, x.decided_at FROM decisions x
                   WHERE x.college_id = $1 AND x.achievement_id = k.achievement_id AND x.revision = k.revision
                         AND x.action = 'approve' AND x.undone_at IS NULL
                   ORDER BY x.decided_at DESC, x.id DESC LIMIT 1) a ON true"#,
            college,
            ids
        )
        .fetch_all(self.connection())
        .await?;
        let facts = rows.into_iter().map(|row| IssueFacts {
            credential: row.id,
            decision: row.decision,
            decided_at: row.decided_at,
            facts: CredentialFacts {
                full_name: row.full_name,
                full_name_native: row.full_name_native,
                subject_id: row.subject_id,
                programme: row.programme,
                title: row.title,
                description: row.description,
                organiser: row.organiser,
                role: row.role,
                level: row.level,
                outcome: row.outcome,
                started_on: row.started_on,
                ended_on: row.ended_on,
                hours: row.hours,
                skills: row.skills,
                category_code: row.category_code,
                category_name: row.category_name,
                achievement_type: row.achievement_type,
                criteria_narrative: row.criteria_narrative,
                department: row.department,
            },
        });
        Ok(facts.collect())
    }

    /// The files that these credentials name, each one's in their order.
    pub async fn shared_files(&mut self, ids: &[Uuid]) -> Result<Vec<SharedFileRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            SharedFileRow,
            "SELECT k.id AS credential, e.public_id, e.name, e.media_type, e.sha256, e.rendition_sha256, e.caption
             FROM UNNEST($2::uuid[]) AS wanted (id)
             CROSS JOIN LATERAL (SELECT * FROM credentials WHERE college_id = $1 AND id = wanted.id OFFSET 0) k
             CROSS JOIN LATERAL (
                 SELECT * FROM evidence WHERE college_id = $1 AND achievement_id = k.achievement_id AND revision = k.revision OFFSET 0) e
             ORDER BY k.id, e.position",
            college,
            ids
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Keep what this key signed: the first issue of what waited, the next one of what stands. Answers how many were
    /// kept. One statement: a row that is written a second time in a transaction has its foreign keys checked again.
    pub async fn keep_signed(
        &mut self,
        key: KeyId,
        signed: &[SignedDocument],
        now: DateTime<Utc>,
    ) -> Result<u64> {
        let college = self.college.0;
        let ids: Vec<Uuid> = signed.iter().map(|one| one.credential.0).collect();
        let generations: Vec<i32> = signed.iter().map(|one| one.generation).collect();
        let bytes: Vec<&[u8]> = signed.iter().map(|one| one.to_be_signed.as_slice()).collect();
        let documents: Vec<&str> = signed.iter().map(|one| one.document.as_str()).collect();
        let kept = sqlx::query!(
            "UPDATE credentials c SET status = 'active', key_id = $6, to_be_signed = new.bytes, document = new.document,
                    generation = new.generation, issued_at = $7
             FROM UNNEST($2::uuid[], $3::integer[], $4::bytea[], $5::text[]) AS new (id, generation, bytes, document)
             WHERE c.college_id = $1 AND c.id = new.id
                   AND (c.status = 'pending_issue' AND c.generation = new.generation OR c.status = 'active' AND c.generation = new.generation - 1)",
            college,
            &ids,
            &generations,
            &bytes as &[&[u8]],
            &documents as &[&str],
            key.0,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(kept.rows_affected())
    }
}
