import { readFile } from "node:fs/promises";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { barriers, launch, open, overflow, screenshot, WIDTHS } from "./browser";
import { openTarget, type Target } from "./target";

// Holds for the mock and for a real registry alike: nothing here knows a figure in advance.

const TRIO = ["flash-attention-2", "deltanet", "mamba"];

let browser: Browser;
let target: Target;
/** A finished comparison of the trio, made through the dashboard by the first test. */
let comparison: string;

beforeAll(async () => {
  target = await openTarget();
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await target?.close();
});

async function signedIn(options: Parameters<typeof open>[1] = {}) {
  const tab = await open(browser, options);
  await tab.page.goto(target.url + (await target.signIn()));
  await tab.page.getByRole("button", { name: "Sign out" }).waitFor();
  return tab;
}

test("a comparison is chosen, measured with live progress, and ends in plots with slopes, a table and an address that restores it", async () => {
  const { page, context, complaints } = await signedIn();
  await page.goto(`${target.url}/compare`);
  for (const id of TRIO) {
    await page.getByLabel("Narrow the mechanisms").fill(id);
    await page.locator(`.chooser-item input[value="${id}"]`).check();
  }
  await page.getByLabel("Lengths").fill("64, 128, 256");
  await page.getByText("Core", { exact: true }).click();
  await page.getByRole("button", { name: "Measure" }).click();
  await page.waitForURL(/job=/);
  await page.getByRole("progressbar", { name: "Comparison" }).waitFor();
  target.proceed();
  await page.locator("figcaption", { hasText: "Time" }).waitFor({ timeout: 600_000 });

  const slopes = await page.locator(".plot-key .slope sup").allTextContents();
  expect(slopes).toHaveLength(6);
  for (const slope of slopes) expect(slope).toMatch(/^\u2212?\d+\.\d\d$/);
  expect(await page.locator(".result-table tbody tr").count()).toBe(9);
  comparison = new URL(page.url()).searchParams.get("job")!;

  const restored = await context.newPage();
  await restored.goto(page.url());
  await restored.locator("figcaption", { hasText: "Time" }).waitFor();
  expect(await restored.getByLabel("Lengths").inputValue()).toBe("64, 128, 256");
  expect(await restored.locator(".chip").count()).toBe(3);
  expect(await restored.locator(".result-table tbody tr").count()).toBe(9);
  expect(complaints).toEqual([]);
  await context.close();
});

test("the table sorts, and CSV and PNG are saved", async () => {
  const { page, context, complaints } = await open(browser);
  await page.goto(`${target.url}/compare?job=${comparison}`);
  await page.getByRole("button", { name: "Median" }).click();
  await page.locator("th[aria-sort=ascending]", { hasText: "Median" }).waitFor();
  await page.getByRole("button", { name: "Median" }).click();
  await page.locator("th[aria-sort=descending]", { hasText: "Median" }).waitFor();
  expect(new URL(page.url()).searchParams.get("sort")).toBe("-medianMs");

  const csv = await saved(page, "Save CSV");
  expect(csv.name).toMatch(/\.csv$/);
  const lines = csv.content.toString("utf8").trim().split("\r\n");
  expect(lines).toHaveLength(10);
  expect(lines[0]).toMatch(/^id,implementation,unit,pass,dtype,batch,length,/);
  expect(lines.filter((line) => line.startsWith("mamba,layerzoo,core,forward,"))).toHaveLength(3);

  const png = await saved(page, "Save PNG");
  expect(png.content.subarray(1, 4).toString("latin1")).toBe("PNG");
  expect(png.content.readUInt32BE(16)).toBeGreaterThan(800);
  expect(png.content.length).toBeGreaterThan(20_000);
  expect(complaints).toEqual([]);
  await context.close();
});

async function saved(page: Page, button: string, within: Page | Locator = page): Promise<{ name: string; content: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent("download"), within.getByRole("button", { name: button }).click()]);
  return { name: download.suggestedFilename(), content: await readFile(await download.path()) };
}

