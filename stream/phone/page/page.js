// Reads devicemotion and sends it: times in s since the page was opened, acceleration with gravity in m/s²,
// rotationRate in deg/s about x, y, z. The computer asks for the time, and is answered at once.
"use strict";

const FLUSH = 40; // ms between two messages
const MOST = 400; // samples that wait while nothing can be sent; older ones go
const $ = (id) => document.getElementById(id);
const ios = typeof DeviceMotionEvent !== "undefined" && typeof DeviceMotionEvent.requestPermission === "function"
  && /iP(hone|ad|od)|Macintosh/.test(navigator.userAgent);

let socket = null;
let waiting = [];
let sent = 0;
let counted = 0;
let wait = 500;
let tries = 0; // sockets in a row that did not open: Safari refuses those of a certificate that nobody vouches for
let posting = false;

function tell(text) { $("state").textContent = text; }

function identity() {
  let id = null;
  try { id = localStorage.getItem("hnhar-phone"); } catch { /* private mode: a new one each time */ }
  if (!id) {
    id = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
    try { localStorage.setItem("hnhar-phone", id); } catch { /* as above */ }
  }
  return id;
}

function at(path) {
  const place = new URL(path, location.href);
  place.search = new URLSearchParams({ id: identity(), name: $("name").value.trim(), ios: String(ios) }).toString();
  return place;
}

async function post() {
  while (waiting.length) {
    const samples = waiting.splice(0, MOST);
    try {
      const answer = await fetch(at("motion"), { method: "POST", body: JSON.stringify({ samples }) });
      if (!answer.ok) { tell(`Refused: ${await answer.text()}`); break; }
      sent += samples.length;
    } catch { tell("Not connected. Trying again …"); break; }
  }
  setTimeout(post, FLUSH);
}

function connect() {
  if (tries >= 2) { posting = true; socket = null; post(); return; }
  tries += 1;
  const place = at("socket");
  place.protocol = place.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(place);
  socket.onopen = () => {
    wait = 500;
    tries = -Infinity; // it can be had: after a loss it is tried again and again
    socket.send(JSON.stringify({ hello: { ios } }));
    tell("Connected. Waiting for the sensors …");
  };
  socket.onmessage = (event) => {
    const asked = JSON.parse(event.data);
    if ("ping" in asked) socket.send(JSON.stringify({ pong: asked.ping, time: performance.now() / 1000 }));
  };
  socket.onclose = () => {
    tell(`Not connected. Trying again in ${wait / 1000} s …`);
    setTimeout(connect, wait);
    wait = Math.min(2 * wait, 5000);
  };
}

function moved(event) {
  const a = event.accelerationIncludingGravity, r = event.rotationRate;
  if (!a || a.x === null) return;
  const turn = r && r.alpha !== null ? [r.alpha, r.beta, r.gamma] : [null, null, null];
  waiting.push([event.timeStamp / 1000, a.x, a.y, a.z, ...turn]);
  if (waiting.length > MOST) waiting.splice(0, waiting.length - MOST);
}

function flush() {
  if (!waiting.length || !socket || socket.readyState !== WebSocket.OPEN || socket.bufferedAmount > 32768) return;
  socket.send(JSON.stringify({ samples: waiting }));
  if (sent === 0) tell("Sending.");
  sent += waiting.length;
  waiting = [];
}

function show() {
  $("rate").textContent = String(sent - counted);
  if (sent > counted) tell("Sending.");
  else if (posting || socket && socket.readyState === WebSocket.OPEN) tell("Connected, but the sensors give nothing. Allow motion for this page in the browser's settings.");
  counted = sent;
  $("sent").textContent = String(sent);
}

async function awake() {
  try { await navigator.wakeLock.request("screen"); } catch { /* not offered, or the page is hidden */ }
}

async function start() {
  if (!window.isSecureContext) return tell("Browsers give motion to https pages only: open the https address.");
  if (typeof DeviceMotionEvent === "undefined") return tell("This browser has no motion sensors.");
  if (typeof DeviceMotionEvent.requestPermission === "function") {
    let answer = "denied";
    try { answer = await DeviceMotionEvent.requestPermission(); } catch (error) { return tell(`Motion was refused: ${error.message}`); }
    if (answer !== "granted") return tell("Motion was not allowed. Close this tab, open the address again, and allow it.");
  }
  $("start").disabled = $("name").disabled = true;
  addEventListener("devicemotion", moved);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) awake(); });
  awake();
  connect();
  setInterval(flush, FLUSH);
  setInterval(show, 1000);
}

$("start").addEventListener("click", start);
