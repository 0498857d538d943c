//! A small demonstration city behind a router, and someone to ask it things.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::accounts::{Hardness, NewGrant};
use app::clock::{Clock as _, Demonstration};
use app::demo::{self, Login, Wish};
use app::{Actor, KeyFile, Location, Store};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use domain::dates::Moment;
use domain::ids::PersonId;
use domain::person::Stage;
use domain::role::{Reach, Role};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// A city and the people who can sign in to it.
pub(crate) struct City {
    router: Router,
    logins: Vec<Login>,
    /// An organiser who is on the roster, by number.
    pub(crate) own: PersonId,
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
    /// What came, as text where it is one.
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
}

impl City {
    pub(crate) fn found() -> City {
        City::served(web::Site::demonstration)
    }

    /// The same city, reached as a real site is.
    pub(crate) fn reached(how: web::Reached) -> City {
        City::served(|store, keys, clock| web::Site::new(store, keys, Box::new(clock), how))
    }

    fn served(site: impl FnOnce(Store, KeyFile, Arc<Demonstration>) -> web::Site) -> City {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFile(folder.path().join("keys"));
        let location = Location::File(folder.path().join("site.db"));
        let wish = Wish { n_members: 500, seed: 7 };
        let (store, _) = demo::found(&location, &keys, wish, &|_, _| {}).unwrap();
        let store = store.with_hardness(Hardness::CHEAP);
        let clock = Arc::new(Demonstration::on(demo::DAY));
        let logins = demo::staff(&store, clock.now()).unwrap();
        let own = enrolled_organiser(&store, clock.now());
        let router = web::router(site(store, keys, clock));
        City { router, logins, own, _folder: folder }
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
    pub(crate) async fn enter_named(&self, name: &str, language: &str) -> Browser {
        let login = self.logins.iter().find(|login| login.login == name).unwrap();
        self.enter_with(login, language).await
    }

    async fn enter_with(&self, login: &Login, language: &str) -> Browser {
        self.enter_as(&login.login, &login.password, language).await
    }

    pub(crate) async fn enter_as(&self, login: &str, password: &str, language: &str) -> Browser {
        let guest = self.guest(language);
        let form = format!("login={login}&password={password}&next=/");
        let answer = guest.post("/sign-in", &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        guest.keeping(&answer)
    }
}

/// Name and password of the organiser who is on the roster.
pub(crate) const OWN: (&str, &str) = ("benren", "seedling bed");

fn enrolled_organiser(store: &Store, now: Moment) -> PersonId {
    let city = store.units_below(None).unwrap()[0].id;
    let person = store.people_below(city, Some(Stage::Full), 0, 1).unwrap()[0];
    let actor = Actor { account: None, role: None, unit: city };
    let account = store.open_account(actor, now, OWN.0, "吴本人", Some(person)).unwrap();
    let (from, to) = (now.today, now.today.saturating_add(jiff::Span::new().months(6)));
    let (role, reach) = (Role::Organiser, Reach::Subtree);
    store.give_grant(actor, now, NewGrant { account, role, unit: city, reach, from, to }).unwrap();
    store.set_password(actor, now, account, OWN.1, false).unwrap();
    person
}

impl Browser {
    /// The same browser with the cookie that an answer set, in the place of an earlier session's.
    pub(crate) fn keeping(&self, answer: &Answer) -> Browser {
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
        let session = cookie.split(';').next().unwrap();
        let language = self.cookies.split(';').next().unwrap();
        Browser { cookies: format!("{language}; {session}"), ..self.clone() }
    }

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
        Answer { status: parts.status, headers: parts.headers, text, bytes: bytes.to_vec() }
    }
}

impl Answer {
    /// The first value of a hidden field.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let rest = self.text.split_once(&mark).unwrap_or_else(|| panic!("no field {name}")).1;
        rest.split('"').next().unwrap().to_owned()
    }

    /// What a form on the page would send as it stands.
    pub(crate) fn form(&self, action: &str) -> BTreeMap<String, String> {
        let form =
            self.text.split_once(&format!("action=\"{action}\"")).unwrap_or_else(|| panic!("{action}")).1;
        let form = form.split("</form>").next().unwrap();
        let attribute = |tag: &str, name: &str| {
            let rest = tag.split_once(&format!(" {name}=\""))?.1;
            rest.split('"').next().map(str::to_owned)
        };
        let mut fields = BTreeMap::new();
        let mut select = String::new();
        for tag in form.split('<') {
            let name = attribute(tag, "name").unwrap_or_default();
            let value = attribute(tag, "value").unwrap_or_default();
            let is_off = tag.contains("type=\"radio\"") && !tag.contains(" checked");
            if tag.starts_with("input") && !is_off {
                fields.insert(name, value);
            } else if tag.starts_with("textarea") {
                fields.insert(name, tag.split_once('>').unwrap().1.to_owned());
            } else if tag.starts_with("select") {
                select = name;
            } else if tag.starts_with("option") && tag.contains(" selected") {
                fields.insert(select.clone(), value);
            }
        }
        fields
    }

    /// Paths of this site that the page leads to.
    pub(crate) fn links(&self) -> Vec<String> {
        let links = self.text.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        let own = links.filter(|link| link.starts_with('/') && !link.starts_with("/assets/"));
        let plain = own.map(|link| link.replace("&#38;", "&").replace("&amp;", "&"));
        plain.map(|link| link.split('#').next().unwrap().to_owned()).collect()
    }
}

/// A form as it is sent.
pub(crate) fn sent(fields: &BTreeMap<String, String>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
