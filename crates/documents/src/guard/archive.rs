//! The zip container of a workbook, opened only after every entry has been inflated once and
//! counted. What is here decides whether a container is opened at all; the XML inside is read by
//! `sheet/`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read, Seek, SeekFrom};

use memchr::{memchr, memmem};
use zip::read::ZipFile;
use zip::{CompressionMethod, ZipArchive};

use super::{FOREIGN_MAGICS, Limits, ZIP_MAGIC};
use crate::problem::{ArchiveCause, FileCause, Problem};

/// A container whose every entry has been measured.
#[derive(Debug)]
pub(crate) struct Archive<R> {
    zip: ZipArchive<R>,
    /// Names in lower case, since part names are compared without regard to case.
    index_of: BTreeMap<String, usize>,
    with_merges: BTreeSet<usize>,
}

/// An entry being read.
pub(crate) type Part<'a, R> = BufReader<ZipFile<'a, R>>;

impl<R: Read + Seek> Archive<R> {
    /// Measures a container and opens it.
    pub(crate) fn open(mut source: R, limits: &Limits) -> Result<Self, Problem> {
        let size_bytes = weigh(&mut source, limits)?;
        let zip = ZipArchive::new(source).map_err(|error| damaged("zip", &error))?;
        let mut archive = Archive { zip, index_of: BTreeMap::new(), with_merges: BTreeSet::new() };
        if archive.zip.len() > limits.n_entries {
            return Err(Problem::file(ArchiveCause::TooManyEntries { max: limits.n_entries }));
        }
        for index in 0..archive.zip.len() {
            archive.check_entry(index, size_bytes)?;
        }
        let mut allowance = limits.inflated_bytes;
        for index in 0..archive.zip.len() {
            allowance = archive.inflate(index, limits, allowance)?;
        }
        Ok(archive)
    }

