//! Before a weighty act, whoever acts shows once more who they are: with all that they have, a short time ago.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::lockout;
use super::passkeys::Purpose;
use super::record::{Happening, record};
use super::second_factor::{Answer, check, factors};
use super::session::method_words;
use super::{App, Refusal};
use crate::domain::authentication::{Factors, Method, STEP_UP_AGE};
use crate::domain::member::Caller;
use crate::domain::text::password_form;

/// What somebody shows to act on something weighty.
#[derive(Clone, Default)]
pub struct Shown {
    /// Password.
    pub password: Option<String>,
    /// A second factor.
    pub second: Option<Answer>,
}

/// Refuse whoever did not show a short time ago who they are.
///
/// # Errors
/// `StepUpRequired` with what would do.
pub async fn require(caller: &Caller, app: &App) -> Result<(), Refusal> {
    let session = caller.session.as_ref().ok_or(Refusal::Unauthenticated)?;
    let factors = factors_of(caller, app).await?;
    if session.is_fresh(factors, app.now()) {
        return Ok(());
    }
    Err(Refusal::StepUpRequired { ways: factors.step_up() })
}

/// Show it; gives until when that does.
///
/// # Errors
/// `StepUpRequired` where something is left out; `Invalid` at `/password` or `/code`; `RateLimited`.
pub async fn step_up(
    shown: Shown,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<DateTime<Utc>, Refusal> {
    let session = caller.session.as_ref().ok_or(Refusal::Unauthenticated)?;
    let factors = factors_of(caller, app).await?;
    if !is_enough(&shown, factors) {
        return Err(Refusal::StepUpRequired { ways: factors.step_up() });
    }
    let by_session = lockout::attempt_in_session(session.id, app).await?;
    let by_member = lockout::attempt_on_codes(caller.member, app).await?;
    let mut methods = Vec::new();
    if let Some(password) = &shown.password {
        check_password(password, caller, app).await?;
        methods.push(Method::Password);
    }
    let (hub, caller, id) = (app.clone(), caller.clone(), session.id);
    app.act(async move {
        let mut tx = hub.database.tenant(caller.college).await?;
        if let Some(answer) = shown.second {
            let bearer = (&caller).into();
            let shown = check(answer, bearer, Purpose::StepUp, &mut tx, &hub).await;
            methods.push(shown.map_err(as_field)?);
        }
        let second = methods.iter().any(|method| method.is_second_factor());
        let now = hub.now();
        if !tx.renew_session(id, &method_words(&methods), second, now).await? {
            return Err(Refusal::Unauthenticated);
        }
        let facts = json!({ "member": caller.member, "methods": methods });
        record(Happening::in_college("stepped_up", facts), (&caller).into(), &mut tx, &hub).await?;
        tx.commit().await?;
        by_session.take_back(&hub).await?;
        by_member.take_back(&hub).await?;
        Ok(now + STEP_UP_AGE)
    })
    .await
}

/// Whether everything of one way is there: a passkey, or the password with a code where codes are in use.
fn is_enough(shown: &Shown, factors: Factors) -> bool {
    let password = shown.password.is_some() || !factors.password;
    match &shown.second {
        Some(Answer::Passkey(..)) => true,
        Some(Answer::Code(_) | Answer::RecoveryCode(_)) => password,
        None => shown.password.is_some() && !factors.has_second(),
    }
}

async fn check_password(password: &str, caller: &Caller, app: &App) -> Result<(), Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let hash = tx.password_hash(caller.member).await?;
    tx.commit().await?;
    let fits = app.passwords.fits(password_form(password), hash).await?;
    if fits { Ok(()) } else { Err(as_field(Refusal::WrongPassword)) }
}

/// What is wrong, to somebody who is signed in: 401 would say that their session is over.
pub(super) fn as_field(refusal: Refusal) -> Refusal {
    let detail = refusal.to_string();
    match refusal {
        Refusal::WrongPassword => Refusal::field("password", "wrong", "The password is not right."),
        Refusal::WrongFactor => Refusal::field("code", "wrong", detail),
        other => other,
    }
}

async fn factors_of(caller: &Caller, app: &App) -> Result<Factors, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let factors = factors(caller.member, &mut tx).await?;
    tx.commit().await?;
    Ok(factors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_without_the_password_is_not_enough_where_there_is_one() {
        let both = Factors { password: true, totp: true, ..Factors::default() };
        let password = Some("a quiet village lane".to_owned());
        let code = Some(Answer::Code("123456".into()));
        assert!(!is_enough(&Shown { password: password.clone(), second: None }, both));
        assert!(!is_enough(&Shown { password: None, second: code.clone() }, both));
        assert!(is_enough(&Shown { password: password.clone(), second: code.clone() }, both));
        let federated = Factors { password: false, ..both };
        assert!(is_enough(&Shown { password: None, second: code }, federated));
        let plain = Factors { password: true, ..Factors::default() };
        assert!(is_enough(&Shown { password, second: None }, plain));
        assert!(!is_enough(&Shown::default(), plain));
        assert!(!is_enough(&Shown::default(), Factors::default()));
    }
}
