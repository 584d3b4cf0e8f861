// Who gets in, who stays in, and what each sees; and the profile, where
// agents change what is theirs.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PASSWORD, demo, untouched } from "./lib/desk.mjs";
import { Visitor, browser } from "./lib/visitor.mjs";

let desk, chromium;
before(async () => ([desk, chromium] = await Promise.all([demo(), browser()])));
after(async () => {
  await chromium?.close();
  await desk?.stop();
});

const visit = (options) => Visitor.at(desk, chromium, options);
const path = (visitor) => new URL(visitor.page.url()).pathname;

test("without a session every page asks for one and comes back to what was wanted", async () => {
  const ada = await visit();
  await ada.page.goto("/outbox?x=1");
  assert.equal(path(ada), "/login");
  await ada.login();
  await ada.page.waitForURL("**/outbox?x=1");
  await ada.leave();
});

test("a wrong password is refused in words that tell nothing", async () => {
  const stranger = await visit();
  const said = [];
  for (const [name, password] of [["ada", "not the password"], ["nobody", PASSWORD]]) {
    await stranger.login(name, password);
    said.push(await stranger.page.getByRole("alert").innerText());
    assert.equal(await stranger.page.getByLabel("Login name").inputValue(), name);
    assert.equal(await stranger.page.getByLabel("Password").inputValue(), "");
  }
  assert.equal(said[0], said[1], "whether the agent exists is not said");
  await stranger.page.goto("/queue/open");
  assert.equal(path(stranger), "/login");
  await stranger.leave();
});

test("the session cookie is out of reach of scripts and other sites, and new at each login", async () => {
  const ada = await visit();
  const session = async () => (await ada.context.cookies()).find((cookie) => cookie.name === "maildesk");
  await ada.login();
  await ada.page.waitForURL("**/queue/open");
  const first = await session();
  assert.ok(first.httpOnly);
  assert.equal(first.sameSite, "Lax");
  assert.equal(first.path, "/");
  await ada.press("Log out", ada.page.locator(".rail-body"));
  assert.equal(await session(), undefined);
  await ada.login();
  await ada.page.waitForURL("**/queue/open");
  assert.notEqual((await session()).value, first.value);
  await ada.leave();
});

test("after logging out the old cookie opens nothing", async () => {
  const ada = await visit();
  await ada.login();
  await ada.page.waitForURL("**/queue/open");
  const cookies = await ada.context.cookies();
  await ada.press("Log out", ada.page.locator(".rail-body"));
  assert.equal(path(ada), "/login");
  await ada.context.addCookies(cookies);
  await ada.page.goto("/queue/open");
  assert.equal(path(ada), "/login");
  await ada.leave();
});

test("an agent who is no admin neither sees nor reaches the settings", async () => {
  const ben = await visit();
  await ben.login("ben");
  await ben.page.waitForURL("**/queue/open");
  assert.equal(await ben.page.getByRole("link", { name: "Agents" }).count(), 0);
  for (const closed of ["/admin/agents", "/admin/departments/new", "/journal", "/outbox"]) {
    const answer = await ben.page.goto(closed);
    assert.equal(answer.status(), 403, closed);
  }
  await ben.leave();
});

test("a form without its token changes nothing", async () => {
  const ada = await visit();
  await ada.login();
  await ada.page.waitForURL("**/queue/open");
  const { number } = await desk.mail({ from: "ann@customer.example", to: "support@desk.example", subject: "Keep me open" });
  const headers = { origin: desk.base };
  for (const form of [{}, { csrf: "guessed" }]) {
    const answer = await ada.context.request.post(`/tickets/${number}/close`, { form, headers });
    assert.equal(answer.status(), 403);
  }
  assert.equal((await desk.command("ticket", number)).status, "open");
  await ada.leave();
});

test("a form that another site sends is refused although its token is right", async () => {
  const ada = await visit();
  await ada.login();
  const { number } = await desk.mail({ from: "ann@customer.example", to: "support@desk.example", subject: "Cross-site" });
  await ada.ticket(number);
  const csrf = await ada.page.locator('input[name="csrf"]').first().inputValue();
  const close = (origin) => ada.context.request.post(`/tickets/${number}/close`, { form: { csrf }, headers: { origin }, maxRedirects: 0 });
  assert.equal((await close("http://evil.example")).status(), 403);
  assert.equal((await close(desk.base)).status(), 303);
  await ada.leave();
});

