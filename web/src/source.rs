//! Pages that show mail as it is.

use askama::Template;

use crate::page::Chrome;

#[derive(Template)]
#[template(path = "source.html")]
pub struct SourcePage {
    pub chrome: Chrome,
    pub back: String,
    pub back_label: String,
    pub heading: &'static str,
    pub download: Option<String>,
    pub cut: Option<String>,
    pub text: String,
}

#[derive(Template)]
#[template(path = "headers.html")]
pub struct HeadersPage {
    pub chrome: Chrome,
    pub back: String,
    pub back_label: String,
    pub source: String,
    pub headers: Vec<(String, String)>,
}
