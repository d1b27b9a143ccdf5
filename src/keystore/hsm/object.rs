//! Keys as objects in a token: what they are made with, found by and asked for.

use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::super::{Algorithm, KeyOwner};
use super::token::Refused;
use super::{HsmError, HsmObject};
use crate::domain::ids::CollegeId;

/// What the hub's objects in a token are called, before their owner.
const LABEL: &str = "smart-student-hub";
/// PKCS#11 3.0 §2.3.5: the printable string "edwards25519".
const EDWARDS25519: &[u8] = b"\x13\x0cedwards25519";
/// The object identifier of P-256 (RFC 5480 §2.1.1.1), in DER.
pub(super) const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
pub(super) fn generate(
    owner: KeyOwner,
    key_id: Uuid,
    algorithm: Algorithm,
    session: &Session,
) -> Result<Vec<u8>, Refused> {
    let (mechanism, curve) = match algorithm {
        Algorithm::Ed25519 => (Mechanism::EccEdwardsKeyPairGen, EDWARDS25519),
        Algorithm::P256 => (Mechanism::EccKeyPairGen, P256),
    };
    let public = [
        // Of use only until its value is read: the hub keeps public keys itself.
        Attribute::Token(false),
        Attribute::Verify(true),
        Attribute::EcParams(curve.to_vec()),
    ];
    let private = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        Attribute::Derive(false),
        Attribute::Id(key_id.as_bytes().to_vec()),
        Attribute::Label(label(owner).into_bytes()),
    ];
    let (public, private) = session.generate_key_pair(&mechanism, &public, &private)?;
    let made = read_public_key(public, algorithm, session).and_then(|public_key| {
        if stays_inside(private, session)? {
            Ok(public_key)
        } else {
            Err(HsmError::Extractable.into())
        }
    });
    let forgotten = session.destroy_object(public);
    match made {
        Ok(public_key) => forgotten.map(|()| public_key).map_err(Refused::from),
        Err(refused) => {
            session.destroy_object(private)?;
            Err(refused)
        }
    }
}

/// Whether the token holds to what it was asked: never readable, from the first moment on.
pub(super) fn stays_inside(private: ObjectHandle, session: &Session) -> Result<bool, Refused> {
    let asked = [
        AttributeType::Sensitive,
        AttributeType::AlwaysSensitive,
        AttributeType::Extractable,
        AttributeType::NeverExtractable,
    ];
    let said = session.get_attributes(private, &asked)?;
    Ok(said.len() == asked.len()
        && said.iter().all(|attribute| {
            matches!(
                attribute,
                Attribute::Sensitive(true)
                    | Attribute::AlwaysSensitive(true)
                    | Attribute::Extractable(false)
                    | Attribute::NeverExtractable(true)
            )
        }))
}

/// The point, raw or inside a DER OCTET STRING: PKCS#11 2.40 wraps it, 3.0 does not for Edwards curves.
fn read_public_key(
    public: ObjectHandle,
    algorithm: Algorithm,
    session: &Session,
) -> Result<Vec<u8>, Refused> {
    let attributes = session.get_attributes(public, &[AttributeType::EcPoint])?;
    let [Attribute::EcPoint(point)] = &attributes[..] else {
        return Err(HsmError::Form("public key").into());
    };
    unwrap_point(point, algorithm.public_key_length())
        .map(<[u8]>::to_vec)
        .ok_or_else(|| HsmError::Form("public key").into())
}

pub(super) fn unwrap_point(point: &[u8], length: usize) -> Option<&[u8]> {
    match point {
        raw if raw.len() == length => Some(raw),
        [0x04, inner, raw @ ..] if usize::from(*inner) == length && raw.len() == length => {
            Some(raw)
        }
        _ => None,
    }
}

pub(super) fn sign(
    message: &[u8],
    key: ObjectHandle,
    algorithm: Algorithm,
    session: &Session,
) -> Result<[u8; 64], Refused> {
    let signature = match algorithm {
        Algorithm::Ed25519 => {
            let pure = EddsaParams::new(EddsaSignatureScheme::Ed25519);
            session.sign(&Mechanism::Eddsa(pure), key, message)?
        }
        // Hashed here: fewer tokens know CKM_ECDSA_SHA256, and a file need not travel to the token.
        Algorithm::P256 => session.sign(&Mechanism::Ecdsa, key, &Sha256::digest(message))?,
    };
    signature.try_into().map_err(|_| HsmError::Form("signature").into())
}

pub(super) fn private_key(key_id: Uuid) -> [Attribute; 3] {
    [
        Attribute::Token(true),
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::Id(key_id.as_bytes().to_vec()),
    ]
}

fn label(owner: KeyOwner) -> String {
    match owner {
        KeyOwner::Platform => format!("{LABEL} platform"),
        KeyOwner::College(college) => format!("{LABEL} {college}"),
    }
}

fn owner_of(label: &str) -> Option<KeyOwner> {
    match label.strip_prefix(LABEL)?.strip_prefix(' ')? {
        "platform" => Some(KeyOwner::Platform),
        college => college.parse().ok().map(|id| KeyOwner::College(CollegeId(id))),
    }
}

pub(super) fn describe(object: ObjectHandle, session: &Session) -> Result<HsmObject, Refused> {
    let asked = [AttributeType::Id, AttributeType::Label];
    let mut described = HsmObject { owner: None, key_id: None };
    for attribute in session.get_attributes(object, &asked)? {
        if let Attribute::Id(id) = &attribute {
            described.key_id = Uuid::from_slice(id).ok();
        }
        if let Attribute::Label(label) = &attribute {
            described.owner = std::str::from_utf8(label).ok().and_then(owner_of);
        }
    }
    Ok(described)
}
