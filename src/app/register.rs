//! A student registers; the address is proven by a mailed link before anything else.

use std::sync::Arc;

use super::authenticate::word;
use super::one_time::{self, Purpose, Secret, digest};
use super::record::{Actor, Happening, enqueue, record};
use super::{App, Refusal};
use crate::domain::field::{FieldErrors, TextError};
use crate::domain::ids::{CollegeId, MemberId};
use crate::domain::job::Job;
use crate::domain::letter::Letter;
use crate::domain::member::{Language, MemberState};
use crate::domain::text::{self, Email, NewPassword};
use crate::storage::{CollegeRow, NewMember, TenantTx};

/// What a student sends to register, as typed.
#[derive(Clone)]
pub struct Registration {
    /// Slug.
    pub college: String,
    /// Address.
    pub email: String,
    /// Password.
    pub password: String,
    /// Name as on the college's records.
    pub full_name: String,
    /// The name in its own script.
    pub full_name_native: Option<String>,
    /// Which script that is; the mails follow it.
    pub native_language: Option<Language>,
    /// Roll number.
    pub roll_number: String,
    /// Code of the department.
    pub department: String,
    /// Code of the programme.
    pub programme: String,
    /// `2023-2027`.
    pub batch: String,
    /// One-time code from paper.
    pub code: Option<String>,
    /// The consent version that was agreed to.
    pub consent: String,
}

/// The account is there and waits for its address to be proven.
#[derive(Clone, Debug)]
pub struct Registered {
    /// Always `email_unverified`: an address that was taken answers the same.
    pub state: MemberState,
    /// The secret of the mailed link, for seeds and tests; none where the address was taken.
    pub verification: Option<Secret>,
}

/// Register. Says nothing about other accounts: the owner of a taken address is told by mail.
///
/// # Errors
/// `Invalid` for what cannot be accepted, `Busy` where too many passwords are hashed at once.
pub async fn register(registration: Registration, app: &Arc<App>) -> Result<Registered, Refusal> {
    let college = app.database.find_college(registration.college.trim()).await?;
    let college = college.filter(|college| college.state == "active");
    let college = college
        .ok_or_else(|| Refusal::field("college", "unknown", "There is no such college here."))?;
    let applicant = Applicant::parse(registration, &college, app).await?;
    let hash = app.passwords.hash(applicant.password.reveal().to_owned()).await?;
    let acting = app.clone();
    let verification =
        app.act(async move { open_account(applicant, &hash, &college, &acting).await }).await?;
    Ok(Registered { state: MemberState::EmailUnverified, verification })
}

/// A registration whose every field was accepted.
struct Applicant {
    email: Email,
    password: NewPassword,
    language: Language,
    member: NewMember,
}

impl Applicant {
    async fn parse(typed: Registration, college: &CollegeRow, app: &App) -> Result<Self, Refusal> {
        let mut tx = app.database.tenant(CollegeId(college.id)).await?;
        let departments = tx.departments().await?;
        let programmes = tx.programmes().await?;
        tx.commit().await?;
        let mut errors = FieldErrors::default();
        let email = errors.take("email", Email::parse(&typed.email));
        let password = errors.take("password", NewPassword::parse(&typed.password));
        let full_name = errors.take("full_name", text::line(&typed.full_name, 2, 120));
        let native = errors
            .take("full_name_native", text::optional_line(typed.full_name_native.as_deref(), 120));
        let roll_number = errors.take("roll_number", parse_roll_number(&typed.roll_number));
        let batch = errors.take("batch", parse_batch(&typed.batch));
        let department = departments.iter().find(|row| row.code == typed.department.trim());
        if department.is_none() {
            errors.add("department", "unknown", "The college has no such department.");
        }
        let programme = programmes.iter().find(|row| {
            row.code == typed.programme.trim()
                && Some(row.department_id) == department.map(|row| row.id)
        });
        if programme.is_none() {
            errors.add("programme", "unknown", "The department has no such programme.");
        }
        if typed.consent != college.consent_version {
            errors.add(
                "consent",
                "outdated",
                "Please read the present consent text and agree to it.",
            );
        }
        let (
            Some(email),
            Some(password),
            Some(full_name),
            Some(native),
            Some(roll_number),
            Some(batch),
            [],
        ) = (email, password, full_name, native, roll_number, batch, errors.0.as_slice())
        else {
            return Err(errors.into());
        };
        let code = typed.code.as_deref().map(paper_code).filter(|code| !code.is_empty());
        let language = typed.native_language.unwrap_or(Language::English);
        let member = NewMember {
            id: app.row_id(),
            email: email.address().to_owned(),
            full_name,
            full_name_native: native,
            native_language: typed
                .native_language
                .filter(|language| *language != Language::English)
                .map(|language| language.as_str().to_owned()),
            language: language.as_str().to_owned(),
            state: MemberState::EmailUnverified.as_str().to_owned(),
            student: true,
            department_id: department.map(|row| row.id),
            programme_id: programme.map(|row| row.id),
            roll_number: Some(roll_number),
            batch: Some(batch),
            subject_id: app.public_id(),
            code_hash: code.map(|code| digest(&code).to_vec()),
            consent_version: Some(typed.consent),
            created_at: app.now(),
        };
        Ok(Self { email, password, language, member })
    }
}

