//! The same rules in the database: what the application role cannot do, whatever the program asks for.

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::{Scene, approve, ask_for_two, propose_title, reject};
use crate::lifecycle::{act, approved, draft, inside, submitted};
use crate::support::text;

/// A connection under the application role, inside the college of the scene.
async fn application(scene: &Scene) -> PgConnection {
    let mut connection = inside(&scene.hub, &scene.college).await;
    connection.execute("SET ROLE hub_app").await.unwrap();
    connection
}

/// Run statements in a transaction of their own; the constraint or right that refused them, at once or at the end.
async fn refused_by(statements: &[String], connection: &mut PgConnection) -> Option<String> {
    let mut transaction = connection.begin().await.unwrap();
    for statement in statements {
        let done = transaction.execute(sqlx::raw_sql(AssertSqlSafe(statement.clone()))).await;
        if let Err(error) = done {
            transaction.rollback().await.unwrap();
            return Some(name(error));
        }
    }
    transaction.commit().await.err().map(name)
}

fn name(error: sqlx::Error) -> String {
    let error = error.into_database_error().unwrap();
    error.constraint().map_or_else(|| error.message().to_owned(), str::to_owned)
}

async fn assert_refused(expected: &str, statements: &[String], connection: &mut PgConnection) {
    let refused = refused_by(statements, connection).await;
    assert_eq!(refused.as_deref(), Some(expected), "{statements:?}");
}

fn ruling(id: &str, revision: i32, action: &str, by: &str) -> String {
    format!(
        "INSERT INTO decisions (college_id, id, achievement_id, revision, action, decided_by, decided_at, changes)
         SELECT college_id, gen_random_uuid(), id, {revision}, '{action}', '{by}', now(), CASE WHEN '{action}' = 'propose_correction' THEN '{{}}'::jsonb END
         FROM achievements WHERE id = '{id}'"
    )
}

fn to(id: &str, status: &str) -> String {
    format!("UPDATE revisions SET status = '{status}' WHERE achievement_id = '{id}'")
}

fn show(id: &str) -> String {
    format!(
        "UPDATE achievements a SET version = version + 1, status = r.status, shown_revision = r.number
         FROM revisions r WHERE r.achievement_id = a.id AND a.id = '{id}'"
    )
}

#[tokio::test]
async fn a_revision_moves_along_its_states_only_and_only_as_somebody_decided() {
    let scene = Scene::set().await;
    let waiting = text(&submitted(&scene.student, "Waiting").await["id"]);
    let (student, first) = (scene.student.member.unwrap(), scene.first.member.unwrap());
    let (student, first) = (student.to_string(), first.to_string());
    let mut role = application(&scene).await;
    for (status, constraint) in [
        ("draft", "revisions_transition"),
        ("superseded", "revisions_transition"),
        ("revoked", "revisions_transition"),
        ("approved", "revisions_decided"),
        ("rejected", "revisions_decided"),
        ("changes_requested", "revisions_decided"),
        ("correction_proposed", "revisions_decided"),
    ] {
        assert_refused(constraint, &[to(&waiting, status)], &mut role).await;
    }
    // With a decision of the wrong kind, or by the wrong person.
    let rejected = ruling(&waiting, 1, "reject", &first);
    assert_refused("revisions_decided", &[rejected.clone(), to(&waiting, "approved")], &mut role)
        .await;
    assert_refused("decisions_own_item", &[ruling(&waiting, 1, "approve", &student)], &mut role)
        .await;
    // What is shown must follow, and an approval must bring its credential.
    let silent = [rejected.clone(), to(&waiting, "rejected")];
    assert_refused("achievements_whole", &silent, &mut role).await;
    let bare = [ruling(&waiting, 1, "approve", &first), to(&waiting, "approved"), show(&waiting)];
    assert_refused("achievements_whole", &bare, &mut role).await;
    let uncounted = format!("UPDATE achievements SET status = 'approved' WHERE id = '{waiting}'");
    assert_refused("achievements_same", &[uncounted], &mut role).await;
    // And this is what goes through.
    let whole = [rejected, to(&waiting, "rejected"), show(&waiting)];
    assert_eq!(refused_by(&whole, &mut role).await, None);
    // A decision that stands is not walked back from.
    assert_refused("revisions_decided", &[to(&waiting, "submitted")], &mut role).await;
}

