//! Who did what: in the act's own transaction, chained, read by those who may, and taken along as a file.

mod insider;
mod migration;

use std::io::BufReader;

use hub::app::audit::file::{self, FileReport, VerifyFileError};
use hub::app::invitations::OfferedRole;
use hub::app::issuance_log::{self, audit};
use hub::app::work;
use hub::domain::ids::AchievementId;
use hub::domain::member::{Role, Scope};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection};

use crate::invariants::check_invariants;
use crate::lifecycle::{approved, inside, submitted};
use crate::support::{Client, TestCollege, text};
use crate::workflow::{Scene, approve, reject};

async fn run(sql: &str, connection: &mut PgConnection) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.unwrap();
}

async fn count(sql: &str, connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(connection).await.unwrap()
}

/// A checkpoint over everything that was done.
async fn sign(scene: &Scene) {
    issuance_log::look_after(&scene.hub.app).await.unwrap();
    scene.hub.wait(chrono::TimeDelta::seconds(2));
    work::drain(&scene.hub.app).await.unwrap();
}

/// Everything that this list shows, page by page.
async fn all(person: &Client, filter: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut cursor = String::new();
    loop {
        let page =
            person.get(&format!("/api/audit/?limit=7&cursor={cursor}{filter}")).await.ok(200);
        rows.extend(page["results"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => return rows,
        }
    }
}

fn kinds(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["kind"].as_str().unwrap()).collect()
}

/// What `hub audit verify --file` says of an export, with the published key.
fn verify(bytes: &[u8], key: Option<&str>) -> Result<FileReport, VerifyFileError> {
    file::verify(BufReader::new(bytes), key)
}

