//! Second factors: authenticator apps (RFC 6238), recovery codes and passkeys; asked for at the log-in and before
//! weighty acts.

mod recovery;
pub mod totp;

use std::sync::Arc;

use chrono::Duration;
use serde_json::{Value, json};

pub use recovery::replace as replace_recovery_codes;

use super::access_token::Bearer;
use super::authenticate::word;
use super::lockout::{self, Visit};
use super::log_in::{LoggedIn, account_key, admissible};
use super::one_time::{Secret, digest};
use super::refusal::SecondFactorChallenge;
use super::session;
use super::{App, Refusal, passkeys};
use crate::domain::authentication::{Factors, Method};
use crate::domain::ids::{CollegeId, MemberId};
use crate::domain::member::Caller;
use crate::storage::{NewChallenge, TenantTx};

/// How long a log-in waits for its second factor.
const PATIENCE: Duration = Duration::minutes(5);
/// Wrong answers that end it.
const MOST_FAILURES: i32 = 5;
/// The purpose of its challenge.
const PURPOSE: &str = "second_factor";

/// What somebody shows as a second factor.
#[derive(Clone)]
pub enum Answer {
    /// A code of the authenticator app.
    Code(String),
    /// A recovery code.
    RecoveryCode(String),
    /// A passkey: the ceremony's token and what the browser answered.
    Passkey(String, Value),
}

/// What the caller has, and what their college asks for.
#[derive(Clone, Copy, Debug)]
pub struct Overview {
    /// What they have.
    pub factors: Factors,
    /// Whether their roles hold only with a second factor.
    pub required: bool,
}

/// What the caller has, and what their college asks for.
pub async fn overview(caller: &Caller, app: &App) -> Result<Overview, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let factors = factors(caller.member, &mut tx).await?;
    let policy = tx.identity_policy().await?;
    tx.commit().await?;
    let staff = !caller.grants.is_empty() || caller.second_factor_due;
    Ok(Overview { factors, required: staff && policy.staff_second_factor })
}

/// End a log-in that waits for its second factor.
///
/// # Errors
/// `Unauthenticated` where it waits no more; `WrongFactor`; `RateLimited`.
pub async fn complete_log_in(
    token: &str,
    answer: Answer,
    visit: Visit,
    app: &Arc<App>,
) -> Result<LoggedIn, Refusal> {
    let hash = digest(token);
    let (bearer, methods) = waiting(token, app).await?;
    let attempt = lockout::attempt_on_codes(bearer.member, app).await?;
    let acting = app.clone();
    let act = async move {
        let mut tx = acting.database.tenant(bearer.college).await?;
        let shown = check(answer, bearer, passkeys::Purpose::SecondFactor, &mut tx, &acting).await;
        let shown = match shown {
            Err(Refusal::WrongFactor) => {
                drop(tx);
                acting.database.fail_challenge(&hash, MOST_FAILURES, acting.now()).await?;
                return Err(Refusal::WrongFactor);
            }
            shown => shown?,
        };
        let methods: Vec<Method> = methods.into_iter().chain([shown]).collect();
        // Of two who answer the same challenge, one gets it.
        let taken = tx.take_challenge(&hash, PURPOSE, acting.now()).await?;
        taken.ok_or(Refusal::Unauthenticated)?;
        let member = admissible(bearer, &mut tx, &acting).await?;
        let session = session::begin(bearer, &methods, &visit, &mut tx, &acting).await?;
        tx.commit().await?;
        attempt.take_back(&acting).await?;
        let device = lockout::remember(&account_key(&member.email), &visit, &acting).await?;
        Ok(LoggedIn { session, device })
    };
    app.act(act).await
}

/// Who a log-in is that waits for its second factor, and what they showed already.
pub(super) async fn waiting(token: &str, app: &App) -> Result<(Bearer, Vec<Method>), Refusal> {
    let row = app.database.open_challenge(&digest(token), PURPOSE, app.now()).await?;
    let row = row.ok_or(Refusal::Unauthenticated)?;
    let (Some(college), Some(member)) = (row.college_id, row.member_id) else {
        return Err(Refusal::internal(anyhow::anyhow!("a second factor of nobody")));
    };
    let methods = row.state["methods"].as_array().into_iter().flatten();
    let methods: Result<_, _> = methods.filter_map(Value::as_str).map(word).collect();
    Ok((Bearer { member: MemberId(member), college: CollegeId(college) }, methods?))
}

/// Keep a log-in until its second factor is shown.
pub(super) async fn challenge(
    bearer: Bearer,
    methods: &[Method],
    factors: Factors,
    tx: &mut TenantTx,
    app: &App,
) -> Result<SecondFactorChallenge, Refusal> {
    let token = Secret::draw(app);
    let new = NewChallenge {
        hash: token.hash(),
        purpose: PURPOSE,
        college: Some(bearer.college.0),
        member: Some(bearer.member.0),
        session: None,
        state: json!({ "methods": methods }),
        expires_at: app.now() + PATIENCE,
    };
    tx.insert_challenge(&new).await?;
    Ok(SecondFactorChallenge {
        token,
        methods: factors.second(),
        expires_in: PATIENCE.num_seconds(),
    })
}

/// What a member has to log in with.
pub(super) async fn factors(member: MemberId, tx: &mut TenantTx) -> Result<Factors, Refusal> {
    let row = tx.factors(member).await?;
    Ok(Factors {
        password: row.password,
        totp: row.totp,
        passkeys: row.passkeys,
        recovery_codes: row.recovery_codes,
    })
}

/// Whether an answer holds; what it was. It is used up in the transaction.
///
/// # Errors
/// `WrongFactor`.
pub(super) async fn check(
    answer: Answer,
    bearer: Bearer,
    purpose: passkeys::Purpose,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Method, Refusal> {
    match answer {
        Answer::Code(code) => {
            totp::check(&code, bearer.member, tx, app).await?;
            Ok(Method::Totp)
        }
        Answer::RecoveryCode(code) => {
            recovery::check(&code, bearer.member, tx, app).await?;
            Ok(Method::RecoveryCode)
        }
        Answer::Passkey(ceremony, credential) => {
            passkeys::check(&ceremony, credential, bearer, purpose, tx, app).await?;
            Ok(Method::Passkey)
        }
    }
}
