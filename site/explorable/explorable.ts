/** The explorable: panes round one state, one frame for each change, and what is slow in quiet moments. */
import { addressOf, stateFrom } from "./address.js";
import { Announcer } from "./announcer.js";
import { CheckPane } from "./check-pane.js";
import { surveyOf, type TensorName } from "./costs.js";
import type { Desk, Pane } from "./desk.js";
import { GraphPane } from "./graph-pane.js";
import { LoopPane } from "./loop-pane.js";
import { PlanePane } from "./plane-pane.js";
import { RacePane } from "./race-pane.js";
import { Races } from "./races.js";
import { pointsOf, type Scene, sceneOf, startIn } from "./scene.js";
import type { State } from "./state.js";

/** For how long nothing must change before slow work begins, and how long it may take between two frames. */
const QUIET = 140;
const SLICE = 9;

export class Explorable implements Desk {
  readonly announcer = new Announcer();
  #state = stateFrom(location.hash);
  readonly #panes: readonly Pane[];
  #scene: Scene | undefined;
  #races: Races | undefined;
  #frame = 0;
  #quiet: ReturnType<typeof setTimeout> | undefined;
  readonly #element: HTMLElement;
  readonly #onAddress = (): void => {
    if (location.hash.slice(1) !== addressOf(this.#state)) this.change(stateFrom(location.hash));
  };

  constructor(element: HTMLElement) {
    this.#element = element;
    const plane = new PlanePane(this);
    const race = new RacePane(this);
    const graph = new GraphPane(this);
    const check = new CheckPane(this);
    const loop = new LoopPane(this);
    this.#panes = [plane, race, graph, check, loop];
    // Within the plane's pane, so that the plane stays in sight while the race below it is run.
    plane.element.append(race.element);
    plane.stage.append(loop.peek);
    element.replaceChildren(plane.element, graph.element, check.element, loop.element, this.announcer.element);
    addEventListener("hashchange", this.#onAddress);
    this.#show();
    this.#rest();
  }

  get scene(): Scene {
    this.#scene ??= sceneOf(this.#state, this.#races);
    return this.#scene;
  }

  change(change: Partial<State>): void {
    const before = this.#state;
    this.#state = { ...before, ...change };
    if (differ(before, this.#state)) this.#races = undefined;
    this.#scene = undefined;
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#show());
    this.#rest();
  }

  light(name: TensorName | undefined): void {
    for (const pane of this.#panes) pane.light?.(name);
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#quiet);
    removeEventListener("hashchange", this.#onAddress);
    this.announcer.stop();
    for (const pane of this.#panes) pane.stop?.();
  }

  #show(): void {
    this.#frame = 0;
    for (const pane of this.#panes) pane.show(this.scene);
  }

  /** Begins the slow work once nothing has changed for a while. */
  #rest(): void {
    clearTimeout(this.#quiet);
    delete this.#element.dataset.settled;
    this.#quiet = setTimeout(() => this.#work(), QUIET);
  }

  #work(): void {
    const address = addressOf(this.#state);
    if (location.hash.slice(1) !== address)
      history.replaceState(history.state, "", address === "" ? withoutHash() : `#${address}`);
    const end = performance.now() + SLICE;
    const isDone = this.#race(end) && this.#panes.every((pane) => this.#workOn(pane, end));
    if (isDone) this.#element.dataset.settled = "";
    else this.#quiet = setTimeout(() => this.#work(), 0);
  }

  #workOn(pane: Pane, end: number): boolean {
    while (performance.now() < end) if (pane.work?.(this.scene) ?? true) return true;
    return false;
  }

  /** True once all four have ended. */
  #race(end: number): boolean {
    if (this.#races?.haveEnded) return true;
    if (this.#races === undefined) {
      const state = this.#state;
      const points = pointsOf(state);
      const start = startIn(state);
      if (points.length === 0) return true;
      const { cost, safeRate } = surveyOf(points, start, state.rate);
      this.#races = new Races(points, start, cost, state.rate * safeRate);
    }
    while (!this.#races.haveEnded && performance.now() < end) this.#races.advance();
    this.#scene = undefined;
    this.#show();
    return this.#races.haveEnded;
  }
}

/** The address of the page as nobody has changed anything. */
const withoutHash = (): string => location.pathname + location.search;

/** Whether races from one state are not those from the other. */
const differ = (a: State, b: State): boolean =>
  (["preset", "moved", "added", "start", "k", "rate"] as const).some((key) => a[key] !== b[key]);
