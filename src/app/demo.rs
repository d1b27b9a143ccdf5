//! What only a demo shows: its log-ins, and the mails that would have been sent.

use std::sync::OnceLock;

use super::access_token::Bearer;
use super::{App, Refusal};
use crate::domain::ids::{CollegeId, MemberId};
use crate::domain::text::Email;
use crate::storage::DepartmentRow;

pub use crate::mailer::RememberedMail;

/// Somebody to sign in as.
#[derive(Clone, Debug, serde::Serialize)]
pub struct DemoLogin {
    /// Slug.
    pub college: String,
    /// The college's name.
    pub college_name: String,
    /// E-mail.
    pub email: String,
    /// Password.
    pub password: String,
    /// Role, in words.
    pub role: String,
    /// The person's name.
    pub name: String,
}

/// Remembers in the database how far a demo is.
const SETTING: &str = "demo";

/// How far the demo of this hub is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There are colleges, and no demo.
    InUse,
    /// Nothing is here.
    Empty,
    /// A demo was begun, and never finished.
    Begun,
    /// A demo stands here.
    Finished,
}

static LOGINS: OnceLock<Vec<DemoLogin>> = OnceLock::new();

/// Say who can log in; the first call counts.
pub fn announce(logins: Vec<DemoLogin>) {
    LOGINS.get_or_init(|| logins);
}

/// Who can log in.
pub fn logins() -> &'static [DemoLogin] {
    LOGINS.get().map(Vec::as_slice).unwrap_or_default()
}

/// Mails kept instead of sent, newest first.
pub async fn remembered_mails(app: &App) -> Result<Vec<RememberedMail>, Refusal> {
    app.mailer.remembered().await.map_err(Refusal::internal)
}

/// How far the demo of this hub is.
pub async fn progress(app: &App) -> Result<Progress, Refusal> {
    match app.database.setting(SETTING).await?.as_deref() {
        Some("finished") => Ok(Progress::Finished),
        Some(_) => Ok(Progress::Begun),
        None if app.database.college_ids().await?.is_empty() => Ok(Progress::Empty),
        None => Ok(Progress::InUse),
    }
}

/// A demo is being made.
pub async fn begin(app: &App) -> Result<(), Refusal> {
    app.database.fix_setting(SETTING, "begun").await?;
    Ok(())
}

/// The demo is whole.
pub async fn finish(app: &App) -> Result<(), Refusal> {
    Ok(app.database.change_setting(SETTING, "finished").await?)
}

/// The member of this address, without their password.
pub async fn find_member(email: &str, college: CollegeId, app: &App) -> Result<Bearer, Refusal> {
    let email = Email::parse(email).map_err(|_| Refusal::NotFound)?;
    let logins = app.database.logins(&email.key()).await?;
    let login =
        logins.into_iter().find(|login| login.college_id == college.0).ok_or(Refusal::NotFound)?;
    Ok(Bearer { member: MemberId(login.member_id), college })
}

/// The departments of a college.
pub async fn departments(college: CollegeId, app: &App) -> Result<Vec<DepartmentRow>, Refusal> {
    let mut tx = app.database.tenant(college).await?;
    let rows = tx.departments().await?;
    tx.commit().await?;
    Ok(rows)
}
