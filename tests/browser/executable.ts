/** Where this machine has a browser of Chromium's kind. The environment variable CHROMIUM says so, or the usual places. */
import { existsSync } from "node:fs";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:/Program Files/Google/Chrome/Application/chrome.exe",
];

/** The path of its executable, or `undefined` where there is none. */
export const executable: string | undefined = process.env.CHROMIUM || PLACES.find((place) => existsSync(place));
