//! Bodies: hiding, binding, sealing.

use serde_json::json;

use super::*;

fn random(start: u8) -> impl FnMut(&mut [u8]) {
    let mut next = start;
    move |bytes: &mut [u8]| {
        for byte in bytes {
            *byte = next;
            next = next.wrapping_mul(31).wrapping_add(7);
        }
    }
}

fn fields() -> Vec<Field> {
    vec![
        Field { name: "name".into(), class: Class::S3, value: json!("王小明") },
        Field { name: "votes_for".into(), class: Class::S2, value: json!(17) },
        Field { name: "note".into(), class: Class::S1, value: json!({"zh": "同意", "en": "agreed"}) },
    ]
}

const EVENT: EventId = EventId::from_bytes([9; 16]);

fn belonging() -> Belonging<'static> {
    Belonging { origin: "log.test", event_id: EVENT, kind: "vote.recorded" }
}

#[test]
fn a_sealed_body_opens_for_its_own_event_and_key_only() {
    let body = Body::new(fields(), &mut random(1)).unwrap();
    let key = SecretKey::generate(&mut random(2));
    let StoredBody { bytes, commitment } = body.seal(belonging(), &key, "p1.1", &mut random(3)).unwrap();
    let opened = Body::open(&bytes, &commitment, belonging(), Some(&key)).unwrap();
    assert_eq!(opened.fields(), fields());
    assert_eq!(opened.get("votes_for"), Some(&json!(17)));

    let other_key = SecretKey::generate(&mut random(4));
    assert_eq!(
        Body::open(&bytes, &commitment, belonging(), Some(&other_key)).unwrap_err(),
        BodyError::Sealed
    );
    let other_event = Belonging { event_id: EventId::from_bytes([8; 16]), ..belonging() };
    assert_eq!(Body::open(&bytes, &commitment, other_event, Some(&key)).unwrap_err(), BodyError::Sealed);
    let other_ref = Commitment { key_ref: Some("p1.2".into()), ..commitment.clone() };
    assert_eq!(Body::open(&bytes, &other_ref, belonging(), Some(&key)).unwrap_err(), BodyError::Sealed);
    assert_eq!(Body::open(&bytes, &commitment, belonging(), None).unwrap_err(), BodyError::KeyNeeded);
    for at in 0..bytes.len() {
        let mut bad = bytes.clone();
        bad[at] ^= 1;
        assert_eq!(Body::open(&bad, &commitment, belonging(), Some(&key)).unwrap_err(), BodyError::WrongBlob);
        let blob = Hash::of(&bad);
        let recommitted = Commitment { blob, ..commitment.clone() };
        assert!(Body::open(&bad, &recommitted, belonging(), Some(&key)).is_err());
    }
}

#[test]
fn another_content_under_the_same_envelope_is_refused() {
    let key = SecretKey::generate(&mut random(2));
    let sealed = |fields| {
        let body = Body::new(fields, &mut random(1)).unwrap();
        body.seal(belonging(), &key, "p1.1", &mut random(3)).unwrap()
    };
    let (honest, mut changed) = (sealed(fields()), fields());
    changed[1].value = json!(18);
    let forged = sealed(changed);
    // Even if the forger may replace the hash of the stored bytes, the root over the content stands.
    let commitment = Commitment { blob: forged.commitment.blob, ..honest.commitment };
    assert_eq!(
        Body::open(&forged.bytes, &commitment, belonging(), Some(&key)).unwrap_err(),
        BodyError::WrongRoot
    );
}

#[test]
fn fields_are_disclosed_one_by_one() {
    let body = Body::new(fields(), &mut random(1)).unwrap();
    let root = body.plain().unwrap().commitment.root;
    let shown = body.disclose(|field| field.class < Class::S3).unwrap();
    assert!(matches!(shown[0], Disclosure::Hidden { .. }));
    assert_eq!(root_of_disclosures(&shown).unwrap(), root);
    let mut changed = shown.clone();
    changed[1] = match changed.swap_remove(1) {
        Disclosure::Shown { name, salt, .. } => Disclosure::Shown { name, salt, value: json!(18) },
        hidden @ Disclosure::Hidden { .. } => hidden,
    };
    assert_ne!(root_of_disclosures(&changed).unwrap(), root);
    assert_ne!(root_of_disclosures(&shown[..2]).unwrap(), root);
}

#[test]
fn equal_values_have_unequal_digests() {
    let same = |name: &str| Field { name: name.into(), class: Class::S2, value: json!("甲") };
    let digests = |seed| Body::new(vec![same("a"), same("b")], &mut random(seed)).unwrap().digests().unwrap();
    let (first, second) = (digests(1), digests(2));
    assert_ne!(first[0], first[1]);
    assert_ne!(first[0], second[0]);
}

#[test]
fn plain_bodies_read_back_and_only_in_one_spelling() {
    let body = Body::new(fields(), &mut random(1)).unwrap();
    let StoredBody { bytes, commitment } = body.plain().unwrap();
    assert_eq!(Body::open(&bytes, &commitment, belonging(), None).unwrap().fields(), fields());
    let text = String::from_utf8(bytes).unwrap();
    for (from, to) in
        [(":17", ":17.0"), ("{\"fields\"", " {\"fields\""), ("\"v\":1", "\"v\":2"), ("S3", "S9")]
    {
        let other = text.replacen(from, to, 1).into_bytes();
        let commitment = Commitment { blob: Hash::of(&other), ..commitment.clone() };
        assert_eq!(Body::open(&other, &commitment, belonging(), None).unwrap_err(), BodyError::Malformed);
    }
    assert!(matches!(text.as_str(), t if t.contains("\"seed\":\"")));
}

#[test]
fn bad_names_and_values_are_refused() {
    let field = |name: &str, value| Field { name: name.into(), class: Class::S1, value };
    let body = |fields| Body::new(fields, &mut random(1));
    assert_eq!(body(vec![field("Bad", json!(1))]).unwrap_err(), BodyError::Name("Bad".into()));
    assert_eq!(
        body(vec![field("a", json!(1)), field("a", json!(2))]).unwrap_err(),
        BodyError::Duplicate("a".into())
    );
    let float = body(vec![field("a", json!(1.5))]).unwrap();
    assert!(matches!(float.plain().unwrap_err(), BodyError::Value(..)));
    assert_eq!(body(vec![]).unwrap().plain().unwrap().commitment.root, Hash::EMPTY_ROOT);
}
