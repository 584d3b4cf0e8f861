// A person at a browser, and everything that person must never notice: a
// violated policy, an error in the console, a request to somewhere else.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

import { PASSWORD } from "./desk.mjs";

const PROGRAM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Whatever a page asks for by name is not there: no test reaches a network.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

export const browser = () => chromium.launch({
  executablePath: PROGRAM,
  args: FLAGS,
  // File names of downloads are in this character set, whatever the caller's is.
  env: { ...process.env, LC_ALL: "C.UTF-8" },
});

export class Visitor {
  #complaints = [];
  #expected = [];

  /** `options` are those of a browser context, and `expect`: complaints that belong to the test. */
  static async at(desk, browser, { expect = [], ...options } = {}) {
    const visitor = new Visitor();
    visitor.desk = desk;
    visitor.#expected = expect;
    visitor.context = await browser.newContext({ baseURL: desk.base, viewport: { width: 1280, height: 800 }, ...options });
    visitor.context.setDefaultTimeout(10_000);
    await visitor.#watch();
    visitor.page = await visitor.context.newPage();
    return visitor;
  }

  async #watch() {
    const complain = (text) => this.#complaints.push(text);
    await this.context.exposeBinding("complain", (_, text) => complain(text));
    await this.context.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) =>
        window.complain(`policy ${event.effectiveDirective} violated by ${event.blockedURI} ${event.sample}`));
    });
    this.context.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      const own = origin === this.desk.base || ["data:", "blob:", "about:"].includes(protocol);
      if (!own) complain(`request to ${request.url()}`);
    });
    this.context.on("weberror", (event) => complain(`script error ${event.error().message}`));
    this.context.on("console", (message) => {
      // A page that says no has a status of its own, which the browser mentions.
      const status = /^Failed to load resource: the server responded with a status of 4\d\d/;
      if (["error", "warning"].includes(message.type()) && !status.test(message.text())) complain(`console: ${message.text()}`);
    });
  }

  complaints() {
    return this.#complaints.filter((text) => !this.#expected.some((pattern) => pattern.test(text)));
  }

  /** Ends the visit, which must have given no cause for complaint. */
  async leave() {
    await this.context.close();
    const complaints = this.complaints();
    assert.equal(complaints.length, 0, `the browser complained:\n${complaints.join("\n")}`);
  }

  async login(name = "ada", password = PASSWORD) {
    if (!new URL(this.page.url(), this.desk.base).pathname.startsWith("/login")) await this.page.goto("/login");
    await this.page.getByLabel("Login name").fill(name);
    await this.page.getByLabel("Password").fill(password);
    await this.page.getByRole("button", { name: "Log in" }).click();
    return this;
  }

  ticket(number) {
    return this.page.goto(`/tickets/${number}`);
  }

  /** Presses a button and waits for the page that comes of it. */
  async press(name, within = this.page) {
    const there = this.page.waitForEvent("load");
    await within.getByRole("button", { name, exact: typeof name === "string" }).click();
    await there;
  }

  heading() {
    return this.page.getByRole("heading", { level: 1 }).innerText();
  }
}
