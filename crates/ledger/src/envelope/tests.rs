//! What an envelope looks like, and what is not accepted as one.

use super::*;

fn actor() -> Actor {
    Actor { id: "u7".into(), role: "secretary".into(), org: "o1".into(), auth: "1:totp".into() }
}

fn recorded() -> Recorded {
    Recorded {
        org: "o1".into(),
        recorded_at: 1_760_000_000_000,
        actor: actor(),
        body: Commitment {
            root: Hash::of(b"root"),
            n: 3,
            blob: Hash::of(b"blob"),
            key_ref: Some("p1.1".into()),
        },
        rules: Hash::of(b"rules"),
        app: "miaopu 0.1.0".into(),
    }
}

fn full() -> Envelope {
    Envelope::new("log.test/county", 42, EventId::from_bytes([7; 16]), "notice.opened", recorded())
        .about("p1", 2, Some(Hash::of(b"previous")))
        .occurred("2026-02-28".parse().unwrap(), Precision::Day)
        .late(Late { class: "late".into(), days: 4, reason_ref: Some("r1".into()) })
        .second(actor())
        .intent(Intent {
            digest: Hash::of(b"intent"),
            alg: "ed25519".into(),
            key_id: "k1".into(),
            sig: "c2ln".into(),
        })
        .cite(Cite::Event(EventId::from_bytes([1; 16])))
        .cite(Cite::Leaf(Hash::of(b"evidence")))
}

fn least() -> Envelope {
    let mut recorded = recorded();
    recorded.body.key_ref = None;
    Envelope::new("log.test/county", 0, EventId::from_bytes([0; 16]), "log.opened", recorded)
}

#[test]
fn the_bytes_are_canonical_json_and_read_back() {
    for envelope in [full(), least()] {
        let bytes = envelope.to_bytes().unwrap();
        assert_eq!(Envelope::parse(&bytes).unwrap(), envelope);
        // The general canonical encoder is the second opinion on the direct one.
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(crate::canonical::to_canonical(&value).unwrap(), bytes);
    }
    insta::assert_snapshot!(String::from_utf8(least().to_bytes().unwrap()).unwrap(), @r#"{"actor":{"auth":"1:totp","id":"u7","org":"o1","role":"secretary"},"app":"miaopu 0.1.0","blob":"+iyMxPKBdrvu1Lc231aaNMec03I+nsQvlnS01GrGuLg=","body_n":3,"body_root":"SBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=","cites":[],"event_id":"00000000000000000000000000000000","kind":"log.opened","occurred_precision":"unknown","org":"o1","origin":"log.test/county","recorded_at":1760000000000,"rules":"bGIdGgUTiniI032Saanaji4R5KztL2z9JLBasbnmG7A=","seq":0,"v":1}"#);
}

#[test]
fn other_spellings_of_the_same_content_are_refused() {
    let bytes = full().to_bytes().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let spellings = [
        format!("{text}\n"),
        text.replacen(':', ": ", 1),
        text.replacen("\"seq\":42", "\"seq\":42.0", 1),
        text.replacen("\"v\":1", "\"v\":1,\"v\":1", 1),
        text.replacen("\"v\":1", "\"v\":2", 1),
        text.replacen("\"v\":1", "\"v\":1,\"w\":1", 1),
        text.replacen("notice", "\\u006eotice", 1),
        text.replacen("\"kind\":\"notice.opened\"", "\"kind\":\"通知\"", 1),
        text.replacen("2026-02-28", "2026-02-29", 1),
        text.replacen("\"occurred_precision\":\"day\"", "\"occurred_precision\":\"unknown\"", 1),
        text.replacen("\"subj_n\":2", "\"subj_n\":1", 1),
        text.replacen("07070707", "0707070A", 1),
        text.replacen("\"late\":{", "\"late\":null,\"x\":{", 1),
    ];
    for spelling in spellings {
        assert_ne!(spelling, text, "the replacement must change something");
        assert!(Envelope::parse(spelling.as_bytes()).is_err(), "{spelling}");
    }
    let null = String::from_utf8(least().to_bytes().unwrap()).unwrap();
    let null = null.replacen("\"kind\"", "\"key_ref\":null,\"kind\"", 1);
    assert_eq!(Envelope::parse(null.as_bytes()), Err(EnvelopeError::NotCanonical));
}

#[test]
fn contradictions_and_content_in_disguise_are_not_written() {
    let mut named = least();
    named.org = "王小明".into();
    assert_eq!(named.to_bytes(), Err(EnvelopeError::Text("org")));
    named.org = String::new();
    assert_eq!(named.to_bytes(), Err(EnvelopeError::Text("org")));
    assert_eq!(least().about("p", 1, Some(Hash::EMPTY_ROOT)).to_bytes(), Err(EnvelopeError::Chain));
    assert_eq!(least().about("p", 2, None).to_bytes(), Err(EnvelopeError::Chain));
    assert_eq!(least().about("p", 0, None).to_bytes(), Err(EnvelopeError::Chain));
    let mut far = least();
    far.seq = MAX_INTEGER + 1;
    assert_eq!(far.to_bytes(), Err(EnvelopeError::Range("seq")));
    let mut long = least();
    long.cites = vec![Cite::Leaf(Hash::EMPTY_ROOT); 100];
    assert!(matches!(long.to_bytes(), Err(EnvelopeError::TooLong(_))));
}

#[test]
fn dates_follow_the_calendar() {
    for good in ["2024-02-29", "2000-02-29", "1999-12-31", "0001-01-01"] {
        assert_eq!(good.parse::<CivilDate>().unwrap().to_string(), good);
    }
    for bad in
        ["2023-02-29", "1900-02-29", "2024-13-01", "2024-00-01", "2024-01-00", "2024-1-01", "0000-01-01"]
    {
        assert_eq!(bad.parse::<CivilDate>(), Err(TextError::Date), "{bad}");
    }
}
