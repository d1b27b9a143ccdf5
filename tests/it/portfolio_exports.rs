//! Exports over HTTP: at once, in the background, small, previewed; and lists that a college seals.

use chrono::Duration;
use hub::app::Refusal;
use hub::app::papers::{self, PapersChange};
use hub::app::sealed::{List, seal_list};
use hub::domain::member::Language;
use hub::portfolio::list::Column;
use hub::portfolio::render::LAYOUTS;
use serde_json::{Value, json};

use crate::lifecycle::{act, approved, content, inside, picture, upload, verify};
use crate::paper::{read_codes, run};
use crate::pdf_signature::readers;
use crate::portfolio_render::logo;
use crate::support::{Client, TestCollege, TestHub, text};

const EXPORTS: &str = "/api/portfolio/exports/";

/// A student with so many approved achievements of so many pictures each.
async fn student_with(
    items: usize,
    pictures: usize,
    picture: impl Fn(usize) -> Vec<u8>,
) -> (TestHub, TestCollege, Client) {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya Subramanian").await;
    let faculty = college.faculty("Dr. Meena Iyer").await;
    for item in 0..items {
        let made =
            student.post("/api/achievements/", content(&format!("Meet {item}"))).await.ok(201);
        let id = text(&made["id"]);
        for number in 0..pictures {
            let name = format!("{item}-{number}.jpg");
            upload(&student, &id, &name, picture(item * pictures + number), None).await.ok(201);
        }
        let seen = student.get(&format!("/api/achievements/{id}/")).await.ok(200);
        let seen = act(&student, &seen, "submit", Value::Null).await.ok(200);
        act(&faculty, &seen, "decisions", json!({ "action": "approve" })).await.ok(200);
    }
    (hub, college, student)
}

