//! Queues in other hands, and who sees what first.

use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

use super::{category, events, notice, queue, role};
use crate::lifecycle::{act, content, hub_with_college, inside, picture, submitted, upload};
use crate::support::{Answer, Client, pointers, sign_in, text};

fn lend(to: &Client, until: Value) -> Value {
    json!({ "to": to.member.unwrap(), "ends_at": until, "reason": "Leave." })
}

async fn route(person: &Client, etag: &str, rules: Value) -> Answer {
    let request = person.request(Method::PUT, "/api/review/routing/").header("If-Match", etag);
    person.send(request.json(&json!({ "rules": rules }))).await
}

#[tokio::test]
async fn a_queue_in_other_hands_is_decided_on_behalf_of_its_reviewer_and_comes_back() {
    let (hub, college) = hub_with_college().await;
    let student = college.student("Kavya Iyer").await;
    let owner = college.faculty("Dr. Rao").await;
    let delegate = college.head("Dr. Jain", "ECE").await;
    let first = submitted(&student, "Relay, first place").await;
    submitted(&student, "Quiz, winner").await;
    assert_eq!(queue(&delegate).await, [""; 0]);
    act(&delegate, &first, "decisions", json!({ "action": "approve" }))
        .await
        .refused(404, "not_found");

    let until = json!(hub.now() + Duration::minutes(8));
    for (bad, pointer) in [
        (lend(&owner, until.clone()), "/to"),
        (lend(&college.staff_of("Ms. Sen").await, until.clone()), "/to"),
        (lend(&delegate, json!(hub.now() - Duration::hours(1))), "/ends_at"),
        (lend(&delegate, json!(hub.now() + Duration::days(400))), "/ends_at"),
    ] {
        let refused = owner.post("/api/review/delegations/", bad).await;
        assert_eq!(pointers(&refused.refused(422, "validation_failed")), [pointer]);
    }
    let lent = owner.post("/api/review/delegations/", lend(&delegate, until.clone())).await.ok(201);
    owner.post("/api/review/delegations/", lend(&delegate, until)).await.refused(409, "conflict");
    assert!(notice(&delegate, "delegation_begun").await.is_some());
    assert_eq!(delegate.get("/api/review/delegations/").await.ok(200)[0]["id"], lent["id"]);

    assert_eq!(queue(&delegate).await, ["Relay, first place", "Quiz, winner"]);
    // The queue and nothing else: a right over people of the other department is not lent.
    assert_eq!(delegate.get("/api/members/?count=true").await.ok(200)["count"], 0);
    let decided = act(&delegate, &first, "decisions", json!({ "action": "approve" })).await.ok(200);
    assert_eq!(
        (&decided["last_decision"]["by"], &decided["last_decision"]["on_behalf_of"]),
        (&json!("Dr. Jain"), &json!("Dr. Rao"))
    );
    hub.wait(Duration::minutes(8));
    assert_eq!(queue(&delegate).await, [""; 0], "it gives nothing from its end on");
    assert_eq!(owner.get("/api/review/delegations/").await.ok(200), json!([]));
    let kinds: Vec<String> = events(&hub, &college).await.into_iter().map(|row| row.0).collect();
    assert!(kinds.contains(&"delegation_begun".to_owned()));
}

#[tokio::test]
async fn a_queue_comes_back_when_somebody_takes_it_or_its_reviewer_loses_the_role() {
    let (hub, college) = hub_with_college().await;
    let student = college.student("Kavya Iyer").await;
    let owner = college.faculty("Dr. Rao").await;
    let delegate = college.head("Dr. Jain", "ECE").await;
    let stranger = college.head("Dr. Bose", "ECE").await;
    let head = college.head("Dr. Nair", "CSE").await;
    submitted(&student, "Relay, first place").await;
    let until = json!(hub.now() + Duration::days(3));
    let of_owner = |by: &Client| {
        let mut body = lend(&delegate, until.clone());
        body["from"] = json!(owner.member.unwrap());
        (by.clone(), body)
    };
    // The head of the other department has no say in it.
    let (person, body) = of_owner(&stranger);
    person.post("/api/review/delegations/", body).await.refused(403, "forbidden");
    let (person, body) = of_owner(&head);
    let lent = person.post("/api/review/delegations/", body).await.ok(201);
    assert_eq!(queue(&delegate).await, ["Relay, first place"]);
    let path = format!("/api/review/delegations/{}/", text(&lent["id"]));
    stranger.delete(&path).await.refused(404, "not_found");
    assert_eq!(owner.delete(&path).await.status, 204);
    owner.delete(&path).await.refused(409, "conflict");
    assert_eq!(queue(&delegate).await, [""; 0]);

    let (person, body) = of_owner(&college.admin);
    person.post("/api/review/delegations/", body).await.ok(201);
    assert_eq!(queue(&delegate).await, ["Relay, first place"]);
    let grants = format!("/api/roles/grants/?member={}", owner.member.unwrap());
    let grant = text(&college.admin.get(&grants).await.ok(200)["results"][0]["id"]);
    college.admin.delete(&format!("/api/roles/grants/{grant}/")).await.ok(200);
    assert_eq!(queue(&delegate).await, [""; 0], "whoever has no queue lends none");
}

