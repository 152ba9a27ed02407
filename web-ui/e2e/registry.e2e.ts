import { generateKeyPairSync } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startMock } from "../mock/server.mjs";
import { barriers, launch, open, overflow, screenshot, WIDTHS } from "./browser";

// The pages of those who serve, publish and administer, on the mock: their states are the test's to choose.
describe.skipIf(process.env.ZOO_URL !== undefined)("keeping a registry", () => {
  let browser: Browser;
  let mock: Awaited<ReturnType<typeof startMock>>;

  beforeAll(async () => {
    browser = await launch();
  });

  afterEach(async () => {
    await mock?.close();
  });

  afterAll(async () => {
    await browser?.close();
  });

  async function signedIn(options: Parameters<typeof open>[1] = {}) {
    const tab = await open(browser, options);
    await tab.page.goto(mock.url + mock.signInPath);
    await tab.page.getByRole("button", { name: "Sign out" }).waitFor();
    return tab;
  }

  /** A jar and the key that signs it, as files of the reader's. */
  async function choose(page: Page, key: string) {
    await page.getByLabel("Plugin jar").setInputFiles({ name: "new-plugin.jar", mimeType: "application/java-archive", buffer: Buffer.alloc(300_000, 7) });
    await page.getByLabel("Private key").setInputFiles({ name: "publisher.pem", mimeType: "application/x-pem-file", buffer: Buffer.from(key) });
    await page.getByRole("button", { name: "Publish" }).click();
  }

  test("a jar is signed in the window, sent, verified with live progress, and published with its report", async () => {
    mock = await startMock({ stepMs: 20, holdAfter: 2 });
    const { page, context, complaints } = await signedIn();
    const sent: Buffer[] = [];
    page.on("request", (request) => request.method() === "POST" && request.url().endsWith("/api/v1/plugins") && sent.push(request.postDataBuffer() ?? Buffer.alloc(0)));
    await page.goto(`${mock.url}/publishing`);
    const { privateKey } = generateKeyPairSync("ed25519");
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    await choose(page, "not a key");
    await page.getByRole("alert").getByText("key-unusable").waitFor();
    await choose(page, pem);
    await page.waitForURL(/\/publishing\/uploads\//);
    await page.getByRole("progressbar", { name: "Verification" }).waitFor();
    await page.locator(".mark", { hasText: "verifying" }).waitFor();
    mock.release();
    await page.locator(".mark", { hasText: "published" }).waitFor();
    await page.getByRole("region", { name: "Report of the checks" }).getByText("all 1 passed").waitFor();
    expect(sent.map((body) => body.toString("latin1").includes("PRIVATE KEY"))).not.toContain(true);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("a rejected upload shows why and which check failed", async () => {
    mock = await startMock();
    const { page, context, complaints } = await signedIn();
    await page.goto(`${mock.url}/publishing`);
    await page.getByRole("link", { name: /fnet-lab 1\.2\.0/ }).click();
    await page.getByRole("alert").getByText("failed: causality").waitFor();
    const report = page.getByRole("region", { name: "Report of the checks" });
    expect(await report.innerText()).toContain("1 of 3 failed");
    expect(await report.locator("li").first().innerText()).toContain("y_3 changes by 0.12");
    await screenshot(page, "rejected-upload");
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("an owner yanks and un-yanks a version, moves an alias, tags, deprecates and names a maintainer", async () => {
    mock = await startMock();
    const { page, context, complaints } = await signedIn();
    await page.goto(`${mock.url}/publishing/fnet-lab`);
    const newest = page.locator(".row", { hasText: "1.1.0" });
    await newest.getByText("Change").click();
    await newest.getByLabel("Tags").fill("stable, reviewed");
    await newest.getByRole("button", { name: "Set tags" }).click();
    await newest.locator(".tag", { hasText: "reviewed" }).waitFor();
    await newest.getByLabel("Deprecation").fill("1.2 is better");
    await newest.getByRole("button", { name: "Set", exact: true }).click();
    await newest.locator(".mark", { hasText: "deprecated" }).waitFor();
    await newest.getByLabel("Yank").fill("leaks the future");
    await newest.getByRole("button", { name: "Yank" }).click();
    await newest.locator(".mark", { hasText: "yanked" }).waitFor();
    await newest.getByText("Yanked: leaks the future").waitFor();
    await newest.getByRole("button", { name: "Un-yank" }).click();
    await newest.locator(".mark", { hasText: "deprecated" }).waitFor();

    const aliases = page.getByRole("region", { name: "Aliases" });
    await aliases.getByLabel("Alias").fill("challenger");
    await aliases.getByRole("button", { name: "Set alias" }).click();
    await aliases.getByText("challenger").waitFor();
    const owners = page.getByRole("region", { name: "Owners" });
    await owners.getByLabel("Name a maintainer").fill("carol");
    await owners.getByRole("button", { name: "Add" }).click();
    await owners.getByText("carol").waitFor();
    await owners.locator("li", { hasText: "bob" }).getByRole("button", { name: "Remove" }).click();
    await owners.locator("li", { hasText: "bob" }).getByRole("button", { name: "Remove" }).click();
    await owners.getByText("bob").waitFor({ state: "detached" });
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("what somebody else asked for is said to be theirs, and is neither ended nor replaced", async () => {
    mock = await startMock({ holdAfter: 1, scopes: ["read", "run"] });
    const { page, context, complaints } = await signedIn();
    await page.goto(`${mock.url}/serving/mixer`);
    await page.locator(".hint", { hasText: "It belongs to alice: only alice and administrators may change or undeploy it." }).waitFor();
    expect(await page.getByRole("button", { name: "Undeploy" }).count()).toBe(0);

    await page.goto(`${mock.url}/serving`);
    await page.getByRole("link", { name: "mixer" }).waitFor();
    await page.getByLabel("Name").fill("mixer");
    await page.getByText("belongs to alice: choose another").waitFor();
    expect(await page.getByRole("button", { name: "Deploy" }).isDisabled()).toBe(true);
    await page.getByLabel("Name").fill("mixer-2");
    await page.getByText("belongs to alice").waitFor({ state: "detached" });
    expect(await page.getByRole("button", { name: "Deploy" }).isEnabled()).toBe(true);

    const [hers, ours] = ["alice", "local admin"].map((owner) => Object.assign(mock.state.jobs.verification({ level: 1, plugins: [{ id: "mamba", version: "0.1.0" }] }), { owner }));
    await page.goto(`${mock.url}/jobs/${hers!.id}`);
    await page.locator(".hint", { hasText: "only alice and administrators may cancel it" }).waitFor();
    expect(await page.getByRole("button", { name: "Cancel" }).isDisabled()).toBe(true);
    await page.goto(`${mock.url}/jobs/${ours!.id}`);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.locator(".job-line", { hasText: "cancelled" }).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("a webhook shows its secret once, its history with the reasons, and sends again", async () => {
    mock = await startMock({ holdAfter: 0 });
    const { page, context, complaints } = await signedIn({ expected: /422/ });
    await page.goto(`${mock.url}/registry/webhooks`);
    await page.getByLabel("Address").fill("http://localhost:9/hook");
    await page.getByRole("button", { name: "Set webhook" }).click();
    await page.getByRole("alert").getByText("address-refused").waitFor();
    await page.getByLabel("Address").fill("https://example.org/hook");
    await page.getByLabel("version.publish").check();
    await page.getByRole("button", { name: "Set webhook" }).click();
    expect(await page.locator(".secret-text").innerText()).toMatch(/^whsec_/);
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByRole("link", { name: "https://ci.example.org/layerzoo" }).click();
    await page.getByText("expected a status of 2xx, given 503").waitFor();
    await page.getByRole("button", { name: "Send a ping" }).click();
    await page.locator(".row", { hasText: "ping" }).locator(".mark", { hasText: "pending" }).waitFor();
    mock.release();
    await page.locator(".row", { hasText: "ping" }).locator(".mark", { hasText: "delivered" }).waitFor();
    await page.locator(".row", { hasText: "given 503" }).getByRole("button", { name: "Send again" }).click();
    await page.waitForFunction(() => document.querySelectorAll(".row").length === 4);
    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("button", { name: "Remove" }).click();
    await page.waitForURL(/\/registry\/webhooks$/);
    expect(await page.getByRole("link", { name: "https://ci.example.org/layerzoo" }).count()).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("without a session each page says what it needs and shows no secret business", async () => {
    mock = await startMock();
    const { page, context, complaints } = await open(browser);
    for (const [path, text] of [
      ["/serving", "To deploy, sign in"],
      ["/publishing", "To publish plugins and see your uploads, sign in"],
      ["/registry", "To see and make tokens, sign in"],
      ["/registry/webhooks", "To see and set webhooks, sign in"],
      ["/registry/audit", "To see the audit log, sign in"],
    ] as const) {
      await page.goto(mock.url + path);
      await page.locator(".hint", { hasText: text }).waitFor();
    }
    expect(complaints).toEqual([]);
    await context.close();
  });

  describe.each(Object.keys(WIDTHS) as (keyof typeof WIDTHS)[])("on a %s", (size) => {
    test.each(["light", "dark"] as const)("every page fits the window and raises no barrier, %s", async (scheme) => {
      mock = await startMock();
      const { page, context, complaints } = await signedIn({ size, scheme, reducedMotion: "reduce" });
      const rejected = mock.state.registry.publications.find((one) => one.state === "rejected")!;
      const hook = mock.state.registry.webhooks[0]!;
      const pages: [name: string, path: string, content: string][] = [
        ["serving-in", "/serving", ".row"],
        ["deployment", "/serving/mixer", ".figures"],
        ["deployment-failed", "/serving/too-large", ".mark"],
        ["publishing-in", "/publishing", ".row"],
        ["upload", `/publishing/uploads/${rejected.id}`, ".checks"],
        ["versions", "/publishing/fnet-lab", ".plain-list"],
        ["access", "/registry", "#tokens"],
        ["webhooks", "/registry/webhooks", ".row"],
        ["webhook", `/registry/webhooks/${hook.id}`, ".row"],
        ["audit", "/registry/audit", ".audit-table"],
      ];
      for (const [name, path, content] of pages) {
        await page.goto(mock.url + path, { waitUntil: "networkidle" });
        await page.locator(content).first().waitFor();
        // What is folded away is looked at as well.
        await page.evaluate(() => document.querySelectorAll<HTMLDetailsElement>("main details").forEach((details) => (details.open = true)));
        expect(await overflow(page), `${name} on a ${size}`).toBe(0);
        expect(await barriers(page), `${name} on a ${size}`).toEqual([]);
        await screenshot(page, `${name}-${size}-${scheme}`);
      }
      expect(complaints).toEqual([]);
      await context.close();
    });
  });
});
