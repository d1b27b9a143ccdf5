//! Random walks through the workflow against a small model of it: who may do what in which state.
//!
//! The model knows nothing of the program. After every step the answer is the one it expects, what the student sees
//! is what it says, and the invariants hold. A walk that fails prints its seed and its steps.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::{Scene, approve, ask_for_two, propose_title, reject, retitle, send_back, undo};
use crate::invariants::faults;
use crate::lifecycle::{act, draft};
use crate::support::{Answer, Client, text};

/// As many walks as it takes to see every kind of step, at least some, and not for ever.
const WALKS: std::ops::Range<u64> = 4..24;
const STEPS: usize = 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Owner,
    First,
    Second,
    /// A reviewer of another department.
    Outsider,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Retitle,
    Submit,
    Withdraw,
    Approve,
    Reject,
    SendBack,
    Propose,
    Confirm,
    Decline,
    Undo,
    Appeal,
    Amend,
    DropAmendment,
    Revoke,
}

const STEPS_THERE_ARE: [Step; 14] = [
    Step::Retitle,
    Step::Submit,
    Step::Withdraw,
    Step::Approve,
    Step::Reject,
    Step::SendBack,
    Step::Propose,
    Step::Confirm,
    Step::Decline,
    Step::Undo,
    Step::Appeal,
    Step::Amend,
    Step::DropAmendment,
    Step::Revoke,
];

/// What is open, if anything: its kind, and who approved it as the first of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Draft,
    Submitted,
    /// By whom; beside what is live, or in the place of a submission.
    Proposed(Who, bool),
}

/// What the last decision was, while nobody acted on it.
#[derive(Clone, Copy, Debug)]
struct Fresh {
    by: Who,
    step: Step,
    before: Before,
}

/// What stood before.
#[derive(Clone, Copy, Debug)]
struct Before {
    open: Option<Open>,
    live: bool,
    closed: Closed,
    barred: Option<Who>,
    live_barred: Option<Who>,
}

/// The last closed revision, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closed {
    None,
    /// By whom, where it can be appealed against.
    Rejected(Who),
    Revoked,
    Other,
}

#[derive(Clone, Debug)]
struct Model {
    open: Option<Open>,
    live: bool,
    closed: Closed,
    appealed: bool,
    /// Until then it is its owner's alone.
    handed_in: bool,
    /// Against whom the open revision appeals, and against whom the live one did.
    barred: Option<Who>,
    live_barred: Option<Who>,
    half: Option<Who>,
    fresh: Option<Fresh>,
    /// Whether two have to approve.
    two: bool,
}

