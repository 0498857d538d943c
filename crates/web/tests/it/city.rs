//! A small demonstration city behind a router, and someone to ask it things.

use std::sync::Arc;

use app::clock::{Clock as _, Demonstration};
use app::demo::{self, Login, Wish};
use app::{KeyFile, Location};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use domain::role::Role;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// A city and the people who can sign in to it.
pub(crate) struct City {
    router: Router,
    logins: Vec<Login>,
    _folder: tempfile::TempDir,
}

/// A browser without a screen: it keeps cookies and says what it would say.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    cookies: String,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) text: String,
}

impl City {
    pub(crate) fn found() -> City {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFile(folder.path().join("keys"));
        let location = Location::File(folder.path().join("site.db"));
        let wish = Wish { n_members: 500, seed: 7 };
        let (store, _) = demo::found(&location, &keys, wish, &|_, _| {}).unwrap();
        let clock = Arc::new(Demonstration::on(demo::DAY));
        let logins = demo::staff(&store, clock.now()).unwrap();
        let router = web::router(web::Site::demonstration(store, keys, clock));
        City { router, logins, _folder: folder }
    }

    pub(crate) fn login(&self, role: Role) -> &Login {
        self.logins.iter().find(|login| login.role == role).unwrap()
    }

    pub(crate) fn guest(&self, language: &str) -> Browser {
        Browser { router: self.router.clone(), cookies: format!("language={language}") }
    }

    pub(crate) async fn enter(&self, role: Role, language: &str) -> Browser {
        self.enter_with(self.login(role), language).await
    }

    /// Someone by name, where several have the same role.
    pub(crate) async fn enter_as(&self, name: &str, language: &str) -> Browser {
        let login = self.logins.iter().find(|login| login.login == name).unwrap();
        self.enter_with(login, language).await
    }

    async fn enter_with(&self, login: &Login, language: &str) -> Browser {
        let guest = self.guest(language);
        let form = format!("login={}&password={}&next=/", login.login, login.password);
        let answer = guest.post("/sign-in", &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
        let session = cookie.split(';').next().unwrap();
        Browser { cookies: format!("{}; {session}", guest.cookies), ..guest }
    }
}

impl Browser {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Body::empty()).await
    }

    pub(crate) async fn post(&self, path: &str, form: &str) -> Answer {
        let kind = (header::CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded");
        self.send(Method::POST, path, &[kind], Body::from(form.to_owned())).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::COOKIE, &self.cookies);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response: Response<Body> =
            self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, text }
    }
}

impl Answer {
    /// The first value of a hidden field.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let rest = self.text.split_once(&mark).unwrap_or_else(|| panic!("no field {name}")).1;
        rest.split('"').next().unwrap().to_owned()
    }

    /// Paths of this site that the page leads to.
    pub(crate) fn links(&self) -> Vec<String> {
        let links = self.text.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        let own = links.filter(|link| link.starts_with('/') && !link.starts_with("/assets/"));
        own.map(|link| link.split('#').next().unwrap().replace("&amp;", "&")).collect()
    }
}
