//! Batches over HTTP: past approvals, and credentials issued anew.

use std::collections::HashSet;

use chrono::{DateTime, Duration, Utc};
use hub::app::work;
use hub::credential::proof;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::keys::{active, decide, step};
use crate::lifecycle::{approved, inside, state, verify};
use crate::support::{Answer, Client, TestCollege, TestHub, pointers, text};

const PATH: &str = "/api/credentials/batch/";
const COLUMNS: &str = "reference,student,category,title,organiser,ended_on,approver,approved_on";

/// A college with one student and one reviewer.
struct Scene {
    hub: TestHub,
    college: TestCollege,
    student: Client,
    faculty: Client,
}

impl Scene {
    async fn set() -> Self {
        let hub = TestHub::start().await;
        let college = hub.college("anna").await;
        let student = college.student("Kavya Subramanian").await;
        let faculty = college.faculty("Dr. Meena Iyer").await;
        Self { hub, college, student, faculty }
    }

    fn item(&self, number: usize) -> Value {
        item(number, &self.student, &self.faculty)
    }

    fn items(&self, count: usize) -> Vec<Value> {
        (0..count).map(|number| self.item(number)).collect()
    }

    /// The admin sends rows, and must be answered 202; the path where they can be followed.
    async fn send(&self, items: Vec<Value>) -> String {
        let answer = self.college.admin.post(PATH, json!({ "items": items })).await;
        let place = answer.header("location").to_owned();
        let begun = answer.ok(202);
        assert_eq!(place, format!("{PATH}{}/", text(&begun["batch"])));
        place
    }

    async fn follow(&self, place: &str) -> Value {
        self.college.admin.get(place).await.ok(200)
    }

    async fn inside(&self) -> PgConnection {
        inside(&self.hub, &self.college).await
    }

    async fn drain(&self) {
        work::drain(&self.hub.app).await.unwrap();
    }

    /// Let a student review an academic category, as no organizer is made through the hub.
    async fn make_organizer(&self, student: &Client) {
        sqlx::query(
            "INSERT INTO role_grants (college_id, id, member_id, role, scope_kind, scope_id, starts_at, ends_at, granted_by)
             SELECT $1, $2, $3, 'organizer', 'category', id, now() - interval '1 day', now() + interval '1 year', $4
             FROM categories WHERE college_id = $1 AND code = 'publication'",
        )
        .bind(self.college.id.0)
        .bind(Uuid::new_v4())
        .bind(student.member.unwrap().0)
        .bind(self.college.admin.member.unwrap().0)
        .execute(&mut self.inside().await)
        .await
        .unwrap();
    }

    async fn credentials(&self) -> Vec<Issued> {
        sqlx::query_as(
            "SELECT c.id, c.status, c.generation, c.list_number, c.list_index, c.document, d.decided_at
             FROM credentials c JOIN decisions d ON d.achievement_id = c.achievement_id ORDER BY c.id",
        )
        .fetch_all(&mut self.inside().await)
        .await
        .unwrap()
    }
}

#[derive(sqlx::FromRow)]
struct Issued {
    id: Uuid,
    status: String,
    generation: i32,
    list_number: i32,
    list_index: i32,
    document: Option<String>,
    decided_at: DateTime<Utc>,
}

impl Issued {
    fn document(&self) -> Value {
        serde_json::from_str(self.document.as_deref().expect("it was issued")).unwrap()
    }
}

fn item(number: usize, student: &Client, approver: &Client) -> Value {
    json!({
        "reference": format!("2024/{number}"), "student": student.email, "category": "competition",
        "title": format!("Winner, race {number}"), "description": "Three rounds.",
        "organiser": "State Athletics Association", "level": "state", "outcome": "winner",
        "ended_on": "2024-02-14", "hours": 12, "skills": ["Endurance", "Pacing"],
        "approver": approver.email, "approved_on": "2024-03-01",
    })
}

fn with(mut item: Value, name: &str, value: &str) -> Value {
    item[name] = json!(value);
    item
}

async fn send_csv(person: &Client, query: &str, file: String) -> Answer {
    let request = person.request(Method::POST, &format!("{PATH}{query}"));
    person.send(request.header("content-type", "text/csv; charset=utf-8").body(file)).await
}

