//! The tree of units, changed from pages and by programs: a form, a last look, the record.

use axum::http::{Method, StatusCode, header};
use domain::role::Role;
use serde_json::{Value, json};

use crate::api::{Caller, read};
use crate::city::{Answer, Browser, City};

/// The city of the demonstration.
const CITY: i64 = 10;

/// What an organiser can reach through the API, to find units and people to work with.
struct Tree {
    caller: Caller,
}

impl Tree {
    async fn of(city: &City) -> Tree {
        Tree { caller: Caller::of(city, Role::Organiser).await }
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.caller.call(Method::GET, &format!("/api/v1/{path}"), &Value::Null).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        read(&answer)
    }

    /// Every open unit of a kind.
    async fn units(&self, kind: &str) -> Vec<Value> {
        let mut found = Vec::new();
        let mut waiting = vec![CITY];
        while let Some(unit) = waiting.pop() {
            for below in self.get(&format!("units/{unit}/below")).await.as_array().unwrap() {
                waiting.push(below["id"].as_i64().unwrap());
                if below["kind"] == kind && below["is_open"] == true {
                    found.push(below.clone());
                }
            }
        }
        assert!(!found.is_empty(), "no {kind}");
        found
    }

    /// Everyone still on the roster of a unit.
    async fn people(&self, unit: i64) -> Vec<i64> {
        self.listed(unit, "").await
    }

    /// Its full members: they have no running files, which may be on their way.
    async fn full_members(&self, unit: i64) -> Vec<i64> {
        self.listed(unit, "&stage=full").await
    }

    /// Two branches under the same unit of which the first can be merged into the second, as the API
    /// weighs it: a file on its way between branches would refuse it.
    async fn siblings(&self) -> (Value, Value) {
        let branches = self.units("branch").await;
        for one in &branches {
            let is_sibling = |other: &&Value| other["parent"] == one["parent"] && other["id"] != one["id"];
            let Some(other) = branches.iter().find(is_sibling) else { continue };
            let body = json!({"kind": "unit.merged", "on": "2003-03-03", "version": one["version"],
                              "body": {"into": other["id"], "approval": "批复"}});
            let path = format!("/api/v1/units/{}/considerations", one["id"]);
            let answer = self.caller.call(Method::POST, &path, &body).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
            let weighed = read(&answer);
            if weighed["refusing"] == json!([]) {
                assert_eq!(weighed["n_people"], self.people(id(one)).await.len());
                assert_eq!(weighed["n_units"], 1);
                return (one.clone(), other.clone());
            }
            assert_eq!(weighed["refusing"][0]["rule"], "T01.files_on_way", "{weighed}");
        }
        panic!("every branch has a file on its way");
    }

    async fn listed(&self, unit: i64, wish: &str) -> Vec<i64> {
        let people = self.get(&format!("units/{unit}/people?limit=200{wish}")).await;
        people.as_array().unwrap().iter().map(|person| person["id"].as_i64().unwrap()).collect()
    }
}

fn id(unit: &Value) -> i64 {
    unit["id"].as_i64().unwrap()
}

fn encoded(answers: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(answers).finish()
}