    /// Opens a part by name, without regard to case.
    pub(crate) fn part(&mut self, name: &str) -> Result<Option<Part<'_, R>>, Problem> {
        let Some(&index) = self.index_of.get(&name.to_lowercase()) else { return Ok(None) };
        let file = self.zip.by_index(index).map_err(|error| damaged(name, &error))?;
        Ok(Some(BufReader::with_capacity(CHUNK_BYTES, file)))
    }

    /// Opens a part that has to be there.
    pub(crate) fn required_part(&mut self, name: &str) -> Result<Part<'_, R>, Problem> {
        self.part(name)?.ok_or_else(|| damaged(name, &"missing"))
    }

    /// Every file with its content, by the name as it is written; folders are left out. What was
    /// measured is what is read, so the limits hold here too.
    pub(crate) fn contents(mut self) -> Result<BTreeMap<String, Vec<u8>>, Problem> {
        let mut files = BTreeMap::new();
        for index in 0..self.zip.len() {
            let mut file = self.zip.by_index(index).map_err(|error| damaged("zip", &error))?;
            let name = file.name().map_err(|error| damaged("zip", &error))?.into_owned();
            if name.ends_with('/') {
                continue;
            }
            let mut content = Vec::new();
            file.read_to_end(&mut content).map_err(|error| damaged(&name, &error))?;
            files.insert(name, content);
        }
        Ok(files)
    }

    /// Whether a part may hold merged areas.
    pub(crate) fn may_have_merges(&self, name: &str) -> bool {
        self.index_of.get(&name.to_lowercase()).is_some_and(|index| self.with_merges.contains(index))
    }

    /// Looks at what the directory says of an entry, without inflating it.
    fn check_entry(&mut self, index: usize, size_bytes: u64) -> Result<(), Problem> {
        let entry = self.zip.by_index_raw(index).map_err(|error| damaged("zip", &error))?;
        let raw = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let name = match entry.name() {
            Ok(name) if is_safe(&name) => name.into_owned(),
            Ok(_) | Err(_) => return Err(Problem::file(ArchiveCause::UnsafeName { name: raw })),
        };
        if entry.encrypted() {
            return Err(Problem::file(FileCause::Protected));
        }
        if entry.is_symlink() {
            return Err(Problem::file(ArchiveCause::SymbolicLink { part: name }));
        }
        if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(Problem::file(ArchiveCause::UnknownPacking { part: name }));
        }
        if entry.compressed_size() > size_bytes {
            return Err(damaged(&name, &"size"));
        }
        if name.to_lowercase().ends_with("vbaproject.bin") {
            return Err(Problem::file(ArchiveCause::Macros { part: name }));
        }
        // Two entries of one name: which is read would depend on the reader.
        if self.index_of.insert(name.to_lowercase(), index).is_some() {
            return Err(Problem::file(ArchiveCause::UnsafeName { name }));
        }
        Ok(())
    }

    /// Inflates one entry to nowhere, counting, and returns what is left of the allowance.
    fn inflate(&mut self, index: usize, limits: &Limits, allowance: u64) -> Result<u64, Problem> {
        let mut entry = self.zip.by_index(index).map_err(|error| damaged("zip", &error))?;
        let part = entry.name().map_err(|error| damaged("zip", &error))?.into_owned();
        let ratio_bytes =
            entry.compressed_size().saturating_mul(limits.max_ratio).max(Limits::RATIO_FLOOR_BYTES);
        let mut scan = Scan::new(&part);
        let mut chunk = vec![0; OVERLAP_BYTES + CHUNK_BYTES];
        let mut n_kept = 0;
        let mut inflated_bytes = 0;
        loop {
            let n_read = fill(&mut entry, &mut chunk[n_kept..]).map_err(|error| damaged(&part, &error))?;
            inflated_bytes += n_read as u64;
            if inflated_bytes > allowance {
                return Err(Problem::file(ArchiveCause::TooLarge { max_bytes: limits.inflated_bytes }));
            }
            if inflated_bytes > ratio_bytes {
                let max_ratio = limits.max_ratio;
                return Err(Problem::file(ArchiveCause::InflatesTooMuch { part, max_ratio }));
            }
            let seen = &chunk[..n_kept + n_read];
            if let Some(cause) = scan.look(seen, &part, n_read == 0) {
                return Err(Problem::file(cause));
            }
            if n_read == 0 {
                break;
            }
            // What a chunk's end cuts in two is seen whole with the next.
            let n_seen = seen.len();
            let next_kept = n_seen.min(OVERLAP_BYTES);
            chunk.copy_within(n_seen - next_kept..n_seen, 0);
            n_kept = next_kept;
        }
        drop(entry);
        if scan.has_merges {
            self.with_merges.insert(index);
        }
        Ok(allowance - inflated_bytes)
    }
}

/// Damage, with the part and the reader's own words.
pub(crate) fn damaged(part: &str, detail: &dyn std::fmt::Display) -> Problem {
    Problem::file(ArchiveCause::Damaged { part: part.to_owned(), detail: detail.to_string() })
}

/// Reads the file once from end to end: its size, its first bytes, and how many directory
/// entries there could be at most. The directory's own count comes later and may lie.
fn weigh<R: Read + Seek>(source: &mut R, limits: &Limits) -> Result<u64, Problem> {
    let unreadable =
        |error: std::io::Error| Problem::file(FileCause::Unreadable { detail: error.to_string() });
    source.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    let finder = memmem::Finder::new(b"PK\x01\x02");
    let mut chunk = vec![0; OVERLAP_BYTES + CHUNK_BYTES];
    let (mut size_bytes, mut n_entries, mut n_kept) = (0, 0, 0);
    loop {
        let n_read = fill(source, &mut chunk[n_kept..]).map_err(unreadable)?;
        let n_seen = n_kept + n_read;
        if size_bytes == 0 && !chunk[..n_seen].starts_with(ZIP_MAGIC) {
            return Err(Problem::file(FileCause::ContentDiffers { extension: ".xlsx".into() }));
        }
        size_bytes += n_read as u64;
        n_entries += finder.find_iter(&chunk[..n_seen]).count();
        if size_bytes > limits.inflated_bytes {
            return Err(Problem::file(ArchiveCause::TooLarge { max_bytes: limits.inflated_bytes }));
        }
        if n_entries > limits.n_entries {
            return Err(Problem::file(ArchiveCause::TooManyEntries { max: limits.n_entries }));
        }
        if n_read == 0 {
            break;
        }
        // Three bytes: one less than the mark, so that none is counted twice.
        let next_kept = n_seen.min(3);
        chunk.copy_within(n_seen - next_kept..n_seen, 0);
        n_kept = next_kept;
    }
    source.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    Ok(size_bytes)
}

