//! With the real SoftHSM 2.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{AttributeInfo, AttributeType};
use ed25519_dalek::{Signature, VerifyingKey};
use p256::ecdsa::signature::Verifier;

use super::object::{P256, stays_inside, unwrap_point};
use super::*;
use crate::domain::ids::CollegeId;
use crate::keystore::{KeyPlace, Keystore, MissingMasterKey, SealedKey, SealedKeyRef, SignError};

#[path = "../../../tests/it/softhsm.rs"]
mod softhsm;

use softhsm::{MODULE, PIN, TOKEN};

/// A folder with a token of its own, in the process of one test.
struct Place {
    folder: PathBuf,
}

impl Place {
    fn settings(&self) -> HsmSettings {
        HsmSettings {
            module: MODULE.into(),
            token: TOKEN.to_owned(),
            pin_file: self.folder.join("pin"),
        }
    }

    fn sealed(&self) -> Keystore {
        Keystore::open(&self.folder.join("master.key"), MissingMasterKey::Create).unwrap()
    }

    fn keystore(&self) -> Keystore {
        self.sealed().with_hsm(&self.settings()).unwrap()
    }

    fn write_pin(&self, pin: &str) {
        softhsm::write_pin(pin, &self.folder);
    }
}

/// Run the test called `name` in a process of its own, which has a token.
fn with_token(name: &str, test: impl FnOnce(&Place)) {
    let name = format!("keystore::hsm::tests::{name}");
    if let Some(folder) = softhsm::in_a_process_of_its_own(&name, &[]) {
        test(&Place { folder });
    }
}

struct Stored {
    owner: KeyOwner,
    key_id: Uuid,
    key: SealedKey,
}

impl Stored {
    fn new(keystore: &Keystore, algorithm: Algorithm) -> Self {
        let owner = KeyOwner::College(CollegeId(Uuid::from_u128(7)));
        let key_id = next_id();
        Self { owner, key_id, key: keystore.create(owner, key_id, algorithm).unwrap() }
    }

    fn as_ref(&self) -> SealedKeyRef<'_> {
        SealedKeyRef {
            owner: self.owner,
            key_id: self.key_id,
            algorithm: self.key.algorithm,
            bytes: &self.key.bytes,
            version: self.key.version,
        }
    }
}

/// Each test has a process and a token of its own: counting is enough.
fn next_id() -> Uuid {
    static LAST: AtomicU64 = AtomicU64::new(0);
    Uuid::from_u64_pair(7, LAST.fetch_add(1, Ordering::Relaxed))
}

#[test]
fn signatures_made_inside_verify_outside() {
    with_token("signatures_made_inside_verify_outside", |place| {
        let keystore = place.keystore();
        let stored = Stored::new(&keystore, Algorithm::Ed25519);
        assert_eq!(keystore.place_of(&stored.as_ref()), Ok(KeyPlace::Hsm(TOKEN.to_owned())));
        let public =
            VerifyingKey::from_bytes(stored.key.public_key[..].try_into().unwrap()).unwrap();
        let signatures = keystore.sign_batch(&stored.as_ref(), &[b"one", b"two", b""]).unwrap();
        for (message, signature) in [&b"one"[..], b"two", b""].into_iter().zip(&signatures) {
            public.verify_strict(message, &Signature::from_bytes(signature)).unwrap();
        }
        assert_eq!(
            keystore.sign_batch(&stored.as_ref(), &[b"one"]).unwrap()[0],
            signatures[0],
            "Ed25519 gives the same signature again"
        );

        let stored = Stored::new(&keystore, Algorithm::P256);
        assert_eq!((stored.key.public_key.len(), stored.key.public_key[0]), (65, 4));
        let public = p256::ecdsa::VerifyingKey::from_sec1_bytes(&stored.key.public_key).unwrap();
        let signatures = keystore.sign_batch(&stored.as_ref(), &[b"a document"]).unwrap();
        let signature = p256::ecdsa::Signature::from_slice(&signatures[0]).unwrap();
        public.verify(b"a document", &signature).unwrap();
        assert!(public.verify(b"another document", &signature).is_err());

        keystore.verify_seal(&stored.as_ref(), &stored.key.public_key).unwrap();
        let other = Stored::new(&keystore, Algorithm::P256);
        assert_eq!(
            keystore.verify_seal(&stored.as_ref(), &other.key.public_key),
            Err(SignError::OtherKey)
        );
    });
}

