// Elements made and changed; text only ever as text.

/** An element: el("button", {class: "x", onclick: f, "aria-label": "…"}, "text", child, …). */
export function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "value" || key === "checked" || key === "disabled") made[key] = value;
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** Change the text of an element, only where it differs: else a screen reader reads it again. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Show or hide. */
export function show(element, shown) {
  element.hidden = !shown;
}

/** Make the children of `parent` those of `keys`, made once each by `make` and then changed by `update`. */
export function keyed(parent, keys, make, update) {
  const there = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let before = null;
  for (const key of keys) {
    let child = there.get(key);
    if (!child) {
      child = make(key);
      child.dataset.key = key;
    }
    there.delete(key);
    const place = before ? before.nextSibling : parent.firstChild;
    if (child !== place) parent.insertBefore(child, place);
    update(child, key);
    before = child;
  }
  for (const child of there.values()) child.remove();
}

let toggle = false;
/** Say something to a screen reader, when it is free. */
export function say(text) {
  const region = document.getElementById("polite");
  toggle = !toggle; // the same words twice are said twice
  region.textContent = text + (toggle ? "\u200b" : "");
}
