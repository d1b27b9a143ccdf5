//! A forger's tools: changing a signed file, and, with a college's own key, signing it again.

use std::process::Command;

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier};
use const_oid::db::rfc5911::{ID_AA_SIGNING_CERTIFICATE_V_2, ID_MESSAGE_DIGEST};
use der::asn1::{OctetString, SetOfVec};
use der::{Any, Decode, Encode};
use lopdf::{Document, LoadOptions};
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePrivateKey;
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::attr::Attribute;

use super::college::{College, sign};
use super::fixture::UNSIGNED;
use super::readers::{on_disk, python, run};

/// Bytes replaced, wherever they stand; they must stand somewhere.
pub fn swap(pdf: &[u8], from: impl AsRef<[u8]>, to: impl AsRef<[u8]>) -> Vec<u8> {
    let (from, to) = (from.as_ref(), to.as_ref());
    let mut out = Vec::new();
    let mut rest = pdf;
    while let Some(at) = find(rest, from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    assert!(!out.is_empty(), "{:?} is not in the file", String::from_utf8_lossy(from));
    [out.as_slice(), rest].concat()
}

/// An incremental update with these objects, as any PDF writer appends it.
pub fn update(pdf: &[u8], objects: &[(u32, &str)]) -> Vec<u8> {
    let mut out = pdf.to_vec();
    out.push(b'\n');
    let mut table = String::from("xref\n");
    for (number, body) in objects {
        table += &format!("{number} 1\n{:010} 00000 n \n", out.len());
        out.extend(format!("{number} 0 obj\n{body}\nendobj\n").into_bytes());
    }
    let xref = out.len();
    let (root, prev) = (root(), last_xref(pdf));
    out.extend(table.into_bytes());
    out.extend(
        format!("trailer\n<</Size 99/Root {root} 0 R/Prev {prev}>>\nstartxref\n{xref}\n%%EOF\n")
            .into_bytes(),
    );
    out
}

/// The rendered file with its objects edited, as the renderer would never write it.
pub fn rendered_with(edit: impl FnOnce(&mut Document)) -> Vec<u8> {
    let options = LoadOptions { strict: true, ..LoadOptions::default() };
    let mut document = Document::load_mem_with_options(UNSIGNED, options).unwrap();
    edit(&mut document);
    let mut out = Vec::new();
    document.save_to(&mut out).unwrap();
    out
}

/// Signs a changed file anew with the college's key: the ByteRange, digest and value are right again.
pub fn resign(college: &College, pdf: &[u8]) -> Vec<u8> {
    let (start, end) = gap(pdf);
    let mut pdf = pdf.to_vec();
    let range = format!("0 {start:>10} {end:>10} {:>10}", pdf.len() - end);
    let at = find(&pdf, b"/ByteRange[").unwrap() + b"/ByteRange[".len();
    pdf[at..at + range.len()].copy_from_slice(range.as_bytes());
    let digest = Sha256::new().chain_update(&pdf[..start]).chain_update(&pdf[end..]).finalize();
    with_signed_data(&pdf, |signed| {
        edit_attributes(signed, &college.key, |attributes| {
            attributes.retain(|attribute| attribute.oid != ID_MESSAGE_DIGEST);
            let value = Any::encode_from(&OctetString::new(&digest[..]).unwrap()).unwrap();
            attributes.push(Attribute {
                oid: ID_MESSAGE_DIGEST,
                values: SetOfVec::try_from(vec![value]).unwrap(),
            });
        });
    })
}

/// Edits the signed attributes, and signs them again.
pub fn edit_attributes(
    signed: &mut SignedData,
    key: &SigningKey,
    edit: impl FnOnce(&mut Vec<Attribute>),
) {
    let mut infos = signed.signer_infos.0.clone().into_vec();
    let mut attributes = infos[0].signed_attrs.take().unwrap().into_vec();
    edit(&mut attributes);
    let attributes = SetOfVec::try_from(attributes).unwrap();
    let signature = Signature::from_slice(&sign(key, &attributes.to_der().unwrap())).unwrap();
    infos[0].signature = OctetString::new(signature.normalize_s().to_der().as_bytes()).unwrap();
    infos[0].signed_attrs = Some(attributes);
    signed.signer_infos = infos.try_into().unwrap();
}

/// The file signed by the college's authority key, with the authority's own certificate.
pub fn signed_by_authority(college: &College, pdf: &[u8]) -> Vec<u8> {
    let authority = Certificate::from_der(&college.authority).unwrap();
    with_signed_data(pdf, |signed| {
        let certificate = CertificateChoices::Certificate(authority.clone());
        signed.certificates = Some(vec![certificate].try_into().unwrap());
        edit_attributes(signed, &college.authority_key, |attributes| {
            attributes.retain(|attribute| attribute.oid != ID_AA_SIGNING_CERTIFICATE_V_2);
            // SEQUENCE { SEQUENCE { SEQUENCE { OCTET STRING } } } (RFC 5035 §3)
            let hash = Sha256::digest(&college.authority);
            let der = [&[0x30, 38, 0x30, 36, 0x30, 34, 0x04, 32], &hash[..]].concat();
            let values = SetOfVec::try_from(vec![Any::from_der(&der).unwrap()]).unwrap();
            attributes.push(Attribute { oid: ID_AA_SIGNING_CERTIFICATE_V_2, values });
        });
        let mut infos = signed.signer_infos.0.clone().into_vec();
        infos[0].sid = SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: authority.tbs_certificate().issuer().clone(),
            serial_number: authority.tbs_certificate().serial_number().clone(),
        });
        signed.signer_infos = infos.try_into().unwrap();
    })
}

