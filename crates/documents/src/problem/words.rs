//! The words of each problem: what was found, and what to do next.

use domain::text::Text;

use super::{ArchiveCause, CellCause, FileCause, HeadCause, IdCause, SizeCause};

impl FileCause {
    pub(super) fn text(&self) -> Text {
        match self {
            FileCause::Unreadable { detail } => Text::new(
                format!("文件读不出来（{detail}）。请重新上传"),
                format!("the file cannot be read ({detail}); upload it again"),
            ),
            FileCause::UnknownExtension { extension } => Text::new(
                format!("不支持“{}”文件。请上传 .xlsx 或 .csv", shown(extension)),
                format!("files of type “{}” are not read; upload .xlsx or .csv", shown(extension)),
            ),
            FileCause::ForeignFormat { extension } => Text::new(
                format!("不支持 {extension} 格式。请在表格软件中另存为 .xlsx 后上传"),
                format!("{extension} is not read; save it as .xlsx in the spreadsheet program"),
            ),
            FileCause::ContentDiffers { extension } => Text::new(
                format!("文件内容与扩展名 {extension} 不符。请在表格软件中另存为 .xlsx 后上传"),
                format!("the content is not what {extension} says; save it as .xlsx and upload that"),
            ),
            FileCause::Protected => Text::new(
                "文件有密码保护。请取消密码后另存为 .xlsx",
                "the file is protected by a password; remove the password and save it as .xlsx",
            ),
            FileCause::NoSheet => Text::new(
                "工作簿里没有工作表。请检查是否选对文件",
                "the workbook has no worksheet; check that this is the right file",
            ),
            FileCause::UnknownEncoding => Text::new(
                "文本编码无法识别。请另存为 UTF-8 编码的 CSV，或另存为 .xlsx",
                "the text encoding is unknown; save as CSV in UTF-8, or as .xlsx",
            ),
            FileCause::NulCharacter => Text::new(
                "文件含有空字符（NUL），不是文本。请另存为 .xlsx",
                "the file holds a NUL character and is not a text; save it as .xlsx",
            ),
            FileCause::Cancelled => Text::new("已停止读取", "reading was stopped"),
        }
    }
}

impl SizeCause {
    pub(super) fn text(&self) -> Text {
        match self {
            SizeCause::Cells { max } => Text::new(
                format!("有内容的单元格超过 {max} 个。请分成几个文件"),
                format!("more than {max} filled cells; split the file"),
            ),
            SizeCause::Texts { max } => Text::new(
                format!("不同的文本超过 {max} 个。请分成几个文件"),
                format!("more than {max} different texts; split the file"),
            ),
            SizeCause::Parts { max } => Text::new(
                format!("样式、合并区域或数组公式超过 {max} 个。请只把数值粘贴到新工作簿"),
                format!(
                    "more than {max} styles, merged areas or array formulas; paste values into a fresh workbook"
                ),
            ),
            SizeCause::Rows { max } => Text::new(
                format!("有内容的行超过 {max} 行。请分成几个文件"),
                format!("more than {max} filled rows; split the file"),
            ),
            SizeCause::CellOutOfPlace { reference } => Text::new(
                format!(
                    "单元格坐标“{}”超出工作表范围或次序不对。请用表格软件打开并重新保存",
                    shown(reference)
                ),
                format!(
                    "the cell reference “{}” is outside the sheet or out of order; open and save it again",
                    shown(reference)
                ),
            ),
        }
    }
}

impl ArchiveCause {
    pub(super) fn text(&self) -> Text {
        let (zh, en) = match self {
            ArchiveCause::Damaged { part, detail } => (
                format!("文件损坏（“{}”：{}）", shown(part), shown(detail)),
                format!("the file is damaged (“{}”: {})", shown(part), shown(detail)),
            ),
            ArchiveCause::TooManyEntries { max } => {
                (format!("压缩包内超过 {max} 项"), format!("more than {max} entries in the container"))
            }
            ArchiveCause::TooLarge { max_bytes } => (
                format!("展开后超过 {} MiB", max_bytes >> 20),
                format!("larger than {} MiB when unpacked", max_bytes >> 20),
            ),
            ArchiveCause::InflatesTooMuch { part, max_ratio } => (
                format!("“{}”的压缩比超过 {max_ratio}，不像正常的工作簿", shown(part)),
                format!("“{}” unpacks to more than {max_ratio} times its size", shown(part)),
            ),
            ArchiveCause::Nested { part } => (
                format!("“{}”是嵌在文件里的另一个压缩包或文档", shown(part)),
                format!("“{}” is an archive or document inside the file", shown(part)),
            ),
            ArchiveCause::UnsafeName { name } => (
                format!("压缩包内有不安全的名称“{}”", shown(name)),
                format!("the container has an unsafe name, “{}”", shown(name)),
            ),
            ArchiveCause::SymbolicLink { part } => {
                (format!("“{}”是符号链接", shown(part)), format!("“{}” is a symbolic link", shown(part)))
            }
            ArchiveCause::UnknownPacking { part } => (
                format!("“{}”的压缩方式不受支持", shown(part)),
                format!("“{}” is packed in an unsupported way", shown(part)),
            ),
            ArchiveCause::DocumentType { part } => (
                format!("“{}”含有文档类型声明", shown(part)),
                format!("“{}” holds a document type declaration", shown(part)),
            ),
            ArchiveCause::NotUtf8 { part } => {
                (format!("“{}”不是 UTF-8 文本", shown(part)), format!("“{}” is not UTF-8", shown(part)))
            }
            ArchiveCause::Macros { part } => {
                (format!("“{}”含有宏", shown(part)), format!("“{}” holds macros", shown(part)))
            }
        };
        Text::new(
            format!("{zh}。请在表格软件中打开，把数据复制到新工作簿，另存为 .xlsx"),
            format!(
                "{en}; open it in the spreadsheet program, copy the cells to a fresh workbook, save as .xlsx"
            ),
        )
    }
}

