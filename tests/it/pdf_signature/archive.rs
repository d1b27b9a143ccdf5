//! Signatures with time-stamps and validation data: PAdES B-T, B-LT and B-LTA.

use chrono::{DateTime, Utc};
use hub::portfolio::check::{self, Finding, PdfReport, TrustedSigner};
use hub::portfolio::sign::archive::{
    ExtendError, ValidationData, add_validation_data, prepare_timestamp, validation_data,
};
use hub::portfolio::sign::{Level, PreparedPdf, prepare};
use hub::timestamper::Timestamper;

use super::college::{College, sign, signed_at};
use super::fixture::UNSIGNED;
use crate::issuance_log::authority::{Authority, Keys};

/// A college, and an authority that its hub asks for the time.
pub struct Office {
    pub college: College,
    pub authority: Authority,
    pub timestamper: Timestamper,
}

impl Office {
    pub async fn open(slug: &'static str, seed: u8, keys: Keys) -> Self {
        let authority = Authority::start(keys).await;
        let timestamper = authority.timestamper();
        Self { college: College::new(slug, seed), authority, timestamper }
    }

    pub fn prepare(&self) -> PreparedPdf {
        let facts =
            hub::portfolio::sign::SignatureFacts { stampable: true, ..self.college.facts() };
        prepare(UNSIGNED.to_vec(), &facts).unwrap()
    }

    pub async fn token(&self, digest: &[u8; 32]) -> Vec<u8> {
        self.timestamper.stamp(digest, [7; 16]).await.unwrap().token
    }

    /// The fixture, signed up to this level.
    pub async fn file(&self, level: Level) -> Vec<u8> {
        let prepared = self.prepare();
        let signature = sign(&self.college.key, prepared.message());
        if level == Level::Basic {
            return prepared.attach(&signature).unwrap();
        }
        let token = self.token(&prepared.imprint(&signature).unwrap()).await;
        let stamped = prepared.attach_stamped(&signature, &token).unwrap();
        if level == Level::Stamped {
            return stamped;
        }
        let data = self.data(&stamped);
        let long_term = add_validation_data(stamped, &data).unwrap();
        if level == Level::LongTerm {
            return long_term;
        }
        self.stamp(long_term, &data).await
    }

    pub fn data(&self, stamped: &[u8]) -> ValidationData {
        validation_data(stamped, self.list()).unwrap()
    }

    #[expect(clippy::disallowed_methods, reason = "the authority's clock is the machine's")]
    pub fn list(&self) -> Vec<u8> {
        self.college.revocation_list(&[], Utc::now() - chrono::Duration::minutes(5))
    }

    /// A time-stamp over a whole file.
    pub async fn stamp(&self, long_term: Vec<u8>, data: &ValidationData) -> Vec<u8> {
        let prepared = prepare_timestamp(long_term, data).unwrap();
        let token = self.token(&prepared.digest()).await;
        prepared.attach(&token).unwrap()
    }

    pub fn check(&self, pdf: &[u8]) -> PdfReport {
        self.check_with(pdf, &[self.college.trusted()])
    }

    pub fn check_with(&self, pdf: &[u8], trusted: &[TrustedSigner]) -> PdfReport {
        let stamped_at = |token: &[u8], digest: &[u8; 32]| -> Option<DateTime<Utc>> {
            self.timestamper.check(token, digest).ok()
        };
        check::check(pdf, trusted, &stamped_at)
    }
}

#[tokio::test]
async fn a_file_of_every_level_is_accepted_and_its_level_named() {
    for keys in [Keys::P256, Keys::Rsa] {
        let office = Office::open("kct", 1, keys).await;
        for level in Level::ALL {
            let pdf = office.file(level).await;
            let report = office.check(&pdf);
            assert_eq!(report.integrity(), Ok(()), "{level}: {:?}", report.findings);
            assert_eq!(report.level, Some(level));
            assert_eq!(report.signed_at, Some(signed_at()));
            assert_eq!(report.stamped_at.is_some(), level >= Level::Stamped, "{level}");
            assert_eq!(report.archived_at.is_some(), level == Level::Archive, "{level}");
            assert!(report.covers_whole_file && report.forbids_changes, "{level}");
            assert!(pdf.starts_with(UNSIGNED), "{level}: the rendered bytes are untouched");
        }
    }
}

#[tokio::test]
async fn a_later_level_leaves_every_octet_of_the_one_before() {
    let office = Office::open("kct", 1, Keys::P256).await;
    let stamped = office.file(Level::Stamped).await;
    let data = office.data(&stamped);
    let long_term = add_validation_data(stamped.clone(), &data).unwrap();
    let archived = office.stamp(long_term.clone(), &data).await;
    assert!(archived.starts_with(&long_term) && long_term.starts_with(&stamped));
    assert_eq!(
        add_validation_data(stamped, &data).unwrap(),
        long_term,
        "the same data, the same bytes"
    );
}

#[tokio::test]
async fn without_a_time_stamp_there_are_no_validation_data() {
    let office = Office::open("kct", 1, Keys::P256).await;
    let basic = office.file(Level::Basic).await;
    assert!(matches!(validation_data(&basic, office.list()), Err(ExtendError::NotStamped)));
    let archived = office.file(Level::Archive).await;
    let data = office.data(&archived);
    assert!(matches!(add_validation_data(archived, &data), Err(ExtendError::NotSigned(_))));
}

#[tokio::test]
async fn a_time_stamp_by_an_authority_that_is_not_known_does_not_count() {
    let office = Office::open("kct", 1, Keys::P256).await;
    let stranger = Office::open("kct", 1, Keys::P256).await;
    let pdf = stranger.file(Level::Stamped).await;
    assert_eq!(stranger.check(&pdf).integrity(), Ok(()));
    assert_eq!(office.check(&pdf).integrity(), Err(Finding::SignatureTimestamp));
    assert_eq!(office.check(&pdf).level, None);
}

/// `HUB_PICTURES_TO=/tmp/files cargo test --test it writes_a_file_of_every_level -- --ignored`
#[tokio::test]
#[ignore = "for looking at"]
async fn writes_a_file_of_every_level() {
    let folder = std::path::PathBuf::from(std::env::var_os("HUB_PICTURES_TO").unwrap());
    let office = Office::open("kct", 1, Keys::Rsa).await;
    for level in Level::ALL {
        std::fs::write(folder.join(format!("{level}.pdf")), office.file(level).await).unwrap();
    }
    std::fs::write(folder.join("college.der"), &office.college.authority).unwrap();
    std::fs::copy(office.authority.trusted(), folder.join("time.pem")).unwrap();
}
