/**
 * The platform's WebAssembly, or `undefined` where it has none. TypeScript knows these types only together with all
 * of a browser's; here are the few that the engine uses.
 */

export interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

export interface Instance {
  readonly exports: Readonly<Record<string, unknown>>;
}

interface Platform {
  readonly Memory: new (size: { readonly initial: number }) => Memory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  validate(bytes: Uint8Array<ArrayBuffer>): boolean;
  readonly Instance: new (module: object, imports: Readonly<Record<string, object>>) => Instance;
}

export const { WebAssembly: platform } = globalThis as { readonly WebAssembly?: Platform };