#[tokio::test]
async fn what_was_handed_in_is_frozen_with_its_files() {
    let scene = Scene::set().await;
    let waiting = text(&submitted(&scene.student, "Waiting").await["id"]);
    let mut role = application(&scene).await;
    for change in [
        "title = 'Another'",
        "description = 'Another'",
        "skills = '{Flying}'",
        "level = 'international'",
        "hours = 9000",
        "student_id = (SELECT id FROM members WHERE NOT student LIMIT 1)",
        "number = 7",
    ] {
        let statement = format!("UPDATE revisions SET {change} WHERE achievement_id = '{waiting}'");
        assert_refused("revisions_frozen", &[statement], &mut role).await;
    }
    for statement in [
        format!("UPDATE evidence SET sha256 = sha256('x') WHERE achievement_id = '{waiting}'"),
        format!("UPDATE evidence SET caption = 'x' WHERE achievement_id = '{waiting}'"),
        format!("DELETE FROM evidence WHERE achievement_id = '{waiting}'"),
        format!(
            "INSERT INTO evidence (college_id, id, achievement_id, revision, public_id, position, name, media_type, size, sha256, rendition_sha256, thumb_sha256, created_at)
             SELECT college_id, gen_random_uuid(), achievement_id, 1, gen_random_uuid(), 9, 'x', media_type, size, sha256, rendition_sha256, thumb_sha256, now()
             FROM evidence WHERE achievement_id = '{waiting}'"
        ),
    ] {
        assert_refused("evidence_frozen", &[statement], &mut role).await;
    }
    let gone = format!("DELETE FROM revisions WHERE achievement_id = '{waiting}'");
    assert_refused("revisions_kept", &[gone], &mut role).await;
    let gone = format!("DELETE FROM achievements WHERE id = '{waiting}'");
    assert_refused("achievements_kept", &[gone], &mut role).await;
    let taken = format!(
        "UPDATE achievements SET version = version + 1, student_id = '{}' WHERE id = '{waiting}'",
        scene.first.member.unwrap()
    );
    assert_refused("achievements_same", &[taken], &mut role).await;
}

#[tokio::test]
async fn nothing_incomplete_is_handed_in_and_nothing_by_a_stranger() {
    let scene = Scene::set().await;
    let seen = draft(&scene.student, "Draft").await;
    let id = text(&seen["id"]);
    let mut role = application(&scene).await;
    let submit = format!(
        "UPDATE revisions SET status = 'submitted', submitted_at = now(), due_at = now() WHERE achievement_id = '{id}'"
    );
    assert_refused("revisions_complete", &[to(&id, "submitted")], &mut role).await;
    for lack in [
        format!("UPDATE revisions SET organiser = '' WHERE achievement_id = '{id}'"),
        format!("UPDATE revisions SET ended_on = NULL WHERE achievement_id = '{id}'"),
        format!("DELETE FROM evidence WHERE achievement_id = '{id}'"),
        "UPDATE members SET state = 'unconfirmed' WHERE student".to_owned(),
    ] {
        assert_refused("revisions_complete", &[lack, submit.clone()], &mut role).await;
    }
    assert_eq!(refused_by(&[submit, show(&id)], &mut role).await, None);
}

