//! The two certificates of a college, as other software reads them.

use std::process::Command;

use hub::portfolio::certificate::{
    AttachCertificateError, AuthorityFacts, PrepareCertificateError, prepare_authority,
    prepare_signer,
};

use super::college::{College, authority_facts, sign, signer_facts};
use super::readers::{on_disk, run};

#[test]
fn openssl_verifies_both_certificates() {
    let college = College::new("kct", 1);
    let (authority, signer) =
        (on_disk(&pem(&college.authority)), on_disk(&pem(&college.certificate)));
    let output = run(Command::new("openssl")
        .args(["verify", "-x509_strict", "-attime", "1777863721", "-CAfile"])
        .arg(authority.path())
        .arg(signer.path()));
    assert!(output.contains(": OK"), "{output}");
}

#[test]
fn a_signers_certificate_is_for_documents_and_no_authority() {
    let output = openssl_text(&College::new("kct", 1).certificate);
    assert!(output.contains("Digital Signature, Non Repudiation\n"), "{output}");
    assert!(output.contains("1.3.6.1.5.5.7.3.36, E-mail Protection\n"), "{output}");
    assert!(output.contains("X509v3 Authority Key Identifier"), "{output}");
    assert!(!output.contains("CA:TRUE"), "{output}");
    assert!(
        output.contains(
            "Subject: CN=Kumaraguru College of Arts and Science,O=Kumaraguru Institutions,C=IN"
        ),
        "{output}"
    );
}

#[test]
fn an_authority_signs_end_entities_only() {
    let output = openssl_text(&College::new("kct", 1).authority);
    assert!(output.contains("CA:TRUE, pathlen:0"), "{output}");
    assert!(output.contains("Certificate Sign, CRL Sign\n"), "{output}");
}

#[test]
fn a_long_name_is_cut_to_what_readers_take() {
    let college = College::new("kct", 1);
    let name = "கல்லூரி ".repeat(20);
    let facts = AuthorityFacts {
        college_name: name.clone(),
        organisation: name,
        ..authority_facts(&college.authority_key, 1)
    };
    let prepared = prepare_authority(&facts).unwrap();
    let signature = sign(&college.authority_key, prepared.message());
    let authority = prepared.attach(&signature).unwrap();
    let file = on_disk(&pem(&authority));
    let verify = ["verify", "-x509_strict", "-attime", "1777863721", "-CAfile"];
    run(Command::new("openssl").args(verify).args([file.path(), file.path()]));
}

#[test]
fn only_the_issuers_signature_makes_a_certificate() {
    let college = College::new("kct", 1);
    let facts = signer_facts(&college.key, 1, college.authority.clone());
    let prepared = prepare_signer(&facts).unwrap();
    let own = sign(&college.key, prepared.message());
    assert!(matches!(prepared.attach(&own), Err(AttachCertificateError::WrongSignature)));
}

#[test]
fn a_signers_certificate_is_no_authority() {
    let college = College::new("kct", 1);
    let facts = signer_facts(&college.key, 1, college.certificate.clone());
    assert!(matches!(prepare_signer(&facts), Err(PrepareCertificateError::Authority)));
}

#[test]
fn facts_that_make_no_certificate_are_refused() {
    let college = College::new("kct", 1);
    let refused = |edit: &dyn Fn(&mut AuthorityFacts)| {
        let mut facts = authority_facts(&college.authority_key, 1);
        edit(&mut facts);
        prepare_authority(&facts).unwrap_err()
    };
    use PrepareCertificateError as Why;
    assert!(matches!(refused(&|facts| facts.country = "India".to_owned()), Why::Country(_)));
    assert!(matches!(refused(&|facts| facts.country = "in".to_owned()), Why::Country(_)));
    assert!(matches!(refused(&|facts| facts.valid_until = facts.valid_from), Why::Validity));
    assert!(matches!(refused(&|facts| facts.public_key = vec![4; 65]), Why::PublicKey));
}

fn openssl_text(der: &[u8]) -> String {
    let file = on_disk(&pem(der));
    let text = ["x509", "-noout", "-text", "-nameopt", "RFC2253", "-in"];
    run(Command::new("openssl").args(text).arg(file.path()))
}

fn pem(der: &[u8]) -> Vec<u8> {
    let body = data_encoding::BASE64.encode(der);
    let lines: Vec<_> = body.as_bytes().chunks(64).collect();
    [
        b"-----BEGIN CERTIFICATE-----\n",
        lines.join(&b'\n').as_slice(),
        b"\n-----END CERTIFICATE-----\n",
    ]
    .concat()
}
