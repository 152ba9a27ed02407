import type { Job } from "../../api/types";

/** What a job is about: the plugins that its specification names. */
export function subjectOf(job: Pick<Job, "spec">): string {
  const { plugins, plugin, id } = job.spec as Record<string, unknown>;
  const all = Array.isArray(plugins) ? plugins : plugin !== undefined ? [plugin] : id !== undefined ? [id] : [];
  const names = all.map((one: unknown) => (typeof one === "object" && one !== null && "id" in one ? String(one.id) : String(one)));
  return names.length > 4 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ") || "no plugin named";
}
