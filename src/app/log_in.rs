//! Log-in with a password, and what every way to log in ends with.

use std::sync::Arc;

use super::access_token::Bearer;
use super::authenticate::word;
use super::lockout::{self, Visit};
use super::one_time::Secret;
use super::session::{self, Session};
use super::{App, Refusal, second_factor};
use crate::app::refusal::CollegeChoice;
use crate::domain::authentication::Method;
use crate::domain::ids::{CollegeId, MemberId};
use crate::domain::member::MemberState;
use crate::domain::text::{Email, password_form};
use crate::storage::{LoginRow, MemberRow, TenantTx};

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

/// Somebody is in.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// Their session.
    pub session: Session,
    /// What their device shows at the next log-in, so that strangers' guesses do not count against it.
    pub device: Secret,
}

/// Open a session.
///
/// # Errors
/// `WrongPassword`, whichever of the two is wrong; `ChooseCollege` and `SecondFactorRequired` once the password
/// was right; `NotConfirmed` for an account that cannot be used; `RateLimited`; `Busy`.
pub async fn log_in(
    credentials: Credentials,
    visit: Visit,
    app: &Arc<App>,
) -> Result<LoggedIn, Refusal> {
    let account = account_key(&credentials.email);
    let attempt = lockout::attempt_on_account(&account, &visit, app).await?;
    let fitting = fitting_logins(credentials, app).await?;
    if !fitting.is_empty() {
        attempt.take_back(app).await?;
    }
    let login = match fitting.as_slice() {
        [] => return Err(Refusal::WrongPassword),
        [login] => login,
        several => return Err(Refusal::ChooseCollege(several.iter().map(choice).collect())),
    };
    if login.college_state != "active" {
        return Err(closed());
    }
    let bearer = Bearer { member: MemberId(login.member_id), college: CollegeId(login.college_id) };
    enter(bearer, vec![Method::Password], visit, app).await
}

/// Let somebody in who showed this much; whoever has a second factor is asked for it.
pub(super) async fn enter(
    bearer: Bearer,
    methods: Vec<Method>,
    visit: Visit,
    app: &Arc<App>,
) -> Result<LoggedIn, Refusal> {
    let acting = app.clone();
    app.act(async move { open_session(bearer, &methods, &visit, &acting).await }).await
}

/// What guesses at an account are counted under.
pub(super) fn account_key(email: &str) -> String {
    Email::parse(email).map_or_else(|_| email.trim().to_lowercase(), |email| email.key())
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

async fn open_session(
    bearer: Bearer,
    methods: &[Method],
    visit: &Visit,
    app: &App,
) -> Result<LoggedIn, Refusal> {
    let mut tx = app.database.tenant(bearer.college).await?;
    let member = admissible(bearer, &mut tx, app).await?;
    let factors = second_factor::factors(bearer.member, &mut tx).await?;
    if factors.has_second() && !methods.iter().any(|method| method.is_second_factor()) {
        let challenge = second_factor::challenge(bearer, methods, factors, &mut tx, app).await?;
        tx.commit().await?;
        return Err(Refusal::SecondFactorRequired(challenge));
    }
    let session = session::begin(bearer, methods, visit, &mut tx, app).await?;
    tx.commit().await?;
    let device = lockout::remember(&account_key(&member.email), visit, app).await?;
    Ok(LoggedIn { session, device })
}

/// The member, where their account can be used.
pub(super) async fn admissible(
    bearer: Bearer,
    tx: &mut TenantTx,
    app: &App,
) -> Result<MemberRow, Refusal> {
    if tx.own_college().await?.state != "active" {
        return Err(closed());
    }
    let member = tx.member(bearer.member, app.now()).await?.ok_or(Refusal::WrongPassword)?;
    match word::<MemberState>(&member.state)? {
        MemberState::EmailUnverified => {
            Err(Refusal::NotConfirmed("Please follow the link in the mail we sent you first."))
        }
        MemberState::Deactivated => {
            Err(Refusal::NotConfirmed("This account is closed. Please ask your college."))
        }
        MemberState::Unconfirmed | MemberState::Confirmed | MemberState::Alumnus => Ok(member),
    }
}

fn closed() -> Refusal {
    Refusal::NotConfirmed("Your college's hub is closed at the moment.")
}

fn choice(login: &LoginRow) -> CollegeChoice {
    CollegeChoice { slug: login.slug.clone(), name: login.college_name.clone() }
}
