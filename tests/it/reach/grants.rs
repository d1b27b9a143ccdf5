//! Roles for a time: who gives which, and that none outlives its end.

use chrono::Duration;
use serde_json::{Value, json};

use super::{category, events, hub_admin, notice, role};
use crate::lifecycle::{hub_with_college, inside};
use crate::support::{Client, PASSWORD, pointers, text};

async fn grant_of(admin: &Client, person: &Client, wanted: &str) -> String {
    let path =
        format!("/api/roles/grants/?member={}&role={wanted}&current=true", person.member.unwrap());
    text(&admin.get(&path).await.ok(200)["results"][0]["id"])
}

async fn end(person: &Client, grant: &str) -> crate::support::Answer {
    person.delete(&format!("/api/roles/grants/{grant}/")).await
}

#[tokio::test]
async fn an_admin_gives_a_role_for_a_time_and_it_gives_nothing_after_its_end() {
    let (hub, college) = hub_with_college().await;
    let admin = &college.admin;
    let student = college.student("Kavya Iyer").await;
    let competition = json!({ "kind": "category", "id": category(admin, "competition").await });
    let mut wanted = role(&student, "organizer", competition);
    let refused = admin.post("/api/roles/grants/", wanted.clone()).await;
    assert_eq!(pointers(&refused.refused(422, "validation_failed")), ["/ends_at"]);

    wanted["starts_at"] = json!(hub.now() + Duration::hours(1));
    wanted["ends_at"] = json!(hub.now() + Duration::hours(5));
    let given = admin.post("/api/roles/grants/", wanted.clone()).await.ok(201);
    assert_eq!((&given["role"], &given["granted_by"]), (&json!("organizer"), &json!("Asha Menon")));
    assert_eq!(given["scope"]["name"], "Competition");
    admin.post("/api/roles/grants/", wanted).await.refused(409, "conflict");

    let reviews = async || student.get("/api/review/queue/").await.status;
    assert_eq!(reviews().await, 403, "it has not begun");
    // Access tokens hold ten minutes; the role is read with every request.
    hub.wait(Duration::minutes(61));
    let student = crate::support::sign_in(&student.email, "anna", &hub.app).await;
    let reviews = async || student.get("/api/review/queue/").await.status;
    assert_eq!(reviews().await, 200);
    end(&crate::support::sign_in(&admin.email, "anna", &hub.app).await, &text(&given["id"]))
        .await
        .ok(200);
    assert_eq!(reviews().await, 403, "ended, it gives nothing from the next request on");
    assert!(notice(&student, "role_granted").await.is_some());
    assert!(notice(&student, "role_ended").await.is_some());
    let kinds: Vec<String> = events(&hub, &college).await.into_iter().map(|row| row.0).collect();
    assert!(kinds.contains(&"role_granted".to_owned()) && kinds.contains(&"role_ended".to_owned()));
}

#[tokio::test]
async fn a_role_that_runs_out_gives_nothing_from_that_moment_on() {
    let (hub, college) = hub_with_college().await;
    let teacher = college.staff_of("Ms. Sen").await;
    let mut wanted = role(&teacher, "faculty", json!({ "kind": "college" }));
    wanted["ends_at"] = json!(hub.now() + Duration::minutes(5));
    college.admin.post("/api/roles/grants/", wanted).await.ok(201);
    teacher.get("/api/review/queue/").await.ok(200);
    hub.wait(Duration::minutes(5));
    teacher.get("/api/review/queue/").await.refused(403, "forbidden");
}