/// A form of a change, as a browser holds it.
struct Form<'a> {
    browser: &'a Browser,
    path: String,
    hidden: [(&'static str, String); 3],
}

impl<'a> Form<'a> {
    async fn open(browser: &'a Browser, unit: i64, kind: &str) -> Form<'a> {
        let path = format!("/units/{unit}/changes/{kind}");
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        assert!(!answer.text.contains('⟦'), "{path}");
        Form { browser, path, hidden: Self::hidden(&answer) }
    }

    fn hidden(answer: &Answer) -> [(&'static str, String); 3] {
        ["csrf", "command", "version"].map(|name| (name, answer.hidden(name)))
    }

    async fn send(&self, step: &str, answers: &[(&str, &str)]) -> Answer {
        let mut all: Vec<(&str, &str)> =
            self.hidden.iter().map(|(name, value)| (*name, value.as_str())).collect();
        all.extend(answers);
        all.push(("step", step));
        let answer = self.browser.post(&self.path, &encoded(&all)).await;
        assert!(!answer.text.contains('⟦'), "{}", answer.text);
        answer
    }

    /// Looks, records, and follows to the unit's page.
    async fn carry_out(&self, answers: &[(&str, &str)]) -> (String, Answer) {
        let look = self.send("look", answers).await;
        assert_eq!(look.status, StatusCode::OK, "{}", look.text);
        let answer = self.send("record", answers).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        let to = answer.headers[header::LOCATION].to_str().unwrap().to_owned();
        (to.clone(), self.browser.get(&to).await)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_is_opened_after_a_last_look_and_once() {
    let city = City::found();
    let tree = Tree::of(&city).await;
    let committee = id(&tree.units("committee").await[0]);
    let organiser = city.enter(Role::Organiser, "en").await;
    let form = Form::open(&organiser, committee, "open").await;

    let blank = form.send("look", &[("on", "soon"), ("code", "V-1")]).await;
    assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["a-on", "a-unit_kind", "a-sector", "a-name_zh", "a-name_en", "a-approval"] {
        assert!(blank.text.contains(&format!("<a href=\"#{field}\">")), "{field}: {}", blank.text);
    }
    assert!(blank.text.contains("value=\"V-1\"") && blank.text.contains("value=\"soon\""));

    let taken = tree.get(&format!("units/{committee}")).await["unit"]["code"].as_str().unwrap().to_owned();
    let future = [
        ("on", "2099.01.01"),
        ("unit_kind", "branch"),
        ("sector", "village"),
        ("code", taken.as_str()),
        ("name_zh", ""),
        ("name_en", "New Branch"),
        ("approval", ""),
    ];
    let refused = form.send("look", &future).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for rule in ["T01.future", "T01.code_taken", "T01.name", "T01.approval"] {
        assert!(refused.text.contains(rule), "{rule}: {}", refused.text);
    }

    let good = [
        ("on", "2003.03.01"),
        ("unit_kind", "branch"),
        ("sector", "village"),
        ("code", "V-1"),
        ("name_zh", "新村支部"),
        ("name_en", "New Village Branch"),
        ("approval", "县委组织部批复2003-7号"),
    ];
    let look = form.send("look", &good).await;
    assert_eq!(look.status, StatusCode::OK);
    assert!(look.text.contains("Nothing is recorded yet") && look.text.contains("entered later"));
    assert_eq!(tree.get("units?q=V-1").await, json!([]));
    // Back to the form, with everything as it was typed.
    let edit = form.send("edit", &good).await;
    assert!(edit.text.contains("value=\"县委组织部批复2003-7号\""), "{}", edit.text);

    let (to, page) = form.carry_out(&good).await;
    assert!(page.text.contains("The unit was opened.") && page.text.contains("New Village Branch"));
    let again = form.send("record", &good).await;
    assert_eq!(again.headers[header::LOCATION].to_str().unwrap(), to, "pressed twice, it is one unit");
    assert_eq!(tree.get("units?q=v-1").await.as_array().unwrap().len(), 1);
    let history = organiser.get(&format!("{}/history", to.split('?').next().unwrap())).await;
    assert!(history.text.contains("Opened") && history.text.contains("县委组织部批复2003-7号"));
    assert!(history.text.contains("1 Mar 2003"), "{}", history.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_split_shows_what_goes_and_takes_it() {
    let city = City::found();
    let tree = Tree::of(&city).await;
    let branches = tree.units("branch").await;
    let mut from = None;
    for branch in &branches {
        let people = tree.full_members(id(branch)).await;
        if people.len() > 4 {
            from = Some((branch.clone(), people));
            break;
        }
    }
    let (branch, people) = from.unwrap();
    let parent = branch["parent"].as_i64().unwrap();
    let organiser = city.enter(Role::Organiser, "zh-CN").await;
    let new = [
        ("on", "2003.03.03"),
        ("unit_kind", "branch"),
        ("sector", "village"),
        ("code", "S-1"),
        ("name_zh", "分设支部"),
        ("name_en", "Second Branch"),
        ("approval", "批复"),
    ];
    let (to, _) = Form::open(&organiser, parent, "open").await.carry_out(&new).await;
    let part: i64 = to.split(['/', '?']).nth(2).unwrap().parse().unwrap();

    let form = Form::open(&organiser, id(&branch), "split").await;
    let gone = [people[0].to_string(), people[1].to_string()];
    let nobody = [("on", "2003.03.03"), ("other", "S-1"), ("approval", "批复")];
    let refused = form.send("look", &nobody).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("T01.empty_split"), "{}", refused.text);
    let mut typed = nobody.to_vec();
    typed.extend([("people", gone[0].as_str()), ("people", gone[1].as_str())]);
    let look = form.send("look", &typed).await;
    assert!(look.text.contains("涉及人员") && look.text.contains("<dd>2</dd>"), "{}", look.text);
    let (_, page) = form.carry_out(&typed).await;
    assert!(page.text.contains("已完成分设"));
    let now: Vec<i64> = tree.people(part).await;
    assert_eq!(now.len(), 2);
    assert!(people[..2].iter().all(|person| now.contains(person)));
    let history = organiser.get(&format!("/units/{part}/history")).await;
    assert!(history.text.contains("接收划入") && history.text.contains("人员 2 名"), "{}", history.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_second_is_told_what_changed_and_loses_nothing() {
    let city = City::found();
    let tree = Tree::of(&city).await;
    let branch = id(&tree.units("branch").await[0]);
    let first = city.enter(Role::Organiser, "en").await;
    let second = city.enter(Role::OrganisationDepartment, "en").await;
    let stale = Form::open(&second, branch, "group").await;
    let form = Form::open(&first, branch, "group").await;
    form.carry_out(&[("on", "2003.03.03"), ("name_zh", "第一小组"), ("name_en", "First Group")]).await;

    let typed = [("on", "2003.03.03"), ("name_zh", "第二小组"), ("name_en", "Second Group")];
    for step in ["look", "record"] {
        let told = stale.send(step, &typed).await;
        assert_eq!(told.status, StatusCode::CONFLICT, "{step}");
        assert!(told.text.contains("Somebody changed it first") && told.text.contains("First Group"));
        assert!(told.text.contains("Party group formed") && told.text.contains("value=\"第二小组\""));
    }
    // Sent again from the page that tells it, it holds.
    let told = stale.send("look", &typed).await;
    let again = Form { hidden: Form::hidden(&told), path: stale.path.clone(), browser: &second };
    again.carry_out(&typed).await;
    let page = second.get(&format!("/units/{branch}/posts")).await;
    assert!(page.text.contains("First Group") && page.text.contains("Second Group"));

    let version = tree.get(&format!("units/{branch}")).await["unit"]["version"].as_i64().unwrap();
    let body = json!({"kind": "group.formed", "on": "2003-03-03", "version": version - 1,
                      "body": {"name": {"zh": "第三小组", "en": "Third Group"}}});
    let path = format!("/api/v1/units/{branch}/changes");
    let conflict = tree.caller.call(Method::POST, &path, &body).await;
    assert_eq!(conflict.status, StatusCode::CONFLICT);
    assert_eq!(conflict.headers[header::CONTENT_TYPE], "application/problem+json");
    let message = read(&conflict)["message"].clone();
    assert!(message["en"].as_str().unwrap().ends_with("2003-03-03 Party group formed"), "{message}");
    assert!(message["zh"].as_str().unwrap().ends_with("2003-03-03 成立党小组"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_is_taken_up_shown_by_day_and_given_up() {
    let city = City::found();
    let tree = Tree::of(&city).await;
    let branches = tree.units("branch").await;
    let organiser = city.enter(Role::Organiser, "en").await;
    let mut found = None;
    for branch in &branches {
        let full = tree.get(&format!("units/{}/people?stage=full&limit=50", id(branch))).await;
        let old = full
            .as_array()
            .unwrap()
            .iter()
            .find(|person| person["full_since"].as_str().is_some_and(|day| day < "2000-01-01"));
        if let Some(person) = old {
            found = Some((id(branch), person.clone()));
            break;
        }
    }
    let (branch, person) = found.unwrap();
    let (number, name) = (person["id"].to_string(), person["name"].as_str().unwrap().to_owned());
    let form = Form::open(&organiser, branch, "assign").await;
    let nobody = form.send("look", &[("on", "2003.02.03"), ("kind", "instructor")]).await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nobody.text.contains("<a href=\"#a-person\">"), "{}", nobody.text);
    let unknown = [("on", "2003.02.03"), ("kind", "instructor"), ("person", "没有这个人")];
    let unknown = form.send("look", &unknown).await;
    assert!(unknown.text.contains("Nobody of this name"), "{}", unknown.text);
    // A surname fits many; one of them is chosen.
    let surname: String = name.chars().take(1).collect();
    let many = [("on", "2003.02.03"), ("kind", "instructor"), ("person", surname.as_str())];
    let many = form.send("look", &many).await;
    assert!(many.text.contains("Several fit") && many.text.contains("name=\"person_id\""), "{}", many.text);

    let typed = [("on", "2003.02.03"), ("kind", "instructor"), ("person", number.as_str())];
    let look = form.send("look", &typed).await;
    assert!(look.text.contains(&name) && look.text.contains("Post that begins"), "{}", look.text);
    form.carry_out(&typed).await;
    let on = async |day: &str| organiser.get(&format!("/units/{branch}/posts?on={day}")).await.text;
    assert!(on("2003.02.03").await.contains("instructor"));
    assert!(!on("2003.02.02").await.contains("instructor"));
    assert!(on("some+day").await.contains("This is no date"));

    let posts = tree.get(&format!("units/{branch}/posts?on=2003-02-03")).await;
    let post = posts.as_array().unwrap().iter().find(|post| post["kind"] == "instructor").unwrap().clone();
    assert_eq!(post["person"], person["id"]);
    let post = post["post"].to_string();
    let form = Form::open(&organiser, branch, "end").await;
    let refused = form.send("look", &[("on", "2003.02.02"), ("post", &post), ("reason", " ")]).await;
    assert!(refused.text.contains("T02.before_start") && refused.text.contains("T02.reason"));
    form.carry_out(&[("on", "2003.03.01"), ("post", &post), ("reason", "换届")]).await;
    assert!(!on("2003.03.01").await.contains("instructor"));
    assert!(on("2003.02.28").await.contains("instructor"));
    let history = organiser.get(&format!("/units/{branch}/history")).await;
    assert!(history.text.contains("Post given up") && history.text.contains("换届"));
}

#[tokio::test(flavor = "multi_thread")]
async fn units_are_moved_renamed_merged_and_shown_as_closed() {
    let city = City::found();
    let tree = Tree::of(&city).await;
    let organiser = city.enter(Role::Organiser, "en").await;
    let (gone, stays) = tree.siblings().await;
    let stays_code = stays["code"].as_str().unwrap();
    let n_people = tree.people(id(&gone)).await.len() + tree.people(id(&stays)).await.len();

    let form = Form::open(&organiser, id(&gone), "rename").await;
    let same = [
        ("on", "2003.03.03"),
        ("unit_kind", "branch"),
        ("sector", gone["sector"].as_str().unwrap()),
        ("code", gone["code"].as_str().unwrap()),
        ("name_zh", gone["name"]["zh"].as_str().unwrap()),
        ("name_en", gone["name"]["en"].as_str().unwrap()),
        ("approval", "批复"),
    ];
    assert!(form.send("look", &same).await.text.contains("T01.same"));
    form.carry_out(&[
        ("on", "2003.03.03"),
        ("unit_kind", "branch"),
        ("sector", "school"),
        ("code", "R-1"),
        ("name_zh", "改名支部"),
        ("name_en", "Renamed Branch"),
        ("approval", "批复"),
    ])
    .await;

    let move_form = Form::open(&organiser, id(&gone), "move").await;
    let wrong =
        move_form.send("look", &[("on", "2003.03.03"), ("other", stays_code), ("approval", "批复")]).await;
    assert!(wrong.text.contains("T01.kind"), "{}", wrong.text);
    let nowhere =
        move_form.send("look", &[("on", "2003.03.03"), ("other", "no such"), ("approval", "")]).await;
    assert!(nowhere.text.contains("No open unit with this name"), "{}", nowhere.text);
    let towns = tree.units("town").await;
    let town = towns.iter().find(|town| town["id"] != gone["parent"]).unwrap();
    move_form
        .carry_out(&[("on", "2003.03.03"), ("other", town["code"].as_str().unwrap()), ("approval", "批复")])
        .await;
    let moved = tree.get(&format!("units/{}", id(&gone))).await;
    assert_eq!(moved["unit"]["parent"], town["id"]);

    let merge = Form::open(&organiser, id(&gone), "merge").await;
    let typed = [("on", "2003.03.03"), ("other", stays_code), ("approval", "批复")];
    let look = merge.send("look", &typed).await;
    assert!(look.text.contains("Units that move or close") && look.text.contains("People concerned"));
    let (_, page) = merge.carry_out(&typed).await;
    assert!(page.text.contains("Closed on 3 Mar 2003"), "{}", page.text);
    // Pressed twice, the answer is the first one, although the unit is closed.
    assert_eq!(merge.send("record", &typed).await.status, StatusCode::SEE_OTHER);
    assert_eq!(tree.people(id(&stays)).await.len(), n_people);
    let received = organiser.get(&format!("/units/{}/history", id(&stays))).await;
    assert!(received.text.contains("Received a unit that was merged"), "{}", received.text);

    let outline = organiser.get(&format!("/units?at={}", id(town))).await;
    assert!(!outline.text.contains("Renamed Branch") && outline.text.contains("closed units as well"));
    let outline = organiser.get(&format!("/units?at={}&closed=true", id(town))).await;
    assert!(outline.text.contains("Renamed Branch"), "{}", outline.text);
    let found = organiser.get("/units?q=renamed").await;
    assert!(found.text.contains("R-1") && found.text.contains("1 found"), "{}", found.text);
    let direct = organiser.get(&format!("/units/{}/changes/rename", id(&gone))).await;
    assert_eq!(direct.status, StatusCode::BAD_REQUEST);
    assert!(direct.text.contains("has been closed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_says_why_not_and_is_not_there_for_others() {
    let city = City::found();
    let tree = Tree::of(&city).await;
    let branch = id(&tree.siblings().await.0);
    for (language, opens, nobody_below) in [
        ("en", "Open a unit below", "No unit stands below a branch."),
        ("zh-CN", "设立下级组织", "党支部不设下级组织。"),
    ] {
        let organiser = city.enter(Role::Organiser, language).await;
        let page = organiser.get(&format!("/units/{branch}")).await;
        assert!(page.text.contains(nobody_below) && page.text.contains("aria-disabled"), "{}", page.text);
        assert!(!page.text.contains(&format!("href=\"/units/{branch}/changes/open\"")));
        assert!(!page.text.contains(&format!("href=\"/units/{branch}/changes/close\"")));
        for kind in ["rename", "move", "split", "merge", "assign", "group"] {
            Form::open(&organiser, branch, kind).await;
        }
        let top = organiser.get(&format!("/units/{CITY}")).await;
        assert!(top.text.contains(opens) && top.text.contains(&format!("/units/{CITY}/changes/open")));
        // No list is shown there, so there are no pages to turn.
        assert!(!top.text.contains("class=\"pages\""), "{}", top.text);
        let listed = organiser.get(&format!("/units/{CITY}?stage=full")).await;
        assert!(listed.text.contains("class=\"pages\""));
    }
    for role in [Role::Leader, Role::BranchSecretary, Role::Approver] {
        let browser = city.enter(role, "en").await;
        let answer = browser.get(&format!("/units/{branch}/changes/rename")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role:?}");
        let own = browser.get("/").await;
        let csrf = own.hidden("csrf");
        let form = format!("csrf={csrf}&command={}&version=1&step=record&on=2003.03.03", "0".repeat(32));
        let sent = browser.post(&format!("/units/{branch}/changes/close"), &form).await;
        assert_eq!(sent.status, StatusCode::FORBIDDEN, "{role:?}");
    }
    let leader = city.enter(Role::Leader, "en").await.get(&format!("/units/{CITY}")).await;
    assert!(!leader.text.contains("class=\"menu\""), "{}", leader.text);
    let organiser = city.enter(Role::Organiser, "en").await;
    let form = format!("csrf=00&command={}&version=1&step=record", "0".repeat(32));
    let forged = organiser.post(&format!("/units/{branch}/changes/close"), &form).await;
    assert_eq!(forged.status, StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_changes_the_tree_by_the_same_rules() {
    let city = City::found();
    let tree = Tree::of(&city).await;
    let (branch, sibling) = tree.siblings().await;
    let unit = id(&branch);
    let path = format!("/api/v1/units/{unit}/changes");
    let change = |kind: &str, body: Value| json!({"kind": kind, "on": "2003-03-03", "version": branch["version"], "body": body});
    let refused =
        tree.caller.call(Method::POST, &path, &change("unit.closed", json!({"approval": ""}))).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.headers[header::CONTENT_TYPE], "application/problem+json");
    let rules: Vec<Value> =
        read(&refused)["findings"].as_array().unwrap().iter().map(|f| f["rule"].clone()).collect();
    assert!(rules.contains(&json!("T01.approval")) && rules.contains(&json!("T01.people_left")), "{rules:?}");
    for (kind, body) in [("unit.eaten", json!({})), ("unit.closed", json!({"approval": "x", "by": 1}))] {
        let answer = tree.caller.call(Method::POST, &path, &change(kind, body)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{kind}");
    }

    let merged = change("unit.merged", json!({"into": sibling["id"], "approval": "批复"}));
    let new = json!({"on": "2003-03-03", "unit_kind": "branch", "sector": "village", "code": "P-1",
                     "name": {"zh": "程序支部", "en": "Program Branch"}, "approval": "批复"});
    let below = format!("/api/v1/units/{}/below", branch["parent"]);
    let opened = tree.caller.call(Method::POST, &below, &new).await;
    assert_eq!(opened.status, StatusCode::OK, "{}", opened.text);
    let part = read(&opened)["unit"].clone();
    assert_eq!(tree.get("units?q=P-1").await[0]["id"], part);
    let people = tree.full_members(unit).await;
    let split = json!({"into": part, "people": [people[0]], "units": [], "approval": "批复"});
    let done = tree.caller.call(Method::POST, &path, &change("unit.split", split)).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    assert_eq!(tree.people(part.as_i64().unwrap()).await, people[..1]);
    let history = tree.get(&format!("units/{part}/history")).await;
    assert_eq!((&history[0]["kind"], &history[0]["unit"]), (&json!("unit.split"), &branch["id"]));

    let intake = tree.get(&format!("units/{CITY}/intake?years=50")).await;
    let n: i64 = intake.as_object().unwrap().values().map(|n| n.as_i64().unwrap()).sum();
    assert!(n > 100 && intake.as_object().unwrap().len() == 50, "{intake}");
    let leader = Caller::of(&city, Role::Leader).await;
    let denied = leader.call(Method::POST, &path, &merged).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
    assert_eq!(leader.call(Method::POST, &below, &new).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn stages_and_admissions_are_drawn_with_their_numbers() {
    let city = City::found();
    let leader = city.enter(Role::Leader, "en").await;
    let organiser = city.enter(Role::Organiser, "zh-CN").await;
    for path in ["/".to_owned(), format!("/units/{CITY}")] {
        for browser in [&leader, &organiser] {
            let page = browser.get(&path).await;
            for drawing in ["funnel-drawn", "intake-drawn"] {
                assert!(page.text.contains(&format!("<title id=\"{drawing}-t\">")), "{path} {drawing}");
                assert!(page.text.contains(&format!("<desc id=\"{drawing}-d\">")), "{path} {drawing}");
            }
            assert!(page.text.contains("<th scope=\"row\">2002</th>"), "{path}: the years as a table");
        }
        // Whoever may see names gets from each number to its list, and nobody else does.
        let list = if path == "/" { "/people?stage=activist" } else { "/units/10?stage=activist#people" };
        let line = format!("<th scope=\"row\"><a href=\"{list}\">");
        assert!(organiser.get(&path).await.text.contains(&line), "{path}");
        assert!(!leader.get(&path).await.text.contains(&line), "{path}");
    }
}
