/**
 * The content security policy of each page, in the page: a site of files has no headers. Scripts are the site's own
 * files, and the few that stand in the page, by their hashes. Programs of text run in a worker alone, which is no page.
 */
import { createHash } from "node:crypto";

const hashOf = (script: string): string => `'sha256-${createHash("sha256").update(script).digest("base64")}'`;

/** Of a page with these scripts in it. Styles stand in elements: highlighted code and CodeMirror write them. */
const policyOf = (scripts: readonly string[]): string =>
  [
    "default-src 'none'",
    `script-src 'self' 'wasm-unsafe-eval' ${scripts.map(hashOf).join(" ")}`.trim(),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");

export function withPolicy(page: string): string {
  const scripts = [...page.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(
    ([, script]) => script ?? "",
  );
  const meta = `<meta http-equiv="Content-Security-Policy" content="${policyOf(scripts.filter((script) => script !== ""))}">`;
  return page.replace("<head>", `<head>\n    ${meta}`);
}
