//! Files in pieces, room, order, duplicates, codes: evidence from a phone over a connection that breaks.

use chrono::Duration;
use hub::app::uploads;
use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use qrcode::{Color, QrCode};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::hostile_uploads::upload_named;
use crate::lifecycle::{act, approved, content, draft, inside, picture, submitted, upload};
use crate::support::{Answer, Client, TestCollege, TestHub, pointers, text};

async fn open_draft(student: &Client) -> String {
    text(&student.post("/api/achievements/", content("Winner, 100 m")).await.ok(201)["id"])
}

async fn announce(student: &Client, achievement: &str, bytes: &[u8]) -> Answer {
    let body = json!({
        "achievement": achievement, "name": "certificate.jpg", "size": bytes.len(),
        "sha256": hex::encode(Sha256::digest(bytes)), "caption": "First place", "kind": "certificate",
    });
    student.post("/api/uploads/", body).await
}

async fn append(student: &Client, upload: &str, at: usize, bytes: &[u8]) -> Answer {
    let request = student
        .request(Method::PATCH, &format!("/api/uploads/{upload}/"))
        .header("Upload-Offset", at)
        .header("Content-Type", "application/partial-upload")
        .body(bytes.to_vec());
    student.send(request).await
}

async fn set_room(hub: &TestHub, college: &TestCollege, per_student: i64, in_all: i64) {
    let statement =
        "INSERT INTO evidence_room AS r (college_id, per_student, in_all) VALUES ($1, $2, $3)
                     ON CONFLICT (college_id) DO UPDATE SET per_student = $2, in_all = $3";
    sqlx::query(statement)
        .bind(college.id.0)
        .bind(per_student)
        .bind(in_all)
        .execute(&mut inside(hub, college).await)
        .await
        .unwrap();
}

/// Octets taken: of the student, and of the college.
async fn used(hub: &TestHub, college: &TestCollege) -> (i64, i64) {
    let query = "SELECT coalesce((SELECT sum(used) FROM student_room), 0)::bigint, coalesce((SELECT sum(used) FROM evidence_room), 0)::bigint";
    sqlx::query_as(query).fetch_one(&mut inside(hub, college).await).await.unwrap()
}

#[tokio::test]
async fn a_file_in_three_pieces_becomes_the_evidence_that_one_request_would_have_made() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya").await;
    let id = open_draft(&student).await;
    let bytes = picture(9);
    let begun = announce(&student, &id, &bytes).await;
    assert_eq!(
        (begun.header("upload-offset"), begun.header("upload-complete")),
        ("0", "?0"),
        "draft-ietf-httpbis-resumable-upload §4"
    );
    assert_eq!(begun.header("upload-limit"), "max-size=26214400");
    let location = begun.header("location").to_owned();
    let upload = text(&begun.ok(201)["id"]);
    assert_eq!(location, format!("/api/uploads/{upload}"));

    let (one, two) = (bytes.len() / 3, bytes.len() / 2);
    let kept = append(&student, &upload, 0, &bytes[..one]).await;
    assert_eq!((kept.status, kept.header("upload-offset")), (204, one.to_string().as_str()));
    append(&student, &upload, one, &bytes[one..two]).await.ok(204);
    let head = student.send(student.request(Method::HEAD, &location)).await;
    assert_eq!((head.status, head.header("upload-offset")), (200, two.to_string().as_str()));
    assert_eq!(head.header("upload-length"), bytes.len().to_string());
    assert!(head.bytes.is_empty());

    let elsewhere = append(&student, &upload, one, &bytes[one..]).await;
    assert_eq!(elsewhere.header("upload-offset"), two.to_string(), "the right one is told");
    elsewhere.refused(409, "wrong_offset");
    let missing = student.request(Method::PATCH, &location).body(bytes[two..].to_vec());
    student.send(missing).await.refused(400, "malformed");

    let last = append(&student, &upload, two, &bytes[two..]).await;
    assert_eq!(last.header("upload-complete"), "?1");
    let evidence = last.ok(201);
    assert_eq!(evidence["sha256"], hex::encode(Sha256::digest(&bytes)));
    assert_eq!(
        (&evidence["caption"], &evidence["name"]),
        (&json!("First place"), &json!("certificate.jpg"))
    );
    assert_eq!(evidence["kind"], "certificate");
    // The answer was lost on the way: asked again, it is the same, and nothing is done twice.
    assert_eq!(append(&student, &upload, bytes.len(), &[]).await.ok(201)["id"], evidence["id"]);
    let state = student.get(&location).await.ok(200);
    assert_eq!((&state["complete"], &state["evidence"]["id"]), (&json!(true), &evidence["id"]));
    let item = student.get(&format!("/api/achievements/{id}/")).await.ok(200);
    assert_eq!(item["evidence"].as_array().unwrap().len(), 1);
    let original = student.get(&text(&evidence["content_url"])).await;
    assert_eq!(original.bytes, bytes, "the original is kept as it came");
    assert_eq!(used(&hub, &college).await, (bytes.len() as i64, bytes.len() as i64));
    assert_eq!(student.get("/api/uploads/").await.ok(200)["results"], json!([]));
}

