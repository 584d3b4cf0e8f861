// The main job on the pages: a mail shows by itself, is read, answered,
// handed on and finished, and the customer's reply finds its way back.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { demo, eventually } from "./lib/desk.mjs";
import { Visitor, browser } from "./lib/visitor.mjs";

let desk, chromium, ada;
before(async () => {
  [desk, chromium] = await Promise.all([demo(), browser()]);
  ada = await Visitor.at(desk, chromium);
  await ada.login();
});
after(async () => {
  await chromium?.close();
  await desk?.stop();
});

/** A mail of Ann's, the ticket it made, and its page. */
async function opened(mail = {}) {
  const { number } = await desk.mail({ from: "Ann Miller <ann@customer.example>", to: "support@desk.example", subject: "Where is my parcel?", text: "It was due on Monday.\n", ...mail });
  await ada.ticket(number);
  return number;
}

const entries = (kind) => ada.page.locator(`article.entry${kind ? `.${kind}` : ""}`);
const lettersOf = async (number) => (await desk.command("outbox")).filter((letter) => letter.ticket === number);
const event = (text) => ada.page.locator("p.event", { hasText: text });

async function reply(text) {
  await ada.page.getByLabel("Your reply").fill(text);
  await ada.press(/^Send to /);
}

test("a mail shows on the open queue without reloading", async () => {
  await ada.page.goto("/queue/open");
  await ada.page.evaluate(() => (window.neverLeft = true));
  const answer = await desk.mail({ from: "Cem <cem@customer.example>", to: "support@desk.example", subject: "A live <b>subject</b>", text: "Hello" });
  assert.equal(answer.code, 250);
  assert.ok(answer.number, `the 250 carries the ticket number: ${answer.reply}`);
  const row = ada.page.locator("[data-row]", { hasText: answer.number });
  await row.waitFor();
  assert.equal(await row.locator("a.subject").innerText(), "A live <b>subject</b>");
  assert.match(await row.innerText(), /Cem/);
  await eventually(async () => /Cem/.test(await ada.page.locator("#live").textContent()), "what is new is announced");
  assert.equal(await ada.page.evaluate(() => window.neverLeft), true, "the page was not loaded again");
});

test("counts in the rail follow the mail", async () => {
  await ada.page.goto("/queue/open");
  const count = async () => Number(await ada.page.locator('.rail-body a[href="/queue/open"] .count').innerText());
  const before = await count();
  await desk.mail({ from: "dora@customer.example", to: "sales@desk.example", subject: "Prices" });
  await eventually(async () => (await count()) === before + 1);
});

test("a ticket page shows the mail and who wrote it", async () => {
  const number = await opened();
  assert.equal(await ada.heading(), "Where is my parcel?");
  assert.match(await entries("message").first().innerText(), /Ann Miller[\s\S]*It was due on Monday\./);
  assert.match(await ada.page.title(), new RegExp(number));
  assert.match(await ada.page.locator("aside.facts").innerText(), /ann@customer\.example[\s\S]*support@desk\.example/);
});

test("a reply with an attachment stands in the conversation and in the outbox", async () => {
  const number = await opened();
  const content = Buffer.from("It left on Friday.\r\n\0\xff", "latin1");
  await ada.page.getByLabel("Attach files").first().setInputFiles([{ name: "Lieferschein für Ann.bin", mimeType: "application/octet-stream", buffer: content }]);
  await ada.page.getByLabel("Your reply").fill("It is **on its way**.\n\n- one\n- two");
  assert.equal(await ada.page.getByRole("button", { name: /^Send to / }).innerText(), "Send to Ann Miller");
  await ada.press(/^Send to /);

  const shown = entries("reply").last();
  assert.match(await shown.innerText(), /on its way/);
  assert.equal(await shown.locator("strong, b").filter({ hasText: "on its way" }).count(), 1, "the markup is shown");
  assert.match(await shown.innerText(), /held: ann@customer\.example/);
  const [download] = await Promise.all([
    ada.page.waitForEvent("download"),
    shown.getByRole("link", { name: /Lieferschein für Ann\.bin/ }).click(),
  ]);
  assert.equal(download.suggestedFilename(), "Lieferschein für Ann.bin");
  assert.deepEqual(await readFile(await download.path()), content);

  const answer = (await lettersOf(number)).find((letter) => letter.recipients[0].address === "ann@customer.example" && /parcel/.test(letter.subject) && letter.state === "held");
  assert.ok(answer, "a letter is held");
  const ticket = await desk.command("ticket", number);
  assert.equal(ticket.entries.at(-1).kind, "reply");
  assert.equal(ticket.entries.at(-1).attachments[0].size, content.length);
});