#[tokio::test]
async fn a_credential_begins_with_an_approval_and_never_comes_back_to_life() {
    let scene = Scene::set().await;
    let seen = approved(&scene.student, &scene.first, "Approved").await;
    let waiting = text(&submitted(&scene.student, "Waiting").await["id"]);
    let id = text(&seen["credential"]["id"]);
    let mut role = application(&scene).await;
    let forged = format!(
        "INSERT INTO credentials (college_id, id, achievement_id, revision, student_id, status, list_number, list_index, approved_by, created_at)
         SELECT college_id, gen_random_uuid(), id, 1, student_id, 'pending_issue', 1, 5, '{}', now() FROM achievements WHERE id = '{waiting}'",
        scene.first.member.unwrap()
    );
    assert_refused("credentials_approved", std::slice::from_ref(&forged), &mut role).await;
    for change in ["approved_by = gen_random_uuid()", "list_index = 7", "revision = 2"] {
        let statement = format!("UPDATE credentials SET {change} WHERE id = '{id}'");
        assert_refused("credentials_step", &[statement], &mut role).await;
    }
    // Its fall without its revision's, and the other way round.
    let fall =
        format!("UPDATE credentials SET status = 'revoked', revoked_at = now() WHERE id = '{id}'");
    assert_refused("achievements_whole", std::slice::from_ref(&fall), &mut role).await;
    let item = text(&seen["id"]);
    assert_refused("achievements_whole", &[to(&item, "revoked"), show(&item)], &mut role).await;
    let revoke = format!("/api/credentials/{id}/revoke/");
    let body = json!({ "reason": "error", "text": "Wrong." });
    scene.college.admin.post(&revoke, body).await.ok(200);
    for status in ["active", "pending_issue", "superseded"] {
        let statement = format!("UPDATE credentials SET status = '{status}' WHERE id = '{id}'");
        assert_refused("credentials_step", &[statement], &mut role).await;
    }
}

#[tokio::test]
async fn decisions_stand_and_are_taken_back_once_within_ten_minutes() {
    let scene = Scene::set().await;
    let seen = approved(&scene.student, &scene.first, "Approved").await;
    let id = text(&seen["last_decision"]["id"]);
    let mut role = application(&scene).await;
    for statement in [
        format!("UPDATE decisions SET comment = 'x' WHERE id = '{id}'"),
        format!("UPDATE decisions SET action = 'reject' WHERE id = '{id}'"),
        format!("DELETE FROM decisions WHERE id = '{id}'"),
    ] {
        let refused = refused_by(&[statement], &mut role).await.unwrap();
        assert!(refused.contains("permission denied"), "{refused}");
    }
    let late = format!(
        "UPDATE decisions SET undone_at = decided_at + interval '11 minutes' WHERE id = '{id}'"
    );
    let refused = refused_by(&[late], &mut role).await.unwrap();
    assert!(refused.starts_with("decisions_check"), "{refused}");
    let undo = format!("UPDATE decisions SET undone_at = decided_at WHERE id = '{id}'");
    let again = [undo.clone(), undo];
    assert_refused("decisions_taken_back_once", &again, &mut role).await;
}

