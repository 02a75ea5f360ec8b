/** Has a module worker compute; its message, or the error that it ends with, is the page's answer. */
const worker = new Worker("/worker.js", { type: "module" });
const answer = new Promise((resolve, reject) => {
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
});
Object.assign(globalThis, { answer });