async fn key_of(scene: &Scene) -> String {
    let keys = scene.hub.anonymous().get("/colleges/anna/log/keys").await;
    String::from_utf8(keys.bytes).unwrap().lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn an_act_without_its_entry_did_not_happen() {
    let scene = Scene::set().await;
    let seen = submitted(&scene.student, "Relay").await;
    let mut owner = inside(&scene.hub, &scene.college).await;
    run(
        "CREATE FUNCTION full_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the audit is full'; END $$;
         CREATE TRIGGER full_audit BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION full_audit()",
        &mut owner,
    )
    .await;
    let before = count("SELECT count(*) FROM jobs", &mut owner).await;
    approve(&scene.first, &seen).await.refused(500, "internal");
    let made =
        scene.student.post("/api/achievements/", crate::lifecycle::content("Shot put")).await;
    made.refused(500, "internal");
    assert_eq!(scene.seen(&scene.student, &seen).await["status"], "submitted");
    for (what, left) in
        [("achievements", 1), ("decisions", 0), ("credentials", 0), ("issued_records", 0)]
    {
        assert_eq!(
            count(&format!("SELECT count(*) FROM {what}"), &mut owner).await,
            left,
            "{what}"
        );
    }
    assert_eq!(count("SELECT count(*) FROM jobs", &mut owner).await, before);
    run("DROP TRIGGER full_audit ON events", &mut owner).await;
    approve(&scene.first, &seen).await.ok(200);
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn acts_side_by_side_stand_in_one_chain_without_gaps() {
    let scene = Scene::set().await;
    let mut items = Vec::new();
    for number in 0..12 {
        items.push(submitted(&scene.student, &format!("Item {number}")).await);
    }
    let all = items.iter().map(|seen| approve(&scene.first, seen));
    for answer in futures_util::future::join_all(all).await {
        answer.ok(200);
    }
    check_invariants(&scene.hub).await;
    let mut owner = inside(&scene.hub, &scene.college).await;
    let whole = "SELECT (count(*) = max(seq) AND max(seq) = (SELECT size FROM audit_chains))::int::bigint FROM events";
    assert_eq!(count(whole, &mut owner).await, 1);
    let approvals = "SELECT count(*) FROM events WHERE kind = 'approved'";
    assert_eq!(count(approvals, &mut owner).await, 12);
}

#[tokio::test]
async fn the_application_can_take_words_out_of_the_audit_and_change_nothing_else() {
    let scene = Scene::set().await;
    submitted(&scene.student, "Relay").await;
    let mut owner = inside(&scene.hub, &scene.college).await;
    run("SET ROLE hub_app", &mut owner).await;
    for (statement, reason) in [
        ("UPDATE events SET kind = 'approved'", "permission denied"),
        ("UPDATE events SET hash = sha256('x')", "permission denied"),
        ("DELETE FROM events", "permission denied"),
        ("TRUNCATE events", "permission denied"),
        ("DELETE FROM audit_chains", "permission denied"),
        ("UPDATE events SET text = 'something else'", "not changed, only its words erased"),
        (
            "UPDATE events SET salt = NULL, data = '{\"a\": 1}'",
            "not changed, only its words erased",
        ),
    ] {
        let error = sqlx::raw_sql(statement).execute(&mut owner).await.unwrap_err();
        assert!(error.to_string().contains(reason), "{statement}: {error}");
    }
    run("UPDATE events SET salt = NULL, text = NULL, data = '{}'", &mut owner).await;
}

/// People of every role, and what each of them has done or is about.
#[tokio::test]
async fn everybody_reads_as_far_as_their_role_reaches() {
    let scene = Scene::set().await;
    let college = &scene.college;
    let staff =
        async |name: &str, role, scope| college.staff(name, &[OfferedRole { role, scope }]).await;
    let categories = college.admin.get("/api/categories/").await.ok(200);
    let competition =
        categories.as_array().unwrap().iter().find(|row| row["code"] == "competition");
    let competition = text(&competition.unwrap()["id"]).parse().unwrap();
    let organizer = college.organizer("Organizer", Scope::Category(competition)).await;
    let coordinator = staff("Coordinator", Role::ReportCoordinator, Scope::College).await;
    let keys = college.key_manager("Key Manager").await;
    let head = college.head("Head", "CSE").await;
    let stranger = college.head("Head of Electronics", "ECE").await;
    let other = college.student_of_electronics("Arun").await;

    let ours = approved(&scene.student, &scene.first, "Relay").await;
    let theirs = submitted(&other, "Hockey").await;
    reject(&organizer, &theirs).await.ok(200);
    let draft = crate::lifecycle::draft(&scene.student, "Not handed in").await;

    scene.student.get("/api/audit/").await.refused(403, "forbidden");
    scene.student.get("/api/audit/export/").await.refused(403, "forbidden");
    let everything = all(&college.admin, "").await;
    assert_eq!(everything, all(&coordinator, "").await);
    let places: Vec<i64> = everything.iter().map(|row| row["seq"].as_i64().unwrap()).collect();
    assert_eq!(
        places,
        (1..=places.len() as i64).rev().collect::<Vec<_>>(),
        "each once, newest first"
    );

    let about = |rows: &[Value], item: &Value| {
        rows.iter().filter(|row| row["achievement"] == item["id"]).count()
    };
    for reader in [&scene.first, &scene.second, &head] {
        let rows = all(reader, "").await;
        assert_eq!(about(&rows, &ours), about(&everything, &ours));
        assert_eq!((about(&rows, &theirs), about(&rows, &draft)), (0, 0));
        let own = reader.member.unwrap().to_string();
        assert!(rows.iter().all(|row| row["achievement"] == ours["id"] || row["actor"] == own));
    }
    let rows = all(&stranger, "").await;
    assert_eq!((about(&rows, &ours), about(&rows, &theirs)), (0, about(&everything, &theirs)));
    let rows = all(&organizer, "").await;
    assert_eq!(
        kinds(&rows),
        ["rejected", "email_verified", "registered"],
        "what they did, and no more"
    );
    let rows = all(&keys, "").await;
    assert!(kinds(&rows).contains(&"keys_created"));
    assert!(
        kinds(&rows).iter().all(|kind| kind.starts_with("key") || *kind == "staff_joined"),
        "{rows:?}"
    );
}

#[tokio::test]
async fn the_audit_is_asked_by_actor_kind_object_and_time() {
    let scene = Scene::set().await;
    let admin = &scene.college.admin;
    let early = approved(&scene.student, &scene.first, "Relay").await;
    scene.hub.wait(chrono::TimeDelta::minutes(5));
    let middle = scene.hub.now();
    let late = submitted(&scene.student, "Hockey").await;
    reject(&scene.second, &late).await.ok(200);

    let rows = all(admin, &format!("&actor={}", scene.second.member.unwrap())).await;
    assert_eq!(kinds(&rows), ["rejected", "staff_joined"]);
    assert_eq!(rows[0]["actor_name"], "Dr. Rao");
    assert_eq!(kinds(&all(admin, "&kind=approved").await), ["approved"]);
    let rows = all(admin, &format!("&object={}", text(&early["id"]))).await;
    assert!(rows.len() >= 4 && rows.iter().all(|row| row["achievement"] == early["id"]));
    let member = scene.student.member.unwrap();
    let rows = all(admin, &format!("&object={member}")).await;
    assert_eq!(kinds(&rows), ["email_verified", "registered"], "it stands in their data");
    let at = middle.format("%Y-%m-%dT%H:%M:%SZ");
    let after = all(admin, &format!("&since={at}")).await;
    assert!(after.iter().all(|row| row["achievement"] == late["id"]) && after.len() >= 3);
    let before = all(admin, &format!("&until={at}")).await;
    assert_eq!(before.len() + after.len(), all(admin, "").await.len());
    admin.get("/api/audit/?who=me").await.refused(400, "malformed");
    admin.get("/api/audit/?actor=nobody").await.refused(400, "malformed");
    admin.get("/api/audit/?cursor=nonsense").await.refused(400, "malformed");
    admin.get("/api/audit/export/?limit=1").await.refused(400, "malformed");
}

#[tokio::test]
async fn an_exported_audit_is_checked_by_itself_and_every_edit_of_the_file_is_named() {
    let scene = Scene::set().await;
    let item = approved(&scene.student, &scene.first, "Relay").await;
    sign(&scene).await;
    let late = submitted(&scene.student, "Hockey").await;
    reject(&scene.second, &late).await.ok(200);
    let key = key_of(&scene).await;
    let answer = scene.college.admin.get("/api/audit/export/").await;
    assert_eq!(answer.header("content-type"), "application/jsonl");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"audit-anna.jsonl\"");
    let whole = verify(&answer.bytes, Some(&key)).unwrap();
    assert_eq!((whole.shown, whole.erased), (whole.entries, 0));
    let signed = whole.signed.unwrap();
    assert!(signed > 5 && signed < whole.entries, "{whole:?}");

    let lines: Vec<String> =
        String::from_utf8(answer.bytes.clone()).unwrap().lines().map(str::to_owned).collect();
    let broken = |edit: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines.clone();
        edit(&mut lines);
        verify((lines.join("\n") + "\n").as_bytes(), Some(&key)).unwrap_err().to_string()
    };
    let change = |line: &mut String, from: &str, to: &str| {
        assert!(line.contains(from), "{line}");
        *line = line.replacen(from, to, 1);
    };
    let rejection = lines.iter().position(|line| line.contains("\"kind\":\"rejected\"")).unwrap();
    let of_line = |line: usize| format!("line {}: ", line + 1);
    type Edit<'a> = (&'a dyn Fn(&mut Vec<String>), String);
    let edits: [Edit<'_>; 9] = [
        (
            &|lines| change(&mut lines[rejection], "\"rejected\"", "\"approved\""),
            of_line(rejection),
        ),
        (
            &|lines| change(&mut lines[rejection], "\"actor\":", "\"actor\":null,\"x\":"),
            of_line(rejection),
        ),
        (
            &|lines| change(&mut lines[rejection], "\"data\":\"", "\"data\":\" "),
            format!("{}what the entry", of_line(rejection)),
        ),
        (&|lines| drop(lines.remove(4)), "line 5 is not of place 4".to_owned()),
        (&|lines| lines.swap(4, 5), "line 5 is not of place 4".to_owned()),
        (&|lines| lines.insert(4, lines[4].clone()), "line 6 is not of place 5".to_owned()),
        (&|lines| drop(lines.pop()), "the file ends at place".to_owned()),
        (
            &|lines| change(&mut lines[0], "audit ", "audit 1"),
            "the checkpoint does not hold".to_owned(),
        ),
        (&|lines| change(&mut lines[0], "hub-audit-1", "hub-audit-2"), "line 1 is not".to_owned()),
    ];
    for (number, (edit, expected)) in edits.iter().enumerate() {
        let found = broken(edit);
        assert!(found.contains(expected.as_str()), "edit {number} says: {found}, not: {expected}");
    }

    // Who sees less can check as much.
    let answer = scene.first.get("/api/audit/export/?kind=approved").await;
    let part = verify(&answer.bytes, Some(&key)).unwrap();
    assert_eq!((part.entries, part.shown, part.signed), (whole.entries, 1, Some(signed)));
    // A part by actor or object passes over entries that name neither.
    for filter in
        [format!("actor={}", scene.first.member.unwrap()), format!("object={}", text(&item["id"]))]
    {
        let bytes = scene.college.admin.get(&format!("/api/audit/export/?{filter}")).await.bytes;
        let report = verify(&bytes, Some(&key)).unwrap();
        assert!(report.shown > 1 && report.shown < report.entries, "{filter}: {report:?}");
    }
    let told = String::from_utf8(answer.bytes).unwrap();
    assert!(told.contains(&text(&item["id"])) && !told.contains(&text(&late["id"])));

    // By the program, without a database.
    let path = scene.hub.folder().join("audit.jsonl");
    for (content, code) in [(lines.join("\n"), 0), (lines[..5].join("\n"), 1)] {
        std::fs::write(&path, content).unwrap();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_hub"))
            .args(["audit", "verify", "--file", path.to_str().unwrap(), "--key", &key])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(
            said.contains(if code == 0 { "whole: " } else { "BROKEN: the file ends at place 4" }),
            "{said}"
        );
    }
}

