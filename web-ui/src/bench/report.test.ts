import { describe, expect, test } from "vitest";
import { answerOf, lawOf, points, seriesOf } from "./report";
import { report, result } from "./testing/sample";

const TITLES = new Map([["flash-attention-2", "FlashAttention-2: Faster Attention"], ["mamba", "Mamba: Linear-Time"]]);
const FLASH = [result("flash-attention-2", 1024, 1), result("flash-attention-2", 2048, 4), result("flash-attention-2", 4096, 16), result("flash-attention-2", 8192, null)];
const MAMBA = [result("mamba", 1024, 2), result("mamba", 2048, 3.5), result("mamba", 4096, 7), result("mamba", 8192, 14)];

describe("the answer", () => {
  test("compares at the greatest length that softmax attention was measured at", () => {
    const answer = answerOf(seriesOf(report([...FLASH, ...MAMBA]), TITLES))!;
    expect(answer.length).toBe(4096);
    expect(answer.winner.label).toBe("Mamba");
    expect(answer.baseline.label).toBe("FlashAttention-2");
    expect(answer.factor).toBeCloseTo(16 / 7, 10);
  });

  test("names the length from which the winner stays ahead", () => {
    expect(answerOf(seriesOf(report([...FLASH, ...MAMBA]), TITLES))!.crossover).toBe(2048);
  });

  test("names no crossover where the winner led from the start", () => {
    const slow = FLASH.map((row) => ({ ...row, medianMs: row.medianMs && row.medianMs * 100 }));
    expect(answerOf(seriesOf(report([...slow, ...MAMBA]), TITLES))!.crossover).toBeUndefined();
  });

  test("takes the slowest as the baseline where softmax attention is the fastest", () => {
    const answer = answerOf(seriesOf(report([result("flash-attention-2", 64, 1), result("mamba", 64, 5), result("deltanet", 64, 9)]), TITLES))!;
    expect(answer.winner.id).toBe("flash-attention-2");
    expect(answer.baseline.id).toBe("deltanet");
    expect(answer.factor).toBe(9);
  });

  test("is left out where there is nothing to compare", () => {
    expect(answerOf(seriesOf(report(MAMBA), TITLES))).toBeUndefined();
    expect(answerOf(seriesOf(report([result("mamba", 64, 1), result("deltanet", 128, 2)]), TITLES))).toBeUndefined();
  });

  test("does not take a peer's implementation for one of ours", () => {
    const peer = result("flash-attention-2", 4096, 3, { implementation: "libtorch" });
    expect(answerOf(seriesOf(report([peer, ...MAMBA]), TITLES))).toBeUndefined();
  });
});

test("refused cells have no point, and series keep the report's order", () => {
  const series = seriesOf(report([...MAMBA, ...FLASH]), TITLES);
  expect(series.map((s) => s.id)).toEqual(["mamba", "flash-attention-2"]);
  expect(points(series[1]!, "time").map((p) => p.x)).toEqual([1024, 2048, 4096]);
});

test("the registry's exponent is shown rather than one of our own", () => {
  const fits = [{ id: "mamba", implementation: "layerzoo", pass: "forward", timeExponent: 1.01, memoryExponent: null }];
  const measured = report(MAMBA, fits);
  const [series] = seriesOf(measured, TITLES);
  expect(lawOf(series!, measured, "time")!.exponent).toBe(1.01);
  expect(lawOf(series!, measured, "memory")!.exponent).toBeCloseTo(1, 10);
});
