/** Marker outlines around the origin, so that lines are told apart without colour. */
const SHAPES = [
  "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z",
  "M-3.6 -3.6H3.6V3.6H-3.6Z",
  "M0 -4.8L4.6 3.4H-4.6Z",
  "M0 -5.2L5.2 0L0 5.2L-5.2 0Z",
  "M-4.6 -3.4H4.6L0 4.8Z",
  "M-1.5 -4.8H1.5V-1.5H4.8V1.5H1.5V4.8H-1.5V1.5H-4.8V-1.5H-1.5Z",
  "M-2.4 -4.4H2.4L4.8 0L2.4 4.4H-2.4L-4.8 0Z",
  "M0 -5.2L1.5 -1.5L5.2 0L1.5 1.5L0 5.2L-1.5 1.5L-5.2 0L-1.5 -1.5Z",
];

export const HUES = 8;

export function marker(index: number): string {
  return SHAPES[index % SHAPES.length]!;
}

export function hue(index: number): string {
  return `var(--series-${(index % HUES) + 1})`;
}
