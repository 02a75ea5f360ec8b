/** What panes have in common: the scene, how it is changed, what is pointed at, and a voice. */
import type { Announcer } from "./announcer.js";
import type { TensorName } from "./costs.js";
import type { Scene } from "./scene.js";
import type { State } from "./state.js";

export interface Desk {
  /** What is on the screen, or about to be. */
  readonly scene: Scene;
  readonly announcer: Announcer;
  change(change: Partial<State>): void;
  /** Which tensor of the graph the reader points at, if any; all panes light up what belongs to it. */
  light(name: TensorName | undefined): void;
}

/** A part of the page. */
export interface Pane {
  readonly element: HTMLElement;
  show(scene: Scene): void;
  /** What takes longer and may wait for a quiet moment: called again until it returns true. */
  work?(scene: Scene): boolean;
  light?(name: TensorName | undefined): void;
  stop?(): void;
}

/** A pane's frame: a heading, a sentence that says what to try first, and what belongs below. */
export interface PaneText {
  readonly id: string;
  readonly title: string;
  readonly invitation: string;
}
