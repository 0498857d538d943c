//! Faces to print with. Latin faces come with the program; a Han face is found on the machine, and no
//! font file is in the repository. Only the faces chosen here are known to the setter, so that the same
//! paper with the same faces is the same bytes, and no other face ever stands in for a missing character.

use std::path::{Path, PathBuf};

use domain::text::Text;
use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

/// The Latin family, from the program itself.
pub(crate) const LATIN: &str = "Libertinus Serif";

/// Files that usually hold a face fit for official papers, the best first: Song and FangSong before sans.
const KNOWN: [&str; 16] = [
    "NotoSerifCJK-Regular.ttc",
    "NotoSerifCJKsc-Regular.otf",
    "NotoSerifSC-Regular.otf",
    "SourceHanSerifSC-Regular.otf",
    "SourceHanSerifCN-Regular.otf",
    "simfang.ttf",
    "STFANGSO.TTF",
    "simsun.ttc",
    "Songti.ttc",
    "uming.ttc",
    "NotoSansCJK-Regular.ttc",
    "NotoSansSC-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
];

/// Characters that a face must have before it is taken for a Han face.
const PROBE: &str = "苗圃党员发展培养谈话审批的一是年月日";

/// Folders deeper than this below one that was named are not looked into.
const DEPTH: usize = 6;

/// The faces that papers are set in.
pub(crate) struct Faces {
    pub(crate) book: LazyHash<FontBook>,
    pub(crate) fonts: Vec<Font>,
    /// Name of the Han family.
    pub(crate) han: String,
}

/// No Han face was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no Han face below {looked:?}")]
pub struct NoFace {
    /// The folders that were looked through.
    pub looked: Vec<PathBuf>,
}

impl NoFace {
    /// What to install, and where it was looked for.
    #[must_use]
    pub fn text(&self) -> Text {
        let looked: Vec<_> = self.looked.iter().map(|folder| folder.display().to_string()).collect();
        let looked = looked.join(", ");
        Text::new(
            format!(
                "没有找到中文字体，不能打印文书。请安装思源宋体（Debian：apt-get install fonts-noto-cjk），或把字体文件放入一个文件夹并用 --fonts 指明。已查找：{looked}"
            ),
            format!(
                "No Chinese face was found, so papers cannot be printed. Install one (on Debian: apt-get install \
                 fonts-noto-cjk), or put a font file into a folder and name it with --fonts. Looked in: {looked}"
            ),
        )
    }
}

impl Faces {
    /// Finds a Han face: in the operator's folder where one is named, else where systems keep fonts.
    pub(crate) fn find(folder: Option<&Path>) -> Result<Faces, NoFace> {
        let folders = match folder {
            Some(folder) => vec![folder.to_owned()],
            None => usual_folders(),
        };
        let mut files: Vec<PathBuf> = Vec::new();
        folders.iter().for_each(|folder| gather(folder, 0, &mut files));
        let mut han = KNOWN
            .iter()
            .filter_map(|name| files.iter().find(|file| is_named(file, name)))
            .find_map(|file| han_faces(file));
        // A face under a name that is not known is better than none.
        han = han.or_else(|| files.iter().find_map(|file| han_faces(file)));
        let Some((family, mut fonts)) = han else { return Err(NoFace { looked: folders }) };
        let latin = typst_assets::fonts().flat_map(|data| Font::iter(Bytes::new(data)));
        fonts.extend(latin.filter(|font| font.info().family == LATIN));
        Ok(Faces { book: LazyHash::new(FontBook::from_fonts(&fonts)), fonts, han: family })
    }
}

fn usual_folders() -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let below_home = |path: &str| home.as_ref().map(|home| home.join(path));
    let fixed = [
        "/usr/share/fonts",
        "/usr/local/share/fonts",
        "/System/Library/Fonts",
        "/Library/Fonts",
        "C:\\Windows\\Fonts",
    ];
    let own = [below_home(".local/share/fonts"), below_home(".fonts"), below_home("Library/Fonts")];
    fixed.iter().map(PathBuf::from).chain(own.into_iter().flatten()).filter(|path| path.is_dir()).collect()
}

/// Font files below a folder, in the order of their names, so that two searches find the same face.
fn gather(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            if depth < DEPTH {
                gather(&path, depth + 1, files);
            }
        } else if is_font(&path) {
            files.push(path);
        }
    }
}

fn is_font(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("");
    ["ttf", "otf", "ttc", "otc"].iter().any(|known| ending.eq_ignore_ascii_case(known))
}

fn is_named(path: &Path, name: &str) -> bool {
    path.file_name().and_then(|own| own.to_str()).is_some_and(|own| own.eq_ignore_ascii_case(name))
}

/// The Han family of a file, for mainland forms where the file has several, with its bold face where one
/// lies beside it.
fn han_faces(file: &Path) -> Option<(String, Vec<Font>)> {
    let regular = faces_of(file);
    let is_han =
        |font: &&Font| PROBE.chars().all(|character| font.info().coverage.contains(u32::from(character)));
    let is_mainland =
        |font: &&Font| font.info().family.ends_with(" SC") || font.info().family.ends_with(" CN");
    let mut fit: Vec<_> = regular.iter().filter(is_han).collect();
    if let Some(first) = fit.iter().position(is_mainland) {
        fit.swap(0, first);
    }
    let chosen = fit.first().map(|font| (*font).clone())?;
    let family = chosen.info().family.clone();
    let mut fonts = vec![chosen];
    let name = file.file_name()?.to_str()?;
    if name.contains("Regular") {
        let bold = faces_of(&file.with_file_name(name.replace("Regular", "Bold")));
        fonts.extend(bold.into_iter().find(|font| font.info().family == family));
    }
    Some((family, fonts))
}

fn faces_of(file: &Path) -> Vec<Font> {
    std::fs::read(file).map(|data| Font::iter(Bytes::new(data)).collect()).unwrap_or_default()
}
