//! Text in both languages. Chinese is the text of record for rules; English is a translation.
//! A text with one language missing does not parse, so no screen can fall back in silence.

use serde::{Deserialize, Serialize};

/// A text in Chinese and English, both present and not blank.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Text {
    /// Chinese (zh-CN).
    pub zh: String,
    /// English.
    pub en: String,
}

/// A language of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Language {
    /// 简体中文.
    #[serde(rename = "zh-CN")]
    Zh,
    /// English.
    #[serde(rename = "en")]
    En,
}

impl Text {
    /// Joins the two texts of one meaning.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Text { zh: zh.into(), en: en.into() }
    }

    /// The text in one language.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Both {
            zh: String,
            en: String,
        }
        let both = Both::deserialize(deserializer)?;
        for (language, text) in [("zh", &both.zh), ("en", &both.en)] {
            if text.trim().is_empty() {
                return Err(serde::de::Error::custom(format!("the text in `{language}` is blank")));
            }
        }
        Ok(Text { zh: both.zh, en: both.en })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_needs_both_languages() {
        assert!(serde_json::from_str::<Text>(r#"{"zh":"谈话","en":"talk"}"#).is_ok());
        for half in [r#"{"zh":"谈话"}"#, r#"{"zh":"谈话","en":" "}"#, r#"{"zh":"a","en":"b","fr":"c"}"#] {
            assert!(serde_json::from_str::<Text>(half).is_err(), "{half}");
        }
    }
}
