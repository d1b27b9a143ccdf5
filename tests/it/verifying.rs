//! What anybody may ask over HTTP: one document, many at once, receipts; and that it leaves no trace of a person.

use std::fs;
use std::io::Write;
use std::process::Command;
use std::sync::{Arc, Mutex};

use hub::portfolio::check::{RECEIPT_NAME, attachment};
use hub::portfolio::embed;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::lifecycle::{approved, state, verify};
use crate::paper::run;
use crate::pdf_signature::readers;
use crate::support::{Answer, Client, TestCollege, TestHub, text};

const NAME: &str = "Kavya Subramanian";

/// A hub with a signed portfolio, and the credential inside it.
struct Desk {
    hub: TestHub,
    college: TestCollege,
    item: Value,
    credential: Vec<u8>,
    portfolio: Vec<u8>,
}

async fn desk() -> Desk {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student(NAME).await;
    let faculty = college.faculty("Dr. Meena Iyer").await;
    let item = approved(&student, &faculty, "Robotics meet").await;
    let credential = item_document(&hub, &item).await;
    let export = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    let portfolio = student.get(&text(&export["file_url"])).await.bytes;
    Desk { hub, college, item, credential, portfolio }
}

async fn item_document(hub: &TestHub, item: &Value) -> Vec<u8> {
    let url = text(&item["credential"]["url"]);
    let request = reqwest::Client::new().get(url).header("accept", "application/vc");
    hub.anonymous().send(request).await.bytes
}

async fn receipt(desk: &Desk, body: Vec<u8>, accept: &str) -> Answer {
    let anybody = desk.hub.anonymous();
    let request = anybody.request(Method::POST, "/api/verify/receipts/").header("accept", accept);
    anybody.send(request.body(body)).await
}

async fn batch(anybody: &Client, parts: Vec<(&str, Vec<u8>)>) -> Answer {
    let form = parts.into_iter().fold(Form::new(), |form, (name, bytes)| {
        form.part("file", Part::bytes(bytes).file_name(name.to_owned()))
    });
    anybody.send(anybody.request(Method::POST, "/api/verify/batch/").multipart(form)).await
}

#[tokio::test]
async fn a_receipt_says_what_the_hub_found_and_names_nobody() {
    let desk = desk().await;
    for (body, form, kind) in
        [(&desk.portfolio, "pdf", "portfolio"), (&desk.credential, "json", "achievement")]
    {
        let answer = receipt(&desk, body.clone(), "application/json").await;
        assert_eq!(answer.header("cache-control"), "no-store");
        let receipt = answer.ok(200);
        assert_eq!(receipt["type"], "VerificationReceipt");
        assert_eq!(receipt["verdict"], "valid");
        assert_eq!(
            (&receipt["presented"]["form"], &receipt["about"]["kind"]),
            (&json!(form), &json!(kind))
        );
        assert_eq!(receipt["presented"]["octets"], body.len());
        assert!(receipt["checks"].as_array().unwrap().len() >= 5);
        let said = receipt.to_string();
        for personal in [NAME, "Kavya", "/credentials/", "/portfolios/", "Robotics"] {
            assert!(!said.contains(personal), "{personal} in {said}");
        }
        let report = verify(&desk.hub, said.into_bytes()).await;
        assert_eq!(
            (&report["kind"], &report["verdict"]),
            (&json!("receipt"), &json!("valid_with_remark"))
        );
        assert_eq!(state(&report, "signature"), [("pass", "ok")]);
    }
}

#[tokio::test]
async fn the_key_of_receipts_is_published_and_signs_nothing_else() {
    let desk = desk().await;
    let anybody = desk.hub.anonymous();
    let document = anybody.get("/.well-known/did.json").await.ok(200);
    let method = &document["verificationMethod"][0];
    assert_eq!(document["assertionMethod"][0], method["id"]);
    let receipt = receipt(&desk, desk.credential.clone(), "*/*").await.ok(200);
    assert_eq!(receipt["proof"]["verificationMethod"], method["id"]);
    assert_eq!(receipt["issuer"], document["id"]);
    // A credential that names the key of receipts is no document of a college.
    let mut forged: Value = serde_json::from_slice(&desk.credential).unwrap();
    for proof in forged["proof"].as_array_mut().unwrap() {
        proof["verificationMethod"] = method["id"].clone();
    }
    let report = verify(&desk.hub, forged.to_string().into_bytes()).await;
    assert_eq!(report["verdict"], "not_valid");
    let college = anybody.get("/colleges/anna/did.json").await.ok(200);
    assert!(!college.to_string().contains(&text(&method["publicKeyMultibase"])));
}

