//! The lists of codes a roster uses, with their words in both languages: sex by GB/T 2261.1-2003,
//! ethnic groups by GB/T 3304-1991, education by the groups of GB/T 4658-2006, occupation by the
//! headings of the annual bulletin.

use domain::person::{Education, Occupation, Sex, Stage};
use domain::text::Text;

use super::Choice;

/// Sexes.
pub fn sexes() -> Vec<Choice> {
    let choice = |sex: &Sex| {
        let (zh, en, aliases): (_, _, &'static [&'static str]) = match sex {
            Sex::Unknown => ("未知", "unknown", &["未知的性别"]),
            Sex::Male => ("男", "male", &["男性", "m"]),
            Sex::Female => ("女", "female", &["女性", "f"]),
            Sex::NotStated => ("未说明", "not stated", &["未说明的性别"]),
        };
        Choice::new(sex.code().to_string(), Text::new(zh, en)).or(aliases)
    };
    Sex::ALL.iter().map(choice).collect()
}

/// Education. The finer codes of the standard are taken for their groups.
pub fn education() -> Vec<Choice> {
    let choice = |education: &Education| {
        let (zh, en, aliases): (_, _, &'static [&'static str]) = match education {
            Education::Postgraduate => (
                "研究生",
                "postgraduate",
                &[
                    "博士",
                    "博士研究生",
                    "硕士",
                    "硕士研究生",
                    "11",
                    "12",
                    "13",
                    "14",
                    "15",
                    "16",
                    "17",
                    "18",
                    "19",
                ],
            ),
            Education::Bachelor => {
                ("大学本科", "bachelor", &["本科", "大学", "21", "22", "23", "28", "undergraduate"])
            }
            Education::College => {
                ("大学专科", "junior college", &["大专", "专科", "31", "32", "33", "college"])
            }
            Education::Vocational => (
                "中等职业教育",
                "secondary vocational",
                &[
                    "中专",
                    "中技",
                    "技校",
                    "职高",
                    "职业高中",
                    "41",
                    "42",
                    "43",
                    "44",
                    "45",
                    "46",
                    "47",
                    "48",
                    "49",
                ],
            ),
            Education::SeniorHigh => ("普通高级中学", "senior high", &["高中", "普通高中", "61", "62", "63"]),
            Education::JuniorHigh => ("初级中学", "junior high", &["初中", "71", "72", "73"]),
            Education::Primary => ("小学", "primary", &["81", "82", "83"]),
            Education::Other => ("其他", "other", &["文盲", "半文盲"]),
        };
        Choice::new(education.code().to_string(), Text::new(zh, en)).or(aliases)
    };
    Education::ALL.iter().map(choice).collect()
}

/// Occupations.
pub fn occupations() -> Vec<Choice> {
    let choice = |occupation: &Occupation| {
        let (zh, en, aliases): (_, _, &'static [&'static str]) = match occupation {
            Occupation::Worker => ("工人", "worker", &["工勤技能人员", "工人（工勤技能人员）"]),
            Occupation::Farmer => {
                ("农牧渔民", "farmer, herder or fisher", &["农民", "牧民", "渔民", "farmer"])
            }
            Occupation::Professional => ("专业技术人员", "professional", &["技术人员"]),
            Occupation::Manager => ("企事业单位管理人员", "manager", &["管理人员"]),
            Occupation::Official => {
                ("党政机关工作人员", "Party or state office staff", &["机关工作人员", "公务员", "official"])
            }
            Occupation::Student => ("学生", "student", &[]),
            Occupation::Other => ("其他职业人员", "other occupation", &["其他", "other"]),
            Occupation::Retired => ("离退休人员", "retired", &["退休", "离休", "退休人员", "离休人员"]),
        };
        Choice::new(occupation.code().to_string(), Text::new(zh, en)).or(aliases)
    };
    Occupation::ALL.iter().map(choice).collect()
}

/// Stages a person on a roster may stand at. Former members and mere contacts are not imported.
pub fn stages() -> Vec<Choice> {
    let choice = |stage: &Stage| {
        let (zh, en, aliases): (_, _, &'static [&'static str]) = match stage {
            Stage::None | Stage::Former => return None,
            Stage::Applicant => ("入党申请人", "applicant", &["申请人", "申请入党人员"]),
            Stage::Activist => ("入党积极分子", "activist", &["积极分子"]),
            Stage::Target => ("发展对象", "prospective member", &["target"]),
            Stage::Probationary => ("预备党员", "probationary member", &["probationary"]),
            Stage::Full => ("正式党员", "full member", &["党员", "full", "中共党员"]),
        };
        Some(Choice::new(stage.code().to_string(), Text::new(zh, en)).or(aliases))
    };
    Stage::ALL.iter().filter_map(choice).collect()
}

