//! Registration, log-in, sessions, passwords and invitations, over HTTP.

use std::collections::HashSet;

use chrono::Duration;
use hub::app::invitations::{self, OfferedRole};
use hub::app::register::Registration;
use hub::domain::member::{Language, Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Executor};

use crate::support::{
    Answer, Client, PASSWORD, TestCollege, TestHub, pointers, registration_body, text,
};

const OTHER_PASSWORD: &str = "an uncommonly loud bazaar";

async fn register(registration: &Registration, hub: &TestHub) -> Answer {
    hub.anonymous().post("/api/register/", registration_body(registration)).await
}

async fn verify(token: &str, hub: &TestHub) -> Answer {
    hub.anonymous().post("/api/email/verify/", json!({ "token": token })).await
}

async fn log_in(email: &str, password: &str, hub: &TestHub) -> Answer {
    hub.anonymous().post("/api/token/", json!({ "email": email, "password": password })).await
}

async fn refresh(token: &str, hub: &TestHub) -> Answer {
    hub.anonymous().post("/api/token/refresh/", json!({ "refresh": token })).await
}

async fn me(access: &str, hub: &TestHub) -> Answer {
    hub.anonymous().with_token(access).get("/api/me/").await
}

/// Register over HTTP, follow the mailed link, and say how far the account got.
async fn join(registration: &Registration, hub: &TestHub) -> String {
    assert_eq!(register(registration, hub).await.ok(201)["state"], "email_unverified");
    let token = hub.mailed_token(&registration.email, "verify_email").await;
    text(&verify(&token, hub).await.ok(200)["state"])
}

async fn run_as_owner(sql: String, hub: &TestHub) {
    let mut owner = hub.database.owner().await;
    owner.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
}

#[tokio::test]
async fn a_student_on_the_roster_is_confirmed_by_the_link_in_the_mail() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let registration = college.registration("Kavya Iyer");
    college.put_on_roster(&registration).await;

    assert_eq!(register(&registration, &hub).await.ok(201)["state"], "email_unverified");
    log_in(&registration.email, PASSWORD, &hub).await.refused(403, "not_confirmed");
    let token = hub.mailed_token(&registration.email, "verify_email").await;
    assert_eq!(verify(&token, &hub).await.ok(200)["state"], "confirmed");
    assert_eq!(
        verify(&token, &hub).await.ok(200)["state"],
        "confirmed",
        "a second look at the same link harms nothing"
    );

    let tokens = log_in(&registration.email, PASSWORD, &hub).await.ok(200);
    let me = me(tokens["access"].as_str().unwrap(), &hub).await.ok(200);
    assert_eq!(me["full_name"], "Kavya Iyer");
    assert_eq!((&me["state"], &me["roles"]), (&json!("confirmed"), &json!(["student"])));
    assert_eq!(
        (&me["department"]["code"], &me["programme"]["code"]),
        (&json!("CSE"), &json!("BTECH-CSE"))
    );
    assert!(me["permissions"].as_array().unwrap().contains(&json!("achievement:submit")));
}

#[tokio::test]
async fn a_student_whom_the_roster_does_not_know_may_draft_and_not_submit() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let student = college.unconfirmed_student("Rohan Das").await;
    let me = student.get("/api/me/").await.ok(200);
    assert_eq!(me["state"], "unconfirmed");
    assert_eq!(me["permissions"], json!(["achievement:create"]));
}

#[tokio::test]
async fn an_address_of_the_roster_is_not_enough_without_the_mail() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let owner = college.registration("Kavya Iyer");
    college.put_on_roster(&owner).await;
    // Knows the roll number, and proves another address.
    let stranger = Registration { email: "stranger@elsewhere.example".into(), ..owner };
    assert_eq!(join(&stranger, &hub).await, "unconfirmed");
}

#[tokio::test]
async fn a_code_from_paper_confirms_once_and_a_wrong_one_never() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let csv = "roll_number,full_name,programme,batch,code\n21-CS-42,Meena Pillai,BTECH-CSE,2021-2025,K7PQ-23XD\n";
    college
        .admin
        .post("/api/roster/imports/", json!({ "csv": csv, "dry_run": false }))
        .await
        .ok(200);
    let with_code = |code: &str| Registration {
        roll_number: "21cs42".into(),
        code: Some(code.to_owned()),
        full_name: "Somebody Else".into(),
        batch: "2023-2027".into(),
        ..college.registration("")
    };

    assert_eq!(join(&with_code("K7PQ-23XX"), &hub).await, "unconfirmed");
    let holder = with_code("k7pq 23xd");
    assert_eq!(join(&holder, &hub).await, "confirmed");
    assert_eq!(
        join(&with_code("K7PQ-23XD"), &hub).await,
        "unconfirmed",
        "one roster row, one account"
    );

    let tokens = log_in(&holder.email, PASSWORD, &hub).await.ok(200);
    let me = me(tokens["access"].as_str().unwrap(), &hub).await.ok(200);
    assert_eq!(
        (&me["full_name"], &me["batch"]),
        (&json!("Meena Pillai"), &json!("2021-2025")),
        "the college's records are what is signed"
    );
}

