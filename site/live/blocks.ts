/**
 * The blocks of a page that run: what each says now, what it prints, and what is wrong with it, in the page. Knows
 * nothing of how programs run, are edited, or are read by TypeScript.
 */
import type { Picture } from "../notebook/draw.js";
import type { Editor } from "./editor.js";
import type { Fault, Report } from "./messages.js";
import { paced } from "./pace.js";
import { type End, outOfTime, type Run, start } from "./run.js";
import { typeFaultsOf } from "./types.js";

const NOTES: Readonly<Record<Exclude<End, "ended">, string>> = {
  thrown: "ended with an error",
  stopped: "stopped",
  "out of time": outOfTime,
};

/** One block in the page. */
class Block {
  /** What the book says. */
  readonly printed: string;
  /** What stands in the block now. */
  text: string;
  readonly isWhole: boolean;
  output = "";
  warnings = "";
  editor: Editor | undefined;
  /** What TypeScript says, and then what was thrown. */
  faults: { types: readonly Fault[]; thrown: readonly Fault[] } = { types: [], thrown: [] };

  readonly #code: HTMLElement;
  readonly #shown: HTMLElement | null;
  readonly #shownPrint: string;
  readonly #printedCode: string;
  #pane: HTMLElement | undefined;
  #picture: HTMLElement | undefined;

  readonly element: HTMLElement;

  constructor(element: HTMLElement) {
    this.element = element;
    const [code, shown] = element.querySelectorAll<HTMLElement>(":scope > div[class*='language-']");
    this.#code = code as HTMLElement;
    this.#shown = shown ?? null;
    this.#printedCode = code?.querySelector("code")?.innerHTML ?? "";
    this.printed = code?.querySelector("code")?.textContent?.trimEnd() ?? "";
    this.#shownPrint = shown?.querySelector("code")?.textContent?.trimEnd() ?? "";
    this.text = this.printed;
    this.isWhole = element.dataset.program === "whole";
    (element.querySelector(".live-status") as HTMLElement).role = "status";
  }

  get isChanged(): boolean {
    return this.text !== this.printed;
  }

  button(action: string): HTMLButtonElement {
    return this.element.querySelector(`[data-action="${action}"]`) as HTMLButtonElement;
  }

  say(status: string): void {
    (this.element.querySelector(".live-status") as HTMLElement).textContent = status;
  }

  showRunning(running: boolean): void {
    this.element.toggleAttribute("data-running", running);
    this.button("run").hidden = running;
    this.button("stop").hidden = !running;
  }

  showChanged(): void {
    this.element.toggleAttribute("data-changed", this.isChanged);
    this.button("reset").hidden = !this.isChanged && this.#pane === undefined && this.editor === undefined;
  }

  /** What has been printed up to now, while the program runs, in no less room than the book's. */
  showProgress(): void {
    const height = this.#shown?.offsetHeight ?? 0;
    this.#shown?.toggleAttribute("hidden", true);
    this.#pane ??= this.#openPane();
    if (height > 0) this.#pane.style.minHeight = `${height}px`;
    this.#pane.querySelector("output")!.textContent = this.output;
  }

