//! The files that came with the program. A new edition is a new file and a line here.

/// Names and texts, the earliest edition first.
pub(super) const FILES: [(&str, &str); 4] = [
    ("1990-08-01.toml", include_str!("../../../../rulebooks/admission/1990-08-01.toml")),
    ("2014-05-28.toml", include_str!("../../../../rulebooks/admission/2014-05-28.toml")),
    ("2026-05-11.toml", include_str!("../../../../rulebooks/admission/2026-05-11.toml")),
    ("local/source-plan.toml", include_str!("../../../../rulebooks/admission/local/source-plan.toml")),
];