#[tokio::test]
async fn a_taken_address_answers_the_same_and_its_owner_is_told() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let owner = college.student("Kavya Iyer").await;
    let fresh = register(&college.registration("Rohan Das"), &hub).await;
    let again = Registration {
        email: owner.email.to_uppercase(),
        password: OTHER_PASSWORD.into(),
        ..college.registration("Rohan Das")
    };
    let taken = register(&again, &hub).await;

    assert_eq!((taken.status, &taken.bytes), (fresh.status, &fresh.bytes));
    assert!(hub.mail(&owner.email, "already_registered").await.text.contains("Kavya Iyer"));
    log_in(&owner.email, PASSWORD, &hub).await.ok(200);
    log_in(&owner.email, OTHER_PASSWORD, &hub).await.refused(401, "wrong_password");
}

#[tokio::test]
async fn a_registration_that_was_never_proven_gives_way_to_a_newer_one() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let first = college.registration("Rohan Das");
    register(&first, &hub).await.ok(201);
    let old_token = hub.mailed_token(&first.email, "verify_email").await;
    let second = Registration { password: OTHER_PASSWORD.into(), ..first.clone() };
    register(&second, &hub).await.ok(201);

    assert_eq!(
        pointers(&verify(&old_token, &hub).await.refused(422, "validation_failed")),
        ["/token"]
    );
    let token = hub.mailed_token(&first.email, "verify_email").await;
    verify(&token, &hub).await.ok(200);
    log_in(&first.email, PASSWORD, &hub).await.refused(401, "wrong_password");
    log_in(&first.email, OTHER_PASSWORD, &hub).await.ok(200);
}

#[tokio::test]
async fn a_link_for_an_address_works_for_two_days() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let registration = college.registration("Rohan Das");
    register(&registration, &hub).await.ok(201);
    let token = hub.mailed_token(&registration.email, "verify_email").await;
    hub.wait(Duration::hours(48));
    verify(&token, &hub).await.refused(422, "validation_failed");
    hub.wait(Duration::seconds(-1));
    verify(&token, &hub).await.ok(200);
}

#[tokio::test]
async fn every_fault_of_a_registration_is_told_by_its_field() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let good = college.registration("Rohan Das");
    let bad = Registration {
        email: "nobody".into(),
        password: "password123".into(),
        full_name: " ".into(),
        roll_number: "--".into(),
        department: "CSE".into(),
        programme: "BTECH-ECE".into(),
        batch: "2027-2023".into(),
        consent: "2019-01".into(),
        ..good.clone()
    };
    let problem = register(&bad, &hub).await.refused(422, "validation_failed");
    let named: HashSet<&str> = pointers(&problem).into_iter().collect();
    assert_eq!(
        named,
        HashSet::from([
            "/email",
            "/password",
            "/full_name",
            "/roll_number",
            "/programme",
            "/batch",
            "/consent"
        ])
    );

    let nowhere = Registration { college: "nowhere".into(), ..good.clone() };
    assert_eq!(
        pointers(&register(&nowhere, &hub).await.refused(422, "validation_failed")),
        ["/college"]
    );
    let mut body = registration_body(&good);
    body["role"] = json!("college_admin");
    hub.anonymous().post("/api/register/", body).await.refused(400, "malformed");
}

#[tokio::test]
async fn mails_follow_the_language_of_the_student() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let registration = Registration {
        full_name_native: Some("காவ்யா ஐயர்".into()),
        native_language: Some(Language::Tamil),
        ..college.registration("Kavya Iyer")
    };
    register(&registration, &hub).await.ok(201);
    assert_eq!(hub.mail(&registration.email, "verify_email").await.language, Language::Tamil);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_answer_the_same() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let mut wrong =
        log_in(&college.admin.email, "not the password", &hub).await.refused(401, "wrong_password");
    let mut unknown = log_in("nobody@sarvodaya.example", "not the password", &hub)
        .await
        .refused(401, "wrong_password");
    wrong["trace_id"] = Value::Null;
    unknown["trace_id"] = Value::Null;
    assert_eq!(wrong, unknown);
}