#[tokio::test]
async fn a_head_gives_and_ends_what_the_table_says_in_the_own_department_only() {
    let (hub, college) = hub_with_college().await;
    let head = college.head("Dr. Bose", "CSE").await;
    let ours = college.student("Kavya Iyer").await;
    let theirs = college.student_of_electronics("Farah Khan").await;
    let teacher = college.staff_of("Ms. Sen").await;
    let competition = json!({ "kind": "category", "id": category(&head, "competition").await });
    let department = |code: &str| json!({ "kind": "department", "id": college.department(code) });
    let until = json!(hub.now() + Duration::days(30));
    let dated = |person: &Client, wanted: &str, scope: Value| {
        let mut body = role(person, wanted, scope);
        body["ends_at"] = until.clone();
        body
    };
    let give = async |body: Value| head.post("/api/roles/grants/", body).await;

    give(dated(&teacher, "faculty", department("CSE"))).await.ok(201);
    let organizer = give(dated(&ours, "organizer", competition.clone())).await.ok(201);
    for refused in [
        dated(&teacher, "faculty", department("ECE")),
        dated(&teacher, "faculty", json!({ "kind": "college" })),
        dated(&theirs, "organizer", competition),
        dated(&teacher, "head", department("CSE")),
        dated(&teacher, "report_coordinator", json!({ "kind": "college" })),
        dated(&teacher, "college_admin", json!({ "kind": "college" })),
        dated(&teacher, "key_manager", json!({ "kind": "college" })),
    ] {
        give(refused).await.refused(403, "forbidden");
    }
    end(&head, &text(&organizer["id"])).await.ok(200);
    end(&head, &text(&organizer["id"])).await.refused(409, "conflict");
    // Their own headship lies in their department, and is not theirs to end; the admin's they do not see.
    let own = grant_of(&college.admin, &head, "head").await;
    end(&head, &own).await.refused(403, "forbidden");
    let admins = grant_of(&college.admin, &college.admin, "college_admin").await;
    end(&head, &admins).await.refused(404, "not_found");
    let seen = head.get("/api/roles/grants/").await.ok(200);
    let seen: Vec<&str> = seen["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["role"].as_str().unwrap())
        .collect();
    assert_eq!(seen, ["organizer", "faculty", "head"]);
    for person in [&ours, &teacher] {
        person.get("/api/roles/grants/").await.refused(403, "forbidden");
        person
            .post("/api/roles/grants/", role(person, "college_admin", json!({ "kind": "college" })))
            .await
            .refused(403, "forbidden");
    }
}

#[tokio::test]
async fn a_key_manager_takes_two_persons_and_is_never_oneself() {
    let (hub, college) = hub_with_college().await;
    let admin = &college.admin;
    let teacher = college.staff_of("Ms. Sen").await;
    let wanted = |person: &Client| {
        let mut body = role(person, "key_manager", json!({ "kind": "college" }));
        body["reason"] = json!("The controller retires.");
        body
    };
    admin.post("/api/roles/grants/", wanted(admin)).await.refused(403, "same_person");
    let mut silent = wanted(&teacher);
    silent["reason"] = Value::Null;
    admin.post("/api/roles/grants/", silent).await.refused(422, "validation_failed");
    let asked = admin.post("/api/roles/grants/", wanted(&teacher)).await.ok(202);
    assert_eq!(asked["kind"], "key_manager_grant");
    teacher.get("/api/keys/").await.refused(403, "forbidden");

    let confirm = format!("/api/confirmations/{}/confirm/", text(&asked["id"]));
    admin.post_seen(&confirm, &asked, json!({})).await.refused(403, "same_person");
    // The college has nobody else: whoever runs the hub is the second, and the audit says so.
    let operator = hub_admin(&hub, "Ila Rao").await;
    let path = format!("/api/admin/colleges/{}/confirmations/", college.id);
    let waiting = operator.get(&path).await.ok(200);
    assert_eq!(waiting[0]["id"], asked["id"]);
    let confirm = format!("{path}{}/confirm/", text(&asked["id"]));
    operator
        .post_seen(&confirm, &asked, json!({ "reason": "" }))
        .await
        .refused(422, "validation_failed");
    let reason = json!({ "reason": "They called me." });
    operator.post_seen(&confirm, &asked, reason.clone()).await.ok(200);
    operator.post_seen(&confirm, &asked, reason.clone()).await.refused(412, "stale_version");
    teacher.get("/api/keys/").await.ok(200);
    let (_, said, facts) = events(&hub, &college)
        .await
        .into_iter()
        .find(|row| row.0 == "confirmation_decided")
        .unwrap();
    assert_eq!((&facts["stands_in"], &facts["operator"]), (&json!(true), &json!("Ila Rao")));
    assert_eq!(said.as_deref(), Some("They called me."));

    // From the first key manager on the college has a second person of its own.
    let other = college.staff_of("Mr. Gill").await;
    let asked = admin.post("/api/roles/grants/", wanted(&other)).await.ok(202);
    let stand_in = format!("{path}{}/confirm/", text(&asked["id"]));
    operator.post_seen(&stand_in, &asked, reason).await.refused(409, "conflict");
    let confirm = format!("/api/confirmations/{}/confirm/", text(&asked["id"]));
    other.post_seen(&confirm, &asked, json!({})).await.refused(403, "forbidden");
    teacher.post_seen(&confirm, &asked, json!({})).await.ok(200);
    other.get("/api/keys/").await.ok(200);
}

#[tokio::test]
async fn nobody_becomes_a_key_manager_past_two_persons_in_sql_either() {
    let (hub, college) = hub_with_college().await;
    let teacher = college.staff_of("Ms. Sen").await;
    let mut owner = inside(&hub, &college).await;
    let insert = "INSERT INTO role_grants (college_id, id, member_id, role, scope_kind, starts_at) \
                  VALUES ($1, gen_random_uuid(), $2, $3, 'college', now())";
    // Nor a student an organizer of everything, or for ever.
    for wanted in ["key_manager", "super_admin", "organizer"] {
        let written = sqlx::query(insert)
            .bind(college.id.0)
            .bind(teacher.member.unwrap().0)
            .bind(wanted)
            .execute(&mut owner)
            .await;
        let error = written.unwrap_err().into_database_error().unwrap();
        assert!(error.is_check_violation(), "{wanted}: {error}");
    }
}

#[tokio::test]
async fn the_last_admin_stays_whoever_removes_them_and_however() {
    let (hub, college) = hub_with_college().await;
    let admin = &college.admin;
    let own = grant_of(admin, admin, "college_admin").await;
    end(admin, &own).await.refused(409, "conflict");
    // One whose office ends is no second admin.
    let deputy = college.staff_of("Ms. Sen").await;
    let mut wanted = role(&deputy, "college_admin", json!({ "kind": "college" }));
    wanted["ends_at"] = json!(hub.now() + Duration::days(30));
    admin.post("/api/roles/grants/", wanted).await.ok(201);
    end(admin, &own).await.refused(409, "conflict");
    let seen = super::member(&deputy, admin).await;
    let deactivate = format!("/api/members/{}/deactivate/", admin.member.unwrap());
    let gone = json!({ "reason": "Retired." });
    deputy.post_seen(&deactivate, &seen, gone.clone()).await.refused(409, "conflict");
    // The same in SQL, past every use case.
    let mut owner = inside(&hub, &college).await;
    for sql in [
        "UPDATE role_grants SET ends_at = now() WHERE college_id = $1 AND role = 'college_admin' AND ends_at IS NULL",
        "UPDATE members SET state = 'deactivated' WHERE college_id = $1 AND full_name = 'Asha Menon'",
    ] {
        let refused = sqlx::query(sql).bind(college.id.0).execute(&mut owner).await.unwrap_err();
        assert_eq!(refused.into_database_error().unwrap().code().unwrap(), "HB010", "{sql}");
    }
    let second = college.staff_of("Mr. Gill").await;
    admin
        .post("/api/roles/grants/", role(&second, "college_admin", json!({ "kind": "college" })))
        .await
        .ok(201);
    second.post_seen(&deactivate, &seen, gone).await.ok(200);
    assert_eq!(admin.get("/api/me/").await.status, 401);
}

#[tokio::test]
async fn two_admins_who_remove_each_other_at_once_leave_one() {
    let (hub, college) = hub_with_college().await;
    let admin = &college.admin;
    for round in 0..8 {
        let second = college.staff_of(&format!("Second {round}")).await;
        let wanted = role(&second, "college_admin", json!({ "kind": "college" }));
        admin.post("/api/roles/grants/", wanted).await.ok(201);
        let (first, other) = (
            grant_of(admin, admin, "college_admin").await,
            grant_of(admin, &second, "college_admin").await,
        );
        let (a, b) = tokio::join!(end(admin, &other), end(&second, &first));
        let done = [a.status, b.status].iter().filter(|status| **status == 200).count();
        let mut owner = inside(&hub, &college).await;
        let left: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM role_grants WHERE college_id = $1 AND role = 'college_admin' AND ends_at IS NULL",
        )
        .bind(college.id.0)
        .fetch_one(&mut owner)
        .await
        .unwrap();
        assert!(left >= 1, "nobody is left");
        assert_eq!((done, left), (1, 1), "{} {}", a.body, b.body);
        if b.status == 200 {
            // Give the first one their office back.
            let again = role(admin, "college_admin", json!({ "kind": "college" }));
            second.post("/api/roles/grants/", again).await.ok(201);
            end(admin, &other).await.ok(200);
        }
    }
}

