//! A file of targets in words: what was written, what is adopted and why, and for whom a share means
//! anything.

use domain::text::Text;
use planner::target::{Bound, Fault, Kind, Side, Target, Targets};

/// One person may change a share by so many thousandths; smaller groups are not judged by themselves.
const STEP: i64 = 50;

/// Reads a file of targets and says what it holds.
///
/// # Errors
/// Everything that is wrong with the file, each with line, key and remedy.
pub fn targets(text: &str) -> Result<Vec<Text>, Vec<Fault>> {
    let targets = Targets::parse(text)?;
    let mut words = vec![
        targets.title.clone(),
        Text::new(format!("方针：{}。", targets.policy.zh), format!("Policy: {}.", targets.policy.en)),
    ];
    for target in &targets.targets {
        words.extend(words_of(&targets, target));
    }
    Ok(words)
}

fn words_of(targets: &Targets, target: &Target) -> Vec<Text> {
    let years: Vec<String> = targets.years(target).iter().map(i32::to_string).collect();
    let (name, years) = (&target.name, years.join(", "));
    let in_words = |bound: &Bound| bound_in_words(target.kind, bound);
    let (written, adopted) = (in_words(&target.as_written), in_words(&target.adopted));
    let mut words = vec![Text::new(
        format!("{} {}（{years}）：原文{}，采用{}。", target.id, name.zh, written.zh, adopted.zh),
        format!("{} {} ({years}): written {}, adopted {}.", target.id, name.en, written.en, adopted.en),
    )];
    if let Some(reason) = &target.reason {
        words.push(Text::new(format!("  理由：{}", reason.zh), format!("  Why: {}", reason.en)));
    }
    if let Some(least) = target.adopted.least_carrier(target.kind, STEP) {
        words.push(Text::new(
            format!("  不足 {least} 名的群体不单独考核这一比例。"),
            format!("  Groups of fewer than {least} are not held to this share by themselves."),
        ));
    }
    words
}

/// A bound as people read it: shares in percent, ratios to one.
pub(crate) fn bound_in_words(kind: Kind, bound: &Bound) -> Text {
    let value = match kind {
        Kind::Share | Kind::Coverage => format!("{}.{}%", bound.value / 10, bound.value % 10),
        Kind::Ratio => format!("{}.{:02}:1", bound.value / 100, bound.value % 100),
        Kind::Count | Kind::Growth => bound.value.to_string(),
    };
    match bound.bound {
        Side::AtLeast => Text::new(format!("不少于 {value}"), format!("at least {value}")),
        Side::MoreThan => Text::new(format!("高于 {value}"), format!("more than {value}")),
        Side::AtMost => Text::new(format!("不高于 {value}"), format!("at most {value}")),
        Side::About => {
            let width = format!("{}.{}", bound.tolerance / 10, bound.tolerance % 10);
            Text::new(format!("约 {value}（上下 {width}%）"), format!("about {value} (± {width} %)"))
        }
    }
}
