//! The alarm between colleges (B1): every operation of the OpenAPI document, asked by members of another college.
//!
//! A thing of college A must answer to B exactly as a thing that does not exist, and as an id that is none; no answer
//! to B may hold an id of A. An operation without a probe here fails the test. Who may do what inside a college is the
//! table of `rights.txt`, which `rights.rs` holds against the same probes.

use std::collections::{BTreeMap, BTreeSet};

use hub::app::invitations::OfferedRole;
use hub::domain::member::{Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::keys::step;
use crate::lifecycle::{approved, content, submitted};
use crate::notify::push::subscribed;
use crate::support::{Answer, Client, TestCollege, TestHub, sign_in, text};

/// What stands at college A, for B to reach for.
pub struct Targets {
    achievement: String,
    evidence: String,
    decision: String,
    credential: String,
    export: String,
    key: String,
    confirmation: String,
    member: String,
    invitation: String,
    service_account: String,
    service_credential: String,
    batch: String,
    grant: String,
    delegation: String,
    impersonation: String,
    member_change: String,
    college: String,
    upload: String,
    share: String,
    event: String,
    scheme: String,
    binding: String,
    session: String,
    passkey: String,
    push_subscription: String,
}

/// An operation with what to send: the parameters are filled with A's ids, or with ids of nobody.
pub struct Probe {
    pub method: &'static str,
    pub path: &'static str,
    body: Value,
}

fn probe(method: &'static str, path: &'static str, body: Value) -> Probe {
    Probe { method, path, body }
}

/// Operations on things of a college.
pub fn private_probes() -> Vec<Probe> {
    let none = || Value::Null;
    vec![
        probe("get", "/api/achievements", none()),
        probe("post", "/api/achievements", content("Mine")),
        probe("get", "/api/achievements/{id}", none()),
        probe("patch", "/api/achievements/{id}", json!({ "title": "Taken over" })),
        probe("delete", "/api/achievements/{id}", none()),
        probe("get", "/api/achievements/{id}/timeline", none()),
        probe("get", "/api/achievements/{id}/credential", none()),
        probe("post", "/api/achievements/{id}/submit", none()),
        probe("post", "/api/achievements/{id}/withdraw", none()),
        probe("post", "/api/achievements/{id}/amend", none()),
        probe("delete", "/api/achievements/{id}/amend", none()),
        probe("post", "/api/achievements/{id}/appeal", none()),
        probe("post", "/api/achievements/{id}/correction/confirm", none()),
        probe("post", "/api/achievements/{id}/correction/decline", json!({ "text": "No." })),
        probe("get", "/api/achievements/{id}/revisions", none()),
        probe("get", "/api/achievements/{id}/diff?from=1&to=1", none()),
        probe("get", "/api/achievements/{id}/comments", none()),
        probe("post", "/api/achievements/{id}/comments", json!({ "text": "Hello" })),
        probe("post", "/api/achievements/{id}/claim", none()),
        probe("delete", "/api/achievements/{id}/claim", none()),
        probe("post", "/api/achievements/{id}/evidence", json!("multipart")),
        probe(
            "patch",
            "/api/achievements/{id}/evidence/{evidence}",
            json!({ "caption": "Theirs" }),
        ),
        probe("delete", "/api/achievements/{id}/evidence/{evidence}", none()),
        probe("post", "/api/achievements/{id}/decisions", json!({ "action": "approve" })),
        probe("post", "/api/achievements/{id}/decisions/{decision}/undo", none()),
        probe(
            "post",
            "/api/decisions/bulk",
            json!({ "action": "approve", "items": [{ "id": "{achievement}", "etag": "\"1\"" }] }),
        ),
        probe("get", "/api/achievements/{id}/evidence", none()),
        probe("get", "/api/uploads", none()),
        probe(
            "post",
            "/api/uploads",
            json!({ "achievement": "{achievement}", "name": "x.jpg", "size": 9 }),
        ),
        probe("get", "/api/uploads/{id}", none()),
        probe("patch", "/api/uploads/{id}", json!({})),
        probe("delete", "/api/uploads/{id}", none()),
        probe("get", "/api/settings/evidence", none()),
        probe("patch", "/api/settings/evidence", json!({ "per_student": 26_214_400 })),
        probe("get", "/api/portfolio/shares", none()),
        probe("post", "/api/portfolio/shares", json!({ "achievements": ["{achievement}"] })),
        probe("get", "/api/portfolio/shares/{id}", none()),
        probe("patch", "/api/portfolio/shares/{id}", json!({ "evidence": true })),
        probe("delete", "/api/portfolio/shares/{id}", none()),
        probe("get", "/api/evidence/{id}/content", none()),
        probe("get", "/api/evidence/{id}/thumb", none()),
        probe("get", "/api/audit", none()),
        probe("get", "/api/audit/export", none()),
        probe("get", "/api/categories", none()),
        probe("patch", "/api/credentials/{id}", json!({ "visibility": "closed" })),
        probe("get", "/api/credentials/batch", none()),
        probe("post", "/api/credentials/batch", json!({ "reissue": ["{credential}"] })),
        probe("get", "/api/credentials/batch/{id}", none()),
        probe(
            "post",
            "/api/credentials/{id}/revoke",
            json!({ "reason": "fraud", "text": "Not mine to say." }),
        ),
        probe(
            "post",
            "/api/credentials/revocations",
            json!({ "approver": "{member}", "since": "2026-01-01T00:00:00Z", "reason": "error", "text": "Not mine to say." }),
        ),
        probe("get", "/api/achievements/{id}/points", none()),
        probe("get", "/api/me/points", none()),
        probe("get", "/api/students/{id}/points", none()),
        probe("patch", "/api/students/{id}/points", json!({ "kind": "pwd" })),
        probe("get", "/api/point-schemes", none()),
        probe("post", "/api/point-schemes", json!({ "name": "Theirs", "preset": "ktu_2024" })),
        probe("get", "/api/point-schemes/presets", none()),
        probe(
            "post",
            "/api/point-schemes/simulate",
            json!({ "preset": "ktu_2024", "student": "{member}" }),
        ),
        probe("get", "/api/point-schemes/{id}", none()),
        probe("post", "/api/point-schemes/{id}", json!({ "preset": "ktu_2024" })),
        probe("delete", "/api/point-schemes/{id}", none()),
        probe("get", "/api/point-bindings", none()),
        probe("post", "/api/point-bindings", json!({ "scheme": "{scheme}", "version": 1 })),
        probe("delete", "/api/point-bindings/{id}", none()),
        probe("get", "/api/keys", none()),
        probe("post", "/api/keys", json!({ "purpose": "credentials" })),
        probe("get", "/api/keys/{id}", none()),
        probe("get", "/api/keys/{id}/affected", none()),
        probe("post", "/api/keys/{id}/activate", none()),
        probe("post", "/api/keys/{id}/rotate", none()),
        probe("post", "/api/keys/{id}/request", none()),
        probe("post", "/api/keys/{id}/certificate", json!({ "certificates": "" })),
        probe("post", "/api/keys/import", json!({ "file": "", "password": "" })),
        probe("post", "/api/keys/{id}/retire", none()),
        probe("post", "/api/keys/{id}/freeze", json!({ "reason": "It looks wrong." })),
        probe("post", "/api/keys/{id}/unfreeze", json!({ "reason": "It looked wrong." })),
        probe(
            "post",
            "/api/keys/{id}/compromise",
            json!({ "since": "2026-11-01T00:00:00Z", "reason": "It is gone.", "affected": { "credentials": 1, "portfolios": 1 } }),
        ),
        probe("get", "/api/confirmations", none()),
        probe("get", "/api/confirmations/{id}", none()),
        probe("post", "/api/confirmations/{id}/confirm", json!({})),
        probe("post", "/api/confirmations/{id}/decline", json!({ "comment": "No." })),
        probe("get", "/api/notifications", none()),
        probe("post", "/api/notifications/read", json!({ "up_to": "{achievement}" })),
        probe("get", "/api/notifications/preferences", none()),
        probe("patch", "/api/notifications/preferences", json!({ "digest_hour": 6 })),
        probe("get", "/api/push-subscriptions", none()),
        probe(
            "post",
            "/api/push-subscriptions",
            json!({ "endpoint": "https://10.0.0.1/", "keys": { "p256dh": "x", "auth": "y" } }),
        ),
        probe("delete", "/api/push-subscriptions/{id}", none()),
        probe("post", "/api/portfolio/exports", json!({ "achievements": ["{achievement}"] })),
        probe("get", "/api/portfolio/exports", none()),
        probe("get", "/api/portfolio/exports/{id}", none()),
        probe("get", "/api/portfolio/exports/{id}/file", none()),
        probe("post", "/api/portfolio/preview", json!({ "achievements": ["{achievement}"] })),
        probe("get", "/api/portfolio.pdf", none()),
        probe("get", "/api/review/queue", none()),
        probe("get", "/api/review/stats", none()),
        probe("get", "/api/events", none()),
        probe("post", "/api/events", json!({ "name": "Their event" })),
        probe("get", "/api/teams", none()),
        probe("post", "/api/teams", json!({ "name": "Theirs", "event": "{event}" })),
        probe("get", "/api/me", none()),
        probe("patch", "/api/me", json!({ "language": "ta" })),
        probe("get", "/api/members", none()),
        probe("post", "/api/members/{id}/confirm", none()),
        probe("get", "/api/members/{id}", none()),
        probe(
            "patch",
            "/api/members/{id}",
            json!({ "full_name": "Not Theirs", "reason": "Taken over." }),
        ),
        probe("post", "/api/members/{id}/reactivate", none()),
        probe("post", "/api/members/{id}/password", none()),
        probe("post", "/api/members/{id}/factors", json!({ "reason": "Lost." })),
        probe(
            "post",
            "/api/members/graduations",
            json!({ "csv": "roll_number\n", "dry_run": true }),
        ),
        probe("get", "/api/me/record-changes", none()),
        probe("post", "/api/me/record-changes", json!({ "programme": "NONE", "reason": "Moved." })),
        probe("delete", "/api/me/record-changes/{id}", none()),
        probe("get", "/api/member-changes", none()),
        probe("post", "/api/member-changes/{id}/accept", json!({})),
        probe("post", "/api/member-changes/{id}/decline", json!({})),
        probe("get", "/api/roles/grants", none()),
        probe(
            "post",
            "/api/roles/grants",
            json!({ "member": "{member}", "role": "report_coordinator" }),
        ),
        probe("delete", "/api/roles/grants/{id}", none()),
        probe("get", "/api/review/delegations", none()),
        probe(
            "post",
            "/api/review/delegations",
            json!({ "to": "{member}", "ends_at": "2099-01-01T00:00:00Z" }),
        ),
        probe("delete", "/api/review/delegations/{id}", none()),
        probe("get", "/api/review/routing", none()),
        probe("put", "/api/review/routing", json!({ "rules": [], "second_reviewer": [] })),
        probe("get", "/api/me/impersonations", none()),
        probe("get", "/api/admin/impersonations", none()),
        probe(
            "post",
            "/api/admin/impersonations",
            json!({ "member": "{member}", "reason": "Curious." }),
        ),
        probe("delete", "/api/admin/impersonations/{id}", none()),
        probe("get", "/api/admin/colleges", none()),
        probe("post", "/api/admin/colleges", json!({})),
        probe("get", "/api/admin/colleges/{id}", none()),
        probe("patch", "/api/admin/colleges/{id}", json!({ "reason": "Less." })),
        probe("post", "/api/admin/colleges/{id}/suspend", json!({ "reason": "Rivals." })),
        probe("post", "/api/admin/colleges/{id}/resume", json!({ "reason": "Rivals." })),
        probe(
            "post",
            "/api/admin/colleges/{id}/admins",
            json!({ "email": "me@b.example", "reason": "Rivals." }),
        ),
        probe("get", "/api/admin/colleges/{id}/confirmations", none()),
        probe(
            "post",
            "/api/admin/colleges/{id}/confirmations/{confirmation}/confirm",
            json!({ "reason": "Yes." }),
        ),
        probe(
            "post",
            "/api/admin/colleges/{id}/confirmations/{confirmation}/decline",
            json!({ "reason": "No." }),
        ),
        probe("get", "/api/admin/held-colleges", none()),
        probe("post", "/api/admin/held-colleges/{id}/release", json!({ "reason": "Yes." })),
        probe("post", "/api/admin/held-colleges/{id}/decline", json!({ "reason": "No." })),
        probe("get", "/api/admin/jobs", none()),
        probe("get", "/api/roster", none()),
        probe(
            "post",
            "/api/roster/imports",
            json!({ "csv": "roll_number,full_name,programme,batch\n", "dry_run": true }),
        ),
        probe("get", "/api/invitations", none()),
        probe(
            "post",
            "/api/invitations",
            json!({ "email": "new@b.example", "roles": [{ "role": "faculty" }] }),
        ),
        probe("delete", "/api/invitations/{id}", none()),
        probe("get", "/api/service-accounts", none()),
        probe("post", "/api/service-accounts", json!({ "name": "Theirs" })),
        probe("delete", "/api/service-accounts/{id}", none()),
        probe("get", "/api/service-credentials", none()),
        probe(
            "post",
            "/api/service-credentials/{id}/revoke",
            json!({ "reason": "fraud", "text": "Not mine to say." }),
        ),
        probe("get", "/api/sessions", none()),
        probe("delete", "/api/sessions", none()),
        probe("delete", "/api/sessions/{id}", none()),
        probe("post", "/api/step-up", json!({ "password": "not the password" })),
        probe("post", "/api/step-up/passkey", none()),
        probe("get", "/api/second-factor", none()),
        // Before the next one begins with an app.
        probe("delete", "/api/second-factor/totp", none()),
        probe("post", "/api/second-factor/totp", none()),
        probe("post", "/api/second-factor/totp/confirm", json!({ "code": "no code" })),
        probe("post", "/api/second-factor/recovery-codes", none()),
        probe("get", "/api/passkeys", none()),
        probe("post", "/api/passkeys/options", none()),
        probe(
            "post",
            "/api/passkeys",
            json!({ "name": "Theirs", "ceremony": "none", "credential": {} }),
        ),
        probe("patch", "/api/passkeys/{id}", json!({ "name": "Theirs" })),
        probe("delete", "/api/passkeys/{id}", none()),
        probe("get", "/api/settings/identity", none()),
        probe("put", "/api/settings/identity", json!({ "staff_second_factor": false })),
        probe("get", "/api/settings/oidc", none()),
        probe(
            "put",
            "/api/settings/oidc",
            json!({ "issuer": "https://login.example", "client_id": "x", "client_secret": "y", "email_domains": ["b.example"] }),
        ),
        probe("delete", "/api/settings/oidc", none()),
        probe("post", "/credentials/issue", json!({ "credential": {} })),
        // Last: it makes a thing of the caller's own under the id.
        probe("put", "/api/achievements/{id}", content("Mine")),
        // Last: whose account these change asks before.
        probe("post", "/api/members/{id}/graduate", json!({})),
        probe("post", "/api/members/{id}/deactivate", json!({ "reason": "Gone." })),
    ]
}

/// Operations that need nobody to be signed in, and what holds for them instead (their own tests say it in full).
pub fn public_operations() -> BTreeSet<(&'static str, &'static str)> {
    BTreeSet::from([
        ("get", "/api/colleges"),
        ("get", "/api/colleges/{slug}"),
        ("get", "/api/colleges/{slug}/logo"),
        ("post", "/api/register"),
        ("post", "/api/email/verify"),
        ("post", "/api/password/reset"),
        ("post", "/api/password/reset/confirm"),
        ("get", "/api/invitations/{id}"),
        ("post", "/api/invitations/{id}/accept"),
        ("post", "/api/token"),
        ("post", "/api/token/refresh"),
        ("post", "/api/token/revoke"),
        ("post", "/api/token/passkey"),
        ("post", "/api/token/passkey/options"),
        ("post", "/api/token/second-factor"),
        ("post", "/api/token/second-factor/passkey"),
        ("get", "/api/oidc/{slug}/start"),
        ("get", "/api/oidc/callback"),
        ("post", "/api/verify"),
        ("post", "/api/verify/batch"),
        ("post", "/api/verify/receipts"),
        ("get", "/api/verify/{slug}/{id}"),
        ("post", "/credentials/verify"),
        ("post", "/presentations/verify"),
    ])
}

#[test]
fn every_operation_has_a_probe() {
    let document = serde_json::to_value(hub::http::openapi()).unwrap();
    let probes = private_probes();
    let known = |method: &str, path: &str| {
        public_operations().contains(&(method, path))
            || probes
                .iter()
                .any(|probe| (probe.method, probe.path.split('?').next()) == (method, Some(path)))
    };
    let mut unknown = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            if !known(method, path) {
                unknown.push(format!("{method} {path}"));
            }
            let open = public_operations().contains(&(method.as_str(), path.as_str()));
            assert_eq!(
                operation.get("security").is_none(),
                open,
                "{method} {path}: does it ask for a token or not?"
            );
        }
    }
    assert!(unknown.is_empty(), "tests/it/strangers.rs has no probe for {unknown:?}");
}

