//! A person and where the person stands. Codes follow the national standards named at each type,
//! so that tables can be exchanged; names and numbers are sealed by the store, never by this type.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::ids::{GroupId, PersonId, UnitId};

/// A code of a closed list: a number that is stored, and a word that is spoken in the record.
macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal, $word:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// Every member, in the order of the codes.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The number that is stored.
            pub fn code(self) -> i64 {
                match self { $($name::$variant => $code,)* }
            }

            /// The word used in the record, in URLs and as a key of translations.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }

            /// Finds the member of a stored number.
            pub fn from_code(code: i64) -> Option<Self> {
                Self::ALL.iter().copied().find(|member| member.code() == code)
            }

            /// Finds the member of a word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|member| member.as_str() == word)
            }
        }
    };
}
pub(crate) use coded;

coded! {
    /// Sex by GB/T 2261.1-2003.
    Sex {
        /// 未知的性别.
        Unknown = 0, "unknown";
        /// 男.
        Male = 1, "male";
        /// 女.
        Female = 2, "female";
        /// 未说明的性别.
        NotStated = 9, "not_stated";
    }
}

coded! {
    /// Education by the groups of GB/T 4658-2006; a lower code is a higher level.
    Education {
        /// 研究生.
        Postgraduate = 10, "postgraduate";
        /// 大学本科.
        Bachelor = 20, "bachelor";
        /// 大学专科.
        College = 30, "college";
        /// 中等职业教育 (中专、技校、职高).
        Vocational = 40, "vocational";
        /// 普通高级中学.
        SeniorHigh = 60, "senior_high";
        /// 初级中学.
        JuniorHigh = 70, "junior_high";
        /// 小学.
        Primary = 80, "primary";
        /// 其他.
        Other = 90, "other";
    }
}

impl Education {
    /// Senior high school and above (高中以上): every group below 70 of GB/T 4658.
    pub fn is_senior_high_or_above(self) -> bool {
        self.code() < 70
    }

    /// College and above (大专以上): groups 10, 20 and 30.
    pub fn is_college_or_above(self) -> bool {
        self.code() <= 30
    }
}

coded! {
    /// Occupation by the eight headings of the annual bulletin.
    Occupation {
        /// 工人 (工勤技能人员).
        Worker = 1, "worker";
        /// 农牧渔民.
        Farmer = 2, "farmer";
        /// 专业技术人员.
        Professional = 3, "professional";
        /// 企事业单位管理人员.
        Manager = 4, "manager";
        /// 党政机关工作人员.
        Official = 5, "official";
        /// 学生.
        Student = 6, "student";
        /// 其他职业人员.
        Other = 7, "other";
        /// 离退休人员.
        Retired = 8, "retired";
    }
}

coded! {
    /// Where a person stands on the way to membership, and after it.
    Stage {
        /// On the roster without a file or membership, for example a registered contact.
        None = 0, "none";
        /// 入党申请人: has handed in a written application.
        Applicant = 1, "applicant";
        /// 入党积极分子.
        Activist = 2, "activist";
        /// 发展对象: listed after a year of training.
        Target = 3, "target";
        /// 预备党员: admitted, on probation.
        Probationary = 4, "probationary";
        /// 正式党员.
        Full = 5, "full";
        /// 曾经是党员: left, died, removed or not recognised.
        Former = 6, "former";
    }
}

impl Stage {
    /// Members are probationary and full members; only they are counted in the stock.
    pub fn is_member(self) -> bool {
        matches!(self, Stage::Probationary | Stage::Full)
    }
}

coded! {
    /// Why a membership ended.
    Departure {
        /// 死亡.
        Died = 1, "died";
        /// 退党.
        Resigned = 2, "resigned";
        /// 除名.
        Removed = 3, "removed";
        /// 开除党籍.
        Expelled = 4, "expelled";
        /// 取消预备党员资格.
        ProbationCancelled = 5, "probation_cancelled";
        /// 不予承认.
        NotRecognised = 6, "not_recognised";
    }
}

/// An ethnic group by GB/T 3304-1991: 1 (汉族) to 56, 97 other, 98 foreign origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ethnicity(pub u8);

impl Ethnicity {
    /// 汉族.
    pub const HAN: Ethnicity = Ethnicity(1);
}

/// What a roster says of a person. The first four and the contacts are sealed at rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Particulars {
    /// Family and given name in Chinese characters.
    pub name: String,
    /// Identity number of 18 characters, or of 15 as found on papers before 2013; empty when unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id_number: String,
    /// Telephone; empty when unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub phone: String,
    /// Post or kind of work, as the office writes it; empty when unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub work_post: String,
    /// Sex.
    pub sex: Sex,
    /// Day of birth.
    pub born_on: Date,
    /// Ethnic group.
    pub ethnicity: Ethnicity,
    /// Highest education.
    pub education: Education,
    /// Occupation.
    pub occupation: Occupation,
    /// Works on the production or work front line (生产、工作一线).
    #[serde(default)]
    pub is_front_line: bool,
}

impl Particulars {
    /// The names of its fields, in the order of the roster.
    pub const FIELDS: [&'static str; 10] = [
        "name",
        "id_number",
        "phone",
        "work_post",
        "sex",
        "born_on",
        "ethnicity",
        "education",
        "occupation",
        "is_front_line",
    ];
}

/// A person as the use cases see one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Identity.
    pub id: PersonId,
    /// The unit whose roster the person is on.
    pub unit: UnitId,
    /// The Party group inside the branch, if assigned.
    pub group: Option<GroupId>,
    /// What the roster says.
    pub particulars: Particulars,
    /// Stage and the day it was reached.
    pub stage: Stage,
    /// Day on which the present stage was reached.
    pub stage_on: Option<Date>,
    /// Day of admission as a probationary member.
    pub admitted_on: Option<Date>,
    /// Day from which the standing of a full member counts (党龄).
    pub full_since: Option<Date>,
    /// Voting right is suspended while on probation within the Party (留党察看).
    pub is_under_sanction: bool,
    /// Number of events recorded about this person: the version a command must name.
    pub version: i64,
}

impl Person {
    /// May vote at a branch meeting: a full member not on probation within the Party.
    pub fn has_vote(&self) -> bool {
        self.stage == Stage::Full && !self.is_under_sanction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_words_are_read_back() {
        for &stage in Stage::ALL {
            assert_eq!(Stage::from_code(stage.code()), Some(stage));
            assert_eq!(Stage::parse(stage.as_str()), Some(stage));
        }
        assert_eq!(Education::from_code(61), None);
    }

    #[test]
    fn senior_high_includes_vocational_schools() {
        let above: Vec<_> =
            Education::ALL.iter().filter(|e| e.is_senior_high_or_above()).map(|e| e.code()).collect();
        assert_eq!(above, [10, 20, 30, 40, 60]);
    }
}