#[tokio::test]
async fn a_rule_shows_an_item_to_its_reviewers_first_and_to_all_in_the_end() {
    let (hub, college) = hub_with_college().await;
    let admin = &college.admin;
    let student = college.student("Kavya Iyer").await;
    let (chosen, other) = (college.faculty("Dr. Rao").await, college.faculty("Dr. Bose").await);
    submitted(&student, "Relay, first place").await;
    assert_eq!(
        (queue(&chosen).await.len(), queue(&other).await.len()),
        (1, 1),
        "no rule, everybody"
    );

    let competition = category(admin, "competition").await;
    let rule = json!({ "category": competition, "reviewers": [chosen.member.unwrap()], "pool_after_hours": 1 });
    let routing = admin.get("/api/review/routing/").await.ok(200);
    let etag = text(&routing["etag"]);
    for (bad, pointer) in [
        (json!([{ "category": competition }]), "/rules/0/role"),
        (json!([{ "role": "key_manager" }]), "/rules/0/role"),
        (json!([{ "role": "head", "pool_after_hours": 0 }]), "/rules/0/pool_after_hours"),
        (json!([{ "reviewers": [uuid::Uuid::new_v4()] }]), "/rules/0/reviewers"),
        (json!([{ "role": "head", "department": uuid::Uuid::new_v4() }]), "/rules/0/department"),
    ] {
        let refused = route(admin, &etag, bad).await;
        assert_eq!(pointers(&refused.refused(422, "validation_failed")), [pointer]);
    }
    let set = route(admin, &etag, json!([rule])).await.ok(200);
    route(admin, &etag, json!([])).await.refused(412, "stale_version");
    assert_eq!((queue(&chosen).await.len(), queue(&other).await.len()), (1, 0));
    assert_eq!(other.get("/api/review/stats/").await.ok(200)["waiting"], 0);
    // An admin reaches the whole college, and sees it no sooner.
    assert_eq!(queue(admin).await, [""; 0]);
    // Whoever is away keeps nothing back.
    let seen = super::member(admin, &chosen).await;
    let account = |step: &str| format!("/api/members/{}/{step}/", chosen.member.unwrap());
    let closed =
        admin.post_seen(&account("deactivate"), &seen, json!({ "reason": "Ill." })).await.ok(200);
    assert_eq!(queue(&other).await.len(), 1);
    admin.post_seen(&account("reactivate"), &closed, json!({})).await.ok(200);
    assert_eq!(queue(&other).await, [""; 0]);
    hub.wait(Duration::minutes(61));
    let other = sign_in(&other.email, "anna", &hub.app).await;
    let admin = sign_in(&admin.email, "anna", &hub.app).await;
    assert_eq!((queue(&other).await.len(), queue(&admin).await.len()), (1, 1), "nothing is lost");
    route(&admin, &text(&set["etag"]), json!([])).await.ok(200);
}