test("the first page answers with a measured sentence whose plot can be read by keyboard", async () => {
  const { page, context, complaints } = await open(browser);
  await page.goto(target.url);
  const sentence = page.locator(".answer-sentence");
  await sentence.waitFor();
  expect(await sentence.innerText()).toMatch(/At length [\d\u202f]+ on .+, .+ is [\d.\u202f]+× faster than .+\./s);
  const line = page.locator(".answer .plot-line").first();
  await line.focus();
  await page.keyboard.press("ArrowLeft");
  expect(await page.locator(".plot-tip").innerText()).toMatch(/(s|ms|µs|ns)\s+at/);
  expect(await line.getAttribute("aria-label")).toMatch(/slope/);
  expect(complaints).toEqual([]);
  await context.close();
});

test("recall, times and claims are plotted, read by keyboard, filtered, saved, and restored by the link that the page hands out", async () => {
  const { page, context, complaints } = await open(browser);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(target.url);
  await page.getByRole("link", { name: "Results", exact: true }).click();
  const recall = page.getByRole("region", { name: "Recall against state size" });
  const scaling = page.getByRole("region", { name: "Time against length" });
  const claims = page.getByRole("region", { name: "What the papers claim" });
  await recall.locator("figure.plot").waitFor();
  await scaling.locator("figure.plot").waitFor();
  expect(await recall.locator(".report-sentence").innerText()).toMatch(/recalls [\d.]+\s?% with a fixed state of [\d\u202f]+ numbers/);
  expect(await recall.locator(".plot-rule").count()).toBe(2);
  expect(await recall.locator(".plot-arrow").count()).toBeGreaterThan(0);
  expect(await scaling.locator(".scaling-table").innerText()).toMatch(/from [\d\u202f]+/);
  for (const slope of await scaling.locator(".plot-key .slope sup").allTextContents()) expect(slope).toMatch(/^\u2212?\d+\.\d\d$/);

  const line = recall.locator(".plot-line").nth(1);
  await line.focus();
  await page.keyboard.press("ArrowLeft");
  expect(await recall.locator(".plot-tip").innerText()).toMatch(/%\swith [\d\u202f]+.*\n.*\n.*steps/);

  await recall.locator(".more > summary").click();
  const shares = (await recall.locator("tbody td.strong").allInnerTexts()).map((text) => parseFloat(text));
  expect(shares.length).toBeGreaterThan(1);
  expect(shares).toEqual(shares.toSorted((a, b) => b - a));

  // A mixer that is pressed in one legend stands out in both plots, and a group leaves the baseline in.
  const lines = await recall.locator(".plot-line").count();
  await recall.locator(".plot-key").nth(1).click();
  expect(await recall.locator(".plot-line:not([opacity='1'])").count()).toBe(lines - 1);
  await page.locator(".result-groups .segment").last().click();
  await page.waitForFunction((n) => document.querySelectorAll("[aria-labelledby=recall] .plot-line").length < n, lines);
  expect(await recall.locator(".plot-key").first().innerText()).toContain("softmax");

  const rows = claims.locator("tbody tr");
  const all = await rows.count();
  expect(all).toBeGreaterThan(3);
  expect(await rows.locator(".verdict svg").count()).toBe(all);
  await claims.locator(".segment").nth(1).click();
  await page.waitForFunction((n) => document.querySelectorAll(".claim-table tbody tr").length < n, all);
  const verdict = new URL(page.url()).searchParams.get("verdict")!;
  expect(new Set(await rows.locator(".verdict").allInnerTexts())).toEqual(new Set([verdict]));
  await claims.locator(".segment").first().click();
  await page.waitForURL((url) => !url.searchParams.has("verdict"));
  await claims.getByLabel("Family").selectOption("recurrent-and-ssm");
  await page.waitForURL(/family=recurrent-and-ssm/);
  const left = await rows.count();

  for (const [region, name] of [
    [recall, "recall"],
    [scaling, "scaling"],
    [claims, "claims"],
  ] as const) {
    const csv = await saved(page, "Save CSV", region);
    expect(csv.name).toBe(`layerzoo-${name}.csv`);
    expect(csv.content.toString("utf8").trim().split("\r\n").length).toBeGreaterThan(1);
    const png = await saved(page, "Save PNG", region);
    expect(png.name).toBe(`layerzoo-${name}.png`);
    expect(png.content.subarray(1, 4).toString("latin1")).toBe("PNG");
    expect(png.content.length).toBeGreaterThan(10_000);
  }
  await claims.getByRole("button", { name: "Copy link" }).click();
  await claims.getByText("Copied").waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(new URL(link).hash).toBe("#claims");

  const restored = await context.newPage();
  await restored.goto(link);
  await restored.locator(".claim-table").waitFor();
  expect(await restored.locator(".claim-table tbody tr").count()).toBe(left);
  expect(await restored.locator(".claim-filters select").first().inputValue()).toBe("recurrent-and-ssm");
  expect(await restored.locator(".result-groups input").last().isChecked()).toBe(true);
  // The link leads to the claims, below both plots.
  await restored.waitForFunction(() => scrollY > 0 && document.querySelector("#claims")!.getBoundingClientRect().top < innerHeight);
  expect(complaints).toEqual([]);
  await context.close();
});

