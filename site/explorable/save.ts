/** Files that the page makes, as downloads. */

/** Hands a file to the reader, as a download. */
export function save(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads the address when it begins to save, which is after this.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
