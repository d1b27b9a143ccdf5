//! Every step of the workflow that concerns somebody reaches them, and nobody else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hub::app::work;
use hub::domain::member::{Role, Scope};
use hub::domain::notice::NoticeKind;
use reqwest::Method;
use serde_json::{Value, json};

use crate::keys;
use crate::lifecycle::{act, content, submitted, upload};
use crate::support::{Client, TestCollege, TestHub, text};
use crate::workflow::{approve, propose_title, reject, retitle, send_back, undo};

/// Kinds that the tests of other rooms walk through, and the one for what has no kind of its own.
const ELSEWHERE: &[NoticeKind] = &[
    NoticeKind::DelegationBegun,
    NoticeKind::DelegationEnded,
    NoticeKind::RoleGranted,
    NoticeKind::RoleEnded,
    NoticeKind::ImpersonationBegun,
    NoticeKind::MemberChangeAsked,
    NoticeKind::MemberChangeDeclined,
    NoticeKind::MemberChanged,
    NoticeKind::Graduated,
    NoticeKind::News,
];

/// Everybody, by a short name: those of the college, and those of another.
struct World {
    hub: TestHub,
    college: TestCollege,
    people: BTreeMap<&'static str, Client>,
    seen: BTreeSet<String>,
}

impl World {
    async fn set() -> Self {
        let hub = TestHub::start_named().await;
        let (college, other) = (hub.college("anna").await, hub.college("beta").await);
        let people = BTreeMap::from([
            ("student", college.student("Kavya Subramanian").await),
            ("classmate", college.student("Arun Kumar").await),
            ("first", college.faculty("Dr. Iyer").await),
            ("second", college.faculty("Dr. Rao").await),
            ("head", college.head("Dr. Bose", "CSE").await),
            ("head of electronics", college.head("Dr. Jain", "ECE").await),
            ("manager", college.key_manager("Ravi Menon").await),
            ("admin", college.admin.clone()),
            ("student elsewhere", other.student("Student Of Beta").await),
            ("reviewer elsewhere", other.faculty("Faculty Of Beta").await),
            ("head elsewhere", other.head("Head Of Beta", "CSE").await),
            ("admin elsewhere", other.admin.clone()),
        ]);
        let mut world = Self { hub, college, people, seen: BTreeSet::new() };
        // What the setting-up told.
        world.news().await;
        world
    }

    fn person(&self, name: &str) -> &Client {
        &self.people[name]
    }

    /// What everybody heard since the last time, read now: name and kind, in the order of the names.
    async fn news(&mut self) -> Vec<(&'static str, String)> {
        work::drain(&self.hub.app).await.unwrap();
        let mut news = Vec::new();
        for (name, person) in &self.people {
            let page = person.get("/api/notifications/?limit=100").await.ok(200);
            let unread =
                page["results"].as_array().unwrap().iter().filter(|row| row["read"] == false);
            news.extend(unread.map(|row| (*name, text(&row["kind"]))));
            if let Some(newest) = page["results"].get(0) {
                let up_to = json!({ "up_to": newest["id"] });
                assert_eq!(person.post("/api/notifications/read/", up_to).await.status, 204);
            }
        }
        news.sort();
        self.seen.extend(news.iter().map(|(_, kind)| kind.clone()));
        news
    }

    /// These, all of these and only these heard of it.
    async fn hear(&mut self, step: &str, expected: &[(&str, &str)]) {
        let heard = self.news().await;
        let heard: Vec<_> = heard.iter().map(|(name, kind)| (*name, kind.as_str())).collect();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(heard, expected, "{step}");
    }

    async fn look(&self, name: &str, item: &Value) -> Value {
        let path = format!("/api/achievements/{}/", text(&item["id"]));
        self.person(name).get(&path).await.ok(200)
    }

    async fn comment(&self, name: &str, item: &Value) {
        let path = format!("/api/achievements/{}/comments/", text(&item["id"]));
        self.person(name).post(&path, json!({ "text": "Hello" })).await.ok(201);
    }

    async fn submit(&self, title: &str) -> Value {
        submitted(self.person("student"), title).await
    }

