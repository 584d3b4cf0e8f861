// The settings: what an admin adds, changes, switches off and deletes, and
// that the mail listener obeys at once.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PASSWORD, demo } from "./lib/desk.mjs";
import { Visitor, browser } from "./lib/visitor.mjs";

let desk, chromium, ada, page;
before(async () => {
  [desk, chromium] = await Promise.all([demo(), browser()]);
  ada = await Visitor.at(desk, chromium);
  page = ada.page;
  await ada.login();
});
after(async () => {
  await chromium?.close();
  await desk?.stop();
});

const row = (name) => page.locator("[data-row]").filter({ has: page.getByRole("link", { name, exact: true }) });
const notice = () => page.getByRole("status").filter({ hasNot: page.locator("#live") }).first().innerText();
const said = async () => (await desk.mail({ from: "ann@customer.example", to: "billing@desk.example", subject: "An invoice" })).code;

async function add(list, fields) {
  await page.goto(list);
  await page.getByRole("link", { name: /^Add / }).click();
  await fill(fields);
  await ada.press("Add");
}

async function fill(fields) {
  for (const [label, value] of Object.entries(fields)) {
    const field = page.getByLabel(label, { exact: true });
    if (typeof value === "boolean") await field.setChecked(value);
    else if ((await field.evaluate((element) => element.tagName)) === "SELECT") await field.selectOption({ label: value });
    else await field.fill(value);
  }
}

// A page that is open when its session ends asks once more, and is sent to log in.
const OVER = /net::ERR_FAILED|EventSource's response has a MIME type/;

test("a department, its address and its mail", async () => {
  assert.equal(await said(), 550, "nobody takes this mail yet");

  await add("/admin/departments", { Name: "Billing" });
  await row("Billing").waitFor();
  await add("/admin/addresses", { "Mail address": "billing@desk.example", "Name in From": "Billing at Desk", "Its mail goes to": "Billing" });
  assert.match(await row("billing@desk.example").innerText(), /Billing at Desk[\s\S]*to Billing/);

  assert.equal(await said(), 250, "the listener knows the address at once");
  await page.goto("/queue/open");
  await page.locator(".rail-body").getByRole("link", { name: /^Billing/ }).click();
  assert.match(await page.locator("[data-row]").first().innerText(), /An invoice[\s\S]*Billing/);
});

test("an address that is switched off refuses mail, and takes it again when on", async () => {
  await page.goto("/admin/addresses");
  await ada.press(/^Disable/, row("billing@desk.example"));
  assert.match(await row("billing@desk.example").innerText(), /disabled/);
  assert.equal(await said(), 550);
  await ada.press(/^Enable/, row("billing@desk.example"));
  assert.equal(await said(), 250);
});

test("an edited address is known by its changed name", async () => {
  await page.goto("/admin/addresses");
  await row("billing@desk.example").getByRole("link", { name: "billing@desk.example", exact: true }).click();
  assert.equal(await page.getByLabel("Name in From").inputValue(), "Billing at Desk");
  await fill({ "Name in From": "Accounts" });
  await ada.press("Save");
  assert.match(await row("billing@desk.example").innerText(), /Accounts/);
});

test("what is wrong in a form is said beside its field, and the rest is kept", async () => {
  await page.goto("/admin/addresses/new");
  await page.locator("main form").evaluate((form) => (form.noValidate = true));
  await fill({ "Mail address": "not an address", "Name in From": "Kept" });
  await ada.press("Add");
  const address = page.getByLabel("Mail address");
  assert.equal(await address.getAttribute("aria-invalid"), "true");
  assert.ok(await page.locator(`#${await address.getAttribute("aria-describedby")} .problem`).innerText());
  assert.equal(await address.inputValue(), "not an address");
  assert.equal(await page.getByLabel("Name in From").inputValue(), "Kept");
});

