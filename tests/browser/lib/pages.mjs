// Every page there is, and how to come to it. `route` is the path in the
// route table of `web`; the list is compared with that table, and with every
// link that the pages themselves show, so that no page can be forgotten.
//
// `at(place)` gives the address on a seeded desk, where `place` holds the ids
// found there. `state` brings the page into a condition that it does not have
// when it is just opened. `as` is who looks: ada, ben, or nobody.

const page = (name, route, at, more = {}) => ({ name, route, at: typeof at === "string" ? () => at : at, as: "ada", status: 200, ...more });

const submit = async (visitor, form, button) => {
  // The browser would not send it: what the server says is to be seen.
  await form.evaluate((element) => (element.noValidate = true));
  await visitor.press(button, form);
};

const settings = (list, fields) => [
  page(`${list}`, `/admin/${list}`, `/admin/${list}`),
  page(`${list}, new`, `/admin/${list}/new`, `/admin/${list}/new`),
  page(`${list}, new, with problems`, `/admin/${list}/new`, `/admin/${list}/new`, {
    state: (visitor) => submit(visitor, visitor.page.locator("main form"), "Add"),
  }),
  page(`${list}, one`, `/admin/${list}/{id}`, (place) => place[list]),
  ...fields,
];

export const pages = [
  page("log in", "/login", "/login", { as: "nobody" }),
  page("log in, refused", "/login", "/login", {
    as: "nobody",
    state: (visitor) => visitor.login("ada", "not the password"),
  }),
  page("set up", "/setup", (place) => place.setup, { as: "owner" }),
  page("set up, with problems", "/setup", (place) => place.setup, {
    as: "owner",
    state: (visitor) => submit(visitor, visitor.page.locator("main form"), "Make the administrator"),
  }),

  page("open", "/queue/{view}", "/queue/open"),
  page("open, of one department", "/queue/{view}", (place) => place.department),
  page("mine", "/queue/{view}", "/queue/mine"),
  page("unassigned", "/queue/{view}", "/queue/unassigned"),
  page("closed", "/queue/{view}", "/queue/closed"),
  page("mine, empty", "/queue/{view}", "/queue/mine", { as: "carla" }),
  page("open, with the list of keys", "/queue/{view}", "/queue/open", {
    state: async (visitor) => {
      await visitor.page.keyboard.press("?");
      await visitor.page.getByRole("dialog").waitFor();
    },
  }),
  page("open, a row chosen by key", "/queue/{view}", "/queue/open", { state: (visitor) => visitor.page.keyboard.press("j") }),
  page("open, menu unfolded", "/queue/{view}", "/queue/open", {
    state: (visitor) => visitor.page.locator("details.rail-menu").evaluate((menu) => (menu.open = true)),
  }),

  page("ticket", "/tickets/{number}", (place) => place.ticket),
  page("ticket, formatted and unfolded", "/tickets/{number}", (place) => place.ticket, {
    state: async (visitor) => {
      await visitor.page.getByText("Formatted", { exact: true }).first().click();
      for (const folded of await visitor.page.locator("main details").all()) await folded.evaluate((one) => (one.open = true));
    },
  }),
  page("ticket, writing a note", "/tickets/{number}", (place) => place.ticket, {
    state: (visitor) => visitor.page.locator('label[for="tab-note"]').click(),
  }),
  page("ticket, empty answer refused", "/tickets/{number}", (place) => place.ticket, {
    state: (visitor) => visitor.press(/^Send to /),
  }),
  page("ticket, collaborator refused", "/tickets/{number}", (place) => place.ticket, {
    state: async (visitor) => {
      await visitor.page.getByText("Add someone").click();
      await visitor.page.getByLabel("Mail address").fill("nowhere");
      await submit(visitor, visitor.page.locator("form").filter({ has: visitor.page.getByLabel("Mail address") }), "Add");
    },
  }),
  page("ticket, crossed by a mail", "/tickets/{number}", (place) => place.ticket, {
    state: async (visitor) => {
      await visitor.page.getByLabel("Your reply").fill("An answer to what is old");
      await visitor.page.locator('form.reply input[name="last_entry"]').evaluate((input) => (input.value = "1"));
      await visitor.press(/^Send to /);
      await visitor.page.locator("#collision").waitFor();
      // What is kept of the draft is no part of the next page's state.
      await visitor.page.evaluate(() => localStorage.clear());
    },
  }),
  page("ticket, closed", "/tickets/{number}", (place) => place.closed),
  page("ticket, hostile", "/tickets/{number}", (place) => place.hostile),
  page("ticket, of another department", "/tickets/{number}", (place) => place.ticket, { as: "carla", status: 404 }),
  page("source", "/tickets/{number}/entries/{entry}/source", (place) => `${place.ticket}/entries/1/source`),
  page("headers", "/tickets/{number}/entries/{entry}/headers", (place) => `${place.ticket}/entries/1/headers`),

  page("outbox", "/outbox", "/outbox"),
  page("outbox, empty", "/outbox", "/outbox", { as: "first" }),
  page("letter", "/outbox/{letter}", (place) => place.letter),
  page("letter, source", "/outbox/{letter}/source", (place) => `${place.letter}/source`),
  page("journal", "/journal", "/journal"),
  page("journal, empty", "/journal", "/journal", { as: "first" }),
  page("open, empty", "/queue/{view}", "/queue/open", { as: "first" }),

  ...settings("departments", [
    page("departments, delete", "/admin/departments/{id}/delete", (place) => `${place.departments}/delete`),
    page("departments, delete refused", "/admin/departments/{id}/delete", (place) => `${place.departments}/delete`, {
      state: (visitor) => visitor.press("Delete", visitor.page.locator("main")),
    }),
  ]),
  ...settings("addresses", [page("addresses, delete", "/admin/addresses/{id}/delete", (place) => `${place.addresses}/delete`)]),
  ...settings("agents", []),

  page("profile", "/profile", "/profile"),
  page("profile, with problems", "/profile", "/profile", {
    state: async (visitor) => {
      await visitor.page.getByLabel("Present password").fill("not the password");
      await visitor.page.getByLabel("New password").fill("short");
      await submit(visitor, visitor.page.locator("form").filter({ has: visitor.page.getByLabel("Present password") }), "Change the password");
    },
  }),
  page("nothing here", "(none)", "/no/such/page", { status: 404 }),
  page("nothing here, logged out", "(none)", "/no/such/page", { as: "nobody", status: 404 }),
  page("not allowed", "(none)", "/admin/agents", { as: "carla", status: 403 }),
];

