"""Reads every mail of a Maildir with Python's email module: read.py MAILDIR

Prints a list as JSON: the header fields that matter, every part with its hash, and whatever the
module found wrong ("defects").
"""

import email
import email.policy
import hashlib
import json
import pathlib
import sys


def part(found):
    content = found.get_payload(decode=True) or b""
    text = found.get_content() if found.get_content_maintype() == "text" else None
    return {
        "type": found.get_content_type(),
        "disposition": found.get_content_disposition(),
        "name": found.get_filename(),
        "sha256": hashlib.sha256(content).hexdigest(),
        "text": text,
    }


def mail(path):
    raw = path.read_bytes()
    found = email.message_from_bytes(raw, policy=email.policy.default)
    parts = [p for p in found.walk() if not p.is_multipart()]
    defects = [str(d) for p in found.walk() for d in p.defects]
    defects += [f"{name}: {d}" for name, value in found.items() for d in value.defects]
    fields = ["From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To"]
    fields += ["References", "Auto-Submitted", "Return-Path", "Received", "MIME-Version", "X-Original-To"]
    return {
        "headers": {name.lower(): str(found[name]) for name in fields if name in found},
        "structure": [p.get_content_type() for p in found.walk()],
        "parts": [part(p) for p in parts],
        "defects": defects,
        "lines": max((len(line) for line in raw.split(b"\n")), default=0),
    }


folder = pathlib.Path(sys.argv[1])
print(json.dumps([mail(path) for path in sorted(folder.glob("new/*"))]))
