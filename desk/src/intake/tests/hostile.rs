//! What strangers try: mails made to get in, to break something, or to fill the disk.

use super::*;

#[tokio::test]
async fn a_forged_requester_brings_nobody_in() {
    let desk = TestDesk::new().await;
    let (ticket, letter) = answered(&desk).await;
    let ann = "Ann <ann@customer.example>";
    let number = format!("Subject: [#{}]\n", ticket.number);
    for (headers, enabled) in [
        (number, false),
        ("In-Reply-To: <1@customer.example>\n".to_owned(), false),
        (format!("In-Reply-To: <{}>\n", letter.message_id), true),
    ] {
        let mail = reply_from(ann, &format!("{headers}Cc: copied@evil.example\n"));
        let mail = mail.replacen("Subject: Re: Broken lamp\n", "", 1);
        let joined = desk.ticket(SUPPORT, &mail).await;
        assert_eq!(joined.number, ticket.number, "{headers}");
        let copied = joined.collaborators.iter().find(|c| c.active);
        assert_eq!(copied.is_some(), enabled, "{headers}");
        if !enabled {
            assert_eq!(
                joined.collaborators.len(),
                1,
                "shown, so that an agent may decide"
            );
        }
        let without = Ticket {
            collaborators: Vec::new(),
            ..joined
        };
        let table = &desk.desk.tables.tickets;
        let mut batch = storage::Batch::new();
        table.put(&mut batch, &ticket.id, &without);
        desk.desk.store().commit(batch).await.unwrap();
    }
}

#[tokio::test]
async fn an_address_nobody_can_write_to_costs_no_mail() {
    let desk = TestDesk::new().await;
    let from = "jürgen@customer.example";
    let mail = first("1").replace("ann@customer.example", from);
    let accepted = (desk
        .mail_from(Some("mailer@customer.example"), SUPPORT, &mail)
        .await)
        .unwrap();
    assert!(
        accepted.rule.contains("not acknowledged"),
        "{}",
        accepted.rule
    );
    let ticket = desk.at(&accepted.ticket.unwrap()).await;
    assert_eq!(ticket.requester.address.unwrap().as_str(), from);
    desk.clean().await;
}

#[tokio::test]
async fn the_largest_lists_and_texts_fit_into_a_record() {
    let desk = TestDesk::new().await;
    let wide = "\u{1f4a1}".repeat(200);
    let mut mail = format!(
        "{}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n",
        first("wide").split("\n\n").next().unwrap().to_owned() + "\n"
    );
    mail.push_str(&format!("{}\n", "word ".repeat(40)).repeat(1_500));
    mail.push_str(&format!("> {}\n", "said ".repeat(40)).repeat(1_500));
    for n in 0..500 {
        mail.push_str(&format!(
            "--b\nContent-Type: application/pdf\nContent-ID: <{n}{wide}>\n\
             Content-Disposition: attachment; filename=\"{n}{wide}\"\n\nx\n"
        ));
    }
    mail.push_str("--b--\n");
    let ticket = desk.ticket(SUPPORT, &mail).await;
    let entry = desk.desk.entry(ticket.id, 1).await.unwrap().unwrap();
    let EntryBody::Message(mailed) = entry.body else {
        panic!("{entry:?}")
    };
    let kept = mailed.attachments.len();
    assert!((100..400).contains(&kept) && mailed.text.cut, "{kept}");
    desk.clean().await;
}

#[tokio::test]
async fn refused_mail_leaves_nothing_on_disk() {
    let desk = TestDesk::new().await;
    let long = "long ".repeat(40_000);
    let looping = format!(
        "{}{}{long}\n",
        "Received: by x\n".repeat(101),
        first("hops")
    );
    assert!(desk.mail(SUPPORT, &looping).await.is_err());
    let blobs = desk.desk.store().dir().join("blobs");
    let files = || -> usize {
        let directories = std::fs::read_dir(&blobs).unwrap();
        let count = |dir: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_dir(dir.unwrap().path()).unwrap().count()
        };
        directories.map(count).sum()
    };
    assert_eq!(files(), 0);
    let taken = format!("{}{long}\n", first("taken"));
    desk.ticket(SUPPORT, &taken).await;
    assert_eq!(files(), 1);
    desk.ticket(SUPPORT, &format!("Received: by y\n{taken}"))
        .await;
    assert_eq!(files(), 1, "the same mail by another way");
}
