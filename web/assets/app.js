// Improves pages that are complete without it: live parts, drafts, keys,
// files by paste and drop. Text of the server reaches the document in one
// place, through one Trusted Types policy, and is never run.

const policy = window.trustedTypes?.createPolicy("md", { createHTML: (text) => text }) ?? { createHTML: (text) => text };
const parse = (text) => new DOMParser().parseFromString(policy.createHTML(text), "text/html");
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const one = (selector, within = document) => within.querySelector(selector);
const say = (text) => { const live = one("#live"); if (live) live.textContent = text; };

// --- Live parts -----------------------------------------------------------
// What the server last sent for each part, so that a part which the browser
// changed (a frame's height, an open quotation) is left alone.
const sent = new Map();
const remember = (within) => all("[data-part]", within).forEach((part) => sent.set(part.dataset.part, part.outerHTML));
const busy = (part) => part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");

function replace(fresh) {
  const old = one(`[data-part="${CSS.escape(fresh.dataset.part)}"]`);
  const source = fresh.outerHTML;
  if (!old || sent.get(fresh.dataset.part) === source || busy(old)) return;
  const focus = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const marked = one(".at a.subject", old)?.getAttribute("href");
  const open = all("details", old).map((details) => details.open);
  sent.set(fresh.dataset.part, source);
  const placed = document.adoptNode(fresh);
  old.replaceWith(placed);
  all("details", placed).forEach((details, at) => { if (open[at]) details.open = true; });
  if (focus) one(`[href="${CSS.escape(focus)}"]`, placed)?.focus({ preventScroll: true });
  if (marked) one(`a.subject[href="${CSS.escape(marked)}"]`, placed)?.closest("[data-row]")?.classList.add("at");
  fit(placed);
}

function append(list, fresh) {
  let added = 0;
  for (const child of [...fresh.children]) {
    if (one(`[data-part="${CSS.escape(child.dataset.part)}"]`)) continue;
    sent.set(child.dataset.part, child.outerHTML);
    const placed = document.adoptNode(child);
    list.append(placed);
    fit(placed);
    added += 1;
  }
  if (added) say(added === 1 ? "One more entry in this conversation" : `${added} more entries in this conversation`);
}

let refreshing = false, again = false;
async function refresh() {
  if (refreshing) { again = true; return; }
  refreshing = true;
  try {
    // A page that came back from a refused form bears the form's address, which nobody can fetch.
    const path = location.pathname.replace(/^(\/tickets\/\d+)\/\w+$/, "$1");
    const answer = await fetch(path + location.search, { headers: { accept: "text/html" }, redirect: "error" });
    if (!answer.ok) return;
    const page = parse(await answer.text());
    const before = one("[data-announce]")?.dataset.announce;
    all("[data-list]", page).forEach((list) => { const here = one(`[data-list="${list.dataset.list}"]`); if (here) append(here, list); });
    all("[data-part]", page).forEach(replace);
    const after = one("[data-announce]")?.dataset.announce;
    if (after && after !== before) say(after);
    document.title = page.title;
  } catch { /* The next change tries again. */ }
  finally {
    refreshing = false;
    if (again) { again = false; setTimeout(refresh, 300); }
  }
}

function listen() {
  const here = one("[data-ticket]")?.dataset.ticket;
  const events = new EventSource("/events");
  let timer = 0, opened = false;
  const soon = () => { clearTimeout(timer); timer = setTimeout(refresh, 40); };
  events.addEventListener("change", (event) => {
    const change = JSON.parse(event.data);
    if (change.queues || !here || change.ticket === here) soon();
  });
  // After a break in the connection something may have been missed.
  events.addEventListener("open", () => { if (opened) soon(); opened = true; });
  addEventListener("pagehide", () => events.close());
}

// --- Frames of formatted mail: as high as what they show ---------------------
function fit(within) {
  for (const frame of all("iframe.rich-view", within)) {
    const measure = () => {
      const height = frame.contentDocument?.documentElement.getBoundingClientRect().height ?? 0;
      if (height > 0) frame.style.height = `${Math.min(Math.ceil(height) + 24, 4000)}px`;
    };
    frame.addEventListener("load", measure);
    if (frame.contentDocument?.readyState === "complete") measure();
  }
}