#[tokio::test]
async fn who_is_known_in_two_colleges_chooses_once_the_password_was_right() {
    let hub = TestHub::start().await;
    let (one, two) = (hub.college("sarvodaya").await, hub.college("vidyapeeth").await);
    let email = "kavya@mail.example";
    for college in [&one, &two] {
        let registration =
            Registration { email: email.into(), ..college.registration("Kavya Iyer") };
        assert_eq!(join(&registration, &hub).await, "unconfirmed");
    }

    let problem = log_in(email, PASSWORD, &hub).await.refused(409, "choose_college");
    let slugs: Vec<&str> = problem["colleges"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|college| college["slug"].as_str())
        .collect();
    assert_eq!(slugs, ["sarvodaya", "vidyapeeth"]);
    assert!(
        log_in(email, "not the password", &hub)
            .await
            .refused(401, "wrong_password")
            .get("colleges")
            .is_none()
    );
    let body = json!({ "email": email, "password": PASSWORD, "college": "vidyapeeth" });
    let tokens = hub.anonymous().post("/api/token/", body).await.ok(200);
    assert_eq!(
        me(tokens["access"].as_str().unwrap(), &hub).await.ok(200)["college"]["slug"],
        "vidyapeeth"
    );
}

#[tokio::test]
async fn a_deactivated_member_and_a_suspended_college_are_out_at_once() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let student = college.student("Kavya Iyer").await;
    let admin = log_in(&college.admin.email, PASSWORD, &hub).await.ok(200);
    let tokens = log_in(&student.email, PASSWORD, &hub).await.ok(200);

    let (id, member) = (college.id, student.member.unwrap());
    run_as_owner(
        format!("BEGIN; SELECT set_config('hub.college_id', '{id}', true); UPDATE members SET state = 'deactivated' WHERE id = '{member}'; COMMIT"),
        &hub,
    )
    .await;
    log_in(&student.email, PASSWORD, &hub).await.refused(403, "not_confirmed");
    me(tokens["access"].as_str().unwrap(), &hub).await.refused(401, "unauthenticated");
    refresh(tokens["refresh"].as_str().unwrap(), &hub).await.refused(401, "unauthenticated");

    run_as_owner(
        format!("UPDATE colleges SET state = 'suspended', suspended_at = now() WHERE id = '{id}'"),
        &hub,
    )
    .await;
    log_in(&college.admin.email, PASSWORD, &hub).await.refused(403, "not_confirmed");
    me(admin["access"].as_str().unwrap(), &hub).await.refused(401, "unauthenticated");
    refresh(admin["refresh"].as_str().unwrap(), &hub).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn an_account_is_guessed_at_ten_times_and_then_not_for_a_while() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    for _ in 0..10 {
        log_in(&college.admin.email, "not the password", &hub).await.refused(401, "wrong_password");
    }
    let answer = log_in(&college.admin.email, PASSWORD, &hub).await;
    assert!(answer.header("retry-after").parse::<u64>().unwrap() <= 901);
    answer.refused(429, "rate_limited");
}

#[tokio::test]
async fn each_refresh_token_works_once_and_gives_the_next_one() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let mut tokens = log_in(&college.admin.email, PASSWORD, &hub).await.ok(200);
    let mut seen = HashSet::new();
    for _ in 0..4 {
        assert!(seen.insert(text(&tokens["refresh"])));
        assert_eq!(tokens["expires_in"], 600);
        me(tokens["access"].as_str().unwrap(), &hub).await.ok(200);
        tokens = refresh(tokens["refresh"].as_str().unwrap(), &hub).await.ok(200);
    }
}

#[tokio::test]
async fn a_lost_answer_may_be_asked_for_again_while_the_new_token_is_unused() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let first = text(&log_in(&college.admin.email, PASSWORD, &hub).await.ok(200)["refresh"]);
    let lost = text(&refresh(&first, &hub).await.ok(200)["refresh"]);
    let again = text(&refresh(&first, &hub).await.ok(200)["refresh"]);
    assert_ne!(lost, again);
    let next = text(&refresh(&again, &hub).await.ok(200)["refresh"]);

    // The one that died unused turns up after all: two hold this session.
    refresh(&lost, &hub).await.refused(401, "unauthenticated");
    refresh(&next, &hub).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn a_replay_ends_the_whole_family_and_no_other_session() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let other = text(&log_in(&college.admin.email, PASSWORD, &hub).await.ok(200)["refresh"]);
    let first = text(&log_in(&college.admin.email, PASSWORD, &hub).await.ok(200)["refresh"]);
    let second = text(&refresh(&first, &hub).await.ok(200)["refresh"]);
    let third = text(&refresh(&second, &hub).await.ok(200)["refresh"]);

    refresh(&first, &hub).await.refused(401, "unauthenticated");
    refresh(&third, &hub).await.refused(401, "unauthenticated");
    refresh(&other, &hub).await.ok(200);
}