#[tokio::test]
async fn a_strangers_thing_answers_like_no_thing_at_all() {
    let hub = TestHub::start_named().await;
    let (a, b) = (hub.college("alpha").await, hub.college("beta").await);
    let student = a.student("Student Of Alpha").await;
    let targets = targets(&a, &student, &hub).await;
    let people = everybody(&b).await;
    for probe in private_probes() {
        let (method, path) = (probe.method, probe.path);
        for (role, person) in &people {
            // The student has made a thing of their own of this id, in the same college.
            if (method, path, *role) == ("put", "/api/achievements/{id}", "organizer") {
                continue;
            }
            let theirs = ask(&probe, person, &targets).await;
            let nobodys = ask(&probe, person, &nobody()).await;
            assert_eq!(
                told(&theirs),
                told(&nobodys),
                "{method} {path} tells {role} that the thing exists"
            );
            // `put` makes a thing of the caller's own under the id.
            let leaked =
                targets.all().into_iter().find(|id| method != "put" && contains(&theirs, id));
            assert_eq!(leaked, None, "{method} {path} shows {role} something of another college");
            if path.contains('{') && method != "put" {
                let no_ids = ask(&probe, person, &malformed()).await;
                assert_eq!(
                    told(&no_ids),
                    told(&nobodys),
                    "{method} {path} tells {role} what an id looks like"
                );
            }
        }
    }
}

