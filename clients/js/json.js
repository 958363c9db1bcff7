// JSON of a message, without loss: what ends in _unix_ns is beyond 2^53 and becomes a bigint.
import { REQUIRED } from "./messages.js";

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const WHOLE = /^-?\d+$/;
const UNIX = /_unix_ns"$/;

/** Longest text that is read: a status of 40 skeletons has 150 kB. */
export const LONGEST = 1 << 21;

/** Parse the text of one message; throws SyntaxError for what is no JSON, or no object. */
export function parse(text) {
  if (text.length > LONGEST) throw new SyntaxError(`a message of ${text.length} letters is too long`);
  const message = JSON.parse(quoted(text));
  if (message === null || typeof message !== "object" || Array.isArray(message)) {
    throw new SyntaxError("the message is no JSON object");
  }
  return normalized(message);
}

/** The text with the integers of _unix_ns in quotes, those of its top level only. */
function quoted(text) {
  let depth = 0;
  let key = "";
  let before = "";
  return text.replace(TOKEN, (token) => {
    if (token === "{" || token === "[") depth += 1;
    else if (token === "}" || token === "]") depth -= 1;
    else if (token === ":" && depth === 1) key = before;
    else if (depth === 1 && WHOLE.test(token) && UNIX.test(key)) token = `"${token}"`;
    if (token === ",") key = "";
    before = token;
    return token;
  });
}

/** A message whose _unix_ns are bigints, and whose other integers are numbers. */
export function normalized(message) {
  for (const [key, value] of Object.entries(message)) {
    if (key.endsWith("_unix_ns")) {
      if (value === null) continue;
      if (typeof value === "string" && !WHOLE.test(value)) throw new SyntaxError(`${key} is no integer`);
      if (typeof value === "number" && !Number.isSafeInteger(value)) throw new SyntaxError(`${key} is no integer`);
      message[key] = BigInt(value);
    } else if (typeof value === "bigint") {
      message[key] = Number(value);
    }
  }
  return message;
}

/** The reason for which something is no message that this client can read; "" where it is one. */
export function fault(message) {
  if (message.v !== 1) return `it has version ${message.v}, not 1`;
  const required = Object.hasOwn(REQUIRED, message.type) ? REQUIRED[message.type] : undefined;
  if (required === undefined) return `its type is ${String(message.type)}`;
  for (const [key, types] of Object.entries(required)) {
    if (!types.includes(typeOf(message[key])) && !(types.includes("number") && typeOf(message[key]) === "integer")) {
      return `its ${key} is not ${types.join(" or ")}`;
    }
  }
  if (message.type === "event" && message.kind !== "onset" && message.kind !== "offset") {
    return "its kind is neither onset nor offset";
  }
  return "";
}

function typeOf(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "bigint" || Number.isInteger(value)) return "integer";
  return typeof value;
}
