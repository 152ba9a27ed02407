import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const CSS = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");

function tokens(block: RegExp): Map<string, string> {
  const body = block.exec(CSS)?.[1] ?? "";
  return new Map([...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((match) => [match[1]!, match[2]!]));
}

const LIGHT = tokens(/^:root \{([\s\S]*?)^\}/m);
const DARK = tokens(/^:root\[data-theme="dark"\] \{([\s\S]*?)^\}/m);
const SYSTEM_DARK = tokens(/:root:not\(\[data-theme="light"\]\) \{([\s\S]*?)^ {2}\}/m);

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

const TEXT: [text: string, grounds: string[]][] = [
  ["ink", ["bg", "surface", "sunken", "raised", "accent-soft", "danger-soft", "warn-soft"]],
  ["ink-2", ["bg", "surface", "sunken"]],
  ["ink-3", ["bg", "surface", "sunken"]],
  ["accent", ["bg", "surface", "sunken"]],
  ["on-accent", ["accent", "accent-hover"]],
  ["danger", ["surface", "danger-soft"]],
  ["warn", ["surface", "warn-soft"]],
];

describe.each([
  ["light", LIGHT],
  ["dark", DARK],
] as const)("in the %s theme", (_, theme) => {
  test.each(TEXT.flatMap(([text, grounds]) => grounds.map((ground) => [text, ground] as const)))("%s on %s keeps a contrast of 4.5", (text, ground) => {
    expect(contrast(theme.get(text)!, theme.get(ground)!)).toBeGreaterThanOrEqual(4.5);
  });

  test("every line of a plot stands out from the page by 3 to 1", () => {
    const hues = Array.from({ length: 8 }, (_, i) => theme.get(`series-${i + 1}`)!);
    for (const hue of hues) expect(contrast(hue, theme.get("surface")!)).toBeGreaterThanOrEqual(3);
  });
});

test("the dark theme is the same whether the system or the reader chose it", () => {
  expect([...SYSTEM_DARK]).toEqual([...DARK]);
  expect(DARK.size).toBeGreaterThan(20);
});
