//! A college's own log-in, with providers of somebody else's making: `oidc-provider`, and one that lies.
//! `./test` installs them (`npm ci` in tests/oidc) beforehand.

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use chrono::Duration;
use reqwest::header::{LOCATION, SET_COOKIE};
use serde_json::{Value, json};
use url::Url;

use crate::second_factor::sealed_secrets;
use crate::support::{
    Answer, CONSENT, Client, PASSWORD, TestCollege, TestHub, pointers, registration_body, text,
};

/// A provider in a process of its own, which ends with the test.
struct Provider {
    process: Child,
    /// Kept open: what the provider says later has to go somewhere.
    _says: Lines<BufReader<ChildStdout>>,
    issuer: String,
}

impl Provider {
    fn start(script: &str, arguments: &[&str]) -> Self {
        let room = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc");
        assert!(
            room.join("node_modules").is_dir(),
            "run `npm ci` in tests/oidc first, as ./test does"
        );
        let mut process = Command::new("node")
            .arg(room.join(script))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let issuer = lines.next().expect("the provider says its address").unwrap();
        Self { process, _says: lines, issuer }
    }

    /// The real one, with these accounts.
    fn with(accounts: Value, hub: &TestHub) -> Self {
        let redirect = hub.app.public_url().oidc_callback();
        Self::start("provider.mjs", &[&redirect, &accounts.to_string()])
    }

    fn settings(&self) -> Value {
        json!({
            "issuer": self.issuer, "client_id": "hub", "client_secret": "a secret of the hub",
            "email_domains": ["college.example"], "roll_number_claim": "roll_number",
        })
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

async fn set(settings: Value, etag: &str, admin: &Client) -> Answer {
    let request = admin.request(reqwest::Method::PUT, "/api/settings/oidc/");
    admin.send(request.header("If-Match", etag).json(&settings)).await
}

/// A browser: it keeps cookies and follows nothing by itself.
struct Browser(reqwest::Client);

impl Browser {
    fn new() -> Self {
        let client = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self(client)
    }

    async fn open(&self, url: &str, account: &str) -> (u16, Option<String>, Vec<String>) {
        let answer = self.0.get(url).header("x-account", account).send().await.unwrap();
        let location = answer.headers().get(LOCATION).map(|to| to.to_str().unwrap().to_owned());
        let cookies = answer.headers().get_all(SET_COOKIE).iter();
        let cookies = cookies.map(|cookie| cookie.to_str().unwrap().to_owned()).collect();
        (answer.status().as_u16(), location, cookies)
    }

    /// Leave for the provider as this account, up to the address that leads back.
    async fn leave(&self, slug: &str, account: &str, hub: &TestHub) -> String {
        let start = format!("{}/api/oidc/{slug}/start?consent={CONSENT}", hub.url);
        let (status, location, _) = self.open(&start, account).await;
        assert_eq!(status, 303);
        let mut address = location.unwrap();
        for _ in 0..6 {
            if address.starts_with(&hub.url) {
                return address;
            }
            let (status, location, _) = self.open(&address, account).await;
            assert_eq!(status, 303, "{address}");
            address = Url::parse(&address).unwrap().join(&location.unwrap()).unwrap().into();
        }
        panic!("the provider leads nowhere: {address}");
    }

    /// The whole way; gives where it ends and what cookies were set there.
    async fn log_in(&self, slug: &str, account: &str, hub: &TestHub) -> (String, Vec<String>) {
        let back = self.leave(slug, account, hub).await;
        let (status, location, cookies) = self.open(&back, account).await;
        assert_eq!(status, 303);
        (location.unwrap().strip_prefix(&hub.url).unwrap().to_owned(), cookies)
    }

    /// What the app does first: exchange the cookie.
    async fn me(&self, hub: &TestHub) -> Value {
        let request = self.0.post(format!("{}/api/token/refresh/", hub.url));
        let tokens = request.header("Origin", &hub.url).header("X-Hub-Client", "web").send().await;
        let tokens: Value = tokens.unwrap().json().await.unwrap();
        let client = hub.anonymous().with_token(tokens["access"].as_str().unwrap());
        client.get("/api/me/").await.ok(200)
    }
}

async fn roster(csv: &str, college: &TestCollege) {
    let csv = format!("roll_number,full_name,programme,batch,email\n{csv}\n");
    let body = json!({ "csv": csv, "dry_run": false });
    assert_eq!(college.admin.post("/api/roster/imports/", body).await.ok(200)["accepted"], 1);
}

fn kavya() -> Value {
    json!({ "email": "kavya@college.example", "email_verified": true, "name": "K. Iyer", "roll_number": "23-CS-0001" })
}

const KAVYA: &str = "23CS0001,Kavya Iyer,BTECH-CSE,2023-2027,kavya@college.example";

#[tokio::test]
async fn a_student_of_the_roster_comes_in_by_the_colleges_own_log_in() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    roster(KAVYA, &college).await;
    let provider = Provider::with(json!({ "1": kavya() }), &hub);
    let set_up = set(provider.settings(), "\"0\"", &college.admin).await;
    assert_eq!(set_up.header("etag"), "\"1\"");
    let shown = set_up.ok(200);
    assert_eq!(shown["redirect_uri"], format!("{}/api/oidc/callback", hub.url));
    assert!(shown.get("client_secret").is_none());

    let browser = Browser::new();
    let (end, cookies) = browser.log_in("sarvodaya", "1", &hub).await;
    assert_eq!(end, "/app/");
    assert!(cookies.iter().any(|cookie| cookie.starts_with("hub_refresh=")
        && cookie.contains("HttpOnly")
        && cookie.contains("SameSite=Strict")));
    let me = browser.me(&hub).await;
    assert_eq!(
        (&me["full_name"], &me["state"], &me["roles"]),
        (&json!("Kavya Iyer"), &json!("confirmed"), &json!(["student"])),
        "the roster's name is the one that is signed"
    );
    assert_eq!(me["department"]["code"], "CSE");

    // The second time by the subject, whatever the address is by then.
    let again = Browser::new();
    assert_eq!(again.log_in("sarvodaya", "1", &hub).await.0, "/app/");
    assert_eq!(again.me(&hub).await["id"], me["id"]);
    let body = json!({ "email": "kavya@college.example", "password": PASSWORD });
    hub.anonymous().post("/api/token/", body).await.refused(401, "wrong_password");
}

#[tokio::test]
async fn the_way_back_is_open_once_and_to_the_browser_that_left() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    roster(KAVYA, &college).await;
    let provider = Provider::with(json!({ "1": kavya() }), &hub);
    set(provider.settings(), "\"0\"", &college.admin).await.ok(200);

