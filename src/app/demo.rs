//! What only a demo shows: its log-ins, and the mails that would have been sent.

use std::sync::OnceLock;

use super::{App, Refusal};
use crate::mailer::RememberedMail;

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
