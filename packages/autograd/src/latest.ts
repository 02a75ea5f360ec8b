/** A cache by name: keeps what was used last, up to a total weight. Knows nothing of what it keeps. */

export class Latest<Value> {
  /** In the order of their last use, the longest ago first. */
  readonly #kept = new Map<string, { readonly value: Value; readonly weight: number }>();
  readonly #most: number;
  #weight = 0;

  /** Keeps values up to a total weight of `most`, and always the latest. */
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

  /** Keeps a value under a name, in place of an earlier one. */
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
