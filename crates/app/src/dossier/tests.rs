use std::process::Command;

use domain::dates::Instant;
use jiff::civil::date;

use super::*;
use crate::store::tests::{ACTOR, Site, now, record, register, sites, small_city};
use domain::person::Sex;

const PERSON: PersonId = PersonId(100);

fn request(disclose: Disclose) -> DossierRequest {
    DossierRequest { person: PERSON, purpose: "调档".into(), recipient: "上级组织部".into(), disclose }
}

fn dossier(site: &Site, second: i64, disclose: Disclose) -> Vec<u8> {
    site.store.export_dossier(ACTOR, now(second), &request(disclose)).unwrap()
}

fn key(site: &Site) -> String {
    site.store.head().unwrap().key
}

/// The verdict of the second, independent verifier.
fn python(bytes: &[u8], key: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.dossier.zip");
    std::fs::write(&path, bytes).unwrap();
    let output = Command::new("python3")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools/verify_dossier.py"))
        .args(["--log-key", key])
        .arg(&path)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("python3 must be installed (Debian: apt install python3)");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let is_accepted = text.starts_with("ACCEPTED");
    assert!(is_accepted || text.starts_with("REFUSED"), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(i32::from(!is_accepted)));
    is_accepted
}

#[test]
fn a_dossier_is_accepted_by_both_verifiers_and_hides_what_it_should() {
    for site in sites() {
        small_city(&site);
        for (second, disclose, is_named) in [
            (10, Disclose::Everything, true),
            (20, Disclose::Ordinary, false),
            (30, Disclose::Named(["stage".to_owned()].into()), false),
        ] {
            let bytes = dossier(&site, second, disclose);
            let found = check_dossier(&bytes, Some(&key(&site))).unwrap();
            assert!(found.is_accepted && found.is_key_pinned, "{}", found.text.en);
            assert!(python(&bytes, &key(&site)));
            let name = "周晓雯".as_bytes();
            assert_eq!(bytes.windows(name.len()).any(|window| window == name), is_named);
        }
        // What was handed out is recorded about the person, and the next dossier tells of it.
        let last = check_dossier(&dossier(&site, 40, Disclose::Ordinary), None).unwrap();
        assert!(last.is_accepted && !last.is_key_pinned);
        assert!(last.text.en.contains("4 events") && last.text.en.contains("from the dossier itself"));
        let report = site.store.verify(&site.keys).unwrap();
        assert!(report.is_sound(), "{:?} {:?}", report.record.findings, report.wrong_views);
    }
}

#[test]
fn an_index_that_covers_the_person_is_used_again_though_others_went_on() {
    for site in sites() {
        small_city(&site);
        let stated = site.store.root_index(now(5)).unwrap().unwrap();
        record(&site, 6, vec![register(200, 40, Sex::Male)]);
        let correction = |seq| site.store.entries(seq + 1, 1).unwrap()[0].kind.clone();
        let bytes = dossier(&site, 7, Disclose::Ordinary);
        assert!(check_dossier(&bytes, Some(&key(&site))).unwrap().is_accepted);
        assert!(python(&bytes, &key(&site)));
        // Seq of the index, of person 200, of the handing out: no second index was stated.
        let kinds: Vec<String> = (stated.first_seq..stated.first_seq + 3).map(correction).collect();
        assert_eq!(kinds, ["index.root", "person.registered", "list.exported"]);
    }
}

#[test]
fn both_verifiers_refuse_the_same_flipped_bytes() {
    let site = sites().remove(0);
    small_city(&site);
    let bytes = dossier(&site, 10, Disclose::Ordinary);
    let key = key(&site);
    for part in 0..40 {
        let at = bytes.len() * part / 40 + 17;
        let mut bad = bytes.clone();
        bad[at] ^= 0x04;
        let found = check_dossier(&bad, Some(&key)).unwrap();
        // A zip has bytes without meaning (times, attributes); both must then agree that it is unharmed.
        assert_eq!(found.is_accepted, python(&bad, &key), "byte {at}: {}", found.text.en);
    }
}

#[test]
fn another_key_no_key_and_no_zip_are_told_apart() {
    let site = sites().remove(0);
    small_city(&site);
    let bytes = dossier(&site, 10, Disclose::Ordinary);
    let other = sites().remove(0);
    assert!(!check_dossier(&bytes, Some(&key(&other))).unwrap().is_accepted);
    assert!(!python(&bytes, &key(&other)));
    assert!(check_dossier(&bytes, Some("nonsense")).is_err());
    for garbage in [&b""[..], b"PK", b"PK\x03\x04rest", b"plain"] {
        let found = check_dossier(garbage, None).unwrap();
        assert!(!found.is_accepted && found.text.en.starts_with("REFUSED"), "{}", found.text.en);
    }
}

#[test]
fn an_unexplained_dossier_and_one_of_nobody_leave_nothing() {
    for site in sites() {
        small_city(&site);
        let size = site.store.head().unwrap().size;
        let unexplained = DossierRequest { purpose: " ".into(), ..request(Disclose::Everything) };
        let refused = site.store.export_dossier(ACTOR, now(10), &unexplained);
        assert!(matches!(refused, Err(DossierError::Unexplained)));
        let nobody = DossierRequest { person: PersonId(9), ..request(Disclose::Everything) };
        let refused = site.store.export_dossier(ACTOR, now(10), &nobody);
        assert!(matches!(refused, Err(DossierError::Store(StoreError::Missing))));
        assert_eq!(site.store.head().unwrap().size, size);
    }
}

#[test]
fn the_index_is_stated_once_a_day_and_not_without_news() {
    for site in sites() {
        small_city(&site);
        assert!(site.store.root_index(now(10)).unwrap().is_some());
        record(&site, 11, vec![register(200, 40, Sex::Male)]);
        assert_eq!(site.store.root_index(now(12)).unwrap(), None);
        // 2003-03-04 in China begins sixteen hours after midnight UTC of the third.
        let next = Moment::at(Instant(now(0).at.0 + 16 * 3_600_000));
        assert_eq!(next.today, date(2003, 3, 4));
        assert!(site.store.root_index(next).unwrap().is_some());
        let later = Moment::at(Instant(next.at.0 + 24 * 3_600_000));
        assert_eq!(site.store.root_index(later).unwrap(), None);
        let report = site.store.verify(&site.keys).unwrap();
        assert!(report.is_sound(), "{:?} {:?}", report.record.findings, report.wrong_views);
    }
}

#[test]
fn a_false_index_is_found() {
    for site in sites() {
        small_city(&site);
        let covers = site.store.head().unwrap().size;
        let rooted =
            domain::event::IndexRooted { covers, root: Hash::of(b"something else").to_base64(), subjects: 3 };
        record(&site, 10, vec![Fact::of_unit(crate::store::SITE, now(10).today, rooted)]);
        let report = site.store.verify(&site.keys).unwrap();
        assert_eq!(report.record.verdict, ledger::verify::Verdict::Damaged);
        assert!(report.text().en.contains("index"), "{}", report.text().en);
    }
}
