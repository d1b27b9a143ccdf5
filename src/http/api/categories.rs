//! GET /api/categories/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::rows::CategoryRow;
use crate::app::{App, categories};
use crate::http::extract::SignedIn;
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A kind of achievement.
#[derive(Serialize, ToSchema)]
struct Category {
    id: uuid::Uuid,
    code: String,
    name: String,
    description: String,
    icon: String,
    /// Kinds of file that a submission needs; `image_or_pdf` where any will do.
    requires_evidence: Vec<String>,
    /// Fields that a submission must fill.
    required_fields: Vec<String>,
    /// Particulars that its form has; `particulars` of an achievement.
    particulars: Vec<String>,
    /// What a reviewer looks at.
    checklist: Vec<String>,
    reject_reasons: Vec<RejectReason>,
    academic: bool,
}

/// Why something of this category may be refused.
#[derive(Serialize, Deserialize, ToSchema)]
struct RejectReason {
    code: String,
    label: String,
}

/// The college's categories, in its order.
#[utoipa::path(get, path = "/api/categories", tag = "achievements", security(("bearer" = [])),
    responses((status = 200, body = Vec<Category>), (status = 401)))]
async fn list(
    SignedIn(caller): SignedIn,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<Category>>, Problem> {
    let rows = categories::list(&caller, &app).await?;
    Ok(Json(rows.into_iter().map(Category::from).collect()))
}

impl From<CategoryRow> for Category {
    fn from(row: CategoryRow) -> Self {
        Self {
            id: row.id,
            code: row.code,
            name: row.name,
            description: row.description,
            icon: row.icon,
            requires_evidence: if row.evidence_required && row.evidence_kinds.is_empty() {
                vec!["image_or_pdf".to_owned()]
            } else {
                row.evidence_kinds
            },
            required_fields: row.required_fields,
            particulars: row.particulars,
            checklist: row.checklist,
            reject_reasons: serde_json::from_value(row.reject_reasons).unwrap_or_default(),
            academic: row.academic,
        }
    }
}
