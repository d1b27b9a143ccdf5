//! Which achievements two different persons have to approve.

use serde_json::json;

use super::achievements::find_category;
use super::authenticate::word;
use super::record::{Happening, record};
use super::{App, Refusal};
use crate::domain::achievement::Level;
use crate::domain::field::FieldErrors;
use crate::domain::member::Caller;
use crate::storage::TenantTx;

/// From which level on two persons are asked.
#[derive(Clone, Debug)]
pub struct TwoPersonRule {
    /// Category code; none for every category without a rule of its own.
    pub category: Option<String>,
    /// From this level on.
    pub min_level: Level,
}

/// The rules, the one for all categories last.
pub(super) async fn read(tx: &mut TenantTx) -> Result<Vec<TwoPersonRule>, Refusal> {
    let rows = tx.review_rules().await?.into_iter();
    rows.map(|row| {
        Ok(TwoPersonRule { category: row.category_code, min_level: word(&row.min_level)? })
    })
    .collect()
}

/// Put rules in the place of all there were. What waits is decided under the new ones.
pub(super) async fn set(
    rules: &[TwoPersonRule],
    caller: &Caller,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let mut errors = FieldErrors::default();
    let mut parsed = Vec::new();
    for (place, rule) in rules.iter().enumerate() {
        let field = format!("second_reviewer/{place}/category");
        if rules[..place].iter().any(|earlier| earlier.category == rule.category) {
            errors.add(&field, "repeated", "There is one rule for a category.");
        }
        match &rule.category {
            None => parsed.push((app.row_id(), None, rule.min_level)),
            Some(code) => match find_category(code, tx).await {
                Ok(category) => parsed.push((app.row_id(), Some(category), rule.min_level)),
                Err(Refusal::Invalid(_)) => {
                    errors.add(&field, "unknown", "Your college has no such category.");
                }
                Err(other) => return Err(other),
            },
        }
    }
    errors.or(())?;
    tx.set_review_rules(&parsed).await?;
    let facts =
        rules.iter().map(|rule| json!({ "category": rule.category, "from": rule.min_level }));
    let facts: Vec<_> = facts.collect();
    let happening = Happening::in_college("review_rules_set", json!({ "second_reviewer": facts }));
    record(happening, caller.into(), tx, app).await
}
