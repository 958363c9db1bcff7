// Teaching as a wizard: a new activity from a few performances, or one person's own way of moving.
import { el, say, setText } from "./dom.js";
import { ask } from "./link.js";
import { onChange, store } from "./store.js";
import { T, labelText } from "./texts.js";

const POOR = 0.5; // share of moments below which an activity is hardly recognized

let kind = null; // the form that is open
let message = "";

export function teachView(goTo) {
  const view = el("div", { class: "teach" });
  let seen = "";
  const redraw = (force = false) => {
    const now = signature();
    if (!force && now === seen) {
      tick(view);
      return;
    }
    seen = now;
    draw(view, () => redraw(true), goTo);
  };
  onChange((changed) => {
    if (changed === "desk") redraw();
  });
  redraw(true);
  return view;
}

/** The view is drawn anew where this changes; a countdown only ticks. */
function signature() {
  const { wizard, phase, settings } = store.desk;
  const scene = wizard?.scene;
  return JSON.stringify([wizard?.kind, wizard?.phase, wizard?.look, wizard?.log, wizard?.report, wizard?.error,
    scene?.label, scene?.phase, scene?.take, scene?.activity, scene?.performed, phase, settings]);
}

function draw(view, redraw, goTo) {
  const { wizard } = store.desk;
  const hadFocus = view.contains(document.activeElement);
  view.replaceChildren(...(wizard ? wizardParts(wizard, redraw, goTo) : kind ? form(redraw, goTo) : choice(redraw)));
  if (hadFocus || wizard) view.querySelector("[data-first]")?.focus();
}

function tick(view) {
  const scene = store.desk.wizard?.scene;
  const number = view.querySelector(".countdown");
  if (!number || scene?.phase !== "countdown") return;
  const left = Math.max(1, Math.ceil(scene.limit - scene.elapsed));
  if (number.textContent !== T.teach.countdown(left)) {
    setText(number, T.teach.countdown(left));
    say(T.teach.countdown(left));
  }
}

function choice(redraw) {
  const card = (name, title, lead) => el("button", { class: "choice", onclick: () => { kind = name; message = ""; redraw(); } }, el("strong", {}, title), el("span", { class: "hint" }, lead));
  return [
    el("div", { class: "lead" }, el("h1", {}, T.teach.title), el("p", { class: "hint" }, T.teach.lead)),
    el("div", { class: "choices" }, card("enroll", T.teach.enroll, T.teach.enrollLead), card("adapt", T.teach.adapt, T.teach.adaptLead)),
  ];
}

function people() {
  if (store.desk.demo && store.desk.phase !== "idle") return [{ id: "wearer", weights: "", sources: { imu: 1 } }];
  return (store.desk.settings?.wearers ?? []).filter((wearer) => Object.keys(wearer.sources).length);
}

function weightsOf(wearer) {
  const all = store.desk.weights ?? [];
  const asked = wearer?.weights || store.desk.settings?.weights;
  return all.find((weights) => weights.use === asked) ?? all.find((weights) => weights.default) ?? all[0];
}

