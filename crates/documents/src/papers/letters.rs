//! Papers that go to somebody: receipts, letters with the part that comes back, and notices.

use domain::case::{Case, NoticeRun, Step};
use domain::dates::age_on;
use jiff::civil::Date;

use super::{Source, form, words};
use crate::paper::{Block, Cell, Closing, Paper};

/// That an application was received (签收回执), with the part that the branch keeps.
pub(super) fn receipt(source: &Source<'_>) -> Option<Paper> {
    let applied = source.case.done(Step::Application)?;
    let (name, day, branch) = (&source.person.name, source.day(applied.on), source.branch());
    let text = source.say(
        &format!("你于{day}递交的入党申请书，{branch}已经收到。党组织将按规定派人同你谈话，了解基本情况。请继续学习党章，做好本职工作。"),
        &format!(
            "{branch} has received the application for membership that you handed in on {day}. The organisation will \
             have someone talk with you as the rules provide. Please go on studying the constitution of the Party and \
             doing your own work well."
        ),
    );
    let stub = source.say(
        &format!("今收到{name}递交的入党申请书一份，落款日期{day}。"),
        &format!("Received from {name}: one application for membership, dated {day}."),
    );
    let blocks = vec![
        Block::Addressee { text: source.say(&format!("{name}同志"), name) },
        Block::paragraph(text),
        Block::Closing { closing: Closing::sealed(branch.clone(), Some(source.day(source.on))) },
        Block::Cut { text: source.say("存　根", "kept by the branch") },
        Block::paragraph(stub),
        Block::Closing {
            closing: Closing::signed(source.say("经手人：　　　　　", "Received by: ________"), None),
        },
    ];
    let title = source.say("入党申请书签收回执", "Receipt for an application");
    Some(source.paper(title, Some(applied.on), blocks))
}

/// Asks another organisation about a person and the person's close relatives (函调), with the answer to be
/// sent back.
pub(super) fn inquiry(source: &Source<'_>) -> Paper {
    let (name, sex, branch) = (&source.person.name, source.sex(), source.branch());
    let born = source.day(source.person.born_on);
    let text = source.say(
        &format!(
            "因发展党员工作需要，现请你们协助了解{name}同志（{sex}，{born}出生）及其直系亲属、主要社会关系的政治情况和现实表现，并将结果填入下面的回函，加盖公章后寄回。所填内容供政治审查使用，请据实填写。"
        ),
        &format!(
            "For the review that precedes an admission, please tell us what you know of {name} ({sex}, born {born}), of \
             close relatives and of main social relations: their political situation and conduct. Write it into the reply \
             below, seal it and send it back. What you write is used for the review; please write only what is so."
        ),
    );
    let asked = source.say("请了解的对象、关系和问题：", "About whom, how related, and what is asked:");
    let lines = |n: u8, closing: Closing| Block::Form {
        widths: vec![1],
        rows: vec![vec![Cell::value("").to_sign(n, closing)]],
    };
    let blank =
        source.say("＿＿＿＿＿＿＿＿＿＿＿＿党组织", "To the Party organisation of ____________________");
    let reply_from = source.say("复函单位", "The organisation that answers");
    Paper {
        issuer: Some(branch.clone()),
        ..source.paper(
            source.say("政治审查函调信", "Letter of inquiry"),
            None,
            vec![
                Block::Addressee { text: blank },
                Block::paragraph(text),
                Block::paragraph(asked),
                lines(2, Closing::sealed(branch, Some(source.day(source.on)))),
                Block::Cut { text: source.say("回　函", "reply") },
                Block::paragraph(source.say(&format!("关于{name}同志的情况："), &format!("About {name}:"))),
                lines(7, Closing::sealed(reply_from, None)),
            ],
        )
    }
}

