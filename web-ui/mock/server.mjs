// The registry's REST interface with made-up answers: for `npm run dev` and for tests of the dashboard that need no registry.
import { readFile, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { matrixRows, cell, report } from "./fixtures/benchmark.mjs";
import { cardOf } from "./fixtures/cards.mjs";
import { PLUGINS, summary, versionOf } from "./fixtures/plugins.mjs";
import { CLAIMS, providersOf, verificationOf } from "./fixtures/providers.mjs";
import { Jobs } from "./jobs.mjs";
import { Registry } from "./registry.mjs";
import { recommendation } from "./recommendations.mjs";

/** The policy that the registry sends with the dashboard; the tests run under it. */
const POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const STATIC = fileURLToPath(new URL("../target/classes/static/", import.meta.url));
/** The studies are the ones that the registry ships. */
const STUDIES = new URL("../../docs/results/", import.meta.url);
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".woff": "font/woff", ".ttf": "font/ttf" };
const CODE = "one-time-code";
export const TOKEN = "zoo_mock";
const COOKIE = "zoo-session=mock";

const signedIn = (request) => (request.headers.cookie ?? "").includes(COOKIE);

class Refusal extends Error {
  constructor(status, code, title, detail, errors) {
    super(title);
    this.body = { type: `https://layerzoo.org/problems/${code}`, title, status, detail, code, ...(errors ? { errors } : {}) };
  }
}

/**
 * Starts the mock. `stored`: whether comparisons have been made already; `stepMs`: the pace of jobs; `holdAfter`: the steps after which a job
 * waits for `release()`, so that a test sees it on its way however slow the machine is; `empty`: a catalogue of nothing; `scopes`: what the reader may who signs in.
 */
