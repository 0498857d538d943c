//! Registers and forms: ruled sheets with what the record knows, and places to write and sign for what is
//! written by hand.

use domain::case::Step;
use domain::evidence::Evidence;
use domain::record::{Minutes, Record, Voucher};

use super::{Source, form, words};
use crate::paper::{Block, Cell, Closing, Paper};

/// The first talk (派人谈话).
pub(super) fn talk(source: &Source<'_>) -> Option<Paper> {
    let record = source.case.done(Step::InitialTalk)?;
    let Record::Talk(talk) = &record.record else { return None };
    let mut rows = source.particulars();
    rows.push(vec![
        Cell::label(source.say("递交申请日期", "Applied on")),
        Cell::value(source.day_of(Step::Application).unwrap_or_default()),
        Cell::label(source.say("谈话日期", "Talk on")),
        Cell::value(source.day(record.on)),
    ]);
    rows.push(vec![
        Cell::label(source.say("谈话人", "Who talked")),
        Cell::value(talk.talker.name.clone()),
        Cell::label(source.say("职务", "Post")),
        Cell::value(source.told(&domain::offices::post_kind(talk.talker.post))),
    ]);
    let topics = source.listed(talk.topics.iter().map(|topic| source.told(&words::topic(*topic))));
    rows.push(source.wide("谈话涉及", "Covered", topics));
    rows.push(vec![
        Cell::label(source.say("谈话记录", "What was said")),
        Cell::value("").over(3).to_sign(
            10,
            Closing::signed(source.say("谈话人签名：　　　　　", "Signed (talker): ________"), None),
        ),
    ]);
    rows.push(vec![
        Cell::label(source.say("申请人确认", "Applicant")),
        Cell::value("")
            .over(3)
            .to_sign(1, Closing::signed(source.say("本人签名：　　　　　", "Signed: ________"), None)),
    ]);
    let title = source.say("同入党申请人谈话记录", "Record of the first talk with an applicant");
    Some(source.paper(title, Some(record.on), vec![form(rows)]))
}

/// The register of an activist (培养教育考察登记表).
pub(super) fn activist(source: &Source<'_>) -> Paper {
    let case = source.case;
    let mut rows = source.particulars();
    rows.push(vec![
        Cell::label(source.say("申请入党日期", "Applied on")),
        Cell::value(source.day_of(Step::Application).unwrap_or_default()),
        Cell::label(source.say("列为积极分子日期", "Activist since")),
        Cell::value(case.activist_on().map(|day| source.day(day)).unwrap_or_default()),
    ]);
    if let Some(Record::ActivistListing(listing)) = case.last(Step::ActivistListing).map(|it| &it.record) {
        let by = listing.recommendations.iter().map(|recommendation| {
            format!(
                "{}（{}）",
                source.told(&words::recommender(recommendation.by)),
                source.day(recommendation.on)
            )
        });
        rows.push(source.wide("推荐情况", "Recommended by", source.listed(by)));
        rows.push(source.wide("支部研究情况", "Decision of the branch", minutes(source, &listing.minutes)));
    }
    if let Some(record) = case.last(Step::ActivistFiling)
        && let Record::ActivistFiling(filing) = &record.record
    {
        let reply = format!("{}　{}　{}", source.unit(filing.committee), source.day(record.on), filing.reply);
        rows.push(source.wide("上级党委备案", "Filed with", reply));
    }
    let mentors = case.mentors().iter().map(|mentor| voucher(source, &mentor.voucher));
    rows.push(source.wide("培养联系人", "Mentors", source.listed(mentors)));
    let reports = case.thought_reports().iter().map(|day| source.day(*day));
    rows.push(source.wide("思想汇报", "Thought reports", source.listed(reports)));
    let reviews = case
        .records(Step::HalfYearReview)
        .map(|record| format!("{}：{}", source.day(record.on), review_result(source, &record.record)));
    rows.push(source.wide("半年考察", "Half-yearly reviews", source.listed(reviews)));
    let mentors_sign = source.say("培养联系人签名：　　　　　", "Signed (mentors): ________");
    rows.push(vec![
        Cell::label(source.say("培养联系人意见", "Opinion of the mentors")),
        Cell::value("").over(3).to_sign(4, Closing::signed(mentors_sign, None)),
    ]);
    rows.push(vec![
        Cell::label(source.say("党支部意见", "Opinion of the branch")),
        Cell::value("").over(3).to_sign(4, Closing::sealed(source.branch(), None)),
    ]);
    let title =
        source.say("入党积极分子培养教育考察登记表", "Register of training and review of an activist");
    source.paper(title, case.activist_on(), vec![form(rows)])
}