test("a plugin's page shows what was found of its claims, and where its rules stand", async () => {
  const { page, context, complaints } = await open(browser, { expected: /404/ });
  await page.goto(`${target.url}/plugins/deltanet`);
  const claims = page.getByRole("region", { name: "Claims" });
  await claims.locator(".verdict").first().waitFor();
  expect(await claims.locator(".verdict").count()).toBe(await claims.locator(".claims > li").count());
  await claims.getByRole("link", { name: "Rules and commands" }).click();
  await page.locator(".claim-table").waitFor();
  expect(new URL(page.url()).search).toBe("?plugin=deltanet");
  const named = await page.locator(".claim-table tbody th a").allInnerTexts();
  expect(new Set(named)).toEqual(new Set(["deltanet"]));
  await page.locator(".claim-table summary").first().click();
  expect(await page.locator(".claim-table details[open]").innerText()).toContain("Holds when");
  expect(complaints).toEqual([]);
  await context.close();
});

test("the catalogue is searched and filtered by keyboard, and the address keeps it", async () => {
  const { page, context, complaints } = await open(browser);
  await page.goto(target.url);
  await page.locator(".plugin-row").first().waitFor();
  const all = await page.locator(".plugin-row").count();
  expect(all).toBeGreaterThanOrEqual(3);
  await page.keyboard.press("/");
  await page.keyboard.type("mamba");
  await page.waitForFunction((n) => document.querySelectorAll(".plugin-row").length < n, all);
  expect(new URL(page.url()).searchParams.get("query")).toBe("mamba");
  await page.keyboard.press("ArrowDown");
  expect(await page.evaluate(() => document.activeElement?.className)).toBe("plugin-title");

  await page.goto(`${target.url}/?query=mmaba`);
  await page.getByText("This matches “mamba”.").waitFor();
  await page.locator(".plugin-title", { hasText: /^Mamba:/ }).waitFor();

  await page.goto(`${target.url}/?family=recurrent-and-ssm`);
  await page.locator(".plugin-title", { hasText: /^Mamba:/ }).waitFor();
  expect(await page.getByRole("checkbox", { name: /Recurrent and SSM/ }).isChecked()).toBe(true);
  await page.locator(".plugin-title", { hasText: /^Mamba:/ }).focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/plugins\/mamba$/);
  expect(complaints).toEqual([]);
  await context.close();
});

