// What those who serve, publish and administer ask the registry for.
import { client, PAGE, value } from "./client";
import { lost } from "./connection";
import { Problem } from "./problem";
import type { Alias, AuditCheck, AuditEntry, Delivery, Deployment, DeploymentRequest, Maintainer, NewToken, NewWebhook, Publication, PublisherKey, Scope, Token, Webhook, Weights } from "./types";

export interface Page<T> {
  items: T[];
  total: number;
  page: number;
  size: number;
}

export function deployments(signal: AbortSignal): Promise<Page<Deployment>> {
  return value(client.GET("/api/v1/deployments", { params: { query: { size: PAGE } }, signal }));
}

export function deployment(name: string, signal: AbortSignal): Promise<Deployment> {
  return value(client.GET("/api/v1/deployments/{name}", { params: { path: { name } }, signal }));
}

export function deploy(name: string, request: Partial<DeploymentRequest> & { plugin: string }): Promise<Deployment> {
  return value(client.PUT("/api/v1/deployments/{name}", { params: { path: { name } }, body: request as DeploymentRequest }));
}

export function undeploy(name: string): Promise<void> {
  return value(client.DELETE("/api/v1/deployments/{name}", { params: { path: { name } } }));
}

export function weightsOf(plugin: string, signal: AbortSignal): Promise<Page<Weights>> {
  return value(client.GET("/api/v1/weights", { params: { query: { plugin, size: 100 } }, signal }));
}

/** The service's own figures, in the text form that Prometheus reads. */
export async function metrics(signal: AbortSignal): Promise<string> {
  const answer = await fetch("/actuator/prometheus", { signal, headers: { Accept: "text/plain" } });
  if (!answer.ok) throw Problem.of(answer.status, await answer.json().catch(() => undefined));
  return answer.text();
}

export function publications(query: { plugin?: string; page?: number; size?: number }, signal: AbortSignal): Promise<Page<Publication>> {
  return value(client.GET("/api/v1/publications", { params: { query }, signal }));
}

export function publication(id: string, signal: AbortSignal): Promise<Publication> {
  return value(client.GET("/api/v1/publications/{id}", { params: { path: { id } }, signal }));
}