/// Yes and no.
pub fn yes_no() -> Vec<Choice> {
    vec![
        Choice::new("1", Text::new("是", "yes")).or(&["true", "y", "√"]),
        Choice::new("0", Text::new("否", "no")).or(&["false", "n", "×"]),
    ]
}

/// Ethnic groups.
pub fn ethnic_groups() -> Vec<Choice> {
    let numbered = (1..).zip(ETHNIC_GROUPS);
    let named = numbered.map(|(code, (zh, en, short))| {
        Choice::new(format!("{code:02}"), Text::new(*zh, *en)).or(std::slice::from_ref(short))
    });
    let others = [
        Choice::new("97", Text::new("其他", "other")).or(&["未识别民族"]),
        Choice::new("98", Text::new("外国血统中国籍人士", "naturalised, of foreign origin"))
            .or(&["外国血统"]),
    ];
    named.chain(others).collect()
}

/// Codes 01 to 56 in order: name, English, and the name as offices shorten it.
const ETHNIC_GROUPS: &[(&str, &str, &str)] = &[
    ("汉族", "Han", "汉"),
    ("蒙古族", "Mongol", "蒙古"),
    ("回族", "Hui", "回"),
    ("藏族", "Tibetan", "藏"),
    ("维吾尔族", "Uygur", "维吾尔"),
    ("苗族", "Miao", "苗"),
    ("彝族", "Yi", "彝"),
    ("壮族", "Zhuang", "壮"),
    ("布依族", "Buyei", "布依"),
    ("朝鲜族", "Korean", "朝鲜"),
    ("满族", "Manchu", "满"),
    ("侗族", "Dong", "侗"),
    ("瑶族", "Yao", "瑶"),
    ("白族", "Bai", "白"),
    ("土家族", "Tujia", "土家"),
    ("哈尼族", "Hani", "哈尼"),
    ("哈萨克族", "Kazak", "哈萨克"),
    ("傣族", "Dai", "傣"),
    ("黎族", "Li", "黎"),
    ("傈僳族", "Lisu", "傈僳"),
    ("佤族", "Va", "佤"),
    ("畲族", "She", "畲"),
    ("高山族", "Gaoshan", "高山"),
    ("拉祜族", "Lahu", "拉祜"),
    ("水族", "Sui", "水"),
    ("东乡族", "Dongxiang", "东乡"),
    ("纳西族", "Naxi", "纳西"),
    ("景颇族", "Jingpo", "景颇"),
    ("柯尔克孜族", "Kirgiz", "柯尔克孜"),
    ("土族", "Tu", "土"),
    ("达斡尔族", "Daur", "达斡尔"),
    ("仫佬族", "Mulao", "仫佬"),
    ("羌族", "Qiang", "羌"),
    ("布朗族", "Blang", "布朗"),
    ("撒拉族", "Salar", "撒拉"),
    ("毛南族", "Maonan", "毛南"),
    ("仡佬族", "Gelao", "仡佬"),
    ("锡伯族", "Xibe", "锡伯"),
    ("阿昌族", "Achang", "阿昌"),
    ("普米族", "Pumi", "普米"),
    ("塔吉克族", "Tajik", "塔吉克"),
    ("怒族", "Nu", "怒"),
    ("乌孜别克族", "Uzbek", "乌孜别克"),
    ("俄罗斯族", "Russian", "俄罗斯"),
    ("鄂温克族", "Ewenki", "鄂温克"),
    ("德昂族", "Deang", "德昂"),
    ("保安族", "Bonan", "保安"),
    ("裕固族", "Yugur", "裕固"),
    ("京族", "Gin", "京"),
    ("塔塔尔族", "Tatar", "塔塔尔"),
    ("独龙族", "Derung", "独龙"),
    ("鄂伦春族", "Oroqen", "鄂伦春"),
    ("赫哲族", "Hezhen", "赫哲"),
    ("门巴族", "Monba", "门巴"),
    ("珞巴族", "Lhoba", "珞巴"),
    ("基诺族", "Jino", "基诺"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_standard_has_fifty_six_groups() {
        assert_eq!(ETHNIC_GROUPS.len(), 56);
        let groups = ethnic_groups();
        assert_eq!(groups[0].code, "01");
        assert_eq!(groups[55].label.zh, "基诺族");
        assert_eq!(groups[9].label.zh, "朝鲜族");
        assert_eq!(groups[29].label.zh, "土族");
    }

    #[test]
    fn no_code_or_word_stands_for_two_choices() {
        for list in [sexes(), education(), occupations(), stages(), yes_no(), ethnic_groups()] {
            let mut seen = BTreeSet::new();
            for choice in &list {
                for word in [&choice.code, &choice.label.zh, &choice.label.en] {
                    assert!(seen.insert(word.clone()), "{word}");
                }
                for alias in choice.aliases {
                    assert!(seen.insert((*alias).to_owned()), "{alias}");
                }
            }
        }
    }
}