    async fn submit_again(&self, item: &Value) -> Value {
        let student = self.person("student");
        let draft = self.look("student", item).await;
        let title = format!("{}!", text(&draft["title"]));
        let draft = retitle(student, &draft, &title).await.ok(200);
        act(student, &draft, "submit", Value::Null).await.ok(200)
    }

    async fn revoke(&self, item: &Value, reason: &str, status: u16) -> Value {
        let path = format!("/api/credentials/{}/revoke/", text(&item["credential"]["id"]));
        let body = json!({ "reason": reason, "text": "The certificate is not theirs." });
        self.person("admin").post(&path, body).await.ok(status)
    }

    async fn key_step(&self, name: &str, step: &str, body: Value, status: u16) -> Value {
        let key = keys::keys_of(self.person(name), "credentials").await;
        let key = key.into_iter().find(|key| key["state"] != "retired").unwrap();
        keys::step(self.person(name), &key, step, body).await.ok(status)
    }
}

#[tokio::test]
async fn every_step_that_concerns_somebody_reaches_them_and_nobody_else() {
    let mut world = World::set().await;
    let pool = [("first", "review_waits"), ("second", "review_waits"), ("head", "review_waits")];

    let item = world.submit("Relay").await;
    world.hear("T2 submit", &pool).await;
    act(world.person("first"), &item, "claim", Value::Null).await.ok(200);
    let item = world.look("student", &item).await;
    act(world.person("student"), &item, "withdraw", Value::Null).await.ok(200);
    world.hear("T3 withdraw", &[("first", "withdrawn")]).await;
    let item = world.submit_again(&item).await;
    world.hear("T2 submit", &pool).await;
    let item = propose_title(world.person("first"), &item, "Relay 4 × 100 m").await.ok(200);
    world.hear("T6 propose", &[("student", "correction_proposed")]).await;
    let item = world.look("student", &item).await;
    let no = json!({ "text": "It was 4 × 400 m." });
    let item = act(world.person("student"), &item, "correction/decline", no).await.ok(200);
    world.hear("T7 decline", &[("first", "correction_declined")]).await;
    propose_title(world.person("first"), &item, "Relay 4 × 400 m").await.ok(200);
    world.hear("T6 propose", &[("student", "correction_proposed")]).await;
    let item = world.look("student", &item).await;
    act(world.person("student"), &item, "correction/confirm", Value::Null).await.ok(200);
    let both = [("first", "correction_confirmed"), ("student", "approved")];
    world.hear("T7 confirm", &both).await;

    let item = world.submit("Debate").await;
    world.hear("T2 submit", &pool).await;
    send_back(world.person("first"), &item).await.ok(200);
    world.hear("T4 request changes", &[("student", "changes_requested")]).await;
    let item = world.submit_again(&item).await;
    world.hear("T5 submit again", &[("first", "resubmitted")]).await;
    let item = reject(world.person("first"), &item).await.ok(200);
    world.hear("T9 reject", &[("student", "rejected")]).await;
    undo(world.person("first"), &item).await.ok(200);
    world.hear("T11 undo", &[("student", "undone")]).await;
    let item = world.look("first", &item).await;
    reject(world.person("first"), &item).await.ok(200);
    world.hear("T9 reject", &[("student", "rejected")]).await;
    let item = world.look("student", &item).await;
    let draft = act(world.person("student"), &item, "appeal", Value::Null).await.ok(200);
    world.hear("T10 appeal: nothing to do yet", &[]).await;
    let item = world.submit_again(&draft).await;
    world.hear("T10 appeal: to others than the first", &pool[1..]).await;
    world.comment("second", &item).await;
    world.hear("a reviewer's comment", &[("student", "commented")]).await;
    world.comment("student", &item).await;
    let reviewers = [("first", "commented"), ("second", "commented")];
    world.hear("the student's comment, to who took part", &reviewers).await;
    let item = world.look("second", &item).await;
    approve(world.person("second"), &item).await.ok(200);
    world.hear("T8 approve", &[("student", "approved")]).await;

    let item = world.submit("Chess").await;
    world.hear("T2 submit", &pool).await;
    approve(world.person("first"), &item).await.ok(200);
    world.hear("T8 approve", &[("student", "approved")]).await;
    let item = world.look("student", &item).await;
    act(world.person("student"), &item, "amend", Value::Null).await.ok(200);
    world.hear("T12 amend: nothing to do yet", &[]).await;
    let item = world.submit_again(&item).await;
    world.hear("T12 amend", &pool).await;
    let item = approve(world.person("second"), &item).await.ok(200);
    world.hear("T12 the newer takes the place of the older", &[("student", "approved")]).await;
    world.person("student").post("/api/portfolio/exports/", json!({})).await.ok(201);
    let asked = world.revoke(&item, "fraud", 202).await;
    let seconds = [("admin", "confirmation_requested"), ("head", "confirmation_requested")];
    world.hear("T13 fraud: a second person is asked", &seconds).await;
    keys::decide(world.person("head"), &asked, "decline").await.ok(200);
    let declined = [("admin", "confirmation_declined"), ("head", "confirmation_declined")];
    world.hear("T13 fraud: declined", &declined).await;
    world.revoke(&item, "error", 200).await;
    let fallen = [("student", "portfolio_outdated"), ("student", "revoked")];
    world.hear("T13 revoke", &fallen).await;

    ask_for_two(world.person("admin"), json!([{ "category": null, "min_level": "state" }])).await;
    let item = world.submit("State champion").await;
    world.hear("T2 submit", &pool).await;
    let half = approve(world.person("first"), &item).await.ok(200);
    let others = [
        ("student", "first_approval"),
        ("second", "second_review_waits"),
        ("head", "second_review_waits"),
    ];
    world.hear("T8 the first of two", &others).await;
    approve(world.person("second"), &half).await.ok(200);
    world.hear("T8 the second of two", &[("student", "approved")]).await;
    ask_for_two(world.person("admin"), json!([])).await;

    walk_through_keys(&mut world, &pool).await;
    walk_through_people(&mut world).await;

    let walked: BTreeSet<_> = world.seen.iter().map(|kind| NoticeKind::of(kind)).collect();
    let missing: Vec<_> = NoticeKind::ALL
        .iter()
        .filter(|kind| !walked.contains(kind) && !ELSEWHERE.contains(kind))
        .collect();
    assert_eq!(missing, [] as [&NoticeKind; 0], "nobody heard of these");
}