#[tokio::test]
async fn a_changed_receipt_fails_and_one_of_a_forgery_is_no_proof_of_worth() {
    let desk = desk().await;
    let good = receipt(&desk, desk.credential.clone(), "*/*").await.ok(200);
    let mut changed = good.clone();
    changed["presented"]["digest"] = "sha256-AAAA".into();
    let report = verify(&desk.hub, changed.to_string().into_bytes()).await;
    assert_eq!(report["verdict"], "not_valid");
    assert_eq!(state(&report, "signature"), [("fail", "bad_signature")]);

    let mut forged: Value = serde_json::from_slice(&desk.credential).unwrap();
    forged["name"] = "Something greater".into();
    let of_forgery = receipt(&desk, forged.to_string().into_bytes(), "*/*").await.ok(200);
    assert_eq!(of_forgery["verdict"], "not_valid");
    let report = verify(&desk.hub, of_forgery.to_string().into_bytes()).await;
    assert_eq!(state(&report, "signature"), [("pass", "ok")]);
    assert_eq!(report["verdict"], "not_valid", "a genuine receipt of a forgery");
    receipt(&desk, good.to_string().into_bytes(), "*/*").await.refused(422, "validation_failed");
}

#[tokio::test]
async fn a_receipt_on_paper_is_signed_whole_and_carries_its_json() {
    let desk = desk().await;
    for language in ["en", "hi", "ta"] {
        let anybody = desk.hub.anonymous();
        let path = format!("/api/verify/receipts/?language={language}");
        let request = anybody.request(Method::POST, &path).header("accept", "application/pdf");
        let answer = anybody.send(request.body(desk.portfolio.clone())).await;
        assert_eq!(answer.header("content-type"), "application/pdf");
        let page = answer.bytes;
        let attached: Value = serde_json::from_slice(&attachment(&page).unwrap()).unwrap();
        assert_eq!(attached["type"], "VerificationReceipt");
        assert!(embed::attachment(&page).is_err(), "it is no portfolio");
        let report = verify(&desk.hub, page.clone()).await;
        assert_eq!(state(&report, "pdf"), [("pass", "ok")], "{report:#}");
        assert_eq!(report["verdict"], "valid_with_remark");

        let file = readers::on_disk(&page);
        let path = file.path().to_str().unwrap();
        run("qpdf", &["--check", path]);
        assert!(run("pdfdetach", &["-list", path]).contains(RECEIPT_NAME));
        let said = run("pdfsig", &[path]);
        assert!(
            said.contains("Signature is Valid") && said.contains("Total document signed"),
            "{said}"
        );
        let words = run("pdftotext", &[path, "-"]);
        assert!(words.contains("sha256-") && !words.contains("Kavya"), "{words}");

        let place = page.windows(10).position(|window| window == b"/FlateDeco").unwrap();
        for changed in [
            {
                let mut one = page.clone();
                one[place + 40] ^= 1;
                one
            },
            [page.as_slice(), b"\n% more"].concat(),
        ] {
            let report = verify(&desk.hub, changed).await;
            assert_eq!(report["verdict"], "not_valid", "{report:#}");
        }
    }
}

#[tokio::test]
async fn a_college_cannot_sign_a_receipt_and_a_receipt_key_no_portfolio() {
    let desk = desk().await;
    let answer = receipt(&desk, desk.portfolio.clone(), "application/pdf").await;
    let attached = attachment(&answer.bytes).unwrap();
    // The same bytes attached to nothing the hub signed.
    let mut bare = b"%PDF-1.7\n1 0 obj\n<</Type/EmbeddedFile/Length ".to_vec();
    bare.extend(format!("{}>>\nstream\n", attached.len()).bytes());
    bare.extend(&attached);
    bare.extend(b"\nendstream\nendobj\n%%EOF\n");
    let report = verify(&desk.hub, bare).await;
    assert_eq!(state(&report, "signature"), [("pass", "ok")]);
    assert_eq!(state(&report, "pdf"), [("fail", "pdf_not_signed")]);
    let certificates = desk.hub.anonymous().get("/colleges/anna/certificates.pem").await;
    assert!(!String::from_utf8(certificates.bytes).unwrap().is_empty());
}

