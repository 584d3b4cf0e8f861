//! Screens

use askama::Template;

use crate::field::{Field, Input};
use crate::page::Chrome;

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
    pub delete: String,
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
