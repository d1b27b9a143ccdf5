//! The signature's value, which lies in the gap and so is covered by nothing but its own rules.

use cms::cert::CertificateChoices;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::revocation::RevocationInfoChoices;
use cms::signed_data::{SignedData, SignerInfo};
use const_oid::db::rfc5911::{ID_AA_SIGNING_CERTIFICATE_V_2, ID_DATA, ID_MESSAGE_DIGEST};
use der::asn1::{ObjectIdentifier, OctetString, SetOfVec};
use der::{Any, Decode, Encode};
use p256::ecdsa::Signature;
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::attr::Attribute;

use super::{Case, case};
use crate::pdf_signature::college::{College, sign};
use crate::pdf_signature::forge::{
    edit_attributes, find, gap, value, with_signed_data, with_value,
};

pub fn cases(college: &College, signed: &[u8]) -> Vec<Case> {
    let mut cases = unsigned_parts(college, signed);
    cases.extend(signed_parts(college, signed));
    cases
}

/// What anyone can change without a key.
fn unsigned_parts(college: &College, signed: &[u8]) -> Vec<Case> {
    let other = College::new("psg", 5);
    let edited = |edit: &dyn Fn(&mut SignedData)| with_signed_data(signed, |value| edit(value));
    let info = |edit: &dyn Fn(&mut SignerInfo)| {
        with_signed_data(signed, |value| {
            let mut infos = value.signer_infos.0.clone().into_vec();
            edit(&mut infos[0]);
            value.signer_infos = infos.try_into().unwrap();
        })
    };
    let certificates = |ders: &[&[u8]]| edited(&|value| value.certificates = Some(choices(ders)));
    let (signer, authority) = (college.certificate.as_slice(), college.authority.as_slice());
    vec![
        case(
            "an attribute that nobody signed",
            "cms_unsigned_attributes",
            info(&|info| {
                info.unsigned_attrs = Some(SetOfVec::try_from(vec![note()]).unwrap());
            }),
        ),
        case(
            "a second signer",
            "cms_shape",
            edited(&|value| {
                let mut infos = value.signer_infos.0.clone().into_vec();
                let mut second = infos[0].clone();
                second.signature = OctetString::new([1; 70].as_slice()).unwrap();
                infos.push(second);
                value.signer_infos = infos.try_into().unwrap();
            }),
        ),
        case(
            "no signer",
            "cms_shape",
            edited(&|value| value.signer_infos = Vec::new().try_into().unwrap()),
        ),
        case(
            "content inside the value",
            "cms_shape",
            edited(&|value| {
                let content = OctetString::new(b"the true document".as_slice()).unwrap();
                value.encap_content_info.econtent = Some(Any::encode_from(&content).unwrap());
            }),
        ),
        case(
            "another type of content",
            "cms_shape",
            edited(&|value| {
                value.encap_content_info.econtent_type = const_oid::db::rfc5911::ID_SIGNED_DATA;
            }),
        ),
        case(
            "another version of the value",
            "cms_shape",
            edited(&|value| value.version = CmsVersion::V3),
        ),
        case(
            "revocation lists inside",
            "cms_shape",
            edited(&|value| {
                value.crls = Some(RevocationInfoChoices(SetOfVec::default()));
            }),
        ),
        case(
            "SHA-1 in the list of digests",
            "cms_algorithm",
            edited(&|value| {
                value.digest_algorithms =
                    SetOfVec::try_from(vec![algorithm("1.3.14.3.2.26", false)]).unwrap();
            }),
        ),
        case(
            "SHA-1 as the signer's digest",
            "cms_algorithm",
            info(&|info| info.digest_alg = algorithm("1.3.14.3.2.26", false)),
        ),
        case(
            "parameters of the digest",
            "cms_algorithm",
            info(&|info| info.digest_alg.parameters = Some(Any::null())),
        ),
        case(
            "RSA as the signature",
            "cms_algorithm",
            info(&|info| info.signature_algorithm = algorithm("1.2.840.113549.1.1.11", true)),
        ),
        case(
            "no certificates",
            "cms_signer_certificate",
            edited(&|value| value.certificates = None),
        ),
        case(
            "the authority's certificate alone",
            "cms_signer_certificate",
            certificates(&[authority]),
        ),
        case("the signer's certificate alone", "cms_foreign_certificate", certificates(&[signer])),
        case(
            "another authority of the same name",
            "cms_foreign_certificate",
            certificates(&[signer, &other.authority]),
        ),
        case(
            "another signer's certificate",
            "cms_signer_certificate",
            certificates(&[&other.certificate, authority]),
        ),
        case(
            "a stranger's certificate beside",
            "cms_foreign_certificate",
            certificates(&[signer, authority, &other.certificate]),
        ),
        case(
            "a stranger's authority beside",
            "cms_foreign_certificate",
            certificates(&[signer, authority, &other.certificate, &other.authority]),
        ),
        case("one letter in the authority's certificate", "cms_foreign_certificate", {
            let der = value(signed);
            let at = find(&der, authority).unwrap() + find(authority, b"Institutions").unwrap();
            with_value(signed, &[&der[..at], b"J", &der[at + 1..]].concat())
        }),
        case("one letter in the signer's certificate", "cms_signer_certificate", {
            let der = value(signed);
            let at = find(&der, signer).unwrap() + find(signer, b"Institutions").unwrap();
            with_value(signed, &[&der[..at], b"J", &der[at + 1..]].concat())
        }),
        case(
            "another signer named",
            "cms_signer_certificate",
            info(&|info| {
                let other = Certificate::from_der(&other.certificate).unwrap();
                info.sid = cms::signed_data::SignerIdentifier::from(&other);
            }),
        ),
        case(
            "the signature's other form",
            "cms_not_canonical",
            info(&|info| {
                let low = Signature::from_der(info.signature.as_bytes()).unwrap();
                let high = Signature::from_scalars(low.r(), -low.s()).unwrap();
                info.signature = OctetString::new(high.to_der().as_bytes()).unwrap();
            }),
        ),
        case(
            "a signature that is no signature",
            "cms_not_canonical",
            info(&|info| {
                info.signature =
                    OctetString::new([0x30, 0x06, 2, 1, 0, 2, 1, 0].as_slice()).unwrap();
            }),
        ),
        case(
            "another signature",
            "pdf_signature_wrong",
            info(&|info| {
                let wrong = Signature::from_slice(&sign(&other.key, b"something else")).unwrap();
                info.signature = OctetString::new(wrong.normalize_s().to_der().as_bytes()).unwrap();
            }),
        ),
        case("the certificates in another order", "cms_not_canonical", reordered(signed)),
        case("a length with a needless byte", "cms_unreadable", padded_length(signed)),
        case("the digest made to fit a changed file", "pdf_signature_wrong", {
            let mut pdf = signed.to_vec();
            pdf[20] ^= 1;
            let (start, end) = gap(&pdf);
            let digest =
                Sha256::new().chain_update(&pdf[..start]).chain_update(&pdf[end..]).finalize();
            with_signed_data(&pdf, |value| {
                let mut infos = value.signer_infos.0.clone().into_vec();
                let mut attributes = infos[0].signed_attrs.take().unwrap().into_vec();
                attributes.retain(|attribute| attribute.oid != ID_MESSAGE_DIGEST);
                attributes.push(octets(ID_MESSAGE_DIGEST, &[&digest]));
                infos[0].signed_attrs = Some(SetOfVec::try_from(attributes).unwrap());
                value.signer_infos = infos.try_into().unwrap();
            })
        }),
    ]
}

