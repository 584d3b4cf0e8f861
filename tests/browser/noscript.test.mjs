// The main path for somebody whose browser runs no script at all.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { demo } from "./lib/desk.mjs";
import { Visitor, browser } from "./lib/visitor.mjs";

let desk, chromium, ada, page;
before(async () => {
  [desk, chromium] = await Promise.all([demo(), browser()]);
  ada = await Visitor.at(desk, chromium, { javaScriptEnabled: false });
  page = ada.page;
});
after(async () => {
  await chromium?.close();
  await desk?.stop();
});

const mail = (more = {}) => desk.mail({ from: "Ann <ann@customer.example>", to: "support@desk.example", subject: "Without script", text: "Hello", ...more });

test("log in, find the mail in the queue, read it", async () => {
  await ada.login();
  await page.waitForURL("**/queue/open");
  const { number } = await mail();
  await page.reload();
  await page.locator("[data-row]", { hasText: number }).locator("a.subject").click();
  assert.equal(await ada.heading(), "Without script");
  assert.match(await page.locator("article.entry").first().innerText(), /Hello/);
});

test("reply with an attachment", async () => {
  const { number } = await mail();
  await ada.ticket(number);
  await page.getByLabel("Attach files").first().setInputFiles({ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("text") });
  await page.getByLabel("Your reply").fill("Here it is.");
  await ada.press("Send to Ann");
  const reply = page.locator("article.entry.reply").last();
  assert.match(await reply.innerText(), /Here it is\.[\s\S]*a\.txt/);
  assert.match(await reply.innerText(), /held: ann@customer\.example/);
});

test("write a note on its own tab", async () => {
  const { number } = await mail();
  await ada.ticket(number);
  assert.equal(await page.getByLabel("Your note").isVisible(), false);
  await page.locator('label[for="tab-note"]').click();
  assert.equal(await page.getByLabel("Your reply").isVisible(), false);
  await page.getByLabel("Your note").fill("Between us.");
  await ada.press("Add note");
  assert.match(await page.locator("article.entry.note").last().innerText(), /Between us\./);
});

test("assign, transfer, close and reopen", async () => {
  const { number } = await mail();
  await ada.ticket(number);
  await page.getByLabel("Assignee").selectOption({ label: "Ben" });
  await ada.press("Assign");
  await page.getByLabel("Department", { exact: true }).selectOption({ label: "Sales" });
  await ada.press("Transfer");
  await ada.press("Close");
  await ada.press("Reopen");
  const told = (await page.locator("p.event").allInnerTexts()).join("\n");
  assert.match(told, /to Ben[\s\S]*from Support to Sales[\s\S]*closed[\s\S]*reopened/);
});

test("formatted mail, quotations and menus open without script", async () => {
  const { number } = await mail({ text: "New words.\n\nOn Monday you wrote:\n> old words\n", html: "<p>New <b>words</b>.</p>" });
  await ada.ticket(number);
  const entry = page.locator("article.entry").first();
  await entry.getByText("Formatted", { exact: true }).click();
  await page.frameLocator("iframe.rich-view").locator("b").waitFor();
  await entry.getByText("Plain text", { exact: true }).click();
  await entry.getByText("Quoted text").click();
  assert.ok(await entry.getByText("old words").isVisible());
  await page.setViewportSize({ width: 320, height: 640 });
  await page.locator("details.rail-menu summary").click();
  await page.locator("details.rail-menu").getByRole("link", { name: /^Closed/ }).click();
  assert.equal(await ada.heading(), "Closed");
  await page.setViewportSize({ width: 1280, height: 800 });
});

test("settings, profile, colours and logging out", async () => {
  await page.goto("/admin/departments/new");
  await page.getByLabel("Name", { exact: true }).fill("Returns");
  await ada.press("Add");
  assert.match(await page.locator(".rows").innerText(), /Returns/);
  await page.goto("/profile");
  await page.getByLabel("Name", { exact: true }).fill("Ada L.");
  await ada.press("Save");
  assert.match(await page.locator(".rail-body .me").innerText(), /Ada L\./);
  await ada.press("Dark", page.locator(".rail-body"));
  assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
  assert.equal(new URL(page.url()).pathname, "/profile");
  await ada.press("Log out", page.locator(".rail-body"));
  assert.equal(new URL(page.url()).pathname, "/login");
});

test("nothing was complained about on the way", () => ada.leave());