#[tokio::test]
async fn fifty_refreshes_at_once_leave_one_lineage() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let first = text(&log_in(&college.admin.email, PASSWORD, &hub).await.ok(200)["refresh"]);

    let answers = futures_util::future::join_all((0..50).map(|_| refresh(&first, &hub))).await;

    let issued: Vec<String> =
        answers.into_iter().map(|answer| text(&answer.ok(200)["refresh"])).collect();
    let mut owner = hub.database.owner().await;
    let alive: Vec<Vec<u8>> = sqlx::query_scalar(
        "SELECT token_hash FROM refresh_tokens
         WHERE family_id = (SELECT family_id FROM refresh_tokens WHERE token_hash = $1) AND consumed_at IS NULL AND revoked_at IS NULL",
    )
    .bind(Sha256::digest(first.as_bytes()).to_vec())
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(alive.len(), 1);
    let living =
        issued.iter().find(|token| Sha256::digest(token.as_bytes()).to_vec() == alive[0]).unwrap();
    refresh(living, &hub).await.ok(200);
}

#[tokio::test]
async fn tokens_end_with_the_log_out_or_with_time() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let tokens = log_in(&college.admin.email, PASSWORD, &hub).await.ok(200);
    let client = hub.anonymous();
    client.post("/api/token/revoke/", json!({ "refresh": tokens["refresh"] })).await.ok(204);
    client.post("/api/token/revoke/", json!({ "refresh": tokens["refresh"] })).await.ok(204);
    refresh(tokens["refresh"].as_str().unwrap(), &hub).await.refused(401, "unauthenticated");

    let tokens = log_in(&college.admin.email, PASSWORD, &hub).await.ok(200);
    hub.wait(Duration::minutes(10));
    me(tokens["access"].as_str().unwrap(), &hub).await.refused(401, "unauthenticated");
    hub.wait(Duration::days(30));
    refresh(tokens["refresh"].as_str().unwrap(), &hub).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn a_new_password_ends_every_session_and_its_link_works_once() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let student = college.student("Kavya Iyer").await;
    let before = text(&log_in(&student.email, PASSWORD, &hub).await.ok(200)["refresh"]);
    let client = hub.anonymous();
    let ask = |email: &str| json!({ "email": email });
    let confirm = |token: &str, password: &str| json!({ "token": token, "password": password });

    client.post("/api/password/reset/", ask(&student.email)).await.ok(202);
    let older = mailed_reset(&student, 1, &hub).await;
    client.post("/api/password/reset/", ask(&student.email)).await.ok(202);
    let token = mailed_reset(&student, 2, &hub).await;
    client
        .post("/api/password/reset/confirm/", confirm(&older, OTHER_PASSWORD))
        .await
        .refused(422, "validation_failed");
    let problem = client
        .post("/api/password/reset/confirm/", confirm(&token, "short"))
        .await
        .refused(422, "validation_failed");
    assert_eq!(pointers(&problem), ["/password"], "a bad password does not use the link up");
    client.post("/api/password/reset/confirm/", confirm(&token, OTHER_PASSWORD)).await.ok(204);

    let problem = client
        .post("/api/password/reset/confirm/", confirm(&token, PASSWORD))
        .await
        .refused(422, "validation_failed");
    assert_eq!(pointers(&problem), ["/token"]);
    refresh(&before, &hub).await.refused(401, "unauthenticated");
    log_in(&student.email, PASSWORD, &hub).await.refused(401, "wrong_password");
    log_in(&student.email, OTHER_PASSWORD, &hub).await.ok(200);
}

