//! One value, one sequence of bytes: the canonical JSON of RFC 8785 (JCS), restricted.
//!
//! Keys are ASCII snake_case and sorted, strings are in Unicode form NFC, numbers are integers within ±(2^53 - 1).
//! There is no float and no null. Duplicate keys and stray white space cannot survive the check that a reader
//! makes: parse, encode again, compare. Stored bytes are hashed as they are and never re-encoded to verify.

use serde_json::Value;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

/// The largest integer that every JSON reader keeps exactly.
pub const MAX_INTEGER: u64 = (1 << 53) - 1;

/// A value that has no canonical form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// A number with a fraction or an exponent, or one too large to be kept exactly.
    #[error("the number {0} is not an integer within ±9007199254740991")]
    Number(String),
    /// A null; leave the key out instead.
    #[error("null has no canonical form; leave the key out")]
    Null,
    /// A key that is not ASCII snake_case.
    #[error("the key “{0}” is not lower-case ASCII letters, digits and underscores")]
    Key(String),
    /// A string that is not in normalisation form C.
    #[error("a string is not in Unicode form NFC")]
    NotNfc,
}

/// Encodes a value.
///
/// # Errors
/// When some part of the value has no canonical form.
pub fn to_canonical(value: &Value) -> Result<Vec<u8>, CanonicalError> {
    let mut out = Vec::with_capacity(64);
    push_value(value, &mut out)?;
    Ok(out)
}

/// Reads bytes as a value if they are its canonical form, and only then.
#[must_use]
pub fn from_canonical(bytes: &[u8]) -> Option<Value> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    (to_canonical(&value).ok()? == bytes).then_some(value)
}

/// Brings a string into the form that the canonical encoding asks for.
#[must_use]
pub fn nfc(text: &str) -> String {
    text.nfc().collect()
}

pub(crate) fn push_value(value: &Value, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
    match value {
        Value::Null => Err(CanonicalError::Null),
        Value::Bool(true) => {
            out.extend_from_slice(b"true");
            Ok(())
        }
        Value::Bool(false) => {
            out.extend_from_slice(b"false");
            Ok(())
        }
        Value::Number(number) => push_number(number, out),
        Value::String(text) => push_nfc_string(text, out),
        Value::Array(items) => push_array(items, out),
        Value::Object(members) => push_object(members, out),
    }
}

fn push_number(number: &serde_json::Number, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
    let refuse = || CanonicalError::Number(number.to_string());
    let integer = number.as_i64().ok_or_else(refuse)?;
    if integer.unsigned_abs() > MAX_INTEGER {
        return Err(refuse());
    }
    if integer < 0 {
        out.push(b'-');
    }
    push_integer(integer.unsigned_abs(), out);
    Ok(())
}

fn push_array(items: &[Value], out: &mut Vec<u8>) -> Result<(), CanonicalError> {
    out.push(b'[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        push_value(item, out)?;
    }
    out.push(b']');
    Ok(())
}

fn push_object(members: &serde_json::Map<String, Value>, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
    // Whether serde_json keeps its maps sorted depends on a feature that any crate in a build may switch.
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_unstable_by_key(|(key, _)| key.as_str());
    out.push(b'{');
    for (at, (key, value)) in sorted.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        if !is_snake_case(key) {
            return Err(CanonicalError::Key(key.clone()));
        }
        push_string(key, out);
        out.push(b':');
        push_value(value, out)?;
    }
    out.push(b'}');
    Ok(())
}

/// Whether a name consists of lower-case ASCII letters, digits and underscores.
pub(crate) fn is_snake_case(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn push_nfc_string(text: &str, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
    let normal = text.is_ascii()
        || match is_nfc_quick(text.chars()) {
            IsNormalized::Yes => true,
            IsNormalized::No => false,
            IsNormalized::Maybe => text.nfc().eq(text.chars()),
        };
    if !normal {
        return Err(CanonicalError::NotNfc);
    }
    push_string(text, out);
    Ok(())
}

/// Writes a string between quotes with the escapes of RFC 8785, section 3.2.2.2.
pub(crate) fn push_string(text: &str, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut copied = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            0x08 => b"\\b",
            0x09 => b"\\t",
            0x0a => b"\\n",
            0x0c => b"\\f",
            0x0d => b"\\r",
            low if *low < 0x20 => {
                let digits = [HEX[usize::from(low >> 4)], HEX[usize::from(low & 15)]];
                &[b'\\', b'u', b'0', b'0', digits[0], digits[1]]
            }
            _ => continue,
        };
        out.extend_from_slice(&bytes[copied..at]);
        out.extend_from_slice(escape);
        copied = at + 1;
    }
    out.extend_from_slice(&bytes[copied..]);
    out.push(b'"');
}

/// Writes a number in decimal, without going through a formatter: this is on the way of every event.
pub(crate) fn push_integer(number: u64, out: &mut Vec<u8>) {
    let mut digits = [0u8; 20];
    let mut start = digits.len();
    let mut rest = number;
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

/// Writes bytes in lower-case hexadecimal.
pub(crate) fn push_hex(bytes: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.push(HEX[usize::from(byte >> 4)]);
        out.push(HEX[usize::from(byte & 15)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(value: &Value) -> Result<String, CanonicalError> {
        to_canonical(value).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn keys_are_sorted_and_strings_escaped_as_rfc_8785_has_it() {
        let value = json!({"b": [1, -2, true, false], "a_1": "\u{8}\t\n\u{c}\r\"\\/\u{1f}苗", "a": {}});
        assert_eq!(
            text(&value).unwrap(),
            r#"{"a":{},"a_1":"\b\t\n\f\r\"\\/\u001f苗","b":[1,-2,true,false]}"#
        );
    }

    #[test]
    fn only_the_canonical_spelling_is_read() {
        assert_eq!(from_canonical(b"{\"a\":1}"), Some(json!({"a": 1})));
        for other in
            ["{\"a\": 1}", "{\"a\":1,\"a\":1}", "{\"b\":1,\"a\":1}", "[\"\\/\"]", "1.0", "1e0", "-0", "{} "]
        {
            assert_eq!(from_canonical(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn what_has_no_canonical_form_is_refused() {
        assert_eq!(text(&json!(null)), Err(CanonicalError::Null));
        assert_eq!(text(&json!([{"a": null}])), Err(CanonicalError::Null));
        assert!(matches!(text(&json!(1.5)), Err(CanonicalError::Number(_))));
        assert!(matches!(text(&json!(MAX_INTEGER + 1)), Err(CanonicalError::Number(_))));
        assert!(matches!(text(&json!(u64::MAX)), Err(CanonicalError::Number(_))));
        assert_eq!(text(&json!(MAX_INTEGER)).unwrap(), "9007199254740991");
        assert_eq!(text(&json!(-9_007_199_254_740_991_i64)).unwrap(), "-9007199254740991");
        assert_eq!(text(&json!({"Key": 1})), Err(CanonicalError::Key("Key".into())));
        assert_eq!(text(&json!({"": 1})), Err(CanonicalError::Key(String::new())));
        let decomposed = "e\u{301}";
        assert_eq!(text(&json!(decomposed)), Err(CanonicalError::NotNfc));
        assert_eq!(text(&json!(nfc(decomposed))).unwrap(), "\"é\"");
    }
}
