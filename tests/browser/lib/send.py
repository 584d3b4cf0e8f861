"""Sends one mail described by JSON on standard input; prints the last reply as JSON."""

import base64
import email.policy
import email.utils
import json
import smtplib
import sys
from email.message import EmailMessage


def message(mail):
    made = EmailMessage()
    made["From"] = mail["from"]
    made["To"] = mail.get("header_to") or ", ".join(recipients(mail))
    made["Subject"] = mail.get("subject", "")
    made["Date"] = email.utils.formatdate()
    headers = {"Message-ID": email.utils.make_msgid(domain="customer.example")}
    for name, value in {**headers, **mail.get("headers", {})}.items():
        made[name] = value
    made.set_content(mail.get("text", ""))
    if "html" in mail:
        made.add_alternative(mail["html"], subtype="html")
    for file in mail.get("files", []):
        kind, _, subtype = file["type"].partition("/")
        content = base64.b64decode(file["base64"])
        extra = {"cid": file["cid"], "disposition": "inline"} if "cid" in file else {}
        made.add_attachment(content, kind, subtype, filename=file["name"], **extra)
    return made.as_bytes(policy=email.policy.SMTP)


def recipients(mail):
    return mail["to"] if isinstance(mail["to"], list) else [mail["to"]]


def send(mail):
    raw = mail["raw"].encode() if "raw" in mail else message(mail)
    sender = email.utils.parseaddr(mail.get("envelope_from", mail["from"]))[1]
    with smtplib.SMTP(mail["host"], mail["port"], timeout=30) as server:
        server.ehlo("client.customer.example")
        code, reply = server.mail(sender)
        for recipient in recipients(mail):
            if code < 400:
                code, reply = server.rcpt(recipient)
        if code < 400:
            code, reply = server.data(raw)
    return {"code": code, "reply": reply.decode()}


print(json.dumps(send(json.load(sys.stdin))))