/// The secret of the newest letter for a new password, once there are this many: the request is answered before the work is done.
async fn mailed_reset(student: &Client, letters: usize, hub: &TestHub) -> String {
    for _ in 0..200 {
        if hub.mails().await.iter().filter(|mail| mail.kind == "reset_password").count() == letters
        {
            return hub.mailed_token(&student.email, "reset_password").await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no letter came");
}

#[tokio::test]
async fn nobody_learns_from_a_reset_whether_there_is_an_account() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let student = college.student("Kavya Iyer").await;
    let client = hub.anonymous();
    let known = client.post("/api/password/reset/", json!({ "email": student.email })).await;
    let unknown =
        client.post("/api/password/reset/", json!({ "email": "nobody@sarvodaya.example" })).await;
    assert_eq!((known.status, &known.bytes), (202, &unknown.bytes));
    assert_eq!(unknown.status, 202);

    let token = mailed_reset(&student, 1, &hub).await;
    hub.wait(Duration::hours(2));
    let body = json!({ "token": token, "password": OTHER_PASSWORD });
    client.post("/api/password/reset/confirm/", body).await.refused(422, "validation_failed");
    hub.app.finish_acts().await;
    assert_eq!(
        hub.mails().await.iter().filter(|mail| mail.kind == "reset_password").count(),
        1,
        "the other address got none"
    );
}

async fn invite(email: &str, college: &TestCollege) -> Value {
    let department = college.department("CSE");
    let roles = json!([{ "role": "faculty", "scope": { "kind": "department", "id": department } }, { "role": "key_manager" }]);
    college.admin.post("/api/invitations/", json!({ "email": email, "roles": roles })).await.ok(201)
}

#[tokio::test]
async fn an_invitation_makes_one_account_with_the_roles_it_promised() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let invitation = invite("rao@sarvodaya.example", &college).await;
    assert_eq!(invitation["roles"], json!(["faculty", "key_manager"]));
    let token = hub.mailed_token("rao@sarvodaya.example", "invitation").await;
    let client = hub.anonymous();

    let shown = client.get(&format!("/api/invitations/{token}/")).await.ok(200);
    assert_eq!(
        (&shown["college"]["slug"], &shown["email"]),
        (&json!("sarvodaya"), &json!("rao@sarvodaya.example"))
    );
    let accept = format!("/api/invitations/{token}/accept/");
    let problem = client
        .post(&accept, json!({ "full_name": "Dr. Rao", "password": "short" }))
        .await
        .refused(422, "validation_failed");
    assert_eq!(pointers(&problem), ["/password"]);
    let body = json!({ "full_name": "Dr. Rao", "password": PASSWORD });
    assert_eq!(
        client.post(&accept, body.clone()).await.ok(201),
        json!({ "email": "rao@sarvodaya.example", "college": "sarvodaya" })
    );
    client.post(&accept, body).await.refused(404, "not_found");
    client.get(&format!("/api/invitations/{token}/")).await.refused(404, "not_found");

    let tokens = log_in("rao@sarvodaya.example", PASSWORD, &hub).await.ok(200);
    let me = me(tokens["access"].as_str().unwrap(), &hub).await.ok(200);
    assert_eq!(me["roles"], json!(["faculty"]), "a key manager takes a second person");
    assert_eq!(me["grants"][0]["scope"]["name"], "Computer Science");
    let id = text(&invitation["id"]);
    college.admin.delete(&format!("/api/invitations/{id}/")).await.refused(409, "conflict");
    let list = college.admin.get("/api/invitations/?count=true").await.ok(200);
    assert_eq!(list["count"], 1);
    assert!(list["results"][0]["accepted_at"].is_string());
}

#[tokio::test]
async fn an_invitation_that_was_withdrawn_replaced_or_grew_old_opens_nothing() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let client = hub.anonymous();
    let dead = async |token: &str| {
        client.get(&format!("/api/invitations/{token}/")).await.refused(404, "not_found");
        let body = json!({ "full_name": "Dr. Rao", "password": PASSWORD });
        client
            .post(&format!("/api/invitations/{token}/accept/"), body)
            .await
            .refused(404, "not_found");
    };

    let withdrawn = invite("one@sarvodaya.example", &college).await;
    let token = hub.mailed_token("one@sarvodaya.example", "invitation").await;
    let path = format!("/api/invitations/{}/", text(&withdrawn["id"]));
    college.admin.delete(&path).await.ok(204);
    college.admin.delete(&path).await.refused(404, "not_found");
    dead(&token).await;

    invite("two@sarvodaya.example", &college).await;
    let replaced = hub.mailed_token("two@sarvodaya.example", "invitation").await;
    invite("two@sarvodaya.example", &college).await;
    let old = hub.mailed_token("two@sarvodaya.example", "invitation").await;
    dead(&replaced).await;
    client.get(&format!("/api/invitations/{old}/")).await.ok(200);
    hub.wait(Duration::days(14));
    dead(&old).await;
    dead("no-token-of-ours").await;
}

