/**
 * Pointers over the plane, of mice, pens and fingers: who is taken hold of, and where it goes. Knows what lies under a
 * pointer, not what moving it means.
 */

import { placeOf, type Subject } from "./moving.js";
import { nearestTo, type Place } from "./place.js";
import type { Scene } from "./scene.js";
import type { View } from "./view.js";

export const TOOLS = { move: "Move", add: "Add", brush: "Brush" } as const;
export type Tool = keyof typeof TOOLS;

export interface Pointing {
  readonly scene: Scene;
  readonly view: View;
  readonly tool: Tool;
  choose(at: number): void;
  /** A drag from where the subject was; `isDone` once it is let go. */
  drag(subject: Subject, from: Place, to: Place, isDone: boolean): void;
  add(place: Place): void;
  spray(place: Place): void;
}

/** How far from a point, in pixels, it is still meant. */
const REACH = 22;

export function listenTo(stage: HTMLElement, pointing: Pointing): void {
  let dragged: { readonly subject: Subject; readonly from: Place; readonly grip: Place } | undefined;
  let isSpraying = false;

  const placeUnder = (event: PointerEvent | MouseEvent): Place => {
    const { left, top } = stage.getBoundingClientRect();
    return pointing.view.inPlane({ x: event.clientX - left, y: event.clientY - top });
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    const under = placeUnder(event);
    if (pointing.tool === "brush") {
      isSpraying = true;
      stage.setPointerCapture(event.pointerId);
      pointing.spray(under);
      return;
    }
    const subject = subjectUnder(event, under, pointing);
    if (subject === undefined) return;
    const from = placeOf(pointing.scene, subject) as Place;
    // Where it was taken hold of, it stays in the hand.
    dragged = { subject, from, grip: { x: from.x - under.x, y: from.y - under.y } };
    stage.setPointerCapture(event.pointerId);
    focusOn(stage, subject);
    event.preventDefault();
  });

  stage.addEventListener("pointermove", (event) => {
    if (isSpraying) pointing.spray(placeUnder(event));
    if (dragged !== undefined) pointing.drag(dragged.subject, dragged.from, gripped(placeUnder(event), dragged), false);
  });

  stage.addEventListener("pointerup", (event) => {
    if (dragged !== undefined) pointing.drag(dragged.subject, dragged.from, gripped(placeUnder(event), dragged), true);
    dragged = undefined;
    isSpraying = false;
  });

  stage.addEventListener("pointercancel", () => {
    dragged = undefined;
    isSpraying = false;
  });

  // A finger on a handle drags it; anywhere else it scrolls the page.
  stage.addEventListener(
    "touchstart",
    (event) => {
      if (isHandle(event.target)) event.preventDefault();
    },
    { passive: false },
  );

  stage.addEventListener("click", (event) => {
    if (pointing.tool === "add" && !isHandle(event.target)) pointing.add(placeUnder(event));
  });
}

const gripped = ({ x, y }: Place, { grip }: { readonly grip: Place }): Place => ({ x: x + grip.x, y: y + grip.y });

const isHandle = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest(".x-handle") !== null;

/** A handle, else a point, which is then the chosen one; with the tool that adds, handles only. */
function subjectUnder(event: PointerEvent, under: Place, pointing: Pointing): Subject | undefined {
  const { target } = event;
  const held = target instanceof Element ? target.closest<SVGGElement>(".x-handle") : null;
  if (held?.dataset.prototype !== undefined) return Number(held.dataset.prototype);
  if (pointing.tool !== "move") return held === null ? undefined : "point";
  const { scene, view } = pointing;
  const at = nearestTo(under, scene.points, REACH / view.scale);
  if (at < 0) return held === null ? undefined : "point";
  if (at !== scene.chosen?.at) pointing.choose(at);
  return "point";
}

const focusOn = (stage: HTMLElement, subject: Subject): void =>
  stage
    .querySelector<SVGGElement>(subject === "point" ? "[data-point]" : `[data-prototype="${subject}"]`)
    ?.focus({ preventScroll: true });

/** What a key moves a handle by, in pixels; nothing for other keys. */
export function strideOf({ key, shiftKey, altKey }: KeyboardEvent): Place | undefined {
  const direction = DIRECTIONS[key];
  if (direction === undefined) return undefined;
  const stride = shiftKey ? 40 : altKey ? 1 : 8;
  return { x: direction.x * stride, y: direction.y * stride };
}

const DIRECTIONS: Readonly<Record<string, Place>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: 1 },
  ArrowDown: { x: 0, y: -1 },
};