/// What needs the college's key: its own signer would never write these.
fn signed_parts(college: &College, signed: &[u8]) -> Vec<Case> {
    let edited = |edit: &dyn Fn(&mut Vec<Attribute>)| {
        with_signed_data(signed, |value| {
            edit_attributes(value, &college.key, |attributes| edit(attributes));
        })
    };
    vec![
        case(
            "a fourth attribute",
            "cms_signed_attributes",
            edited(&|attributes| attributes.push(note())),
        ),
        case(
            "no digest",
            "cms_signed_attributes",
            edited(&|attributes| attributes.retain(|one| one.oid != ID_MESSAGE_DIGEST)),
        ),
        case(
            "two digests in one attribute",
            "cms_signed_attributes",
            edited(&|attributes| {
                attributes.retain(|one| one.oid != ID_MESSAGE_DIGEST);
                attributes.push(octets(ID_MESSAGE_DIGEST, &[&[1; 32], &[2; 32]]));
            }),
        ),
        case(
            "two digests in two attributes",
            "cms_signed_attributes",
            edited(&|attributes| {
                attributes.retain(|one| one.oid != ID_AA_SIGNING_CERTIFICATE_V_2);
                attributes.push(octets(ID_MESSAGE_DIGEST, &[&[1; 32]]));
            }),
        ),
        case(
            "not said for which certificate",
            "cms_signed_attributes",
            edited(&|attributes| {
                attributes.retain(|one| one.oid != ID_AA_SIGNING_CERTIFICATE_V_2);
                attributes.push(note());
            }),
        ),
        case(
            "another certificate signed for",
            "cms_signer_certificate",
            with_signed_data(signed, |value| {
                let other =
                    College::new("psg", 5).sign_pdf(crate::pdf_signature::fixture::UNSIGNED);
                let theirs = SignedData::from_der(&inner(&other)).unwrap();
                value.signer_infos = theirs.signer_infos;
            }),
        ),
    ]
}

