//! A whole hub for a test: its own database, real HTTP over 127.0.0.1, mails kept in memory.
//!
//! People come in the way they do in life: the roster is imported, students register and follow
//! the link in their mail, staff are invited. Nothing is written past a use case.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, Duration, Utc};
use hub::app::access_token::Bearer;
use hub::app::create_college::{self, NewCategory, NewCollege, NewDepartment};
use hub::app::grants::GrantRequest;
use hub::app::invitations::{self, OfferedRole};
use hub::app::keys::{Acting, Operator};
use hub::app::lockout::Visit;
use hub::app::log_in::{self, Credentials};
use hub::app::register::{self, Registration};
use hub::app::rows::ConfirmationRow;
use hub::app::{
    App, Parts, PublicUrl, authenticate, confirmations, demo, grants, roster, verify_email, work,
};
use hub::blobs::Blobs;
use hub::domain::ids::{CollegeId, DepartmentId, MemberId};
use hub::domain::member::{Caller, MemberState, Role, Scope};
use hub::keystore::{Keystore, MissingMasterKey};
use hub::mailer::{Mailer, RememberedMail};
use hub::push::Pusher;
use hub::renderer::Renderer;
use hub::storage::{Database, DatabaseSettings};
use hub::timestamper::Timestamper;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::support_database::TestDatabase;

/// Everybody's password.
pub const PASSWORD: &str = "a quiet village lane";
/// What students agree to.
pub const CONSENT: &str = "2026-11";

thread_local! {
    /// How far the clock of this test was put forward; a test and its server share one thread.
    static AHEAD: Cell<Duration> = const { Cell::new(Duration::zero()) };
    /// Achievements with the latest version that a client of this test was told of.
    static TOLD: RefCell<BTreeMap<Uuid, (CollegeId, i64)>> = const { RefCell::new(BTreeMap::new()) };
}

/// What the hub acknowledged to the clients of this test: achievements of a college, each with its version then.
pub fn acknowledged() -> Vec<(CollegeId, Uuid, i64)> {
    TOLD.with_borrow(|told| {
        told.iter().map(|(id, (college, version))| (*college, *id, *version)).collect()
    })
}

/// Keep what an answer acknowledges: a version of an achievement, or that it is gone.
fn note(method: &Method, path: &str, college: CollegeId, status: u16, headers: &HeaderMap) {
    let mut parts = path.trim_matches('/').split('/').skip(1);
    let (Some("achievements"), id) = (parts.next(), parts.next()) else { return };
    let Some(id) = id.and_then(|id| id.parse().ok()) else { return };
    if status == 204 && method == Method::DELETE && parts.next().is_none() {
        TOLD.with_borrow_mut(|told| told.remove(&id));
    }
    let tag = headers.get("etag").and_then(|tag| tag.to_str().ok()).filter(|_| status < 300);
    if let Some(version) = tag.and_then(|tag| tag.trim_matches('"').parse().ok()) {
        TOLD.with_borrow_mut(|told| {
            let latest = told.entry(id).or_insert((college, version));
            latest.1 = latest.1.max(version);
        });
    }
}

/// Where letters and pushes of a hub go.
pub struct Outside {
    /// Letters.
    pub mailer: Mailer,
    /// Pushes.
    pub pusher: Pusher,
}

impl Default for Outside {
    fn default() -> Self {
        Self { mailer: Mailer::memory(), pusher: Pusher::public() }
    }
}

/// A running hub. Ends with the test.
pub struct TestHub {
    /// The hub itself.
    pub app: Arc<App>,
    /// Its address, without a slash at the end.
    pub url: String,
    /// Its database.
    pub database: TestDatabase,
    folder: TempDir,
}

impl TestHub {
    /// A hub without colleges. The test must run on one thread (`#[tokio::test]` as it is) to put the clock forward.
    pub async fn start() -> Self {
        Self::start_of(|keystore| keystore, None).await
    }

    /// The same, with more in its keystore than a master key.
    pub async fn start_with(more: impl FnOnce(Keystore) -> Keystore) -> Self {
        Self::start_of(more, None).await
    }

    /// The same, with somebody outside to ask for the time.
    pub async fn start_stamped(timestamper: Option<Timestamper>) -> Self {
        Self::start_of(|keystore| keystore, timestamper).await
    }

    /// The same, reached by a name: passkeys belong to names.
    pub async fn start_named() -> Self {
        Self::start_at("localhost", |keystore| keystore, None, Outside::default()).await
    }