#[tokio::test]
async fn a_head_routes_the_own_department_and_its_rules_come_first() {
    let (_hub, college) = hub_with_college().await;
    let admin = &college.admin;
    let head = college.head("Dr. Nair", "CSE").await;
    let faculty = college.faculty("Dr. Rao").await;
    let student = college.student("Kavya Iyer").await;
    submitted(&student, "Relay, first place").await;
    let (cse, ece) = (college.department("CSE"), college.department("ECE"));
    let set = route(admin, "\"0\"", json!([{ "role": "college_admin" }])).await.ok(200);
    assert_eq!((queue(&head).await.len(), queue(admin).await.len()), (0, 1));
    let etag = text(&set["etag"]);
    for outside in [json!([{ "role": "head" }]), json!([{ "role": "head", "department": ece }])] {
        route(&head, &etag, outside).await.refused(403, "forbidden");
    }
    let own = json!([{ "role": "head", "department": cse }]);
    let set = route(&head, &etag, own).await.ok(200);
    assert_eq!(set["rules"].as_array().unwrap().len(), 2, "the admin's rule stays");
    assert_eq!(
        (queue(&head).await.len(), queue(admin).await.len(), queue(&faculty).await.len()),
        (1, 0, 0)
    );
    // Whoever reviews may read the rules; a head sets no rule for two persons.
    assert_eq!(faculty.get("/api/review/routing/").await.ok(200), set);
    route(&faculty, &text(&set["etag"]), json!([])).await.refused(403, "forbidden");
    let two = json!({ "second_reviewer": [] });
    let request = head.request(Method::PUT, "/api/review/routing/");
    let request = request.header("If-Match", text(&set["etag"])).json(&two);
    head.send(request).await.refused(403, "forbidden");
}

#[tokio::test]
async fn a_decision_on_ones_own_behalf_is_not_written_in_sql_either() {
    let (hub, college) = hub_with_college().await;
    let (student, faculty) =
        (college.student("Kavya Iyer").await, college.faculty("Dr. Rao").await);
    crate::lifecycle::approved(&student, &faculty, "Relay, first place").await;
    let mut owner = inside(&hub, &college).await;
    let refused =
        sqlx::query("UPDATE decisions SET on_behalf_of = decided_by WHERE college_id = $1")
            .bind(college.id.0)
            .execute(&mut owner)
            .await;
    assert!(refused.unwrap_err().into_database_error().unwrap().is_check_violation());
}

/// An item that a team filed of an event.
async fn filed_by_team(student: &Client, event: &Value, title: &str) -> Value {
    let team = json!({ "name": "Byte Force", "event": event["id"], "roll_numbers": [] });
    let team = student.post("/api/teams/", team).await.ok(201);
    let mut filed = content(title);
    filed["team_id"] = team["id"].clone();
    let made = student.post("/api/achievements/", filed).await.ok(201);
    upload(student, &text(&made["id"]), "a.jpg", picture(3), None).await.ok(201);
    let seen = student.get(&format!("/api/achievements/{}/", text(&made["id"]))).await.ok(200);
    act(student, &seen, "submit", Value::Null).await.ok(200)
}

#[tokio::test]
async fn an_organizer_of_an_event_decides_on_what_its_teams_filed_and_nothing_else() {
    let (hub, college) = hub_with_college().await;
    let admin = &college.admin;
    let faculty = college.faculty("Dr. Rao").await;
    let (student, organizer) =
        (college.student("Kavya Iyer").await, college.student("Rohan Das").await);
    let event = json!({ "name": "Smart India Hackathon", "organiser": "AICTE" });
    let event = faculty.post("/api/events/", event).await.ok(201);
    let other = json!({ "name": "Kalakriti", "organiser": "The college" });
    let other = faculty.post("/api/events/", other).await.ok(201);
    let grant = |scope: Value| {
        let mut body = role(&organizer, "organizer", scope);
        body["ends_at"] = json!(hub.now() + Duration::days(9));
        body
    };
    let give = async |scope: Value| admin.post("/api/roles/grants/", grant(scope)).await;
    let academic = json!({ "kind": "category", "id": category(admin, "publication").await });
    for scope in [academic, json!({ "kind": "event", "id": uuid::Uuid::new_v4() })] {
        let refused = give(scope).await.refused(422, "validation_failed");
        assert_eq!(pointers(&refused), ["/scope/id"]);
    }
    for scope in [
        json!({ "kind": "college" }),
        json!({ "kind": "department", "id": college.department("CSE") }),
    ] {
        assert_eq!(pointers(&give(scope).await.refused(422, "validation_failed")), ["/scope"]);
    }
    let given = give(json!({ "kind": "event", "id": event["id"] })).await.ok(201);
    assert_eq!(given["scope"]["name"], "Smart India Hackathon");
    let own = organizer.get("/api/me/").await.ok(200);
    assert_eq!(own["grants"][0]["scope"]["name"], "Smart India Hackathon");

    let of_event = filed_by_team(&student, &event, "Hackathon, winner").await;
    let of_other = filed_by_team(&student, &other, "Dance, winner").await;
    let alone = submitted(&student, "Essay, winner").await;
    assert_eq!(queue(&organizer).await, ["Hackathon, winner"]);
    assert_eq!(organizer.get("/api/review/stats/").await.ok(200)["waiting"], 1);
    assert!(notice(&organizer, "review_waits").await.unwrap().contains("Hackathon"));
    let approve = json!({ "action": "approve" });
    for out_of_reach in [&of_other, &alone] {
        act(&organizer, out_of_reach, "decisions", approve.clone()).await.refused(404, "not_found");
    }
    let decided = act(&organizer, &of_event, "decisions", approve).await.ok(200);
    assert_eq!(
        (&decided["status"], &decided["last_decision"]["by"]),
        (&json!("approved"), &json!("Rohan Das"))
    );
    // Twenty-five at once, where staff have a hundred.
    let items: Vec<Value> =
        (0..26).map(|_| json!({ "id": uuid::Uuid::new_v4(), "etag": "\"1\"" })).collect();
    let many = json!({ "action": "approve", "items": items });
    organizer.post("/api/decisions/bulk/", many.clone()).await.refused(422, "validation_failed");
    let answered = faculty.post("/api/decisions/bulk/", many).await.ok(200);
    assert_eq!(answered["results"].as_array().unwrap().len(), 26);
}

