export interface PngColumn {
  readonly title: string;
  readonly width: number;
}

const PAD = 24;
const GAP = 18;
const LINE = 18;
const ROW_PAD = 10;
/** Browsers draw no canvas that is higher. */
const HIGHEST = 30_000;

/** Draws a table of texts into a PNG with the colours that are on screen; texts are broken into lines within their columns. */
export async function tablePng(title: string, columns: readonly PngColumn[], rows: readonly (readonly string[])[], foot: readonly string[]): Promise<Blob> {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser has no two-dimensional canvas, so it cannot draw a PNG.");
  const font = (weight: number) => `${weight} 13px 'IBM Plex Sans Variable', sans-serif`;
  context.font = font(400);
  const cells = rows.map((row) => row.map((text, i) => broken(text, columns[i]!.width, (part) => context.measureText(part).width)));
  const heights = cells.map((row) => Math.max(...row.map((lines) => lines.length)) * LINE + ROW_PAD);
  const width = columns.reduce((sum, column) => sum + column.width + GAP, 2 * PAD - GAP);
  const height = 2 * PAD + LINE * (3 + foot.length) + ROW_PAD + heights.reduce((a, b) => a + b, 0);
  const scale = Math.min(2, HIGHEST / height);
  canvas.width = width * scale;
  canvas.height = height * scale;
  context.scale(scale, scale);
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  context.fillStyle = colour("--surface");
  context.fillRect(0, 0, width, height);
  context.textBaseline = "middle";
  const lefts = columns.map((_, i) => columns.slice(0, i).reduce((sum, column) => sum + column.width + GAP, PAD));
  const write = (text: string, x: number, y: number, ink: string, weight = 400) => {
    context.font = font(weight);
    context.fillStyle = colour(ink);
    context.fillText(text, x, y + LINE / 2);
  };
  write(title, PAD, PAD, "--ink", 600);
  let top = PAD + 2 * LINE;
  columns.forEach((column, i) => write(column.title, lefts[i]!, top, "--ink-3", 500));
  top += LINE + ROW_PAD / 2;
  cells.forEach((row, r) => {
    context.fillStyle = colour("--line");
    context.fillRect(PAD, top, width - 2 * PAD, 1);
    row.forEach((lines, i) => lines.forEach((line, n) => write(line, lefts[i]!, top + ROW_PAD / 2 + n * LINE, "--ink")));
    top += heights[r]!;
  });
  foot.forEach((line, i) => write(line, PAD, top + ROW_PAD / 2 + i * LINE, "--ink-3"));
  return new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("The browser made no PNG of the table."))), "image/png"));
}

/** A text in lines that are no wider than `width`; a longer word has a line of its own. */
export function broken(text: string, width: number, measure: (text: string) => number): string[] {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const longer = lines.at(-1) === "" ? word : `${lines.at(-1)} ${word}`;
    if (lines.at(-1) === "" || measure(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
