const INLINED = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "opacity", "fill-opacity", "stroke-opacity", "font-size", "font-weight"];
const SCALE = 2;
const PAD = 20;
const LINE = 20;

/**
 * Draws plots (figures with an svg and a legend) below one another into a PNG, with the colours that are on screen.
 * `foot` is written below them: what was measured and on which machine.
 */
export async function plotsPng(figures: readonly HTMLElement[], foot: readonly string[]): Promise<Blob> {
  const plots = await Promise.all(figures.map(picture));
  const width = Math.max(...plots.map((plot) => plot.width)) + 2 * PAD;
  const height = plots.reduce((sum, plot) => sum + plot.height + PAD + LINE * (1 + plot.legend.length), PAD) + LINE * foot.length + PAD / 2;
  const canvas = document.createElement("canvas");
  canvas.width = width * SCALE;
  canvas.height = height * SCALE;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser has no two-dimensional canvas, so it cannot draw a PNG.");
  context.scale(SCALE, SCALE);
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--ink").trim();
  context.fillStyle = style.getPropertyValue("--surface").trim();
  context.fillRect(0, 0, width, height);
  context.textBaseline = "middle";
  let top = PAD;
  for (const plot of plots) {
    context.fillStyle = ink;
    context.font = "600 15px 'IBM Plex Sans Variable', sans-serif";
    context.fillText(plot.title, PAD, top + LINE / 2);
    context.drawImage(plot.image, PAD, top + LINE, plot.width, plot.height);
    top += LINE + plot.height;
    context.font = "13px 'IBM Plex Sans Variable', sans-serif";
    for (const entry of plot.legend) {
      drawMarker(context, entry, PAD + 8, top + LINE / 2);
      context.fillStyle = ink;
      context.fillText(entry.text, PAD + 22, top + LINE / 2);
      top += LINE;
    }
    top += PAD;
  }
  context.font = "12px 'IBM Plex Sans Variable', sans-serif";
  context.fillStyle = style.getPropertyValue("--ink-3").trim();
  foot.forEach((line, i) => context.fillText(line, PAD, top + LINE * i));
  return new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("The browser made no PNG of the plot."))), "image/png"));
}

interface Entry {
  readonly text: string;
  readonly path: string;
  readonly colour: string;
}

function drawMarker(context: CanvasRenderingContext2D, entry: Entry, x: number, y: number): void {
  context.save();
  context.translate(x, y);
  context.fillStyle = entry.colour;
  context.fill(new Path2D(entry.path));
  context.restore();
}

async function picture(figure: HTMLElement) {
  const svg = figure.querySelector("svg");
  if (!svg) throw new Error("The figure holds no plot.");
  const width = svg.clientWidth;
  const height = svg.clientHeight;
  const image = new Image(width * SCALE, height * SCALE);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standalone(svg, width, height))}`;
  await image.decode();
  const legend = [...figure.querySelectorAll(".plot-key")].map((key) => {
    const path = key.querySelector("path");
    const slope = key.querySelector(".slope sup")?.textContent;
    const label = key.querySelector("span")?.textContent ?? "";
    return { text: slope ? `${label}   slope ${slope}` : label, path: path?.getAttribute("d") ?? "", colour: path ? getComputedStyle(path).fill : "#000" };
  });
  return { image, width, height, legend, title: figure.querySelector("figcaption")?.textContent ?? "" };
}

/** The drawing with its computed style written into attributes: a stylesheet does not travel into an image. */
function standalone(svg: SVGSVGElement, width: number, height: number): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = [...svg.querySelectorAll<SVGElement>("*")];
  [...copy.querySelectorAll<SVGElement>("*")].forEach((element, i) => {
    const style = getComputedStyle(originals[i]!);
    for (const name of INLINED) element.setAttribute(name, style.getPropertyValue(name));
    element.setAttribute("font-family", "sans-serif");
    element.removeAttribute("class");
  });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width * SCALE));
  copy.setAttribute("height", String(height * SCALE));
  copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  return new XMLSerializer().serializeToString(copy);
}