/// Somebody of each role.
pub async fn everybody(college: &TestCollege) -> Vec<(&'static str, Client)> {
    let staff =
        async |name: &str, role, scope| college.staff(name, &[OfferedRole { role, scope }]).await;
    let categories = college.admin.get("/api/categories/").await.ok(200);
    let category = Scope::Category(text(&categories[0]["id"]).parse().unwrap());
    vec![
        ("student", college.student("A Student").await),
        ("organizer", college.organizer("An Organizer", category).await),
        ("faculty", college.faculty("A Reviewer").await),
        ("head", college.head("A Head", "CSE").await),
        ("coordinator", staff("A Coordinator", Role::ReportCoordinator, Scope::College).await),
        ("key manager", college.key_manager("A Key Manager").await),
        ("admin", college.admin.clone()),
    ]
}

#[tokio::test]
async fn nobody_gets_in_without_a_token() {
    let hub = TestHub::start().await;
    for probe in private_probes() {
        let answer = ask(&probe, &hub.anonymous(), &nobody()).await;
        assert_eq!(answer.status, 401, "{} {}: {}", probe.method, probe.path, answer.body);
    }
}

impl Targets {
    fn all(&self) -> Vec<&str> {
        let ids = [
            &self.achievement,
            &self.evidence,
            &self.decision,
            &self.credential,
            &self.export,
            &self.key,
            &self.confirmation,
            &self.member,
            &self.invitation,
            &self.service_account,
            &self.service_credential,
            &self.batch,
            &self.grant,
            &self.delegation,
            &self.impersonation,
            &self.member_change,
            &self.college,
            &self.upload,
            &self.share,
            &self.event,
            &self.scheme,
            &self.binding,
            &self.session,
            &self.passkey,
            &self.push_subscription,
        ];
        ids.into_iter().map(String::as_str).collect()
    }
}

