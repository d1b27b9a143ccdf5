//! Passkeys, shown by a software authenticator (W3C Web Authentication Level 3, §6) that can also lie.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use ciborium::Value as Cbor;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::second_factor::{enrol, next_step};
use crate::support::{Answer, Client, PASSWORD, TestHub, text};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// A passkey on somebody's device.
#[derive(Clone)]
struct Device {
    key: SigningKey,
    id: Vec<u8>,
    origin: String,
    host: String,
    owner: Option<Vec<u8>>,
    counter: u32,
    flags: u8,
}

impl Device {
    fn new(number: u8, origin: &str) -> Self {
        Self {
            key: SigningKey::from_slice(&[number; 32]).unwrap(),
            id: Sha256::digest([number, number]).to_vec(),
            origin: origin.to_owned(),
            host: "localhost".to_owned(),
            owner: None,
            counter: 0,
            flags: USER_PRESENT | USER_VERIFIED,
        }
    }

    /// Authenticator data (§6.1), with the credential where it is new.
    fn data(&self, attested: bool) -> Vec<u8> {
        let mut data = Sha256::digest(&self.host).to_vec();
        data.push(self.flags | if attested { ATTESTED } else { 0 });
        data.extend(self.counter.to_be_bytes());
        if attested {
            data.extend([0; 16]);
            data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
            data.extend(&self.id);
            data.extend(cbor(&self.cose_key()));
        }
        data
    }