/// The reviews, half-yearly and during probation (考察情况登记).
pub(super) fn reviews(source: &Source<'_>) -> Paper {
    let mut blocks = vec![form(source.particulars())];
    let mut last = None;
    for step in [Step::HalfYearReview, Step::ProbationReview] {
        for record in source.case.records(step) {
            last = Some(record.on);
            let mut rows = vec![vec![
                Cell::label(source.say("考察日期", "Reviewed on")),
                Cell::value(source.day(record.on)),
                Cell::label(source.say("阶段", "Stage")),
                Cell::value(source.step(step)),
            ]];
            rows.push(source.wide(
                "考察结果",
                "What the branch advises",
                review_result(source, &record.record),
            ));
            if step == Step::HalfYearReview {
                let sign = source.say("培养联系人签名：　　　　　", "Signed (mentors): ________");
                rows.push(vec![
                    Cell::label(source.say("培养联系人意见", "Opinion of the mentors")),
                    Cell::value("").over(3).to_sign(3, Closing::signed(sign, None)),
                ]);
            }
            rows.push(vec![
                Cell::label(source.say("党支部意见", "Opinion of the branch")),
                Cell::value("").over(3).to_sign(3, Closing::sealed(source.branch(), None)),
            ]);
            blocks.push(form(rows));
        }
    }
    let title = source.say("考察情况登记表", "Register of reviews");
    source.paper(title, last, blocks)
}

/// The form by which a target is filed with the committee above (备案表).
pub(super) fn filing(source: &Source<'_>) -> Option<Paper> {
    let case = source.case;
    let record = case.done(Step::TargetListing)?;
    let Record::TargetListing(listing) = &record.record else { return None };
    let mut rows = source.particulars();
    rows.push(vec![
        Cell::label(source.say("申请入党日期", "Applied on")),
        Cell::value(source.day_of(Step::Application).unwrap_or_default()),
        Cell::label(source.say("列为积极分子日期", "Activist since")),
        Cell::value(case.activist_on().map(|day| source.day(day)).unwrap_or_default()),
    ]);
    let mentors = case.mentors().iter().map(|mentor| voucher(source, &mentor.voucher));
    rows.push(source.wide("培养联系人", "Mentors", source.listed(mentors)));
    let heard = listing.opinions.iter().map(|opinion| source.told(&words::opinion(*opinion)));
    rows.push(source.wide("听取意见", "Opinions heard", source.listed(heard)));
    rows.push(source.wide("政治素质", "Political quality", listing.assessment.political_quality.clone()));
    rows.push(source.wide("现实表现、能力", "Ability and conduct", listing.assessment.ability.clone()));
    let decided = format!("{}　{}", source.day(record.on), minutes(source, &listing.minutes));
    rows.push(vec![
        Cell::label(source.say("党支部意见", "The branch")),
        Cell::value(decided)
            .over(3)
            .to_sign(2, Closing::sealed(source.branch(), Some(source.day(record.on)))),
    ]);
    let answer = case.last(Step::TargetFiling);
    let (said, closing) = match answer.map(|answer| (answer, &answer.record)) {
        Some((answer, Record::TargetFiling(filing))) => {
            let said = match filing.is_agreed {
                true => source.say("同意备案。", "Filed and agreed."),
                false => source.say("不同意。", "Not agreed."),
            };
            let said = format!("{said}　{}", filing.reply);
            (said, Closing::sealed(source.unit(filing.committee), Some(source.day(answer.on))))
        }
        Some(_) | None => {
            (String::new(), Closing::sealed(source.say("上级党委", "The committee above"), None))
        }
    };
    rows.push(vec![
        Cell::label(source.say("上级党委意见", "The committee above")),
        Cell::value(said).over(3).to_sign(3, closing),
    ]);
    let title = source.say("发展对象备案表", "Form for filing a development target");
    Some(source.paper(title, Some(record.on), vec![form(rows)]))
}