#[tokio::test]
async fn what_came_before_the_connection_broke_is_kept_and_the_rest_goes_on_there() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya").await;
    let id = open_draft(&student).await;
    let bytes = picture(11);
    let upload = text(&announce(&student, &id, &bytes).await.ok(201)["id"]);

    let mut connection =
        TcpStream::connect(hub.url.strip_prefix("http://").unwrap()).await.unwrap();
    let head = format!(
        "PATCH /api/uploads/{upload}/ HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {}\r\nUpload-Offset: 0\r\nContent-Length: {}\r\n\r\n",
        student.token(),
        bytes.len()
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(&bytes[..bytes.len() / 2]).await.unwrap();
    connection.shutdown().await.unwrap();
    let mut rest = Vec::new();
    drop(connection.read_to_end(&mut rest).await);
    hub.app.finish_acts().await;

    let state = student.get(&format!("/api/uploads/{upload}/")).await.ok(200);
    let at = usize::try_from(state["offset"].as_u64().unwrap()).unwrap();
    assert!(at > 0 && at <= bytes.len() / 2, "{state}");
    append(&student, &upload, at, &bytes[at..]).await.ok(201);
}

#[tokio::test]
async fn of_pieces_sent_at_once_for_one_place_one_counts() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya").await;
    let id = open_draft(&student).await;
    let bytes = picture(13);
    let upload = text(&announce(&student, &id, &bytes).await.ok(201)["id"]);
    let half = bytes.len() / 2;
    // Same place, other bytes in all but one of them: whichever wins, it is whole.
    let pieces: Vec<Vec<u8>> = (0..12).map(|_| bytes[..half].to_vec()).collect();
    let all = pieces.iter().map(|piece| append(&student, &upload, 0, piece));
    let answers = futures_util::future::join_all(all).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 204).count(), 1);
    assert!(answers.iter().all(|answer| matches!(answer.status, 204 | 409)));
    let all = (0..8).map(|_| append(&student, &upload, half, &bytes[half..]));
    let answers = futures_util::future::join_all(all).await;
    assert!(answers.iter().any(|answer| answer.status == 201));
    assert!(answers.iter().all(|answer| matches!(answer.status, 201 | 409)));
    let item = student.get(&format!("/api/achievements/{id}/")).await.ok(200);
    assert_eq!(item["evidence"].as_array().unwrap().len(), 1, "the file is made once");
    assert_eq!(used(&hub, &college).await.0, bytes.len() as i64);
}

#[tokio::test]
async fn an_upload_is_its_owners_and_holds_to_what_was_announced() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let (student, other) = (college.student("Kavya").await, college.student("Arun").await);
    let id = open_draft(&student).await;
    let bytes = picture(15);
    announce(&other, &id, &bytes).await.refused(404, "not_found");
    let upload = text(&announce(&student, &id, &bytes).await.ok(201)["id"]);
    append(&other, &upload, 0, &bytes).await.refused(404, "not_found");
    other.get(&format!("/api/uploads/{upload}/")).await.refused(404, "not_found");
    other.delete(&format!("/api/uploads/{upload}/")).await.refused(404, "not_found");

    let longer = [bytes.as_slice(), b"more"].concat();
    append(&student, &upload, 0, &longer).await.refused(413, "too_large");
    // Another file of the same length is not the one that was announced; its room is free again.
    let problem = append(&student, &upload, 0, &vec![7; bytes.len()]).await;
    assert_eq!(pointers(&problem.refused(422, "validation_failed")), ["/sha256"]);
    student.get(&format!("/api/uploads/{upload}/")).await.refused(404, "not_found");
    assert_eq!(used(&hub, &college).await, (0, 0));

    for (size, code, status) in [(0, "validation_failed", 422), (26_214_401, "too_large", 413)] {
        let body = json!({ "achievement": id, "name": "x.jpg", "size": size });
        student.post("/api/uploads/", body).await.refused(status, code);
    }
    let body = json!({ "achievement": id, "name": "x.jpg", "size": 5, "sha256": "abc" });
    student.post("/api/uploads/", body).await.refused(422, "validation_failed");

    // What is no picture is refused at its end, and forgotten.
    let program = b"\x7fELF, and then some".to_vec();
    let upload = text(&announce(&student, &id, &program).await.ok(201)["id"]);
    append(&student, &upload, 0, &program).await.refused(415, "unsupported_type");
    student.get(&format!("/api/uploads/{upload}/")).await.refused(404, "not_found");

    // Handed in meanwhile: the file is not taken, and nothing of it is lost.
    upload_and_submit(&student, &id, &bytes).await;
}

