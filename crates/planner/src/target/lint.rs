//! What is wrong with a file of targets beyond the shape of its keys: everything at once, each with
//! line, key and remedy.

use std::collections::BTreeSet;

use domain::text::Text;

use super::{Bound, Kind, Population, Side, Sure, Target, Targets};

/// Something wrong with a file of targets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, {key}: {} / {}", what.zh, what.en)]
pub struct Fault {
    /// Line, from 1.
    pub line: usize,
    /// The key, or the id of the group or target.
    pub key: String,
    /// What is wrong and what to do.
    pub what: Text,
}

impl Fault {
    pub(super) fn of_shape(text: &str, error: &toml::de::Error) -> Fault {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let key = text.lines().nth(line - 1).and_then(|line| line.split('=').next()).unwrap_or("").trim();
        Fault {
            line,
            key: key.to_owned(),
            what: Text::new(
                format!("无法读取，请按提示改正：{}", error.message()),
                format!("it cannot be read: {}; correct it there", error.message()),
            ),
        }
    }
}

/// Gathers faults with their lines.
struct Faults<'a> {
    text: &'a str,
    found: Vec<Fault>,
}

impl Faults<'_> {
    /// Adds a fault of the group or target with this id; `key` narrows the line down inside it.
    fn add(&mut self, id: &str, key: &str, zh: impl Into<String>, en: impl Into<String>) {
        let lines: Vec<&str> = self.text.lines().collect();
        let is_key = |line: &str, key: &str| line.split('=').next().is_some_and(|name| name.trim() == key);
        let names_it = |line: &&str| is_key(line, "id") && line.contains(&format!("\"{id}\""));
        let at = lines.iter().position(names_it).unwrap_or(0);
        let inside = lines[at..].iter().skip(1).take_while(|line| !line.starts_with("[["));
        let offset =
            inside.enumerate().find(|(_, line)| is_key(line, key)).map_or(0, |(offset, _)| offset + 1);
        self.found.push(Fault { line: at + offset + 1, key: format!("{id}.{key}"), what: Text::new(zh, en) });
    }
}

/// Everything that is wrong.
pub(super) fn faults(text: &str, targets: &Targets) -> Vec<Fault> {
    let mut faults = Faults { text, found: Vec::new() };
    if targets.from.date > targets.to.date || targets.from.date.is_none() || targets.to.date.is_none() {
        faults.add(
            "",
            "from",
            "from 与 to 须为日期，且 from 不晚于 to",
            "from and to are days, from not after to",
        );
    }
    let mut seen = BTreeSet::new();
    let ids = targets.groups.iter().map(|group| &group.id).chain(targets.targets.iter().map(|one| &one.id));
    for id in ids.filter(|id| !seen.insert(id.as_str()) || id.is_empty()) {
        faults.add(id, "id", "名称为空或重复，请另取一个", "the name is empty or used twice; choose another");
    }
    for group in &targets.groups {
        if let Some(ages) = group.ages
            && ages.to.is_some_and(|to| to < ages.from)
        {
            faults.add(&group.id, "ages", "to 不得小于 from", "`to` may not be below `from`");
        }
        let is_defined = group.ages.is_some()
            || group.sex.is_some()
            || group.education_below.is_some()
            || group.mark.is_some();
        if !is_defined {
            faults.add(
                &group.id,
                "id",
                "没有说明包括哪些人，请写 ages、sex、education_below 或 mark",
                "it does not say whom it holds; write ages, sex, education_below or mark",
            );
        }
    }
    for target in &targets.targets {
        of_target(&mut faults, targets, target);
    }
    faults.found
}

fn of_target(faults: &mut Faults, targets: &Targets, target: &Target) {
    let id = &target.id;
    for (key, group) in [("group", &target.group), ("per", &target.per)] {
        if let Some(group) = group
            && targets.group(group).is_none()
        {
            faults.add(
                id,
                key,
                format!("没有名为“{group}”的 [[group]]，请定义它或改用已有的"),
                format!("no [[group]] is named “{group}”; define it or use one that is"),
            );
        }
    }
    if target.period.is_some() == target.by.is_some() {
        faults.add(id, "period", "period 与 by 必须且只能写一个", "write exactly one of period and by");
    }
    if let Some(day) = &target.by
        && (day.date.is_none() || day.date < targets.from.date || day.date > targets.to.date)
    {
        faults.add(id, "by", "须是规划期内的一天", "it must be a day within the plan");
    }
    let needs_group = target.kind != Kind::Count;
    if needs_group && target.group.is_none() {
        faults.add(id, "group", "这类指标须写明 group", "a figure of this kind needs a group");
    }
    if (target.kind == Kind::Ratio) != target.per.is_some() {
        faults.add(
            id,
            "per",
            "per 用于比例对比（ratio），也只用于它",
            "`per` belongs to a ratio, and a ratio needs it",
        );
    }
    if (target.kind == Kind::Coverage) != (target.of == Population::Units) {
        faults.add(
            id,
            "of",
            "覆盖面（coverage）以 units 计，units 只用于它",
            "a coverage is taken over units, and only a coverage is",
        );
    }
    if target.weight < 0 {
        faults.add(id, "weight", "权数不得为负", "a weight may not be negative");
    }
    of_bound(faults, target, "as_written", &target.as_written);
    of_bound(faults, target, "adopted", &target.adopted);
    let differ = (target.as_written.bound, target.as_written.value, target.as_written.tolerance)
        != (target.adopted.bound, target.adopted.value, target.adopted.tolerance);
    if (differ || target.sure != Sure::High) && target.reason.is_none() {
        faults.add(
            id,
            "reason",
            "采用值与原文不同或读法不确定，须写明理由",
            "the adopted value differs or the reading is not certain; say why",
        );
    }
}

