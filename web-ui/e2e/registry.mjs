// Runs the dashboard's browser tests against a registry of their own: starts one on an empty data folder, waits until it is healthy and
// its first comparison has ended, tests, and stops it. Exits with the tests' code; 3 when the registry did not come up.
//
// ZOO_UP: the command that starts a registry, to which --port and --data are added; default: ../zoo up --no-browser
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const START_LIMIT_MS = 15 * 60_000;
const POLL_MS = 250;

const data = await mkdtemp(join(tmpdir(), "layerzoo-e2e-"));
const [program, ...rest] = (process.env.ZOO_UP ?? `${join(HERE, "..", "zoo")} up --no-browser`).split(" ");
const registry = spawn(program, [...rest, "--port", "0", "--data", data], { stdio: ["ignore", "inherit", "inherit"] });
const ended = once(registry, "exit").then(([code]) => code ?? 1, (error) => fail(`cannot start ${program}: ${error.message}`));

let code = 3;
try {
  const url = await until("the registry to be healthy", async () => {
    const address = (await readFile(join(data, "registry.url"), "utf8")).trim();
    return (await fetch(new URL("/actuator/health", address))).ok ? address : undefined;
  });
  await until("the first comparison to end", async () => {
    const { items } = await (await fetch(new URL("/api/v1/benchmarks", url))).json();
    return items.length > 0 && items.every((job) => job.finishedAt !== null) ? true : undefined;
  });
  const token = (await readFile(join(data, "admin.token"), "utf8")).trim();
  const tests = spawn("npm", ["run", "e2e:report"], { cwd: HERE, stdio: "inherit", env: { ...process.env, BASE_URL: url, ZOO_TOKEN: token } });
  [code] = await once(tests, "exit");
} catch (error) {
  console.error(error.message);
} finally {
  registry.kill("SIGTERM");
  await ended;
  await rm(data, { recursive: true, force: true });
}
process.exit(code ?? 1);

/** Asks until there is an answer; the registry's end and the limit are errors. */
async function until(what, ask) {
  const limit = Date.now() + START_LIMIT_MS;
  while (Date.now() < limit) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    const exit = await Promise.race([ended, new Promise((go) => setTimeout(go, POLL_MS))]);
    if (exit !== undefined) throw new Error(`waiting for ${what}: the registry ended with exit code ${exit}`);
  }
  throw new Error(`waited ${START_LIMIT_MS / 60_000} minutes for ${what}`);
}

function fail(message) {
  console.error(message);
  return 3;
}
