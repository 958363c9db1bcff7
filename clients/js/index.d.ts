import type { Message } from "./messages.js";
export type * from "./messages.js";

/** A message, and what was lost just before it on its topic. */
export interface Received {
  readonly message: Message;
  readonly lost: number;
}

export interface IntakeOptions {
  /** Kinds that are handed on; all where left out. */
  readonly kinds?: readonly Message["type"][];
  /** Predictions and events of this wearer only. */
  readonly wearer?: string;
  /** Called for each message. */
  readonly message?: (received: Received) => void;
}

export type ConnectionState = "connecting" | "open" | "waiting" | "closed";

/** What a WebSocket has that is used here. */
export interface SocketLike {
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  close(): void;
}

export interface SubscriberOptions extends IntakeOptions {
  /** Where the sink was given ?token=FILE. */
  readonly token?: string;
  /** Called when the connection changes, with a reason where there is one. */
  readonly state?: (state: ConnectionState, reason: string) => void;
  /** ms of silence after which it connects anew; 5000 where left out. */
  readonly patience?: number;
  /** Of Node before 22: that of the package ws. */
  readonly WebSocket?: new (url: string) => SocketLike;
}

/** First message on each connection. */
export interface Hello {
  readonly v: 1;
  readonly type: "hello";
  readonly publisher: string;
  readonly model: string;
  readonly labels: readonly string[];
  readonly wearers: readonly string[];
  readonly weights: { readonly [wearer: string]: string };
}

/** Messages of `hnhar-stream --sink websocket:HOST:PORT`; connects again by itself until it is closed. */
export class Subscriber {
  /** `url`: as the run printed it, "ws://127.0.0.1:8765/ws". */
  constructor(url: string, options?: SubscriberOptions);
  readonly state: ConnectionState;
  readonly hello: Hello | null;
  readonly lost: number;
  readonly malformed: number;
  close(): void;
}

/** One message of its JSON text, without loss: keys that end in _unix_ns are bigint. Throws SyntaxError. */
export function parse(text: string): { [key: string]: unknown };
