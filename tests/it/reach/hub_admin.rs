//! Those who run the hub: colleges are created, held, suspended, limited; each time that college is told.

use reqwest::Method;
use serde_json::{Value, json};

use super::{events, hub_admin, inside_hub, notice};
use crate::lifecycle::{act, approved, content, hub_with_college, inside, submitted, verify};
use crate::support::{CONSENT, Client, PASSWORD, TestHub, pointers, text};

fn new_college(slug: &str, name: &str) -> Value {
    json!({
        "slug": slug, "name": name, "consent_version": CONSENT, "consent_text": "The college may keep it.",
        "departments": [{ "code": "CSE", "name": "Computer Science", "programmes": [{ "code": "BTECH", "name": "B.Tech" }] }],
        "categories": [{
            "code": "competition", "name": "Competition", "description": "For competitions.", "icon": "award",
            "academic": false, "achievement_type": "Achievement", "criteria_narrative": "Somebody has seen it.",
            "checklist": ["The name is right"], "reject_reasons": [{ "code": "fake", "label": "It is fake" }],
            "evidence_required": true,
        }],
        "admin_email": format!("first@{slug}.example"), "storage_quota": 1_000_000,
    })
}

async fn register(operator: &Client, slug: &str) -> Value {
    let list = operator.get("/api/admin/colleges/?limit=100").await.ok(200);
    let found = list["results"].as_array().unwrap().iter().find(|row| row["slug"] == slug);
    found.unwrap().clone()
}

async fn log_in(hub: &TestHub, email: &str) -> crate::support::Answer {
    hub.anonymous().post("/api/token/", json!({ "email": email, "password": PASSWORD })).await
}

#[tokio::test]
async fn a_college_is_created_with_its_keys_and_its_first_admin_is_invited() {
    let hub = TestHub::start().await;
    let operator = hub_admin(&hub, "Ila Rao").await;
    let me = operator.get("/api/me/").await.ok(200);
    assert_eq!(
        (&me["roles"], &me["grants"][0]["role"]),
        (&json!(["super_admin"]), &json!("super_admin"))
    );
    let mut bad = new_college("Bad Slug", "X");
    bad["storage_quota"] = json!(0);
    let refused =
        operator.post("/api/admin/colleges/", bad).await.refused(422, "validation_failed");
    assert_eq!(pointers(&refused), ["/slug", "/name"]);
    let made = operator
        .post("/api/admin/colleges/", new_college("sarvodaya", "Sarvodaya College"))
        .await
        .ok(201);
    assert_eq!((&made["state"], &made["storage_quota"]), (&json!("active"), &json!(1_000_000)));
    let again = new_college("sarvodaya", "Another College");
    operator.post("/api/admin/colleges/", again).await.refused(409, "conflict");
    hub.anonymous().get("/colleges/sarvodaya/did.json").await.ok(200);

    let token = hub.mailed_token("first@sarvodaya.example", "invitation").await;
    let accept = json!({ "full_name": "Asha Menon", "password": PASSWORD });
    hub.anonymous().post(&format!("/api/invitations/{token}/accept/"), accept).await.ok(201);
    let access = log_in(&hub, "first@sarvodaya.example").await.ok(200);
    let admin = hub.anonymous().with_token(&text(&access["access"]));
    assert_eq!(admin.get("/api/me/").await.ok(200)["roles"], json!(["college_admin"]));
    assert!(admin.get("/api/keys/").await.ok(200).as_array().unwrap().len() >= 4);

    // The hub's own tenant is no college, and its people are nobody in one.
    let public = hub.anonymous().get("/api/colleges/?count=true").await.ok(200);
    assert_eq!((&public["count"], &public["results"][0]["slug"]), (&json!(1), &json!("sarvodaya")));
    hub.anonymous().get("/api/colleges/hub/").await.refused(404, "not_found");
    hub.anonymous().get("/colleges/hub/did.json").await.refused(404, "not_found");
    for path in
        ["/api/members/", "/api/keys/", "/api/review/queue/", "/api/roster/", "/api/roles/grants/"]
    {
        operator.get(path).await.refused(403, "forbidden");
    }
    let college = text(&made["id"]);
    for person in [&admin, &hub.anonymous()] {
        let status = if person.access.is_empty() { 401 } else { 403 };
        for path in ["colleges/", "jobs/", "held-colleges/", &format!("colleges/{college}/")] {
            assert_eq!(person.get(&format!("/api/admin/{path}")).await.status, status, "{path}");
        }
    }
}