/// Noise: the worst there is to compress.
fn noise(seed: usize) -> Vec<u8> {
    let mut state = u32::try_from(seed).unwrap().wrapping_mul(2_654_435_761) | 1;
    let image = image::RgbImage::from_fn(640, 480, |_, _| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let [red, green, blue, _] = state.to_be_bytes();
        image::Rgb([red, green, blue])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

async fn read(student: &Client, export: &Value) -> Value {
    student.get(&format!("{EXPORTS}{}/", text(&export["id"]))).await.ok(200)
}

async fn state_of_row(hub: &TestHub, college: &TestCollege) -> Vec<(String, i32)> {
    let mut owner = inside(hub, college).await;
    sqlx::query_as("SELECT state, progress FROM portfolio_exports ORDER BY created_at, id")
        .fetch_all(&mut owner)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_large_portfolio_is_made_in_the_background_and_a_small_edition_is_small() {
    let (hub, _college, student) = student_with(12, 5, noise).await;
    let begun = student.post(EXPORTS, json!({})).await.ok(202);
    assert_eq!((&begun["state"], &begun["progress"]), (&json!("running"), &json!(0)));
    assert_eq!(begun["achievements"], 12);
    let again = student.post(EXPORTS, json!({})).await.ok(202);
    assert_eq!(begun["id"], again["id"], "asking twice is asking once");
    student.get(&text(&begun["file_url"])).await.refused(404, "not_found");
    assert_eq!(student.get(EXPORTS).await.ok(200)[0]["state"], "running");

    hub.mails().await;
    let done = read(&student, &begun).await;
    assert_eq!((&done["state"], &done["progress"]), (&json!("done"), &json!(100)), "{done:#}");
    assert_eq!(done["url"], begun["url"], "the address was known from the start");
    let whole = student.get(&text(&done["file_url"])).await.bytes;
    assert!(whole.len() > 1_000_000, "sixty pictures of noise in {} octets", whole.len());
    assert_eq!(verify(&hub, whole).await["verdict"], "valid");
    assert_eq!(student.post(EXPORTS, json!({})).await.ok(200)["id"], begun["id"]);

    for template in LAYOUTS {
        let wish = json!({ "size": "small", "template": template });
        let begun = student.post(EXPORTS, wish).await.ok(202);
        assert_ne!(begun["id"], done["id"], "the size belongs to the inputs");
        hub.mails().await;
        let small = read(&student, &begun).await;
        assert_eq!((&small["state"], &small["small"]), (&json!("done"), &json!(true)), "{small:#}");
        assert_eq!(small["template"], template);
        let file = student.get(&text(&small["file_url"])).await.bytes;
        assert!(file.len() <= 1_000_000, "{} octets", file.len());
        assert!(file.len() > 300_000, "it keeps what there is room for: {} octets", file.len());
        let on_disk = readers::on_disk(&file);
        let said = run("pdftotext", &[on_disk.path().to_str().unwrap(), "-"]);
        assert!(said.contains("small edition"), "{said}");
        assert_eq!(verify(&hub, file).await["verdict"], "valid");
    }
}

#[tokio::test]
async fn an_export_survives_the_end_of_the_process_that_made_it() {
    let (hub, college, student) = student_with(3, 7, |shade| picture(shade as u8)).await;
    let begun = student.post(EXPORTS, json!({ "template": "compact" })).await.ok(202);
    // What a process leaves that was killed in the middle: a job taken and a row half-way.
    let mut owner = inside(&hub, &college).await;
    for statement in [
        "UPDATE jobs SET attempts = 1, run_at = run_at + interval '2 minutes' WHERE kind = 'export_portfolio'",
        "UPDATE portfolio_exports SET state = 'running', progress = 40",
    ] {
        assert_eq!(sqlx::query(statement).execute(&mut owner).await.unwrap().rows_affected(), 1);
    }
    hub.mails().await;
    assert_eq!(read(&student, &begun).await["progress"], 40, "another process may still be at it");
    hub.wait(Duration::minutes(3));
    hub.mails().await;
    let done = read(&student, &begun).await;
    assert_eq!((&done["state"], &done["id"]), (&json!("done"), &begun["id"]), "{done:#}");
    let file = student.get(&text(&done["file_url"])).await.bytes;
    assert_eq!(verify(&hub, file).await["verdict"], "valid");
    assert_eq!(state_of_row(&hub, &college).await, [("done".to_owned(), 100)]);
}

#[tokio::test]
async fn an_export_that_fails_says_why_and_loses_nothing() {
    let (hub, college, student) = student_with(3, 7, |shade| picture(shade as u8)).await;
    let mut owner = inside(&hub, &college).await;
    let spoil = r"UPDATE colleges SET logo = '\x4749', logo_type = 'image/png'";
    sqlx::query(spoil).execute(&mut owner).await.unwrap();
    let begun = student.post(EXPORTS, json!({})).await.ok(202);
    hub.mails().await;
    let failed = read(&student, &begun).await;
    assert_eq!(
        (&failed["state"], &failed["reason"]),
        (&json!("failed"), &json!("not_laid_out")),
        "{failed:#}"
    );
    assert_eq!(student.get(EXPORTS).await.ok(200)[0]["state"], "failed");
    student.get("/api/portfolio.pdf").await.refused(404, "no_export");
    hub.wait(Duration::seconds(2));
    hub.mails().await;
    assert_eq!(hub.app.count_jobs().await.unwrap(), 0, "nothing keeps trying");

    let mend = "UPDATE colleges SET logo = NULL, logo_type = NULL";
    sqlx::query(mend).execute(&mut owner).await.unwrap();
    let begun = student.post(EXPORTS, json!({})).await.ok(202);
    assert_ne!(begun["id"], failed["id"]);
    hub.mails().await;
    assert_eq!(read(&student, &begun).await["state"], "done");
    assert!(!student.get("/api/portfolio.pdf").await.bytes.is_empty());
}

#[tokio::test]
async fn an_export_that_keeps_failing_for_a_passing_reason_is_given_up() {
    let (hub, college, student) = student_with(3, 7, |shade| picture(shade as u8)).await;
    let begun = student.post(EXPORTS, json!({})).await.ok(202);
    let mut owner = inside(&hub, &college).await;
    // A picture whose bytes are gone: a disk that is not mounted.
    sqlx::query("UPDATE evidence SET print_sha256 = sha256(print_sha256)")
        .execute(&mut owner)
        .await
        .unwrap();
    for _ in 0..3 {
        hub.mails().await;
        assert_eq!(read(&student, &begun).await["state"], "running");
        hub.wait(Duration::seconds(40));
    }
    hub.mails().await;
    let failed = read(&student, &begun).await;
    assert_eq!(
        (&failed["state"], &failed["reason"]),
        (&json!("failed"), &json!("internal")),
        "{failed:#}"
    );
}

#[tokio::test]
async fn what_is_revoked_while_a_portfolio_waits_is_not_in_it() {
    let (hub, college, student) = student_with(3, 7, |shade| picture(shade as u8)).await;
    let begun = student.post(EXPORTS, json!({})).await.ok(202);
    let all = student.get("/api/achievements/?status=approved").await.ok(200);
    let named: Vec<&Value> =
        all["results"].as_array().unwrap().iter().map(|item| &item["id"]).collect();
    let chosen =
        student.post(EXPORTS, json!({ "achievements": named, "locale": "hi" })).await.ok(202);
    let seen = student.get(&format!("/api/achievements/{}/", text(named[0]))).await.ok(200);
    let revoke = format!("/api/credentials/{}/revoke/", text(&seen["credential"]["id"]));
    let why = json!({ "reason": "error", "text": "Wrong event." });
    college.admin.post(&revoke, why).await.ok(200);

    hub.mails().await;
    let done = read(&student, &begun).await;
    assert_eq!((&done["state"], &done["achievements"]), (&json!("done"), &json!(2)), "{done:#}");
    assert_eq!(done["out_of_date"], false);
    let failed = read(&student, &chosen).await;
    assert_eq!(failed["reason"], "record_changed", "what was asked for by name is not there");
}

#[tokio::test]
async fn a_revoked_credential_leaves_the_next_export_and_is_told_of_the_last() {
    let (hub, college, student) = student_with(2, 1, |shade| picture(shade as u8)).await;
    let export = student.post(EXPORTS, json!({})).await.ok(201);
    let before = student.get(&text(&export["file_url"])).await.bytes;
    let all = student.get("/api/achievements/?status=approved").await.ok(200);
    let id = text(&all["results"][0]["id"]);
    let title = text(&all["results"][0]["title"]);
    let seen = student.get(&format!("/api/achievements/{id}/")).await.ok(200);
    let revoke = format!("/api/credentials/{}/revoke/", text(&seen["credential"]["id"]));
    let why = json!({ "reason": "error", "text": "Wrong event." });
    college.admin.post(&revoke, why).await.ok(200);

    let report = verify(&hub, before).await;
    assert_eq!(report["verdict"], "not_valid", "{report:#}");
    let nested = report["nested"].as_array().unwrap();
    let revoked: Vec<&Value> = nested.iter().filter(|one| one["verdict"] != "valid").collect();
    assert_eq!(revoked.len(), 1, "the check names the one that fell: {report:#}");
    assert_eq!(revoked[0]["content"]["name"], title.as_str());

    // Perhaps within the same second: the newest stands first all the same.
    let next = student.post(EXPORTS, json!({})).await.ok(201);
    assert_ne!(next["id"], export["id"]);
    assert_eq!(next["achievements"], 1);
    let file = student.get(&text(&next["file_url"])).await.bytes;
    let on_disk = readers::on_disk(&file);
    let said = run("pdftotext", &[on_disk.path().to_str().unwrap(), "-"]);
    assert!(!said.contains(&title) && said.contains("1 approved achievement"), "{said}");
    assert_eq!(verify(&hub, file).await["verdict"], "valid");
    let list = student.get(EXPORTS).await.ok(200);
    assert_eq!(
        (&list[0]["out_of_date"], &list[1]["out_of_date"]),
        (&json!(false), &json!(true)),
        "{list:#}"
    );
}

#[tokio::test]
async fn exports_of_one_second_stand_in_the_order_they_were_made() {
    let (hub, college, student) = student_with(1, 1, |shade| picture(shade as u8)).await;
    let mut made = Vec::new();
    for template in ["classic", "formal", "compact"] {
        for locale in ["en", "hi"] {
            let wish = json!({ "template": template, "locale": locale });
            made.push(text(&student.post(EXPORTS, wish).await.ok(201)["id"]));
        }
    }
    let mut owner = inside(&hub, &college).await;
    sqlx::query("UPDATE portfolios SET created_at = (SELECT max(created_at) FROM portfolios)")
        .execute(&mut owner)
        .await
        .unwrap();
    let list = student.get(EXPORTS).await.ok(200);
    let listed: Vec<String> =
        list.as_array().unwrap().iter().rev().map(|export| text(&export["id"])).collect();
    assert_eq!(listed, made);
}

#[tokio::test]
async fn what_is_revoked_while_the_pages_are_made_is_not_handed_out() {
    let (hub, college, student) = student_with(2, 1, |shade| picture(shade as u8)).await;
    let all = student.get("/api/achievements/?status=approved").await.ok(200);
    let id = text(&all["results"][0]["id"]);
    let seen = student.get(&format!("/api/achievements/{id}/")).await.ok(200);
    // The export stops at its last step, where it asks for the key of files.
    let mut owner = inside(&hub, &college).await;
    let mut held = sqlx::Connection::begin(&mut owner).await.unwrap();
    sqlx::query("SELECT FROM signing_keys WHERE purpose = 'documents' FOR UPDATE")
        .execute(&mut *held)
        .await
        .unwrap();
    let waiting = student.clone();
    let export = tokio::spawn(async move { waiting.post(EXPORTS, json!({})).await });
    let mut watcher = inside(&hub, &college).await;
    let stopped = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let mut looks = 0;
    while sqlx::query_scalar::<_, i64>(stopped).fetch_one(&mut watcher).await.unwrap() == 0 {
        looks += 1;
        assert!(looks < 600, "the export never came to its end");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let revoke = format!("/api/credentials/{}/revoke/", text(&seen["credential"]["id"]));
    let why = json!({ "reason": "error", "text": "Wrong event." });
    college.admin.post(&revoke, why).await.ok(200);
    held.rollback().await.unwrap();

    let export = export.await.unwrap().ok(201);
    assert_eq!((&export["achievements"], &export["out_of_date"]), (&json!(1), &json!(false)));
    let file = student.get(&text(&export["file_url"])).await.bytes;
    assert_eq!(verify(&hub, file).await["verdict"], "valid");
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM portfolios")
        .fetch_one(&mut watcher)
        .await
        .unwrap();
    assert_eq!(rows, 1, "what was made of the revoked one is thrown away");
}

#[tokio::test]
async fn a_preview_shows_the_first_page_stores_nothing_and_is_rationed() {
    let (hub, college, student) = student_with(1, 1, |shade| picture(shade as u8)).await;
    for template in LAYOUTS {
        let body = json!({ "template": template, "locale": "ta" });
        let answer = student.post("/api/portfolio/preview/", body).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "image/png"));
        assert_eq!(answer.header("cache-control"), "no-store");
        let shown = image::load_from_memory(&answer.bytes).unwrap();
        assert_eq!((shown.width(), shown.height()), (794, 1123));
        let room = tempfile::TempDir::new().unwrap();
        let path = room.path().join("preview.png");
        std::fs::write(&path, &answer.bytes).unwrap();
        assert!(read_codes(&path).is_empty());
    }
    assert_eq!(student.get(EXPORTS).await.ok(200), json!([]));
    let mut owner = inside(&hub, &college).await;
    for table in ["portfolios", "portfolio_exports", "jobs"] {
        let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "SELECT count(*) FROM {table} WHERE true"
        )))
        .fetch_one(&mut owner)
        .await
        .unwrap();
        if table != "jobs" {
            assert_eq!(rows, 0, "{table}");
        }
    }
    let baroque = json!({ "template": "baroque" });
    student
        .post("/api/portfolio/preview/", baroque.clone())
        .await
        .refused(422, "validation_failed");
    student.post(EXPORTS, baroque).await.refused(422, "validation_failed");
    student.post(EXPORTS, json!({ "size": "tiny" })).await.refused(400, "malformed");
    let mut refused = 0;
    for _ in 0..20 {
        let answer = student.post("/api/portfolio/preview/", json!({ "template": "x" })).await;
        refused += usize::from(answer.status == 429);
    }
    assert!(refused >= 4, "{refused} of 20 were too many");
    college.admin.post("/api/portfolio/preview/", json!({})).await.refused(403, "forbidden");
}

