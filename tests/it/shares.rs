//! What a student shows to others by a link, and the addresses of files that stand in credentials.

use chrono::{Duration, SecondsFormat};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::lifecycle::{approved, draft, inside, picture};
use crate::support::{Client, TestHub, sign_in, text};

async fn share(student: &Client, body: Value) -> Value {
    student.post("/api/portfolio/shares/", body).await.ok(201)
}

async fn page(hub: &TestHub, url: &str) -> (u16, String) {
    let answer = hub.anonymous().get(url.strip_prefix(&hub.url).unwrap()).await;
    assert_eq!(answer.header("x-robots-tag"), "noindex, nofollow, noarchive");
    assert_eq!(answer.header("cache-control"), "private, no-store");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
    (answer.status, String::from_utf8(answer.bytes).unwrap().replace("&#x2f;", "/"))
}

/// The addresses of files that a credential names.
async fn addresses(hub: &TestHub, seen: &Value) -> Vec<String> {
    let url = text(&seen["credential"]["url"]);
    let document = hub.anonymous().get(url.strip_prefix(&hub.url).unwrap()).await.ok(200);
    let evidence = document["evidence"].as_array().unwrap().iter();
    let ids = evidence.map(|entry| text(&entry["id"])).filter(|id| id.contains("/e/"));
    ids.map(|id| id.strip_prefix(&hub.url).unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_link_shows_what_was_chosen_until_it_is_stopped() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya <b>Subramanian</b>").await;
    let other = college.student("Arun").await;
    let faculty = college.faculty("Dr. Iyer").await;
    let one = approved(&student, &faculty, "Winner, 1500 m").await;
    approved(&student, &faculty, "Second, chess").await;

    let chosen = share(
        &student,
        json!({ "name": "For Zoho", "achievements": [one["id"]], "evidence": true }),
    )
    .await;
    let url = text(&chosen["url"]);
    let (status, html) = page(&hub, &url).await;
    assert_eq!(status, 200);
    assert!(html.contains("Kavya &lt;b&gt;Subramanian"), "{html}");
    assert!(html.contains("Winner, 1500 m") && !html.contains("Second, chess"), "{html}");
    assert!(html.contains(&text(&one["credential"]["url"])), "a link to the verifier: {html}");
    assert!(html.contains("noindex") && !html.contains("For Zoho") && !html.contains("<script"));
    page(&hub, &url).await;
    let listed = student.get("/api/portfolio/shares/").await;
    assert!(!String::from_utf8_lossy(&listed.bytes).contains(url.rsplit('/').next().unwrap()));
    let listed = listed.ok(200);
    assert_eq!((&listed[0]["opens"], &listed[0]["name"]), (&json!(2), &json!("For Zoho")));

    let path = format!("/api/portfolio/shares/{}/", text(&chosen["id"]));
    student
        .patch(&path, json!({ "achievements": null }))
        .await
        .refused(428, "precondition_required");
    let change = |etag: &Value, body: Value| {
        let request = student.request(Method::PATCH, &path).header("If-Match", text(etag));
        student.send(request.json(&body))
    };
    let changed = change(&chosen["etag"], json!({ "achievements": null, "evidence": false })).await;
    let changed = changed.ok(200);
    change(&chosen["etag"], json!({ "name": "Late" })).await.refused(412, "stale_version");
    let (_, html) = page(&hub, &url).await;
    assert!(html.contains("Second, chess") && !html.contains("/e/"), "all of them, no files");
    let soon = hub.now() + Duration::hours(1);
    let soon = json!({ "expires_at": soon.to_rfc3339_opts(SecondsFormat::Secs, true) });
    change(&changed["etag"], soon).await.ok(200);
    hub.wait(Duration::hours(2));
    let student = sign_in(&student.email, "anna", &hub.app).await;
    let (status, html) = page(&hub, &url).await;
    assert_eq!(status, 404);
    assert!(html.contains("expired") && !html.contains("Kavya"), "{html}");

    let again = share(&student, json!({})).await;
    let url = text(&again["url"]);
    assert_eq!(page(&hub, &url).await.0, 200);
    let path = format!("/api/portfolio/shares/{}/", text(&again["id"]));
    let other = sign_in(&other.email, "anna", &hub.app).await;
    other.get(&path).await.refused(404, "not_found");
    other.delete(&path).await.refused(404, "not_found");
    student.delete(&path).await.ok(204);
    assert_eq!(page(&hub, &url).await.0, 404);
    student.delete(&path).await.refused(404, "not_found");

    let mut owner = inside(&hub, &college).await;
    let kept: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT token_hash FROM shares").fetch_all(&mut owner).await.unwrap();
    let token = text(&chosen["url"]).rsplit('/').next().unwrap().to_owned();
    assert_eq!(kept, [(Sha256::digest(token.as_bytes()).to_vec(),)], "the token itself is nowhere");
}

#[tokio::test]
async fn only_own_approved_achievements_are_shared_and_what_falls_is_not_shown() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let (student, other) = (college.student("Kavya").await, college.student("Arun").await);
    let faculty = college.faculty("Dr. Iyer").await;
    let mine = approved(&student, &faculty, "Mine").await;
    let theirs = approved(&other, &faculty, "Theirs").await;
    let waiting = draft(&student, "Waiting").await;
    for body in [
        json!({ "achievements": [theirs["id"]] }),
        json!({ "achievements": [waiting["id"]] }),
        json!({ "achievements": [] }),
        json!({ "expires_at": "2020-01-01T00:00:00Z" }),
        json!({ "expires_at": "2126-01-01T00:00:00Z" }),
        json!({ "name": "x".repeat(101) }),
    ] {
        let answer = student.post("/api/portfolio/shares/", body).await;
        answer.refused(422, "validation_failed");
    }
    faculty.post("/api/portfolio/shares/", json!({})).await.refused(403, "forbidden");

    let url = text(&share(&student, json!({ "achievements": [mine["id"]] })).await["url"]);
    assert!(page(&hub, &url).await.1.contains("Mine"));
    let credential = format!("/api/credentials/{}/", text(&mine["credential"]["id"]));
    student.patch(&credential, json!({ "visibility": "closed" })).await.ok(200);
    assert!(!page(&hub, &url).await.1.contains("Mine"), "closed is closed");
    student.patch(&credential, json!({ "visibility": "unlisted" })).await.ok(200);
    let reason = json!({ "reason": "error", "text": "Wrong event." });
    college.admin.post(&format!("{credential}revoke/"), reason).await.ok(200);
    assert!(!page(&hub, &url).await.1.contains("Mine"), "what was revoked is not shown");
    for token in ["x", "AAAA", &"A".repeat(64)] {
        let (status, html) = page(&hub, &format!("{}/p/{token}", hub.url)).await;
        assert!(status == 404, "{token}: {html}");
    }
}