#[test]
fn a_thousand_messages_are_signed_in_one_batch_in_their_order() {
    with_token("a_thousand_messages_are_signed_in_one_batch_in_their_order", |place| {
        let keystore = place.keystore();
        let stored = Stored::new(&keystore, Algorithm::Ed25519);
        let public =
            VerifyingKey::from_bytes(stored.key.public_key[..].try_into().unwrap()).unwrap();
        let messages: Vec<_> = (0..1000_u32).map(u32::to_be_bytes).collect();
        let borrowed: Vec<&[u8]> = messages.iter().map(|message| &message[..]).collect();
        let signatures = keystore.sign_batch(&stored.as_ref(), &borrowed).unwrap();
        assert_eq!(signatures.len(), 1000);
        for (message, signature) in messages.iter().zip(&signatures) {
            public.verify_strict(message, &Signature::from_bytes(signature)).unwrap();
        }
    });
}

#[test]
fn the_private_key_cannot_be_taken_out() {
    with_token("the_private_key_cannot_be_taken_out", |place| {
        let keystore = place.keystore();
        for algorithm in [Algorithm::Ed25519, Algorithm::P256] {
            let stored = Stored::new(&keystore, algorithm);
            let hsm = keystore.hsm.as_ref().unwrap();
            let asked =
                [AttributeType::Value, AttributeType::Sensitive, AttributeType::Extractable];
            let said = hsm.token.with(|session| {
                let found = session.find_objects(&private_key(stored.key_id))?;
                assert_eq!(found.len(), 1);
                // Nor can it be made readable afterwards.
                for loosened in [Attribute::Sensitive(false), Attribute::Extractable(true)] {
                    assert!(session.update_attributes(found[0], &[loosened]).is_err());
                }
                let value = session.get_attribute_info(found[0], &asked[..1])?;
                Ok((format!("{value:?}"), session.get_attributes(found[0], &asked)?))
            });
            let (value, readable) = said.unwrap();
            assert_eq!(value, format!("{:?}", [AttributeInfo::Sensitive]));
            assert_eq!(readable, [Attribute::Sensitive(true), Attribute::Extractable(false)]);
        }
    });
}

#[test]
fn a_key_that_could_be_taken_out_is_told_from_one_that_cannot() {
    with_token("a_key_that_could_be_taken_out_is_told_from_one_that_cannot", |place| {
        let keystore = place.keystore();
        let hsm = keystore.hsm.as_ref().unwrap();
        let loose = hsm.token.with(|session| {
            let public = [Attribute::EcParams(P256.to_vec())];
            let private = [Attribute::Token(false), Attribute::Extractable(true)];
            let (_, private) =
                session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private)?;
            stays_inside(private, session)
        });
        assert_eq!(loose, Ok(false));
    });
}

#[test]
fn a_place_opens_only_for_its_owner_key_version_and_algorithm() {
    with_token("a_place_opens_only_for_its_owner_key_version_and_algorithm", |place| {
        let keystore = place.keystore();
        let stored = Stored::new(&keystore, Algorithm::Ed25519);
        let other_key = Stored::new(&keystore, Algorithm::Ed25519);
        let good = stored.as_ref();
        keystore.sign_batch(&good, &[b"m"]).unwrap();
        let others = [
            SealedKeyRef { owner: KeyOwner::College(CollegeId(Uuid::from_u128(8))), ..good },
            SealedKeyRef { owner: KeyOwner::Platform, ..good },
            SealedKeyRef { key_id: other_key.key_id, ..good },
            SealedKeyRef { bytes: &other_key.key.bytes, ..good },
            SealedKeyRef { version: 2, ..good },
        ];
        for other in others {
            assert_eq!(keystore.sign_batch(&other, &[b"m"]), Err(SignError::BrokenSeal));
            assert_eq!(keystore.public_key(&other), Err(SignError::BrokenSeal));
        }
        let wrong = SealedKeyRef { algorithm: Algorithm::P256, ..good };
        assert_eq!(keystore.sign_batch(&wrong, &[b"m"]), Err(SignError::Layout));
        for index in 0..good.bytes.len() {
            let mut bytes = good.bytes.to_vec();
            bytes[index] ^= 1;
            let changed = SealedKeyRef { bytes: &bytes, ..good };
            assert!(keystore.sign_batch(&changed, &[b"m"]).is_err(), "byte {index}");
        }
    });
}

