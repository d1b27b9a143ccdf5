//! Extractors. Those that yield a person are the authorisation: what they give is the proof a use case asks for.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Multipart, Path, Query, Request};
use axum::http::HeaderName;
use axum::http::header::{AUTHORIZATION, IF_MATCH, IF_NONE_MATCH};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::app::service_accounts::ServiceAccount;
use crate::app::{App, Refusal, authenticate, impersonations, service_accounts, step_up};
use crate::domain::ids::{CollegeId, ImpersonationId};
use crate::domain::member::{Caller, Permission, Reviewer};
use crate::domain::page::{Cursor, PageRequest};

/// Somebody who is signed in and whose account is alive.
pub(super) struct SignedIn(pub Caller);

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        // A layer in front may have looked already.
        let own = match parts.extensions.get::<Caller>() {
            Some(caller) => caller.clone(),
            None => Self::shown(parts, app).await?,
        };
        parts.extensions.insert(own.clone());
        let Some(look) = parts.headers.get(LOOK) else { return Ok(Self(own)) };
        let look = look.to_str().ok().and_then(|text| text.parse::<Look>().ok());
        let Look { college, id } = look.ok_or(Refusal::NotFound)?;
        let reads = parts.method.is_safe();
        Ok(Self(impersonations::look_as((college, id), reads, &own, app).await?))
    }
}

impl SignedIn {
    /// Whose token the request shows.
    async fn shown(parts: &Parts, app: &App) -> Result<Caller, Problem> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or(Refusal::Unauthenticated)?;
        Ok(authenticate::authenticate(token, app).await?)
    }
}

/// Names a look at the hub as somebody else sees it.
const LOOK: HeaderName = HeaderName::from_static("x-hub-look");

/// Which look: its college, a stop, its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// The college of whom is looked at.
    pub college: CollegeId,
    /// The look.
    pub id: ImpersonationId,
}

impl std::fmt::Display for Look {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.college, self.id)
    }
}

impl std::str::FromStr for Look {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (college, id) = text.split_once('.').ok_or(())?;
        let (college, id) = (college.parse().map_err(drop)?, id.parse().map_err(drop)?);
        Ok(Self { college, id })
    }
}

/// Somebody with a right, who showed a short time ago who they are: for what weighs more than reading and writing.
pub(super) struct SteppedUp<T>(pub T);

impl<T> FromRequestParts<Arc<App>> for SteppedUp<T>
where
    T: FromRequestParts<Arc<App>, Rejection = Problem> + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        // Whoever lacks the right is told so, whatever they show.
        let permitted = T::from_request_parts(parts, app).await?;
        let SignedIn(caller) = SignedIn::from_request_parts(parts, app).await?;
        step_up::require(&caller, app).await?;
        Ok(Self(permitted))
    }
}

/// Somebody who may decide on what waits, and who that is.
pub(super) struct AsReviewer(pub Reviewer, pub Caller);

impl FromRequestParts<Arc<App>> for AsReviewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let SignedIn(caller) = SignedIn::from_request_parts(parts, app).await?;
        let reviewer = caller.as_reviewer().ok_or(Refusal::Forbidden)?;
        Ok(Self(reviewer, caller))
    }
}

/// Extractors that yield a [`Caller`] who holds one right.
macro_rules! permitted {
    ($($(#[$doc:meta])* $name:ident = $permission:expr),+ $(,)?) => {$(
        $(#[$doc])*
        pub(super) struct $name(pub Caller);

        impl FromRequestParts<Arc<App>> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
                let SignedIn(caller) = SignedIn::from_request_parts(parts, app).await?;
                if caller.may($permission) { Ok(Self(caller)) } else { Err(Refusal::Forbidden.into()) }
            }
        }
    )+};
}

