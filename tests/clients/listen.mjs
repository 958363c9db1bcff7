// Prints what the client gets, a line each: node listen.mjs CLIENT URL OPTIONS
import { pathToFileURL } from "node:url";

const [client, url, options] = process.argv.slice(2);
const zeromq = !url.startsWith("ws:");
const module = await import(pathToFileURL(`${client}/${zeromq ? "zeromq" : "index"}.js`).href);
const Client = zeromq ? module.ZeroMqSubscriber : module.Subscriber;
const say = (what) => console.log(JSON.stringify(what, (_, value) => (typeof value === "bigint" ? `${value}n` : value)));
const subscriber = new Client(url, {
  ...JSON.parse(options),
  message: ({ message, lost }) =>
    say({ type: message.type, seq: message.seq, lost, total: subscriber.lost, malformed: subscriber.malformed, message }),
  state: (state, reason) => say({ type: "state", state, reason }),
});
process.stdin.on("end", () => subscriber.close()).resume();
