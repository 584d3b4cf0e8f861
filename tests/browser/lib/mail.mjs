// Mails as customers send them, through Python's smtplib: a client that is
// not ours, and that shows the reply to DATA.

import { spawn } from "node:child_process";

const client = new URL("send.py", import.meta.url).pathname;

/**
 * Sends one mail and returns what the desk replied: `{ code, reply, number }`.
 * `mail` is `{ from, to, subject, text, html, files, headers }` or `{ raw }`
 * with an envelope; `to` may be a list.
 */
export async function send(server, mail) {
  const child = spawn("python3", [client], { stdio: ["pipe", "pipe", "pipe"] });
  let out = "", trouble = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (trouble += text));
  child.stdin.end(JSON.stringify({ ...server, ...mail }));
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`send.py ended with ${code}: ${trouble}`);
  const answer = JSON.parse(out);
  const number = answer.code === 250 ? answer.reply.match(/\b(\d{6,18})\b/)?.[1] : undefined;
  return { ...answer, number };
}
