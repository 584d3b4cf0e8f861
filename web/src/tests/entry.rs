//! What stands behind an entry: frames, files, sources; the outbox and the
//! journal.

use crate::testing::Site;

#[tokio::test]
async fn formatted_mail_is_sanitised_and_framed_under_its_own_policy() {
    let site = Site::start().await;
    let message = b"From: Mira <mira@customer.example>\r\nTo: support@desk.example\r\nSubject: x\r\nMessage-ID: <a@b>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script><p onclick=x>Hi</p><img src=https://t.example/p.gif><img src=\"cid:logo\">\r\n--r\r\nContent-Type: image/png\r\nContent-ID: <logo>\r\nContent-Disposition: inline; filename=l.png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--r--\r\n";
    let number = site.raw_mail("support", message).await;
    let mut ben = site.logged_in("ben").await;
    let page = ben.get(&format!("/tickets/{number}")).await.body;
    assert!(
        page.contains("sandbox=\"allow-same-origin allow-popups allow-popups-to-escape-sandbox\"")
    );
    let frame = ben.get(&format!("/tickets/{number}/entries/1/html")).await;
    assert_eq!(
        frame.header("content-security-policy"),
        crate::headers::FRAME_POLICY
    );
    assert!(
        frame.body.contains("Hi") && frame.body.contains("One picture from elsewhere"),
        "{}",
        frame.body
    );
    for gone in ["<script", "onclick", "t.example"] {
        assert!(!frame.body.contains(gone), "{gone}");
    }
    let picture = format!("/tickets/{number}/entries/1/attachments/0/l.png");
    assert!(frame.body.contains(&picture), "{}", frame.body);
    let reply = ben.get(&picture).await;
    assert_eq!(
        (
            reply.header("content-type"),
            reply.header("content-disposition")
        ),
        ("image/png", "inline; filename=\"l.png\"")
    );
}

#[tokio::test]
async fn attachments_are_saved_and_their_names_are_tamed() {
    let site = Site::start().await;
    let message = b"From: Mira <mira@customer.example>\r\nTo: support@desk.example\r\nSubject: x\r\nMessage-ID: <a@b>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=r\r\n\r\n--r\r\n\r\ntext\r\n--r\r\nContent-Type: text/html; name=\"../../x\\\"y.html\"\r\nContent-Disposition: attachment; filename=\"../../x\\\"y.html\"\r\n\r\n<script>alert(1)</script>\r\n--r--\r\n";
    let number = site.raw_mail("support", message).await;
    let mut ben = site.logged_in("ben").await;
    let page = ben.get(&format!("/tickets/{number}")).await.body;
    let href = page
        .split("href=\"")
        .find(|part| part.contains("/attachments/0/"))
        .and_then(|part| part.split('"').next())
        .expect("a link")
        .to_owned();
    let reply = ben.get(&href).await;
    assert_eq!(reply.status, 200);
    let disposition = reply.header("content-disposition");
    assert!(
        disposition.starts_with("attachment; filename=\"") && !disposition.contains(".."),
        "{disposition}"
    );
    assert_eq!(reply.header("content-type"), "application/octet-stream");
    assert_eq!(
        reply.header("content-security-policy"),
        crate::headers::FILE_POLICY
    );
    assert!(reply.body.contains("<script>alert(1)</script>"));
}

#[tokio::test]
async fn source_download_is_the_mail_as_transmitted() {
    let site = Site::start().await;
    let number = site.mail("support", "Invoice", "Twice!").await;
    let mut ben = site.logged_in("ben").await;
    let source = ben
        .get(&format!("/tickets/{number}/entries/1/source"))
        .await
        .body;
    assert!(
        source.contains("Received: from mx.customer.example")
            && source.contains("Subject: Invoice")
    );
    let file = ben
        .get(&format!("/tickets/{number}/entries/1/message.eml"))
        .await;
    assert!(
        file.body
            .starts_with("From: Mira Hoffmann <mira@customer.example>\r\n"),
        "{}",
        file.body
    );
    assert_eq!(file.header("content-type"), "message/rfc822");
    let headers = ben
        .get(&format!("/tickets/{number}/entries/1/headers"))
        .await
        .body;
    assert!(
        headers.contains("<dt>Received</dt>")
            && headers.contains("<dt>Subject</dt><dd>Invoice</dd>"),
        "{headers}"
    );
}

#[tokio::test]
async fn the_outbox_shows_letters_and_the_journal_shows_mails() {
    let site = Site::start().await;
    let number = site.mail("support", "Invoice", "Twice!").await;
    let mut ada = site.logged_in("ada").await;
    let list = ada.get("/outbox").await.body;
    assert!(
        list.contains("acknowledgement")
            && list.contains("held")
            && list.contains("mira@customer.example"),
        "{list}"
    );
    let id = site.desk.letters(None, 1).await.expect("letters").rows[0].id;
    let letter = ada.get(&format!("/outbox/{id}")).await;
    assert_eq!(letter.status, 200);
    assert!(
        letter.body.contains("Auto-Submitted: auto-replied"),
        "{}",
        letter.body
    );
    let source = ada.get(&format!("/outbox/{id}/letter.eml")).await;
    assert_eq!(
        source.bytes.len().to_string(),
        source.header("content-length")
    );
    assert_eq!(ada.get(&format!("/outbox/{id}/source")).await.status, 200);
    let journal = ada.get("/journal").await.body;
    assert!(
        journal.contains("accepted") && journal.contains(&format!("/tickets/{number}")),
        "{journal}"
    );
}
