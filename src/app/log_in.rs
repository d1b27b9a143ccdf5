//! Log-in with a password.

use std::sync::Arc;

use super::access_token::Bearer;
use super::authenticate::word;
use super::session::{self, Session};
use super::{App, Refusal};
use crate::app::refusal::CollegeChoice;
use crate::domain::ids::{CollegeId, MemberId};
use crate::domain::member::MemberState;
use crate::domain::text::{Email, password_form};
use crate::storage::LoginRow;

/// Who somebody says they are.
#[derive(Clone)]
pub struct Credentials {
    /// Address.
    pub email: String,
    /// Password.
    pub password: String,
    /// Slug, where the address is known in several colleges.
    pub college: Option<String>,
}

/// Open a session.
///
/// # Errors
/// `WrongPassword`, whichever of the two is wrong; `ChooseCollege` once the password was right;
/// `NotConfirmed` for an account that cannot be used; `Busy`.
pub async fn log_in(
    credentials: Credentials,
    client: &str,
    app: &Arc<App>,
) -> Result<Session, Refusal> {
    let fitting = fitting_logins(credentials, app).await?;
    let login = match fitting.as_slice() {
        [] => return Err(Refusal::WrongPassword),
        [login] => login,
        several => return Err(Refusal::ChooseCollege(several.iter().map(choice).collect())),
    };
    if login.college_state != "active" {
        return Err(Refusal::NotConfirmed("Your college's hub is closed at the moment."));
    }
    let bearer = Bearer { member: MemberId(login.member_id), college: CollegeId(login.college_id) };
    let acting = app.clone();
    let client = client.to_owned();
    app.act(async move { open_session(bearer, &client, &acting).await }).await
}

/// The accounts of the address whose password fits. An unknown address costs the same work as a known one.
async fn fitting_logins(credentials: Credentials, app: &App) -> Result<Vec<LoginRow>, Refusal> {
    let password = password_form(&credentials.password);
    let mut logins = match Email::parse(&credentials.email) {
        Ok(email) => app.database.logins(&email.key()).await?,
        Err(_) => Vec::new(),
    };
    if let Some(slug) = &credentials.college {
        logins.retain(|login| login.slug == *slug);
    }
    if logins.is_empty() {
        app.passwords.fits(password.clone(), None).await?;
    }
    let mut fitting = Vec::new();
    for login in logins {
        if app.passwords.fits(password.clone(), login.password_hash.clone()).await? {
            fitting.push(login);
        }
    }
    Ok(fitting)
}

async fn open_session(bearer: Bearer, client: &str, app: &App) -> Result<Session, Refusal> {
    let mut tx = app.database.tenant(bearer.college).await?;
    let member = tx.member(bearer.member, app.now()).await?.ok_or(Refusal::WrongPassword)?;
    match word::<MemberState>(&member.state)? {
        MemberState::EmailUnverified => {
            return Err(Refusal::NotConfirmed(
                "Please follow the link in the mail we sent you first.",
            ));
        }
        MemberState::Deactivated => {
            return Err(Refusal::NotConfirmed("This account is closed. Please ask your college."));
        }
        MemberState::Unconfirmed | MemberState::Confirmed | MemberState::Alumnus => {}
    }
    let session = session::begin(bearer, client, &mut tx, app).await?;
    tx.commit().await?;
    Ok(session)
}

fn choice(login: &LoginRow) -> CollegeChoice {
    CollegeChoice { slug: login.slug.clone(), name: login.college_name.clone() }
}
