//! Whoever runs the hub: the same acts on its machine, by name, and in the place of a missing second person.

use serde_json::{Value, json};

use super::{active, decide, events, keys_of, now, step};
use crate::lifecycle::hub_with_college;
use crate::support::{TestHub, text};

/// Run `hub key …`; gives whether it went well, and all it said.
async fn hub_key(hub: &TestHub, arguments: &[&str]) -> (bool, String) {
    let mut command = tokio::process::Command::from(hub.command());
    let output = command.arg("key").args(arguments).output().await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn the_commands_do_what_the_api_does_and_name_the_operator() {
    let (hub, college) = hub_with_college().await;
    let manager = college.key_manager("Ravi Menon").await;
    let who = ["--college", "anna", "--operator", "Site Admin"];
    let run = |arguments: &[&str]| {
        let whole: Vec<String> =
            arguments.iter().chain(&who).map(|word| (*word).to_owned()).collect();
        let hub = &hub;
        async move {
            let whole: Vec<&str> = whole.iter().map(String::as_str).collect();
            hub_key(hub, &whole).await
        }
    };
    let (done, said) = hub_key(&hub, &["list", "--college", "anna"]).await;
    assert!(done && said.lines().count() == 4, "{said}");
    let (done, said) = hub_key(&hub, &["list", "--college", "nowhere"]).await;
    assert!(!done && said.contains("there is no college nowhere"), "{said}");

    let (done, said) = run(&["create", "--purpose", "log"]).await;
    assert!(done && said.contains("pending"), "{said}");
    let old = active(&manager, "log").await;
    let new = keys_of(&manager, "log").await.remove(0);
    let (done, said) = run(&["activate", &text(&new["kid"])]).await;
    assert!(done && said.contains("active"), "{said}");
    assert_eq!(now(&manager, &old).await["state"], "retired");
    let (done, said) = run(&["rotate", &text(&new["id"])]).await;
    assert!(done, "{said}");
    let (done, said) = run(&["rotate", &text(&new["id"])]).await;
    assert!(!done && said.contains("A key that is retired does not allow this"), "{said}");
    let newest = active(&manager, "log").await;
    let (done, said) =
        run(&["freeze", &text(&newest["kid"]), "--reason", "A disk is missing."]).await;
    assert!(done && said.contains("frozen"), "{said}");
    let documents = active(&manager, "documents").await;
    let (done, said) = run(&["retire", &text(&documents["kid"])]).await;
    assert!(done && said.contains("retired"), "{said}");
    for (kind, times) in [
        ("key_created", 1),
        ("key_activated", 1),
        ("key_rotated", 1),
        ("key_frozen", 1),
        ("key_retired", 1),
    ] {
        let events = events(&hub, &college, kind).await;
        assert_eq!(events.len(), times, "{kind}");
        assert_eq!(events[0]["operator"], "Site Admin", "{kind}");
    }

    // The operator reports; a person of the college has to confirm.
    let key = active(&manager, "credentials").await;
    let (done, said) = hub_key(&hub, &["affected", &text(&key["kid"]), "--college", "anna"]).await;
    assert!(done && said.contains("0 credentials, 0 portfolios"), "{said}");
    let since = text(&key["created_at"]);
    let report = [
        "compromise",
        &text(&key["kid"]),
        "--since",
        &since,
        "--reason",
        "The server was broken into.",
        "--credentials",
        "0",
        "--portfolios",
        "0",
    ];
    let (done, said) = run(&report).await;
    assert!(done && said.contains("frozen"), "{said}");
    let waiting = manager.get("/api/confirmations/").await.ok(200).as_array().unwrap()[0].clone();
    assert_eq!(
        (&waiting["requested_by"], &waiting["requested_by_name"]),
        (&Value::Null, &json!("Site Admin"))
    );
    let (done, said) = run(&["confirm", &text(&waiting["id"])]).await;
    assert!(!done && said.contains("two persons"), "{said}");
    decide(&manager, &waiting, "confirm").await.ok(200);
    assert_eq!(now(&manager, &key).await["state"], "compromised");
}

#[tokio::test]
async fn the_operator_is_the_second_person_only_where_the_college_has_none() {
    let (hub, college) = hub_with_college().await;
    let admin = &college.admin;
    let key = active(admin, "credentials").await;
    let report = json!({ "since": key["created_at"], "reason": "The server was broken into.",
                         "affected": { "credentials": 0, "portfolios": 0 } });
    let asked = step(admin, &key, "compromise", report).await.ok(202);
    let confirm = || {
        [
            "confirm".to_owned(),
            text(&asked["id"]),
            "--college".into(),
            "anna".into(),
            "--operator".into(),
            "Site Admin".into(),
        ]
    };
    let run = |words: [String; 6]| {
        let hub = &hub;
        async move { hub_key(hub, &words.each_ref().map(String::as_str)).await }
    };

    let manager = college.key_manager("Ravi Menon").await;
    let (done, said) = run(confirm()).await;
    assert!(!done && said.contains("has a second person"), "{said}");
    drop(manager);
    let mut owner = crate::lifecycle::inside(&hub, &college).await;
    sqlx::query("UPDATE role_grants SET ends_at = starts_at WHERE role = 'key_manager'")
        .execute(&mut owner)
        .await
        .unwrap();
    let (done, said) = run([
        "confirm".into(),
        "--college".into(),
        "anna".into(),
        "--operator".into(),
        "Site Admin".into(),
        "--comment=x".into(),
    ])
    .await;
    assert!(done && said.contains(&text(&asked["id"])) && said.contains("credentials"), "{said}");
    let (done, said) = run(confirm()).await;
    assert!(done && said.contains("confirmed"), "{said}");
    assert_eq!(now(admin, &key).await["state"], "compromised");
    let decided = events(&hub, &college, "confirmation_decided").await.remove(0);
    assert_eq!((&decided["operator"], &decided["stands_in"]), (&json!("Site Admin"), &json!(true)));
}

#[tokio::test]
async fn the_database_itself_refuses_one_person_as_two() {
    let (hub, college) = hub_with_college().await;
    let admin = &college.admin;
    let key = active(admin, "log").await;
    let frozen =
        step(admin, &key, "freeze", json!({ "reason": "A disk is missing." })).await.ok(200);
    step(admin, &frozen, "unfreeze", json!({ "reason": "It was found." })).await.ok(202);
    let mut owner = crate::lifecycle::inside(&hub, &college).await;
    let refused = sqlx::query("UPDATE confirmations SET outcome = 'confirmed', decided_by = requested_by, decided_at = now()")
        .execute(&mut owner)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("confirmations_two_persons"), "{refused}");
}
