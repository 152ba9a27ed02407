// Runs the dashboard's browser tests against a registry of their own: starts one on an empty data folder, waits until it is healthy,
// tests, and stops it. Exits with the tests' code; 3 when the registry did not come up.
//
//   node e2e/registry.mjs [COMMAND ARGUMENT...]
//
// The command starts a registry; --port and --data are added to it. Without one it is ../zoo up. The registry makes no first comparison,
// which the tests would only wait for: they make one of their own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const START_LIMIT_MS = 15 * 60_000;
const POLL_MS = 250;

const folder = await mkdtemp(join(tmpdir(), "layerzoo-e2e-"));
const data = join(folder, "data");
const asked = process.argv.slice(2);
const [program, ...rest] = asked.length > 0 ? asked : [join(HERE, "..", "zoo"), "up"];
const options = ["--no-browser", "--no-demo", "--port", "0", "--data", data];
// Its own ZOO_HOME, so that nothing of the user's takes part.
const registry = spawn(program, [...rest, ...options], { stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, ZOO_HOME: join(folder, "home") } });
const ended = once(registry, "exit").then(([code]) => code ?? 1, (error) => fail(`cannot start ${program}: ${error.message}`));

let code = 3;
try {
  const url = await until("the registry to be healthy", async () => {
    const address = (await readFile(join(data, "registry.url"), "utf8")).trim();
    return (await fetch(new URL("/actuator/health", address))).ok ? address : undefined;
  });
  const token = (await readFile(join(data, "admin.token"), "utf8")).trim();
  const tests = spawn("npm", ["run", "e2e:registry:report"], { cwd: HERE, stdio: "inherit", env: { ...process.env, BASE_URL: url, ZOO_TOKEN: token } });
  [code] = await once(tests, "exit");
} catch (error) {
  console.error(error.message);
} finally {
  registry.kill("SIGTERM");
  await ended;
  await rm(folder, { recursive: true, force: true });
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
