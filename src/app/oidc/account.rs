//! Whose account it is: a known subject, else a verified address of the college's domains. An account is opened for
//! students of the roster, never for staff.

use serde_json::{Value, json};

use crate::app::authenticate::word;
use crate::app::record::{Actor, Happening, record};
use crate::app::register::give_way_unproven;
use crate::app::verify_email::facts;
use crate::app::{App, Refusal};
use crate::domain::ids::{CollegeId, MemberId, RosterRowId};
use crate::domain::member::{Language, MemberState, Role};
use crate::domain::text::{Email, roll_key};
use crate::oidc::Identity;
use crate::storage::{NewMember, OidcProviderRow, RosterRow, TenantTx};

/// The member whom the provider speaks of.
///
/// # Errors
/// `NotConfirmed` with what is missing; `ConsentRequired` where an account would have to be opened without consent.
pub(super) async fn find_or_open(
    identity: &Identity,
    settings: &OidcProviderRow,
    consent: Option<&str>,
    college: CollegeId,
    app: &App,
) -> Result<MemberId, Refusal> {
    let mut tx = app.database.tenant(college).await?;
    let (issuer, subject) = (&settings.issuer, &identity.subject);
    if let Some(member) = tx.member_of_subject(issuer, subject).await? {
        tx.commit().await?;
        return Ok(member);
    }
    let email = verified_address(identity, settings)?;
    let member = match living_account(&email, &mut tx, app).await? {
        Some(member) => member,
        None => open(&email, identity, settings, consent, &mut tx, app).await?,
    };
    if !tx.link_subject(issuer, subject, member, app.now()).await? {
        // The same person in two windows: the other one has written it.
        return Err(Refusal::Busy);
    }
    let facts = json!({ "member": member, "issuer": issuer });
    let happening = Happening::in_college("login_linked", facts);
    record(happening, Actor { member: Some(member), role: None }, &mut tx, app).await?;
    tx.commit().await?;
    Ok(member)
}

/// The address that the provider vouches for, of a domain that the college named.
fn verified_address(identity: &Identity, settings: &OidcProviderRow) -> Result<Email, Refusal> {
    let said = identity.claims.get(&settings.email_claim).and_then(Value::as_str);
    let email = said.and_then(|said| Email::parse(said).ok());
    let email = email.ok_or(Refusal::NotConfirmed(
        "Your college's log-in did not say what your e-mail address is.",
    ))?;
    // Some providers write the word in quotes.
    let verified = identity
        .claims
        .get("email_verified")
        .is_some_and(|said| *said == json!(true) || *said == json!("true"));
    if settings.email_claim == "email" && !verified {
        return Err(Refusal::NotConfirmed(
            "Your college's log-in has not verified your e-mail address.",
        ));
    }
    let key = email.key();
    let domain = key.rsplit_once('@').map(|(_, domain)| domain).unwrap_or_default();
    if settings.email_domains.iter().any(|own| own == domain) {
        Ok(email)
    } else {
        Err(Refusal::NotConfirmed("Your e-mail address is not one of this college's."))
    }
}

