"""Sends mails with Python's smtplib, as many small programs do: send.py PORT [starttls]

Prints a list of {code, text, sha256} as JSON: what was answered, and the hash of what was sent.
"""

import hashlib
import json
import smtplib
import ssl
import sys
from email.message import EmailMessage
from email.policy import SMTP

port, modes = int(sys.argv[1]), sys.argv[2:]


def message(number):
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"Zoë Müller <zoe{number}@customer.example>"
    mail["To"] = "support@desk.example"
    mail["Subject"] = f"Größe {number} — 価格"
    mail["Message-ID"] = f"<python.{number}@customer.example>"
    mail.set_content("Zwei Zeilen.\n.Und ein Punkt am Anfang.\n")
    mail.add_alternative("<p>Zwei <b>Zeilen</b>.</p>", subtype="html")
    mail.add_attachment(bytes(range(256)) * 512, maintype="image", subtype="png", filename="Bild ä.png")
    return mail.as_bytes()


answers = []
with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
    client.ehlo("python.example")
    if "starttls" in modes:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        client.starttls(context=context)
        client.ehlo("python.example")
        assert not client.has_extn("starttls"), "STARTTLS is offered again inside TLS"
    assert client.has_extn("8bitmime") and client.has_extn("pipelining")
    for number in range(5):
        content = message(number)
        client.mail(f"zoe{number}@customer.example", [f"SIZE={len(content)}"])
        code, text = client.rcpt("nobody@desk.example")
        assert code == 550, (code, text)
        client.rcpt("support@desk.example")
        code, text = client.data(content)
        digest = hashlib.sha256(content).hexdigest()
        answers.append({"code": code, "text": text.decode(), "sha256": digest})
print(json.dumps(answers))
