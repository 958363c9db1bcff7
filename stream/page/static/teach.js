import { el } from "./dom.js";
export function teachView() { return el("div", {}); }