fn of_bound(faults: &mut Faults, target: &Target, key: &str, bound: &Bound) {
    let most = match target.kind {
        Kind::Share | Kind::Coverage => 1000,
        Kind::Count | Kind::Growth | Kind::Ratio => crate::instance::MOST,
    };
    if !(0..=most).contains(&bound.value) {
        faults.add(
            &target.id,
            key,
            format!("数值须在0至{most}之间（比例为千分数）"),
            format!("the value must lie from 0 to {most} (shares are in thousandths)"),
        );
    }
    if !(0..=1000).contains(&bound.tolerance) || (bound.tolerance != 0 && bound.bound != Side::About) {
        faults.add(
            &target.id,
            key,
            "容差为0至1000的千分数，只用于 about",
            "a tolerance is from 0 to 1000 thousandths and for `about` only",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../../../rulebooks/targets/2002-2004.toml");

    fn found(from: &str, to: &str) -> Vec<Fault> {
        let text = SHIPPED.replacen(from, to, 1);
        assert_ne!(text, SHIPPED, "{from}");
        Targets::parse(&text).expect_err("refused")
    }

    #[test]
    fn every_fault_is_told_with_its_line_and_key() {
        for (from, to, key, message) in [
            ("group = \"young\"", "group = \"old\"", "intake_young.group", "named “old”"),
            ("ages = { to = 35 }", "ages = { from = 36, to = 35 }", "young.ages", "below `from`"),
            ("ages = { to = 35 }", "", "young.id", "does not say whom"),
            ("id = \"educated\"", "id = \"young\"", "young.id", "used twice"),
            ("value = 700, text", "value = 1001, text", "intake_young.as_written", "from 0 to 1000"),
            ("by = 2004-12-31", "by = 2005-12-31", "stock_young.by", "within the plan"),
            ("by = 2004-12-31", "", "stock_young.period", "exactly one"),
            ("value = 560, tolerance = 20", "value = 560, tolerance = 1001", "intake.adopted", "thousandths"),
            ("per = \"prospective\"", "", "activists_to_targets.per", "a ratio needs it"),
            ("of = \"units\"", "of = \"stock\"", "non_public.of", "over units"),
            ("weight = 200", "weight = -1", "intake.weight", "negative"),
        ] {
            let faults = found(from, to);
            let fault = faults.iter().find(|fault| fault.key == key);
            let fault = fault.unwrap_or_else(|| panic!("{key}: {faults:?}"));
            assert!(fault.what.en.contains(message), "{fault}");
            assert!(fault.line > 1, "{fault}");
        }
    }

    #[test]
    fn all_faults_come_at_once_and_lines_are_those_of_the_keys() {
        let text = SHIPPED.replacen("weight = 400", "weight = -4", 1).replacen(
            "by = 2004-12-31",
            "by = 1999-01-01",
            1,
        );
        let faults = Targets::parse(&text).expect_err("refused");
        let line = |wanted: &str| text.lines().position(|line| line == wanted).map(|at| at + 1);
        let lines: Vec<Option<usize>> = faults.iter().map(|fault| Some(fault.line)).collect();
        assert_eq!(lines, [line("weight = -4"), line("by = 1999-01-01")]);
    }

    #[test]
    fn a_missing_reason_is_asked_for() {
        let text: String = SHIPPED
            .lines()
            .filter(|line| !line.starts_with("reason"))
            .map(|line| format!("{line}\n"))
            .collect();
        let faults = Targets::parse(&text).expect_err("refused");
        assert!(faults.len() >= 5 && faults.iter().all(|fault| fault.key.ends_with(".reason")), "{faults:?}");
    }
}
