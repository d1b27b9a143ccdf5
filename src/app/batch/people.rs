//! Who stands in a row: the student it names, and whether its approver may have approved it.

use std::collections::HashMap;

use uuid::Uuid;

use super::row::{PastApproval, StudentKey};
use crate::app::authenticate::{self, word};
use crate::app::{App, Refusal};
use crate::domain::field::FieldErrors;
use crate::domain::ids::MemberId;
use crate::domain::member::{MemberState, Place, Reviewer};
use crate::domain::text::{Email, roll_key};
use crate::storage::{ApproverRow, CategoryRow, StudentRow, TenantTx};

/// The people and categories of a college, as rows name them.
pub(super) struct People {
    students: Vec<StudentRow>,
    by_email: HashMap<String, usize>,
    /// A roll number that two accounts carry names neither.
    by_roll: HashMap<String, Option<usize>>,
    reviewers: HashMap<String, Reviewer>,
    categories: HashMap<String, CategoryRow>,
}

/// A row with those it names.
pub(super) struct Named {
    pub(super) row: PastApproval,
    pub(super) student: StudentRow,
    pub(super) department: Uuid,
    pub(super) category: Uuid,
    pub(super) approver: MemberId,
}

impl People {
    /// Everybody of the college who can stand in a row.
    pub(super) async fn load(tx: &mut TenantTx, app: &App) -> Result<Self, Refusal> {
        let students = tx.students().await?;
        let mut by_email = HashMap::new();
        let mut by_roll = HashMap::new();
        for (place, student) in students.iter().enumerate() {
            if let Ok(email) = Email::parse(&student.email) {
                by_email.insert(email.key(), place);
            }
            if let Some(roll) = &student.roll_number {
                let entry = by_roll.entry(roll_key(roll));
                entry.and_modify(|known| *known = None).or_insert(Some(place));
            }
        }
        let holders = tx.role_holders(app.now()).await?;
        let mut reviewers = HashMap::new();
        for rows in holders.chunk_by(|one, other| one.member == other.member) {
            if let Some((email, reviewer)) = reviewer(rows, tx)? {
                reviewers.insert(email, reviewer);
            }
        }
        let categories = tx.categories().await?;
        let categories = categories.into_iter().map(|row| (row.code.clone(), row)).collect();
        Ok(Self { students, by_email, by_roll, reviewers, categories })
    }

    /// Find those whom a row names; the rules for the approver are those of a decision today.
    pub(super) fn find(&self, row: PastApproval) -> Result<Named, FieldErrors> {
        let mut errors = FieldErrors::default();
        let student = self.student(&row.student, &mut errors);
        let category = self.categories.get(&row.content.category);
        if category.is_none() {
            errors.add("category", "unknown", "Your college has no such category.");
        }
        let reviewer = self.reviewers.get(&row.approver);
        if reviewer.is_none() {
            errors.add("approver", "unknown", "No reviewer of your college has this address.");
        }
        let department = student.and_then(|student| student.department_id);
        if student.is_some() && department.is_none() {
            errors.add("student", "no_department", "The student's account names no department.");
        }
        let (Some(student), Some(category), Some(reviewer), Some(department)) =
            (student, category, reviewer, department)
        else {
            return Err(errors);
        };
        let owner = MemberId(student.id);
        if owner == reviewer.member() {
            errors.add("approver", "own_item", "Nobody decides on their own achievement.");
        } else if !reviewer.may_decide(
            owner,
            &Place {
                department: department.into(),
                category: category.id.into(),
                event: None,
                academic: category.academic,
            },
        ) {
            let detail = "This reviewer may not decide on this student's items in this category.";
            errors.add("approver", "out_of_reach", detail);
        }
        errors.or(Named {
            student: student.clone(),
            department,
            category: category.id,
            approver: reviewer.member(),
            row,
        })
    }

    fn student(&self, key: &StudentKey, errors: &mut FieldErrors) -> Option<&StudentRow> {
        let place = match key {
            StudentKey::Email(email) => self.by_email.get(email).copied(),
            StudentKey::Roll(roll) => match self.by_roll.get(roll) {
                Some(None) => {
                    let detail = "Two accounts have this roll number: name the address.";
                    errors.add("student", "ambiguous", detail);
                    return None;
                }
                found => found.copied().flatten(),
            },
        };
        let Some(student) = place.and_then(|place| self.students.get(place)) else {
            errors.add("student", "unknown", "Your college has no such student.");
            return None;
        };
        match word::<MemberState>(&student.state) {
            Ok(MemberState::Confirmed | MemberState::Alumnus) => Some(student),
            _ => {
                errors.add(
                    "student",
                    "not_confirmed",
                    "Your college has not confirmed this account.",
                );
                None
            }
        }
    }
}

/// Who may decide among the holders of roles, by the key of their address.
fn reviewer(rows: &[ApproverRow], tx: &TenantTx) -> Result<Option<(String, Reviewer)>, Refusal> {
    let Some(first) = rows.first() else { return Ok(None) };
    if first.grant.state == MemberState::Deactivated.as_str() {
        return Ok(None);
    }
    let grants: Vec<_> = rows.iter().map(|row| row.grant.clone()).collect();
    let person = authenticate::caller(first.member.into(), tx.college(), &grants)?;
    let email = Email::parse(&first.email).ok().map(|email| email.key());
    Ok(email.zip(person.as_reviewer()))
}
