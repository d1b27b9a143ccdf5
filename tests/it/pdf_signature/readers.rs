//! Independent readers must accept what the hub signs.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, Utc};
use hub::portfolio::sign::Level;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::archive::Office;
use super::college::College;
use super::fixture;
use crate::issuance_log::authority::Keys;

#[test]
fn poppler_calls_the_signature_valid_and_the_document_wholly_signed() {
    let college = College::new("kct", 1);
    let file = on_disk(&college.sign_pdf(fixture::UNSIGNED));
    let output = run(Command::new("pdfsig").arg(file.path()));
    assert!(output.contains("Signature is Valid."), "{output}");
    assert!(output.contains("Total document signed"), "{output}");
    // All that a reader may miss is the college's authority among those it trusts.
    assert!(output.contains("Certificate issuer isn't Trusted."), "{output}");
    assert!(output.contains("Signature Type: ETSI.CAdES.detached"), "{output}");
    assert!(output.contains("Kumaraguru College of Arts and Science"), "{output}");
    assert_eq!(output.matches("Signature #").count(), 1, "{output}");
}

#[test]
fn pyhanko_calls_the_signature_intact_trusted_and_whole() {
    let college = College::new("kct", 1);
    let verdict = pyhanko(&college.sign_pdf(fixture::UNSIGNED), &college.authority);
    let expected = json!({
        "bottom_line": true,
        "intact": true,
        "valid": true,
        "trusted": true,
        "coverage": "ENTIRE_FILE",
        "modification": "NONE",
        "docmdp_ok": true,
        "docmdp": "NO_CHANGES",
        "subfilter": "/ETSI.CAdES.detached",
        "digest": "sha256",
        "mechanism": "sha256_ecdsa",
    });
    assert_eq!(verdict, expected);
}

#[test]
fn pyhanko_does_not_trust_another_college() {
    let (college, other) = (College::new("kct", 1), College::new("psg", 5));
    let verdict = pyhanko(&college.sign_pdf(fixture::UNSIGNED), &other.authority);
    assert_eq!((&verdict["intact"], &verdict["trusted"]), (&json!(true), &json!(false)));
}

#[test]
fn qpdf_finds_no_fault_with_the_file() {
    let college = College::new("kct", 1);
    let file = on_disk(&college.sign_pdf(fixture::UNSIGNED));
    let output = run(Command::new("qpdf").arg("--check").arg(file.path()));
    assert!(output.contains("No syntax or stream encoding errors found"), "{output}");
}

#[tokio::test]
async fn pyhanko_poppler_and_qpdf_accept_every_level_as_they_should() {
    let office = Office::open("kct", 1, Keys::Rsa).await;
    for level in Level::ALL {
        let file = on_disk(&office.file(level).await);
        let checked = run(Command::new("qpdf").arg("--check").arg(file.path()));
        assert!(
            checked.contains("No syntax or stream encoding errors found"),
            "{level}: {checked}"
        );
        let said = run(Command::new("pdfsig").arg(file.path()));
        assert_eq!(said.matches("Signature is Valid.").count(), 1, "{level}: {said}");
        // Poppler has no notion of what may follow a signature, and knows no document time-stamps.
        let whole = level <= Level::Stamped;
        assert_eq!(said.contains("Not total document signed"), !whole, "{level}: {said}");
        assert_eq!(said.matches("Signature #").count(), 1 + usize::from(level == Level::Archive));

        let verdict = pyhanko_on_level(file.path(), &office);
        let whole =
            if whole { ("ENTIRE_FILE", "NONE") } else { ("ENTIRE_REVISION", "LTA_UPDATES") };
        let stamps =
            if level == Level::Archive { json!([[true, "ENTIRE_FILE"]]) } else { json!([]) };
        let store = json!({ "trusted": true, "bottom_line": true, "certificates": 3, "lists": 1 });
        let (archive, later) = match level {
            Level::Basic => ("CERTIFICATE_CHAIN_GENERAL_FAILURE", "SIG_CONSTRAINTS_FAILURE"),
            Level::Stamped => ("CERTIFICATE_CHAIN_GENERAL_FAILURE", "NO_POE"),
            Level::LongTerm => ("NO_POE", "NO_POE"),
            // Accepted when the signer's certificate has long ended, with a revocation list that is asked for.
            Level::Archive => ("OK", "OK"),
        };
        let expected = json!({
            "bottom_line": true,
            "coverage": whole.0,
            "modification": whole.1,
            "docmdp_ok": true,
            "stamped": if level == Level::Basic { Value::Null } else { json!(true) },
            "stamps": stamps,
            "with_store": if level < Level::LongTerm { Value::Null } else { store },
            "archive": archive,
            "archive_later": later,
        });
        assert_eq!(verdict, expected, "{level}");
    }
}

