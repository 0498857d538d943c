//! One person from the application to the archive, in a real browser: all 25 steps under the rules of
//! 2014, each by whoever takes it, on days that the rules allow.

use std::collections::BTreeMap;
use std::process::Command;

use thirtyfour::prelude::*;

use crate::chrome::{Demonstration, appears, browser, fill, sign_in, text};

/// Something recorded on a form: who, on which day, the kind of event, and what is filled in. A field is
/// typed as `name=value`, the n-th choice of a list is `name#n`, a radio or tick is `name!`.
struct Entry(&'static str, &'static str, &'static str, &'static str);

const MINUTES: &str = "minutes-n_members=5 minutes-n_present=5 minutes-n_for=5 minutes-is_agreed-true!";
const OPINIONS: &str = "opinions-group! opinions-mentors! opinions-members! opinions-masses!";

/// Steps 1 to 14, and the notice that the city's plan wants before the meeting.
const BEFORE_THE_MEETING: [Entry; 17] = [
    Entry("shuji", "2015.01.08", "case.application_received", "channel-unit! is_signed-true!"),
    Entry(
        "shuji",
        "2015.01.20",
        "case.applicant_talked",
        "talker-person#2 talker-post-secretary! topics-history! topics-understanding! topics-motive! \
         topics-law_abidance! topics-family! topics-basics_explained!",
    ),
    Entry(
        "shuji",
        "2015.03.10",
        "case.activist_listed",
        "recommendations-0-by#3 recommendations-0-on=2015.02.27 BODY MINUTES",
    ),
    Entry("dangwei", "2015.03.16", "case.activist_filed", "committee#2 reply=备〔2015〕3号"),
    Entry(
        "shuji",
        "2015.03.17",
        "case.mentors_named",
        "mentors-0-person#2 mentors-0-is_relative-false! mentors-1-person#3 mentors-1-is_relative-false!",
    ),
    Entry("zuwei", "2015.09.10", "case.activist_reviewed", "result-continue! is_noted_by_mentors-true!"),
    Entry("zuwei", "2016.03.10", "case.activist_reviewed", "result-continue! is_noted_by_mentors-true!"),
    Entry(
        "shuji",
        "2016.03.11",
        "case.target_listed",
        "OPINIONS assessment-political_quality=见考察登记表第三页 assessment-ability=见考察登记表第四页 BODY MINUTES",
    ),
    Entry("dangwei", "2016.03.18", "case.target_filed", "committee#2 reply=备〔2016〕7号 is_agreed-true!"),
    Entry(
        "shuji",
        "2016.03.21",
        "case.sponsors_named",
        "sponsors-0-person#2 sponsors-0-is_relative-false! sponsors-1-person#3 sponsors-1-is_relative-false! \
         source-mentors!",
    ),
    Entry(
        "xianqu",
        "2016.04.16",
        "case.course_attended",
        "from=2016.04.11 to=2016.04.16 days=6 hours=42 cohort=第一期 paper=A exam_on=2016.04.16 is_passed-true! \
         certificate=0412 certificate_on=2016.04.16",
    ),
    Entry(
        "shuji",
        "2016.04.20",
        "case.political_review_concluded",
        "methods-talk! methods-archives! methods-inquiry_letter! is_passed-true!",
    ),
    Entry("shuji", "2016.04.25", "case.committee_examined", "OPINIONS BODY MINUTES"),
    Entry(
        "dangwei",
        "2016.05.05",
        "case.pre_examined",
        "committee#2 is_passed-true! form=1200417 is_leaving-false!",
    ),
    Entry(
        "shuji",
        "2016.05.09",
        "case.form_filled",
        "form=1200417 is_signed-true! is_signed_by_sponsors-true!",
    ),
    Entry("shuji", "2016.05.09", "case.notice_opened", "last_on=2016.05.16 place=支部公告栏"),
    Entry("shuji", "2016.05.16", "case.notice_closed", "to=2016.05.16 n_objections=0 outcome-proceed!"),
];

