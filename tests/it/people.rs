//! The people of a college: lists, confirmation, the roster, one's own account, and the public face of the colleges.

use hub::app::create_college::{self, NewCollege};
use hub::app::invitations::OfferedRole;
use hub::app::register::Registration;
use hub::app::{Refusal, register, verify_email};
use hub::domain::member::{MemberState, Role, Scope};
use serde_json::{Value, json};

use crate::support::{CONSENT, Client, PASSWORD, TestCollege, TestHub, pointers, sign_in, text};

fn names(page: &Value) -> Vec<&str> {
    page["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["full_name"].as_str().unwrap())
        .collect()
}

async fn names_at(path: &str, client: &Client) -> Vec<String> {
    names(&client.get(path).await.ok(200)).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn an_admin_finds_people_by_state_name_role_and_page_by_page() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    college.student("Kavya Iyer").await;
    let rohan = college.unconfirmed_student("Rohan Das").await;
    college.faculty("Dr. Rao").await;
    let admin = &college.admin;

    assert_eq!(
        names_at("/api/members/", admin).await,
        ["Dr. Rao", "Rohan Das", "Kavya Iyer", "Asha Menon"]
    );
    assert_eq!(names_at("/api/members/?state=unconfirmed", admin).await, ["Rohan Das"]);
    assert_eq!(names_at("/api/members/?q=kAvYa", admin).await, ["Kavya Iyer"]);
    assert_eq!(
        names_at(
            &format!("/api/members/?q={}", &rohan.email[..=rohan.email.find('@').unwrap()]),
            admin
        )
        .await,
        ["Rohan Das"]
    );
    assert_eq!(names_at("/api/members/?role=student", admin).await, ["Rohan Das", "Kavya Iyer"]);
    assert_eq!(names_at("/api/members/?role=faculty", admin).await, ["Dr. Rao"]);
    assert_eq!(names_at("/api/members/?role=faculty&state=unconfirmed", admin).await, [""; 0]);
    for bad in ["?colour=red", "?state=asleep", "?limit=0", "?limit=101", "?cursor=nonsense"] {
        admin.get(&format!("/api/members/{bad}")).await.refused(400, "malformed");
    }

    let mut seen = Vec::new();
    let mut path = "/api/members/?limit=1&count=true".to_owned();
    loop {
        let page = admin.get(&path).await.ok(200);
        assert_eq!((&page["count"], &page["previous"]), (&json!(4), &Value::Null));
        seen.extend(names(&page).into_iter().map(str::to_owned));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/members/?limit=1&count=true&cursor={next}");
    }
    assert_eq!(seen, ["Dr. Rao", "Rohan Das", "Kavya Iyer", "Asha Menon"]);
    assert_eq!(admin.get("/api/members/?role=student&count=true").await.ok(200)["count"], 2);
}

#[tokio::test]
async fn a_head_sees_and_confirms_the_own_department_only() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    college.student_of_electronics("Farah Khan").await;
    let rohan = college.unconfirmed_student("Rohan Das").await;
    let (own, foreign) =
        (college.head("Dr. Bose", "CSE").await, college.head("Dr. Jain", "ECE").await);

    assert_eq!(names_at("/api/members/", &own).await, ["Rohan Das"]);
    assert_eq!(names_at("/api/members/", &foreign).await, ["Farah Khan"]);
    assert_eq!(foreign.get("/api/members/?count=true").await.ok(200)["count"], 1);
    let path = format!("/api/members/{}/confirm/", rohan.member.unwrap());
    foreign.post(&path, json!({})).await.refused(404, "not_found");
    let confirmed = own.post(&path, json!({})).await;
    let tag = confirmed.header("etag").to_owned();
    let member = confirmed.ok(200);
    assert_eq!((&member["state"], &member["etag"]), (&json!("confirmed"), &json!(tag)));
    own.post(&path, json!({})).await.refused(409, "conflict");

    let me = rohan.get("/api/me/").await.ok(200);
    assert!(me["permissions"].as_array().unwrap().contains(&json!("achievement:submit")));
    assert!(hub.mail(&rohan.email, "confirmed").await.text.contains("Rohan Das"));
}

