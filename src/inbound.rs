//! Mail comes in: what the SMTP listener and `deliver` hand over goes to the desk, and the desk's
//! verdict becomes the answer the sender is told. 250 is said after the desk has said "durable".

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use desk::intake::{Accepted, Arrival, Recipient, Refusal};
use desk::journal::Refused;
use desk::ticket::Via;
use desk::{Desk, EmailAddress};
use smtp::server::{Content, Envelope, Mailroom, Message, Peer, TempPath};
use smtp::{Mailbox, Reply, ReversePath, reply};

use crate::control::Delivery;
use crate::fault::{Exit, Fault};
use crate::spool::Spooled;
use crate::world::World;

pub struct Inbound {
    pub desk: Desk,
    pub world: World,
    pub hostname: String,
    /// For mail on standard input; the listener has its own.
    pub max_size: u64,
}

impl Mailroom for Inbound {
    fn recipient(
        &self,
        peer: &Peer,
        _from: &ReversePath,
        to: &Mailbox,
    ) -> impl Future<Output = Result<(), Reply>> + Send {
        let asked = (peer.addr, to.clone());
        async move {
            let (peer, to) = asked;
            let Some(address) = email(&to) else {
                return Err(reply::mailbox_unknown());
            };
            match self.desk.recipient(&address).await {
                Ok(Recipient::Known) => Ok(()),
                Ok(Recipient::Unknown) => Err(reply::mailbox_unknown()),
                Err(problem) => {
                    tracing::error!(%peer, %problem, "a recipient could not be looked up");
                    Err(reply::local_error())
                }
            }
        }
    }

    async fn deliver(&self, envelope: Envelope, message: Message) -> Reply {
        let size = message.size;
        let (content, _spool_file) = content(message);
        let arrival = self.arrival(&envelope, content, size);
        let accepted = self.desk.accept(&self.world.moment(), arrival).await;
        log(
            &envelope.session,
            &envelope.peer.addr.to_string(),
            &accepted,
        );
        match accepted {
            Ok(accepted) => Reply::new(250, (2, 0, 0), told(&accepted)),
            Err(Refusal::UnknownRecipient) => reply::mailbox_unknown(),
            Err(Refusal::Loop { .. }) => reply::mail_loop(),
            Err(Refusal::Temporary(_)) => reply::local_error(),
        }
    }

    async fn refused(&self, peer: &Peer, from: &ReversePath, to: Option<&Mailbox>, reply: &Reply) {
        let refused = Refused {
            peer: peer.addr.ip().to_canonical().to_string(),
            helo: peer.helo.clone(),
            from: from.mailbox().map(Mailbox::to_string).unwrap_or_default(),
            recipients: to.iter().map(|to| to.to_string()).collect(),
            reply: reply.to_string().trim_end().replace("\r\n", " "),
            rule: "dialogue: refused before a message was taken".to_owned(),
            size: 0,
        };
        let peer = &refused.peer;
        tracing::info!(
            peer,
            from = refused.from,
            reply = refused.reply,
            "refused mail"
        );
        let written = self
            .desk
            .journal_refused(&self.world.moment(), refused.clone())
            .await;
        if let Err(problem) = written {
            tracing::error!(peer, %problem, "a journal row could not be written");
        }
    }
}

impl Inbound {
    /// Takes a mail that another mail server hands in on standard input.
    pub async fn hand_in(
        &self,
        delivery: &Delivery,
        mut message: Spooled,
    ) -> Result<Accepted, Fault> {
        let from = delivery.from.as_deref().map(address).transpose()?;
        let mut recipients = Vec::new();
        for to in &delivery.to {
            recipients.push(address(to)?);
        }
        for to in &recipients {
            if self.desk.recipient(to).await? == Recipient::Unknown {
                self.refuse_hand_in(delivery, to, message.size).await?;
                return Err(no_user(to));
            }
        }
        let envelope = self.local_envelope();
        let arrival = Arrival {
            via: Via::Deliver,
            peer: "deliver".to_owned(),
            helo: String::new(),
            trace: self.trace(&envelope, from.as_ref(), &recipients),
            reverse_path: from,
            recipients,
            content: message.content(),
            size: message.size,
        };
        let accepted = self.desk.accept(&self.world.moment(), arrival).await;
        log(&envelope.session, "deliver", &accepted);
        accepted.map_err(|refusal| match refusal {
            Refusal::UnknownRecipient => Fault::new(Exit::NoUser, refusal.to_string()),
            Refusal::Loop { rule } => Fault::input(format!("the mail goes in circles: {rule}")),
            Refusal::Temporary(why) => Fault::temporary(format!("not now: {why}; try again")),
        })
    }

