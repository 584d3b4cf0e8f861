// A trial desk of its own: the real binary on free ports, with data that goes
// away at the end. What it logged is kept, since a policy that a browser
// reports is a line there.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { send } from "./mail.mjs";

export const PASSWORD = "a long password for tests";

const run = promisify(execFile);
const root = new URL("../../../", import.meta.url).pathname;
export const binary =
  process.env.DESK_BINARY ?? join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug", "maildesk");

/** A desk as `maildesk demo` makes it: departments Support and Sales, agents ada (admin) and ben. */
export async function demo() {
  const data = await mkdtemp(join(tmpdir(), "maildesk-browser-"));
  const args = ["demo", "--data", data, "--smtp", "127.0.0.1:0", "--web", "127.0.0.1:0", "--password", PASSWORD];
  const server = await start(args, /^Agents work at (http:\S+?)\/$/m, data);
  const [, host, port] = server.said().match(/^Mail comes in at (\S+):(\d+),/m) ?? [];
  if (!port) throw await server.failed("says nowhere that mail comes in");
  return {
    ...server,
    smtp: { host, port: Number(port) },
    mail: (mail) => send({ host, port: Number(port) }, mail),
  };
}

/** A desk without agents, and the address of the page that makes the first admin. */
export async function untouched() {
  const data = await mkdtemp(join(tmpdir(), "maildesk-browser-"));
  const environment = {
    MAILDESK_SMTP_LISTEN: "127.0.0.1:0",
    MAILDESK_WEB_LISTEN: "127.0.0.1:0",
  };
  const server = await start(["serve", "--data", data], /(http:\S+?)\/setup\?token=\S+/, data, environment);
  const [setup] = server.said().match(/http:\S+?\/setup\?token=[\w-]+/);
  return { ...server, setup };
}

async function start(args, ready, data, environment = {}) {
  // Nothing of the caller's surroundings may change what is tested.
  const env = { PATH: process.env.PATH, HOME: data, LANG: "C.UTF-8", TZ: "UTC", ...environment };
  const child = spawn(binary, args, { cwd: data, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "", logged = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (said += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (logged += text));
  const ended = new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(`ended with ${signal ?? code}`));
  });
  const stop = async () => {
    child.kill("SIGINT");
    const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
    const how = await ended;
    clearTimeout(late);
    await rm(data, { recursive: true, force: true });
    return how;
  };
  const failed = async (what) => new Error(`${binary} ${args[0]}: ${what}; ${await stop()}\n${said}\n${logged}`);

  let over = false;
  ended.then(() => (over = true));
  for (const begun = Date.now(); !ready.test(said + logged); await pause(20)) {
    if (over || Date.now() - begun > 30_000) throw await failed("does not start");
  }
  return {
    base: (said + logged).match(ready)[1],
    data,
    said: () => said + logged,
    logged: () => logged,
    stop,
    failed,
    /** Runs a command on this desk and reads its JSON. */
    command: async (...words) => {
      const { stdout } = await run(binary, [...words, "--data", data, "--json"], { env, maxBuffer: 64 << 20 });
      return JSON.parse(stdout);
    },
  };
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Asks again until the answer is there, for what happens behind the page. */
export async function eventually(ask, what = ask.toString(), patience = 10_000) {
  for (const begun = Date.now(); ; await pause(50)) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() - begun > patience) throw new Error(`never came true: ${what}`);
  }
}
