//! What a college asks of those who log in, and its own log-in.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::MemberId;

/// What a college asks of those who log in.
#[derive(Clone, Copy, Debug)]
pub struct PolicyRow {
    /// Roles hold only in a session with a second factor.
    pub staff_second_factor: bool,
    /// The ETag; 0 where nothing was set yet.
    pub version: i64,
}

/// A college's own log-in.
#[derive(Clone, Debug)]
pub struct OidcProviderRow {
    /// Its address.
    pub issuer: String,
    /// The hub's name there.
    pub client_id: String,
    /// The hub's secret there, sealed.
    pub secret_id: Uuid,
    /// Domains of addresses that count.
    pub email_domains: Vec<String>,
    /// Further hosts that its discovery document may name.
    pub hosts: Vec<String>,
    /// Which claim holds the address.
    pub email_claim: String,
    /// Which claim holds the roll number.
    pub roll_number_claim: Option<String>,
    /// Whether it opens anything.
    pub enabled: bool,
    /// The ETag; 0 for one to be written.
    pub version: i64,
}

impl TenantTx {
    /// What the college asks of those who log in.
    pub async fn identity_policy(&mut self) -> Result<PolicyRow> {
        let college = self.college.0;
        let row = sqlx::query_as!(
            PolicyRow,
            "SELECT staff_second_factor, version FROM identity_policies WHERE college_id = $1",
            college
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.unwrap_or(PolicyRow { staff_second_factor: false, version: 0 }))
    }

    /// Ask for something else; false where the policy is not of this version (any more).
    pub async fn set_identity_policy(
        &mut self,
        staff_second_factor: bool,
        version: i64,
    ) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "INSERT INTO identity_policies AS p (college_id, staff_second_factor) SELECT $1, $2 WHERE $3::bigint = 0
                 OR EXISTS (SELECT FROM identity_policies WHERE college_id = $1)
             ON CONFLICT (college_id) DO UPDATE SET staff_second_factor = $2, version = p.version + 1 WHERE p.version = $3",
            college,
            staff_second_factor,
            version
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The college's own log-in.
    pub async fn oidc_provider(&mut self) -> Result<Option<OidcProviderRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            OidcProviderRow,
            "SELECT issuer, client_id, secret_id, email_domains, hosts, email_claim, roll_number_claim, enabled, version
             FROM oidc_providers WHERE college_id = $1",
            college
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Set the college's own log-in where it is of the version of `row`; 0 is none.
    pub async fn set_oidc_provider(&mut self, row: &OidcProviderRow) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "INSERT INTO oidc_providers AS p (college_id, issuer, client_id, secret_id, email_domains, hosts, email_claim, roll_number_claim, enabled)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE $10::bigint = 0 OR EXISTS (SELECT FROM oidc_providers WHERE college_id = $1)
             ON CONFLICT (college_id) DO UPDATE SET issuer = excluded.issuer, client_id = excluded.client_id, secret_id = excluded.secret_id,
                 email_domains = excluded.email_domains, hosts = excluded.hosts, email_claim = excluded.email_claim,
                 roll_number_claim = excluded.roll_number_claim, enabled = excluded.enabled, version = p.version + 1
             WHERE p.version = $10",
            college,
            row.issuer,
            row.client_id,
            row.secret_id,
            &row.email_domains,
            &row.hosts,
            row.email_claim,
            row.roll_number_claim,
            row.enabled,
            row.version
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Take the college's own log-in away; gives its secret.
    pub async fn delete_oidc_provider(&mut self) -> Result<Option<Uuid>> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            "DELETE FROM oidc_providers WHERE college_id = $1 RETURNING secret_id",
            college
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Whom a provider's subject is here.
    pub async fn member_of_subject(
        &mut self,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<MemberId>> {
        let college = self.college.0;
        let id = sqlx::query_scalar!(
            "SELECT member_id FROM oidc_identities WHERE college_id = $1 AND issuer = $2 AND subject = $3",
            college,
            issuer,
            subject
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(id.map(MemberId))
    }

    /// Say whom a provider's subject is here; false where it is somebody already.
    pub async fn link_subject(
        &mut self,
        issuer: &str,
        subject: &str,
        member: MemberId,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "INSERT INTO oidc_identities (college_id, issuer, subject, member_id, linked_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
            college,
            issuer,
            subject,
            member.0,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The roll key of the roster's rows with this address.
    pub async fn roll_keys_of_address(&mut self, email_key: &str) -> Result<Vec<String>> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            "SELECT roll_key FROM roster WHERE college_id = $1 AND email_key = $2 LIMIT 2",
            college,
            email_key
        )
        .fetch_all(self.connection())
        .await?)
    }
}
