// What holds on every page: axe finds nothing in both colour schemes, wide
// and narrow; nothing is wider than a narrow screen; no policy is violated;
// and the list of pages is complete.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";

import { PASSWORD, demo, untouched } from "./lib/desk.mjs";
import { others, pages, routeOf, routesIn } from "./lib/pages.mjs";
import { seed } from "./lib/seed.mjs";
import { Visitor, browser } from "./lib/visitor.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = {
  runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
  // New in WCAG 2.2, and off unless it is asked for.
  rules: { "target-size": { enabled: true } },
  resultTypes: ["violations"],
};
const WIDTHS = [320, 1280];

let desk, empty, fresh, chromium, place;
before(async () => {
  [desk, empty, fresh, chromium] = await Promise.all([demo(), demo(), untouched(), browser()]);
  place = await places();
});
after(async () => {
  await chromium?.close();
  await Promise.all([desk, empty, fresh].map((one) => one?.stop()));
});

/** Seeds the desk and finds the addresses whose ids are made there. */
async function places() {
  const number = await seed(desk, chromium);
  const hostile = await desk.mail({
    from: `"${"Unbreakable".repeat(20)}" <${"long".repeat(15)}@customer.example>`, to: "support@desk.example",
    subject: "A-subject-without-any-place-to-break-".repeat(8),
    text: `${"averylongword".repeat(60)}\n\nhttps://customer.example/${"path/".repeat(80)}\n`,
    files: [{ name: `${"long-name".repeat(20)}.pdf`, type: "application/pdf", base64: "" }],
  });
  const ada = await (await Visitor.at(desk, chromium)).login();
  await ada.page.waitForURL("**/queue/open");
  const first = async (path, selector) => {
    await ada.page.goto(path);
    return await ada.page.locator(selector).first().getAttribute("href");
  };
  const department = await first("/queue/open", '.rail-body a[href*="department="]');
  const closed = await first("/queue/closed", "[data-row] a.subject");
  const letter = await first("/outbox", "[data-row]:has-text('answer') a.subject");
  const found = { department, closed, letter, ticket: `/tickets/${number}`, hostile: `/tickets/${hostile.number}`, setup: fresh.setup };
  for (const list of ["departments", "addresses", "agents"]) found[list] = await first(`/admin/${list}`, "[data-row] a.subject");

  // An agent to whom almost everything is closed.
  await ada.page.goto("/admin/agents/new");
  for (const [label, text] of [["Name", "Carla Diaz"], ["Login name", "carla"], ["Mail address", "carla@staff.example"], ["Password", PASSWORD]]) {
    await ada.page.getByLabel(label, { exact: true }).fill(text);
  }
  await ada.page.getByLabel("Sales").check();
  await ada.press("Add");
  await ada.leave();
  return found;
}

/** One visitor for each who looks, logged in once. */
function visitors(options) {
  const known = new Map();
  const at = { owner: () => fresh, first: () => empty };
  return {
    async of(name) {
      if (!known.has(name)) {
        const visitor = await Visitor.at((at[name] ?? (() => desk))(), chromium, options);
        known.set(name, visitor);
        if (!["nobody", "owner"].includes(name)) {
          await visitor.login(name === "first" ? "ada" : name);
          await visitor.page.waitForURL("**/queue/open");
        }
      }
      return known.get(name);
    },
    leave: async () => {
      for (const visitor of known.values()) await visitor.leave();
    },
  };
}

async function open(visitor, page) {
  const answer = await visitor.page.goto(page.at(place));
  assert.equal(answer.status(), page.status, page.name);
  await page.state?.(visitor);
}

test("axe finds nothing on any page, light and dark, narrow and wide", async (t) => {
  // axe is put into the page, which the pages' own policy rightly forbids.
  const all = visitors({ bypassCSP: true, reducedMotion: "reduce" });
  for (const page of pages) {
    await t.test(page.name, async () => {
      const visitor = await all.of(page.as);
      await open(visitor, page);
      await visitor.page.evaluate(axe);
      const found = [];
      for (const width of WIDTHS) {
        await visitor.page.setViewportSize({ width, height: 800 });
        for (const colorScheme of ["light", "dark"]) {
          await visitor.page.emulateMedia({ colorScheme });
          const violations = await visitor.page.evaluate(async (rules) => (await window.axe.run(document, rules)).violations, RULES);
          for (const { id, help, nodes } of violations) found.push(`${width} ${colorScheme} ${id}: ${help}\n  ${nodes.map((node) => `${node.target} ${node.any[0]?.message ?? ""}`).join("\n  ")}`);
        }
      }
      assert.deepEqual(found, [], found.join("\n"));
    });
  }
  await all.leave();
});

