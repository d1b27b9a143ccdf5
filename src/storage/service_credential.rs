//! What software of a college had issued.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, SignedDocument, TenantTx};
use crate::domain::achievement::RevokeReason;
use crate::domain::ids::{CredentialId, KeyId, MemberId, ServiceAccountId};
use crate::domain::page::PageRequest;

/// A credential that a service account has issued.
#[derive(Clone, Copy, Debug)]
pub struct NewServiceCredential<'a> {
    /// Id.
    pub id: CredentialId,
    /// Which software asks for it.
    pub account: ServiceAccountId,
    /// Number of its status list, and its position.
    pub place: (i32, i32),
    /// The key that is to sign it.
    pub key: KeyId,
    /// What the key will sign.
    pub to_be_signed: &'a [u8],
    /// Now, whole seconds.
    pub created_at: DateTime<Utc>,
}

/// A credential that a service account had issued.
#[derive(Clone, Debug)]
pub struct ServiceCredentialRow {
    /// Id, part of its public address.
    pub id: Uuid,
    /// Which software had it issued.
    pub account_id: Uuid,
    /// What the college's admins call that.
    pub account_name: String,
    /// What it is for, as its document says.
    pub name: Option<String>,
    /// Status word.
    pub status: String,
    /// Which issue of it stands.
    pub generation: i32,
    /// Number of its status list.
    pub list_number: i32,
    /// Position in it.
    pub list_index: i32,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When the document that stands was signed.
    pub issued_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Why.
    pub revoke_reason: Option<String>,
}

/// One that is to be signed anew, held until the transaction ends.
#[derive(Clone, Debug)]
pub struct HeldServiceCredential {
    /// Id.
    pub id: Uuid,
    /// Status word.
    pub status: String,
    /// Which issue of it stands.
    pub generation: i32,
    /// The exact JSON text.
    pub document: Option<String>,
}

/// Which of them to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServiceCredentialFilter {
    /// Of this account only.
    pub account: Option<ServiceAccountId>,
    /// With this status word only.
    pub status: Option<&'static str>,
}

macro_rules! service_credential_rows {
    ($tail:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            ServiceCredentialRow,
            "SELECT c.id, c.account_id, a.name AS account_name, c.document::json #>> '{credentialSubject,achievement,name}' AS name, c.status,
                    c.generation, c.list_number, c.list_index, c.created_at, c.issued_at, c.revoked_at, c.revoke_reason
             FROM service_credentials c JOIN service_accounts a ON a.college_id = c.college_id AND a.id = c.account_id
             WHERE c.college_id = $1 " + $tail,
            $($argument),*
        )
    };
}

impl TenantTx {
    /// Write a credential with what its key will sign.
    pub async fn insert_service_credential(
        &mut self,
        new: &NewServiceCredential<'_>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO service_credentials (college_id, id, account_id, status, list_number, list_index, key_id, to_be_signed, created_at)
             VALUES ($1, $2, $3, 'pending_issue', $4, $5, $6, $7, $8)",
            college,
            new.id.0,
            new.account.0,
            new.place.0,
            new.place.1,
            new.key.0,
            new.to_be_signed,
            new.created_at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Keep the signed document.
    pub async fn keep_service_credential(
        &mut self,
        id: CredentialId,
        document: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE service_credentials SET status = 'active', document = $3, issued_at = $4
             WHERE college_id = $1 AND id = $2 AND status = 'pending_issue'",
            college,
            id.0,
            document,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A credential of a service account by its id.
    pub async fn service_credential(
        &mut self,
        id: CredentialId,
    ) -> Result<Option<ServiceCredentialRow>> {
        let college = self.college.0;
        Ok(service_credential_rows!("AND c.id = $2", college, id.0)
            .fetch_optional(self.connection())
            .await?)
    }

    /// Credentials of service accounts, newest first.
    pub async fn service_credentials(
        &mut self,
        filter: ServiceCredentialFilter,
        page: &PageRequest,
    ) -> Result<Vec<ServiceCredentialRow>> {
        let college = self.college.0;
        let after_time =
            page.after.and_then(|cursor| DateTime::from_timestamp_micros(cursor.micros));
        let after_id = page.after.map(|cursor| cursor.id);
        Ok(service_credential_rows!(
            "AND ($2::uuid IS NULL OR c.account_id = $2) AND ($3::text IS NULL OR c.status = $3)
             AND ($4::timestamptz IS NULL OR c.created_at < $4 OR (c.created_at = $4 AND c.id > $5::uuid))
             ORDER BY c.created_at DESC, c.id LIMIT $6",
            college,
            filter.account.map(|id| id.0),
            filter.status,
            after_time,
            after_id,
            page.limit + 1
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// The exact JSON text of one, as it stands.
    pub async fn service_document(&mut self, id: CredentialId) -> Result<Option<String>> {
        let college = self.college.0;
        let document = sqlx::query_scalar!(
            "SELECT document FROM service_credentials WHERE college_id = $1 AND id = $2",
            college,
            id.0
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(document.flatten())
    }

    /// These, held in the order of their ids.
    pub async fn hold_service_credentials(
        &mut self,
        ids: &[Uuid],
    ) -> Result<Vec<HeldServiceCredential>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            HeldServiceCredential,
            "SELECT id, status, generation, document FROM service_credentials WHERE college_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE",
            college,
            ids
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Keep what this key signed: the next issue of what stands. Answers how many were kept.
    pub async fn keep_service_signed(
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
            "UPDATE service_credentials c SET key_id = $6, to_be_signed = new.bytes, document = new.document,
                    generation = new.generation, issued_at = $7
             FROM UNNEST($2::uuid[], $3::integer[], $4::bytea[], $5::text[]) AS new (id, generation, bytes, document)
             WHERE c.college_id = $1 AND c.id = new.id AND c.status = 'active' AND c.generation = new.generation - 1",
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

    /// Revoke a credential of a service account. False where it does not stand any more.
    pub async fn revoke_service_credential(
        &mut self,
        id: CredentialId,
        by: MemberId,
        reason: RevokeReason,
        text: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let revoked = sqlx::query!(
            "UPDATE service_credentials SET status = 'revoked', revoked_at = $4, revoked_by = $3, revoke_reason = $5, revoke_text = $6
             WHERE college_id = $1 AND id = $2 AND status = 'active'",
            college,
            id.0,
            by.0,
            now,
            reason.as_str(),
            text
        )
        .execute(self.connection())
        .await?;
        Ok(revoked.rows_affected() == 1)
    }
}
