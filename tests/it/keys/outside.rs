//! Certificates of authorities outside the hub: imported with their key, or made for a key of the hub.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{active, keys_of, step};
use crate::issuance_log::authority::openssl;
use crate::lifecycle::{approved, hub_with_college, verify};
use crate::pdf_signature::readers;
use crate::seals::{command, run};
use crate::support::{Answer, Client, TestCollege, TestHub, text};

/// A licensed authority: a root and an issuing authority (RSA), and what it certifies.
pub struct Licensed {
    folder: TempDir,
}

/// The extensions of a certificate that may sign documents.
const GOOD: &str = "basicConstraints=CA:false\nkeyUsage=critical,digitalSignature,nonRepudiation\n\
                    extendedKeyUsage=1.3.6.1.5.5.7.3.36,emailProtection\n";

impl Licensed {
    pub fn new() -> Self {
        let licensed = Self { folder: TempDir::new().unwrap() };
        licensed.openssl(
            "req -x509 -nodes -newkey rsa:2048 -keyout root.key -out root.pem -days 3650 -subj /CN=Root \
             -addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign",
        );
        licensed.openssl(
            "req -new -nodes -newkey rsa:2048 -keyout ca.key -out ca.csr -subj /C=IN/CN=Licensed",
        );
        licensed
            .write("ca.ext", "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\n");
        licensed.openssl(
            "x509 -req -in ca.csr -CA root.pem -CAkey root.key -set_serial 2 -days 3000 -extfile ca.ext -out ca.pem",
        );
        licensed
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn openssl(&self, arguments: &str) -> String {
        openssl(&arguments.split_whitespace().collect::<Vec<_>>(), self.path())
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// The chain above a certificate for this request, PEM, the certificate last.
    pub fn certify(&self, request: &str, extensions: &str, days: &str) -> String {
        self.write("own.csr", request);
        self.write("own.ext", extensions);
        self.openssl(&format!(
            "x509 -req -in own.csr -CA ca.pem -CAkey ca.key -set_serial 3 {days} -extfile own.ext -out own.pem"
        ));
        self.read("root.pem") + &self.read("ca.pem") + &self.read("own.pem")
    }

    /// A PKCS#12 file over a key of this kind, written with more options.
    fn pkcs12(&self, kind: &str, extensions: &str, days: &str, options: &str) -> String {
        self.openssl(&format!(
            "req -new -nodes {kind} -keyout own.key -out new.csr -subj /C=IN/CN=Anna"
        ));
        let chain = self.certify(&self.read("new.csr"), extensions, days);
        self.write("chain.pem", &chain);
        self.openssl(&format!(
            "pkcs12 -export -inkey own.key -in own.pem -certfile chain.pem -passout pass:quiet-lane-7 -out own.p12 {options}"
        ));
        STANDARD.encode(std::fs::read(self.path().join("own.p12")).unwrap())
    }

    fn good_pkcs12(&self) -> String {
        self.pkcs12(P256, GOOD, "-days 900", "")
    }
}

const P256: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256";

async fn import(manager: &Client, file: &str, password: &str) -> Answer {
    manager.post("/api/keys/import/", json!({ "file": file, "password": password })).await
}

/// The code of the first field of a refusal.
async fn refused(manager: &Client, file: &str, password: &str) -> String {
    let problem = import(manager, file, password).await.ok(422);
    text(&problem["errors"][0]["code"])
}

async fn export(student: &Client) -> Vec<u8> {
    let export = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    student.get(&text(&export["file_url"])).await.bytes
}

async fn people(college: &TestCollege) -> (Client, Client) {
    let student = college.student("Kavya Subramanian").await;
    let faculty = college.faculty("Dr. Meena Iyer").await;
    approved(&student, &faculty, "Winner, 1500 m").await;
    (student, college.key_manager("Lata Shukla").await)
}

/// What pyHanko says who trusts the licensed root and nobody else.
fn trusted_by_root(pdf: &[u8], licensed: &Licensed, hub: &TestHub) -> Value {
    licensed.openssl("x509 -in root.pem -outform DER -out root.der");
    let root = std::fs::read(licensed.path().join("root.der")).unwrap();
    readers::pyhanko_at(pdf, &root, hub.app.now())
}

#[tokio::test]
async fn a_key_from_a_file_signs_documents_that_the_world_trusts() {
    let (hub, college) = hub_with_college().await;
    let (student, manager) = people(&college).await;
    let before = export(&student).await;
    let licensed = Licensed::new();
    let key = import(&manager, &licensed.good_pkcs12(), "quiet-lane-7").await.ok(201);
    assert_eq!((&key["state"], &key["purpose"]), (&json!("pending"), &json!("documents")));
    assert_eq!(key["certified_outside"], true);
    let problem = import(&manager, &licensed.good_pkcs12(), "quiet-lane-7").await;
    problem.ok(201);
    let same = STANDARD.encode(std::fs::read(licensed.path().join("own.p12")).unwrap());
    import(&manager, &same, "quiet-lane-7").await.refused(409, "conflict");

    step(&manager, &key, "activate", Value::Null).await.ok(200);
    let after = export(&student).await;
    let verdict = trusted_by_root(&after, &licensed, &hub);
    assert_eq!(
        (&verdict["trusted"], &verdict["bottom_line"]),
        (&json!(true), &json!(true)),
        "{verdict:#}"
    );
    for file in [before, after] {
        let report = verify(&hub, file).await;
        assert_eq!(report["verdict"], "valid", "{report:#}");
    }
    let published = hub.anonymous().get("/colleges/anna/certificates.pem").await;
    let published = String::from_utf8(published.bytes).unwrap();
    assert_eq!(published.matches("BEGIN CERTIFICATE").count(), 2 + 3);

    // Rotated, a key of the college's own takes its place.
    let seen = active(&manager, "documents").await;
    let own = step(&manager, &seen, "rotate", Value::Null).await.ok(201);
    assert_eq!(own["certified_outside"], false);
    let report = verify(&hub, export(&student).await).await;
    assert_eq!(report["verdict"], "valid");
}

#[tokio::test]
async fn a_file_that_gives_no_key_for_documents_is_refused_with_the_reason() {
    let (_hub, college) = hub_with_college().await;
    let (_, manager) = people(&college).await;
    let licensed = Licensed::new();
    let good = licensed.good_pkcs12();
    assert_eq!(refused(&manager, &good, "quiet-lane-8").await, "wrong");
    assert_eq!(refused(&manager, "AAAA", "quiet-lane-7").await, "unreadable");
    assert_eq!(refused(&manager, "not base64", "quiet-lane-7").await, "base64");
    let long = STANDARD.encode(vec![0x30; 70_000]);
    assert_eq!(refused(&manager, &long, "quiet-lane-7").await, "unreadable");

    let of = |kind: &str, extensions: &str, days: &str, options: &str| {
        licensed.pkcs12(kind, extensions, days, options)
    };
    let rsa = of("-newkey rsa:2048", GOOD, "-days 900", "");
    assert_eq!(refused(&manager, &rsa, "quiet-lane-7").await, "key_kind");
    let p384 = of("-newkey ec -pkeyopt ec_paramgen_curve:P-384", GOOD, "-days 900", "");
    assert_eq!(refused(&manager, &p384, "quiet-lane-7").await, "key_kind");
    let old = of(P256, GOOD, "-days 900", "-legacy -descert");
    assert_eq!(refused(&manager, &old, "quiet-lane-7").await, "encryption");
    let rounds = of(P256, GOOD, "-days 900", "-iter 2000001");
    assert_eq!(refused(&manager, &rounds, "quiet-lane-7").await, "encryption");
    let server = GOOD.replace("1.3.6.1.5.5.7.3.36,emailProtection", "serverAuth");
    let server = of(P256, &server, "-days 900", "");
    assert_eq!(refused(&manager, &server, "quiet-lane-7").await, "certificate_usage");
    let unbinding = of(P256, &GOOD.replace(",nonRepudiation", ""), "-days 900", "");
    assert_eq!(refused(&manager, &unbinding, "quiet-lane-7").await, "certificate_usage");
    let ended = of(P256, GOOD, "-days -1", "");
    assert_eq!(refused(&manager, &ended, "quiet-lane-7").await, "certificate_validity");

    // Without those above it, and with another authority of the same name above it.
    licensed.openssl("pkcs12 -export -inkey own.key -in own.pem -passout pass:a -out own.p12");
    let file = || STANDARD.encode(std::fs::read(licensed.path().join("own.p12")).unwrap());
    licensed.pkcs12(P256, GOOD, "-days 900", "");
    licensed.openssl("pkcs12 -export -inkey own.key -in own.pem -passout pass:a -out own.p12");
    assert_eq!(refused(&manager, &file(), "a").await, "no_chain");
    let other = Licensed::new();
    std::fs::copy(other.path().join("ca.pem"), licensed.path().join("other.pem")).unwrap();
    licensed.openssl(
        "pkcs12 -export -inkey own.key -in own.pem -certfile other.pem -passout pass:a -out own.p12",
    );
    assert_eq!(refused(&manager, &file(), "a").await, "broken_chain");
    licensed.openssl("pkcs12 -export -nokeys -in own.pem -passout pass:a -out own.p12");
    assert_eq!(refused(&manager, &file(), "a").await, "not_one_key");
    assert_eq!(keys_of(&manager, "documents").await.len(), 1, "nothing was kept");
}

#[tokio::test]
async fn a_key_of_the_hub_gets_a_certificate_from_outside() {
    let (hub, college) = hub_with_college().await;
    let (student, manager) = people(&college).await;
    let licensed = Licensed::new();
    let key = manager.post("/api/keys/", json!({ "purpose": "documents" })).await.ok(201);
    let request = request(&manager, &key).await;
    licensed.write("asked.csr", &request);
    let said = licensed.openssl("req -in asked.csr -verify -noout -text");
    assert!(said.contains("id-ecPublicKey") && said.contains("ecdsa-with-SHA256"), "{said}");
    let chain = licensed.certify(&request, GOOD, "-days 900");
    let certify = |certificates: String| json!({ "certificates": certificates });

    let foreign = Licensed::new();
    foreign.good_pkcs12();
    let not_ours = foreign.read("chain.pem");
    let problem = step(&manager, &key, "certificate", certify(not_ours)).await.ok(422);
    assert_eq!(problem["errors"][0]["code"], "not_of_this_key");
    let problem = step(&manager, &key, "certificate", certify("paper".into())).await.ok(422);
    assert_eq!(problem["errors"][0]["code"], "unreadable");

    let certified = step(&manager, &key, "certificate", certify(chain.clone())).await.ok(200);
    assert_eq!(certified["certified_outside"], true);
    step(&manager, &key, "certificate", certify(chain.clone())).await.refused(412, "stale_version");
    let used = step(&manager, &certified, "activate", Value::Null).await.ok(200);
    let pdf = export(&student).await;
    assert_eq!(trusted_by_root(&pdf, &licensed, &hub)["trusted"], true);
    assert_eq!(verify(&hub, pdf).await["verdict"], "valid");
    step(&manager, &used, "certificate", certify(chain)).await.refused(409, "invalid_transition");
    let answer =
        manager.post(&format!("/api/keys/{}/request/", text(&key["id"])), Value::Null).await;
    assert_eq!(answer.status, 409);
}

#[tokio::test]
async fn the_operator_does_the_same_with_commands() {
    let (hub, college) = hub_with_college().await;
    let (_, manager) = people(&college).await;
    let licensed = Licensed::new();
    licensed.good_pkcs12();
    licensed.write("password", "quiet-lane-7\n");
    let path = |name: &str| licensed.path().join(name).to_str().unwrap().to_owned();
    let who = ["--college", "anna", "--operator", "Lata Shukla"];
    let file = path("own.p12");
    let password = path("password");
    let import = [&["key", "import", &file, "--password-file", &password][..], &who].concat();
    let (well, said, complaint) = run(command(&import, &hub));
    assert!(well && said.contains("pending"), "{said}{complaint}");

    let key = manager.post("/api/keys/", json!({ "purpose": "documents" })).await.ok(201);
    let kid = text(&key["kid"]);
    let (well, request, complaint) =
        run(command(&[&["key", "request", &kid][..], &who].concat(), &hub));
    assert!(well, "{complaint}");
    licensed.write("signed.pem", &licensed.certify(&request, GOOD, "-days 900"));
    let signed = path("signed.pem");
    let certify = [&["key", "certify", &kid, &signed][..], &who].concat();
    let (well, _, complaint) = run(command(&certify, &hub));
    assert!(well, "{complaint}");
    assert_eq!(super::now(&manager, &key).await["certified_outside"], true);
}

/// The request for a certificate for a key.
pub async fn request(manager: &Client, key: &Value) -> String {
    let path = format!("/api/keys/{}/request/", text(&key["id"]));
    let answer = manager.send(manager.request(reqwest::Method::POST, &path)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    String::from_utf8(answer.bytes).unwrap()
}

/// Have a key certified by an authority outside, and put it to use.
pub async fn certify_and_use(licensed: &Licensed, manager: &Client) {
    let key = manager.post("/api/keys/", json!({ "purpose": "documents" })).await.ok(201);
    let chain = licensed.certify(&request(manager, &key).await, GOOD, "-days 900");
    let certified =
        step(manager, &key, "certificate", json!({ "certificates": chain })).await.ok(200);
    step(manager, &certified, "activate", Value::Null).await.ok(200);
}

/// CBC garbles a key or a certificate without noticing, and the file's checksum is not asked: that they fit together is
/// asked when they are taken over, see the refusals above.
#[test]
fn no_change_of_any_octet_of_a_file_makes_its_reader_panic_and_no_beginning_of_one_is_read() {
    let licensed = Licensed::new();
    licensed.pkcs12(P256, GOOD, "-days 900", "-iter 1");
    let file = std::fs::read(licensed.path().join("own.p12")).unwrap();
    let whole = hub::keystore::read_pkcs12(&file, "quiet-lane-7").unwrap();
    assert!(whole.certificates().len() >= 3, "the signer's, and two above it");
    for at in 0..file.len() {
        for bit in [0, 5] {
            let mut changed = file.clone();
            changed[at] ^= 1 << bit;
            drop(hub::keystore::read_pkcs12(&changed, "quiet-lane-7"));
        }
        assert!(hub::keystore::read_pkcs12(&file[..at], "quiet-lane-7").is_err());
    }
}