test("nothing is wider than a narrow screen", async (t) => {
  const all = visitors({ viewport: { width: 320, height: 640 } });
  for (const page of pages) {
    await t.test(page.name, async () => {
      const visitor = await all.of(page.as);
      await open(visitor, page);
      const wide = await visitor.page.evaluate(() => {
        const root = document.documentElement;
        const hidden = [root, document.body].some((one) => !["visible", "auto"].includes(getComputedStyle(one).overflowX));
        // Those that stick out the most; the innermost of them is the cause.
        const right = (one) => one.getBoundingClientRect().right;
        const stick = [...document.body.querySelectorAll("*")].filter((one) => right(one) > innerWidth + 1).sort((a, b) => right(b) - right(a));
        return { by: root.scrollWidth - innerWidth, hidden, stick: stick.slice(0, 4).map((one) => `${Math.round(right(one))} px: ${one.cloneNode(false).outerHTML}`) };
      });
      assert.ok(wide.by <= 0, `${wide.by} px too wide: ${wide.stick.join("\n")}`);
      assert.equal(wide.hidden, false, "what is too wide is not just cut off");
    });
  }
  await all.leave();
});

test("every page has a language, a title, a heading, and links that lead to listed pages", async (t) => {
  const all = visitors({});
  const listed = [...pages.map((page) => page.route), ...Object.keys(others)];
  const met = new Map();
  for (const page of pages) {
    await t.test(page.name, async () => {
      const visitor = await all.of(page.as);
      await open(visitor, page);
      assert.equal(await visitor.page.locator("html").getAttribute("lang"), "en");
      assert.match(await visitor.page.title(), /\S · maildesk$/);
      assert.equal(await visitor.page.locator("h1").count(), 1);
      assert.equal(await visitor.page.locator("main").count(), 1);
      for (const path of await links(visitor.page)) {
        assert.ok(routeOf(path.split("?")[0], listed), `it leads to ${path}, which is not listed`);
        if (page.as === "ada" && page.status === 200) met.set(path.split("?")[0], path);
      }
    });
  }
  const ada = await all.of("ada");
  for (const [path, link] of met) {
    const answer = await ada.context.request.get(link);
    assert.equal(answer.status(), 200, link);
    const html = /text\/html/.test(answer.headers()["content-type"]);
    const expected = !(routeOf(path, listed) in others) || path.endsWith("/html") || path === "/";
    assert.equal(html, expected, `${link} is ${answer.headers()["content-type"]}`);
  }
  // None violated its policy, logged an error or asked for anything from elsewhere.
  await all.leave();
  for (const one of [desk, empty, fresh]) assert.doesNotMatch(one.logged(), /violated content policy/);
});

/** Where a page leads, or gets something from, by a click or by itself. */
async function links(page) {
  const found = await page.locator("a[href]:not([href^='#']), iframe[src], img[src], link[href], script[src]").evaluateAll((all) => all.map((one) => one.href || one.src));
  const { origin } = new URL(page.url());
  return found.map((url) => new URL(url)).filter((url) => url.origin === origin).map((url) => url.pathname + url.search);
}

test("a violated policy would be noticed", async () => {
  const ada = await (await Visitor.at(desk, chromium)).login();
  await ada.page.waitForURL("**/queue/open");
  await ada.page.evaluate(() => document.body.append(Object.assign(document.createElement("img"), { src: "http://127.0.0.1:9/x.png" })));
  await ada.page.evaluate(() => document.body.setAttribute("style", "color: red"));
  await assert.rejects(ada.leave(), /policy img-src[\s\S]*policy style-src/);
});

test("the list names every page of the route table, and nothing else", async () => {
  const source = (path) => readFile(new URL(`../../web/src/${path}`, import.meta.url), "utf8");
  const screens = [];
  for (const file of await readdir(new URL("../../web/src/admin/", import.meta.url))) {
    const text = await source(`admin/${file}`);
    if (/impl Screen for/.test(text)) screens.push(text);
  }
  const routes = routesIn(await source("routes.rs"), await source("admin/screen.rs"), screens);
  assert.ok(routes.length >= 30, `the table could not be read: ${routes}`);
  const listed = new Set([...pages.map((page) => page.route), ...Object.keys(others)]);
  assert.deepEqual(routes.filter((route) => !listed.has(route)), [], "routes without an entry in lib/pages.mjs");
  assert.deepEqual([...listed].filter((route) => route !== "(none)" && !routes.includes(route)), [], "entries without a route");
});