permitted! {
    /// A student who may make drafts.
    AsAuthor = Permission::CreateAchievement,
    /// A student, graduated or not, for what they have.
    AsStudent = Permission::KeepAchievements,
    /// Somebody who may write schemes of activity points.
    AsPointKeeper = Permission::ManagePoints,
    /// Somebody who may enter events that several achievements speak of.
    AsEventKeeper = Permission::EnterEvents,
    /// A student who may take their portfolio with them.
    AsPortfolioOwner = Permission::ExportPortfolio,
    /// Somebody who may revoke credentials.
    AsRevoker = Permission::RevokeCredential,
    /// A college admin, for all that one reviewer approved.
    AsApprovalRevoker = Permission::RevokeApprovals,
    /// A college admin, for what is issued many at a time.
    AsBatchIssuer = Permission::BatchIssue,
    /// Somebody who may see the college's people.
    AsMemberReader = Permission::SeeMembers,
    /// Somebody who may confirm registrations.
    AsConfirmer = Permission::ConfirmMember,
    /// Somebody who may give and end roles; which, the use case asks.
    AsGranter = Permission::GrantRoles,
    /// A college admin, for what becomes of accounts and records.
    AsMemberKeeper = Permission::ManageMembers,
    /// Somebody who may look at the hub as another sees it.
    AsOnlooker = Permission::Impersonate,
    /// Somebody who may put a queue into other hands.
    AsDelegator = Permission::Delegate,
    /// Somebody who may say who sees what first.
    AsRouter = Permission::RouteReviews,
    /// Somebody who runs the hub.
    AsHubAdmin = Permission::ManageColleges,
    /// A college admin, for the roster.
    AsRosterKeeper = Permission::ManageRoster,
    /// A college admin, for invitations.
    AsInviter = Permission::InviteStaff,
    /// A college admin, for how people log in.
    AsIdentityKeeper = Permission::ManageIdentity,
    /// A college admin, for the accounts of software.
    AsServiceKeeper = Permission::ManageServices,
    /// A college admin, for the room that files may take.
    AsRoomKeeper = Permission::ManageRoom,
    /// Somebody who may read the audit; how far, the use case asks.
    AsAuditReader = Permission::ReadAudit,
    /// Somebody who may see the college's keys.
    AsKeyReader = Permission::SeeKeys,
    /// A key manager.
    AsKeyManager = Permission::RotateKeys,
    /// Somebody who answers for keys: may freeze one, and is one of two persons.
    AsKeyGuard = Permission::FreezeKeys,
}

/// Somebody who may be one of two persons for something; for what, the use case asks.
pub(super) struct AsSecondPerson(pub Caller);

impl FromRequestParts<Arc<App>> for AsSecondPerson {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let SignedIn(caller) = SignedIn::from_request_parts(parts, app).await?;
        let may = [Permission::FreezeKeys, Permission::RevokeCredential];
        if may.iter().any(|permission| caller.may(*permission)) {
            Ok(Self(caller))
        } else {
            Err(Refusal::Forbidden.into())
        }
    }
}

/// Software that may issue for its college.
pub(super) struct AsService(pub ServiceAccount);

impl FromRequestParts<Arc<App>> for AsService {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or(Refusal::Unauthenticated)?;
        Ok(Self(service_accounts::authenticate(token, app).await?))
    }
}

/// A JSON body: unknown fields, wrong types and broken JSON are a problem of their own.
pub(super) struct ValidJson<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ValidJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(JsonRejection::BytesRejection(_)) => {
                Err(Refusal::TooLarge("The body is too large.".into()).into())
            }
            Err(rejection) => Err(Problem::malformed(rejection.body_text())),
        }
    }
}

/// A form with files, to be read part by part.
pub(super) struct FileForm(pub Multipart);

impl<S: Send + Sync> FromRequest<S> for FileForm {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let form = Multipart::from_request(request, state).await;
        form.map(Self).map_err(|rejection| Problem::malformed(rejection.body_text()))
    }
}

/// A path parameter; one that cannot be parsed names nothing, like an unknown one.
pub(super) struct Id<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(id) =
            Path::<T>::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
        Ok(Self(id))
    }
}

/// A query string; unknown filters are refused by `deny_unknown_fields` of its type.
pub(super) struct Filter<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Filter<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query
            .map(|Query(filter)| Self(filter))
            .map_err(|rejection| Problem::malformed(rejection.body_text()))
    }
}

/// The version that If-Match names (RFC 9110 §13.1.1); an operation that needs one is refused without.
pub(super) struct IfMatch(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let header = parts.headers.get(IF_MATCH).ok_or(Refusal::PreconditionRequired)?;
        let version = header.to_str().ok().and_then(parse_etag);
        Ok(Self(version.ok_or_else(|| Problem::malformed("If-Match holds no ETag of this hub."))?))
    }
}

/// `If-None-Match: *`: make it only where there is none.
pub(super) struct OnlyNew;

impl<S: Send + Sync> FromRequestParts<S> for OnlyNew {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let star = parts.headers.get(IF_NONE_MATCH).is_some_and(|value| value == "*");
        if star { Ok(Self) } else { Err(Refusal::PreconditionRequired.into()) }
    }
}

/// A version as an entity tag.
pub(super) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// The version of an entity tag of ours, quoted or bare.
pub(super) fn parse_etag(text: &str) -> Option<i64> {
    text.trim().trim_matches('"').parse().ok()
}

/// `limit` (1 to 100, 25 unless told) and `cursor`.
pub(super) fn page_request(
    limit: Option<i64>,
    cursor: Option<&str>,
) -> Result<PageRequest, Problem> {
    let limit = limit.unwrap_or(25);
    if !(1..=100).contains(&limit) {
        return Err(Problem::malformed("`limit` must be between 1 and 100."));
    }
    let after = match cursor {
        None | Some("") => None,
        Some(text) => Some(
            Cursor::decode(text)
                .ok_or_else(|| Problem::malformed("`cursor` is not one of this list."))?,
        ),
    };
    Ok(PageRequest { limit, after })
}
