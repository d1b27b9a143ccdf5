//! Time-stamps and validation data that somebody took away, added, exchanged or bent.

use cms::cert::CertificateChoices;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::SignedData;
use der::asn1::{ObjectIdentifier, SetOfVec};
use der::{Any, Decode, Encode};
use hub::portfolio::sign::Level;
use hub::portfolio::sign::archive::{ValidationData, add_validation_data};
use x509_cert::attr::Attribute;

use super::{Case, case};
use crate::issuance_log::authority::Keys;
use crate::pdf_signature::archive::Office;
use crate::pdf_signature::college::{College, sign};
use crate::pdf_signature::fixture::UNSIGNED;
use crate::pdf_signature::forge::{find, last_xref, pyhanko, swap, with_signed_data};

/// What the files of one office are bent from.
struct Files {
    stamped: Vec<u8>,
    long_term: Vec<u8>,
    archived: Vec<u8>,
    data: ValidationData,
}

#[tokio::test]
async fn no_tampered_archive_is_accepted_and_each_is_named() {
    let office = Office::open("kct", 1, Keys::P256).await;
    let stranger = Office::open("psg", 5, Keys::P256).await;
    let stamped = office.file(Level::Stamped).await;
    let data = office.data(&stamped);
    let long_term = add_validation_data(stamped.clone(), &data).unwrap();
    let archived = office.stamp(long_term.clone(), &data).await;
    let files = Files { stamped, long_term, archived, data };
    for good in [&files.stamped, &files.long_term, &files.archived] {
        assert_eq!(office.check(good).integrity(), Ok(()), "the files themselves are good");
    }
    let mut cases = time_stamps(&office, &stranger, &files).await;
    cases.extend(stores(&office, &stranger, &files));
    cases.extend(lists(&office, &stranger, &files));
    cases.extend(behind(&office, &stranger, &files).await);

    let wrong: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            let found = match office.check(&case.pdf).integrity() {
                Ok(()) => "accepted",
                Err(finding) => finding.code(),
            };
            (found != case.code).then(|| format!("{}: {found}, not {}", case.name, case.code))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    let names: std::collections::HashSet<_> = cases.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), cases.len(), "every case is of its own kind");
    assert!(cases.len() >= 45, "only {} kinds", cases.len());
}

