//! Time-stamps by a real authority: what is taken, and what is not.

use std::path::Path;

use axum::Router;
use axum::routing::post;
use chrono::{TimeDelta, Utc};
use hub::timestamper::{CheckTokenError, StampError, Timestamper, response_around};
use tokio::net::TcpListener;

use super::authority::{Authority, GOOD, Keys, certify, openssl};

const DIGEST: [u8; 32] = [7; 32];

#[tokio::test]
async fn a_stamp_is_taken_and_read_again_and_openssl_agrees() {
    for keys in [Keys::Rsa, Keys::P256] {
        let authority = Authority::start(keys).await;
        let timestamper = authority.timestamper();
        let stamp = timestamper.stamp(&DIGEST, [0xff; 16]).await.unwrap();
        assert!((Utc::now() - stamp.at).abs() < TimeDelta::minutes(1), "{}", stamp.at);
        assert_eq!(timestamper.check(&stamp.token, &DIGEST).unwrap(), stamp.at);

        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("reply.tsr"), response_around(&stamp.token).unwrap())
            .unwrap();
        let digest = hex::encode(DIGEST);
        let trusted = authority.trusted();
        let said = openssl(
            &[
                "ts",
                "-verify",
                "-digest",
                &digest,
                "-in",
                "reply.tsr",
                "-CAfile",
                trusted.to_str().unwrap(),
                "-untrusted",
                trusted.with_file_name("tsa.pem").to_str().unwrap(),
            ],
            folder.path(),
        );
        assert!(said.contains("Verification: OK"), "{said}");
    }
}

#[tokio::test]
async fn a_stamp_on_something_else_or_by_somebody_else_is_none() {
    let (authority, stranger) =
        (Authority::start(Keys::P256).await, Authority::start(Keys::P256).await);
    let token = authority.timestamper().stamp(&DIGEST, [1; 16]).await.unwrap().token;
    let check = |token: &[u8], digest: &[u8; 32]| authority.timestamper().check(token, digest);
    assert!(matches!(check(&token, &[8; 32]), Err(CheckTokenError::Imprint)));
    assert!(matches!(
        stranger.timestamper().check(&token, &DIGEST),
        Err(CheckTokenError::Certificate(_))
    ));
    // With a bit changed it is refused, or says the same: version numbers and the like are signed by nobody.
    let at = check(&token, &DIGEST).unwrap();
    let mut taken = 0;
    for bit in 0..token.len() * 8 {
        let mut changed = token.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        if let Ok(said) = check(&changed, &DIGEST) {
            assert_eq!(said, at, "bit {bit}");
            taken += 1;
        }
    }
    assert!(taken < token.len() * 8 / 50, "{taken} bits of {} octets", token.len());
    for end in [0, 1, token.len() / 2, token.len() - 1] {
        assert!(check(&token[..end], &DIGEST).is_err());
    }
}

/// A token over what a good one is over, signed with this certificate, and naming it in the signature or not.
fn signed_anew(info: &[u8], certificate: &str, named: bool, folder: &Path) -> Vec<u8> {
    std::fs::write(folder.join("info.der"), info).unwrap();
    let signer = format!("{certificate}.pem");
    let mut arguments = vec!["cms", "-sign", "-binary", "-nodetach", "-md", "sha256"];
    arguments.extend(["-econtent_type", "1.2.840.113549.1.9.16.1.4", "-in", "info.der"]);
    arguments.extend(["-signer", &signer, "-inkey", "tsa.key"]);
    arguments.extend(["-outform", "DER", "-out", "token.der"]);
    if named {
        arguments.push("-cades");
    }
    openssl(&arguments, folder);
    std::fs::read(folder.join("token.der")).unwrap()
}

