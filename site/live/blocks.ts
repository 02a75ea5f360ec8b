/**
 * The blocks of a page that run: what each says now, what it prints, and what is wrong with it, in the page. Knows
 * nothing of how programs run, are edited, or are read by TypeScript.
 */
import type { Editor } from "./editor.js";
import type { Fault } from "./messages.js";
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
  #pane: HTMLElement | undefined;

  readonly element: HTMLElement;

  constructor(element: HTMLElement) {
    this.element = element;
    const [code, shown] = element.querySelectorAll<HTMLElement>(":scope > div[class*='language-']");
    this.#code = code as HTMLElement;
    this.#shown = shown ?? null;
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
      pane.querySelector("output")!.textContent = output === "" && this.warnings === "" ? "(nothing printed)" : output;
      pane.querySelector("p")!.textContent = this.warnings;
    }
    this.showChanged();
    return isTheBooks;
  }

  #openPane(): HTMLElement {
    const pane = document.createElement("div");
    pane.className = "live-output";
    pane.innerHTML = `<pre tabindex="0"><output></output></pre><p></p>`;
    this.element.append(pane);
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

/** Makes the blocks of a page run, and gives back what ends it. */
export function mountBlocks(page: HTMLElement): () => void {
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
    running = start(
      program.map(({ text }) => text),
      (report) => {
        if (report.kind === "printed") program[report.block]!.output += `${report.text}\n`;
        if (report.kind === "warned") program[report.block]!.warnings += `${report.text}\n`;
        if (report.kind === "thrown") {
          const part = program[report.fault.block]!;
          part.faults = { ...part.faults, thrown: [report.fault] };
          part.showFaults();
        }
      },
      (end) => {
        running = undefined;
        const areTheBooks = program.map((part) => part.showOutput()).every((isTheBooks) => isTheBooks);
        block.showRunning(false);
        block.say(end !== "ended" ? NOTES[end] : areTheBooks ? "as in the book" : "");
      },
    );
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
  return () => {
    page.removeEventListener("click", click);
    clearTimeout(pause);
    running?.stop();
    for (const block of blocks) block.editor?.close();
  };
}