impl Model {
    /// What the student sees.
    fn status(&self) -> &'static str {
        match (self.open, self.live, self.closed) {
            (Some(Open::Draft), _, _) => "draft",
            (Some(Open::Submitted), _, _) => "submitted",
            (Some(Open::Proposed(..)), _, _) => "correction_proposed",
            (None, true, _) => "approved",
            (None, false, Closed::Rejected(_)) => "rejected",
            (None, false, Closed::Revoked) => "revoked",
            (None, false, Closed::None | Closed::Other) => "closed",
        }
    }

    /// Who may not decide on what is shown.
    fn bar(&self) -> Option<Who> {
        if self.open.is_some() { self.barred } else { self.live_barred.filter(|_| self.live) }
    }

    fn before(&self) -> Before {
        Before {
            open: self.open,
            live: self.live,
            closed: self.closed,
            barred: self.barred,
            live_barred: self.live_barred,
        }
    }

    /// What the hub should answer, and what the model is then.
    fn after(&self, who: Who, step: Step) -> (u16, Self) {
        match self.allowed(who, step) {
            Ok(next) => (200, Self { two: self.two, ..next }),
            Err(status) => (status, self.clone()),
        }
    }

    fn allowed(&self, who: Who, step: Step) -> Result<Self, u16> {
        let still = Self { fresh: None, ..self.clone() };
        let owner = who == Who::Owner;
        let reviewer = matches!(who, Who::First | Who::Second);
        match step {
            Step::Retitle | Step::Submit | Step::Withdraw => {
                // Reviewers are no students: the edge refuses them.
                if !owner {
                    return Err(403);
                }
                match (step, self.open) {
                    (Step::Retitle, Some(Open::Draft)) => Ok(still),
                    (Step::Submit, Some(Open::Draft)) => Ok(Self {
                        open: Some(Open::Submitted),
                        half: None,
                        handed_in: true,
                        ..still
                    }),
                    (Step::Withdraw, Some(Open::Submitted)) => Ok(Self {
                        open: Some(Open::Draft),
                        half: None,
                        closed: Closed::Other,
                        ..still
                    }),
                    _ => Err(409),
                }
            }
            Step::Appeal | Step::Amend | Step::DropAmendment | Step::Confirm | Step::Decline => {
                if !owner {
                    return Err(403);
                }
                self.answered(step, still)
            }
            Step::Approve | Step::Reject | Step::SendBack | Step::Propose => {
                if owner {
                    return Err(403);
                }
                if !reviewer || !self.handed_in {
                    return Err(404);
                }
                if self.bar() == Some(who) {
                    return Err(403);
                }
                self.decided(who, step, still)
            }
            Step::Undo => self.undone(who, still),
            Step::Revoke => {
                // The college admin does it, whoever's turn it is.
                if !self.live {
                    return Err(409);
                }
                Ok(Self { live: false, closed: Closed::Revoked, ..still })
            }
        }
    }

    fn answered(&self, step: Step, still: Self) -> Result<Self, u16> {
        match (step, self.open) {
            (Step::Appeal, None) if !self.live && !self.appealed => match self.closed {
                Closed::Rejected(by) => Ok(Self {
                    open: Some(Open::Draft),
                    appealed: true,
                    barred: Some(by),
                    half: None,
                    ..still
                }),
                Closed::None | Closed::Revoked | Closed::Other => Err(409),
            },
            (Step::Amend, None) if self.live => {
                Ok(Self { open: Some(Open::Draft), barred: None, half: None, ..still })
            }
            (Step::DropAmendment, Some(Open::Draft)) if self.live => {
                Ok(Self { open: None, ..still })
            }
            (Step::Confirm, Some(Open::Proposed(by, _))) => {
                let before = Before { open: Some(Open::Submitted), ..self.before() };
                let fresh = Some(Fresh { by, step: Step::Approve, before });
                if self.two {
                    let half = Some(by);
                    return Ok(Self { open: Some(Open::Submitted), half, fresh, ..still });
                }
                Ok(Self { open: None, live: true, live_barred: self.barred, fresh, ..still })
            }
            (Step::Decline, Some(Open::Proposed(_, true))) => {
                Ok(Self { open: None, closed: Closed::Other, ..still })
            }
            (Step::Decline, Some(Open::Proposed(_, false))) => {
                Ok(Self { open: Some(Open::Submitted), ..still })
            }
            _ => Err(409),
        }
    }

    fn decided(&self, who: Who, step: Step, still: Self) -> Result<Self, u16> {
        let before = self.before();
        let fresh = Some(Fresh { by: who, step, before });
        match (step, self.open) {
            (Step::Approve, Some(Open::Submitted)) if self.half == Some(who) => Err(403),
            (Step::Approve, Some(Open::Submitted)) if self.two && self.half.is_none() => {
                Ok(Self { half: Some(who), fresh, ..still })
            }
            (Step::Approve, Some(Open::Submitted)) => {
                Ok(Self { open: None, live: true, live_barred: self.barred, fresh, ..still })
            }
            (Step::Reject, Some(Open::Submitted)) => {
                Ok(Self { open: None, closed: Closed::Rejected(who), fresh, ..still })
            }
            (Step::SendBack, Some(Open::Submitted)) => {
                Ok(Self { open: Some(Open::Draft), closed: Closed::Other, fresh, ..still })
            }
            (Step::Propose, Some(Open::Submitted)) if self.half.is_none() => {
                Ok(Self { open: Some(Open::Proposed(who, false)), ..still })
            }
            (Step::Propose, None) if self.live => Ok(Self {
                open: Some(Open::Proposed(who, true)),
                barred: None,
                half: None,
                ..still
            }),
            _ => Err(409),
        }
    }

    fn undone(&self, who: Who, still: Self) -> Result<Self, u16> {
        if who == Who::Owner {
            return Err(403);
        }
        if who == Who::Outsider {
            return Err(404);
        }
        let Some(fresh) = self.fresh.filter(|fresh| fresh.by == who) else { return Err(409) };
        let Before { open, live, closed, barred, live_barred } = fresh.before;
        let first_half = self.open == Some(Open::Submitted) && fresh.step == Step::Approve;
        let half = if first_half { None } else { self.half.filter(|half| *half != who) };
        Ok(Self { open, live, closed, barred, live_barred, half, ..still })
    }
}