/// The token inside the signature's value.
async fn time_stamps(office: &Office, stranger: &Office, files: &Files) -> Vec<Case> {
    let token = |edit: &dyn Fn(&mut Vec<Attribute>)| {
        with_signed_data(&files.stamped, |value| {
            let mut infos = value.signer_infos.0.clone().into_vec();
            let mut attributes = infos[0].unsigned_attrs.take().unwrap().into_vec();
            edit(&mut attributes);
            infos[0].unsigned_attrs = Some(SetOfVec::try_from(attributes).unwrap());
            value.signer_infos = infos.try_into().unwrap();
        })
    };
    let with = |der: Vec<u8>| {
        token(&move |attributes: &mut Vec<Attribute>| {
            let value = Any::from_der(&der).unwrap();
            attributes[0].values = SetOfVec::try_from(vec![value]).unwrap();
        })
    };
    let elsewhere = office.token(&[9; 32]).await;
    let prepared = office.prepare();
    let signature = sign(&office.college.key, prepared.message());
    let theirs = stranger.token(&prepared.imprint(&signature).unwrap()).await;
    let whole = office.token(&<sha2::Sha256 as sha2::Digest>::digest(&files.stamped).into()).await;
    const WRONG: &str = "cms_timestamp";
    const FOREIGN: &str = "cms_unsigned_attributes";
    let mut stamp = token_of(&files.stamped);
    let last = stamp.len() - 3;
    stamp[last] ^= 1;
    vec![
        case("a time-stamp on something else", WRONG, with(elsewhere)),
        case("a time-stamp on the whole file", WRONG, with(whole)),
        case("a stranger's time-stamp on the signature", WRONG, with(theirs)),
        case("a time-stamp with a bent signature", WRONG, with(stamp)),
        case("a time-stamp that is none", WRONG, with(vec![0x30, 0x00])),
        case("the signature's own value for a time-stamp", WRONG, {
            with(crate::pdf_signature::forge::value(&files.stamped))
        }),
        case("an earlier time in the time-stamp", WRONG, with(older(&token_of(&files.stamped)))),
        case("a stranger's certificate in the time-stamp", WRONG, {
            let other = CertificateChoices::Certificate(
                x509_cert::Certificate::from_der(&stranger.college.certificate).unwrap(),
            );
            with(token_with(&files.stamped, &|signed| {
                let mut all = signed.certificates.take().unwrap().0.into_vec();
                all.push(other.clone());
                signed.certificates = Some(all.try_into().unwrap());
            }))
        }),
        case("a note that nobody signed in the time-stamp", WRONG, {
            with(token_with(&files.stamped, &|signed| {
                let mut infos = signed.signer_infos.0.clone().into_vec();
                let value = Any::from_der(&[0x05, 0x00]).unwrap();
                infos[0].unsigned_attrs = Some(
                    SetOfVec::try_from(vec![Attribute {
                        oid: ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.21"),
                        values: SetOfVec::try_from(vec![value]).unwrap(),
                    }])
                    .unwrap(),
                );
                signed.signer_infos = infos.try_into().unwrap();
            }))
        }),
        case("another digest named in the time-stamp", WRONG, {
            with(token_with(&files.stamped, &|signed| {
                let mut algorithms = signed.digest_algorithms.clone().into_vec();
                algorithms[0].oid = const_oid::db::rfc5912::ID_SHA_512;
                signed.digest_algorithms = SetOfVec::try_from(algorithms).unwrap();
            }))
        }),
        case("another version of the time-stamp", WRONG, {
            with(token_with(&files.stamped, &|signed| signed.version = CmsVersion::V4))
        }),
        case("two time-stamps in one attribute", FOREIGN, {
            token(&|attributes| {
                let first = attributes[0].values.get(0).unwrap().clone();
                let second = Any::from_der(&[0x30, 0x00]).unwrap();
                attributes[0].values = SetOfVec::try_from(vec![first, second]).unwrap();
            })
        }),
        case("two attributes with time-stamps", FOREIGN, {
            token(&|attributes| {
                let value = Any::from_der(&[0x30, 0x00]).unwrap();
                let mut second = attributes[0].clone();
                second.values = SetOfVec::try_from(vec![value]).unwrap();
                attributes.push(second);
            })
        }),
        case("another attribute in its place", FOREIGN, {
            token(&|attributes| {
                attributes[0].oid = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.21");
            })
        }),
        case("another attribute beside it", FOREIGN, {
            token(&|attributes| {
                let mut second = attributes[0].clone();
                second.oid = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.21");
                attributes.push(second);
            })
        }),
        case("no time-stamp in the attribute", FOREIGN, {
            token(&|attributes| attributes[0].values = SetOfVec::default())
        }),
    ]
}

