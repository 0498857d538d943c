//! Reading is logged too (访问记录): who opened whose page, when and in which role. The log is not part of
//! the ledger; what leaves the house or is shown in full is, and both are told in one list.

use serde::{Deserialize, Serialize};

use crate::person::coded;
use crate::text::Text;

/// Days for which the log is kept at least: six months, as the Cybersecurity Law asks (art. 21).
pub const LEAST_DAYS_KEPT: i64 = 184;
/// Days for which it is kept unless the site says otherwise: three years.
pub const DAYS_KEPT: i64 = 1_096;

coded! {
    /// What was looked at.
    Sight {
        /// 人员页面: a person's entry.
        Person = 1, "person";
        /// 发展档案: an admission file.
        File = 2, "file";
        /// 名单: a list with names.
        List = 3, "list";
        /// 查找: a search by name or number.
        Search = 4, "search";
        /// 显示完整号码: a number was shown in full; an event of the ledger.
        Unmasked = 5, "unmasked";
        /// 导出: rows about persons left the house; an event of the ledger.
        Exported = 6, "exported";
        /// 记录中断: the program stopped without closing the log; what was read in its last moment may be missing.
        Interrupted = 7, "interrupted";
    }
}

coded! {
    /// Through which door.
    Door {
        /// A page.
        Page = 1, "page";
        /// The API.
        Api = 2, "api";
        /// The program itself, or what the ledger keeps.
        Ledger = 3, "ledger";
    }
}

impl Sight {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> Text {
        let (zh, en) = match self {
            Sight::Person => ("人员信息", "a person's entry"),
            Sight::File => ("发展档案", "an admission file"),
            Sight::List => ("名单", "a list with names"),
            Sight::Search => ("查找", "a search"),
            Sight::Unmasked => ("显示完整号码", "a number shown in full"),
            Sight::Exported => ("导出", "an export"),
            Sight::Interrupted => ("记录中断", "the log was cut short"),
        };
        Text::new(zh, en)
    }
}