#[tokio::test]
async fn many_documents_are_judged_in_their_order_each_by_itself() {
    let desk = desk().await;
    let mut forged: Value = serde_json::from_slice(&desk.credential).unwrap();
    forged["name"] = "Something greater".into();
    let answer = batch(
        &desk.hub.anonymous(),
        vec![
            ("kavya.pdf", desk.portfolio.clone()),
            ("forged.json", forged.to_string().into_bytes()),
            ("address.txt", text(&desk.item["credential"]["url"]).into_bytes()),
            ("holiday.jpg", vec![0xff, 0xd8, 0xff]),
        ],
    )
    .await
    .ok(200);
    let results = answer["results"].as_array().unwrap();
    let words: Vec<(&str, &str)> = results
        .iter()
        .map(|one| (one["name"].as_str().unwrap(), one["report"]["verdict"].as_str().unwrap()))
        .collect();
    assert_eq!(
        words,
        [
            ("kavya.pdf", "valid"),
            ("forged.json", "not_valid"),
            ("address.txt", "valid"),
            ("holiday.jpg", "not_valid")
        ]
    );
    assert!(results.iter().all(|one| one["report"]["document"].is_null()));
    let alone = verify(&desk.hub, desk.portfolio.clone()).await;
    assert_eq!(
        alone["checks"].as_array().unwrap().len(),
        results[0]["report"]["checks"].as_array().unwrap().len()
    );
}

