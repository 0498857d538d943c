use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use jiff::civil::date;

use super::*;

#[test]
fn numbers_and_days_follow_the_language() {
    assert_eq!(number_text(1_234_567), "1,234,567");
    assert_eq!((number_text(0), number_text(-1200)), ("0".to_owned(), "−1,200".to_owned()));
    let day = date(2003, 3, 3);
    assert_eq!(Words(Locale::Zh).plain_day(&day), "2003.03.03");
    assert_eq!(Words(Locale::En).plain_day(&day), "3 Mar 2003");
    assert_eq!(Words(Locale::Zh).long_day(&day).0, "<time datetime=\"2003-03-03\">2003年3月3日</time>");
    assert_eq!(Locale::parse("fr;q=0.9, en-GB"), Some(Locale::En));
    assert_eq!(Locale::parse("fr"), None);
}

/// Every message of a language with the names of its values.
fn messages(texts: &[(&str, &str)]) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for (name, text) in texts {
        let resource = fluent_syntax::parser::parse(*text).unwrap_or_else(|(_, e)| panic!("{name}: {e:?}"));
        for entry in resource.body {
            if let Entry::Message(message) = entry {
                let mut values = BTreeSet::new();
                collect(message.value.as_ref().unwrap(), &mut values);
                let is_new = found.insert(message.id.name.to_owned(), values).is_none();
                assert!(is_new, "{name}: `{}` is there twice", message.id.name);
            }
        }
    }
    found
}

fn collect(pattern: &Pattern<&str>, values: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        match expression {
            Expression::Inline(inline) => inline_value(inline, values),
            Expression::Select { selector, variants } => {
                inline_value(selector, values);
                variants.iter().for_each(|variant| collect(&variant.value, values));
            }
        }
    }
}

fn inline_value(inline: &InlineExpression<&str>, values: &mut BTreeSet<String>) {
    if let InlineExpression::VariableReference { id } = inline {
        values.insert(id.name.to_owned());
    }
}

#[test]
fn both_languages_say_the_same_things_with_the_same_values() {
    let (zh, en) = (messages(files::ZH), messages(files::EN));
    for (key, values) in &zh {
        assert_eq!(Some(values), en.get(key), "`{key}` in English");
    }
    for key in en.keys() {
        assert!(zh.contains_key(key), "`{key}` in Chinese");
    }
}

/// Keys written out in templates and sources: the first text after `say(`, `count(`, `about(`, `with(`.
fn keys_used(folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            keys_used(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for call in [".say(\"", ".count(\"", ".about(\"", ".with(\""] {
            for rest in text.split(call).skip(1) {
                let key = rest.split('"').next().unwrap();
                if !key.contains('{') {
                    found.insert(key.to_owned(), path.display().to_string());
                }
            }
        }
    }
}

#[test]
fn every_sentence_asked_for_is_there() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut used = BTreeMap::new();
    keys_used(&home.join("templates"), &mut used);
    keys_used(&home.join("src/pages"), &mut used);
    let known = messages(files::ZH);
    for (key, place) in &used {
        assert!(known.contains_key(key), "{place}: no sentence `{key}`");
    }
    assert!(used.len() > 20);
}

#[test]
fn every_change_of_the_tree_has_its_words() {
    let t = Words(Locale::Zh);
    for kind in domain::tree::ChangeKind::ALL {
        for list in ["change", "change-lead", "change-effect", "change-done"] {
            assert!(t.knows(&format!("{list}-{}", kind.as_str())), "{list} {kind:?}");
        }
    }
    for kind in domain::event::Event::KINDS {
        if ["unit.", "post.", "group.", "roster."].iter().any(|room| kind.starts_with(room)) {
            assert!(t.knows(&format!("told-{}", kind.replace('.', "-"))), "{kind}");
        }
    }
}
