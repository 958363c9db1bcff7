import { el } from "./dom.js";
export function setupView() { return el("div", {}); }
