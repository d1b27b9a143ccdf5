//! A college with its two certificates, and its keys, which in life never leave the keystore.

use chrono::{DateTime, TimeZone, Utc};
use hub::portfolio::certificate::{AuthorityFacts, SignerFacts, prepare_authority, prepare_signer};
use hub::portfolio::check::{PdfReport, TrustedSigner};
use hub::portfolio::revocation::{RevocationFacts, prepare_list};
use hub::portfolio::sign::{PreparedPdf, SignatureFacts, prepare};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use sha2::{Digest, Sha256};

pub struct College {
    pub slug: &'static str,
    pub key: SigningKey,
    pub authority_key: SigningKey,
    pub authority: Vec<u8>,
    pub certificate: Vec<u8>,
}

impl College {
    /// A college whose keys grow from `seed`; its certificates are for 2026 to 2035.
    pub fn new(slug: &'static str, seed: u8) -> Self {
        let authority_key = SigningKey::from_bytes(&[seed; 32].into()).unwrap();
        let key = SigningKey::from_bytes(&[seed + 1; 32].into()).unwrap();
        let prepared = prepare_authority(&authority_facts(&authority_key, seed)).unwrap();
        let signature = sign(&authority_key, prepared.message());
        let authority = prepared.attach(&signature).unwrap();
        let facts = signer_facts(&key, seed + 1, authority.clone());
        let prepared = prepare_signer(&facts).unwrap();
        let signature = sign(&authority_key, prepared.message());
        let certificate = prepared.attach(&signature).unwrap();
        Self { slug, key, authority_key, authority, certificate }
    }

    pub fn facts(&self) -> SignatureFacts {
        SignatureFacts {
            signer_certificate: self.certificate.clone(),
            chain: vec![self.authority.clone()],
            signed_at: signed_at(),
            name: "Kumaraguru College of Arts and Science".to_owned(),
            reason: "Issued from the college's register".to_owned(),
            location: Some("Coimbatore".to_owned()),
            contact: Some("https://hub.example/colleges/kct".to_owned()),
            stampable: false,
        }
    }

    pub fn prepare(&self, rendered: &[u8]) -> PreparedPdf {
        prepare(rendered.to_vec(), &self.facts()).unwrap()
    }

    pub fn sign_pdf(&self, rendered: &[u8]) -> Vec<u8> {
        let prepared = self.prepare(rendered);
        let signature = sign(&self.key, prepared.message());
        prepared.attach(&signature).unwrap()
    }

    /// The authority's revocation list with these certificates on it, made at a time.
    pub fn revocation_list(&self, fallen: &[&[u8]], made_at: DateTime<Utc>) -> Vec<u8> {
        let facts = RevocationFacts {
            authority: self.authority.clone(),
            number: 1,
            made_at,
            next_at: made_at + chrono::Duration::days(7),
            fallen: fallen.iter().map(|der| (der.to_vec(), made_at)).collect(),
        };
        let list = prepare_list(&facts).unwrap();
        let signature = sign(&self.authority_key, list.message());
        list.attach(&signature).unwrap()
    }

    /// The college's entry in the register: one key, in use since 2026.
    pub fn trusted(&self) -> TrustedSigner {
        TrustedSigner {
            certificate_sha256: Sha256::digest(&self.certificate).into(),
            college: self.slug.to_owned(),
            in_use_from: year(2026),
            in_use_until: None,
            state: hub::domain::key::KeyState::Active,
        }
    }
}

pub fn authority_facts(key: &SigningKey, serial: u8) -> AuthorityFacts {
    AuthorityFacts {
        college_name: "Kumaraguru College of Arts and Science".to_owned(),
        organisation: "Kumaraguru Institutions".to_owned(),
        country: "IN".to_owned(),
        public_key: point(key),
        serial: [serial; 16],
        valid_from: year(2026),
        valid_until: year(2036),
    }
}

pub fn signer_facts(key: &SigningKey, serial: u8, authority: Vec<u8>) -> SignerFacts {
    SignerFacts {
        college_name: "Kumaraguru College of Arts and Science".to_owned(),
        public_key: point(key),
        serial: [serial; 16],
        valid_from: year(2026),
        valid_until: year(2036),
        authority,
        revocation_list: None,
    }
}

/// Checks a file where no time-stamping authority is known.
pub fn check(pdf: &[u8], trusted: &[TrustedSigner]) -> PdfReport {
    hub::portfolio::check::check(pdf, trusted, &|_, _| None)
}

/// r ‖ s, as the keystore gives it.
pub fn sign(key: &SigningKey, message: &[u8]) -> [u8; 64] {
    let signature: Signature = key.sign(message);
    signature.to_bytes().into()
}

fn point(key: &SigningKey) -> Vec<u8> {
    key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
}

pub fn signed_at() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 5, 4, 3, 2, 1).unwrap()
}

pub fn year(year: i32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).unwrap()
}
