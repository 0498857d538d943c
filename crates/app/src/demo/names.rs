//! Names that could be met in a northern city: family names by how common they are, given names by
//! the generation and sex of the bearer, and names of places. Every person is invented.

use domain::person::Sex;
use domain::text::Text;

use super::random::Random;

/// Family names with weights in ten-thousandths, from the most common down.
const FAMILY: &[(&str, u64)] = &[
    ("王", 880),
    ("李", 790),
    ("张", 750),
    ("刘", 610),
    ("陈", 290),
    ("杨", 280),
    ("赵", 270),
    ("孙", 220),
    ("马", 160),
    ("高", 130),
    ("徐", 170),
    ("郭", 130),
    ("于", 110),
    ("宋", 110),
    ("朱", 110),
    ("胡", 100),
    ("林", 80),
    ("何", 80),
    ("郑", 80),
    ("韩", 90),
    ("冯", 70),
    ("曹", 70),
    ("吕", 60),
    ("梁", 60),
    ("董", 70),
    ("程", 50),
    ("魏", 60),
    ("田", 60),
    ("姜", 60),
    ("丁", 50),
    ("袁", 50),
    ("潘", 30),
    ("杜", 50),
    ("任", 40),
    ("姚", 30),
    ("谭", 30),
    ("邱", 30),
    ("钟", 30),
    ("崔", 50),
    ("范", 40),
    ("石", 40),
    ("夏", 30),
    ("方", 30),
    ("秦", 30),
    ("尹", 30),
    ("侯", 30),
    ("邢", 20),
    ("戴", 20),
    ("罗", 60),
    ("唐", 50),
    ("沈", 40),
    ("孟", 30),
    ("贾", 30),
    ("白", 30),
    ("江", 30),
    ("陆", 20),
    ("苏", 40),
    ("周", 140),
    ("吴", 130),
    ("黄", 120),
    ("庞", 10),
    ("牟", 10),
    ("逄", 5),
    ("臧", 10),
    ("隋", 10),
    ("栾", 10),
    ("矫", 5),
    ("初", 5),
];

const MALE_OLD: &[&str] = &[
    "德明", "守义", "福田", "玉山", "长海", "振华", "连生", "广才", "永福", "世昌", "兆祥", "元亮", "洪恩",
    "维新", "继武", "殿臣", "宝山", "金堂", "万春", "月亭", "学文", "培德", "云亭", "树林", "凤鸣", "占魁",
    "景春", "茂林",
];
const MALE_MIDDLE: &[&str] = &[
    "建国", "国庆", "援朝", "卫东", "建军", "跃进", "志刚", "爱民", "永红", "新民", "志远", "建平", "保国",
    "立新", "向东", "学军", "文革", "红卫", "胜利", "国华", "海波", "春生", "繁荣", "光明", "振兴", "世平",
    "玉成", "永福", "克勤", "树森", "长江", "庆林", "维民", "宗海", "兴旺", "佩军", "立国", "明山",
];
const MALE_YOUNG: &[&str] = &[
    "伟", "强", "磊", "军", "勇", "涛", "鹏", "超", "志强", "海涛", "晓东", "文斌", "建波", "永刚", "少华",
    "静波", "立群", "子健", "晓峰", "宏伟", "洪涛", "凯", "峰", "斌", "辉", "亮", "振宇", "学锋", "海滨",
    "志勇", "晨光", "中华", "新宇", "家栋", "玉龙", "东升", "传军", "希望", "一鸣", "金鹏",
];
const FEMALE_OLD: &[&str] = &[
    "桂英", "秀兰", "玉珍", "淑贞", "凤英", "兰芝", "桂兰", "素芳", "玉兰", "秀英", "淑琴", "月英", "爱莲",
    "瑞芝", "素琴", "文英", "金凤", "翠花", "秀珍", "桂芝",
];
const FEMALE_MIDDLE: &[&str] = &[
    "秀兰", "丽华", "玉兰", "红梅", "桂芳", "淑琴", "建华", "爱华", "秀珍", "月英", "春梅", "玉梅", "国英",
    "志英", "红霞", "卫红", "素云", "凤琴", "美华", "慧敏", "丽萍", "文华", "爱萍", "玉华", "翠萍", "明珠",
    "新华", "晓云",
];
const FEMALE_YOUNG: &[&str] = &[
    "静", "丽", "敏", "艳", "娜", "燕", "晓雯", "海燕", "雪梅", "丽娜", "晓燕", "红霞", "婷婷", "春燕",
    "玉洁", "文静", "晓红", "佳慧", "莉", "倩", "颖", "璐", "月英", "青", "洁", "蕾", "慧", "雅楠", "晓琳",
    "海霞", "欣", "文娟", "秋菊", "丽君", "亚男",
];

