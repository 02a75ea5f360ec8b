/** The quantiser's page: a picture, how many colours, and what k-means makes of them. */
import { button, sliderOf } from "../explorable/controls.js";
import { fillWith, html, put, write } from "../explorable/element.js";
import { short } from "../explorable/numbers.js";
import { save } from "../explorable/save.js";
import type { Answer, Order } from "./messages.js";
import { pictureFrom, samplePicture } from "./picture.js";
import { MOST_COLOURS, MOST_ITERATIONS, type Quantised, type Swatch } from "./quantise.js";

/** How long the slider rests before a fit begins. */
const QUIET = 200;

export class Quantiser {
  readonly #before = html("canvas", { role: "img", "aria-label": "The picture before" });
  readonly #after = html("canvas", { class: "q-after", role: "img", "aria-label": "The picture in few colours" });
  readonly #frame = html("div", { class: "q-frame" }, this.#before, this.#after, html("div", { class: "q-edge" }));
  readonly #palette = html("ul", {
    class: "q-palette",
    "aria-label": "The palette; a colour that is pressed is copied",
  });
  readonly #strip = html("div", { class: "q-strip", "aria-hidden": true });
  readonly #progress = html("progress", { max: MOST_ITERATIONS, value: 0, "aria-label": "Iterations" });
  readonly #status = html("p", { class: "q-status", role: "status" });
  readonly #file = html("input", { type: "file", accept: "image/*", id: "q-file" });
  readonly #save = button("Download PNG", () => this.#download());
  readonly #copy = button("Copy the palette", () => void this.#copyAll());
  readonly #k = sliderOf({ label: "colours k", from: 2, to: MOST_COLOURS, step: 1, act: (k) => this.#take(k) });
  readonly #split = sliderOf({ label: "before | after", from: 0, to: 100, step: 1, act: (split) => this.#cut(split) });
  #picture: ImageData | undefined;
  #count = 12;
  #worker: Worker | undefined;
  #quantised: Quantised | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(element: HTMLElement) {
    element.replaceChildren(
      html(
        "div",
        { class: "q-controls" },
        html("label", { class: "x-button q-choose", for: "q-file" }, this.#file, "Choose a picture"),
        button("The sample", () => this.#open(samplePicture())),
        html("span", { class: "q-hint" }, "or drop one anywhere here. It stays on your computer."),
      ),
      this.#k.element,
      this.#frame,
      this.#split.element,
      html("div", { class: "q-line" }, this.#status, this.#progress),
      this.#strip,
      this.#palette,
      html("div", { class: "x-bar" }, this.#copy, this.#save),
    );
    this.#file.addEventListener("change", () => void this.#read(this.#file.files?.[0]));
    element.addEventListener("dragover", (event) => {
      event.preventDefault();
      element.classList.add("is-over");
    });
    element.addEventListener("dragleave", () => element.classList.remove("is-over"));
    element.addEventListener("drop", (event) => {
      event.preventDefault();
      element.classList.remove("is-over");
      void this.#read(event.dataTransfer?.files[0]);
    });
    this.#cut(50);
    this.#k.show(this.#count, String(this.#count));
    this.#open(samplePicture());
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#worker?.terminate();
  }

  async #read(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    try {
      this.#open(await pictureFrom(file));
    } catch {
      write(this.#status, `${file.name} is no picture that this browser can read; try a PNG, a JPEG or a WebP.`);
    }
  }

  #open(picture: ImageData): void {
    this.#picture = picture;
    for (const canvas of [this.#before, this.#after]) paint(canvas, picture);
    this.#frame.style.setProperty("aspect-ratio", `${picture.width} / ${picture.height}`);
    this.#begin();
  }

  #take(k: number): void {
    this.#count = k;
    this.#k.show(k, String(k));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#begin(), QUIET);
  }

  #cut(split: number): void {
    this.#split.show(split, `${split} %`);
    this.#frame.style.setProperty("--split", `${split}%`);
  }

  /** A fit that still runs is stopped, and another begins. */
  #begin(): void {
    const picture = this.#picture;
    if (picture === undefined) return;
    this.#worker?.terminate();
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    this.#worker = worker;
    this.#quantised = undefined;
    this.#show(0);
    write(this.#status, `Looking for ${this.#count} colours among ${picture.width * picture.height} pixels …`);
    worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
      if ("progress" in data) this.#show(data.progress.iteration);
      else if ("failure" in data) write(this.#status, data.failure);
      else this.#finish(picture, data.quantised, data.milliseconds);
    });
    const order: Order = { pixels: picture.data as Order["pixels"], k: this.#count };
    worker.postMessage(order);
  }

  #show(iteration: number): void {
    this.#progress.value = iteration;
    put(this.#progress, { "data-done": false });
    this.#save.disabled = true;
    this.#copy.disabled = true;
  }

  #finish({ width, height }: ImageData, quantised: Quantised, milliseconds: number): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#quantised = quantised;
    paint(this.#after, new ImageData(quantised.pixels, width, height));
    this.#showPalette(quantised.palette);
    this.#progress.value = MOST_ITERATIONS;
    put(this.#progress, { "data-done": true });
    this.#save.disabled = false;
    this.#copy.disabled = false;
    write(
      this.#status,
      `${quantised.palette.length} colours for ${width} × ${height} pixels, after ${quantised.iterations} iterations in ${milliseconds.toFixed(0)} milliseconds. A channel of a pixel is off by ${short(Math.sqrt(quantised.error / 3), 1)} of 255.`,
    );
  }

  #showPalette(palette: readonly Swatch[]): void {
    const colour = (element: HTMLElement, hex: string): void => element.style.setProperty("background-color", hex);
    fillWith(
      this.#strip,
      palette,
      () => html("span"),
      (span, { hex, share }) => {
        colour(span, hex);
        span.style.setProperty("flex-grow", String(share));
      },
    );
    fillWith(
      this.#palette,
      palette,
      () => html("li", {}, this.#swatchButton()),
      (item, { hex, share }) => {
        const swatch = item.firstElementChild as HTMLButtonElement;
        colour(swatch.firstElementChild as HTMLElement, hex);
        write(swatch.children[1] as Element, hex);
        write(swatch.children[2] as Element, `${short(100 * share, 1)} %`);
        put(swatch, { "data-hex": hex });
      },
    );
  }

  #swatchButton(): HTMLButtonElement {
    const swatch = html(
      "button",
      { type: "button", class: "q-swatch", title: "Copy" },
      html("i", {}),
      html("code", {}),
      html("span", {}),
    );
    swatch.addEventListener("click", () => void this.#copyText(swatch.dataset.hex ?? ""));
    return swatch;
  }

  #copyAll(): Promise<void> {
    return this.#copyText((this.#quantised?.palette ?? []).map(({ hex }) => hex).join("\n"));
  }

  async #copyText(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      write(this.#status, `Copied ${text.replaceAll("\n", ", ")}.`);
    } catch {
      write(this.#status, "This browser does not let a page write to the clipboard here; select the text instead.");
    }
  }

  #download(): void {
    this.#after.toBlob((blob) => {
      if (blob !== null) save(blob, `${this.#count}-colours.png`);
    }, "image/png");
  }
}

function paint(canvas: HTMLCanvasElement, picture: ImageData): void {
  [canvas.width, canvas.height] = [picture.width, picture.height];
  canvas.getContext("2d")?.putImageData(picture, 0, 0);
}
