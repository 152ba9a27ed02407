import { expect, test } from "vitest";
import { Problem } from "./problem";

test("problem details keep their code and field errors", () => {
  const problem = Problem.of(400, { title: "Not valid", detail: "d", code: "request-invalid", status: 400, errors: [{ field: "dim", message: "at least 1", given: "0" }] });
  expect(problem).toMatchObject({ status: 400, code: "request-invalid", title: "Not valid", offline: false });
  expect(problem.errors).toEqual([{ field: "dim", message: "at least 1", given: "0" }]);
});

test("an answer that is no problem details still says what came", () => {
  expect(Problem.of(413, "<html>").title).toBe("The server answered 413");
  expect(Problem.of(500, undefined).code).toBe("http-500");
});

test("a fault of the dashboard itself is not taken for the registry's", () => {
  expect(Problem.from(new TypeError("x is undefined"))).toMatchObject({ code: "dashboard-fault", detail: "x is undefined" });
  expect(Problem.from(Problem.unreachable()).offline).toBe(true);
});
