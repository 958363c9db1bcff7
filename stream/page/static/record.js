// Recording beside the live view: begin, labels by buttons and keys, end.
import { el, keyed, say, setText, show } from "./dom.js";
import { ask } from "./link.js";
import { store } from "./store.js";
import { T, clockText, labelText } from "./texts.js";

const REMEMBERED = "labels";
let message = "";
let input = null;

export function makeRecorder() {
  const begin = el("button", { class: "record", onclick: start }, el("span", { class: "dot", "aria-hidden": "true" }), T.record.start);
  input = el("input", { id: "labels", value: localStorage.getItem(REMEMBERED) ?? "", autocomplete: "off", placeholder: T.record.labelsAll, "aria-describedby": "labels-hint" });
  const before = el("div", { class: "before" },
    el("div", { class: "field" }, el("label", { for: "labels" }, T.record.labels), input, el("p", { class: "hint", id: "labels-hint" })),
    begin);
  const going = el("div", { class: "going" },
    el("div", { class: "tape" },
      el("p", { class: "time" }, el("span", { class: "dot on", "aria-hidden": "true" }), el("span", {})),
      el("p", { class: "hint" }),
      el("button", { class: "stop", onclick: stop }, T.record.stop)),
    el("p", { class: "hint" }, T.record.begin),
    el("div", { class: "labels", role: "group", "aria-label": T.record.labels }),
    el("div", { class: "ends" },
      el("button", { class: "end", onclick: () => label("end") }, T.record.end, el("kbd", {}, "Space")),
      el("button", { class: "cancel", onclick: () => label("cancel") }, T.record.cancel, el("kbd", {}, "X"))));
  return el("section", { class: "panel recorder", "aria-label": T.record.title }, el("h2", {}, T.record.title), before, going, el("p", { class: "hint said" }));
}

export function updateRecorder(panel) {
  const desk = store.desk;
  show(panel, desk.mode === "desk" && (desk.phase === "running" || Boolean(desk.recording) || Boolean(message)));
  const [, before, going, told] = panel.children;
  const recording = desk.recording;
  panel.dataset.on = String(Boolean(recording));
  show(before, !recording);
  show(going, Boolean(recording));
  setText(before.firstChild.lastChild, T.record.labelsHint(desk.folder ?? ""));
  setText(told, message || (desk.last && !recording ? T.record.last(desk.last.file) : ""));
  show(told, Boolean(told.textContent));
  if (!recording) return;
  const [tape, , labels, ends] = going.children;
  const live = recording.streams.filter((stream) => stream.live).length;
  setText(tape.children[0].lastChild, T.record.time(clockText(recording.seconds)));
  const words = [T.record.streams(live, recording.streams.length + recording.waiting.length), T.record.size(recording.size / 1e6)];
  if (recording.waiting.length) words.push(T.record.waiting(recording.waiting.join(", ")));
  if (recording.fault) words.push(T.record.fault(recording.fault));
  setText(tape.children[1], words.join(" · "));
  keyed(labels, recording.labels, (name) => makeLabel(name, recording.keys[recording.labels.indexOf(name)]), (button, name) => {
    const on = recording.current?.label === name;
    button.setAttribute("aria-pressed", String(on));
    setText(button.children[0], labelText(name));
    setText(button.children[1], on ? `${recording.current.seconds.toFixed(0)} s` : recording.done[name] ? T.record.done(recording.done[name]) : "");
  });
  for (const button of ends.children) button.disabled = !recording.current;
}

function makeLabel(name, key) {
  return el("button", { class: "label", onclick: () => label("press", name) }, el("span", {}), el("span", { class: "count" }), el("kbd", { "aria-hidden": "true" }, key));
}

async function start() {
  const labels = input.value.split(",").map((text) => text.trim()).filter(Boolean);
  localStorage.setItem(REMEMBERED, input.value);
  await asked("record", { labels }, T.record.started);
}

async function stop() {
  const answer = await asked("recorded", {});
  if (answer.ok) {
    message = [T.record.stopped(answer.last.file), ...answer.last.notes].join(" ");
    say(message);
  }
}

async function label(action, name = "") {
  const current = store.desk.recording?.current?.label;
  const answer = await asked("label", { action, label: name });
  if (!answer.ok) return;
  if (action === "press" && current !== name) say(T.record.began(labelText(name)));
  else if (current) say(T.record.over(labelText(current)));
}

async function asked(name, fields, done = "") {
  const answer = await ask(name, fields, T.unreachable);
  message = answer.ok ? "" : `${T.error}: ${answer.error}`;
  const words = message || done;
  if (words) say(words);
  return answer;
}

/** True for a key that labels: it was done. */
export function recordKey(key) {
  const recording = store.desk.recording;
  if (!recording) return false;
  if (key === " ") label("end");
  else if (key.toLowerCase() === "x") label("cancel");
  else {
    const place = recording.keys.indexOf(key.toLowerCase());
    if (place < 0) return false;
    label("press", recording.labels[place]);
  }
  return true;
}