/// The account with this address. A registration that never proved it is nobody's: it gives way, with the password
/// that somebody else may have set.
async fn living_account(
    email: &Email,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Option<MemberId>, Refusal> {
    let Some(member) = tx.member_of_login(&email.key()).await? else { return Ok(None) };
    let row = tx.member(member, app.now()).await?;
    let state: Option<MemberState> = row.map(|row| word(&row.state)).transpose()?;
    if state == Some(MemberState::EmailUnverified) {
        give_way_unproven(member, tx, app).await?;
        return Ok(None);
    }
    Ok(Some(member))
}

/// A new account for a student of the roster.
async fn open(
    email: &Email,
    identity: &Identity,
    settings: &OidcProviderRow,
    consent: Option<&str>,
    tx: &mut TenantTx,
    app: &App,
) -> Result<MemberId, Refusal> {
    let row = roster_row(email, identity, settings, tx).await?;
    let row = row.ok_or(Refusal::NotConfirmed(
        "The college's roster does not know you yet. Please ask your college, or register with a password.",
    ))?;
    let version = tx.own_college().await?.consent_version;
    if consent != Some(version.as_str()) {
        return Err(Refusal::ConsentRequired);
    }
    let id = MemberId(app.row_id());
    if !tx.insert_login_without_password(id, &email.key()).await? {
        return Err(Refusal::Busy);
    }
    let member = NewMember {
        id: id.0,
        email: email.address().to_owned(),
        full_name: row.full_name.clone(),
        full_name_native: row.full_name_native.clone(),
        native_language: None,
        language: Language::English.as_str().to_owned(),
        state: MemberState::Confirmed.as_str().to_owned(),
        student: true,
        department_id: None,
        programme_id: None,
        roll_number: Some(row.roll_number.clone()),
        batch: Some(row.batch.clone()),
        subject_id: app.public_id(),
        code_hash: None,
        consent_version: Some(version.clone()),
        created_at: app.now(),
    };
    tx.insert_member(&member).await?;
    if !tx.take_roster_row(RosterRowId(row.id), id).await? {
        return Err(Refusal::Busy);
    }
    tx.write_roster_facts(id, &facts(&row)).await?;
    let facts = json!({ "member": id, "consent": version, "login": "oidc" });
    let happening = Happening::in_college("registered", facts);
    record(happening, Actor { member: Some(id), role: Some(Role::Student) }, tx, app).await?;
    Ok(id)
}

/// The free row of the roster: by the roll number that the provider knows, else the only one with the address.
async fn roster_row(
    email: &Email,
    identity: &Identity,
    settings: &OidcProviderRow,
    tx: &mut TenantTx,
) -> Result<Option<RosterRow>, Refusal> {
    let claim = settings.roll_number_claim.as_ref();
    let said = claim.and_then(|claim| identity.claims.get(claim)).and_then(Value::as_str);
    let key = match said.map(roll_key).filter(|key| !key.is_empty()) {
        Some(key) => Some(key),
        None => match tx.roll_keys_of_address(&email.key()).await?.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        },
    };
    let Some(key) = key else { return Ok(None) };
    Ok(tx.roster_row(&key).await?.filter(|row| row.member_id.is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(email_claim: &str) -> OidcProviderRow {
        OidcProviderRow {
            issuer: "https://login.example".into(),
            client_id: "hub".into(),
            secret_id: uuid::Uuid::nil(),
            email_domains: vec!["college.example".into()],
            hosts: vec![],
            email_claim: email_claim.into(),
            roll_number_claim: None,
            enabled: true,
            version: 1,
        }
    }

    fn address(claims: Value, email_claim: &str) -> Option<String> {
        let claims = serde_json::from_value(claims).unwrap();
        let identity = Identity { subject: "1".into(), claims };
        verified_address(&identity, &settings(email_claim)).ok().map(|email| email.key())
    }

    #[test]
    fn an_address_counts_when_it_is_verified_and_of_the_colleges_domain() {
        let kavya = "Kavya@College.example";
        let good = Some("kavya@college.example".to_owned());
        assert_eq!(address(json!({ "email": kavya, "email_verified": true }), "email"), good);
        assert_eq!(address(json!({ "email": kavya, "email_verified": "true" }), "email"), good);
        assert_eq!(address(json!({ "upn": kavya }), "upn"), good);
        for bad in [
            json!({ "email": kavya }),
            json!({ "email": kavya, "email_verified": false }),
            json!({ "email": kavya, "email_verified": "false" }),
            json!({ "email": kavya, "email_verified": "no" }),
            json!({ "email": kavya, "email_verified": 1 }),
            json!({ "email": "kavya@evil.example", "email_verified": true }),
            json!({ "email": "kavya@sub.college.example", "email_verified": true }),
            json!({ "email": "kavya", "email_verified": true }),
            json!({ "email_verified": true }),
        ] {
            assert_eq!(address(bad.clone(), "email"), None, "{bad}");
        }
    }
}
