//! Activity points: counted with the act that changes them, shown with the rule that cut, under schemes that a college binds.

use serde_json::{Value, json};
use sqlx::Row;

use crate::keys::settle;
use crate::lifecycle::{act, approved, content, inside, submitted, upload};
use crate::support::{Client, pointers, text};
use crate::workflow::{Scene, approve, undo};

/// Competitions by level, three of one event; a group for papers that nobody reaches here.
fn scheme() -> Value {
    json!({
        "target": { "regular": 100, "lateral": 75 },
        "groups": [
            { "code": "contests", "name": "Contests", "minimum": { "regular": 20 }, "maximum": { "regular": 50, "lateral": 30 },
              "activities": [{ "code": "contest", "name": "Contests",
                "takes": { "categories": ["competition"] },
                "points": { "by_level": { "college": 8, "state": 25, "national": 40 } } }] },
            { "code": "papers", "name": "Papers", "minimum": { "regular": 16 },
              "activities": [{ "code": "paper", "name": "Papers",
                "takes": { "categories": ["publication"] }, "points": { "fixed": 20 } }] }
        ]
    })
}

async fn bound(scene: &Scene) -> Value {
    let admin = &scene.college.admin;
    let request = json!({ "name": "Ours", "content": scheme() });
    let made = admin.post("/api/point-schemes/", request).await.ok(201);
    let binding = json!({ "scheme": made["id"], "version": 1 });
    admin.post("/api/point-bindings/", binding).await.ok(201);
    made
}

async fn points(student: &Client) -> Value {
    student.get("/api/me/points/").await.ok(200)
}

/// Claimed, awarded and counted of each achievement as the hub keeps them, and the total that it keeps.
async fn kept(scene: &Scene) -> (Vec<(i32, i32, i32)>, Option<i32>) {
    let mut owner = inside(&scene.hub, &scene.college).await;
    let rows = sqlx::query("SELECT claimed, awarded, counted FROM points ORDER BY achievement_id")
        .fetch_all(&mut owner)
        .await
        .unwrap();
    let total = sqlx::query("SELECT counted FROM point_totals").fetch_optional(&mut owner);
    let total = total.await.unwrap().map(|row| row.get(0));
    (rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect(), total)
}

/// A submission with these facts in the place of the usual ones.
async fn filed(student: &Client, title: &str, facts: Value) -> Value {
    let mut body = content(title);
    body.as_object_mut().unwrap().extend(facts.as_object().unwrap().clone());
    let made = student.post("/api/achievements/", body).await.ok(201);
    let id = text(&made["id"]);
    let picture = crate::lifecycle::picture(7);
    upload(student, &id, "photo.jpg", picture, Some("On the track")).await.ok(201);
    let seen = student.get(&format!("/api/achievements/{id}/")).await.ok(200);
    act(student, &seen, "submit", Value::Null).await.ok(200)
}

#[tokio::test]
async fn points_follow_each_act_in_its_own_transaction() {
    let scene = Scene::set().await;
    assert_eq!(points(&scene.student).await["scheme"], Value::Null);
    bound(&scene).await;
    let before = points(&scene.student).await;
    assert_eq!((&before["target"], &before["missing"]), (&json!(100), &json!(100)));

    let item = approved(&scene.student, &scene.first, "Relay").await;
    let seen = points(&scene.student).await;
    assert_eq!((&seen["counted"], &seen["items"][0]["activity"]), (&json!(25), &json!("contest")));
    assert_eq!(seen["groups"][1]["missing"], 16);
    assert_eq!(kept(&scene).await, (vec![(25, 25, 25)], Some(25)));

    let back = undo(&scene.first, &item).await.ok(200);
    assert_eq!(kept(&scene).await, (vec![], Some(0)));
    let again = approve(&scene.first, &back).await.ok(200);
    assert_eq!(kept(&scene).await, (vec![(25, 25, 25)], Some(25)));

    // What takes its place counts in its place.
    let item = scene.seen(&scene.student, &again).await;
    let draft = act(&scene.student, &item, "amend", Value::Null).await.ok(200);
    let path = format!("/api/achievements/{}/", text(&draft["id"]));
    let request = scene.student.request(reqwest::Method::PATCH, &path);
    let request = request.header("If-Match", text(&draft["etag"]));
    let raised = request.json(&json!({ "level": "national" }));
    let raised = scene.student.send(raised).await.ok(200);
    let estimate = scene.student.get(&format!("{path}points/")).await.ok(200);
    assert_eq!((&estimate["estimated"], &estimate["gain"]), (&json!(true), &json!(15)));
    let raised = act(&scene.student, &raised, "submit", Value::Null).await.ok(200);
    assert_eq!(kept(&scene).await.1, Some(25));
    let raised = approve(&scene.first, &raised).await.ok(200);
    assert_eq!(kept(&scene).await, (vec![(40, 40, 40)], Some(40)));

    let credential = text(&raised["credential"]["id"]);
    let reason = json!({ "reason": "error", "text": "The wrong race." });
    let path = format!("/api/credentials/{credential}/revoke");
    scene.college.admin.post(&path, reason).await.ok(200);
    assert_eq!(kept(&scene).await, (vec![], Some(0)));
}

