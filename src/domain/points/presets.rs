//! Schemes that universities ask for, as a college finds them. Its categories are the hub's usual ones; it may change both.

use super::Scheme;

/// A scheme to begin from.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Short and stable.
    pub code: &'static str,
    /// As people call it.
    pub name: &'static str,
    content: &'static str,
}

/// Every preset: templates/points/.
pub const PRESETS: [Preset; 3] = [
    Preset {
        code: "aicte_vtu",
        name: "AICTE activity points (VTU)",
        content: include_str!("../../../templates/points/aicte-vtu.json"),
    },
    Preset {
        code: "ktu_2019",
        name: "KTU 2019",
        content: include_str!("../../../templates/points/ktu-2019.json"),
    },
    Preset {
        code: "ktu_2024",
        name: "KTU 2024",
        content: include_str!("../../../templates/points/ktu-2024.json"),
    },
];

/// The preset of this code.
pub fn preset(code: &str) -> Option<Preset> {
    PRESETS.into_iter().find(|preset| preset.code == code)
}

impl Preset {
    /// What it says.
    pub fn content(&self) -> serde_json::Value {
        serde_json::from_str(self.content).expect("a test reads each preset")
    }

    /// The same, read.
    pub fn scheme(&self) -> Scheme {
        Scheme::parse(&self.content()).expect("a test reads each preset")
    }
}
