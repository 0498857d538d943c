//! The files of sentences, one for each page and language, built into the program.

macro_rules! sentences {
    ($($name:literal),* $(,)?) => {
        /// Chinese, by file.
        pub(super) const ZH: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../locales/zh-CN/", $name, ".ftl")))),*];
        /// English, by file.
        pub(super) const EN: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../locales/en/", $name, ".ftl")))),*];
    };
}

sentences![
    "frame",
    "terms",
    "home",
    "sign_in",
    "units",
    "file",
    "act",
    "record",
    "rules",
    "audit",
    "accounts",
    "events",
    "supervision",
    "roster",
    "charts",
    "entry",
    "schooling",
    "second_factor",
    "tree",
    "person",
    "looks",
    "papers",
    "batch",
    "plan",
    "forecast",
    "sheet",
    "printing",
    "notices",
    "coverage",
    "charge",
];