#[tokio::test]
async fn a_file_is_at_its_address_only_where_its_student_shows_it() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya").await;
    let faculty = college.faculty("Dr. Iyer").await;
    let seen = approved(&student, &faculty, "Winner").await;
    let unrelated = approved(&student, &faculty, "Second").await;
    let found = addresses(&hub, &seen).await;
    let [address] = found.as_slice() else { panic!("{found:?}") };
    let fetch = async |query: &str| hub.anonymous().get(&format!("{address}{query}")).await;

    let hidden = fetch("").await;
    assert_eq!(hidden.status, 404);
    let words = String::from_utf8(hidden.bytes).unwrap();
    assert!(words.contains("This address stands in a credential"), "{words}");
    let nobodys = hub.anonymous().get("/e/0123456789abcdef0123456789abcdef").await;
    assert_eq!(String::from_utf8(nobodys.bytes).unwrap(), words, "like one that never was");

    let token = |made: &Value| text(&made["url"]).rsplit('/').next().unwrap().to_owned();
    let bare = token(&share(&student, json!({ "achievements": [seen["id"]] })).await);
    assert_eq!(fetch(&format!("?share={bare}")).await.status, 404, "a share without files");
    let body = json!({ "achievements": [unrelated["id"]], "evidence": true });
    let elsewhere = token(&share(&student, body).await);
    assert_eq!(fetch(&format!("?share={elsewhere}")).await.status, 404, "a share of another item");

    let made = share(&student, json!({ "achievements": [seen["id"]], "evidence": true })).await;
    let shown = fetch(&format!("?share={}", token(&made))).await;
    assert_eq!((shown.status, shown.header("content-type")), (200, "image/jpeg"));
    assert_eq!(shown.header("x-robots-tag"), "noindex, nofollow, noarchive");
    assert_eq!(shown.header("content-security-policy"), "sandbox; default-src 'none'");
    assert_ne!(shown.bytes, picture(7), "never the original of a picture");
    // What is given out is what the credential carries the digest of.
    let url = text(&seen["credential"]["url"]);
    let document = hub.anonymous().get(url.strip_prefix(&hub.url).unwrap()).await.ok(200);
    let entry = document["evidence"].as_array().unwrap().iter();
    let entry = entry.clone().find(|entry| text(&entry["id"]).ends_with(address.as_str())).unwrap();
    let digest = data_encoding::BASE64.encode(&Sha256::digest(&shown.bytes));
    assert_eq!(entry["digestSRI"], format!("sha256-{digest}"));
    let (_, html) = page(&hub, &text(&made["url"])).await;
    assert!(html.contains(&format!("{address}?share=")), "{html}");
    let small = fetch(&format!("?share={}&size=thumb", token(&made))).await;
    assert_eq!((small.status, small.header("content-type")), (200, "image/jpeg"));

    let path = format!("/api/portfolio/shares/{}/", text(&made["id"]));
    student.delete(&path).await.ok(204);
    assert_eq!(fetch(&format!("?share={}", token(&made))).await.status, 404, "stopped");
    let credential = format!("/api/credentials/{}/", text(&seen["credential"]["id"]));
    student.patch(&credential, json!({ "visibility": "public" })).await.ok(200);
    assert_eq!(fetch("").await.status, 200, "its student made it public");
    student.patch(&credential, json!({ "visibility": "closed" })).await.ok(200);
    assert_eq!(fetch("").await.status, 404);
}