#[tokio::test]
async fn a_college_gives_out_portfolios_in_its_own_languages_only() {
    let (hub, college, student) = student_with(1, 1, |shade| picture(shade as u8)).await;
    let mut owner = inside(&hub, &college).await;
    sqlx::query(
        "INSERT INTO papers (college_id, languages, updated_at) VALUES ($1, '{en,ta}', now())",
    )
    .bind(college.id.0)
    .execute(&mut owner)
    .await
    .unwrap();
    student.post(EXPORTS, json!({ "locale": "hi" })).await.refused(422, "validation_failed");
    student.post(EXPORTS, json!({ "locale": "ta" })).await.ok(201);
}

#[tokio::test]
async fn a_sealed_list_of_a_thousand_rows_is_signed_by_the_college() {
    let (hub, college, _student) = student_with(0, 0, |_| Vec::new()).await;
    let column = |name: &str, share, numeric| Column { name: name.into(), share, numeric };
    let list = List {
        title: "Approved achievements, 2025–26".into(),
        note: None,
        columns: vec![column("Roll number", 1, false), column("Title", 3, false)],
        rows: (0..1000).map(|n| vec![format!("R{n:05}"), format!("Achievement {n}")]).collect(),
        language: Language::English,
        reason: "Return to the university, 2025-26".into(),
    };
    let file = seal_list(list.clone(), college.id, &hub.app).await.unwrap();
    let on_disk = readers::on_disk(&file);
    let path = on_disk.path().to_str().unwrap();
    let said = run("pdfsig", &["-nocert", path]);
    assert!(
        said.contains("Signature is Valid.") && said.contains("Total document signed"),
        "{said}"
    );
    run("qpdf", &["--check", path]);
    let text = run("pdftotext", &[path, "-"]);
    assert!(text.contains("R00000") && text.contains("R00999"));
    let mut owner = inside(&hub, &college).await;
    let signatures: i64 =
        sqlx::query_scalar("SELECT signatures FROM signing_keys WHERE purpose = 'documents'")
            .fetch_one(&mut owner)
            .await
            .unwrap();
    assert_eq!(signatures, 1);
    let endless = List { rows: vec![vec![String::new(); 2]; 5_001], ..list };
    assert!(seal_list(endless, college.id, &hub.app).await.is_err());
}