/// The document security store, of which nobody signed a byte.
fn stores(office: &Office, stranger: &Office, files: &Files) -> Vec<Case> {
    const STORE: &str = "pdf_validation_data";
    const CHANGED: &str = "pdf_changed_after_signing";
    const FOREIGN: &str = "pdf_validation_certificate";
    let (signed, rest) = files.long_term.split_at(files.stamped.len());
    let bent = |from: &str, to: &str| [signed, &swap(rest, from, to)].concat();
    let with = |edit: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut data = files.data.clone();
        edit(&mut data.certificates);
        add_validation_data(files.stamped.clone(), &data).unwrap()
    };
    let root = format!("{} 0 obj", crate::pdf_signature::forge::root());
    let again = [&files.long_term[..], rest].concat();
    let basic = College::new("kct", 1).sign_pdf(UNSIGNED);
    vec![
        case("a stranger's certificate in the store", FOREIGN, {
            with(&|all| all.push(stranger.college.certificate.clone()))
        }),
        case("a stranger's certificate for the signer's", FOREIGN, {
            with(&|all| all[0] = stranger.college.certificate.clone())
        }),
        case("a certificate missing in the store", FOREIGN, with(&|all| drop(all.remove(0)))),
        case("certificates in another order", FOREIGN, with(&|all| all.reverse())),
        case("a certificate twice in the store", FOREIGN, with(&|all| all.push(all[0].clone()))),
        case("a bit of a certificate in the store", FOREIGN, with(&|all| all[1][40] ^= 1)),
        case("the store under another name", CHANGED, bent("/DSS ", "/DST ")),
        case("another type of store", CHANGED, bent("/Type/DSS", "/Type/DSX")),
        case("a list of answers beside the certificates", STORE, bent("/CRLs[", "/OCSPs[]/CRLs[")),
        case("certificates by another name", STORE, bent("/Certs[", "/Cerst[")),
        case(
            "a stream with another length",
            STORE,
            bent("endstream\nendobj\nxref", "endstream endobj\nxref"),
        ),
        case(
            "a filter on a stream",
            STORE,
            bent(">>\nstream\n", "/Filter/FlateDecode>>\nstream\n"),
        ),
        case(
            "a smaller size in the last trailer",
            STORE,
            bent("trailer\n<</Size 8", "trailer\n<</Size 7"),
        ),
        case("a last trailer that skips the signature", STORE, {
            let prev = format!("/Prev {}", last_xref(&files.stamped));
            bent(&prev, &format!("/Prev {:>w$}", last_xref(UNSIGNED), w = prev.len() - 6))
        }),
        case("another catalogue in the last revision", CHANGED, bent(&root, "79 0 obj")),
        case(
            "a catalogue that opens something",
            CHANGED,
            bent("/DSS ", "/OpenAction[2 0 R/Fit]/DSS "),
        ),
        case("a catalogue with other pages", CHANGED, bent("/Pages ", "/Pagse ")),
        case("a catalogue without its permission", CHANGED, bent("/Perms", "/Qerms")),
        case("an object slipped into the store's revision", STORE, {
            let at = find(rest, b"xref\n").unwrap();
            [signed, &rest[..at], b"3 0 obj\n<<>>\nendobj\n", &rest[at..]].concat()
        }),
        case("a comment before the store's revision", CHANGED, [signed, b"% \n", rest].concat()),
        case("a line before the store's revision", CHANGED, [signed, b"\n", rest].concat()),
        case("a comment behind the store's revision", "pdf_document_timestamp_form", {
            [&files.long_term[..], b"% \n"].concat()
        }),
        case("half of the store's revision", STORE, {
            files.long_term[..files.stamped.len() + rest.len() / 2].to_vec()
        }),
        case("the store's revision twice", "pdf_document_timestamp_form", again),
        case("a store behind a file without a time-stamp", STORE, [&basic[..], rest].concat()),
        case("a store made by another program", CHANGED, {
            pyhanko("dss", &files.stamped, &office.college.key, &office.college.certificate)
        }),
        case("a file of another college with this store", "pdf_signer_unknown", {
            let theirs = stranger.college.sign_pdf(UNSIGNED);
            [&theirs[..], rest].concat()
        }),
    ]
}

/// The revocation list in the store.
fn lists(office: &Office, stranger: &Office, files: &Files) -> Vec<Case> {
    const FOREIGN: &str = "pdf_validation_revocation_list";
    let with = |list: Vec<u8>| {
        let data = ValidationData { revocation_list: list, ..files.data.clone() };
        add_validation_data(files.stamped.clone(), &data).unwrap()
    };
    let mut bent = office.list();
    let last = bent.len() - 2;
    bent[last] ^= 1;
    let trailing = [office.list(), vec![0]].concat();
    vec![
        case("another authority's revocation list", FOREIGN, with(stranger.list())),
        case("a revocation list with a bent signature", FOREIGN, with(bent)),
        case("a certificate for a revocation list", FOREIGN, {
            with(office.college.authority.clone())
        }),
        case("an empty revocation list", FOREIGN, with(Vec::new())),
        case("bytes behind the revocation list", FOREIGN, with(trailing)),
        case("a list by the signer instead of the authority", FOREIGN, {
            with(bent_list(&office.college))
        }),
    ]
}