/// Edits the signature's value, which no signature covers.
pub fn with_signed_data(pdf: &[u8], edit: impl FnOnce(&mut SignedData)) -> Vec<u8> {
    let content = ContentInfo::from_der(&value(pdf)).unwrap();
    let mut signed: SignedData = content.content.decode_as().unwrap();
    edit(&mut signed);
    let content = Any::encode_from(&signed).unwrap();
    let content_type = const_oid::db::rfc5911::ID_SIGNED_DATA;
    with_value(pdf, &ContentInfo { content_type, content }.to_der().unwrap())
}

/// The DER of the signature's value.
pub fn value(pdf: &[u8]) -> Vec<u8> {
    let (start, end) = gap(pdf);
    let mut value = hex::decode(&pdf[start + 1..end - 1]).unwrap();
    let length = 4 + usize::from(u16::from_be_bytes([value[2], value[3]]));
    value.truncate(length);
    value
}

/// Puts other bytes into the signature's place, zeros after them.
pub fn with_value(pdf: &[u8], value: &[u8]) -> Vec<u8> {
    let (start, end) = gap(pdf);
    let mut pdf = pdf.to_vec();
    pdf[start + 1..end - 1].fill(b'0');
    let digits = hex::encode(value);
    pdf[start + 1..start + 1 + digits.len()].copy_from_slice(digits.as_bytes());
    pdf
}

/// Where the value lies, `<` and `>` included.
pub fn gap(pdf: &[u8]) -> (usize, usize) {
    let start = find(pdf, b"]/Contents<").unwrap() + b"]/Contents".len();
    (start, start + find(&pdf[start..], b">").unwrap() + 1)
}

pub fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|window| window == needle)
}

/// The catalogue's object number.
pub fn root() -> u32 {
    let document = Document::load_mem(UNSIGNED).unwrap();
    document.trailer.get(b"Root").unwrap().as_reference().unwrap().0
}

/// The catalogue of the signed file, with entries put before its end.
pub fn catalog_with(pdf: &[u8], entries: &str) -> String {
    let document = Document::load_mem(pdf).unwrap();
    let mut out = Vec::new();
    let catalog = lopdf::Object::Dictionary(document.catalog().unwrap().clone());
    lopdf::Writer::write_object(&mut out, &catalog).unwrap();
    let text = String::from_utf8(out).unwrap();
    format!("{}{entries}>>", text.strip_suffix(">>").unwrap())
}

pub fn last_xref(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(&pdf[pdf.len() - 40..]).into_owned();
    let number = text.rsplit("startxref").next().unwrap().trim().lines().next().unwrap();
    number.trim().parse().unwrap()
}

/// What qpdf makes of a file.
pub fn qpdf(pdf: &[u8], arguments: &[&str]) -> Vec<u8> {
    let (input, output) = (on_disk(pdf), on_disk(b""));
    // qpdf ends with 3 where it only warns of the file it was given.
    let status =
        Command::new("qpdf").args(arguments).args([input.path(), output.path()]).status().unwrap();
    assert!(matches!(status.code(), Some(0 | 3)), "{status}");
    std::fs::read(output.path()).unwrap()
}

/// What pyHanko makes of a file with this key and certificate.
pub fn pyhanko(act: &str, pdf: &[u8], key: &SigningKey, certificate: &[u8]) -> Vec<u8> {
    let (input, output) = (on_disk(pdf), on_disk(b""));
    let key = on_disk(key.to_pkcs8_der().unwrap().as_bytes());
    let certificate = on_disk(certificate);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pdf/forge.py");
    run(Command::new(python()).args([script, act]).args([
        input.path(),
        output.path(),
        key.path(),
        certificate.path(),
    ]));
    std::fs::read(output.path()).unwrap()
}
