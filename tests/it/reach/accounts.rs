//! What becomes of accounts: closed, opened again, changed in the records, graduated.

use reqwest::Method;
use serde_json::{Value, json};

use super::{events, member, notice};
use crate::lifecycle::{approved, content, draft, hub_with_college};
use crate::passkeys::registered;
use crate::second_factor::{enrol, sealed_secrets};
use crate::support::{Answer, Client, PASSWORD, TestCollege, TestHub, pointers, sign_in, text};

async fn change(admin: &Client, seen: &Value, body: Value) -> Answer {
    let path = format!("/api/members/{}/", text(&seen["id"]));
    let tag = text(&seen["etag"]);
    admin.send(admin.request(Method::PATCH, &path).header("If-Match", tag).json(&body)).await
}

async fn log_in(hub: &TestHub, email: &str) -> Answer {
    let body = json!({ "email": email, "password": PASSWORD });
    hub.anonymous().post("/api/token/", body).await
}

#[tokio::test]
async fn a_closed_account_opens_nothing_at_once_and_comes_back_as_it_was() {
    let (hub, college) = hub_with_college().await;
    let admin = &college.admin;
    let faculty = college.faculty("Dr. Rao").await;
    let tokens = log_in(&hub, &faculty.email).await.ok(200);
    let seen = member(admin, &faculty).await;
    let path = |step: &str| format!("/api/members/{}/{step}/", faculty.member.unwrap());
    let reason = json!({ "reason": "On leave without notice." });

    admin.post(&path("deactivate"), reason.clone()).await.refused(428, "precondition_required");
    admin
        .post_seen(&path("deactivate"), &seen, json!({ "reason": " " }))
        .await
        .refused(422, "validation_failed");
    let own = member(admin, admin).await;
    let oneself = format!("/api/members/{}/deactivate/", admin.member.unwrap());
    admin.post_seen(&oneself, &own, reason.clone()).await.refused(403, "same_person");
    admin.post_seen(&path("reactivate"), &seen, json!({})).await.refused(409, "conflict");
    let closed = admin.post_seen(&path("deactivate"), &seen, reason.clone()).await.ok(200);
    assert_eq!(closed["state"], "deactivated");
    admin.post_seen(&path("deactivate"), &seen, reason.clone()).await.refused(412, "stale_version");
    admin.post_seen(&path("deactivate"), &closed, reason).await.refused(409, "conflict");

    faculty.get("/api/me/").await.refused(401, "unauthenticated");
    let refresh = json!({ "refresh": tokens["refresh"] });
    hub.anonymous().post("/api/token/refresh/", refresh).await.refused(401, "unauthenticated");
    log_in(&hub, &faculty.email).await.refused(403, "not_confirmed");
    let said = events(&hub, &college).await;
    let (_, why, _) = said.iter().find(|row| row.0 == "member_deactivated").unwrap();
    assert_eq!(why.as_deref(), Some("On leave without notice."));

    let back = admin.post_seen(&path("reactivate"), &closed, json!({})).await.ok(200);
    assert_eq!((&back["state"], &back["roles"]), (&json!("confirmed"), &json!(["faculty"])));
    sign_in(&faculty.email, "anna", &hub.app).await.get("/api/review/queue/").await.ok(200);
}

#[tokio::test]
async fn only_an_admin_changes_accounts_and_a_head_sees_the_own_department() {
    let (_hub, college) = hub_with_college().await;
    let student = college.student("Kavya Iyer").await;
    let head = college.head("Dr. Bose", "CSE").await;
    let other = college.head("Dr. Jain", "ECE").await;
    let seen = member(&head, &student).await;
    let path = format!("/api/members/{}/", student.member.unwrap());
    other.get(&path).await.refused(404, "not_found");
    let people =
        [&student, &head, &college.faculty("Dr. Rao").await, &college.staff_of("X Y").await];
    for person in people {
        for step in ["deactivate", "reactivate"] {
            person
                .post_seen(&format!("{path}{step}/"), &seen, json!({ "reason": "No reason." }))
                .await
                .refused(403, "forbidden");
        }
        person.post(&format!("{path}graduate/"), json!({})).await.refused(403, "forbidden");
        let renamed = json!({ "full_name": "Someone", "reason": "No reason." });
        change(person, &seen, renamed).await.refused(403, "forbidden");
    }
}

