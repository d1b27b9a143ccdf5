//! A picture of the first page before anything is signed. Nothing is stored.

use chrono::SubsecRound;

use super::compose::{self, Particulars};
use super::material::{ExportRequest, check, gather};
use super::pictures::{self, Choice};
use crate::app::{App, Refusal, sealed};
use crate::domain::ids::PortfolioId;
use crate::domain::member::Caller;

/// 794 pixels over the width of A4: sharp enough for a screen, quick to draw.
const PIXELS_PER_POINT: f64 = 96.0 / 72.0;

/// The first page (PNG) as an export of the same request would show it, marked as a preview and without a code.
pub async fn preview(
    request: ExportRequest,
    owner: &Caller,
    app: &App,
) -> Result<Vec<u8>, Refusal> {
    check(&request)?;
    let material = gather(&request, owner, app).await?;
    let pictures = pictures::read(Choice::Thumbs, &material, owner.college, app).await?;
    let particulars = Particulars {
        id: PortfolioId(uuid::Uuid::nil()),
        created: app.now().trunc_subsecs(0),
        record_hash: [0; 32],
        attachment: Vec::new(),
        qr_text: app.public_url.as_str().to_owned(),
    };
    let input = compose::render_input(particulars, pictures, &request, &material, app);
    app.renderer.preview(input, PIXELS_PER_POINT).await.map_err(sealed::refuse_render)
}