#[test]
fn openssl_reads_the_revocation_list_and_finds_the_fallen_certificate_on_it() {
    let college = College::new("kct", 1);
    let fallen = college.revocation_list(&[&college.certificate], super::college::signed_at());
    let (list, authority) = (on_disk(&fallen), on_disk(&college.authority));
    let said = run(Command::new("openssl")
        .args(["crl", "-inform", "DER", "-noout", "-text", "-in"])
        .arg(list.path())
        .args(["-CAfile"])
        .arg(pem(&authority).path()));
    assert!(said.contains("verify OK"), "{said}");
    assert!(said.contains("Key Compromise") && said.contains("X509v3 CRL Number"), "{said}");
    // A stranger's certificate has no place on it.
    let other = College::new("psg", 5);
    let empty =
        on_disk(&college.revocation_list(&[&other.certificate], super::college::signed_at()));
    let said = run(Command::new("openssl")
        .args(["crl", "-inform", "DER", "-noout", "-text", "-in"])
        .arg(empty.path()));
    assert!(said.contains("No Revoked Certificates"), "{said}");
}

fn pem(der: &NamedTempFile) -> NamedTempFile {
    let text = run(Command::new("openssl").args(["x509", "-inform", "DER", "-in"]).arg(der.path()));
    on_disk(text.as_bytes())
}

/// What pyHanko says of a file whose signer's certificate ends before the time-stamping authority's.
fn pyhanko_on_level(file: &Path, office: &Office) -> Value {
    let authority = on_disk(&office.college.authority);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pdf/validate_levels.py");
    let output = Command::new(python())
        .arg(script)
        .args([file, authority.path(), &office.authority.trusted()])
        .arg("2036-06-01T00:00:00+00:00")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Writes bytes to a temporary file.
pub fn on_disk(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file.flush().unwrap();
    file
}

/// Runs a program that must succeed; its output, both kinds.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}");
    text.into_owned()
}

/// The Python with pyHanko in it.
pub fn python() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = std::env::var_os("HUB_TEST_PYTHON")
        .map_or_else(|| root.join("tests/pdf/.venv/bin/python"), PathBuf::from);
    assert!(
        python.exists(),
        "{} is missing; ./test makes it, or: python3 -m venv tests/pdf/.venv && \
         tests/pdf/.venv/bin/pip install -r tests/pdf/requirements.txt",
        python.display()
    );
    python
}

fn pyhanko(pdf: &[u8], authority: &[u8]) -> Value {
    pyhanko_at(pdf, authority, super::college::signed_at())
}

/// What pyHanko says of a file at a moment, where it trusts this authority (DER).
pub fn pyhanko_at(pdf: &[u8], authority: &[u8], at: DateTime<Utc>) -> Value {
    let (pdf, authority) = (on_disk(pdf), on_disk(authority));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pdf/validate.py");
    let output = Command::new(python())
        .arg(script)
        .args([pdf.path(), authority.path()])
        .arg(at.to_rfc3339())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