#[tokio::test]
async fn exports_belong_to_their_student() {
    let (_hub, college, student) = student_with(3, 7, |shade| picture(shade as u8)).await;
    let begun = student.post(EXPORTS, json!({})).await.ok(202);
    let other = college.student("Arun").await;
    let faculty = college.faculty("Dr. Rao").await;
    approved(&other, &faculty, "Chess").await;
    for path in [format!("{EXPORTS}{}/", text(&begun["id"])), text(&begun["file_url"])] {
        other.get(&path).await.refused(404, "not_found");
    }
    assert_eq!(other.get(EXPORTS).await.ok(200), json!([]));
}

#[tokio::test]
async fn a_college_sets_its_seal_signature_and_languages() {
    let (hub, college, student) = student_with(1, 1, |shade| picture(shade as u8)).await;
    let plain = student.post(EXPORTS, json!({})).await.ok(201);
    let before = student.get(&text(&plain["file_url"])).await.bytes;
    let change = PapersChange {
        seal: Some(logo()),
        signature: Some(picture(90)),
        languages: Some(vec![Language::English]),
        level: None,
    };
    papers::change(&college.slug, change, &hub.app).await.unwrap();
    student.post(EXPORTS, json!({ "locale": "ta" })).await.refused(422, "validation_failed");
    let export = student.post(EXPORTS, json!({})).await.ok(201);
    assert_ne!(export["id"], plain["id"], "what the college shows belongs to the inputs");
    let pictures = |file: &[u8]| {
        let on_disk = readers::on_disk(file);
        run("pdfimages", &["-list", "-l", "1", on_disk.path().to_str().unwrap()]).lines().count()
    };
    let after = student.get(&text(&export["file_url"])).await.bytes;
    assert_eq!(pictures(&after), pictures(&before) + 2);

    let html = PapersChange { seal: Some(b"<svg/>".to_vec()), ..PapersChange::default() };
    assert!(papers::change(&college.slug, html, &hub.app).await.is_err());
    let nobody = papers::change("nobody", PapersChange::default(), &hub.app).await;
    assert!(matches!(nobody, Err(Refusal::NotFound)));
}
