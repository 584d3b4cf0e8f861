//! The page for what went wrong.

use askama::Template;

use crate::page::Chrome;

#[derive(Template)]
#[template(path = "trouble.html")]
pub struct TroublePage {
    pub chrome: Chrome,
    pub heading: &'static str,
    pub text: String,
}
