//! What is new in a mail's text, beside the signature and what is quoted.

use super::model::Reply;

pub fn split(text: &str) -> Reply {
    Reply {
        new: text.trim().to_owned(),
        ..Reply::default()
    }
}
