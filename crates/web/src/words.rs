//! Words of the interface: every sentence lives in `locales/`, in both languages, and a missing one
//! fails a test. Templates ask for sentences by key; nothing here knows a page.

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use domain::text::{Language, Text};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::civil::Date;
use unic_langid::langid;

mod files;

/// A language of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Locale {
    /// Chinese, the language of the office.
    #[default]
    Zh,
    /// English.
    En,
}

impl Locale {
    /// The tag in URLs and cookies.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Locale::Zh => "zh-CN",
            Locale::En => "en",
        }
    }

    /// Reads the tag, or the first known language of an `Accept-Language` header.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        text.split(',').find_map(|wish| match wish.trim().get(..2)? {
            "zh" => Some(Locale::Zh),
            "en" => Some(Locale::En),
            _ => None,
        })
    }

    /// The other language.
    pub(crate) fn other(self) -> Self {
        match self {
            Locale::Zh => Locale::En,
            Locale::En => Locale::Zh,
        }
    }
}

/// Markup that is not escaped again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Markup(pub(crate) String);

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Markup {}

/// The sentences of one language, as templates hold them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Words(pub(crate) Locale);

type Bundle = FluentBundle<FluentResource>;

fn bundles() -> &'static HashMap<Locale, Bundle> {
    static BUNDLES: OnceLock<HashMap<Locale, Bundle>> = OnceLock::new();
    BUNDLES.get_or_init(|| {
        [(Locale::Zh, files::ZH), (Locale::En, files::EN)]
            .into_iter()
            .map(|(locale, texts)| (locale, bundle(locale, texts)))
            .collect()
    })
}

fn bundle(locale: Locale, texts: &[(&str, &str)]) -> Bundle {
    let language = match locale {
        Locale::Zh => langid!("zh-CN"),
        Locale::En => langid!("en"),
    };
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Pages are of one direction; the marks would only get into copied text.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(grouped));
    for (name, text) in texts {
        let resource = FluentResource::try_new((*text).to_owned())
            .unwrap_or_else(|(_, errors)| panic!("{name}: {errors:?}"));
        bundle.add_resource(resource).unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
    }
    bundle
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the enum is the library's")]
fn grouped(value: &FluentValue<'_>, _: &intl_memoizer::concurrent::IntlLangMemoizer) -> Option<String> {
    match value {
        FluentValue::Number(number) => Some(number_text(number.value as i64)),
        _ => None,
    }
}

/// A whole number with its thousands apart.
#[must_use]
pub(crate) fn number_text(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut text = if n < 0 { "−".to_owned() } else { String::new() };
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl Words {
    /// The language as the domain names it.
    pub(crate) fn language(self) -> Language {
        match self.0 {
            Locale::Zh => Language::Zh,
            Locale::En => Language::En,
        }
    }

    /// The language tag of the page.
    pub(crate) fn tag(self) -> &'static str {
        match self.0 {
            Locale::Zh => "zh-Hans",
            Locale::En => "en",
        }
    }

    /// A sentence without values.
    pub(crate) fn say(self, key: &str) -> String {
        self.format(key, None)
    }

    /// The name of a word of a closed list, such as a stage.
    pub(crate) fn word(self, list: &str, word: &str) -> String {
        self.say(&format!("{list}-{word}"))
    }

    /// A sentence with one number, `n`.
    pub(crate) fn count<N: Count>(self, key: &str, n: N) -> String {
        let mut args = FluentArgs::new();
        args.set("n", n.count());
        self.format(key, Some(&args))
    }

    /// A sentence with one text, `it`.
    pub(crate) fn about(self, key: &str, it: impl fmt::Display) -> String {
        self.with(key, &[("it", it.to_string())])
    }

    /// A sentence with texts by name.
    pub(crate) fn with(self, key: &str, values: &[(&str, String)]) -> String {
        let mut args = FluentArgs::new();
        values.iter().for_each(|(name, value)| args.set(*name, value.clone()));
        self.format(key, Some(&args))
    }

    fn format(self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let bundle = &bundles()[&self.0];
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            // A test reads every key of every template; what is built at run time shows its key.
            tracing::error!(key, "a sentence is missing");
            return format!("⟦{key}⟧");
        };
        bundle.format_pattern(pattern, args, &mut Vec::new()).into_owned()
    }

    /// Whether there is a sentence.
    #[cfg(test)]
    pub(crate) fn knows(self, key: &str) -> bool {
        bundles()[&self.0].has_message(key)
    }

    /// The side of a bilingual text that is in this language.
    pub(crate) fn of(self, text: &Text) -> &str {
        match self.0 {
            Locale::Zh => &text.zh,
            Locale::En => &text.en,
        }
    }

    /// The side of an authority that is in this language; rulebooks write both, with a dot between.
    pub(crate) fn article(self, text: &str) -> &str {
        match (self.0, text.split_once(" · ")) {
            (Locale::Zh, Some((zh, _))) => zh,
            (Locale::En, Some((_, en))) => en,
            (_, None) => text,
        }
    }

    /// A whole number with its thousands apart.
    pub(crate) fn number<N: Count>(self, n: N) -> String {
        number_text(n.count())
    }

    /// A day as lists write it: 2003.03.03, 3 Mar 2003.
    pub(crate) fn plain_day(self, day: &Date) -> String {
        let (year, month, date) = (day.year(), day.month(), day.day());
        match self.0 {
            Locale::Zh => format!("{year}.{month:02}.{date:02}"),
            Locale::En => format!("{date} {} {year}", &MONTHS[usize::from(month.unsigned_abs()) - 1][..3]),
        }
    }

    /// The same, marked up for machines.
    pub(crate) fn day(self, day: &Date) -> Markup {
        Markup(format!("<time datetime=\"{day}\">{}</time>", self.plain_day(day)))
    }

    /// A day as prose writes it: 2003年3月3日, 3 March 2003.
    pub(crate) fn long_day(self, day: &Date) -> Markup {
        let (year, month, date) = (day.year(), day.month(), day.day());
        let text = match self.0 {
            Locale::Zh => format!("{year}年{month}月{date}日"),
            Locale::En => format!("{date} {} {year}", MONTHS[usize::from(month.unsigned_abs()) - 1]),
        };
        Markup(format!("<time datetime=\"{day}\">{text}</time>"))
    }

    /// A sign of the sprite.
    pub(crate) fn sign(self, name: &str) -> Markup {
        Markup(format!(
            "<svg class=\"i\" aria-hidden=\"true\" focusable=\"false\"><use href=\"#i-{name}\"/></svg>"
        ))
    }
}

/// The months in English.
pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Whole numbers that sentences can hold, taken by value or by reference as templates hand them.
pub(crate) trait Count {
    /// As the widest of them.
    fn count(&self) -> i64;
}

macro_rules! counts {
    ($($number:ty),*) => {$(
        impl Count for $number {
            fn count(&self) -> i64 {
                i64::try_from(*self).unwrap_or(i64::MAX)
            }
        }
    )*};
}
counts!(i16, i32, i64, u8, u16, u32, u64, usize);

impl<N: Count> Count for &N {
    fn count(&self) -> i64 {
        (**self).count()
    }
}

#[cfg(test)]
mod tests;
