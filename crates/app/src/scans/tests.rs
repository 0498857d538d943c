use domain::evidence::EvidenceKind;
use domain::ids::EventId;
use jiff::civil::{Date, date};
use serde_json::json;

use super::*;
use crate::admission::opening;
use crate::admission::tests::{CANDIDATE, act, found, on};
use crate::store::tests::{ACTOR, Site, location, sites};
use crate::store::{Connection, Value};

const FIRST: Date = date(2003, 3, 4);

/// A PDF of a wished length.
fn pdf(n_bytes: usize) -> Vec<u8> {
    let mut bytes = b"%PDF-1.4\n".to_vec();
    bytes.extend((0..n_bytes - 15).map(|n| (n % 251) as u8));
    bytes.extend_from_slice(b"%%EOF\n");
    bytes
}

fn scanned(n_bytes: usize) -> Scanned {
    Scanned::look(pdf(n_bytes)).unwrap()
}

/// A file with an application on the shelf, and the entry of it.
fn file(site: &Site) -> (CaseId, EventId) {
    let store = &site.store;
    found(store);
    let case =
        store.open_file(ACTOR, on(FIRST), CommandId::random(), CANDIDATE, opening(FIRST, None)).unwrap();
    let application = act(FIRST, "case.application_received", json!({"channel": "unit", "is_signed": true}));
    let command = CommandId::random();
    store.record_act(ACTOR, on(FIRST), command, Seen { case, version: 1 }, application).unwrap();
    (case, EventId(command.0))
}

fn attach(site: &Site, case: CaseId, entry: EventId, scanned: Scanned) -> Result<EventId, ActError> {
    let paper = Evidence::on_shelf(EvidenceKind::Application, "入党申请书", "2003-12");
    let seen = Seen { case, version: site.store.case(case)?.version() };
    let command = CommandId::random();
    let attachment = Attachment { entry, paper, scanned };
    site.store.attach_scan(ACTOR, on(FIRST), command, seen, attachment)?;
    Ok(EventId(command.0))
}

fn n_rows(site: &Site) -> i64 {
    let mut connection = Connection::open(location(site)).unwrap();
    connection.query("SELECT COUNT(*) FROM scan", &[]).unwrap()[0].int(0).unwrap()
}

#[test]
fn a_scan_is_sealed_read_back_and_verified() {
    for site in sites() {
        let (case, entry) = file(&site);
        // Longer than two parts, so that parts are joined.
        let event = attach(&site, case, entry, scanned(150_000)).unwrap();
        let kept = site.store.scan(case, event, 0).unwrap();
        assert_eq!((kept.media, &kept.bytes), (Media::Pdf, &pdf(150_000)));
        assert_eq!(site.store.scan(case, event, 1), Err(StoreError::Missing));
        assert_eq!(site.store.scan(case, entry, 0), Err(StoreError::Missing));

        let file = site.store.case(case).unwrap();
        let filed: Vec<_> = file.papers().map(|filed| (filed.event, filed.proves)).collect();
        assert_eq!(filed, [(entry, entry), (event, entry)]);

        let report = site.store.verify(&site.keys).unwrap();
        assert!(report.is_sound(), "{}", report.text().en);
        assert_eq!(report.scans.n_sound, 1);
        let mut connection = Connection::open(location(&site)).unwrap();
        let rows = connection.query("SELECT sealed FROM scan", &[]).unwrap();
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|row| !row.bytes(0).unwrap().windows(5).any(|bytes| bytes == b"%PDF-")));
    }
}

