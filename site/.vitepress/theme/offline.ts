/** Asks the browser to keep the book for when there is no network. */

export function keepOffline(base: string): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  // The book can be read without: a browser that refuses, as in a private window, changes nothing else.
  const register = (): unknown => navigator.serviceWorker.register(`${base}service-worker.js`).catch(() => {});
  if (document.readyState === "complete") register();
  else addEventListener("load", register, { once: true });
}
