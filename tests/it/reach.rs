//! How far everybody reaches: roles for a time, other hands, routing, accounts, those who run the hub.

mod accounts;
mod grants;
mod hub_admin;
mod impersonation;
mod queue;

use hub::app::admin;
use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, TestCollege, TestHub, sign_in, text};

/// Somebody who runs the hub.
pub async fn hub_admin(hub: &TestHub, name: &str) -> Client {
    let email = format!("{}@hub.example", name.to_lowercase().replace(' ', "."));
    admin::appoint_super_admin(&email, name, PASSWORD, &hub.app).await.unwrap();
    sign_in(&email, "hub", &hub.app).await
}

/// The owner's connection, inside the hub's own tenant.
pub async fn inside_hub(hub: &TestHub) -> sqlx::PgConnection {
    let mut owner = hub.database.owner().await;
    sqlx::query(
        "SELECT set_config('hub.college_id', id::text, false) FROM colleges WHERE platform",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    owner
}

/// A member as the admin sees them.
pub async fn member(admin: &Client, person: &Client) -> Value {
    admin.get(&format!("/api/members/{}/", person.member.unwrap())).await.ok(200)
}

/// The id of a category.
pub async fn category(person: &Client, code: &str) -> String {
    let list = person.get("/api/categories/").await.ok(200);
    let found = list.as_array().unwrap().iter().find(|row| row["code"] == code).unwrap();
    text(&found["id"])
}

/// The kinds of the college's events, oldest first.
pub async fn events(hub: &TestHub, college: &TestCollege) -> Vec<(String, Option<String>, Value)> {
    let mut owner = crate::lifecycle::inside(hub, college).await;
    sqlx::query_as("SELECT kind, text, data FROM events WHERE college_id = $1 ORDER BY id")
        .bind(college.id.0)
        .fetch_all(&mut owner)
        .await
        .unwrap()
}

/// The text of the newest notice of a kind.
pub async fn notice(person: &Client, kind: &str) -> Option<String> {
    let page = person.get("/api/notifications/?limit=100").await.ok(200);
    let mut rows = page["results"].as_array().unwrap().iter();
    rows.find(|row| row["kind"] == kind).map(|row| text(&row["text"]))
}

/// What waits in somebody's queue, by title.
pub async fn queue(person: &Client) -> Vec<String> {
    let page = person.get("/api/review/queue/?limit=100").await.ok(200);
    page["results"].as_array().unwrap().iter().map(|row| text(&row["title"])).collect()
}

/// A request to give somebody a role.
pub fn role(person: &Client, role: &str, scope: Value) -> Value {
    json!({ "member": person.member.unwrap(), "role": role, "scope": scope })
}