    /// The same, with a mail server and a way to browsers of the test's own.
    pub async fn start_outside(outside: Outside) -> Self {
        Self::start_at("127.0.0.1", |keystore| keystore, None, outside).await
    }

    async fn start_of(
        more: impl FnOnce(Keystore) -> Keystore,
        timestamper: Option<Timestamper>,
    ) -> Self {
        Self::start_at("127.0.0.1", more, timestamper, Outside::default()).await
    }

    async fn start_at(
        host: &str,
        more: impl FnOnce(Keystore) -> Keystore,
        timestamper: Option<Timestamper>,
        outside: Outside,
    ) -> Self {
        let database = TestDatabase::new().await;
        let settings = DatabaseSettings { connections: 8, ..database.settings() };
        Self::start_over(database, settings, host, more, timestamper).await
    }

    /// The same over a database that is there, reached as these settings say.
    pub async fn start_reaching(database: TestDatabase, settings: DatabaseSettings) -> Self {
        Self::start_over(database, settings, "127.0.0.1", |keystore| keystore, None).await
    }

    async fn start_over(
        database: TestDatabase,
        settings: DatabaseSettings,
        host: &str,
        more: impl FnOnce(Keystore) -> Keystore,
        timestamper: Option<Timestamper>,
    ) -> Self {
        AHEAD.set(Duration::zero());
        TOLD.with_borrow_mut(BTreeMap::clear);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{host}:{}", listener.local_addr().unwrap().port());
        let folder = TempDir::new().unwrap();
        let master_key = folder.path().join("master.key");
        let parts = Parts {
            database: Database::connect(&settings).await.unwrap(),
            keystore: more(Keystore::open(&master_key, MissingMasterKey::Create).unwrap()),
            blobs: Blobs::open(folder.path().join("blobs")).await.unwrap(),
            mailer: outside.mailer,
            pusher: outside.pusher,
            renderer: Renderer::start(PathBuf::from(env!("CARGO_BIN_EXE_hub")), 2),
            timestamper,
            public_url: PublicUrl::parse(&url).unwrap(),
            clock: now,
        };
        let app = App::assemble(parts).await.unwrap();
        let proxies = "127.0.0.1".parse().unwrap();
        let router = hub::http::behind(proxies, hub::http::router(app.clone(), false));
        tokio::spawn(async move {
            hub::http::serve(listener, router, std::future::pending()).await.unwrap()
        });
        Self { app, url, database, folder }
    }

    /// Somebody who is not signed in.
    pub fn anonymous(&self) -> Client {
        Client {
            http: client(),
            base: self.url.clone(),
            access: String::new(),
            email: String::new(),
            member: None,
            college: None,
        }
    }

    /// A college with two departments, two categories, its keys and its first admin.
    pub async fn college(&self, slug: &str) -> TestCollege {
        let id = create_college::create_college(new_college(slug), &self.app).await.unwrap();
        let email = format!("admin@{slug}.example");
        create_college::appoint_first_admin(&email, "Asha Menon", PASSWORD, id, &self.app)
            .await
            .unwrap();
        let admin = sign_in(&email, slug, &self.app).await;
        let mut college = TestCollege {
            app: self.app.clone(),
            id,
            slug: slug.to_owned(),
            admin,
            departments: Vec::new(),
        };
        let about = college.admin.get(&format!("/api/colleges/{slug}")).await.ok(200);
        let departments = about["departments"].as_array().unwrap().iter();
        college.departments = departments
            .map(|row| (text(&row["code"]), DepartmentId(text(&row["id"]).parse().unwrap())))
            .collect();
        college
    }

    /// Do every job that is due; then the mails so far, newest first.
    pub async fn mails(&self) -> Vec<RememberedMail> {
        work::drain(&self.app).await.unwrap();
        demo::remembered_mails(&self.app).await.unwrap()
    }

    /// The newest mail of a kind to this address.
    pub async fn mail(&self, to: &str, kind: &str) -> RememberedMail {
        let found = self.mails().await.into_iter().find(|mail| mail.to == to && mail.kind == kind);
        found.unwrap_or_else(|| panic!("there is no mail of the kind {kind} to {to}"))
    }

    /// The secret of the link in the newest mail of a kind to this address.
    pub async fn mailed_token(&self, to: &str, kind: &str) -> String {
        let mail = self.mail(to, kind).await;
        let (_, rest) = mail.text.split_once("?token=").expect("the letter holds a link");
        rest.split_whitespace().next().unwrap().to_owned()
    }