/// Reads until the buffer is full or the source ends, so that a first look sees the first bytes.
fn fill(source: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut n_filled = 0;
    while n_filled < buffer.len() {
        match source.read(&mut buffer[n_filled..]) {
            Ok(0) => break,
            Ok(n_read) => n_filled += n_read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(n_filled)
}

fn is_safe(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('/')
        && !name.contains(['\\', ':'])
        && !name.chars().any(char::is_control)
        && name.trim_end_matches('/').split('/').all(|step| !matches!(step, "" | "." | ".."))
}

/// What is looked for while an entry passes by.
struct Scan {
    is_first: bool,
    is_xml: bool,
    has_merges: bool,
}

impl Scan {
    fn new(part: &str) -> Self {
        let name = part.to_lowercase();
        let is_xml = [".xml", ".rels", ".vml"].iter().any(|end| name.ends_with(end));
        Scan { is_first: true, is_xml, has_merges: false }
    }

    fn look(&mut self, seen: &[u8], part: &str, is_last: bool) -> Option<ArchiveCause> {
        let part = || part.to_owned();
        if self.is_first && !(seen.is_empty() && is_last) {
            if FOREIGN_MAGICS.iter().any(|magic| seen.starts_with(magic)) {
                return Some(ArchiveCause::Nested { part: part() });
            }
            let bare = seen.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(seen);
            self.is_xml |= bare.trim_ascii_start().first() == Some(&b'<');
            let is_wide = UTF16_STARTS.iter().any(|start| seen.starts_with(start));
            if is_wide && (self.is_xml || seen.starts_with(b"<\0") || seen.starts_with(b"\0<")) {
                return Some(ArchiveCause::NotUtf8 { part: part() });
            }
        }
        self.is_first = false;
        if !self.is_xml {
            return None;
        }
        if memchr(0, seen).is_some() {
            return Some(ArchiveCause::NotUtf8 { part: part() });
        }
        self.has_merges |= memmem::find(seen, b"mergeCell").is_some();
        memmem::find_iter(seen, b"<!")
            .map(|at| &seen[at + 2..])
            // At a chunk's end the mark may be cut; the overlap shows it whole next time.
            .filter(|rest| is_last || rest.len() >= OVERLAP_BYTES / 2)
            .any(|rest| !rest.starts_with(b"--") && !rest.starts_with(b"[CDATA["))
            .then(|| ArchiveCause::DocumentType { part: part() })
    }
}

const CHUNK_BYTES: usize = 64 << 10;
const OVERLAP_BYTES: usize = 32;
const UTF16_STARTS: &[&[u8]] = &[b"\xFF\xFE", b"\xFE\xFF", b"<\0", b"\0<"];

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn names_that_leave_the_container_are_unsafe() {
        for name in ["xl/workbook.xml", "[Content_Types].xml", "_rels/.rels", "xl/", "xl/表1.xml"] {
            assert!(is_safe(name), "{name}");
        }
        for name in ["", "/etc/x", "../x", "xl/../../x", "xl\\x", "C:/x", "xl/./x", "xl//x", "a\nb", "a\0"] {
            assert!(!is_safe(name), "{name}");
        }
    }
}