async fn take(scene: &Scene, people: [&Client; 4], seen: &Value, who: Who, step: Step) -> Answer {
    let person = people[who as usize];
    match step {
        Step::Retitle => retitle(person, seen, "Another title, by its owner").await,
        Step::Submit => act(person, seen, "submit", Value::Null).await,
        Step::Withdraw => act(person, seen, "withdraw", Value::Null).await,
        Step::Approve => approve(person, seen).await,
        Step::Reject => reject(person, seen).await,
        Step::SendBack => send_back(person, seen).await,
        Step::Propose => {
            let title = format!("{} (corrected)", text(&seen["title"]));
            propose_title(person, seen, &title).await
        }
        Step::Confirm => act(person, seen, "correction/confirm", Value::Null).await,
        Step::Decline => act(person, seen, "correction/decline", json!({ "text": "No." })).await,
        Step::Undo => undo(person, seen).await,
        Step::Appeal => act(person, seen, "appeal", Value::Null).await,
        Step::Amend => act(person, seen, "amend", Value::Null).await,
        Step::DropAmendment => {
            let path = format!("/api/achievements/{}/amend/", text(&seen["id"]));
            let request = person.request(reqwest::Method::DELETE, &path);
            person.send(request.header("If-Match", text(&seen["etag"]))).await
        }
        Step::Revoke => {
            let path = format!("/api/credentials/{}/revoke/", text(&seen["credential"]["id"]));
            let body = json!({ "reason": "error", "text": "Wrong." });
            scene.college.admin.post(&path, body).await
        }
    }
}

/// Whether there is anything to name in the request: an undo needs a decision, a revocation a credential that lives.
fn can_be_asked(step: Step, seen: &Value) -> bool {
    match step {
        Step::Undo => seen["last_decision"]["id"].is_string(),
        Step::Revoke => seen["credential"]["status"] == "active",
        _ => true,
    }
}

#[tokio::test]
async fn every_walk_through_the_workflow_goes_as_the_model_says() {
    let scene = Scene::set().await;
    let ece = hub::domain::member::Scope::Department(scene.college.department("ECE"));
    let outsider =
        hub::app::invitations::OfferedRole { role: hub::domain::member::Role::Faculty, scope: ece };
    let outsider = scene.college.staff("Dr. Jain", &[outsider]).await;
    let people = [&scene.student, &scene.first, &scene.second, &outsider];
    let mut reached = std::collections::BTreeSet::new();
    for seed in 0..WALKS.end {
        if seed >= WALKS.start && reached.len() == STEPS_THERE_ARE.len() {
            break;
        }
        let mut random = StdRng::seed_from_u64(seed);
        let two = seed % 2 == 1;
        let rules: &[Value] =
            if two { &[json!({ "category": null, "min_level": "state" })] } else { &[] };
        ask_for_two(&scene.college.admin, json!(rules)).await.ok(200);
        let item = draft(&scene.student, &format!("Walk {seed}")).await;
        let mut model = Model {
            open: Some(Open::Draft),
            live: false,
            closed: Closed::None,
            appealed: false,
            handed_in: false,
            barred: None,
            live_barred: None,
            half: None,
            fresh: None,
            two,
        };
        let mut taken = Vec::new();
        for _ in 0..STEPS {
            let seen = scene.seen(&scene.student, &item).await;
            let Some((who, step)) = choose(&model, &mut random) else { break };
            if !can_be_asked(step, &seen) {
                continue;
            }
            let (expected, next) = model.after(who, step);
            let answer = take(&scene, people, &seen, who, step).await;
            taken.push(format!("{who:?} {step:?} -> {} (expected {expected})", answer.status));
            let story = || format!("seed {seed}:\n{}", taken.join("\n"));
            assert_eq!(answer.status, expected, "{}\n{}", story(), answer.body);
            if expected == 200 {
                reached.insert(format!("{step:?}"));
            }
            model = next;
            let seen = scene.seen(&scene.student, &item).await;
            if model.status() != "closed" {
                assert_eq!(seen["status"], model.status(), "{}", story());
            }
            assert_eq!(seen["live_revision"].is_number(), model.live, "{}", story());
            let broken = faults(&scene.hub).await;
            assert!(broken.is_empty(), "{}\n{}", broken.join("\n"), story());
        }
    }
    assert_eq!(
        reached.len(),
        STEPS_THERE_ARE.len(),
        "the walks took every kind of step: {reached:?}"
    );
}

/// Mostly a step that is open to somebody, sometimes any at all; none where nothing is open to anybody.
fn choose(model: &Model, random: &mut StdRng) -> Option<(Who, Step)> {
    let everybody = [Who::Owner, Who::First, Who::Second, Who::Outsider];
    let any: Vec<(Who, Step)> = everybody
        .iter()
        .flat_map(|who| STEPS_THERE_ARE.iter().map(|step| (*who, *step)))
        // The admin revokes, whoever is named; and seldom, for little comes after it.
        .filter(|(who, step)| *step != Step::Revoke || *who == Who::Owner)
        .collect();
    let open: Vec<(Who, Step)> =
        any.iter().copied().filter(|(who, step)| model.after(*who, *step).0 == 200).collect();
    if open.is_empty() {
        return None;
    }
    let wild = random.random_range(0..4) == 0;
    let mut chosen = *if wild { &any } else { &open }.choose(random)?;
    while chosen.1 == Step::Revoke && open.len() > 1 && random.random_range(0..5) > 0 {
        chosen = *open.choose(random)?;
    }
    Some(chosen)
}