/// What stands behind the store, and behind the last time-stamp.
async fn behind(office: &Office, stranger: &Office, files: &Files) -> Vec<Case> {
    const FORM: &str = "pdf_document_timestamp_form";
    const WRONG: &str = "pdf_document_timestamp";
    let (before, rest) = files.archived.split_at(files.long_term.len());
    let bent = |from: &str, to: &str| [before, &swap(rest, from, to)].concat();
    let prepared = || {
        hub::portfolio::sign::archive::prepare_timestamp(files.long_term.clone(), &files.data)
            .unwrap()
    };
    let elsewhere = prepared().attach(&office.token(&[9; 32]).await).unwrap();
    let theirs = prepared().attach(&stranger.token(&prepared().digest()).await).unwrap();
    let gap = find(rest, b"]/Contents<").unwrap() + before.len() + 10;
    let hidden = {
        let mut pdf = files.archived.clone();
        let end = gap + find(&pdf[gap..], b">").unwrap();
        pdf[end - 1] = b'1';
        pdf
    };
    let range = {
        let at = find(rest, b"/ByteRange[0 ").unwrap() + before.len();
        let mut pdf = files.archived.clone();
        pdf[at + 11] = b'1';
        pdf
    };
    vec![
        case("a last time-stamp on something else", WRONG, elsewhere),
        case("a stranger's last time-stamp", WRONG, theirs),
        case("an empty last time-stamp", "pdf_contents_form", prepared().attach(&[]).unwrap()),
        case("a byte hidden behind the last time-stamp", "pdf_contents_padding", hidden),
        case("a last time-stamp over less", "pdf_document_timestamp_form", range),
        case("the last field made visible", FORM, bent("/Rect[0 0 0 0]", "/Rect[0 0 9 9]")),
        case(
            "the last field under another name",
            FORM,
            bent("ArchiveTimestamp", "ArchiveTimestomp"),
        ),
        case(
            "another type of last signature",
            "pdf_several_signatures",
            bent("/Type/DocTimeStamp/", "/Type/DocTimeStomp/"),
        ),
        case(
            "a catalogue in the last revision with an action",
            FORM,
            bent("/DSS ", "/AA<<>>/DSS "),
        ),
        case(
            "a page in the last revision with other contents",
            FORM,
            bent("/Contents ", "/Contenst "),
        ),
        case("a table of the last revision bent", FORM, bent("00000 n", "00001 n")),
        case("bytes behind the last time-stamp", "pdf_changed_after_signing", {
            [&files.archived[..], b"\n"].concat()
        }),
        case("a page behind the last time-stamp", "pdf_changed_after_signing", {
            crate::pdf_signature::forge::update(&files.archived, &[(40, "<</Type/Page>>")])
        }),
        case("the last revision twice", "pdf_several_signatures", {
            [&files.archived[..], rest].concat()
        }),
        case("a second signature behind the last time-stamp", "pdf_several_signatures", {
            let key = &stranger.college.key;
            pyhanko("sign-again", &files.archived, key, &stranger.college.certificate)
        }),
        case("a second signature behind the store", "pdf_several_signatures", {
            let key = &stranger.college.key;
            pyhanko("sign-again", &files.long_term, key, &stranger.college.certificate)
        }),
        case("a last time-stamp without a store", "pdf_changed_after_signing", {
            [&files.stamped[..], rest].concat()
        }),
        case("junk between store and last time-stamp", FORM, [before, b"% \n", rest].concat()),
        case("half of the last revision", FORM, {
            files.archived[..before.len() + rest.len() / 2].to_vec()
        }),
        case("the end of the last revision missing", FORM, {
            files.archived[..files.archived.len() - 1].to_vec()
        }),
    ]
}

/// A list whose signature is by the signer's key.
fn bent_list(college: &College) -> Vec<u8> {
    let der = college.revocation_list(&[], chrono::Utc::now());
    let mut list: x509_cert::crl::CertificateList =
        x509_cert::crl::CertificateList::from_der(&der).unwrap();
    let signature = sign(&college.key, &list.tbs_cert_list.to_der().unwrap());
    let signature = p256::ecdsa::Signature::from_slice(&signature).unwrap().normalize_s();
    list.signature = der::asn1::BitString::from_bytes(signature.to_der().as_bytes()).unwrap();
    list.to_der().unwrap()
}

/// The time-stamp token of a file.
fn token_of(pdf: &[u8]) -> Vec<u8> {
    let value = ContentInfo::from_der(&crate::pdf_signature::forge::value(pdf)).unwrap();
    let signed: SignedData = value.content.decode_as().unwrap();
    let attributes = signed.signer_infos.0.get(0).unwrap().unsigned_attrs.clone().unwrap();
    attributes.get(0).unwrap().values.get(0).unwrap().to_der().unwrap()
}

/// The time-stamp token of a file, with what its authority did not sign edited.
fn token_with(pdf: &[u8], edit: &dyn Fn(&mut SignedData)) -> Vec<u8> {
    let mut outer = ContentInfo::from_der(&token_of(pdf)).unwrap();
    let mut signed: SignedData = outer.content.decode_as().unwrap();
    edit(&mut signed);
    outer.content = Any::encode_from(&signed).unwrap();
    outer.to_der().unwrap()
}

/// The token with another year in it.
fn older(token: &[u8]) -> Vec<u8> {
    let year = chrono::Datelike::year(&chrono::Utc::now());
    swap(token, format!("\x18\x13{year}"), format!("\x18\x13{}", year - 1))
}
