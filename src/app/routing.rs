//! How submissions find their reviewers: who sees what first, and what two of them have to approve.

use std::sync::Arc;

use serde_json::json;

use super::authenticate::word;
use super::record::{Actor, Happening, record};
use super::refusal::Current;
use super::review_rules::{self, TwoPersonRule};
use super::{App, Refusal};
use crate::domain::achievement::Level;
use crate::domain::field::FieldErrors;
use crate::domain::ids::{CategoryId, DepartmentId, MemberId};
use crate::domain::member::{Caller, Permission, Role};
use crate::storage::{RoutingRuleRow, TenantTx};

/// Most rules of a college.
const MOST_RULES: usize = 200;
/// Most reviewers that a rule names.
const MOST_REVIEWERS: usize = 50;

/// A rule: what it fits, and who sees that first.
#[derive(Clone, Debug)]
pub struct RoutingRule {
    /// Only items of this department.
    pub department: Option<DepartmentId>,
    /// Only items of this category.
    pub category: Option<CategoryId>,
    /// Only from this level on.
    pub min_level: Option<Level>,
    /// Whoever holds this role, with a scope that reaches the item.
    pub role: Option<Role>,
    /// Or these members.
    pub reviewers: Vec<MemberId>,
    /// After this time everybody in scope sees it, hours: 1 to 720, 72 where left out.
    pub pool_after_hours: Option<i32>,
}

/// What is to be changed; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct RoutingChange {
    /// Who sees what first: in the place of every rule in the caller's reach.
    pub rules: Option<Vec<RoutingRule>>,
    /// What two persons have to approve: in the place of all.
    pub second_reviewer: Option<Vec<TwoPersonRule>>,
}

/// The rules in force, and their ETag.
#[derive(Clone, Debug)]
pub struct Routing {
    /// Who sees what first, in their order: those of a department before those of the college.
    pub rules: Vec<RoutingRule>,
    /// What two persons have to approve, the rule for all categories last.
    pub second_reviewer: Vec<TwoPersonRule>,
    /// How often they were changed.
    pub version: i64,
}

/// Every rule of the college.
pub async fn list(caller: &Caller, app: &App) -> Result<Routing, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let routing = read(&mut tx).await?;
    tx.commit().await?;
    Ok(routing)
}

/// Put rules in the place of those there are: all of the college for an admin; for a head, those of the own department
/// on who sees what first.
///
/// # Errors
/// `Forbidden` for a rule outside the own department; `Stale`; `Invalid` for a field.
pub async fn replace(
    change: RoutingChange,
    version: i64,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<Routing, Refusal> {
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = acting.database.tenant(caller.college).await?;
        if !tx.count_routing_change(version).await? {
            let version = tx.routing_version().await?;
            let current =
                Current { status: "changed", decided_by: None, decided_at: None, version };
            return Err(Refusal::Stale(current));
        }
        if let Some(rules) = change.second_reviewer {
            if !caller.may(Permission::SetReviewRules) {
                return Err(Refusal::Forbidden);
            }
            review_rules::set(&rules, &caller, &mut tx, &acting).await?;
        }
        if let Some(rules) = change.rules {
            route(rules, &caller, &mut tx, &acting).await?;
        }
        let routing = read(&mut tx).await?;
        tx.commit().await?;
        Ok(routing)
    })
    .await
}

async fn route(
    rules: Vec<RoutingRule>,
    caller: &Caller,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let reach = caller.departments_through(&[Role::Head, Role::CollegeAdmin]);
    if let Some(reach) = &reach
        && rules.iter().any(|rule| rule.department.is_none_or(|id| !reach.contains(&id)))
    {
        return Err(Refusal::Forbidden);
    }
    check(&rules, tx, app).await?;
    let rows: Vec<RoutingRuleRow> = rules.into_iter().map(|rule| row(rule, app)).collect();
    let reach: Option<Vec<uuid::Uuid>> =
        reach.map(|reach| reach.into_iter().map(|id| id.0).collect());
    tx.replace_routing_rules(reach.as_deref(), &rows).await?;
    let facts = json!({ "rules": rows.len(), "departments": reach });
    let happening = Happening::in_college("routing_changed", facts);
    record(happening, Actor::from(caller), tx, app).await
}

async fn read(tx: &mut TenantTx) -> Result<Routing, Refusal> {
    let rules = tx.routing_rules().await?.into_iter().map(read_rule);
    Ok(Routing {
        rules: rules.collect::<Result<_, _>>()?,
        second_reviewer: review_rules::read(tx).await?,
        version: tx.routing_version().await?,
    })
}

async fn check(rules: &[RoutingRule], tx: &mut TenantTx, app: &App) -> Result<(), Refusal> {
    let mut errors = FieldErrors::default();
    if rules.len() > MOST_RULES {
        errors.add("rules", "too_many", format!("At most {MOST_RULES} rules are taken."));
    }
    let departments = tx.departments().await?;
    let categories = tx.categories().await?;
    for (index, rule) in rules.iter().enumerate().take(MOST_RULES) {
        let at = |field: &str| format!("rules/{index}/{field}");
        if rule.department.is_some_and(|id| departments.iter().all(|row| row.id != id.0)) {
            errors.add(&at("department"), "unknown", "The college has no such department.");
        }
        if rule.category.is_some_and(|id| categories.iter().all(|row| row.id != id.0)) {
            errors.add(&at("category"), "unknown", "The college has no such category.");
        }
        if rule.role.is_some() != rule.reviewers.is_empty() {
            errors.add(&at("role"), "one_of", "Name either a role or reviewers.");
        }
        let reviews = [Role::Organizer, Role::Faculty, Role::Head, Role::CollegeAdmin];
        if rule.role.is_some_and(|role| !reviews.contains(&role)) {
            errors.add(&at("role"), "no_reviewer", "This role reviews nothing.");
        }
        if rule.pool_after_hours.is_some_and(|hours| !(1..=720).contains(&hours)) {
            errors.add(&at("pool_after_hours"), "out_of_range", "Between 1 and 720 hours.");
        }
        if rule.reviewers.len() > MOST_REVIEWERS {
            let detail = format!("At most {MOST_REVIEWERS} reviewers are taken.");
            errors.add(&at("reviewers"), "too_many", detail);
        }
        for reviewer in rule.reviewers.iter().take(MOST_REVIEWERS) {
            if tx.member(*reviewer, app.now()).await?.is_none() {
                errors.add(&at("reviewers"), "unknown", "The college has no such member.");
            }
        }
    }
    Ok(errors.or(())?)
}

fn read_rule(row: RoutingRuleRow) -> Result<RoutingRule, Refusal> {
    Ok(RoutingRule {
        department: row.department_id.map(DepartmentId),
        category: row.category_id.map(CategoryId),
        min_level: row.min_level.as_deref().map(word).transpose()?,
        role: row.reviewer_role.as_deref().map(word).transpose()?,
        reviewers: row.reviewers.into_iter().map(MemberId).collect(),
        pool_after_hours: Some(row.pool_after_hours),
    })
}

fn row(rule: RoutingRule, app: &App) -> RoutingRuleRow {
    RoutingRuleRow {
        id: app.row_id(),
        department_id: rule.department.map(|id| id.0),
        category_id: rule.category.map(|id| id.0),
        min_level: rule.min_level.map(|level| level.as_str().to_owned()),
        reviewer_role: rule.role.map(|role| role.as_str().to_owned()),
        reviewers: rule.reviewers.into_iter().map(|id| id.0).collect(),
        pool_after_hours: rule.pool_after_hours.unwrap_or(72),
    }
}