#[tokio::test]
async fn an_erasure_takes_the_words_and_leaves_the_chain_whole() {
    let scene = Scene::set().await;
    let item = submitted(&scene.student, "Relay").await;
    let secret = "Kavya was seen at the relay";
    let body = json!({ "action": "reject", "reason": "not_verifiable", "comment": secret });
    crate::workflow::decide(&scene.first, &item, body).await.ok(200);
    sign(&scene).await;
    let id = AchievementId(text(&item["id"]).parse().unwrap());
    let database = scene.hub.database.connect().await;
    let mut tx = database.tenant(scene.college.id).await.unwrap();
    let person = scene.student.member.unwrap();
    hub::app::audit::erase_words(&[id], person, &mut tx, &scene.hub.app).await.unwrap();
    tx.commit().await.unwrap();

    let dump = scene.college.admin.get("/api/audit/export/").await.bytes;
    let report = verify(&dump, None).unwrap();
    assert!(report.erased >= 4, "{report:?}");
    assert!(!String::from_utf8(dump).unwrap().contains(secret));
    let erased = |rows: &[Value]| rows.iter().filter(|row| row["erased"] == true).count() as i64;
    assert_eq!(erased(&all(&scene.college.admin, "").await), report.erased);
    sign(&scene).await;
    let audited = audit::verify(scene.college.id, &scene.hub.app).await.unwrap();
    assert_eq!((audited.fault, audited.erased), (None, report.erased as u64));
}

/// Reading is what colleges do with it; nobody waits for it.
#[tokio::test]
async fn an_audit_of_nothing_and_of_another_college_is_of_its_own_chain() {
    let scene = Scene::set().await;
    let other: TestCollege = scene.hub.college("beta").await;
    let rows = all(&other.admin, "").await;
    assert!(kinds(&rows).contains(&"college_created"), "{rows:?}");
    assert_eq!(rows.last().unwrap()["seq"], 1);
    let foreign = scene.first.member.unwrap();
    assert_eq!(all(&other.admin, &format!("&actor={foreign}")).await, [Value::Null; 0]);
    let file = other.admin.get("/api/audit/export/").await.bytes;
    let report = verify(&file, None).unwrap();
    assert_eq!((report.college, report.signed), (other.id, None));
}
