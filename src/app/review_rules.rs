//! Which achievements two different persons have to approve.

use serde_json::json;

use super::achievements::find_category;
use super::record::{Happening, record};
use super::{App, Refusal};
use crate::domain::achievement::Level;
use crate::domain::field::FieldErrors;
use crate::domain::member::Caller;
use crate::storage::ReviewRuleRow;

/// A rule as somebody sets it.
#[derive(Clone, Debug)]
pub struct RawRule {
    /// Category code; none for every category without a rule of its own.
    pub category: Option<String>,
    /// From this level on.
    pub min_level: Level,
}

/// The college's rules.
pub async fn read(caller: &Caller, app: &App) -> Result<Vec<ReviewRuleRow>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.review_rules().await?;
    tx.commit().await?;
    Ok(rows)
}

/// Put rules in the place of all there were. What waits is decided under the new ones.
pub async fn set(
    rules: Vec<RawRule>,
    caller: &Caller,
    app: &App,
) -> Result<Vec<ReviewRuleRow>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let mut errors = FieldErrors::default();
    let mut parsed = Vec::new();
    for (place, rule) in rules.iter().enumerate() {
        let field = format!("second_reviewer/{place}/category");
        if rules[..place].iter().any(|earlier| earlier.category == rule.category) {
            errors.add(&field, "repeated", "There is one rule for a category.");
        }
        match &rule.category {
            None => parsed.push((app.row_id(), None, rule.min_level)),
            Some(code) => match find_category(code, &mut tx).await {
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
    record(happening, caller.into(), &mut tx, app).await?;
    let rows = tx.review_rules().await?;
    tx.commit().await?;
    Ok(rows)
}