/// Steps 16 to 22, and the notice before the confirmation.
const AFTER_THE_MEETING: [Entry; 12] = [
    Entry(
        "xianqu",
        "2016.06.01",
        "case.approval_talk_held",
        "capacity-organiser! talker-name=许丽华 is_recommended-true!",
    ),
    Entry(
        "dangwei",
        "2016.07.01",
        "case.approval_decided",
        "committee#2 MINUTES is_individual-true! is_approved-true!",
    ),
    Entry("shuji", "2016.07.04", "case.assigned", "branch#2"),
    Entry("zuzhibu", "2016.07.06", "case.approval_filed", "department#LAST reply=备〔2016〕9号"),
    Entry("dangwei", "2016.07.20", "case.oath_taken", "held_by#2 led_by-name=宋志强 led_by-post#2"),
    Entry("shuji", "2016.08.16", "case.probation_reviewed", "result-continue!"),
    Entry("shuji", "2016.11.15", "case.probation_reviewed", "result-continue!"),
    Entry("shuji", "2017.02.15", "case.probation_reviewed", "result-continue!"),
    Entry("shuji", "2017.05.10", "case.probation_reviewed", "result-continue!"),
    Entry("shuji", "2017.05.10", "case.confirmation_applied", "is_signed-true!"),
    Entry("shuji", "2017.05.10", "case.notice_opened", "last_on=2017.05.17 place=支部公告栏"),
    Entry("shuji", "2017.05.17", "case.notice_closed", "to=2017.05.17 n_objections=0 outcome-proceed!"),
];

/// Steps 24 and 25.
const TO_THE_ARCHIVE: [Entry; 2] = [
    Entry(
        "dangwei",
        "2017.06.08",
        "case.confirmation_decided",
        "committee#2 MINUTES is_individual-true! is_approved-true!",
    ),
    Entry(
        "shuji",
        "2017.06.12",
        "case.archived",
        "items-admission_form! items-application! items-political_review! items-confirmation_application! \
         items-training_material! keeping-personnel_file! number=2017-017",
    ),
];

/// Someone at a desk: a browser, and the sessions of those who sit down in turn.
struct Office {
    browser: WebDriver,
    site: Demonstration,
    sessions: BTreeMap<String, Cookie>,
    at: String,
    file: String,
}

impl Office {
    /// Another person sits down; who was there before is still signed in when coming back.
    async fn sits(&mut self, login: &str) {
        if self.at == login {
            return;
        }
        if let Some(cookie) = self.sessions.get(login) {
            self.browser.delete_cookie("miaopu").await.unwrap();
            self.browser.add_cookie(cookie.clone()).await.unwrap();
        } else {
            let _ = self.browser.delete_cookie("miaopu").await;
            sign_in(&self.browser, &self.site, login).await;
            let cookie = self.browser.get_named_cookie("miaopu").await.unwrap();
            self.sessions.insert(login.to_owned(), cookie);
        }
        login.clone_into(&mut self.at);
    }

    async fn goes_to(&self, path: &str) {
        self.browser.goto(format!("{}{path}", self.site.address)).await.unwrap();
    }

    /// What the line above every page says of the day; nothing while a page gives way to the next.
    async fn today(&self) -> String {
        let line = self.browser.query(By::Css(".demo p")).first().await.unwrap();
        line.text().await.unwrap_or_default()
    }

