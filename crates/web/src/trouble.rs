//! When a page cannot be shown: what is the matter and what to do, in both languages, because it may
//! happen before anybody's language is known.

use app::StoreError;
use app::act::ActError;
use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::text::Text;

/// Why a page cannot be shown.
#[derive(Debug)]
pub enum Trouble {
    /// Nobody has signed in; where to go afterwards.
    SignIn(String),
    /// The password has to be changed first.
    ChangePassword,
    /// A second factor has to be set first.
    SetSecondFactor,
    /// Too much at once.
    TooOften {
        /// Seconds to wait.
        seconds: u64,
    },
    /// There is no such thing, or it is not for this visitor: the answer is the same.
    Missing,
    /// This visitor may not do this.
    Denied(Text),
    /// What was sent cannot be understood.
    BadRequest(Text),
    /// Somebody changed it first.
    Changed,
    /// Something broke; what exactly is in the program's log.
    Broken,
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing => Trouble::Missing,
            StoreError::Changed => Trouble::Changed,
            StoreError::Engine(_)
            | StoreError::Damaged(_)
            | StoreError::Unfit(_)
            | StoreError::NotFounded
            | StoreError::AlreadyFounded
            | StoreError::Stopped
            | StoreError::ClockBehind => {
                tracing::error!(%error, "the store failed");
                Trouble::Broken
            }
        }
    }
}

impl From<ActError> for Trouble {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Store(error) => error.into(),
            ActError::Denied(denial) => Trouble::Denied(denial.text),
            ActError::Refused(refusal) => {
                let join = |side: fn(&Text) -> &str| {
                    let said =
                        refusal.findings.iter().map(|f| format!("{} {}", side(&f.text), side(&f.remedy)));
                    said.collect::<Vec<_>>().join("\n")
                };
                Trouble::BadRequest(Text::new(join(|t| &t.zh), join(|t| &t.en)))
            }
        }
    }
}

impl From<askama::Error> for Trouble {
    fn from(error: askama::Error) -> Self {
        tracing::error!(%error, "a page could not be written");
        Trouble::Broken
    }
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct Page {
    code: u16,
    title: Text,
    what: Text,
}

impl Trouble {
    /// Seconds after which it is worth trying again, where that is known.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        if let Trouble::TooOften { seconds } = self { Some(*seconds) } else { None }
    }

    pub(crate) fn told(&self) -> (StatusCode, Text, Text) {
        match self {
            Trouble::SignIn(_) | Trouble::Missing => (
                StatusCode::NOT_FOUND,
                Text::new("没有找到", "Not found"),
                Text::new(
                    "没有这个页面，或者不在您的职责范围内。请检查网址，或回到首页。",
                    "There is no such page, or it is outside your duties. Check the address, or go to the first page.",
                ),
            ),
            Trouble::ChangePassword => (
                StatusCode::FORBIDDEN,
                Text::new("请先更换密码", "Change the password first"),
                Text::new(
                    "您的密码由他人设定，请先在网页上更换。",
                    "Your password was set by somebody else; change it in a browser first.",
                ),
            ),
            Trouble::SetSecondFactor => (
                StatusCode::FORBIDDEN,
                Text::new("请先设置双因子登录", "Set a second factor first"),
                Text::new(
                    "本站要求审批和管理人员使用双因子登录，请先在网页上设置。",
                    "This site asks whoever decides or administers for a second factor; set one in a browser first.",
                ),
            ),
            Trouble::TooOften { seconds } => (
                StatusCode::TOO_MANY_REQUESTS,
                Text::new("操作过于频繁", "Too much at once"),
                Text::new(
                    format!("没有办理。请 {seconds} 秒后再试。"),
                    format!("Nothing was done. Try again in {seconds} seconds."),
                ),
            ),
            Trouble::Denied(why) => {
                (StatusCode::FORBIDDEN, Text::new("不能办理", "Not within your duties"), why.clone())
            }
            Trouble::BadRequest(why) => {
                (StatusCode::BAD_REQUEST, Text::new("没有办成", "Not done"), why.clone())
            }
            Trouble::Changed => (
                StatusCode::CONFLICT,
                Text::new("内容已被他人更改", "Somebody changed it first"),
                Text::new(
                    "您打开页面以后，这份内容有了新的登记。没有记录任何东西。请返回，看过新的内容后再办。",
                    "Something was entered after you opened the page. Nothing was recorded. Go back, look at what is new, and repeat.",
                ),
            ),
            Trouble::Broken => (
                StatusCode::INTERNAL_SERVER_ERROR,
                Text::new("程序出错", "Something broke"),
                Text::new(
                    "没有记录任何东西。请稍后再试；仍不行的，请告知系统管理员，运行日志里写有原因。",
                    "Nothing was recorded. Try again later; if it stays, tell the system officer: the program's log says why.",
                ),
            ),
        }
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        if let Trouble::SignIn(next) = &self {
            let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
            return Redirect::to(&format!("/sign-in?next={next}")).into_response();
        }
        if let Trouble::ChangePassword = &self {
            return Redirect::to("/account/password").into_response();
        }
        if let Trouble::SetSecondFactor = &self {
            return Redirect::to("/account/second-factor").into_response();
        }
        let (status, title, what) = self.told();
        let page = Page { code: status.as_u16(), title, what };
        let mut response = match page.render() {
            Ok(html) => (status, Html(html)).into_response(),
            Err(_) => status.into_response(),
        };
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// What an error says, in both languages: its two sentences stand with ` / ` between them.
pub(crate) fn said_by(error: &dyn std::error::Error) -> Text {
    let said = error.to_string();
    let (zh, en) = said.split_once(" / ").unwrap_or((&said, &said));
    Text::new(zh, en)
}

/// Lists leave for a purpose only.
pub(crate) fn unexplained() -> Text {
    Text::new(
        "请写明导出用途；用途写入账本。没有导出任何内容。",
        "Say why the list is needed; the record keeps it. Nothing was exported.",
    )
}