#[tokio::test]
async fn who_may_not_look_after_people_is_refused() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let student = college.student("Kavya Iyer").await;
    let faculty = college.faculty("Dr. Rao").await;
    let coordinator = college
        .staff("Ms. Sen", &[OfferedRole { role: Role::ReportCoordinator, scope: Scope::College }])
        .await;
    let confirm = format!("/api/members/{}/confirm/", student.member.unwrap());
    for client in [&student, &faculty] {
        client.get("/api/members/").await.refused(403, "forbidden");
        client.post(&confirm, json!({})).await.refused(403, "forbidden");
    }
    coordinator.get("/api/members/").await.ok(200);
    coordinator.post(&confirm, json!({})).await.refused(403, "forbidden");
    let key_manager = college.key_manager("Mr. Gill").await;
    for client in
        [&student, &faculty, &coordinator, &key_manager, &college.head("Dr. Bose", "CSE").await]
    {
        client.get("/api/roster/").await.refused(403, "forbidden");
        client
            .post("/api/roster/imports/", json!({ "csv": "", "dry_run": true }))
            .await
            .refused(403, "forbidden");
        client.get("/api/invitations/").await.refused(403, "forbidden");
    }
    for path in ["/api/members/", "/api/roster/", "/api/invitations/", "/api/me/"] {
        hub.anonymous().get(path).await.refused(401, "unauthenticated");
    }
}

#[tokio::test]
async fn somebody_of_another_college_is_as_unknown_as_nobody() {
    let hub = TestHub::start().await;
    let (college, other) = (hub.college("sarvodaya").await, hub.college("vidyapeeth").await);
    let theirs = other.unconfirmed_student("Rohan Das").await;
    let mut foreign = confirm_as(&college.admin, &theirs.member.unwrap().to_string()).await;
    let mut unknown = confirm_as(&college.admin, "01890000-0000-7000-8000-000000000000").await;
    let mut malformed = confirm_as(&college.admin, "nobody").await;
    for problem in [&mut foreign, &mut unknown, &mut malformed] {
        problem["trace_id"] = Value::Null;
    }
    assert_eq!(foreign, unknown);
    assert_eq!(malformed, unknown);
    assert_eq!(names_at("/api/members/", &college.admin).await, ["Asha Menon"]);
    assert_eq!(theirs.get("/api/me/").await.ok(200)["state"], "unconfirmed");
}

async fn confirm_as(client: &Client, id: &str) -> Value {
    client.post(&format!("/api/members/{id}/confirm/"), json!({})).await.refused(404, "not_found")
}

/// An account of a roll number of the roster, whose address is not the roster's.
async fn pretender(registration: &Registration, hub: &TestHub) -> Client {
    let registration = Registration {
        email: format!("other.{}", registration.email),
        full_name: "K. Iyer".into(),
        ..registration.clone()
    };
    let (email, college) = (registration.email.clone(), registration.college.clone());
    let secret = register::register(registration, &hub.app).await.unwrap().verification.unwrap();
    assert_eq!(
        verify_email::verify_email(secret.reveal().to_owned(), &hub.app).await.unwrap(),
        MemberState::Unconfirmed
    );
    sign_in(&email, &college, &hub.app).await
}

async fn hint(college: &TestCollege) -> String {
    text(
        &college.admin.get("/api/members/?state=unconfirmed").await.ok(200)["results"][0]["roster_hint"],
    )
}

