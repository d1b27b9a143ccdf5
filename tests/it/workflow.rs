//! The workflow whole: corrections, appeals, amendments, two reviewers, revocations; in the program and in the database.

mod after;
mod corrections;
mod races;
mod revocation;
mod second;
mod sql;
mod submission;
mod walk;

use serde_json::{Value, json};

use crate::lifecycle::act;
use crate::support::{Answer, Client, TestCollege, TestHub, sign_in, text};

/// Say what two persons have to approve, at the version there is.
pub async fn ask_for_two(person: &Client, rules: Value) -> Answer {
    let path = "/api/review/routing/";
    let tag = text(&person.get(path).await.ok(200)["etag"]);
    let request = person.request(reqwest::Method::PUT, path).header("If-Match", tag);
    person.send(request.json(&json!({ "second_reviewer": rules }))).await
}

/// A college with a student, two reviewers of their department, and its hub.
pub struct Scene {
    pub hub: TestHub,
    pub college: TestCollege,
    pub student: Client,
    pub first: Client,
    pub second: Client,
}

impl Scene {
    pub async fn set() -> Self {
        let hub = TestHub::start().await;
        let college = hub.college("anna").await;
        let student = college.student("Kavya Subramanian").await;
        let first = college.faculty("Dr. Iyer").await;
        let second = college.faculty("Dr. Rao").await;
        Self { hub, college, student, first, second }
    }

    /// An item as this person sees it now.
    pub async fn seen(&self, person: &Client, item: &Value) -> Value {
        person.get(&format!("/api/achievements/{}/", text(&item["id"]))).await.ok(200)
    }

    /// Everybody signed in anew, after the clock was put forward.
    pub async fn later(&mut self, duration: chrono::Duration) {
        self.hub.wait(duration);
        for person in
            [&mut self.student, &mut self.first, &mut self.second, &mut self.college.admin]
        {
            *person = sign_in(&person.email, "anna", &self.hub.app).await;
        }
    }

    /// Run a statement as the owner of the tables, inside the college.
    pub async fn owner_runs(&self, statement: &str) -> u64 {
        let mut owner = crate::lifecycle::inside(&self.hub, &self.college).await;
        let statement = sqlx::AssertSqlSafe(statement.to_owned());
        sqlx::query(statement).execute(&mut owner).await.unwrap().rows_affected()
    }

    /// The titles that wait for this reviewer.
    pub async fn queue(&self, reviewer: &Client) -> Vec<String> {
        let page = reviewer.get("/api/review/queue/").await.ok(200);
        page["results"].as_array().unwrap().iter().map(|item| text(&item["title"])).collect()
    }
}

/// Decide on an item at the version of `seen`.
pub async fn decide(reviewer: &Client, seen: &Value, body: Value) -> Answer {
    act(reviewer, seen, "decisions", body).await
}

/// Approve it.
pub async fn approve(reviewer: &Client, seen: &Value) -> Answer {
    decide(reviewer, seen, json!({ "action": "approve" })).await
}

/// Refuse it.
pub async fn reject(reviewer: &Client, seen: &Value) -> Answer {
    let body = json!({ "action": "reject", "reason": "not_verifiable", "comment": "No seal." });
    decide(reviewer, seen, body).await
}

/// Send it back.
pub async fn send_back(reviewer: &Client, seen: &Value) -> Answer {
    let body = json!({ "action": "request_changes", "comment": "Which round?" });
    decide(reviewer, seen, body).await
}

/// Propose another title.
pub async fn propose_title(reviewer: &Client, seen: &Value, title: &str) -> Answer {
    let body = json!({ "action": "propose_correction", "changes": { "title": title } });
    decide(reviewer, seen, body).await
}

/// Take the last decision back.
pub async fn undo(reviewer: &Client, seen: &Value) -> Answer {
    let decision = text(&seen["last_decision"]["id"]);
    let path = format!("/api/achievements/{}/decisions/{decision}/undo/", text(&seen["id"]));
    reviewer.post(&path, json!({})).await
}

/// Change the title of a draft.
pub async fn retitle(student: &Client, seen: &Value, title: &str) -> Answer {
    let path = format!("/api/achievements/{}/", text(&seen["id"]));
    let request = student.request(reqwest::Method::PATCH, &path);
    let request = request.header("If-Match", text(&seen["etag"]));
    student.send(request.json(&json!({ "title": title }))).await
}

/// The kinds of a person's notices, newest first.
pub async fn notices(person: &Client) -> Vec<String> {
    let page = person.get("/api/notifications/").await.ok(200);
    page["results"].as_array().unwrap().iter().map(|notice| text(&notice["kind"])).collect()
}

/// The kinds of what happened to an item, oldest first.
pub async fn timeline(person: &Client, seen: &Value) -> Vec<String> {
    let path = format!("/api/achievements/{}/timeline/", text(&seen["id"]));
    let entries = person.get(&path).await.ok(200);
    entries.as_array().unwrap().iter().map(|entry| text(&entry["kind"])).collect()
}

/// The words of an array.
pub fn words(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
}
