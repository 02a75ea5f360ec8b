/** What was used last, by its name in text, as much of it as may be kept. Knows nothing of what is kept. */

export class Latest<Value> {
  /** The one whose use lies farthest back comes first. */
  readonly #kept = new Map<string, { readonly value: Value; readonly weight: number }>();
  readonly #most: number;
  #weight = 0;

  /** Keeps as much as weighs no more than `most` in all; at least the latest. */
  constructor(most: number) {
    this.#most = most;
  }

  get(name: string): Value | undefined {
    const found = this.#kept.get(name);
    if (found === undefined) return undefined;
    this.#kept.delete(name);
    this.#kept.set(name, found);
    return found.value;
  }

  /** Keeps a value by a name, in the place of what was kept by it. */
  set(name: string, value: Value, weight: number): void {
    this.#weight += weight - (this.#kept.get(name)?.weight ?? 0);
    this.#kept.delete(name);
    this.#kept.set(name, { value, weight });
    for (const [oldest, other] of this.#kept) {
      if (this.#weight <= this.#most || oldest === name) return;
      this.#kept.delete(oldest);
      this.#weight -= other.weight;
    }
  }
}
