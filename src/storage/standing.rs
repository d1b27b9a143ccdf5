//! What the next act on an achievement depends on, beside what it says.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{AchievementId, CategoryId, MemberId};
use crate::domain::member::Place;

/// What the next act depends on.
#[derive(Clone, Debug)]
pub struct StandingRow {
    /// Number of the live revision.
    pub live: Option<i32>,
    /// Whether an appeal was opened.
    pub appealed: bool,
    /// Whose rejection the shown revision appeals against.
    pub barred_reviewer: Option<Uuid>,
    /// Who is on the team of the shown revision.
    pub team: Vec<Uuid>,
    /// Who approved the shown revision.
    pub approvers: Vec<Uuid>,
    /// How many have to.
    pub approvals_needed: i32,
    /// Who approved what is live.
    pub approved_by: Option<Uuid>,
    /// A portfolio contains the living credential.
    pub exported: bool,
    /// Fields that the category asks for.
    pub required_fields: Vec<String>,
    /// Kinds of evidence that it asks for.
    pub evidence_kinds: Vec<String>,
    /// Who says that they are reviewing it.
    pub claimed_by: Option<Uuid>,
    /// Their name.
    pub claimed_by_name: Option<String>,
    /// Until when.
    pub claimed_until: Option<DateTime<Utc>>,
}

impl TenantTx {
    /// What the next act on an achievement depends on.
    pub async fn standing(
        &mut self,
        id: AchievementId,
        now: DateTime<Utc>,
    ) -> Result<Option<StandingRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            StandingRow,
            r#"SELECT (SELECT l.number FROM revisions l WHERE l.college_id = $1 AND l.achievement_id = $2 AND l.status = 'approved') AS live,
                      EXISTS (SELECT FROM revisions p WHERE p.college_id = $1 AND p.achievement_id = $2 AND p.appeal_of IS NOT NULL) AS "appealed!",
                      r.barred_reviewer,
                      ARRAY(SELECT t.member_id FROM team_members t WHERE t.college_id = $1 AND t.team_id = r.team_id) AS "team!",
                      ARRAY(SELECT d.decided_by FROM decisions d WHERE d.college_id = $1 AND d.achievement_id = $2 AND d.revision = r.number
                            AND d.action = 'approve' AND d.undone_at IS NULL) AS "approvers!",
                      approvals_needed($1, r.category_id, r.level) AS "approvals_needed!",
                      k.approved_by AS "approved_by?",
                      EXISTS (SELECT FROM portfolio_items i WHERE i.college_id = $1 AND i.credential_id = k.id) AS "exported!",
                      c.required_fields, c.evidence_kinds, w.member_id AS "claimed_by?", m.full_name AS "claimed_by_name?",
                      w.until AS "claimed_until?"
               FROM achievements a
               JOIN revisions r ON r.college_id = a.college_id AND r.achievement_id = a.id AND r.number = a.shown_revision
               JOIN categories c ON c.college_id = r.college_id AND c.id = r.category_id
               LEFT JOIN credentials k ON k.college_id = a.college_id AND k.achievement_id = a.id AND k.status IN ('pending_issue', 'active')
               LEFT JOIN claims w ON w.college_id = a.college_id AND w.achievement_id = a.id AND w.until > $3
               LEFT JOIN members m ON m.college_id = w.college_id AND m.id = w.member_id
               WHERE a.college_id = $1 AND a.id = $2"#,
            college,
            id.0,
            now
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// How many have to approve something of this category and level.
    pub async fn approvals_needed(
        &mut self,
        category: CategoryId,
        level: Option<&str>,
    ) -> Result<i32> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT approvals_needed($1, $2, $3) AS "needed!""#,
            college,
            category.0,
            level
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Say "I am reviewing", unless somebody else did and it holds. False where they did.
    pub async fn claim(
        &mut self,
        id: AchievementId,
        member: MemberId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let claimed = sqlx::query!(
            "INSERT INTO claims AS held (college_id, achievement_id, member_id, until) VALUES ($1, $2, $3, $5)
             ON CONFLICT (college_id, achievement_id) DO UPDATE SET member_id = $3, until = $5
             WHERE held.member_id = $3 OR held.until <= $4",
            college,
            id.0,
            member.0,
            now,
            until
        )
        .execute(self.connection())
        .await?;
        Ok(claimed.rows_affected() == 1)
    }

    /// Drop a claim: this member's, or anybody's where none is named.
    pub async fn drop_claim(&mut self, id: AchievementId, member: Option<MemberId>) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "DELETE FROM claims WHERE college_id = $1 AND achievement_id = $2 AND ($3::uuid IS NULL OR member_id = $3)",
            college,
            id.0,
            member.map(|member| member.0)
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Members in good standing who hold one of these roles now over what lies there.
    pub async fn holders_over(
        &mut self,
        roles: &[&str],
        place: &Place,
        now: DateTime<Utc>,
    ) -> Result<Vec<MemberId>> {
        let college = self.college.0;
        let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
        let ids = sqlx::query_scalar!(
            "SELECT DISTINCT g.member_id FROM role_grants g JOIN members m ON m.college_id = g.college_id AND m.id = g.member_id
             WHERE g.college_id = $1 AND g.role = ANY($2) AND g.starts_at <= $5 AND (g.ends_at IS NULL OR g.ends_at > $5)
               AND m.state IN ('confirmed', 'alumnus') AND NOT ($7 AND g.role = 'organizer')
               AND (g.scope_kind = 'college' OR g.scope_kind = 'department' AND g.scope_id = $3
                    OR g.scope_kind = 'category' AND g.scope_id = $4 OR g.scope_kind = 'event' AND g.scope_id = $6)
             ORDER BY g.member_id",
            college,
            &roles,
            place.department.0,
            place.category.0,
            now,
            place.event.map(|id| id.0),
            place.academic
        )
        .fetch_all(self.connection())
        .await?;
        Ok(ids.into_iter().map(MemberId).collect())
    }

    /// Which of these reviewers see something that was handed in at `since` now: where a rule keeps it for some, those
    /// and nobody else, admins too; who stands in for one of them is among them.
    pub async fn who_sees(
        &mut self,
        reviewers: &[MemberId],
        place: &Place,
        level: Option<&str>,
        (since, now): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Vec<MemberId>> {
        let college = self.college.0;
        let ids: Vec<uuid::Uuid> = reviewers.iter().map(|id| id.0).collect();
        let ids = sqlx::query_scalar!(
            r#"SELECT who.id AS "id!" FROM (
                   SELECT unnest($2::uuid[]) AS id
                   UNION SELECT g.member_id FROM role_grants g
                   WHERE g.college_id = $1 AND g.role = 'college_admin' AND g.starts_at <= $8 AND (g.ends_at IS NULL OR g.ends_at > $8)
                         AND kept_for_others($1, $3, $4, $5, $6, $7, NULL, $8)
                   UNION SELECT d.to_member FROM delegations d
                   JOIN members m ON m.college_id = d.college_id AND m.id = d.to_member AND m.state = 'confirmed'
                   WHERE d.college_id = $1 AND d.from_member = ANY($2) AND d.ended_at IS NULL AND d.starts_at <= $8 AND d.ends_at > $8) AS who
               WHERE NOT kept_for_others($1, $3, $4, $5, $6, $7, who.id, $8) ORDER BY who.id"#,
            college,
            &ids,
            place.department.0,
            place.category.0,
            place.event.map(|id| id.0),
            level,
            since,
            now
        )
        .fetch_all(self.connection())
        .await?;
        Ok(ids.into_iter().map(MemberId).collect())
    }
}
