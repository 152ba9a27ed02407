import { expect, test } from "vitest";
import { configText, crossing, crossingText, mixersOf, ofGroup, originOf, pluginOf, recallAnswer, recallSeries, refusalOf, scalingAnswer, scalingLines, scalingOf } from "./studies";
import { RECALL, SCALING } from "./testing/sample";

const mixers = mixersOf(RECALL);

test("mixers of a group share a colour and differ in their markers, and the baseline stays whatever group is chosen", () => {
  const [soft, lin, delta, ssm] = mixers;
  expect(lin!.style.colour).toBe(delta!.style.colour);
  expect(lin!.style.mark).not.toBe(delta!.style.mark);
  expect(new Set([soft, lin, ssm].map((mixer) => mixer!.style.colour)).size).toBe(3);
  expect(ofGroup(mixers, "recurrent").map((mixer) => mixer.id)).toEqual(["soft", "ssm"]);
  expect(ofGroup(mixers, "")).toHaveLength(4);
});

test("a point is a configuration, seeds are averaged and told, and what was refused has no point", () => {
  const series = recallSeries(RECALL, mixers);
  expect(series.map((s) => s.key)).toEqual(["softmax attention", "linear", "delta rule"]);
  const lin = series[1]!.points;
  expect(lin.map((p) => p.x)).toEqual([256, 1024]);
  expect(lin[0]!.share).toBeCloseTo(0.985);
  expect(lin[0]!.notes.at(-1)).toBe("2 seeds, 98.0\u202f% to 99.0\u202f%");
  expect(lin[1]!.notes).toEqual(["heads 4, form type taylor", "rate 0.001, 1000 steps, 70\u202f000 parameters"]);
  expect(series[0]!.points[0]!.grows).toBe(true);
  expect(refusalOf(RECALL.rows.at(-1)!)).toBe("too much memory");
});

test("several mixers of one plugin share its rows out by their configurations", () => {
  const [soft, lin] = RECALL.plan.mixers;
  const twins = [soft!, { ...lin!, configs: [{ heads: 2 }] }, { ...lin!, name: "Taylor", configs: [{ heads: 4, form: { type: "taylor" } }] }];
  const study = { ...RECALL, plan: { ...RECALL.plan, mixers: twins } };
  const series = recallSeries(study, mixersOf(study));
  expect(series.map((s) => [s.key, s.points.map((p) => p.x)])).toEqual([
    ["softmax attention", [8192]],
    ["linear", [256]],
    ["Taylor", [1024]],
  ]);
});

test("the answer is the least fixed state within a point of the baseline, or the best there is", () => {
  const series = recallSeries(RECALL, mixers);
  expect(recallAnswer(series, "softmax attention")).toMatchObject({ label: "linear", reaches: true, point: { x: 256 } });
  const poor = series.filter((s) => s.key !== "linear");
  expect(recallAnswer(poor, "softmax attention")).toMatchObject({ label: "delta rule", reaches: false });
  expect(recallAnswer(poor.slice(0, 1), "softmax attention")).toBeUndefined();
});

test("a fitted line overtakes the baseline's where both meet", () => {
  const scaling = scalingOf(SCALING, mixersOf(SCALING));
  expect(scaling.map((one) => one.overtakes)).toEqual([undefined, 2000, undefined, undefined]);
  expect(scalingLines(scaling).map((line) => [line.key, line.dashed])).toEqual([
    ["softmax attention", true],
    ["linear", false],
  ]);
  expect(scalingAnswer(scaling)).toBe("At length 10\u202f000, linear is the fastest of them with 20.0 ms, 5.0× faster than softmax attention, which it overtakes from 2000 tokens.");
  expect(scaling.map((one) => refusalOf(one.row))).toEqual([undefined, undefined, "heads 4", "too long"]);
});

test("lines that don't cross say so", () => {
  const law = (factor: number, exponent: number) => ({ factor, exponent, r2: 1 });
  expect(crossing(law(1, 2), law(1, 2))).toBe("never");
  expect(crossing(law(1e-6, 1), law(1, 2))).toBe("everywhere");
  expect(crossing(undefined, law(1, 2))).toBeUndefined();
  expect(crossingText("never")).toBe("never");
});

test("configurations, keys and origins are told in words", () => {
  expect(configText({})).toBe("default configuration");
  expect(pluginOf("titans depth 1, seed 1")).toBe("titans");
  expect(pluginOf("soft, seed 1")).toBe("soft");
  expect(originOf(RECALL)).toBe("2026-11-22, A CPU, 1 of 2 cores, JDK 25");
});
