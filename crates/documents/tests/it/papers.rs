//! The press: what it refuses, and that texts of people are never read as markup.

use documents::paper::{Block, Bundle, Cell, Closing, Paper, Proof};
use documents::pdf::{Press, PrintError};
use domain::text::Language;
use jiff::civil::{Date, date};

const ON: Date = date(2004, 3, 18);

fn press() -> Press {
    Press::new(None)
}

fn paper(text: &str) -> Paper {
    Paper {
        title: format!("关于{text}的决议"),
        issuer: Some(text.to_owned()),
        number: Some(text.to_owned()),
        dated: "2004年3月18日".to_owned(),
        blocks: vec![
            Block::Heading { text: text.to_owned() },
            Block::Addressee { text: text.to_owned() },
            Block::paragraph(text),
            Block::Note { text: text.to_owned() },
            Block::Form {
                widths: vec![1, 2],
                rows: vec![vec![
                    Cell::label(text),
                    Cell::value(text).to_sign(2, Closing::sealed(text, Some(text.to_owned()))),
                ]],
            },
            Block::Table {
                widths: vec![1, 1],
                heads: vec![text.to_owned(), text.to_owned()],
                rows: vec![vec![text.to_owned(), text.to_owned()]],
            },
            Block::Cut { text: text.to_owned() },
            Block::Closing { closing: Closing::signed(text, None) },
        ],
    }
}

fn proof() -> Proof {
    Proof {
        entry: "0123456789abcdef0123456789abcdef".to_owned(),
        origin: "miaopu.site/0a1b2c3d4e5f/1".to_owned(),
        size: 12_345,
        root: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".to_owned(),
    }
}

#[test]
fn the_same_paper_is_the_same_bytes() {
    let bundle = |text: &str| Bundle::of(paper(text), Language::Zh, Some(proof()));
    let first = bundle("接收王芳同志").print(&press(), ON).unwrap();
    let second = bundle("接收王芳同志").print(&press(), ON).unwrap();
    assert_eq!((first.n_pages, &first.bytes[..5]), (1, b"%PDF-".as_slice()));
    assert_eq!(first, second);
    let others = [
        bundle("接收王芳同志").print(&press(), date(2004, 3, 19)),
        bundle("接收王方同志").print(&press(), ON),
        Bundle::of(paper("接收王芳同志"), Language::Zh, None).print(&press(), ON),
    ];
    for other in others {
        assert_ne!(first.bytes, other.unwrap().bytes);
    }
}

/// Markup in a text would stop the setter, start a page, read a file or vanish.
#[test]
fn texts_are_never_read_as_markup() {
    let hostile = [
        "#panic(\"x\")",
        "#pagebreak()#pagebreak()",
        "#read(\"data.json\")",
        "#include \"/etc/passwd\"",
        "*粗* _斜_ `码` $x^2$ $",
        "= 标题 <a> @b // 注 /* 注 */",
        "] } ) [ { ( \\ \\u{0} #",
        "#let x = 1; #eval(\"1\")",
        "\"]}, \"papers\": [\"",
        "<script>alert(1)</script> &amp; ']]>",
    ];
    for text in hostile {
        for language in [Language::Zh, Language::En] {
            let printed = Bundle::of(paper(text), language, Some(proof())).print(&press(), ON);
            assert_eq!(printed.as_ref().map(|it| it.n_pages), Ok(1), "{text}: {printed:?}");
        }
    }
}

#[test]
fn a_character_without_a_glyph_is_named_and_not_printed() {
    let refused = Bundle::of(paper("王\u{E123}"), Language::Zh, None).print(&press(), ON).unwrap_err();
    assert_eq!(refused, PrintError::Glyphs(vec!['\u{E123}']));
    assert!(refused.text().zh.contains("U+E123") && refused.text().en.contains("U+E123"));
}

#[test]
fn without_a_han_face_the_answer_names_what_to_install() {
    let empty = tempfile::tempdir().unwrap();
    std::fs::write(empty.path().join("broken.ttf"), b"no face").unwrap();
    let press = Press::new(Some(empty.path().to_owned()));
    let refused = Bundle::of(paper("王芳"), Language::En, None).print(&press, ON).unwrap_err();
    assert!(matches!(refused, PrintError::Face(_)));
    for text in [refused.text().zh, refused.text().en] {
        assert!(
            text.contains("fonts-noto-cjk") && text.contains(&empty.path().display().to_string()),
            "{text}"
        );
    }
}

/// A file of several papers has a cover and a catalogue before them.
#[test]
fn a_catalogue_comes_before_the_papers() {
    let bundle = Bundle {
        title: "全卷".to_owned(),
        language: Language::Zh,
        cover: Some(vec![("姓名".to_owned(), "王芳".to_owned())]),
        papers: vec![paper("一"), paper("二"), paper("三")],
        proof: None,
    };
    assert_eq!(bundle.print(&press(), ON).unwrap().n_pages, 5);
}
