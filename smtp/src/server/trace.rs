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