/// Ids of nothing.
fn nobody() -> Targets {
    ids_by(|| Uuid::new_v4().to_string())
}

/// No ids at all.
fn malformed() -> Targets {
    ids_by(|| "not-an-id".to_owned())
}

fn ids_by(id: impl Fn() -> String) -> Targets {
    Targets {
        achievement: id(),
        evidence: id(),
        decision: id(),
        credential: id(),
        export: id(),
        key: id(),
        confirmation: id(),
        member: id(),
        invitation: id(),
        service_account: id(),
        service_credential: id(),
        batch: id(),
        grant: id(),
        delegation: id(),
        impersonation: id(),
        member_change: id(),
        college: id(),
        upload: id(),
        share: id(),
        event: id(),
        scheme: id(),
        binding: id(),
        session: id(),
        passkey: id(),
        push_subscription: id(),
    }
}

/// What stands at a college, most of it of this student.
pub async fn targets(college: &TestCollege, student: &Client, hub: &TestHub) -> Targets {
    let faculty = college.faculty("Faculty Of Alpha").await;
    let seen = approved(student, &faculty, "Approved at alpha").await;
    submitted(student, "Waiting at alpha").await;
    let export = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    let manager = college.key_manager("Key Manager Of Alpha").await;
    let keys = manager.get("/api/keys/").await.ok(200);
    let log = keys.as_array().unwrap().iter().find(|key| key["purpose"] == "log").unwrap();
    let reason = json!({ "reason": "It looks wrong." });
    let log = step(&manager, log, "freeze", reason.clone()).await.ok(200);
    let confirmation = step(&manager, &log, "unfreeze", reason).await.ok(202);
    let invited = college
        .admin
        .post(
            "/api/invitations/",
            json!({ "email": "waits@alpha.example", "roles": [{ "role": "faculty" }] }),
        )
        .await
        .ok(201);
    let account = college.admin.post("/api/service-accounts/", json!({ "name": "Library" })).await;
    let account = account.ok(201);
    let software = college.admin.with_token(&text(&account["token"]));
    let draft = json!({ "credential": crate::vc_api::draft() });
    let issued = software.post("/credentials/issue", draft).await.ok(201);
    let anew = json!({ "reissue": [seen["credential"]["id"]] });
    let batch = college.admin.post("/api/credentials/batch/", anew).await.ok(202);
    let grants = college.admin.get("/api/roles/grants/").await.ok(200);
    let other = college.faculty("Other Faculty Of Alpha").await;
    let lent = json!({ "to": other.member.unwrap(), "ends_at": "2027-01-01T00:00:00Z" });
    let delegation = faculty.post("/api/review/delegations/", lent).await.ok(201);
    let look = json!({ "member": student.member.unwrap(), "reason": "A student asked for help." });
    let look = college.admin.post("/api/admin/impersonations/", look).await.ok(201);
    let change = json!({ "full_name": "Another Name", "reason": "A deed." });
    let change = student.post("/api/me/record-changes/", change).await.ok(201);
    let draft = crate::lifecycle::draft(student, "A draft at alpha").await;
    let upload = json!({ "achievement": draft["id"], "name": "x.jpg", "size": 9 });
    let upload = student.post("/api/uploads/", upload).await.ok(201);
    let share = student.post("/api/portfolio/shares/", json!({})).await.ok(201);
    let event = json!({ "name": "Hackathon of alpha" });
    let event = college.admin.post("/api/events/", event).await.ok(201);
    let scheme = json!({ "name": "Of alpha", "preset": "ktu_2024" });
    let scheme = college.admin.post("/api/point-schemes/", scheme).await.ok(201);
    let binding = json!({ "scheme": scheme["id"], "version": 1 });
    let binding = college.admin.post("/api/point-bindings/", binding).await.ok(201);
    Targets {
        achievement: text(&seen["id"]),
        evidence: text(&seen["evidence"][0]["id"]),
        decision: text(&seen["last_decision"]["id"]),
        credential: text(&seen["credential"]["id"]),
        export: text(&export["id"]),
        key: text(&keys[0]["id"]),
        confirmation: text(&confirmation["id"]),
        member: student.member.unwrap().to_string(),
        invitation: text(&invited["id"]),
        service_account: text(&account["id"]),
        service_credential: text(&issued["verifiableCredential"]["id"])[..]
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned(),
        batch: text(&batch["batch"]),
        grant: text(&grants["results"][0]["id"]),
        delegation: text(&delegation["id"]),
        impersonation: text(&look["id"]),
        member_change: text(&change["id"]),
        college: college.id.to_string(),
        upload: text(&upload["id"]),
        share: text(&share["id"]),
        event: text(&event["id"]),
        scheme: text(&scheme["id"]),
        binding: text(&binding["id"]),
        session: another_session(student, &college.slug, hub).await,
        passkey: crate::passkeys::registered(student).await,
        push_subscription: subscribed(student).await,
    }
}