#[tokio::test]
async fn two_approvals_at_once_see_each_other() {
    let scene = Scene::set().await;
    bound(&scene).await;
    for round in 0..4 {
        let one = submitted(&scene.student, &format!("Relay {round}")).await;
        let two = submitted(&scene.student, &format!("Hurdles {round}")).await;
        let (first, second) =
            tokio::join!(approve(&scene.first, &one), approve(&scene.second, &two));
        first.ok(200);
        second.ok(200);
        assert_eq!(kept(&scene).await.1, Some(50), "the cap of the group, from the first round on");
    }
    let (rows, _) = kept(&scene).await;
    assert_eq!(rows.len(), 8);
    assert_eq!(rows.iter().map(|row| row.2).sum::<i32>(), 50);
}

#[tokio::test]
async fn of_one_event_the_best_counts_and_the_student_reads_why() {
    let scene = Scene::set().await;
    bound(&scene).await;
    let event = json!({ "particulars": { "event": "Spring Games" } });
    let won = filed(&scene.student, "Winner, relay", event.clone()).await;
    let ran = json!({ "outcome": "participant", "particulars": { "event": " spring  games" } });
    let ran = filed(&scene.student, "Took part in the relay", ran).await;
    approve(&scene.first, &won).await.ok(200);
    approve(&scene.first, &ran).await.ok(200);
    let seen = points(&scene.student).await;
    assert_eq!(seen["counted"], 25);
    let cut = &seen["items"][1]["cuts"][0];
    assert_eq!((&cut["rule"], &cut["points"]), (&json!("winner_over_participant"), &json!(25)));
    assert_eq!(cut["instead"], won["id"]);
    let mut owner = inside(&scene.hub, &scene.college).await;
    let rule: String =
        sqlx::query_scalar("SELECT cuts -> 0 ->> 'rule' FROM points WHERE counted = 0")
            .fetch_one(&mut owner)
            .await
            .unwrap();
    assert_eq!(rule, "winner_over_participant");
}

#[tokio::test]
async fn points_are_never_a_clients_to_send_and_particulars_are_lines_of_the_list() {
    let scene = Scene::set().await;
    for facts in [json!({ "points": 60 }), json!({ "particulars": { "points": "60" } })] {
        let mut body = content("Relay");
        body.as_object_mut().unwrap().extend(facts.as_object().unwrap().clone());
        scene.student.post("/api/achievements/", body).await.refused(400, "malformed");
    }
    let mut body = content("Relay");
    body["particulars"] = json!({ "domain": "chess" });
    let problem = scene.student.post("/api/achievements/", body).await;
    assert_eq!(pointers(&problem.refused(422, "validation_failed")), ["/particulars/domain"]);
}

#[tokio::test]
async fn a_category_asks_for_its_particulars_before_something_is_handed_in() {
    let scene = Scene::set().await;
    let asked = "UPDATE categories SET required_fields = required_fields || '{event}' WHERE code = 'competition'";
    scene.owner_runs(asked).await;
    let draft = crate::lifecycle::draft(&scene.student, "Relay").await;
    assert_eq!(draft["missing"], json!(["Name the event."]));
    let problem = act(&scene.student, &draft, "submit", Value::Null).await;
    assert_eq!(pointers(&problem.refused(422, "validation_failed")), ["/event"]);
    let named = json!({ "particulars": { "event": "Spring Games" } });
    let seen = filed(&scene.student, "Relay again", named).await;
    assert_eq!(
        (&seen["status"], &seen["particulars"]["event"]),
        (&json!("submitted"), &json!("Spring Games"))
    );
}