async fn count(table: &str, connection: &mut PgConnection) -> i64 {
    let query = format!("SELECT count(*) FROM {table}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(connection).await.unwrap()
}

/// Every proof of every credential holds, each index is its own, and the record knows each document.
async fn check_all(scene: &Scene, generation: i32) -> Vec<Issued> {
    let keys = scene.hub.anonymous().get("/colleges/anna/did.json").await.ok(200);
    let methods = keys["verificationMethod"].as_array().unwrap();
    let public_key = |address: &Value| -> [u8; 32] {
        let method = methods.iter().find(|method| method["id"] == *address).unwrap();
        // Multibase base58btc of the multicodec 0xed01 and the key.
        let key = text(&method["publicKeyMultibase"]);
        bs58::decode(&key[1..]).into_vec().unwrap()[2..].try_into().unwrap()
    };
    let credentials = scene.credentials().await;
    let mut places = HashSet::new();
    let mut owner = scene.inside().await;
    for issued in &credentials {
        assert_eq!((issued.status.as_str(), issued.generation), ("active", generation));
        assert!(places.insert((issued.list_number, issued.list_index)), "an index stands twice");
        let document = issued.document();
        assert_eq!(document["credentialStatus"]["statusListIndex"], issued.list_index.to_string());
        for one in document["proof"].as_array().unwrap() {
            let key = public_key(&one["verificationMethod"]);
            assert_eq!(proof::check(&document, one, &key), Ok(()));
        }
        let recorded: Vec<u8> = sqlx::query_scalar(
            "SELECT record_hash FROM issued_records WHERE document_id = $1 AND generation = $2",
        )
        .bind(issued.id)
        .bind(generation)
        .fetch_one(&mut owner)
        .await
        .unwrap();
        assert_eq!(recorded, proof::record_hash(&document));
    }
    credentials
}

#[tokio::test]
async fn a_thousand_past_approvals_become_credentials_that_verify() {
    let scene = Scene::set().await;
    let place = scene.send(scene.items(1_000)).await;
    let waiting = scene.follow(&place).await;
    assert_eq!(
        (&waiting["state"], &waiting["total"], &waiting["issued"]),
        (&json!("waiting"), &json!(1000), &json!(0))
    );

    scene.drain().await;
    let done = scene.follow(&place).await;
    assert_eq!(
        (&done["state"], &done["issued"], &done["failed"], &done["failures"]),
        (&json!("finished"), &json!(1000), &json!(0), &json!([]))
    );
    assert!(done["rate"].as_f64().unwrap() > 0.0);
    let listed = scene.college.admin.get(PATH).await.ok(200);
    assert_eq!(listed["results"][0]["id"], done["id"]);
    // One checkpoint of the issuance log for all of it, a moment later.
    scene.hub.wait(Duration::seconds(2));
    scene.drain().await;
    assert_eq!(scene.hub.app.count_jobs().await.unwrap(), 0, "a job was left over");

    let credentials = check_all(&scene, 1).await;
    assert_eq!(credentials.len(), 1_000);
    let mut owner = scene.inside().await;
    assert_eq!(count("issued_records", &mut owner).await, 1_000);
    assert_eq!(count("achievements WHERE status = 'approved'", &mut owner).await, 1_000);
    let used: i64 = sqlx::query_scalar("SELECT sum(used) FROM status_lists")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(used, 1_000);
    let signatures: i64 =
        sqlx::query_scalar("SELECT signatures FROM signing_keys WHERE purpose = 'credentials'")
            .fetch_one(&mut owner)
            .await
            .unwrap();
    assert_eq!(signatures, 2 * 1_000 + 2, "two for each credential, two for the list");

    // What a verifier says of one, and what stands in it.
    let document = credentials[17].document();
    let report = verify(&scene.hub, document.to_string().into_bytes()).await;
    assert_eq!(report["verdict"], "valid", "{report:#}");
    let approval = document["evidence"].as_array().unwrap().last().unwrap();
    assert!(text(&approval["narrative"]).ends_with("on 2024-03-01."), "{approval}");
    assert_eq!(document["awardedDate"], "2024-02-14T00:00:00Z");
    assert!(*text(&document["validFrom"]) > *"2024-03-02", "it holds since it was signed");
    assert_eq!(credentials[17].decided_at.date_naive().to_string(), "2024-03-01");

    // The student sees it, knows of it once, and finds it.
    let mine = scene.student.get("/api/achievements/?q=race&limit=5").await.ok(200);
    assert_eq!(mine["results"].as_array().unwrap().len(), 5);
    let notices = scene.student.get("/api/notifications/").await.ok(200);
    assert_eq!(notices["results"].as_array().unwrap().len(), 1);
    assert!(text(&notices["results"][0]["text"]).contains("1000"));
    // Notices are paged by their ids, which therefore grow with time (RFC 9562 §5.7).
    let id: uuid::Uuid = text(&notices["results"][0]["id"]).parse().unwrap();
    assert_eq!(id.get_version_num(), 7);
}

#[tokio::test]
async fn a_file_sent_twice_issues_nothing_twice() {
    let scene = Scene::set().await;
    let place = scene.send(scene.items(5)).await;
    let again = scene.college.admin.post(PATH, json!({ "items": scene.items(5) })).await;
    assert_eq!(again.header("location"), place);
    let again = again.ok(200);
    assert_eq!((&again["accepted"], &again["repeated"]), (&json!(0), &json!(5)));

    // A longer one issues what is new.
    let longer = scene.college.admin.post(PATH, json!({ "items": scene.items(7) })).await.ok(202);
    assert_eq!((&longer["accepted"], &longer["repeated"]), (&json!(2), &json!(5)));

    // Another content under a known reference is not taken for the same.
    let changed = with(scene.item(3), "title", "Winner, another race");
    let refused = scene.college.admin.post(PATH, json!({ "items": [changed] })).await;
    let refused = refused.refused(422, "validation_failed");
    assert_eq!(pointers(&refused), ["/items/0/reference"]);
    assert_eq!(refused["errors"][0]["code"], "taken");

    // Nor do many at once make two of anything.
    let items: Vec<Value> = (10..20).map(|number| scene.item(number)).collect();
    let all = (0..8).map(|_| scene.college.admin.post(PATH, json!({ "items": items.clone() })));
    let answers = futures_util::future::join_all(all).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 1);
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 202)));
    scene.drain().await;
    assert_eq!(check_all(&scene, 1).await.len(), 17);
}

