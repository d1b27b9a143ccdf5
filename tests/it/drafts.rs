//! What a key is asked to sign: nothing malformed, whoever put it into the database.

use serde_json::json;

use crate::lifecycle::{act, submitted};
use crate::support::TestHub;

/// Control characters, on whose escaping canonicalisers differ, and which no form of the hub lets in.
const CONTROLS: [char; 8] =
    ['\u{1}', '\u{8}', '\u{b}', '\u{c}', '\u{e}', '\u{1f}', '\u{7f}', '\u{85}'];
/// Texts that go into a credential, by the statement that sets them.
const TEXTS: [&str; 5] = [
    "UPDATE revisions SET title = title || $1",
    "UPDATE revisions SET description = description || $1",
    "UPDATE revisions SET organiser = organiser || $1",
    "UPDATE revisions SET role = coalesce(role, '') || $1",
    "UPDATE members SET full_name = full_name || $1 WHERE full_name LIKE 'Kavya%'",
];

#[tokio::test]
async fn forty_malformed_drafts_reach_no_key() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya Subramanian").await;
    let faculty = college.faculty("Dr. Meena Iyer").await;
    let seen = submitted(&student, "Debate").await;
    let mut owner = hub.database.owner().await;
    sqlx::query("SELECT set_config('hub.college_id', $1, false)")
        .bind(college.id.to_string())
        .execute(&mut owner)
        .await
        .unwrap();
    let count = "SELECT sum(signatures)::bigint FROM signing_keys";
    let before: i64 = sqlx::query_scalar(count).fetch_one(&mut owner).await.unwrap();
    let mut drafts = 0;
    for text in TEXTS {
        for control in CONTROLS {
            let undone = text.split(" = ").next().unwrap().rsplit(' ').next().unwrap();
            let change =
                sqlx::query(sqlx::AssertSqlSafe(text.to_owned())).bind(control.to_string());
            assert_eq!(change.execute(&mut owner).await.unwrap().rows_affected(), 1, "{text}");
            let answer = act(&faculty, &seen, "decisions", json!({ "action": "approve" })).await;
            assert_eq!(answer.status, 500, "{text} {control:?}: {}", answer.body);
            // Not a word of what was wrong to whoever asked.
            assert!(!answer.bytes.windows(5).any(|bytes| bytes == b"lint:"), "{}", answer.body);
            let table = text.split(' ').nth(1).unwrap();
            let undo = format!(
                "UPDATE {table} SET {undone} = replace({undone}, $1, '') WHERE {undone} LIKE '%' || $1"
            );
            sqlx::query(sqlx::AssertSqlSafe(undo))
                .bind(control.to_string())
                .execute(&mut owner)
                .await
                .unwrap();
            drafts += 1;
        }
    }
    assert_eq!(drafts, 40);
    let after: i64 = sqlx::query_scalar(count).fetch_one(&mut owner).await.unwrap();
    assert_eq!(after, before, "a key was used");
    let issued: i64 =
        sqlx::query_scalar("SELECT count(*) FROM credentials").fetch_one(&mut owner).await.unwrap();
    assert_eq!(issued, 0, "approval and credential: both or neither");
    // Once the texts are as they were, the same approval is good.
    act(&faculty, &seen, "decisions", json!({ "action": "approve" })).await.ok(200);
    let after: i64 = sqlx::query_scalar(count).fetch_one(&mut owner).await.unwrap();
    assert!(after > before);
}