    /// ES256 (RFC 9053 §2.1, §7.1.1).
    fn cose_key(&self) -> Cbor {
        let point = self.key.verifying_key().to_sec1_point(false);
        let bytes = |bytes: &[u8]| Cbor::Bytes(bytes.to_vec());
        let number = |number: i64| Cbor::Integer(number.into());
        Cbor::Map(vec![
            (number(1), number(2)),
            (number(3), number(-7)),
            (number(-1), number(1)),
            (number(-2), bytes(point.x().unwrap())),
            (number(-3), bytes(point.y().unwrap())),
        ])
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = &options["publicKey"]["challenge"];
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    /// What `navigator.credentials.create` gives.
    fn create(&mut self, options: &Value) -> Value {
        let user = options["publicKey"]["user"]["id"].as_str().unwrap();
        self.owner = Some(URL_SAFE_NO_PAD.decode(user).unwrap());
        let attestation = Cbor::Map(vec![
            (Cbor::Text("fmt".into()), Cbor::Text("none".into())),
            (Cbor::Text("attStmt".into()), Cbor::Map(vec![])),
            (Cbor::Text("authData".into()), Cbor::Bytes(self.data(true))),
        ]);
        self.credential(json!({
            "clientDataJSON": encode(self.client_data("webauthn.create", options)),
            "attestationObject": encode(cbor(&attestation)),
        }))
    }

    /// What `navigator.credentials.get` gives.
    fn show(&mut self, options: &Value) -> Value {
        self.counter += 1;
        let (data, client) = (self.data(false), self.client_data("webauthn.get", options));
        let signed = [data.as_slice(), &Sha256::digest(&client)].concat();
        let signature: Signature = self.key.sign(&signed);
        self.credential(json!({
            "clientDataJSON": encode(&client),
            "authenticatorData": encode(&data),
            "signature": encode(signature.to_der().as_bytes()),
            "userHandle": self.owner.as_deref().map(encode),
        }))
    }

    fn credential(&self, response: Value) -> Value {
        let id = encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {} })
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn cbor(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

/// Give somebody a passkey; gives its id.
pub async fn registered(client: &Client) -> String {
    let origin = client.request(Method::GET, "/").build().unwrap().url().origin();
    let mut device = Device::new(200, &origin.ascii_serialization());
    text(&register(&mut device, "Phone", client).await.ok(201)["id"])
}

async fn register(device: &mut Device, name: &str, client: &Client) -> Answer {
    let asked = client.post("/api/passkeys/options/", json!({})).await.ok(200);
    let credential = device.create(&asked["options"]);
    let body = json!({ "name": name, "ceremony": asked["ceremony"], "credential": credential });
    client.post("/api/passkeys/", body).await
}

async fn ask(path: &str, body: Value, client: &Client) -> (Value, Value) {
    let asked = client.post(path, body).await.ok(200);
    (asked["ceremony"].clone(), asked["options"].clone())
}

/// Log in with nothing but a passkey.
async fn log_in(device: &mut Device, hub: &TestHub) -> Answer {
    let client = hub.anonymous();
    let (ceremony, options) = ask("/api/token/passkey/options/", json!({}), &client).await;
    let body = json!({ "ceremony": ceremony, "credential": device.show(&options) });
    client.post("/api/token/passkey/", body).await
}

#[tokio::test]
async fn a_passkey_is_registered_renamed_shown_and_removed() {
    let hub = TestHub::start_named().await;
    let college = hub.college("sarvodaya").await;
    let student = college.student("Kavya Iyer").await;
    let mut device = Device::new(1, &hub.url);

    let asked = student.post("/api/passkeys/options/", json!({})).await.ok(200);
    let about = &asked["options"]["publicKey"];
    assert_eq!(about["rp"]["id"], "localhost");
    assert_eq!(about["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(about["authenticatorSelection"]["residentKey"], "preferred");
    assert_eq!(about["user"]["displayName"], "Kavya Iyer");
    let made = register(&mut device, " My   phone ", &student).await.ok(201);
    assert_eq!((&made["name"], &made["last_used_at"]), (&json!("My phone"), &Value::Null));
    register(&mut device, "Again", &student).await.refused(422, "validation_failed");
    register(&mut device.clone(), "Mine", &college.admin).await.refused(409, "conflict");

    let tokens = log_in(&mut device, &hub).await.ok(200);
    let client = hub.anonymous().with_token(tokens["access"].as_str().unwrap());
    assert_eq!(client.get("/api/me/").await.ok(200)["full_name"], "Kavya Iyer");
    let sessions = client.get("/api/sessions/").await.ok(200);
    assert_eq!(sessions[0]["methods"], json!(["passkey"]));
    let path = format!("/api/passkeys/{}/", text(&made["id"]));
    student.patch(&path, json!({ "name": "" })).await.refused(422, "validation_failed");
    student.patch(&path, json!({ "name": "Old phone" })).await.ok(204);
    college.admin.patch(&path, json!({ "name": "Mine" })).await.refused(404, "not_found");
    college.admin.delete(&path).await.refused(404, "not_found");
    let list = student.get("/api/passkeys/").await.ok(200);
    assert_eq!(
        (&list[0]["name"], list[0]["last_used_at"].is_string()),
        (&json!("Old phone"), true)
    );

    student.delete(&path).await.ok(204);
    assert_eq!(student.get("/api/passkeys/").await.ok(200), json!([]));
    log_in(&mut device, &hub).await.refused(401, "wrong_factor");
}

#[tokio::test]
async fn a_passkey_that_lies_opens_nothing() {
    let hub = TestHub::start_named().await;
    let college = hub.college("sarvodaya").await;
    let (student, other) =
        (college.student("Kavya Iyer").await, college.student("Rohan Das").await);
    let mut device = Device::new(1, &hub.url);
    register(&mut device, "Phone", &student).await.ok(201);
    let mut theirs = Device::new(2, &hub.url);
    register(&mut theirs, "Phone", &other).await.ok(201);

    let good = device.clone();
    let lies: [(&str, Device); 6] = [
        ("another origin", Device { origin: "http://evil.example".into(), ..good.clone() }),
        ("another host", Device { host: "evil.example".into(), ..good.clone() }),
        ("nobody verified", Device { flags: USER_PRESENT, ..good.clone() }),
        ("nobody present", Device { flags: USER_VERIFIED, ..good.clone() }),
        ("another key", Device { key: theirs.key.clone(), ..good.clone() }),
        ("another owner", Device { owner: theirs.owner.clone(), ..good.clone() }),
    ];
    for (lie, mut liar) in lies {
        let answer = log_in(&mut liar, &hub).await;
        assert_eq!((answer.status, &answer.body["code"]), (401, &json!("wrong_factor")), "{lie}");
    }
    let client = hub.anonymous();
    let (ceremony, options) = ask("/api/token/passkey/options/", json!({}), &client).await;
    let mut changed = options.clone();
    changed["publicKey"]["challenge"] = json!(encode([7; 32]));
    let body = json!({ "ceremony": ceremony, "credential": device.show(&changed) });
    client.post("/api/token/passkey/", body).await.refused(401, "wrong_factor");
    let body = json!({ "ceremony": ceremony, "credential": device.show(&options) });
    let spent = client.post("/api/token/passkey/", body).await;
    spent.refused(401, "unauthenticated");
    let body = json!({ "ceremony": ceremony, "credential": { "id": 7 } });
    client.post("/api/token/passkey/", body).await.refused(422, "validation_failed");

    log_in(&mut device, &hub).await.ok(200);
    // A copy of the device counts on from where it was made.
    let mut copy = good;
    log_in(&mut copy, &hub).await.refused(401, "wrong_factor");
    log_in(&mut device, &hub).await.ok(200);
}

#[tokio::test]
async fn an_answer_is_good_once_soon_and_for_what_it_was_asked() {
    let hub = TestHub::start_named().await;
    let college = hub.college("sarvodaya").await;
    let student = college.student("Kavya Iyer").await;
    let mut device = Device::new(1, &hub.url);
    register(&mut device, "Phone", &student).await.ok(201);
    let client = hub.anonymous();

    let (ceremony, options) = ask("/api/token/passkey/options/", json!({}), &client).await;
    let body = json!({ "ceremony": ceremony, "credential": device.show(&options) });
    client.post("/api/token/passkey/", body.clone()).await.ok(200);
    client.post("/api/token/passkey/", body).await.refused(401, "unauthenticated");
    let (ceremony, options) = ask("/api/token/passkey/options/", json!({}), &client).await;
    let body = json!({ "ceremony": ceremony, "credential": device.show(&options) });
    hub.wait(Duration::minutes(5));
    client.post("/api/token/passkey/", body).await.refused(401, "unauthenticated");

    // Asked for before a weighty act, shown at a log-in.
    let (ceremony, options) = ask("/api/step-up/passkey/", json!({}), &student).await;
    let body = json!({ "ceremony": ceremony, "credential": device.show(&options) });
    client.post("/api/token/passkey/", body).await.refused(401, "unauthenticated");
    let asked = student.post("/api/passkeys/options/", json!({})).await.ok(200);
    let credential = Device::new(3, "http://evil.example").create(&asked["options"]);
    let body = json!({ "name": "x", "ceremony": asked["ceremony"], "credential": credential });
    student.post("/api/passkeys/", body.clone()).await.refused(422, "validation_failed");
    let mut own = body;
    own["credential"] = Device::new(3, &hub.url).create(&asked["options"]);
    student.post("/api/passkeys/", own).await.refused(422, "validation_failed");
}

#[tokio::test]
async fn an_address_asks_for_its_own_passkeys_and_a_strangers_answer_looks_alike() {
    let hub = TestHub::start_named().await;
    let college = hub.college("sarvodaya").await;
    let student = college.student("Kavya Iyer").await;
    let mut device = Device::new(1, &hub.url);
    register(&mut device, "Phone", &student).await.ok(201);
    let client = hub.anonymous();
    let allowed = async |email: &str| {
        let body = json!({ "email": email });
        let (ceremony, options) = ask("/api/token/passkey/options/", body, &client).await;
        (ceremony, options)
    };

    let (ceremony, options) = allowed(&student.email).await;
    let list = &options["publicKey"]["allowCredentials"];
    assert_eq!(*list, json!([{ "type": "public-key", "id": encode(&device.id) }]));
    // A key that its device does not find by itself names no owner.
    let mut device = Device { owner: None, ..device };
    let body = json!({ "ceremony": ceremony, "credential": device.show(&options) });
    client.post("/api/token/passkey/", body).await.ok(200);

    let (_, nobodys) = allowed("nobody@sarvodaya.example").await;
    let decoy = nobodys["publicKey"]["allowCredentials"].clone();
    assert_eq!(URL_SAFE_NO_PAD.decode(text(&decoy[0]["id"])).unwrap().len(), 32);
    assert_eq!(allowed("nobody@sarvodaya.example").await.1["publicKey"]["allowCredentials"], decoy);
    assert_ne!(allowed("noone@sarvodaya.example").await.1["publicKey"]["allowCredentials"], decoy);
    let (_, without) = allowed(&college.admin.email).await;
    assert_eq!(without["publicKey"]["allowCredentials"].as_array().unwrap().len(), 1);
    let shape = |options: &Value| {
        let fields = options["publicKey"].as_object().unwrap().keys();
        fields.cloned().collect::<Vec<_>>()
    };
    assert_eq!(shape(&options), shape(&nobodys));
}

#[tokio::test]
async fn a_passkey_is_a_second_factor_and_a_step_up() {
    let hub = TestHub::start_named().await;
    let college = hub.college("sarvodaya").await;
    let manager = college.key_manager("Dr. Sen").await;
    let mut device = Device::new(1, &hub.url);
    let mut theirs = Device::new(2, &hub.url);
    register(&mut device, "Phone", &manager).await.ok(201);
    register(&mut theirs, "Phone", &college.admin).await.ok(201);
    let client = hub.anonymous();

    let body = json!({ "email": manager.email, "password": PASSWORD });
    let problem = client.post("/api/token/", body).await.refused(403, "mfa_required");
    assert_eq!(problem["challenge"]["methods"], json!(["passkey"]));
    let token = problem["challenge"]["token"].clone();
    let begin = || ask("/api/token/second-factor/passkey/", json!({ "token": token }), &client);
    let complete = async |ceremony: Value, credential: Value| {
        let passkey = json!({ "ceremony": ceremony, "credential": credential });
        let body = json!({ "token": token, "passkey": passkey });
        client.post("/api/token/second-factor/", body).await
    };
    let (ceremony, options) = begin().await;
    complete(ceremony, theirs.show(&options)).await.refused(401, "wrong_factor");
    let (ceremony, options) = begin().await;
    let tokens = complete(ceremony, device.show(&options)).await.ok(200);

    hub.wait(Duration::minutes(10));
    let refresh = json!({ "refresh": tokens["refresh"] });
    let tokens = client.post("/api/token/refresh/", refresh).await.ok(200);
    let late = hub.anonymous().with_token(tokens["access"].as_str().unwrap());
    let purpose = json!({ "purpose": "log" });
    let problem = late.post("/api/keys/", purpose.clone()).await.refused(403, "step_up_required");
    assert_eq!(problem["ways"], json!([["passkey"]]));
    late.post("/api/step-up/", json!({ "password": PASSWORD }))
        .await
        .refused(403, "step_up_required");
    let (ceremony, options) = ask("/api/step-up/passkey/", json!({}), &late).await;
    let passkey = json!({ "ceremony": ceremony, "credential": theirs.show(&options) });
    late.post("/api/step-up/", json!({ "passkey": passkey }))
        .await
        .refused(422, "validation_failed");
    let (ceremony, options) = ask("/api/step-up/passkey/", json!({}), &late).await;
    let passkey = json!({ "ceremony": ceremony, "credential": device.show(&options) });
    late.post("/api/step-up/", json!({ "passkey": passkey })).await.ok(200);
    late.post("/api/keys/", purpose).await.ok(201);
}

#[tokio::test]
async fn whoever_has_both_may_choose() {
    let hub = TestHub::start_named().await;
    let college = hub.college("sarvodaya").await;
    let student = college.student("Kavya Iyer").await;
    student.post("/api/step-up/passkey/", json!({})).await.refused(404, "not_found");
    let mut device = Device::new(1, &hub.url);
    register(&mut device, "Phone", &student).await.ok(201);
    let app = enrol(&student, &hub).await;
    let body = json!({ "email": student.email, "password": PASSWORD });
    let problem = hub.anonymous().post("/api/token/", body).await.refused(403, "mfa_required");
    let methods = json!(["passkey", "totp", "recovery_code"]);
    assert_eq!(problem["challenge"]["methods"], methods);
    next_step(&hub);
    let body = json!({ "token": problem["challenge"]["token"], "code": app.code(&hub) });
    hub.anonymous().post("/api/token/second-factor/", body).await.ok(200);
    log_in(&mut device, &hub).await.ok(200);
}

#[tokio::test]
async fn a_hub_without_a_name_has_no_passkeys() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    college.admin.post("/api/passkeys/options/", json!({})).await.refused(409, "conflict");
    hub.anonymous().post("/api/token/passkey/options/", json!({})).await.refused(409, "conflict");
}