    /// The hub once more over the same rows and files, with another keystore.
    pub async fn again_with(&self, keystore: Keystore) -> Arc<App> {
        let parts = Parts {
            database: Database::connect(&self.database.settings()).await.unwrap(),
            keystore,
            blobs: Blobs::open(self.folder.path().join("blobs")).await.unwrap(),
            mailer: Mailer::memory(),
            pusher: Pusher::public(),
            renderer: Renderer::start(PathBuf::from(env!("CARGO_BIN_EXE_hub")), 1),
            timestamper: None,
            public_url: PublicUrl::parse(&self.url).unwrap(),
            clock: now,
        };
        App::assemble(parts).await.unwrap()
    }

    /// The program itself, over the database and the master key of this hub.
    pub fn command(&self) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hub"));
        command
            .env("HUB_DATABASE_URL", &self.database.url)
            .env("HUB_PUBLIC_URL", &self.url)
            .env("HUB_MASTER_KEY_FILE", self.folder.path().join("master.key"))
            .env("HUB_DATA_DIR", self.folder.path().join("data"));
        command
    }

    /// The keystore once more, over the same master key.
    pub fn keystore(&self) -> Keystore {
        Keystore::open(&self.folder.path().join("master.key"), MissingMasterKey::Refuse).unwrap()
    }

    /// Its folder: `master.key`, and room for more.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Put the clock forward, or back.
    pub fn wait(&self, duration: Duration) {
        AHEAD.set(AHEAD.get() + duration);
    }

    /// Now, by the hub's clock.
    pub fn now(&self) -> DateTime<Utc> {
        now()
    }
}

/// A college of a test, with its first admin signed in.
pub struct TestCollege {
    app: Arc<App>,
    /// Id.
    pub id: CollegeId,
    /// Slug.
    pub slug: String,
    /// The first admin.
    pub admin: Client,
    /// Code and id of each department: `CSE` and `ECE`.
    pub departments: Vec<(String, DepartmentId)>,
}

impl TestCollege {
    /// The id of a department.
    pub fn department(&self, code: &str) -> DepartmentId {
        self.departments.iter().find(|(known, _)| known == code).unwrap().1
    }

    /// A confirmed student of Computer Science: on the roster, registered, address proven, signed in.
    pub async fn student(&self, full_name: &str) -> Client {
        let registration = self.registration(full_name);
        self.put_on_roster(&registration).await;
        self.admit(registration, MemberState::Confirmed).await
    }

    /// A confirmed student of Electronics.
    pub async fn student_of_electronics(&self, full_name: &str) -> Client {
        let registration = Registration {
            department: "ECE".into(),
            programme: "BTECH-ECE".into(),
            ..self.registration(full_name)
        };
        self.put_on_roster(&registration).await;
        self.admit(registration, MemberState::Confirmed).await
    }

    /// A student of Computer Science whom the roster does not know.
    pub async fn unconfirmed_student(&self, full_name: &str) -> Client {
        self.admit(self.registration(full_name), MemberState::Unconfirmed).await
    }

    /// A reviewer of the department of Computer Science.
    pub async fn faculty(&self, full_name: &str) -> Client {
        self.staff(
            full_name,
            &[OfferedRole {
                role: Role::Faculty,
                scope: Scope::Department(self.department("CSE")),
            }],
        )
        .await
    }

    /// A student of Computer Science who reviews what this reaches.
    pub async fn organizer(&self, full_name: &str, scope: Scope) -> Client {
        let student = self.student(full_name).await;
        let admin = self.admin.caller(&self.app).await;
        let request = GrantRequest {
            member: student.member.unwrap(),
            role: Role::Organizer,
            scope,
            starts_at: None,
            ends_at: Some(self.app.now() + Duration::days(365)),
            may_revoke: false,
            reason: None,
        };
        grants::give(request, &admin, &self.app).await.unwrap();
        student
    }

    /// The head of a department.
    pub async fn head(&self, full_name: &str, department: &str) -> Client {
        self.staff(
            full_name,
            &[OfferedRole {
                role: Role::Head,
                scope: Scope::Department(self.department(department)),
            }],
        )
        .await
    }

    /// Staff with no right of weight: a report coordinator.
    pub async fn staff_of(&self, full_name: &str) -> Client {
        let role = OfferedRole { role: Role::ReportCoordinator, scope: Scope::College };
        self.staff(full_name, &[role]).await
    }

