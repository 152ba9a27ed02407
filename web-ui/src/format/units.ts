const MINUS = "\u2212";

/** `digits` significant digits, without an exponent between a thousandth and a million; thousands kept apart by a thin space. */
export function significant(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : Number.isNaN(value) ? "–" : `${MINUS}∞`;
  if (value === 0) return "0";
  const size = Math.abs(value);
  const sign = value < 0 ? MINUS : "";
  if (size >= 1e6 || size < 1e-3) {
    const [mantissa = "", exponent = "0"] = size.toExponential(digits - 1).split("e");
    return `${sign}${mantissa}e${Number(exponent)}`.replace("e-", `e${MINUS}`);
  }
  const whole = Math.floor(Math.log10(size)) + 1;
  return sign + group(size.toFixed(Math.max(0, digits - whole)));
}

/** Groups the digits of the whole part by threes from ten thousand on. */
export function group(text: string): string {
  const [whole = "", fraction] = text.split(".");
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, "\u202f") : whole;
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

export function count(value: number): string {
  return group(String(Math.round(value)));
}

/** A time given in milliseconds in the unit that suits its size. */
export function duration(ms: number): string {
  if (ms === 0) return "0 ms";
  if (ms < 1e-3) return `${significant(ms * 1e6)} ns`;
  if (ms < 1) return `${significant(ms * 1e3)} µs`;
  if (ms < 1e3) return `${significant(ms)} ms`;
  if (ms < 120e3) return `${significant(ms / 1e3)} s`;
  return `${significant(ms / 60e3)} min`;
}

const BINARY = ["B", "KiB", "MiB", "GiB", "TiB"];

export function bytes(value: number): string {
  let unit = 0;
  let size = value;
  while (size >= 1024 && unit < BINARY.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 ? count(size) : significant(size)} ${BINARY[unit]}`;
}

/** A label of an axis: the unit of a figure without digits that say nothing (`10 ms`, not `10.0 ms`). */
export function tick(text: string): string {
  return text.replace(/(\.\d*?)0+(?=\s|$)/, "$1").replace(/\.(?=\s|$)/, "");
}

const THOUSANDS = ["", "k", "M", "G", "T"];

/** A rate with its thousands as a letter. */
export function rate(value: number): string {
  let unit = 0;
  let size = value;
  while (size >= 1000 && unit < THOUSANDS.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${significant(size)}${unit === 0 ? "" : ` ${THOUSANDS[unit]}`}`;
}

/** How many times, as one says it: 3.1, 12, 140. */
export function times(factor: number): string {
  return factor < 10 ? factor.toFixed(1) : significant(factor, 2);
}

/** An exponent to two places with a real minus. */
export function exponent(value: number): string {
  return value.toFixed(2).replace("-", MINUS);
}

const RELATIVE: readonly [limit: number, seconds: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [60, 1, "second"],
  [3600, 60, "minute"],
  [86400, 3600, "hour"],
  [Infinity, 86400, "day"],
];

/** How long ago, in words; `now` in milliseconds. */
export function ago(iso: string, now: number): string {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  const size = Math.abs(seconds);
  if (size < 10) return "just now";
  const [, divisor, unit] = RELATIVE.find(([limit]) => size < limit) ?? RELATIVE[3]!;
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.round(seconds / divisor), unit);
}

/** A moment to the second in the reader's own time zone, sortable as text. */
export function moment(iso: string): string {
  const at = new Date(iso);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** `recurrent-and-ssm` as a reader's words: hyphens gone, abbreviations upper case, first letter large. */
export function words(slug: string): string {
  const text = slug
    .split("-")
    .map((word) => ({ ssm: "SSM", mlp: "MLP", kv: "KV", "2d": "2D", cpu: "CPU" })[word] ?? word)
    .join(" ");
  return capital(text);
}

/** A paper's short name: what stands before the colon, where that is short enough to be a name. */
export function shortTitle(title: string, id: string): string {
  const head = title.split(":")[0]!.trim();
  return head !== title && head.length <= 24 ? head : id;
}

/** A share from 0 to 1 in percent, to a tenth. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}\u202f%`;
}

/** A text with a large first letter. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
