//! What is said over the control socket: one request line, then answer lines, in JSON.
//! `deliver` is followed by exactly `size` bytes of message.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fault::{Exit, Fault};

/// No request is longer: the longest is a deliver with all its recipients.
pub const LONGEST_REQUEST: u64 = 64 * 1024;
/// A ticket is one line, and its entries come in lines of their own.
pub const LONGEST_LINE: u64 = 32 * 1024 * 1024;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    Tickets {},
    Ticket { number: String },
    Outbox {},
    Journal {},
    Fsck {},
    Deliver(Delivery),
}

/// The envelope of a mail that is handed in by another mail server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// `None` is the null reverse path.
    pub from: Option<String>,
    pub to: Vec<String>,
    pub size: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// One of a list.
    Row(Value),
    /// The last line of an answer that went well.
    Done(Value),
    /// The last line of one that did not.
    Fault { exit: u8, line: String },
}

impl From<Fault> for Line {
    fn from(fault: Fault) -> Line {
        Line::Fault {
            exit: fault.exit.code(),
            line: fault.line,
        }
    }
}

impl Line {
    pub fn fault(exit: u8, line: String) -> Fault {
        Fault::new(Exit::of(exit), line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn requests_and_lines_read_as_documented() {
        let request = Request::Ticket { number: "7".into() };
        let text = serde_json::to_string(&request).expect("a request is JSON");
        assert_eq!(text, r#"{"do":"ticket","number":"7"}"#);
        let line = Line::from(Fault::input("no such ticket"));
        let text = serde_json::to_string(&line).expect("a line is JSON");
        assert_eq!(text, r#"{"fault":{"exit":65,"line":"no such ticket"}}"#);
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_request_parser(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = serde_json::from_slice::<Request>(&bytes);
        }

        #[test]
        fn a_delivery_survives_the_wire(
            from in proptest::option::of(".{0,40}"), to in proptest::collection::vec(".{0,40}", 0..4), size: u64
        ) {
            let request = Request::Deliver(Delivery { from, to, size });
            let text = serde_json::to_string(&request)?;
            prop_assert_eq!(serde_json::from_str::<Request>(&text)?, request);
            prop_assert!(!text.contains('\n'));
        }
    }
}