// --- Drafts ---------------------------------------------------------------
const agent = document.body.dataset.agent;
const draftKey = (name) => `maildesk:${agent}:${name}`;
const storage = { get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
  set: (key, value) => { try { if (value) localStorage.setItem(key, value); else localStorage.removeItem(key); return true; } catch { return false; } } };

function drafts() {
  const done = one("[data-sent]")?.dataset.sent;
  for (const form of all("form[data-draft]")) {
    const key = draftKey(form.dataset.draft), text = one("textarea", form), state = one("[data-saved]", form);
    if (done && form.dataset.draft.endsWith(`-${done}`)) storage.set(key, "");
    const kept = storage.get(key);
    if (kept && !text.value && !("kept" in form.dataset)) {
      text.value = kept;
      state.textContent = "Draft restored.";
      if (form.id === "note" && !one("#reply-text").value) one("#tab-note").checked = true;
    }
    let timer = 0;
    text.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => { if (storage.set(key, text.value)) state.textContent = text.value ? "Draft saved on this device." : ""; }, 800);
    });
    form.addEventListener("submit", () => { clearTimeout(timer); storage.set(key, text.value); });
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
    });
    files(form, text, one('input[type="file"]', form), state);
  }
  if (done) history.replaceState(null, "", location.pathname + location.hash);
}

function files(form, text, input, state) {
  const take = (list) => {
    const together = new DataTransfer();
    [...input.files, ...list].forEach((file) => together.items.add(file));
    input.files = together.files;
    state.textContent = `${together.files.length} attached: ${[...together.files].map((file) => file.name).join(", ")}`;
  };
  text.addEventListener("paste", (event) => { if (event.clipboardData.files.length) { event.preventDefault(); take(event.clipboardData.files); } });
  form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("dropping"); });
  form.addEventListener("dragleave", () => form.classList.remove("dropping"));
  form.addEventListener("drop", (event) => { event.preventDefault(); form.classList.remove("dropping"); take(event.dataTransfer.files); });
}

function recipients() {
  const form = one("form.reply"), button = one("[data-send]");
  if (!form || !button) return;
  const name = () => {
    const names = [button.dataset.send, ...all('input[name="cc"]:checked', form).map((box) => box.dataset.name)];
    const closing = one('input[name="close"]', form).checked;
    button.textContent = `Send to ${names.join(", ")}${closing ? " and close" : ""}`;
  };
  form.addEventListener("change", name);
  name();
}

// A second click must not send a second letter.
addEventListener("submit", (event) => {
  if (event.target.dataset.busy) { event.preventDefault(); return; }
  if (event.target.method === "post") event.target.dataset.busy = "1";
});
addEventListener("pageshow", () => all("form[data-busy]").forEach((form) => delete form.dataset.busy));

// --- Keys (off in the profile: WCAG 2.1.4) ------------------------------------
const places = () => { const rows = all("[data-row]"); return rows.length ? rows : all("[data-entry]"); };
let at = -1;
function move(step) {
  const list = places();
  if (!list.length) return;
  const marked = list.findIndex((place) => place.classList.contains("at"));
  at = Math.max(0, Math.min(list.length - 1, (marked >= 0 ? marked : at) + step));
  list.forEach((place, number) => place.classList.toggle("at", number === at));
  const target = one("a.subject", list[at]) ?? list[at];
  target.focus({ preventScroll: true });
  list[at].scrollIntoView({ block: "nearest" });
}
function write(which) {
  const tab = one(`#tab-${which}`);
  if (!tab) return;
  tab.checked = true;
  one(`#${which}-text`).focus();
}
const keys = {
  j: () => move(1), k: () => move(-1),
  o: () => one(".at a.subject")?.click(),
  u: () => one('[data-key="u"]')?.click(),
  r: () => write("reply"), n: () => write("note"),
  "/": () => one(".find input")?.focus(),
  "?": () => { const help = one("#keys"); if (help && !help.open) help.showModal(); },
};
function keyboard() {
  if (document.documentElement.dataset.keys !== "on") return;
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest?.('input:not([type="radio"], [type="checkbox"]), textarea, select, dialog')) return;
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
}

remember(document);
fit(document);
if (agent) { drafts(); recipients(); keyboard(); listen(); }
