//! x
use super::content::*;
pub(super) fn photo(_c: DemoScene, _seed: u64) -> (String, &'static str, Vec<u8>) { unimplemented!() }
