//! Authenticator apps and recovery codes, at the log-in and for staff whose college asks for them.

use chrono::Duration;
use hub::keystore::{Keystore, MissingMasterKey};
use reqwest::Method;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};

use crate::support::{Answer, Client, PASSWORD, TestCollege, TestHub, pointers, text};

/// An authenticator app on somebody's phone, and the codes they keep in a drawer.
pub struct App {
    totp: Totp,
    /// Recovery codes.
    pub recovery: Vec<String>,
}

impl App {
    /// What it shows now.
    pub fn code(&self, hub: &TestHub) -> String {
        self.totp.generate(u64::try_from(hub.now().timestamp()).unwrap()).to_string()
    }
}

/// Put the clock forward to the beginning of the next thirty seconds, so that none ends in the middle of a test.
pub fn next_step(hub: &TestHub) {
    hub.wait(Duration::milliseconds(30_000 - hub.now().timestamp_millis().rem_euclid(30_000)));
}

/// Begin with an app; it is not confirmed yet.
async fn begin(client: &Client) -> App {
    let offer = client.post("/api/second-factor/totp/", json!({})).await;
    assert_eq!(offer.header("cache-control"), "no-store");
    let offer = offer.ok(201);
    let secret = Secret::try_from_base32(text(&offer["secret"])).unwrap();
    assert!(text(&offer["otpauth"]).contains(offer["secret"].as_str().unwrap()));
    assert!(text(&offer["qr_svg"]).starts_with("<svg"));
    App { totp: Builder::new().with_secret(secret).build().unwrap(), recovery: Vec::new() }
}

/// Give somebody an authenticator app.
pub async fn enrol(client: &Client, hub: &TestHub) -> App {
    next_step(hub);
    let mut app = begin(client).await;
    let body = json!({ "code": app.code(hub) });
    let given = client.post("/api/second-factor/totp/confirm/", body).await.ok(200);
    app.recovery = given["recovery_codes"].as_array().unwrap().iter().map(text).collect();
    app
}

/// What stands in a college's sealed secrets.
pub async fn sealed_secrets(college: &TestCollege, hub: &TestHub) -> Vec<Vec<u8>> {
    inside("SELECT sealed FROM sealed_secrets", college, hub).await
}

/// One column, as the owner of the database sees it inside a college.
async fn inside(query: &'static str, college: &TestCollege, hub: &TestHub) -> Vec<Vec<u8>> {
    let mut owner = hub.database.owner().await;
    sqlx::query("SELECT set_config('hub.college_id', $1, false)")
        .bind(college.id.to_string())
        .execute(&mut owner)
        .await
        .unwrap();
    sqlx::query_scalar(query).fetch_all(&mut owner).await.unwrap()
}

async fn log_in(email: &str, hub: &TestHub) -> Answer {
    hub.anonymous().post("/api/token/", json!({ "email": email, "password": PASSWORD })).await
}

/// The token of a log-in that asks for a second factor.
async fn challenge(email: &str, hub: &TestHub) -> String {
    let problem = log_in(email, hub).await.refused(403, "mfa_required");
    assert_eq!(problem["challenge"]["expires_in"], 300);
    text(&problem["challenge"]["token"])
}

async fn complete(token: &str, shown: Value, hub: &TestHub) -> Answer {
    let mut body = shown;
    body["token"] = json!(token);
    hub.anonymous().post("/api/token/second-factor/", body).await
}

#[tokio::test]
async fn an_app_is_asked_for_once_a_first_code_confirmed_it() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let admin = &college.admin;
    let confirm = async |code: &str| {
        admin.post("/api/second-factor/totp/confirm/", json!({ "code": code })).await
    };
    confirm("123456").await.refused(404, "not_found");
    next_step(&hub);
    let given_up = begin(admin).await;
    let app = begin(admin).await;
    log_in(&admin.email, &hub).await.ok(200);
    let problem = confirm(&given_up.code(&hub)).await.refused(422, "validation_failed");
    assert_eq!(pointers(&problem), ["/code"], "the second offer takes the first one's place");
    let code = app.code(&hub);
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let codes = confirm(&spaced).await.ok(200);
    assert_eq!(codes["recovery_codes"].as_array().unwrap().len(), 10);
    admin.post("/api/second-factor/totp/", json!({})).await.refused(409, "conflict");

    let seen = admin.get("/api/second-factor/").await.ok(200);
    assert_eq!(
        seen,
        json!({ "totp": true, "passkeys": 0, "recovery_codes": 10, "required": false, "due": false })
    );
    let problem = log_in(&admin.email, &hub).await.refused(403, "mfa_required");
    assert_eq!(problem["challenge"]["methods"], json!(["totp", "recovery_code"]));
    let notices = admin.get("/api/notifications/").await.ok(200);
    assert!(notices.to_string().contains("An authenticator app was added"));
}

