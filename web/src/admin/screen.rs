//! List, add, edit, enable, disable and delete for any kind of record. A
//! record that is in use is kept by the desk, which says by what; the page
//! only repeats it. That only admins come here is said in the routes.

use std::fmt::Display;
use std::str::FromStr;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use desk::{Agent, Desk, Moment, Problem};
use serde::Deserialize;

use crate::field::{Field, Input, Problems};
use crate::form::Pairs;
use crate::guard::Signed;
use crate::page::Chrome;
use crate::render::page_with;
use crate::routes::{Policy, Route, route};
use crate::state::{Web, WebState};
use crate::trouble::{Answer, Trouble, sentence};

/// Rows of one page of a list.
const PAGE: usize = 200;

pub trait Screen: Send + Sync + 'static {
    type Id: FromStr + Display + Copy + PartialEq + Send + Sync;
    type Record: Send + Sync;
    /// The form as the browser sends it.
    type Form: Send + Sync;
    /// What the fields offer to choose from.
    type Around: Send + Sync;

    const PATH: &'static str;
    const HEADING: &'static str;
    const ABOUT: &'static str;
    const NOUN: &'static str;
    /// What deleting one means; `None` when they are only disabled.
    const DELETING: Option<&'static str>;

    fn all(desk: &Desk) -> impl Future<Output = Result<Vec<Self::Record>, Problem>> + Send;
    fn around(desk: &Desk) -> impl Future<Output = Result<Self::Around, Problem>> + Send;
    fn id(record: &Self::Record) -> Self::Id;
    fn name(record: &Self::Record) -> String;
    fn active(record: &Self::Record) -> bool;
    fn cells(record: &Self::Record, around: &Self::Around) -> Vec<String>;

    /// `None` is a record yet to be made.
    fn form(record: Option<&Self::Record>) -> Self::Form;
    fn fields(form: &Self::Form, around: &Self::Around) -> Vec<Field>;
    fn parse(pairs: &Pairs) -> Self::Form;
    fn switch(form: &mut Self::Form, active: bool);

    fn save(
        desk: &Desk,
        moment: &Moment,
        by: &Agent,
        id: Option<Self::Id>,
        form: &Self::Form,
    ) -> impl Future<Output = Result<(), Problem>> + Send;
    fn delete(
        desk: &Desk,
        moment: &Moment,
        by: &Agent,
        id: Self::Id,
    ) -> impl Future<Output = Result<(), Problem>> + Send {
        let _ = (desk, moment, by, id);
        async { Err(Problem::Forbidden) }
    }
}

pub fn routes<S: Screen>() -> Vec<Route> {
    let path = |rest: &str| format!("{}{rest}", S::PATH);
    let admin = |method, path, handler| route(method, path, Policy::Admin, handler);
    let mut routes = vec![
        admin("GET", path(""), get(list::<S>)),
        admin("GET", path("/new"), get(add::<S>)),
        admin("POST", path("/new"), post(added::<S>)),
        admin("GET", path("/{id}"), get(edit::<S>)),
        admin("POST", path("/{id}"), post(edited::<S>)),
        admin("POST", path("/{id}/switch"), post(switched::<S>)),
    ];
    if S::DELETING.is_some() {
        routes.push(admin("GET", path("/{id}/delete"), get(ask::<S>)));
        routes.push(admin("POST", path("/{id}/delete"), post(deleted::<S>)));
    }
    routes
}

#[derive(Template)]
#[template(path = "admin/list.html")]
pub struct ListPage {
    pub chrome: Chrome,
    pub heading: &'static str,
    pub about: &'static str,
    pub noun: &'static str,
    pub add: String,
    pub problem: Option<String>,
    pub rows: Vec<AdminRow>,
    pub first: Option<String>,
    pub next: Option<String>,
}