#[tokio::test]
async fn a_changed_name_changes_no_credential_until_somebody_chooses_it() {
    let (hub, college) = hub_with_college().await;
    let admin = &college.admin;
    let (student, faculty) =
        (college.student("Kavya Iyer").await, college.faculty("Dr. Rao").await);
    let first = approved(&student, &faculty, "Relay, first place").await;
    let second = approved(&student, &faculty, "Quiz, winner").await;
    let seen = member(admin, &student).await;
    let served = async |of: &Value| {
        let path = text(&of["credential"]["url"]);
        let answer = hub.anonymous().get(path.strip_prefix(&hub.url).unwrap_or(&path)).await;
        String::from_utf8(answer.bytes).unwrap()
    };

    let bad = json!({ "programme": "NONE", "department": "CSE", "reason": "A deed." });
    let refused = change(admin, &seen, bad).await.refused(422, "validation_failed");
    assert_eq!(pointers(&refused), ["/programme", "/department"]);
    let nothing = json!({ "reason": "A deed." });
    change(admin, &seen, nothing).await.refused(422, "validation_failed");
    let renamed =
        json!({ "full_name": "Kavya Subramanian", "programme": "BTECH-ECE", "reason": "A deed." });
    let changed = change(admin, &seen, renamed.clone()).await.ok(200);
    assert_eq!(changed["member"]["full_name"], "Kavya Subramanian");
    assert_eq!(changed["member"]["department"], "Electronics", "the department follows");
    let titles: Vec<&str> = changed["reissue"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["title"].as_str().unwrap())
        .collect();
    assert_eq!(titles, ["Relay, first place", "Quiz, winner"]);
    change(admin, &seen, renamed).await.refused(412, "stale_version");
    assert!(notice(&student, "member_changed").await.is_some());
    let roster = admin.get("/api/roster/?q=Kavya%20Subramanian").await.ok(200);
    assert_eq!(roster["results"].as_array().unwrap().len(), 1, "the roster says the same");

    hub.mails().await;
    assert!(served(&first).await.contains("Kavya Iyer"), "never a silent change");
    let chosen = json!({ "reissue": [changed["reissue"][0]["id"]] });
    admin.post("/api/credentials/batch/", chosen).await.ok(202);
    hub.mails().await;
    assert!(served(&first).await.contains("Kavya Subramanian"));
    assert!(served(&second).await.contains("Kavya Iyer"), "only what was chosen");
}

#[tokio::test]
async fn a_student_asks_for_another_name_and_an_admin_decides() {
    let (hub, college) = hub_with_college().await;
    let admin = &college.admin;
    let student = college.student("Kavya Iyer").await;
    let other = college.student("Rohan Das").await;
    let wanted = json!({ "full_name": "Kavya Subramanian", "reason": "I married." });
    let asked = student.post("/api/me/record-changes/", wanted.clone()).await.ok(201);
    student.post("/api/me/record-changes/", wanted.clone()).await.refused(409, "conflict");
    assert!(notice(admin, "member_change_asked").await.is_some());
    college
        .faculty("Dr. Rao")
        .await
        .post("/api/me/record-changes/", wanted.clone())
        .await
        .refused(403, "forbidden");
    let listed = admin.get("/api/member-changes/?open=true").await.ok(200);
    assert_eq!(listed["results"][0]["id"], asked["id"]);
    student.get("/api/member-changes/").await.refused(403, "forbidden");

    // Nobody takes back another's, and nobody decides as a student.
    let own = format!("/api/me/record-changes/{}/", text(&asked["id"]));
    let tag = text(&asked["etag"]);
    let take_back = async |person: &Client| {
        person.send(person.request(Method::DELETE, &own).header("If-Match", &tag)).await
    };
    take_back(&other).await.refused(404, "not_found");
    assert_eq!(take_back(&student).await.ok(200)["state"], "withdrawn");
    let step =
        |seen: &Value, step: &str| format!("/api/member-changes/{}/{step}/", text(&seen["id"]));
    admin.post_seen(&step(&asked, "accept"), &asked, json!({})).await.refused(412, "stale_version");

    let asked = student.post("/api/me/record-changes/", wanted.clone()).await.ok(201);
    let no = json!({ "comment": "Please bring the deed." });
    let declined = admin.post_seen(&step(&asked, "decline"), &asked, no).await.ok(200);
    assert_eq!(
        (&declined["state"], &declined["comment"]),
        (&json!("declined"), &json!("Please bring the deed."))
    );
    assert_eq!(member(admin, &student).await["full_name"], "Kavya Iyer");
    let asked = student.post("/api/me/record-changes/", wanted).await.ok(201);
    student.post_seen(&step(&asked, "accept"), &asked, json!({})).await.refused(403, "forbidden");
    let changed = admin.post_seen(&step(&asked, "accept"), &asked, json!({})).await.ok(200);
    assert_eq!(changed["member"]["full_name"], "Kavya Subramanian");
    assert_eq!(student.get("/api/me/").await.ok(200)["full_name"], "Kavya Subramanian");
    let said = events(&hub, &college).await;
    let (_, why, facts) = said.iter().find(|row| row.0 == "member_changed").unwrap();
    assert_eq!((why.as_deref(), &facts["fields"]), (Some("I married."), &json!(["full_name"])));
}

