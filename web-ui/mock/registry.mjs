import { createHash, randomUUID } from "node:crypto";

const now = () => new Date().toISOString();
const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
const hex = (text) => createHash("sha256").update(text).digest("hex");

const MODEL = {
  inputs: [{ name: "x", datatype: "FP32", shape: [-1, -1, 8], axes: ["B", "T", "D"], required: true }],
  outputs: [{ name: "y", datatype: "FP32", shape: [-1, -1, 8], axes: ["B", "T", "D"], required: true }],
  streams: true,
  batches: true,
  backend: "cpu-vector",
};

const METRICS = `# TYPE zoo_serving_requests_seconds summary
zoo_serving_requests_seconds_count{model="mixer",outcome="ok"} 1284
zoo_serving_requests_seconds_sum{model="mixer",outcome="ok"} 5.6
zoo_serving_requests_seconds_count{model="mixer",outcome="bad-input"} 12
zoo_serving_requests_seconds_sum{model="mixer",outcome="bad-input"} 0.01
zoo_serving_batch_rows_count{model="mixer"} 402
zoo_serving_batch_rows_sum{model="mixer"} 1284
zoo_serving_queue{model="mixer"} 3
`;

/** What is served, published, allowed and written down, as far as the dashboard's pages need it. */
export class Registry {
  #jobs;
  #held;
  #Refusal;
  deployments = new Map();
  publications = [];
  versions = new Map();
  aliases = new Map();
  maintainers = new Map();
  keys = [];
  tokens = [];
  webhooks = [];
  deliveries = [];
  audit = [];

  /** `held`: what is asked for stays on its way until `release()`. */
  constructor(jobs, held, Refusal) {
    this.#jobs = jobs;
    this.#held = held;
    this.#Refusal = Refusal;
    this.#seed();
  }

  release() {
    this.#held = false;
  }

