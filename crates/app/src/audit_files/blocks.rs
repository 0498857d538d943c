//! Files cut into blocks that workers can take: whole lines of text, or rows of a workbook. A line
//! beyond the limit is passed over as it streams by, so that memory does not grow with it.

use std::io::{self, Read};

use documents::cases::CaseRow;
use memchr::{memchr, memchr_iter, memrchr};

use super::LINE_BYTES;

/// A piece of the input.
pub(super) enum Block {
    /// Whole lines, the first of which has this number.
    Lines { first: u64, bytes: Vec<u8> },
    /// A line beyond the limit.
    Overlong { line: u64 },
    /// Rows of a workbook.
    Rows(Vec<CaseRow>),
    /// The file cannot be read on.
    Broken { line: Option<u64>, what: String },
}

/// How much is read at once. Lines are usually far shorter.
const READ_BYTES: usize = 256 << 10;

/// A line and its end, at their longest.
const LINE_AND_END_BYTES: usize = LINE_BYTES + 2;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Text cut into blocks of whole lines.
pub(super) struct Lines<R> {
    source: R,
    /// What has been read and not handed out.
    buffer: Vec<u8>,
    /// The number of the next line.
    line: u64,
    is_at_start: bool,
    is_at_end: bool,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R) -> Self {
        Lines { source, buffer: Vec::new(), line: 1, is_at_start: true, is_at_end: false }
    }

    /// The next block of whole lines or a line beyond the limit; nothing at the end.
    pub(super) fn next_block(&mut self) -> io::Result<Option<Block>> {
        loop {
            if let Some(end) = memrchr(b'\n', &self.buffer) {
                return Ok(Some(self.hand_out(end + 1)));
            }
            if self.buffer.len() > LINE_AND_END_BYTES {
                let line = self.line;
                self.pass_over_line()?;
                return Ok(Some(Block::Overlong { line }));
            }
            if self.is_at_end {
                let rest = self.buffer.len();
                return Ok((rest > 0).then(|| self.hand_out(rest)));
            }
            self.fill()?;
        }
    }

    /// Reads more behind what is there.
    fn fill(&mut self) -> io::Result<()> {
        let before = self.buffer.len();
        let limit = READ_BYTES as u64;
        self.buffer.reserve(READ_BYTES);
        self.is_at_end = self.source.by_ref().take(limit).read_to_end(&mut self.buffer)? == 0;
        if self.is_at_start && (self.buffer.len() >= BYTE_ORDER_MARK.len() || self.is_at_end) {
            self.is_at_start = false;
            if self.buffer.starts_with(BYTE_ORDER_MARK) {
                self.buffer.drain(..BYTE_ORDER_MARK.len());
            }
        }
        debug_assert!(self.buffer.len() >= before.saturating_sub(BYTE_ORDER_MARK.len()));
        Ok(())
    }

    fn hand_out(&mut self, end: usize) -> Block {
        let rest = self.buffer.split_off(end);
        let bytes = std::mem::replace(&mut self.buffer, rest);
        let first = self.line;
        self.line += memchr_iter(b'\n', &bytes).count() as u64;
        Block::Lines { first, bytes }
    }

    /// Drops what is left of the line, up to and with its end.
    fn pass_over_line(&mut self) -> io::Result<()> {
        loop {
            self.buffer.clear();
            self.fill()?;
            if let Some(end) = memchr(b'\n', &self.buffer) {
                self.buffer.drain(..=end);
                self.line += 1;
                return Ok(());
            }
            if self.is_at_end {
                return Ok(());
            }
        }
    }
}

/// The lines of a block with their numbers, without their ends.
pub(super) fn numbered(first: u64, bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let ends = memchr_iter(b'\n', bytes).chain(std::iter::once(bytes.len()));
    let lines = ends.scan(0, move |start, end| {
        let line = &bytes[*start..end];
        *start = end + 1;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    });
    (first..).zip(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers and lengths of all lines, and of those beyond the limit.
    fn read(text: &[u8]) -> (Vec<(u64, usize)>, Vec<u64>) {
        let (mut lines, mut overlong) = (Vec::new(), Vec::new());
        let mut source = Lines::new(text);
        while let Some(block) = source.next_block().unwrap() {
            match block {
                Block::Lines { first, bytes } => {
                    lines.extend(numbered(first, &bytes).map(|(number, line)| (number, line.len())));
                }
                Block::Overlong { line } => overlong.push(line),
                Block::Rows(_) | Block::Broken { .. } => panic!("text has lines only"),
            }
        }
        (lines, overlong)
    }

    #[test]
    fn ends_of_lines_and_the_mark_at_the_start_do_not_matter() {
        assert_eq!(read(b"\xef\xbb\xbfab\r\n\nc"), (vec![(1, 2), (2, 0), (3, 1)], vec![]));
        assert_eq!(read(b"ab\n"), (vec![(1, 2)], vec![]));
        assert_eq!(read(b""), (vec![], vec![]));
        assert_eq!(read(b"\xef\xbb\xbf"), (vec![], vec![]));
        assert_eq!(read(b"\n"), (vec![(1, 0)], vec![]));
    }

    #[test]
    fn a_line_beyond_the_limit_is_passed_over_and_counted() {
        for length in [LINE_BYTES, LINE_BYTES + 1, 5 * LINE_BYTES] {
            let mut text = b"first\n".to_vec();
            text.extend(vec![b' '; length]);
            text.extend(b"\r\nthird");
            let (lines, overlong) = read(&text);
            let met = lines.contains(&(2, length)) || overlong == [2];
            assert!(met && lines.first() == Some(&(1, 5)) && lines.last() == Some(&(3, 5)), "{length}");
            // A line just beyond the limit may be handed out; the worker measures it again.
            assert!(lines.iter().all(|(_, n)| *n <= LINE_AND_END_BYTES + READ_BYTES));
        }
    }

    #[test]
    fn an_endless_line_does_not_grow_the_buffer() {
        let mut source = Lines::new(io::repeat(b'x').take(64 << 20));
        while let Some(block) = source.next_block().unwrap() {
            assert!(matches!(block, Block::Overlong { line: 1 }));
        }
        assert!(source.buffer.capacity() < 4 * LINE_BYTES);
    }
}