#[tokio::test]
async fn a_bad_row_is_named_by_row_and_column_and_stops_all() {
    let scene = Scene::set().await;
    let mut items = scene.items(4);
    items[1] = with(with(scene.item(1), "ended_on", "14.02.2024"), "level", "galactic");
    items[2] = with(scene.item(2), "student", "99XX9999");
    items[3] = with(scene.item(3), "reference", "2024/0");
    let body = json!({ "items": items });

    let dry = scene.college.admin.post(&format!("{PATH}?dry_run=true"), body.clone()).await.ok(200);
    assert_eq!((&dry["batch"], &dry["accepted"]), (&Value::Null, &json!(1)));
    let mut named: Vec<(u64, &str, &str)> = dry["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            (e["row"].as_u64().unwrap(), e["column"].as_str().unwrap(), e["code"].as_str().unwrap())
        })
        .collect();
    named.sort_unstable();
    assert_eq!(
        named,
        [
            (2, "ended_on", "malformed"),
            (2, "level", "malformed"),
            (3, "student", "unknown"),
            (4, "reference", "repeated")
        ]
    );

    let refused = scene.college.admin.post(PATH, body.clone()).await;
    let refused = refused.refused(422, "validation_failed");
    let mut places = pointers(&refused);
    places.sort_unstable();
    assert_eq!(
        places,
        ["/items/1/ended_on", "/items/1/level", "/items/2/student", "/items/3/reference"]
    );
    let mut owner = scene.inside().await;
    for table in ["achievements", "credentials", "status_entries", "batches", "batch_items"] {
        assert_eq!(count(table, &mut owner).await, 0, "{table} holds something");
    }

    // Unless they are to be skipped: then the batch names them.
    let begun = scene.college.admin.post(&format!("{PATH}?skip_invalid=true"), body).await.ok(202);
    assert_eq!(begun["accepted"], 1);
    scene.drain().await;
    let done = scene.follow(&format!("{PATH}{}/", text(&begun["batch"]))).await;
    assert_eq!(
        (&done["total"], &done["issued"], &done["failed"], &done["state"]),
        (&json!(4), &json!(1), &json!(3), &json!("finished"))
    );
    let rows: Vec<i64> = done["failures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|failure| failure["row"].as_i64().unwrap())
        .collect();
    assert_eq!(rows, [2, 3, 4]);
    assert_eq!(check_all(&scene, 1).await.len(), 1);
}