#[tokio::test]
async fn what_an_admin_promised_falls_with_them() {
    let (hub, college) = hub_with_college().await;
    let admin = &college.admin;
    let second = college.staff_of("Mr. Gill").await;
    let wanted = role(&second, "college_admin", json!({ "kind": "college" }));
    let given = admin.post("/api/roles/grants/", wanted).await.ok(201);
    let invited = json!({ "email": "friend@anna.example", "roles": [{ "role": "college_admin" }] });
    second.post("/api/invitations/", invited).await.ok(201);
    let token = hub.mailed_token("friend@anna.example", "invitation").await;
    end(admin, &text(&given["id"])).await.ok(200);
    let accept = json!({ "full_name": "A Friend", "password": PASSWORD });
    hub.anonymous()
        .post(&format!("/api/invitations/{token}/accept/"), accept)
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn a_role_is_given_and_ended_by_somebody_who_showed_who_they_are() {
    let (hub, college) = hub_with_college().await;
    let admin = &college.admin;
    let teacher = college.staff_of("Ms. Sen").await;
    let wanted = role(&teacher, "faculty", json!({ "kind": "college" }));
    let given = admin.post("/api/roles/grants/", wanted.clone()).await.ok(201);
    let operator = hub_admin(&hub, "Ila Rao").await;
    // Ten minutes after the log-in, in the session that goes on.
    let mut sessions = Vec::new();
    for person in [admin, &operator] {
        let body = json!({ "email": person.email, "password": PASSWORD });
        sessions.push(text(&hub.anonymous().post("/api/token/", body).await.ok(200)["refresh"]));
    }
    hub.wait(Duration::minutes(11));
    let mut late = Vec::new();
    for refresh in sessions {
        let tokens = hub
            .anonymous()
            .post("/api/token/refresh/", json!({ "refresh": refresh }))
            .await
            .ok(200);
        late.push(hub.anonymous().with_token(&text(&tokens["access"])));
    }
    let (admin, operator) = (&late[0], &late[1]);
    admin.post("/api/roles/grants/", wanted).await.refused(403, "step_up_required");
    end(admin, &text(&given["id"])).await.refused(403, "step_up_required");
    let invited = json!({ "email": "new@anna.example", "roles": [{ "role": "college_admin" }] });
    admin.post("/api/invitations/", invited).await.refused(403, "step_up_required");
    let factors = format!("/api/members/{}/factors/", teacher.member.unwrap());
    let reason = json!({ "reason": "The phone is lost." });
    admin.post(&factors, reason.clone()).await.refused(403, "step_up_required");
    let look = json!({ "member": teacher.member.unwrap(), "reason": "Curious." });
    admin.post("/api/admin/impersonations/", look).await.refused(403, "step_up_required");
    let suspend = format!("/api/admin/colleges/{}/suspend/", college.id);
    let seen = json!({ "etag": "\"1\"" });
    operator.post_seen(&suspend, &seen, reason).await.refused(403, "step_up_required");
    let shown = json!({ "password": PASSWORD });
    admin.post("/api/step-up/", shown).await.ok(200);
    end(admin, &text(&given["id"])).await.ok(200);
}