#[tokio::test]
async fn a_college_that_looks_like_another_waits_for_somebody_else_to_decide() {
    let (hub, _college) = hub_with_college().await;
    let operator = hub_admin(&hub, "Ila Rao").await;
    let second = hub_admin(&hub, "Om Puri").await;
    // The second letter is a Cyrillic o.
    let (slug, name) = ("lookalike", "C\u{043e}llege of anna");
    let held = operator.post("/api/admin/colleges/", new_college(slug, name)).await.ok(202);
    assert_eq!((&held["state"], &held["looks_like"]), (&json!("open"), &json!("anna")));
    hub.anonymous().get("/api/colleges/lookalike/").await.refused(404, "not_found");
    let rn = operator.post("/api/admin/colleges/", new_college("amna", "Amna College")).await;
    assert_eq!(rn.status, 201, "{}", rn.body);
    let rn =
        operator.post("/api/admin/colleges/", new_college("arnna", "Another Name")).await.ok(202);
    assert_eq!(rn["looks_like"], "amna", "rn reads like m");

    let list = operator.get("/api/admin/held-colleges/").await.ok(200);
    let held =
        list.as_array().unwrap().iter().find(|row| row["slug"] == "lookalike").unwrap().clone();
    let path =
        |row: &Value, step: &str| format!("/api/admin/held-colleges/{}/{step}/", text(&row["id"]));
    let reason = json!({ "reason": "Both are real; I called both." });
    let release = path(&held, "release");
    operator.post_seen(&release, &held, reason.clone()).await.refused(403, "same_person");
    second
        .post_seen(&release, &held, json!({ "reason": "" }))
        .await
        .refused(422, "validation_failed");
    let released = second.post_seen(&release, &held, reason.clone()).await.ok(200);
    assert_eq!(
        (&released["state"], &released["decided_by"]),
        (&json!("released"), &json!("Om Puri"))
    );
    second.post_seen(&release, &held, reason.clone()).await.refused(412, "stale_version");
    assert_eq!(register(&operator, "lookalike").await["look_alike_of"], "anna");
    let declined = second.post_seen(&path(&rn, "decline"), &rn, reason).await.ok(200);
    assert_eq!(declined["state"], "declined");
    hub.anonymous().get("/api/colleges/arnna/").await.refused(404, "not_found");
}

#[tokio::test]
async fn a_suspended_college_logs_nobody_in_and_decides_nothing_and_is_verified_as_before() {
    let (hub, college) = hub_with_college().await;
    let (student, faculty) =
        (college.student("Kavya Iyer").await, college.faculty("Dr. Rao").await);
    let seen = approved(&student, &faculty, "Relay, first place").await;
    let waiting = submitted(&student, "Quiz, winner").await;
    let tokens = log_in(&hub, &student.email).await.ok(200);
    hub.mails().await;
    let address = text(&seen["credential"]["url"]);
    let address = address.strip_prefix(&hub.url).unwrap_or(&address).to_owned();
    let document = hub.anonymous().get(&address).await.bytes;

    let operator = hub_admin(&hub, "Ila Rao").await;
    let entry = register(&operator, "anna").await;
    let path = |step: &str| format!("/api/admin/colleges/{}/{step}/", college.id);
    let reason = json!({ "reason": "Their key office asked us to." });
    operator.post_seen(&path("resume"), &entry, reason.clone()).await.refused(409, "conflict");
    operator
        .post_seen(&path("suspend"), &entry, json!({ "reason": "x" }))
        .await
        .refused(422, "validation_failed");
    let closed = operator.post_seen(&path("suspend"), &entry, reason.clone()).await.ok(200);
    assert_eq!(
        (&closed["state"], &closed["suspend_reason"]),
        (&json!("suspended"), &reason["reason"])
    );
    operator
        .post_seen(&path("suspend"), &entry, reason.clone())
        .await
        .refused(412, "stale_version");
    operator.post_seen(&path("suspend"), &closed, reason.clone()).await.refused(409, "conflict");

    // No log-in, no refresh, no request with a token that was handed out before.
    log_in(&hub, &student.email).await.refused(403, "not_confirmed");
    let refresh = json!({ "refresh": tokens["refresh"] });
    hub.anonymous().post("/api/token/refresh/", refresh).await.refused(401, "unauthenticated");
    student.get("/api/me/").await.refused(401, "unauthenticated");
    student.post("/api/achievements/", content("New")).await.refused(401, "unauthenticated");
    act(&faculty, &waiting, "decisions", json!({ "action": "approve" }))
        .await
        .refused(401, "unauthenticated");
    // Nor past the edge: the database itself refuses each transition.
    let mut owner = inside(&hub, &college).await;
    for sql in [
        "UPDATE revisions SET status = 'approved' WHERE college_id = $1 AND status = 'submitted'",
        "UPDATE achievements SET status = 'approved' WHERE college_id = $1 AND status = 'submitted'",
        "UPDATE decisions SET undone_at = now() WHERE college_id = $1",
    ] {
        let refused = sqlx::query(sql).bind(college.id.0).execute(&mut owner).await.unwrap_err();
        assert_eq!(refused.into_database_error().unwrap().code().unwrap(), "HB017", "{sql}");
    }
    // Whoever holds a document learns of it what they did before.
    assert_eq!(hub.anonymous().get(&address).await.bytes, document);
    let report = verify(&hub, document.clone()).await;
    assert_eq!(report["verdict"], "valid_with_remark", "the remark is that it is suspended");
    assert!(report["checks"].to_string().contains("suspended at present"));
    for path in ["did.json", "keys.json", "status/achievements-1"] {
        assert_eq!(
            hub.anonymous().get(&format!("/colleges/anna/{path}")).await.status,
            200,
            "{path}"
        );
    }

    let open = operator.post_seen(&path("resume"), &closed, reason).await.ok(200);
    assert_eq!((&open["state"], &open["suspended_at"]), (&json!("active"), &Value::Null));
    act(&faculty, &waiting, "decisions", json!({ "action": "approve" })).await.ok(200);
    assert!(notice(&college.admin, "college_suspended").await.unwrap().contains("key office"));
    let said = events(&hub, &college).await;
    for kind in ["college_suspended", "college_resumed"] {
        let (_, why, facts) = said.iter().find(|row| row.0 == kind).unwrap();
        assert_eq!(
            (why.as_deref(), &facts["operator"]),
            (Some("Their key office asked us to."), &json!("Ila Rao"))
        );
    }
}