test("a plugin's page shows typeset equations, links, proof, signature and parameters", async () => {
  const { page, context, complaints } = await open(browser, { expected: /404/ });
  await page.goto(`${target.url}/plugins/mamba`);
  await page.locator(".tex-display .katex-display").first().waitFor();
  expect(await page.locator(".tex-fault").count()).toBe(0);
  expect(await page.getByRole("link", { name: /arXiv:2312\.00752/ }).getAttribute("href")).toBe("https://arxiv.org/abs/2312.00752");
  expect(await page.getByRole("link", { name: /Authors’ code/ }).first().getAttribute("href")).toContain("state-spaces/mamba");
  expect(await page.locator(".level").count()).toBe(4);
  const signature = page.getByRole("region", { name: "Signature" });
  expect(await signature.locator("tbody tr").count()).toBeGreaterThanOrEqual(2);
  expect(await page.getByRole("region", { name: "Parameters" }).first().innerText()).toMatch(/\d+ × \d+/);
  expect(await page.locator(".claims > li").count()).toBeGreaterThan(0);
  expect(complaints).toEqual([]);
  await context.close();
});

test("the configuration form validates against the schema and writes the command", async () => {
  const { page, context, complaints } = await open(browser, { expected: /404/ });
  await page.goto(`${target.url}/plugins/mamba`);
  const form = page.getByRole("region", { name: "Configuration" });
  const field = form.locator(".field", { has: page.locator("input.tabular") }).first();
  const name = await field.locator("code").first().innerText();
  const good = await field.locator("input").inputValue();
  await field.locator("input").fill("many");
  expect(await field.locator(".field-issue").innerText()).toContain("given “many”");
  await field.locator("input").fill(String(Number(good) * 2));
  expect(await field.locator(".field-issue").count()).toBe(0);
  expect(await form.locator(".command code").innerText()).toBe(`./zoo run mamba --set ${name}=${Number(good) * 2}`);
  await form.getByRole("button", { name: "Test" }).click();
  expect(await form.locator(".command code").innerText()).toBe("./zoo run mamba");
  expect(complaints).toEqual([]);
  await context.close();
});

test("the mixing matrix follows the length, and its entries are read by keyboard", async () => {
  const { page, context, complaints } = await signedIn();
  await page.goto(`${target.url}/plugins/mamba`);
  const canvas = page.locator(".heat-canvas canvas");
  await canvas.waitFor({ timeout: 180_000 });
  expect(await canvas.getAttribute("width")).toBe("64");
  const drawn = await pixels(page);
  // A causal mixer: nothing above the diagonal, much below it.
  expect(drawn.aboveDiagonal).toBe(drawn.nothing);
  expect(drawn.colours).toBeGreaterThan(20);
  await page.getByRole("slider").fill("2");
  await page.waitForFunction(() => document.querySelector(".heat-canvas canvas")?.getAttribute("width") === "32", undefined, { timeout: 180_000 });
  await canvas.focus();
  await page.keyboard.press("ArrowDown");
  expect(await page.locator(".heat-read").innerText()).toMatch(/^i = 1, j = 0: /);
  expect(complaints).toEqual([]);
  await context.close();
});

function pixels(page: Page) {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>(".heat-canvas canvas")!;
    const { data, width } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    const at = (row: number, column: number) => data.slice(4 * (row * width + column), 4 * (row * width + column) + 3).join();
    const colours = new Set<string>();
    for (let i = 0; i < width; i++) for (let j = 0; j < width; j++) colours.add(at(i, j));
    return { aboveDiagonal: at(3, width - 5), nothing: at(0, width - 1), colours: colours.size };
  });
}

