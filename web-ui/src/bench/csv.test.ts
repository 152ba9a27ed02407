import { expect, test } from "vitest";
import { csvRow, reportCsv } from "./csv";
import { report, result } from "./testing/sample";

test("commas, quotes and line breaks are quoted as RFC 4180 says", () => {
  expect(csvRow(["a,b", 'say "x"', "two\nlines", 1.5, null, undefined])).toBe('"a,b","say ""x""","two\nlines",1.5,,');
});

test("a text that a spreadsheet would run stays a text, a negative number stays a number", () => {
  expect(csvRow(["=1+1", -2])).toBe("'=1+1,-2");
});

test("a report has one line a result, with its fit and machine", () => {
  const fits = [{ id: "mamba", implementation: "layerzoo", pass: "forward", timeExponent: 0.99, memoryExponent: 1 }];
  const lines = reportCsv(report([result("mamba", 256, 1.25, { fallbacks: ["scan: no kernel", "conv: no kernel"] }), result("mamba", 512, null)], fits)).split("\r\n");
  expect(lines).toHaveLength(4);
  const header = lines[0]!.split(",");
  expect(header.slice(0, 3)).toEqual(["id", "implementation", "unit"]);
  expect(header).toContain("timeExponent");
  expect(lines[1]).toContain("mamba,layerzoo,core,forward,f32,1,256,512,8,1.25,");
  expect(lines[1]).toContain("scan: no kernel; conv: no kernel");
  expect(lines[1]).toContain('0.99,1,"A, ""quoted"" CPU",2,2');
  expect(lines[2]).toContain("too long");
  expect(lines[3]).toBe("");
});