#[tokio::test]
async fn a_quota_an_admin_and_the_outbox_are_theirs_too() {
    let (hub, college) = hub_with_college().await;
    let operator = hub_admin(&hub, "Ila Rao").await;
    let entry = register(&operator, "anna").await;
    let path = format!("/api/admin/colleges/{}/", college.id);
    let limit = async |seen: &Value, quota: Value| {
        let body = json!({ "storage_quota": quota, "reason": "As agreed." });
        let tag = text(&seen["etag"]);
        operator
            .send(operator.request(Method::PATCH, &path).header("If-Match", tag).json(&body))
            .await
    };
    limit(&entry, json!(-1)).await.refused(422, "validation_failed");
    let limited = limit(&entry, json!(5_000_000)).await.ok(200);
    assert_eq!(limited["storage_quota"], 5_000_000);
    limit(&entry, json!(6_000_000)).await.refused(412, "stale_version");
    let room = college.admin.get("/api/settings/evidence/").await.ok(200);
    assert_eq!(room["in_all"], 5_000_000, "what uploads are held against");
    limit(&limited, Value::Null).await.refused(400, "malformed");
    operator
        .get(&format!("/api/admin/colleges/{}/", uuid::Uuid::new_v4()))
        .await
        .refused(404, "not_found");

    hub.mails().await;
    let invited = json!({ "email": "second@anna.example", "reason": "The first has left." });
    let answer = operator.post(&format!("{path}admins/"), invited).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    assert!(notice(&college.admin, "admin_invited").await.unwrap().contains("has left"));
    let jobs = operator.get("/api/admin/jobs/?failed=false").await.ok(200);
    let mail =
        jobs["results"].as_array().unwrap().iter().find(|job| job["kind"] == "send_mail").unwrap();
    assert_eq!(mail["college"], "anna");
    assert!(!jobs.to_string().contains("second@anna.example"), "what a job is about is not told");
    assert!(hub.mail("second@anna.example", "invitation").await.text.contains("Ila Rao"));
    let jobs = operator.get("/api/admin/jobs/?kind=send_mail").await.ok(200);
    assert_eq!(jobs["results"], json!([]));
}

#[tokio::test]
async fn the_hub_keeps_somebody_who_runs_it() {
    let hub = TestHub::start().await;
    let first = hub_admin(&hub, "Ila Rao").await;
    let mut owner = inside_hub(&hub).await;
    let end =
        "UPDATE role_grants SET ends_at = now() WHERE role = 'super_admin' AND member_id = $1";
    let refused =
        sqlx::query(end).bind(first.member.unwrap().0).execute(&mut owner).await.unwrap_err();
    assert_eq!(refused.into_database_error().unwrap().code().unwrap(), "HB010");
    hub_admin(&hub, "Om Puri").await;
    sqlx::query(end).bind(first.member.unwrap().0).execute(&mut owner).await.unwrap();
    first.get("/api/admin/colleges/").await.refused(403, "forbidden");
}