/** Addresses that are fetched but are no page, with what they answer instead. */
export const others = {
  "/healthz": "plain text for monitoring",
  "/assets/{hash}/{name}": "stylesheet, script and icon",
  "/": "sends on to the queue",
  "/find": "sends on to a ticket",
  "/events": "a stream of events",
  "/tickets/{number}/entries/{entry}/html": "a mail's own HTML, shown in a frame",
  "/tickets/{number}/entries/{entry}/message.eml": "a download",
  "/tickets/{number}/entries/{entry}/attachments/{index}/{name}": "a download",
  "/outbox/{letter}/html": "a letter's own HTML, shown in a frame",
  "/outbox/{letter}/letter.eml": "a download",
};

/** The GET paths in the route table of `web`, read out of its source. */
export function routesIn(table, screen, screens) {
  const plain = [...table.matchAll(/route\(\s*"GET",\s*"([^"]+)"/g)].map((match) => match[1]);
  const below = [...screen.matchAll(/\(\s*"GET",\s*path\("([^"]*)"\)/g)].map((match) => match[1]);
  const settings = screens.flatMap((source) => {
    const [, path] = source.match(/const PATH: &'static str = "([^"]+)"/);
    const deletes = !/const DELETING: [^=]*= None;/.test(source);
    return below.filter((rest) => deletes || !rest.endsWith("/delete")).map((rest) => path + rest);
  });
  return [...plain, ...settings];
}

/** The route that a path belongs to, the most literal one first. */
export function routeOf(path, routes) {
  const literal = (route) => route.split("/").filter((part) => !part.startsWith("{")).length;
  const matches = (route) => new RegExp(`^${route.replace(/[.]/g, "\\.").replace(/\{[^}]+\}/g, "[^/]+")}$`).test(path);
  return [...routes].sort((a, b) => literal(b) - literal(a)).find(matches);
}
