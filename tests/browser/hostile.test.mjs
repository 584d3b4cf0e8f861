// Mail written against its reader: no script runs, nothing is asked for from
// elsewhere, nothing leaves the frame. A server stands by that counts what
// reaches it.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { demo, pause } from "./lib/desk.mjs";
import { Visitor, browser } from "./lib/visitor.mjs";

let desk, chromium, ada, elsewhere;
before(async () => {
  [desk, chromium, elsewhere] = await Promise.all([demo(), browser(), counting()]);
  ada = await Visitor.at(desk, chromium);
  await ada.login();
});
after(async () => {
  await chromium?.close();
  await desk?.stop();
  elsewhere?.server.close();
});

/** A server that remembers every request, for whichever name it is called by. */
async function counting() {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.end("caught");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, asked, url: `http://127.0.0.1:${server.address().port}` };
}

/** Every way out that a mail program was ever caught leaving open. */
const attack = (url) => `<!doctype html><html><head>
<meta http-equiv="refresh" content="0;url=${url}/refresh"><base href="${url}/base/">
<link rel="stylesheet" href="${url}/sheet.css"><link rel="dns-prefetch" href="${url}"><link rel="prefetch" href="${url}/prefetch">
<style>@import url(${url}/import.css); body { background: url(${url}/body.png) } @font-face { font-family: x; src: url(${url}/font) } * { font-family: x }</style>
<script>window.top.broken = 1; fetch("${url}/script")</script></head>
<body onload="top.broken=1" background="${url}/background.png">
<p>The visible words of the attack.</p>
<img src="x" onerror="top.broken=1;fetch('${url}/onerror')"><img src="${url}/pixel.gif" srcset="${url}/set.gif 2x" lazysrc="${url}/lazy">
<svg onload="top.broken=1"><image href="${url}/svg.png"/><use href="${url}/use.svg#x"/><script>top.broken=1</script></svg>
<math><mtext><table><mglyph><style><img src=x onerror="top.broken=1"></style></mglyph></table></mtext></math>
<form action="/logout" method="post"><input name="csrf"><button>Click me</button></form>
<iframe src="${url}/frame"></iframe><iframe srcdoc="<script>parent.parent.broken=1</script>"></iframe>
<object data="${url}/object"></object><embed src="${url}/embed"><video src="${url}/video" poster="${url}/poster" autoplay></video><audio src="${url}/audio" autoplay></audio>
<p style="background:url(${url}/style.png);position:fixed;inset:0;z-index:9999">Over everything</p>
<a href="javascript:top.broken=1">A script</a> <a href="data:text/html,<script>1</script>">Data</a> <a href="${url}/link" ping="${url}/ping" target="_top">A link</a>
<input autofocus onfocus="top.broken=1"><details open ontoggle="top.broken=1">x</details>
<noscript><p title="</noscript><img src=x onerror=top.broken=1>"></noscript>
<template><img src="${url}/template.png"></template><portal src="${url}/portal"></portal>
</body></html>`;

test("the server that stands by would notice", async () => {
  // It is reached by a page which may do so: otherwise the zeros below say nothing.
  const page = await chromium.newPage();
  await page.setContent(attack(elsewhere.url)).catch(() => {});
  await page.waitForURL(`${elsewhere.url}/refresh`);
  assert.ok(elsewhere.asked.length > 3, elsewhere.asked.join());
  await page.close();
  elsewhere.asked.length = 0;
});

test("hostile HTML runs nothing and asks for nothing", async () => {
  const { number } = await desk.mail({ from: '"<img src=x onerror=top.broken=1>" <eve@evil.example>', to: "support@desk.example", subject: "<script>top.broken=1</script>", text: "<script>top.broken=1</script> plain", html: attack(elsewhere.url) });
  await ada.ticket(number);
  assert.equal(await ada.heading(), "<script>top.broken=1</script>");
  await ada.page.locator("article.entry").getByText("Formatted", { exact: true }).click();
  const frame = ada.page.frameLocator("iframe.rich-view");
  await frame.getByText("The visible words of the attack.").waitFor();
  for (const gone of ["script", "form", "iframe", "object", "embed", "video", "link", "meta[http-equiv]", "base", "svg", "math", "[onerror]", "[onload]", "[style*=fixed]", "[style*=url]", 'a[href^="javascript"]', 'a[href^="data"]']) {
    assert.equal(await frame.locator(gone).count(), 0, gone);
  }
  await pause(500);
  assert.equal(await ada.page.evaluate(() => window.broken), undefined);
  assert.deepEqual(elsewhere.asked, []);
  assert.equal(new URL(ada.page.url()).pathname, `/tickets/${number}`);
});

