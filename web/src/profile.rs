//! GET and POST /profile

use askama::Template;

use crate::field::{Field, Input};
use crate::page::Chrome;

#[derive(Template)]
#[template(path = "profile.html")]
pub struct ProfilePage {
    pub chrome: Chrome,
    pub problem: Option<String>,
    pub profile: Vec<Field>,
    pub password: Vec<Field>,
}