    /// A key manager.
    pub async fn key_manager(&self, full_name: &str) -> Client {
        self.staff(full_name, &[OfferedRole { role: Role::KeyManager, scope: Scope::College }])
            .await
    }

    /// Staff with these roles: invited, accepted, signed in.
    pub async fn staff(&self, full_name: &str, roles: &[OfferedRole]) -> Client {
        let email = format!("staff{}@{}.example", next(), self.slug);
        let caller = self.admin.caller(&self.app).await;
        let (_, secret) =
            invitations::invite(&email, roles.to_vec(), &caller, &self.app).await.unwrap();
        invitations::accept(secret.reveal().to_owned(), full_name, PASSWORD, &self.app)
            .await
            .unwrap();
        self.confirm_appointments().await;
        sign_in(&email, &self.slug, &self.app).await
    }

    /// A key manager takes a second person: somebody else who answers for keys, or whoever runs the hub where there is
    /// nobody.
    async fn confirm_appointments(&self) {
        let operator = Acting::Operator(Operator::new("The operator", self.id).unwrap());
        let list = confirmations::list(&operator, &self.app).await.unwrap();
        let open =
            |row: &&ConfirmationRow| row.kind == "key_manager_grant" && row.outcome.is_none();
        for row in list.iter().map(|seen| &seen.row).filter(open) {
            let mut others = Vec::new();
            for role in ["key_manager", "college_admin"] {
                let page = self.admin.get(&format!("/api/members/?role={role}")).await.ok(200);
                let rows = page["results"].as_array().unwrap().iter();
                others.extend(rows.map(|row| text(&row["id"]).parse::<uuid::Uuid>().unwrap()));
            }
            let other = others
                .into_iter()
                .find(|id| Some(*id) != row.requested_by && *id != row.subject_id);
            let acting = match other {
                Some(id) => {
                    let bearer = Bearer { member: MemberId(id), college: self.id };
                    authenticate::load(bearer, &self.app).await.unwrap().into()
                }
                None => operator.clone(),
            };
            confirmations::confirm(row.id.into(), row.version, None, &acting, &self.app)
                .await
                .unwrap();
        }
    }

    /// What a new student would send, as the use case takes it.
    pub fn registration(&self, full_name: &str) -> Registration {
        let number = next();
        Registration {
            college: self.slug.clone(),
            email: format!("student{number}@{}.example", self.slug),
            password: PASSWORD.to_owned(),
            full_name: full_name.to_owned(),
            full_name_native: None,
            native_language: None,
            roll_number: format!("23CS{number:04}"),
            department: "CSE".to_owned(),
            programme: "BTECH-CSE".to_owned(),
            batch: "2023-2027".to_owned(),
            code: None,
            consent: CONSENT.to_owned(),
        }
    }

    /// Import the row of the roster that this registration matches.
    pub async fn put_on_roster(&self, registration: &Registration) {
        let Registration { roll_number, full_name, programme, batch, email, .. } = registration;
        let csv = format!(
            "roll_number,full_name,programme,batch,email\n{roll_number},{full_name},{programme},{batch},{email}\n"
        );
        let report = roster::import(csv, false, &self.admin.caller(&self.app).await, &self.app)
            .await
            .unwrap();
        assert_eq!((report.accepted, report.errors), (1, vec![]));
    }

    async fn admit(&self, registration: Registration, expected: MemberState) -> Client {
        let email = registration.email.clone();
        let registered = register::register(registration, &self.app).await.unwrap();
        let secret = registered.verification.expect("the address is new");
        assert_eq!(
            verify_email::verify_email(secret.reveal().to_owned(), &self.app).await.unwrap(),
            expected
        );
        sign_in(&email, &self.slug, &self.app).await
    }
}

/// Somebody at the other end of HTTP, signed in or not.
#[derive(Clone)]
pub struct Client {
    /// The connection; it keeps no cookies.
    pub http: reqwest::Client,
    base: String,
    /// Access token; empty where nobody is signed in.
    pub access: String,
    /// Address.
    pub email: String,
    /// Who it is.
    pub member: Option<MemberId>,
    college: Option<CollegeId>,
}