#[tokio::test]
async fn each_code_opens_once_and_none_before_it() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let app = enrol(&college.admin, &hub).await;
    let email = &college.admin.email;

    let enrolled_with = app.code(&hub);
    let token = challenge(email, &hub).await;
    complete(&token, json!({ "code": enrolled_with }), &hub).await.refused(401, "wrong_factor");
    next_step(&hub);
    let code = app.code(&hub);
    let tokens = complete(&token, json!({ "code": code }), &hub).await.ok(200);
    let client = hub.anonymous().with_token(tokens["access"].as_str().unwrap());
    client.get("/api/me/").await.ok(200);
    complete(&token, json!({ "code": code }), &hub).await.refused(401, "unauthenticated");

    let second = challenge(email, &hub).await;
    complete(&second, json!({ "code": code }), &hub).await.refused(401, "wrong_factor");
    next_step(&hub);
    next_step(&hub);
    // A clock that is half a minute late is that of an ordinary phone; the code before is no longer one.
    let now = app.code(&hub);
    complete(&second, json!({ "code": now }), &hub).await.ok(200);
    let third = challenge(email, &hub).await;
    complete(&third, json!({ "code": code }), &hub).await.refused(401, "wrong_factor");
}

#[tokio::test]
async fn two_who_show_the_same_code_at_once_open_one_session() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let app = enrol(&college.admin, &hub).await;
    next_step(&hub);
    let code = app.code(&hub);
    let mut tokens = Vec::new();
    for _ in 0..6 {
        tokens.push(challenge(&college.admin.email, &hub).await);
    }
    let shown = tokens.iter().map(|token| complete(token, json!({ "code": code }), &hub));
    let answers = futures_util::future::join_all(shown).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}

#[tokio::test]
async fn five_wrong_answers_or_five_minutes_end_a_log_in() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let app = enrol(&college.admin, &hub).await;
    let email = &college.admin.email;
    let wrong = json!({ "recovery_code": "0000-0000-0000-0000" });

    next_step(&hub);
    let token = challenge(email, &hub).await;
    for _ in 0..5 {
        complete(&token, wrong.clone(), &hub).await.refused(401, "wrong_factor");
    }
    let right = json!({ "code": app.code(&hub) });
    complete(&token, right.clone(), &hub).await.refused(401, "unauthenticated");

    let token = challenge(email, &hub).await;
    complete(&token, json!({}), &hub).await.refused(422, "validation_failed");
    hub.wait(Duration::minutes(5));
    let right = json!({ "code": app.code(&hub) });
    complete(&token, right.clone(), &hub).await.refused(401, "unauthenticated");
    complete("not a token", right, &hub).await.refused(401, "unauthenticated");

    // Ten wrong codes in a quarter of an hour, over as many log-ins as one likes: then none is looked at.
    let mut looked_at = 5;
    for _ in 0..3 {
        let token = challenge(email, &hub).await;
        for _ in 0..4 {
            looked_at += usize::from(complete(&token, wrong.clone(), &hub).await.status == 401);
        }
    }
    assert_eq!(looked_at, 10);
    let token = challenge(email, &hub).await;
    next_step(&hub);
    let right = json!({ "code": app.code(&hub) });
    complete(&token, right, &hub).await.refused(429, "rate_limited");
    hub.wait(Duration::minutes(15));
    let token = challenge(email, &hub).await;
    complete(&token, json!({ "code": app.code(&hub) }), &hub).await.ok(200);
}

#[tokio::test]
async fn a_challenge_is_answered_by_the_one_who_logged_in() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let rao = college.faculty("Dr. Rao").await;
    let (own, other) = (enrol(&college.admin, &hub).await, enrol(&rao, &hub).await);
    next_step(&hub);
    let token = challenge(&college.admin.email, &hub).await;
    complete(&token, json!({ "code": other.code(&hub) }), &hub).await.refused(401, "wrong_factor");
    let theirs = json!({ "recovery_code": other.recovery[0] });
    complete(&token, theirs, &hub).await.refused(401, "wrong_factor");
    complete(&token, json!({ "code": own.code(&hub) }), &hub).await.ok(200);
}

#[tokio::test]
async fn a_recovery_code_works_once_and_new_ones_end_the_old() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let admin = &college.admin;
    let app = enrol(admin, &hub).await;
    let typed = app.recovery[3].to_uppercase().replace('-', " ");
    let token = challenge(&admin.email, &hub).await;
    complete(&token, json!({ "recovery_code": typed }), &hub).await.ok(200);
    let token = challenge(&admin.email, &hub).await;
    let again = json!({ "recovery_code": app.recovery[3] });
    complete(&token, again, &hub).await.refused(401, "wrong_factor");
    assert_eq!(admin.get("/api/second-factor/").await.ok(200)["recovery_codes"], 9);

    let given = admin.post("/api/second-factor/recovery-codes/", json!({})).await;
    assert_eq!(given.header("cache-control"), "no-store");
    let given = given.ok(200);
    let old = json!({ "recovery_code": app.recovery[4] });
    complete(&token, old, &hub).await.refused(401, "wrong_factor");
    let new = json!({ "recovery_code": given["recovery_codes"][0] });
    complete(&token, new, &hub).await.ok(200);
}