test("a note stays inside", async () => {
  const number = await opened();
  const letters = (await lettersOf(number)).length;
  await ada.page.locator('label[for="tab-note"]').click();
  await ada.page.getByLabel("Your note").fill("She has been waiting for a week.");
  await ada.press("Add note");
  const note = entries("note").last();
  assert.match(await note.innerText(), /Note[\s\S]*waiting for a week/i);
  assert.equal((await lettersOf(number)).length, letters, "no letter leaves for a note");
  assert.equal((await desk.command("ticket", number)).entries.at(-1).kind, "note");
});

test("a ticket is assigned, moved, closed and reopened", async () => {
  const number = await opened();
  const status = async () => await desk.command("ticket", number);

  await ada.press("Assign to me");
  assert.equal(await ada.page.getByLabel("Assignee").locator("option:checked").innerText(), "Ada");
  await event(/Ada took the ticket/).waitFor();
  await ada.page.goto("/queue/mine");
  await ada.page.locator("[data-row]", { hasText: number }).waitFor();

  await ada.ticket(number);
  await ada.page.getByLabel("Assignee").selectOption({ label: "Ben" });
  await ada.press("Assign");
  await event(/to Ben/).waitFor();
  assert.match((await status()).assignee, /ben/i);

  await ada.page.getByLabel("Department", { exact: true }).selectOption({ label: "Sales" });
  await ada.press("Transfer");
  await event(/from Support to Sales/).waitFor();
  assert.equal((await status()).department, "Sales");

  await ada.press("Close");
  await event(/closed the ticket/).waitFor();
  assert.equal((await status()).status, "closed");
  await ada.page.goto("/queue/open");
  assert.equal(await ada.page.locator("[data-row]", { hasText: number }).count(), 0);
  await ada.page.goto("/queue/closed");
  await ada.page.locator("[data-row]", { hasText: number }).getByRole("link").first().click();
  await ada.page.waitForURL(`**/tickets/${number}`);

  await ada.press("Reopen");
  await event(/reopened the ticket/).waitFor();
  assert.equal((await status()).status, "open");
});

test("an answer may close the ticket at once", async () => {
  const number = await opened();
  await ada.page.getByLabel("Your reply").fill("Done.");
  await ada.page.getByLabel("and close").check();
  await ada.press("Send to Ann Miller and close");
  assert.equal((await desk.command("ticket", number)).status, "closed");
});

test("the customer's reply shows on the open ticket and leaves what is being written alone", async () => {
  const number = await opened();
  await reply("Which street?");
  const sent = (await lettersOf(number)).find((letter) => letter.subject.startsWith("Re:")) ?? (await lettersOf(number))[0];
  const box = ada.page.getByLabel("Your reply");
  await box.fill("Half a sent");
  await desk.mail({ from: "ann@customer.example", to: "support@desk.example", subject: "Re: Where is my parcel?", text: "Elm Street 5.\n\n> Which street?\n", headers: { "In-Reply-To": `<${sent.message_id}>` } });
  const shown = entries("message").filter({ hasText: "Elm Street 5." });
  await shown.waitFor();
  assert.equal(await box.inputValue(), "Half a sent");
  assert.ok(await box.evaluate((element) => element === document.activeElement), "the focus stays");
  assert.equal(await shown.locator("details.quoted").evaluate((element) => element.open), false, "the quotation is folded");
  assert.equal(await shown.getByText("Which street?").isVisible(), false);
});