#[tokio::test]
async fn a_confirmation_gives_the_roster_row_to_one_account() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let registration = college.registration("Kavya Iyer");
    college.put_on_roster(&registration).await;
    let student = pretender(&registration, &hub).await;
    assert_eq!(
        hint(&college).await,
        "The roster has this roll number for Kavya Iyer (BTECH-CSE, 2023-2027); the address is not the one on the roster."
    );

    let path = format!("/api/members/{}/confirm/", student.member.unwrap());
    let member = college.admin.post(&path, json!({})).await.ok(200);
    assert_eq!(
        member["full_name"], "Kavya Iyer",
        "the name of the roster is the one that is signed"
    );
    assert_eq!(college.admin.get("/api/roster/").await.ok(200)["results"][0]["taken"], true);

    let second =
        pretender(&Registration { email: "late@sarvodaya.example".into(), ..registration }, &hub)
            .await;
    assert!(hint(&college).await.ends_with("who has an account already."));
    let path = format!("/api/members/{}/confirm/", second.member.unwrap());
    college.admin.post(&path, json!({})).await.refused(409, "conflict");
    assert_eq!(
        second.get("/api/me/").await.ok(200)["state"],
        "unconfirmed",
        "the refusal left nothing behind"
    );
}

const SHEET: &str = "\u{feff}Roll_Number,full_name,full_name_native,programme,batch,email,code\r\n\
    23CS001,Kavya Iyer,\"காவ்யா, ஐயர்\",BTECH-CSE,2023-2027,Kavya@Sarvodaya.example,\r\n\
    23EC002,Farah Khan,,BTECH-ECE,2023–2027,,K7PQ-23XD\r\n";

#[tokio::test]
async fn an_import_is_tried_dry_then_written_then_brought_up_to_date() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let import = async |csv: &str, dry_run: bool| {
        college
            .admin
            .post("/api/roster/imports/", json!({ "csv": csv, "dry_run": dry_run }))
            .await
            .ok(200)
    };
    let expected = |created: u32, updated: u32| json!({ "accepted": created + updated, "created": created, "updated": updated, "errors": [] });

    assert_eq!(import(SHEET, true).await, expected(2, 0));
    assert_eq!(
        college.admin.get("/api/roster/?count=true").await.ok(200)["count"],
        0,
        "a dry run writes nothing"
    );
    assert_eq!(import(SHEET, false).await, expected(2, 0));
    let moved = "roll_number,full_name,programme,batch\n23-CS-001,Kavya R. Iyer,BTECH-ECE,2023-2028\n23CS003,Meena Pillai,BTECH-CSE,2023-2027\n";
    assert_eq!(import(moved, false).await, expected(1, 1));

    let page = college.admin.get("/api/roster/?count=true").await.ok(200);
    assert_eq!(page["count"], 3);
    let mut kavya = page["results"][0].clone();
    kavya["id"] = Value::Null;
    let expected = json!({ "id": null, "roll_number": "23-CS-001", "full_name": "Kavya R. Iyer", "full_name_native": null,
        "programme": "BTECH-ECE", "batch": "2023-2028", "email": "kavya@sarvodaya.example", "taken": false });
    assert_eq!(kavya, expected, "an address that was left out stays");
    assert_eq!(names_at("/api/roster/?q=farah", &college.admin).await, ["Farah Khan"]);
    assert_eq!(
        names_at("/api/roster/?q=23-cs", &college.admin).await,
        ["Kavya R. Iyer", "Meena Pillai"]
    );
    assert_eq!(names_at("/api/roster/?q=--", &college.admin).await, [""; 0]);
    let first = college.admin.get("/api/roster/?limit=2").await.ok(200);
    let rest = format!("/api/roster/?limit=2&cursor={}", first["next"].as_str().unwrap());
    assert_eq!(names_at(&rest, &college.admin).await, ["Meena Pillai"]);
}