/// A full name fitting sex and year of birth.
pub(crate) fn person(random: &mut Random, sex: Sex, born: i16) -> String {
    let weights: Vec<u64> = FAMILY.iter().map(|&(_, weight)| weight).collect();
    let family = FAMILY[random.weighted(&weights)].0;
    let (old, middle, young) = match sex {
        Sex::Female => (FEMALE_OLD, FEMALE_MIDDLE, FEMALE_YOUNG),
        Sex::Male | Sex::Unknown | Sex::NotStated => (MALE_OLD, MALE_MIDDLE, MALE_YOUNG),
    };
    let given = match born {
        ..=1944 => old,
        1945..=1966 => middle,
        1967.. => young,
    };
    format!("{family}{}", random.pick(given))
}

/// Syllables of place names, with the spelling used on English pages.
const PLACE_FIRST: &[(&str, &str)] = &[
    ("柳", "Liu"),
    ("石", "Shi"),
    ("云", "Yun"),
    ("谷", "Gu"),
    ("平", "Ping"),
    ("河", "He"),
    ("青", "Qing"),
    ("远", "Yuan"),
    ("清", "Qing"),
    ("高", "Gao"),
    ("南", "Nan"),
    ("北", "Bei"),
    ("东", "Dong"),
    ("西", "Xi"),
    ("双", "Shuang"),
    ("龙", "Long"),
    ("凤", "Feng"),
    ("白", "Bai"),
    ("黄", "Huang"),
    ("杨", "Yang"),
    ("槐", "Huai"),
    ("桃", "Tao"),
    ("杏", "Xing"),
    ("松", "Song"),
    ("望", "Wang"),
    ("丰", "Feng"),
    ("安", "An"),
    ("永", "Yong"),
    ("金", "Jin"),
    ("沙", "Sha"),
    ("大", "Da"),
    ("小", "Xiao"),
    ("前", "Qian"),
    ("后", "Hou"),
    ("上", "Shang"),
    ("下", "Xia"),
    ("张家", "Zhangjia"),
    ("李家", "Lijia"),
    ("王家", "Wangjia"),
    ("赵家", "Zhaojia"),
    ("孙家", "Sunjia"),
    ("马家", "Majia"),
    ("徐家", "Xujia"),
    ("于家", "Yujia"),
    ("郭家", "Guojia"),
];
const PLACE_SECOND: &[(&str, &str)] = &[
    ("岭", "ling"),
    ("塘", "tang"),
    ("埠", "bu"),
    ("渡", "du"),
    ("沟", "gou"),
    ("洼", "wa"),
    ("店", "dian"),
    ("桥", "qiao"),
    ("泉", "quan"),
    ("庄", "zhuang"),
    ("屯", "tun"),
    ("台", "tai"),
    ("湾", "wan"),
    ("坡", "po"),
    ("林", "lin"),
    ("崖", "ya"),
    ("井", "jing"),
    ("堡", "bao"),
    ("集", "ji"),
    ("峪", "yu"),
    ("疃", "tuan"),
    ("官庄", "guanzhuang"),
];

/// The `n`-th place name; each of the first few thousand is different, later ones carry a side.
pub(crate) fn place(n: usize) -> Text {
    let firsts = PLACE_FIRST.len();
    let pairs = firsts * PLACE_SECOND.len();
    // A stride that shares no factor with the number of pairs walks through all of them.
    let pair = (n % pairs) * 607 % pairs;
    let (first, second) = (PLACE_FIRST[pair % firsts], PLACE_SECOND[pair / firsts]);
    let sides = [("", ""), ("东", "East "), ("西", "West "), ("南", "South "), ("北", "North ")];
    let round = n / pairs;
    let (zh_side, en_side) = sides[round % sides.len()];
    let (zh_turn, en_turn) = match round / sides.len() {
        0 => (String::new(), String::new()),
        turn => (format!("{}号", turn + 1), format!(" {}", turn + 1)),
    };
    Text::new(
        format!("{zh_side}{}{}{zh_turn}", first.0, second.0),
        format!("{en_side}{}{}{en_turn}", first.1, second.1),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn places_differ() {
        let names: BTreeSet<_> = (0..30_000).map(|n| place(n).zh).collect();
        assert_eq!(names.len(), 30_000);
    }

    #[test]
    fn names_fit_the_generation() {
        let mut random = Random::stream(1, "names");
        let name = person(&mut random, Sex::Female, 1925);
        assert!(FEMALE_OLD.iter().any(|given| name.ends_with(given)), "{name}");
    }
}
