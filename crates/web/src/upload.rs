//! A form as it was sent, with or without a file. Whatever is wrong with the file, what was typed is read
//! to its end, so that nothing of it is lost.

use app::scans::MOST_BYTES;
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use domain::text::Text;

use crate::forms::Answers;
use crate::site::Site;
use crate::trouble::Trouble;

/// The name of the field in which a file comes.
const FILE: &str = "scan";

/// What was typed, and the file that came along.
#[derive(Default)]
pub(crate) struct Posted {
    pub(crate) answers: Answers,
    /// The file's name and content; at most one byte more than is ever kept.
    pub(crate) file: Option<(String, Vec<u8>)>,
}

impl Posted {
    /// The first answer to a question, without blanks around it.
    pub(crate) fn said(&self, name: &str) -> &str {
        self.answers.get(name).and_then(|values| values.first()).map_or("", |value| value.trim())
    }
}

impl FromRequest<Site> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Self::Rejection> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("multipart/form-data")) {
            let bytes = axum::body::Bytes::from_request(request, site).await;
            let bytes = bytes.map_err(|error| error.into_response())?;
            return Ok(Posted { answers: read_answers(&bytes), file: None });
        }
        let form = Multipart::from_request(request, site).await.map_err(|error| error.into_response())?;
        read_parts(form).await.map_err(|_| unfinished().into_response())
    }
}

/// The answers of a form without a file, or of an address.
pub(crate) fn read_answers(form: &[u8]) -> Answers {
    let mut answers = Answers::new();
    for (name, value) in form_urlencoded::parse(form) {
        answers.entry(name.into_owned()).or_default().push(value.into_owned());
    }
    answers
}

async fn read_parts(mut form: Multipart) -> Result<Posted, MultipartError> {
    let mut posted = Posted::default();
    while let Some(mut part) = form.next_field().await? {
        let name = part.name().unwrap_or_default().to_owned();
        if name != FILE {
            posted.answers.entry(name).or_default().push(part.text().await?);
            continue;
        }
        let file_name = part.file_name().unwrap_or_default().to_owned();
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await? {
            let room = (MOST_BYTES + 1).saturating_sub(bytes.len());
            bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
        // A form without a chosen file sends an empty one without a name.
        if !file_name.is_empty() || !bytes.is_empty() {
            posted.file = Some((file_name, bytes));
        }
    }
    Ok(posted)
}

fn unfinished() -> Trouble {
    Trouble::BadRequest(Text::new(
        "上传没有完成，或总量超过 32 MB。没有记录任何东西。请返回后再试。",
        "The upload did not finish, or is over 32 MB in all. Nothing was recorded. Go back and try again.",
    ))
}
