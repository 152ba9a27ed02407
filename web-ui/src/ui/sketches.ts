/** Cells of a sketch in each direction. */
export const SIZE = 7;

/** How strongly output i draws on input j, 0 to 1. */
type Sketch = (i: number, j: number) => number;

const EDGES = new Set(["0,2", "0,5", "1,3", "2,4", "3,6", "4,5", "1,6"]);
const LINES = [6, 4, 7, 3, 6, 5, 2];
const RINGS = [1, 0.22, 0.75, 0.12];

const causal = (i: number, j: number, value: number) => (j > i ? 0 : value);

/** A sketch for each family, of its typical mechanism where it has one: it tells families apart and measures nothing. */
const SKETCHES: Readonly<Record<string, Sketch>> = {
  "softmax-attention": (i, j) => causal(i, j, [1, 0.35, 0.75, 0.25, 0.55, 0.9, 0.3][(3 * i + 5 * j) % 7]!),
  "linear-attention": (i, j) => causal(i, j, 0.35 + 0.65 * (((i * 2 + 1) % 3) / 2) * (((j * 3 + 2) % 4) / 3)),
  "local-and-sparse-attention": (i, j) => (Math.abs(i - j) <= 1 ? 1 : j === 0 || i === 0 ? 0.45 : 0),
  "recurrent-and-ssm": (i, j) => causal(i, j, 0.72 ** (i - j)),
  "convolution-and-spectral": (i, j) => 0.5 + 0.5 * Math.cos(((i - j) * Math.PI) / 2.2),
  "mlp-and-pooling": (i, j) => (i === j ? 1 : 0.14),
  "kv-cache": (i, j) => causal(i, j, [0, 1, 4].includes(j) || i - j < 2 ? 1 : 0.12),
  "memory-transformers": (i, j) => (j < 2 ? 0.95 : causal(i, j, 0.38)),
  "token-reduction": (i, j) => ([0, 2, 5].includes(j) && i < 4 ? 0.9 : 0.12),
  "parallel-runtime": (i, j) => causal(i >> 1, j >> 1, (i >> 1) === (j >> 1) ? 1 : 0.25 + 0.3 * (((i >> 1) + (j >> 1)) % 2)),
  "vision-backbones": (i, j) => (Math.floor(i / 2.4) === Math.floor(j / 2.4) ? 0.55 + 0.45 * ((i + j) % 2) : 0.1),
  "dense-prediction": (i, j) => RINGS[Math.max(Math.abs(i - 3), Math.abs(j - 3))]!,
  "generative-and-multimodal": (i, j) => (i < 4 === j < 4 ? 0.25 + 0.75 * (((i * 5 + j * 3) % 7) / 6) : 0.1),
  "language-applications": (i, j) => (j < LINES[i]! ? 0.7 : 0.06),
  "graphs-and-science": (i, j) => (i === j ? 0.3 : EDGES.has(`${Math.min(i, j)},${Math.max(i, j)}`) ? 1 : 0.06),
  "control-and-rl": (i, j) => (j === (i + 1) % SIZE ? 1 : i === j ? 0.3 : 0.06),
  analysis: (i, j) => (i === 4 || j === 2 ? (i === 4 && j === 2 ? 1 : 0.5) : 0.1),
  tasks: (i, j) => ((i + j) % 2 === 0 ? 0.75 : 0.1),
  collections: (i, j) => (i % 2 === 0 && j % 2 === 0 ? 0.95 : 0.06),
};

const OTHER: Sketch = (i, j) => (i === j ? 0.9 : (i + j) % 3 === 0 ? 0.3 : 0.1);

export function sketchOf(family: string): Sketch {
  return SKETCHES[family] ?? OTHER;
}
