// Compiled by `npm run types`: each line below @ts-expect-error must be an error, else the compiler says so.
import { Subscriber, type EventMessage, type Message, type PredictionMessage, type StatusMessage } from "../index.js";
import { ZeroMqSubscriber } from "../zeromq.js";

export function right(message: Message): string {
  switch (message.type) {
    case "event": {
      const kind: "onset" | "offset" = message.kind;
      const at: bigint | null = message.onset_unix_ns;
      const times: number | undefined = message.repetitions?.count;
      return `${kind} ${at} ${times} ${message.duration ?? "goes on"}`;
    }
    case "prediction":
      return `${message.label} ${message.probabilities["wave"]} ${message.latency?.total}`;
    case "status":
      return message.streams.map((stream) => `${stream.feed} ${stream.state}`).join();
  }
}

export function wrong(event: EventMessage, prediction: PredictionMessage, status: StatusMessage): void {
  // @ts-expect-error: it is "onset" or "offset"
  if (event.kind === "start") return;
  // @ts-expect-error: misspelt
  void event.onset_unix_nanos;
  // @ts-expect-error: a number would be rounded
  const at: number | null = event.onset_unix_ns;
  // @ts-expect-error: null in an onset
  const length: number = event.duration;
  // @ts-expect-error: misspelt
  void prediction.confidense;
  // @ts-expect-error: a prediction has no kind
  void prediction.kind;
  // @ts-expect-error: messages are not changed
  prediction.label = "wave";
  // @ts-expect-error: a state that there is not
  if (status.streams[0]?.state === "running") return;
  void [at, length];
}

export function subscribers(): void {
  new Subscriber("ws://127.0.0.1:8765/ws", { kinds: ["event"], message: ({ message, lost }) => void [right(message), lost] });
  // @ts-expect-error: misspelt
  new Subscriber("ws://127.0.0.1:8765/ws", { kind: ["event"] });
  // @ts-expect-error: no such kind
  new Subscriber("ws://127.0.0.1:8765/ws", { kinds: ["events"] });
  new ZeroMqSubscriber("tcp://127.0.0.1:5557", { wearer: "anna" }).close();
}
