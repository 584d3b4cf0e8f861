//! The queue, the outbox and the journal.

use crate::journal::{JournalPage, JournalRow};
use crate::outbox::letter::LetterPage;
use crate::outbox::{LetterRow, OutboxPage};
use crate::page::Chrome;
use crate::queue::{QueuePage, QueueRow};
use crate::ticket::page::Delivery;

pub fn queue(chrome: Chrome, rows: Vec<QueueRow>) -> QueuePage {
    QueuePage {
        chrome,
        heading: "Open",
        department: None,
        empty: "Nothing is waiting here",
        empty_hint: "A mail to one of your addresses shows up by itself.",
        newest: "Invoice 2291 was charged twice, from Mira Hoffmann".into(),
        rows,
        first: None,
        next: Some("/queue/open?after=x".into()),
    }
}

pub fn rows() -> Vec<QueueRow> {
    let row = |number: &str,
               waiting,
               who: &str,
               subject: &str,
               snippet: &str,
               owner: Option<&str>,
               department: &str,
               age: &str| QueueRow {
        number: number.into(),
        href: format!("/tickets/{number}"),
        subject: subject.into(),
        snippet: snippet.into(),
        requester: who.into(),
        assignee: owner.map(str::to_owned),
        department: department.into(),
        waiting,
        mark: if waiting {
            "waiting for an answer"
        } else {
            "answered"
        },
        age: age.into(),
        updated: "Mon 23 Nov 2026, 14:02".into(),
        updated_iso: "2026-11-23T14:02:00Z".into(),
    };
    vec![
        row(
            "482913",
            true,
            "Mira Hoffmann",
            "Invoice 2291 was charged twice",
            "Hello, my card statement shows the same amount on the 3rd and again on the 5th. Could you check",
            None,
            "Billing",
            "now",
        ),
        row(
            "771204",
            true,
            "Jonas Lindqvist",
            "Cannot log in after the password change",
            "I changed it this morning and since then every attempt ends with “session expired”. I have tried",
            Some("Ben Okafor"),
            "Support",
            "4 min",
        ),
        row(
            "190388",
            false,
            "Amélie Durand-Castellane de Montfort",
            "Quote for 40 seats",
            "Thanks, Amélie. The quote is attached; it is good until the end of December.",
            Some("Ada Lovelace"),
            "Sales",
            "12 min",
        ),
        row(
            "660127",
            true,
            "warehouse@northern-light.example",
            "Delivery note missing in the last three parcels, and the customs office in Rotterdam is asking for it again",
            "They hold the parcels until Friday. Please send the notes for 88120, 88121 and 88127.",
            None,
            "Support",
            "38 min",
        ),
        row(
            "305518",
            true,
            "Priya Raman",
            "Re: Export stops at 10,000 rows",
            "The limit is gone, but now the last column is empty. File attached.",
            Some("Ada Lovelace"),
            "Support",
            "1 h",
        ),
        row(
            "918273",
            false,
            "Tom Becker",
            "Thank you!",
            "Works again, you are the best.",
            Some("Ben Okafor"),
            "Support",
            "2 h",
        ),
        row(
            "551034",
            false,
            "Lucía Fernández",
            "Change of billing address",
            "Done: from the next invoice on it goes to Valencia.",
            Some("Chiara Russo"),
            "Billing",
            "3 h",
        ),
        row(
            "229846",
            true,
            "Kenji Watanabe",
            "お問い合わせ: ライセンスの更新",
            "いつもお世話になっております。ライセンスの更新についてお伺いします。",
            None,
            "Sales",
            "5 h",
        ),
        row(
            "447190",
            false,
            "Sofia Almeida",
            "Webhook signature does not verify",
            "Note: reproduced with the sample from her mail, the clock of the container is 6 minutes off.",
            Some("Ben Okafor"),
            "Support",
            "yesterday",
        ),
        row(
            "108822",
            true,
            "Henrik Vold",
            "Two accounts, one address",
            "Is it possible to merge them without losing the history?",
            None,
            "Support",
            "yesterday",
        ),
    ]
}