async fn upload_and_submit(student: &Client, id: &str, bytes: &[u8]) {
    let first = text(&announce(student, id, bytes).await.ok(201)["id"]);
    append(student, &first, 0, bytes).await.ok(201);
    let late = picture(16);
    let second = text(&announce(student, id, &late).await.ok(201)["id"]);
    let seen = student.get(&format!("/api/achievements/{id}/")).await.ok(200);
    act(student, &seen, "submit", Value::Null).await.ok(200);
    append(student, &second, 0, &late).await.refused(409, "invalid_transition");
    announce(student, id, &late).await.refused(409, "invalid_transition");
    let state = student.get(&format!("/api/uploads/{second}/")).await.ok(200);
    assert_eq!(state["offset"], late.len());
    student.delete(&format!("/api/uploads/{second}/")).await.ok(204);
}

#[tokio::test]
async fn two_hundred_uploads_at_once_never_take_more_room_than_there_is() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya").await;
    let id = open_draft(&student).await;
    let megabyte = 1 << 20;
    set_room(&hub, &college, 50 * megabyte, 200 * megabyte).await;
    let all = (0..200).map(|number| {
        let body = json!({ "achievement": id, "name": format!("{number}.jpg"), "size": megabyte });
        student.post("/api/uploads/", body)
    });
    let answers = futures_util::future::join_all(all).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 50);
    assert!(answers.iter().all(|answer| matches!(answer.status, 201 | 413)));
    assert_eq!(used(&hub, &college).await, (50 * megabyte, 50 * megabyte));
    let body = student.get("/api/uploads/").await.ok(200);
    assert_eq!(body["room"], json!({ "used": 50 * megabyte, "limit": 50 * megabyte }));
    upload(&student, &id, "x.jpg", picture(1), None).await.refused(413, "too_large");

    // Of the college's room, too: here there is as much for all as one student has.
    set_room(&hub, &college, 50 * megabyte, 50 * megabyte).await;
    let other = college.student("Arun").await;
    let theirs = open_draft(&other).await;
    announce(&other, &theirs, &picture(2)).await.refused(413, "too_large");

    // Nobody goes on with them for a day: they are forgotten, and the room is free.
    assert_eq!(uploads::forget_old(&hub.app).await.unwrap(), 0);
    hub.wait(Duration::hours(25));
    assert_eq!(uploads::forget_old(&hub.app).await.unwrap(), 50);
    assert_eq!(used(&hub, &college).await, (0, 0));
}

#[tokio::test]
async fn a_file_takes_room_once_and_gives_it_back_when_it_goes() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya").await;
    let faculty = college.faculty("Dr. Iyer").await;
    let (bytes, other) = (picture(7), picture(8));
    let room = |files: &[&Vec<u8>]| {
        let sum = files.iter().map(|file| file.len() as i64).sum::<i64>();
        (sum, sum)
    };
    let seen = submitted(&student, "Debate").await;
    assert_eq!(used(&hub, &college).await, room(&[&bytes]));
    let comment = json!({ "action": "request_changes", "comment": "Add the list of winners." });
    let seen = act(&faculty, &seen, "decisions", comment).await.ok(200);
    let id = text(&seen["id"]);
    assert_eq!(used(&hub, &college).await, room(&[&bytes]), "the next draft has the same file");
    let evidence = upload(&student, &id, "b.jpg", other.clone(), None).await.ok(201);
    assert_eq!(used(&hub, &college).await, room(&[&bytes, &other]));
    student
        .delete(&format!("/api/achievements/{id}/evidence/{}/", text(&evidence[0]["id"])))
        .await
        .ok(204);
    assert_eq!(used(&hub, &college).await, room(&[&bytes]));

    // The same file twice at one draft, which is then given up.
    let id = open_draft(&student).await;
    for _ in 0..2 {
        upload(&student, &id, "b.jpg", other.clone(), None).await.ok(201);
    }
    assert_eq!(used(&hub, &college).await, room(&[&bytes, &other]));
    let seen = student.get(&format!("/api/achievements/{id}/")).await.ok(200);
    let path = format!("/api/achievements/{id}/");
    let request = student.request(Method::DELETE, &path).header("If-Match", text(&seen["etag"]));
    student.send(request).await.ok(204);
    assert_eq!(used(&hub, &college).await, room(&[&bytes]));
}