impl Client {
    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// POST with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    /// PATCH with a JSON body.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(&body)).await
    }

    /// POST with a JSON body, of something at the version of `seen`.
    pub async fn post_seen(&self, path: &str, seen: &Value, body: Value) -> Answer {
        let tag = text(&seen["etag"]);
        self.send(self.request(Method::POST, path).header("If-Match", tag).json(&body)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// A request of one's own making, with the token where there is one.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        if self.access.is_empty() { request } else { request.bearer_auth(&self.access) }
    }

    /// Send it, and read the whole answer.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = self.http.execute(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        if let Some(college) = self.college {
            note(&method, &path, college, status, &headers);
        }
        let bytes = response.bytes().await.unwrap().to_vec();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status, headers, body, bytes }
    }

    /// The same client with another token.
    pub fn with_token(&self, access: &str) -> Self {
        Self { access: access.to_owned(), ..self.clone() }
    }

    /// The token it shows.
    pub fn token(&self) -> &str {
        &self.access
    }

    /// The person behind, for use cases.
    pub async fn caller(&self, app: &App) -> Caller {
        authenticate::authenticate(&self.access, app).await.unwrap()
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body as JSON; null where it is none.
    pub body: Value,
    /// The body as it came.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body of an answer of this status.
    #[track_caller]
    pub fn ok(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// A problem of this status and code, in the one shape problems have; its body.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!(
            (self.status, self.body["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.body
        );
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.body["status"], status);
        self.body
    }

    /// A header, as text.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no header {name}")).to_str().unwrap()
    }
}

/// The pointers of the faults that a problem names.
pub fn pointers(problem: &Value) -> Vec<&str> {
    problem["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|error| error["pointer"].as_str())
        .collect()
}

/// A JSON string.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// The body of a registration, as JSON.
pub fn registration_body(registration: &Registration) -> Value {
    json!({
        "college": registration.college, "email": registration.email, "password": registration.password,
        "full_name": registration.full_name, "full_name_native": registration.full_name_native,
        "native_language": registration.native_language, "roll_number": registration.roll_number,
        "department": registration.department, "programme": registration.programme, "batch": registration.batch,
        "code": registration.code, "consent": registration.consent,
    })
}

/// Log in without the rate limits of HTTP.
pub async fn sign_in(email: &str, college: &str, app: &Arc<App>) -> Client {
    let credentials = Credentials {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        college: Some(college.to_owned()),
    };
    let session = log_in::log_in(credentials, Visit::default(), app).await.unwrap().session;
    let base = app.public_url().as_str().to_owned();
    let mut client = Client {
        http: client(),
        base,
        access: session.access,
        email: email.to_owned(),
        member: None,
        college: None,
    };
    let caller = client.caller(app).await;
    (client.member, client.college) = (Some(caller.member), Some(caller.college));
    client
}

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the clock of the tests")]
fn now() -> DateTime<Utc> {
    Utc::now() + AHEAD.get()
}

fn next() -> u32 {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// A college as it is created.
pub fn new_college(slug: &str) -> NewCollege {
    let department = |code: &str, name: &str, programme: &str| NewDepartment {
        code: code.to_owned(),
        name: name.to_owned(),
        programmes: vec![(programme.to_owned(), format!("B.Tech {name}"))],
    };
    let category = |code: &str, name: &str, academic: bool| NewCategory {
        code: code.to_owned(),
        name: name.to_owned(),
        description: format!("For {}.", name.to_lowercase()),
        icon: "award".to_owned(),
        academic,
        achievement_type: "Achievement".to_owned(),
        criteria_narrative: "A reviewer of the college has seen the certificate.".to_owned(),
        checklist: vec!["The name is the student's".to_owned(), "The date is right".to_owned()],
        reject_reasons: vec![("not_verifiable".to_owned(), "It cannot be verified".to_owned())],
        evidence_required: true,
        particulars: vec!["event".to_owned(), "scheme".to_owned()],
    };
    NewCollege {
        slug: slug.to_owned(),
        name: format!("College of {slug}"),
        city: Some("Pune".to_owned()),
        website: Some(format!("https://{slug}.example")),
        signatory_name: Some("Dr. Meera Nair".to_owned()),
        signatory_title: Some("Controller of Examinations".to_owned()),
        consent_version: CONSENT.to_owned(),
        consent_text: "The college may keep and sign what you hand in.".to_owned(),
        departments: vec![
            department("CSE", "Computer Science", "BTECH-CSE"),
            department("ECE", "Electronics", "BTECH-ECE"),
        ],
        categories: vec![
            category("competition", "Competition", false),
            category("publication", "Publication", true),
        ],
        ..NewCollege::default()
    }
}
