/**
 * The platform's WebAssembly, or `undefined` where it has none, and what is said where it refuses. TypeScript knows
 * these types only together with all of a browser's; here are the few that the engine uses.
 */

export interface Memory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

export interface Instance {
  readonly exports: Readonly<Record<string, unknown>>;
}

interface Platform {
  readonly Memory: new (size: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared?: boolean;
  }) => Memory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  validate(bytes: Uint8Array<ArrayBuffer>): boolean;
  readonly Instance: new (module: object, imports: Readonly<Record<string, object>>) => Instance;
}

interface Surroundings {
  readonly WebAssembly?: Platform;
  readonly console?: { warn(message: string): void };
}

/** WebAssembly's memory, in pages: 4 GiB at most. */
export const PAGE = 2 ** 16;
export const MOST_PAGES = 2 ** 16;

export const { WebAssembly: platform } = globalThis as Surroundings;

/** What `work` makes, or `undefined` where the platform throws; what it refused, and what helps, is then said. */
export function unlessRefused<T>(refused: string, remedy: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    return saySlow(`${refused} (${(error as Error).message}); ${remedy}`);
  }
}

let isSaid = false;

/** Says why the interpreter computes. The first reason is enough: nobody wants to read it at each program. */
export function saySlow(reason: string): undefined {
  if (!isSaid)
    (globalThis as Surroundings).console?.warn(
      `autograd computes on its interpreter, hundreds of times slower: ${reason}`,
    );
  isSaid = true;
}