#[tokio::test]
async fn an_invitation_offers_staff_roles_of_this_college_only() {
    let hub = TestHub::start().await;
    let (college, other) = (hub.college("sarvodaya").await, hub.college("vidyapeeth").await);
    let foreign = other.department("CSE");
    for role in [
        json!({ "role": "student" }),
        json!({ "role": "organizer" }),
        json!({ "role": "head" }),
        json!({ "role": "super_admin" }),
        json!({ "role": "college_admin", "scope": { "kind": "department", "id": college.department("CSE") } }),
        json!({ "role": "faculty", "scope": { "kind": "department", "id": foreign } }),
        json!({ "role": "faculty", "scope": { "kind": "department" } }),
    ] {
        let body = json!({ "email": "rao@sarvodaya.example", "roles": [role] });
        college.admin.post("/api/invitations/", body).await.refused(422, "validation_failed");
    }
    college
        .admin
        .post("/api/invitations/", json!({ "email": "rao@sarvodaya.example", "roles": [] }))
        .await
        .refused(422, "validation_failed");
    let body = json!({ "email": "rao@sarvodaya.example", "roles": [{ "role": "emperor" }] });
    college.admin.post("/api/invitations/", body).await.refused(400, "malformed");
    let body = json!({ "email": college.admin.email, "roles": [{ "role": "faculty" }] });
    college.admin.post("/api/invitations/", body.clone()).await.refused(409, "conflict");
    college
        .faculty("Dr. Rao")
        .await
        .post("/api/invitations/", body)
        .await
        .refused(403, "forbidden");
}

#[tokio::test]
async fn two_who_accept_one_invitation_at_once_make_one_account() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let caller = college.admin.caller(&hub.app).await;
    let roles = vec![OfferedRole { role: Role::Faculty, scope: Scope::College }];
    let (_, secret) =
        invitations::invite("rao@sarvodaya.example", roles, &caller, &hub.app).await.unwrap();
    let accept = || invitations::accept(secret.reveal().to_owned(), "Dr. Rao", PASSWORD, &hub.app);
    let (one, two, three) = tokio::join!(accept(), accept(), accept());
    assert_eq!([one.is_ok(), two.is_ok(), three.is_ok()].into_iter().filter(|ok| *ok).count(), 1);
}

fn set_cookie(answer: &Answer) -> (String, HashSet<String>) {
    let mut parts = answer.header("set-cookie").split("; ");
    (parts.next().unwrap().to_owned(), parts.map(str::to_owned).collect())
}

#[tokio::test]
async fn a_web_client_holds_its_refresh_token_where_no_script_reads_it() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let client = hub.anonymous();
    let post = |path: &str| client.request(Method::POST, path).header("X-Hub-Client", "web");

    let body = json!({ "email": college.admin.email, "password": PASSWORD });
    let answer = client.send(post("/api/token/").json(&body)).await;
    let (cookie, flags) = set_cookie(&answer);
    assert!(cookie.starts_with("hub_refresh="));
    let expected = ["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=2592000"];
    assert_eq!(flags, expected.into_iter().map(str::to_owned).collect());
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.ok(200)["refresh"], Value::Null);

    let refresh = || post("/api/token/refresh/").header("Cookie", &cookie);
    client.send(refresh()).await.refused(403, "forbidden");
    client.send(refresh().header("Origin", "https://evil.example")).await.refused(403, "forbidden");
    let answer = client.send(refresh().header("Origin", &hub.url)).await;
    let (next, _) = set_cookie(&answer);
    assert_ne!(next, cookie);
    let tokens = answer.ok(200);
    assert_eq!(tokens["refresh"], Value::Null);
    me(tokens["access"].as_str().unwrap(), &hub).await.ok(200);

    let log_out = post("/api/token/revoke/").header("Cookie", &next).header("Origin", &hub.url);
    let answer = client.send(log_out).await;
    let (gone, flags) = set_cookie(&answer);
    assert_eq!((gone.as_str(), flags.contains("Max-Age=0")), ("hub_refresh=", true));
    answer.ok(204);
    client
        .send(post("/api/token/refresh/").header("Cookie", &next).header("Origin", &hub.url))
        .await
        .refused(401, "unauthenticated");
    client.send(post("/api/token/refresh/")).await.refused(401, "unauthenticated");
}
