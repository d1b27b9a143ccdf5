//! Looking at the hub as somebody else sees it: reading, for a reason, for half an hour, and the person knows.

use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

use super::{events, hub_admin, inside_hub, notice};
use crate::lifecycle::{approved, content, hub_with_college};
use crate::support::{Answer, Client, sign_in, text};

fn look(at: &Client) -> Value {
    json!({ "member": at.member.unwrap(), "reason": "They asked for help." })
}

async fn through(person: &Client, look: &Value, method: Method, path: &str) -> Answer {
    let request = person.request(method, path).header("X-Hub-Look", text(&look["look"]));
    person.send(request).await
}

#[tokio::test]
async fn an_admin_sees_what_a_student_sees_for_half_an_hour_and_changes_nothing() {
    let (hub, college) = hub_with_college().await;
    let admin = &college.admin;
    let (student, faculty) =
        (college.student("Kavya Iyer").await, college.faculty("Dr. Rao").await);
    let seen = approved(&student, &faculty, "Relay, first place").await;
    let mut silent = look(&student);
    silent["reason"] = json!("");
    admin.post("/api/admin/impersonations/", silent).await.refused(422, "validation_failed");
    for other in [&faculty, &college.head("Dr. Bose", "CSE").await] {
        admin.post("/api/admin/impersonations/", look(other)).await.refused(403, "forbidden");
        other.post("/api/admin/impersonations/", look(&student)).await.refused(403, "forbidden");
    }
    admin.post("/api/admin/impersonations/", look(admin)).await.refused(403, "same_person");
    let begun = admin.post("/api/admin/impersonations/", look(&student)).await.ok(201);

    let me = through(admin, &begun, Method::GET, "/api/me/").await.ok(200);
    assert_eq!((&me["full_name"], &me["roles"]), (&json!("Kavya Iyer"), &json!(["student"])));
    assert_eq!(
        (&me["impersonation"]["by"], &me["impersonation"]["reason"]),
        (&json!("Asha Menon"), &json!("They asked for help."))
    );
    assert_eq!(me["impersonation"]["until"], begun["ends_at"]);
    let own = through(admin, &begun, Method::GET, "/api/achievements/").await.ok(200);
    assert_eq!(own["results"][0]["id"], seen["id"]);
    through(admin, &begun, Method::GET, "/api/members/").await.refused(403, "forbidden");
    assert_eq!(admin.get("/api/me/").await.ok(200)["impersonation"], Value::Null);

    // Nothing is changed, whichever way it is sent.
    for key in [None, Some("once")] {
        let mut request = admin
            .request(Method::POST, "/api/achievements/")
            .header("X-Hub-Look", text(&begun["look"]))
            .json(&content("Slipped in"));
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        admin.send(request).await.refused(403, "read_only");
    }
    let change = admin
        .request(Method::PATCH, "/api/me/")
        .header("X-Hub-Look", text(&begun["look"]))
        .json(&json!({ "language": "ta" }));
    admin.send(change).await.refused(403, "read_only");
    let path = format!("/api/achievements/{}/", text(&seen["id"]));
    through(admin, &begun, Method::DELETE, &path).await.refused(403, "read_only");
    assert_eq!(
        student.get("/api/achievements/").await.ok(200)["results"].as_array().unwrap().len(),
        1
    );

    // The person knows, and sees who it was; nobody else can use it.
    assert!(
        notice(&student, "impersonation_begun").await.unwrap().contains("They asked for help.")
    );
    let mine = student.get("/api/me/impersonations/").await.ok(200);
    assert_eq!((&mine[0]["by"], &mine[0]["id"]), (&json!("Asha Menon"), &begun["id"]));
    through(&faculty, &begun, Method::GET, "/api/me/").await.refused(404, "not_found");
    through(&student, &begun, Method::GET, "/api/me/").await.refused(404, "not_found");
    let said = events(&hub, &college).await;
    let (_, why, _) = said.iter().find(|row| row.0 == "impersonation_begun").unwrap();
    assert_eq!(why.as_deref(), Some("They asked for help."));

    hub.wait(Duration::minutes(31));
    let admin = &sign_in(&admin.email, "anna", &hub.app).await;
    through(admin, &begun, Method::GET, "/api/me/").await.refused(404, "not_found");
    let begun = admin.post("/api/admin/impersonations/", look(&student)).await.ok(201);
    let path = format!("/api/admin/impersonations/{}/", text(&begun["id"]));
    assert_eq!(admin.delete(&path).await.status, 204);
    admin.delete(&path).await.refused(409, "conflict");
    through(admin, &begun, Method::GET, "/api/me/").await.refused(404, "not_found");
}

#[tokio::test]
async fn whoever_runs_the_hub_sees_no_keys_and_the_college_is_told() {
    let (hub, college) = hub_with_college().await;
    let manager = college.key_manager("Ravi Menon").await;
    let operator = hub_admin(&hub, "Ila Rao").await;
    let mut body = look(&manager);
    operator.post("/api/admin/impersonations/", body.clone()).await.refused(404, "not_found");
    body["college"] = json!(college.id);
    let begun = operator.post("/api/admin/impersonations/", body.clone()).await.ok(201);
    assert_eq!(begun["operator"], true);
    let me = through(&operator, &begun, Method::GET, "/api/me/").await.ok(200);
    assert_eq!((&me["full_name"], &me["college"]["slug"]), (&json!("Ravi Menon"), &json!("anna")));
    let left = json!(["audit:read"]);
    assert_eq!(me["permissions"], left, "a key manager's other rights are about keys");
    for path in ["/api/keys/", "/api/confirmations/"] {
        through(&operator, &begun, Method::GET, path).await.refused(403, "forbidden");
    }
    for person in [&manager, &college.admin] {
        assert!(notice(person, "impersonation_begun").await.unwrap().contains("Ila Rao"));
    }
    // An admin of another college has no way in.
    let other = hub.college("beta").await;
    other.admin.post("/api/admin/impersonations/", body).await.refused(404, "not_found");
    through(&other.admin, &begun, Method::GET, "/api/me/").await.refused(404, "not_found");
    // It ends with the right of whoever looks.
    hub_admin(&hub, "Om Puri").await;
    let mut owner = inside_hub(&hub).await;
    sqlx::query("UPDATE role_grants SET ends_at = now() WHERE member_id = $1")
        .bind(operator.member.unwrap().0)
        .execute(&mut owner)
        .await
        .unwrap();
    through(&operator, &begun, Method::GET, "/api/me/").await.refused(404, "not_found");
}