#[test]
fn a_private_key_and_a_place_are_never_taken_for_each_other() {
    with_token("a_private_key_and_a_place_are_never_taken_for_each_other", |place| {
        let keystore = place.keystore();
        let inside = Stored::new(&keystore, Algorithm::P256);
        let sealed = Stored::new(&place.sealed(), Algorithm::P256);
        assert!(Keystore::is_in_hsm(&inside.key.bytes));
        assert!(!Keystore::is_in_hsm(&sealed.key.bytes));
        for (stored, byte) in [(&inside, 1), (&sealed, 2), (&inside, 3), (&sealed, 0)] {
            let mut bytes = stored.key.bytes.clone();
            bytes[0] = byte;
            let relabelled = SealedKeyRef { bytes: &bytes, ..stored.as_ref() };
            assert_eq!(keystore.sign_batch(&relabelled, &[b"m"]), Err(SignError::Layout));
        }
        // Even where the lengths agree, the layout is part of what the seal is bound to.
        let binding = crate::keystore::Binding::of(&sealed.as_ref());
        let as_place =
            keystore.seals.seal(crate::keystore::Layout::Place, &binding, &[7; 32]).unwrap();
        let mut as_secret = as_place.clone();
        as_secret[0] = 1;
        let relabelled = SealedKeyRef { bytes: &as_secret, ..sealed.as_ref() };
        assert_eq!(keystore.sign_batch(&relabelled, &[b"m"]), Err(SignError::BrokenSeal));
    });
}

#[test]
fn old_sealed_keys_and_new_ones_inside_work_side_by_side() {
    with_token("old_sealed_keys_and_new_ones_inside_work_side_by_side", |place| {
        let old = Stored::new(&place.sealed(), Algorithm::P256);
        let keystore = place.keystore();
        let new = Stored::new(&keystore, Algorithm::P256);
        for stored in [&old, &new] {
            keystore.verify_seal(&stored.as_ref(), &stored.key.public_key).unwrap();
        }
        assert_eq!(keystore.place_of(&old.as_ref()), Ok(KeyPlace::Database));
        // Without the settings, the new one says where it is, and the old one signs on.
        let without = place.sealed();
        without.sign_batch(&old.as_ref(), &[b"m"]).unwrap();
        assert_eq!(
            without.sign_batch(&new.as_ref(), &[b"m"]),
            Err(SignError::OtherHsm(TOKEN.to_owned()))
        );
        assert_eq!(without.destroy_in_hsm(new.key_id), Err(SignError::NoHsm));
    });
}

#[test]
fn a_place_moves_to_a_new_master_key_and_the_key_stays_inside() {
    with_token("a_place_moves_to_a_new_master_key_and_the_key_stays_inside", |place| {
        let old = place.keystore();
        let next =
            Keystore::open(&place.folder.join("next.key"), MissingMasterKey::Create).unwrap();
        let stored = Stored::new(&old, Algorithm::Ed25519);
        let before = old.sign_batch(&stored.as_ref(), &[b"m"]).unwrap();
        let moved = Stored { key: old.reseal(&stored.as_ref(), &next).unwrap(), ..stored };
        assert_eq!(old.sign_batch(&moved.as_ref(), &[b"m"]), Err(SignError::OtherMasterKey));
        let next = next.with_hsm(&place.settings()).unwrap();
        assert_eq!(next.sign_batch(&moved.as_ref(), &[b"m"]).unwrap(), before);
    });
}