/** Sends a jar with its signature; `progress` hears which part of it has left this machine. */
export function publish(jar: File, signature: Blob, progress: (part: number) => void): Promise<Publication> {
  const form = new FormData();
  form.append("artifact", jar, jar.name);
  form.append("signature", signature, "signature");
  return new Promise((resolve, reject) => {
    // fetch cannot tell how far an upload is.
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (event) => event.lengthComputable && progress(event.loaded / event.total));
    request.addEventListener("error", () => {
      lost();
      reject(Problem.unreachable());
    });
    request.addEventListener("load", () => {
      const body = parsed(request.responseText);
      if (request.status === 202) resolve(body as Publication);
      else reject(Problem.of(request.status, body));
    });
    request.open("POST", "/api/v1/plugins");
    request.send(form);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function yank(id: string, version: string, reason: string): Promise<unknown> {
  return value(client.POST("/api/v1/plugins/{id}/versions/{version}/yank", { params: { path: { id, version } }, body: { reason } }));
}

export function unyank(id: string, version: string): Promise<unknown> {
  return value(client.POST("/api/v1/plugins/{id}/versions/{version}/unyank", { params: { path: { id, version } }, body: { reason: "" } }));
}

export function deprecate(id: string, version: string, reason: string): Promise<unknown> {
  return value(client.PUT("/api/v1/plugins/{id}/versions/{version}/deprecation", { params: { path: { id, version } }, body: { reason } }));
}

export function tag(id: string, version: string, tags: string[]): Promise<unknown> {
  return value(client.PUT("/api/v1/plugins/{id}/versions/{version}/tags", { params: { path: { id, version } }, body: { tags } }));
}

export function aliases(id: string, signal: AbortSignal): Promise<Alias[]> {
  return value(client.GET("/api/v1/plugins/{id}/aliases", { params: { path: { id } }, signal }));
}

export function setAlias(id: string, alias: string, version: string): Promise<Alias> {
  return value(client.PUT("/api/v1/plugins/{id}/aliases/{alias}", { params: { path: { id, alias } }, body: { version } }));
}

export function removeAlias(id: string, alias: string): Promise<void> {
  return value(client.DELETE("/api/v1/plugins/{id}/aliases/{alias}", { params: { path: { id, alias } } }));
}

export function maintainers(id: string, signal: AbortSignal): Promise<Maintainer[]> {
  return value(client.GET("/api/v1/plugins/{id}/maintainers", { params: { path: { id } }, signal }));
}

export function addMaintainer(id: string, owner: string): Promise<void> {
  return value(client.PUT("/api/v1/plugins/{id}/maintainers/{owner}", { params: { path: { id, owner } } }));
}

export function removeMaintainer(id: string, owner: string): Promise<void> {
  return value(client.DELETE("/api/v1/plugins/{id}/maintainers/{owner}", { params: { path: { id, owner } } }));
}

export function keys(signal: AbortSignal): Promise<Page<PublisherKey>> {
  return value(client.GET("/api/v1/keys", { params: { query: { size: PAGE } }, signal }));
}

export function addKey(name: string, publicKey: string): Promise<PublisherKey> {
  return value(client.POST("/api/v1/keys", { body: { name, publicKey } }));
}

export function revokeKey(id: string, reason: string): Promise<void> {
  return value(client.DELETE("/api/v1/keys/{id}", { params: { path: { id }, query: { reason } } }));
}

export function tokens(signal: AbortSignal): Promise<Page<Token>> {
  return value(client.GET("/api/v1/tokens", { params: { query: { size: PAGE } }, signal }));
}

export function makeToken(request: { name: string; owner?: string; scopes: Scope[]; days?: number }): Promise<NewToken> {
  return value(client.POST("/api/v1/tokens", { body: request }));
}

export function withdrawToken(id: string): Promise<void> {
  return value(client.DELETE("/api/v1/tokens/{id}", { params: { path: { id } } }));
}

export function webhooks(signal: AbortSignal): Promise<Page<Webhook>> {
  return value(client.GET("/api/v1/webhooks", { params: { query: { size: PAGE } }, signal }));
}

export function webhook(id: string, signal: AbortSignal): Promise<Webhook> {
  return value(client.GET("/api/v1/webhooks/{id}", { params: { path: { id } }, signal }));
}

export function makeWebhook(url: string, events: string[]): Promise<NewWebhook> {
  return value(client.POST("/api/v1/webhooks", { body: { url, events, name: "" } }));
}

export function removeWebhook(id: string): Promise<void> {
  return value(client.DELETE("/api/v1/webhooks/{id}", { params: { path: { id } } }));
}

export function ping(id: string): Promise<Delivery> {
  return value(client.POST("/api/v1/webhooks/{id}/ping", { params: { path: { id } } }));
}

export function deliveries(id: string, page: number, signal: AbortSignal): Promise<Page<Delivery>> {
  return value(client.GET("/api/v1/webhooks/{id}/deliveries", { params: { path: { id }, query: { page, size: 25 } }, signal }));
}

export function redeliver(id: string, delivery: string): Promise<Delivery> {
  return value(client.POST("/api/v1/webhooks/{id}/deliveries/{delivery}/redeliver", { params: { path: { id, delivery } } }));
}

export function audit(query: { actor?: string; action?: string; subject?: string; page?: number; size?: number }, signal: AbortSignal): Promise<Page<AuditEntry>> {
  return value(client.GET("/api/v1/audit", { params: { query }, signal }));
}

export function checkAudit(): Promise<AuditCheck> {
  return value(client.GET("/api/v1/audit/check"));
}