pub struct AdminRow {
    pub name: String,
    pub cells: Vec<String>,
    pub active: bool,
    pub edit: String,
    pub switch: String,
    pub delete: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/form.html")]
pub struct FormPage {
    pub chrome: Chrome,
    pub heading: String,
    pub back: &'static str,
    pub back_label: &'static str,
    pub action: String,
    pub submit: &'static str,
    pub problem: Option<String>,
    pub fields: Vec<Field>,
}

#[derive(Template)]
#[template(path = "admin/delete.html")]
pub struct DeletePage {
    pub chrome: Chrome,
    pub heading: String,
    pub back: &'static str,
    pub back_label: &'static str,
    pub action: String,
    pub problem: Option<String>,
    pub question: String,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    page: usize,
}

async fn list<S: Screen>(
    State(web): State<Web>,
    signed: Signed,
    Query(asked): Query<Asked>,
) -> Answer {
    list_page::<S>(&web, &signed, StatusCode::OK, asked.page, None).await
}

async fn list_page<S: Screen>(
    web: &WebState,
    signed: &Signed,
    status: StatusCode,
    number: usize,
    problem: Option<String>,
) -> Answer {
    let (all, around) = (S::all(&web.desk).await?, S::around(&web.desk).await?);
    let start = number.saturating_mul(PAGE);
    let rows = all
        .iter()
        .skip(start)
        .take(PAGE)
        .map(|record| row::<S>(record, &around))
        .collect();
    let page = ListPage {
        chrome: Chrome::of(web, signed, S::HEADING).await?,
        heading: S::HEADING,
        about: S::ABOUT,
        noun: S::NOUN,
        add: format!("{}/new", S::PATH),
        problem,
        rows,
        first: (number > 0).then(|| S::PATH.to_owned()),
        next: (all.len() > start.saturating_add(PAGE))
            .then(|| format!("{}?page={}", S::PATH, number + 1)),
    };
    Ok(page_with(status, &page))
}

fn row<S: Screen>(record: &S::Record, around: &S::Around) -> AdminRow {
    let place = format!("{}/{}", S::PATH, S::id(record));
    AdminRow {
        name: S::name(record),
        cells: S::cells(record, around)
            .into_iter()
            .filter(|cell| !cell.is_empty())
            .collect(),
        active: S::active(record),
        switch: format!("{place}/switch"),
        delete: S::DELETING.map(|_| format!("{place}/delete")),
        edit: place,
    }
}

async fn add<S: Screen>(State(web): State<Web>, signed: Signed) -> Answer {
    form_page::<S>(&web, &signed, None, &S::form(None), None).await
}

async fn added<S: Screen>(State(web): State<Web>, signed: Signed, pairs: Pairs) -> Answer {
    let form = S::parse(&pairs);
    match S::save(&web.desk, &web.moment(), &signed.agent, None, &form).await {
        Ok(()) => Ok(done::<S>("added")),
        Err(problem) => form_page::<S>(&web, &signed, None, &form, Some(problem)).await,
    }
}

async fn edit<S: Screen>(State(web): State<Web>, signed: Signed, Path(id): Path<String>) -> Answer {
    let record = find::<S>(&web, &id).await?;
    form_page::<S>(&web, &signed, Some(&record), &S::form(Some(&record)), None).await
}

async fn edited<S: Screen>(
    State(web): State<Web>,
    signed: Signed,
    Path(id): Path<String>,
    pairs: Pairs,
) -> Answer {
    let record = find::<S>(&web, &id).await?;
    let form = S::parse(&pairs);
    match S::save(
        &web.desk,
        &web.moment(),
        &signed.agent,
        Some(S::id(&record)),
        &form,
    )
    .await
    {
        Ok(()) => Ok(done::<S>("saved")),
        Err(problem) => form_page::<S>(&web, &signed, Some(&record), &form, Some(problem)).await,
    }
}

async fn switched<S: Screen>(
    State(web): State<Web>,
    signed: Signed,
    Path(id): Path<String>,
) -> Answer {
    let record = find::<S>(&web, &id).await?;
    let active = !S::active(&record);
    let mut form = S::form(Some(&record));
    S::switch(&mut form, active);
    match S::save(
        &web.desk,
        &web.moment(),
        &signed.agent,
        Some(S::id(&record)),
        &form,
    )
    .await
    {
        Ok(()) => Ok(done::<S>(if active { "enabled" } else { "disabled" })),
        Err(problem @ Problem::Invalid(_)) => {
            let said = sentence(&problem);
            list_page::<S>(
                &web,
                &signed,
                StatusCode::UNPROCESSABLE_ENTITY,
                0,
                Some(said),
            )
            .await
        }
        Err(other) => Err(other.into()),
    }
}

async fn ask<S: Screen>(State(web): State<Web>, signed: Signed, Path(id): Path<String>) -> Answer {
    let record = find::<S>(&web, &id).await?;
    delete_page::<S>(&web, &signed, &record, None).await
}

async fn deleted<S: Screen>(
    State(web): State<Web>,
    signed: Signed,
    Path(id): Path<String>,
) -> Answer {
    let record = find::<S>(&web, &id).await?;
    match S::delete(&web.desk, &web.moment(), &signed.agent, S::id(&record)).await {
        Ok(()) => Ok(done::<S>("deleted")),
        Err(problem @ Problem::Invalid(_)) => {
            delete_page::<S>(&web, &signed, &record, Some(sentence(&problem))).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn form_page<S: Screen>(
    web: &WebState,
    signed: &Signed,
    record: Option<&S::Record>,
    form: &S::Form,
    problem: Option<Problem>,
) -> Answer {
    let status = if problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let problems = problem.map(Problems::of).transpose()?.unwrap_or_default();
    let mut fields = S::fields(form, &S::around(&web.desk).await?);
    let problem = problems.place(&mut fields);
    let (heading, action, submit) = match record {
        Some(record) => (
            S::name(record),
            format!("{}/{}", S::PATH, S::id(record)),
            "Save",
        ),
        None => (
            format!("Add {}", S::NOUN),
            format!("{}/new", S::PATH),
            "Add",
        ),
    };
    let chrome = Chrome::of(web, signed, &heading).await?;
    let page = FormPage {
        chrome,
        heading,
        back: S::PATH,
        back_label: S::HEADING,
        action,
        submit,
        problem,
        fields,
    };
    Ok(page_with(status, &page))
}

async fn delete_page<S: Screen>(
    web: &WebState,
    signed: &Signed,
    record: &S::Record,
    problem: Option<String>,
) -> Answer {
    let status = if problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let heading = format!("Delete {}?", S::name(record));
    let page = DeletePage {
        chrome: Chrome::of(web, signed, &heading).await?,
        heading,
        back: S::PATH,
        back_label: S::HEADING,
        action: format!("{}/{}/delete", S::PATH, S::id(record)),
        problem,
        question: S::DELETING.unwrap_or_default().into(),
    };
    Ok(page_with(status, &page))
}

async fn find<S: Screen>(web: &WebState, id: &str) -> Result<S::Record, Trouble> {
    let id: S::Id = id.parse().map_err(|_| Trouble::not_found(S::NOUN))?;
    let all = S::all(&web.desk).await?;
    all.into_iter()
        .find(|record| S::id(record) == id)
        .ok_or(Trouble::not_found(S::NOUN))
}

fn done<S: Screen>(word: &str) -> Response {
    Redirect::to(&format!("{}?done={word}", S::PATH)).into_response()
}
