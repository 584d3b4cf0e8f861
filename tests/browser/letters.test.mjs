// What leaves and what arrived, as admins read it: the outbox, a letter as it
// is, and the journal with its reasons.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { demo } from "./lib/desk.mjs";
import { Visitor, browser } from "./lib/visitor.mjs";

let desk, chromium, ada, page, number;
before(async () => {
  [desk, chromium] = await Promise.all([demo(), browser()]);
  ada = await Visitor.at(desk, chromium);
  page = ada.page;
  await ada.login();
  ({ number } = await desk.mail({ from: "Ann <ann@customer.example>", to: "support@desk.example", subject: "Grüße & Fragen", text: "One question." }));
  await ada.ticket(number);
  await page.getByLabel("Attach files").first().setInputFiles({ name: "plan.txt", mimeType: "text/plain", buffer: Buffer.from("The plan") });
  await page.getByLabel("Your reply").fill("One **answer**.");
  await ada.press("Send to Ann");
});
after(async () => {
  await chromium?.close();
  await desk?.stop();
});

const row = (kind) => page.locator("[data-row]", { hasText: kind });

test("the outbox holds the acknowledgement and the answer, and says that they are held", async () => {
  await page.goto("/outbox");
  assert.match(await page.locator(".notice").first().innerText(), /held/);
  assert.equal(await page.locator("[data-row]").count(), 2);
  for (const kind of ["acknowledgement", "answer"]) {
    assert.match(await row(kind).innerText(), /held[\s\S]*ann@customer\.example/i);
    assert.match(await row(kind).innerText(), new RegExp(`#${number}`));
  }
});

test("a letter is shown as it leaves: recipients, text, mail program's view, files, headers", async () => {
  await page.goto("/outbox");
  await row("answer").locator("a.subject").click();
  await page.waitForURL("**/outbox/*");
  const text = await page.locator("main").innerText();
  assert.match(text, /support@desk\.example[\s\S]*ann@customer\.example/);
  assert.match(text, /held: ann@customer\.example/);
  assert.match(text, /plan\.txt, 8 /);
  assert.match(text, /Message-ID: <[^>]+@desk\.example>/i);
  assert.match(text, /References: <[^>]+@customer\.example>/i);
  const strong = page.frameLocator("iframe.rich-view").locator("strong");
  await strong.waitFor();
  assert.equal(await strong.innerText(), "answer");
});

test("the letter's file is a mail that Python understands, threaded under the question", async () => {
  await page.goto("/outbox");
  await row("answer").locator("a.subject").click();
  await page.getByRole("link", { name: "Source" }).click();
  assert.match(await page.locator("pre.source").innerText(), /multipart\//);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /Download/ }).click()]);
  const file = await download.path();
  const read = `import email,email.policy,json,sys
m=email.message_from_binary_file(open(sys.argv[1],'rb'),policy=email.policy.default)
print(json.dumps({'subject':m['subject'],'reply':m['in-reply-to'],'to':m['to'],'from':m['from'],'text':m.get_body(('plain',)).get_content(),'html':m.get_body(('html',)).get_content(),'files':[a.get_filename() for a in m.iter_attachments()],'defects':[str(d) for p in m.walk() for d in p.defects]}))`;
  const { stdout } = await promisify(execFile)("python3", ["-c", read, file]);
  const mail = JSON.parse(stdout);
  const question = (await desk.command("ticket", number)).entries[0].message_id;
  assert.equal(mail.subject, "Re: Grüße & Fragen");
  assert.equal(mail.reply, `<${question}>`);
  assert.match(mail.to, /ann@customer\.example/);
  assert.match(mail.from, /support@desk\.example/);
  assert.match(mail.text, /One \*?\*?answer/);
  assert.match(mail.html, /<strong>answer<\/strong>/);
  assert.deepEqual(mail.files, ["plan.txt"]);
  assert.deepEqual(mail.defects, []);
  assert.doesNotMatch(await readFile(file, "latin1"), /[^\r]\n/, "every line ends as lines of mail do");
});

test("an agent reads the letters of their tickets from the ticket", async () => {
  const ben = await Visitor.at(desk, chromium);
  await ben.login("ben");
  await ben.ticket(number);
  await ben.page.locator("article.entry.reply").getByRole("link", { name: /^Letter/ }).click();
  await ben.page.waitForURL("**/outbox/*");
  assert.equal(await ben.heading(), "Re: Grüße & Fragen");
  await ben.leave();
});

test("the journal says what was accepted and what was refused, by which rule", async () => {
  const refused = await desk.mail({ from: "spam@evil.example", to: "nobody@desk.example", subject: "x" });
  assert.equal(refused.code, 550);
  await page.goto("/journal");
  const accepted = row("ann@customer.example").first();
  assert.match(await accepted.innerText(), /accepted[\s\S]*support@desk\.example/i);
  assert.match(await row("nobody@desk.example").innerText(), /refused[\s\S]*550/i);
  await accepted.getByRole("link", { name: `#${number}` }).click();
  await page.waitForURL(`**/tickets/${number}`);
});

test("a mail's source is kept byte for byte", async () => {
  const raw = "From: ann@customer.example\r\nTo: support@desk.example\r\nSubject: Raw\r\nX-Odd:\tkept \r\n\r\nBody with trailing space \r\n\r\n.dot\r\n";
  const sent = await desk.mail({ from: "ann@customer.example", to: "support@desk.example", raw });
  await page.goto(`/tickets/${sent.number}/entries/1/source`);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /Download/ }).click()]);
  assert.equal(await readFile(await download.path(), "latin1"), raw);
});

test("nothing was complained about on the way", () => ada.leave());
