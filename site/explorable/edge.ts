/** An edge of the graph: a tensor between two operations, as two matrices beside two lines. Knows no scene. */
import type { Matrix, TensorName } from "./costs.js";
import { fillWith, html, put, write } from "./element.js";
import { brief, short } from "./numbers.js";

/** With more prototypes than these, numbers stand closer together. */
export const MANY = 4;

/** A tensor between two operations: its value on the way down, the gradient by it on the way up. */
export class Edge {
  readonly #value = matrix("x-value");
  readonly #gradient = matrix("x-gradient");
  readonly #name: TensorName;
  readonly element: HTMLElement;

  constructor(name: TensorName) {
    this.#name = name;
    this.element = html(
      "div",
      { class: "x-edge", "data-edge": name },
      html(
        "div",
        { class: "x-lane", "aria-hidden": true },
        html("i", { class: "x-down" }),
        html("i", { class: "x-up" }),
      ),
      html("div", { class: "x-matrices" }, this.#value, this.#gradient),
    );
    write(this.#value.caption as Element, `${name}, value`);
    write(this.#gradient.caption as Element, `∂e/∂${name}`);
  }

  show(value: Matrix, gradient: Matrix, hasCome: boolean, label: number, k: number): void {
    this.element.classList.toggle("has-come", hasCome);
    const isByRow = this.#name === "W";
    const isByColumn = !isByRow && value[0]?.length === k && !["x", "nearest", "cost"].includes(this.#name);
    const isNearest = (row: number, column: number): boolean =>
      (isByRow && row === label) || (isByColumn && column === label);
    const text = k > MANY ? brief : short;
    showMatrix(this.#value, value, text, isNearest);
    showMatrix(this.#gradient, gradient, hasCome ? text : () => "·", isNearest);
  }
}

const matrix = (kind: string): HTMLTableElement =>
  html("table", { class: `x-matrix ${kind}` }, html("caption"), html("tbody"));

function showMatrix(
  table: HTMLTableElement,
  rows: Matrix,
  text: (value: number) => string,
  isNearest: (row: number, column: number) => boolean,
): void {
  fillWith(
    table.tBodies[0] as HTMLTableSectionElement,
    rows,
    () => html("tr"),
    (line, row, i) =>
      fillWith(
        line,
        row,
        () => html("td"),
        (cell, value, j) => {
          write(cell, text(value));
          put(cell, { class: isNearest(i, j) ? "is-nearest" : undefined });
        },
      ),
  );
}
