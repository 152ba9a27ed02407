import { accessSync, constants, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";

const SHOTS = fileURLToPath(new URL("../target/screenshots/", import.meta.url));
const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export const WIDTHS = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: ARGUMENTS });
}

function findChromium(): string {
  const folders = (process.env.PATH ?? "").split(delimiter);
  for (const name of NAMES) {
    for (const folder of folders) {
      const file = join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not here: the next folder.
      }
    }
  }
  throw new Error(`These tests need a real Chromium; none of ${NAMES.join(", ")} is on the PATH. Get it: apt-get install chromium`);
}

export interface Tab {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Everything the console complained about, breaches of the content policy among it. */
  readonly complaints: string[];
}

/** A fresh profile. `expected` are complaints that the test provokes (a 404 that it asks for). */
export async function open(browser: Browser, options: { size?: keyof typeof WIDTHS; scheme?: "light" | "dark"; reducedMotion?: "reduce"; expected?: RegExp } = {}): Promise<Tab> {
  const { size = "desktop", scheme = "light", reducedMotion, expected } = options;
  const context = await browser.newContext({ viewport: WIDTHS[size], colorScheme: scheme, ...(reducedMotion ? { reducedMotion } : {}), acceptDownloads: true });
  // Waiting for a measurement names its own limit.
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !expected?.test(message.text())) complaints.push(message.text());
  });
  return { page, context, complaints };
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SHOTS, { recursive: true });
  // Fonts and formulas arrive after the markup.
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true, animations: "disabled" });
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds against WCAG 2.2 AA and good practice, one line a rule. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(root: Document, options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } };
    const { violations } = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
    return violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
  });
}

/** By how many pixels the page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
