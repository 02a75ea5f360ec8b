/**
 * Keeps the site for when there is no network. The book comes at once, as one edition: a new one replaces it when all
 * its pages have been closed. The rest, references and code, is kept as it is read.
 */

/** What the build puts in place of these two names. */
declare const FILES: readonly string[];
declare const EDITION: string;

const worker = globalThis as unknown as ServiceWorkerGlobalScope;

const NAME = `protograd ${EDITION}`;

/** The place of a file of the site, whose paths have none in front of them. */
const placeOf = (file: string): string => new URL(file, worker.registration.scope).href;

/** What a page asks for when it asks for a folder. */
function wanted({ url }: Request): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.endsWith("/") ? `${pathname}index.html` : pathname}`;
}

/** With the headers that shared memory asks for, which a server of files does not send: threads need it. */
function isolated(found: Response): Response {
  const headers = new Headers(found.headers);
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("cross-origin-embedder-policy", "require-corp");
  return new Response(found.body, { status: found.status, statusText: found.statusText, headers });
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(NAME);
  const place = wanted(request);
  const kept = await cache.match(place);
  if (kept !== undefined) return kept;
  try {
    const found = await fetch(request);
    if (found.status === 200) await cache.put(place, found.clone());
    return found;
  } catch (error) {
    const missing = request.mode === "navigate" ? await cache.match(placeOf("404.html")) : undefined;
    if (missing === undefined) throw error;
    return missing;
  }
}

async function keep(): Promise<void> {
  const cache = await caches.open(NAME);
  await cache.addAll(FILES.map((file) => new Request(placeOf(file), { cache: "no-cache" })));
}

async function forgetOthers(): Promise<void> {
  const names = await caches.keys();
  const others = names.filter((name) => name.startsWith("protograd ") && name !== NAME);
  await Promise.all(others.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

worker.addEventListener("install", (event) => event.waitUntil(keep()));
worker.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
worker.addEventListener("fetch", (event) => {
  const isOurs = event.request.url.startsWith(worker.registration.scope);
  if (event.request.method === "GET" && isOurs) event.respondWith(answer(event.request).then(isolated));
});