/// Everything that counts in the file, in the order of writing (发展过程登记).
pub(super) fn progress(source: &Source<'_>) -> Paper {
    let heads = [
        source.say("事项", "What"),
        source.say("办理日期", "Happened on"),
        source.say("登记日期", "Written down on"),
    ];
    let rows = source
        .entries()
        .into_iter()
        .map(|(what, on, recorded_on)| vec![what, source.day(on), source.day(recorded_on)]);
    let table = Block::Table { widths: vec![6, 3, 3], heads: heads.to_vec(), rows: rows.collect() };
    let title = source.say("发展过程登记表", "Register of progress");
    source.paper(title, source.case.opened_on(), vec![form(source.particulars()), table])
}

/// The papers that the file names, with where each one is (材料目录).
pub(super) fn materials(source: &Source<'_>) -> Paper {
    let heads = [source.say("序号", "No."), source.say("材料", "Paper"), source.say("存放", "Where it is")];
    let rows =
        source.case.papers().enumerate().map(|(n, filed)| {
            vec![(n + 1).to_string(), filed.paper.title.clone(), kept(source, filed.paper)]
        });
    let table = Block::Table { widths: vec![1, 5, 6], heads: heads.to_vec(), rows: rows.collect() };
    let note = Block::Note {
        text: source.say(
            "扫描件以摘要（SHA-256 前 16 位）注明，内容存于系统。",
            "Scans are named by the first 16 digits of their SHA-256; their content is kept in the system.",
        ),
    };
    source.paper(source.say("原始材料目录", "List of the original papers"), None, vec![table, note])
}

fn kept(source: &Source<'_>, paper: &Evidence) -> String {
    let shelf = paper.shelf.as_ref().map(|shelf| format!("{}{shelf}", source.say("原件：", "original: ")));
    let scan = paper
        .sha256
        .as_ref()
        .map(|digest| format!("{}{}", source.say("扫描件：", "scan: "), digest.get(..16).unwrap_or(digest)));
    source.listed(shelf.into_iter().chain(scan))
}

fn review_result(source: &Source<'_>, record: &Record) -> String {
    if let Record::Review(review) = record {
        source.told(&words::review(review.result))
    } else if let Record::ProbationReview(review) = record {
        source.told(&words::review(review.result))
    } else {
        String::new()
    }
}

fn voucher(source: &Source<'_>, voucher: &Voucher) -> String {
    match voucher.full_since {
        Some(day) => {
            let since = source.say("正式党员", "full member since ");
            let day = source.day(day);
            match source.language {
                domain::text::Language::Zh => format!("{}（{day}起{since}）", voucher.name),
                domain::text::Language::En => format!("{} ({since}{day})", voucher.name),
            }
        }
        None => voucher.name.clone(),
    }
}

/// A decision of a meeting in one sentence.
pub(super) fn minutes(source: &Source<'_>, minutes: &Minutes) -> String {
    let body = source.told(&words::body(minutes.body));
    let outcome = match minutes.is_agreed {
        true => source.say("同意", "agreed"),
        false => source.say("不同意", "not agreed"),
    };
    let (n, present, in_favour) = (minutes.n_members, minutes.n_present, minutes.n_for);
    source.say(
        &format!("{body}应到{n}人，实到{present}人，赞成{in_favour}人，{outcome}。"),
        &format!("Of {n} members of {body}, {present} were present and {in_favour} in favour: {outcome}."),
    )
}