  #refuse(status, code, title, detail) {
    throw new this.#Refusal(status, code, title, detail);
  }

  #seed() {
    const request = { plugin: "mamba", backend: "auto", dtype: "f32", access: "open", limits: { maxBatch: 32 } };
    const common = { owner: "alice", plugin: "mamba", version: "0.1.0", sha256: hex("mamba"), restarts: 0, createdAt: ago(300), changedAt: ago(240) };
    this.deployments.set("mixer", { ...common, name: "mixer", state: "ready", reason: "", runner: "lab-2", url: "/v2/models/mixer", request, model: MODEL, readyAt: ago(240) });
    this.deployments.set("too-large", { ...common, name: "too-large", state: "failed", reason: "dim: expected at most 65536, given 1000000", runner: "lab-2", url: "/v2/models/too-large", request, model: null, readyAt: null });
    this.keys.push({ id: randomUUID(), owner: "local admin", name: "laptop", fingerprint: hex("laptop"), publicKey: "MCowBQYDK2VwAyEA", createdAt: ago(9000), revoked: false });
    this.keys.push({ id: randomUUID(), owner: "local admin", name: "lost in a train", fingerprint: hex("train"), publicKey: "MCowBQYDK2VwAyEB", createdAt: ago(90000), revoked: true, revokedReason: "lost" });
    this.tokens.push({ id: randomUUID(), name: "administrator of this machine", owner: "administrator of this machine", scopes: ["read", "run", "publish", "admin"], createdAt: ago(9000), expiresAt: null, lastUsedAt: ago(1) });
    this.tokens.push({ id: randomUUID(), name: "runner on lab-2", owner: "lab", scopes: ["run"], createdAt: ago(8000), expiresAt: new Date(Date.now() + 9e9).toISOString(), lastUsedAt: ago(1) });
    const published = { source: "published", size: 48213, spi: "0.1", present: true, level: 2, levels: { 1: "passed", 2: "passed" }, state: "published", publisher: "local admin", keyFingerprint: hex("laptop"), license: "Apache-2.0", dependencies: {} };
    this.versions.set("fnet-lab", [
      { ...published, version: "1.1.0", sha256: hex("1.1.0"), cataloguedAt: ago(500), publishedAt: ago(500), yanked: false, tags: ["stable"], aliases: ["champion"], downloads: 41 },
      { ...published, version: "1.0.0", sha256: hex("1.0.0"), cataloguedAt: ago(5000), publishedAt: ago(5000), yanked: true, yankReason: "wrong sign in the backward pass", tags: [], aliases: [], downloads: 12 },
    ]);
    this.aliases.set("fnet-lab", [{ alias: "champion", version: "1.1.0", changedAt: ago(400) }]);
    this.maintainers.set("fnet-lab", [
      { owner: "local admin", role: "owner", addedAt: ago(5000) },
      { owner: "bob", role: "maintainer", addedAt: ago(400) },
    ]);
    const upload = { publisher: "local admin", keyFingerprint: hex("laptop"), signature: "c2ln", size: 48213 };
    const checks = [
      { name: "shapes", level: 1, passed: true },
      { name: "causality", level: 1, passed: false, detail: "y_3 changes by 0.12 when x_5 does: expected no influence of later tokens" },
      { name: "gradient", level: 1, passed: true },
    ];
    this.publications.push({ ...upload, id: randomUUID(), plugin: "fnet-lab", version: "1.1.0", sha256: hex("1.1.0"), state: "published", uploadedAt: ago(501), decidedAt: ago(500), jobId: randomUUID(), report: { id: "fnet-lab", version: "1.1.0", level: 1, passed: true, checks: checks.map((check) => ({ name: check.name, level: 1, passed: true })), golden: [] } });
    this.publications.push({ ...upload, id: randomUUID(), plugin: "fnet-lab", version: "1.2.0", sha256: hex("1.2.0"), state: "rejected", problem: "level 1: expected every check to pass, failed: causality", uploadedAt: ago(40), decidedAt: ago(39), jobId: randomUUID(), report: { id: "fnet-lab", version: "1.2.0", level: 0, passed: false, checks, golden: [] } });
    const hook = { id: randomUUID(), url: "https://ci.example.org/layerzoo", name: "", events: ["version.publish", "job.*"], createdAt: ago(4000), createdBy: "local admin", lastState: "delivered", lastAt: ago(39) };
    this.webhooks.push(hook);
    const event = (name, subject) => ({ event: name, at: ago(39), actor: "registry", subject, detail: "", sequence: 7, trace: hex("t").slice(0, 32) });
    this.deliveries.push({ hook: hook.id, id: randomUUID(), event: "job.end", state: "delivered", attempts: 1, createdAt: ago(39), finishedAt: ago(39), status: 204, millis: 41, payload: event("job.end", "job 1f0c") });
    this.deliveries.push({ hook: hook.id, id: randomUUID(), event: "version.publish", state: "failed", attempts: 8, createdAt: ago(500), finishedAt: ago(400), status: 503, millis: 10000, problem: "expected a status of 2xx, given 503", payload: event("version.publish", "fnet-lab@1.1.0") });
    for (const [action, subject, detail] of [
      ["token.create", `token ${this.tokens[1].id}`, "runner on lab-2 of lab for [run]"],
      ["version.upload", "fnet-lab@1.1.0", `signed by ${hex("laptop")}`],
      ["version.publish", "fnet-lab@1.1.0", "local admin"],
      ["deployment.put", "mixer", "mamba@0.1.0"],
      ["version.reject", "fnet-lab@1.2.0", "level 1: expected every check to pass, failed: causality"],
    ]) {
      this.#write(action, subject, detail);
    }
  }

  #write(action, subject, detail = "") {
    const sequence = this.audit.length + 1;
    const previous = this.audit.at(-1)?.hash ?? "0".repeat(64);
    this.audit.push({ sequence, at: now(), actor: "local admin", token: "laptop", action, subject, before: "", after: hex(detail), detail, trace: hex(action).slice(0, 32), previous, hash: hex(`${sequence}${previous}${action}`) });
  }

  metrics() {
    return METRICS;
  }

  deployment(name) {
    const found = this.deployments.get(name);
    if (!found) this.#refuse(404, "deployment-unknown", "There is no such deployment", `expected the name of a deployment, given '${name}'`);
    if (!this.#held && found.state === "starting") Object.assign(found, { state: "ready", reason: "", model: MODEL, readyAt: now(), runner: "lab-2" });
    if (!this.#held && found.state === "stopping") this.deployments.delete(name);
    return found;
  }

  deploy(name, request) {
    this.deployments.set(name, { name, owner: "local admin", plugin: request.plugin, version: "0.1.0", sha256: hex(request.plugin), state: "starting", reason: "waits for a runner that hosts deployments", restarts: 0, runner: "", url: `/v2/models/${name}`, request: { backend: "auto", dtype: "f32", access: "open", limits: { maxBatch: 32 }, ...request }, model: null, createdAt: now(), changedAt: now(), readyAt: null });
    this.#write("deployment.put", name, request.plugin);
    return this.deployments.get(name);
  }

  undeploy(name) {
    Object.assign(this.deployment(name), { state: "stopping", reason: "its process is being ended" });
    this.#write("deployment.delete", name);
  }

  publication(id) {
    const found = this.publications.find((one) => one.id === id);
    if (!found) this.#refuse(404, "publication-unknown", "There is no such publication", "expected the id of a publication of yours");
    const job = this.#jobs.get(found.jobId)?.job;
    if (found.state === "verifying" && job?.finishedAt) {
      Object.assign(found, { state: "published", decidedAt: now(), report: { id: found.plugin, version: found.version, level: 1, passed: true, checks: [{ name: "shapes", level: 1, passed: true }], golden: [] } });
    }
    return found;
  }

  publish(jar) {
    const jobId = this.#jobs.verification({ level: 1, plugins: [{ id: "new-plugin", version: "1.0.0" }] }).id;
    const made = { id: randomUUID(), plugin: "new-plugin", version: "1.0.0", sha256: hex(jar), size: jar.length, state: "verifying", publisher: "local admin", keyFingerprint: hex("laptop"), signature: "c2ln", uploadedAt: now(), jobId };
    this.publications.unshift(made);
    this.#write("version.upload", "new-plugin@1.0.0", "signed");
    return made;
  }

  version(id, version) {
    const found = this.versions.get(id)?.find((one) => one.version === version);
    if (!found) this.#refuse(404, "version-unknown", "There is no such version", `${id} has no version ${version}`);
    return found;
  }

  yank(id, version, yanked, reason) {
    this.#write(yanked ? "version.yank" : "version.unyank", `${id}@${version}`, reason);
    return Object.assign(this.version(id, version), { yanked, yankReason: reason });
  }

  makeToken(request) {
    const token = { id: randomUUID(), owner: request.name, createdAt: now(), expiresAt: null, lastUsedAt: null, ...request };
    this.tokens.unshift(token);
    this.#write("token.create", `token ${token.id}`, token.name);
    return { ...token, token: `zoo_${hex(token.id).slice(0, 43)}` };
  }

  makeWebhook(request) {
    if (/127\.|localhost/.test(request.url)) this.#refuse(422, "address-refused", "Events are not sent to this address", "url: the host 'localhost' is 127.0.0.1, an address of this machine or of a private network");
    const webhook = { id: randomUUID(), name: "", createdAt: now(), createdBy: "local admin", events: [], ...request };
    this.webhooks.unshift(webhook);
    this.#write("webhook.create", `webhook ${webhook.id}`, webhook.url);
    return { webhook, secret: `whsec_${hex(webhook.id).slice(0, 43)}` };
  }

  send(hook, event, payload) {
    const delivery = { hook, id: randomUUID(), event, state: "pending", attempts: 0, createdAt: now(), nextAt: now(), payload };
    this.deliveries.unshift(delivery);
    return delivery;
  }

  history(hook) {
    const own = this.deliveries.filter((delivery) => delivery.hook === hook);
    for (const delivery of own) {
      if (!this.#held && delivery.state === "pending") Object.assign(delivery, { state: "delivered", attempts: 1, status: 204, millis: 38, finishedAt: now() });
    }
    return own;
  }
}
