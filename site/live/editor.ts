/** A block as CodeMirror shows it: edited, with what is wrong underlined. Loaded when a reader first edits. */
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { setDiagnostics } from "@codemirror/lint";
import { drawSelection, EditorView, keymap } from "@codemirror/view";
import { colours } from "./colours.js";
import type { Fault } from "./messages.js";

export interface Editor {
  readonly element: HTMLElement;
  focus(): void;
  /** Replaces all of its text. */
  write(text: string): void;
  mark(faults: readonly Fault[]): void;
  close(): void;
}

export function openEditor(
  before: HTMLElement,
  text: string,
  { change, run }: { change: (text: string) => void; run: () => void },
): Editor {
  const runs = (): boolean => {
    run();
    return true;
  };
  const view = new EditorView({
    doc: text,
    extensions: [
      history(),
      drawSelection(),
      bracketMatching(),
      indentOnInput(),
      javascript({ typescript: true }),
      syntaxHighlighting(colours),
      EditorView.editorAttributes.of({ class: "live-editor" }),
      EditorView.contentAttributes.of({ "aria-label": "Code; Control-Enter runs it, Tab leaves it" }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) change(update.state.doc.toString());
      }),
      keymap.of([{ key: "Mod-Enter", run: runs, preventDefault: true }, ...defaultKeymap, ...historyKeymap]),
    ],
  });
  before.after(view.dom);
  return {
    element: view.dom,
    focus: () => view.focus(),
    write: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    mark: (faults) => {
      const { doc } = view.state;
      const diagnostics = faults.map(({ line, message }) => {
        const { from, to, text } = doc.line(Math.min(line + 1, doc.lines));
        return { from: from + (text.length - text.trimStart().length), to, severity: "error" as const, message };
      });
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
    close: () => {
      view.destroy();
      view.dom.remove();
    },
  };
}