function form(redraw, goTo) {
  const those = people();
  const back = el("button", { class: "quiet", type: "button", onclick: () => { kind = null; redraw(); } }, T.teach.back);
  const title = el("h1", {}, kind === "enroll" ? T.teach.enroll : T.teach.adapt);
  const lead = el("p", { class: "hint" }, kind === "enroll" ? T.teach.enrollLead : T.teach.adaptLead);
  if (!those.length) {
    return [el("div", { class: "lead" }, title, lead), el("section", { class: "panel" }, el("p", {}, T.teach.needRun),
      el("div", { class: "row" }, el("button", { class: "main", "data-first": true, onclick: () => goTo("setup") }, T.tabs.setup), back))];
  }
  const who = el("select", { id: "who", "data-first": true }, those.map((wearer) => el("option", { value: wearer.id }, wearer.id)));
  const label = el("input", { id: "label", maxlength: 64, autocomplete: "off", "aria-describedby": "label-hint" });
  const times = el("input", { id: "times", type: "number", min: kind === "enroll" ? 2 : 1, max: 20, value: kind === "enroll" ? 5 : 2 });
  const boxes = el("div", { class: "boxes", role: "group", "aria-label": T.teach.activities });
  const fill = () => {
    const weights = weightsOf(those.find((wearer) => wearer.id === who.value));
    boxes.replaceChildren(...(weights?.labels ?? []).map((name) => el("label", { class: "box" }, el("input", { type: "checkbox", value: name, checked: true }), labelText(name))));
  };
  who.addEventListener("change", fill);
  fill();
  const begin = async (event) => {
    event.preventDefault();
    const fields = { kind, wearer: who.value, performances: Number(times.value) };
    if (kind === "enroll") fields.label = label.value.trim();
    else {
      const all = [...boxes.querySelectorAll("input")];
      const chosen = all.filter((box) => box.checked).map((box) => box.value);
      if (!chosen.length) return fail(T.teach.noneChosen, redraw);
      if (chosen.length < all.length) fields.activities = chosen;
    }
    const answer = await ask("teach", fields, T.unreachable);
    if (!answer.ok) fail(answer.error, redraw);
    return undefined;
  };
  return [
    el("div", { class: "lead" }, title, lead),
    el("form", { class: "panel", onsubmit: begin },
      message ? el("p", { class: "wrong", role: "alert" }, message) : "",
      el("div", { class: "field" }, el("label", { for: "who" }, T.teach.who), who),
      kind === "enroll" ? el("div", { class: "field" }, el("label", { for: "label" }, T.teach.label), label, el("p", { class: "hint", id: "label-hint" }, T.teach.labelHint)) : "",
      el("div", { class: "field small" }, el("label", { for: "times" }, T.teach.performances), times),
      kind === "adapt" ? el("div", { class: "field" }, el("span", { class: "caption" }, T.teach.activities), boxes) : "",
      el("div", { class: "row" }, el("button", { class: "main", type: "submit", id: "teach-begin" }, T.teach.begin), back)),
  ];
}

function fail(text, redraw) {
  message = text;
  redraw();
  say(text);
}

function wizardParts(wizard, redraw, goTo) {
  const title = el("h1", { class: "unseen" }, wizard.kind === "enroll" ? T.teach.enroll : T.teach.adapt);
  if (wizard.phase === "asking") message = ""; // of before it began, such as of a second press of Begin
  if (wizard.phase === "asking" && wizard.scene) return [title, sceneCard(wizard), logPanel(wizard)];
  if (wizard.phase === "preparing" || wizard.phase === "learning" || wizard.phase === "asking") {
    const learning = wizard.phase === "learning";
    return [title, el("section", { class: "stage", role: "status" },
      el("p", { class: "activity soft" }, learning ? T.teach.learning : T.teach.preparing),
      el("div", { class: "busy", "aria-hidden": "true" }),
      el("p", { class: "hint" }, learning ? T.teach.learningHint : wizard.look),
      el("div", { class: "row" }, el("button", { class: "quiet", "data-first": true, onclick: () => ask("taught", {}) }, T.teach.cancel)))];
  }
  return [title, endCard(wizard, redraw, goTo)];
}

const reply = (text) => ask("reply", { reply: text }, T.unreachable);

