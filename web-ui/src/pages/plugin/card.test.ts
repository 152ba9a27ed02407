import { expect, test } from "vitest";
import { cardBody } from "./card";

const CARD = `# Mamba

Albert Gu, Tri Dao · 2023 · [arXiv:2312.00752](https://arxiv.org/abs/2312.00752)

A selective state space.

## Mechanism

$$h_t = A h_{t-1}$$

## Cost

| what | order |
|---|---|
| time | B T E N |

## Claims

- **claim-1** linear

## Notes

In 2024 · it was revised.
`;

test("what other parts of the page show is left out of the card, everything else stays", () => {
  expect(cardBody(CARD)).toBe("A selective state space.\n\n$$h_t = A h_{t-1}$$\n\n## Notes\n\nIn 2024 · it was revised.");
});

test("a card without authors or sections keeps its text", () => {
  expect(cardBody("# Title\n\n2023\n\nText.\n")).toBe("Text.");
  expect(cardBody("Only text.")).toBe("Only text.");
});