#[test]
fn an_act_and_its_scan_are_written_together_and_once() {
    for site in sites() {
        let (case, _) = file(&site);
        let scan = scanned(5_000);
        let mut talk = act(
            date(2003, 3, 5),
            "case.applicant_talked",
            json!({"talker": {"person": 103, "name": "人103", "post": "secretary"},
                   "topics": ["history", "understanding", "motive", "law_abidance", "family", "basics_explained"]}),
        );
        talk.evidence = talk.evidence.into_iter().map(|paper| scan.of(paper)).collect();
        let (seen, command) = (Seen { case, version: 2 }, CommandId::random());
        let record = |talk: &Act, scanned: Vec<Scanned>| {
            let now = on(date(2003, 3, 5));
            site.store.record_scanned_act(ACTOR, now, command, seen, talk.clone(), scanned)
        };
        // A paper that says it is scanned, without the scan.
        let alone = record(&talk, Vec::new());
        assert!(matches!(&alone, Err(ActError::Refused(refusal)) if refusal.names("S01.bytes")), "{alone:?}");
        // Refused for another reason: the bytes are not kept either.
        let mut early = talk.clone();
        early.on = date(2003, 3, 6);
        assert!(matches!(record(&early, vec![scan.clone()]), Err(ActError::Refused(_))));
        assert_eq!((n_rows(&site), site.store.case(case).unwrap().version()), (0, 2));

        let receipt = record(&talk, vec![scan.clone()]).unwrap();
        let again = record(&talk, vec![scan.clone()]).unwrap();
        assert_eq!((receipt.first_seq, true), (again.first_seq, again.is_repeat));
        assert_eq!(n_rows(&site), 1);
        assert_eq!(site.store.scan(case, EventId(command.0), 0).unwrap().bytes, pdf(5_000));
    }
}

#[test]
fn a_job_that_fails_after_its_scan_leaves_neither() {
    for site in sites() {
        let (case, entry) = file(&site);
        let paper = Evidence::on_shelf(EvidenceKind::Application, "入党申请书", "2003-12");
        let scan = scanned(100_000);
        let wish = Act::new(FIRST, PaperAttached { event: entry }).proved_by([scan.of(paper)]);
        let failed: Result<(), StoreError> = site.store.write(move |tx| {
            keep(tx, &wish, &[scan], CommandId::random(), (CANDIDATE, 1))?;
            Err(StoreError::Missing)
        });
        assert_eq!(failed, Err(StoreError::Missing));
        assert_eq!((n_rows(&site), site.store.case(case).unwrap().version()), (0, 2));
        assert!(site.store.verify(&site.keys).unwrap().is_sound());
    }
}

#[test]
fn what_is_no_scan_or_too_long_is_not_kept() {
    let rule = |bytes: Vec<u8>| Scanned::look(bytes).map(|_| ()).unwrap_err().findings[0].rule.clone();
    assert_eq!(rule(b"<html></html>".to_vec()), "S01.kind");
    assert_eq!(rule(Vec::new()), "S01.kind");
    assert_eq!(rule(pdf(MOST_BYTES + 1)), "S01.too_large");
    assert!(Scanned::look(pdf(MOST_BYTES)).is_ok());
}

/// One change of the stored scans, whether reading still gives the bytes, and that verifying finds it.
#[test]
fn changed_bytes_are_found_and_never_handed_out() {
    let changes = [
        "DELETE FROM scan",
        "DELETE FROM scan WHERE part = 1",
        "UPDATE scan SET n_parts = 3 WHERE part = 0",
        "UPDATE scan SET sealed = (SELECT other.sealed FROM scan AS other WHERE other.part = 1 LIMIT 1) WHERE part = 0",
        "UPDATE scan SET place = 1",
        "UPDATE scan SET root_id = 77",
        "UPDATE scan SET event_id = '00000000000000000000000000000000'",
        "INSERT INTO scan SELECT root_id, event_id, 7, part, n_parts, sealed FROM scan WHERE part = 0",
        "flip",
    ];
    for change in changes {
        for site in sites() {
            let (case, entry) = file(&site);
            let event = attach(&site, case, entry, scanned(100_000)).unwrap();
            let mut connection = Connection::open(location(&site)).unwrap();
            if change == "flip" {
                let sql = "SELECT sealed FROM scan WHERE part = 1";
                let mut sealed = connection.query(sql, &[]).unwrap()[0].bytes(0).unwrap().to_vec();
                sealed[777] ^= 0x10;
                let values: [Value; 1] = [sealed.into()];
                connection.execute("UPDATE scan SET sealed = $1 WHERE part = 1", &values).unwrap();
            } else {
                assert!(connection.execute(change, &[]).unwrap() > 0, "{change}");
            }
            let report = site.store.verify(&site.keys).unwrap();
            assert!(!report.is_sound(), "{change}");
            assert_eq!(report.exit_code(), 1, "{change}");
            assert!(!report.scans.faults.is_empty(), "{change}: {}", report.text().en);
            match site.store.scan(case, event, 0) {
                Ok(kept) => assert_eq!(kept.bytes, pdf(100_000), "{change}"),
                Err(error) => assert!(matches!(error, StoreError::Damaged(_)), "{change}: {error}"),
            }
        }
    }
}
