import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startMock } from "../mock/server.mjs";
import { launch, open, overflow, screenshot } from "./browser";

// What a registry does only in bad times, or only once.

type Mock = Awaited<ReturnType<typeof startMock>>;

const SETTING = { batch: 1, dim: 512, heads: 8, pass: "forward", backend: "auto", dtype: "f32", unit: "core" };

let browser: Browser;
let mock: Mock;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser?.close());
afterEach(() => mock.close());

test("a registry without plugins and measurements says what to do", async () => {
  mock = await startMock({ stored: false, empty: true });
  const { page, context, complaints } = await open(browser);
  await page.goto(mock.url);
  await page.getByText("The catalogue is empty").waitFor();
  await page.getByText("Nothing has been measured on this machine yet.").waitFor();
  await page.goto(`${mock.url}/compare`);
  await page.getByText("No comparison yet").waitFor();
  await page.goto(`${mock.url}/jobs`);
  await page.getByText("No job yet").waitFor();
  await screenshot(page, "empty-jobs");
  expect(complaints).toEqual([]);
  await context.close();
});

test("the first comparison shows its progress on the first page and then its answer, without a reload", async () => {
  mock = await startMock({ stored: false, stepMs: 20, holdAfter: 3 });
  mock.state.jobs.benchmark({ ...SETTING, plugins: [{ id: "flash-attention-2" }, { id: "mamba" }], lengths: [1024, 2048, 4096, 8192] });
  const { page, context, complaints } = await open(browser);
  await page.goto(mock.url);
  await page.getByRole("progressbar", { name: "First comparison" }).waitFor();
  await page.waitForFunction(() => Number(document.querySelector("[role=progressbar]")?.getAttribute("aria-valuenow")) > 0);
  await screenshot(page, "first-comparison");
  mock.release();
  await page.getByText(/At length 8192 on this CPU, Mamba is/).waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

test("a dropped event stream is taken up again, and no line of the log is shown twice", async () => {
  mock = await startMock({ stepMs: 20, holdAfter: 8 });
  const job = mock.state.jobs.benchmark({ ...SETTING, plugins: [{ id: "mamba" }], lengths: Array.from({ length: 16 }, (_, i) => 64 * (i + 1)) });
  const { page, context } = await open(browser);
  await page.goto(`${mock.url}/jobs/${job.id}`);
  await page.locator(".log-line").nth(2).waitFor();
  // Refused until it was seen: a page that is back in no time would say so for no time.
  mock.refuseStreams(Infinity);
  mock.dropStreams();
  await page.getByText("Connection lost, trying again").waitFor();
  mock.refuseStreams(0);
  await page.getByText("Live", { exact: true }).waitFor();
  mock.release();
  await page.getByRole("link", { name: "Open the result" }).waitFor();
  const lines = await page.locator(".log-line > span:last-child").allInnerTexts();
  expect(lines).toHaveLength(16);
  expect(new Set(lines).size).toBe(16);
  await context.close();
});

test("the log of a finished job is read although the registry refused its stream at first", async () => {
  mock = await startMock();
  const failed = mock.state.jobs.list().find((job) => job.state === "failed")!;
  mock.refuseStreams(Infinity);
  const { page, context } = await open(browser);
  await page.goto(`${mock.url}/jobs/${failed.id}`);
  await page.getByText("Connection lost, trying again").waitFor();
  mock.refuseStreams(0);
  await page.locator(".log-line").nth(1).waitFor();
  expect(await page.locator(".log-line").count()).toBe(2);
  await page.locator(".link-state").waitFor({ state: "detached" });
  await context.close();
});

test("a running job is cancelled from its page", async () => {
  mock = await startMock({ stepMs: 20, holdAfter: 1 });
  const { page, context, complaints } = await open(browser);
  await page.goto(mock.url + mock.signInPath);
  await page.goto(`${mock.url}/compare?plugins=mamba`);
  await page.getByRole("button", { name: "Measure" }).click();
  await page.getByRole("link", { name: "Full log" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.locator(".job-line", { hasText: "cancelled" }).waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

test("a question restored from its link is ranked, what is missing is measured with live progress and takes its place", async () => {
  mock = await startMock({ stepMs: 20, holdAfter: 1 });
  const { page, context, complaints } = await open(browser);
  await page.goto(mock.url + mock.signInPath);
  await page.goto(`${mock.url}/recommend?length=4096`);
  await page.locator(".ranking-table").waitFor();
  expect(await ranked(page)).toEqual(["Mamba", "dinat", "FlashAttention-2"]);
  expect(await page.locator(".report-sentence").innerText()).toMatch(/^At length 4096, Mamba is the fastest: [\d.]+ ms, [\d.]+× faster than softmax attention \(FlashAttention-2\)\.$/);
  expect(await page.locator(".unmeasured li").allInnerTexts()).toHaveLength(3);
  await page.getByRole("button", { name: "Measure what is missing" }).click();
  await page.getByRole("progressbar", { name: "Measurement" }).waitFor();
  expect(new URL(page.url()).searchParams.get("jobs")).not.toBeNull();
  await screenshot(page, "recommend-measuring");
  // A reload in the middle follows the same benchmark.
  await page.reload();
  await page.getByRole("progressbar", { name: "Measurement" }).waitFor();
  mock.release();
  await page.getByText("Every mixer that was asked for is in the ranking.").waitFor();
  expect(await ranked(page)).toHaveLength(6);
  expect(new URL(page.url()).search).toBe("?length=4096");
  const begun = mock.state.jobs.list().slice(0, 3).map((job) => job.spec);
  for (const spec of begun) expect(spec).toMatchObject({ unit: "layer", lengths: [4096], dtype: "f32", batch: 1 });
  expect(begun.map((spec) => spec.plugins[0].id).toSorted()).toEqual(["agent-attention", "deltanet", "urpe"]);
  await screenshot(page, "recommend-whole");
  expect(complaints).toEqual([]);
  await context.close();
});

test("a question is asked by keyboard, stands in the address, and its ranking is saved as CSV and PNG", async () => {
  mock = await startMock();
  const { page, context, complaints } = await open(browser);
  await page.goto(mock.url);
  await page.getByRole("link", { name: "Recommend", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.locator(".ranking-table").waitFor();
  await page.getByRole("switch", { name: "Only causal mixers" }).focus();
  await page.keyboard.press("Space");
  await page.waitForURL(/\?length=4096&causal=true$/);
  await page.waitForFunction(() => document.querySelectorAll(".ranking-table tbody tr").length === 2);
  const csv = (await saved(page, "Save CSV")).toString("utf8").trim().split("\r\n");
  expect(csv[1]).toMatch(/^1,mamba,/);
  expect(csv).toHaveLength(5);
  const png = await saved(page, "Save PNG");
  expect(png.subarray(1, 4).toString("latin1")).toBe("PNG");
  expect(png.length).toBeGreaterThan(10_000);
  await page.getByLabel("Length in tokens").fill("8192");
  await page.keyboard.press("Enter");
  await page.getByText("Nothing was measured for this question yet").waitFor();
  expect(new URL(page.url()).search).toBe("?length=8192&causal=true");
  await page.getByLabel("Length in tokens").fill("0");
  await page.getByText("Expected a whole number from 1 to 4194304.").waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

test("without a session the ranking is read and measuring explains how to sign in; what refused is marked and not tried again", async () => {
  mock = await startMock();
  const setting = { ...SETTING, unit: "layer" };
  const job = mock.state.jobs.benchmark({ ...setting, plugins: ["agent-attention", "deltanet", "mamba", "dinat", "flash-attention-2", "urpe"].map((id) => ({ id })), lengths: [65536] });
  const { page, context, complaints } = await open(browser, { size: "phone" });
  await page.goto(`${mock.url}/recommend?length=65536`);
  await page.getByText("To measure what is missing, sign in").waitFor();
  const button = page.getByRole("button", { name: "Measure what is missing" });
  expect(await button.isDisabled()).toBe(true);
  await expect.poll(() => job.state, { timeout: 120_000 }).toBe("succeeded");
  await page.goto(mock.url + mock.signInPath);
  await page.goto(`${mock.url}/recommend?length=65536`);
  await page.locator(".unmeasured li[data-refused]").nth(1).waitFor();
  expect(await page.locator(".unmeasured").innerText()).toContain("the limit is 1 s");
  expect(await button.isDisabled()).toBe(true);
  expect(await overflow(page)).toBe(0);
  await screenshot(page, "recommend-refused-phone");
  expect(complaints).toEqual([]);
  await context.close();
});

test("a benchmark that was cancelled on the way leaves the ranking and says so", async () => {
  mock = await startMock({ holdAfter: 0 });
  const { page, context, complaints } = await open(browser);
  await page.goto(mock.url + mock.signInPath);
  await page.goto(`${mock.url}/recommend?length=4096`);
  await page.getByRole("button", { name: "Measure what is missing" }).click();
  await page.getByText("Waiting for a runner").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("The measurement was cancelled").waitFor();
  expect(await ranked(page)).toHaveLength(3);
  expect(await page.getByRole("button", { name: "Measure what is missing" }).isDisabled()).toBe(false);
  expect(complaints).toEqual([]);
  await context.close();
});

function ranked(page: Page): Promise<string[]> {
  return page.locator(".ranking-table tbody th a").allInnerTexts();
}

async function saved(page: Page, button: string): Promise<Buffer> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: button }).click()]);
  return readFile(await download.path());
}

test("an outage is announced, keeps what is shown, and ends by itself", async () => {
  mock = await startMock();
  const { page, context } = await open(browser);
  await page.goto(mock.url);
  await page.locator(".plugin-row").first().waitFor();
  const port = Number(new URL(mock.url).port);
  await mock.close();
  await page.getByRole("link", { name: "Jobs" }).click();
  await page.getByText("The registry does not answer.").waitFor();
  await page.getByRole("link", { name: "Catalogue", exact: true }).click();
  await page.locator(".plugin-row").nth(15).waitFor();
  await screenshot(page, "offline");
  mock = await startMock({ port });
  await page.getByText("The registry does not answer.").waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Jobs" }).click();
  await page.locator(".job-row").first().waitFor();
  await context.close();
});

test("problem details are shown in full: title, detail, field errors, code", async () => {
  mock = await startMock();
  const { page, context } = await open(browser);
  await page.goto(mock.url + mock.signInPath);
  await page.goto(`${mock.url}/compare?plugins=mamba,ghost`);
  await page.getByRole("button", { name: "Measure" }).click();
  const alert = page.getByRole("alert");
  await alert.waitFor();
  const text = await alert.innerText();
  expect(text).toContain("There is no such plugin");
  expect(text).toContain("not in the catalogue (given ghost)");
  expect(text).toContain("plugin-unknown");
  await screenshot(page, "problem");
  await context.close();
});

test("a refused cell stands in the table with its reason", async () => {
  mock = await startMock();
  const stored = mock.state.jobs.list().find((job) => job.kind === "benchmark" && job.state === "succeeded")!;
  const { page, context, complaints } = await open(browser, { size: "phone" });
  await page.goto(`${mock.url}/compare?job=${stored.id}`);
  await page.locator(".refused").waitFor();
  expect(await page.locator(".refused").innerText()).toContain("predicted time of one run is 5 s");
  expect(await overflow(page)).toBe(0);
  expect(complaints).toEqual([]);
  await context.close();
});

test("a failed job shows its problem and its log", async () => {
  mock = await startMock();
  const failed = mock.state.jobs.list().find((job) => job.state === "failed")!;
  const { page, context, complaints } = await open(browser);
  await page.goto(`${mock.url}/jobs/${failed.id}`);
  await page.locator(".log-line").first().waitFor();
  expect(await page.getByRole("alert").innerText()).toContain("asked for 11.2 GiB at length 262144");
  expect(await page.locator(".log").innerText()).toContain("tensor budget exceeded");
  await screenshot(page, "failed-job");
  expect(complaints).toEqual([]);
  await context.close();
});

test("a matrix that takes long is waited for with its progress", async () => {
  mock = await startMock({ stepMs: 20, holdAfter: 1 });
  const { page, context, complaints } = await open(browser);
  await page.goto(mock.url + mock.signInPath);
  await page.goto(`${mock.url}/plugins/mamba`);
  await page.locator(".heat-canvas canvas").waitFor();
  await page.getByRole("slider").fill("8");
  await page.getByRole("progressbar", { name: "Matrix" }).waitFor();
  mock.release();
  await page.waitForFunction(() => document.querySelector(".heat-canvas canvas")?.getAttribute("width") === "256");
  expect(complaints).toEqual([]);
  await context.close();
});

test("without a session a matrix that is not stored explains how to get it", async () => {
  mock = await startMock();
  const { page, context } = await open(browser);
  await page.goto(`${mock.url}/plugins/mamba`);
  await page.locator(".heat-canvas canvas").waitFor();
  await page.getByRole("slider").fill("0");
  await page.getByText("To compute it, sign in").waitFor();
  await context.close();
});