test("a name and a signature are changed in the profile, with what is wrong beside the field", async () => {
  const ben = await visit();
  await ben.login("ben");
  await ben.page.goto("/profile");
  const profile = ben.page.locator("form").filter({ has: ben.page.getByLabel("Signature") });
  await profile.getByLabel("Name", { exact: true }).evaluate((input) => (input.required = false));
  await profile.getByLabel("Name", { exact: true }).fill("");
  await ben.press("Save", profile);
  const name = ben.page.getByLabel("Name", { exact: true });
  assert.equal(await name.getAttribute("aria-invalid"), "true");
  assert.ok(await ben.page.locator(`#${await name.getAttribute("aria-describedby")} .problem`).innerText());
  await name.fill("Benjamin Okafor");
  await profile.getByLabel("Signature").fill("Benjamin\nSupport");
  await ben.press("Save", profile);
  assert.match(await ben.page.locator(".rail-body .me").innerText(), /Benjamin Okafor/);
  assert.equal(await ben.page.getByLabel("Signature").inputValue(), "Benjamin\nSupport");
  await ben.leave();
});

test("single keys can be switched off", async () => {
  const ben = await visit();
  await ben.login("ben");
  await desk.mail({ from: "ann@customer.example", to: "support@desk.example", subject: "A row" });
  const marked = async () => {
    await ben.page.goto("/queue/open");
    await ben.page.keyboard.press("j");
    return await ben.page.locator("[data-row].at").count();
  };
  assert.equal(await marked(), 1);
  await ben.page.goto("/profile");
  await ben.page.getByLabel(/Single keys act/).uncheck();
  await ben.press("Save");
  assert.equal(await marked(), 0);
  await ben.leave();
});

test("a new password ends the other sessions and is the one that counts", async () => {
  const [here, there] = [await visit(), await visit()];
  for (const ben of [here, there]) {
    await ben.login("ben");
    await ben.page.waitForURL("**/queue/open");
  }
  await here.page.goto("/profile");
  const change = async (old, fresh) => {
    await here.page.getByLabel("Present password").fill(old);
    await here.page.getByLabel("New password").fill(fresh);
    await here.press("Change the password");
  };
  await change("not the password", "another long password");
  assert.equal(await here.page.locator(".problem, [role=alert]").count() > 0, true, "a wrong present password is refused");
  await change(PASSWORD, "another long password");
  assert.equal(path(here), "/profile", "who changed it stays");
  await there.page.goto("/queue/open");
  assert.equal(path(there), "/login", "everybody else is out");
  await there.login("ben", PASSWORD);
  await there.page.getByRole("alert").waitFor();
  await there.login("ben", "another long password");
  await there.page.waitForURL("**/queue/open");
  await here.leave();
  await there.leave();
});

test("colours follow the system until one is chosen", async () => {
  const ada = await visit({ colorScheme: "dark" });
  await ada.login();
  await ada.page.waitForURL("**/queue/open");
  const brightness = () => ada.page.evaluate(() => {
    const [red, green, blue] = getComputedStyle(document.documentElement).backgroundColor.match(/[\d.]+/g).map(Number);
    return red + green + blue;
  });
  const dark = await brightness();
  await ada.press("Light", ada.page.locator(".rail-body"));
  const light = await brightness();
  assert.ok(light > dark, `${light} is lighter than ${dark}`);
  await ada.page.goto("/journal");
  assert.equal(await brightness(), light, "the choice is kept");
  await ada.press("Auto", ada.page.locator(".rail-body"));
  assert.equal(await brightness(), dark);
  await ada.leave();
});

test("the first administrator is made with the code from the console, once", async () => {
  const fresh = await untouched();
  try {
    const owner = await Visitor.at(fresh, chromium);
    await owner.page.goto("/");
    await owner.page.goto(`${fresh.base}/setup?token=wrong`);
    await owner.page.goto(fresh.setup);
    const code = new URL(fresh.setup).searchParams.get("token");
    const fill = async (token) => {
      await owner.page.getByLabel("Setup code").fill(token);
      await owner.page.getByLabel("Your name").fill("Grace Hopper");
      await owner.page.getByLabel("Your mail address").fill("grace@staff.example");
      await owner.page.getByLabel("Login name").fill("grace");
      await owner.page.getByLabel("Password").fill(PASSWORD);
      await owner.press("Make the administrator");
    };
    await fill("not the code");
    assert.equal(await owner.page.getByLabel("Setup code").getAttribute("aria-invalid"), "true");
    await fill(code);
    await owner.page.waitForURL("**/queue/open");
    await owner.page.goto("/admin/agents");
    assert.match(await owner.page.locator("[data-row]").innerText(), /Grace Hopper[\s\S]*administrator/);
    const again = await owner.page.goto(fresh.setup);
    assert.equal(again.status(), 404, "the page is gone");
    await owner.leave();
  } finally {
    await fresh.stop();
  }
});