    let attacker = Browser::new();
    let back = attacker.leave("sarvodaya", "1", &hub).await;
    let (_, end, cookies) = Browser::new().open(&back, "1").await;
    assert_eq!(end.unwrap(), format!("{}/app/login#oidc_error=unauthenticated", hub.url));
    assert!(!cookies.iter().any(|cookie| cookie.starts_with("hub_refresh")));

    let browser = Browser::new();
    let back = browser.leave("sarvodaya", "1", &hub).await;
    let state = |address: &str| {
        Url::parse(address)
            .unwrap()
            .query_pairs()
            .find(|(name, _)| name == "state")
            .unwrap()
            .1
            .into_owned()
    };
    let other = back.replace(&state(&back), &"A".repeat(43));
    assert!(browser.open(&other, "1").await.1.unwrap().ends_with("#oidc_error=unauthenticated"));
    let late = Browser::new();
    let late_back = late.leave("sarvodaya", "1", &hub).await;
    hub.wait(Duration::minutes(10));
    assert!(late.open(&late_back, "1").await.1.unwrap().ends_with("#oidc_error=unauthenticated"));

    let browser = Browser::new();
    let back = browser.leave("sarvodaya", "1", &hub).await;
    assert!(browser.open(&back, "1").await.1.unwrap().ends_with("/app/"));
    assert!(browser.open(&back, "1").await.1.unwrap().ends_with("#oidc_error=unauthenticated"));
    let denied = format!("{}/api/oidc/callback?error=access_denied&state=x", hub.url);
    assert!(browser.open(&denied, "1").await.1.unwrap().ends_with("#oidc_error=unauthenticated"));
}

