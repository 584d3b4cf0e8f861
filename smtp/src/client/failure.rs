//! Why a delivery as a whole did not happen.

use std::fmt;

use crate::Reply;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("cannot connect: {0}")]
    Connect(String),
    #[error("TLS: {0}")]
    Tls(String),
    /// What the other end said is not SMTP, or it hung up.
    #[error("at {stage}: {detail}")]
    Protocol { stage: Stage, detail: String },
    #[error("refused at {stage}: {} {}", reply.code, reply.text)]
    Refused { stage: Stage, reply: Reply },
    #[error("no answer in time at {0}")]
    Timeout(Stage),
    /// The final dot was sent and nothing came back: it may have been delivered.
    #[error("the connection broke after the whole message was sent: {0}")]
    AfterData(String),
    #[error("authentication failed: {0}")]
    Auth(String),
    /// Our own message could not be read; nothing was delivered.
    #[error("the message cannot be read: {0}")]
    Message(String),
}

/// Where in the dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Greeting,
    Hello,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    EndOfData,
    Reset,
}

impl Failure {
    /// Trying again will not help: the message itself was refused for good. A
    /// host that refuses to talk at all says nothing about the message
    /// (another exchanger may take it), and credentials can be corrected.
    pub fn is_permanent(&self) -> bool {
        match self {
            Failure::Refused { stage, reply } => {
                let about_the_message = matches!(
                    stage,
                    Stage::Mail | Stage::Rcpt | Stage::Data | Stage::EndOfData
                );
                about_the_message && reply.is_permanent()
            }
            _ => false,
        }
    }

    /// The reply that caused it, if one did.
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Failure::Refused { reply, .. } => Some(reply),
            _ => None,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stage::Greeting => "the greeting",
            Stage::Hello => "EHLO",
            Stage::StartTls => "STARTTLS",
            Stage::Auth => "AUTH",
            Stage::Mail => "MAIL",
            Stage::Rcpt => "RCPT",
            Stage::Data => "DATA",
            Stage::EndOfData => "the end of the message",
            Stage::Reset => "RSET",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply;

    #[test]
    fn only_a_refusal_of_the_message_is_permanent() {
        let refused = |stage, reply| Failure::Refused { stage, reply }.is_permanent();
        assert!(refused(Stage::Mail, reply::too_big()));
        assert!(refused(Stage::EndOfData, reply::content_refused("spam")));
        assert!(!refused(Stage::Mail, reply::local_error()));
        assert!(!refused(Stage::Greeting, reply::refused("not you")));
        assert!(!Failure::AfterData("reset".into()).is_permanent());
        assert!(!Failure::Auth("535".into()).is_permanent());
    }
}
