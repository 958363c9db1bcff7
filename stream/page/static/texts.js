// Every text of the page. To translate it, translate this file.

export const T = {
  skip: "Skip to the content",
  tabs: { live: "Live", setup: "Setup", teach: "Teach" },
  tabsName: "Pages",
  theme: { light: "Light", dark: "Dark", system: "Automatic", name: "Appearance" },
  big: "Big view",
  bigLeave: "Leave big view",
  keys: "Keys",
  help: {
    title: "Keys",
    close: "Close",
    rows: [
      ["L, S, T", "Live, Setup, Teach"],
      ["F", "Big view, to be read across the room"],
      ["1 to 9, a, b …", "While recording: begin or end an activity"],
      ["Space", "While recording: end the activity"],
      ["X", "While recording: the activity does not count"],
      ["?", "These keys"],
    ],
  },

  link: {
    connecting: "Connecting …",
    open: "Connected",
    lost: "The connection to this page's program is lost. Trying again …",
    refused: "This page is not let in any more. Open the address again that was printed at the start.",
    over: "The run has ended.",
    quiet: "Nothing has come from the recognizer for some seconds.",
    behind: (n) => `This browser was too slow for ${n} message${n === 1 ? "" : "s"}.`,
  },
  phase: {
    idle: "Not running",
    starting: "Starting …",
    running: "Running",
    stopping: "Stopping …",
    teaching: "Teaching",
    over: "Ended",
  },

  now: {
    none: "Waiting for the first movement",
    noneHint: "It takes some seconds from the first samples.",
    idle: "At rest",
    unknown: "Unknown movement",
    stale: "No news",
    silent: "No signal",
    silentHint: "None of this person's sensors sends anything.",
    repeated: (n) => `${n} times so far`,
    maybe: (label) => `Perhaps ${label.toLowerCase()}`,
    sure: (share) => `${Math.round(share * 100)} % sure`,
    for: (seconds) => `for ${seconds.toFixed(0)} s`,
    by: (names) => `by ${names.join(" and ")}`,
    confidence: "Confidence",
    wearer: (id) => (id === "wearer" ? "" : id),
  },
  timeline: {
    name: (wearer) => `Last minute of ${wearer}`,
    ago: (seconds) => (seconds ? `−${seconds} s` : "now"),
    empty: "Nothing was recognized in the last minute.",
    summary: (items) => `In the last minute: ${items.join(", ")}.`,
    item: (label, seconds) => `${label} ${seconds.toFixed(1)} s`,
  },
  events: {
    title: "What happened",
    none: "Activities appear here when they are over or going on.",
    going: "now",
    seconds: (s) => `${s.toFixed(1)} s`,
    times: (n) => `${n} ×`,
    each: (s) => `${s.toFixed(1)} s each`,
    regular: (share) => (share >= 0.8 ? "steady" : share >= 0.5 ? "fairly steady" : "unsteady"),
    range: (joint, degrees) => `${joint.replaceAll("_", " ")} ${Math.round(degrees)}°`,
    began: (label, wearer) => `${label} began${wearer ? ` (${wearer})` : ""}`,
    ended: (label, seconds, wearer) => `${label} ended after ${seconds.toFixed(1)} s${wearer ? ` (${wearer})` : ""}`,
  },
  streams: {
    title: "Sensors",
    none: "No sensor yet.",
    kinds: { imu: "Motion sensor", skeleton: "Camera", accelerometer: "Accelerometer" },
    at: (kind, place) => `${kind}, ${place}`,
    states: {
      resolving: "Looking for it",
      opening: "Connecting",
      validating: "Checking it",
      warmup: "Starting",
      live: "Live",
      stalled: "No data",
      lost: "Disconnected",
      refused: "Cannot be used",
      ended: "Ended",
    },
    rate: (hertz) => `${Math.round(hertz)} samples a second`,
    silent: (seconds) => `silent for ${Math.round(seconds)} s`,
    dropped: (names) =>
      names.length === 1
        ? `${names[0]} has stopped sending. It is looked for; recognition goes on without it.`
        : `${names.join(", ")} have stopped sending. They are looked for; recognition goes on without them.`,
    back: (who) => `${who} is back.`,
    refused: (who, why) => `${who} cannot be used: ${why}`,
    more: "More",
  },
  phone: {
    title: "Open this on the phone",
    code: "QR code of the address for the phone",
    steps: [
      "Connect the phone to the same network as this computer.",
      "Point its camera at the code, and open the address.",
      "It warns of an unknown certificate: that one was made by this computer just now. Go on to the page.",
      "Allow motion, and fasten the phone where it is to be worn.",
    ],
    waiting: "waiting for the phone",
  },
  overloaded: "This computer is too slow: some moments were left out.",

  setup: {
    title: "Who is recognized, and by which sensors",
    lead: "Switch the sensors on, look for them, and choose one or more for each person.",
    look: "Look for sensors",
    looking: "Looking for sensors …",
    found: (n) => (n === 1 ? "1 sensor found" : `${n} sensors found`),
    nothing: "Nothing was found",
    nothingHint: "Is the sensor switched on, is its app sending, and are both on the same network? Then look again.",
    notUsable: "Not usable here",
    fits: (what) => `Can be used as ${what}`,
    labels: "Labels, not a sensor",
    person: "Name of the person",
    shipped: {
      "utd-mhad-wrist": "Gestures and sports: sensor on the right wrist, camera",
      "utd-mhad-thigh": "Walking, jogging, squats and the like: sensor on the right thigh, camera",
      tug: "Timed Up and Go: phone in the trouser pocket, watch",
    },
    personHint: "Letters and digits; it becomes part of the files' names.",
    weights: "What is recognized",
    weightsHint: (n, some) => `${n} activities: ${some} …`,
    weightsAlone: (id) => `the same as for everybody (${id})`,
    choose: "Sensor",
    none: "none",
    camera: "Camera of this computer",
    phone: "A phone",
    other: "Another one, by name …",
    otherName: "Name of the sensor's stream",
    placement: "Worn at",
    placementSays: "as the sensor says",
    addPerson: "Add a person",
    removePerson: (id) => `Remove ${id || "this person"}`,
    start: "Start",
    stop: "Stop",
    restart: "Start again with this",
    starting: "Starting: loading what is recognized. This takes some seconds.",
    failed: "It could not be started",
    ended: "The run broke off",
    notes: "Notes",
    saved: (file) => `Kept in ${file}`,
    demo: "Show the demonstration",
    demoHint: "A drawn person, to see how this page works. Nothing is measured by it.",
    running: "It is running. Changes take effect when it is started again.",
    phoneTitle: "Open this on the phone",
    details: "Details",
    hertz: (value) => `${Math.round(value)} a second`,
    host: (name) => `from ${name}`,
  },

  record: {
    title: "Recording",
    start: "Record",
    stop: "End the recording",
    started: "Recording began.",
    stopped: (file) => `Recorded to ${file}.`,
    lead: "Everything that the sensors send goes into one file, with the labels that you give.",
    labels: "Activities to label",
    labelsHint: (folder) => `Separated by commas. The file goes to ${folder}.`,
    labelsAll: "all that can be recognized",
    time: (text) => `recording ${text}`,
    size: (megabytes) => `${megabytes.toFixed(1)} MB`,
    begin: "Press when it begins, and again when it ends.",
    going: (label, seconds) => `${label}, ${seconds.toFixed(0)} s`,
    end: "It ends",
    cancel: "Does not count",
    done: (n) => `${n} ×`,
    waiting: (what) => `Not there yet: ${what}`,
    fault: (why) => `Nothing can be written: ${why}`,
    last: (file) => `Last recording: ${file}`,
    streams: (live, all) => `${live} of ${all} streams are being recorded`,
    began: (label) => `${label} begins`,
    over: (label) => `${label} is over`,
  },

  teach: {
    title: "Teach it",
    lead: "Two ways to make it fit better. The sensors are those of Setup.",
    enroll: "A new activity",
    enrollLead: "Perform something of your own five times; from then on it is recognized. Takes about two minutes.",
    adapt: "Let it learn one person",
    adaptLead: "Perform each activity when you are asked. It then knows this person better. Takes five to ten minutes.",
    who: "Person",
    label: "Name of the new activity",
    labelHint: "As it is to appear, such as stir.",
    performances: "Performances",
    activities: "Which activities",
    all: "All",
    noneChosen: "Choose at least one activity.",
    begin: "Begin",
    cancel: "Cancel",
    preparing: "Getting ready: waiting for the sensors. This takes some seconds.",
    step: (done, all) => `${done} of ${all}`,
    next: (label) => `Then: ${label}`,
    perform: (label) => label,
    ready: "Press Begin, and it begins after three seconds.",
    readyButton: "Begin",
    countdown: (n) => `${n}`,
    countdownSay: (n) => `begins in ${n}`,
    going: "Now! Press when you have done it once.",
    goingButton: "Done",
    redo: "Do the last one again",
    redoNow: "Not yet",
    skip: "Leave this one out",
    finish: "That is enough",
    learning: "Learning from what was performed …",
    learningHint: "This takes up to a minute or two. The page may stay open.",
    done: "Done",
    poor: "Hardly recognized yet",
    use: "Use it and start",
    failed: "It did not work",
    cancelled: "Cancelled. Nothing was changed.",
    again: "Again",
    back: "Back",
    needRun: "Choose the sensors in Setup first.",
    report: "What was measured",
    result: (found, mistaken) =>
      `Tried on itself, it was recognized in ${Math.round(100 * found)} of 100 moments` +
      (mistaken === null ? "." : `, and ${(100 * mistaken).toFixed(1)} of 100 other moments were taken for it.`),
    log: "So far",
  },
  error: "That did not work",
  unreachable: "The program of this page does not answer.",
};

/** "arm_curl" -> "Arm curl". */
export function labelText(label) {
  if (label === "idle") return T.now.idle;
  if (label === "unknown") return T.now.unknown;
  const words = label.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "imu.wrist" -> "Motion sensor, wrist". */
export function modalityText(modality) {
  const [kind, ...rest] = modality.split(".");
  const name = T.streams.kinds[kind] ?? kind;
  return rest.length ? T.streams.at(name, rest.join(".").replaceAll("_", " ")) : name;
}

/** 65 -> "1:05". */
export function clockText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return h ? `${h}:${String(m).padStart(2, "0")}:${String(s).padStart(2, "0")}` : `${m}:${String(s).padStart(2, "0")}`;
}