#[tokio::test]
async fn only_a_certificate_for_nothing_but_time_stamps_counts() {
    let authority = Authority::start(Keys::P256).await;
    let timestamper = authority.timestamper();
    let folder = authority.trusted().parent().unwrap().to_owned();
    let bad = [
        "extendedKeyUsage=timeStamping\n",
        "extendedKeyUsage=critical,timeStamping,serverAuth\n",
        "extendedKeyUsage=critical,serverAuth\n",
        "keyUsage=critical,digitalSignature\n",
        "basicConstraints=critical,CA:true\nextendedKeyUsage=critical,timeStamping\n",
    ];
    // Before the stamp: each certificate holds from the second it is made in.
    certify("good", GOOD, &folder);
    for (number, extensions) in bad.iter().enumerate() {
        certify(&format!("bad{number}"), extensions, &folder);
    }
    let token = timestamper.stamp(&DIGEST, [2; 16]).await.unwrap().token;
    std::fs::write(folder.join("stamp.der"), token).unwrap();
    let read =
        ["cms", "-verify", "-noverify", "-inform", "DER", "-in", "stamp.der", "-out", "info"];
    openssl(&read, &folder);
    let info = std::fs::read(folder.join("info")).unwrap();
    let check = |token: &[u8]| timestamper.check(token, &DIGEST);

    let good = check(&signed_anew(&info, "good", true, &folder));
    assert!(good.is_ok(), "so the rest says something: {good:?}");
    let unnamed = check(&signed_anew(&info, "good", false, &folder));
    assert!(matches!(unnamed, Err(CheckTokenError::Shape(_))), "{unnamed:?}");
    for (number, extensions) in bad.iter().enumerate() {
        let refused = check(&signed_anew(&info, &format!("bad{number}"), true, &folder));
        assert!(
            matches!(refused, Err(CheckTokenError::Certificate(_))),
            "{extensions}: {refused:?}"
        );
    }
    // A time at which the certificate was not valid yet.
    let mut early = info.clone();
    let year = Utc::now().format("%Y%m").to_string();
    let at = early.windows(6).position(|window| window == year.as_bytes()).unwrap();
    early[at..at + 4].copy_from_slice(b"2001");
    let refused = check(&signed_anew(&early, "good", true, &folder));
    assert!(matches!(refused, Err(CheckTokenError::Certificate(_))), "{refused:?}");
}

#[tokio::test]
async fn an_authority_that_says_no_or_nothing_gives_no_stamp() {
    let trusted = Authority::start(Keys::P256).await;
    let at = |url: String| Timestamper::open(Some(&url), &trusted.trusted()).unwrap();

    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = at(format!("http://{closed}/")).stamp(&DIGEST, [3; 16]).await.unwrap_err();
    assert!(matches!(error, StampError::Unreachable(_)), "{error}");

    let rejection = [0x30, 0x07, 0x30, 0x05, 0x02, 0x01, 0x02, 0x30, 0x00];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let replayed = trusted.timestamper().stamp(&DIGEST, [4; 16]).await.unwrap();
    let replayed = response_around(&replayed.token).unwrap();
    let router = Router::new()
        .route("/no", post(move || async move { rejection.to_vec() }))
        .route("/nonsense", post(|| async { "<html>Welcome</html>" }))
        .route("/broken", post(|| async { axum::http::StatusCode::BAD_GATEWAY }))
        .route("/flood", post(|| async { vec![0; 300_000] }))
        .route("/replay", post(move || async move { replayed }));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let ask = |path: &str| {
        let timestamper = at(format!("{url}{path}"));
        async move { timestamper.stamp(&DIGEST, [5; 16]).await.unwrap_err() }
    };
    assert!(matches!(ask("/no").await, StampError::Refused { status: 2, .. }));
    assert!(matches!(ask("/nonsense").await, StampError::Answer(_)));
    assert!(matches!(ask("/broken").await, StampError::Status(502)));
    assert!(matches!(ask("/flood").await, StampError::Answer(_)));
    assert!(matches!(ask("/replay").await, StampError::Nonce));
}

#[tokio::test]
async fn a_timestamper_without_an_address_checks_and_asks_nobody() {
    let authority = Authority::start(Keys::P256).await;
    let token = authority.timestamper().stamp(&DIGEST, [6; 16]).await.unwrap().token;
    let only_checks = Timestamper::open(None, &authority.trusted()).unwrap();
    assert!(!only_checks.asks());
    assert!(only_checks.check(&token, &DIGEST).is_ok());
    assert!(matches!(only_checks.stamp(&DIGEST, [7; 16]).await, Err(StampError::NobodyToAsk)));

    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(Timestamper::open(None, file.path()).is_err(), "no certificate in it");
    assert!(Timestamper::open(Some("ftp://x"), &authority.trusted()).is_err());
}