impl HeadCause {
    pub(super) fn text(&self) -> Text {
        match self {
            HeadCause::Absent => Text::new(
                "没有表头。请下载模板，按模板填写",
                "there is no head row; download the template and fill it in",
            ),
            HeadCause::Missing { head } => Text::new(
                format!("缺少“{}”列。请按模板补上", head.zh),
                format!("the column “{}” is missing; add it as in the template", head.en),
            ),
            HeadCause::Twice { head } => Text::new(
                format!("“{}”列出现了两次。请删去一列", shown(head)),
                format!("the column “{}” is there twice; delete one", shown(head)),
            ),
            HeadCause::PassedOver { head } => Text::new(
                format!("不认识“{}”列，已忽略。如需导入，请改用模板里的表头", shown(head)),
                format!(
                    "the column “{}” is unknown and was passed over; use a head of the template",
                    shown(head)
                ),
            ),
        }
    }
}

impl CellCause {
    pub(super) fn text(&self) -> Text {
        match self {
            CellCause::Formula => Text::new(
                "这是公式，不会被计算。请“选择性粘贴—数值”",
                "this is a formula and is never evaluated; paste it as a value",
            ),
            CellCause::ErrorValue { value } => Text::new(
                format!("这是错误值“{}”。请更正或清空", shown(value)),
                format!("this is the error value “{}”; correct or clear it", shown(value)),
            ),
            CellCause::Blank { head } => Text::new(
                format!("“{}”必填，请补上", head.zh),
                format!("“{}” is required; fill it in", head.en),
            ),
            CellCause::NotWhole { value } => Text::new(
                format!("“{}”不是整数", shown(value)),
                format!("“{}” is not a whole number", shown(value)),
            ),
            CellCause::OutOfRange { value, min, max } => Text::new(
                format!("{value} 不在 {min} 到 {max} 之间"),
                format!("{value} is not between {min} and {max}"),
            ),
            CellCause::TooLong { n_chars, max } => Text::new(
                format!("有 {n_chars} 个字，最多 {max} 个。请缩短"),
                format!("{n_chars} characters, at most {max}; shorten it"),
            ),
            CellCause::ControlCharacter { code } => Text::new(
                format!("含有不可见的控制字符 U+{code:04X}。请重新键入"),
                format!("holds the invisible control character U+{code:04X}; type it again"),
            ),
            CellCause::NotAChoice { value, choices } => Text::new(
                format!("“{}”不在可选项内。可填：{}", shown(value), choices.zh),
                format!("“{}” is not on the list; choose from {}", shown(value), choices.en),
            ),
            CellCause::NotADay { value } => Text::new(
                format!("“{}”不是历法上的日子。请更正", shown(value)),
                format!("“{}” is not a day of the calendar; correct it", shown(value)),
            ),
            CellCause::NotADate { value } => Text::new(
                format!("“{}”不是日期。请写成 2004-03-18", shown(value)),
                format!("“{}” is not a date; write it as 2004-03-18", shown(value)),
            ),
            CellCause::RoundedNumber => Text::new(
                "数字太长，表格软件已把末尾几位变成 0。请把单元格设为文本后重新填写",
                "the number is too long and its last digits are lost; make the cell a text and type it again",
            ),
            CellCause::Id(cause) => cause.text(),
        }
    }
}

impl IdCause {
    fn text(self) -> Text {
        match self {
            IdCause::Length { n_chars } => Text::new(
                format!("身份证号有 {n_chars} 位，应为 18 位（或旧的 15 位）。请核对证件"),
                format!("the identity number has {n_chars} characters, not 18 (or 15); compare the card"),
            ),
            IdCause::Characters => Text::new(
                "身份证号只能是数字，18 位的末位可为 X（GB 11643）。请核对证件",
                "an identity number is digits, the 18th may be X (GB 11643); compare the card",
            ),
            IdCause::Day => Text::new(
                "身份证号里的出生日期不存在（GB 11643）。请核对证件",
                "the birth date in the identity number is no day (GB 11643); compare the card",
            ),
            IdCause::Check => Text::new(
                "身份证号校验码不对（GB 11643），可能抄错一位。请核对证件",
                "the check character of the identity number is wrong (GB 11643); compare the card",
            ),
            IdCause::Birth { id, row } => Text::new(
                format!("身份证号的出生日期 {id} 与本行的 {row} 不一致。请核对"),
                format!("the identity number says born on {id}, the row {row}; compare both"),
            ),
            IdCause::Sex => Text::new(
                "身份证号表示的性别与本行不一致。请核对",
                "the identity number says another sex than the row; compare both",
            ),
        }
    }
}

/// What the person typed, short enough for a message.
fn shown(value: &str) -> String {
    let mut chars = value.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c });
    let mut short: String = chars.by_ref().take(N_SHOWN).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}

const N_SHOWN: usize = 40;
