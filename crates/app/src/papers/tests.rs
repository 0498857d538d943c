use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;
use crate::clock::{Clock as _, Demonstration};
use crate::demo::{self, Wish};
use crate::{KeyFile, Location};

const PROGRAM: Actor = Actor { account: None, role: None, unit: UnitId(0) };

/// A small city with files at every stage.
struct Site {
    _folder: tempfile::TempDir,
    keys: KeyFile,
    store: Store,
    top: UnitId,
}

fn site() -> Site {
    let folder = tempfile::tempdir().unwrap();
    let keys = KeyFile(folder.path().join("keys"));
    let location = Location::File(folder.path().join("site.db"));
    let (store, _) = demo::found(&location, &keys, Wish { n_members: 500, seed: 7 }, &|_, _| {}).unwrap();
    let top = store.units_below(None).unwrap()[0].id;
    Site { _folder: folder, keys, store, top }
}

fn now() -> Moment {
    Demonstration::on(demo::DAY).now()
}

fn sound(site: &Site) {
    let report = site.store.verify(&site.keys).unwrap();
    assert!(report.is_sound(), "{:?} {:?}", report.record.findings, report.wrong_views);
}

#[test]
fn every_paper_is_printed_issued_and_known_by_its_digest() {
    let (site, press) = (site(), Press::new(None));
    let top = site.store.unit(site.top).unwrap();
    let rows = site.store.read(|c| crate::store::cases::below(c, (top.pre, top.post), false)).unwrap();
    let mut seen = BTreeSet::new();
    for row in rows {
        let case = site.store.case(row.id).unwrap();
        for kind in PaperKind::ready(&case) {
            if !seen.insert(kind) {
                continue;
            }
            for language in [Language::Zh, Language::En] {
                let (wanted, command) = (Wanted { kind, language }, CommandId::random());
                let issue = || site.store.issue_paper(&press, PROGRAM, now(), command, (row.id, wanted));
                let issued = issue().unwrap_or_else(|error| panic!("{kind:?} of {}: {error}", row.id));
                // The same command hands out the same file and records nothing more.
                let size = site.store.head().unwrap().size;
                assert_eq!(issue().unwrap(), issued);
                assert_eq!(site.store.head().unwrap().size, size);
                let (known, _) = site.store.check_paper(&issued.sha256).unwrap().expect("it was issued");
                assert_eq!((known.kind, known.language, known.case), (kind, language, Some(row.id)));
                assert_eq!(known.n_pages as usize, issued.printed.n_pages);
                let mut altered = issued.printed.bytes.clone();
                altered[100] ^= 1;
                assert_eq!(site.store.check_paper(&digest(&altered)).unwrap(), None);
            }
        }
    }
    let missing: Vec<_> = PaperKind::ALL.iter().filter(|kind| !seen.contains(kind)).collect();
    assert!(
        missing.iter().all(|kind| [PaperKind::Plan, PaperKind::TransferLetter].contains(kind)),
        "{missing:?}"
    );
    sound(&site);
    site.store.rebuild(&site.keys).unwrap();
    sound(&site);
}

#[test]
fn a_batch_that_is_stopped_goes_on_where_it_stopped() {
    let (site, press) = (site(), Press::new(None));
    let wanted = Wanted { kind: PaperKind::ApplicationReceipt, language: Language::Zh };
    let mut files = site.store.files_ready_for(site.top, wanted).unwrap();
    files.truncate(6);
    let (command, n_told) = (CommandId::random(), AtomicUsize::new(0));
    let count = |_, _| {
        n_told.fetch_add(1, Ordering::Relaxed);
    };
    let run = |files: &[CaseId], is_stopped: bool| {
        let cancel = AtomicBool::new(is_stopped);
        let watch = Watch { progress: &count, cancel: &cancel };
        site.store.issue_batch(&press, PROGRAM, now(), command, (files, wanted), &watch).unwrap()
    };
    let stopped = run(&files, true);
    assert_eq!((stopped.n_issued, stopped.skipped.len(), stopped.is_stopped), (0, 6, true));
    let part = run(&files[..2], false);
    assert_eq!((part.n_issued, part.is_stopped, n_told.load(Ordering::Relaxed)), (2, false, 2));
    let whole = run(&files, false);
    assert_eq!((whole.n_issued, whole.is_stopped, n_told.load(Ordering::Relaxed)), (6, false, 8));
    for file in &files {
        assert_eq!(site.store.papers_of(*file).unwrap().len(), 1, "{file}");
    }
    sound(&site);
}

#[test]
fn what_a_file_has_nothing_to_say_for_is_refused_and_leaves_no_entry() {
    let (site, press) = (site(), Press::new(None));
    let wanted = Wanted { kind: PaperKind::ApplicationReceipt, language: Language::Zh };
    let file = site.store.files_ready_for(site.top, wanted).unwrap()[0];
    let size = site.store.head().unwrap().size;
    let plan = Wanted { kind: PaperKind::Plan, ..wanted };
    let refused = site.store.issue_paper(&press, PROGRAM, now(), CommandId::random(), (file, plan));
    assert!(matches!(refused, Err(PaperError::NotReady)));
    let nowhere = tempfile::tempdir().unwrap();
    let bare = Press::new(Some(nowhere.path().to_owned()));
    let refused =
        site.store.issue_paper(&bare, PROGRAM, now(), CommandId::random(), (file, wanted)).unwrap_err();
    assert!(refused.text().unwrap().en.contains("fonts-noto-cjk"), "{refused}");
    assert_eq!(site.store.head().unwrap().size, size);
}
