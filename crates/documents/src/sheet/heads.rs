//! Comparing heads: width, case, spaces and marks of obligation do not count.

use unicode_normalization::UnicodeNormalization;

/// A text in the form in which heads and choices are compared: full-width letters folded, no
/// white space, no asterisks, lower case.
pub(crate) fn fold(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace() && *c != '*').flat_map(char::to_lowercase).collect()
}

/// The forms under which a head may be known, the fullest first: as a whole, without a remark in
/// brackets, and each language of a bilingual one.
pub(crate) fn head_keys(text: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut add = |form: &str| {
        let key = fold(form);
        if !key.is_empty() && !keys.contains(&key) {
            keys.push(key);
        }
    };
    add(text);
    add(without_remark(text));
    for line in text.lines() {
        add(line);
        add(without_remark(line));
    }
    for side in text.split(['/', '／']) {
        add(side);
    }
    keys
}

fn without_remark(text: &str) -> &str {
    match text.split_once(['(', '（']) {
        Some((name, _)) => name,
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_case_and_space_do_not_count() {
        assert_eq!(fold(" Ｂｉｒｔｈ　Date * "), "birthdate");
        assert_eq!(fold("出 生\n日期＊"), "出生日期");
    }

    #[test]
    fn a_bilingual_head_is_known_in_each_language() {
        let keys = head_keys("姓名*\nName");
        assert!(keys.contains(&"姓名".to_owned()) && keys.contains(&"name".to_owned()));
        assert!(head_keys("出生日期（公历）").contains(&"出生日期".to_owned()));
        assert!(head_keys("性别 / Sex").contains(&"sex".to_owned()));
        assert!(head_keys("  ").is_empty());
    }
}