/// A batch: first and last year of study, such as `2023-2027`.
pub(crate) fn parse_batch(typed: &str) -> Result<String, TextError> {
    let malformed = TextError::Malformed("A batch is two years, such as 2023-2027.");
    let batch = text::line(typed, 1, 20)?.replace(['–', '—'], "-").replace(' ', "");
    let year = |text: &str| {
        text.parse::<u16>().ok().filter(|year| text.len() == 4 && (1950..=2100).contains(year))
    };
    match batch.split_once('-').map(|(first, last)| (year(first), year(last))) {
        Some((Some(first), Some(last))) if first < last && last - first <= 10 => Ok(batch),
        Some(_) | None => Err(malformed),
    }
}

/// A roll number that can be matched: at least one letter or digit.
pub(crate) fn parse_roll_number(typed: &str) -> Result<String, TextError> {
    let roll_number = text::line(typed, 1, 40)?;
    if text::roll_key(&roll_number).is_empty() {
        return Err(TextError::Malformed("A roll number has letters or digits."));
    }
    Ok(roll_number)
}

/// The form a paper code is compared in: as it is typed from paper, case and dashes do not count.
pub(crate) fn paper_code(typed: &str) -> String {
    text::roll_key(typed)
}

async fn open_account(
    applicant: Applicant,
    hash: &str,
    college: &CollegeRow,
    app: &App,
) -> Result<Option<Secret>, Refusal> {
    let mut tx = app.database.tenant(CollegeId(college.id)).await?;
    let id = MemberId(applicant.member.id);
    if let Some(owner) = tx.member_of_login(&applicant.email.key()).await?
        && !give_way(owner, college, &mut tx, app).await?
    {
        tx.commit().await?;
        return Ok(None);
    }
    if !tx.insert_login(id, &applicant.email.key(), hash).await? {
        // The same address registered in this very moment; that registration has written its letter.
        return Ok(None);
    }
    tx.insert_member(&applicant.member).await?;
    let secret = one_time::hand_out(Purpose::VerifyEmail, id.0, &mut tx, app).await?;
    let letter = Letter::VerifyEmail {
        name: applicant.member.full_name,
        college: college.name.clone(),
        link: Purpose::VerifyEmail.link(&secret, app),
        hours: Purpose::VerifyEmail.hours(),
    };
    enqueue(
        &Job::SendMail { to: applicant.member.email, language: applicant.language, letter },
        &mut tx,
        app,
    )
    .await?;
    let happening = Happening::in_college(
        "registered",
        serde_json::json!({ "member": id, "consent": applicant.member.consent_version }),
    );
    record(happening, Actor { member: Some(id), role: None }, &mut tx, app).await?;
    tx.commit().await?;
    Ok(Some(secret))
}

/// A registration whose address was never proven is nobody's: it goes, with its password and its link.
pub(super) async fn give_way_unproven(
    owner: MemberId,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    tx.void_one_time_tokens(Purpose::VerifyEmail.as_str(), owner.0, app.now()).await?;
    tx.delete_login(owner).await?;
    Ok(tx.delete_unverified_member(owner).await?)
}

/// A registration whose address was never proven gives way to a newer one; any other account stays,
/// and its owner is told.
async fn give_way(
    owner: MemberId,
    college: &CollegeRow,
    tx: &mut TenantTx,
    app: &App,
) -> Result<bool, Refusal> {
    let Some(member) = tx.member(owner, app.now()).await? else {
        return Err(Refusal::internal(anyhow::anyhow!("a log-in without a member")));
    };
    if member.state == MemberState::EmailUnverified.as_str() {
        give_way_unproven(owner, tx, app).await?;
        return Ok(true);
    }
    let link = format!("{}/app/", app.public_url().as_str());
    let letter =
        Letter::AlreadyRegistered { name: member.full_name, college: college.name.clone(), link };
    enqueue(
        &Job::SendMail { to: member.email, language: word(&member.language)?, letter },
        tx,
        app,
    )
    .await?;
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_two_years_in_order() {
        assert_eq!(parse_batch(" 2023 – 2027 ").unwrap(), "2023-2027");
        assert!(parse_batch("2027-2023").is_err());
        assert!(parse_batch("23-27").is_err());
        assert!(parse_batch("2023").is_err());
    }

    #[test]
    fn a_roll_number_of_dashes_is_none() {
        assert!(parse_roll_number(" -- / ").is_err());
    }

    #[test]
    fn a_paper_code_is_compared_without_dashes_and_case() {
        assert_eq!(paper_code("k7pq-23xd"), paper_code("K7PQ 23XD"));
    }
}
