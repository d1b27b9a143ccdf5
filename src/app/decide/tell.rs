//! What the student hears of a decision.

use super::Approval;
use crate::app::authenticate::word;
use crate::app::notifications::unsubscribe::Wish;
use crate::app::notifications::{notify, tell};
use crate::app::record::enqueue;
use crate::app::standing::Held;
use crate::app::{App, Refusal};
use crate::domain::achievement::DecisionAction;
use crate::domain::job::Job;
use crate::domain::letter::{Decision as LetterDecision, Letter};
use crate::domain::notice::{MailChoice, Topic};
use crate::storage::TenantTx;

/// Tell the student what was decided: a notice, and a letter where it is final.
pub(crate) async fn tell_student(
    held: &Held,
    action: DecisionAction,
    approval: Option<Approval>,
    comment: Option<&str>,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let title = &held.row.title;
    let (kind, text, decided) = match (action, approval) {
        (DecisionAction::Approve, Some(Approval::AwaitingSecond)) => (
            "first_approval",
            format!("“{title}” was approved by one reviewer; a second one looks at it."),
            None,
        ),
        (DecisionAction::Approve, Some(Approval::WaitsForKey)) => (
            "approved",
            format!(
                "“{title}” was approved. Its credential will be signed as soon as the college has an active key."
            ),
            Some(LetterDecision::Approved),
        ),
        (DecisionAction::Approve, Some(Approval::Issued) | None) => (
            "approved",
            format!("“{title}” was approved: its credential is signed."),
            Some(LetterDecision::Approved),
        ),
        (DecisionAction::Reject, _) => {
            ("rejected", format!("“{title}” was not approved."), Some(LetterDecision::Rejected))
        }
        (DecisionAction::RequestChanges, _) => (
            "changes_requested",
            format!("“{title}” needs a change before it can be approved."),
            Some(LetterDecision::ChangesRequested),
        ),
        // Said where it is proposed.
        (DecisionAction::ProposeCorrection, _) => return Ok(()),
    };
    let (student, item) = (held.student(), Some(held.id()));
    let Some(decision) = decided else {
        return notify(student, kind, text, item, tx, app).await;
    };
    if tell(student, kind, &text, item, tx, app).await? != MailChoice::AtOnce {
        return Ok(());
    }
    let Some(reader) = tx.reader(student).await? else { return Ok(()) };
    let who = (tx.college(), student);
    let letter = Letter::Decision {
        name: held.row.student_name.clone(),
        college: tx.own_college().await?.name,
        title: title.clone(),
        decision,
        comment: comment.map(str::to_owned),
        link: format!("{}/app/achievements/{}", app.public_url.as_str(), held.id()),
        unsubscribe: Some(app.unsubscribe.link(who, Wish::NoMore(Topic::Decisions), app)?),
    };
    let language = word(&reader.language)?;
    enqueue(&Job::SendMail { to: reader.email, language, letter }, tx, app).await
}