function sceneCard(wizard) {
  const { scene } = wizard;
  const done = scene.performed;
  const all = scene.activities * scene.takes;
  const going = scene.phase === "going";
  const counting = scene.phase === "countdown";
  const left = counting ? Math.max(1, Math.ceil(scene.limit - scene.elapsed)) : 0;
  const words = counting ? T.teach.countdownSay(left) : going ? T.teach.going : T.teach.ready;
  say(`${labelText(scene.label)}. ${words}`);
  return el("section", { class: "stage", "data-phase": scene.phase },
    el("div", { class: "progress" },
      el("div", { class: "meter", role: "meter", "aria-label": T.teach.step(done, all), "aria-valuemin": 0, "aria-valuemax": all, "aria-valuenow": done }, bar(done / all)),
      el("p", { class: "hint" }, T.teach.step(done, all))),
    el("p", { class: "activity" }, labelText(scene.label)),
    counting ? el("p", { class: "countdown" }, T.teach.countdown(left)) : el("p", { class: "task" }, words),
    el("div", { class: "row" },
      counting ? el("button", { "data-first": true, onclick: () => reply("r") }, T.teach.redoNow)
        : el("button", { class: "main large", "data-first": true, id: "go", onclick: () => reply("") }, going ? T.teach.goingButton : T.teach.readyButton),
      !going && !counting && done ? el("button", { onclick: () => reply("r") }, T.teach.redo) : "",
      going ? el("button", { onclick: () => reply("r") }, T.teach.redoNow) : "",
      !going && !counting && wizard.kind === "adapt" ? el("button", { class: "quiet", onclick: () => reply("s") }, T.teach.skip) : "",
      !going && !counting && done >= 2 ? el("button", { class: "quiet", onclick: () => reply("f") }, T.teach.finish) : "",
      el("button", { class: "quiet", onclick: () => ask("taught", {}) }, T.teach.cancel)),
    scene.following && scene.following !== scene.label ? el("p", { class: "hint" }, T.teach.next(labelText(scene.following))) : "");
}

function bar(share) {
  const fill = el("div", { class: "fill" });
  fill.style.width = `${Math.round(100 * share)}%`;
  return fill;
}

function logPanel(wizard) {
  const lines = wizard.log.slice(-4).reverse();
  return lines.length ? el("section", { class: "panel quietly" }, el("h2", {}, T.teach.log), el("ul", { class: "plain" }, lines.map((line) => el("li", { class: "hint" }, line)))) : "";
}

/** "not in the session" -> "Not in the session". */
function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function endCard(wizard, redraw, goTo) {
  const good = wizard.phase === "done";
  const poor = good && wizard.result !== null && wizard.result.recognized < POOR;
  const title = poor ? T.teach.poor : good ? T.teach.done : wizard.phase === "failed" ? T.teach.failed : T.teach.cancelled;
  const close = async () => {
    kind = null;
    await ask("taught", {});
  };
  const use = async () => {
    const answer = await ask("use", {}, T.unreachable);
    if (answer.ok) goTo("live");
    else fail(answer.error, redraw);
  };
  say(`${title} ${wizard.error}`);
  return el("section", { class: "stage" },
    el("p", { class: "activity" }, title),
    wizard.error ? el("p", { class: "wrong", role: "alert" }, wizard.error) : "",
    message ? el("p", { class: "wrong", role: "alert" }, message) : "",
    good && wizard.result ? el("p", { class: "task" }, T.teach.result(wizard.result.recognized, wizard.result.mistaken)) : "",
    good ? wizard.notes.map((note) => el("p", { class: "wrong" }, sentence(note))) : "",
    wizard.report.length ? el("details", { open: good && wizard.kind === "adapt" }, el("summary", {}, T.teach.report), el("ul", { class: "plain" }, wizard.report.map((line) => el("li", { class: "hint" }, line)))) : "",
    !good && wizard.notes.length ? el("ul", { class: "plain" }, wizard.notes.map((line) => el("li", { class: "hint" }, line))) : "",
    el("div", { class: "row" },
      good && !store.desk.demo ? el("button", { class: poor ? "" : "main large", "data-first": true, id: "use", onclick: use }, T.teach.use) : "",
      el("button", { "data-first": !good, id: "close", class: poor ? "main large" : "", onclick: close }, good && !poor ? T.teach.back : T.teach.again)));
}
