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
  "M-4.6 -2.6L-2.6 -4.6L0 -2L2.6 -4.6L4.6 -2.6L2 0L4.6 2.6L2.6 4.6L0 2L-2.6 4.6L-4.6 2.6L-2 0Z",
  "M0 -5L4.8 -1.5L3 4.1H-3L-4.8 -1.5Z",
  "M-4.2 -4.6H4.2L-4.2 4.6H4.2Z",
  "M-5.4 -1.7H5.4V1.7H-5.4Z",
];

export const HUES = 8;

export function marker(index: number): string {
  return SHAPES[index % SHAPES.length]!;
}

export function hue(index: number): string {
  return `var(--series-${(index % HUES) + 1})`;
}

/** How a series is drawn: its colour, and the number of its marker. */
export interface Style {
  readonly colour: string;
  readonly mark: number;
}

/** A colour and a marker of its own for each series of a plot. */
export function styleOf(index: number): Style {
  return { colour: hue(index), mark: index };
}

/** One colour a group, the first one in ink: colours that readers of every kind of colour vision tell apart. */
const GROUPS = ["var(--ink)", hue(2), hue(1), hue(0), hue(6), hue(3)];

/** The colour of a group, and markers that differ within it. */
export function groupStyle(group: number, mark: number): Style {
  return { colour: GROUPS[group % GROUPS.length]!, mark };
}