#[tokio::test]
async fn an_app_is_removed_only_by_whoever_shows_it() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let admin = &college.admin;
    let app = enrol(admin, &hub).await;
    next_step(&hub);
    let token = challenge(&admin.email, &hub).await;
    let shown = json!({ "recovery_code": app.recovery[0] });
    let tokens = complete(&token, shown, &hub).await.ok(200);
    hub.wait(Duration::minutes(10));
    let refresh = json!({ "refresh": tokens["refresh"] });
    let tokens = hub.anonymous().post("/api/token/refresh/", refresh).await.ok(200);
    let client = hub.anonymous().with_token(tokens["access"].as_str().unwrap());

    let problem = client.delete("/api/second-factor/totp/").await.refused(403, "step_up_required");
    assert_eq!(problem["ways"], json!([["password", "totp"]]));
    let step_up = async |shown: Value| client.post("/api/step-up/", shown).await;
    step_up(json!({ "password": PASSWORD })).await.refused(403, "step_up_required");
    step_up(json!({ "code": app.code(&hub) })).await.refused(403, "step_up_required");
    let both = json!({ "password": "not the password", "code": app.code(&hub) });
    let problem = step_up(both).await.refused(422, "validation_failed");
    assert_eq!(pointers(&problem), ["/password"]);
    let both = json!({ "password": PASSWORD, "code": "000000" });
    assert_eq!(pointers(&step_up(both).await.refused(422, "validation_failed")), ["/code"]);
    step_up(json!({ "password": PASSWORD, "code": app.code(&hub) })).await.ok(200);
    client.delete("/api/second-factor/totp/").await.ok(204);
    client.delete("/api/second-factor/totp/").await.refused(404, "not_found");
    log_in(&admin.email, &hub).await.ok(200);
}

#[tokio::test]
async fn the_secret_is_nowhere_in_the_clear_and_follows_the_master_key() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let app = enrol(&college.admin, &hub).await;
    let sealed = sealed_secrets(&college, &hub).await;
    let secret = app.totp.secret().as_ref().to_vec();
    assert_eq!(sealed.len(), 1);
    assert!(!sealed[0].windows(secret.len()).any(|window| window == secret));
    let codes = inside("SELECT code_hash FROM recovery_codes", &college, &hub).await;
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|hash| hash.len() == 32 && hash != app.recovery[0].as_bytes()));

    let next = Keystore::open(&hub.folder().join("next.key"), MissingMasterKey::Create).unwrap();
    hub::app::seals::rewrap(&next, &hub.app).await.unwrap();
    next_step(&hub);
    let token = challenge(&college.admin.email, &hub).await;
    let code = json!({ "code": app.code(&hub) });
    complete(&token, code, &hub).await.refused(500, "internal");
    let moved = hub.again_with(next).await;
    let answer = hub::app::second_factor::Answer::Code(app.code(&hub));
    let visit = hub::app::lockout::Visit::default();
    hub::app::second_factor::complete_log_in(&token, answer, visit, &moved).await.unwrap();
}

#[tokio::test]
async fn a_college_that_asks_its_staff_for_a_second_factor_withholds_roles_without_one() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let (rao, student) = (college.faculty("Dr. Rao").await, college.student("Kavya Iyer").await);
    let admin = &college.admin;
    let ask = async |value: bool, etag: &str| {
        let request = admin.request(Method::PUT, "/api/settings/identity/");
        let body = json!({ "staff_second_factor": value });
        admin.send(request.header("If-Match", etag).json(&body)).await
    };
    rao.get("/api/settings/identity/").await.refused(403, "forbidden");
    let policy = admin.get("/api/settings/identity/").await.ok(200);
    assert_eq!(policy, json!({ "etag": "\"0\"", "staff_second_factor": false }));
    ask(true, "\"0\"").await.refused(409, "conflict");
    enrol(admin, &hub).await;
    assert_eq!(ask(true, "\"0\"").await.ok(200)["etag"], "\"1\"");
    ask(true, "\"0\"").await.refused(412, "stale_version");

    // The very next request of a session that was open before.
    rao.get("/api/review/queue/").await.refused(403, "forbidden");
    assert_eq!(rao.get("/api/me/").await.ok(200)["permissions"], json!([]));
    let seen = rao.get("/api/second-factor/").await.ok(200);
    assert_eq!((&seen["required"], &seen["due"]), (&json!(true), &json!(true)));
    student.get("/api/achievements/").await.ok(200);
    assert_eq!(student.get("/api/second-factor/").await.ok(200)["required"], false);
    enrol(&rao, &hub).await;
    rao.get("/api/review/queue/").await.ok(200);
    assert_eq!(rao.get("/api/second-factor/").await.ok(200)["due"], false);
    admin.get("/api/members/").await.ok(200);
}