#[tokio::test]
async fn a_college_admin_says_how_much_room_a_student_has_and_nobody_else_does() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya").await;
    let path = "/api/settings/evidence/";
    student.get(path).await.refused(403, "forbidden");
    student.patch(path, json!({ "per_student": 26_214_400 })).await.refused(403, "forbidden");
    college.admin.patch(path, json!({ "per_student": 5 })).await.refused(422, "validation_failed");
    let room = college.admin.patch(path, json!({ "per_student": 26_214_400 })).await.ok(200);
    assert_eq!((&room["per_student"], &room["used"]), (&json!(26_214_400), &json!(0)));
    let id = open_draft(&student).await;
    let body = json!({ "achievement": id, "name": "x.jpg", "size": 26_214_400 });
    student.post("/api/uploads/", body.clone()).await.ok(201);
    student.post("/api/uploads/", body).await.refused(413, "too_large");
    assert_eq!(college.admin.get(path).await.ok(200)["used"], 26_214_400);
}

#[tokio::test]
async fn several_files_come_in_one_request_and_stand_in_the_order_one_gives_them() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya").await;
    let id = open_draft(&student).await;
    let mut form = reqwest::multipart::Form::new();
    for number in 1..=3_u8 {
        let part =
            reqwest::multipart::Part::bytes(picture(number)).file_name(format!("{number}.jpg"));
        form = form
            .part("file", part)
            .text("caption", format!("Picture {number}"))
            .text("kind", "photo");
    }
    let path = format!("/api/achievements/{id}/evidence/");
    let request = student.request(Method::POST, &path).multipart(form);
    let made = student.send(request).await.ok(201);
    assert_eq!(made[2]["kind"], "photo");
    let captions = async || -> Vec<String> {
        let files = student.get(&path).await.ok(200);
        files.as_array().unwrap().iter().map(|file| text(&file["caption"])).collect()
    };
    assert_eq!(captions().await, ["Picture 1", "Picture 2", "Picture 3"]);
    let third = format!("{path}{}/", text(&made[2]["id"]));
    student.patch(&third, json!({ "position": 1 })).await.ok(200);
    assert_eq!(captions().await, ["Picture 3", "Picture 1", "Picture 2"]);
    student.patch(&third, json!({ "position": 4 })).await.refused(422, "validation_failed");
    student.patch(&third, json!({ "position": 3, "caption": "The last" })).await.ok(200);
    assert_eq!(captions().await, ["Picture 1", "Picture 2", "The last"]);
    let bare = student.patch(&third, json!({ "caption": null, "kind": "letter" })).await.ok(200);
    assert_eq!((&bare["caption"], &bare["kind"]), (&Value::Null, &json!("letter")));

    for number in 4..=10 {
        upload(&student, &id, "x.jpg", picture(number), None).await.ok(201);
    }
    upload(&student, &id, "x.jpg", picture(11), None).await.refused(422, "validation_failed");
    announce(&student, &id, &picture(12)).await.refused(422, "validation_failed");
}

