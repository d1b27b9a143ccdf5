//! What whoever runs the hub sees of it: figures, ids of requests, the log.

use std::sync::Mutex;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Executor;
use tokio::net::TcpListener;

use crate::lifecycle::{approved, submitted, verify};
use crate::support::{PASSWORD, TestHub, text};

/// The address where the figures of this hub are shown.
async fn shown(hub: &TestHub, counted: PrometheusHandle) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = hub::http::metrics_router(hub.app.clone(), move || counted.render());
    tokio::spawn(hub::http::serve(listener, routes, std::future::pending::<()>()));
    format!("http://{address}")
}

async fn body(url: String) -> String {
    reqwest::get(url).await.unwrap().text().await.unwrap()
}

/// The value on the line that has all of these words.
#[track_caller]
fn value(figures: &str, words: &[&str]) -> f64 {
    let lines = figures.lines().filter(|line| !line.starts_with('#'));
    let mut lines = lines.filter(|line| words.iter().all(|word| line.contains(word)));
    let line = lines.next().unwrap_or_else(|| panic!("no line has {words:?} in\n{figures}"));
    assert_eq!(lines.next(), None, "{words:?} means two lines");
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_figures_tell_what_happened_and_of_nobody() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let counted = recorder.handle();
    let _counting = metrics::set_default_local_recorder(&recorder);
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya Subramanian").await;
    let faculty = college.faculty("Dr. Meena Iyer").await;
    let seen = approved(&student, &faculty, "Winner, 1500 m").await;
    let address = text(&seen["credential"]["url"]);
    let document = hub.anonymous().get(address.strip_prefix(&hub.url).unwrap()).await.bytes;
    assert_eq!(verify(&hub, document).await["verdict"], "valid");
    let made_up = hub.anonymous().request(Method::from_bytes(b"BREW").unwrap(), "/tea/kavya");
    hub.anonymous().send(made_up).await;

    let shown = shown(&hub, counted).await;
    assert_eq!(body(format!("{shown}/healthz")).await, "ok\n");
    assert_eq!(body(format!("{shown}/readyz")).await, "ready\n");
    let waiting = body(format!("{shown}/metrics")).await;
    let upload = "route=\"/api/achievements/{id}/evidence\"";
    assert_eq!(value(&waiting, &["hub_requests_total", upload, "POST", "\"201\""]), 1.0);
    assert_eq!(value(&waiting, &["hub_request_seconds", "quantile=\"1\"", upload]).signum(), 1.0);
    assert_eq!(value(&waiting, &["hub_requests_total", "(none)", "\"other\""]), 1.0);
    assert_eq!(value(&waiting, &["hub_credentials_signed_total", "approval"]), 1.0);
    assert_eq!(value(&waiting, &["hub_verifications_total", "json", "\"valid\""]), 1.0);
    assert!(value(&waiting, &["hub_jobs", "send_mail", "waiting"]) > 0.0);
    assert_eq!(value(&waiting, &["hub_render_workers{", "portfolio"]), 2.0);
    assert_eq!(value(&waiting, &["hub_render_workers_busy", "evidence"]), 0.0);
    assert!(value(&waiting, &["hub_database_connections", "idle"]) > 0.0);
    for secret in [&text(&seen["id"]), &student.email, "kavya", "anna", "BREW"] {
        assert!(!waiting.contains(secret), "{secret} is told in\n{waiting}");
    }

    hub.mails().await;
    hub::app::status_lists::refresh_old(&hub.app).await.unwrap();
    let done = body(format!("{shown}/metrics")).await;
    assert_eq!(value(&done, &["hub_jobs{", "send_mail", "waiting"]), 0.0);
    assert!(value(&done, &["hub_jobs_tried_total", "send_mail", "done"]) > 0.0);
    let signed = value(&done, &["hub_oldest_status_list_timestamp_seconds "]);
    assert!((hub.now().timestamp() as f64 - signed).abs() < 120.0, "{signed}");
}

#[tokio::test]
async fn a_request_has_one_id_in_its_answer_its_problem_and_the_log() {
    let hub = TestHub::start().await;
    let anyone = hub.anonymous();
    let named = anyone.request(Method::GET, "/api/nothing").header("X-Request-Id", "4bf92f35-77");
    let answer = anyone.send(named).await;
    assert_eq!(
        (answer.header("x-request-id"), &answer.body["trace_id"]),
        ("4bf92f35-77", &json!("4bf92f35-77"))
    );
    let answer = anyone.get("/api/nothing").await;
    assert_eq!(answer.header("x-request-id").len(), 32);
    assert_eq!(answer.body["trace_id"], answer.header("x-request-id"));
    assert_eq!(anyone.get("/healthz").await.header("x-request-id").len(), 32);
}

#[tokio::test]
async fn the_log_names_requests_and_no_person() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let writer = tracing_subscriber::fmt()
        .json()
        .with_env_filter("debug,hub=trace,h2=off,hyper=off")
        .with_writer(Mutex::new(log.reopen().unwrap()));
    // With one dispatcher alone, a call site that the thread of another test meets first would be off for good.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let _logging = tracing::subscriber::set_default(writer.finish());
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya Subramanian").await;
    let faculty = college.faculty("Dr. Meena Iyer").await;
    approved(&student, &faculty, "Winner, 1500 m").await;
    let wrong = json!({ "email": student.email, "password": "not the quiet lane" });
    hub.anonymous().post("/api/token/", wrong).await.refused(401, "wrong_password");
    let tokens = json!({ "email": student.email, "password": PASSWORD });
    let tokens = hub.anonymous().post("/api/token/", tokens).await.ok(200);
    let refresh = json!({ "refresh": tokens["refresh"] });
    let renewed = hub.anonymous().post("/api/token/refresh/", refresh.clone()).await.ok(200);
    hub.wait(chrono::Duration::minutes(5));
    hub.anonymous().post("/api/token/refresh/", refresh).await;
    let mails = hub.mails().await;
    // Something that breaks, in the midst of an act with a person's data.
    let seen = submitted(&student, "Runner, relay").await;
    hub.database.owner().await.execute("ALTER TABLE events RENAME TO lost").await.unwrap();
    let path = format!("/api/achievements/{}/decisions/", text(&seen["id"]));
    let request = faculty
        .request(Method::POST, &path)
        .header("If-Match", text(&seen["etag"]))
        .header("X-Request-Id", "4bf92f35-99")
        .json(&json!({ "action": "approve", "comment": "Well run, Kavya." }));
    let broken = faculty.send(request).await.refused(500, "internal");
    assert_eq!(broken["trace_id"], "4bf92f35-99");

    let log = std::fs::read_to_string(log.path()).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let failed = lines.iter().find(|line| line["fields"]["message"] == "a request failed").unwrap();
    assert_eq!(failed["span"], json!({ "name": "request", "id": "4bf92f35-99" }));
    let mut private = vec![
        "Kavya".to_owned(),
        "Subramanian".to_owned(),
        "Meena".to_owned(),
        "@anna.example".to_owned(),
        PASSWORD.to_owned(),
        "quiet lane".to_owned(),
        "1500 m".to_owned(),
        "photo.jpg".to_owned(),
        student.access.clone(),
        faculty.access.clone(),
        text(&tokens["refresh"]),
        text(&renewed["refresh"]),
    ];
    let links = mails.iter().filter_map(|mail| mail.text.split_once("?token="));
    private.extend(links.map(|(_, rest)| rest.split_whitespace().next().unwrap().to_owned()));
    assert!(private.len() > 12, "a mail holds a link");
    for secret in private {
        let line = log.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{secret} stands in the log");
    }
}
