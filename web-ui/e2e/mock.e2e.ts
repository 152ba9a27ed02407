import type { Browser } from "playwright-core";
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
  mock = await startMock({ stored: false, stepMs: 250 });
  mock.state.jobs.benchmark({ ...SETTING, plugins: [{ id: "flash-attention-2" }, { id: "mamba" }], lengths: [1024, 2048, 4096, 8192] });
  const { page, context, complaints } = await open(browser);
  await page.goto(mock.url);
  await page.getByRole("progressbar", { name: "First comparison" }).waitFor();
  await page.waitForFunction(() => Number(document.querySelector("[role=progressbar]")?.getAttribute("aria-valuenow")) > 0);
  await screenshot(page, "first-comparison");
  await page.getByText(/At length 8192 on this CPU, Mamba is/).waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

test("a dropped event stream is taken up again, and no line of the log is shown twice", async () => {
  mock = await startMock({ stepMs: 150 });
  const job = mock.state.jobs.benchmark({ ...SETTING, plugins: [{ id: "mamba" }], lengths: Array.from({ length: 16 }, (_, i) => 64 * (i + 1)) });
  const { page, context } = await open(browser);
  await page.goto(`${mock.url}/jobs/${job.id}`);
  await page.locator(".log-line").nth(2).waitFor();
  mock.dropStreams();
  await page.getByText("Connection lost, trying again").waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Open the result" }).waitFor();
  const lines = await page.locator(".log-line > span:last-child").allInnerTexts();
  expect(lines).toHaveLength(16);
  expect(new Set(lines).size).toBe(16);
  await context.close();
});

test("the log of a finished job is read although the registry refused its stream at first", async () => {
  mock = await startMock();
  const failed = mock.state.jobs.list().find((job) => job.state === "failed")!;
  mock.refuseStreams(2);
  const { page, context } = await open(browser);
  await page.goto(`${mock.url}/jobs/${failed.id}`);
  await page.getByText("Connection lost, trying again").waitFor();
  await page.locator(".log-line").nth(1).waitFor();
  expect(await page.locator(".log-line").count()).toBe(2);
  await page.locator(".link-state").waitFor({ state: "detached" });
  await context.close();
});

test("a running job is cancelled from its page", async () => {
  mock = await startMock({ stepMs: 2000 });
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
  mock = await startMock({ stepMs: 200 });
  const { page, context, complaints } = await open(browser);
  await page.goto(mock.url + mock.signInPath);
  await page.goto(`${mock.url}/plugins/mamba`);
  await page.locator(".heat-canvas canvas").waitFor();
  await page.getByRole("slider").fill("8");
  await page.getByRole("progressbar", { name: "Matrix" }).waitFor();
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