/// A session of theirs on another device, so that who ends it can go on.
async fn another_session(person: &Client, college: &str, hub: &TestHub) -> String {
    let ids = async || {
        let sessions = person.get("/api/sessions/").await.ok(200);
        let ids = sessions.as_array().unwrap().iter().map(|row| text(&row["id"]));
        ids.collect::<Vec<_>>()
    };
    let before = ids().await;
    sign_in(&person.email, college, &hub.app).await;
    ids().await.into_iter().find(|id| !before.contains(id)).unwrap()
}

pub async fn ask(probe: &Probe, person: &Client, targets: &Targets) -> Answer {
    let id = match probe.path.split('/').nth(2) {
        Some("achievements") => &targets.achievement,
        Some("evidence") => &targets.evidence,
        Some("credentials") if probe.path.contains("/batch/") => &targets.batch,
        Some("credentials") => &targets.credential,
        Some("keys") => &targets.key,
        Some("confirmations") => &targets.confirmation,
        Some("portfolio") if probe.path.contains("/shares/") => &targets.share,
        Some("portfolio") => &targets.export,
        Some("students") => &targets.member,
        Some("point-schemes") => &targets.scheme,
        Some("point-bindings") => &targets.binding,
        Some("uploads") => &targets.upload,
        Some("members") => &targets.member,
        Some("roles") => &targets.grant,
        Some("review") => &targets.delegation,
        Some("me" | "member-changes") => &targets.member_change,
        Some("admin") if probe.path.contains("/impersonations/") => &targets.impersonation,
        Some("admin") => &targets.college,
        Some("invitations") => &targets.invitation,
        Some("service-accounts") => &targets.service_account,
        Some("service-credentials") => &targets.service_credential,
        Some("sessions") => &targets.session,
        Some("passkeys") => &targets.passkey,
        Some("push-subscriptions") => &targets.push_subscription,
        _ => "none",
    };
    let path = probe
        .path
        .replace("{id}", id)
        .replace("{evidence}", &targets.evidence)
        .replace("{decision}", &targets.decision)
        .replace("{confirmation}", &targets.confirmation);
    // Without it the stranger would end the session that asks.
    let path = if path == "/api/sessions" { format!("{path}?others_only=true") } else { path };
    let method: Method = probe.method.to_uppercase().parse().unwrap();
    let mut request = person.request(method, &path);
    request = if probe.path == "/api/achievements/{id}" && probe.method == "put" {
        request.header("If-None-Match", "*")
    } else {
        request.header("If-Match", "\"1\"").header("Upload-Offset", "0")
    };
    request = match &probe.body {
        Value::Null => request,
        Value::String(_) => {
            let part =
                reqwest::multipart::Part::bytes(crate::lifecycle::picture(1)).file_name("x.jpg");
            request.multipart(reqwest::multipart::Form::new().part("file", part))
        }
        body => {
            let body: Value = serde_json::from_str(
                &body
                    .to_string()
                    .replace("{achievement}", &targets.achievement)
                    .replace("{credential}", &targets.credential)
                    .replace("{member}", &targets.member)
                    .replace("{event}", &targets.event)
                    .replace("{scheme}", &targets.scheme),
            )
            .unwrap();
            request.json(&body)
        }
    };
    person.send(request).await
}

