//! A mail as `maildesk inspect --json` shows it. What must hold: the names and types of the published
//! schema, version 1; a new field is an addition, another meaning is another version.

use serde_json::{Value, json};

use super::{Address, Attachment, FailedRecipient, Mail, MessageId};

impl Mail {
    pub fn inspect(&self) -> Value {
        json!({
            "v": 1,
            "size": self.size,
            "message_id": self.message_id.as_ref().map(MessageId::as_str),
            "in_reply_to": ids(&self.in_reply_to),
            "references": ids(&self.references),
            "from": addresses(&self.from),
            "reply_to": addresses(&self.reply_to),
            "to": addresses(&self.to),
            "cc": addresses(&self.cc),
            "subject": self.subject,
            "date": self.date_written,
            "text": self.text,
            "html": self.html,
            "body_text": self.body_text,
            "reply": {
                "new": self.reply.new,
                "signature": self.reply.signature,
                "quoted": self.reply.quoted,
            },
            "attachments": self.attachments.iter().map(attachment).collect::<Vec<_>>(),
            "kind": self.kind.name(),
            "bounce": self.bounce.iter().map(bounce).collect::<Vec<_>>(),
            "complaint": self.complaint.as_ref().map(|one| json!({ "type": one.kind })),
        })
    }
}

fn ids(ids: &[MessageId]) -> Vec<&str> {
    ids.iter().map(MessageId::as_str).collect()
}

fn addresses(addresses: &[Address]) -> Vec<Value> {
    let one = |one: &Address| json!({ "name": one.name, "address": one.address });
    addresses.iter().map(one).collect()
}

fn attachment(one: &Attachment) -> Value {
    json!({
        "name": one.name,
        "type": one.kind,
        "size": one.size,
        "sha256": data_encoding::HEXLOWER.encode(&one.sha256),
        "cid": one.cid,
        "inline": one.inline,
    })
}

fn bounce(one: &FailedRecipient) -> Value {
    json!({
        "recipient": one.recipient,
        "status": one.status,
        "action": one.action,
        "code": one.code,
        "diagnostic": one.diagnostic,
        "permanent": one.permanent,
    })
}
