//! Exports with time-stamps and validation data, by a whole hub: what is recorded of them, and what the check says.

use hub::app::papers::{self, PapersChange};
use hub::portfolio::sign::Level;
use hub::timestamper::Timestamper;
use serde_json::{Value, json};

use crate::issuance_log::authority::{Authority, Keys};
use crate::keys::{active, step};
use crate::lifecycle::{approved, verify};
use crate::pdf_signature::forge::find;
use crate::pdf_signature::readers;
use crate::support::{Client, TestCollege, TestHub, text};

const EXPORTS: &str = "/api/portfolio/exports/";

async fn hub_with_student(timestamper: Option<Timestamper>) -> (TestHub, TestCollege, Client) {
    let hub = TestHub::start_stamped(timestamper).await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya Subramanian").await;
    let faculty = college.faculty("Dr. Meena Iyer").await;
    approved(&student, &faculty, "Winner, 1500 m").await;
    (hub, college, student)
}

async fn set_level(level: Level, hub: &TestHub, college: &TestCollege) {
    let change = PapersChange { level: Some(level), ..PapersChange::default() };
    papers::change(&college.slug, change, &hub.app).await.unwrap();
}

async fn file(student: &Client, export: &Value) -> Vec<u8> {
    student.get(&text(&export["file_url"])).await.bytes
}

fn pdf_check(report: &Value) -> &Value {
    report["checks"].as_array().unwrap().iter().find(|check| check["id"] == "pdf").unwrap()
}

#[tokio::test]
async fn an_export_has_the_level_its_college_sets_and_the_check_says_so() {
    let authority = Authority::start(Keys::Rsa).await;
    let (hub, college, student) = hub_with_student(Some(authority.timestamper())).await;
    let mut before = Vec::new();
    for level in [Level::Stamped, Level::Basic, Level::LongTerm, Level::Archive] {
        // A time-stamp is what a college gets that sets nothing.
        if level != Level::Stamped {
            set_level(level, &hub, &college).await;
        }
        let export = student.post(EXPORTS, json!({})).await.ok(201);
        assert!(!before.contains(&export["id"]), "the level belongs to the inputs");
        before.push(export["id"].clone());
        assert_eq!(export["signature_level"], level.as_str());
        assert_eq!(export["stamped_at"].is_null(), level == Level::Basic);
        let again = student.post(EXPORTS, json!({})).await.ok(200);
        assert_eq!(again, export, "and the same inputs give the same export");

        let bytes = file(&student, &export).await;
        let report = verify(&hub, bytes.clone()).await;
        assert_eq!(report["verdict"], "valid", "{report:#}");
        let check = pdf_check(&report);
        assert_eq!(
            (&check["code"], &check["level"]),
            (&json!("exactly_issued"), &json!(level.as_str()))
        );
        assert_eq!(check["at"].is_null(), level == Level::Basic, "{check:#}");
        assert_eq!(find(&bytes, b"/DSS").is_some(), level >= Level::LongTerm);
    }
    let small = student.post(EXPORTS, json!({ "size": "small" })).await.ok(201);
    assert!(file(&student, &small).await.len() <= 1_000_000);
}

#[tokio::test]
async fn without_an_answer_the_export_comes_without_a_time_stamp_and_says_so() {
    let authority = Authority::start(Keys::P256).await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", nobody.local_addr().unwrap());
    drop(nobody);
    let silent = Timestamper::open(Some(&url), &authority.trusted()).unwrap();
    let (hub, college, student) = hub_with_student(Some(silent)).await;
    set_level(Level::Archive, &hub, &college).await;
    let export = student.post(EXPORTS, json!({})).await.ok(201);
    assert_eq!((&export["signature_level"], &export["stamped_at"]), (&json!("B-B"), &Value::Null));
    let again = student.post(EXPORTS, json!({})).await.ok(200);
    assert_eq!(again["id"], export["id"], "asking again makes no second one");
    let report = verify(&hub, file(&student, &export).await).await;
    assert_eq!(report["verdict"], "valid");
    assert_eq!(pdf_check(&report)["level"], "B-B");
}