#[tokio::test]
async fn the_same_file_elsewhere_is_a_warning_and_only_a_reviewer_reads_whose_it_is() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let elsewhere = hub.college("banaras").await;
    let (kavya, arun) = (college.student("Kavya").await, college.student("Arun Das").await);
    let faculty = college.faculty("Dr. Iyer").await;
    submitted(&elsewhere.student("Somebody").await, "Of another college").await;
    let first = submitted(&kavya, "Debate").await;
    let path = |seen: &Value| format!("/api/achievements/{}/evidence/", text(&seen["id"]));
    let alone = faculty.get(&path(&first)).await.ok(200);
    assert_eq!((&alone[0]["duplicate"], &alone[0]["duplicates"]), (&json!(false), &json!([])));

    let second = draft(&arun, "Debate, too").await;
    let own = arun.get(&path(&second)).await.ok(200);
    assert_eq!((&own[0]["duplicate"], &own[0]["duplicates"]), (&json!(true), &json!([])));
    assert!(!own.to_string().contains("Kavya"));
    let drafts = faculty.get(&path(&first)).await.ok(200);
    assert_eq!(drafts[0]["duplicates"], json!([]), "a draft is its owner's alone");
    let second = act(&arun, &second, "submit", Value::Null).await.ok(200);
    let told = faculty.get(&path(&first)).await.ok(200);
    let other = &told[0]["duplicates"][0];
    assert_eq!(
        (&other["achievement"], &other["title"], &other["student"]),
        (&second["id"], &json!("Debate, too"), &json!("Arun Das"))
    );
    assert_eq!(told[0]["duplicates"].as_array().unwrap().len(), 1);
    // A warning and no more.
    act(&faculty, &first, "decisions", json!({ "action": "approve" })).await.ok(200);
}

/// A certificate with a code in its corner.
fn certificate(words: &str) -> Vec<u8> {
    let code = QrCode::new(words.as_bytes()).unwrap();
    let mut sheet = GrayImage::from_pixel(1_200, 850, Luma([250]));
    for (index, colour) in code.to_colors().into_iter().enumerate() {
        let (column, row) = (index % code.width(), index / code.width());
        for pixel in 0..49 {
            let (x, y) = (column * 7 + pixel % 7 + 80, row * 7 + pixel / 7 + 80);
            let shade = if colour == Color::Dark { 15 } else { 250 };
            sheet.put_pixel(u32::try_from(x).unwrap(), u32::try_from(y).unwrap(), Luma([shade]));
        }
    }
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::from(sheet).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[tokio::test]
async fn what_a_code_on_a_certificate_says_is_read_by_the_reviewer_and_fetched_by_nobody() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya").await;
    let faculty = college.faculty("Dr. Iyer").await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/certificates/4711", listener.local_addr().unwrap());
    let seen = draft(&student, "Hackathon").await;
    let id = text(&seen["id"]);
    upload(&student, &id, "certificate.png", certificate(&address), None).await.ok(201);
    let seen = student.get(&format!("/api/achievements/{id}/")).await.ok(200);
    let seen = act(&student, &seen, "submit", Value::Null).await.ok(200);
    let files = faculty.get(&format!("/api/achievements/{id}/evidence/")).await.ok(200);
    assert_eq!(files[0]["codes"], json!([]));
    assert_eq!(files[1]["codes"], json!([address]));
    act(&faculty, &seen, "decisions", json!({ "action": "approve" })).await.ok(200);
    hub::app::work::drain(&hub.app).await.unwrap();
    let nobody =
        tokio::time::timeout(std::time::Duration::from_millis(300), listener.accept()).await;
    assert!(nobody.is_err(), "somebody asked for the address in the code");
}

#[tokio::test]
async fn an_original_is_saved_and_a_picture_of_it_shown_under_a_name_that_is_no_path() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya").await;
    let faculty = college.faculty("Dr. Iyer").await;
    let id = open_draft(&student).await;
    let name = "../../etc/சான்றிதழ் 1.jpg".as_bytes();
    let made = upload_named(&student, &id, name).await.ok(201);
    assert_eq!(made[0]["name"], "சான்றிதழ் 1.jpg");
    let original = student.get(&text(&made[0]["content_url"])).await;
    assert_eq!(original.header("content-type"), "image/jpeg");
    assert_eq!(original.header("x-content-type-options"), "nosniff");
    assert_eq!(original.header("content-security-policy"), "sandbox; default-src 'none'");
    let disposition = original.header("content-disposition");
    assert!(
        disposition
            .starts_with("attachment; filename=\"_________ 1.jpg\"; filename*=UTF-8''%E0%AE"),
        "{disposition}"
    );
    let thumb = student.get(&text(&made[0]["thumb_url"])).await;
    assert!(thumb.header("content-disposition").starts_with("inline; "));
    assert_eq!(thumb.header("cache-control"), "private, max-age=3600");
    // Nobody else's draft: not even a reviewer's to see.
    faculty.get(&text(&made[0]["content_url"])).await.refused(404, "not_found");
    approved(&student, &faculty, "Another").await;
}