test("the frame's own policy holds even for what nobody took out", async () => {
  const { number } = await desk.mail({ from: "eve@evil.example", to: "support@desk.example", subject: "Policy", html: attack(elsewhere.url) });
  const answer = await ada.context.request.get(`/tickets/${number}/entries/1/html`);
  const policy = answer.headers()["content-security-policy"];
  assert.match(policy, /(^|;)\s*sandbox(?![^;]*allow-scripts)/);
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /script-src/);
  const sandbox = await (await ada.ticket(number), ada.page.locator("iframe.rich-view").getAttribute("sandbox"));
  assert.doesNotMatch(sandbox, /allow-scripts|allow-forms|allow-top-navigation/);
});

test("a link of a mail opens elsewhere, without a way back", async () => {
  const { number } = await desk.mail({ from: "ann@customer.example", to: "support@desk.example", subject: "A link", html: `<p>Look: <a href="${elsewhere.url}/wanted">there</a></p>` });
  const reader = await Visitor.at(desk, chromium, { expect: [/^request to .*\/wanted$/, /^request to .*favicon/] });
  await reader.login();
  await reader.ticket(number);
  await reader.page.locator("article.entry").getByText("Formatted", { exact: true }).click();
  const opening = reader.context.waitForEvent("page");
  await reader.page.frameLocator("iframe.rich-view").getByRole("link", { name: "there" }).click();
  const opened = await opening;
  await opened.waitForLoadState();
  assert.equal(opened.url(), `${elsewhere.url}/wanted`);
  assert.equal(await opened.evaluate(() => window.opener), null);
  assert.equal(await opened.evaluate(() => document.referrer), "", "the address of the ticket stays here");
  await reader.leave();
});

test("hostile attachments are downloads, whatever they say they are", async () => {
  const file = (name, type, text) => ({ name, type, base64: Buffer.from(text).toString("base64") });
  const { number } = await desk.mail({
    from: "eve@evil.example", to: "support@desk.example", subject: "Files", text: "See the files.",
    files: [
      file("page.html", "text/html", "<script>top.broken=1</script>"),
      file("picture.svg", "image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg" onload="top.broken=1"/>'),
      file("picture.png", "image/png", "<html><script>top.broken=1</script>"),
      file('..\\..//evil"; x=".html', "text/html", "x"),
    ],
  });
  await ada.ticket(number);
  const links = await ada.page.locator(".attachments a").evaluateAll((all) => all.map((one) => one.getAttribute("href")));
  assert.equal(links.length, 4);
  for (const link of links) {
    const headers = (await ada.context.request.get(link)).headers();
    assert.match(headers["content-disposition"], /^attachment/, link);
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.doesNotMatch(headers["content-type"], /html|svg|xml|javascript/, link);
    assert.match(headers["content-security-policy"], /sandbox/);
    assert.doesNotMatch(headers["content-disposition"], /filename="[^"]*[\\/]/);
  }
});

test("a mail's own pictures are shown, a stranger's are counted", async () => {
  const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const { number } = await desk.mail({
    from: "ann@customer.example", to: "support@desk.example", subject: "A photo", text: "See the photo.",
    html: `<p>Here: <img src="cid:photo@x" alt="the photo"><img src="${elsewhere.url}/pixel.gif"></p>`,
    files: [{ name: "photo.png", type: "image/png", base64: pixel, cid: "<photo@x>" }],
  });
  await ada.ticket(number);
  const frame = ada.page.frameLocator("iframe.rich-view");
  const photo = frame.getByAltText("the photo");
  await photo.waitFor();
  assert.equal(await photo.evaluate((image) => image.decode().then(() => image.naturalWidth)), 1);
  assert.match(await frame.locator("body").innerText(), /One picture from elsewhere is not shown/);
  assert.deepEqual(elsewhere.asked.filter((url) => url !== "/wanted" && url !== "/favicon.ico"), []);
});

test("hostile source and headers are text", async () => {
  const { number } = await desk.mail({ from: "eve@evil.example", to: "support@desk.example", subject: "Source", text: "x", html: attack(elsewhere.url), headers: { "X-Evil": "<script>top.broken=1</script>" } });
  for (const view of ["source", "headers"]) {
    await ada.page.goto(`/tickets/${number}/entries/1/${view}`);
    assert.match(await ada.page.locator("main").innerText(), /X-Evil[\s\S]*<script>top\.broken=1/i, view);
    assert.equal(await ada.page.evaluate(() => window.broken), undefined);
  }
});

test("the session survived all of it, and no policy was violated", async () => {
  await ada.page.goto("/queue/open");
  assert.equal(await ada.heading(), "Open");
  await ada.leave();
  assert.doesNotMatch(desk.logged(), /violated content policy/);
});