  showPicture(draw: (room: number) => Element): void {
    if (this.#picture === undefined) {
      this.#picture = document.createElement("figure");
      this.#picture.className = "live-picture";
      this.element.append(this.#picture);
    }
    const { paddingLeft, paddingRight } = getComputedStyle(this.#picture);
    this.#picture.replaceChildren(
      draw(this.#picture.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight)),
    );
  }

  /** Puts other words into the block, as if a reader had written them. */
  write(text: string, coloured: string): void {
    if (text === this.text) return;
    this.text = text;
    if (this.editor === undefined) this.#code.querySelector("code")!.innerHTML = coloured;
    else this.editor.write(text);
    this.showChanged();
  }

  /** Shows what the block printed where the book shows it, in the book's own words if it is the same: whether it is. */
  showOutput(): boolean {
    const output = this.output.trimEnd();
    const isTheBooks = output === this.#shownPrint && this.warnings === "";
    this.#shown?.toggleAttribute("hidden", !isTheBooks);
    if (isTheBooks) {
      this.#pane?.remove();
      this.#pane = undefined;
    } else {
      this.#pane ??= this.#openPane();
      const pane = this.#pane;
      pane.style.minHeight = "";
      pane.querySelector("output")!.textContent = output === "" && this.warnings === "" ? "(prints nothing)" : output;
      pane.querySelector("p")!.textContent = this.warnings;
    }
    this.showChanged();
    return isTheBooks;
  }

  #openPane(): HTMLElement {
    const pane = document.createElement("div");
    pane.className = "live-output";
    pane.innerHTML = `<pre tabindex="0"><output></output></pre><p></p>`;
    if (this.#picture === undefined) this.element.append(pane);
    else this.#picture.before(pane);
    return pane;
  }

  forgetOutput(): void {
    this.output = "";
    this.warnings = "";
  }

  /** The book's own words again. */
  restore(): void {
    this.text = this.printed;
    this.editor?.close();
    this.editor = undefined;
    this.#code.hidden = false;
    this.#code.querySelector("code")!.innerHTML = this.#printedCode;
    this.faults = { types: [], thrown: [] };
    this.#pane?.remove();
    this.#pane = undefined;
    this.#shown?.toggleAttribute("hidden", false);
    this.button("edit").hidden = false;
    this.say("");
    this.showFaults();
    this.showChanged();
  }

  showFaults(): void {
    const faults = [...this.faults.types, ...this.faults.thrown];
    const list = this.element.querySelector(".live-faults") as HTMLElement;
    list.replaceChildren(
      ...faults.map(({ line, message }) => {
        const item = document.createElement("p");
        item.textContent = `line ${line + 1}: ${message}`;
        return item;
      }),
    );
    for (const [at, line] of this.#code.querySelectorAll(".line").entries())
      line.classList.toggle(
        "live-fault",
        faults.some((fault) => fault.line === at),
      );
    this.editor?.mark(faults);
  }

  async edit(change: () => void, run: () => void): Promise<void> {
    if (this.editor !== undefined) return this.editor.focus();
    const { openEditor } = await import("./editor.js");
    if (this.editor !== undefined || !this.element.isConnected) return;
    const height = this.#code.offsetHeight;
    this.editor = openEditor(this.#code, this.text, {
      run,
      change: (text) => {
        this.text = text;
        this.faults = { types: [], thrown: [] };
        this.showFaults();
        this.showChanged();
        change();
      },
    });
    this.editor.element.style.minHeight = `${height}px`;
    this.#code.hidden = true;
    this.button("edit").hidden = true;
    this.showChanged();
    this.editor.focus();
  }
}

/** How long after the last key TypeScript is asked, in milliseconds. */
const PAUSE = 400;

export interface Blocks {
  /** Writes every part of the page's program anew, and runs the program. */
  rewrite(write: (text: string) => string): Promise<void>;
  /** Runs the page's program to its end. */
  runAll(): void;
  unmount(): void;
}

/** Makes the blocks of a page run; `draw` makes elements of the pictures that they draw. */
export function mountBlocks(page: HTMLElement, draw?: (picture: Picture, room: number) => Element): Blocks {
  const blocks = [...page.querySelectorAll<HTMLElement>(".live")].map((element) => new Block(element));
  const parts = blocks.filter((block) => !block.isWhole);
  let running: Run | undefined;
  let pause: ReturnType<typeof setTimeout> | undefined;

  /** The blocks of the program that ends with this one. */
  const programTo = (block: Block): readonly Block[] =>
    block.isWhole ? [block] : parts.slice(0, parts.indexOf(block) + 1);

  function run(block: Block): void {
    running?.stop();
    const program = programTo(block);
    for (const part of program) {
      part.forgetOutput();
      part.faults = { ...part.faults, thrown: [] };
      part.showFaults();
    }
    block.showRunning(true);
    block.say("running");
    const hear = (report: Report): void => {
      if (report.kind === "printed") program[report.block]!.output += `${report.text}\n`;
      if (report.kind === "warned") program[report.block]!.warnings += `${report.text}\n`;
      if (report.kind === "drawn" && draw !== undefined)
        program[report.block]!.showPicture((room) => draw(report.picture, room));
      if (report.kind === "printed" && draw !== undefined) program[report.block]!.showProgress();
      if (report.kind === "thrown") {
        const part = program[report.fault.block]!;
        part.faults = { ...part.faults, thrown: [report.fault] };
        part.showFaults();
      }
    };
    const finish = (end: End): void => {
      if (running !== run_) return;
      running = undefined;
      const areTheBooks = program.map((part) => part.showOutput()).every((isTheBooks) => isTheBooks);
      block.showRunning(false);
      block.say(end !== "ended" ? NOTES[end] : areTheBooks ? "as in the book" : "");
    };
    const told = draw === undefined ? { hear, finish } : paced(hear, finish);
    const run_ = start(
      program.map(({ text }) => text),
      told.hear,
      told.finish,
    );
    running = run_;
    if (program.some(({ isChanged }) => isChanged)) readTypes(block);
  }

  async function readTypes(block: Block): Promise<void> {
    const program = block.isWhole ? [block] : parts;
    const texts = program.map(({ text }) => text);
    const faults = await typeFaultsOf(texts);
    if (program.some(({ text }, at) => text !== texts[at])) return;
    for (const [at, part] of program.entries()) {
      part.faults = { ...part.faults, types: faults.filter((fault) => fault.block === at) };
      part.showFaults();
    }
  }

  function edit(block: Block): void {
    const change = (): void => {
      clearTimeout(pause);
      pause = setTimeout(() => readTypes(block), PAUSE);
    };
    block.edit(change, () => run(block));
  }

  function reset(block: Block): void {
    running?.stop();
    block.restore();
    block.button("edit").focus();
    if (parts.some(({ faults }) => faults.types.length > 0)) readTypes(block);
  }

  const actions: Readonly<Record<string, (block: Block) => void>> = {
    run,
    edit,
    reset,
    stop: () => running?.stop(),
  };

  function click({ target }: MouseEvent): void {
    if (!(target instanceof HTMLElement)) return;
    const block = blocks.find(({ element }) => element.contains(target));
    if (block === undefined) return;
    const action = target.closest<HTMLElement>("[data-action]")?.dataset.action;
    if (action !== undefined) actions[action]?.(block);
    else if (
      target.closest("[class*='language-'] code") &&
      !target.closest(".language-text") &&
      getSelection()?.isCollapsed
    )
      edit(block);
  }

  page.addEventListener("click", click);
  for (const { element } of blocks) element.dataset.ready = "";
  const runAll = (): void => run(parts.at(-1)!);
  return {
    runAll,
    rewrite: async (write) => {
      const { highlighted } = await import("../gather/highlight.js");
      for (const part of parts) {
        const text = write(part.text);
        part.write(text, highlighted(text, "ts"));
      }
      runAll();
    },
    unmount: () => {
      page.removeEventListener("click", click);
      clearTimeout(pause);
      running?.stop();
      for (const block of blocks) block.editor?.close();
    },
  };
}