#[tokio::test]
async fn an_alumnus_keeps_what_they_have_and_hands_nothing_in() {
    let (hub, college) = hub_with_college().await;
    let admin = &college.admin;
    let (student, faculty) =
        (college.student("Kavya Iyer").await, college.faculty("Dr. Rao").await);
    approved(&student, &faculty, "Relay, first place").await;
    let begun = draft(&student, "Half a draft").await;
    let path = format!("/api/members/{}/graduate/", student.member.unwrap());
    let bad = json!({ "personal_email": "nowhere" });
    admin.post(&path, bad).await.refused(422, "validation_failed");
    let taken = json!({ "personal_email": faculty.email });
    admin.post(&path, taken).await.refused(422, "validation_failed");
    assert_eq!(
        member(admin, &student).await["state"],
        "confirmed",
        "a refusal leaves nothing behind"
    );
    let mine = json!({ "personal_email": "kavya@home.example" });
    assert_eq!(admin.post(&path, mine).await.ok(200)["state"], "alumnus");
    admin.post(&path, json!({})).await.refused(409, "conflict");
    admin
        .post(&format!("/api/members/{}/graduate/", faculty.member.unwrap()), json!({}))
        .await
        .refused(409, "conflict");

    log_in(&hub, &student.email).await.refused(401, "wrong_password");
    log_in(&hub, "kavya@home.example").await.ok(200);
    student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    assert_eq!(
        student.get("/api/achievements/").await.ok(200)["results"].as_array().unwrap().len(),
        2
    );
    student.post("/api/achievements/", content("Something new")).await.refused(403, "forbidden");
    let submit = format!("/api/achievements/{}/submit/", text(&begun["id"]));
    let refused = student.post_seen(&submit, &begun, json!({})).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
}

