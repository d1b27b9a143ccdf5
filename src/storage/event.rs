//! Events: who did what. Written in the act's own transaction, as the next entries of the college's chain; the
//! application role cannot change them.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::audit::{Entry, Hash, Head, Salt, Words};
use crate::domain::ids::AchievementId;

/// An event to be written.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// UUIDv7: events are in the order of their ids.
    pub id: Uuid,
    /// The achievement it belongs to.
    pub achievement_id: Option<Uuid>,
    /// Its revision.
    pub revision: Option<i32>,
    /// What happened.
    pub kind: String,
    /// Who acted; none for the hub itself.
    pub actor_id: Option<Uuid>,
    /// Under which role.
    pub actor_role: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// What the actor said.
    pub text: Option<String>,
    /// Further facts.
    pub data: Value,
    /// Random.
    pub salt: Salt,
}

/// An event as a timeline shows it.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// Id.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// What happened.
    pub kind: String,
    /// Name of who acted.
    pub actor_name: Option<String>,
    /// Under which role.
    pub actor_role: Option<String>,
    /// What they said.
    pub text: Option<String>,
    /// Which revision.
    pub revision: Option<i32>,
}

impl TenantTx {
    /// Have an event written when this transaction commits. Without its events there is no act: they are the last that
    /// is written, so that the acts of a college wait for each other only there.
    pub fn note(&mut self, event: NewEvent) {
        self.noted.push(event);
    }

    /// Write what was noted, as the next entries of the chain. Its head stays held until the transaction ends.
    pub(super) async fn write_noted(&mut self) -> Result<()> {
        if self.noted.is_empty() {
            return Ok(());
        }
        let mut head = self.hold_audit_head().await?;
        let noted = std::mem::take(&mut self.noted);
        let entries: Vec<(Entry, Hash)> = noted
            .into_iter()
            .map(|event| {
                let entry = event.into_entry(head.size + 1);
                head = head.after(&entry.digest());
                (entry, head.hash)
            })
            .collect();
        self.insert_entries(&entries, head).await
    }

    async fn hold_audit_head(&mut self) -> Result<Head> {
        let college = self.college.0;
        loop {
            let row = sqlx::query!(
                "SELECT size, hash FROM audit_chains WHERE college_id = $1 FOR UPDATE",
                college
            )
            .fetch_optional(self.connection())
            .await?;
            if let Some(row) = row {
                return Ok(Head { size: row.size, hash: hash_of(&row.hash)? });
            }
            let begun = Head::of_nothing(self.college);
            sqlx::query!(
                "INSERT INTO audit_chains (college_id, size, hash) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING",
                college,
                begun.hash.as_slice()
            )
            .execute(self.connection())
            .await?;
        }
    }

    async fn insert_entries(&mut self, entries: &[(Entry, Hash)], head: Head) -> Result<()> {
        fn column<'a, T>(entries: &'a [(Entry, Hash)], of: impl Fn(&'a Entry) -> T) -> Vec<T> {
            entries.iter().map(|(entry, _)| of(entry)).collect()
        }
        let college = self.college.0;
        let hashes: Vec<&[u8]> = entries.iter().map(|(_, hash)| hash.as_slice()).collect();
        sqlx::query!(
            "WITH head AS (UPDATE audit_chains SET size = $2, hash = $3 WHERE college_id = $1)
             INSERT INTO events (college_id, seq, id, achievement_id, revision, kind, actor_id, actor_role, at, salt, text, data, words_hash, hash)
             SELECT $1, seq, id, achievement, revision, kind, actor, role, at, salt, text, data::json, words_hash, hash
             FROM UNNEST($4::bigint[], $5::uuid[], $6::uuid[], $7::integer[], $8::text[], $9::uuid[], $10::text[], $11::timestamptz[],
                         $12::bytea[], $13::text[], $14::text[], $15::bytea[], $16::bytea[])
                  AS new (seq, id, achievement, revision, kind, actor, role, at, salt, text, data, words_hash, hash)",
            college,
            head.size,
            head.hash.as_slice(),
            &column(entries, |it| it.seq),
            &column(entries, |it| it.id),
            &column(entries, |it| it.achievement) as &[Option<Uuid>],
            &column(entries, |it| it.revision) as &[Option<i32>],
            &column(entries, |it| it.kind.as_str()) as &[&str],
            &column(entries, |it| it.actor) as &[Option<Uuid>],
            &column(entries, |it| it.role.as_deref()) as &[Option<&str>],
            &column(entries, |it| it.at),
            &column(entries, |it| it.words.as_ref().map(|it| it.salt.as_slice())) as &[Option<&[u8]>],
            &column(entries, |it| it.words.as_ref().and_then(|it| it.text.as_deref())) as &[Option<&str>],
            &column(entries, |it| it.words.as_ref().map(|it| it.data.as_str())) as &[Option<&str>],
            &column(entries, |it| it.words_hash.as_slice()) as &[&[u8]],
            &hashes as &[&[u8]]
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// What happened to an achievement, oldest first.
    pub async fn timeline(&mut self, achievement: AchievementId) -> Result<Vec<EventRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            EventRow,
            r#"SELECT e.id, e.at, e.kind, m.full_name AS "actor_name?", e.actor_role, e.text, e.revision
               FROM events e LEFT JOIN members m ON m.college_id = e.college_id AND m.id = e.actor_id
               WHERE e.college_id = $1 AND e.achievement_id = $2 ORDER BY e.id"#,
            college,
            achievement.0
        )
        .fetch_all(self.connection())
        .await?)
    }
}

impl NewEvent {
    fn into_entry(self, seq: i64) -> Entry {
        let words = Words { salt: self.salt, text: self.text, data: self.data.to_string() };
        Entry {
            seq,
            id: self.id,
            at: self.at,
            kind: self.kind,
            actor: self.actor_id,
            role: self.actor_role,
            achievement: self.achievement_id,
            revision: self.revision,
            words_hash: words.commitment(),
            words: Some(words),
        }
    }
}

/// A hash as a column holds it; the schema says that it has 32 octets.
pub(super) fn hash_of(bytes: &[u8]) -> Result<Hash> {
    Ok(bytes.try_into().map_err(|_| sqlx::Error::Decode("no hash of 32 octets".into()))?)
}
