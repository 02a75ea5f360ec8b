/** Controls of a page as elements with labels: buttons, choices, sliders. */

import type { PaneText } from "./desk.js";
import { html, put, write } from "./element.js";

/** A pane with its heading and its invitation. */
export function paneOf({ id, title, invitation }: PaneText, ...children: (Node | undefined)[]): HTMLElement {
  return html(
    "section",
    { class: `x-pane x-pane-${id}`, "aria-labelledby": `x-${id}-title` },
    html("h2", { id: `x-${id}-title`, class: "x-title" }, title),
    html("p", { class: "x-invitation" }, html("strong", {}, "Try first: "), invitation),
    ...children,
  );
}

export function button(text: string, act: () => void, label?: string): HTMLButtonElement {
  const made = html("button", { type: "button", class: "x-button", "aria-label": label, title: label }, text);
  made.addEventListener("click", act);
  return made;
}

export interface Choice<Value extends string> {
  readonly element: HTMLElement;
  show(value: Value): void;
}

/** Radio buttons that look like one row of buttons. */
export function choiceOf<Value extends string>(
  legend: string,
  titles: Readonly<Record<Value, string>>,
  act: (value: Value) => void,
): Choice<Value> {
  const name = `x-${legend.toLowerCase().replaceAll(" ", "-")}`;
  const inputs = (Object.keys(titles) as Value[]).map((value) => {
    const input = html("input", { type: "radio", name, value, id: `${name}-${value}` });
    input.addEventListener("change", () => act(value));
    return {
      input,
      label: html("label", { for: input.id, class: `x-choice-${value}` }, html("span", {}, titles[value])),
    };
  });
  return {
    element: html(
      "fieldset",
      { class: "x-choice" },
      html("legend", {}, legend),
      ...inputs.flatMap(({ input, label }) => [input, label]),
    ),
    show: (value) => {
      for (const { input } of inputs) input.checked = input.value === value;
    },
  };
}

export interface Slider {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  /** `text` is the value as the reader reads it. */
  show(value: number, text: string): void;
}

export interface SliderOptions {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly step: number | "any";
  act(value: number): void;
}

export function sliderOf({ label, from, to, step, act }: SliderOptions): Slider {
  const input = html("input", { type: "range", min: from, max: to, step, "aria-label": label });
  const output = html("span", { class: "x-output" });
  input.addEventListener("input", () => act(input.valueAsNumber));
  return {
    element: html("div", { class: "x-slider" }, html("span", { "aria-hidden": true }, label), input, output),
    input,
    show: (value, text) => {
      if (input.valueAsNumber !== value) input.valueAsNumber = value;
      put(input, { "aria-valuetext": text });
      write(output, text);
    },
  };
}

/** A whole number with a button on either side. */
export function stepperOf(label: string, from: number, to: number, act: (value: number) => void) {
  const value = html("output", { class: "x-stepper-value" });
  let shown = from;
  const [less, more] = [
    button("−", () => act(shown - 1), `Fewer: ${label}`),
    button("+", () => act(shown + 1), `More: ${label}`),
  ];
  return {
    element: html("div", { class: "x-stepper", role: "group", "aria-label": label }, less, value, more),
    show: (next: number, text: string) => {
      shown = next;
      write(value, text);
      less.disabled = next <= from;
      more.disabled = next >= to;
    },
  };
}