#[tokio::test]
async fn an_account_is_found_by_a_verified_address_of_the_college_and_never_opened_for_staff() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let accounts = json!({
        "unverified": { "email": "kavya@college.example", "email_verified": false },
        "elsewhere": { "email": "kavya@elsewhere.example", "email_verified": true },
        "nameless": { "name": "Kavya" },
        "stranger": { "email": "stranger@college.example", "email_verified": true },
        "rao": { "email": "Rao@college.example", "email_verified": true },
    });
    let provider = Provider::with(accounts, &hub);
    set(provider.settings(), "\"0\"", &college.admin).await.ok(200);
    for account in ["unverified", "elsewhere", "nameless", "stranger"] {
        let (end, cookies) = Browser::new().log_in("sarvodaya", account, &hub).await;
        assert_eq!(end, "/app/login#oidc_error=not_confirmed", "{account}");
        assert!(!cookies.iter().any(|cookie| cookie.starts_with("hub_refresh")), "{account}");
    }

    let body = json!({ "email": "rao@college.example", "roles": [{ "role": "college_admin" }] });
    college.admin.post("/api/invitations/", body).await.ok(201);
    let (end, _) = Browser::new().log_in("sarvodaya", "rao", &hub).await;
    assert_eq!(end, "/app/login#oidc_error=not_confirmed", "an invitation is accepted, not found");
    let token = hub.mailed_token("rao@college.example", "invitation").await;
    let body = json!({ "full_name": "Dr. Rao", "password": PASSWORD });
    hub.anonymous().post(&format!("/api/invitations/{token}/accept/"), body).await.ok(201);
    let browser = Browser::new();
    assert_eq!(browser.log_in("sarvodaya", "rao", &hub).await.0, "/app/");
    assert_eq!(browser.me(&hub).await["roles"], json!(["college_admin"]));
}

#[tokio::test]
async fn a_registration_that_somebody_else_left_unproven_keeps_no_way_in() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    roster(KAVYA, &college).await;
    let provider = Provider::with(json!({ "1": kavya() }), &hub);
    set(provider.settings(), "\"0\"", &college.admin).await.ok(200);
    let trap = hub::app::register::Registration {
        email: "kavya@college.example".into(),
        ..college.registration("Somebody Else")
    };
    hub.anonymous().post("/api/register/", registration_body(&trap)).await.ok(201);

    let browser = Browser::new();
    assert_eq!(browser.log_in("sarvodaya", "1", &hub).await.0, "/app/");
    assert_eq!(browser.me(&hub).await["full_name"], "Kavya Iyer");
    let body = json!({ "email": "kavya@college.example", "password": PASSWORD });
    hub.anonymous().post("/api/token/", body).await.refused(401, "wrong_password");
}

#[tokio::test]
async fn an_account_is_opened_with_consent_only_and_a_roster_row_once() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    roster(KAVYA, &college).await;
    let twin = json!({ "email": "twin@college.example", "email_verified": true, "roll_number": "23CS0001" });
    let provider = Provider::with(json!({ "1": kavya(), "2": twin }), &hub);
    set(provider.settings(), "\"0\"", &college.admin).await.ok(200);

    let browser = Browser::new();
    let start = format!("{}/api/oidc/sarvodaya/start?consent=2019-01", hub.url);
    let (_, location, _) = browser.open(&start, "1").await;
    let mut address = location.unwrap();
    while !address.starts_with(&hub.url) {
        let next = browser.open(&address, "1").await.1.unwrap();
        address = Url::parse(&address).unwrap().join(&next).unwrap().into();
    }
    let end = browser.open(&address, "1").await.1.unwrap();
    assert!(end.ends_with("#oidc_error=consent_required"), "{end}");

    assert_eq!(Browser::new().log_in("sarvodaya", "1", &hub).await.0, "/app/");
    let (end, _) = Browser::new().log_in("sarvodaya", "2", &hub).await;
    assert_eq!(end, "/app/login#oidc_error=not_confirmed", "one roster row, one account");
}

#[tokio::test]
async fn an_id_token_that_does_not_hold_opens_nothing() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    roster(KAVYA, &college).await;
    let provider = Provider::start("hostile.mjs", &["hub"]);
    set(provider.settings(), "\"0\"", &college.admin).await.ok(200);
    let attempt = async |lie: &str| {
        let browser = Browser::new();
        let start = format!("{}/api/oidc/sarvodaya/start?consent={CONSENT}", hub.url);
        let leaving = browser.open(&start, "").await.1.unwrap();
        assert!(leaving.contains("code_challenge_method=S256"), "{leaving}");
        let url = format!("{leaving}&lie={lie}");
        let given: Value = browser.0.get(url).send().await.unwrap().json().await.unwrap();
        let (code, state) = (text(&given["code"]), text(&given["state"]));
        let back = format!("{}/api/oidc/callback?code={code}&state={state}", hub.url);
        browser.open(&back, "").await.1.unwrap()
    };
    for lie in [
        "another_nonce",
        "no_nonce",
        "another_audience",
        "two_audiences",
        "another_issuer",
        "expired",
        "no_expiry",
        "no_subject",
        "unsigned",
        "public_key_as_secret",
        "another_key",
        "key_in_the_header",
    ] {
        let end = attempt(lie).await;
        assert!(end.ends_with("/app/login#oidc_error=unauthenticated"), "{lie}: {end}");
    }
    assert!(attempt("none").await.ends_with("/app/"), "what does not lie comes in");
}

