//! What a scanned paper is, by its content: names and declared kinds are never trusted. Nothing is
//! decoded; a scan is kept and handed out as the bytes that came.

use domain::evidence::Media;

/// A PDF names its end near the end of the file.
const PDF_TAIL_BYTES: usize = 1_024;

/// The kind of a whole PDF, JPEG or PNG file; nothing for anything else or for one that is cut short.
#[must_use]
pub fn media(bytes: &[u8]) -> Option<Media> {
    let tail = &bytes[bytes.len().saturating_sub(PDF_TAIL_BYTES)..];
    if bytes.starts_with(b"%PDF-") {
        return memchr::memmem::find(tail, b"%%EOF").map(|_| Media::Pdf);
    }
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        // Cameras may write zeros after the end.
        let end = tail.iter().rposition(|byte| *byte != 0)?;
        return tail[..=end].ends_with(&[0xff, 0xd9]).then_some(Media::Jpeg);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") {
        return tail.ends_with(b"\0\0\0\0IEND\xaeB`\x82").then_some(Media::Png);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_is_known_by_its_content() {
        let png = [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &[9; 40], b"\0\0\0\0IEND\xaeB`\x82"].concat();
        for (bytes, kind) in [
            (b"%PDF-1.4\n1 0 obj\nendobj\ntrailer\n%%EOF\n".to_vec(), Media::Pdf),
            (vec![0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 0xff, 0xd9, 0, 0], Media::Jpeg),
            (png, Media::Png),
        ] {
            assert_eq!(media(&bytes), Some(kind));
            // Cut short, it is none.
            assert_eq!(media(&bytes[..bytes.len() - 6]), None, "{kind:?}");
        }
    }

    #[test]
    fn what_only_looks_like_a_scan_is_none() {
        let page = b"<html><script>alert(1)</script>%PDF-1.4 %%EOF";
        let program = b"MZ\x90\0\x03 %PDF-1.4 %%EOF";
        let drawing = b"<svg xmlns='http://www.w3.org/2000/svg'/>";
        for bytes in [&page[..], program, drawing, b"", b"PK\x03\x04", b"GIF89a"] {
            assert_eq!(media(bytes), None);
        }
    }
}