test("an address that exists is not added twice", async () => {
  await add("/admin/addresses", { "Mail address": "SUPPORT@desk.example", "Its mail goes to": "Sales" });
  assert.ok(await page.locator(".problem, [role=alert]").first().innerText());
  await page.goto("/admin/addresses");
  assert.equal(await page.locator("[data-row]", { hasText: /support@desk\.example/i }).count(), 1);
});

test("a department in use is kept, and the page says why", async () => {
  await page.goto("/admin/departments");
  await row("Billing").getByRole("link", { name: /^Delete/ }).click();
  await ada.press("Delete");
  assert.ok(await page.getByRole("alert").innerText());
  await page.goto("/admin/departments");
  await row("Billing").waitFor();
});

test("an unused department is edited and deleted after a question", async () => {
  await add("/admin/departments", { Name: "Passing" });
  await row("Passing").getByRole("link", { name: "Passing", exact: true }).click();
  await fill({ Name: "Past" });
  await ada.press("Save");
  await row("Past").getByRole("link", { name: /^Delete/ }).click();
  await page.getByRole("link", { name: "Keep it" }).click();
  await row("Past").getByRole("link", { name: /^Delete/ }).click();
  await ada.press("Delete");
  assert.equal(await row("Past").count(), 0);
});

test("a deleted address refuses its mail", async () => {
  await page.goto("/admin/addresses");
  await row("billing@desk.example").getByRole("link", { name: /^Delete/ }).click();
  await ada.press("Delete");
  assert.equal(await row("billing@desk.example").count(), 0);
  assert.equal(await said(), 550);
});

test("an agent is added, logs in, sees their department only, and is shut out", async () => {
  await add("/admin/agents", { Name: "Carla Diaz", "Login name": "carla", "Mail address": "carla@staff.example", Sales: true, Password: PASSWORD });
  assert.match(await row("Carla Diaz").innerText(), /carla@staff\.example[\s\S]*Sales/);
  const { number } = await desk.mail({ from: "ann@customer.example", to: "support@desk.example", subject: "For Support" });
  const sales = await desk.mail({ from: "ann@customer.example", to: "sales@desk.example", subject: "For Sales" });

  const carla = await Visitor.at(desk, chromium, { expect: [OVER] });
  await carla.login("carla");
  await carla.page.waitForURL("**/queue/open");
  assert.match(await carla.page.locator("main").innerText(), /For Sales/);
  assert.doesNotMatch(await carla.page.locator("main").innerText(), /For Support/);
  assert.equal((await carla.ticket(number)).status(), 404);
  assert.equal((await carla.ticket(sales.number)).status(), 200);

  await page.goto("/admin/agents");
  await ada.press(/^Disable/, row("Carla Diaz"));
  await carla.page.goto("/queue/open");
  assert.match(carla.page.url(), /\/login/, "the session ends at once");
  await carla.login("carla");
  await carla.page.getByRole("alert").waitFor();
  await carla.leave();
});

test("the last admin cannot lock everybody out", async () => {
  await page.goto("/admin/agents");
  await ada.press(/^Disable/, row("Ada"));
  assert.ok(await page.getByRole("alert").innerText());
  await page.goto("/admin/agents");
  assert.doesNotMatch(await row("Ada").innerText(), /disabled/);
});

test("saving an edit form as it stands changes nothing", async () => {
  for (const list of ["departments", "addresses", "agents"]) {
    await page.goto(`/admin/${list}`);
    const before = await page.locator(".rows").innerText();
    const links = await page.locator("[data-row] a.subject").evaluateAll((all) => all.map((one) => one.getAttribute("href")));
    assert.ok(links.length >= 2, list);
    for (const link of links) {
      await page.goto(link);
      await ada.press("Save");
    }
    assert.equal(await page.locator(".rows").innerText(), before, list);
    assert.equal(new URL(page.url()).pathname, `/admin/${list}`);
  }
  assert.match(await notice(), /saved/i);
});

test("nothing was complained about on the way", () => ada.leave());
