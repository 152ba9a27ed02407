/** An OKLCH colour: lightness 0..1, chroma, hue in degrees. */
type Oklch = readonly [l: number, c: number, h: number];

/**
 * Sequential maps of our own with even steps in lightness: from the page's surface to its strongest ink, so that zero fades into the
 * page in either theme and a larger number always stands out more. Hue runs from yellow-green to blue, which also holds for
 * readers who tell red from green badly.
 */
const LIGHT: readonly Oklch[] = [
  [0.975, 0.006, 130],
  [0.88, 0.07, 135],
  [0.74, 0.12, 155],
  [0.56, 0.11, 175],
  [0.4, 0.09, 220],
  [0.24, 0.07, 265],
];
const DARK: readonly Oklch[] = [
  [0.19, 0.012, 165],
  [0.32, 0.06, 230],
  [0.46, 0.09, 200],
  [0.63, 0.12, 170],
  [0.82, 0.14, 140],
  [0.97, 0.08, 115],
];

export const STEPS = 256;

/** 256 RGB triples from the smallest to the greatest value. */
export function colourMap(theme: "light" | "dark"): Uint8Array {
  const stops = theme === "light" ? LIGHT : DARK;
  const table = new Uint8Array(STEPS * 3);
  for (let i = 0; i < STEPS; i++) {
    const position = (i / (STEPS - 1)) * (stops.length - 1);
    const left = Math.min(stops.length - 2, Math.floor(position));
    table.set(toRgb(mix(stops[left]!, stops[left + 1]!, position - left)), i * 3);
  }
  return table;
}

function mix(a: Oklch, b: Oklch, share: number): Oklch {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
}

/** OKLCH to sRGB bytes (Ottosson's matrices), clipped to the gamut. */
export function toRgb([l, c, h]: Oklch): [number, number, number] {
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    channel(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
    channel(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
    channel(-0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short),
  ];
}

function channel(linear: number): number {
  const clipped = Math.min(1, Math.max(0, linear));
  const gamma = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055;
  return Math.round(gamma * 255);
}
