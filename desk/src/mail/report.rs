//! Reports that machines send (RFC 6522): what a delivery report says of its recipients, and spam
//! complaints. What must hold: the text in here is a stranger's; it is bounded and never trusted.

use std::io::{Read, Seek};

use super::body;
use super::fields::Fields;
use super::model::{Complaint, FailedRecipient};
use super::scan::{Outline, Part};
use super::{clean, parser};

#[derive(Debug, Default)]
pub struct Report {
    pub sort: Option<Sort>,
    pub failed: Vec<FailedRecipient>,
    pub complaint: Option<Complaint>,
}

/// What kind of report the parts make it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// RFC 3464.
    Delivery,
    /// RFC 8098.
    Disposition,
    /// RFC 5965.
    Feedback,
}

pub fn read(outline: &Outline, source: &mut (impl Read + Seek)) -> Report {
    let mut report = Report::default();
    let Some(root) = outline.parts.first() else {
        return report;
    };
    let direct = |part: &&Part| part.parent == Some(0) && root.kind.value == "multipart/report";
    for part in outline.parts.iter().filter(direct) {
        let text = |source| body::bytes(part, source, REPORT);
        match part.kind.value.as_str() {
            "message/delivery-status" | "message/global-delivery-status" => {
                report.sort = Some(Sort::Delivery);
                report.failed.extend(recipients(&text(source)));
            }
            "message/disposition-notification" | "message/global-disposition-notification" => {
                report.sort.get_or_insert(Sort::Disposition);
            }
            "message/feedback-report" => {
                report.sort.get_or_insert(Sort::Feedback);
                report.complaint = Some(complaint(&text(source)));
            }
            _ => {}
        }
    }
    if report.failed.is_empty() {
        report.failed = listed_in_header(&outline.parts[0].fields);
    }
    report.failed.truncate(RECIPIENTS);
    report
}

/// RFC 3464 2.1: one group of fields for the message, then one for each recipient.
fn recipients(status: &[u8]) -> Vec<FailedRecipient> {
    let text = parser::text(status, None).replace("\r\n", "\n");
    text.split("\n\n")
        .filter_map(|group| recipient(&Fields::parse(group.as_bytes())))
        .collect()
}

fn recipient(fields: &Fields) -> Option<FailedRecipient> {
    let text = |name: &str| fields.text(name).map(|text| clean::line(&text, DIAGNOSTIC));
    // RFC 3464 2.3.1: the address that was given to us is the one we know.
    let given = text("Original-Recipient").or_else(|| text("Final-Recipient"))?;
    let recipient = address(&given).or_else(|| address(&text("Final-Recipient")?))?;
    let action = text("Action").unwrap_or_default().to_ascii_lowercase();
    // RFC 3464 2.3.3: delivered, relayed and expanded are good news.
    if matches!(action.as_str(), "delivered" | "relayed" | "expanded") {
        return None;
    }
    let diagnostic = text("Diagnostic-Code").unwrap_or_default();
    // It is folded anywhere, with any white space.
    let words: Vec<&str> = untyped(&diagnostic).split_whitespace().collect();
    let diagnostic = words.join(" ");
    let status = text("Status").and_then(|text| enhanced_status(&text));
    let status = status.or_else(|| diagnostic.split(' ').find_map(enhanced_status));
    let code = reply_code(&diagnostic);
    let permanent = permanence(&action, status.as_deref(), code);
    Some(FailedRecipient {
        recipient,
        status,
        action,
        code,
        diagnostic,
        permanent,
    })
}

/// The failed recipients in the words of servers that send no report (qmail and its kin): a line with
/// the address and a colon, and what was said below it.
pub fn in_words(text: &str) -> Vec<FailedRecipient> {
    let lines: Vec<&str> = text.lines().take(LINES).map(str::trim).collect();
    let named = |at: usize| {
        let recipient = lines[at].strip_prefix('<')?.strip_suffix(">:")?;
        let recipient = address(recipient)?;
        let below = lines[at + 1..]
            .iter()
            .take(SAID)
            .take_while(|line| !line.is_empty());
        let said = below.copied().collect::<Vec<_>>().join(" ");
        let diagnostic = clean::line(&said, DIAGNOSTIC);
        let status = diagnostic.split(' ').find_map(enhanced_status);
        let code = reply_code(&diagnostic);
        let permanent = permanence("failed", status.as_deref(), code);
        Some(FailedRecipient {
            recipient,
            status,
            action: "failed".to_owned(),
            code,
            diagnostic,
            permanent,
        })
    };
    (0..lines.len())
        .filter_map(named)
        .take(RECIPIENTS)
        .collect()
}

/// What Exim and others put into the header.
fn listed_in_header(fields: &Fields) -> Vec<FailedRecipient> {
    let values = fields.all("X-Failed-Recipients");
    let addresses = values
        .flat_map(parser::addresses)
        .filter_map(|one| one.address);
    let failed = |recipient| FailedRecipient {
        recipient,
        action: "failed".to_owned(),
        permanent: Some(true),
        ..FailedRecipient::default()
    };
    addresses.take(RECIPIENTS).map(failed).collect()
}