pub fn outbox(chrome: Chrome, letters: Vec<LetterRow>) -> OutboxPage {
    let hold = Some("Outgoing mail is held: nothing leaves this desk. Open a letter to read it.");
    OutboxPage {
        chrome,
        hold,
        letters,
        first: None,
        next: None,
    }
}

pub fn letters() -> Vec<LetterRow> {
    let row = |state, tone, subject: &str, to: &str, kind| LetterRow {
        state,
        tone,
        href: "/outbox/1".into(),
        subject: subject.into(),
        to: to.into(),
        from: "Desk Support <support@desk.example>".into(),
        kind,
        number: "482913".into(),
        age: "12 min".into(),
        at: "Mon 23 Nov 2026, 14:02".into(),
        at_iso: "2026-11-23T14:02:00Z".into(),
    };
    vec![
        row(
            "held",
            "warn",
            "Re: Invoice 2291 was charged twice",
            "mira.hoffmann@studio-hoffmann.example, jan@studio-hoffmann.example",
            "answer",
        ),
        row(
            "queued",
            "info",
            "Re: Cannot log in after the password change",
            "jonas@lindqvist.example",
            "answer",
        ),
        row(
            "sent",
            "good",
            "Re: Quote for 40 seats",
            "amelie@castellane.example",
            "acknowledgement",
        ),
        row(
            "failed",
            "bad",
            "Re: Delivery note missing",
            "warehouse@northern-light.example",
            "answer",
        ),
    ]
}

pub fn letter(chrome: Chrome) -> LetterPage {
    LetterPage {
        chrome,
        number: "482913".into(),
        ticket_href: "/tickets/482913".into(),
        state: "held",
        tone: "warn",
        subject: "Re: Invoice 2291 was charged twice".into(),
        source: "/outbox/1/source".into(),
        pairs: vec![
            ("From", "Desk Billing <billing@desk.example>".into()),
            ("To", "Mira Hoffmann <mira.hoffmann@studio-hoffmann.example>".into()),
            ("Date", "Mon 23 Nov 2026, 11:40".into()),
        ],
        recipients: vec![
            Delivery { tone: "warn", text: "mira.hoffmann@studio-hoffmann.example: held".into() },
            Delivery { tone: "bad", text: "jan@studio-hoffmann.example: refused: 550 5.1.1 no such user".into() },
        ],
        text: "<p>Hello Mira,</p><p>you are right.</p>".into(),
        frame: Some("/frame.html".into()),
        attachments: vec!["refund.pdf, 18 kB".into()],
        headers: "From: Desk Billing <billing@desk.example>\nTo: Mira Hoffmann <mira.hoffmann@studio-hoffmann.example>\nMessage-ID: <01.482913@desk.example>".into(),
    }
}

pub fn journal(chrome: Chrome, rows: Vec<JournalRow>) -> JournalPage {
    JournalPage {
        chrome,
        rows,
        first: Some("/journal".into()),
        next: Some("/journal?after=x".into()),
    }
}

pub fn journal_rows() -> Vec<JournalRow> {
    let row = |outcome, tone, from: &str, rule: &str, reply: &str, number: &str| JournalRow {
        outcome,
        tone,
        from: from.into(),
        to: "support@desk.example".into(),
        rule: rule.into(),
        reply: reply.into(),
        peer: "192.0.2.7 mx.studio-hoffmann.example".into(),
        size: "18 kB".into(),
        number: number.into(),
        href: (!number.is_empty()).then(|| format!("/tickets/{number}")),
        age: "4 min".into(),
        at: "Mon 23 Nov 2026, 14:02".into(),
        at_iso: "2026-11-23T14:02:00Z".into(),
    };
    vec![
        row(
            "accepted",
            "good",
            "mira.hoffmann@studio-hoffmann.example",
            "In-Reply-To holds our Message-ID",
            "250 2.6.0 ticket 482913",
            "482913",
        ),
        row(
            "refused",
            "bad",
            "spam@bulk.example",
            "unknown recipient",
            "550 5.1.1 no such address here",
            "",
        ),
        row(
            "repeated",
            "info",
            "jonas@lindqvist.example",
            "same mail as before",
            "250 2.6.0 ticket 771204",
            "771204",
        ),
    ]
}