/// The letter that goes with a file to another branch, in three parts: kept, sent, and sent back.
pub(super) fn transfer(source: &Source<'_>) -> Option<Paper> {
    let (to, sent_on) = source.case.on_the_way_to()?;
    let (name, branch, to, day) =
        (&source.person.name, source.branch(), source.unit(to), source.day(sent_on));
    let standing = source.told(&domain::offices::stage(source.case.stage()));
    let since = source.case.stage_on().map(|day| source.day(day)).unwrap_or_default();
    let letter = source.say(
        &format!("{name}同志系我支部{standing}（自{since}起），因工作、学习变动，于{day}转往你处。现将其培养教育材料转去，请接收并继续培养教育，培养时间连续计算。接收后请填写回执寄回。"),
        &format!(
            "{name}, {standing} of our branch since {since}, moves to you on {day}. The file goes along; please receive it and \
             go on with the training, whose time counts without a break. Please fill in the receipt and send it back."
        ),
    );
    let stub = source.say(
        &format!("{name}，{standing}，{day}由{branch}转往{to}。"),
        &format!("{name}, {standing}, sent from {branch} to {to} on {day}."),
    );
    let receipt = source.say(
        &format!("{name}同志的培养教育材料已于　　　　年　　月　　日收到，共　　份，同意接收。"),
        &format!("The file of {name}, ____ papers, was received on ____________; the person is taken over."),
    );
    let blocks = vec![
        Block::Heading { text: source.say("一、存根", "1. Kept") },
        Block::paragraph(stub),
        Block::Cut { text: source.say("骑缝章", "seal across the cut") },
        Block::Heading { text: source.say("二、转递函", "2. Letter") },
        Block::Addressee { text: to.clone() },
        Block::paragraph(letter),
        Block::Closing { closing: Closing::sealed(branch.clone(), Some(day)) },
        Block::Cut { text: source.say("骑缝章", "seal across the cut") },
        Block::Heading { text: source.say("三、回执", "3. Receipt") },
        Block::Addressee { text: branch },
        Block::paragraph(receipt),
        Block::Closing { closing: Closing::sealed(to, None) },
    ];
    let title = source.say("培养教育材料转递函", "Letter of transfer");
    Some(source.paper(title, Some(sent_on), blocks))
}

/// Notices that are being shown (公示), with the fields that the rules allow and no others.
pub(super) fn notices(source: &Source<'_>) -> Vec<Paper> {
    source.case.notices().iter().filter(|run| run.closed.is_none()).map(|run| notice(source, run)).collect()
}

fn notice(source: &Source<'_>, run: &NoticeRun) -> Paper {
    let (name, branch) = (&source.person.name, source.branch());
    let (from, to) = (source.day(run.from), source.day(run.last_on));
    let announced = source.told(&words::announced(run.stage));
    let text = source.say(
        &format!("根据发展党员工作有关规定，{name}同志{announced}，现予公示，听取党员和群众意见。"),
        &format!(
            "By the rules on admission, {name} {announced}. This is shown to hear members and everybody else."
        ),
    );
    let period = source.say(&format!("公示时间：{from}至{to}。"), &format!("Shown from {from} to {to}."));
    let objections = source.say(
        &format!("对公示对象有不同意见的，可在公示期内以书面或口头方式向{branch}或上级党组织反映。反映情况应实事求是，提倡署名，反映人受保护。联系电话：＿＿＿＿＿＿＿＿＿＿"),
        &format!(
            "Whoever knows a reason against it may tell {branch} or the organisation above, in writing or by word of mouth, \
             while this is shown. Please keep to facts; signing is welcome, and whoever speaks is protected. \
             Telephone: ____________________"
        ),
    );
    let blocks = vec![
        Block::paragraph(text),
        form(allowed(source, source.case)),
        Block::paragraph(period),
        Block::paragraph(objections),
        Block::Closing { closing: Closing::sealed(branch.clone(), Some(from)) },
    ];
    Paper {
        issuer: Some(branch),
        ..source.paper(source.say("公　示", "Public notice"), Some(run.from), blocks)
    }
}

/// Name, sex, age, education and the days of the way so far: what a notice may say of a person.
fn allowed(source: &Source<'_>, case: &Case) -> Vec<Vec<Cell>> {
    let person = source.person;
    let age = age_on(person.born_on, source.on);
    let day = |day: Option<Date>| day.map(|day| source.day(day)).unwrap_or_default();
    let pair = |zh: &str, en: &str, value: String| [Cell::label(source.say(zh, en)), Cell::value(value)];
    let mut rows = vec![
        [pair("姓名", "Name", person.name.clone()), pair("性别", "Sex", source.sex())].concat(),
        [
            pair("年龄", "Age", source.say(&format!("{age}岁"), &age.to_string())),
            pair("学历", "Education", source.told(&words::education(person.education))),
        ]
        .concat(),
        [
            pair("申请入党", "Applied on", source.day_of(Step::Application).unwrap_or_default()),
            pair("积极分子", "Activist since", day(case.activist_on())),
        ]
        .concat(),
    ];
    if let Some(admitted_on) = case.admitted_on() {
        rows.push(source.wide("接收为预备党员", "Admitted on", source.day(admitted_on)));
    }
    rows
}
