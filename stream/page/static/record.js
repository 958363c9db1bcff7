import { el } from "./dom.js";
export function makeRecorder() { return el("div", {}); }
export function updateRecorder() {}
export function recordKey() { return false; }
