/** Sentences for those who do not see the page: the last one once all is quiet, so that a drag is one sentence. */
import { html } from "./element.js";

const QUIET = 350;

export class Announcer {
  readonly element = html("p", { class: "x-announcer", role: "status", "aria-live": "polite" });
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sentences = new Map<string, string>();

  /** Of several sentences on one subject the last is said. */
  say(subject: string, sentence: string): void {
    this.#sentences.delete(subject);
    this.#sentences.set(subject, sentence);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.element.textContent = [...this.#sentences.values()].join(" ");
      this.#sentences.clear();
    }, QUIET);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
