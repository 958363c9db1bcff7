// The websocket to the program, and requests to it.

const FIRST = 500;
const LONGEST = 5000;

/** Connect, again and again; `hear` gets each message, `told` the link's state: connecting, open, lost, refused. */
export function connect(hear, told) {
  let pause = FIRST;
  let quiet = 0;
  const open = () => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws?kinds=prediction,event,status,desk`);
    socket.onopen = () => {
      pause = FIRST;
      told("open");
    };
    socket.onmessage = (received) => {
      quiet = performance.now();
      let message;
      try {
        message = JSON.parse(received.data);
      } catch {
        return;
      }
      hear(message);
    };
    socket.onclose = async () => {
      told((await isRefused()) ? "refused" : "lost");
      setTimeout(open, pause);
      pause = Math.min(2 * pause, LONGEST);
    };
  };
  open();
  return { silentFor: () => (quiet ? performance.now() - quiet : 0) };
}

async function isRefused() {
  try {
    const answer = await fetch("/api/state");
    return answer.status === 401 || answer.status === 403;
  } catch {
    return false;
  }
}

/** The state of all, or null where nobody answers. */
export async function fetchState() {
  try {
    const answer = await fetch("/api/state");
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** Ask for something: {ok, …answer} or {ok: false, error}. */
export async function ask(name, fields = {}, unreachable = "") {
  try {
    const answer = await fetch(`/api/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(fields),
    });
    const found = await answer.json();
    return { ok: answer.ok, ...found };
  } catch {
    return { ok: false, error: unreachable };
  }
}