#[tokio::test]
async fn faults_of_an_import_name_their_row_and_column() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let csv = "roll_number,full_name,programme,batch,email,code\n\
        23CS001,Kavya Iyer,BTECH-CSE,2023-2027,,\n\
        --,Rohan Das,BTECH-CSE,2023-2027,,\n\
        23CS003,,ASTROLOGY,2027-2023,nobody,SHORT\n\
        23 cs 001,Kavya Again,BTECH-CSE,2023-2027,,\n\
        23CS005,Meena Pillai\n";
    let report = college
        .admin
        .post("/api/roster/imports/", json!({ "csv": csv, "dry_run": false }))
        .await
        .ok(200);
    assert_eq!((&report["accepted"], &report["created"]), (&json!(1), &json!(1)));
    let faults: Vec<(u64, &str, &str)> = report["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            (
                error["row"].as_u64().unwrap(),
                error["column"].as_str().unwrap(),
                error["code"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        (3, "roll_number", "malformed"),
        (4, "full_name", "required"),
        (4, "batch", "malformed"),
        (4, "programme", "unknown"),
        (4, "email", "malformed"),
        (4, "code", "too_short"),
        (5, "roll_number", "repeated"),
        (6, "batch", "required"),
        (6, "programme", "unknown"),
    ];
    assert_eq!(faults, expected);
    assert_eq!(
        names_at("/api/roster/", &college.admin).await,
        ["Kavya Iyer"],
        "the good row was written all the same"
    );

    for csv in
        ["", "roll_number,full_name\n1,A\n", "roll_number,full_name,programme,batch,shoe_size\n"]
    {
        let problem = college
            .admin
            .post("/api/roster/imports/", json!({ "csv": csv, "dry_run": true }))
            .await
            .refused(422, "validation_failed");
        assert_eq!(pointers(&problem), ["/csv"]);
    }
}

#[tokio::test]
async fn a_whole_years_roster_fits_into_one_import() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let mut csv = "roll_number,full_name,programme,batch,email\n".to_owned();
    for number in 0..12_000 {
        csv += &format!(
            "23CS{number:05},Student Number {number},BTECH-CSE,2023-2027,student{number}@sarvodaya.example\n"
        );
    }
    assert!(csv.len() > 512 * 1024);
    let report = college
        .admin
        .post("/api/roster/imports/", json!({ "csv": csv, "dry_run": false }))
        .await
        .ok(200);
    assert_eq!(report["created"], 12_000);
    let body = json!({ "csv": "x".repeat(7 * 1024 * 1024), "dry_run": true });
    college.admin.post("/api/roster/imports/", body).await.refused(413, "too_large");
}

#[tokio::test]
async fn people_change_their_own_script_name_and_language_and_nothing_else() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let student = college.student("Kavya Iyer").await;
    let before = student.get("/api/me/").await;
    let tag = before.header("etag").to_owned();
    assert_eq!(
        before.ok(200)["counts"],
        json!({ "waiting_for_review": 0, "needs_me": 0, "unread_notifications": 0 })
    );

    let after =
        student.patch("/api/me/", json!({ "full_name_native": "காவ்யா ஐயர்", "language": "ta" })).await;
    assert_ne!(after.header("etag"), tag);
    let me = after.ok(200);
    assert_eq!((&me["full_name_native"], &me["language"]), (&json!("காவ்யா ஐயர்"), &json!("ta")));
    let me = student.patch("/api/me/", json!({ "language": "en" })).await.ok(200);
    assert_eq!(me["full_name_native"], "காவ்யா ஐயர்", "what was left out stays");
    let me = student.patch("/api/me/", json!({ "full_name_native": null })).await.ok(200);
    assert_eq!((&me["full_name_native"], &me["language"]), (&Value::Null, &json!("en")));
    for body in [
        json!({ "full_name": "Somebody" }),
        json!({ "state": "confirmed" }),
        json!({ "language": "fr" }),
    ] {
        student.patch("/api/me/", body).await.refused(400, "malformed");
    }
    let problem = student
        .patch("/api/me/", json!({ "full_name_native": "\u{202e}x" }))
        .await
        .refused(422, "validation_failed");
    assert_eq!(pointers(&problem), ["/full_name_native"]);
}