    /// Moves the day on, as anybody can who tries the demonstration.
    async fn waits_until(&self, day: &str) {
        if self.today().await.contains(day) {
            return;
        }
        fill(&self.browser, "demo-to", day).await;
        self.presses("form.onward button").await;
        for _ in 0..200 {
            if self.today().await.contains(day) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("{day}: {}", self.today().await);
    }

    async fn presses(&self, place: &str) {
        let button = self.browser.find(By::Css(place)).await.unwrap();
        button.scroll_into_view().await.unwrap();
        button.click().await.unwrap();
    }

    /// Fills in one field; see [`Entry`].
    async fn fills(&self, field: &str) {
        if let Some((name, value)) = field.split_once('=') {
            return fill(&self.browser, &format!("a-{name}"), value).await;
        }
        let place = match field.split_once('#') {
            Some((name, "LAST")) => format!("#a-{name} option:last-child"),
            Some((name, n)) => format!("#a-{name} option:nth-child({n})"),
            None => format!("#a-{}", field.trim_end_matches('!')),
        };
        let element = self.browser.find(By::Css(&place)).await;
        let element = element.unwrap_or_else(|error| panic!("{field}: {error}"));
        element.click().await.unwrap_or_else(|error| panic!("{field}: {error}"));
    }

    async fn fills_all(&self, fields: &str) {
        for field in fields.split_whitespace() {
            let known = match field {
                "OPINIONS" => OPINIONS,
                "MINUTES" => MINUTES,
                "BODY" => "minutes-body-branch_committee!",
                field => field,
            };
            for field in known.split(' ') {
                self.fills(field).await;
            }
        }
    }

    /// Records something on its form, today, with the paper on the shelf.
    async fn records(&mut self, Entry(login, day, kind, fields): &Entry) {
        // Whoever recorded the last thing is still looking at the file.
        if self.at != *login {
            self.sits(login).await;
            self.goes_to(&self.file).await;
        }
        self.waits_until(day).await;
        // The way to the form is on the page: nobody has to know an address.
        let way = format!("a[href^='{}/acts/{kind}']", self.file);
        let ways = self.browser.find_all(By::Css(&way)).await.unwrap();
        assert!(!ways.is_empty(), "{login} finds no way to {kind} on {day}: {}", text(&self.browser).await);
        self.goes_to(&ways[0].attr("href").await.unwrap().unwrap()).await;
        self.fills_all(fields).await;
        self.sends(kind).await;
        appears(&self.browser, ".said, .errors").await;
        let answer = text(&self.browser).await;
        assert!(answer.contains("已登记："), "{kind} on {day}: {answer}");
    }

    /// Says where the paper lies and sends the form.
    async fn sends(&self, kind: &str) {
        fill(&self.browser, "a-shelf", "支部档案柜 二层").await;
        self.presses(&format!("form[action$='{kind}'] .btns .btn")).await;
    }

    /// Enters a person by hand and opens the file.
    async fn takes_an_application(&mut self) {
        self.sits("shuji").await;
        self.waits_until("2015.01.08").await;
        self.goes_to("/units").await;
        let unit = self.browser.current_url().await.unwrap().path().to_owned();
        self.goes_to(&format!("{unit}/people/new")).await;
        for field in [
            "name=林小满",
            "sex-female!",
            "born_on=1990.02.11",
            "education#5",
            "occupation#3",
            "is_front_line-true!",
        ] {
            self.fills(field).await;
        }
        self.presses("form[action$='/people/new'] .btn").await;
        appears(&self.browser, "form[action$='/file'] button").await;
        self.presses("form[action$='/file'] button").await;
        appears(&self.browser, ".beds").await;
        self.file = self.browser.current_url().await.unwrap().path().to_owned();
    }

    /// The number of members with a vote, as the form says it.
    async fn members_due(&self) -> u32 {
        let notes = self.browser.find(By::Css("fieldset .note")).await.unwrap().text().await.unwrap();
        let digits: String =
            notes.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    }

    async fn votes(&self, n_due: u32, n_present: u32, n_for: u32) {
        for (field, n) in
            [("due", n_due), ("present", n_present), ("for", n_for), ("against", 0), ("abstain", 0)]
        {
            fill(&self.browser, &format!("a-ballot-{field}"), &n.to_string()).await;
        }
    }

    async fn counts_and_signs(&self) {
        for field in [
            "ballot-is_secret-true!",
            "ballot-is_individual-true!",
            "ballot-tellers-0-person#2",
            "ballot-tellers-1-person#3",
            "ballot-signed_by-person#4",
            "ballot-signed_by-post-secretary!",
        ] {
            self.fills(field).await;
        }
    }

    /// A meeting to which too few came, refused with every reason beside its field; then a lawful one.
    async fn holds_the_meeting(&mut self, day: &str, kind: &str, is_refused_first: bool) {
        self.sits("shuji").await;
        self.goes_to(&self.file).await;
        self.waits_until(day).await;
        self.goes_to(&format!("{}/acts/{kind}", self.file)).await;
        let n_due = self.members_due().await;
        let seats = self.browser.find(By::Css(".seats svg")).await.unwrap();
        assert!(seats.attr("aria-labelledby").await.unwrap().is_some());
        if kind == "case.confirmation_voted" {
            self.fills("motion-confirm!").await;
            self.fills_all(OPINIONS).await;
        }
        self.counts_and_signs().await;
        if is_refused_first {
            // Half of those due are not more than half; and hands were shown where ballots are due.
            self.votes(n_due, n_due / 2, n_due / 2).await;
            self.fills("ballot-is_secret-false!").await;
            self.sends(kind).await;
            appears(&self.browser, ".errors li").await;
            self.finds_every_reason_beside_its_field().await;
            let refused = text(&self.browser).await;
            assert!(refused.contains("V11.no_quorum") && refused.contains("V11.not_secret"), "{refused}");
            let typed = self.browser.find(By::Id("a-ballot-present")).await.unwrap();
            assert_eq!(typed.prop("value").await.unwrap(), Some((n_due / 2).to_string()));
            self.fills("ballot-is_secret-true!").await;
        }
        self.votes(n_due, n_due, n_due).await;
        self.sends(kind).await;
        appears(&self.browser, ".said, .errors").await;
        let answer = text(&self.browser).await;
        assert!(answer.contains("已登记："), "{kind}: {answer}");
    }

    /// Each reason of the summary stands once more at the field that its link leads to.
    async fn finds_every_reason_beside_its_field(&self) {
        let mut n = 0;
        for link in self.browser.find_all(By::Css(".errors li a")).await.unwrap() {
            let anchor = link.attr("href").await.unwrap().unwrap();
            let reason = link.text().await.unwrap();
            let beside = self.browser.find(By::Css(format!("{anchor}-found"))).await;
            let beside = beside.unwrap_or_else(|_| panic!("nothing is said at {anchor}: {reason}"));
            assert!(beside.text().await.unwrap().contains(&reason), "{anchor}: {reason}");
            n += 1;
        }
        assert!(n >= 2, "an open vote without a quorum has two faults");
    }

    /// Attaches a scan to the first entry that has none.
    async fn attaches_a_scan(&mut self) {
        self.sits("shuji").await;
        self.goes_to(&self.file).await;
        let way = self.browser.find(By::Css(".held a[href$='/papers']")).await.unwrap();
        self.goes_to(&way.attr("href").await.unwrap().unwrap()).await;
        let wrong = self.site.folder().with_file_name("wrong.pdf");
        std::fs::write(&wrong, "<html>no scan at all</html>").unwrap();
        let field = self.browser.find(By::Id("a-scan")).await.unwrap();
        field.send_keys(wrong.to_str().unwrap()).await.unwrap();
        self.presses("form[action$='/papers'] .btn").await;
        appears(&self.browser, ".errors li").await;
        assert!(text(&self.browser).await.contains("S01.kind"));
        let scan = self.site.folder().with_file_name("scan.pdf");
        std::fs::write(&scan, "%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n").unwrap();
        let field = self.browser.find(By::Id("a-scan")).await.unwrap();
        field.send_keys(scan.to_str().unwrap()).await.unwrap();
        self.presses("form[action$='/papers'] .btn").await;
        appears(&self.browser, ".said").await;
        // The papers of earlier stages are folded; what is folded has no text to a browser's driver.
        let link = self.browser.find(By::Css(".held a[href*='/papers/']")).await.unwrap();
        assert!(link.prop("textContent").await.unwrap().is_some_and(|said| said.contains("扫描件")));
    }

    /// The record, as a stranger sees it, and as the program verifies it.
    async fn verifies(&self) {
        self.browser.delete_cookie("miaopu").await.unwrap();
        self.goes_to("/record").await;
        let said = text(&self.browser).await;
        assert!(said.contains("签名有效") || said.contains("账本"), "{said}");
        let verified = Command::new(env!("CARGO_BIN_EXE_miaopu"))
            .args(["ledger", "verify", "--dir"])
            .arg(self.site.folder())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&verified.stdout).into_owned();
        assert_eq!(verified.status.code(), Some(0), "{said}");
        assert!(said.contains("扫描件：1 份"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_candidate_goes_through_all_25_steps_and_the_record_verifies() {
    let site = Demonstration::start();
    let (_driver, browser) = browser().await;
    let mut office =
        Office { browser, site, sessions: BTreeMap::new(), at: String::new(), file: String::new() };
    office.takes_an_application().await;
    for entry in &BEFORE_THE_MEETING {
        office.records(entry).await;
    }
    office.attaches_a_scan().await;
    office.holds_the_meeting("2016.05.17", "case.admission_voted", true).await;
    for entry in &AFTER_THE_MEETING {
        office.records(entry).await;
    }
    office.holds_the_meeting("2017.05.18", "case.confirmation_voted", false).await;
    for entry in &TO_THE_ARCHIVE {
        office.records(entry).await;
    }
    let ended = text(&office.browser).await;
    assert!(ended.contains("材料已归档，程序办结") && ended.contains("正式党员"), "{ended}");
    assert!(ended.contains("没有发现问题"), "{ended}");
    let plots = office.browser.find_all(By::Css(".beds i.d")).await.unwrap();
    assert_eq!(plots.len(), 25, "every step is done");
    office.verifies().await;
    office.browser.quit().await.unwrap();
}
