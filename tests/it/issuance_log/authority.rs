//! A time-stamping authority for tests: `openssl ts` behind a little HTTP server.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hub::timestamper::Timestamper;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// Which keys the authority has.
#[derive(Clone, Copy, Debug)]
pub enum Keys {
    /// RSA, 2048 bits.
    Rsa,
    /// ECDSA on P-256.
    P256,
}

/// The extensions of a certificate for time-stamps.
pub const GOOD: &str = "basicConstraints=CA:false\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n";

/// A running authority.
pub struct Authority {
    /// Where it answers.
    pub url: String,
    /// How often it was asked.
    pub asked: Arc<AtomicU32>,
    folder: Arc<TempDir>,
}

/// What the little server does with a question.
#[derive(Clone)]
struct Desk {
    folder: Arc<TempDir>,
    asked: Arc<AtomicU32>,
}

impl Authority {
    /// One whose certificate is good.
    pub async fn start(keys: Keys) -> Self {
        let folder = Arc::new(TempDir::new().unwrap());
        make_certificates(keys, folder.path());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/tsa", listener.local_addr().unwrap());
        let desk = Desk { folder: folder.clone(), asked: Arc::default() };
        let asked = desk.asked.clone();
        let router = Router::new().route("/tsa", post(answer)).with_state(desk);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, asked, folder }
    }

    /// The file of the certificate to trust.
    pub fn trusted(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Who asks it, and trusts it.
    pub fn timestamper(&self) -> Timestamper {
        Timestamper::open(Some(&self.url), &self.trusted()).unwrap()
    }

    /// How often it was asked.
    pub fn times_asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn answer(
    State(desk): State<Desk>,
    headers: HeaderMap,
    question: Bytes,
) -> (StatusCode, Vec<u8>) {
    assert_eq!(headers["content-type"], "application/timestamp-query");
    let number = desk.asked.fetch_add(1, Ordering::SeqCst);
    let folder = desk.folder.clone();
    let answered = tokio::task::spawn_blocking(move || {
        let (query, reply) = (format!("{number}.tsq"), format!("{number}.tsr"));
        std::fs::write(folder.path().join(&query), &question).unwrap();
        openssl(
            &[
                "ts",
                "-reply",
                "-queryfile",
                &query,
                "-config",
                "tsa.cnf",
                "-section",
                "tsa",
                "-out",
                &reply,
            ],
            folder.path(),
        );
        std::fs::read(folder.path().join(&reply)).unwrap()
    });
    (StatusCode::OK, answered.await.unwrap())
}

/// Run openssl in a folder.
pub fn openssl(arguments: &[&str], folder: &Path) -> String {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A certificate of the authority's own key, by its root, with these extensions.
pub fn certify(name: &str, extensions: &str, folder: &Path) {
    std::fs::write(folder.join("extensions"), extensions).unwrap();
    let file = format!("{name}.pem");
    openssl(
        &[
            "x509",
            "-req",
            "-in",
            "tsa.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-set_serial",
            "7",
            "-days",
            "3650",
            "-extfile",
            "extensions",
            "-out",
            &file,
        ],
        folder,
    );
}

fn make_certificates(keys: Keys, folder: &Path) {
    let kind: &[&str] = match keys {
        Keys::Rsa => &["-newkey", "rsa:2048"],
        Keys::P256 => &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    };
    let root = [
        "req",
        "-x509",
        "-nodes",
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
        "-days",
        "3650",
        "-subj",
        "/CN=Root of the time",
        "-addext",
        "basicConstraints=critical,CA:true",
        "-addext",
        "keyUsage=critical,keyCertSign",
    ];
    openssl(&[&root[..1], kind, &root[1..]].concat(), folder);
    let request =
        ["req", "-new", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=The time"];
    openssl(&[&request[..1], kind, &request[1..]].concat(), folder);
    certify("tsa", GOOD, folder);
    std::fs::write(folder.join("serial"), "01\n").unwrap();
    let settings = "[tsa]\nserial = serial\ncrypto_device = builtin\nsigner_cert = tsa.pem\nsigner_key = tsa.key\n\
                    signer_digest = sha256\ndefault_policy = 1.2.3.4.1\ndigests = sha256\naccuracy = secs:1, millisecs:500\n\
                    clock_precision_digits = 3\nordering = yes\ntsa_name = yes\ness_cert_id_chain = yes\ness_cert_id_alg = sha256\n";
    std::fs::write(folder.join("tsa.cnf"), settings).unwrap();
}
