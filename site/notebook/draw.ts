/** What the notebook's cells draw with. They say what is to be seen; the page that they run in draws it. */

type Point = readonly number[];

export interface Picture {
  readonly points: readonly Point[];
  /** For each point the cluster that it belongs to. */
  readonly labels?: ArrayLike<number>;
  readonly prototypes?: readonly Point[];
}

/** Draws points, and prototypes as rings. Outside the notebook nobody looks, and nothing is drawn. */
export function draw(picture: Picture): void {
  (globalThis as { onpicture?: (picture: Picture) => void }).onpicture?.(picture);
}
