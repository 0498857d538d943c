//! What the first of two people entered, told to the second: their form comes back with what they typed
//! and with what is new, and can be sent again.

use domain::case::{Case, Logged};
use domain::finding::{Finding, Severity};
use domain::text::Text;

use crate::pages::file::kind_name;
use crate::words::{Locale, Words};

/// The entries of a file since it was looked at, in words.
pub(crate) fn since(case: &Case, version: i64) -> Text {
    let known = usize::try_from(version).unwrap_or(0);
    let fresh = case.log().get(known..).unwrap_or(&[]);
    let told = |t: Words| {
        let line = |logged: &Logged| {
            let event = &logged.recorded.fact;
            let edition = app::rulebooks::books().on(event.occurred_on);
            let name = kind_name(t, edition, event.event.kind());
            format!("{} {name}", t.plain_day(&event.occurred_on))
        };
        fresh.iter().map(line).collect::<Vec<_>>().join(&t.say("list-comma"))
    };
    Text::new(
        format!("您打开页面以后，本档案有了新的登记：{}。没有记录任何东西。", told(Words(Locale::Zh))),
        format!(
            "Since you opened the page, this was entered in the file: {}. Nothing of yours was recorded.",
            told(Words(Locale::En))
        ),
    )
}

/// The same as a finding of the form.
pub(super) fn finding(case: &Case, version: i64) -> Finding {
    Finding {
        rule: "F02.changed".to_owned(),
        severity: Severity::Error,
        edition: String::new(),
        occurrence: 0,
        fields: vec!["on".to_owned()],
        article: "登记规则 · House rule".to_owned(),
        text: since(case, version),
        remedy: Text::new(
            "您填写的内容都在；看过新的登记，如仍要办，请再次提交。",
            "What you typed is all here: look at what is new, and send it again if it still holds.",
        ),
    }
}
