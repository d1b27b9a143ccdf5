//! An achievement as it stands: what a person may see of it, and what they may do next.

use chrono::{DateTime, Utc};

use super::authenticate::word;
use super::refusal::Current;
use super::{App, Refusal};
use crate::domain::achievement::{self, Action, LastDecision, Relation, Standing, Status};
use crate::domain::ids::{AchievementId, MemberId};
use crate::domain::member::{Caller, Permission, Reviewer, Role};
use crate::storage::{
    AchievementRow, CredentialRow, DecisionRow, EvidenceRow, StandingRow, TenantTx,
};

/// Who revokes within their scope.
pub(crate) const REVOKERS: [Role; 2] = [Role::Head, Role::CollegeAdmin];

/// An achievement with all that a person may see of it.
#[derive(Clone, Debug)]
pub struct AchievementView {
    /// The shown revision.
    pub row: AchievementRow,
    /// What the next act depends on.
    pub standing: StandingRow,
    /// Its files.
    pub evidence: Vec<EvidenceRow>,
    /// What the caller may do now.
    pub allowed: Vec<Action>,
    /// The newest decision.
    pub last_decision: Option<DecisionRow>,
    /// Its newest credential.
    pub credential: Option<CredentialRow>,
    /// Approved achievements of the same student.
    pub previous_approvals: i64,
    /// Now, for what is overdue and until when an undo is open.
    pub now: DateTime<Utc>,
}

/// An achievement with what the next act depends on.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) row: AchievementRow,
    pub(crate) standing: StandingRow,
    pub(crate) last: Option<DecisionRow>,
}

/// The achievement with all that the caller may see of it, or nothing at all.
pub(crate) async fn see(
    id: AchievementId,
    caller: &Caller,
    tx: &mut TenantTx,
    app: &App,
) -> Result<AchievementView, Refusal> {
    let held = look_at(id, tx, app).await?;
    if !held.may_see(caller)? {
        return Err(Refusal::NotFound);
    }
    let now = app.now();
    let allowed = held.allowed(caller, now)?;
    let Held { row, standing, last } = held;
    Ok(AchievementView {
        evidence: tx.evidence_of(id, row.revision).await?,
        allowed,
        credential: tx.credential_of(id).await?,
        previous_approvals: tx.count_approved(row.student_id.into()).await?,
        last_decision: last,
        standing,
        row,
        now,
    })
}

