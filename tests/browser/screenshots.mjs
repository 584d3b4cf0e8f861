// node screenshots.mjs FOLDER: pictures of the queue and of a ticket, light
// and dark, wide and narrow, of a desk in the middle of a working day.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { demo, eventually } from "./lib/desk.mjs";
import { seed } from "./lib/seed.mjs";
import { Visitor, browser } from "./lib/visitor.mjs";

const folder = process.argv[2];
if (!folder) {
  console.error("usage: node screenshots.mjs FOLDER");
  process.exit(64);
}
await mkdir(folder, { recursive: true });

const desk = await demo();
const chromium = await browser();
try {
  const number = await seed(desk, chromium);
  for (const colorScheme of ["light", "dark"]) {
    for (const viewport of [{ width: 320, height: 720 }, { width: 1280, height: 1160 }]) {
      const ada = await Visitor.at(desk, chromium, { colorScheme, viewport, deviceScaleFactor: 2, reducedMotion: "reduce" });
      await ada.login();
      await ada.page.waitForURL("**/queue/open");
      for (const [name, path] of [["queue", "/queue/open"], ["ticket", `/tickets/${number}`]]) {
        await ada.page.goto(path);
        await framesFit(ada.page);
        // Nothing is pointed at.
        await ada.page.mouse.move(viewport.width - 1, viewport.height - 1);
        const file = join(folder, `${name}-${colorScheme}-${viewport.width}.png`);
        await ada.page.screenshot({ path: file, fullPage: viewport.width < 1000 });
        console.log(file);
      }
      await ada.leave();
    }
  }
} finally {
  await chromium.close();
  await desk.stop();
}

/** Formatted mail that is in sight has its height only once it is loaded. */
async function framesFit(page) {
  const visible = page.locator("iframe.rich-view").filter({ visible: true });
  for (const frame of await visible.all()) {
    await frame.scrollIntoViewIfNeeded();
    await eventually(() => frame.evaluate((element) => element.style.height !== ""), "a frame is as high as its mail");
  }
  await page.evaluate(() => scrollTo(0, 0));
}