#[tokio::test]
async fn a_csv_file_is_taken_and_its_faults_are_named_by_line() {
    let scene = Scene::set().await;
    let (student, approver) = (&scene.student.email, &scene.faculty.email);
    let good = format!(
        "R1,{student},competition,\"Winner, 100 m\",State,2024-02-14,{approver},2024-03-01"
    );
    let bad = format!("R2,{student},cookery,Winner,State,2024-02-14,{approver},2024-01-01");
    let file = format!("\u{feff}{COLUMNS}\n{good}\n{bad}\n");
    let refused = send_csv(&scene.college.admin, "", file).await.refused(422, "validation_failed");
    assert_eq!(pointers(&refused), ["/lines/3/approved_on"], "a row is looked up once it is whole");
    let begun = send_csv(&scene.college.admin, "", format!("{COLUMNS}\n{good}\n")).await.ok(202);
    assert_eq!(begun["accepted"], 1);
    let header = send_csv(&scene.college.admin, "", "reference,title\n1,2\n".to_owned()).await;
    assert_eq!(pointers(&header.refused(422, "validation_failed")), ["/csv"]);
    scene.drain().await;
    assert_eq!(check_all(&scene, 1).await[0].document()["name"], "Winner, 100 m");
}

#[tokio::test]
async fn an_approver_may_have_approved_it_and_a_student_is_of_this_college() {
    let scene = Scene::set().await;
    let other = scene.hub.college("beta").await;
    let stranger = other.student("Student Of Beta").await;
    let strange_faculty = other.faculty("Faculty Of Beta").await;
    let electronics = scene.college.student_of_electronics("Arun").await;
    let unconfirmed = scene.college.unconfirmed_student("Nobody Yet").await;
    let key_manager = scene.college.key_manager("Dr. Sonkar").await;
    let organizer = scene.college.student("Ravi").await;
    scene.make_organizer(&organizer).await;
    let cases = [
        (item(0, &stranger, &scene.faculty), "student", "unknown"),
        (with(scene.item(1), "student", &Uuid::new_v4().to_string()), "student", "unknown"),
        (item(2, &unconfirmed, &scene.faculty), "student", "not_confirmed"),
        (item(3, &scene.student, &strange_faculty), "approver", "unknown"),
        (item(4, &scene.student, &key_manager), "approver", "unknown"),
        (item(5, &scene.student, &scene.student), "approver", "unknown"),
        (item(6, &electronics, &scene.faculty), "approver", "out_of_reach"),
        (
            with(item(7, &scene.student, &organizer), "category", "publication"),
            "approver",
            "out_of_reach",
        ),
        (with(scene.item(8), "category", "cookery"), "category", "unknown"),
    ];
    let items: Vec<&Value> = cases.iter().map(|(item, ..)| item).collect();
    let refused = scene.college.admin.post(PATH, json!({ "items": items })).await;
    let refused = refused.refused(422, "validation_failed");
    let expected: Vec<(String, &str)> = cases
        .iter()
        .enumerate()
        .map(|(place, (_, column, code))| (format!("/items/{place}/{column}"), *code))
        .collect();
    let named: Vec<(String, &str)> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (text(&error["pointer"]), error["code"].as_str().unwrap()))
        .collect();
    assert_eq!(named, expected);
}

#[tokio::test]
async fn nobody_stands_as_the_approver_of_their_own() {
    let scene = Scene::set().await;
    scene.make_organizer(&scene.student).await;
    let own = item(1, &scene.student, &scene.student);
    let refused = scene.college.admin.post(PATH, json!({ "items": [own] })).await;
    let refused = refused.refused(422, "validation_failed");
    assert_eq!(refused["errors"][0]["code"], "own_item");

    // And the database would not hold it, whatever the program does.
    scene.send(vec![scene.item(2)]).await;
    let forced = sqlx::query("UPDATE credentials SET approved_by = student_id")
        .execute(&mut scene.inside().await)
        .await;
    let error = forced.unwrap_err().into_database_error().unwrap();
    assert_eq!(error.constraint(), Some("credentials_not_own"));
}