#[tokio::test]
async fn a_head_binds_the_own_programmes_and_the_closest_binding_holds() {
    let scene = Scene::set().await;
    let made = bound(&scene).await;
    let head = scene.college.head("Dr. Head", "CSE").await;
    let other = scene.college.head("Dr. Other", "ECE").await;
    approved(&scene.student, &scene.first, "Relay").await;
    let stricter =
        json!({ "content": { "target": { "regular": 40 }, "groups": scheme()["groups"] } });
    let path = format!("/api/point-schemes/{}", text(&made["id"]));
    assert_eq!(head.post(&path, stricter).await.ok(201)["version"], 2);
    let binding = |programme: Option<&str>| json!({ "scheme": made["id"], "version": 2, "programme": programme });
    head.post("/api/point-bindings/", binding(None)).await.refused(403, "forbidden");
    head.post("/api/point-bindings/", binding(Some("BTECH-ECE"))).await.refused(403, "forbidden");
    assert_eq!(points(&scene.student).await["target"], 100);
    let bound = head.post("/api/point-bindings/", binding(Some("BTECH-CSE"))).await.ok(201);
    assert_eq!(points(&scene.student).await["target"], 40);
    settle(&scene.hub).await;
    let mut owner = inside(&scene.hub, &scene.college).await;
    let target = sqlx::query_scalar::<_, i32>("SELECT target FROM point_totals WHERE counted = 25");
    assert_eq!(target.fetch_one(&mut owner).await.unwrap(), 40);

    let student = scene.student.member.unwrap();
    let theirs = format!("/api/students/{student}/points");
    assert_eq!(head.get(&theirs).await.ok(200)["counted"], 25);
    assert_eq!(scene.first.get(&theirs).await.ok(200)["counted"], 25);
    other.get(&theirs).await.refused(404, "not_found");
    other.patch(&theirs, json!({ "kind": "lateral" })).await.refused(404, "not_found");
    scene.student.patch(&theirs, json!({ "kind": "lateral" })).await.refused(403, "forbidden");
    assert_eq!(head.patch(&theirs, json!({ "kind": "lateral" })).await.ok(200)["kind"], "lateral");

    other
        .delete(&format!("/api/point-bindings/{}", text(&bound["id"])))
        .await
        .refused(403, "forbidden");
    let gone = head.delete(&format!("/api/point-bindings/{}", text(&bound["id"]))).await;
    assert_eq!(gone.status, 204);
    assert_eq!(points(&scene.student).await["target"], 75, "the first version, of a lateral entry");
    scene.college.admin.delete(&path).await.refused(409, "conflict");
}

#[tokio::test]
async fn a_scheme_is_tried_out_on_samples_and_on_a_student_without_a_trace() {
    let scene = Scene::set().await;
    approved(&scene.student, &scene.first, "Relay").await;
    let admin = &scene.college.admin;
    let try_out = |body: Value| async { admin.post("/api/point-schemes/simulate", body).await };
    let on_student = json!({ "content": scheme(), "student": scene.student.member });
    assert_eq!(try_out(on_student).await.ok(200)["counted"], 25);
    let internship = json!({ "category": "internship", "hours": 79, "title": "Eleven days" });
    let samples = json!({ "preset": "ktu_2024", "kind": "pwd", "samples": [internship] });
    let tally = try_out(samples).await.ok(200);
    assert_eq!(
        (&tally["target"], &tally["items"][0]["cuts"][0]["rule"]),
        (&json!(60), &json!("minimum_hours"))
    );
    let neither = json!({ "preset": "ktu_2024" });
    try_out(neither).await.refused(422, "validation_failed");
    let broken = json!({ "content": { "target": { "regular": 1 }, "groups": [] }, "samples": [] });
    assert_eq!(
        pointers(&try_out(broken).await.refused(422, "validation_failed")),
        ["/content/groups"]
    );
    assert_eq!(kept(&scene).await, (vec![], None));
    scene
        .first
        .post("/api/point-schemes/simulate", json!({ "preset": "ktu_2024", "samples": [] }))
        .await
        .refused(403, "forbidden");
}
