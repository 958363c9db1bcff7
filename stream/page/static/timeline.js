// The last minute of a wearer as a strip.
import { el, keyed, setText } from "./dom.js";
import { lately, runTime } from "./store.js";
import { T, labelText } from "./texts.js";

const MINUTE = 60;
const NARROW = 52; // px, below which a label has no room

export function makeTimeline(name) {
  return el(
    "div",
    { class: "timeline" },
    el("div", { class: "strip", role: "img", "aria-label": T.timeline.name(name) }),
    el("div", { class: "ticks", "aria-hidden": "true" }, [60, 45, 30, 15, 0].map((s) => el("span", {}, T.timeline.ago(s)))),
  );
}

export function updateTimeline(timeline, wearer) {
  const strip = timeline.firstChild;
  const now = runTime();
  if (now === null) {
    keyed(strip, [], () => null, () => null);
    return;
  }
  const events = new Map(lately(wearer, now).map((event) => [String(event.id), event]));
  keyed(strip, [...events.keys()], makeSegment, (segment, key) => {
    const event = events.get(key);
    const end = event.duration === null ? now : event.onset + event.duration;
    const left = Math.max(0, 100 * (1 - (now - event.onset) / MINUTE));
    const right = Math.min(100, 100 * (1 - (now - end) / MINUTE));
    segment.style.left = `${left}%`;
    segment.style.width = `${Math.max(right - left, 0.6)}%`;
    segment.dataset.going = String(!event.ended);
    segment.dataset.unknown = String(Boolean(event.unknown));
    segment.dataset.narrow = String(((right - left) / 100) * strip.clientWidth < NARROW);
    setText(segment.firstChild, event.unknown ? T.now.unknown : labelText(event.label));
  });
  const items = [...events.values()].map((event) =>
    T.timeline.item(labelText(event.label), event.duration ?? Math.max(0, now - event.onset)),
  );
  // what a screen reader finds there changes when something ended, not ten times a second
  const ended = [...events.values()].filter((event) => event.ended).length;
  if (strip.dataset.told !== `${events.size}/${ended}`) {
    strip.dataset.told = `${events.size}/${ended}`;
    strip.setAttribute("aria-label", items.length ? T.timeline.summary(items) : T.timeline.empty);
  }
}

function makeSegment() {
  return el("div", { class: "segment" }, el("span", {}));
}