/// An achievement as it stands, not held.
pub(crate) async fn look_at(
    id: AchievementId,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Held, Refusal> {
    let row = tx.achievement(id).await?.ok_or(Refusal::NotFound)?;
    around(row, tx, app).await
}

/// An achievement, held against every other act until the transaction ends.
pub(crate) async fn hold(id: AchievementId, tx: &mut TenantTx, app: &App) -> Result<Held, Refusal> {
    let row = tx.lock_achievement(id).await?.ok_or(Refusal::NotFound)?;
    around(row, tx, app).await
}

/// The caller's own achievement, held, at the version they saw, and open to this act.
pub(crate) async fn hold_own(
    id: AchievementId,
    version: i64,
    action: Action,
    author: &Caller,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Held, Refusal> {
    let held = hold(id, tx, app).await?;
    if held.row.student_id != author.member.0 {
        return Err(Refusal::NotFound);
    }
    held.check_version(version)?;
    held.require(action, author, app.now())?;
    Ok(held)
}

/// Move a revision of a held achievement: one that does not move is a fault of the program.
pub(crate) async fn move_on(
    held: &Held,
    revision: i32,
    (from, to): (Status, Status),
    now: DateTime<Utc>,
    tx: &mut TenantTx,
) -> Result<(), Refusal> {
    certain(tx.move_revision(held.id(), revision, (from, to), now).await?, from, to)
}

/// Show what the revisions of a held achievement come to, and count its version on.
pub(crate) async fn show(
    held: &Held,
    now: DateTime<Utc>,
    tx: &mut TenantTx,
) -> Result<(), Refusal> {
    if tx.show_revision(held.id(), held.row.version, now).await? {
        Ok(())
    } else {
        Err(Refusal::internal(anyhow::anyhow!("a held achievement was not shown anew")))
    }
}

/// A guarded step of what is held.
pub(crate) fn certain(moved: bool, from: Status, to: Status) -> Result<(), Refusal> {
    if moved {
        Ok(())
    } else {
        Err(Refusal::internal(anyhow::anyhow!(
            "a held revision did not move from {} to {}",
            from.as_str(),
            to.as_str()
        )))
    }
}

impl Held {
    /// Its id.
    pub(crate) fn id(&self) -> AchievementId {
        self.row.id.into()
    }

    /// Its owner.
    pub(crate) fn student(&self) -> MemberId {
        self.row.student_id.into()
    }

    /// Status of the shown revision.
    pub(crate) fn status(&self) -> Result<Status, Refusal> {
        word(&self.row.status)
    }

    /// What the caller is to it.
    pub(crate) fn relation(&self, caller: &Caller) -> Relation {
        let place = self.row.place();
        let owner = self.student() == caller.member;
        let decided = self.standing.approved_by == Some(caller.member.0);
        let reviewer = caller.as_reviewer();
        Relation {
            owner,
            may_submit: caller.may(Permission::SubmitAchievement),
            reviewer: reviewer.is_some_and(|reviewer| {
                self.reaches(&reviewer) && !self.is_conflicted(caller.member)
            }),
            approved_already: self.standing.approvers.contains(&caller.member.0),
            may_revoke: !owner
                && caller.may(Permission::RevokeCredential)
                && (caller.reaches(&REVOKERS, &place) || decided && caller.may_revoke_own(&place)),
        }
    }

    /// What the caller may do now.
    pub(crate) fn allowed(
        &self,
        caller: &Caller,
        now: DateTime<Utc>,
    ) -> Result<Vec<Action>, Refusal> {
        let status = self.status()?;
        let last = self.last.as_ref().map(|last| {
            Ok::<_, Refusal>(LastDecision {
                action: word(&last.action)?,
                decided_at: last.decided_at,
                by_caller: last.decided_by == caller.member.0,
                untouched: self.row.updated_at == last.decided_at && !self.standing.exported,
            })
        });
        let standing = Standing {
            status,
            revision: self.row.revision,
            live: self.standing.live.is_some(),
            appealed: self.standing.appealed,
            half_approved: status == Status::Submitted && !self.standing.approvers.is_empty(),
            last: last.transpose()?,
        };
        Ok(achievement::allowed(standing, self.relation(caller), now))
    }

    /// Whether the act is open to the caller.
    pub(crate) fn require(
        &self,
        action: Action,
        caller: &Caller,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let allowed = self.allowed(caller, now)?;
        if allowed.contains(&action) { Ok(()) } else { Err(Refusal::InvalidTransition { allowed }) }
    }

    /// Whether the version that the caller saw is still the one that stands.
    pub(crate) fn check_version(&self, version: i64) -> Result<(), Refusal> {
        if self.row.version == version {
            return Ok(());
        }
        Err(Refusal::Stale(Current {
            status: self.status()?.as_str(),
            decided_by: self.last.as_ref().map(|decision| decision.decided_by_name.clone()),
            decided_at: self.last.as_ref().map(|decision| decision.decided_at),
            version: self.row.version,
        }))
    }

    /// Whether it is this reviewer's to decide; whose reach it is not in, may not know of it.
    pub(crate) fn check_reviewer(&self, reviewer: &Reviewer) -> Result<(), Refusal> {
        if self.student() == reviewer.member() {
            return Err(Refusal::OwnItem);
        }
        if !self.reaches(reviewer) || self.is_private()? {
            return Err(Refusal::NotFound);
        }
        // Nor on behalf of somebody who could not themselves.
        let lender = self.on_behalf_of(reviewer);
        let conflicted = self.is_conflicted(reviewer.member())
            || lender.is_some_and(|lender| self.is_conflicted(lender));
        if conflicted { Err(Refusal::OwnItem) } else { Ok(()) }
    }

    /// On its team, or the one against whom it appeals.
    pub(crate) fn is_conflicted(&self, member: MemberId) -> bool {
        self.standing.team.contains(&member.0) || self.standing.barred_reviewer == Some(member.0)
    }

    /// Whose queue it is, where the reviewer has it in hand.
    pub(crate) fn on_behalf_of(&self, reviewer: &Reviewer) -> Option<MemberId> {
        reviewer.on_behalf_of(&self.row.place())
    }

    fn reaches(&self, reviewer: &Reviewer) -> bool {
        reviewer.may_decide(self.student(), &self.row.place())
    }

    /// A first draft is its owner's alone.
    fn is_private(&self) -> Result<bool, Refusal> {
        Ok(self.status()? == Status::Draft && self.row.revision == 1)
    }

    fn may_see(&self, caller: &Caller) -> Result<bool, Refusal> {
        let reviews = || caller.as_reviewer().is_some_and(|reviewer| self.reaches(&reviewer));
        let approved = self.status()? == Status::Approved;
        Ok(self.student() == caller.member
            || !self.is_private()? && reviews()
            || approved && caller.may(Permission::ReadApproved))
    }
}

async fn around(row: AchievementRow, tx: &mut TenantTx, app: &App) -> Result<Held, Refusal> {
    let id = row.id.into();
    let standing = tx.standing(id, app.now()).await?.ok_or(Refusal::NotFound)?;
    Ok(Held { last: tx.last_decision(id).await?, standing, row })
}
