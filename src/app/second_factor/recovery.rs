//! Recovery codes: in the place of a device that was lost, each once.

use std::sync::Arc;

use data_encoding::{Encoding, Specification};
use serde_json::json;

use super::{factors, totp};
use crate::app::one_time::digest;
use crate::app::record::{Happening, record};
use crate::app::{App, Refusal};
use crate::domain::ids::MemberId;
use crate::domain::member::Caller;
use crate::storage::TenantTx;

/// How many are handed out at a time.
const COUNT: usize = 10;
/// Octets of a code: 80 bits, which nobody tries through even with the digests at hand.
const LENGTH: usize = 10;
/// Crockford's letters: none is taken for another.
const LETTERS: &str = "0123456789abcdefghjkmnpqrstvwxyz";

/// Give the caller other recovery codes, shown here and never again; the ones before work no more.
///
/// # Errors
/// `Conflict` where they have nothing to recover.
pub async fn replace(caller: &Caller, app: &Arc<App>) -> Result<Vec<String>, Refusal> {
    let (hub, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = hub.database.tenant(caller.college).await?;
        if !factors(caller.member, &mut tx).await?.has_second() {
            return Err(Refusal::Conflict("You have no second factor that could be lost."));
        }
        let codes = give(caller.member, &mut tx, &hub).await?;
        let facts = json!({ "member": caller.member });
        let happening = Happening::in_college("recovery_codes_replaced", facts);
        record(happening, (&caller).into(), &mut tx, &hub).await?;
        totp::tell(caller.member, "Your account has new recovery codes.", &mut tx, &hub).await?;
        tx.commit().await?;
        Ok(codes)
    })
    .await
}

/// Other codes for a member.
pub(super) async fn give(
    member: MemberId,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Vec<String>, Refusal> {
    let codes: Vec<String> =
        (0..COUNT).map(|_| in_groups(&encoding().encode(&app.random_bytes()[..LENGTH]))).collect();
    let hashes: Vec<Vec<u8>> = codes.iter().map(|code| digest(&form(code)).to_vec()).collect();
    tx.replace_recovery_codes(member, &hashes).await?;
    Ok(codes)
}

/// Use a code up.
pub(super) async fn check(
    code: &str,
    member: MemberId,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let used = tx.use_recovery_code(member, &digest(&form(code)), app.now()).await?;
    if used { Ok(()) } else { Err(Refusal::WrongFactor) }
}

/// The form a code is compared in: as it is typed from paper.
fn form(code: &str) -> String {
    let letters = code.chars().filter(|c| c.is_ascii_alphanumeric());
    letters
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect()
}

fn in_groups(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

fn encoding() -> Encoding {
    let mut letters = Specification::new();
    letters.symbols.push_str(LETTERS);
    letters.encoding().expect("32 different letters are an encoding")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_was_typed() {
        let code = in_groups(&encoding().encode(&[0xff; LENGTH]));
        assert_eq!(code, "zzzz-zzzz-zzzz-zzzz");
        assert_eq!(form("O1IL abcd"), form("0111-ABCD"));
    }
}
