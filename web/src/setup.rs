//! The first run.

use askama::Template;

use crate::field::{Field, Input};
use crate::page::Chrome;

#[derive(Template)]
#[template(path = "setup.html")]
pub struct SetupPage {
    pub chrome: Chrome,
    pub problem: Option<String>,
    pub fields: Vec<Field>,
}