test("an answer that crosses a customer's mail comes back with its text", async () => {
  // Somebody who has not been acknowledged yet today.
  const from = "Xenia <xenia@customer.example>";
  const number = await opened({ from });
  const [acknowledgement] = await lettersOf(number);
  const ben = await Visitor.at(desk, chromium, { javaScriptEnabled: false });
  await ben.login("ben");
  await ben.ticket(number);
  await desk.mail({ from, to: "support@desk.example", subject: "Re: Where is my parcel?", text: "It has come!", headers: { References: `<x@customer.example> <${acknowledgement.message_id}>` } });
  await ben.page.getByLabel("Your reply").fill("It will come tomorrow.");
  await ben.press(/^Send to /);
  assert.match(await ben.page.locator("#collision").innerText(), /New since you began/);
  assert.equal((await ben.page.getByLabel("Your reply").inputValue()).trim(), "It will come tomorrow.");
  assert.match(await ben.page.locator("article.fresh").innerText(), /It has come!/);
  await ben.press(/^Send to /);
  assert.match(await ben.page.locator("article.entry.reply").last().innerText(), /tomorrow/);
  await ben.leave();
});

test("a draft survives a reload and goes away when it is sent", async () => {
  const number = await opened();
  const box = ada.page.getByLabel("Your reply");
  await box.fill("An unfinished thought");
  await ada.page.getByText("Draft saved on this device.").waitFor();
  await ada.page.reload();
  assert.equal(await box.inputValue(), "An unfinished thought");
  const there = ada.page.waitForEvent("load");
  await box.press("Control+Enter");
  await there;
  assert.match(await entries("reply").last().innerText(), /An unfinished thought/);
  await ada.ticket(number);
  assert.equal(await box.inputValue(), "");
});

test("keys move, open, write and go back", async () => {
  await ada.page.goto("/queue/open");
  await ada.page.keyboard.press("j");
  await ada.page.keyboard.press("j");
  await ada.page.keyboard.press("k");
  const first = ada.page.locator("[data-row]").first();
  assert.match(await first.getAttribute("class"), /\bat\b/);
  await ada.page.keyboard.press("o");
  await ada.page.waitForURL("**/tickets/*");
  await ada.page.keyboard.press("n");
  assert.equal(await ada.page.evaluate(() => document.activeElement.id), "note-text");
  await ada.page.keyboard.type("r");
  assert.equal(await ada.page.getByLabel("Your note").inputValue(), "r", "in a field a key is a letter");
  await ada.page.getByLabel("Your note").fill("");
  await ada.page.locator("main h1").click();
  await ada.page.keyboard.press("r");
  assert.equal(await ada.page.evaluate(() => document.activeElement.id), "reply-text");
  await ada.page.locator("main h1").click();
  await ada.page.keyboard.press("?");
  await ada.page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  await ada.page.keyboard.press("Escape");
  await ada.page.keyboard.press("u");
  await ada.page.waitForURL("**/queue/open");
});

test("a ticket is found by its number", async () => {
  const number = await opened();
  await ada.page.goto("/queue/mine");
  await ada.page.keyboard.press("/");
  await ada.page.keyboard.type(`#${number}`);
  await ada.page.keyboard.press("Enter");
  await ada.page.waitForURL(`**/tickets/${number}`);
});

test("a collaborator is added and gets the answer", async () => {
  const number = await opened();
  await ada.page.getByText("Add someone").click();
  await ada.page.getByLabel("Mail address").fill("bob@customer.example");
  await ada.page.getByLabel("Name", { exact: true }).fill("Bob");
  await ada.press("Add");
  assert.equal(await ada.page.getByRole("button", { name: /^Send to / }).innerText(), "Send to Ann Miller, Bob");
  await reply("For both of you.");
  const addresses = (await lettersOf(number)).flatMap((letter) => letter.recipients.map((one) => one.address));
  assert.ok(addresses.includes("bob@customer.example"), addresses.join());
});

test("nothing was complained about on the way", () => ada.leave());