#[tokio::test]
async fn a_year_graduates_from_a_list() {
    let (hub, college) = hub_with_college().await;
    let admin = &college.admin;
    let (first, second) = (college.student("Kavya Iyer").await, college.student("Rohan Das").await);
    let roll = async |person: &Client| text(&member(admin, person).await["roll_number"]);
    let csv = format!(
        "roll_number,personal_email\n{},kavya@home.example\n{},\n{},\n00XX000,\n{},not an address\n",
        roll(&first).await,
        roll(&second).await,
        roll(&second).await,
        roll(&second).await,
    );
    let import = async |dry_run: bool| {
        let body = json!({ "csv": csv, "dry_run": dry_run });
        admin.post("/api/members/graduations/", body).await.ok(200)
    };
    let dry = import(true).await;
    assert_eq!((&dry["accepted"], &dry["repeated"]), (&json!(2), &json!(0)));
    let faults: Vec<(u64, &str)> = dry["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["row"].as_u64().unwrap(), row["code"].as_str().unwrap()))
        .collect();
    assert_eq!(faults, [(4, "repeated"), (5, "unknown"), (6, "malformed")]);
    assert_eq!(member(admin, &first).await["state"], "confirmed", "a dry run writes nothing");
    assert_eq!(import(false).await, dry);
    assert_eq!(member(admin, &first).await["state"], "alumnus");
    log_in(&hub, "kavya@home.example").await.ok(200);
    assert_eq!(import(false).await["repeated"], 2);
    let bad = json!({ "csv": "name\nX\n", "dry_run": true });
    admin.post("/api/members/graduations/", bad).await.refused(422, "validation_failed");
    assert!(notice(&second, "graduated").await.is_some());
}

#[tokio::test]
async fn staff_move_to_another_department() {
    let (_hub, college): (TestHub, TestCollege) = hub_with_college().await;
    let faculty = college.faculty("Dr. Rao").await;
    let seen = member(&college.admin, &faculty).await;
    let moved = json!({ "department": "ECE", "reason": "Transferred." });
    let changed = change(&college.admin, &seen, moved).await.ok(200);
    assert_eq!(changed["member"]["department"], "Electronics");
    let programme = json!({ "programme": "BTECH-ECE", "reason": "Transferred." });
    let refused = change(&college.admin, &changed["member"], programme).await;
    assert_eq!(pointers(&refused.refused(422, "validation_failed")), ["/programme"]);
}

#[tokio::test]
async fn an_admin_helps_who_lost_password_or_factors_and_learns_nothing() {
    // A passkey needs a name.
    let hub = TestHub::start_named().await;
    let college = hub.college("anna").await;
    let admin = &college.admin;
    let faculty = college.faculty("Dr. Rao").await;
    let path = |step: &str| format!("/api/members/{}/{step}/", faculty.member.unwrap());
    let lost = json!({ "reason": "The phone fell into the river." });
    for person in [&faculty, &college.head("Dr. Bose", "CSE").await] {
        person.post(&path("password"), Value::Null).await.refused(403, "forbidden");
        person.post(&path("factors"), lost.clone()).await.refused(403, "forbidden");
    }
    admin.post(&path("factors"), lost.clone()).await.refused(409, "conflict");
    let oneself = format!("/api/members/{}/factors/", admin.member.unwrap());
    admin.post(&oneself, lost.clone()).await.refused(403, "same_person");

    enrol(&faculty, &hub).await;
    registered(&faculty).await;
    log_in(&hub, &faculty.email).await.refused(403, "mfa_required");
    admin.post(&path("factors"), json!({ "reason": "" })).await.refused(422, "validation_failed");
    let sealed = sealed_secrets(&college, &hub).await.len();
    assert_eq!(admin.post(&path("factors"), lost).await.status, 204);
    assert_eq!(sealed_secrets(&college, &hub).await.len(), sealed - 1, "its secret is gone too");
    faculty.get("/api/me/").await.refused(401, "unauthenticated");
    log_in(&hub, &faculty.email).await.ok(200);
    let again = sign_in(&faculty.email, "anna", &hub.app).await;
    let factors = again.get("/api/second-factor/").await.ok(200);
    assert_eq!(
        (&factors["totp"], &factors["passkeys"], &factors["recovery_codes"]),
        (&json!(false), &json!(0), &json!(0))
    );
    assert!(notice(&again, "account_changed").await.unwrap().contains("An admin"));
    let said = events(&hub, &college).await;
    let (_, why, _) = said.iter().find(|row| row.0 == "factors_reset").unwrap();
    assert_eq!(why.as_deref(), Some("The phone fell into the river."));

    let answer = admin.post(&path("password"), Value::Null).await;
    assert_eq!((answer.status, answer.bytes.len()), (202, 0), "the link is the owner's alone");
    let token = hub.mailed_token(&faculty.email, "reset_password").await;
    let fresh = json!({ "token": token, "password": "a river without a phone" });
    assert!(hub.anonymous().post("/api/password/reset/confirm/", fresh).await.status < 300);
    log_in(&hub, &faculty.email).await.refused(401, "wrong_password");
    let seen = member(admin, &faculty).await;
    let gone = json!({ "reason": "Retired." });
    admin.post_seen(&path("deactivate"), &seen, gone).await.ok(200);
    admin.post(&path("password"), Value::Null).await.refused(409, "conflict");
}