#[test]
fn a_destroyed_key_is_gone_and_destroying_it_again_harms_nobody() {
    with_token("a_destroyed_key_is_gone_and_destroying_it_again_harms_nobody", |place| {
        let keystore = place.keystore();
        let (gone, stays) = (
            Stored::new(&keystore, Algorithm::Ed25519),
            Stored::new(&keystore, Algorithm::Ed25519),
        );
        assert_eq!(keystore.hsm_objects().unwrap().len(), 2);
        keystore.sign_batch(&gone.as_ref(), &[b"m"]).unwrap();
        assert_eq!(keystore.destroy_in_hsm(gone.key_id), Ok(true));
        assert_eq!(keystore.destroy_in_hsm(gone.key_id), Ok(false));
        assert_eq!(
            keystore.sign_batch(&gone.as_ref(), &[b"m"]),
            Err(HsmError::NoKey { id: gone.key_id, found: 0 }.into())
        );
        keystore.sign_batch(&stays.as_ref(), &[b"m"]).unwrap();
        assert_eq!(
            keystore.hsm_objects().unwrap(),
            [HsmObject { owner: Some(stays.owner), key_id: Some(stays.key_id) }]
        );
    });
}

#[test]
fn a_second_key_of_the_same_id_is_not_made() {
    with_token("a_second_key_of_the_same_id_is_not_made", |place| {
        let keystore = place.keystore();
        let stored = Stored::new(&keystore, Algorithm::Ed25519);
        assert!(keystore.create(stored.owner, stored.key_id, Algorithm::Ed25519).is_err());
        keystore.sign_batch(&stored.as_ref(), &[b"m"]).unwrap();
    });
}

#[test]
fn a_wrong_pin_is_tried_once_and_never_again() {
    with_token("a_wrong_pin_is_tried_once_and_never_again", |place| {
        place.write_pin("wrong-pin-0");
        let opened = place.sealed().with_hsm(&place.settings());
        assert_eq!(opened.err(), Some(HsmError::PinRefused));
        let hsm = Hsm { token: Token::load(&place.settings()).unwrap() };
        assert_eq!(hsm.check(), Err(HsmError::PinRefused));
        // Not even where it would be let in now, as every session of a program is once another has logged in: the
        // next try could be the one that locks the token.
        place.write_pin(PIN);
        let right = place.keystore();
        right.check_hsm().unwrap();
        assert_eq!(hsm.check(), Err(HsmError::PinRefused));
    });
}

#[test]
fn a_pin_that_others_could_read_and_one_that_is_none_are_refused() {
    with_token("a_pin_that_others_could_read_and_one_that_is_none_are_refused", |place| {
        let refused = || place.sealed().with_hsm(&place.settings()).unwrap_err().to_string();
        fs::set_permissions(place.folder.join("pin"), fs::Permissions::from_mode(0o640)).unwrap();
        assert!(refused().contains("chmod 600"), "{}", refused());
        for none in ["", " \n", &"7".repeat(300)] {
            place.write_pin(none);
            assert!(refused().contains("holds no PIN"), "{}", refused());
        }
        fs::remove_file(place.folder.join("pin")).unwrap();
        assert!(refused().contains("is missing"), "{}", refused());
    });
}

#[test]
fn a_token_or_module_that_is_not_there_is_named() {
    with_token("a_token_or_module_that_is_not_there_is_named", |place| {
        let refused = |settings: HsmSettings| place.sealed().with_hsm(&settings).unwrap_err();
        let absent = HsmSettings { token: "another".to_owned(), ..place.settings() };
        assert_eq!(refused(absent), HsmError::NoToken("another".to_owned()));
        let long = HsmSettings { token: "x".repeat(33), ..place.settings() };
        assert_eq!(refused(long), HsmError::Label);
        for module in ["/nowhere/libp11.so", "/etc/hostname"] {
            let settings = HsmSettings { module: module.into(), ..place.settings() };
            assert!(matches!(refused(settings), HsmError::Module { .. }));
        }
    });
}

#[test]
fn a_lost_session_or_log_in_is_made_anew() {
    with_token("a_lost_session_or_log_in_is_made_anew", |place| {
        let keystore = place.keystore();
        let stored = Stored::new(&keystore, Algorithm::Ed25519);
        let sign = || keystore.sign_batch(&stored.as_ref(), &[b"m"]).unwrap();
        let before = sign();
        let token = &keystore.hsm.as_ref().unwrap().token;

        // Logged out behind the hub's back.
        token.with(|session| Ok(session.logout()?)).unwrap();
        assert_eq!(sign(), before);

        // The library forgot everything, sessions and log-in alike.
        token.restart().unwrap();
        assert_eq!(sign(), before);

        // A sweep that is not logged in would take every key for gone.
        token.with(|session| Ok(session.logout()?)).unwrap();
        assert_eq!(keystore.hsm_objects().unwrap().len(), 1);
    });
}