export async function startMock({ port = 0, stepMs = 120, holdAfter = Infinity, stored = true, empty = false, scopes = ["read", "run", "publish", "admin"] } = {}) {
  const jobs = new Jobs(stepMs, holdAfter);
  const state = { scopes, jobs, registry: new Registry(jobs, holdAfter !== Infinity, Refusal), plugins: empty ? [] : PLUGINS, streams: new Set(), refusals: 0 };
  if (stored) seed(state.jobs);
  const server = createServer((request, response) => {
    handle(state, request, response).catch((thrown) => {
      if (thrown instanceof Refusal) return send(response, thrown.body.status, thrown.body, "application/problem+json");
      console.error(thrown);
      send(response, 500, { title: "The mock failed", status: 500, detail: String(thrown), code: "mock-fault" }, "application/problem+json");
    });
  });
  await new Promise((ready) => server.listen(port, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${server.address().port}`;
  return {
    url,
    state,
    signInPath: `/session?code=${CODE}`,
    /** Lets the jobs that wait after `holdAfter` steps go on, and with them what is being deployed or sent. */
    release() {
      state.jobs.release();
      state.registry.release();
    },
    /** Ends every open event stream, as a restart of the registry would. */
    dropStreams() {
      for (const stream of state.streams) stream.destroy();
    },
    /** The next streams of events are answered with an error, as by a registry whose database is away. */
    refuseStreams(count) {
      state.refusals = count;
    },
    async close() {
      state.jobs.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

const SPEC = { lengths: [512, 1024, 2048, 4096, 8192, 16384, 65536], batch: 1, dim: 512, heads: 8, pass: "forward", backend: "auto", dtype: "f32", unit: "core" };

function seed(jobs) {
  const spec = { ...SPEC, plugins: ["flash-attention-2", "deltanet", "mamba"].map((id) => ({ id, version: versionOf(id) })) };
  const results = spec.lengths.flatMap((length) => spec.plugins.map(({ id }) => cell(spec, id, length)));
  const log = results.map((row) => `${row.id} length ${row.length}: ${row.refused ? `refused, ${row.refused}` : `median ${row.medianMs.toFixed(3)} ms of 25 runs`}`);
  jobs.stored("benchmark", spec, "succeeded", { result: report(spec, results), minutesAgo: 3, seconds: 74, message: "Done", log });
  const layers = { ...SPEC, unit: "layer", lengths: [4096], plugins: ["flash-attention-2", "mamba", "dinat"].map((id) => ({ id, version: versionOf(id) })) };
  jobs.stored("benchmark", layers, "succeeded", { result: report(layers, layers.plugins.map(({ id }) => cell(layers, id, 4096))), minutesAgo: 200, seconds: 9, message: "Done" });
  const problem = { type: "about:blank", title: "The plugin ran out of its tensor budget", status: 422, detail: "agent-attention asked for 11.2 GiB at length 262144, the budget is 9.6 GiB. Use shorter lengths or a larger --memory.", code: "memory-exceeded" };
  jobs.stored("benchmark", { ...SPEC, lengths: [262144], plugins: [{ id: "agent-attention", version: versionOf("agent-attention") }] }, "failed", { problem, minutesAgo: 47, seconds: 8, message: problem.title, log: ["agent-attention length 262144: warming up", "tensor budget exceeded, child ended"] });
  jobs.stored("verification", { plugins: [{ id: "mamba", version: versionOf("mamba") }], level: 2 }, "succeeded", { result: { plugins: [] }, minutesAgo: 90, seconds: 12, message: "Done", log: ["mamba: 14 checks passed", "golden layer-t21-n16: passed"], background: true });
}

async function handle(state, request, response) {
  const url = new URL(request.url, "http://mock");
  const path = decodeURIComponent(url.pathname);
  if (path === "/session") return openSession(url, request, response);
  if (path === "/openapi.yaml") return send(response, 200, "openapi: 3.0.3\n", "application/yaml");
  if (path === "/actuator/prometheus") return send(response, 200, state.registry.metrics(), "text/plain; version=0.0.4");
  if (!path.startsWith("/api/")) return file(path, response);
  const parts = path.slice("/api/v1/".length).split("/");
  const route = ROUTES[parts[0]];
  if (!route) throw new Refusal(404, "not-found", "There is no such resource", path);
  return route({ state, request, response, url, parts, query: Object.fromEntries(url.searchParams) });
}

function openSession(url, request, response) {
  const wrong = url.searchParams.get("code") !== CODE;
  if (wrong && request.headers.accept?.includes("text/html")) return response.writeHead(303, { Location: "/sign-in?spent" }).end();
  if (wrong) throw new Refusal(401, "code-invalid", "The code is not valid", "It may have been used before. ./zoo up prints a new one.");
  response.writeHead(303, { Location: "/", "Set-Cookie": `${COOKIE}; HttpOnly; SameSite=Strict; Path=/` }).end();
}

const ROUTES = {
  session: ({ state, request, response, parts }) => {
    if (parts[1] === "codes") {
      if (request.headers.authorization !== `Bearer ${TOKEN}`) throw new Refusal(401, "token-invalid", "The token is not valid", "expected a token of this registry that has not expired or been withdrawn");
      return send(response, 201, { code: CODE, url: `/session?code=${CODE}`, expiresAt: new Date(Date.now() + 600_000).toISOString() });
    }
    if (request.method === "DELETE") return response.writeHead(204, { "Set-Cookie": "zoo-session=; Path=/; Max-Age=0" }).end();
    return send(response, 200, signedIn(request) ? { authenticated: true, name: "local admin", owner: "local admin", scopes: state.scopes } : { authenticated: false, name: "anonymous", owner: "", scopes: ["read"] });
  },
  catalog: ({ response }) => send(response, 200, page([], {})),
  plugins: async (context) => {
    if (!(await owned(context))) return plugins(context);
  },
  benchmarks: async (context) => {
    const { state, request, response, query } = context;
    if (request.method !== "POST") return send(response, 200, page(select(state.jobs.list(), { ...query, kind: "benchmark" }), query));
    const spec = await accepted(context);
    return send(response, 202, state.jobs.benchmark({ ...SPEC, ...spec }));
  },
  recommendations: ({ state, response, query }) => {
    const length = Number(query.length);
    if (!Number.isInteger(length) || length < 1) throw new Refusal(400, "invalid-request", "The request is not valid", `length: expected a whole number from 1, given ${query.length ?? "nothing"}`);
    const question = { length, dim: Number(query.dim ?? 512), heads: Number(query.heads ?? 8), pass: query.pass ?? "forward", causal: query.causal === "true", backend: query.backend ?? "auto" };
    return send(response, 200, recommendation(state.plugins, state.jobs.list(), question));
  },
  studies: async ({ response, parts, query }) => {
    const names = (await readdir(STUDIES)).filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5)).toSorted();
    if (parts[1] === undefined) return send(response, 200, page(names.map((name) => ({ name, command: `./zoo study ${name}` })), query));
    if (!names.includes(parts[1])) throw new Refusal(404, "study-unknown", "There is no such study", `expected one of [${names.join(", ")}], given '${parts[1]}'`);
    return send(response, 200, await readFile(new URL(`${parts[1]}.json`, STUDIES), "utf8"));
  },
  verifications: async (context) => send(context.response, 202, context.state.jobs.verification({ level: 2, ...(await accepted(context)) })),
  jobs,
  deployments: async ({ state, request, response, parts, query }) => {
    const { registry } = state;
    const [, name] = parts;
    if (name === undefined) return send(response, 200, page([...registry.deployments.keys()].map((one) => registry.deployments.get(one)).toSorted((a, b) => (a.name < b.name ? -1 : 1)), query));
    if (request.method === "GET") return send(response, 200, registry.deployment(name));
    allowed(request);
    if (request.method === "PUT") return send(response, 201, registry.deploy(name, JSON.parse((await body(request)).toString())));
    registry.undeploy(name);
    return response.writeHead(204).end();
  },
  weights: ({ response, query }) => {
    const lineage = { plugin: "mamba", version: "0.1.0", task: "zoo/mqar", official: false, metrics: { accuracy: 0.97 } };
    return send(response, 200, page(query.plugin === "mamba" ? [{ sha256: "5e".repeat(32), size: 918_412, metadata: {}, createdAt: "2026-11-20T08:00:00Z", owner: "registry", tensors: 9, parameters: 229_000, lineage }] : [], query));
  },
  publications: ({ state, request, response, parts, query }) => {
    allowed(request);
    return send(response, 200, parts[1] ? state.registry.publication(parts[1]) : page(state.registry.publications.map((one) => state.registry.publication(one.id)), query));
  },
  keys: async ({ state, request, response, parts, query }) => {
    if (request.method === "GET") return send(response, 200, page(state.registry.keys, query));
    allowed(request);
    if (request.method === "DELETE") {
      Object.assign(state.registry.keys.find((key) => key.id === parts[1]), { revoked: true });
      return response.writeHead(204).end();
    }
    const key = { id: crypto.randomUUID(), owner: "local admin", fingerprint: "ab".repeat(32), createdAt: new Date().toISOString(), revoked: false, ...JSON.parse((await body(request)).toString()) };
    state.registry.keys.unshift(key);
    return send(response, 201, key);
  },
  tokens: async ({ state, request, response, parts, query }) => {
    allowed(request);
    if (request.method === "GET") return send(response, 200, page(state.registry.tokens, query));
    if (request.method === "POST") return send(response, 201, state.registry.makeToken(JSON.parse((await body(request)).toString())));
    state.registry.tokens = state.registry.tokens.filter((token) => token.id !== parts[1]);
    return response.writeHead(204).end();
  },
  webhooks,
  audit: ({ state, request, response, parts, query }) => {
    allowed(request);
    const { audit } = state.registry;
    if (parts[1] === "check") return send(response, 200, { entries: audit.length, whole: true, head: audit.at(-1).hash });
    const fits = (entry) => ["actor", "action", "subject"].every((field) => !query[field] || entry[field] === query[field]);
    return send(response, 200, page(audit.toReversed().filter(fits), query));
  },
};

function allowed(request) {
  if (!signedIn(request)) throw new Refusal(401, "token-missing", "A token is needed", "expected 'Authorization: Bearer <token>', given none");
}

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function webhooks({ state, request, response, parts, query }) {
  allowed(request);
  const { registry } = state;
  const [, id, what, delivery, verb] = parts;
  if (id === undefined) {
    if (request.method === "POST") return send(response, 201, registry.makeWebhook(JSON.parse((await body(request)).toString())));
    return send(response, 200, page(registry.webhooks, query));
  }
  const hook = registry.webhooks.find((one) => one.id === id);
  if (!hook) throw new Refusal(404, "webhook-unknown", "There is no such webhook", `expected the id of a webhook, given ${id}`);
  if (request.method === "DELETE") {
    registry.webhooks = registry.webhooks.filter((one) => one.id !== id);
    return response.writeHead(204).end();
  }
  if (what === "ping") return send(response, 202, registry.send(id, "ping", { event: "ping", at: new Date().toISOString(), actor: "local admin", subject: `webhook ${id}`, detail: "" }));
  if (verb === "redeliver") {
    const sent = registry.history(id).find((one) => one.id === delivery);
    return send(response, 202, registry.send(id, sent.event, sent.payload));
  }
  return send(response, 200, what === "deliveries" ? page(registry.history(id), query) : hook);
}

/** What the owners of a published plugin do; false where the catalogue answers. */
async function owned({ state, request, response, parts }) {
  const { registry } = state;
  const [, id, what, name, verb] = parts;
  if (id !== undefined && !registry.versions.has(id)) return false;
  if (id === undefined && request.method !== "POST") return false;
  const input = request.method === "GET" ? undefined : await body(request);
  const json = () => JSON.parse(input.toString() || "{}");
  if (request.method !== "GET") allowed(request);
  if (id === undefined) {
    send(response, 202, registry.publish(input));
  } else if (what === "versions" && name === undefined) {
    send(response, 200, page(registry.versions.get(id), { size: 500 }));
  } else if (what === "versions" && verb !== undefined) {
    const version = registry.version(id, name);
    if (verb === "yank" || verb === "unyank") registry.yank(id, name, verb === "yank", json().reason ?? "");
    if (verb === "tags") Object.assign(version, json());
    if (verb === "deprecation") Object.assign(version, { deprecation: json().reason, deprecated: json().reason !== "" });
    send(response, 200, version);
  } else if (what === "aliases") {
    const all = registry.aliases.get(id).filter((alias) => alias.alias !== name);
    if (request.method === "PUT") all.push({ alias: name, version: json().version, changedAt: new Date().toISOString() });
    if (request.method !== "GET") registry.aliases.set(id, all);
    if (request.method === "DELETE") response.writeHead(204).end();
    else send(response, 200, request.method === "GET" ? registry.aliases.get(id) : all.at(-1));
  } else if (what === "maintainers") {
    const all = registry.maintainers.get(id).filter((one) => one.owner !== name);
    if (request.method === "PUT") all.push({ owner: name, role: "maintainer", addedAt: new Date().toISOString() });
    if (request.method === "GET") {
      send(response, 200, registry.maintainers.get(id));
    } else {
      registry.maintainers.set(id, all);
      response.writeHead(204).end();
    }
  } else {
    return false;
  }
  return true;
}

function select(jobs, { kind, state, plugin }) {
  return jobs.filter((job) => (!kind || job.kind === kind) && (!state || job.state === state) && (!plugin || JSON.stringify(job.spec).includes(`"${plugin}"`)));
}

function page(items, query) {
  const number = Number(query.page ?? 0);
  const size = Number(query.size ?? 20);
  return { items: items.slice(number * size, (number + 1) * size), page: number, size, total: items.length };
}

function plugins({ state, request, response, parts, query, url }) {
  const [, id, , version = "latest", what] = parts;
  if (id === undefined) {
    const facets = { family: [], kind: [], mode: [], backend: [], level: [], year: [] };
    const { found, correctedQuery } = search(state.plugins.map(summary), query.query ?? "");
    return send(response, 200, { ...page(found, query), facets, ...(correctedQuery ? { correctedQuery } : {}) });
  }
  const plugin = state.plugins.find((p) => p.id === id);
  if (!plugin) throw new Refusal(404, "plugin-unknown", "There is no such plugin", `The catalogue has no plugin ‘${id}’. It has ${state.plugins.length} others.`);
  if (parts[2] === "versions" && parts[3] === undefined) return send(response, 200, page([versionEntry(plugin)], query));
  if (version !== "latest" && version !== versionOf(id)) throw new Refusal(404, "version-unknown", "There is no such version", `${id} has no version ‘${version}’, it has ${versionOf(id)}.`);
  if (what === "card") return send(response, 200, cardOf(plugin), "text/markdown; charset=utf-8");
  if (what === "matrix.json") return matrix(state, request, response, plugin, url.searchParams);
  return send(response, 200, detail(plugin));
}

/** All words must occur; a word with its letters in another order is taken for the id that it spells. */
function search(all, query) {
  const having = (words) => all.filter((plugin) => words.every((word) => `${plugin.id} ${plugin.title} ${plugin.summary} ${plugin.family}`.toLowerCase().includes(word)));
  const words = query.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const found = having(words);
  if (found.length > 0) return { found };
  const letters = (word) => [...word].toSorted().join("");
  const meant = words.map((word) => all.find((plugin) => letters(plugin.id) === letters(word))?.id ?? word);
  return { found: having(meant), correctedQuery: meant.join(" ") === words.join(" ") ? undefined : meant.join(" ") };
}

function matrix(state, request, response, plugin, query) {
  const length = Number(query.get("length") ?? 64);
  const number = Number(query.get("seed") ?? 0);
  if (!signedIn(request) && (length !== 64 || number !== 0 || query.has("config"))) {
    throw new Refusal(404, "matrix-not-stored", "The matrix is not stored", `No matrix of ${plugin.id} at length ${length}, seed ${number} was computed yet, and computing needs the scope run.`);
  }
  const spec = { id: plugin.id, version: versionOf(plugin.id), provider: "", length, seed: number };
  if (length === 256) {
    const done = state.jobs.list().find((job) => job.kind === "matrix" && job.state === "succeeded");
    if (!done) return send(response, 202, state.jobs.list().find((job) => job.kind === "matrix") ?? state.jobs.matrix(spec));
  }
  const scale = query.has("config") ? 1 + (JSON.parse(query.get("config")).state ?? 16) / 100 : 1;
  return send(response, 200, { ...spec, kind: "sensitivity", rows: matrixRows(plugin.id, length, number).map((row) => row.map((value) => value * scale)) });
}

function versionEntry(plugin) {
  const { version, source, sha256, level, levels } = summary(plugin);
  return { version, source, sha256, size: 48213, spi: "0.1", cataloguedAt: "2026-11-22T04:12:09Z", yanked: false, present: true, level, levels };
}

function detail(plugin) {
  const short = summary(plugin);
  return {
    ...short,
    spi: "0.1",
    requires: "[0.1,0.2)",
    size: 48213,
    cataloguedAt: "2026-11-22T04:12:09Z",
    license: "Apache-2.0",
    code: plugin.code,
    authors: plugin.id === "mamba" ? ["Albert Gu", "Tri Dao"] : [],
    claims: CLAIMS[plugin.id] ?? [],
    checks: ["check-1: sequential equals chunked equals step by step", "check-2: worked scalar example"],
    golden: ["layer-t21-n16"],
    providers: providersOf(plugin),
    verification: verificationOf(plugin, short.version),
  };
}

async function accepted({ state, request }) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  if (!signedIn(request)) throw new Refusal(401, "token-missing", "A token is needed", "This needs the scope run.");
  const spec = JSON.parse(Buffer.concat(chunks).toString());
  const unknown = spec.plugins.filter(({ id }) => !state.plugins.some((p) => p.id === id));
  if (unknown.length > 0) {
    throw new Refusal(404, "plugin-unknown", "There is no such plugin", "Every plugin of a request must be in the catalogue.", unknown.map(({ id }) => ({ field: "plugins", message: "not in the catalogue", given: id })));
  }
  return { ...spec, plugins: spec.plugins.map(({ id }) => ({ id, version: versionOf(id) })) };
}

function jobs({ state, request, response, parts, query }) {
  const [, id, what] = parts;
  if (id === undefined) return send(response, 200, page(select(state.jobs.list(), query), query));
  const entry = state.jobs.get(id);
  if (!entry) throw new Refusal(404, "job-unknown", "There is no such job", `No job has the id ‘${id}’.`);
  if (what === "events") return events(state, request, response, entry);
  if (request.method === "DELETE") {
    if (!signedIn(request)) throw new Refusal(401, "token-missing", "A token is needed", "This needs the scope run.");
    return send(response, 200, state.jobs.cancel(id));
  }
  return send(response, 200, entry.job);
}

function events(state, request, response, entry) {
  if (state.refusals > 0) {
    state.refusals--;
    throw new Refusal(503, "database-unavailable", "The database does not answer", "the registry's database does not answer; repeat the request in a moment");
  }
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
  state.streams.add(response);
  const write = (event, data, id) => response.write(`${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const after = Number(request.headers["last-event-id"] ?? 0);
  response.write("retry: 200\n\n");
  entry.log.forEach((line, i) => i >= after && write("log", line, i + 1));
  if (entry.job.finishedAt !== null) {
    write("done", entry.job);
    return response.end();
  }
  write("progress", entry.job);
  const listener = (event, data, id) => {
    write(event, data, id);
    if (event === "done") response.end();
  };
  entry.listeners.add(listener);
  response.on("close", () => {
    entry.listeners.delete(listener);
    state.streams.delete(response);
  });
}

async function file(path, response) {
  const wanted = normalize(join(STATIC, path));
  const inside = wanted.startsWith(STATIC) && extname(wanted) !== "";
  const name = inside ? wanted : join(STATIC, "index.html");
  const body = await readFile(name).catch(() => undefined);
  if (body === undefined) throw new Refusal(404, "not-found", "There is no such file", `${path}: build the dashboard first (npm run build).`);
  response.writeHead(200, { "Content-Type": TYPES[extname(name)] ?? "application/octet-stream", "Content-Security-Policy": POLICY });
  response.end(body);
}

function send(response, status, body, type = "application/json") {
  response.writeHead(status, { "Content-Type": type });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? 8099);
  const mock = await startMock({ port, stepMs: 400, stored: !process.argv.includes("--first"), empty: process.argv.includes("--empty") });
  console.log(`Mock registry at ${mock.url}, sign in at ${mock.url}${mock.signInPath}`);
}