#[tokio::test]
async fn whoever_sees_it_first_hears_of_it_and_the_others_do_not() {
    let (hub, college) = hub_with_college().await;
    let admin = &college.admin;
    let student = college.student("Kavya Iyer").await;
    let (chosen, other) = (college.faculty("Dr. Rao").await, college.faculty("Dr. Bose").await);
    let delegate = college.head("Dr. Jain", "ECE").await;
    let until = json!(hub.now() + Duration::days(2));
    chosen.post("/api/review/delegations/", lend(&delegate, until)).await.ok(201);
    let set =
        route(admin, "\"0\"", json!([{ "reviewers": [chosen.member.unwrap()] }])).await.ok(200);
    submitted(&student, "Relay, first place").await;
    for (person, hears) in [(&chosen, true), (&delegate, true), (&other, false), (admin, false)] {
        assert_eq!(notice(person, "review_waits").await.is_some(), hears, "{}", person.email);
    }
    route(admin, &text(&set["etag"]), json!([{ "role": "college_admin" }])).await.ok(200);
    submitted(&student, "Quiz, winner").await;
    assert!(notice(admin, "review_waits").await.unwrap().contains("Quiz"));
    assert!(notice(&other, "review_waits").await.is_none());
}

#[tokio::test]
async fn whoever_reports_reads_what_was_approved_and_nothing_that_waits() {
    let (_hub, college) = hub_with_college().await;
    let (student, faculty) =
        (college.student("Kavya Iyer").await, college.faculty("Dr. Rao").await);
    let coordinator = college.staff_of("Ms. Sen").await;
    let done = crate::lifecycle::approved(&student, &faculty, "Relay, first place").await;
    let waits = submitted(&student, "Quiz, winner").await;
    let seen = coordinator.get("/api/achievements/").await.ok(200);
    let seen: Vec<&Value> = seen["results"].as_array().unwrap().iter().collect();
    assert_eq!((seen.len(), &seen[0]["id"]), (1, &done["id"]));
    let path = |item: &Value| format!("/api/achievements/{}/", text(&item["id"]));
    let item = coordinator.get(&path(&done)).await.ok(200);
    assert_eq!(item["allowed"], json!([]));
    let file = format!("/api/evidence/{}/content", text(&item["evidence"][0]["id"]));
    assert_eq!(coordinator.get(&file).await.status, 200);
    coordinator.get(&path(&waits)).await.refused(404, "not_found");
    let comment = json!({ "text": "Well done." });
    let comments = format!("{}comments/", path(&done));
    coordinator.post(&comments, comment).await.refused(403, "forbidden");
    coordinator.get("/api/review/queue/").await.refused(403, "forbidden");
}