/// Say which achievements take two approvals.
async fn ask_for_two(admin: &Client, rules: Value) {
    let etag = text(&admin.get("/api/review/routing/").await.ok(200)["etag"]);
    let request = admin.request(Method::PUT, "/api/review/routing/").header("If-Match", etag);
    admin.send(request.json(&json!({ "second_reviewer": rules }))).await.ok(200);
}

/// T14, T15 and what waits for a key.
async fn walk_through_keys(world: &mut World, pool: &[(&str, &str)]) {
    let both = |kind: &'static str| [("admin", kind), ("manager", kind)];
    let why = json!({ "reason": "A backup tape is missing." });
    world.key_step("admin", "freeze", why.clone(), 200).await;
    world.hear("T15 freeze", &both("key_frozen")).await;
    let item = world.submit("Quiz").await;
    world.hear("T2 submit", pool).await;
    approve(world.person("first"), &item).await.ok(200);
    let mut told = both("credentials_wait").to_vec();
    told.push(("student", "approved"));
    world.hear("T8 without a key", &told).await;
    let asked = world.key_step("manager", "unfreeze", why, 202).await;
    world.hear("a second person is asked", &both("confirmation_requested")).await;
    keys::decide(world.person("admin"), &asked, "confirm").await.ok(200);
    world.hear("the freeze is lifted", &both("key_unfrozen")).await;

    world.person("student").post("/api/portfolio/exports/", json!({})).await.ok(201);
    let key = keys::active(world.person("manager"), "credentials").await;
    let path = format!("/api/keys/{}/affected/", text(&key["id"]));
    let affected = world.person("manager").get(&path).await.ok(200);
    let report = json!({ "since": key["created_at"], "reason": "It was broken into.", "affected": affected });
    let asked = world.key_step("manager", "compromise", report, 202).await;
    let mut told = both("confirmation_requested").to_vec();
    told.extend(both("key_frozen"));
    world.hear("T15 a second person is asked", &told).await;
    keys::decide(world.person("admin"), &asked, "confirm").await.ok(200);
    let mut told = both("key_compromised").to_vec();
    told.extend([("student", "portfolio_outdated"), ("student", "reissued")]);
    world.hear("T15 confirmed", &told).await;
    world.key_step("manager", "retire", Value::Null, 200).await;
    world.hear("T14 a key retires without another", &both("key_retired")).await;
}

