//! Login and logout.

use askama::Template;

use crate::page::Chrome;

#[derive(Template)]
#[template(path = "login.html")]
pub struct LoginPage {
    pub chrome: Chrome,
    pub login: String,
    pub next: String,
    pub problem: Option<String>,
}
