//! Files held against the rows that name them (invariant I8): no row without a file, and orphans swept.

use std::path::{Path, PathBuf};

use chrono::Duration;
use hub::app::unused_files::{self, Swept};
use hub::app::uploads;
use reqwest::Method;
use serde_json::json;

use crate::lifecycle::{approved, draft, picture, upload};
use crate::support::{TestHub, text};

/// Columns that name a file on the disk: what `unnamed_files` looks into.
const FILES: [&str; 6] = [
    "evidence.print_sha256",
    "evidence.rendition_sha256",
    "evidence.sha256",
    "evidence.thumb_sha256",
    "portfolios.file_sha256",
    "upload_parts.sha256",
];
/// Columns that hold a digest of something else, or of a file that another column names.
const NO_FILES: [&str; 4] = [
    "file_codes.sha256",
    "repeatable_requests.body_sha256",
    "student_files.sha256",
    "uploads.sha256",
];

/// Every file under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn what_nobody_names_is_swept_after_a_day_and_what_somebody_names_never() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya").await;
    let faculty = college.faculty("Dr. Iyer").await;
    approved(&student, &faculty, "Winner").await;
    let export = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    let blobs = hub.folder().join("blobs");
    let named = files(&blobs);
    assert_eq!(named.len(), 5, "original, three pictures of it, the portfolio");
    assert_eq!(unused_files::sweep(&hub.app).await.unwrap(), Swept::default());

    // A draft that is given up, another file that is taken away, an upload that nobody goes on with, a crash.
    let other = draft(&student, "Second").await;
    let id = text(&other["id"]);
    let extra = upload(&student, &id, "x.jpg", picture(21), None).await.ok(201);
    let path = format!("/api/achievements/{id}/");
    let evidence = format!("{path}evidence/{}/", text(&extra[0]["id"]));
    student.delete(&evidence).await.ok(204);
    let announced = json!({ "achievement": id, "name": "x.jpg", "size": 1_000 });
    let begun = student.post("/api/uploads/", announced).await.ok(201);
    let piece = student
        .request(Method::PATCH, &format!("/api/uploads/{}/", text(&begun["id"])))
        .header("Upload-Offset", 0)
        .body(vec![5; 400]);
    student.send(piece).await.ok(204);
    let tag = text(&student.get(&path).await.ok(200)["etag"]);
    let kept = draft(&student, "Third, with the same picture").await;
    let gone = student.request(Method::DELETE, &path).header("If-Match", tag);
    student.send(gone).await.ok(204);
    let college_folder = blobs.join(college.id.to_string());
    std::fs::write(college_folder.join("incoming").join("left-by-a-crash"), b"half").unwrap();
    assert_eq!(files(&blobs).len(), named.len() + 4 + 1 + 1);

    assert_eq!(unused_files::sweep(&hub.app).await.unwrap(), Swept::default(), "all of it is new");
    hub.wait(Duration::hours(25));
    uploads::forget_old(&hub.app).await.unwrap();
    let swept = unused_files::sweep(&hub.app).await.unwrap();
    assert_eq!(swept, Swept { unfinished: 1, unused: 5, missing: 0 });
    assert_eq!(files(&blobs), named, "what somebody names is all there");
    let access = crate::support::sign_in(&student.email, "anna", &hub.app).await;
    let content = text(&kept["evidence"][0]["content_url"]);
    assert_eq!(access.get(&content).await.bytes, picture(7));
    assert_eq!(access.get(&text(&export["file_url"])).await.status, 200);

    // Damage is told: the sweep mends nothing here.
    std::fs::remove_file(&named[0]).unwrap();
    assert_eq!(unused_files::sweep(&hub.app).await.unwrap().missing, 1);
}

#[tokio::test]
async fn every_column_that_names_a_file_is_looked_into_before_one_is_swept() {
    let hub = TestHub::start().await;
    let mut owner = hub.database.owner().await;
    let columns: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname || '.' || a.attname FROM pg_attribute a
         JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'public' AND c.relkind = 'r' AND a.attname LIKE '%sha256' AND a.atttypid = 'bytea'::regtype
         ORDER BY 1",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    let mut known: Vec<&str> = FILES.iter().chain(&NO_FILES).copied().collect();
    known.sort_unstable();
    assert_eq!(
        columns, known,
        "does the new one name a file? Then src/storage/file.rs looks into it: both of its queries"
    );
}
