import { accessSync, constants, mkdirSync } from "node:fs";
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
  context.setDefaultTimeout(20_000);
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

/** By how many pixels the page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
