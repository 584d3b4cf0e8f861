//! The trace header line that a receiving server puts above a mail.

use std::net::IpAddr;

use super::Envelope;

/// RFC 5321 4.4: `Received:` with its CRLF, folded. `date` is an RFC 5322 date;
/// `for_` is the recipient, when there is exactly one to name.
pub fn received_line(
    envelope: &Envelope,
    hostname: &str,
    for_: Option<&str>,
    id: &str,
    date: &str,
) -> String {
    let peer = &envelope.peer;
    let helo = if peer.helo.is_empty() {
        "unknown".into()
    } else {
        domain(&peer.helo)
    };
    let literal = match peer.addr.ip().to_canonical() {
        IpAddr::V4(v4) => format!("[{v4}]"),
        IpAddr::V6(v6) => format!("[IPv6:{v6}]"),
    };
    // RFC 3848: how it came.
    let with = match (peer.esmtp, &peer.tls) {
        (true, Some(_)) => "ESMTPS",
        (true, None) => "ESMTP",
        (false, _) => "SMTP",
    };
    let tls = match &peer.tls {
        Some(tls) => format!(
            "\r\n\t({} {})",
            printable(&tls.version),
            printable(&tls.cipher)
        ),
        None => String::new(),
    };
    let for_ = match for_ {
        Some(recipient) => format!("\r\n\tfor <{}>", printable(recipient)),
        None => String::new(),
    };
    let (hostname, id) = (domain(hostname), printable(id));
    format!(
        "Received: from {helo} ({literal})\r\n\tby {hostname} with {with} id {id}{tls}{for_};\r\n\t{}\r\n",
        printable(date)
    )
}

/// What a peer calls itself goes into a header of ours: nothing but the
/// characters of a domain or an address literal.
fn domain(text: &str) -> String {
    let keep =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    text.chars()
        .take(255)
        .map(|c| if keep(c) { c } else { '_' })
        .collect()
}

fn printable(text: &str) -> String {
    let keep = |c: char| c == ' ' || c.is_ascii_graphic();
    text.chars()
        .take(400)
        .map(|c| if keep(c) { c } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Peer, TlsInfo};
    use super::*;
    use crate::ReversePath;

    const DATE: &str = "Mon, 23 Nov 2026 10:00:00 +0000";

    fn envelope(addr: &str, helo: &str, esmtp: bool, tls: bool) -> Envelope {
        let tls = tls.then(|| TlsInfo {
            version: "TLSv1.3".into(),
            cipher: "AES".into(),
        });
        let addr = addr.parse().expect("an address");
        let peer = Peer {
            addr,
            helo: helo.into(),
            esmtp,
            tls,
            trusted: false,
        };
        let (reverse_path, recipients) = (ReversePath::Null, Vec::new());
        Envelope {
            peer,
            reverse_path,
            recipients,
            body_8bit: false,
            session: "s".into(),
        }
    }

    #[test]
    fn a_plain_mail_has_one_folded_line() {
        let envelope = envelope("192.0.2.1:99", "a.example", true, false);
        assert_eq!(
            received_line(
                &envelope,
                "mx.example",
                Some("ann@desk.example"),
                "q1",
                DATE
            ),
            "Received: from a.example ([192.0.2.1])\r\n\tby mx.example with ESMTP id q1\r\n\
             \tfor <ann@desk.example>;\r\n\tMon, 23 Nov 2026 10:00:00 +0000\r\n"
        );
    }

    #[test]
    fn protocol_family_and_tls_are_named() {
        let line = |envelope| received_line(&envelope, "mx.example", None, "q1", DATE);
        let tls = line(envelope("[2001:db8::1]:99", "a.example", true, true));
        assert!(
            tls.contains("([IPv6:2001:db8::1])") && tls.contains("with ESMTPS id q1"),
            "{tls}"
        );
        assert!(
            tls.contains("(TLSv1.3 AES)") && !tls.contains("for <"),
            "{tls}"
        );
        let old = line(envelope("[::ffff:192.0.2.1]:99", "", false, false));
        assert!(
            old.contains("from unknown ([192.0.2.1])") && old.contains("with SMTP id"),
            "{old}"
        );
    }

    #[test]
    fn a_name_cannot_forge_a_header() {
        let envelope = envelope(
            "192.0.2.1:99",
            "x (fake [127.0.0.1])\r\nX-Evil: 1",
            true,
            false,
        );
        let line = received_line(
            &envelope,
            "mx.example",
            Some("a\r\nX-Evil: 1"),
            "q1\r\n",
            DATE,
        );
        let starts: Vec<_> = line.lines().filter(|l| !l.starts_with('\t')).collect();
        assert_eq!(starts.len(), 1, "{line}");
        assert_eq!(line.matches('(').count(), 1, "{line}");
    }
}