#[tokio::test]
async fn only_a_college_admin_issues_in_batches() {
    let scene = Scene::set().await;
    let head = scene.college.head("Dr. Rao", "CSE").await;
    let manager = scene.college.key_manager("Dr. Sonkar").await;
    let place = scene.send(scene.items(1)).await;
    for person in [&scene.student, &scene.faculty, &head, &manager] {
        person.post(PATH, json!({ "items": scene.items(2) })).await.refused(403, "forbidden");
        person.post(PATH, json!({ "reissue": [] })).await.refused(403, "forbidden");
        person.get(PATH).await.refused(403, "forbidden");
        person.get(&place).await.refused(403, "forbidden");
    }
    let other = scene.hub.college("beta").await;
    other.admin.get(&place).await.refused(404, "not_found");
    assert_eq!(other.admin.get(PATH).await.ok(200)["results"], json!([]));
}

#[tokio::test]
async fn a_batch_has_at_most_ten_thousand_rows_of_a_kind_that_is_known() {
    let scene = Scene::set().await;
    let admin = &scene.college.admin;
    let line = format!("x,{},competition,Winner,State,2024-02-14,a@b.example,2024-03-01\n", "y");
    let file = format!("{COLUMNS}\n{}", line.repeat(10_001));
    let refused = send_csv(admin, "", file).await.refused(422, "validation_failed");
    assert_eq!(refused["errors"][0]["code"], "too_many");
    let ids: Vec<Uuid> = (0..10_001).map(|_| Uuid::new_v4()).collect();
    let refused = admin.post(PATH, json!({ "reissue": ids })).await;
    assert_eq!(refused.refused(422, "validation_failed")["errors"][0]["code"], "too_many");
    let huge = format!("{COLUMNS}\n{}", "x".repeat(25 * 1024 * 1024));
    send_csv(admin, "", huge).await.refused(413, "too_large");

    let xml = admin.request(Method::POST, PATH).header("content-type", "text/xml").body("<a/>");
    admin.send(xml).await.refused(415, "unsupported_type");
    for body in [json!({}), json!({ "items": [], "reissue": [] }), json!({ "rows": [] })] {
        admin.post(PATH, body).await.refused(400, "malformed");
    }
    admin.post(PATH, json!({ "items": [] })).await.refused(422, "validation_failed");
}

#[tokio::test]
async fn a_batch_that_is_cut_off_ends_with_one_credential_each() {
    let scene = Scene::set().await;
    let mut owner = scene.inside().await;
    scene.drain().await;
    let place = scene.send(scene.items(1_300)).await;

    // A worker is killed while it holds a job: the job comes back, and what was committed stays.
    assert!(work::do_next(&scene.hub.app).await.unwrap());
    let first = scene.follow(&place).await;
    assert_eq!((&first["state"], &first["issued"]), (&json!("running"), &json!(500)));
    let killed = "UPDATE jobs SET attempts = 1, run_at = now() - interval '1 second' WHERE kind = 'run_batch'";
    sqlx::query(killed).execute(&mut owner).await.unwrap();

    // The next chunk is cut off after its signatures were made: nothing of it is kept.
    sqlx::raw_sql(
        "CREATE FUNCTION cut_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'cut off'; END $$;
         CREATE TRIGGER cut_off BEFORE INSERT ON issued_records FOR EACH STATEMENT EXECUTE FUNCTION cut_off()",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    scene.drain().await;
    assert_eq!(scene.follow(&place).await["issued"], 500);
    let half_done = count("credentials WHERE to_be_signed IS NOT NULL", &mut owner).await;
    assert_eq!((half_done, count("issued_records", &mut owner).await), (500, 500));

    sqlx::query("DROP TRIGGER cut_off ON issued_records").execute(&mut owner).await.unwrap();
    scene.hub.wait(Duration::minutes(3));
    scene.drain().await;
    let done = scene.follow(&place).await;
    assert_eq!((&done["state"], &done["issued"]), (&json!("finished"), &json!(1300)));
    assert_eq!(check_all(&scene, 1).await.len(), 1_300);
    assert_eq!(count("issued_records", &mut owner).await, 1_300);
    // Run once more by a job that was finished and not taken away: nothing happens.
    let id = place.trim_end_matches('/').rsplit('/').next().unwrap();
    sqlx::query("INSERT INTO jobs (id, kind, college_id, payload, run_at) VALUES ($1, 'run_batch', $2, $3, now() - interval '1 second')")
        .bind(Uuid::new_v4())
        .bind(scene.college.id.0)
        .bind(json!({ "kind": "run_batch", "batch": id, "lane": 0 }))
        .execute(&mut owner)
        .await
        .unwrap();
    scene.drain().await;
    assert_eq!(count("issued_records", &mut owner).await, 1_300);
}

#[tokio::test]
async fn a_batch_waits_for_a_key_and_goes_on_when_there_is_one() {
    let scene = Scene::set().await;
    let mut owner = scene.inside().await;
    let set_state = |state: &'static str| {
        sqlx::query("UPDATE signing_keys SET state = $1, frozen_at = CASE WHEN $1 = 'frozen' THEN now() END WHERE purpose = 'credentials'").bind(state)
    };
    set_state("frozen").execute(&mut owner).await.unwrap();
    let place = scene.send(scene.items(3)).await;
    scene.drain().await;
    let waiting = scene.follow(&place).await;
    assert_eq!((&waiting["issued"], &waiting["failed"]), (&json!(0), &json!(0)));
    set_state("active").execute(&mut owner).await.unwrap();
    scene.hub.wait(Duration::seconds(16));
    scene.drain().await;
    assert_eq!(scene.follow(&place).await["state"], "finished");
    check_all(&scene, 1).await;
}