#[tokio::test]
async fn an_empty_batch_and_one_of_fifty_one_are_refused_and_many_are_rationed() {
    let desk = desk().await;
    let anybody = desk.hub.anonymous();
    batch(&anybody, Vec::new()).await.refused(400, "malformed");
    let fifty = |count: usize| (0..count).map(|_| ("a.json", b"{}".to_vec())).collect::<Vec<_>>();
    assert_eq!(batch(&anybody, fifty(50)).await.ok(200)["results"].as_array().unwrap().len(), 50);
    batch(&anybody, fifty(51)).await.refused(413, "too_large");
    let mut refused = None;
    for _ in 0..6 {
        let answer = batch(&anybody, fifty(1)).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a sixth batch within two seconds is too many");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=3).contains(&wait), "{wait}");
    refused.refused(429, "rate_limited");
    // Single checks have a bucket of their own.
    assert_eq!(verify(&desk.hub, desk.credential.clone()).await["verdict"], "valid");
    for number in 0.. {
        assert!(number < 5_000, "100 at once and 20 a second are enough");
        let answer = anybody.send(anybody.request(Method::POST, "/api/verify/").body("{}")).await;
        if answer.status == 429 {
            assert!(number >= 99, "{number} checks are not too many");
            assert_eq!(answer.header("retry-after"), "1");
            break;
        }
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_says_nothing_of_who_was_checked() {
    let desk = desk().await;
    let log = Log::default();
    let lines = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || lines.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    tracing::info!("the log is on");
    verify(&desk.hub, desk.portfolio.clone()).await;
    verify(&desk.hub, desk.credential.clone()).await;
    verify(&desk.hub, format!("{{\"name\": \"{NAME}\"").into_bytes()).await;
    verify(&desk.hub, format!("my name is {NAME}").into_bytes()).await;
    receipt(&desk, desk.portfolio.clone(), "application/pdf").await;
    batch(&desk.hub.anonymous(), vec![("Kavya Subramanian.pdf", desk.portfolio.clone())]).await;
    drop(guard);
    let said = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(said.contains("the log is on"));
    for personal in ["Kavya", "Subramanian", "Robotics", "kavya"] {
        assert!(!said.contains(personal), "{personal} in {said}");
    }
}

#[tokio::test]
async fn nothing_that_is_checked_leaves_a_row_behind() {
    let desk = desk().await;
    let mut owner = crate::lifecycle::inside(&desk.hub, &desk.college).await;
    let count = async |owner: &mut sqlx::PgConnection| -> Vec<(String, i64)> {
        sqlx::query_as(
            "SELECT relname::text, (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %I', relname), false, true, '')))[1]::text::bigint
             FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1",
        )
        .fetch_all(owner)
        .await
        .unwrap()
    };
    let before = count(&mut owner).await;
    assert!(before.len() > 20);
    verify(&desk.hub, desk.portfolio.clone()).await;
    assert_eq!(receipt(&desk, desk.credential.clone(), "application/pdf").await.status, 200);
    batch(&desk.hub.anonymous(), vec![("a.pdf", desk.portfolio.clone())]).await.ok(200);
    assert_eq!(count(&mut owner).await, before);
}

#[tokio::test]
async fn the_colleges_come_as_a_list_to_keep() {
    let desk = desk().await;
    desk.hub.college("banaras").await;
    let anybody = desk.hub.anonymous();
    let answer = anybody.get("/v/colleges.json").await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let list = answer.ok(200);
    assert_eq!(list["source"], desk.hub.url);
    let dids: Vec<&Value> =
        list["colleges"].as_array().unwrap().iter().map(|college| &college["did"]).collect();
    assert_eq!(dids.len(), 2);
    let anna = anybody.get("/colleges/anna/did.json").await.ok(200);
    assert!(dids.contains(&&anna["id"]));
    let keys = &list["colleges"][0]["keys"];
    assert!(keys[0]["publicKeyMultibase"].as_str().unwrap().starts_with("z6Mk"));
    assert_eq!(keys[0]["state"], "active");
}

#[tokio::test]
async fn pages_from_elsewhere_can_tell_a_refusal_from_no_answer() {
    let desk = desk().await;
    for path in [
        "/colleges/anna/did.json",
        "/colleges/nobody/did.json",
        "/colleges/anna/status/achievements-9",
    ] {
        let answer = desk.hub.anonymous().get(path).await;
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
    }
    for path in
        ["/api/verify/", "/api/verify/batch/", "/api/verify/receipts/", "/credentials/verify"]
    {
        let anybody = desk.hub.anonymous();
        let request = anybody.request(Method::OPTIONS, path).header("origin", "null");
        let asked = request
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type");
        let answer = anybody.send(asked).await;
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert!(answer.header("access-control-allow-headers").contains("content-type"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clients_in_the_documentation_work_as_they_stand() {
    let desk = desk().await;
    let page = fs::read_to_string("docs/verifying.md").unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    fs::write(folder.path().join("portfolio.pdf"), &desk.portfolio).unwrap();
    let mut forged: Value = serde_json::from_slice(&desk.credential).unwrap();
    forged["name"] = "Something greater".into();
    fs::write(folder.path().join("forged.json"), forged.to_string()).unwrap();
    for (language, program, file) in
        [("python", "python3", "check.py"), ("js", "node", "check.mjs")]
    {
        let code = block(&page, language);
        assert!(code.lines().count() <= 24, "{language}: {} lines", code.lines().count());
        fs::write(folder.path().join(file), code).unwrap();
        let output = Command::new(program)
            .current_dir(folder.path())
            .args([file, &desk.hub.url, "portfolio.pdf", "forged.json"])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), 2, "{said} {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(lines[0], "portfolio.pdf portfolio valid");
        assert!(
            lines[1].starts_with("forged.json achievement not_valid signature:bad_signature"),
            "{said}"
        );
    }
    let curl =
        block(&page, "sh").lines().next().unwrap().replace("https://hub.example", &desk.hub.url);
    let output =
        Command::new("sh").current_dir(folder.path()).args(["-c", &curl]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["verdict"], "valid");
}

/// The first block of code in a language.
fn block<'a>(page: &'a str, language: &str) -> &'a str {
    let start = page.find(&format!("```{language}\n")).unwrap() + language.len() + 4;
    &page[start..start + page[start..].find("```").unwrap()]
}