#[tokio::test]
async fn one_approval_is_not_two_and_an_appeal_is_another_reviewers() {
    let scene = Scene::set().await;
    let (first, second) = (scene.first.member.unwrap(), scene.second.member.unwrap());
    let rules = json!([{ "category": null, "min_level": "state" }]);
    ask_for_two(&scene.college.admin, rules).await.ok(200);
    let seen = submitted(&scene.student, "State champion").await;
    let half = approve(&scene.first, &seen).await.ok(200);
    let id = text(&half["id"]);
    let mut role = application(&scene).await;
    assert_refused("revisions_decided", &[to(&id, "approved")], &mut role).await;
    let again = ruling(&id, 1, "approve", &first.to_string());
    assert_refused("decisions_two_persons", &[again], &mut role).await;
    let propose = ruling(&id, 1, "propose_correction", &second.to_string());
    let under = [propose, to(&id, "correction_proposed")];
    assert_refused("revisions_decided", &under, &mut role).await;

    let seen = submitted(&scene.student, "Refused").await;
    reject(&scene.first, &seen).await.ok(200);
    let item = text(&seen["id"]);
    let appeal = |number: i32, barred: &str, after: &str| {
        format!(
            "INSERT INTO revisions (college_id, achievement_id, number, status, student_id, department_id, category_id, title, description, organiser,
                                    appeal_of, barred_reviewer, opened_at)
             SELECT college_id, achievement_id, {number}, 'draft', student_id, department_id, category_id, title, description, organiser, 1, '{barred}',
                    submitted_at + interval '{after}' FROM revisions WHERE achievement_id = '{item}' AND number = 1"
        )
    };
    for forged in
        [appeal(2, &second.to_string(), "1 day"), appeal(2, &first.to_string(), "31 days")]
    {
        assert_refused("revisions_appeal", &[forged], &mut role).await;
    }
    let seen = scene.seen(&scene.student, &seen).await;
    let seen = act(&scene.student, &seen, "appeal", Value::Null).await.ok(200);
    act(&scene.student, &seen, "submit", Value::Null).await.ok(200);
    let own = ruling(&item, 2, "reject", &first.to_string());
    assert_refused("decisions_own_item", &[own], &mut role).await;
    let cleared = format!(
        "UPDATE revisions SET barred_reviewer = NULL, appeal_of = NULL WHERE achievement_id = '{item}' AND number = 2"
    );
    assert_refused("revisions_frozen", &[cleared], &mut role).await;
    let second_appeal = appeal(3, &first.to_string(), "1 day");
    let refused = refused_by(&[second_appeal], &mut role).await.unwrap();
    assert!(
        ["revisions_one_appeal", "revisions_one_open"].contains(&refused.as_str()),
        "{refused}"
    );
}

#[tokio::test]
async fn facts_change_only_as_they_were_proposed_and_confirmed() {
    let scene = Scene::set().await;
    let seen = submitted(&scene.student, "Wrokshop").await;
    propose_title(&scene.first, &seen, "Workshop").await.ok(200);
    let id = text(&seen["id"]);
    let first = scene.first.member.unwrap();
    let mut role = application(&scene).await;
    let change = |status: &str, title: &str| {
        format!(
            "UPDATE revisions SET status = '{status}', title = '{title}' WHERE achievement_id = '{id}'"
        )
    };
    assert_refused("revisions_frozen", &[change("submitted", "Palace")], &mut role).await;
    assert_refused("revisions_frozen", &[change("correction_proposed", "Workshop")], &mut role)
        .await;
    let unconfirmed = ruling(&id, 1, "approve", &first.to_string());
    let steps = [unconfirmed.clone(), change("approved", "Workshop")];
    assert_refused("revisions_decided", &steps, &mut role).await;
    // Confirmed by somebody else than the student.
    let forged = unconfirmed.replace("decided_at, changes)", "decided_at, changes, confirmed_by)");
    let forged = forged.replace(
        "END\n         FROM",
        &format!("END, '{}'\n         FROM", scene.second.member.unwrap()),
    );
    assert_refused("decisions_own_item", &[forged], &mut role).await;
}

#[tokio::test]
async fn a_revision_begins_as_a_draft() {
    let scene = Scene::set().await;
    let seen = draft(&scene.student, "Draft").await;
    let item = text(&seen["id"]);
    let mut role = application(&scene).await;
    for status in
        ["submitted", "approved", "rejected", "correction_proposed", "superseded", "revoked"]
    {
        let insert = format!(
            "INSERT INTO revisions (college_id, achievement_id, number, status, student_id, department_id, category_id, title, description, organiser)
             SELECT college_id, achievement_id, 2, '{status}', student_id, department_id, category_id, title, description, organiser
             FROM revisions WHERE achievement_id = '{item}'"
        );
        assert_refused("revisions_begin", &[insert], &mut role).await;
    }
}