test("a job's page shows its state, log and specification", async () => {
  const { page, context, complaints } = await open(browser);
  await page.goto(`${target.url}/jobs`);
  await page.locator(".job-row").first().waitFor();
  await page.goto(`${target.url}/jobs/${comparison}`);
  await page.locator(".log-line").first().waitFor();
  expect(await page.locator(".job-line").innerText()).toContain("succeeded");
  expect(await page.locator(".json").first().innerText()).toContain('"mamba"');
  await page.getByRole("link", { name: "Open the result" }).click();
  await page.locator("figcaption", { hasText: "Memory" }).waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

test("a layer is deployed, called by the command that its page shows, and undeployed again", async () => {
  const { page, context, complaints } = await signedIn({ expected: /404/ });
  await page.goto(`${target.url}/serving`);
  const name = `mixer-${Date.now()}`;
  const form = page.getByRole("region", { name: "Deploy a layer" });
  await form.getByLabel("Layer").selectOption("mamba");
  await form.getByLabel("Name").fill("no spaces");
  expect(await form.locator(".field-issue").innerText()).toContain("Expected letters");
  await form.getByLabel("Name").fill(name);
  await form.getByRole("button", { name: "Deploy" }).click();
  await page.waitForURL(new RegExp(`/serving/${name}$`));
  await page.locator(".mark", { hasText: "starting" }).or(page.locator(".mark", { hasText: "ready" })).first().waitFor();
  target.proceed();
  await page.locator(".mark", { hasText: "ready" }).waitFor({ timeout: 300_000 });
  await page.locator(".code-block", { hasText: `/v2/models/${name}/infer` }).waitFor();
  expect(await page.locator(".code-block").innerText()).not.toContain("zoo_");
  expect(await page.getByRole("region", { name: "Tensors" }).first().innerText()).toContain("FP32");
  await page.getByRole("button", { name: "Undeploy" }).click();
  await page.getByText("Stop serving it?").waitFor();
  await page.getByRole("button", { name: "Undeploy" }).click();
  await page.getByRole("heading", { name: `${name} is gone` }).waitFor({ timeout: 180_000 });
  expect(complaints).toEqual([]);
  await context.close();
});

test("a token is shown once, works, stands in the audit log, and is withdrawn", async () => {
  const { page, context, complaints } = await signedIn();
  await page.goto(`${target.url}/registry`);
  const name = `made by a test ${Date.now()}`;
  const tokens = page.getByRole("region", { name: "Tokens" });
  await tokens.getByText("Make a token").click();
  await tokens.getByLabel("Name").fill(name);
  await tokens.getByRole("button", { name: "Make token" }).click();
  await tokens.locator(".secret-text").waitFor();
  expect(await tokens.locator(".secret-text").innerText()).toMatch(/^zoo_[A-Za-z0-9_-]{43}$/);
  await tokens.getByRole("button", { name: "Done" }).click();
  expect(await tokens.locator(".secret-text").count()).toBe(0);
  const row = tokens.locator(".row", { hasText: name });
  await row.getByText("never used").waitFor();
  await page.getByRole("link", { name: "Audit log" }).click();
  await page.getByLabel("What", { exact: true }).fill("token.create");
  await page.keyboard.press("Enter");
  await page.locator(".audit-table tr", { hasText: name }).waitFor();
  expect(new URL(page.url()).searchParams.get("action")).toBe("token.create");
  await page.getByRole("button", { name: "Check the chain" }).click();
  await page.getByText(/All [\d\u202f]+ entries fit together/).waitFor();
  await page.getByRole("link", { name: "Keys and tokens" }).click();
  await row.getByRole("button", { name: "Withdraw" }).click();
  await row.getByRole("button", { name: "Withdraw" }).click();
  await row.waitFor({ state: "detached" });
  expect(complaints).toEqual([]);
  await context.close();
});

test("without a session nothing runs, and the page says how to sign in; a session can be left again", async () => {
  const anonymous = await open(browser);
  await anonymous.page.goto(`${target.url}/compare?plugins=mamba`);
  await anonymous.page.getByText("To measure, sign in").waitFor();
  expect(await anonymous.page.getByRole("button", { name: "Measure" }).isDisabled()).toBe(true);
  expect(anonymous.complaints).toEqual([]);
  await anonymous.context.close();

  const { page, context, complaints } = await signedIn();
  await page.goto(`${target.url}/compare?plugins=mamba`);
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  expect(await page.getByRole("button", { name: "Measure" }).isDisabled()).toBe(false);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("Read only").waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

test("a token signs in on the page that the hint leads to, a wrong one is refused, and the reader comes back to where it was", async () => {
  const { page, context, complaints } = await open(browser, { expected: /401/ });
  await page.goto(`${target.url}/compare?plugins=mamba`);
  await page.locator(".hint").getByRole("link", { name: "sign in" }).click();
  await page.waitForURL(/\/sign-in\?to=/);
  for (const wrong of ["zoo_no-such-token", "zoö no"]) {
    await page.locator("input[name=token]").fill(wrong);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("token-invalid").waitFor();
  }
  await page.locator("input[name=token]").fill(`${target.token}\n`);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/compare\?plugins=mamba$/);
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  expect(await page.getByRole("button", { name: "Measure" }).isDisabled()).toBe(false);
  expect(complaints).toEqual([]);
  await context.close();
});

test("a link whose one-time code was used leads to the sign-in page, and no link leads to another site", async () => {
  const { page, context, complaints } = await open(browser);
  await page.goto(`${target.url}/session?code=spent`);
  await page.waitForURL(/\/sign-in\?spent/);
  await page.getByText("was used before or is older").waitFor();
  await page.goto(`${target.url}/sign-in?to=${encodeURIComponent("//example.org/")}`);
  await page.locator("input[name=token]").fill(target.token);
  await page.keyboard.press("Enter");
  await page.locator(".plugin-row").first().waitFor();
  expect(new URL(page.url()).pathname).toBe("/");
  expect(complaints).toEqual([]);
  await context.close();
});

test("the theme is switched by hand and stays over a reload", async () => {
  const { page, context, complaints } = await open(browser, { scheme: "light" });
  await page.goto(target.url);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.getByRole("button", { name: /Theme: System/ }).click();
  const light = await ground();
  await page.getByRole("button", { name: /Theme: Light/ }).click();
  await page.getByRole("button", { name: /Theme: Dark/ }).waitFor();
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.reload();
  expect(await ground()).toBe(dark);
  expect(complaints).toEqual([]);
  await context.close();
});

describe.each(Object.keys(WIDTHS) as (keyof typeof WIDTHS)[])("on a %s", (size) => {
  test.each(["light", "dark"] as const)("every page fits the window and raises no barrier, %s", async (scheme) => {
    const { page, context, complaints } = await open(browser, { size, scheme, reducedMotion: "reduce", expected: /404/ });
    const pages: [name: string, path: string, content: string][] = [
      ["catalogue", "/", ".plugin-row"],
      ["plugin", "/plugins/mamba", ".tex .katex"],
      ["compare", "/compare?plugins=mamba,deltanet", ".chip"],
      ["result", `/compare?job=${comparison}`, ".result-table"],
      ["recommend", "/recommend", ".unmeasured"],
      ["results", "/results", ".claim-table"],
      ["jobs", "/jobs", ".job-row"],
      ["job", `/jobs/${comparison}`, ".log"],
      ["serving", "/serving", "#deploy"],
      ["publishing", "/publishing", "#publish"],
      ["registry", "/registry", "#keys"],
      ["sign-in", "/sign-in", ".sign-in-form"],
      ["missing", "/no/such/page", ".not-found"],
      ["unknown-plugin", "/plugins/no-such-plugin", ".notice"],
    ];
    for (const [name, path, content] of pages) {
      await page.goto(target.url + path, { waitUntil: "networkidle" });
      await page.locator(content).first().waitFor();
      // Tables of results that are folded away are looked at as well.
      if (name === "results") await page.evaluate(() => document.querySelectorAll<HTMLDetailsElement>(".report-plots details").forEach((details) => (details.open = true)));
      expect(await overflow(page), `${name} on a ${size}`).toBe(0);
      expect(await barriers(page), `${name} on a ${size}`).toEqual([]);
      await screenshot(page, `${name}-${size}-${scheme}`);
    }
    expect(complaints).toEqual([]);
    await context.close();
  });
});