#[tokio::test]
async fn anybody_reads_of_a_college_what_a_student_chooses_from() {
    let hub = TestHub::start().await;
    hub.college("vidyapeeth").await;
    hub.college("sarvodaya").await;
    let client = hub.anonymous();
    let page = client.get("/api/colleges/?limit=1&count=true").await.ok(200);
    assert_eq!(
        page["results"],
        json!([{ "slug": "sarvodaya", "name": "College of sarvodaya", "city": "Pune" }])
    );
    assert_eq!(page["count"], 2);
    let rest = client
        .get(&format!("/api/colleges/?limit=1&cursor={}", page["next"].as_str().unwrap()))
        .await
        .ok(200);
    assert_eq!((&rest["results"][0]["slug"], &rest["next"]), (&json!("vidyapeeth"), &Value::Null));

    let college = client.get("/api/colleges/sarvodaya").await.ok(200);
    assert!(college["did"].as_str().unwrap().starts_with("did:web:127.0.0.1%3A"));
    assert_eq!((&college["colour"], &college["logo_url"]), (&json!("#1d4e89"), &Value::Null));
    assert_eq!(
        (&college["consent_version"], college["departments"].as_array().unwrap().len()),
        (&json!(CONSENT), 2)
    );
    let department = &college["departments"][0];
    assert!(
        college["programmes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|programme| programme["department_id"] == department["id"])
    );
    client.get("/api/colleges/nowhere/").await.refused(404, "not_found");
    client.get("/api/colleges/sarvodaya/logo").await.refused(404, "not_found");
}

fn new_college(slug: &str, name: &str) -> NewCollege {
    NewCollege {
        slug: slug.into(),
        name: name.into(),
        consent_version: CONSENT.into(),
        ..NewCollege::default()
    }
}

#[tokio::test]
async fn a_logo_is_served_as_the_picture_it_is() {
    let hub = TestHub::start().await;
    let logo = b"\x89PNG\r\n\x1a\nnot the rest".to_vec();
    let new = NewCollege {
        logo: Some((logo.clone(), "image/png".into())),
        ..new_college("sarvodaya", "Sarvodaya College")
    };
    create_college::create_college(new, &hub.app).await.unwrap();
    let client = hub.anonymous();
    let address = text(&client.get("/api/colleges/sarvodaya/").await.ok(200)["logo_url"]);
    let answer = client.get(&address).await;
    assert_eq!(
        (answer.header("content-type"), answer.header("x-content-type-options")),
        ("image/png", "nosniff")
    );
    assert_eq!(answer.bytes, logo);
    let svg = NewCollege {
        logo: Some((b"<svg/>".to_vec(), "image/svg+xml".into())),
        ..new_college("vidyapeeth", "Vidyapeeth")
    };
    assert!(matches!(
        create_college::create_college(svg, &hub.app).await,
        Err(Refusal::Invalid(_))
    ));
}

#[tokio::test]
async fn no_two_colleges_share_an_address_or_look_the_same() {
    let hub = TestHub::start().await;
    let create = async |slug: &str, name: &str| {
        create_college::create_college(new_college(slug, name), &hub.app).await
    };
    let id = create("sarvodaya", "Sarvodaya College").await.unwrap();
    assert!(matches!(create("sarvodaya", "Another College").await, Err(Refusal::Conflict(_))));
    // The second letter is a Cyrillic a.
    assert!(matches!(
        create("lookalike", "S\u{0430}rvodaya  college").await,
        Err(Refusal::Conflict(_))
    ));
    assert!(matches!(create("Bad Slug", "Third College").await, Err(Refusal::Invalid(_))));

    create_college::appoint_first_admin(
        "asha@sarvodaya.example",
        "Asha Menon",
        PASSWORD,
        id,
        &hub.app,
    )
    .await
    .unwrap();
    let second = create_college::appoint_first_admin(
        "b@sarvodaya.example",
        "Bina Shah",
        PASSWORD,
        id,
        &hub.app,
    )
    .await;
    assert!(matches!(second, Err(Refusal::Conflict(_))));
}