/// T20, accounts, and who is a student.
async fn walk_through_people(world: &mut World) {
    let item = json!({
        "reference": "2024/1", "student": world.person("classmate").email, "category": "competition",
        "title": "Winner, race", "description": "Three rounds.", "organiser": "Athletics Association",
        "level": "state", "outcome": "winner", "ended_on": "2024-02-14", "hours": 12, "skills": ["Endurance"],
        "approver": world.person("first").email, "approved_on": "2024-03-01",
    });
    world.person("manager").post("/api/keys/", json!({ "purpose": "credentials" })).await.ok(201);
    let made = keys::keys_of(world.person("manager"), "credentials").await;
    let made = made.iter().find(|key| key["state"] == "pending").unwrap();
    keys::step(world.person("manager"), made, "activate", Value::Null).await.ok(200);
    world.news().await;
    let items = json!({ "items": [item] });
    world.person("admin").post("/api/credentials/batch/", items).await.ok(202);
    world.hear("T20 past approvals", &[("classmate", "brought_along")]).await;

    let registered = world.college.unconfirmed_student("Somebody New").await;
    let waits = [("admin", "registration_waits"), ("head", "registration_waits")];
    world.hear("a registration that matched no roster row", &waits).await;
    let path = format!("/api/members/{}/confirm/", registered.member.unwrap());
    world.people.insert("newcomer", registered);
    world.person("head").post(&path, json!({})).await.ok(200);
    world.hear("the college knows them", &[("newcomer", "confirmed")]).await;
    crate::passkeys::registered(world.person("newcomer")).await;
    world.hear("a passkey was added", &[("newcomer", "account_changed")]).await;
}

#[tokio::test]
async fn whoever_reviews_by_category_hears_of_that_category_alone() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya Subramanian").await;
    let categories = student.get("/api/categories/").await.ok(200);
    let id = |code: &str| {
        let found = categories.as_array().unwrap().iter().find(|row| row["code"] == code);
        text(&found.unwrap()["id"]).parse().unwrap()
    };
    let role = |code| hub::app::invitations::OfferedRole {
        role: Role::Faculty,
        scope: Scope::Category(id(code)),
    };
    let concerned = college.staff("Dr. Sen", &[role("competition")]).await;
    let other = college.staff("Dr. Das", &[role("publication")]).await;
    submitted(&student, "Relay").await;
    assert_eq!(crate::workflow::notices(&concerned).await, ["review_waits"]);
    assert_eq!(crate::workflow::notices(&other).await, [""; 0]);
}

/// What is written as a literal, where somebody is told.
#[test]
fn every_kind_that_is_told_has_its_name_in_three_languages() {
    let mut unknown = Vec::new();
    let mut found = 0;
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/app")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            for call in ["notify(", "tell(", "tell::everybody("] {
                for (place, _) in source.match_indices(call) {
                    let arguments = source[place..].split([';', '{']).next().unwrap();
                    let literal = arguments.split('"').nth(1).unwrap_or_default();
                    let is_word = literal.contains(|c: char| c.is_ascii_lowercase())
                        && literal.chars().all(|c| c.is_ascii_lowercase() || c == '_');
                    found += usize::from(is_word);
                    if is_word && literal.parse::<NoticeKind>().is_err() {
                        unknown.push(format!("{literal} in {}", path.display()));
                    }
                }
            }
        }
    }
    assert!(found > 10, "the scan sees nothing");
    assert!(unknown.is_empty(), "domain/notice.rs does not know {unknown:?}");
}

#[tokio::test]
async fn a_draft_is_nobodys_business() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya Subramanian").await;
    let faculty = college.faculty("Dr. Iyer").await;
    let made = student.post("/api/achievements/", content("Relay")).await.ok(201);
    upload(&student, &text(&made["id"]), "x.jpg", crate::lifecycle::picture(1), None).await.ok(201);
    assert_eq!(crate::workflow::notices(&faculty).await, [""; 0]);
    assert_eq!(crate::workflow::notices(&student).await, [""; 0]);
}