fn complaint(report: &[u8]) -> Complaint {
    let text = parser::text(report, None);
    let kind = Fields::parse(text.as_bytes()).text("Feedback-Type");
    let kind = kind.map(|kind| clean::line(&kind, clean::NAME).to_ascii_lowercase());
    Complaint {
        kind: kind.unwrap_or_else(|| "abuse".to_owned()),
    }
}

/// RFC 3464 2.3.2: `rfc822; someone@example.com`.
fn address(typed: &str) -> Option<String> {
    let address = untyped(typed).trim_matches(['<', '>', ' ']);
    let found = address.contains('@') && !address.contains(' ');
    found.then(|| clean::line(address, clean::NAME))
}

fn untyped(text: &str) -> &str {
    match text.split_once(';') {
        Some((kind, rest)) if !kind.contains(' ') => rest.trim(),
        _ => text.trim(),
    }
}

/// RFC 3463 2: class, subject and detail.
fn enhanced_status(text: &str) -> Option<String> {
    let word = text
        .split_whitespace()
        .next()?
        .trim_matches(['#', '(', ')', ',', ';', ':']);
    let numbers: Vec<&str> = word.split('.').collect();
    let digits = |n: &str| (1..=3).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit());
    let right = numbers.len() == 3
        && numbers.iter().all(|n| digits(n))
        && matches!(numbers[0], "2" | "4" | "5");
    right.then(|| word.to_owned())
}

/// The first number of three digits that can be an SMTP reply (RFC 5321 4.2.1).
fn reply_code(diagnostic: &str) -> Option<u16> {
    let words = diagnostic.split(|c: char| !c.is_ascii_alphanumeric() && c != '.');
    words
        .filter(|word| word.len() == 3)
        .filter_map(|word| word.parse().ok())
        .find(|code| (400..600).contains(code))
}

fn permanence(action: &str, status: Option<&str>, code: Option<u16>) -> Option<bool> {
    if action == "delayed" {
        return Some(false);
    }
    let class = status.and_then(|status| status.bytes().next());
    match (class, code) {
        (Some(b'5'), _) | (None, Some(500..)) => Some(true),
        (Some(b'4'), _) | (None, Some(400..500)) => Some(false),
        // RFC 3464 2.3.3: failed means that nobody will try again.
        _ => (action == "failed").then_some(true),
    }
}

const LINES: usize = 1000;
const SAID: usize = 10;
const REPORT: u64 = 256 * 1024;
const DIAGNOSTIC: usize = 2000;
const RECIPIENTS: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one(status: &str) -> FailedRecipient {
        let mut all = recipients(status.as_bytes());
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    #[test]
    fn fields_of_a_recipient_are_understood() {
        let found = one(
            "Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: RFC822; <a@b.example>\r\nAction: Failed\r\nStatus: 5.7.1 (refused)\r\nDiagnostic-Code: X-Postfix; host said: 554-5.7.1 no\r\n",
        );
        assert_eq!(found.recipient, "a@b.example");
        assert_eq!(
            (found.status.as_deref(), found.code, found.permanent),
            (Some("5.7.1"), Some(554), Some(true))
        );
        assert_eq!(found.diagnostic, "host said: 554-5.7.1 no");
    }

    #[test]
    fn delays_are_not_permanent_and_good_news_is_no_failure() {
        let delayed = one("Final-Recipient: rfc822;a@b.example\nAction: delayed\nStatus: 5.4.1\n");
        assert_eq!(delayed.permanent, Some(false));
        assert!(
            recipients(b"Final-Recipient: rfc822;a@b.example\nAction: delivered\nStatus: 2.0.0\n")
                .is_empty()
        );
    }

    #[test]
    fn a_status_can_stand_in_the_diagnostic_only() {
        let found = one(
            "Final-Recipient: rfc822;a@b.example\nAction: failed\nDiagnostic-Code: smtp; 450 4.7.1 later\n",
        );
        assert_eq!(
            (found.status.as_deref(), found.permanent),
            (Some("4.7.1"), Some(false))
        );
    }

    #[test]
    fn servers_without_reports_say_it_in_words() {
        let found = in_words(
            "Hi.\n\n<a@b.example>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 no such user\n\n--- Below\n",
        );
        assert_eq!(found.len(), 1);
        assert_eq!(
            (
                found[0].recipient.as_str(),
                found[0].code,
                found[0].permanent
            ),
            ("a@b.example", Some(550), Some(true))
        );
        assert!(in_words("See <https://x.example>:\n<not an address>:\n").is_empty());
    }

    proptest! {
        #[test]
        fn any_report_is_read(text in "(Final-Recipient|Action|Status|Diagnostic-Code|: |rfc822;|a@b|5\\.1\\.1|[ -~]|\n){0,60}") {
            recipients(text.as_bytes());
            in_words(&text);
            complaint(text.as_bytes());
        }
    }
}