    async fn refuse_hand_in(
        &self,
        delivery: &Delivery,
        to: &EmailAddress,
        size: u64,
    ) -> Result<(), Fault> {
        let refused = Refused {
            peer: "deliver".to_owned(),
            helo: String::new(),
            from: delivery.from.clone().unwrap_or_default(),
            recipients: vec![to.to_string()],
            reply: "no such mailbox here".to_owned(),
            rule: "route: the recipient is no address of ours".to_owned(),
            size,
        };
        Ok(self
            .desk
            .journal_refused(&self.world.moment(), refused)
            .await?)
    }

    fn arrival(&self, envelope: &Envelope, content: storage::Content, size: u64) -> Arrival {
        let reverse_path = envelope.reverse_path.mailbox().and_then(email);
        let recipients: Vec<EmailAddress> = envelope.recipients.iter().filter_map(email).collect();
        Arrival {
            via: Via::Smtp,
            peer: envelope.peer.addr.ip().to_canonical().to_string(),
            helo: envelope.peer.helo.clone(),
            trace: self.trace(envelope, reverse_path.as_ref(), &recipients),
            reverse_path,
            recipients,
            content,
            size,
        }
    }

    /// RFC 5321 4.4: who makes the final delivery writes Return-Path above Received.
    fn trace(
        &self,
        envelope: &Envelope,
        from: Option<&EmailAddress>,
        to: &[EmailAddress],
    ) -> String {
        let date = rfc5322_date(self.world.now());
        // Several recipients are not named: one of them may be a blind copy.
        let only = match to {
            [only] => Some(only.to_string()),
            _ => None,
        };
        let id = &envelope.session;
        let received =
            smtp::server::received_line(envelope, &self.hostname, only.as_deref(), id, &date);
        let from = from.map(EmailAddress::to_string).unwrap_or_default();
        format!("Return-Path: <{from}>\r\n{received}")
    }

    fn local_envelope(&self) -> Envelope {
        Envelope {
            peer: Peer {
                addr: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
                helo: "localhost".to_owned(),
                esmtp: false,
                tls: None,
                trusted: true,
            },
            reverse_path: ReversePath::Null,
            recipients: Vec::new(),
            body_8bit: true,
            session: short_id(&self.world),
        }
    }
}

/// What the sender reads behind the 250, and on standard output of `deliver`.
pub fn told(accepted: &Accepted) -> String {
    match &accepted.ticket {
        Some(number) => format!("ticket {number}"),
        None => "accepted".to_owned(),
    }
}

fn email(mailbox: &Mailbox) -> Option<EmailAddress> {
    mailbox.to_string().parse().ok()
}

/// What the store takes, and the guard that removes a spool file the store did not move away.
fn content(message: Message) -> (storage::Content, Option<TempPath>) {
    let (size, sha256) = (message.size, message.sha256);
    match message.content {
        Content::Memory(bytes) => (storage::Content::Memory(bytes), None),
        Content::File(guard) => {
            let path = guard.to_path_buf();
            (storage::Content::File { path, size, sha256 }, Some(guard))
        }
    }
}

fn address(text: &str) -> Result<EmailAddress, Fault> {
    text.parse()
        .map_err(|why| Fault::input(format!("{text:?} is no address: {why}")))
}

fn no_user(to: &EmailAddress) -> Fault {
    let remedy = "add the address on the page Admin, Addresses";
    Fault::new(
        Exit::NoUser,
        format!("{to} is no address of this desk; {remedy}"),
    )
}

fn short_id(world: &World) -> String {
    let bytes: [u8; 8] = world.moment().bytes();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn rfc5322_date(now: jiff::Timestamp) -> String {
    let utc = now.to_zoned(jiff::tz::TimeZone::UTC);
    // Years beyond 9999 have no form in RFC 5322, and no clock shows them.
    jiff::fmt::rfc2822::to_string(&utc).unwrap_or_default()
}

fn log(session: &str, peer: &str, accepted: &Result<Accepted, Refusal>) {
    match accepted {
        Ok(accepted) => {
            let ticket = accepted.ticket.as_ref().map(|number| number.to_string());
            let rule = &accepted.rule;
            tracing::info!(session, peer, ticket, rule, "took a mail in");
        }
        Err(Refusal::Temporary(why)) => {
            tracing::error!(session, peer, why, "a mail could not be taken in");
        }
        Err(refusal) => {
            tracing::info!(session, peer, rule = refusal.rule(), "refused a mail");
        }
    }
}