#[tokio::test]
async fn the_college_setting_without_an_authority_asks_nobody() {
    let (hub, college, student) = hub_with_student(None).await;
    set_level(Level::Archive, &hub, &college).await;
    let export = student.post(EXPORTS, json!({})).await.ok(201);
    assert_eq!(export["signature_level"], "B-B");
}

#[tokio::test]
async fn what_was_taken_from_a_file_or_added_to_it_is_remarked() {
    let authority = Authority::start(Keys::P256).await;
    let (hub, college, student) = hub_with_student(Some(authority.timestamper())).await;
    set_level(Level::Archive, &hub, &college).await;
    let export = student.post(EXPORTS, json!({})).await.ok(201);
    let whole = file(&student, &export).await;
    let ends: Vec<usize> = memchr_all(&whole, b"%%EOF\n");
    assert_eq!(ends.len(), 4, "pages, signature, data, time-stamp");
    for end in &ends[1..3] {
        let report = verify(&hub, whole[..end + 6].to_vec()).await;
        assert_eq!(report["verdict"], "valid_with_remark", "{report:#}");
        assert_eq!(pdf_check(&report)["code"], "pdf_not_as_issued");
    }
    let mut bent = whole.clone();
    let at = ends[2] - 30;
    bent[at] ^= 1;
    assert_eq!(verify(&hub, bent).await["verdict"], "not_valid");
}

#[tokio::test]
async fn the_authoritys_revocation_list_is_published_and_names_what_fell() {
    let authority = Authority::start(Keys::P256).await;
    let (hub, college, student) = hub_with_student(Some(authority.timestamper())).await;
    set_level(Level::LongTerm, &hub, &college).await;
    let export = student.post(EXPORTS, json!({})).await.ok(201);
    let bytes = file(&student, &export).await;
    let (first, second) =
        (college.key_manager("Lata Shukla").await, college.key_manager("R. Sonkar").await);
    let kid = text(&active(&first, "authority").await["kid"]);
    let address = format!("/colleges/anna/revoked/{kid}.crl");
    let list = hub.anonymous().get(&address).await;
    assert_eq!((list.status, list.header("content-type")), (200, "application/pkix-crl"));
    assert!(find(&bytes, &list.bytes).is_some(), "the very list is in the file");
    assert_eq!(hub.anonymous().get(&address).await.bytes, list.bytes, "made once a day");
    assert!(find(&bytes, address.as_bytes()).is_some(), "the certificate says where it is");
    hub.anonymous().get("/colleges/anna/revoked/nobody.crl").await.refused(404, "not_found");
    let said = |list: &[u8]| {
        let on_disk = readers::on_disk(list);
        let mut openssl = std::process::Command::new("openssl");
        readers::run(
            openssl.args(["crl", "-inform", "DER", "-noout", "-text", "-in"]).arg(on_disk.path()),
        )
    };
    assert!(said(&list.bytes).contains("No Revoked Certificates"));

    let key = active(&first, "documents").await;
    let affected = first.get(&format!("/api/keys/{}/affected/", text(&key["id"]))).await.ok(200);
    let since = hub.app.now();
    let body =
        json!({ "since": since, "reason": "A laptop with it was stolen.", "affected": affected });
    let asked = step(&first, &key, "compromise", body).await.ok(202);
    crate::keys::decide(&second, &asked, "confirm").await.ok(200);
    let list = hub.anonymous().get(&address).await.bytes;
    let fallen = said(&list);
    assert!(fallen.contains("Key Compromise"), "{fallen}");
    assert_eq!(
        verify(&hub, bytes).await["verdict"],
        "not_valid",
        "no time-stamp saves what a stolen key signed"
    );
}

/// Where a word stands, each time.
fn memchr_all(hay: &[u8], word: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = find(&hay[from..], word) {
        found.push(from + at);
        from += at + word.len();
    }
    found
}