fn choices(ders: &[&[u8]]) -> cms::signed_data::CertificateSet {
    let certificates: Vec<_> = ders
        .iter()
        .map(|der| CertificateChoices::Certificate(Certificate::from_der(der).unwrap()))
        .collect();
    certificates.try_into().unwrap()
}

fn certificates_of(pdf: &[u8]) -> Vec<Vec<u8>> {
    let signed = SignedData::from_der(&inner(pdf)).unwrap();
    signed.certificates.unwrap().0.iter().map(|one| one.to_der().unwrap()).collect()
}

/// The SignedData in the value.
fn inner(pdf: &[u8]) -> Vec<u8> {
    ContentInfo::from_der(&value(pdf)).unwrap().content.to_der().unwrap()
}

/// The SET OF certificates turned round, which DER forbids.
fn reordered(signed: &[u8]) -> Vec<u8> {
    let der = value(signed);
    let [first, second] = certificates_of(signed).try_into().unwrap();
    let both = [first.as_slice(), second.as_slice()].concat();
    let at = find(&der, &both).unwrap();
    let mut turned = der.clone();
    turned[at..at + both.len()].copy_from_slice(&[second, first].concat());
    with_value(signed, &turned)
}

/// The last OCTET STRING, the signature, with its length in two bytes, and all lengths above grown.
fn padded_length(signed: &[u8]) -> Vec<u8> {
    let der = value(signed);
    let info = SignedData::from_der(&inner(signed)).unwrap().signer_infos.0.as_slice()[0].clone();
    let short = info.signature.to_der().unwrap();
    let at = der.len() - short.len();
    assert_eq!(der[at..], short[..]);
    let mut long = [&der[..at], &[0x04, 0x81], &short[1..]].concat();
    // Every constructed element that holds the end of the value has a two-byte length or one byte.
    let mut headers = vec![0, 4 + 11, 4 + 11 + 4];
    let infos = info.to_der().unwrap();
    let start = der.len() - infos.len();
    headers.extend([start - if infos.len() < 256 { 3 } else { 4 }, start]);
    for header in headers {
        match long[header + 1] {
            0x82 => {
                let length = u16::from_be_bytes([long[header + 2], long[header + 3]]) + 1;
                long[header + 2..header + 4].copy_from_slice(&length.to_be_bytes());
            }
            0x81 => long[header + 2] += 1,
            _ => long[header + 1] += 1,
        }
    }
    with_value(signed, &long)
}

fn algorithm(oid: &str, null: bool) -> spki::AlgorithmIdentifierOwned {
    spki::AlgorithmIdentifierOwned {
        oid: ObjectIdentifier::new(oid).unwrap(),
        parameters: null.then(Any::null),
    }
}

fn note() -> Attribute {
    octets(ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.1"), &[b"a note"])
}

fn octets(oid: ObjectIdentifier, values: &[&[u8]]) -> Attribute {
    let values: Vec<_> = values
        .iter()
        .map(|value| Any::encode_from(&OctetString::new(*value).unwrap()).unwrap())
        .collect();
    Attribute { oid, values: SetOfVec::try_from(values).unwrap() }
}

#[test]
fn the_tools_leave_a_good_value_as_it_is() {
    let college = College::new("kct", 1);
    let signed = college.sign_pdf(crate::pdf_signature::fixture::UNSIGNED);
    assert_eq!(with_signed_data(&signed, |_| {}), signed);
    assert_eq!(crate::pdf_signature::forge::resign(&college, &signed), signed);
    assert_eq!(ID_DATA.to_string(), "1.2.840.113549.1.7.1");
}
