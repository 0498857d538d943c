//! Notes: known vectors, strictness, and which signatures count.

use super::*;

/// The key and the note of the example in the documentation of Go's note package.
const GO_VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn the_example_of_the_go_package_verifies() {
    let key: VerifierKey = GO_VERIFIER.parse().unwrap();
    assert_eq!(key.to_string(), GO_VERIFIER);
    let note = Note::parse(GO_NOTE.as_bytes()).unwrap();
    let verified = note.verify(&[key]).unwrap();
    assert_eq!(verified, [Verified { name: "PeterNeumann".into(), kind: KeyKind::Log, seconds: None }]);
}

fn log() -> LogKey {
    LogKey::from_seed("log.test/county", &[1; 32]).unwrap()
}

fn witness(n: u8) -> WitnessKey {
    WitnessKey::from_seed(&format!("witness{n}.test"), &[n; 32]).unwrap()
}

#[test]
fn unknown_signatures_are_ignored_and_known_bad_ones_spoil_the_note() {
    let note = log().sign("text\n").unwrap();
    let note = witness(2).cosign(&note, 1_700_000_000).unwrap();
    let parsed = Note::parse(note.as_bytes()).unwrap();
    let (log_key, witness_key) = (log().verifier().clone(), witness(2).verifier().clone());
    let both = parsed.verify(&[log_key.clone(), witness_key.clone()]).unwrap();
    assert_eq!(both.len(), 2);
    assert_eq!(both[1].seconds, Some(1_700_000_000));
    assert_eq!(parsed.verify(std::slice::from_ref(&log_key)).unwrap().len(), 1);
    assert_eq!(parsed.verify(&[witness(3).verifier().clone()]), Err(NoteError::Unsigned));
    // The same secret under another name or kind is another key.
    let renamed = LogKey::from_seed("other.test", &[1; 32]).unwrap();
    assert_eq!(parsed.verify(&[renamed.verifier().clone()]), Err(NoteError::Unsigned));

    // A witness's line whose time was changed: ignored by those who do not know the witness only.
    let other_time = witness(2).cosign(&log().sign("text\n").unwrap(), 1_700_000_001).unwrap();
    let (signed, _) = note.split_at(note.find("— witness").unwrap());
    let line = other_time.lines().last().unwrap();
    let mut bytes = STANDARD.decode(line.rsplit(' ').next().unwrap()).unwrap();
    bytes[11] ^= 1;
    let spoiled = format!("{signed}— witness2.test {}\n", STANDARD.encode(bytes));
    let spoiled = Note::parse(spoiled.as_bytes()).unwrap();
    assert_eq!(spoiled.verify(&[log_key.clone(), witness_key]), Err(NoteError::BadSignature));
    assert!(spoiled.verify(&[log_key]).is_ok());
}

#[test]
fn every_flipped_bit_of_a_note_is_seen() {
    let note = log().sign("a\n\nb\n").unwrap().into_bytes();
    let key = [log().verifier().clone()];
    for at in 0..note.len() {
        for bit in 0..8 {
            let mut bad = note.clone();
            bad[at] ^= 1 << bit;
            let verified = Note::parse(&bad).and_then(|note| note.verify(&key).map(|_| note));
            assert!(verified.is_err(), "byte {at} bit {bit}");
        }
    }
}

#[test]
fn what_is_not_a_note_or_a_key_is_refused() {
    for bad in
        ["", "\n\n", "text\n\n", "text\n— a AAAAAAA=\n", "text\n\n— a AAAAAA==\n", "text\n\n—  AAAAAAA=\n"]
    {
        assert_eq!(Note::parse(bad.as_bytes()), Err(NoteError::Malformed), "{bad:?}");
    }
    let flood = format!("text\n\n{}", "— a AAAAAAA=\n".repeat(MAX_SIGNATURES + 1));
    assert_eq!(Note::parse(flood.as_bytes()), Err(NoteError::Malformed));
    for bad in
        ["", "a+b", "a+c74f20a3+AQ==", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"]
    {
        assert_eq!(bad.parse::<VerifierKey>(), Err(NoteError::Key), "{bad:?}");
    }
    for bad in ["", "a b", "a+b", "a\u{3000}b"] {
        assert!(matches!(LogKey::from_seed(bad, &[1; 32]), Err(NoteError::KeyName)), "{bad:?}");
    }
    for bad in ["", "\n", "no newline", "tab\t\n"] {
        assert_eq!(log().sign(bad), Err(NoteError::Malformed), "{bad:?}");
    }
}

#[test]
fn secret_keys_read_back() {
    let text = log().to_secret_text();
    assert!(text.starts_with("PRIVATE+KEY+log.test/county+"));
    assert_eq!(LogKey::from_secret_text(&text).unwrap().verifier(), log().verifier());
    assert!(matches!(WitnessKey::from_secret_text(&text), Err(NoteError::Key)));
    let text = witness(5).to_secret_text();
    assert_eq!(WitnessKey::from_secret_text(&text).unwrap().verifier(), witness(5).verifier());
}