#[tokio::test]
async fn chosen_credentials_are_issued_anew_with_a_changed_name() {
    let scene = Scene::set().await;
    let seen = approved(&scene.student, &scene.faculty, "Winner, 1500 m").await;
    let id = text(&seen["credential"]["id"]);
    let address = text(&seen["credential"]["url"]);
    let path = address.strip_prefix(&scene.hub.url).unwrap();
    let before = scene.hub.anonymous().get(path).await.body;
    sqlx::query("UPDATE members SET full_name = 'Kavya Raman' WHERE id = $1")
        .bind(scene.student.member.unwrap().0)
        .execute(&mut scene.inside().await)
        .await
        .unwrap();

    let admin = &scene.college.admin;
    let unknown = Uuid::new_v4();
    let refused = admin.post(PATH, json!({ "reissue": [id, unknown, id] })).await;
    let refused = refused.refused(422, "validation_failed");
    assert_eq!(pointers(&refused), ["/reissue/1", "/reissue/2"]);
    assert_eq!(refused["errors"][0]["code"], "unknown");

    scene.hub.wait(Duration::seconds(5));
    let begun = admin.post(PATH, json!({ "reissue": [id] })).await.ok(202);
    let again = admin.post(PATH, json!({ "reissue": [id] })).await;
    assert_eq!(again.refused(422, "validation_failed")["errors"][0]["code"], "waiting");
    scene.drain().await;
    let done = scene.follow(&format!("{PATH}{}/", text(&begun["batch"]))).await;
    assert_eq!((&done["kind"], &done["issued"]), (&json!("reissue"), &json!(1)));

    let after = scene.hub.anonymous().get(path).await.body;
    for same in ["id", "credentialStatus", "validFrom"] {
        assert_eq!(before[same], after[same], "{same} changed");
    }
    let name =
        |document: &Value| document["credentialSubject"]["identifier"][0]["identityHash"].clone();
    assert_eq!((name(&before), name(&after)), (json!("Kavya Subramanian"), json!("Kavya Raman")));
    assert_ne!(before["proof"][0]["created"], after["proof"][0]["created"]);
    let report = verify(&scene.hub, after.to_string().into_bytes()).await;
    assert_eq!(report["verdict"], "valid", "{report:#}");
    let report = verify(&scene.hub, before.to_string().into_bytes()).await;
    assert_eq!(state(&report, "record"), [("warn", "older_generation")]);
    let timeline = scene
        .student
        .get(&format!("/api/achievements/{}/timeline/", text(&seen["id"])))
        .await
        .ok(200);
    assert_eq!(timeline.as_array().unwrap().last().unwrap()["kind"], "reissued");
}

/// Two persons declare the credentials key to be in other hands; the path of the batch that signs anew.
async fn give_key_up(scene: &Scene) -> String {
    let manager = scene.college.key_manager("Dr. Sonkar").await;
    let key = active(&manager, "credentials").await;
    let affected = format!("/api/keys/{}/affected/", text(&key["id"]));
    let affected = manager.get(&affected).await.ok(200);
    let report = json!({ "since": key["created_at"], "reason": "The server was broken into.", "affected": affected });
    let asked = step(&manager, &key, "compromise", report).await.ok(202);
    decide(&scene.college.admin, &asked, "confirm").await.ok(200);
    let listed = scene.college.admin.get(PATH).await.ok(200);
    assert_eq!(listed["results"][0]["kind"], "key_replaced");
    format!("{PATH}{}/", text(&listed["results"][0]["id"]))
}