#[tokio::test]
async fn a_second_factor_is_asked_for_after_the_colleges_log_in_too() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let accounts = json!({ "a": { "email": "asha@college.example", "email_verified": true } });
    let provider = Provider::with(accounts, &hub);
    set(provider.settings(), "\"0\"", &college.admin).await.ok(200);
    let student = hub::app::register::Registration {
        email: "asha@college.example".into(),
        ..college.registration("Asha Rao")
    };
    hub.anonymous().post("/api/register/", registration_body(&student)).await.ok(201);
    let token = hub.mailed_token(&student.email, "verify_email").await;
    hub.anonymous().post("/api/email/verify/", json!({ "token": token })).await.ok(200);
    let asha = crate::support::sign_in(&student.email, "sarvodaya", &hub.app).await;
    let app = crate::second_factor::enrol(&asha, &hub).await;

    let (end, cookies) = Browser::new().log_in("sarvodaya", "a", &hub).await;
    let fragment = end.strip_prefix("/app/login#mfa=").expect("it asks");
    assert!(!cookies.iter().any(|cookie| cookie.starts_with("hub_refresh")));
    let (token, methods) = fragment.split_once("&methods=").unwrap();
    assert_eq!(methods, "totp,recovery_code");
    crate::second_factor::next_step(&hub);
    let body = json!({ "token": token, "code": app.code(&hub) });
    let tokens = hub.anonymous().post("/api/token/second-factor/", body).await.ok(200);
    let client = hub.anonymous().with_token(tokens["access"].as_str().unwrap());
    let sessions = client.get("/api/sessions/").await.ok(200);
    let current = sessions.as_array().unwrap().iter().find(|row| row["current"] == true).unwrap();
    assert_eq!(current["methods"], json!(["oidc", "totp"]));
}

#[tokio::test]
async fn an_admin_sets_the_log_in_and_its_secret_is_kept_sealed() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let admin = &college.admin;
    let good = json!({
        "issuer": "https://login.college.example/realm", "client_id": "hub",
        "client_secret": "wholly-recognisable", "email_domains": ["College.example"],
    });
    let start = hub.anonymous().get("/api/oidc/sarvodaya/start/").await;
    start.refused(404, "not_found");
    admin.get("/api/settings/oidc/").await.refused(404, "not_found");
    college.faculty("Dr. Rao").await.get("/api/settings/oidc/").await.refused(403, "forbidden");
    for (field, value) in [
        ("issuer", json!("http://login.college.example")),
        ("issuer", json!("https://10.0.0.1")),
        ("issuer", json!("https://login.college.example/?x=1")),
        ("email_domains", json!([])),
        ("email_domains", json!(["not a domain"])),
        ("hosts", json!(["https://keys.example/"])),
        ("client_id", json!(" ")),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        let problem = set(bad, "\"0\"", admin).await.refused(422, "validation_failed");
        assert_eq!(pointers(&problem), [format!("/{field}")], "{problem}");
    }
    let shown = set(good.clone(), "\"0\"", admin).await.ok(200);
    assert_eq!(shown["email_domains"], json!(["college.example"]));
    set(good.clone(), "\"0\"", admin).await.refused(412, "stale_version");
    let mut kept = good.clone();
    kept.as_object_mut().unwrap().remove("client_secret");
    assert_eq!(set(kept.clone(), "\"1\"", admin).await.ok(200)["etag"], "\"2\"");
    kept["issuer"] = json!("https://evil.example");
    let problem = set(kept, "\"2\"", admin).await.refused(422, "validation_failed");
    assert_eq!(pointers(&problem), ["/client_secret"], "a secret stays with its issuer");

    let sealed = sealed_secrets(&college, &hub).await;
    assert_eq!(sealed.len(), 1);
    assert!(!String::from_utf8_lossy(&sealed[0]).contains("recognisable"));
    admin.delete("/api/settings/oidc/").await.ok(204);
    assert!(sealed_secrets(&college, &hub).await.is_empty());
}