/// All that an answer tells: its head, and its body octet by octet where it is a problem, but for trace ids.
fn told(answer: &Answer) -> (u16, BTreeMap<String, String>, String) {
    let headers = answer.headers.iter().filter(|(name, _)| {
        let moving = ["date", "content-length", "retry-after", "etag", "location", "x-request-id"];
        !moving.contains(&name.as_str())
    });
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let body = match answer.body["trace_id"].as_str() {
        Some(trace) => String::from_utf8_lossy(&answer.bytes).replace(trace, "-"),
        None => masked(&answer.body).to_string(),
    };
    (answer.status, headers.collect(), body)
}

/// What differs between any two answers: trace ids, fresh ids and times, and the id that was asked for.
fn masked(body: &Value) -> Value {
    match body {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| {
                let fresh =
                    matches!(
                        name.as_str(),
                        "trace_id" | "instance" | "id" | "expires_at" | "token"
                    ) || matches!(
                        name.as_str(),
                        "secret" | "otpauth" | "qr_svg" | "ceremony" | "options"
                    ) || matches!(name.as_str(), "kid" | "fingerprint" | "public_key_multibase")
                        || name.ends_with("_at");
                (name.clone(), if fresh { Value::Null } else { masked(value) })
            })
            .collect(),
        Value::Array(items) if items.iter().all(|item| item.get("id").is_some()) => json!("a list"),
        Value::Array(items) => items.iter().map(masked).collect(),
        other => other.clone(),
    }
}

/// Ids that the request itself named do not count as told.
fn contains(answer: &Answer, id: &str) -> bool {
    let named_by_request = answer.body.get("results").is_some_and(|results| {
        results.as_array().is_some_and(|items| {
            items.iter().any(|item| item["outcome"] == "failed" && item["id"] == id)
        })
    });
    !named_by_request && String::from_utf8_lossy(&answer.bytes).contains(id)
}