#[tokio::test]
async fn what_a_lost_key_signed_is_signed_anew_also_when_that_is_cut_off() {
    let scene = Scene::set().await;
    scene.send(scene.items(1_200)).await;
    scene.drain().await;
    let before = check_all(&scene, 1).await;
    let place = give_key_up(&scene).await;
    while scene.follow(&place).await["issued"] == 0 {
        assert!(work::do_next(&scene.hub.app).await.unwrap());
    }
    let mut owner = scene.inside().await;
    let killed = "UPDATE jobs SET attempts = 1, run_at = now() - interval '1 second'";
    sqlx::query(killed).execute(&mut owner).await.unwrap();
    scene.drain().await;
    let done = scene.follow(&place).await;
    assert_eq!(
        (&done["state"], &done["issued"], &done["failed"]),
        (&json!("finished"), &json!(1200), &json!(0))
    );
    let after = check_all(&scene, 2).await;
    assert_eq!(count("issued_records", &mut owner).await, 2_400, "each twice, no more");
    for (one, other) in before.iter().zip(&after) {
        assert_eq!(
            (one.id, one.list_number, one.list_index),
            (other.id, other.list_number, other.list_index)
        );
        let (mut one, mut other) = (one.document(), other.document());
        assert_ne!(one["proof"][0]["verificationMethod"], other["proof"][0]["verificationMethod"]);
        for document in [&mut one, &mut other] {
            document.as_object_mut().unwrap().remove("proof");
        }
        assert_eq!(one, other, "the same facts, byte for byte");
    }
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_named_and_the_others_are_signed_anew() {
    let scene = Scene::set().await;
    scene.send(scene.items(4)).await;
    scene.drain().await;
    let lost = scene.credentials().await.swap_remove(0).id;
    sqlx::query("UPDATE credentials SET document = 'spoilt' WHERE id = $1")
        .bind(lost)
        .execute(&mut scene.inside().await)
        .await
        .unwrap();
    let place = give_key_up(&scene).await;
    scene.drain().await;
    let done = scene.follow(&place).await;
    assert_eq!((&done["issued"], &done["failed"]), (&json!(3), &json!(1)));
    assert_eq!(done["failures"][0]["credential"], lost.to_string());
    assert_eq!(done["failures"][0]["code"], "unreadable_document");
}

#[tokio::test]
async fn one_document_that_cannot_be_signed_does_not_sink_the_others() {
    let scene = Scene::set().await;
    let place = scene.send(scene.items(40)).await;
    // A title that no reader may be given: it was never typed through the hub.
    let spoilt = "UPDATE revisions SET title = 'Bell ' || chr(7) WHERE title = 'Winner, race 7'";
    assert_eq!(
        sqlx::query(spoilt).execute(&mut scene.inside().await).await.unwrap().rows_affected(),
        1
    );
    scene.drain().await;
    let done = scene.follow(&place).await;
    assert_eq!(
        (&done["state"], &done["issued"], &done["failed"]),
        (&json!("finished"), &json!(39), &json!(1))
    );
    let failure = &done["failures"][0];
    assert_eq!(
        (&failure["row"], &failure["reference"], &failure["code"]),
        (&json!(8), &json!("2024/7"), &json!("control_character"))
    );
}

#[tokio::test]
async fn approvals_go_on_beside_a_batch() {
    let scene = Scene::set().await;
    let mut waiting = Vec::new();
    for number in 0..6 {
        let title = format!("Beside a batch {number}");
        waiting.push(crate::lifecycle::submitted(&scene.student, &title).await);
    }
    scene.send(scene.items(1_200)).await;
    let lane = || async { while work::do_next(&scene.hub.app).await.unwrap() {} };
    let decide = async {
        for seen in &waiting {
            let body = json!({ "action": "approve" });
            crate::lifecycle::act(&scene.faculty, seen, "decisions", body).await.ok(200);
        }
    };
    tokio::join!(lane(), lane(), decide);
    let credentials = check_all(&scene, 1).await;
    assert_eq!(credentials.len(), 1_206);
    let mut owner = scene.inside().await;
    assert_eq!(count("jobs WHERE attempts > 1", &mut owner).await, 0, "a job ran into another");
}