#[test]
fn a_token_that_goes_away_is_noticed_and_one_that_comes_back_is_used() {
    with_token("a_token_that_goes_away_is_noticed_and_one_that_comes_back_is_used", |place| {
        let keystore = place.keystore();
        let stored = Stored::new(&keystore, Algorithm::Ed25519);
        keystore.sign_batch(&stored.as_ref(), &[b"m"]).unwrap();
        keystore.check_hsm().unwrap();

        let (tokens, away) = (place.folder.join("tokens"), place.folder.join("away"));
        fs::rename(&tokens, &away).unwrap();
        let refused = keystore.sign_batch(&stored.as_ref(), &[b"m"]);
        assert!(matches!(refused, Err(SignError::Hsm(_))), "{refused:?}");
        assert!(keystore.check_hsm().is_err());

        fs::rename(&away, &tokens).unwrap();
        keystore.check_hsm().unwrap();
        keystore.sign_batch(&stored.as_ref(), &[b"m"]).unwrap();

        // Away and back between two signatures, with nobody asking how it is.
        fs::rename(&tokens, &away).unwrap();
        assert!(keystore.sign_batch(&stored.as_ref(), &[b"m"]).is_err());
        fs::rename(&away, &tokens).unwrap();
        keystore.sign_batch(&stored.as_ref(), &[b"m"]).unwrap();
    });
}

#[test]
fn many_threads_sign_at_once() {
    with_token("many_threads_sign_at_once", |place| {
        let keystore = place.keystore();
        let stored = Stored::new(&keystore, Algorithm::Ed25519);
        let before = keystore.sign_batch(&stored.as_ref(), &[b"m"]).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let again = keystore.sign_batch(&stored.as_ref(), &[b"m"]).unwrap();
                        assert_eq!(again, before);
                    }
                });
            }
        });
    });
}

#[test]
fn a_point_is_read_raw_and_in_its_octet_string() {
    let raw = [7; 32];
    let wrapped = [&[0x04, 32][..], &raw].concat();
    assert_eq!(unwrap_point(&raw, 32), Some(&raw[..]));
    assert_eq!(unwrap_point(&wrapped, 32), Some(&raw[..]));
    assert_eq!(unwrap_point(&wrapped[1..], 32), None);
    assert_eq!(unwrap_point(&[&[0x04, 31][..], &raw].concat(), 32), None);
}

/// `cargo test --lib measure_signatures -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn measure_signatures() {
    let name = "keystore::hsm::tests::measure_signatures";
    let Some(folder) = softhsm::in_a_process_of_its_own(name, &["--ignored"]) else { return };
    let place = Place { folder };
    let (inside, sealed) = (place.keystore(), place.sealed());
    for (name, keystore) in [("SoftHSM", &inside), ("sealed", &sealed)] {
        for algorithm in [Algorithm::Ed25519, Algorithm::P256] {
            let stored = Stored::new(keystore, algorithm);
            let messages: Vec<[u8; 64]> = (0..2000_u16).map(|n| [(n % 251) as u8; 64]).collect();
            let borrowed: Vec<&[u8]> = messages.iter().map(|message| &message[..]).collect();
            for size in [2000, 2] {
                let began = std::time::Instant::now();
                for chunk in borrowed.chunks(size) {
                    keystore.sign_batch(&stored.as_ref(), chunk).unwrap();
                }
                let each = began.elapsed() / 2000;
                println!(
                    "{name} {algorithm:?}, {size} a batch: {each:?} each, {:.0} a second",
                    1.0 / each.as_secs_f64()
                );
            }
        }
    }
    for _ in 0..200 {
        Stored::new(&inside, Algorithm::Ed25519);
    }
    let stored = Stored::new(&inside, Algorithm::Ed25519);
    let began = std::time::Instant::now();
    for _ in 0..200 {
        inside.sign_batch(&stored.as_ref(), &[b"a", b"b"]).unwrap();
    }
    println!("two messages with 203 keys in the token: {:?}", began.elapsed() / 200);
}
